test_that("pairs stand above the diagonal and means of groups below it", {
  correlation <- matrix(c(1, 0.4, -0.1, 0.4, 1, -0.3, -0.1, -0.3, 1), 3)
  dimnames(correlation) <- list(c("a", "b", "c"), c("a", "b", "c"))
  q <- cbind(archetype1 = rep(1, 3))
  x <- structure(list(correlation = correlation, q = q, n_variants = 100),
    class = "forebear_residual_correlation")
  group <- factor(c("x", "x", "y"))
  cells <- triangle_cells(correlation, group, group_correlations(correlation, group))
  value <- function(row, column) {
    cells$correlation[cells$row == row & cells$column == column]
  }
  expect_equal(c(value(1, 2), value(1, 3), value(2, 3)), c(0.4, -0.1, -0.3))
  expect_equal(c(value(2, 1), value(3, 1), value(3, 2)), c(0.4, -0.2, -0.2))
  expect_true(is.na(value(2, 2)))
  plot <- autoplot(x, labels = c("x", "x", "y"))
  expect_drawn(plot)
  expect_drawn(autoplot(x, labels = c("x", NA, "y"), limit = 0.1))
  expect_error(autoplot(x, limit = 0), class = "forebear_error_argument")
})
