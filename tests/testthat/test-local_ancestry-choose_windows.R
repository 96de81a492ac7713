# Phased haplotypes of populations that are mosaics of a few ancestral ones of their own, on two
# chromosomes: populations are distinguished by runs of alleles.
ancestral_panel <- function(n_variants = 3000, cm = 20, n_samples = 40, ancestors = 15,
                            shared = 0, errors = 0.01) {
  variants <- data.frame(chrom = rep(1:2, each = n_variants / 2),
    position_bp = rep(seq_len(n_variants / 2) * 4000L, 2),
    position_cm = rep(seq(0, cm / 2, length.out = n_variants / 2), 2), ref = "A", alt = "C")
  withr::with_seed(5, {
    frequency <- stats::runif(n_variants, 0.05, 0.95)
    of_all <- matrix(stats::rbinom(ancestors * n_variants, 1, rep(frequency, each = ancestors)),
      ancestors)
    alleles <- do.call(rbind, lapply(1:3, function(population) {
      own <- matrix(stats::rbinom(ancestors * n_variants, 1, rep(frequency, each = ancestors)),
        ancestors)
      common <- stats::runif(ancestors) < shared
      own[common, ] <- of_all[common, ]
      t(replicate(2 * n_samples, {
        change <- c(TRUE, stats::runif(n_variants - 1) < 20 * cm / n_variants / 10)
        source <- sample(ancestors, sum(change), TRUE)[cumsum(change)]
        copy <- own[cbind(source, seq_len(n_variants))]
        abs(copy - (stats::runif(n_variants) < errors))
      }))
    }))
  })
  id <- paste0("p", seq_len(3 * n_samples))
  rownames(alleles) <- paste0(rep(id, each = 2), c("_1", "_2"))
  reference_panel(as_haplotypes(alleles, variants = variants),
    stats::setNames(rep(c("north", "south", "west"), each = n_samples), id))
}

variants_at <- function(chrom, cm) {
  data.frame(chrom = as.character(chrom), position_bp = seq_along(cm), position_cm = cm)
}

test_that("ranges are spread evenly over the genome, within chromosomes", {
  # 120 cM: 20 cM of them, in four ranges of 5 cM at 15, 45, 75 and 105 cM.
  cm <- rep(seq(0, 60, length.out = 6001), 2)
  variants <- variants_at(rep(1:2, each = 6001), cm)
  ranges <- trial_places(variants)
  ends <- vapply(ranges, function(chosen) range(cm[chosen]), c(0, 0))
  expect_equal(ends, rbind(c(12.5, 42.5, 12.5, 42.5), c(17.5, 47.5, 17.5, 47.5)))
  expect_identical(variants$chrom[vapply(ranges, `[[`, 0L, 1)], c("1", "1", "2", "2"))
  # No more than a sixth of a short genome, in two ranges of 6 cM together.
  short <- trial_places(variants_at(rep(1, 6001), seq(0, 30, length.out = 6001)))
  expect_length(short, 2)
  expect_equal(lengths(short), c(601, 601))
  # Few variants: ranges have 480 all the same, at the end of the chromosome too.
  sparse <- trial_places(variants_at(rep(1, 2000), seq(0, 100, length.out = 2000)))
  expect_true(all(lengths(sparse) >= 480))
  expect_true(all(diff(unlist(sparse[[1]])) == 1))
  # Chromosomes that are not longer are taken whole, and so are those of a few variants.
  expect_identical(trial_places(variants_at(rep(1:2, each = 700), rep(seq(0, 2, length.out = 700),
    2))), list(1:700, 701:1400))
  expect_identical(trial_places(variants_at(rep(1, 900), seq(0, 200, length.out = 900))),
    list(1:900))
  # All variants in one place.
  expect_identical(trial_places(variants_at(rep(1, 3000), rep(0, 3000))), list(1:3000))
})

test_that("a range has its length wherever it lies", {
  cm <- seq(0, 50, length.out = 5001)
  for (at in c(0, 1, 25, 49.5, 50)) {
    inside <- range_around(cm, at, 5)
    expect_equal(diff(range(cm[inside])), 5, tolerance = 0.01)
    expect_true(at >= cm[inside[1]] - 1e-9 && at <= cm[inside[length(inside)]] + 1e-9)
  }
  # Around a gap without variants.
  expect_gte(length(range_around(c(1:300 / 100, 90 + 1:300 / 100), 45, 5)), 480)
})

test_that("lengths are limited by variants and by centimorgans", {
  lengths_at <- function(per_cm, n = 20000) {
    cm <- seq_len(n) / per_cm
    possible_lengths(variants_at(rep(1, n), cm), list(seq_len(n)))
  }
  expect_identical(lengths_at(3000), c(30L, 60L, 120L, 240L, 480L, 960L))
  expect_identical(lengths_at(250), c(30L, 60L, 120L, 240L))
  # Array and exome: the shortest are tried where those of 60 variants are long.
  expect_identical(lengths_at(60), c(30L, 60L))
  expect_identical(lengths_at(30), c(15L, 30L))
  expect_identical(lengths_at(5), 15L)
  # Of a window four must fit.
  expect_identical(lengths_at(250, 480), c(30L, 60L, 120L))
  expect_identical(lengths_at(250, 50), 15L)
})

test_that("the search goes to longer windows first, and down only where it must", {
  searched <- function(score, se = 0.1) {
    tried <- integer()
    found <- search_lengths(c(15L, 30L, 60L, 120L, 240L), function(length) {
      tried <<- c(tried, length)
      # Two mosaics that differ by the same, so that differences have the standard error `se`.
      list(log_score = score[[as.character(length)]] + c(-1, 1) * se * log(length))
    })
    expect_identical(as.integer(names(found)), sort(tried))
    tried
  }
  score <- function(...) stats::setNames(c(...), c(15, 30, 60, 120, 240))
  expect_identical(searched(score(-9, -3, -2, -1, -4)), c(60L, 120L, 240L))
  # Hardly worse: shorter ones, which take most time, are not tried.
  expect_identical(searched(score(-9, -3, -2, -2.01, -4)), c(60L, 120L))
  expect_identical(searched(score(-9, -3, -2, -3, -4)), c(60L, 120L, 30L))
  expect_identical(searched(score(-9, -1, -2, -3, -4)), c(60L, 120L, 30L, 15L))
  # A little better is not enough to go on.
  expect_identical(searched(score(-9, -1.99, -2, -3, -4)), c(60L, 120L, 30L))
  only <- search_lengths(c(15L, 30L), function(length) list(log_score = c(-length, -length - 1)))
  expect_named(only, c("15", "30"))
})

test_that("variants near a change of ancestry are left out", {
  truth <- data.frame(owner = c(2L, 1L, 1L), chromosome = 1L, start_bp = c(1L, 501L, 1L),
    end_bp = c(1000L, 1000L, 500L), population = c(2L, 2L, 1L))
  got <- inside_segments(truth, 1:1000)
  expect_identical(got$owner, c(1L, 1L, 2L))
  expect_identical(got$start_bp, c(1L, 536L, 1L))
  expect_identical(got$end_bp, c(465L, 1000L, 1000L))
  # A segment of fewer variants than are left out on either side goes.
  short <- data.frame(owner = 1L, chromosome = 1L, start_bp = c(1L, 501L, 560L),
    end_bp = c(500L, 559L, 1000L), population = c(1L, 2L, 1L))
  expect_identical(inside_segments(short, 1:1000)$start_bp, c(1L, 595L))
  expect_identical(inside_segments(short, 1:1000)$population, c(1L, 1L))
})

test_that("proportions of a deme are skewed, and leave none out", {
  drawn <- vapply(1:200, skewed_proportions, numeric(5), 5)
  expect_equal(colSums(drawn), rep(1, 200))
  expect_true(all(drawn >= shared_proportion / 5))
  expect_gt(mean(apply(drawn, 2, max)), 0.55)
  expect_lt(max(abs(rowMeans(drawn) - 0.2)), 0.07)
  expect_identical(skewed_proportions(3, 4), skewed_proportions(3, 4))
})

test_that("scores worked by hand", {
  # Two ranges of one mosaic each, two powers: the second is likelier in all.
  scores <- list(
    list(log_likelihood = cbind(-4, -2), variants = cbind(6, 4), right = cbind(5, 4),
      by_chance = 6),
    list(log_likelihood = cbind(-1, -2), variants = cbind(0, 10), right = cbind(0, 7),
      by_chance = 10)
  )
  expect_equal(scores_of_length(scores), list(log_score = c(-0.2, -0.2), accuracy = 0.8,
    by_chance = 0.8))
})

test_that("the panel chooses windows, which the model records and a file keeps", {
  panel <- ancestral_panel()
  expect_message(model <- local_ancestry(panel, calibrate = FALSE),
    "^Windows of (30|60) variants and (15|30) of context, chosen on mosaics",
    class = "forebear_message_windows")
  tried <- tidy(model, matrix = "windows")
  expect_named(tried, c("window", "context", "log_score", "std_error", "accuracy", "by_chance",
    "chosen"))
  chosen <- tried[tried$chosen, ]
  expect_identical(model$settings[c("window", "context")],
    list(window = chosen$window + 0, context = chosen$context + 0))
  best <- which.max(tried$log_score)
  expect_identical(tried$std_error[best], 0)
  close <- tried$log_score[best] - tried$log_score <= tried$std_error
  expect_identical(chosen$window, max(tried$window[close]))
  expect_gt(chosen$accuracy, chosen$by_chance + 0.1)
  expect_output(print(model), "(chosen on the panel)", fixed = TRUE)
  again <- suppressMessages(local_ancestry(panel, calibrate = FALSE, threads = 1))
  expect_identical(again, model)
  path <- withr::local_tempfile()
  write_model(model, path)
  expect_identical(read_model(path), model)
  # The same windows, given: the same model but for what was tried.
  given <- local_ancestry(panel, chosen$window, calibrate = FALSE)
  expect_identical(given, `class<-`(unclass(model)[names(model) != "windows_tried"], class(model)))
  expect_error(tidy(given, matrix = "windows"), "They were given",
    class = "forebear_error_argument")
})

test_that("other classifiers, kernels and contexts are compared too", {
  panel <- ancestral_panel(n_variants = 600, cm = 10, n_samples = 25)
  windows <- function(...) {
    window <- window_settings(...)
    suppressMessages(suppressWarnings(local_ancestry(panel, window, calibrate = FALSE,
      hmm = pair_hmm(emissions = "hard", phase = "trusted"))), classes = "forebear_message")
  }
  model <- windows(classifier = svm(multiclass = "one_vs_one", kernel = "linear"))
  expect_gt(nrow(tidy(model, matrix = "windows")), 1)
  expect_identical(model$settings$multiclass, "one_vs_one")
  model <- windows(context = 7)
  expect_true(all(tidy(model, matrix = "windows")$context == 7))
  expect_identical(model$settings$context, 7)
})

test_that("small panels take the shortest windows without a trial", {
  panel <- several_panel(n_chrom = 2, per_chrom = 30)
  expect_message(model <- local_ancestry(panel, calibrate = FALSE), "Windows of 15 variants and 7",
    class = "forebear_message_windows")
  expect_identical(nrow(tidy(model, matrix = "windows")), 1L)
  expect_identical(tidy(model, matrix = "windows")$log_score, NA_real_)
  path <- withr::local_tempfile()
  write_model(model, path)
  expect_identical(read_model(path), model)
})

test_that("a message says that variants do not distinguish populations", {
  panel <- ancestral_panel(n_variants = 300, cm = 10, n_samples = 25, shared = 1)
  expect_message(
    suppressMessages(suppressWarnings(local_ancestry(panel, calibrate = FALSE)),
      classes = "forebear_message_windows"),
    "hardly distinguish", class = "forebear_message_sparse")
  expect_equal(gain_over_chance(list(accuracy = 0.8, by_chance = 0.6)), 0.5)
})

test_that("a run that is resumed chooses no more", {
  panel <- ancestral_panel(n_variants = 600, cm = 10, n_samples = 25)
  folder <- withr::local_tempdir()
  run <- function(...) {
    suppressMessages(suppressWarnings(local_ancestry(panel, calibrate = FALSE, ...)))
  }
  first <- run(checkpoint_dir = folder)
  expect_true("training-windows.forebear" %in% list.files(folder))
  # Another choice in the folder is taken as it is.
  path <- file.path(folder, "training-windows.forebear")
  values <- answer(rust_read_model(path))$values
  values$value$chosen <- rev(values$value$chosen)
  write_model_values(values, "checkpoint", path)
  unlink(list.files(folder, "chromosome", full.names = TRUE))
  other <- run(checkpoint_dir = folder)
  expect_identical(other$windows_tried$chosen, rev(first$windows_tried$chosen))
  tried <- other$windows_tried
  expect_identical(other$settings$window, tried$window[tried$chosen] + 0)
})

test_that("cross-validation and audits choose once, for all parts", {
  panel <- ancestral_panel(n_variants = 600, cm = 10, n_samples = 30)
  said <- list()
  withCallingHandlers(
    cv <- cross_validate(panel, folds = 2, calibrate = FALSE, keep_calls = TRUE),
    forebear_message_windows = function(message) {
      said[[length(said) + 1]] <<- message
      rlang::cnd_muffle(message)
    }, warning = function(warning) rlang::cnd_muffle(warning))
  expect_length(said, 1)
  expect_s3_class(tidy(cv, matrix = "calls"), "forebear_ancestry_calls")
})
