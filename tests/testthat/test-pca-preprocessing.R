test_that("preprocessing is what each column goes through", {
  x <- withr::with_seed(1, matrix(stats::rnorm(160, 5, 1:4), 40, byrow = TRUE))
  by_hand <- scale(x) * sqrt(40 / 39)
  scaled <- gtm(x, 6, 3, preprocessing = preprocessing(dims = 2, scale = TRUE))
  # The sign of an axis is arbitrary.
  expect_equal(abs(scaled$places), abs(gtm(by_hand[, 1:2], 6, 3)$places))
})

test_that("preprocessing is checked where it is made", {
  expect_snapshot(conditions_of(
    preprocessing(dims = 0), preprocessing(impute = "zero"), preprocessing(center = 1),
    preprocessing(scale = NA)
  ))
})
