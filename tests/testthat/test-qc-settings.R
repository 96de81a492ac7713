test_that("settings of pruning are those that prune_ld() takes", {
  expect_snapshot(conditions_of(
    prune_settings(window = 1), prune_settings(window = 10, step = 11), prune_settings(r2 = 2),
    prune_settings(unit = "cM"), prune_settings(times = -1)
  ))
  expect_identical(prune_settings(0.5, unit = "kb")$window, 0.5)
})
