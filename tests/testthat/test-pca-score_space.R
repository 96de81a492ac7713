test_that("columns that do not vary become 0 when they are scaled", {
  x <- cbind(1:5, 3, c(2, 1, 4, 3, 5))
  space <- score_space(x, list(scale = TRUE), 1L)
  expect_equal(space$scores[, 2], rep(0, 5))
  expect_equal(colMeans(space$scores^2), c(1, 0, 1))
})

test_that("new samples take what was learned from the old ones", {
  x <- cbind(c(1, 2, 9), c(4, NA, 8))
  space <- score_space(x, list(impute = "median", center = TRUE), 1L)
  expect_equal(space$scores, cbind(c(-3, -2, 5), c(-2, 0, 2)))
  new <- into_space(space, rbind(n1 = c(5, NA)), 0.8, "same", 1L)
  expect_equal(new$scores, cbind(1, 0))
  expect_identical(new$sample_id, "n1")
})

test_that("the components of a matrix are those of prcomp", {
  x <- withr::with_seed(3, matrix(stats::rnorm(40 * 6), 40))
  space <- score_space(x, list(num_comp = 3), 1L)
  want <- stats::prcomp(x)$x[, 1:3]
  expect_equal(abs(space$scores), abs(unname(want)), tolerance = 1e-9)
})

test_that("a space keeps no scores of a pca fit twice", {
  fit <- pca(as_genotypes(random_counts(20, 60)), num_comp = 3)
  space <- score_space(fit, list(), 1L)
  expect_null(space$projection$scores)
  expect_equal(space$scores, unname(fit$scores))
})
