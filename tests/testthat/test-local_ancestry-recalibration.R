# Two populations with 10 common founders and 6 own ones each, 300 variants 0.1 cM apart. The last
# `n_male` samples have one haplotype.
hard_alleles <- function(n_samples, seed, n_male = 0) {
  withr::with_seed(1, founders <- matrix(stats::rbinom(22 * 300, 1, 0.4), 22))
  own <- list(c(1:10, 11:16), c(1:10, 17:22))
  withr::with_seed(seed, {
    rows <- lapply(rep(1:2, each = n_samples), function(population) {
      founder <- rep(sample(own[[population]], 20, replace = TRUE), each = 15)
      founders[cbind(founder, 1:300)]
    })
    alleles <- do.call(rbind, rows)
    alleles <- abs(alleles - (stats::runif(length(alleles)) < 0.02))
  })
  alleles[rev(seq(nrow(alleles), by = -2, length.out = n_male)), ] <- NA
  rownames(alleles) <- paste0(rep(paste0("s", seq_len(n_samples)), each = 2), c("_1", "_2"))
  alleles
}

hard_panel <- function(n_samples = 60, seed = 1, n_male = 0) {
  alleles <- hard_alleles(n_samples, seed, n_male)
  variants <- data.frame(chrom = "7", position_bp = 1:300 * 1000L, position_cm = 1:300 / 10,
    ref = "A", alt = "C")
  labels <- stats::setNames(rep(c("north", "south"), each = n_samples / 2),
    paste0("s", seq_len(n_samples)))
  reference_panel(as_haplotypes(alleles, variants = variants), labels)
}

hard_model <- function(..., panel = hard_panel(), folds = 5) {
  quiet <- c("forebear_warning_not_converged", "forebear_warning_small_population")
  window <- window_settings(15, context = 5, folds = folds)
  suppressWarnings(local_ancestry(panel, window = window, ...), classes = quiet)
}

# The windows of the model that `hard_model()` makes, true phase as given.
hard_query <- function(n = 60) {
  simulate_admixed(hard_panel(60, seed = 2), n, recombination = 1e-6, proportions = "random",
    demes = n / 2, seed = 3)
}

test_that("posteriors of other samples are righter than before", {
  model <- hard_model()
  query <- hard_query()
  truth <- attr(query, "truth")
  calls <- predict(model, query)
  expect_identical(predict(model, query, calibrated = TRUE), calls)
  raw <- predict(model, query, calibrated = FALSE)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
  error <- function(calls) mean(glance(reliability(calls, truth))$calibration_error)
  expect_gt(error(raw), 0.03)
  expect_lt(error(calls), 0.8 * error(raw))
  expect_identical(attr(calls, "switches"), attr(raw, "switches"))
  right <- function(calls) {
    sum(with(evaluate_calls(calls, truth, threshold = 0), n_true * recall))
  }
  expect_gt(right(calls), right(raw) - 0.01 * nrow(calls))
})

test_that("a model that is not calibrated gives the raw posteriors of one that is", {
  query <- hard_query(4)
  plain <- hard_model(calibrate = FALSE)
  model <- hard_model()
  expect_identical(predict(plain, query), predict(model, query, calibrated = FALSE))
  model$recalibration <- NULL
  plain$recalibration <- NULL
  expect_identical(model, plain)
})

test_that("curves never fall, and threads change nothing", {
  model <- hard_model(threads = 1)
  expect_identical(hard_model(threads = 2), model)
  expect_false(identical(hard_model(seed = 2)$recalibration, model$recalibration))
  bins <- tidy(model, matrix = "calibration")
  expect_named(bins, c("population", "posterior", "n", "frequency", "calibrated"))
  for (population in c("north", "south")) {
    own <- bins[bins$population == population, ]
    expect_true(all(diff(own$posterior) > 0) && all(diff(own$calibrated) >= 0))
    # Every window of 300 mosaics and 30 members, of which there are 20 on the chromosome.
    expect_equal(sum(own$n), 330 * 2 * 20)
    expect_equal(sum(own$n * own$calibrated), sum(own$n * own$frequency), tolerance = 0.01)
  }
  expect_true(model$recalibration$power %in% seq(0.3, 1.2, 0.1))
})

test_that("a model is calibrated with soft labels, trusted phase and groups of admixed samples", {
  query <- hard_query(20)
  # Probabilities of so few windows say little of how often ancestry changes.
  called <- function(model, ...) {
    suppressWarnings(predict(model, query, ...), classes = "forebear_warning_not_converged")
  }
  for (model in list(hard_model(), hard_model(hmm = pair_hmm(phase = "trusted")),
    hard_model(admixed = list(query[1:10, ], query[11:20, ])))) {
    expect_false(identical(called(model), called(model, calibrated = FALSE)))
  }
})

test_that("males on X are used in training and called", {
  panel <- hard_panel(n_male = 10)
  model <- hard_model(panel = panel)
  # Ten of south lack a haplotype.
  expect_equal(sum(tidy(model, matrix = "calibration")$n), 330 * 2 * 20 * 2)
  calls <- predict(model, panel$haplotypes)
  expect_equal(unique(calls$haplotype[calls$sample_id == "s60"]), 1L)
  expect_equal(sum(calls$haplotype == 2), 50 * 20)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
})

test_that("mosaics are made of the haplotypes of their fold", {
  panel <- hard_panel()
  settings <- training_settings(folds = 3)
  fold <- rust_panel_folds(as.integer(panel$population), settings)
  # A haplotype has the alternate allele at the variants of its fold and population alone.
  kind <- rep(fold + 3L * (as.integer(panel$population) - 1L), each = 2)
  alleles <- outer(kind, rep(1:6, 50), `==`) + 0
  panel$haplotypes <- as_haplotypes(alleles, variants = variants(panel$haplotypes))
  chromosomes <- chromosomes_in_cm(variants(panel$haplotypes), 1:300 / 10, NULL)
  mosaics <- held_out_mosaics(panel, chromosomes, settings, mosaic_settings(300), 1L, NULL)
  expect_equal(dim(mosaics$haplotypes), c(300L, 300L))
  expect_equal(as.vector(table(mosaics$fold)), rep(100L, 3))
  truth <- mosaics$truth
  # Wrong alleles are 5 in 10,000.
  for (owner in seq(1, 600, by = 23)) {
    own <- truth[truth$owner == owner, ]
    population <- own$population[findInterval(1:300 * 1000, own$start_bp)]
    want <- rep(1:6, 50) == mosaics$fold[(owner + 1) %/% 2] + 3L * (population - 1L)
    expect_lt(sum(as.matrix(mosaics$haplotypes)[owner, ] != want), 4)
  }
})

test_that("the truth of windows agrees with counting variants one by one", {
  windows <- tibble::tibble(n_variants = c(4L, 4L, 7L))
  position_bp <- c(1, 5, 5, 9, 14, 20, 21, 22, 30, 31, 40, 44, 50, 60, 61)
  withr::with_seed(4, truth <- do.call(rbind, lapply(1:5, function(owner) {
    end_bp <- c(sort(sample(2:60, 6)), 61L)
    data.frame(owner = owner, start_bp = c(1L, end_bp[-7] + 1L), end_bp = end_bp,
      population = sample(3, 7, TRUE))
  })))
  got <- window_truth(truth, c(2L, 5L, 3L), windows, position_bp, 3)
  window <- rep(1:3, windows$n_variants)
  want <- do.call(rbind, lapply(c(2, 5, 3), function(owner) {
    own <- truth[truth$owner == owner, ]
    population <- own$population[findInterval(position_bp, own$start_bp)]
    unclass(table(window, factor(population, 1:3))) / windows$n_variants
  }))
  expect_equal(got, unname(want), ignore_attr = TRUE)
})

test_that("mosaics of a folder are those of its genetic map", {
  panel <- hard_panel()
  panel$haplotypes$variants$position_cm <- 0
  folder <- withr::local_tempdir()
  suppressMessages(hard_model(panel = panel, checkpoint_dir = folder))
  expect_error(hard_model(panel = panel, checkpoint_dir = folder,
    hmm = pair_hmm(cm_per_mb = 2)),
    class = "forebear_error_checkpoint")
})

test_that("mistakes are reported in words", {
  model <- hard_model(calibrate = FALSE)
  falling <- hard_panel()
  falling$haplotypes$variants$position_cm[7] <- 9
  query <- hard_query(2)
  expect_snapshot(conditions_of(
    predict(model, query, calibrated = TRUE),
    predict(model, query, calibrated = 1),
    tidy(model, matrix = "calibration"),
    tidy(model, matrix = "all"),
    hard_model(calibrate = NA),
    hard_model(folds = 61),
    hard_model(panel = falling)
  ))
})
