#' Do the populations of a fit explain the samples?
#'
#' If a mixture model has the populations that it needs, what it leaves unexplained of one sample's
#' genotypes says nothing of what it leaves of another's: residuals of pairs of samples are not
#' correlated. Samples of a population that the fit lacks, or mixes up with another, have a
#' positive correlation with each other, and a negative one with those that they were put together
#' with; so have relatives. This is the test of evalAdmix.
#'
#' Residuals are genotypes less their expectation, 2 sum over k of q f. Every sample takes part in
#' the frequencies that it is compared with, which makes the residuals of samples of one population
#' negatively correlated even where the model is right. With H = Q (Q' Q)^-1 Q' and
#' frequencies by least squares the residuals are (I - H) X, and those of independent samples with
#' variances d have the covariance (I - H) diag(d) (I - H), which is subtracted; d are the variances
#' with which it has the observed diagonal (so that inbreeding does not matter). evalAdmix leaves
#' each sample out of the frequencies in turn instead. For a fit of [admixture()] this takes its Q
#' matrix; its frequencies only stand in for missing genotypes, whose residual is 0.
#'
#' Under a model that holds, a correlation has a standard deviation of about 1 over the root of the
#' number of independent variants that are called in both samples. `std_error` is its root mean
#' square over pairs, where of n variants n c d are taken to be called in both of two samples with
#' the proportions c and d of called genotypes; linkage disequilibrium makes it larger. Compare
#' means over groups of samples: those of single pairs are small numbers even where a population is
#' missing.
#'
#' @param fit An [admixture()] or [archetypes()] fit of genotypes.
#' @param genotypes The [genotypes] that it was made from.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_residual_correlation`.
#'
#' `tidy(matrix = "pairs")`, one row per pair: `sample_1`, `sample_2`, `correlation`, the largest
#' first; `NA` for samples without an answer, and for one that determines a population
#' by itself.
#'
#' `tidy(matrix = "groups", labels = )`, one row per pair of labels (by default, of the populations
#' in which samples have most weight): `group_1`, `group_2`, `mean_correlation`, `n_pairs`.
#'
#' `glance()`: `k`, `n_samples`, `n_variants`, `std_error`, `mean_abs_correlation`,
#' `max_correlation`, `sample_1`, `sample_2` (the pair that has it).
#' @section Errors:
#' `forebear_error_other_genotypes` if samples or variants are not those of the fit;
#' `forebear_error_too_many_samples` above 20,000, since all pairs are kept.
#' @references Garcia-Erill G. and Albrechtsen A. (2020), Molecular Ecology Resources 20:936
#'   (evalAdmix).
#' @seealso [autoplot.forebear_residual_correlation()] draws the pairs.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 5)]
#' labels <- read.delim(example_data("labels"))
#' few <- residual_correlation(admixture(genotypes, k = 2), genotypes)
#' few
#' tidy(few, matrix = "groups", labels = labels)
#' autoplot(few, labels = labels)
#' @export
residual_correlation <- function(fit, genotypes, threads = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  threads <- check_threads(threads)
  genotypes <- variants_of_fit(fit, genotypes)
  check_fit_of_genotypes(fit, genotypes, call)
  if (inherits(fit, "forebear_admixture")) {
    genotypes <- with_hard_calls(genotypes, "Residuals of an admixture fit are taken")
  }
  answered <- is_answered(fit$q)
  if (sum(answered) > 20000) {
    abort_forebear("too_many_samples", c("All pairs of at most 20,000 samples can be kept.",
      x = sprintf("The fit has %s.", counted(sum(answered), "sample")),
      i = "Fit a part of the samples."))
  }
  known <- if (all(answered)) genotypes else genotypes[which(answered), ]
  found <- correlations_of(unname(fit$q[answered, , drop = FALSE]), frequencies_of(fit), known,
    threads, call)
  correlation <- matrix(NA_real_, length(answered), length(answered))
  correlation[answered, answered] <- nan_to_na(found$correlation)
  called <- replace(rep(NA_real_, length(answered)), answered, found$called)
  x <- list(correlation = `dimnames<-`(correlation, list(fit$sample_id, fit$sample_id)), q = fit$q,
    n_variants = found$n_variants, called = called)
  structure(x, class = "forebear_residual_correlation")
}

# correlation [n_samples x n_samples], NaN where there is none; n_variants at which samples differ,
# called [n_samples], which proportion of them each sample has.
correlations_of <- function(q, frequencies, genotypes, threads, call) {
  work <- function(progress) rust_allele_frequencies(genotypes, threads, progress)
  counted <- with_progress(work, call)
  varies <- counted$n_alleles > 0 & counted$frequency > 0 & counted$frequency < 1
  used <- count_used_genotypes(genotypes, threads, which(varies), call)
  called <- used$n_called / used$n_variants
  work <- function(progress) {
    rust_residual_correlations(genotypes, q, unname(nan_to(frequencies, 0.5)),
      2 * nan_to(counted$frequency, 0), as.double(varies), called, threads, progress)
  }
  list(correlation = with_progress(work, call), n_variants = used$n_variants, called = called)
}

# Standard deviations of the correlations of pairs if the model holds and variants are independent,
# 1 / sqrt(n c d): their root mean square, and the mean absolute correlation that they make.
null_errors <- function(x) {
  called <- x$called[!is.na(diag(x$correlation))]
  # Of the products of two different entries, each pair once.
  mean_product <- function(v) (sum(v)^2 - sum(v^2)) / (length(v) * (length(v) - 1))
  list(std_error = nan_to_na(sqrt(mean_product(1 / called) / x$n_variants)),
    mean_abs = sqrt(2 / pi / x$n_variants) * mean_product(1 / sqrt(called)))
}

# [n_variants x k] of a fit.
frequencies_of <- function(fit) fit$frequencies %||% score_frequencies(fit)

check_fit_of_genotypes <- function(fit, genotypes, call) {
  if (!inherits(fit, "forebear_archetypes") || is.null(fit$projection)) {
    message <- c("`fit` must be an `admixture()` or `archetypes()` fit of genotypes.",
      x = if (inherits(fit, "forebear_archetypes")) {
        "It is a fit of a plain matrix, which knows no variants."
      } else {
        sprintf("It is %s.", describe_class(fit))
      })
    abort_forebear("argument", message, call)
  }
  check_genotypes(genotypes, "genotypes", call)
  check_genotypes_of_fit(fit, genotypes, call)
}

# The samples and variants of the fit, in its order.
check_genotypes_of_fit <- function(fit, genotypes, call, hint = NULL) {
  columns <- c("variant_id", "ref", "alt")
  same_samples <- identical(genotypes$samples$sample_id, fit$sample_id)
  same_variants <- identical(as.list(genotypes$variants[columns]),
    as.list(fit$projection$variants[columns]))
  if (!same_samples || !same_variants) {
    message <- c("`genotypes` must be those that the fit was made from.",
      x = sprintf("The %s are not those of the fit.", if (same_samples) "variants" else "samples"),
      i = hint)
    abort_forebear("other_genotypes", message, call)
  }
}

#' @rdname residual_correlation
#' @param x What `residual_correlation()` returns.
#' @param matrix `"pairs"` or `"groups"`.
#' @param labels Of `matrix = "groups"`: labels of samples, as in [autoplot.forebear_pca()].
#' @param ... Must be empty.
#' @export
tidy.forebear_residual_correlation <- function(x, matrix = c("pairs", "groups"), labels = NULL,
                                               ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  if (check_choice(matrix, "matrix", c("pairs", "groups")) == "groups") {
    return(group_correlations(x$correlation, groups_of(x, labels, NULL, call)))
  }
  if (!is.null(labels)) {
    abort_forebear("argument", "`labels` are for `matrix = \"groups\"`.")
  }
  sample_id <- rownames(x$correlation)
  pair <- which(upper.tri(x$correlation), arr.ind = TRUE)
  value <- x$correlation[pair]
  order <- order(-value)
  tibble::tibble(sample_1 = sample_id[pair[order, 1]], sample_2 = sample_id[pair[order, 2]],
    correlation = value[order])
}

# A factor [n_samples]: labels, or the population of most weight.
groups_of <- function(x, labels, label_column, call) {
  sample_id <- rownames(x$correlation)
  group <- match_labels_or_null(labels, sample_id, label_column, call)
  if (!is.null(group)) {
    return(droplevels(group))
  }
  q <- zero_unanswered(x$q)
  droplevels(factor(colnames(q)[max.col(q, ties.method = "first")], levels = colnames(q)))
}

# group_1, group_2, mean_correlation, n_pairs: pairs of different samples, each once.
group_correlations <- function(correlation, group) {
  levels <- levels(group)
  known <- !is.na(correlation) & row(correlation) != col(correlation)
  member <- outer(as.integer(group), seq_along(levels), `==`)
  member[is.na(member)] <- FALSE
  storage.mode(member) <- "double"
  sums <- crossprod(member, replace(correlation, !known, 0) %*% member)
  counts <- crossprod(member, (known + 0) %*% member)
  pair <- which(upper.tri(sums, diag = TRUE), arr.ind = TRUE)
  # Within a group every pair was counted from both sides.
  half <- ifelse(pair[, 1] == pair[, 2], 0.5, 1)
  n_pairs <- half * counts[pair]
  tibble::tibble(group_1 = levels[pair[, 1]], group_2 = levels[pair[, 2]],
    mean_correlation = ifelse(n_pairs > 0, half * sums[pair] / n_pairs, NA_real_),
    n_pairs = as.integer(round(n_pairs)))
}

#' @rdname residual_correlation
#' @export
glance.forebear_residual_correlation <- function(x, ...) {
  check_no_dots(...)
  above <- replace(x$correlation, !upper.tri(x$correlation), NA)
  best <- if (all(is.na(above))) NA else arrayInd(which.max(above), dim(above))
  id <- rownames(x$correlation)
  tibble::tibble(
    k = ncol(x$q), n_samples = nrow(x$q), n_variants = x$n_variants,
    std_error = null_errors(x)$std_error, mean_abs_correlation = mean(abs(above), na.rm = TRUE),
    max_correlation = if (anyNA(best)) NA_real_ else above[best],
    sample_1 = id[best[1]], sample_2 = id[if (anyNA(best)) NA else best[2]]
  )
}

#' @export
print.forebear_residual_correlation <- function(x, ...) {
  glanced <- glance(x)
  groups <- group_correlations(x$correlation, groups_of(x, NULL, NULL, rlang::current_env()))
  within <- groups[groups$group_1 == groups$group_2 & !is.na(groups$mean_correlation), ]
  within <- within[order(-within$mean_correlation), ]
  lines <- c(
    sprintf("<residual_correlation> of a fit of %s, %s x %s", counted(glanced$k, "population"),
      counted(glanced$n_samples, "sample"), counted(glanced$n_variants, "variant")),
    sprintf("mean within: %s", first_of(sprintf("%s %.4f", within$group_1,
      within$mean_correlation))),
    sprintf("mean absolute correlation %.4f (%.4f if the model holds and variants are independent)",
      glanced$mean_abs_correlation, null_errors(x)$mean_abs),
    if (!is.na(glanced$max_correlation)) {
      sprintf("largest %.3f, of %s", glanced$max_correlation,
        quoted(c(glanced$sample_1, glanced$sample_2)))
    }
  )
  cat(lines, sep = "\n")
  invisible(x)
}
