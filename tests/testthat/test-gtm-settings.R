test_that("all settings of a map travel as one value", {
  x <- withr::with_seed(1, matrix(stats::rnorm(160), 40))
  expect_identical(gtm(x, settings = gtm_settings(nodes = 6, rbf = 3)), gtm(x, nodes = 6, rbf = 3))
  expect_identical(gtm(x, settings = gtm_settings()), gtm(x))
})

test_that("settings of maps are checked where they are made", {
  expect_snapshot(conditions_of(
    gtm_settings(nodes = "a"), gtm_settings(rbf = NA), gtm_settings(regularization = "b"),
    gtm_settings(width = NaN), gtm_settings(max_iter = -1), gtm_settings(init_variance = "mean")
  ))
})
