# [k! x k] all orders of 1 to k.
every_order <- function(k) {
  if (k == 1) {
    return(matrix(1L))
  }
  shorter <- every_order(k - 1L)
  parts <- lapply(seq_len(k), function(first) cbind(first, shorter + (shorter >= first)))
  unname(do.call(rbind, parts))
}

# Scores of mixtures of k random points, some samples pure, falling spread.
path_scores <- function(n = 150, k = 5, d = 6, noise = 0.05, seed = 1) {
  withr::with_seed(seed, {
    z <- matrix(stats::rnorm(k * d), k)
    q <- matrix(stats::rexp(n * k)^2, n)
    q <- q / rowSums(q)
    q[seq_len(k), ] <- diag(k)
    x <- (q %*% z + noise * stats::rnorm(n * d)) %*% diag(0.8^seq_len(d))
    rownames(x) <- paste0("s", seq_len(n))
    x
  })
}

test_that("one row per k and run, and the runs are those of archetypes()", {
  x <- path_scores()
  path <- archetypes_path(x, k = c(4, 2, 3), restarts = 3, init = "sample", seed = 5)
  runs <- tidy(path)
  expect_identical(runs$k, rep(2:4, c(3, 4, 4)))
  expect_identical(runs$restart, c(1:3, 1:4, 1:4))
  expect_identical(runs$init[runs$restart == 4], rep("warm", 2))
  for (k in 2:4) {
    alone <- archetypes(x, k = k, restarts = 3, init = "sample", seed = 5)
    of_k <- runs[runs$k == k, ]
    expect_identical(of_k$rss[1:3], alone$restart_rss)
    expect_identical(which(of_k$best), which.min(of_k$rss))
    expect_equal(sum(of_k$best), 1)
    total <- sum(scale(x, scale = FALSE)^2)
    expect_equal(of_k$explained_variance, 1 - of_k$rss / total)
    expect_equal(of_k$explained_variance_scores, of_k$explained_variance)
  }
  expect_equal(sum(runs$best), 3)
})

test_that("in the same dimensions the explained variance never falls with k", {
  for (seed in 1:3) {
    path <- archetypes_path(path_scores(seed = seed), k = 2:7, restarts = 1, init = "uniform",
      seed = seed)
    runs <- tidy(path)
    best <- runs$explained_variance[runs$best]
    expect_true(all(diff(best) >= -1e-12))
    warm <- runs[runs$init == "warm", ]
    expect_true(all(warm$rss <= runs$rss[runs$best][1:5] * (1 + 1e-9)))
  }
})

test_that("a cluster keeps its name from the largest k down", {
  path <- archetypes_path(path_scores(), k = 2:5, restarts = 2)
  largest <- best_fit(path, 5)$q
  expect_identical(colnames(largest), paste0("archetype", 1:5))
  expect_false(is.unsorted(-colSums(largest)))
  for (k in 2:4) {
    small <- best_fit(path, k)$q
    large <- best_fit(path, k + 1)$q
    expect_true(all(colnames(small) %in% colnames(large)))
    expect_false(is.unsorted(number_of(colnames(small))))
    # Reference implementation: of all ways to pair, the names are the cheapest.
    ways <- unique(every_order(k + 1)[, seq_len(k), drop = FALSE])
    cost <- apply(ways, 1, function(way) sum((small - large[, way])^2))
    expect_equal(sum((small - large[, colnames(small)])^2), min(cost))
  }
})

test_that("best_fit() is the fit of archetypes() under the names of the path", {
  x <- path_scores()
  path <- archetypes_path(x, k = 3:5, restarts = 3)
  for (k in 3:5) {
    fit <- best_fit(path, k)
    runs <- tidy(path)
    best <- runs[runs$k == k & runs$best, ]
    expect_s3_class(fit, "forebear_archetypes")
    expect_equal(glance(fit)$rss, best$rss)
    expect_equal(glance(fit)$explained_variance, best$explained_variance)
    expect_identical(tidy(fit, matrix = "restarts")$rss, runs$rss[runs$k == k])
    expect_equal(sum((x - colMeans(x)[col(x)] - fit$q %*% sweep(fit$positions, 2, colMeans(x)))^2),
      best$rss, tolerance = 1e-6)
    beta <- tidy(fit, matrix = "weights")
    made <- rowsum(beta$weight * x[beta$sample_id, ], beta$archetype)
    expect_equal(made, fit$positions, tolerance = 1e-6, ignore_attr = TRUE)
  }
})

test_that("names of a path never leak into predict()", {
  x <- path_scores()
  path <- archetypes_path(x, k = 2:5, restarts = 2, seed = 2)
  new <- path_scores(n = 40, seed = 9)
  moved <- 0
  for (k in 2:5) {
    fit <- best_fit(path, k)
    own <- predict(fit, x)
    expect_equal(as.matrix(own[-1]), fit$q, tolerance = 1e-6, ignore_attr = TRUE)
    # Without names: the same positions in the order of their weight.
    plain <- fit
    order <- order(-colSums(fit$q))
    moved <- moved + is.unsorted(order)
    plain$positions <- fit$positions[order, ]
    expect_equal(as.matrix(predict(fit, new)[-1])[, order], as.matrix(predict(plain, new)[-1]),
      ignore_attr = TRUE, tolerance = 1e-8)
    expect_identical(names(predict(fit, new))[-1], colnames(fit$q))
  }
  expect_gt(moved, 0)
})

test_that("the same seed gives the same path at any number of threads", {
  x <- path_scores(n = 700)
  runs <- function(threads, seed = 1) {
    path <- archetypes_path(x, k = 2:4, restarts = 2, init = "sample", seed = seed,
      threads = threads)
    list(tidy(path)[c("rss", "mode", "best", "similarity")], tidy(path, matrix = "q"))
  }
  expect_identical(runs(2), runs(1))
  expect_false(identical(runs(1, seed = 2), runs(1)))
})

test_that("genotypes, their components and their scores give the same path", {
  g <- as_genotypes(random_counts(60, 400))
  path <- archetypes_path(g, k = 2:4, restarts = 2)
  fit <- pca(g, num_comp = 3, scale = "none", method = "exact")
  of_pca <- archetypes_path(fit, k = 2:4, restarts = 2)
  expect_equal(tidy(path)$dims, rep(1:3, c(2, 3, 3)))
  expect_equal(tidy(path)$explained_variance, tidy(of_pca)$explained_variance,
    tolerance = 1e-4)
  expect_equal(tidy(path)$rss, tidy(of_pca)$rss / 4, tolerance = 1e-3)
  alone <- archetypes(g, k = 4, restarts = 2, dims = NULL)
  expect_equal(tidy(path)$rss[6:7], alone$restart_rss, tolerance = 1e-6)
  total <- sum(scale(as.matrix(fit$scores), scale = FALSE)^2)
  expect_lt(max(tidy(of_pca)$explained_variance), total / fit$total_ss)
})

test_that("fits of a path of genotypes project new genotypes", {
  g <- as_genotypes(random_counts(60, 400))
  for (dims in list(NULL, 3, "all")) {
    path <- archetypes_path(g, k = 2:3, restarts = 1, dims = dims)
    for (k in 2:3) {
      fit <- best_fit(path, k)
      alone <- archetypes(g, k = k, dims = dims)
      new <- predict(fit, g[1:10, ], strand = "same")
      expect_identical(names(new), c("sample_id", colnames(fit$q)))
      expect_equal(rowSums(as.matrix(new[-1])), rep(1, 10), ignore_attr = TRUE)
      expect_lt(max(abs(as.matrix(new[-1]) - fit$q[1:10, ])), 0.35)
      expect_equal(ncol(fit$positions), ncol(alone$positions))
      frequencies <- tidy(fit, matrix = "frequencies")
      expect_true(all(frequencies$frequency >= 0 & frequencies$frequency <= 1))
    }
  }
})

test_that("modes are distinguished by the stated similarity", {
  q <- rbind(c(1, 0), c(0, 1), c(0.5, 0.5), c(1, 0))
  p <- rbind(c(1, 0), c(0, 1), c(0.5, 0.5), c(0, 1))
  r <- rbind(c(0.9, 0.1), c(0, 1), c(0.5, 0.5), c(1, 0))
  expect_equal(agreement(q, p), 0.75)
  expect_equal(agreement(q, r), 0.975)
  expect_equal(agreement(q, q), 1)
  # Lowest rss first: p founds mode 1; q mode 2, and r joins it.
  expect_identical(find_modes(list(q, p, r), c(2, 1, 3), 0.97), c(2L, 1L, 2L))
  expect_identical(find_modes(list(q, p, r), c(2, 1, 3), 0.98), c(2L, 1L, 3L))
  expect_identical(find_modes(list(q, p, r), c(2, 1, 3), 0.7), c(1L, 1L, 1L))
})

test_that("every mode can be had, and mode 1 is the best", {
  path <- archetypes_path(path_scores(), k = 2:7, restarts = 6, init = "uniform",
    similarity = 0.999, max_iter = 3) |> suppressWarnings()
  runs <- tidy(path)
  several <- max(runs$mode)
  expect_gt(several, 1)
  k <- runs$k[runs$mode == several][[1]]
  of_k <- runs[runs$k == k, ]
  expect_identical(of_k$mode[of_k$best], 1L)
  for (mode in seq_len(several)) {
    expect_equal(glance(best_fit(path, k, mode))$rss, min(of_k$rss[of_k$mode == mode]))
  }
  expect_error(best_fit(path, k, several + 1), class = "forebear_error_argument")
})

test_that("CPU seconds are kept per k and add up", {
  path <- archetypes_path(path_scores(n = 3000), k = 2:5, restarts = 2)
  runs <- tidy(path)
  per_k <- tapply(runs$cpu_seconds, runs$k, unique)
  expect_type(per_k, "double")
  expect_true(all(per_k >= 0))
  expect_equal(unname(cumsum(per_k)), unname(c(tapply(runs$accumulated_cpu_seconds, runs$k,
    unique))))
  expect_equal(glance(path)$cpu_seconds, sum(per_k))
  expect_gt(glance(path)$cpu_seconds, 0)
})

test_that("an unsettled best run is one warning", {
  expect_warning(path <- archetypes_path(path_scores(), k = 3:4, restarts = 1, max_iter = 1),
    class = "forebear_warning_not_converged")
  expect_match(capture.output(print(path))[[3]], "NOT CONVERGED")
})

test_that("glance and print sum the path up", {
  path <- archetypes_path(path_scores(), k = 2:4, restarts = 2)
  runs <- tidy(path)
  glanced <- glance(path)
  expect_equal(glanced$n_runs, 8)
  expect_equal(c(glanced$k_min, glanced$k_max), c(2, 4))
  expect_equal(glanced$n_warm_best, sum(runs$best & runs$init == "warm"))
  expect_match(capture.output(print(path))[[1]], "k = 2, 3, 4 of 150 samples, 8 runs")
})

test_that("a path survives saveRDS()", {
  path <- archetypes_path(as_genotypes(random_counts(40, 200)), k = 2:3, restarts = 1)
  file <- withr::local_tempfile()
  saveRDS(path, file)
  expect_equal(readRDS(file), path)
})

test_that("what cannot be a path is refused in the user's words", {
  x <- path_scores(n = 12)
  path <- archetypes_path(x, k = 2:3, restarts = 1)
  expect_snapshot(conditions_of(
    archetypes_path(x, k = 1:3),
    archetypes_path(x, k = c(2, 2)),
    archetypes_path(x, k = integer()),
    archetypes_path(x, k = 2.5),
    archetypes_path(x, k = 2:13),
    archetypes_path(x, restarts = 0),
    archetypes_path(x, similarity = 2),
    archetypes_path("x"),
    archetypes_path(matrix("a")),
    archetypes_path(x, k = 2:3, dims = 7),
    archetypes_path(pca(as_genotypes(random_counts(20, 50)), num_comp = 3), k = 2:6),
    best_fit(path, 4),
    best_fit(path, 2:3),
    best_fit(1, 2)
  ))
})

test_that("a path of HapMap3 finds the same four continents", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  path <- archetypes_path(g, k = 2:4, restarts = 2)
  alone <- archetypes(g, k = 4, dims = NULL)
  fit <- best_fit(path, 4)
  partner <- match_columns(fit$q, alone$q)
  expect_lt(sqrt(mean((fit$q - alone$q[, partner])^2)), 0.02)
})

test_that("a cluster that is like none of the other k has a new name", {
  before <- cbind(archetype1 = c(1, 1, 0, 0, 0, 0), archetype2 = c(0, 0, 1, 1, 1, 1))
  q <- cbind(c(0, 0, 1, 1, 1, 0), c(1, 1, 0, 0, 0, 0), c(0, 0, 0, 0, 0, 1))
  call <- rlang::current_env()
  expect_identical(name_order(q, before, 2L, call),
    c(archetype1 = 2L, archetype2 = 1L, archetype3 = 3L))
  mixed <- cbind(c(0.5, 0.5, 0, 1, 0, 1), c(0.5, 0.5, 1, 0, 0, 0), c(0, 0, 0, 0, 1, 0))
  got <- name_order(mixed, before, 2L, call)
  expect_false("archetype1" %in% names(got))
  expect_setequal(unname(got), 1:3)
  expect_identical(anyDuplicated(names(got)), 0L)
  expect_identical(unname(name_order(q, NULL, 0L, call)), order(-colSums(q)))
  # Fewer clusters than in the reference: the numbers of what is new come after all of its.
  fewer <- cbind(c(0, 0, 1, 1, 1, 1), c(1, 0, 1, 0, 1, 0))
  larger <- cbind(q, 0)[, c(2, 1, 3)]
  colnames(larger) <- paste0("archetype", c(1, 2, 4))
  expect_identical(name_order(fewer, larger, 4L, call), c(archetype2 = 1L, archetype5 = 2L))
})
