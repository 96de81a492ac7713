# Haplotypes at 3 variants in each window of random_calls(), and one before and after all windows.
haplotypes_of_windows <- function(n_samples, n_windows = c("1" = 6, "2" = 4), n_haploid = 0) {
  position <- lapply(n_windows, function(n) {
    c(1L, 14L * rep(seq_len(n), each = 3) - c(9L, 4L, 0L), 14L * n + 50L)
  })
  chrom <- rep(names(n_windows), lengths(position))
  alleles <- random_alleles(n_samples, length(chrom), n_haploid)
  variants <- data.frame(chrom = chrom, position_bp = unlist(position), ref = "A", alt = "C")
  as_haplotypes(alleles, variants = variants)
}

test_that("phase switches are told with their place", {
  calls <- random_calls(2)
  switches <- phase_switches(calls)
  expect_identical(switches$switched, attr(calls, "switches")$switched)
  expect_identical(switches$position_bp[switches$window == 2], rep(17L, 4))
  chosen <- phase_switches(calls[calls$sample_id == "s2" & calls$chrom == "2", ])
  expect_identical(unique(chosen$sample_id), "s2")
  expect_identical(chosen$window, 2:4)
  expect_error(phase_switches(example_calls()), "trusted", class = "forebear_error_no_switches")
  none <- phase_switches(calls[calls$window == 1, ])
  expect_identical(nrow(none), 0L)
  expect_type(none$position_bp, "integer")
  attr(calls, "switches")$position_bp <- NA_integer_
  expect_type(phase_switches(calls[calls$window == 1, ])$position_bp, "integer")
})

test_that("switches are those of the steps between windows at hand", {
  calls <- random_calls(2, c("1" = 6), switched = 1)
  some <- calls[calls$window %in% c(1, 2, 4, 5), ]
  expect_identical(phase_switches(some)$window, c(2L, 2L, 5L, 5L))
  expect_output(print(some), "4 phase switches called")
  expect_output(print(calls), "10 phase switches called")
  expect_output(print(calls[calls$sample_id == "s1", ]), "5 phase switches called")
})

test_that("haplotypes need all windows; calls without some change places as the others do", {
  calls <- random_calls(3, c("1" = 6))
  h <- haplotypes_of_windows(3, c("1" = 6))
  for (left in list(c(1, 2, 3, 6), 1:5, 2:6)) {
    expect_error(correct_phase(h, calls[calls$window %in% left, ]), "Absent",
      class = "forebear_error_incomplete_calls")
  }
  some <- calls[calls$window != 3 & calls$window != 4, ]
  whole <- correct_phase(calls)
  expect_true(any(attr(calls, "switches")$switched[attr(calls, "switches")$window %in% 3:5]))
  expect_identical(plain_tibble(correct_phase(some)),
    plain_tibble(whole[whole$window != 3 & whole$window != 4, ]))
  # Another chromosome may lack windows.
  two <- random_calls(3)
  hole <- two[two$chrom == "1" | two$window != 2, ]
  expect_identical(as.matrix(correct_phase(h, hole)), as.matrix(correct_phase(h, two)))
})

test_that("haplotypes change places from each switch on, as by hand", {
  calls <- random_calls(1, c("1" = 6))
  attr(calls, "switches")$switched <- c(FALSE, TRUE, FALSE, TRUE, FALSE)
  h <- haplotypes_of_windows(1, c("1" = 6))
  before <- as.matrix(h)
  after <- as.matrix(correct_phase(h, calls))
  # Switches lead into windows 3 and 5, so that windows 3 and 4 change: variants 8 to 13.
  expect_identical(after[, c(1:7, 14:20)], before[, c(1:7, 14:20)])
  expect_identical(unname(after[, 8:13]), unname(before[2:1, 8:13]))
})

test_that("it agrees with exchanging alleles one by one, and keeps what is not called", {
  n <- 9
  calls <- random_calls(n)
  h <- haplotypes_of_windows(n, c("1" = 6, "2" = 4, "7" = 5), n_haploid = 30)
  h <- h[c(4, 9, 1, 2), ]
  before <- as.matrix(h)
  after <- as.matrix(correct_phase(h, calls))
  want <- before
  switches <- attr(calls, "switches")
  table <- variants(h)
  for (sample in samples(h)$sample_id) {
    rows <- paste0(sample, c("_1", "_2"))
    for (variant in which(table$chrom != "7")) {
      # Windows begin 14 w - 11, half way.
      window <- pmax(1, pmin((table$position_bp[variant] + 11) %/% 14, 6))
      past <- switches$switched[switches$sample_id == sample & switches$window <= window &
        switches$chrom == table$chrom[variant]]
      if (sum(past) %% 2 == 1 && !anyNA(before[rows, variant])) {
        want[rows, variant] <- before[rev(rows), variant]
      }
    }
  }
  expect_identical(after, want)
  expect_false(identical(after, before))
  expect_identical(samples(correct_phase(h, calls)), samples(h))
  expect_identical(correct_phase(h, calls, threads = 1), correct_phase(h, calls, threads = 2))
})

test_that("calls change places with the haplotypes, and call no switch any more", {
  calls <- random_calls(3)
  corrected <- correct_phase(calls)
  expect_s3_class(corrected, "forebear_ancestry_calls")
  switches <- attr(corrected, "switches")
  expect_false(any(switches$switched))
  expect_equal(switches$switch_probability, rep(0.1, nrow(switches)))
  expect_identical(correct_phase(corrected), corrected)
  expect_equal(ancestry_dosage(corrected), ancestry_dosage(calls))
  own <- calls[calls$sample_id == "s2" & calls$chrom == "1", ]
  called <- attr(calls, "switches")
  called <- called[called$sample_id == "s2" & called$chrom == "1", ]
  odd <- c(FALSE, cumsum(called$switched[order(called$window)]) %% 2 == 1)
  expect_true(any(odd))
  want <- ifelse(odd, own$.pred_a[7:12], own$.pred_a[1:6])
  got <- corrected[corrected$sample_id == "s2" & corrected$chrom == "1", ]
  expect_identical(got$.pred_a[1:6], want)
  expect_identical(got$start_bp, own$start_bp)
})

test_that("samples and chromosomes without calls are told", {
  calls <- random_calls(3)
  h <- haplotypes_of_windows(4)
  expect_error(correct_phase(h, calls), "\"s4\"", class = "forebear_error_uncalled_samples")
  h <- haplotypes_of_windows(3, c("5" = 2))
  expect_error(correct_phase(h, calls), class = "forebear_error_uncalled_chromosomes")
  expect_error(correct_phase(haplotypes_of_windows(4), example_calls()),
    class = "forebear_error_uncalled_samples")
  expect_error(correct_phase(example_calls()), class = "forebear_error_no_switches")
  expect_error(correct_phase(1, calls), class = "forebear_error_argument")
})
