#' How diverse populations are on a map, and how much they overlap
#'
#' A population that occupies many nodes of a [gtm()] map is more diverse than one that occupies
#' few; two that occupy the same nodes cannot be distinguished by the map.
#'
#' With \eqn{P(k|c)} the mean responsibility of node k for the samples of population c (equation 5
#' of the paper), its entropy is \eqn{H_c = -\sum_k P(k|c) \log_2 P(k|c)}, in bits, and
#' \eqn{2^{H_c}} the number of nodes that it would occupy if it occupied them evenly. The overlap of
#' two is the Bhattacharyya coefficient \eqn{\sum_k \sqrt{P(k|a) P(k|b)}}: 0 without a common node,
#' 1 where both are spread alike. Errors are those of a bootstrap: samples are drawn within each
#' population, with replacement, the map stays as it is. Fewer different samples occupy fewer nodes,
#' so that the replicates lie below the estimate, as that lies below the value of the whole
#' population: limits are those of the replicates reflected about the estimate (the basic
#' bootstrap), and widened to hold it.
#'
#' Entropy rises with the number of samples, slowly where they are many, and so does overlap:
#' compare populations of similar size, or draw as many of each. Where samples are few for their
#' nodes, values of the whole population lie near the upper limit or above.
#'
#' @param map A [gtm()] fit, or a [classify()] fit of `method = "gtm"`.
#' @param labels,label_column Populations of the samples of the map, in any form that labels take in
#'   [classify()]; a classifier knows its own.
#' @param replicates Bootstrap replicates; 0 for no errors.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_map_diversity`. [tidy()] gives one row per population:
#'   `population`, `n_samples`, `entropy`, `std_error`, `n_nodes` (occupied evenly),
#'   `n_nodes_low`, `n_nodes_high` (95 % limits); `tidy(x, "overlap")` one row per pair:
#'   `population_1`, `population_2`, `overlap`, `std_error`, `low`, `high`.
#' @section Errors:
#' `forebear_error_argument`; those of labels as in [autoplot.forebear_pca()].
#' @references Gaspar H. A. and Breen G. (2019), BMC Bioinformatics 20:116.
#'   Bhattacharyya A. (1943), Bulletin of the Calcutta Mathematical Society 35:99. Davison A. C. and
#'   Hinkley D. V. (1997), Bootstrap Methods and their Application (basic bootstrap).
#' @family ancestry maps
#' @examples
#' map <- gtm(read_bed(example_data("panel")), nodes = 10, num_comp = 4)
#' diversity <- map_diversity(map, read.delim(example_data("labels")), replicates = 50)
#' tidy(diversity)
#' tidy(diversity, "overlap")
#' @export
map_diversity <- function(map, labels = NULL, label_column = NULL, replicates = 200, seed = 1,
                          threads = NULL) {
  call <- rlang::current_env()
  replicates <- check_count(replicates, "replicates", min = 0, max = 1e5)
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  group <- groups_on_map(map, labels, label_column, call)
  if (inherits(map, "forebear_classifier")) map <- map$model$map
  known <- which(!is.na(group))
  group <- droplevels(group[known])
  responsibility <- place_on_map(map, map$space$scores[known, , drop = FALSE],
    diag(nrow(map$nodes)), threads, call)$means
  members <- split(seq_along(group), group)
  proportions <- function(rows) {
    t(vapply(rows, function(own) colMeans(responsibility[own, , drop = FALSE]),
      numeric(ncol(responsibility))))
  }
  measure <- function(p) c(node_entropies(p), node_overlaps(p))
  found <- measure(proportions(members))
  drawn <- with_own_seed(seed, vapply(seq_len(replicates), function(replicate) {
    drawn <- lapply(members, function(own) own[sample.int(length(own), replace = TRUE)])
    measure(proportions(drawn))
  }, found))
  new_map_diversity(found, matrix(drawn, length(found)), group, ncol(responsibility))
}

# The factor of populations of the samples that the map has scores of.
groups_on_map <- function(map, labels, label_column, call) {
  is_classifier <- inherits(map, "forebear_classifier") && map$method == "gtm"
  if (!is_classifier && !inherits(map, "forebear_gtm")) {
    abort_forebear("argument", c(
      "`map` must be a `gtm()` fit, or a `classify()` fit of `method = \"gtm\"`.",
      x = if (inherits(map, "forebear_classifier")) {
        sprintf("Its method is \"%s\".", map$method)
      } else {
        found(map)
      }), call)
  }
  if (is_classifier && is.null(labels)) {
    return(map$label)
  }
  if (is.null(labels)) {
    abort_forebear("argument", c("A map does not know the populations of its samples.",
      x = "`labels` are not given."), call)
  }
  space <- map$space
  group <- drawn_labels(match_labels(labels, space$all_id, label_column, call), space$answered)
  if (all(is.na(group))) {
    abort_forebear("argument", c("Some sample of the map must have a label.",
      x = "None has."), call)
  }
  group
}

# [n_populations] in bits; p [n_populations x n_nodes] rows sum to 1.
node_entropies <- function(p) unname(rowSums(ifelse(p > 0, -p * log2(p), 0)))

# [n_pairs] in the order of `utils::combn()`.
node_overlaps <- function(p) {
  overlap <- tcrossprod(sqrt(p))
  overlap[lower.tri(overlap)]
}

# found: entropies, then overlaps; drawn [length(found) x n_replicates]
new_map_diversity <- function(found, drawn, group, n_nodes) {
  stopifnot(is.double(found), nrow(drawn) == length(found))
  x <- list(found = found, drawn = drawn, populations = levels(group),
    size = tabulate(group, nlevels(group)), n_nodes = n_nodes)
  structure(x, class = "forebear_map_diversity")
}

#' @rdname map_diversity
#' @param x Of class `forebear_map_diversity`.
#' @param matrix What to tidy.
#' @param ... Must be empty.
#' @export
tidy.forebear_map_diversity <- function(x, matrix = c("populations", "overlap"), ...) {
  check_no_dots(...)
  n <- length(x$populations)
  of_pairs <- check_choice(matrix, "matrix", c("populations", "overlap")) == "overlap"
  rows <- if (of_pairs) setdiff(seq_along(x$found), seq_len(n)) else seq_len(n)
  drawn <- x$drawn[rows, , drop = FALSE]
  has_errors <- ncol(drawn) > 1
  std_error <- if (has_errors) apply(drawn, 1, stats::sd) else rep(NA_real_, length(rows))
  most <- if (of_pairs) 1 else log2(x$n_nodes)
  limits <- if (has_errors) basic_limits(x$found[rows], drawn, most) else
    matrix(NA_real_, length(rows), 2)
  if (of_pairs) {
    pair <- if (n > 1) utils::combn(n, 2) else matrix(0L, 2, 0)
    return(tibble::tibble(population_1 = x$populations[pair[1, ]],
      population_2 = x$populations[pair[2, ]], overlap = x$found[rows], std_error = std_error,
      low = limits[, 1], high = limits[, 2]))
  }
  tibble::tibble(population = x$populations, n_samples = x$size, entropy = x$found[rows],
    std_error = std_error, n_nodes = 2^x$found[rows], n_nodes_low = 2^limits[, 1],
    n_nodes_high = 2^limits[, 2])
}

# [n x 2] limits of 95 % by the basic bootstrap, from 0 to `most`, which hold the estimates.
# found [n], drawn [n x n_replicates]
basic_limits <- function(found, drawn, most) {
  ends <- vapply(c(0.975, 0.025), function(at) {
    2 * found - apply(drawn, 1, stats::quantile, probs = at, names = FALSE)
  }, found)
  ends <- matrix(ends, length(found))
  cbind(pmax(0, pmin(found, ends[, 1])), pmin(most, pmax(found, ends[, 2])))
}

#' @export
print.forebear_map_diversity <- function(x, ...) {
  own <- tidy.forebear_map_diversity(x)
  own <- own[order(-own$entropy), ]
  pairs <- tidy.forebear_map_diversity(x, "overlap")
  most <- utils::head(pairs[order(-pairs$overlap), ], 3)
  cat(c(
    sprintf("<map_diversity> %s of %s, %s", counted(nrow(own), "population"),
      counted(sum(x$size), "sample"), counted(ncol(x$drawn), "replicate")),
    sprintf("nodes: %s", first_of(sprintf("%s %.1f", own$population, own$n_nodes), 8)),
    if (nrow(most) > 0) {
      sprintf("largest overlap: %s", paste(sprintf("%s and %s %.2f", most$population_1,
        most$population_2, most$overlap), collapse = ", "))
    }
  ), sep = "\n")
  invisible(x)
}
