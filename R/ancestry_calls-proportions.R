#' Genome-wide ancestry proportions
#'
#' The mean posterior of each ancestry over both haplotypes of a sample, windows weighted by
#' their length, with standard errors.
#'
#' Standard errors come from the delete-one-block jackknife for blocks of unequal length (Busing et
#' al. 1999): blocks are chromosomes, or 20 runs of consecutive windows if there is one
#' chromosome only. With block ratios \eqn{\theta_j}, lengths \eqn{m_j} that sum to \eqn{n}, and
#' \eqn{g} blocks, the variance is \eqn{\frac{1}{g}\sum_j (\theta_j-\theta)^2 m_j/(n-m_j)}.
#' They say how much the proportion varies along the genome, not whether calls are biased.
#'
#' @param calls Ancestry calls, as [read_msp()] returns.
#' @param level `NULL`: populations. A number of steps from the root of the tree: the nodes at that
#'   level, and the populations that end above it.
#' @param weight Length of a window: `"bp"`, `"cm"` (needs genetic positions) or `"windows"` (all
#'   equal).
#' @param blocks Number of blocks of consecutive windows, across all chromosomes, instead of the
#'   default.
#' @inheritParams assign_ancestry
#' @returns A tibble, one row per sample and ancestry: `sample_id`, `ancestry`, `proportion`,
#'   `std_error` (`NA` if there is one block only). Proportions of a sample sum to 1.
#' @section Errors:
#' `forebear_error_incomplete_calls`; `forebear_error_tree`; `forebear_error_no_genetic_map` for
#' `weight = "cm"` without genetic positions; `forebear_error_argument`.
#' @references Busing F., Meijer E. and van der Leeden R. (1999), Statistics and Computing 9:3.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' ancestry_proportions(calls)
#' ancestry_proportions(calls, level = 1)
#' @family ancestry calls
#' @export
ancestry_proportions <- function(calls, level = NULL, weight = c("bp", "cm", "windows"),
                                 blocks = NULL, tree = NULL) {
  call <- rlang::current_env()
  weight <- check_choice(weight, "weight", c("bp", "cm", "windows"))
  if (!is.null(blocks)) blocks <- check_count(blocks, "blocks", min = 2)
  by_chrom <- call_pieces(calls, call)
  tree <- tree_of_calls(calls, tree, call)
  nodes <- nodes_at(tree, level, call)
  lengths <- lapply(by_chrom, piece_lengths, weight = weight, call = call)
  block <- jackknife_blocks(by_chrom, blocks)
  samples <- unique(unlist(lapply(by_chrom, `[[`, "sample_id")))
  n_blocks <- max(unlist(block))
  sums <- 0
  for (i in seq_along(by_chrom)) {
    sums <- sums + ancestry_lengths(calls, by_chrom[[i]], lengths[[i]], block[[i]], samples,
      n_blocks, tree)
  }
  # The root has probability 1 everywhere.
  total <- matrix(sums[, 1], length(samples))
  rows <- lapply(nodes, function(node) {
    block_jackknife(matrix(sums[, node], length(samples)), total)
  })
  tibble::tibble(
    sample_id = rep(samples, each = length(nodes)),
    ancestry = rep(tree$node[nodes], length(samples)),
    proportion = c(do.call(rbind, lapply(rows, `[[`, "estimate"))),
    std_error = c(do.call(rbind, lapply(rows, `[[`, "std_error")))
  )
}

# Positions in the tree of the populations, or of the nodes `level` steps below the root and the
# leaves above them.
nodes_at <- function(tree, level, call) {
  if (is.null(level)) {
    return(which(is_leaf(tree)))
  }
  depth <- tree_depth(tree)
  level <- check_count(level, "level", min = 1, max = max(depth), call = call)
  which(depth == level | (is_leaf(tree) & depth < level))
}

# n_pieces, lengths of the pieces of a chromosome.
piece_lengths <- function(pieces, weight, call) {
  edges <- piece_edges(pieces)
  length_of <- switch(weight,
    bp = edges$high_bp - edges$low_bp + 1,
    cm = edges$high_cm - edges$low_cm,
    windows = edges$part
  )
  if (anyNA(length_of)) {
    abort_forebear("no_genetic_map", c(
      "`weight = \"cm\"` needs calls with genetic positions.",
      x = sprintf("They are not known on chromosome %s.", quoted(pieces$chrom)),
      i = "`weight = \"bp\"` weights windows by base pairs."
    ), call)
  }
  length_of
}

# [(n_samples n_blocks) x n_nodes] sums over both haplotypes of posterior times length; samples of
# the first jackknife block, then those of the second, and so on. `jackknife`: of each window.
ancestry_lengths <- function(calls, pieces, length_of, jackknife, samples, n_blocks, tree) {
  places <- list(
    row = pieces$row, sample = match(pieces$sample_id, samples)[pieces$owner],
    part = as.integer(jackknife)[pieces$window], length = as.double(length_of)
  )
  sums <- answer(rust_ancestry_lengths(tree$parent, leaf_posteriors(calls, tree), places,
    length(samples), as.integer(n_blocks)))
  colnames(sums) <- tree$node
  sums
}
