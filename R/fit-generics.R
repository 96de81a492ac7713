# What R asks of every fit: nobs(), summary(), as.data.frame(), logLik(), residuals(), fitted().

#' R's own questions to fits
#'
#' Every fit answers the generics of base R and 'stats', beside [tidy()], [augment()] and
#' [glance()].
#'
#' `nobs()` is the number of samples that have an answer (of the panel, for [local_ancestry()]).
#' `summary()` is a table: of clusters (`archetype`, `mean_weight`, `n_leading`, the samples of
#' which it is the largest weight, and `n_unadmixed`, those of which it is 0.95 or more), of
#' components (as `tidy(matrix = "eigenvalues")`), of populations of a classifier (`population`,
#' `n_samples`), of ancestries of calls (`ancestry`, `proportion`, `std_error` over samples), and
#' else what [glance()] gives.
#' `as.data.frame()` has a row per sample, `sample_id` and its weights, scores or places; of what is
#' no fit of samples it is the table of [tidy()].
#'
#' `logLik()` of [admixture()] is that of the genotypes, without the penalty, with
#' n (k - 1) + m k degrees of freedom for n samples and m variants, so that `AIC()` works; many of
#' them are at the border of what is allowed, so that `AIC()` counts too many. Of [gtm()] it is the
#' sum over samples, with a weight per basis function (and a constant) and component, and one
#' variance.
#'
#' `fitted()` of [archetypes()] are the scores that weights and archetypes give, `residuals()` those
#' of the fit less these: a row per sample, `NA` where it has no answer. What [admixture()] leaves
#' is in genotypes, as many as there are samples and variants, and is not computed whole.
#'
#' @param object,x A fit.
#' @param row.names,optional Not used.
#' @param ... Must be empty.
#' @returns As said above: a number, a tibble, a data frame, an object of class `logLik`, matrices.
#' @section Errors:
#' `forebear_error_argument` for `fitted()` and `residuals()` of [admixture()].
#' @seealso [plot.forebear]
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 4)
#' nobs(fit)
#' summary(fit)
#' head(as.data.frame(fit))
#' AIC(admixture(genotypes, k = 3), admixture(genotypes, k = 4))
#' @name fit_generics
NULL

#' @rdname fit_generics
#' @importFrom stats nobs
#' @export
nobs.forebear_archetypes <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sum(is_answered(object$q))
}

#' @export
nobs.forebear_q_matrix <- nobs.forebear_archetypes # nolint: object_name_linter.

#' @export
nobs.forebear_pca <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sum(is_answered(object$scores))
}

#' @export
nobs.forebear_embedding <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sum(is_answered(object$places))
}

#' @export
nobs.forebear_gtm <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sum(object$space$answered)
}

#' @export
nobs.forebear_local_ancestry <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  as.integer(generics::glance(object)$n_samples)
}

#' @export
nobs.forebear_classifier <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sum(object$size)
}

#' @rdname fit_generics
#' @export
summary.forebear_archetypes <- function(object, ...) {
  check_no_dots(...)
  q <- object$q[is_answered(object$q), , drop = FALSE]
  leading <- max.col(q, ties.method = "first")
  tibble::tibble(archetype = colnames(q), mean_weight = unname(colMeans(q)),
    n_leading = tabulate(leading, ncol(q)), n_unadmixed = unname(as.integer(colSums(q >= 0.95))))
}

#' @export
summary.forebear_q_matrix <- summary.forebear_archetypes

#' @export
summary.forebear_pca <- function(object, ...) {
  check_no_dots(...)
  generics::tidy(object, matrix = "eigenvalues")
}

#' @export
summary.forebear_classifier <- function(object, ...) {
  check_no_dots(...)
  tibble::tibble(population = object$populations, n_samples = as.integer(object$size))
}

#' @export
summary.forebear_ancestry_calls <- function(object, ...) {
  check_no_dots(...)
  summary_of_calls(object, unique(object$sample_id))
}

# Of calls in memory or stored ones.
summary_of_calls <- function(object, samples) {
  all <- stats::setNames(rep("all", length(samples)), samples)
  ancestry_proportions(object, groups = all)[c("ancestry", "proportion", "std_error")]
}

glance_of <- function(object, ...) {
  check_no_dots(...)
  generics::glance(object)
}

#' @export
summary.forebear_gtm <- glance_of

#' @export
summary.forebear_embedding <- glance_of

#' @export
summary.forebear_admixture_map <- glance_of

#' @export
summary.forebear_admixture_path <- glance_of

#' @export
summary.forebear_archetypes_path <- glance_of

#' @export
summary.forebear_cluster_support <- glance_of

#' @export
summary.forebear_curated_panel <- glance_of

#' @export
summary.forebear_panel_validation <- glance_of

#' @export
summary.forebear_reliability <- glance_of

#' @export
summary.forebear_residual_correlation <- glance_of

#' @export
summary.forebear_ancestry_comparison <- glance_of

#' @export
summary.forebear_centre_comparison <- glance_of

#' @export
summary.forebear_aligned_runs <- glance_of

#' @export
summary.forebear_ancestry_bootstrap <- glance_of

#' @export
summary.forebear_ancestry_regression <- glance_of

#' @export
summary.forebear_cross_validation <- glance_of

#' @rdname fit_generics
#' @export
as.data.frame.forebear_archetypes <- function( # nolint: object_name_linter.
    x, row.names = NULL, optional = FALSE, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sample_frame(x$sample_id, x$q)
}

#' @export
as.data.frame.forebear_q_matrix <- as.data.frame.forebear_archetypes # nolint: object_name_linter.

#' @export
as.data.frame.forebear_pca <- function( # nolint: object_name_linter.
    x, row.names = NULL, optional = FALSE, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sample_frame(x$sample_id, x$scores)
}

#' @export
as.data.frame.forebear_embedding <- function( # nolint: object_name_linter.
    x, row.names = NULL, optional = FALSE, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  as.data.frame(generics::tidy(x))
}

#' @export
as.data.frame.forebear_gtm <- function( # nolint: object_name_linter.
    x, row.names = NULL, optional = FALSE, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  places <- as.data.frame(generics::augment(x))
  `names<-`(places, sub("^[.]", "", names(places)))
}

# The table that tidy() gives of what is no fit of samples.
tidy_frame <- function(x, row.names = NULL, optional = FALSE, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  as.data.frame(generics::tidy(x))
}

#' @export
as.data.frame.forebear_admixture_path <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_archetypes_path <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_classifier <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_cluster_support <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_curated_panel <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_gtm_landscape <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_init_comparison <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_local_ancestry <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_panel_validation <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_qc_report <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_residual_correlation <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_ancestry_comparison <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_centre_comparison <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_aligned_runs <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_ancestry_bootstrap <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_ancestry_regression <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_cross_validation <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_confusion <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_map_diversity <- tidy_frame # nolint: object_name_linter.

#' @export
as.data.frame.forebear_reliability <- tidy_frame # nolint: object_name_linter.

sample_frame <- function(sample_id, values) {
  table <- data.frame(sample_id = sample_id, unname(values), row.names = NULL)
  stats::setNames(table, c("sample_id", colnames(values)))
}

#' @export
logLik.forebear_gtm <- function(object, ...) { # nolint: object_name_linter. As that of stats.
  check_no_dots(...)
  df <- (object$settings$rbf^2 + 1) * ncol(object$centers) + 1
  n <- nobs.forebear_gtm(object)
  structure(sum(object$log_likelihood, na.rm = TRUE), df = df, nobs = n, class = "logLik")
}

#' @rdname fit_generics
#' @export
fitted.forebear_archetypes <- function(object, ...) {
  check_no_dots(...)
  scores <- object$q %*% object$positions
  `dimnames<-`(scores, list(object$sample_id, NULL))
}

#' @rdname fit_generics
#' @export
residuals.forebear_archetypes <- function(object, ...) {
  check_no_dots(...)
  scores <- own_scores(object)
  if (is.null(scores)) {
    abort_forebear("argument", c("Residuals are those of scores.", x = "The fit has none.",
      i = "Fit `archetypes()` to a `pca()` fit or to genotypes."))
  }
  scores - fitted.forebear_archetypes(object)
}

#' @export
fitted.forebear_admixture <- function(object, ...) {
  refuse_genotype_matrix("fitted")
}

#' @export
residuals.forebear_admixture <- function(object, ...) {
  refuse_genotype_matrix("residuals")
}

refuse_genotype_matrix <- function(name, call = rlang::caller_env()) {
  abort_forebear("argument", c(
    sprintf("`%s()` of an `admixture()` fit would be a matrix of all genotypes.", name),
    x = "It is not computed whole.",
    i = "Expected counts of some variants are 2 q t(frequencies), from `tidy()` of both."), call)
}
