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
    got <- plan_exchange(calls, call_pieces(calls))$switches
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

# Calls whose windows are split, with switches at variants: several in a window, or none.
calls_with_switches <- function(seed, known = TRUE) {
  calls <- with_variants(random_calls(3, c("1" = 6, "2" = 4), seed = seed), seed)
  calls <- split_calls(calls, changed = TRUE, seed = seed)
  variants <- attr(calls, "variants")
  windows <- attr(calls, "windows")
  switches <- withr::with_seed(seed, lapply(paste0("s", 1:3), function(sample) {
    at <- sort(sample(nrow(variants), 8))
    at <- at[variants$position_bp[at] != 5L]
    position <- variants$position_bp[at]
    chrom <- variants$chrom[at]
    later <- vapply(seq_along(at), function(i) {
      max(windows$window[windows$chrom == chrom[i] & windows$start_bp <= position[i]])
    }, 0L)
    tibble::tibble(sample_id = sample, chrom = chrom, window = later,
      switch_probability = round(stats::runif(length(at), 0.4), 3),
      switched = stats::runif(length(at)) < 0.8, position_bp = position)
  }))
  attr(calls, "switches") <- vctrs::vec_rbind(!!!switches)
  if (!known) attr(calls, "variants") <- NULL
  calls
}

# Reference implementation, variant by variant: TRUE where the haplotypes of a sample are exchanged.
# `class`: [n_variants x 2] of one chromosome; `position`: of the variants.
exchanged_by_variant <- function(class, position, switches) {
  at <- switches$position_bp[switches$switched & switches$switch_probability > 0.5]
  p <- switches$switch_probability[switches$switched & switches$switch_probability > 0.5]
  p <- p[order(at)]
  at <- sort(at)
  range <- findInterval(position, at)
  informative <- sort(unique(range[class[, 1] != class[, 2]]))
  corrected <- integer()
  for (i in seq_along(informative)[-1]) {
    between <- seq(informative[i - 1] + 1, informative[i])
    if (length(between) %% 2 == 1) corrected <- c(corrected, between[which.max(p[between])])
  }
  findInterval(position, at[corrected]) %% 2 == 1
}

test_that("calls that are split change places at the variant of the switch", {
  n_moved <- 0
  for (seed in 1:12) {
    calls <- calls_with_switches(seed, known = seed %% 2 == 1)
    reference <- calls_with_switches(seed)
    variants <- attr(reference, "variants")
    h <- as_haplotypes(random_alleles(3, nrow(variants)),
      variants = data.frame(variants[c("chrom", "position_bp")], ref = "A", alt = "C"))
    corrected <- correct_phase(h, calls)
    expect_identical(correct_phase(calls), corrected$calls)
    before <- calls_by_variant(reference)
    after <- corrected$calls
    attr(after, "variants") <- variants
    after <- calls_by_variant(after)
    expect_identical(after[c("sample_id", "haplotype", "variant")],
      before[c("sample_id", "haplotype", "variant")])
    alleles <- as.matrix(h)
    for (sample in paste0("s", 1:3)) {
      for (chrom in c("1", "2")) {
        own <- which(before$sample_id == sample & before$chrom == chrom)
        pair <- matrix(own, ncol = 2)
        class <- matrix(calls$.pred_class[before$row[pair]], ncol = 2)
        switches <- attr(calls, "switches")
        exchanged <- exchanged_by_variant(class, before$position_bp[pair[, 1]],
          switches[switches$sample_id == sample & switches$chrom == chrom, ])
        n_moved <- n_moved + sum(exchanged)
        pair[exchanged, ] <- pair[exchanged, 2:1]
        for (name in c(".pred_a", ".pred_b", ".pred_class")) {
          expect_identical(corrected$calls[[name]][after$row[own]], calls[[name]][before$row[pair]])
        }
        rows <- paste0(sample, c("_1", "_2"))
        here <- which(variants$chrom == chrom)
        want <- alleles[rows, here]
        want[, exchanged] <- want[2:1, exchanged]
        expect_identical(as.matrix(corrected$haplotypes)[rows, here], want)
      }
    }
    expect_false(any(attr(corrected$calls, "switches")$switched))
    expect_identical(correct_phase(corrected$haplotypes, corrected$calls), corrected)
    # A sample by itself changes as it does with others.
    one <- correct_phase(calls[calls$sample_id == "s2", ])
    expect_identical(plain_tibble(one),
      plain_tibble(corrected$calls[corrected$calls$sample_id == "s2", ]))
  }
  expect_gt(n_moved, 100)
})

test_that("what a switch has split becomes whole again", {
  true <- with_variants(heterozygous_calls(1, c("1" = 6)))
  true$.typicality <- seq(0.1, 0.9, length.out = 12)
  variants <- attr(true, "variants")
  # The haplotypes are exchanged from the third variant of window 3 up to that of window 5.
  from <- variants$position_bp[13]
  to <- variants$position_bp[23]
  cells <- calls_by_variant(true)
  given <- true[c(1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 9, 10, 11, 11, 12), ]
  source <- c(1, 2, 3, 9, 10, 11, 5, 6, 7, 8, 9, 3, 4, 5, 11, 12)
  for (name in c(".pred_class", ".pred_a", ".pred_b", ".pred_c", ".typicality")) {
    given[[name]] <- true[[name]][source]
  }
  before <- variants$position_bp[c(12, 22)]
  given$start_bp[c(4, 7, 12, 15)] <- rep(c(from, to), 2)
  given$end_bp[c(3, 6, 11, 14)] <- rep(before, 2)
  attr(given, "switches") <- tibble::tibble(sample_id = "s1", chrom = "1", window = c(2:6, 5L),
    switch_probability = c(0.01, 0.9, 0.01, 0.9, 0.01, 0.02),
    switched = switch_probability > 0.5, position_bp = c(NA, from, NA, to, NA, NA))
  corrected <- correct_phase(given)
  expect_identical(plain_tibble(corrected), plain_tibble(true))
  expect_equal(attr(corrected, "switches")$switch_probability, c(0.01, 0.1, 0.01, 0.1, 0.01, 0.02))
  # In the first window of a chromosome, too.
  first <- variants$position_bp[3]
  given <- true[c(1, 1:7, 7:12), ]
  given$start_bp[c(2, 9)] <- first
  given$end_bp[c(1, 8)] <- variants$position_bp[2]
  source <- c(1, 7:12, 7, 1:6)
  for (name in c(".pred_class", ".pred_a", ".pred_b", ".pred_c", ".typicality")) {
    given[[name]] <- true[[name]][source]
  }
  attr(given, "switches") <- tibble::tibble(sample_id = "s1", chrom = "1", window = 1:6,
    switch_probability = c(0.9, rep(0.01, 5)), switched = window == 1L,
    position_bp = c(first, rep(NA, 5)))
  expect_identical(plain_tibble(correct_phase(given)), plain_tibble(true))
  expect_identical(phase_switches(given)$position_bp[1], first)
})

test_that("marks follow samples that are renamed", {
  calls <- heterozygous_calls(3, switched = 1)
  h <- haplotypes_of_windows(3)
  corrected <- correct_phase(h, calls)
  renamed <- corrected$haplotypes
  samples(renamed) <- data.frame(sample_id = c("x1", "x2", "x3"))
  expect_identical(unique(phase_marks(renamed)$sample_id), c("x1", "x2", "x3"))
  expect_identical(phase_marks(renamed)$mark, phase_marks(corrected$haplotypes)$mark)
  given <- calls
  given$sample_id <- sub("s", "x", given$sample_id)
  expect_error(mask_haplotypes(renamed, given, "a"), class = "forebear_error_phase_mismatch")
  # There and back.
  samples(renamed) <- data.frame(sample_id = c("s1", "s2", "s3"))
  expect_no_error(mask_haplotypes(renamed, corrected$calls, "a"))
  # Marks of samples that are not there are not taken for those of others.
  one <- corrected$haplotypes[1, ]
  samples(one) <- data.frame(sample_id = "s2")
  expect_identical(unique(phase_marks(one)$sample_id), "s2")
  other <- h
  samples(other) <- data.frame(sample_id = c("x1", "x2", "x3"))
  expect_null(other$phase)
})

test_that("calls of which a sample has no switches are refused", {
  calls <- heterozygous_calls(3, switched = 1)
  h <- haplotypes_of_windows(3)
  refused <- function(calls, haplotypes = h) {
    error <- expect_error(phase_switches(calls), class = "forebear_error_no_switches")
    expect_error(correct_phase(calls), class = "forebear_error_no_switches")
    expect_error(correct_phase(haplotypes, calls), class = "forebear_error_no_switches")
    conditionMessage(error)
  }
  one <- calls
  one$sample_id[one$sample_id == "s2"] <- "x2"
  named <- h
  samples(named) <- data.frame(sample_id = c("s1", "x2", "s3"))
  expect_match(refused(one, named), "Without: 1 sample of 3 (\"x2\")", fixed = TRUE)
  all <- calls
  all$sample_id <- sub("s", "x", all$sample_id)
  samples(named) <- data.frame(sample_id = c("x1", "x2", "x3"))
  expect_match(refused(all, named), "Without: 3 samples of 3")
  # Samples of one haplotype, or one window, have no steps.
  switches <- attr(calls, "switches")
  attr(calls, "switches") <- switches[switches$sample_id != "s2", ]
  refused(calls)
  expect_no_error(phase_switches(calls[calls$sample_id != "s2" | calls$haplotype == 1, ]))
  expect_no_error(phase_switches(calls[calls$window == 2, ]))
  expect_no_error(phase_switches(calls[calls$sample_id != "s2", ]))
})
