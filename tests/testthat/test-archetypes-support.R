# Weights of 5 unadmixed samples of each of three archetypes, and of 5 that are mixed.
three_corners <- function() {
  q <- rbind(diag(3)[rep(1:3, each = 5), ], matrix(1 / 3, 5, 3))
  `dimnames<-`(q, list(paste0("s", 1:20), paste0("archetype", 1:3)))
}

# Genotypes of three populations of 20 samples with unrelated members.
apart <- function(n_variants = 2000) {
  withr::with_seed(3, {
    frequency <- matrix(stats::runif(3 * n_variants, 0.05, 0.95), n_variants)
    counts <- t(vapply(rep(1:3, each = 20), function(own) {
      stats::rbinom(n_variants, 2, frequency[, own])
    }, integer(n_variants)))
  })
  dimnames(counts) <- list(paste0("s", 1:60), paste0("v", seq_len(n_variants)))
  list(counts = counts, frequency = frequency)
}

test_that("samples near an archetype are counted by hand", {
  q <- three_corners()
  expect_identical(archetype_support(q)$n_near, c(5L, 5L, 5L))
  expect_false(any(archetype_support(q)$is_thin))
  q[2:5, ] <- 1 / 3
  q[1, ] <- c(0.95, 0.05, 0)
  q[6, ] <- NA
  support <- archetype_support(q)
  expect_identical(support$n_near, c(1L, 4L, 5L))
  expect_equal(support$max_weight, c(0.95, 1, 1))
  expect_identical(support$is_thin, c(TRUE, FALSE, FALSE))
  expect_identical(archetype_support(q, c(NA, 1L, 2L))$is_thin, c(TRUE, TRUE, FALSE))
})

test_that("families are groups that pairs of relatives connect", {
  expect_identical(n_connected(1:4, c(1, 3), c(2, 4)), 2L)
  expect_identical(n_connected(1:4, c(1, 3, 2), c(2, 4, 3)), 1L)
  expect_identical(n_connected(c(2, 5, 9), c(1, 2), c(5, 9)), 2L)
  expect_identical(n_connected(1:3, integer(), integer()), 3L)
})

test_that("corners without a group of samples are known", {
  expect_false(has_no_corner(three_corners()))
  even <- withr::with_seed(1, matrix(stats::rexp(4 * 500), 500))
  even <- even / rowSums(even)
  expect_true(has_no_corner(even))
})

test_that("an outlier, a family and the shipped panel", {
  data <- apart()
  counts <- data$counts
  # One of another kind.
  outlier <- withr::with_seed(5, stats::rbinom(2000, 2, stats::runif(2000)))
  with_outlier <- rbind(counts, out = outlier)
  expect_message(fit <- archetypes(as_genotypes(with_outlier), k = 4),
    class = "forebear_message_thin_archetypes", "stands for 1 sample: \"out\"")
  expect_equal(glance(fit)$n_thin_archetypes, 1)
  # Five children of two parents of another kind.
  parents <- withr::with_seed(6, matrix(stats::rbinom(4 * 2000, 1, stats::runif(2000)), 2000))
  children <- withr::with_seed(7, t(replicate(5, {
    mother <- sample(1:2, 2000, TRUE)
    father <- sample(3:4, 2000, TRUE)
    parents[cbind(1:2000, mother)] + parents[cbind(1:2000, father)]
  })))
  rownames(children) <- paste0("child", 1:5)
  with_family <- rbind(counts, children)
  expect_message(fit <- archetypes(as_genotypes(with_family), k = 4),
    class = "forebear_message_thin_archetypes", "stands for one family: \"child")
  support <- tidy(fit, matrix = "support")
  expect_equal(sum(support$n_families %in% 1L), 1)
  expect_message(ml <- admixture(as_genotypes(with_family), k = 4),
    class = "forebear_message_thin_archetypes", "one family")
  expect_equal(glance(ml)$n_thin_archetypes, 1)
  # Scores alone cannot show it.
  scores <- pca(as_genotypes(with_family), num_comp = 3, scale = "none")
  expect_no_message(fit <- archetypes(scores, k = 4))
  expect_true(all(is.na(tidy(fit, matrix = "support")$n_families)))
  expect_message(archetypes_path(as_genotypes(with_family), k = 3:4, restarts = 1),
    class = "forebear_message_thin_archetypes", "1 of k = 4")
  panel <- read_bed(example_data("panel"))
  expect_no_message(fit <- archetypes(panel, k = 4))
  expect_equal(glance(fit)$n_thin_archetypes, 0)
})

test_that("family IDs show relatives where genotypes do not", {
  data <- apart(n_variants = 400)
  counts <- data$counts
  odd <- withr::with_seed(5, t(replicate(4, stats::rbinom(400, 2, rep(c(0.02, 0.98), 200)))))
  rownames(odd) <- paste0("odd", 1:4)
  g <- as_genotypes(rbind(counts, odd))
  expect_no_message(archetypes(g, k = 4), class = "forebear_message_thin_archetypes")
  g$samples$family_id <- c(rep("0", 60), rep("F1", 4))
  expect_message(archetypes(g, k = 4), class = "forebear_message_thin_archetypes", "one family")
  # The name of a population is no family.
  g$samples$family_id <- rep(c("P1", "P2"), c(40, 24))
  expect_no_message(archetypes(g, k = 4), class = "forebear_message_thin_archetypes")
})

test_that("where no sample is unadmixed, admixture() is recommended", {
  data <- apart()
  q <- withr::with_seed(1, matrix(stats::rgamma(3 * 100, 3), 100))
  q <- q / rowSums(q)
  counts <- withr::with_seed(2, matrix(stats::rbinom(100 * 2000, 2, q %*% t(data$frequency)), 100))
  dimnames(counts) <- list(paste0("m", 1:100), paste0("v", 1:2000))
  expect_message(archetypes(as_genotypes(counts), k = 3),
    class = "forebear_message_no_unadmixed", "admixture")
  # That model needs no unadmixed sample.
  expect_no_message(admixture(as_genotypes(counts), k = 3))
})

test_that("HapMap3 has groups at every corner", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  for (k in 2:4) {
    said <- character()
    withCallingHandlers(archetypes(g, k = k), message = function(message) {
      said <<- c(said, class(message)[1])
      invokeRestart("muffleMessage")
    })
    expect_identical(said, "forebear_message_relatives")
  }
})

test_that("messages read well", {
  q <- three_corners()
  q[2:5, ] <- 1 / 3
  q[12:15, 3] <- 0.85
  q[12:15, 1] <- 0.15
  q[11, ] <- c(0.15, 0, 0.85)
  fit <- structure(list(q = q, sample_id = rownames(q), n_families = c(NA, 1L, NA)),
    class = "forebear_archetypes")
  none <- structure(list(q = 0.5 * q + 0.5 / 3, sample_id = rownames(q)),
    class = "forebear_archetypes")
  expect_snapshot(conditions_of(inform_thin(fit), inform_thin(none)))
})

test_that("noise of kinship makes no relatives, and second-degree relatives are found", {
  g <- suppressMessages(read_bed(example_data("panel")))
  g <- suppressMessages(unrelated(g, threads = 1))
  pruned <- suppressMessages(prune_ld(g, r2 = 0.05, threads = 1))
  expect_gt(ncol(pruned), fewest_kinship_variants)
  n_variants <- ncol(pruned)
  for (seed in 1:3) {
    # So few that unrelated pairs exceed the threshold.
    few <- withr::with_seed(seed, sort(sample(n_variants, fewest_kinship_variants)))
    expect_gt(sum(kinship(pruned[, few], threads = 1)$kinship > related_kinship), 0)
    expect_identical(related_in_fit(pruned[, few], rep(TRUE, nrow(g)), 1L), 0L)
  }
  kinds <- function(g) {
    said <- character()
    suppressWarnings(withCallingHandlers(archetypes(g, 3, threads = 1), message = function(m) {
      said <<- c(said, class(m)[1])
      rlang::cnd_muffle(m)
    }))
    said
  }
  expect_false("forebear_message_relatives" %in% kinds(pruned))
  counts <- as.matrix(pruned)
  twice <- rbind(counts, again = counts[1, ])
  expect_true("forebear_message_relatives" %in% kinds(as_genotypes(twice)))
  # Half siblings, ten pairs, among 40 others.
  n_variants <- 10000
  counts <- withr::with_seed(4, {
    p <- stats::runif(n_variants, 0.1, 0.9)
    alleles <- function(n) matrix(stats::rbinom(n * n_variants, 1, rep(p, each = n)), n)
    one <- alleles(10)
    other <- alleles(10)
    from_parent <- function() {
      first <- stats::runif(length(one)) < 0.5
      ifelse(first, one, other)
    }
    rbind(from_parent() + alleles(10), from_parent() + alleles(10), alleles(40) + alleles(40))
  })
  dimnames(counts) <- list(paste0("s", 1:60), paste0("v", seq_len(n_variants)))
  pairs <- related_pairs(as_genotypes(counts), 1:60, 1L)
  expect_true(all(pairs$second - pairs$first == 10 & pairs$first <= 10))
  expect_gte(length(pairs$first), 8)
})

test_that("samples that lack most genotypes are no relatives by the few that both have", {
  withr::local_seed(5)
  counts <- matrix(stats::rbinom(40 * 3000, 2, rep(stats::runif(3000, 0.1, 0.9), each = 40)), 40)
  for (row in 1:30) counts[row, sample(3000, 2800)] <- NA
  g <- as_genotypes(counts)
  expect_gt(sum(kinship(g, threads = 1)$kinship > 2 * related_kinship, na.rm = TRUE), 0)
  expect_identical(related_in_fit(g, rep(TRUE, 40), 1L), 0L)
  # Duplicates are, by half of the genotypes.
  counts[1:2, ] <- rep(counts[40, ], each = 2)
  counts[1, 1:1500] <- NA
  expect_identical(related_in_fit(as_genotypes(counts), rep(TRUE, 40), 1L), 3L)
})
