test_that("the measures are those worked by hand", {
  a <- rbind(s1 = c(1, 0), s2 = c(0, 1), s3 = c(0, 1))
  b <- rbind(s1 = c(1, 0), s2 = c(0.5, 0.5), s3 = c(0, 1))
  comparison <- compare_ancestry(a, b)
  # Cluster 1: a + b = (2, .5, 0), of which two count; the difference is (0, .5, 0).
  # Cluster 2: a + b = (0, 1.5, 2).
  jaccard <- 1 - sqrt(0.25) / sqrt(4)
  expect_equal(tidy(comparison)$jaccard, c(jaccard, jaccard))
  expect_equal(tidy(comparison)$rmse, rep(sqrt(0.25 / 3), 2))
  expect_equal(tidy(comparison)$correlation[[1]], stats::cor(a[, 1], b[, 1]))
  expect_equal(comparison$rmse, sqrt(0.5 / 6))
  expect_equal(comparison$correlation, stats::cor(c(a), c(b)))
  expect_equal(comparison$jaccard, jaccard)
})

test_that("shuffled samples and clusters change nothing", {
  q <- small_weights()
  comparison <- compare_ancestry(q, q[c(4, 1, 6, 2, 5, 3), c(3, 1, 2)])
  expect_equal(unlist(glance(comparison)),
    c(n_samples = 6, k_a = 3, k_b = 3, rmse = 0, correlation = 1, jaccard = 1))
  expect_identical(tidy(comparison)$archetype, tidy(comparison)$partner)
  b <- q[6:1, c(2, 3, 1)]
  colnames(b) <- c("x", "y", "z")
  expect_identical(tidy(compare_ancestry(q, b))$partner, c("z", "x", "y"))
})

test_that("pong's index agrees with its definition, spelled out", {
  plain <- function(a, b, k) {
    sum <- 0
    n <- 0
    for (i in seq_along(a)) {
      if (a[i] + b[i] >= 0.1 / k) {
        n <- n + 1
        sum <- sum + (a[i] - b[i])^2
      }
    }
    1 - sqrt(sum) / sqrt(2 * n)
  }
  withr::with_seed(1, {
    for (round in 1:20) {
      a <- stats::runif(9)^8
      b <- stats::runif(9)^8
      expect_equal(jaccard_similarity(a, b, 3), plain(a, b, 3))
    }
  })
  expect_equal(jaccard_similarity(c(1, 0), c(0, 1), 2), 1 - sqrt(0.5))
  expect_equal(jaccard_similarity(c(0, 0), c(0, 0), 2), 1)
})

test_that("a cluster more in one of both is compared with nothing", {
  a <- small_weights()
  b <- cbind(a[, 1:2], archetype3 = a[, 3] / 2, archetype4 = a[, 3] / 2)[, 4:1]
  comparison <- compare_ancestry(a, b)
  expect_identical(tidy(comparison)$archetype, c("archetype1", "archetype2", "archetype3", NA))
  expect_setequal(tidy(comparison)$partner, colnames(b))
  alone <- tidy(comparison)[4, ]
  expect_equal(alone$jaccard, 0)
  expect_identical(alone$correlation, NA_real_)
  expect_equal(alone$rmse, sqrt(mean((a[, 3] / 2)^2)))
  expect_equal(comparison$rmse, sqrt(2 * sum((a[, 3] / 2)^2) / 24))
  exchanged <- compare_ancestry(b, a)
  expect_identical(is.na(tidy(exchanged)$partner), tidy(exchanged)$mean_weight_b == 0)
  expect_equal(exchanged$rmse, comparison$rmse)
  expect_equal(exchanged$jaccard, comparison$jaccard)
  expect_output(print(comparison), "1 without a partner")
})

test_that("a cluster of equal weight in every sample has no correlation", {
  a <- cbind(rep(0.5, 4), rep(0.5, 4))
  b <- cbind(c(1, 0, 1, 0), c(0, 1, 0, 1))
  comparison <- compare_ancestry(a, b)
  expect_true(all(is.na(tidy(comparison)$correlation)))
  expect_identical(glance(comparison)$correlation, NA_real_)
})

test_that("archetypes of the example agree with the truth", {
  fit <- archetypes(read_bed(example_data("panel")), k = 4)
  comparison <- compare_ancestry(fit, read.delim(example_data("truth")), names = c("AA", "truth"))
  expect_gt(comparison$correlation, 0.98)
  expect_lt(comparison$rmse, 0.06)
  expect_output(print(comparison), "<ancestry_comparison> AA \\(4 clusters\\) and truth")
})

test_that("wrong arguments are refused", {
  q <- small_weights()
  expect_error(compare_ancestry(q, q[-1, ]), "1 sample in \"a\" alone: \"s1\"",
    class = "forebear_error_unknown_sample")
  expect_error(compare_ancestry(q, "x"), class = "forebear_error_argument")
  expect_error(compare_ancestry(q, q, names = "a"), class = "forebear_error_argument")
  expect_error(compare_ancestry(q, q, extra = 1), class = "forebear_error_argument")
})

test_that("names say what made a Q matrix", {
  q <- as_q_matrix(small_weights())
  q$format <- "structure"
  fit <- archetypes(small_counts_scores(), k = 2)
  expect_identical(method_names(list(a = fit, b = q)), c("archetypes", "STRUCTURE"))
  expect_identical(method_names(list(a = fit, b = fit)), c("a", "b"))
  expect_identical(new_cluster_names(c("archetype1", "archetype4"), 2),
    c("archetype5", "archetype6"))
  expect_identical(new_cluster_names(c("YRI", "other2"), 2), c("other1", "other3"))
  expect_identical(new_cluster_names("archetype1", 0), character())
})
