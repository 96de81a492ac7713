skip_on_cran() # Takes long.

# As if the session had just begun.
forget_moved <- function(env = parent.frame()) {
  given <- as.list(reported_moves)
  rm(list = names(given), envir = reported_moves)
  withr::defer(list2env(given, reported_moves), env)
}

# What `old` gives is what `new` gives, with one message that names the argument.
expect_moved <- function(name, old, new) {
  forget_moved()
  said <- list()
  quiet <- function(code) {
    withCallingHandlers(code, message = function(condition) {
      said[[length(said) + 1]] <<- condition
      rlang::cnd_muffle(condition)
    }, warning = function(condition) rlang::cnd_muffle(condition))
  }
  was <- quiet(old)
  given <- Filter(function(condition) inherits(condition, "forebear_message_deprecated"), said)
  expect_length(given, length(name))
  for (i in seq_along(name)) {
    expect_match(conditionMessage(given[[i]]), sprintf("^`%s` of `", name[[i]]))
  }
  said <- list()
  now <- quiet(new)
  expect_false(any(vapply(said, inherits, NA, "forebear_message_deprecated")))
  expect_equal(was, now)
}

moved_scores <- function() {
  withr::with_seed(1, {
    x <- matrix(stats::rnorm(180), 60) + 3 * rep(c(0, 1, 0, 0, 0, 1), each = 30)
    rownames(x) <- paste0("s", 1:60)
    x
  })
}

test_that("a message is given once in a session for each argument", {
  forget_moved()
  x <- moved_scores()
  label <- rep(c("a", "b"), each = 30)
  expect_message(classify(x, label, "svm", cost = 2), class = "forebear_message_deprecated",
    "`cost` of `classify()` has moved: use `method = svm(cost = )`.", fixed = TRUE)
  expect_no_message(classify(x, label, "svm", cost = 2))
  expect_message(audit_labels(x, label, cost = 2), class = "forebear_message_deprecated")
})

test_that("what is unknown, twice there or without a name is refused", {
  x <- moved_scores()
  label <- rep(c("a", "b"), each = 30)
  expect_snapshot(conditions_of(
    classify(x, label, "svm", "equal", 8),
    classify(x, label, "svm", costs = 2),
    classify(x, label, "svm", cost = 2, cost = 3),
    classify(x, label, svm(), cost = 2),
    gtm(x, init_variance = "max", settings = gtm_settings()),
    gtm(x, dims = 2, preprocessing = preprocessing(scale = TRUE)),
    cross_validate(x, label, "svm", cost = 2),
    cross_validate(x, label, "svm", dims = 1, preprocessing = preprocessing(scale = TRUE)),
    local_ancestry(several_panel(n_chrom = 1), window = window_settings(10), context = 5),
    local_ancestry(several_panel(n_chrom = 1), context = 5, preset = "paper"),
    local_ancestry(several_panel(n_chrom = 1), windows = 5)
  ))
})

test_that("classifiers and maps take their settings by the old names", {
  x <- moved_scores()
  label <- rep(c("a", "b"), each = 30)
  expect_moved("cost", classify(x, label, "svm", cost = 10), classify(x, label, svm(10)))
  expect_moved("neighbors", classify(x, label, "knn", neighbors = 3), classify(x, label, knn(3)))
  expect_moved(c("nodes", "rbf", "regularization", "width", "max_iter", "init_variance"),
    classify(x, label, nodes = 6, rbf = 3, regularization = 0.2, width = 0.5, max_iter = 50,
      init_variance = "max"),
    classify(x, label, gtm_settings(6, 3, 0.2, 0.5, 50, "max")))
  expect_moved(c("dims", "center", "scale"),
    classify(x, label, "knn", dims = 1, center = TRUE, scale = TRUE),
    classify(x, label, "knn", preprocessing = preprocessing(1, center = TRUE, scale = TRUE)))
  expect_moved("init_variance", gtm(x, 6, 3, init_variance = "max"),
    gtm(x, settings = gtm_settings(6, 3, init_variance = "max")))
  expect_moved("impute", gtm(replace(x, 3, NA), 6, 3, impute = "mean"),
    gtm(replace(x, 3, NA), 6, 3, preprocessing = preprocessing(impute = "mean")))
  expect_moved("scale", cross_validate(x, label, "svm", data.frame(cost = 1:2), scale = TRUE),
    cross_validate(x, label, "svm", data.frame(cost = 1:2),
      preprocessing = preprocessing(scale = TRUE)))
  expect_moved(c("dims", "nodes"),
    audit_labels(x, label, "gtm", repeats = 1, dims = 2, nodes = 6),
    audit_labels(x, label, gtm_settings(6), repeats = 1, preprocessing = preprocessing(2)))
  fit <- classify(x, label, "svm")
  expect_moved("min_typicality", predict(fit, x, min_typicality = 0.1),
    predict(fit, x, limits = call_limits(min_typicality = 0.1)))
  skip_if_not_installed("Rtsne")
  expect_moved("dims", tsne(x, 5, 50, dims = 2),
    tsne(x, 5, 50, preprocessing = preprocessing(dims = 2)))
})

test_that("functions of genotypes and panels take their settings by the old names", {
  g <- as_genotypes(withr::with_seed(2, random_counts(40, 60)))
  start <- matrix(0.5, 40, 2)
  expect_moved("start", admixture(g, 2, start = start), admixture(g, 2, init = start))
  expect_moved(c("window", "prune_times"),
    qc_recipe(g, "none", window = 20, prune_times = 1, min_hwe_p = 0),
    qc_recipe(g, "none", prune = prune_settings(20, times = 1), min_hwe_p = 0))
  region <- data.frame(chrom = g$variants$chrom[1], start_bp = 1,
    end_bp = g$variants$position_bp[5])
  expect_moved("regions", qc_recipe(g, "none", regions = region, min_hwe_p = 0)$variants,
    qc_recipe(exclude_regions(g, region), "none", min_hwe_p = 0)$variants)
  label <- stats::setNames(rep(c("a", "b"), 20), g$samples$sample_id)
  expect_moved(c("neighbors", "central"),
    curate_panel(g, label, neighbors = 5, central = 0.8, min_samples = 2, max_kinship = 0.5),
    curate_panel(g, label, outliers = outlier_settings(neighbors = 5, central = 0.8),
      min_samples = 2, max_kinship = 0.5))
  expect_moved("deme_size", simulate_admixed(several_panel(), 3, demes = 2, deme_size = 20),
    simulate_admixed(several_panel(), 3, demes = deme_settings(2, size = 20)))
})

test_that("local ancestry takes its settings by the old names", {
  panel <- several_panel(n_chrom = 1)
  expect_moved(c("context", "folds", "cost", "generations", "emissions"),
    local_ancestry(panel, window = 10, context = 5, folds = 3, cost = 2, generations = 20,
      emissions = "both", calibrate = FALSE),
    local_ancestry(panel, window_settings(10, 5, 3, svm(cost = 2)), calibrate = FALSE,
      hmm = pair_hmm(generations = 20, emissions = "both")))
  expect_moved("kernel", local_ancestry(panel, preset = "paper", kernel = "linear"),
    local_ancestry(panel, window_settings(classifier = svm(kernel = "linear")), preset = "paper"))
  expect_moved(c("context", "generations", "switch_rate"),
    cross_validate(panel, folds = 2, mosaics = 3, window = 10, context = 5, generations = 4,
      switch_rate = 0.1, calibrate = FALSE),
    cross_validate(panel, folds = 2, mosaics = mosaic_settings(3, 4, switch_rate = 0.1),
      window = window_settings(10, context = 5), hmm = pair_hmm(generations = 4),
      calibrate = FALSE))
  expect_moved("generations", audit_labels(panel, folds = 2, window = 10, generations = 4),
    audit_labels(panel, folds = 2, window = 10, hmm = pair_hmm(generations = 4)))
})

# All calls of functions of which arguments have moved, as text, that use an old name.
calls_by_old_names <- function(code) {
  moved <- list(
    gtm = c("init_variance", "dims", "impute", "center", "scale"),
    tsne = names(moved_into_preprocessing()), umap = names(moved_into_preprocessing()),
    classify = names(c(moved_into_method(), moved_into_preprocessing())),
    audit_labels = c("neighbors", "cost", "nodes", "rbf", "dims", names(moved_into_training())),
    cross_validate = c(names(moved_into_preprocessing()), names(moved_into_training()),
      "switch_rate", "error_rate"),
    qc_recipe = c("window", "step", "r2", "unit", "prune_times", "regions"),
    curate_panel = c("neighbors", "num_comp", "central"), admixture = "start",
    simulate_admixed = "deme_size", local_ancestry = names(moved_into_stages()),
    predict = names(limited_columns)
  )
  found <- character()
  walk <- function(node) {
    if (is.call(node)) {
      name <- if (is.symbol(node[[1]])) as.character(node[[1]]) else ""
      old <- intersect(names(node), moved[[name]])
      if (length(old) > 0) found <<- c(found, sprintf("%s(%s = )", name, old))
    }
    if (is.call(node) || is.expression(node) || is.pairlist(node)) {
      for (part in as.list(node)) if (!missing(part)) walk(part)
    }
  }
  walk(parse(text = code, keep.source = FALSE))
  found
}

test_that("none of our examples uses an old name", {
  expect_identical(calls_by_old_names("x <- classify(x, cost = gtm(y, dims = 2))"),
    c("classify(cost = )", "gtm(dims = )"))
  pages <- tools::Rd_db("forebear")
  expect_gt(length(pages), 80)
  for (page in names(pages)) {
    file <- withr::local_tempfile()
    tools::Rd2ex(pages[[page]], file)
    if (file.exists(file)) {
      expect_identical(calls_by_old_names(readLines(file)), character(), label = page)
    }
  }
})

test_that("examples of functions whose arguments have moved give no message", {
  skip_on_cran()
  skip_if_not_installed("Rtsne")
  forget_moved()
  withr::local_pdf(withr::local_tempfile())
  pages <- tools::Rd_db("forebear")
  for (page in c("classify.Rd", "gtm.Rd", "qc_recipe.Rd", "simulate_admixed.Rd", "curate_panel.Rd",
    "predict.forebear_classifier.Rd", "classifier_settings.Rd", "call_limits.Rd",
    "preprocessing.Rd", "prune_settings.Rd", "local_ancestry.Rd",
    "audit_labels.forebear_reference_panel.Rd", "cross_validate.forebear_reference_panel.Rd",
    "audit_labels.Rd", "cross_validate.Rd")) {
    file <- withr::local_tempfile()
    tools::Rd2ex(pages[[page]], file)
    utils::capture.output(
      suppressWarnings(suppressMessages(source(file, local = new.env()))))
    expect_identical(ls(reported_moves), character(), label = page)
  }
})

test_that("vignettes and scripts use no old name", {
  root <- testthat::test_path("..", "..")
  skip_if_not(file.exists(file.path(root, "vignettes")), "the sources are not there")
  chunks <- function(lines) {
    marks <- grepl("^```", lines)
    inside <- cumsum(marks) %% 2 == 1 & !marks
    opening <- lines[which(marks)[cumsum(marks)[inside]]]
    lines[inside][grepl("^```(\\{r|r)", opening)]
  }
  for (file in c(list.files(file.path(root, "vignettes"), "Rmd$", full.names = TRUE),
    file.path(root, c("README.md", "inst/report/report.Rmd")))) {
    expect_identical(calls_by_old_names(chunks(readLines(file))), character(), label = file)
  }
  for (file in list.files(file.path(root, c("inst/scripts", "tools/lib", "bench/fit", "R")),
    "[.]R$", full.names = TRUE)) {
    expect_identical(calls_by_old_names(readLines(file)), character(), label = file)
  }
})

test_that("a function by its old name gives the same, with one message", {
  forget_moved()
  fit <- archetypes(mixtures_of(20, 3), k = 3)
  expect_message(was <- compare_centres(fit, methods = "kmeans"),
    class = "forebear_message_deprecated", "`compare_centres()` is now `compare_centers()`.",
    fixed = TRUE)
  expect_no_message(compare_centres(fit, methods = NULL))
  expect_identical(was, compare_centers(fit, methods = "kmeans"))
})
