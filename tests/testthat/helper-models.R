# Fits of every kind that a model file can hold, small.
small_fits <- function() {
  g <- as_genotypes(withr::with_seed(3, random_counts(24, 40)))
  scores <- pca(g, num_comp = 3)$scores
  labels <- stats::setNames(rep(c("east", "west", "north"), 8), rownames(scores))
  map <- suppressWarnings(gtm(scores, nodes = 4, rbf = 2, regularization = 1e-3))
  tree <- "((east,west)south,north)all;"
  quietly <- function(...) suppressWarnings(..., classes = "forebear_warning")
  list(
    pca = pca(g, num_comp = 3),
    `pca, unscaled` = quietly(pca(g, num_comp = 2, scale = "none", method = "randomized")),
    archetypes = quietly(archetypes(g, k = 3)),
    `archetypes of all components` = quietly(archetypes(g, k = 3, dims = "all")),
    `archetypes of components` = quietly(archetypes(pca(g, num_comp = 3), k = 3)),
    `archetypes of a matrix` = quietly(archetypes(scores, k = 3, restarts = 2)),
    `archetypes by the paper` = quietly(archetypes(g, k = 2, preset = "paper")),
    `archetypes of a path` = quietly(best_fit(archetypes_path(g, k = 2:3, restarts = 2), 3)),
    admixture = quietly(admixture(g, k = 2)),
    `admixture, supervised` = quietly(admixture(g, supervised = labels[c(1:3, 7:9)])),
    gtm = quietly(gtm(g, nodes = 4, rbf = 2, num_comp = 3)),
    `gtm of components` = quietly(gtm(pca(g, num_comp = 3), nodes = 4, rbf = 2,
      preprocessing = preprocessing(dims = 2))),
    `gtm of a matrix` = map,
    `gtm of a prepared matrix` = quietly(gtm(replace(scores, 5, NA), nodes = 4, rbf = 2,
      num_comp = 2, preprocessing = preprocessing(impute = "median", scale = TRUE))),
    `gtm that is a plane` = quietly(gtm(scores, nodes = 4, rbf = 2, max_iter = 0)),
    `classifier by a map` = classify(map, labels[1:20], priors = "observed"),
    `classifier by a map of genotypes` = quietly(classify(g, labels,
      method = gtm_settings(nodes = 4, rbf = 2), num_comp = 3, tree = tree)),
    `classifier by neighbors` = classify(pca(g, num_comp = 3), labels, method = "knn"),
    `classifier by SVM` = quietly(classify(g, labels, method = "svm", num_comp = 3,
      tree = tree))
  )
}

# Models of local ancestry of one chromosome or two, by every kind of classifier.
small_local_models <- function() {
  panel <- several_panel(n_chrom = 2, per_chrom = 30)
  query <- several_chromosomes(6, n_chrom = 2, per_chrom = 30, seed = 2, prefix = "q")
  fit <- function(context, ..., classifier = svm()) {
    window <- window_settings(10, context = context, folds = 2, classifier = classifier)
    suppressWarnings(local_ancestry(panel, window = window, ...), classes = "forebear_warning")
  }
  chosen <- fit(5)
  chosen$windows_tried <- tried_windows()
  list(
    `local ancestry` = fit(5), `local ancestry of chosen windows` = chosen,
    `local ancestry by landmarks` = fit(5, classifier = svm(landmarks = 20), calibrate = FALSE),
    `local ancestry by pairs` = fit(0, classifier = svm(multiclass = "one_vs_one"),
      hmm = pair_hmm(emissions = "both")),
    `local ancestry by the rest` = fit(0, calibrate = FALSE,
      classifier = svm(multiclass = "one_vs_rest", kernel = "linear"),
      hmm = pair_hmm(emissions = "hard", phase = "trusted")),
    `local ancestry of groups` = fit(0, admixed = list(query[1:3, ], query[4:6, ]),
      calibrate = FALSE)
  )
}

# As `choose_windows()` gives it.
tried_windows <- function() {
  tibble::tibble(window = c(10L, 20L), context = c(5L, 10L), log_score = c(-0.1, -0.2),
    std_error = c(0, 0.1), accuracy = c(0.9, 0.8), by_chance = 0.5, chosen = c(TRUE, FALSE))
}

# Where in a tree of lists each value stands, lists too: vectors of places.
places_of <- function(x, at = integer()) {
  own <- if (length(at) > 0) list(at)
  if (!is.list(x)) {
    return(own)
  }
  c(own, unlist(lapply(seq_along(x), function(i) places_of(x[[i]], c(at, i))), recursive = FALSE))
}

# What can become of one value: a list of others, named by the damage. NULL is a value.
damaged_values <- function(x) {
  other_type <- if (is.character(x)) 1 else "x"
  out <- list(type = other_type, null = NULL, list = list(x), emptied = x[0])
  if (is.null(x)) {
    return(list(type = 1, list = list()))
  }
  if (is.list(x)) {
    extra <- x
    extra[["extra"]] <- 1
    twice <- c(x, x[1])
    return(c(out, list(extra = extra, twice = twice, unnamed = unname(x), shorter = x[-1])))
  }
  first <- function(value) replace(x, 1, value)
  out$longer <- c(x, x[length(x)])
  out$shorter <- x[-1]
  if (is.matrix(x)) out$transposed <- t(x)
  if (is.matrix(x)) out$flat <- as.vector(x)
  out$named <- if (is.null(dim(x)) && length(x) > 0) stats::setNames(x, letters[seq_along(x)])
  if (length(x) == 0) {
    return(out)
  }
  c(out, switch(typeof(x),
    double = list(missing = first(NA_real_), `not a number` = first(NaN), infinite = first(-Inf),
      huge = first(1e300), negative = first(-1e300), whole = array_like(as.integer, x)),
    integer = list(missing = first(NA_integer_), huge = first(.Machine$integer.max),
      negative = first(-7L), double = array_like(as.double, x)),
    logical = list(missing = first(NA), number = as.integer(x)),
    character = list(missing = first(NA_character_)),
    raw = list(number = as.integer(x))
  ))
}

array_like <- function(as_type, x) `attributes<-`(suppressWarnings(as_type(x)), attributes(x))

# `values` with that at `place` changed.
with_value <- function(values, place, value) {
  if (length(place) == 0) {
    return(value)
  }
  values[place[1]] <- list(with_value(values[[place[1]]], place[-1], value))
  values
}

# Trees with one entry less, or under another name.
without <- function(values, place) {
  parent <- place[-length(place)]
  whole <- if (length(parent) == 0) values else values[[parent]]
  last <- place[length(place)]
  renamed <- whole
  if (!is.null(names(whole))) names(renamed)[last] <- "another"
  out <- list(removed = with_value(values, parent, whole[-last]))
  if (!is.null(names(whole))) out$renamed <- with_value(values, parent, renamed)
  out
}

path_of <- function(values, place) {
  names <- character()
  for (i in place) {
    names <- c(names, if (is.null(names(values))) as.character(i) else names(values)[i])
    values <- values[[i]]
  }
  paste(names, collapse = "$")
}

# Every tree that has one damage, named by place and damage. Of lists without names, and of entries
# alike, the first `most` are damaged.
damaged_trees <- function(values, most = 2) {
  places <- Filter(function(place) all(unnamed_places(values, place) <= most), places_of(values))
  trees <- lapply(places, function(place) {
    x <- values[[place]]
    changed <- lapply(damaged_values(x), function(value) with_value(values, place, value))
    changed <- c(Filter(function(tree) !identical(tree, values), changed), without(values, place))
    stats::setNames(changed, paste(path_of(values, place), names(changed), sep = ": "))
  })
  unlist(trees, recursive = FALSE)
}

unnamed_places <- function(values, place) {
  out <- integer()
  for (i in place) {
    if (is.null(names(values))) out <- c(out, i)
    values <- values[[i]]
  }
  out
}

# Errors get no backtraces while `env` runs: of thousands of them, these took half of the time.
local_no_traces <- function(env = parent.frame()) {
  withr::local_options("rlang:::disable_trace_capture" = TRUE, .local_envir = env)
}

# What becomes of a file of `values` with the header of `fit`: "refused", "read" (also where new
# data do not fit what is then another fit), or what went wrong.
outcome_of <- function(values, fit, path, use) {
  kind <- model_kind(fit)
  write_model_values(values, kind, path, length(fitted_samples(fit)), NROW(fitted_variants(fit)))
  tryCatch({
    again <- read_model(path)
    utils::capture.output(print(again))
    for (verb in c(generics::glance, generics::tidy)) suppressMessages(verb(again))
    suppressMessages(use(again))
    "read"
  },
  forebear_error_model_file = function(condition) "refused",
  forebear_error_internal = function(condition) conditionMessage(condition),
  forebear_error = function(condition) "read",
  warning = function(condition) conditionMessage(condition),
  error = function(condition) paste(class(condition)[1], conditionMessage(condition)))
}

# Names of damages that are not refused, which must do no harm.
accepted_damages <- function(fit, use) {
  local_no_traces()
  path <- withr::local_tempfile()
  trees <- damaged_trees(plain_value(once_in_file(fit)))
  outcomes <- vapply(trees, outcome_of, "", fit, path, use)
  strange <- !outcomes %in% c("refused", "read")
  testthat::expect_identical(unname(outcomes[strange]), character(),
    info = paste(names(outcomes)[strange], collapse = "\n"))
  testthat::expect_gt(mean(outcomes == "refused"), 0.9)
  names(outcomes)[outcomes == "read"]
}

# Of every tree that has one damage of `values` (see `damaged_trees()`), kept as a piece of a
# checkpoint of that kind: whether it is refused in words or read, and at least 85 % are refused.
expect_piece_damages_refused <- function(values, what) {
  path <- withr::local_tempfile()
  outcomes <- vapply(damaged_trees(values), function(tree) {
    write_model_values(tree, "checkpoint", path)
    tryCatch({
      read_checkpoint(path, piece_file_rule(what), NULL)
      "read"
    }, forebear_error_checkpoint = function(condition) "refused", condition = conditionMessage)
  }, "")
  testthat::expect_setequal(outcomes, c("refused", "read"))
  testthat::expect_gt(mean(outcomes == "refused"), 0.85)
}
