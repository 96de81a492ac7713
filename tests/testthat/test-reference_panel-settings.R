test_that("settings of outliers are checked where they are made", {
  expect_snapshot(conditions_of(
    outlier_settings("near"), outlier_settings(neighbors = 0), outlier_settings(num_comp = 1),
    outlier_settings(central = 2)
  ))
  expect_identical(as_outlier_settings("far", list(), NULL), outlier_settings("far"))
  expect_identical(as_outlier_settings(c("both", "far"), list(), NULL), outlier_settings())
})
