test_that("a number of variants, settings and defaults are the same windows", {
  number <- as_window_settings(30, list(), NULL)
  filled <- with_preset(number, new_pair_hmm(), NULL, NULL)
  expect_identical(with_preset(new_window_settings(30), new_pair_hmm(), NULL, NULL), filled)
  expect_identical(filled$window$context, 15L)
  expect_identical(filled$window$classifier, svm(10, "string", "joint", 5000))
  auto <- as_window_settings("auto", list(), NULL)
  expect_identical(auto, window_settings("auto"))
  expect_identical(auto, window_settings())
  expect_null(with_preset(auto, new_pair_hmm(), NULL, NULL)$window$size)
  expect_identical(filled$hmm$emissions, "soft")
})

test_that("a preset says what is left to it, and refuses what it says", {
  paper <- with_preset(new_window_settings(folds = 3), new_pair_hmm(), "paper", NULL)
  expect_identical(paper$window,
    window_settings(100, 0, 3, svm(10, "string", "one_vs_one", 5000)))
  expect_identical(with_preset(new_window_settings("auto"), new_pair_hmm(), "paper", NULL)$window,
    window_settings(100, 0, 5, svm(10, "string", "one_vs_one", 5000)))
  expect_identical(paper$hmm, pair_hmm(emissions = "hard", refine = FALSE))
  given <- with_preset(new_window_settings(), new_pair_hmm(refine = TRUE), "paper", NULL)
  expect_true(given$hmm$refine)
  expect_true(with_preset(new_window_settings(), new_pair_hmm(), NULL, NULL)$hmm$refine)
  panel <- several_panel(n_chrom = 1)
  for (window in list(30, window_settings(context = 15),
    window_settings(classifier = svm(multiclass = "joint")))) {
    expect_error(local_ancestry(panel, window, preset = "paper"),
      class = "forebear_error_argument", "A preset sets")
  }
  expect_error(local_ancestry(panel, hmm = pair_hmm(emissions = "soft"), preset = "paper"),
    class = "forebear_error_argument", "A preset sets")
})

test_that("calibration is as its settings say", {
  panel <- several_panel(n_chrom = 1)
  model <- function(calibrate) local_ancestry(panel, 10, calibrate = calibrate)
  default <- model(TRUE)
  expect_identical(model(calibration()), default)
  few <- model(calibration(mosaics = 50, members = 4))
  expect_false(identical(few$recalibration, default$recalibration))
  # People behind what is promised: 4 members of each population and half of the mosaics at most.
  expect_true(all(few$recalibration$most <= default$recalibration$most))
  rough <- model(calibration(mosaics = mosaic_settings(300, error_rate = 0.1)))
  expect_false(identical(rough$recalibration, default$recalibration))
  expect_null(model(FALSE)$recalibration)
})

test_that("a folder of checkpoints knows how mosaics were made", {
  panel <- several_panel(n_chrom = 1)
  folder <- withr::local_tempdir()
  local_ancestry(panel, 10, checkpoint_dir = folder)
  expect_error(
    local_ancestry(panel, 10, checkpoint_dir = folder, calibrate = calibration(mosaics = 50)),
    class = "forebear_error")
  expect_message(local_ancestry(panel, 10, checkpoint_dir = folder, calibrate = calibration()),
    class = "forebear_message_resumed")
})

test_that("settings of local ancestry are checked where they are made", {
  expect_snapshot(conditions_of(
    window_settings(0), window_settings(context = -1), window_settings(folds = 1),
    window_settings(classifier = "svm"), pair_hmm(generations = 0), pair_hmm(emissions = "loud"),
    pair_hmm(phase = "false"), pair_hmm(refine = 1), pair_hmm(cm_per_mb = 0),
    pair_hmm(admixed_groups = 0), pair_hmm(min_overlap = 2), pair_hmm(strand = "other"),
    calibration(mosaics = 0), calibration(members = 0), calibration(mosaics = deme_settings())
  ))
})
