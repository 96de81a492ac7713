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

test_that("columns of new scores are those that the fit calls so", {
  x <- withr::with_seed(3, matrix(stats::rnorm(60), 20, 3, dimnames = list(NULL, c("PC1", "PC2",
    "PC3"))))
  space <- score_space(x, list(scale = TRUE), 1L)
  into <- function(new) into_space(space, new, 0.8, "same", 1L)$scores
  expect_identical(into(x[, c(3, 1, 2)]), into(x))
  expect_identical(into(unname(x)), into(x))
  other <- x
  colnames(other)[2] <- "PC4"
  expect_error(into(other), "Column 2 is \"PC4\"; that of the fit is \"PC2\"",
    class = "forebear_error_component_mismatch")
  expect_null(score_space(unname(x), list(), 1L)$columns)
  fit <- suppressWarnings(gtm(x, nodes = 4, rbf = 2))
  expect_identical(predict(fit, x[, 3:1]), predict(fit, x))
  labels <- rep(c("a", "b"), 10)
  fit <- classify(x, labels, method = "knn")
  expect_identical(predict(fit, x[, 3:1]), predict(fit, x))
  paths <- suppressMessages(suppressWarnings(archetypes_path(x, k = 2:3, restarts = 1)))
  fits <- list(suppressMessages(suppressWarnings(archetypes(x, k = 3))), best_fit(paths, 3))
  for (fit in fits) {
    expect_identical(predict(fit, x[, 3:1]), predict(fit, x))
    expect_error(predict(fit, other), class = "forebear_error_component_mismatch")
  }
})
