# Every way to give `n` samples to `k` clusters, one per row.
all_assignments <- function(n, k) as.matrix(expand.grid(rep(list(seq_len(k)), n)))

# |X - alpha Z|^2, what archetypal analysis minimizes.
archetypal_rss <- function(x, alpha, z) sum((x - alpha %*% z)^2)

test_that("with alpha binary and Z free, the objective of archetypes is that of K-means", {
  for (seed in 1:4) {
    x <- withr::with_seed(seed, matrix(stats::rnorm(16), 8))
    for (k in 2:3) {
      rss <- apply(all_assignments(8, k), 1, function(cluster) {
        if (length(unique(cluster)) < k) {
          return(Inf)
        }
        alpha <- binary_weights(cluster, k)
        # The free Z that is best for this alpha, by least squares.
        archetypal_rss(x, alpha, qr.solve(alpha, x))
      })
      fit <- kmeans_centers(x, k, 50, 1)
      expect_equal(archetypal_rss(x, fit$weights, fit$centers), min(rss))
      direct <- stats::kmeans(x, fit$centers)
      expect_equal(direct$tot.withinss, min(rss))
    }
  }
})

test_that("with alpha and beta binary, it is that of K-medoids", {
  skip_if_not_installed("cluster")
  for (seed in 1:4) {
    x <- withr::with_seed(seed, matrix(stats::rnorm(18), 9))
    for (k in 2:3) {
      rss <- utils::combn(9, k, function(chosen) {
        beta <- diag(9)[chosen, ]
        z <- beta %*% x
        distances <- outer(rowSums(x^2), rowSums(z^2), "+") - 2 * tcrossprod(x, z)
        alpha <- binary_weights(max.col(-distances, ties.method = "first"), k)
        archetypal_rss(x, alpha, z)
      })
      fit <- kmedoids_centers(x, k, 10, 1)
      expect_equal(archetypal_rss(x, fit$weights, fit$centers), min(rss))
      expect_true(all(duplicated(rbind(x, fit$centers))[9 + seq_len(k)]))
    }
  }
})

test_that("each limit costs: archetypes fit no worse than K-means, K-means than K-medoids", {
  skip_if_not_installed("cluster")
  for (seed in 1:3) {
    fit <- archetypes(mixtures_of(60, 4, noise = 0.4, seed = seed), k = 4, restarts = 5)
    rss <- glance(compare_centers(fit))$rss
    expect_equal(rss[[1]], glance(fit)$rss, tolerance = 1e-6)
    expect_lte(rss[[1]], rss[[2]])
    expect_lte(rss[[2]], rss[[3]])
  }
})

test_that("tables have a row per method, cluster and component", {
  skip_if_not_installed("cluster")
  fit <- archetypes(mixtures_of(40, 4), k = 3)
  other <- `colnames<-`(fit$q[, 3:1], c("x", "y", "z"))
  centers <- compare_centers(fit, other = other)
  table <- tidy(centers)
  expect_named(table, c("method", "cluster", "component", "value"))
  expect_equal(nrow(table), 4 * 3 * 3)
  expect_identical(unique(table$method), c("archetypes", "other", "K-means", "K-medoids"))
  own <- table[table$method == "archetypes", ]
  expect_equal(own$value, c(fit$positions), tolerance = 1e-6)
  # Least squares put the same Q matrix where it gives the scores back best.
  free <- table[table$method == "other" & table$component == 1, ]
  expect_equal(free$value, unname(stats::coef(stats::lm(fit$scores[, 1] ~ 0 + other))))
  glanced <- glance(centers)
  expect_equal(glanced$k, rep(3, 4))
  expect_equal(glanced$n_outside_hull[c(1, 3, 4)], c(0, 0, 0))
  expect_equal(glanced$explained_variance_scores,
    1 - glanced$rss / sum(scale(fit$scores, scale = FALSE)^2))
  assigned <- tidy(centers, matrix = "assignments")
  expect_equal(nrow(assigned), 4 * 40)
  expect_output(print(centers), "<centre_comparison> 4 methods of 40 samples in 3 dimensions")
})

test_that("the seed decides, and the user's random numbers stay as they were", {
  fit <- archetypes(mixtures_of(60, 4, noise = 0.4), k = 4)
  withr::local_seed(3)
  before <- .Random.seed
  first <- compare_centers(fit, methods = "kmeans", starts = 3, seed = 7)
  expect_identical(.Random.seed, before)
  stats::runif(1)
  again <- compare_centers(fit, methods = "kmeans", starts = 3, seed = 7)
  expect_identical(tidy(again), tidy(first))
})

test_that("other scores of the same samples may be given", {
  genotypes <- read_bed(example_data("panel"))
  scores <- pca(genotypes, num_comp = 4, scale = "none")
  fit <- archetypes(scores, k = 3)
  centers <- compare_centers(fit, methods = "kmeans", scores = scores, dims = 4)
  expect_setequal(tidy(centers)$component, 1:4)
  own <- tidy(centers)[tidy(centers)$method == "archetypes", ]
  expect_equal(matrix(own$value, 3)[, 1:2], unname(fit$positions), tolerance = 1e-6)
})

test_that("wrong arguments are refused", {
  fit <- archetypes(mixtures_of(20, 3), k = 3)
  expect_snapshot(conditions_of(
    compare_centers(fit$q),
    compare_centers(fit, fit$q),
    compare_centers(fit, a = fit$q, a = fit$q),
    compare_centers(fit, methods = "pam"),
    compare_centers(fit, b = fit$q[-1, ]),
    compare_centers(fit, starts = 0),
    compare_centers(fit, scores = "pca")
  ))
  same <- `rownames<-`(matrix(1, 20, 2), rownames(fit$q))
  expect_error(compare_centers(fit, scores = same),
    class = "forebear_error_too_few_distinct_samples")
})
