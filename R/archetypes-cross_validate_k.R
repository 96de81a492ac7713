#' Cross-validation of the number of populations
#'
#' Every genotype is put at random into one of `folds` parts. Each part in turn is hidden,
#' the model is fitted to the rest, and the hidden genotypes are predicted: the smaller the
#' error, the better `k` describes what it has not seen. This is the `--cv` of ADMIXTURE.
#' The files are not copied: genotypes are hidden as they are read.
#'
#' With the prediction m = 2 sum over k of q f (frequencies at least 1e-5 from 0 and 1) for a
#' genotype g, the error is the mean over the hidden called genotypes of
#' g log(g / m) + (2 - g) log((2 - g) / (2 - m)), the deviance of the binomial model, as in
#' ADMIXTURE; the mean of (g - m)^2 is given too. Differences between neighboring `k` are
#' often small beside their standard errors; nothing is chosen for you.
#'
#' @param x [genotypes].
#' @param k Numbers of populations to try; 1 only with `method = "admixture"`.
#' @param folds Number of parts, at least 2.
#' @param method `"archetypes"` ([archetypes()] and the frequencies that fit them, which is
#'   fast) or `"admixture"` ([admixture()]).
#' @param seed A whole number from 0: decides which genotypes are hidden together, and starts the
#'   fits. The same seed gives the same result at any number of threads.
#' @inheritParams shared_arguments
#' @param ... Further arguments of [archetypes()] or [admixture()].
#' @returns A tibble of class `forebear_k_errors` with one row per `k` and fold: `k`, `fold`,
#'   `n_genotypes` that were hidden, `deviance` (mean), `squared_error` (mean), `converged`,
#'   `log_likelihood` (mean, of the hidden genotypes). A
#'   sample without an answer where its genotypes of a fold are hidden is left out of it, which a
#'   message of class `forebear_message_left_out` says.
#'   [autoplot()][autoplot.forebear_k_errors] draws the errors with their standard errors.
#' @section Errors:
#' `forebear_error_argument` and those of the fits.
#' @references Alexander D. H. and Lange K. (2011), BMC Bioinformatics 12:246.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
#' errors <- cross_validate_k(genotypes, k = 2:4, folds = 2)
#' errors
#' autoplot(errors)
#' @export
cross_validate_k <- function(x, k = 2:8, folds = 5, method = c("archetypes", "admixture"),
                             seed = 1, threads = NULL, ...) {
  check_genotypes(x, "x")
  x <- without_sex_chromosomes(x, list(...)$sex_chromosomes %||% "auto")
  method <- check_choice(method, "method", c("archetypes", "admixture"))
  if (method == "admixture") x <- with_hard_calls(x, admixture_is_of)
  folds <- check_count(folds, "folds", min = 2, max = 1000)
  if (!is.numeric(k) || length(k) == 0 || anyNA(k) || anyDuplicated(k)) {
    abort_forebear("argument", c("`k` must be different whole numbers.", x = found(k)))
  }
  least <- if (method == "admixture") 1 else 2
  k <- vapply(k, check_count, 1L, name = "k", min = least, call = rlang::current_env())
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  x <- answered_genotypes(x, max(k), threads)
  grid <- expand.grid(fold = seq_len(folds), k = k)
  fit <- function(x, k) {
    without_unanswered_warning(without_support_messages(switch(method,
      archetypes = fold_archetypes(x, k, seed, threads, ...),
      admixture = suppressMessages(admixture(x, k, threads = threads, ...),
        classes = "forebear_message_uncertain_weights")
    )))
  }
  rows <- inform_once("inbred", Map(function(k, fold) {
    fold_error(x, k, fold, folds, seed, threads, fit)
  }, grid$k, grid$fold))
  table <- vctrs::vec_rbind(!!!rows)
  class(table) <- c("forebear_k_errors", class(table))
  table
}

# By default in `k - 1` dimensions: choosing them is a cross-validation of its own.
fold_archetypes <- function(x, k, seed, threads, dims = NULL, ...) {
  archetypes(x, k, dims = dims, seed = seed, threads = threads, ...)
}

# The error of one fit, as a row.
fold_error <- function(x, k, fold, folds, seed, threads, fit, call = rlang::caller_env()) {
  fitted <- fit(masked(x, seed, folds, fold, held_out = FALSE), k)
  # Who has no answer with this part hidden cannot be predicted.
  known <- which(is_answered(fitted$q))
  if (length(known) < nrow(x)) {
    inform_left_out(sprintf("%s (k = %d, fold %d)", x$samples$sample_id[-known], k, fold))
  }
  hidden <- masked(x[known, ], seed, folds, fold, held_out = TRUE)
  # A variant that no sample of the fit is called at says nothing of its frequency.
  frequencies <- unname(nan_to(fitted$frequencies, 0.5))
  work <- function(progress) {
    q <- unname(fitted$q[known, , drop = FALSE])
    haploid <- fitted$haploid %||% logical(length(known))
    rust_prediction_error(hidden, q, haploid, frequencies, threads, progress)
  }
  error <- with_progress(work, call)
  tibble::tibble(
    k = k, fold = fold, n_genotypes = error$n_genotypes,
    deviance = error$deviance / error$n_genotypes,
    squared_error = error$squared_error / error$n_genotypes, converged = fitted$converged,
    log_likelihood = error$log_likelihood / error$n_genotypes
  )
}

# Genotypes of which those of one fold alone, or all others, are seen.
masked <- function(x, seed, folds, fold, held_out) {
  x$mask <- as.double(c(seed, folds, fold, held_out))
  x
}

#' Plot errors of cross-validation against the number of populations
#'
#' Draws the mean over the folds with bars of one standard error to either side, and the
#' folds themselves as small points.
#'
#' @param object What [cross_validate_k()] returns.
#' @param measure Which error: `"deviance"` or `"squared_error"`.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
#' autoplot(cross_validate_k(genotypes, k = 2:4, folds = 2))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_k_errors)
autoplot.forebear_k_errors <- function( # nolint: object_name_linter.
    object, measure = c("deviance", "squared_error"), ...) {
  check_no_dots(...)
  measure <- check_choice(measure, "measure", c("deviance", "squared_error"))
  names <- c(deviance = "Held-out deviance per genotype",
    squared_error = "Held-out squared error per genotype")
  means <- error_means(object, measure)
  folds <- tibble::tibble(k = object$k, error = object[[measure]])
  ggplot2::ggplot(means, ggplot2::aes(.data$k, .data$error)) +
    ggplot2::geom_point(data = folds, size = 0.8, colour = "grey60") +
    ggplot2::geom_line(linewidth = 0.4) +
    ggplot2::geom_errorbar(
      ggplot2::aes(ymin = .data$error - .data$standard_error,
        ymax = .data$error + .data$standard_error), width = 0.15, linewidth = 0.4
    ) +
    ggplot2::geom_point(size = 1.8) +
    ggplot2::scale_x_continuous(breaks = sort(unique(means$k)), minor_breaks = NULL) +
    ggplot2::labs(x = "Number of populations, k", y = names[[measure]]) +
    theme_forebear()
}

# k, error (mean over folds), standard_error of that mean.
error_means <- function(object, measure) {
  by_k <- split(object[[measure]], object$k)
  tibble::tibble(
    k = as.integer(names(by_k)), error = vapply(by_k, mean, 1),
    standard_error = vapply(by_k, function(x) stats::sd(x) / sqrt(length(x)), 1)
  )
}
