#' Admixture for a range of K
#'
#' Fits [admixture()] for every `k`, tests each by cross-validation as the `--cv` of ADMIXTURE does,
#' and gives a population the same name, so the same color, in all of them.
#'
#' Genotypes are put at random into `folds` parts; each in turn is hidden, the model is fitted to
#' the rest, and the hidden genotypes are predicted (see [cross_validate_k()]). The error that
#' ADMIXTURE prints is the mean deviance; the mean log-likelihood of the hidden genotypes, which is
#' larger the better, is given too. The smallest error is marked, and with it the smallest `k`
#' whose error is within one standard error of it: differences of that size are no evidence for
#' more populations. Nothing chooses `k` for you. `k = 1` is no structure at all.
#'
#' Names follow the rules of [archetypes_path()]: they begin at the largest `k`, and those of each
#' smaller one are paired with those of the next larger.
#'
#' @param x [genotypes].
#' @param k Different numbers of populations.
#' @param folds Number of parts of the cross-validation; 0 for none.
#' @param restarts Number of starts of each fit; those of the cross-validation have one.
#' @param seed A whole number from 0: decides which genotypes are hidden together. The fits have the
#'   start that is the same each time, and replicates.
#' @param ... Further arguments of [admixture()]: `sparsity`, `init`, `settings`, `ploidy` (1 for
#'   inbred lines, as for haploid samples).
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_admixture_path`.
#'   [tidy()][tidy.forebear_admixture_path] gives one row per `k`, [best_fit()] the fit of one,
#'   [autoplot()][autoplot.forebear_admixture_path] draws.
#' @section Errors:
#' Those of [admixture()] and [cross_validate_k()].
#' @references Alexander D. H. and Lange K. (2011), BMC Bioinformatics 12:246.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
#' path <- admixture_path(genotypes, k = 1:4, folds = 2)
#' path
#' tidy(path)
#' best_fit(path, 3)
#' @export
admixture_path <- function(x, k = 1:8, folds = 5, restarts = 1, seed = 1, threads = NULL, ...) {
  call <- rlang::current_env()
  check_genotypes(x, "x")
  given <- list(...)
  if (!is.null(given$supervised)) {
    abort_forebear("argument", c("A path has no labels: with `supervised`, they decide `k`.",
      i = "Use `admixture(supervised = )`."))
  }
  x <- with_hard_calls(x, admixture_is_of)
  x <- without_sex_chromosomes(x, given$sex_chromosomes %||% "auto")
  k <- check_path_ks(k, call)
  folds <- if (identical(folds, 0) || identical(folds, 0L)) 0L else
    check_count(folds, "folds", min = 2, max = 1000)
  restarts <- check_count(restarts, "restarts")
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  x <- answered_genotypes(x, max(k), threads)
  inform_once(c("inbred", "uncertain_weights"), {
    fits <- lapply(stats::setNames(k, k), function(one) {
      own <- if (one == 1) 1 else restarts
      without_support_messages(admixture(x, one, restarts = own, threads = threads, ...))
    })
    errors <- if (folds > 0) {
      cross_validate_k(x, k, folds, "admixture", seed, threads, ...)
    }
  })
  fits <- named_downward(fits, call)
  new_admixture_path(fits, errors, list(k = k, folds = folds, restarts = restarts, seed = seed))
}

check_path_ks <- function(k, call) {
  are_counts <- is.numeric(k) && length(k) > 0 && all(vapply(k, is_whole, NA)) && min(k) >= 1 &&
    max(k) <= .Machine$integer.max
  if (!are_counts || anyDuplicated(k) > 0) {
    abort_forebear("argument", c("`k` must be different whole numbers, each at least 1.",
      x = found(k)), call)
  }
  sort(as.integer(k))
}

# Fits of rising k with names from the largest down: each has those of its partners in the next
# larger one.
named_downward <- function(fits, call) {
  last <- max(number_of(colnames(fits[[length(fits)]]$q)))
  for (step in rev(seq_along(fits)[-length(fits)])) {
    larger <- fits[[step + 1]]$q
    fits[[step]] <- named_after(fits[[step]], larger, last, call)
    names <- colnames(fits[[step]]$q)
    inform_unpaired(setdiff(names, colnames(larger)),
      sprintf("k = %d in k = %d", length(names), ncol(larger)))
    last <- max(last, number_of(names))
  }
  fits
}

# A fit whose populations have the names of their partners in `reference`; others get the numbers
# after `last`.
named_after <- function(fit, reference, last, call) {
  answered <- is_answered(fit$q)
  order <- name_order(fit$q[answered, , drop = FALSE], reference[answered, , drop = FALSE], last,
    call)
  fit$q <- `colnames<-`(fit$q[, order, drop = FALSE], names(order))
  fit$frequencies <- `colnames<-`(fit$frequencies[, order, drop = FALSE], names(order))
  if (!is.null(fit$n_families)) fit$n_families <- fit$n_families[order]
  fit
}

# fits: named by k; errors: what cross_validate_k() gives, or NULL
new_admixture_path <- function(fits, errors, settings) {
  stopifnot(is.list(fits), length(fits) == length(settings$k))
  structure(list(fits = fits, errors = errors, settings = settings,
    sample_id = fits[[1]]$sample_id), class = "forebear_admixture_path")
}

#' Tidy and glanced admixture paths
#'
#' @param x An [admixture_path()].
#' @param matrix What to tidy; see below.
#' @param ... Must be empty.
#' @returns
#' `tidy(matrix = "k")`, one row per `k`: `k`, `log_likelihood`, `penalty`, `n_parameters`, `aic`,
#' `passes`, `converged`, `restarts`, `n_agreeing` (of the restarts with the best),
#' `n_thin_archetypes`, and of the cross-validation (`NA` without it) `cv_error` (mean deviance),
#' `std_error` of that mean over the folds, `held_out_log_likelihood` (mean per hidden genotype),
#' `lowest` (whether the error is the smallest), `within_one_error` (whether this is the smallest
#' `k` whose error is within one standard error of the smallest).
#'
#' `tidy(matrix = "folds")`: what [cross_validate_k()] gives.
#'
#' `tidy(matrix = "q")`: `k`, `sample_id`, `archetype`, `weight`.
#'
#' `glance()`: `n_samples`, `n_variants`, `k_min`, `k_max`, `folds`, `k_lowest` (smallest error),
#' `k_within_one_error`, `n_converged`.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
#' path <- admixture_path(genotypes, k = 1:3, folds = 2)
#' tidy(path)
#' glance(path)
#' @export
tidy.forebear_admixture_path <- function(x, matrix = c("k", "folds", "q"), ...) {
  check_no_dots(...)
  switch(check_choice(matrix, "matrix", c("k", "folds", "q")),
    k = path_table(x),
    folds = x$errors %||% no_folds(),
    q = vctrs::vec_rbind(!!!unname(lapply(x$fits, function(fit) {
      tibble::add_column(tidy_q(fit$q, fit$sample_id), k = ncol(fit$q), .before = 1)
    })))
  )
}

no_folds <- function(call = rlang::caller_env()) {
  abort_forebear("argument", c("The path was not cross-validated.",
    i = "Make it with `folds = 5`."), call)
}

path_table <- function(x) {
  glanced <- vctrs::vec_rbind(!!!unname(lapply(x$fits, glance)))
  logs <- lapply(x$fits, stats::logLik)
  table <- tibble::tibble(
    k = x$settings$k, log_likelihood = glanced$log_likelihood, penalty = glanced$penalty,
    n_parameters = unname(vapply(logs, attr, 0, "df")), aic = unname(vapply(logs, stats::AIC, 0)),
    passes = glanced$passes, converged = glanced$converged, restarts = glanced$restarts,
    n_agreeing = glanced$n_agreeing, n_thin_archetypes = glanced$n_thin_archetypes
  )
  tibble::tibble(table, path_errors(x$errors, x$settings$k))
}

# cv_error, std_error, held_out_log_likelihood, lowest, within_one_error: one row for each of `k`.
path_errors <- function(errors, k) {
  if (is.null(errors)) {
    unknown <- rep(NA_real_, length(k))
    return(tibble::tibble(cv_error = unknown, std_error = unknown,
      held_out_log_likelihood = unknown, lowest = as.logical(unknown),
      within_one_error = as.logical(unknown)))
  }
  means <- error_means(errors, "deviance")
  means <- means[match(k, means$k), ]
  likelihood <- error_means(errors, "log_likelihood")
  lowest <- unname(which.min(means$error))
  within <- which(means$error <= means$error[lowest] + means$standard_error[lowest])[1]
  tibble::tibble(
    cv_error = unname(means$error), std_error = unname(means$standard_error),
    held_out_log_likelihood = unname(likelihood$error[match(k, likelihood$k)]),
    lowest = seq_along(k) == lowest, within_one_error = seq_along(k) == within
  )
}

#' @rdname tidy.forebear_admixture_path
#' @export
glance.forebear_admixture_path <- function(x, ...) {
  check_no_dots(...)
  table <- path_table(x)
  first <- x$fits[[1]]
  k_where <- function(flag) if (any(flag %in% TRUE)) table$k[flag] else NA_integer_
  tibble::tibble(
    n_samples = nrow(first$q), n_variants = nrow(first$frequencies), k_min = min(table$k),
    k_max = max(table$k), folds = x$settings$folds, k_lowest = k_where(table$lowest),
    k_within_one_error = k_where(table$within_one_error), n_converged = sum(table$converged)
  )
}

#' @export
print.forebear_admixture_path <- function(x, ...) {
  table <- path_table(x)
  first <- x$fits[[1]]
  lines <- c(
    sprintf("<admixture_path> k = %s of %s x %s", first_of(table$k, 12),
      counted_samples(is_answered(first$q)), counted(nrow(first$frequencies), "variant")),
    if (x$settings$folds > 0) {
      sprintf("error of %d-fold cross-validation: %s", x$settings$folds,
        first_of(sprintf("k = %d %.5f", table$k, table$cv_error), 12))
    },
    if (x$settings$folds > 0) {
      sprintf("smallest for k = %d; k = %d is within one standard error (%.5f) of it",
        table$k[table$lowest], table$k[table$within_one_error], table$std_error[table$lowest])
    },
    sprintf("log-likelihood: %s%s", first_of(sprintf("k = %d %.1f", table$k,
      table$log_likelihood), 12), if (all(table$converged)) "" else "; NOT ALL CONVERGED")
  )
  cat(lines, sep = "\n")
  invisible(x)
}
