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

test_that("phase switches are reported with their position", {
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

# Calls in which the two haplotypes of a sample have different ancestries at every window.
heterozygous_calls <- function(...) {
  calls <- random_calls(...)
  posterior <- c(".pred_a", ".pred_b", ".pred_c")
  one <- calls$haplotype == 1
  calls[one, posterior] <- calls[!one, posterior][c(2, 3, 1)]
  calls$.pred_class[one] <- c(a = "c", b = "a", c = "b")[calls$.pred_class[!one]]
  calls
}

# Reference implementation of which switches have evidence: one sample and chromosome at a time.
# `differs`: [n_windows]; `switched` and `probability`: of the steps between them.
evident_switches <- function(differs, switched, probability) {
  at <- which(switched & probability > 0.5) + 1L
  range <- findInterval(seq_along(differs), at)
  informative <- sort(unique(range[differs]))
  corrected <- rep(FALSE, length(switched))
  for (i in seq_along(informative)[-1]) {
    between <- at[seq(informative[i - 1] + 1, informative[i])]
    if (length(between) %% 2 == 1) {
      corrected[between[which.max(probability[between - 1])] - 1] <- TRUE
    }
  }
  corrected
}

test_that("haplotypes need all windows; calls without some change places as the others do", {
  calls <- heterozygous_calls(3, c("1" = 6))
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
  two <- heterozygous_calls(3)
  hole <- two[two$chrom == "1" | two$window != 2, ]
  expect_identical(correct_phase(h, hole)$haplotypes, correct_phase(h, two)$haplotypes)
})

test_that("haplotypes change places from each switch on, as by hand", {
  calls <- heterozygous_calls(1, c("1" = 6))
  attr(calls, "switches")$switched <- c(FALSE, TRUE, FALSE, TRUE, FALSE)
  attr(calls, "switches")$switch_probability <- 0.9
  h <- haplotypes_of_windows(1, c("1" = 6))
  before <- as.matrix(h)
  corrected <- correct_phase(h, calls)
  after <- as.matrix(corrected$haplotypes)
  # Switches lead into windows 3 and 5, so that windows 3 and 4 change: variants 8 to 13.
  expect_identical(after[, c(1:7, 14:20)], before[, c(1:7, 14:20)])
  expect_identical(unname(after[, 8:13]), unname(before[2:1, 8:13]))
  # So do the posteriors of these windows, and nothing else.
  posterior <- function(calls) matrix(calls$.pred_a, 6)
  expect_identical(posterior(corrected$calls)[c(1:2, 5:6), ], posterior(calls)[c(1:2, 5:6), ])
  expect_identical(posterior(corrected$calls)[3:4, ], posterior(calls)[3:4, 2:1])
  expect_false(any(phase_switches(corrected$calls)$switched))
})

test_that("a switch without evidence moves nothing", {
  calls <- heterozygous_calls(1, c("1" = 6))
  h <- haplotypes_of_windows(1, c("1" = 6))
  with_switches <- function(switched, probability, alike = integer()) {
    attr(calls, "switches")$switched <- seq_len(5) %in% switched
    attr(calls, "switches")$switch_probability <- probability
    calls$.pred_class[calls$window %in% alike] <- "a"
    corrected <- correct_phase(h, calls)
    moved <- which(colSums(as.matrix(corrected$haplotypes) != as.matrix(h)) > 0)
    unique((variants(h)$position_bp[moved] + 11) %/% 14)
  }
  heterozygous <- as.matrix(h)[1, ] != as.matrix(h)[2, ]
  window <- unique(pmin((variants(h)$position_bp[heterozygous] + 11) %/% 14, 6))
  expect_setequal(pmin(with_switches(3, 0.9), 6), window[window > 3])
  # At most one half.
  expect_length(with_switches(3, 0.5), 0)
  # One ancestry on both haplotypes throughout, before the switch, or after it.
  expect_length(with_switches(3, 0.9, 1:6), 0)
  expect_length(with_switches(3, 0.9, 1:3), 0)
  expect_length(with_switches(3, 0.9, 4:6), 0)
  # A window on each side is enough.
  expect_gt(length(with_switches(3, 0.9, c(1:2, 5:6))), 0)
  # Two switches around uninformative windows are none, and three are the most probable one.
  expect_length(with_switches(c(2, 4), 0.9, 3:4), 0)
  expect_setequal(pmin(with_switches(c(2, 3, 4), c(0, 0.7, 0.9, 0.8, 0), 3:4), 6),
    window[window > 3])
})

test_that("switches with evidence are those of the reference implementation", {
  for (seed in 1:20) {
    calls <- random_calls(6, c("1" = 12, "2" = 7), switched = 0.4, seed = seed)
    withr::with_seed(seed, attr(calls, "switches")$switch_probability <-
      stats::runif(nrow(attr(calls, "switches")), 0.3))
    switches <- attr(calls, "switches")
    want <- switches[0, ]
    for (chrom in c("1", "2")) {
      for (sample in paste0("s", 1:6)) {
        class <- matrix(calls$.pred_class[calls$chrom == chrom & calls$sample_id == sample],
          ncol = 2)
        own <- switches[switches$chrom == chrom & switches$sample_id == sample, ]
        own <- own[order(own$window), ]
        want <- rbind(want, own[evident_switches(class[, 1] != class[, 2], own$switched,
          own$switch_probability), ])
      }
    }
    got <- switches_to_correct(calls, call_blocks(calls))
    expect_identical(got[c("chrom", "sample_id", "window")],
      want[c("chrom", "sample_id", "window")])
    expect_gt(nrow(got), 0)
  }
})

test_that("it agrees with exchanging alleles one by one, and keeps what is not called", {
  n <- 9
  calls <- heterozygous_calls(n)
  h <- haplotypes_of_windows(n, c("1" = 6, "2" = 4, "7" = 5), n_haploid = 30)
  h <- h[c(4, 9, 1, 2), ]
  before <- as.matrix(h)
  after <- as.matrix(correct_phase(h, calls)$haplotypes)
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
  expect_identical(samples(correct_phase(h, calls)$haplotypes), samples(h))
  expect_identical(correct_phase(h, calls, threads = 1), correct_phase(h, calls, threads = 2))
})

test_that("calls change places with the haplotypes, and call no switch any more", {
  calls <- heterozygous_calls(3)
  corrected <- correct_phase(calls)
  expect_identical(correct_phase(haplotypes_of_windows(3), calls)$calls, corrected)
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

test_that("samples and chromosomes without calls are reported", {
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

test_that("haplotypes and calls of different phase are refused", {
  calls <- heterozygous_calls(3, switched = 1)
  h <- haplotypes_of_windows(3)
  corrected <- correct_phase(h, calls)
  path <- withr::local_tempfile(fileext = ".vcf")
  write <- function(calls, haplotypes) write_ancestry_vcf(calls, path, haplotypes)
  expect_identical(write(calls, h), path)
  expect_identical(write(corrected$calls, corrected$haplotypes), path)
  for (wrong in list(list(corrected$calls, h), list(calls, corrected$haplotypes))) {
    expect_error(write(wrong[[1]], wrong[[2]]), "same phase",
      class = "forebear_error_phase_mismatch")
    expect_error(correct_phase(wrong[[2]], wrong[[1]]), class = "forebear_error_phase_mismatch")
  }
  # Corrected by other switches.
  one <- function(window) {
    one <- calls[calls$sample_id == "s1" & calls$chrom == "1", ]
    attr(one, "switches")$switched <- attr(one, "switches")$window == window
    attr(one, "switches")$switch_probability <- 0.9
    correct_phase(h[1, variants(h)$chrom == "1"], one)
  }
  expect_error(write(one(2)$calls, one(3)$haplotypes), "by other switches",
    class = "forebear_error_phase_mismatch")
  # Again, nothing is left to correct.
  expect_identical(correct_phase(corrected$haplotypes, corrected$calls), corrected)
  expect_snapshot(corrected)
  expect_snapshot(conditions_of(
    write(corrected$calls, h),
    write_phased_vcf(corrected, path)
  ))
})

test_that("the mark of a phase follows choices, joins and saving", {
  calls <- heterozygous_calls(3, switched = 1)
  h <- haplotypes_of_windows(3)
  corrected <- correct_phase(h, calls)
  path <- withr::local_tempfile(fileext = ".vcf")
  write <- function(calls, haplotypes) write_ancestry_vcf(calls, path, haplotypes)
  first <- variants(h)$chrom == "1"
  parts <- list(
    corrected$haplotypes[2:3, first], cbind(corrected$haplotypes[, first],
      corrected$haplotypes[, !first]), rbind(corrected$haplotypes[1, ], corrected$haplotypes[3, ])
  )
  saved <- withr::local_tempfile()
  saveRDS(corrected, saved)
  parts <- c(parts, list(readRDS(saved)$haplotypes))
  for (part in parts) {
    expect_identical(write(corrected$calls, part), path)
    expect_error(write(calls, part), class = "forebear_error_phase_mismatch")
  }
  both <- rbind(corrected$calls[corrected$calls$chrom == "1", ],
    corrected$calls[corrected$calls$chrom == "2", ])
  expect_identical(write(both, corrected$haplotypes), path)
  expect_error(write(both, h), class = "forebear_error_phase_mismatch")
  # One chromosome corrected, the other as it was given.
  mixed <- cbind(corrected$haplotypes[, first], h[, !first])
  expect_error(write(corrected$calls, mixed), class = "forebear_error_phase_mismatch")
  expect_identical(write(corrected$calls[corrected$calls$chrom == "1", ], mixed[, first]), path)
  expect_error(cbind(corrected$haplotypes[, 1:3], h[, 4:5]),
    class = "forebear_error_phase_mismatch")
  expect_message(evaluate_calls(corrected$calls, ancestry_segments(corrected$calls, 0)),
    class = "forebear_message_corrected_phase")
})
