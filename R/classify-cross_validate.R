#' Cross-validate ancestry classifiers
#'
#' Hides the labels of a part of the samples, learns from the others, and compares what is predicted
#' with what was hidden; part by part, for every setting of a grid, several times over.
#'
#' Samples are divided into `folds` parts, every population evenly. Everything that is learned from
#' data is learned from the other parts alone: for [genotypes] the components too, on which the
#' hidden samples are then projected like any new sample; for a matrix what its columns are prepared
#' with. (A [pca()] fit has seen all samples; give the genotypes.) Predictions of all parts are put
#' together, and F1 is computed for every population and repeat: the harmonic mean of precision
#' and recall (equation 7 of the paper averages it over repeats). The score of a setting is the mean
#' over populations, weighted by their sizes, and over repeats (equation 8).
#'
#' A sample with a relative in another part is recognized by it. Five siblings in each of twelve
#' families of three populations at an Fst of .005 had an F1 of 1, where unrelated samples have .45.
#' `n_related` of [glance()] and a message of class `forebear_message_relatives` say how many
#' samples of [genotypes] have one (kinship above 0.0884 by two standard errors). Leave them out
#' with [unrelated()].
#'
#' The score of the best setting of a grid is a little too good, as it was chosen by that score.
#' `nested = TRUE` chooses the setting again for every part, by cross-validation among the others,
#' so that the score is of the whole procedure.
#'
#' Local ancestry is cross-validated by
#' [the method for reference panels][cross_validate.forebear_reference_panel].
#'
#' @param x [genotypes], or a numeric matrix with one row per sample.
#' @param labels As in [classify()]; samples without a label take no part.
#' @param method As in [classify()]. With settings of its own, such as `svm(cost = 10)`, `grid` may
#'   be left out: these settings are validated.
#' @param grid Settings to compare: a data frame with one row per combination and columns named like
#'   settings of the method (`neighbors` of [knn()]; `cost` of [svm()]; `nodes`, `rbf`,
#'   `regularization`, `width`, `max_iter`, `init_variance` of [gtm_settings()]), `num_comp` or
#'   `dims`; what it does not name is as `method` has it. `NULL` for those of the paper: 1 to 10
#'   neighbors on 2 components; costs of 2^-5 to 2^10; 16 x 16 nodes, 4 x 4 functions,
#'   regularization 0.1, width 0.3.
#' @param folds Parts; by default no more than the smallest population has samples, which a message
#'   of class `forebear_message_adapted` says.
#' @param repeats How many times samples are divided into parts, at random each time.
#' @param priors `"equal"` or `"observed"`, as in [classify()].
#' @param nested Whether to choose the setting within each part.
#' @param ... Further arguments of [classify()]: `num_comp`, `preprocessing` and `label_column`;
#'   those of [preprocessing()] by their old names (`dims`, `impute`, `center`, `scale`), with a
#'   message of class `forebear_message_deprecated`. Elsewhere it must be empty.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_cross_validation`. [tidy()] gives
#'
#' * `matrix = "classes"`: one row per setting, population and repeat: the columns of the grid,
#'   `population`, `n_samples`, `repeat`, `f1`, `precision`, `recall`;
#' * `matrix = "settings"`: one row per setting: the columns of the grid, `f1`, `f1_least`,
#'   `f1_largest` (over repeats), `accuracy`, `log_loss` (mean of -log probability of the true
#'   population, in nats), `best`;
#' * `matrix = "table"`: one row per population, `n_samples` and `f1` of the best setting, averaged
#'   over repeats, and last the whole, `"overall"`; with `compare` the tables of all runs, one below
#'   the other, beside the column `run`;
#' * `matrix = "predictions"`: one row per sample and repeat, of the best setting: `sample_id`,
#'   `population`, `repeat`, `.pred_class`, `.pred_<population>`.
#'
#' [glance()] gives one row: `method`, `f1`, `accuracy`, `log_loss`, `n_samples`, `n_populations`,
#' `folds`, `repeats`, `nested`, the best setting and `n_related` (samples with a relative among
#' those with labels; `NA` where that was not examined: a matrix, fewer than 1,000 variants or more
#' than 5,000 samples). [autoplot()] draws the F1 of each population,
#' or of each setting. With `nested`, `"classes"` and `"settings"` have the column `nested` instead
#' of settings.
#' @section Errors:
#' `forebear_error_fold_count` for more parts than the smallest population has samples, or parts
#' that leave too few of them to learn from; `forebear_error_population_name` for a population
#' called "overall"; those of [classify()]; `forebear_error_argument`.
#' @references Gaspar H. A. and Breen G. (2019), BMC Bioinformatics 20:116.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' scores <- tidy(pca(genotypes, num_comp = 3))
#' scores <- matrix(scores$value, ncol = 3, dimnames = list(unique(scores$sample_id), NULL))
#' labels <- read.delim(example_data("labels"))
#' cv <- cross_validate(scores, labels, method = "knn", repeats = 2)
#' tidy(cv, matrix = "settings")
#' tidy(cv, matrix = "table")
#' @export
cross_validate <- function(x, ...) UseMethod("cross_validate")

#' @rdname cross_validate
#' @export
cross_validate.default <- function( # nolint: object_name_linter. A method.
    x, labels, method = c("gtm", "knn", "svm"), grid = NULL, folds = 5, repeats = 10,
    priors = c("equal", "observed"), nested = FALSE, ..., seed = 1, threads = NULL) {
  call <- rlang::current_env()
  further <- take_arguments(list(...), "cross_validate", moved_into_preprocessing(),
    c("num_comp", "preprocessing", "label_column"))
  how <- list(method = method, priors = priors, further = further, threads = threads, seed = seed,
    widened = FALSE)
  cv <- cross_validate_scores(x, labels, grid, if (!missing(folds)) folds, repeats, nested, how,
    call)
  cv$n_related <- related_in_parts(x, cv$labeled, threads)
  inform_related_parts(cv)
  cv
}

# Most samples among which relatives are looked for, and most variants by which where there are more
# than half as many samples.
most_validated <- 5000
fewer_kinship_variants <- 5000

# Samples with a relative among those with labels; NA where that is not known. `labeled`: as
# new_cross_validation() has it.
related_in_parts <- function(x, labeled, threads) {
  if (!inherits(x, "forebear_genotypes")) {
    return(NA_integer_)
  }
  answered <- x$samples$sample_id %in% labeled$sample_id[labeled$answered]
  n_variants <- if (sum(answered) > most_validated / 2) fewer_kinship_variants else
    most_kinship_variants
  related_in_fit(x, answered, check_threads(threads), most_validated, n_variants)
}

# A sample whose relative is in the other parts is recognized by it, as no new sample would be.
inform_related_parts <- function(cv) {
  if (isTRUE(cv$n_related > 0)) {
    inform_forebear("relatives", c(
      "Relatives in different parts make the scores too good.",
      x = sprintf("%s of %s a relative in the data (kinship above %g).", big(cv$n_related),
        paste(counted(length(cv$group), "sample"), if (cv$n_related == 1) "has" else "have"),
        related_kinship),
      i = "Leave them out with `unrelated()`."
    ))
  }
}

# `folds`: NULL for the default. `how`: method, priors, threads and seed as the user gave them;
# further: num_comp, preprocessing, label_column, and settings of preprocessing by their old names;
# widened: whether predictions allow for what missing genotypes leave open of scores.
cross_validate_scores <- function(x, labels, grid, folds, repeats, nested, how, call) {
  further <- how$further
  learner <- check_method(how$method, names(classifier_kinds), list(), call)
  method <- learner$method
  priors <- check_choice(how$priors, "priors", c("equal", "observed"), call)
  nested <- check_flag(nested, "nested", call)
  threads <- check_threads(how$threads, call)
  seed <- check_seed(how$seed, call)
  options <- score_options(further[["num_comp"]], further[["preprocessing"]], further, call)
  sample_id <- samples_to_hide(x, call)
  if (inherits(x, "forebear_genotypes")) x <- without_sex_chromosomes(x, call = call)
  label <- match_labels(labels, sample_id, further[["label_column"]], call)
  if (learner$given) grid <- grid %||% grid_of_settings(learner)
  check_grid(grid, method, options, call)
  answered <- answered_to_hide(x, label, most_components_of(options, grid), threads, call)
  group <- population_factor(replace(label, !answered, NA), call)
  check_population_names(levels(group), "overall", call)
  folds <- folds %||% adapted_folds(5, group)
  folds <- check_folds(folds, group, call)
  repeats <- check_count(repeats, "repeats", call = call)
  grid <- grid %||% default_grid(method, sum(!is.na(group)), folds)
  grid <- check_grid(grid, method, options, call)
  check_what_is_left(folds, group, method, nested && nrow(grid) > 1, call)
  known <- which(!is.na(group))
  data <- list(x = x[known, , drop = FALSE], group = group[known], sample_id = sample_id[known])
  # Messages name the samples, wherever the parts have put them.
  if (is.matrix(x)) {
    rownames(data$x) <- data$sample_id
    if (identical(options$impute %||% "none", "none")) check_finite(data$x, call)
  }
  how <- list(method = method, learner = learner, priors = priors, options = options,
    folds = folds, threads = threads, seed = seed, widened = how$widened)
  predictions <- recorded(with_round_bar(repeats * folds, function(tick) {
    lapply(seq_len(repeats), function(turn) {
      predict_hidden(data, grid, how, seed + turn - 1, nested, tick, call)
    })
  }))
  warn_first(predictions$warnings, call)
  labeled <- tibble::tibble(sample_id, population = as.character(label), answered)
  new_cross_validation(predictions$value, data, grid, how, nested, labeled[!is.na(label), ])
}

# A grid of the settings that `method` has, instead of those of the paper.
grid_of_settings <- function(learner) {
  switch(learner$method,
    gtm = data.frame(learner$map[c("nodes", "rbf", "regularization", "width")]),
    knn = data.frame(neighbors = learner$neighbors %||% 8L),
    svm = data.frame(cost = learner$cost)
  )
}

# [n_samples] whether a sample has what it can be classified by; labeled ones without are named.
answered_to_hide <- function(x, label, n_comp, threads, call) {
  why <- if (is.matrix(x)) {
    ifelse(is_answered(x), NA, no_scores_reason)
  } else {
    why_without_answer(x, n_comp, threads, call = call)
  }
  lost <- !is.na(why) & !is.na(label)
  warn_unanswered(samples_to_hide(x, call)[lost], why[lost], call)
  is.na(why)
}

most_components_of <- function(options, grid) {
  max(options$num_comp %||% 10, if (is.data.frame(grid)) unlist(grid$num_comp))
}

# Haplotypes of a panel are hidden by the methods for panels.
check_no_haplotypes <- function(x, call) {
  if (inherits(x, "forebear_haplotypes")) {
    abort_forebear("argument", c(
      "`x` must be a reference panel, genotypes or a numeric matrix, one row per sample.",
      x = "It is haplotypes, without populations.",
      i = "`reference_panel(x, labels)` makes a panel of them, which has a method of its own."
    ), call)
  }
}

samples_to_hide <- function(x, call) {
  check_no_haplotypes(x, call)
  if (inherits(x, "forebear_genotypes")) {
    return(x$samples$sample_id)
  }
  if (inherits(x, "forebear_pca")) {
    abort_forebear("argument", c(
      "Components must be found without the samples that are hidden.",
      x = "`x` is a `pca()` fit, which has seen all samples.",
      i = "Give the genotypes, or, to accept it, a matrix of scores."
    ), call)
  }
  check_sample_matrix(x, "x", call)
  row_sample_id(x)
}

adapted_folds <- function(folds, group) {
  size <- table(group)
  least <- which.min(size)
  adapted("folds", folds, size[[least]], 2,
    sprintf("%s of %s", counted(size[[least]], "sample"), quoted(names(size)[least])))
}

# The settings of the paper, as far as samples that are not hidden allow.
default_grid <- function(method, n_samples, folds) {
  n_seen <- n_samples - ceiling(n_samples / folds)
  if (method == "knn" && n_seen < 10) data.frame(neighbors = seq_len(max(n_seen, 1)))
}

check_folds <- function(folds, group, call) {
  folds <- check_count(folds, "folds", min = 2, call = call)
  size <- tabulate(group, nlevels(group))
  if (folds > min(size)) {
    smallest <- which.min(size)
    abort_forebear("fold_count", c(
      "`folds` must be at most the size of the smallest population.",
      x = sprintf("It is %d, and \"%s\" has %s.", folds, levels(group)[smallest],
        counted(size[smallest], "sample")),
      i = "Leave small populations out, or merge them."
    ), call)
  }
  folds
}

# Hiding a part must leave what the method learns from: two samples of every population for
# an SVM, which holds one out, and for another cross-validation among them.
check_what_is_left <- function(folds, group, method, nested, call) {
  least <- if (method == "svm") 2L else 1L
  size <- tabulate(group, nlevels(group))
  left <- size - ceiling(size / folds)
  if (nested) {
    inner <- pmin(folds, min(left))
    least <- 2L
    if (method == "svm" && min(left) >= 2) {
      left <- left - ceiling(left / inner)
    }
  }
  smallest <- which.min(left)
  if (left[smallest] < least) {
    abort_forebear("fold_count", c(
      sprintf("%s needs at least %d samples of every population outside each part.",
        if (nested) "`nested = TRUE`" else "method = \"svm\"", least),
      x = sprintf("Of the %s of \"%s\" %s left.", counted(size[smallest], "sample"),
        levels(group)[smallest], verb(left[smallest])),
      i = "Raise `folds`, leave small populations out, or merge them."
    ), call)
  }
}

# Settings of the paper, or those of the user.
check_grid <- function(grid, method, options, call) {
  grid <- grid %||% switch(method,
    gtm = data.frame(nodes = 16, rbf = 4, regularization = 0.1, width = 0.3),
    knn = data.frame(neighbors = 1:10),
    svm = data.frame(cost = 2^(-5:10))
  )
  own <- c(list(gtm = names_of_map_settings, knn = "neighbors", svm = "cost")[[method]], "dims",
    "num_comp")
  if (!is.data.frame(grid) || nrow(grid) == 0 || ncol(grid) == 0) {
    abort_forebear("argument", c("`grid` must be a data frame with one row per setting.",
      x = found(grid)), call)
  }
  unknown <- setdiff(names(grid), own)
  both <- intersect(names(grid), names(Filter(Negate(is.null), options)))
  if (length(unknown) > 0 || length(both) > 0) {
    abort_forebear("argument", c(
      sprintf("The columns of `grid` must be settings of method = \"%s\", given nowhere else.",
        method),
      x = sprintf("It has %s.", quoted(c(unknown, both))),
      i = sprintf("Settings are %s.", quoted(own, FALSE) |> paste(collapse = ", "))
    ), call)
  }
  # expand.grid() makes factors of text.
  is_factor <- vapply(grid, is.factor, NA)
  grid[is_factor] <- lapply(grid[is_factor], as.character)
  tibble::as_tibble(grid)
}

# For each setting [n_samples x n_populations] probabilities of samples that were hidden, and
# `.pred_class` codes. With `nested` one setting stands for all.
predict_hidden <- function(data, grid, how, seed, nested, tick, call) {
  n <- nlevels(data$group)
  fold <- folds_of(data$group, how$folds, seed)
  n_settings <- if (nested) 1 else nrow(grid)
  answers <- lapply(seq_len(n_settings), function(setting) {
    list(p = matrix(0, length(fold), n), class = integer(length(fold)), chosen = NULL)
  })
  for (part in seq_len(how$folds)) {
    hidden <- which(fold == part)
    training <- part_of(data, which(fold != part))
    part_grid <- grid
    if (nested) {
      best <- best_setting(training, grid, how, seed, call)
      part_grid <- grid[best, ]
      answers[[1]]$chosen <- c(answers[[1]]$chosen, best)
    }
    predicted <- predict_part(training, data$x[hidden, , drop = FALSE], part_grid, how, call)
    for (setting in seq_len(n_settings)) {
      answers[[setting]]$p[hidden, ] <- predicted[[setting]]$p
      answers[[setting]]$class[hidden] <- predicted[[setting]]$class
    }
    tick()
  }
  answers
}

folds_of <- function(group, folds, seed) {
  answer(rust_stratified_folds(as.integer(group), folds, seed))
}

part_of <- function(data, rows) {
  list(x = data$x[rows, , drop = FALSE], group = data$group[rows], sample_id = data$sample_id[rows])
}

# The setting with the highest score among the training samples alone.
best_setting <- function(training, grid, how, seed, call) {
  if (nrow(grid) == 1) {
    return(1L)
  }
  how$folds <- min(how$folds, min(tabulate(training$group)))
  inner <- predict_hidden(training, grid, how, seed, FALSE, function() NULL, call)
  score <- vapply(inner, function(answer) {
    weighted_f1(class_scores(answer$class, training$group))
  }, 0)
  which.max(score)
}

# p and class of the hidden samples for each setting. Components are found once for all settings
# with the same number of components.
predict_part <- function(training, hidden, grid, how, call) {
  spaces <- list()
  lapply(seq_len(nrow(grid)), function(setting) {
    own <- as.list(grid[setting, ])
    options <- how$options
    options[intersect(names(own), c("dims", "num_comp"))] <-
      own[intersect(names(own), c("dims", "num_comp"))]
    key <- paste(format(unlist(options[c("dims", "num_comp")])), collapse = " ")
    if (is.null(spaces[[key]])) {
      space <- space_to_classify(training$x, how$method, options, how$threads, call)
      spaces[[key]] <<- list(space = space,
        hidden = into_space(space, hidden, 0.8, "same", how$threads, call,
          errors = isTRUE(how$widened)))
    }
    there <- spaces[[key]]
    fit <- quick_classifier(there$space, training$group, own, how, call)
    answer <- class_probabilities(fit, there$hidden$scores, how$threads, call = call)
    if (isTRUE(how$widened)) {
      answer$p <- widened_probabilities(answer$p, fit, there$hidden, how$threads, call)
    }
    list(p = unname(answer$p), class = most_probable(answer$p, answer$tie))
  })
}

# `own`: a row of the grid, beside which stand the settings of `method`.
quick_classifier <- function(space, group, own, how, call) {
  learner <- how$learner
  if (!is.null(own$neighbors)) {
    learner$neighbors <- check_count(own$neighbors, "neighbors", call = call)
  }
  if (!is.null(own$cost)) learner$cost <- check_cost(own$cost, call)
  map <- replace(learner$map, intersect(names(own), names_of_map_settings),
    own[intersect(names(own), names_of_map_settings)])
  learner$map <- unclass(rlang::exec(new_gtm_settings, !!!map, call = call))
  settings <- learning_settings(learner, how$seed, how$threads)
  fit <- classifier_fit(space, group, how$method, settings, call = call)
  prior <- check_priors(how$priors, group, call)
  new_classifier(fit, how$method, space, group, prior, NULL, settings)
}

# precision, recall, f1 [n_populations] of predicted codes; 0 for a population that no sample is
# called, or that no sample belongs to.
class_scores <- function(class, group) {
  n <- nlevels(group)
  confusion <- table(factor(class, seq_len(n)), factor(as.integer(group), seq_len(n)))
  hit <- diag(confusion)
  called <- rowSums(confusion)
  size <- colSums(confusion)
  tibble::tibble(
    population = levels(group), n_samples = as.integer(size),
    f1 = as.vector(ifelse(called + size > 0, 2 * hit / (called + size), 0)),
    precision = as.vector(ifelse(called > 0, hit / called, 0)),
    recall = as.vector(ifelse(size > 0, hit / size, 0))
  )
}

weighted_f1 <- function(scores) sum(scores$f1 * scores$n_samples) / sum(scores$n_samples)

# `predictions`: for each repeat what predict_hidden() gives. `labeled`: sample_id, population and
# whether it is `answered`, of all samples with a label; those that are make up `data`.
new_cross_validation <- function(predictions, data, grid, how, nested, labeled) {
  shown <- if (nested) tibble::tibble(nested = TRUE) else grid
  rows <- expand.grid(turn = seq_along(predictions), setting = seq_len(nrow(shown)))
  parts <- lapply(seq_len(nrow(rows)), function(row) {
    answer <- predictions[[rows$turn[row]]][[rows$setting[row]]]
    scores <- class_scores(answer$class, data$group)
    own <- answer$p[cbind(seq_along(data$group), as.integer(data$group))]
    list(
      classes = vctrs::vec_cbind(vctrs::vec_rep(shown[rows$setting[row], ], nrow(scores)),
        scores[1:2], tibble::tibble(`repeat` = rows$turn[row]), scores[3:5]),
      f1 = weighted_f1(scores), accuracy = mean(answer$class == as.integer(data$group)),
      log_loss = -mean(log(pmax(own, 1e-15)))
    )
  })
  of <- function(name, summary) {
    as.vector(tapply(vapply(parts, `[[`, 0, name), rows$setting, summary))
  }
  settings <- vctrs::vec_cbind(shown, tibble::tibble(f1 = of("f1", mean), f1_least = of("f1", min),
    f1_largest = of("f1", max), accuracy = of("accuracy", mean), log_loss = of("log_loss", mean)))
  best <- which.max(settings$f1)
  settings$best <- seq_len(nrow(settings)) == best
  x <- list(
    classes = vctrs::vec_rbind(!!!lapply(parts, `[[`, "classes")), settings = settings,
    best = best, predictions = lapply(predictions, `[[`, best), group = data$group,
    sample_id = data$sample_id, labeled = labeled, grid = grid, n_settings = nrow(shown),
    how = how[c("method", "priors", "folds")], nested = nested
  )
  structure(x, class = "forebear_cross_validation")
}

# One bar for rounds that run in R. `tick(n)`: so much more is done.
with_round_bar <- function(total, work) {
  if (!shows_progress()) {
    return(work(function(n = 1) NULL))
  }
  bar <- cli::cli_progress_bar("cross-validating", total = total, format = bar_format,
    auto_terminate = FALSE, .auto_close = FALSE)
  on.exit(cli::cli_progress_done(id = bar))
  # The bar of a round would fight with this one.
  old <- options(forebear.progress = FALSE)
  on.exit(options(old), add = TRUE)
  work(function(n = 1) cli::cli_progress_update(inc = n, id = bar))
}

#' @rdname cross_validate
#' @param object Of class `forebear_cross_validation`.
#' @param matrix What to tidy.
#' @export
tidy.forebear_cross_validation <- function(
    x, matrix = c("classes", "settings", "table", "predictions"), ..., compare = NULL) {
  check_no_dots(...)
  call <- rlang::current_env()
  choices <- c("classes", "settings", "table", "predictions")
  matrix <- check_choice(matrix, "matrix", choices, call)
  if (!is.null(compare)) {
    return(compared_table(x, matrix, check_compared(compare, call), call))
  }
  switch(matrix,
    classes = x$classes,
    settings = x$settings,
    table = score_table(x),
    predictions = predictions_table(x)
  )
}

# The rows of the best setting.
best_classes <- function(x) {
  n <- nlevels(x$group) * length(x$predictions)
  x$classes[(x$best - 1) * n + seq_len(n), ]
}

score_table <- function(x) {
  classes <- best_classes(x)
  f1 <- tapply(classes$f1, factor(classes$population, levels(x$group)), mean)
  tibble::tibble(
    population = c(levels(x$group), "overall"),
    n_samples = c(tabulate(x$group), length(x$group)),
    f1 = c(as.vector(f1), x$settings$f1[x$best])
  )
}

# The table of several runs, one below the other, with the column `run`.
compared_table <- function(x, matrix, compare, call) {
  if (matrix != "table") {
    abort_forebear("argument", c("`compare` is for `matrix = \"table\"`.",
      x = sprintf("`matrix` is \"%s\".", matrix)), call)
  }
  runs <- c(stats::setNames(list(x), x$how$method), compare)
  tables <- lapply(names(runs), function(name) {
    vctrs::vec_cbind(tibble::tibble(run = name), score_table(runs[[name]]))
  })
  vctrs::vec_rbind(!!!tables)
}

predictions_table <- function(x) {
  populations <- levels(x$group)
  tables <- lapply(seq_along(x$predictions), function(turn) {
    answer <- x$predictions[[turn]]
    answered <- x$labeled$answered
    p <- `colnames<-`(with_unanswered(answer$p, answered), populations)
    tibble::tibble(x$labeled[c("sample_id", "population")], `repeat` = turn,
      .pred_class = populations[with_unanswered(answer$class, answered)], probability_columns(p))
  })
  vctrs::vec_rbind(!!!tables)
}

#' @rdname cross_validate
#' @export
glance.forebear_cross_validation <- function(x, ...) {
  check_no_dots(...)
  best <- x$settings[x$best, ]
  own <- if (!x$nested) x$grid[x$best, ]
  vctrs::vec_cbind(
    tibble::tibble(method = x$how$method, f1 = best$f1, accuracy = best$accuracy,
      log_loss = best$log_loss, n_samples = length(x$group), n_populations = nlevels(x$group),
      folds = x$how$folds, repeats = length(x$predictions), nested = x$nested),
    own, tibble::tibble(n_related = x$n_related %||% NA_integer_)
  )
}

#' @export
print.forebear_cross_validation <- function(x, ...) {
  glanced <- glance(x)
  setting <- if (x$nested) {
    "settings chosen within each part"
  } else {
    paste(sprintf("%s = %s", names(x$grid), vapply(x$grid[x$best, ], format, "")),
      collapse = ", ")
  }
  lines <- c(
    sprintf("<cross_validation> %s: %s of %s, %d folds, %s", x$how$method,
      counted(glanced$n_populations, "population"), counted(glanced$n_samples, "sample"),
      x$how$folds, counted(glanced$repeats, "repeat")),
    sprintf("weighted F1 %.4f, accuracy %.4f, log loss %.4f", glanced$f1, glanced$accuracy,
      glanced$log_loss),
    sprintf("%s (of %s)", setting, counted(nrow(x$grid), "setting")),
    if (isTRUE(x$n_related > 0)) {
      sprintf("DOUBTFUL: %s with a relative in the data", counted(x$n_related, "sample"))
    }
  )
  cat(lines, sep = "\n")
  invisible(x)
}

#' @rdname cross_validate
#' @param type `"populations"`: F1 of each population with the best setting, a dot for each repeat,
#'   one colour for each of several cross-validations. `"settings"`: F1 of each setting.
#' @param compare Of `type = "populations"` and `matrix = "table"`, further cross-validations to put
#'   beside this one, a list named by what to call them.
#' @rawNamespace S3method(ggplot2::autoplot, forebear_cross_validation)
autoplot.forebear_cross_validation <- function( # nolint: object_name_linter.
    object, type = c("populations", "settings"), ..., compare = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  type <- check_choice(type, "type", c("populations", "settings"), call)
  if (type == "settings") {
    return(plot_settings(object))
  }
  plot_populations(c(stats::setNames(list(object), object$how$method),
    check_compared(compare, call)))
}

check_compared <- function(compare, call) {
  is_one <- vapply(compare, inherits, NA, "forebear_cross_validation")
  if (!is.null(compare) && (!is.list(compare) || is.null(names(compare)) || !all(is_one))) {
    abort_forebear("argument", c("`compare` must be a named list of cross-validations.",
      x = found(names(compare))), call)
  }
  compare
}

plot_populations <- function(runs) {
  name <- factor(rep(names(runs), vapply(runs, function(run) nrow(best_classes(run)), 1L)),
    names(runs))
  data <- vctrs::vec_rbind(!!!lapply(unname(runs), function(run) {
    best_classes(run)[c("population", "f1")]
  }))
  data$run <- name
  data$population <- factor(data$population, levels(runs[[1]]$group))
  dodge <- ggplot2::position_dodge(width = 0.6)
  ggplot2::ggplot(data, ggplot2::aes(.data$population, .data$f1, colour = .data$run)) +
    ggplot2::geom_point(position = dodge, size = 0.9, alpha = 0.5, shape = 16) +
    ggplot2::stat_summary(fun = mean, geom = "point", position = dodge, shape = 95, size = 6) +
    ggplot2::scale_colour_manual(
      values = stats::setNames(palette_colours(length(runs), NULL), names(runs)),
      guide = if (length(runs) == 1) "none" else ggplot2::guide_legend(title = NULL)
    ) +
    ggplot2::scale_y_continuous(limits = c(0, 1)) +
    ggplot2::labs(x = NULL, y = "F1") +
    theme_forebear() +
    ggplot2::theme(axis.text.x = ggplot2::element_text(angle = 90, hjust = 1, vjust = 0.5))
}

plot_settings <- function(x) {
  varied <- names(x$grid)[vapply(x$grid, function(column) length(unique(column)) > 1, NA)]
  is_number <- length(varied) == 1 && !x$nested && is.numeric(x$grid[[varied]])
  data <- x$settings
  data$setting <- if (is_number) {
    # Each by itself: together they would all have the digits of the least.
    name <- function(value) vapply(value, format, "", digits = 4)
    factor(name(data[[varied]]), name(sort(unique(data[[varied]]))))
  } else {
    factor(seq_len(nrow(data)))
  }
  ggplot2::ggplot(data, ggplot2::aes(.data$setting, .data$f1)) +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$f1_least, ymax = .data$f1_largest),
      colour = "grey50", linewidth = 0.4) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$best), size = 2) +
    ggplot2::scale_colour_manual(values = c(`TRUE` = ancestry_palette[[4]],
      `FALSE` = ancestry_palette[[2]]), guide = "none") +
    ggplot2::labs(x = if (is_number) varied else "Setting", y = "Weighted F1") +
    theme_forebear() +
    ggplot2::theme(axis.text.x = ggplot2::element_text(angle = if (nrow(data) > 12) 90 else 0))
}
