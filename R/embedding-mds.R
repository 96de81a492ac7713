#' Multidimensional scaling
#'
#' Places samples in two dimensions so that their distances in the figure are as near as possible to
#' those on the components, which [tsne()] and [umap()] do not try.
#'
#' `method = "metric"` minimizes the raw stress, the sum over all pairs of (d - e)^2, with d the
#' distance that is given and e the one in the figure, by majorization (SMACOF): from the places X,
#' the next are B(X) X / n, with B(X) having -d / e off its diagonal and rows that sum to 0. No step
#' raises the stress. It starts from the classical solution, so there is nothing random.
#' `"classical"` (Torgerson) keeps inner products instead of distances: two eigenvectors of the
#' doubly centered squared distances, which for distances on components are the first two
#' components again.
#'
#' Stress-1 is sqrt(sum (d - e)^2 / sum d^2), after the figure is scaled so that it is least: 0
#' where two dimensions hold all distances, below 0.1 a fair picture, and above 0.2 (Kruskal) one
#' that shows little of them.
#'
#' All distances are held in memory, so there is a limit of 10,000 samples.
#'
#' @param x [genotypes], a [pca()] fit or a matrix of scores, as in [gtm()], or the distances
#'   themselves, of class `dist`, from 3 samples on.
#' @param method `"metric"` or `"classical"`.
#' @param max_iter,tolerance Of `"metric"`: it stops after so many iterations, with a warning, or
#'   where the stress decreases by less than this part of itself.
#' @param num_comp,preprocessing As in [gtm()]; not for distances.
#' @param ... Must be empty.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_embedding`, as of [tsne()]: `tidy()` gives `sample_id`,
#'   `mds1`, `mds2`; `objective` in `glance()` is the stress-1. The first axis is that of the
#'   largest variance; each points to where its largest value is positive.
#' @section Errors:
#' `forebear_error_too_many_samples`; `forebear_error_argument`, also for fewer than 3 samples,
#' samples that are all alike and distances that are missing; `forebear_error_no_projection` for
#' `predict()`. A warning of class `forebear_warning_not_converged`.
#' @references de Leeuw J. (1977), Applications of convex analysis to multidimensional scaling.
#'   Borg I. and Groenen P. J. F. (2005), Modern Multidimensional Scaling, chapter 8. Kruskal J. B.
#'   (1964), Psychometrika 29:1.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- mds(genotypes, num_comp = 4)
#' fit
#' autoplot(fit, labels = read.delim(example_data("labels")))
#' mds(dist(as.matrix(genotypes[1:12, ])))
#' @export
mds <- function(x, method = c("metric", "classical"), max_iter = 1000, tolerance = 1e-7, ...,
                num_comp = NULL, preprocessing = NULL, threads = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  method <- check_choice(method, "method", c("metric", "classical"))
  max_iter <- check_count(max_iter, "max_iter", call = call)
  tolerance <- check_number(tolerance, "tolerance", min = 0, max = 1, call = call)
  space <- if (inherits(x, "dist")) {
    distance_space(x, num_comp, preprocessing, call)
  } else {
    score_space(x, score_options(num_comp, preprocessing, list(), call),
      check_threads(threads, call), call)
  }
  distance <- check_distances(space, call)
  places <- classical_places(distance)
  if (method == "metric") places <- metric_places(distance, places, max_iter, tolerance, call)
  fit <- new_embedding(principal_axes(places), "mds", space, stress_1(distance, places))
  if (inherits(x, "dist")) fit$dims <- NA_integer_
  fit
}

# Distances in the place of scores.
distance_space <- function(x, num_comp, preprocessing, call) {
  if (!is.null(num_comp) || !is.null(preprocessing)) {
    abort_forebear("argument", c("`num_comp` and `preprocessing` are for components.",
      x = "`x` is a table of distances."), call)
  }
  n <- attr(x, "Size")
  id <- id_text(attr(x, "Labels") %||% paste0("sample", seq_len(n)))
  list(distance = x, all_id = id, sample_id = id, answered = rep(TRUE, n), scores = matrix(0, n, 0))
}

# [n x n]
check_distances <- function(space, call) {
  n <- length(space$sample_id)
  if (n > 10000) {
    abort_forebear("too_many_samples", c(
      "`mds()` takes all distances between at most 10,000 samples.",
      x = sprintf("There are %s.", big(n)), i = "Use `umap()`, or a part of the samples."), call)
  }
  if (n < 3) {
    abort_forebear("argument", c("`mds()` needs at least 3 samples.",
      x = sprintf("There %s %d.", if (n == 1) "is" else "are", n)), call)
  }
  distance <- unname(as.matrix(space$distance %||% stats::dist(space$scores)))
  if (!all(is.finite(distance)) || any(distance < 0)) {
    abort_forebear("argument", c("Distances must be known and not negative.",
      x = sprintf("Not so: %s.", big(sum(!is.finite(distance) | distance < 0) / 2))), call)
  }
  if (max(distance) == 0) {
    abort_forebear("argument", c("Some samples must differ.", x = "All distances are 0."), call)
  }
  distance
}

# [n x 2] Torgerson's solution; what has no second dimension gets zeros there.
classical_places <- function(distance) {
  n <- nrow(distance)
  inner <- -0.5 * distance^2
  inner <- inner - outer(rowMeans(inner), rowMeans(inner), "+") + mean(inner)
  parts <- eigen((inner + t(inner)) / 2, symmetric = TRUE)
  sweep(parts$vectors[, 1:2], 2, sqrt(pmax(parts$values[1:2], 0)), "*")
}

# [n x 2] of least raw stress near `places`.
metric_places <- function(distance, places, max_iter, tolerance, call) {
  shown <- shown_distances(places)
  before <- raw_stress(distance, shown)
  total <- sum(distance^2) / 2
  for (iteration in seq_len(max_iter)) {
    places <- majorize(distance, shown, places)
    shown <- shown_distances(places)
    stress <- raw_stress(distance, shown)
    if (before - stress <= tolerance * before || stress <= 1e-20 * total) {
      return(places)
    }
    before <- stress
  }
  warn_forebear("not_converged", c("The stress still decreases.",
    x = sprintf("After %s by more than %g of itself.", counted(max_iter, "iteration"), tolerance),
    i = "Raise `max_iter`."), call)
  places
}

# One step of SMACOF: B(X) X / n.
majorize <- function(distance, shown, places) {
  ratio <- ifelse(shown > 0, distance / shown, 0)
  (rowSums(ratio) * places - ratio %*% places) / nrow(places)
}

# [n x n]
shown_distances <- function(places) unname(as.matrix(stats::dist(places)))

raw_stress <- function(distance, shown) sum((distance - shown)^2) / 2

stress_1 <- function(distance, places) {
  shown <- shown_distances(places)
  scale <- sum(distance * shown) / sum(shown^2)
  sqrt(raw_stress(distance, scale * shown) / (sum(distance^2) / 2))
}

# The same picture, centered and rotated to the axes of its variance, signs fixed.
principal_axes <- function(places) {
  places <- sweep(places, 2, colMeans(places))
  places <- places %*% svd(places, nu = 0)$v
  largest <- apply(abs(places), 2, which.max)
  sweep(places, 2, ifelse(places[cbind(largest, 1:2)] < 0, -1, 1), "*")
}
