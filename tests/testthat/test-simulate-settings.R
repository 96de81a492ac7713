test_that("settings of simulated samples are checked where they are made", {
  expect_snapshot(conditions_of(
    mosaic_settings(-1), mosaic_settings(5, generations = 0), mosaic_settings(5, switch_rate = 2),
    mosaic_settings(5, error_rate = 0.6), deme_settings(0), deme_settings(size = 1)
  ))
})

test_that("a number of demes is that of settings", {
  panel <- several_panel(n_chrom = 1)
  expect_identical(simulate_admixed(panel, 4, demes = deme_settings(2)),
    simulate_admixed(panel, 4, demes = 2))
  expect_error(simulate_admixed(panel, 4, demes = deme_settings(5)),
    class = "forebear_error_argument", "from 1 to 4")
})
