# 2,000 variants in two populations of Fst 0.05, and 20 samples of one half of each.
two_and_halves <- function() {
  withr::with_seed(18, {
    p <- stats::runif(2000, 0.1, 0.9)
    each <- replicate(2, stats::rbeta(2000, p * 19, (1 - p) * 19))
    q <- rep(c(1, 0, 0.5), each = 20)
    counts <- matrix(rbinom(60 * 2000, 2, outer(q, each[, 1]) + outer(1 - q, each[, 2])), 60,
      dimnames = list(paste0("s", 1:60), NULL))
    counts[51:60, ][stats::runif(10 * 2000) < 0.98] <- NA
  })
  counts
}

test_that("samples whose weights are hardly known are named, in a fit and in predictions", {
  counts <- two_and_halves()
  class <- "forebear_message_uncertain_weights"
  expect_message(admixture(counts, k = 2), class = class,
    "Those of 10 samples have not .* \"s51\", \"s52\"")
  expect_no_message(fit <- admixture(counts[1:50, ], k = 2), class = class)
  expect_message(weights <- predict(fit, counts[51:60, ]), class = class, "Those of 10 samples")
  expect_gt(stats::sd(weights$archetype1), 0.1)
  expect_no_message(predict(fit, counts[41:50, ]), class = class)
})

test_that("standard errors are those of weights of many samples", {
  counts <- two_and_halves()
  fit <- admixture(counts[1:40, ], k = 2, sparsity = FALSE)
  frequencies <- fit$frequencies
  new <- withr::with_seed(2, t(replicate(300, rbinom(2000, 2, rowMeans(frequencies)))))
  new[withr::with_seed(3, matrix(stats::runif(length(new)) < 0.8, 300))] <- NA
  rownames(new) <- paste0("n", 1:300)
  weights <- predict(fit, new)$archetype1
  expected <- largest_std_error(c(0.5, 0.5), frequencies, 2 * 0.2 * 2000)
  expect_lt(abs(stats::sd(weights) / expected - 1), 0.15)
})

test_that("more populations than the genotypes show are said", {
  drawn <- function(sizes, n_variants, fst, seed) {
    withr::local_seed(seed)
    center <- stats::runif(n_variants, 0.1, 0.9)
    counts <- do.call(rbind, lapply(sizes, function(n) {
      p <- stats::rbeta(n_variants, center * (1 / fst - 1), (1 - center) * (1 / fst - 1))
      matrix(stats::rbinom(n * n_variants, 2, rep(p, each = n)), n)
    }))
    rownames(counts) <- paste0("s", seq_len(nrow(counts)))
    as_genotypes(counts)
  }
  said <- "forebear_message_inside_noise"
  one <- drawn(50, 1500, 0.05, 1)
  two <- drawn(c(30, 30), 1500, 0.05, 2)
  expect_snapshot(conditions_of(fit <- admixture(one, k = 2), admixture(two, k = 4)))
  expect_no_message(admixture(two, k = 2, threads = 1), class = said)
  expect_no_message(admixture(one, k = 1, threads = 1), class = said)
  # What populations are is known there.
  expect_no_message(admixture(one, supervised = c(s1 = "a", s2 = "b"), threads = 1), class = said)
  expect_no_message(admixture_path(one, k = 1:3, folds = 0, threads = 1), class = said)
})

test_that("new samples that no mixture of the populations explains are named", {
  withr::local_seed(3)
  n_variants <- 4000
  center <- stats::runif(n_variants, 0.1, 0.9)
  drifted <- function(fst) {
    stats::rbeta(n_variants, center * (1 / fst - 1), (1 - center) * (1 / fst - 1))
  }
  drawn <- function(p, n, name, q = diag(ncol(p))[rep(seq_len(ncol(p)), each = n), ]) {
    counts <- matrix(stats::rbinom(nrow(q) * n_variants, 2, q %*% t(p)), nrow(q))
    rownames(counts) <- paste0(name, seq_len(nrow(q)))
    as_genotypes(counts)
  }
  p <- cbind(drifted(0.05), drifted(0.05))
  fit <- admixture(drawn(p, 15, "s"), k = 2, threads = 1)
  weight <- stats::runif(15)
  known <- drawn(p, 15, "n", cbind(weight, 1 - weight))
  foreign <- drawn(cbind(drifted(0.25)), 3, "o", matrix(1, 3))
  said <- "forebear_message_unexplained"
  place <- function(g) predict(fit, g, strand = "same", threads = 1)
  expect_no_message(place(known), class = said)
  both <- rbind(known, foreign, strand = "same")
  message <- expect_message(place(both), class = said)
  expect_identical(message$samples, c("o1", "o2", "o3"))
  expect_snapshot(conditions_of(place(foreign)))
})
