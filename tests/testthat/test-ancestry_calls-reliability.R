test_that("bins worked by hand", {
  got <- reliability_bins(c(0, 0.05, 0.1, 0.95, 1, 1), c(0, 1, 0, 1, 1, 0), 10,
    list(sample = c(1, 2, 2, 1, 1, 2)))
  expect_identical(got$bin, c(1L, 2L, 10L))
  expect_equal(got$n, c(2, 1, 3))
  expect_equal(got$mean_posterior, c(0.025, 0.1, 2.95 / 3))
  expect_equal(got$frequency, c(0.5, 0, 2 / 3))
  expect_equal(got$upper, c(0.1, 0.2, 1))
  # Differences 0 and -0.95 of a window each; then -0.025 of two windows and 1 of one.
  expect_equal(got$difference_se, c(
    sqrt((0.475^2 + 0.475^2) / 2), NA,
    sqrt(((0.95 / 3 + 0.025)^2 * 2 / 1 + (0.95 / 3 - 1)^2 / 2) / 2)
  ))
  # Over chromosomes the error of the first bin is not known, and that of the last is larger.
  both <- reliability_bins(c(0, 0.05, 0.1, 0.95, 1, 1), c(0, 1, 0, 1, 1, 0), 10,
    list(sample = c(1, 2, 2, 1, 1, 2), chrom = c(1, 1, 1, 1, 2, 2)))
  # Differences -0.05 of a window and 1 of two.
  over_chrom <- sqrt(((0.95 / 3 + 0.05)^2 / 2 + (0.95 / 3 - 0.5)^2 * 2) / 2)
  expect_equal(both$difference_se, c(got$difference_se[1:2], max(got$difference_se[3],
    over_chrom)))
  expect_identical(both[1:6], got[1:6])
})

test_that("the net difference is negative where extremes are overstated", {
  # Two samples of 10 windows, true proportions 0.2 and 0.8; posteriors say 0 and 1, or the truth.
  owner <- rep(1:2, each = 10)
  is_true <- c(rep(1:0, c(2, 8)), rep(1:0, c(8, 2)))
  expect_equal(net_difference(is_true, is_true, owner), 0)
  expect_equal(net_difference(rep(c(0.1, 0.6), each = 10), is_true, owner), -0.3)
})

test_that("calls that draw from their own posteriors are reliable, sharpened ones are not", {
  calls <- random_calls(150, c("1" = 40))
  populations <- attr(calls, "populations")
  posterior <- as.matrix(as.data.frame(plain_tibble(calls))[paste0(".pred_", populations)])
  u <- withr::with_seed(4, stats::runif(nrow(calls)))
  drawn <- populations[1 + (u > posterior[, 1]) + (u > posterior[, 1] + posterior[, 2])]
  truth <- data.frame(sample_id = calls$sample_id, haplotype = calls$haplotype,
    chrom = calls$chrom, start_bp = calls$start_bp, end_bp = calls$end_bp, ancestry = drawn)
  fair <- reliability(calls, truth)
  expect_true(all(glance(fair)$calibration_error < 0.02))
  z <- with(tidy(fair), (mean_posterior - frequency) / difference_se)
  expect_lt(mean(z^2), 2)
  expect_gt(mean(z^2), 0.5)
  expect_identical(sum(tidy(fair)$n), 3 * nrow(calls) + 0)
  sharp <- posterior^4 / rowSums(posterior^4)
  for (i in 1:3) calls[[paste0(".pred_", populations[i])]] <- sharp[, i]
  expect_true(all(glance(reliability(calls, truth))$calibration_error > 0.08))
  expect_drawn(autoplot(fair))
  expect_output(print(fair), "<reliability> 3 populations of 12,000 windows")
})

test_that("a window within which ancestry changes is of each in part", {
  calls <- example_calls()
  truth <- ancestry_segments(calls, 0)
  by_chrom <- call_pieces(calls, NULL)
  populations <- attr(calls, "populations")
  whole <- places_of_windows(calls, by_chrom, truth, populations, NULL)
  row <- by_chrom[[1]]$row[1]
  first <- which(truth$sample_id == calls$sample_id[row] & truth$chrom == calls$chrom[row] &
    truth$haplotype == calls$haplotype[row])[1]
  own <- whole[row, 1]
  # From the fourth of the five places on another ancestry, in this window alone.
  from <- floor(calls$start_bp[row] + 0.6 * (calls$end_bp[row] - calls$start_bp[row]))
  cut <- truth[c(first, first, seq_len(nrow(truth))), ]
  cut$end_bp[1] <- from
  cut$start_bp[2] <- from + 1
  cut$end_bp[2] <- calls$end_bp[row]
  cut$ancestry[2] <- populations[-own][1]
  cut$start_bp[first + 2] <- calls$end_bp[row] + 1
  parts <- places_of_windows(calls, by_chrom, cut, populations, NULL)
  expect_identical(parts[-row, ], whole[-row, ])
  expect_equal(proportion_of_places(parts, own)[row], 0.6)
  expect_equal(proportion_of_places(parts, seq_along(populations)[-own][1])[row], 0.4)
  # Where the truth has a gap, the other places count.
  gap <- places_of_windows(calls, by_chrom, cut[-2, ], populations, NULL)
  expect_equal(proportion_of_places(gap, own)[row], 1)
})

test_that("the truth must be of populations", {
  calls <- example_calls()
  truth <- ancestry_segments(calls, 0)
  truth$ancestry[1] <- "west"
  expect_error(reliability(calls, truth), "west", class = "forebear_error_truth")
  expect_error(reliability(calls, truth, bins = 0), class = "forebear_error_argument")
})
