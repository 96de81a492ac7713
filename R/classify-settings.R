#' Settings of classifiers
#'
#' The methods of [classify()], [cross_validate()] and [audit_labels()] with settings of their own:
#' `classify(x, labels, method = svm(cost = 10))`. `method = "svm"` is `svm()`, `method = "knn"` is
#' `knn()`, `method = "gtm"` is `gtm_settings()`. [gtm()] takes `gtm_settings()` too, and the
#' windows of [local_ancestry()] take `svm()`: see [window_settings()].
#'
#' `NULL` is the default of the function that takes the settings.
#'
#' @param cost Of `svm()`, the penalty of a sample on the wrong side of a margin, above 0, at most
#'   1e6. By default 1 in [classify()], 10 in [local_ancestry()]; there, with
#'   `multiclass = "joint"`, it is that of half a squared residual, from 1e-6 to 1000. Lower it
#'   where labels are noisy; choose it by [cross_validate()].
#' @param kernel `"string"` (the lengths of the runs in which two haplotypes have equal alleles; the
#'   default of [local_ancestry()]) or `"linear"`, the number of equal alleles (in [classify()]
#'   there are scores, and the linear kernel is the only one).
#' @param multiclass How classifiers distinguish several populations. `"joint"`, the default of
#'   [local_ancestry()]: least-squares SVMs of each population against all others, from one
#'   system of equations; its time grows with the third power of the haplotypes of the panel as far
#'   as 10,000 (see `landmarks`), then with the first. `"one_vs_one"`: a support vector machine for
#'   every pair of populations and the majority of their votes, as the 2014 paper; the only one of
#'   [classify()], which couples their probabilities. `"one_vs_rest"`: one for every population.
#' @param landmarks Of [local_ancestry()] with `multiclass = "joint"`: where a window has more than
#'   twice as many different haplotypes, this many of them span the classifiers, evenly chosen from
#'   all populations; all haplotypes are still used in training, and a message of class
#'   `forebear_message_landmarks` says in how many windows. At least 2, by default 5000. More are
#'   more accurate, and take time by their third power and memory by their second. Of a simulated
#'   panel of 5,000 samples of 20 close populations all haplotypes label 0.74 of held-out windows
#'   right, in 24 CPU seconds a window and 0.9 GB for each thread; 2500 landmarks 0.53, in 8, which
#'   is as many as 2,000 samples without landmarks.
#' @param neighbors Of `knn()`, how many of the nearest labeled samples are counted, at least 1. By
#'   default 8, or all labeled samples if they are fewer, which a message of class
#'   `forebear_message_adapted` says. More smooth more; choose it by [cross_validate()].
#' @returns Settings of class `forebear_svm`, `forebear_knn` or `forebear_gtm_settings`. They are
#'   checked here and cannot be changed; [print()] shows them.
#' @section Errors:
#' `forebear_error_argument`, `forebear_error_cost`.
#' @references Suykens J.A.K. & Vandewalle J. (1999), Least squares support vector machine
#'   classifiers. Neural Processing Letters 9, 293-300.
#' @seealso [call_limits()]
#' @family settings
#' @examples
#' svm(cost = 10)
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' classify(genotypes, labels, method = svm(cost = 0.5), num_comp = 4)
#' classify(genotypes, labels, method = knn(neighbors = 5), num_comp = 4)
#' gtm(genotypes, settings = gtm_settings(nodes = 10, init_variance = "max"), num_comp = 4)
#' @name classifier_settings
#' @export
svm <- function(cost = NULL, kernel = NULL, multiclass = NULL, landmarks = NULL) {
  new_svm(cost, kernel, multiclass, landmarks)
}

new_svm <- function(cost = NULL, kernel = NULL, multiclass = NULL, landmarks = NULL,
                    call = rlang::caller_env()) {
  choice <- function(x, name, choices) {
    if (!is.null(x)) check_choice(x, name, choices, call)
  }
  new_settings("svm", list(
    cost = if (!is.null(cost)) check_cost(cost, call),
    kernel = choice(kernel, "kernel", c("string", "linear")),
    multiclass = choice(multiclass, "multiclass", c("joint", "one_vs_one", "one_vs_rest")),
    landmarks = if (!is.null(landmarks)) check_count(landmarks, "landmarks", min = 2, call = call)
  ))
}

check_cost <- function(cost, call) {
  if (!is_number(cost)) {
    abort_forebear("argument", c("`cost` must be one number above 0, at most 1e6.",
      x = found(cost)), call)
  }
  if (cost <= 0 || cost > 1e6) {
    abort_forebear("cost", c("`cost` must be a number above 0, at most 1000000.", x = found(cost)),
      call)
  }
  as.double(cost)
}

#' @rdname classifier_settings
#' @export
knn <- function(neighbors = NULL) new_knn(neighbors)

new_knn <- function(neighbors = NULL, call = rlang::caller_env()) {
  new_settings("knn", list(
    neighbors = if (!is.null(neighbors)) check_count(neighbors, "neighbors", call = call)
  ))
}

# By the name of the method.
classifier_kinds <- c(gtm = "gtm_settings", knn = "knn", svm = "svm")

# Where hyper-parameters went.
moved_into_method <- function(names = c("neighbors", "cost", names_of_map_settings)) {
  c(moved_into("method = knn", intersect(names, "neighbors")),
    moved_into("method = svm", intersect(names, "cost")),
    moved_into("method = gtm_settings", intersect(names, names_of_map_settings)))
}

# What `method` says, a name or settings, and those of the other methods by default:
#
# method     "gtm", "knn" or "svm"
# given      whether it has settings of its own
# settings   of the method, a settings value
# neighbors  or NULL
# cost, map
#
# `choices`: names, the first of which is the default; `old`: settings by their old names.
check_method <- function(method, choices, old, call) {
  old <- only(old, c("neighbors", "cost", names_of_map_settings))
  if (inherits(method, "forebear_settings")) {
    name <- names(classifier_kinds)[match(settings_kind(method), classifier_kinds)]
    if (is.na(name)) refuse_method(method, choices, call)
    refuse_beside_settings(old, "method", settings_kind(method), call)
    given <- stats::setNames(list(method), name)
  } else {
    if (!is.character(method)) refuse_method(method, choices, call)
    name <- check_choice(method, "method", choices, call)
    given <- list()
  }
  map <- given$gtm %||%
    rlang::exec(new_gtm_settings, !!!only(old, names_of_map_settings), call = call)
  svms <- given$svm %||% new_svm(cost = old[["cost"]], call = call)
  check_linear(svms, call)
  nearest <- given$knn %||% new_knn(old[["neighbors"]], call = call)
  list(
    method = name, given = length(given) > 0,
    settings = switch(name, gtm = map, knn = nearest, svm = svms),
    neighbors = nearest$neighbors, cost = svms$cost %||% 1, map = unclass(map)
  )
}

refuse_method <- function(method, choices, call) {
  abort_forebear("argument", c(
    sprintf("`method` must be one of %s, or settings of one: `gtm_settings()`, `knn()`, `svm()`.",
      quoted(choices)),
    x = found_settings(method)
  ), call)
}

# For scores there is one kernel, and one binary SVM per pair of populations.
check_linear <- function(svms, call) {
  own <- list(kernel = "linear", multiclass = "one_vs_one", landmarks = NULL)
  for (name in names(own)) {
    value <- svms[[name]]
    if (!is.null(value) && !identical(value, own[[name]])) {
      abort_forebear("argument", c(
        "Scores are classified by linear support vector machines of pairs of populations.",
        x = sprintf("`%s` of `svm()` is %s, a setting of `local_ancestry()`.", name,
          deparse_value(value)),
        i = "Leave it out."
      ), call)
    }
  }
}

# What limits have a column of predictions that they hold for.
limited_columns <- c(max_outlier = ".outlier", min_applicability = ".applicability",
  min_typicality = ".typicality")

#' When a classifier abstains
#'
#' Settings of [predict()][predict.forebear_classifier] of a classifier, for its argument `limits`:
#' a sample beyond one of them is not called, its `.pred_class` is `NA`.
#'
#' @param max_outlier `NULL` for no limit (the default), or the largest `.outlier`, 0 to 1, of
#'   genotypes alone: 0.99 leaves samples uncalled that no population explains, and about one in a
#'   hundred of those that some does.
#' @param min_applicability `NULL` for no limit (the default), or the least `.applicability`, 0 to
#'   1, of `method = "gtm"` alone: the proportion of the samples of the map that are no better
#'   explained.
#' @param min_typicality `NULL` for no limit (the default), or the least `.typicality`, 0 to 1: 0.05
#'   leaves about one in twenty of those uncalled that belong to the population.
#' @returns Settings of class `forebear_call_limits`. They are checked here and cannot be changed.
#' @section Errors:
#' `forebear_error_argument`.
#' @family settings
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' fit <- classify(genotypes[1:250, ], labels[1:250, ], method = "svm", num_comp = 4)
#' predict(fit, genotypes[251:260, ], strand = "same", limits = call_limits(min_typicality = 0.05))
#' @export
call_limits <- function(max_outlier = NULL, min_applicability = NULL, min_typicality = NULL) {
  new_call_limits(max_outlier, min_applicability, min_typicality)
}

new_call_limits <- function(max_outlier = NULL, min_applicability = NULL, min_typicality = NULL,
                            call = rlang::caller_env()) {
  fields <- list(max_outlier = max_outlier, min_applicability = min_applicability,
    min_typicality = min_typicality)
  new_settings("call_limits", Map(function(value, name) {
    if (!is.null(value)) check_number(value, name, min = 0, max = 1, call = call)
  }, fields, names(fields)))
}
