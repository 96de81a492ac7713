# Samples that are mosaics of twelve founders, and donors that are others; the phase of samples
# switches at the variants `at`.
switched_samples <- function(at = c(80, 230), n_samples = 6) {
  n <- 300
  withr::with_seed(1, founders <- matrix(stats::rbinom(12 * n, 1, 0.4), 12))
  mosaic <- function(n_haplotypes) {
    t(replicate(n_haplotypes, {
      founder <- rep(sample(12, 6, TRUE), each = 60)
      founders[cbind(founder[seq_len(n) + sample(59, 1)], seq_len(n))]
    }))
  }
  withr::with_seed(2, {
    donors <- mosaic(60)
    right <- mosaic(2 * n_samples)
  })
  named <- function(alleles, prefix) {
    rownames(alleles) <- paste0(rep(paste0(prefix, seq_len(nrow(alleles) / 2)), each = 2),
      c("_1", "_2"))
    as_haplotypes(alleles, variants = data.frame(chrom = "7", position_bp = seq_len(n) * 1000L,
      position_cm = seq_len(n) / 500, ref = "A", alt = "C"))
  }
  given <- right
  other <- c(rbind(seq(2, 2 * n_samples, 2), seq(1, 2 * n_samples, 2)))
  swapped <- findInterval(seq_len(n), at) %% 2 == 1
  given[, swapped] <- right[other, swapped]
  list(given = named(given, "q"), right = named(right, "q"),
    donors = list(haplotypes = named(donors, "p"), population = rep(1:2, 15), n_populations = 2L,
      position_cm = seq_len(n) / 500))
}

# How often the phase of each sample is wrong between two heterozygous variants.
switch_errors <- function(haplotypes, right) {
  alleles <- as.matrix(haplotypes)
  right <- as.matrix(right)
  vapply(seq_len(nrow(alleles) / 2), function(sample) {
    first <- 2 * sample - 1
    heterozygous <- right[first, ] != right[first + 1, ]
    sum(diff(alleles[first, heterozygous] == right[first, heterozygous]) != 0)
  }, 0L)
}

test_that("phase that switches is found by copying from the panel, and put right", {
  data <- switched_samples()
  reading <- rep(1L, 300)
  flips <- repaired_phase(data$given, reading, data$donors, 1L, NULL)
  expect_named(flips, c("sample", "variant", "probability"))
  expect_false(is.unsorted(order(flips$sample, flips$variant)))
  expect_true(all(flips$probability > 0.5 & flips$probability <= 1))
  repaired <- flipped_haplotypes(data$given, flips, 1L, NULL)
  expect_equal(sum(switch_errors(data$given, data$right)), 12)
  expect_lte(sum(switch_errors(repaired, data$right)), 3)
  # What is right stays so; threads change nothing.
  none <- repaired_phase(data$right, reading, data$donors, 1L, NULL)
  expect_lte(length(none$sample), 1)
  expect_identical(repaired_phase(data$given, reading, data$donors, 2L, NULL), flips)
  # By fewer variants, too.
  reading[seq(5, 300, 5)] <- 0L
  few <- repaired_phase(data$given, reading, data$donors, 1L, NULL)
  repaired <- flipped_haplotypes(data$given, few, 1L, NULL)
  read <- reading == 1
  expect_lte(sum(switch_errors(repaired[, read], data$right[, read])), 4)
  expect_true(all(reading[few$variant] == 1))
})

test_that("haplotypes flipped twice are as they were", {
  h <- switched_samples()$given
  flips <- list(sample = c(1L, 1L, 3L, 6L), variant = c(10L, 200L, 1L, 300L),
    probability = rep(0.9, 4))
  once <- flipped_haplotypes(h, flips, 1L, NULL)
  alleles <- as.matrix(h)
  want <- alleles
  want[1:2, 10:199] <- alleles[2:1, 10:199]
  want[5:6, ] <- alleles[6:5, ]
  want[11:12, 300] <- alleles[12:11, 300]
  expect_identical(as.matrix(once), want)
  expect_identical(flipped_haplotypes(once, flips, 2L, NULL)$alleles,
    flipped_haplotypes(once, flips, 1L, NULL)$alleles)
  expect_identical(as.matrix(flipped_haplotypes(once, flips, 1L, NULL)), alleles)
  expect_identical(flipped_haplotypes(h, no_flips(), 1L, NULL), h)
})

test_that("the truth of flipped haplotypes agrees with that of each variant", {
  position_bp <- 1:60 * 10L
  withr::with_seed(4, truth <- do.call(rbind, lapply(1:6, function(owner) {
    end_bp <- c(sort(sample(11:599, 4)), 600L)
    data.frame(owner = owner, start_bp = c(1L, end_bp[-5] + 1L), end_bp = end_bp,
      population = sample(3, 5, TRUE))
  })))
  at_variants <- function(truth) {
    t(vapply(1:6, function(owner) {
      own <- truth[truth$owner == owner, ]
      own <- own[order(own$start_bp), ]
      # Without gaps, each base once.
      expect_identical(own$start_bp[-1], own$end_bp[-nrow(own)] + 1L)
      own$population[findInterval(position_bp, own$start_bp)]
    }, integer(60)))
  }
  flips <- list(sample = c(1L, 2L, 2L, 2L, 3L), variant = c(30L, 1L, 20L, 60L, 44L),
    probability = rep(1, 5))
  got <- flipped_truth(truth, flips, position_bp)
  want <- at_variants(truth)
  before <- want
  want[1:2, 30:60] <- before[2:1, 30:60]
  want[3:4, c(1:19, 60)] <- before[4:3, c(1:19, 60)]
  want[5:6, 44:60] <- before[6:5, 44:60]
  expect_equal(at_variants(got), want)
  # Twice: as before.
  expect_equal(at_variants(flipped_truth(got, flips, position_bp)), before)
  expect_identical(flipped_truth(truth, no_flips(), position_bp), truth)
})

test_that("switches lie at the borders of positions, worked by hand", {
  position_bp <- c(5L, 7L, 7L, 7L, 9L, 11L, 11L)
  expect_identical(border_places(position_bp), c(1L, 2L, 5L, 5L, 5L, 6L, 8L))
  expect_identical(border_places(integer()), integer())
  # Windows of 3 and 4 variants, of 2 and 5, of 1 and 6; of several that have one position.
  expect_identical(window_border_places(position_bp, c(3L, 7L)), c(1L, 4L, 5L, 5L, 5L, 6L, 8L))
  expect_identical(window_border_places(position_bp, c(2L, 7L)), c(1L, 3L, 5L, 5L, 5L, 6L, 8L))
  expect_identical(window_border_places(position_bp, c(1L, 7L)), border_places(position_bp))
  expect_identical(window_border_places(position_bp, c(6L, 7L)), c(1L, 2L, 5L, 5L, 5L, 7L, 8L))
  expect_identical(window_border_places(rep(5L, 4), c(1L, 2L, 4L)), c(2L, 5L, 5L, 5L))
  expect_identical(window_border_places(position_bp, 7L), border_places(position_bp))
  flips <- list(sample = c(1L, 1L, 1L, 2L, 2L, 3L), variant = c(1L, 3L, 7L, 3L, 4L, 6L),
    probability = 6:1 / 10)
  # Past the last variant there is none; the two of the second sample undo each other; of three one
  # is left.
  want <- list(sample = c(1L, 1L, 3L), variant = c(1L, 5L, 6L), probability = c(0.6, 0.5, 0.1))
  expect_equal(flips_at_borders(flips, position_bp), want)
  three <- list(sample = c(1L, 1L, 1L), variant = 3:5)
  expect_equal(flips_at_borders(three, position_bp), list(sample = 1L, variant = 5L))
  expect_identical(flips_at_borders(no_flips(), position_bp), no_flips())
  apart <- list(sample = c(1L, 1L, 2L), variant = c(2L, 4L, 4L))
  expect_identical(flips_at_borders(apart, 1:4 * 10L), apart)
})
