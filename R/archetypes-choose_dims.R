#' How many components archetypes should use
#'
#' A few of the genotypes are hidden, archetypes are fitted to the rest in several numbers of
#' dimensions, and the hidden genotypes are predicted from their weights and allele frequencies, as
#' in [cross_validate_k()].
#'
#' Hidden genotypes say which archetypes describe the samples, not where the corners are: archetypes
#' that lie further out, of which every sample has a little less, predict the same genotypes. On
#' six simulated sets it chose
#' `k - 1` dimensions, while the proportions of five of them were nearest the truth in 16 to 50 of
#' those that were tried. `dims = "auto"` of [archetypes()] therefore goes by
#' the samples at the corners, not by this error.
#'
#' In each of four folds a twenty-fifth of the genotypes is hidden: so few that the components
#' hardly suffer. The numbers that are tried are `k - 1` and its doubles, up to eight times that,
#' 100 or half of the samples. Of those whose deviance is within one standard error (of the
#' difference over the folds) of the lowest, the fewest dimensions are chosen. At most 5,000
#' samples and 20,000 variants, evenly spaced, take part. The fits have one start.
#'
#' @param x [genotypes].
#' @param k Number of archetypes.
#' @param dims Numbers of dimensions to try; `NULL` for those described.
#' @inheritParams archetypes
#' @inheritParams shared_arguments
#' @returns A tibble with one row per number of dimensions: `dims`, `deviance` (mean over the
#'   folds), `difference` from the lowest, its `std_error`, `chosen`.
#' @section Errors:
#' Those of [archetypes()].
#' @seealso [cross_validate_k()] for `k`.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 5)]
#' choose_dims(genotypes, k = 4)
#' @export
choose_dims <- function(x, k, dims = NULL, init = c("aa++", "furthest_sum", "sample", "uniform"),
                        tolerance = 1e-5, max_iter = 1000, seed = 1, threads = NULL) {
  check_genotypes(x, "x")
  settings <- check_settings(k, init, 1, NULL, tolerance, max_iter, seed, threads)
  check_enough_samples(settings$k, nrow(x))
  if (!is.null(dims)) {
    dims <- sort(unique(vapply(dims, check_dims, 1L, preset = NULL, n_there = max(nrow(x) - 1, 1),
      n_all = nrow(x) - 1L, call = rlang::current_env())))
  }
  dims_table(without_sex_chromosomes(x), settings, dims)
}

# One fold in so many is hidden, and so many of them are tried.
dims_folds <- 25L
n_dims_folds <- 4L

# dims, deviance, difference, std_error, chosen; `dims` rise.
dims_table <- function(x, settings, dims = NULL, call = rlang::caller_env()) {
  x <- some_samples_and_variants(x, settings$threads)
  # What is compared are fits of one start each, not quite to the end.
  settings$restarts <- 1L
  settings$tolerance <- max(settings$tolerance, 1e-5)
  dims <- dims %||% tried_dims(settings$k, nrow(x))
  dims <- unique(pmin(dims, max(1L, nrow(x) - 2L)))
  if (length(dims) == 1) {
    return(tibble::tibble(dims = dims, deviance = NA_real_, difference = 0, std_error = 0,
      chosen = TRUE))
  }
  deviance <- vapply(seq_len(n_dims_folds), function(fold) {
    fold_deviance(x, dims, fold, settings, call)
  }, numeric(length(dims)))
  means <- rowMeans(deviance)
  lowest <- which.min(means)
  difference <- deviance - rep(deviance[lowest, ], each = length(dims))
  std_error <- apply(difference, 1, stats::sd) / sqrt(n_dims_folds)
  chosen <- which(rowMeans(difference) <= std_error)[1]
  tibble::tibble(dims = dims, deviance = means, difference = rowMeans(difference),
    std_error = std_error, chosen = seq_along(dims) == chosen)
}

# Dimensions of `dims = "auto"`: k - 1, and one for each sample at the corner of the rarest
# archetype, at most `most_corner_dims` and half of the samples. With so many dimensions of noise,
# an archetype gains by being the mean of about so many samples; more would draw in mixtures.
corner_dims <- function(q, k) {
  more <- min(corner_group(q), most_corner_dims, nrow(q) %/% 2 - (k - 1))
  as.integer(k - 1 + max(more, 0))
}

# Gains end here: 50 and 100 dimensions were equally good at best on eight sets, 200 worse.
most_corner_dims <- 50L

# Widths of a corner. The noise of the weights of unadmixed samples lies between them.
corner_widths <- c(0.05, 0.1, 0.2)

# How many samples lie at the corner of the rarest archetype beyond those that a falling density
# of mixtures brings there: n(q >= 1 - w) less n(1 - w > q >= 1 - 2 w), at the best width w.
corner_group <- function(q) {
  groups <- vapply(corner_widths, function(width) {
    within <- colSums(q >= 1 - width)
    min(2 * within - colSums(q >= 1 - 2 * width))
  }, 0)
  max(groups, 0)
}

# k - 1 and its doubles, up to eight times that, 100 or half of the samples.
tried_dims <- function(k, n_samples) {
  most <- max(k - 1, min(100, n_samples %/% 2))
  as.integer(unique((k - 1) * 2^(0:min(3, floor(log2(most / (k - 1)))))))
}

# At most 5,000 samples that have an answer and 20,000 variants.
some_samples_and_variants <- function(x, threads) {
  if (ncol(x) > 20000) x <- x[, evenly_spaced(ncol(x), 20000)]
  answered <- which(is.na(why_without_answer(x, 1, threads)))
  x[answered[evenly_spaced(length(answered), 5000)], ]
}

# [length(dims)] mean deviance of the genotypes that the fold hides.
fold_deviance <- function(x, dims, fold, settings, call) {
  seen <- masked(x, settings$seed, dims_folds, fold, held_out = FALSE)
  hidden <- masked(x, settings$seed, dims_folds, fold, held_out = TRUE)
  projection <- suppressWarnings(
    project_haplotype_means(seen, max(dims), FALSE, settings, call),
    classes = c("forebear_warning_not_converged", "forebear_warning_no_genotypes"))
  known <- which(is_answered(projection$scores))
  if (length(known) < nrow(x)) {
    seen <- seen[known, ]
    hidden <- hidden[known, ]
  }
  vapply(dims, function(dims) {
    scores <- projection$scores[known, seq_len(dims), drop = FALSE]
    fit <- suppressWarnings(
      archetypes_fit(scores, projection$sample_id[known], settings, call = call),
      classes = "forebear_warning_not_converged")
    predicted_deviance(seen, hidden, fit$q, scores, projection, settings$threads, call)
  }, 0)
}

# Mean deviance of hidden genotypes by weights and the frequencies that fit what is seen best;
# `scores` predict what is missing there.
predicted_deviance <- function(seen, hidden, q, scores, projection, threads, call) {
  weights <- q %*% inverse_crossproduct(q)
  work <- function(progress) {
    product <- answer(rust_variant_product(seen, unname(weights), projection$center,
      rep(0.5, length(projection$center)), unname(scores), threads, progress), call)
    frequencies <- nan_to(pmin(pmax(product + projection$center / 2, 0), 1), 0.5)
    answer(rust_prediction_error(hidden, unname(q), logical(nrow(q)), frequencies, threads,
      progress), call)
  }
  error <- with_progress(work, call)
  error$deviance / error$n_genotypes
}
