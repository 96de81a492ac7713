#' Compare two Q matrices
#'
#' Matches the samples by ID and the clusters so that the Q matrices differ least, then
#' says how much they still differ. `autoplot()` stacks the bars of both with matched colors.
#'
#' Clusters are paired by the Hungarian method: of all pairings, the one with the smallest
#' RMSE. With a and b the weights of one pair over n samples,
#'
#' * `rmse` is sqrt(mean((a - b)^2)),
#' * `correlation` is Pearson's,
#' * `jaccard` is the variant of the Jaccard index of pong (Behr et al. 2016): over the set S of
#'   samples that have any of either cluster, a + b >= 0.1 / K,
#'   1 - sqrt(sum over S of (a - b)^2) / sqrt(2 |S|). It is 1 for equal clusters and
#'   1 - sqrt(1/2) = .29 for two that have no sample in common and weight 1 in each of theirs. As
#'   samples that have neither do not count, it distinguishes small clusters where other
#'   measures are near 1.
#'
#' A pair whose correlation is below 0.5 is none, and a message of class
#' `forebear_message_unpaired` names it. If one has more clusters than the other, those left over
#' have no partner either. Clusters without a partner are
#' compared with a cluster of weight 0 in `rmse` and in the overall correlation, and count as
#' 0 in the overall `jaccard`. K is the number of rows of `tidy()`: pairs, and clusters without a
#' partner. Samples without an answer in one of both are left out, which a message says.
#'
#' @param a,b Fits, Q matrices with sample IDs as row names, what [read_q()] returns, or tables
#'   of weights (see [as_q_matrix()]), of the same samples in any order. Two matrices
#'   without row names are taken to have the same order.
#' @param names What to call the two in tables and figures.
#' @param x A comparison.
#' @param ... Must be empty.
#' @returns An object of class `forebear_ancestry_comparison`.
#'
#' `tidy()`: one row per pair of clusters: `archetype` (its name in `a`), `partner` (in `b`; one
#' of both is `NA` for a cluster left over), `mean_weight_a`, `mean_weight_b`, `rmse`,
#' `correlation`, `jaccard`.
#'
#' `glance()`: `n_samples`, `k_a`, `k_b`, and over all weights `rmse`, `correlation` (of all
#' entries of both matrices), `jaccard` (mean over the pairs). They are also the fields
#' `x$rmse`, `x$correlation`, `x$jaccard`.
#' @section Errors:
#' `forebear_error_unknown_sample` if a sample is in one alone (it names them),
#' `forebear_error_duplicate_ids`, `forebear_error_q_simplex`, `forebear_error_argument`.
#' @references Behr A. A., Liu K. Z., Liu-Fang G., Nakka P. and Ramachandran S. (2016), pong:
#'   fast analysis and visualization of latent clusters in population genetic data,
#'   Bioinformatics 32:2817. Kuhn H. W. (1955), The Hungarian method for the assignment problem.
#' @family comparisons of ancestry
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 4)
#' truth <- read.delim(example_data("truth"))
#' comparison <- compare_ancestry(fit, truth, names = c("archetypes", "truth"))
#' comparison
#' tidy(comparison)
#' glance(comparison)
#' autoplot(comparison, labels = read.delim(example_data("labels")))
#' @export
compare_ancestry <- function(a, b, names = NULL, ...) {
  check_no_dots(...)
  names <- check_pair_names(names %||% method_names(list(a = a, b = b)))
  q <- list(ancestry_matrix(a, "a"), ancestry_matrix(b, "b"))
  q <- match_samples(stats::setNames(q, names))
  partner <- pair_columns(q[[1]], q[[2]])
  forced <- match_columns(q[[1]], q[[2]])
  inform_unpaired(colnames(q[[1]])[is.na(partner) & !is.na(forced)], names[1])
  new_ancestry_comparison(q, partner)
}

check_pair_names <- function(names, call = rlang::caller_env()) {
  if (!is.character(names) || length(names) != 2 || anyNA(names) || names[[1]] == names[[2]]) {
    abort_forebear("argument", c("`names` must be two different strings.", x = found(names)), call)
  }
  names
}

# What each of a list is best called: what fitted it, else its name in the list.
method_names <- function(x) {
  known <- vapply(x, function(x) {
    is_known <- inherits(x, "forebear_q_matrix") && x$format %in% names(program_names)
    if (is_known) program_names[[x$format]] else
      if (inherits(x, "forebear_admixture")) "ADMIXTURE model" else
        if (inherits(x, "forebear_archetypes")) "archetypes" else ""
  }, "")
  repeated <- known == "" | known %in% known[duplicated(known)]
  unname(ifelse(repeated, names(x), known))
}

# Formats that one program alone writes, or that are known by its name.
program_names <- c(admixture = "ADMIXTURE", structure = "STRUCTURE", indfile = "CLUMPP",
  popfile = "CLUMPP", scope = "SCOPE", faststructure = "fastStructure")

# q: two matrices, samples matched     partner [k_a]: columns of the second, or NA
new_ancestry_comparison <- function(q, partner) {
  a <- q[[1]]
  b <- q[[2]]
  from_a <- c(seq_len(ncol(a)), rep(NA, ncol(b) - sum(!is.na(partner))))
  from_b <- c(partner, setdiff(seq_len(ncol(b)), partner))
  cluster <- c(colnames(a), new_cluster_names(colnames(a), length(from_a) - ncol(a)))
  matched <- list(columns_or_zero(a, from_a, cluster), columns_or_zero(b, from_b, cluster))
  measures <- cluster_measures(matched[[1]], matched[[2]], is.na(from_a) | is.na(from_b))
  x <- list(
    clusters = tibble::tibble(archetype = colnames(a)[from_a], partner = colnames(b)[from_b],
      measures),
    q = stats::setNames(matched, names(q)), n_samples = nrow(a), k = c(ncol(a), ncol(b)),
    rmse = sqrt(mean((matched[[1]] - matched[[2]])^2)),
    correlation = correlation(c(matched[[1]]), c(matched[[2]])),
    jaccard = mean(measures$jaccard)
  )
  structure(x, class = "forebear_ancestry_comparison")
}

# [n_samples x length(from)] columns of `q`; 0 where `from` is NA.
columns_or_zero <- function(q, from, names) {
  out <- matrix(0, nrow(q), length(from), dimnames = list(rownames(q), names))
  out[, !is.na(from)] <- q[, from[!is.na(from)]]
  out
}

# Names for `n` more clusters than those with `names`.
new_cluster_names <- function(names, n) {
  is_numbered <- are_numbered(names)
  prefix <- if (all(is_numbered)) "archetype" else "other"
  last <- if (all(is_numbered)) max(0L, number_of(names)) else 0L
  utils::head(setdiff(paste0(prefix, last + seq_len(n + length(names))), names), n)
}

# One row per pair of columns; `alone` marks those of which one side is a cluster of weight 0.
cluster_measures <- function(a, b, alone) {
  columns <- seq_len(ncol(a))
  tibble::tibble(
    mean_weight_a = unname(colMeans(a)), mean_weight_b = unname(colMeans(b)),
    rmse = unname(sqrt(colMeans((a - b)^2))),
    correlation = vapply(columns, function(j) {
      if (alone[j]) NA_real_ else correlation(a[, j], b[, j])
    }, 0),
    jaccard = vapply(columns, function(j) {
      if (alone[j]) 0 else jaccard_similarity(a[, j], b[, j], ncol(a))
    }, 0)
  )
}

# Pearson's; NA where one side is constant.
correlation <- function(a, b) {
  a <- a - mean(a)
  b <- b - mean(b)
  size <- sqrt(sum(a^2)) * sqrt(sum(b^2))
  if (size > 0) sum(a * b) / size else NA_real_
}

# pong's variant of the Jaccard index of two columns of Q matrices of k clusters.
jaccard_similarity <- function(a, b, k) {
  some <- a + b >= 0.1 / k
  if (!any(some)) {
    return(1)
  }
  1 - sqrt(sum((a[some] - b[some])^2)) / sqrt(2 * sum(some))
}

#' @rdname compare_ancestry
#' @export
tidy.forebear_ancestry_comparison <- function(x, ...) {
  check_no_dots(...)
  x$clusters
}

#' @rdname compare_ancestry
#' @export
glance.forebear_ancestry_comparison <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    n_samples = x$n_samples, k_a = x$k[[1]], k_b = x$k[[2]], rmse = x$rmse,
    correlation = x$correlation, jaccard = x$jaccard
  )
}

#' @export
print.forebear_ancestry_comparison <- function(x, ...) {
  pairs <- sprintf("%s = %s", x$clusters$archetype, x$clusters$partner)
  alone <- is.na(x$clusters$archetype) | is.na(x$clusters$partner)
  left <- sum(alone)
  lines <- c(
    sprintf("<ancestry_comparison> %s (%s) and %s (%s), %s", names(x$q)[[1]],
      counted(x$k[[1]], "cluster"), names(x$q)[[2]], counted(x$k[[2]], "cluster"),
      counted(x$n_samples, "sample")),
    sprintf("pairs: %s%s", first_of(pairs[!alone], 6),
      if (left > 0) sprintf("; %s without a partner", big(left)) else ""),
    sprintf("RMSE %.4g, correlation %.4f, Jaccard similarity %.4f", x$rmse, x$correlation,
      x$jaccard)
  )
  cat(lines, sep = "\n")
  invisible(x)
}
