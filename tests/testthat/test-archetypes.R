triangle <- function() {
  corners <- rbind(c(0, 0), c(4, 0), c(0, 3))
  inside <- rbind(c(1, 1), c(2, 0.5), c(0.5, 2), c(1, 0), c(0, 1.5), c(2, 1.5))
  x <- rbind(corners, inside)
  rownames(x) <- paste0("s", 1:9)
  x
}

# Scores of mixtures of k random points; some samples are pure.
mixtures <- function(n = 200, k = 4, d = 3, noise = 0, seed = 1) {
  withr::with_seed(seed, {
    z <- matrix(stats::rnorm(k * d), k)
    q <- matrix(stats::rexp(n * k), n)
    q <- q / rowSums(q)
    q[seq_len(k), ] <- diag(k)
    x <- q %*% z + noise * stats::rnorm(n * d)
    rownames(x) <- paste0("s", seq_len(n))
    list(x = x, q = q, z = z)
  })
}

plain_rss <- function(x, fit) sum((x - fit$q %*% fit$positions)^2)

test_that("the corners of a triangle are its archetypes", {
  for (init in c("furthest_sum", "sample", "uniform", "aa++")) {
    fit <- archetypes(triangle(), k = 3, init = init, restarts = 3)
    expect_lt(glance(fit)$rss, 1e-8)
    expect_equal(fit$q %*% fit$positions, triangle(), tolerance = 1e-4, ignore_attr = TRUE)
    corners <- fit$positions[order(fit$positions[, 1], fit$positions[, 2]), ]
    expect_equal(unname(corners), rbind(c(0, 0), c(0, 3), c(4, 0)), tolerance = 1e-4)
    expect_setequal(tidy(fit, matrix = "weights")$sample_id, c("s1", "s2", "s3"))
  }
})

test_that("the promises of the model hold: simplex, hull, objective", {
  for (noise in c(0, 0.2)) {
    data <- mixtures(noise = noise)
    fit <- archetypes(data$x, k = 4)
    expect_equal(unname(rowSums(fit$q)), rep(1, 200))
    expect_true(all(fit$q >= 0))
    beta <- tidy(fit, matrix = "weights")
    expect_true(all(beta$weight > 0))
    expect_equal(as.vector(tapply(beta$weight, beta$archetype, sum)), rep(1, 4))
    made <- rowsum(beta$weight * data$x[beta$sample_id, ], beta$archetype)
    expect_equal(made, fit$positions, tolerance = 1e-6, ignore_attr = TRUE)
    expect_equal(glance(fit)$rss, plain_rss(data$x, fit), tolerance = 1e-6)
    total <- sum(scale(data$x, scale = FALSE)^2)
    expect_equal(glance(fit)$explained_variance, 1 - plain_rss(data$x, fit) / total,
      tolerance = 1e-6)
  }
})

test_that("the residual sum of squares never rises", {
  for (seed in 1:5) {
    data <- mixtures(n = 80, noise = 0.5, seed = seed)
    for (init in c("furthest_sum", "sample", "uniform", "aa++")) {
      trace <- tidy(archetypes(data$x, k = 5, init = init, seed = seed), matrix = "trace")$rss
      expect_true(all(diff(trace) <= 1e-9 * trace[1]))
    }
  }
})

test_that("mixtures with unadmixed samples are recovered", {
  data <- mixtures(n = 300)
  fit <- archetypes(data$x, k = 4, restarts = 5)
  distances <- as.matrix(stats::dist(rbind(data$z, unname(fit$positions))))[1:4, 5:8]
  partner <- apply(distances, 1, which.min)
  expect_setequal(partner, 1:4)
  expect_lt(max(abs(fit$q[, partner] - data$q)), 0.02)
})

test_that("restarts keep the best, and all are reported", {
  data <- mixtures(noise = 0.5)
  fit <- archetypes(data$x, k = 6, init = "sample", restarts = 6, seed = 4)
  restarts <- tidy(fit, matrix = "restarts")
  expect_equal(restarts$restart, 1:6)
  expect_equal(min(restarts$rss), glance(fit)$rss)
  first <- archetypes(data$x, k = 6, init = "sample", seed = 4)
  expect_gte(glance(first)$rss, glance(fit)$rss)
})

test_that("the same seed gives the same bits at one and two threads", {
  data <- mixtures(n = 1500, noise = 0.3)
  for (init in c("furthest_sum", "aa++")) {
    one <- archetypes(data$x, k = 5, init = init, seed = 3, threads = 1)
    two <- archetypes(data$x, k = 5, init = init, seed = 3, threads = 2)
    expect_identical(one, two)
  }
})

test_that("a matrix, its pca and genotypes agree on the samples in common", {
  counts <- random_counts(60, 400)
  g <- as_genotypes(counts)
  from_genotypes <- archetypes(g, k = 3)
  from_pca <- archetypes(pca(g, num_comp = 2, scale = "none"), k = 3)
  expect_equal(from_genotypes$q, from_pca$q, tolerance = 1e-5)
  expect_equal(glance(from_genotypes)$rss * 4, glance(from_pca)$rss, tolerance = 1e-5)
  from_matrix <- archetypes(from_pca$scores, k = 3)
  expect_equal(from_matrix$q, from_pca$q, tolerance = 1e-6)
  expect_equal(glance(from_genotypes)$explained_variance,
    glance(from_pca)$explained_variance, tolerance = 1e-6)
})

test_that("dims chooses the leading components", {
  fit <- pca(as_genotypes(random_counts(60, 400)), num_comp = 8, scale = "none")
  expect_equal(glance(archetypes(fit, k = 3))$dims, 2)
  expect_equal(glance(archetypes(fit, k = 3, dims = 5))$dims, 5)
  expect_equal(glance(archetypes(fit, k = 3, dims = "all"))$dims, 8)
  expect_error(archetypes(fit, k = 3, dims = 9), class = "forebear_error_dims")
  expect_error(archetypes(fit, k = 10), class = "forebear_error_dims")
  expect_error(archetypes(fit, k = 3, preset = "paper"), class = "forebear_error_dims")
})

test_that("the preset of the paper takes every component and 50 iterations at most", {
  g <- as_genotypes(random_counts(40, 300))
  fit <- archetypes(g, k = 3, preset = "paper")
  expect_equal(glance(fit)$dims, 39)
  expect_lte(glance(fit)$iterations, 50)
  expect_equal(fit$settings$tolerance, 1e-3)
  all <- archetypes(g, k = 3, dims = "all")
  expect_lte(glance(all)$rss, glance(fit)$rss * (1 + 1e-9))
  expect_error(archetypes(g, k = 3, preset = "papers"), class = "forebear_error_argument")
})

test_that("all components are those that there are, however few variants differ", {
  few <- cbind(random_counts(12, 4, missing = 0), matrix(0, 12, 50))
  dimnames(few) <- NULL
  for (fit in list(archetypes(as_genotypes(few), k = 2, dims = "all"),
    archetypes(as_genotypes(few), k = 2, preset = "paper"))) {
    expect_lte(glance(fit)$dims, 4)
  }
  expect_error(archetypes("x", k = 2), class = "forebear_error_argument")
})

test_that("archetypes are named by their total weight and keep their rows together", {
  fit <- archetypes(mixtures(noise = 0.2)$x, k = 4)
  expect_true(all(diff(colSums(fit$q)) <= 0))
  expect_identical(colnames(fit$q), paste0("archetype", 1:4))
  expect_identical(rownames(fit$positions), paste0("archetype", 1:4))
})

test_that("new samples get the weights of the nearest mixture", {
  data <- mixtures(noise = 0.1)
  fit <- archetypes(data$x, k = 4)
  got <- predict(fit, data$x)
  expect_named(got, c("sample_id", paste0("archetype", 1:4)))
  expect_equal(as.matrix(got[-1]), fit$q, tolerance = 1e-6, ignore_attr = TRUE)
  far <- 100 * fit$positions[2, ] - 99 * colMeans(fit$positions)
  weights <- unlist(predict(fit, rbind(far = far))[-1])
  expect_equal(unname(weights), c(0, 1, 0, 0))
  expect_error(predict(fit, data$x[, 1:2]), class = "forebear_error_argument")
  expect_error(predict(fit, as_genotypes(small_counts())), class = "forebear_error_argument")
})

test_that("genotypes are predicted through the stored projection, few dims or all", {
  g <- read_bed(example_data("panel"))
  new <- seq(3, 300, by = 10)
  few <- archetypes(g[-new, ], k = 4)
  truth <- read.delim(example_data("truth"))[new, -1]
  weights <- as.matrix(predict(few, g[new, ], strand = "same")[-1])
  for (population in names(truth)) {
    expect_gt(max(stats::cor(weights, truth[[population]])), 0.97)
  }
  reference <- g[1:60, 1:3000]
  all <- archetypes(reference, k = 3, dims = "all")
  got <- as.matrix(predict(all, reference, strand = "same")[-1])
  # Samples that lack genotypes: least squares in the space of the archetypes alone.
  expect_equal(got, all$q, tolerance = 0.02, ignore_attr = TRUE)
})

test_that("a saved fit predicts in a fresh process", {
  g <- read_bed(example_data("panel"))
  fit <- archetypes(g[1:290, ], k = 4)
  saved <- withr::local_tempfile()
  saveRDS(fit, saved)
  printed <- in_fresh_r(sprintf(
    'cat(format(unlist(predict(readRDS(%s), read_bed(example_data("panel"))[295, ],
      strand = "same")[-1]),
      digits = 15))', deparse1(saved)
  ))
  want <- unlist(predict(fit, g[295, ], strand = "same")[-1])
  expect_equal(as.numeric(strsplit(printed, " +")[[1]]), unname(want), tolerance = 1e-9)
})

test_that("allele frequencies of the archetypes are least squares on the genotypes", {
  counts <- random_counts(60, 200, missing = 0)
  g <- as_genotypes(counts)
  fit <- archetypes(g, k = 3)
  plain <- solve(crossprod(fit$q), crossprod(fit$q, counts / 2))
  got <- tidy(fit, matrix = "frequencies")
  expect_named(got, c("archetype", "variant_id", "frequency"))
  expect_equal(matrix(got$frequency, 3, byrow = TRUE), unname(pmin(pmax(plain, 0), 1)),
    tolerance = 1e-8)
  expect_true(all(got$frequency >= 0 & got$frequency <= 1))
})

test_that("archetypes in variant space are mixtures of what the components hold of samples", {
  counts <- random_counts(50, 120, missing = 0)
  g <- as_genotypes(counts)
  beta <- function(fit) {
    w <- tidy(fit, matrix = "weights")
    rowsum(w$weight * counts[w$sample_id, ] / 2, w$archetype)
  }
  all <- archetypes(g, k = 3, dims = "all")
  got <- matrix(tidy(all, matrix = "variants")$frequency, 3, byrow = TRUE)
  expect_equal(got, unname(beta(all)), tolerance = 1e-6)
  for (scale in c("none", "binomial")) {
    fit <- archetypes(pca(g, num_comp = 49, scale = scale, method = "exact"), k = 3, dims = 49)
    got <- matrix(tidy(fit, matrix = "variants")$frequency, 3, byrow = TRUE)
    expect_equal(got, unname(beta(fit)), tolerance = 1e-6)
  }
  expect_error(tidy(archetypes(mixtures()$x, k = 2), matrix = "variants"),
    class = "forebear_error_argument")
})

test_that("tidy, augment and glance have their columns", {
  fit <- archetypes(mixtures()$x, k = 4)
  expect_named(tidy(fit), c("sample_id", "archetype", "weight"))
  expect_equal(nrow(tidy(fit)), 800)
  expect_named(tidy(fit, matrix = "archetypes"), c("archetype", "component", "value"))
  expect_named(tidy(fit, matrix = "scores"), c("sample_id", "component", "value"))
  expect_named(augment(fit), c("sample_id", paste0(".archetype", 1:4)))
  expect_named(glance(fit), c("k", "n_samples", "dims", "rss", "explained_variance",
    "explained_variance_scores", "iterations", "converged", "init", "restarts",
    "n_thin_archetypes", "n_unanswered", "n_agreeing", "n_rarest", "no_unadmixed",
    "is_small", "n_related"))
  expect_equal(augment(fit, data.frame(sample_id = c("s9", "s2")))$.archetype3,
    unname(fit$q[c("s9", "s2"), 3]))
  expect_output(print(fit),
    "<archetypes> 4 of 200 samples in 3 dimensions\nmean weights: archetype1 0.")
  expect_output(print(fit), "explained variance 1.0000; [0-9]+ iterations, converged")
})

test_that("what cannot be fitted is refused, and says why", {
  x <- mixtures()$x
  bad <- replace(x, 7, NA)
  expect_snapshot(conditions_of(
    archetypes(x, k = 1),
    archetypes(x, k = 201),
    archetypes(bad, k = 3),
    archetypes(matrix(1, 5, 2), k = 2),
    archetypes(matrix("a"), k = 2),
    archetypes(x, k = 3, init = "random"),
    archetypes(x, k = 3, tolerance = -1)
  ))
})

test_that("running out of iterations is a warning, not an error", {
  expect_warning(
    fit <- archetypes(mixtures(noise = 0.5)$x, k = 5, init = "sample", max_iter = 1),
    class = "forebear_warning_not_converged"
  )
  expect_false(glance(fit)$converged)
})

test_that("a row off the simplex would be noticed", {
  fit <- archetypes(triangle(), k = 3)
  fit$q[2, ] <- c(0.5, 0.6, 0)
  expect_error(validate_archetypes(fit), class = "forebear_error_archetypes_simplex")
})

test_that("a variant at which no sample is called has no frequency", {
  counts <- random_counts(30, 60)
  counts[, 7] <- NA
  genotypes <- as_genotypes(counts)
  fits <- list(
    archetypes(genotypes, k = 3), archetypes(genotypes, k = 3, dims = "all"),
    archetypes(pca(genotypes, num_comp = 2, scale = "none"), k = 3)
  )
  for (fit in fits) {
    for (matrix in c("frequencies", "variants")) {
      unknown <- is.na(matrix(tidy(fit, matrix = matrix)$frequency, 60))
      expect_equal(which(unknown), c(7, 67, 127))
    }
    expect_false(anyNA(predict(fit, genotypes)))
  }
})

test_that("more archetypes than samples are refused by that name", {
  genotypes <- as_genotypes(random_counts(5, 40))
  for (x in list(genotypes, pca(genotypes, num_comp = 3), pca(genotypes, num_comp = 3)$scores)) {
    expect_error(archetypes(x, k = 6), class = "forebear_error_too_few_distinct_samples")
  }
  expect_error(archetypes(genotypes, k = 6), "`k` is 6, and there are 5 samples")
})

test_that("a tolerance out of range is refused by the core's rule", {
  for (tolerance in c(-1, 1, Inf)) {
    expect_error(archetypes(triangle(), k = 3, tolerance = tolerance),
      class = "forebear_error_tolerance_out_of_range")
  }
})

test_that("new data of another kind and a fit that cannot project are different errors", {
  fit <- archetypes(triangle(), k = 3)
  expect_error(predict(fit, NULL), "It is NULL", class = "forebear_error_argument")
  expect_error(predict(fit, as.data.frame(triangle())), "It is of class \"data.frame\"")
  expect_error(predict(fit, as_genotypes(small_counts())), "cannot project genotypes")
})

test_that("many archetypes print in a line that fits", {
  fit <- archetypes(mixtures(100, 20, 19)$x, k = 20, max_iter = 5, preset = "paper")
  expect_lt(max(nchar(capture.output(print(fit)))), 120)
})

test_that("what scores lack is reported as it is", {
  scores <- matrix(c(1, 5, 2, 8, 4, 4, 9, 1), 4)
  expect_snapshot(conditions_of(
    archetypes(scores[1, , drop = FALSE], 2), archetypes(replace(scores, 3, NA), 2),
    archetypes(`rownames<-`(replace(scores, 3, NA), letters[1:4]), 2),
    archetypes(scores, 2, dims = 9), archetypes(NULL, 2)
  ))
})

test_that("missing genotypes change weights and frequencies little, old and new samples", {
  data <- withr::with_seed(5, {
    frequencies <- matrix(stats::runif(3 * 3000, 0.05, 0.95), 3)
    q <- matrix(stats::rexp(3 * 150), 150)
    q[1:60, ] <- diag(3)[rep(1:3, 20), ]
    q <- q / rowSums(q)
    counts <- matrix(stats::rbinom(150 * 3000, 2, q %*% frequencies), 150)
    dimnames(counts) <- list(paste0("s", 1:150), paste0("v", 1:3000))
    list(counts = counts, holes = replace(counts, stats::runif(length(counts)) < 0.4, NA))
  })
  rmse <- function(a, b) sqrt(mean((a - b)^2))
  for (dims in list(NULL, "all")) {
    complete <- archetypes(as_genotypes(data$counts), k = 3, dims = dims)
    holey <- archetypes(as_genotypes(data$holes), k = 3, dims = dims)
    order <- match_columns(complete$q, holey$q)
    expect_lt(rmse(holey$q[, order], complete$q), 0.04)
    # 40 % of a frequency's distance from the mean would be lost.
    kept <- stats::lm(as.vector(holey$frequencies[, order] - rowMeans(complete$frequencies)) ~
      as.vector(complete$frequencies - rowMeans(complete$frequencies)))
    expect_equal(unname(stats::coef(kept)[2]), 1, tolerance = 0.1)
    new <- function(fit, counts) {
      as.matrix(predict(fit, as_genotypes(counts), strand = "same")[-1])
    }
    expect_lt(rmse(new(complete, data$holes), new(complete, data$counts)), 0.04)
    expect_lt(rmse(new(holey, data$counts)[, order], new(complete, data$counts)), 0.04)
  }
})

test_that("dimensions come first among the optional arguments, as in choose_dims()", {
  scores <- cbind(c(1, 4, 2, 7, 3, 6, 5, 8), c(2, 1, 5, 3, 8, 4, 7, 6), c(8, 1, 7, 2, 6, 3, 5, 4))
  rownames(scores) <- letters[1:8]
  fit <- suppressMessages(archetypes(scores, 3, 2, "furthest_sum", 1))
  expect_identical(glance(fit)[c("dims", "init", "restarts")],
    tibble::tibble(dims = 2L, init = "furthest_sum", restarts = 1L))
  for (class in c("matrix", "forebear_pca", "forebear_genotypes")) {
    own <- names(formals(getS3method("archetypes", class, envir = asNamespace("forebear"))))
    expect_identical(own[1:6], c("x", "k", "dims", "init", "restarts", "preset"))
  }
})
