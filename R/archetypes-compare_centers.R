#' Centers of archetypes, ADMIXTURE, K-means and K-medoids on the same scores
#'
#' Fits K-means and K-medoids to the scores that an [archetypes()] fit was made from, and puts the
#' cluster centers of all methods, and of any other Q matrix, into one space. `autoplot()`
#' draws them among the samples, on two components or in three dimensions
#' (Gimbernat-Mayol et al. 2022, Fig. 3a and 6).
#'
#' The methods are limits of one another. With X the scores, archetypal analysis minimizes
#' |X - alpha Z|^2 with Z = beta X, rows of alpha and beta on the simplex. If every row of alpha
#' is forced to be binary and Z is free, that is the objective of K-means; if the rows of alpha and
#' beta are binary, so that a center is a sample, that of K-medoids with squared distances,
#' which is what is fitted here (the usual K-medoids sums distances that are not squared). So
#' at their best rss(archetypes) <= rss(K-means) <= rss(K-medoids): archetypes lie at the rim, the
#' others in the midst of their clusters.
#'
#' K-means is the best of `starts` runs of [stats::kmeans()] (Hartigan and Wong). K-medoids is
#' [cluster::pam()], of the suggested package 'cluster', on squared distances: the best of its
#' own start and `min(starts, 10)` random ones. It takes all distances between samples, so it is
#' refused beyond 20,000 samples.
#' Centers of other Q matrices are found by least squares; see [cluster_support()].
#'
#' @param x An [archetypes()] fit.
#' @param ... Other fits or Q matrices of the same samples, named as the figure shall call
#'   them: `ADMIXTURE = read_q("x.Q", samples)`. For the methods: must be empty. For
#'   `compare_centres()`: the arguments of `compare_centers()`.
#' @param methods Which comparators to fit; `NULL` for none.
#' @param scores `NULL` for the scores of `x`, or a [pca()] fit or matrix of scores of the same
#'   samples: everything is then fitted to and shown in these.
#' @param dims Number of leading components of `scores`.
#' @param starts Number of starts of K-means.
#' @inheritParams shared_arguments
#' @param matrix `"centres"` or `"assignments"`.
#' @returns An object of class `forebear_centre_comparison`.
#'
#' `tidy()`: one row per method, cluster and component: `method`, `cluster`, `component`, `value`.
#'
#' `tidy(matrix = "assignments")`: `method`, `sample_id`, `cluster`: the cluster of each sample, for
#' Q matrices the one with the largest weight.
#'
#' `glance()`: one row per method: `method`, `k`, `rss` (of the scores, given the centers
#' and the method's own weights), `explained_variance_scores` (proportion of the variance of the
#' scores), `n_outside_hull` (centers outside the convex hull of the samples).
#' @section Errors:
#' `forebear_error_argument` for what is no fit of archetypes or has no name,
#' `forebear_error_package` if 'cluster' is needed and absent, `forebear_error_too_many_samples`,
#' `forebear_error_too_few_distinct_samples`; those of [compare_ancestry()] for other samples.
#' `compare_centres()` is the old name; it gives a message of class `forebear_message_deprecated`.
#' @references Gimbernat-Mayol J. et al. (2022), PLOS Computational Biology 18:e1010301.
#'   Kaufman L. and Rousseeuw P. J. (1990), Finding Groups in Data (K-medoids).
#' @family comparisons of ancestry
#' @examples
#' scores <- pca(read_bed(example_data("panel")), num_comp = 3, scale = "none")
#' fit <- archetypes(scores, k = 4)
#' truth <- as_q_matrix(read.delim(example_data("truth")))
#' centers <- compare_centers(fit, truth = truth, methods = "kmeans")
#' glance(centers)
#' autoplot(centers)
#' autoplot(centers, type = "pca3d", azimuth = 60)
#' @export
compare_centers <- function(x, ..., methods = c("kmeans", "kmedoids"), scores = NULL, dims = NULL,
                            starts = 50, seed = 1, threads = NULL) {
  if (!inherits(x, "forebear_archetypes")) {
    abort_forebear("argument", c("`x` must be an `archetypes()` fit.",
      x = sprintf("It is %s.", describe_class(x))))
  }
  if (!is.null(methods) && !(is.character(methods) && all(methods %in% c("kmeans", "kmedoids")))) {
    abort_forebear("argument", c("`methods` must be among \"kmeans\" and \"kmedoids\", or NULL.",
      x = found(methods)))
  }
  starts <- check_count(starts, "starts")
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  others <- check_others(list(...))
  q <- ancestry_matrix(x)
  scores <- scores_for(x, q, scores, dims) %||% no_scores()
  own <- stats::setNames(list(x), method_names(list(archetypes = x)))
  matrices <- compared_matrices(c(own, others), q)
  answered <- answered_in_both(cbind(Reduce(`+`, lapply(matrices, rowSums))), scores)
  matrices <- lapply(matrices, function(q) q[answered, , drop = FALSE])
  scores <- scores[answered, , drop = FALSE]
  check_enough_distinct(scores, ncol(q))
  parts <- q_centers(c(own, others), matrices, scores)
  if ("kmeans" %in% methods) {
    parts[["K-means"]] <- kmeans_centers(scores, ncol(q), starts, seed)
  }
  if ("kmedoids" %in% methods) {
    parts[["K-medoids"]] <- kmedoids_centers(scores, ncol(q), min(starts, 10), seed)
  }
  new_center_comparison(parts, scores, threads)
}

#' @rdname compare_centers
#' @export
compare_centres <- function(x, ...) {
  inform_renamed("compare_centres", "compare_centers")
  compare_centers(x, ...)
}

no_scores <- function(call = rlang::caller_env()) {
  abort_forebear("argument", c("Cluster centers are compared in the space of scores.",
    x = "The fit has none.", i = "Give `scores =`, a `pca()` fit of the same samples."), call)
}

check_others <- function(others, call = rlang::caller_env()) {
  name <- names(others) %||% rep("", length(others))
  if (any(name == "") || anyDuplicated(name)) {
    message <- c("Every other fit must have a name of its own, for the figure.",
      x = if (any(name == "")) sprintf("%s without one.", verb(sum(name == ""))) else
        sprintf("Twice: %s.", quoted(unique(name[duplicated(name)]))),
      i = "compare_centers(fit, ADMIXTURE = other)")
    abort_forebear("argument", message, call)
  }
  others
}

check_enough_distinct <- function(scores, k, call = rlang::caller_env()) {
  n_distinct <- nrow(unique(scores))
  if (n_distinct < k) {
    message <- c("There must be at least as many different samples as centers.",
      x = sprintf("%d centers, %s that differ.", k, counted(n_distinct, "sample")))
    abort_forebear("too_few_distinct_samples", message, call)
  }
}

# The Q matrix of each fit; samples in the order of `q`, that of the first.
compared_matrices <- function(fits, q, call = rlang::caller_env()) {
  matrices <- c(list(q), mapply(ancestry_matrix, fits[-1], names(fits)[-1], SIMPLIFY = FALSE,
    MoreArgs = list(call = call)))
  in_one_order(stats::setNames(matrices, names(fits)), call)
}

# Centers [k x dims] and weights [n_samples x k] of each Q matrix.
q_centers <- function(fits, matrices, scores) {
  mapply(function(x, q) list(centers = cluster_positions(x, q, scores), weights = q),
    fits, matrices, SIMPLIFY = FALSE)
}

kmeans_centers <- function(scores, k, starts, seed) {
  fit <- with_own_seed(seed, {
    stats::kmeans(scores, k, iter.max = 100, nstart = starts)
  })
  list(centers = unname(fit$centers), weights = binary_weights(fit$cluster, k))
}

# Squared distances, so that the sum that is minimized is the rss.
kmedoids_centers <- function(scores, k, starts, seed, call = rlang::caller_env()) {
  check_package("cluster", "cran", call)
  n <- nrow(scores)
  if (n > 20000) {
    message <- c("K-medoids takes all distances between at most 20,000 samples.",
      x = sprintf("There are %s.", big(n)), i = "Use methods = \"kmeans\".")
    abort_forebear("too_many_samples", message, call)
  }
  squared <- stats::dist(scores)^2
  from <- function(medoids) {
    cluster::pam(squared, k, diss = TRUE, keep.diss = FALSE, pamonce = 5, medoids = medoids)
  }
  random <- with_own_seed(seed, replicate(starts, sample.int(n, k), simplify = FALSE))
  fits <- lapply(c(list(NULL), random), from)
  # The objective is the mean over samples of what is summed.
  fit <- fits[[which.min(vapply(fits, function(fit) fit$objective[["swap"]], 0))]]
  list(centers = unname(scores[fit$id.med, , drop = FALSE]),
    weights = binary_weights(fit$clustering, k))
}

# [n_samples x k] 1 for the cluster of each sample.
binary_weights <- function(cluster, k) {
  outer(unname(cluster), seq_len(k), "==") + 0
}

# Evaluates code after set.seed(seed), always with the same generators, and puts back the state of
# the user's.
with_own_seed <- function(seed, code) {
  before <- if (exists(".Random.seed", globalenv(), inherits = FALSE)) {
    get(".Random.seed", globalenv(), inherits = FALSE)
  }
  kinds <- RNGkind()
  on.exit({
    if (is.null(before)) {
      suppressWarnings(RNGkind(kinds[[1]], kinds[[2]], kinds[[3]]))
      rm(".Random.seed", envir = globalenv())
    } else {
      assign(".Random.seed", before, envir = globalenv())
    }
  })
  set.seed(seed %% .Machine$integer.max, "Mersenne-Twister", "Inversion", "Rejection")
  code
}

new_center_comparison <- function(parts, scores, threads, call = rlang::caller_env()) {
  total <- sum(sweep(scores, 2, colMeans(scores))^2)
  spread <- sqrt(total / nrow(scores))
  methods <- lapply(names(parts), function(method) {
    part <- parts[[method]]
    rss <- sum((scores - part$weights %*% part$centers)^2)
    outside <- hull_distances(scores, part$centers, threads, call) >= 1e-6 * max(spread, 1e-300)
    tibble::tibble(method = method, k = nrow(part$centers), rss = rss,
      explained_variance_scores = 1 - rss / total, n_outside_hull = sum(outside))
  })
  x <- list(parts = parts, methods = do.call(rbind, methods), scores = scores,
    sample_id = rownames(scores) %||% paste0("sample", seq_len(nrow(scores))))
  structure(x, class = "forebear_centre_comparison")
}

cluster_names <- function(part) {
  rownames(part$centers) %||% numbered_names(seq_len(nrow(part$centers)))
}

#' @rdname compare_centers
#' @export
tidy.forebear_centre_comparison <- function(x, matrix = c("centres", "assignments"), ...) {
  check_no_dots(...)
  matrix <- check_choice(matrix, "matrix", c("centres", "assignments"))
  rows <- lapply(names(x$parts), function(method) {
    part <- x$parts[[method]]
    cluster <- cluster_names(part)
    if (matrix == "assignments") {
      return(tibble::tibble(method = method, sample_id = x$sample_id,
        cluster = cluster[max.col(part$weights, ties.method = "first")]))
    }
    tibble::tibble(method = method, cluster = rep(cluster, ncol(part$centers)),
      component = rep(seq_len(ncol(part$centers)), each = nrow(part$centers)),
      value = c(part$centers))
  })
  do.call(rbind, rows)
}

#' @rdname compare_centers
#' @export
glance.forebear_centre_comparison <- function(x, ...) {
  check_no_dots(...)
  x$methods
}

#' @export
print.forebear_centre_comparison <- function(x, ...) {
  lines <- c(
    sprintf("<centre_comparison> %s of %s in %s", counted(nrow(x$methods), "method"),
      counted(nrow(x$scores), "sample"), counted(ncol(x$scores), "dimension")),
    sprintf("explained variance of the scores: %s", first_of(sprintf("%s %.4f", x$methods$method,
      x$methods$explained_variance_scores), 8)),
    sprintf("centers outside the hull: %s", first_of(sprintf("%s %d of %d", x$methods$method,
      x$methods$n_outside_hull, x$methods$k), 8))
  )
  cat(lines, sep = "\n")
  invisible(x)
}
