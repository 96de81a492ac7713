test_that("settings show what is given and what is left to a default", {
  expect_snapshot({
    svm(cost = 10, kernel = "linear")
    svm()
    gtm_settings(nodes = 10)
    window_settings(50, classifier = svm(multiclass = "one_vs_one"))
    calibration(mosaics = 100)
    preprocessing(dims = 2L)
  })
})

test_that("settings cannot be changed", {
  settings <- svm(cost = 10)
  expect_error(settings$cost <- 1, class = "forebear_error_argument")
  expect_error(settings[["cost"]] <- 1, class = "forebear_error_argument")
  expect_error(settings["cost"] <- 1, class = "forebear_error_argument")
  expect_identical(settings, svm(cost = 10))
  expect_identical(with_fields(settings, cost = 1), svm(cost = 1))
})

test_that("settings of another kind are refused by name", {
  x <- matrix(stats::rnorm(60), 20)
  panel <- several_panel(n_chrom = 1)
  expect_snapshot(conditions_of(
    gtm(x, settings = svm()),
    gtm(x, preprocessing = knn()),
    gtm(x, settings = list(nodes = 5)),
    gtm(x, nodes = 5, settings = gtm_settings()),
    classify(x, rep(1:2, 10), method = pair_hmm()),
    classify(x, rep(1:2, 10), method = 5),
    local_ancestry(panel, window = svm()),
    local_ancestry(panel, hmm = window_settings()),
    local_ancestry(panel, calibrate = mosaic_settings(5)),
    window_settings(classifier = knn()),
    simulate_admixed(panel, 3, demes = mosaic_settings(5))
  ))
})
