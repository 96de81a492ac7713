test_that("settings print what they are, and refuse what cannot be", {
  expect_snapshot(admixture_settings(tolerance = 1e-3))
  expect_snapshot(conditions_of(
    admixture_settings(tolerance = -1),
    admixture_settings(max_iter = 0)
  ))
})
