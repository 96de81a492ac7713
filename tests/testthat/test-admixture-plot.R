test_that("bars and simplex are drawn from an admixture fit", {
  fit <- admixture(as_genotypes(random_counts(30, 200)), k = 2)
  expect_drawn(autoplot(fit))
  expect_drawn(autoplot(fit, labels = rep(c("a", "b"), 15)))
  expect_drawn(autoplot(fit, type = "simplex"))
  expect_identical(autoplot(fit)$labels$y, "Ancestry proportion")
  expect_error(autoplot(fit, type = "pca"), class = "forebear_error_argument")
})
