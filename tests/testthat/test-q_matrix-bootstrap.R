# The blocks that each replicate drew, read off the scores of samples that differ in one block only.
draws_of <- function(fit, g, lengths, seed, n) {
  block <- rep(seq_along(lengths), lengths)
  lapply(seq_len(n), function(replicate) {
    unlist(lapply(unique(block), function(b) {
      rep(b, draws_of_block(g, lengths, which(block == b)[[1]], seed, replicate))
    }))
  })
}

# How often a block was drawn: with all other variants left out by a multiplier of 0, the score of
# one component is the root of that number times the score of the block alone.
draws_of_block <- function(g, lengths, variant, seed, replicate) {
  center <- rep(0, ncol(g))
  multiplier <- replace(rep(0, ncol(g)), variant, 1)
  x <- as.matrix(g)[, variant]
  basis <- cbind(x / sqrt(sum(x^2)))
  scores <- rust_replicate_scores(g, NULL, basis, 1L, center, multiplier, lengths, replicate,
    replicate, seed, 1L, NULL)
  round((sum(scores[[1]]^2)) / sum(x^2))
}

# Genotypes of mixtures of three populations on two chromosomes, some samples pure, none missing.
mixed_counts <- function(n = 60, m = 600, seed = 1) {
  withr::with_seed(seed, {
    q <- matrix(stats::rexp(n * 3), n)
    q <- q / rowSums(q)
    q[1:24, ] <- diag(3)[rep(1:3, 8), ]
    base <- stats::runif(m, 0.2, 0.8)
    f <- matrix(stats::rbeta(3 * m, rep(base, each = 3) * 3, rep(1 - base, each = 3) * 3), 3)
    counts <- matrix(stats::rbinom(n * m, 2, q %*% f), n)
    dimnames(counts) <- list(paste0("s", seq_len(n)), paste0("v", seq_len(m)))
    list(counts = counts, q = q, f = f)
  })
}

mixed_genotypes <- function(data) {
  m <- ncol(data$counts)
  chrom <- rep(c("1", "2"), c(m %/% 3, m - m %/% 3))
  variants <- data.frame(variant_id = colnames(data$counts), chrom = chrom,
    position_bp = seq_len(m), ref = "A", alt = "C")
  as_genotypes(data$counts, variants = variants)
}

test_that("blocks hold consecutive variants of one chromosome", {
  chrom <- rep(c("1", "2", "X"), c(10, 7, 1))
  expect_identical(block_lengths(chrom, 3), c(3L, 4L, 3L, 4L, 3L, 1L))
  expect_identical(block_lengths(chrom, 100), c(10L, 7L, 1L))
  expect_identical(block_lengths(chrom, 1), rep(1L, 18))
  lengths <- block_lengths(rep("1", 1000), NULL)
  expect_identical(length(lengths), 200L)
  expect_equal(sum(lengths), 1000)
  expect_error(block_lengths(rep("1", 5), 5), class = "forebear_error_too_few_blocks")
})

test_that("replicates are the analysis of resampled genotypes written out", {
  data <- mixed_counts(n = 40)
  g <- mixed_genotypes(data)
  fit <- archetypes(g, k = 3, dims = NULL)
  bootstrap <- bootstrap_ancestry(fit, g, replicates = 4, block_size = 25, seed = 3)
  lengths <- block_lengths(variants(g)$chrom, 25)
  block <- rep(seq_along(lengths), lengths)
  drawn <- draws_of(fit, g, lengths, seed = 3, n = 4)
  for (replicate in 1:4) {
    chosen <- unlist(lapply(drawn[[replicate]], function(b) which(block == b)))
    counts <- data$counts[, chosen]
    x <- sweep(counts, 2, colMeans(counts)) / 2
    parts <- svd(x, nu = 2, nv = 0)
    scores <- parts$u %*% diag(parts$d[1:2])
    again <- archetypes(scores, k = 3, restarts = 3, tolerance = 1e-9)
    q <- again$q[, match_columns(fit$q, again$q)]
    expect_lt(max(abs(bootstrap$replicates[, , replicate] - q)), 0.02)
    # The replicates do move.
    expect_gt(max(abs(q - fit$q)), 0.05)
  }
})

test_that("standard errors and intervals are those of the replicates", {
  values <- array(c(0.2, 0.8, 0.8, 0.2, 0.4, 0.6, 0.6, 0.4, 0.3, 1, 0.7, 0), c(2, 2, 3))
  q <- matrix(c(0.25, 0.75, 0.75, 0.25), 2,
    dimnames = list(c("a", "b"), c("archetype1", "archetype2")))
  bootstrap <- new_ancestry_bootstrap(q, values, n_blocks = 5, level = 0.5)
  table <- tidy(bootstrap)
  expect_identical(names(table), c("sample_id", "archetype", "weight", "std_error", "lower",
    "upper"))
  expect_identical(table$sample_id, c("a", "b", "a", "b"))
  expect_equal(table$std_error, c(0.1, 0.2, 0.1, 0.2))
  # Quartiles of 0.2, 0.3, 0.4 and of 0.6, 0.8, 1.
  expect_equal(table$lower, c(0.25, 0.7, 0.65, 0.1))
  expect_equal(table$upper, c(0.35, 0.9, 0.75, 0.3))
  boundary <- tidy(bootstrap, matrix = "boundaries")
  expect_identical(unique(boundary$archetype), "archetype1")
  expect_equal(boundary$std_error, c(0.1, 0.2))
})

test_that("row quantiles are those of quantile()", {
  x <- withr::with_seed(1, matrix(stats::rnorm(60), 5))
  for (probability in c(0, 0.025, 0.31, 0.5, 1)) {
    want <- apply(x, 1, stats::quantile, probs = probability, names = FALSE)
    expect_equal(row_quantile(x, probability), want)
  }
})

test_that("boundaries are sums of weights, replicate by replicate", {
  data <- mixed_counts(n = 40)
  g <- mixed_genotypes(data)
  bootstrap <- bootstrap_ancestry(archetypes(g, k = 3), g, replicates = 5)
  boundary <- tidy(bootstrap, matrix = "boundaries")
  second <- boundary[boundary$archetype == "archetype2", ]
  sums <- bootstrap$replicates[, 1, ] + bootstrap$replicates[, 2, ]
  expect_equal(second$std_error, apply(sums, 1, stats::sd))
  expect_equal(second$boundary, unname(rowSums(bootstrap$q[, 1:2])))
})

test_that("intervals cover the truth about as often as they say", {
  covered <- vapply(1:3, function(seed) {
    data <- mixed_counts(n = 90, m = 900, seed = seed)
    g <- mixed_genotypes(data)
    fit <- archetypes(g, k = 3)
    bootstrap <- bootstrap_ancestry(fit, g, replicates = 60, block_size = 5, seed = seed)
    truth <- data$q[, match_columns(fit$q, data$q)]
    table <- tidy(bootstrap)
    inner <- as.vector(truth) > 0.15 & as.vector(truth) < 0.85
    expect_gt(sum(inner), 60)
    error <- table$weight - as.vector(truth)
    ratio <- stats::sd(error[inner]) / sqrt(mean(table$std_error[inner]^2))
    expect_gt(ratio, 0.5)
    expect_lt(ratio, 1.6)
    mean(abs(error[inner]) <= 1.96 * table$std_error[inner])
  }, 0)
  expect_gt(mean(covered), 0.8)
})

test_that("fewer variants mean larger standard errors", {
  data <- mixed_counts(n = 60, m = 1200)
  mean_error <- vapply(c(300, 1200), function(m) {
    part <- list(counts = data$counts[, seq_len(m)])
    g <- mixed_genotypes(part)
    fit <- archetypes(g, k = 3)
    glance(bootstrap_ancestry(fit, g, replicates = 30, block_size = 5))$mean_std_error
  }, 0)
  # Half, by the square root of the number of variants.
  expect_gt(mean_error[[1]], 1.4 * mean_error[[2]])
  expect_lt(mean_error[[1]], 3 * mean_error[[2]])
})

test_that("the seed decides the replicates, the number of threads does not", {
  g <- mixed_genotypes(mixed_counts(n = 40))
  fit <- archetypes(g, k = 3)
  run <- function(threads, seed) {
    bootstrap_ancestry(fit, g, replicates = 3, threads = threads, seed = seed)$replicates
  }
  expect_identical(run(2, 1), run(1, 1))
  expect_false(identical(run(1, 2), run(1, 1)))
})

test_that("fits of components, of paths and of binomial scale can be resampled", {
  g <- mixed_genotypes(mixed_counts(n = 40))
  plain <- bootstrap_ancestry(archetypes(g, k = 3, dims = NULL), g, replicates = 5)
  of_pca <- archetypes(pca(g, num_comp = 2, scale = "none", method = "exact"), k = 3)
  expect_equal(tidy(bootstrap_ancestry(of_pca, g, replicates = 5))$std_error,
    tidy(plain)$std_error, tolerance = 0.05)
  of_path <- best_fit(archetypes_path(g, k = 2:3, restarts = 1), 3)
  bootstrap <- bootstrap_ancestry(of_path, g, replicates = 5)
  partner <- match_columns(plain$q, bootstrap$q)
  expect_lt(max(abs(bootstrap$replicates[, partner, ] - plain$replicates)), 0.05)
  binomial <- archetypes(pca(g, num_comp = 2), k = 3)
  expect_s3_class(bootstrap_ancestry(binomial, g, replicates = 2), "forebear_ancestry_bootstrap")
})

test_that("IDs that occur twice mean their own samples", {
  data <- mixed_counts(n = 40)
  g <- mixed_genotypes(data)
  rownames(data$counts)[40:38] <- c("s1", "s2", "s3")
  twice <- suppressWarnings(mixed_genotypes(data))
  run <- function(g) {
    bootstrap_ancestry(suppressWarnings(archetypes(g, k = 3)), g, replicates = 3)$replicates
  }
  expect_identical(run(twice), run(g))
})

test_that("what cannot be resampled is refused in the user's words", {
  data <- mixed_counts(n = 40)
  g <- mixed_genotypes(data)
  fit <- archetypes(g, k = 3)
  of_scores <- suppressMessages(archetypes(matrix(stats::rnorm(60), 20), k = 2))
  expect_snapshot(conditions_of(
    bootstrap_ancestry(1, g),
    bootstrap_ancestry(of_scores, g),
    bootstrap_ancestry(fit, data$counts),
    bootstrap_ancestry(fit, g[-1, ]),
    bootstrap_ancestry(fit, g[, -1]),
    bootstrap_ancestry(fit, g, replicates = 1),
    bootstrap_ancestry(fit, g, block_size = 0),
    bootstrap_ancestry(fit, g, block_size = 1e6, level = 2),
    bootstrap_ancestry(fit, g[, 1:600], block_size = 1e6, seed = -1)
  ))
  wide <- as_genotypes(random_counts(120, 300))
  in_many <- suppressWarnings(archetypes(wide, k = 2, dims = 110))
  expect_error(bootstrap_ancestry(in_many, wide), class = "forebear_error_bootstrap_dims")
})

test_that("glance and print sum the bootstrap up", {
  g <- mixed_genotypes(mixed_counts(n = 40))
  bootstrap <- bootstrap_ancestry(archetypes(g, k = 3), g, replicates = 4, block_size = 50)
  glanced <- glance(bootstrap)
  expect_equal(c(glanced$n_samples, glanced$k, glanced$n_replicates, glanced$n_blocks),
    c(40, 3, 4, 12))
  expect_equal(glanced$max_std_error, max(tidy(bootstrap)$std_error))
  expect_match(capture.output(print(bootstrap))[[2]], "4 replicates of 12 blocks")
})

test_that("standard errors of samples that lack genotypes are not smaller than of complete ones", {
  counts <- random_counts(60, 2000, missing = 0)
  some <- seq(3, 60, by = 4)
  holes <- withr::with_seed(3, stats::runif(length(some) * 2000) < 0.5)
  places <- cbind(rep(some, times = 2000), rep(1:2000, each = length(some)))
  lacking <- replace(counts, places[holes, ], NA)
  errors <- function(counts) {
    g <- as_genotypes(counts)
    tidy(bootstrap_ancestry(archetypes(g, k = 2, dims = NULL), g, replicates = 60))$std_error
  }
  inner <- function(error) mean(matrix(error, 60)[some, 1])
  expect_gt(inner(errors(lacking)), 0.9 * inner(errors(counts)))
})
