#' Which clusters do samples attain?
#'
#' An archetype is a mixture of samples, so it lies among them; the cluster centers of
#' ADMIXTURE and its kin are free, and some may lie where no sample is and no sample comes
#' near to belonging wholly to them (Gimbernat-Mayol et al. 2022, Fig. 2c and Discussion).
#' `cluster_support()` shows this for each cluster.
#'
#' The position of a cluster in the space of the scores is known where `x` is an [archetypes()]
#' fit. For any other Q matrix it is the position from which the Q matrix gives back the scores
#' best, by least squares: (Q'Q)^-1 Q'X. That is also where allele frequencies fitted to the
#' genotypes by least squares project to.
#'
#' @param x An [archetypes()] fit, or anything else with a Q matrix (see [as_q_matrix()]).
#' @param scores A [pca()] fit of the same samples, or a matrix of scores with sample IDs as row
#'   names. Needed unless `x` has scores of its own.
#' @param dims Number of leading components of `scores`; `NULL` for k - 1 of a [pca()] fit, and
#'   all of a matrix.
#' @param threshold Weight from which a sample is said to attain a cluster.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_cluster_support`.
#'
#' `tidy()`: one row per cluster: `archetype`, `mean_weight`, `max_weight` (the largest of any
#' sample), `n_attaining` and `share_attaining` (samples with at least `threshold`), `attained`,
#' `hull_distance` (from the convex hull of the scores, in their unit), `relative_distance`
#' (in units of the root mean squared distance of samples from their mean), `inside_hull`
#' (`relative_distance` below 1e-6). The last three are `NA` without scores.
#'
#' `glance()`: `k`, `n_samples`, `dims`, `threshold`, `n_unattained`, `share_unattained` of the
#' clusters, `n_outside_hull`, `share_outside_hull`.
#' @section Errors:
#' `forebear_error_unknown_sample` if the scores are of other samples; `forebear_error_argument`,
#' `forebear_error_dims`; those of [compare_ancestry()] for Q matrices.
#' @family comparisons of ancestry
#' @examples
#' scores <- pca(read_bed(example_data("panel")), num_comp = 3, scale = "none")
#' tidy(cluster_support(archetypes(scores, k = 4)))
#' truth <- read.delim(example_data("truth"))
#' cluster_support(truth, scores)
#' @export
cluster_support <- function(x, scores = NULL, dims = NULL, threshold = 0.99, threads = NULL, ...) {
  check_no_dots(...)
  threshold <- check_number(threshold, "threshold", min = 0, max = 1)
  threads <- check_threads(threads)
  q <- ancestry_matrix(x)
  scores <- scores_for(x, q, scores, dims)
  answered <- answered_in_both(q, scores)
  q <- q[answered, , drop = FALSE]
  scores <- scores[answered, , drop = FALSE]
  weights <- tibble::tibble(
    archetype = colnames(q), mean_weight = unname(colMeans(q)),
    max_weight = unname(apply(q, 2, max)), n_attaining = unname(colSums(q >= threshold)),
    share_attaining = unname(colMeans(q >= threshold)),
    attained = unname(colSums(q >= threshold) > 0)
  )
  clusters <- tibble::tibble(weights, hull_columns(x, q, scores, threads))
  structure(list(clusters = clusters, n_samples = nrow(q), dims = ncol(scores) %||% NA_integer_,
    threshold = threshold), class = "forebear_cluster_support")
}

# hull_distance, relative_distance, inside_hull of each cluster.
hull_columns <- function(x, q, scores, threads, call = rlang::caller_env()) {
  if (is.null(scores)) {
    return(tibble::tibble(hull_distance = rep(NA_real_, ncol(q)),
      relative_distance = NA_real_, inside_hull = NA))
  }
  distance <- hull_distances(scores, cluster_positions(x, q, scores), threads, call)
  spread <- sqrt(sum(sweep(scores, 2, colMeans(scores))^2) / nrow(scores))
  relative <- if (spread > 0) distance / spread else distance
  tibble::tibble(hull_distance = distance, relative_distance = relative,
    inside_hull = relative < 1e-6)
}

# [n_positions] distances of positions from the convex hull of the rows of `scores`.
hull_distances <- function(scores, positions, threads, call = rlang::caller_env()) {
  storage.mode(scores) <- "double"
  storage.mode(positions) <- "double"
  with_progress(function(progress) {
    rust_hull_distances(unname(scores), unname(positions), threads, progress)
  }, call)
}

# [n_samples] whether a sample has weights and, if `scores` is not NULL, scores; says who has not.
answered_in_both <- function(q, scores, call = rlang::caller_env()) {
  answered <- is_answered(q) & (if (is.null(scores)) TRUE else is_answered(scores))
  check_some_answered(answered, call)
  inform_left_out(row_sample_id(q)[!answered])
  answered
}

# [n_samples x dims] scores in the order of the rows of `q`, or NULL if there are none.
scores_for <- function(x, q, scores, dims, call = rlang::caller_env()) {
  if (is.null(scores)) {
    if (!is.null(dims)) {
      abort_forebear("argument", c("`dims` chooses components of `scores`.",
        x = "`scores` is not given."), call)
    }
    return(own_scores(x))
  }
  all <- score_matrix(scores, call)
  n_comp <- ncol(all)
  default <- if (inherits(scores, "forebear_pca")) min(max(ncol(q) - 1, 1), n_comp) else n_comp
  dims <- check_dims(dims %||% default, NULL, n_comp, n_comp, call)
  all <- all[, seq_len(dims), drop = FALSE]
  if (is.null(rownames(q)) && is.null(rownames(all))) {
    check_equal_rows(list(q, all), call)
    return(all)
  }
  in_one_order(list(x = q, scores = all), call)$scores
}

own_scores <- function(x) {
  if (inherits(x, "forebear_archetypes") && !is.null(x$scores)) x$scores else NULL
}

score_matrix <- function(scores, call = rlang::caller_env()) {
  if (inherits(scores, "forebear_pca")) {
    return(scores$scores)
  }
  if (!is.matrix(scores) || !is.numeric(scores) || ncol(scores) == 0) {
    message <- c("`scores` must be a `pca()` fit or a numeric matrix with a row per sample.",
      x = sprintf("It is %s.", describe_class(scores)))
    abort_forebear("argument", message, call)
  }
  scores
}

# [k x dims] where the clusters lie among `scores` (rows as in `q`).
cluster_positions <- function(x, q, scores) {
  is_own <- inherits(x, "forebear_archetypes") && !inherits(x, "forebear_admixture")
  if (is_own && !is.null(x$beta)) {
    return(archetype_positions(x, q, scores))
  }
  positions <- inverse_crossproduct(q) %*% crossprod(q, scores)
  `dimnames<-`(positions, list(colnames(q), NULL))
}

# Archetypes are mixtures of samples (beta), whatever space those are seen in.
archetype_positions <- function(x, q, scores) {
  if (anyDuplicated(rownames(q))) {
    return(x$positions[, seq_len(min(ncol(scores), ncol(x$positions))), drop = FALSE])
  }
  row <- match(x$beta$sample_id, rownames(q))
  positions <- rowsum(x$beta$weight * scores[row, , drop = FALSE], x$beta$archetype)
  `dimnames<-`(positions[colnames(q), , drop = FALSE], list(colnames(q), NULL))
}

#' @rdname cluster_support
#' @export
tidy.forebear_cluster_support <- function(x, ...) {
  check_no_dots(...)
  x$clusters
}

#' @rdname cluster_support
#' @export
glance.forebear_cluster_support <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    k = nrow(x$clusters), n_samples = x$n_samples, dims = x$dims, threshold = x$threshold,
    n_unattained = sum(!x$clusters$attained), share_unattained = mean(!x$clusters$attained),
    n_outside_hull = sum(!x$clusters$inside_hull),
    share_outside_hull = mean(!x$clusters$inside_hull)
  )
}

#' @export
print.forebear_cluster_support <- function(x, ...) {
  glanced <- glance(x)
  largest <- sprintf("%s %.3f", x$clusters$archetype, x$clusters$max_weight)
  hull <- if (is.na(x$dims)) "not known without scores" else
    sprintf("%d of %d clusters outside that of the samples in %s", glanced$n_outside_hull,
      glanced$k, counted(x$dims, "dimension"))
  lines <- c(
    sprintf("<cluster_support> %d of %s not attained (weight %g) by any of %s",
      glanced$n_unattained, counted(glanced$k, "cluster"), x$threshold,
      counted(x$n_samples, "sample")),
    sprintf("largest weights: %s", first_of(largest, 8)),
    sprintf("hull: %s", hull)
  )
  cat(lines, sep = "\n")
  invisible(x)
}
