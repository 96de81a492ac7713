#' Ancestry calls as long tables and matrices
#'
#' `tidy()` gives one row for each haplotype, window and population; `ancestry_dosage()` the number
#' of copies of each ancestry, for admixture mapping.
#'
#' @param x,calls Ancestry calls, as [read_msp()] returns, or [stored ones][stored_calls].
#' @param level `NULL`: populations. A number of steps from the root of the tree: the nodes at that
#'   level, and the populations that end above it.
#' @param ... Must be empty.
#' @inheritParams assign_ancestry
#' @returns `tidy()`: a tibble of `sample_id`, `haplotype`, `chrom`, `window`, `start_bp`, `end_bp`,
#'   `ancestry`, `probability`.
#'
#'   `ancestry_dosage()`: a list with a matrix (windows x samples) for each ancestry, named by it:
#'   the expected copies from 0 to 2, sums of the posteriors of both haplotypes; 0 to 1 where a
#'   sample has one haplotype, `NA` where a sample has no calls. Rows are named
#'   `<chrom>:<start_bp>-<end_bp>`.
#' @section Errors:
#' `forebear_error_incomplete_calls`, `forebear_error_tree`, `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' tidy(calls)
#' ancestry_dosage(calls)$east[1:3, ]
#' @name ancestry_dosage
#' @family ancestry calls
NULL

#' @rdname ancestry_dosage
#' @export
tidy.forebear_ancestry_calls <- function(x, ...) {
  check_no_dots(...)
  check_calls(x)
  populations <- attr(x, "populations")
  n <- length(populations)
  columns <- c("sample_id", "haplotype", "chrom", "window", "start_bp", "end_bp")
  long <- lapply(stats::setNames(columns, columns), function(name) rep(x[[name]], each = n))
  posterior <- lapply(paste0(".pred_", populations), function(name) x[[name]])
  tibble::as_tibble(c(long, list(
    ancestry = rep(populations, nrow(x)), probability = c(do.call(rbind, posterior))
  )))
}

#' @rdname ancestry_dosage
#' @export
ancestry_dosage <- function(calls, level = NULL, tree = NULL) {
  call <- rlang::current_env()
  calls <- calls_in_memory(calls, call)
  blocks <- call_blocks(calls, call)
  tree <- tree_of_calls(calls, tree, call)
  nodes <- nodes_at(tree, level, call)
  samples <- unique(unlist(lapply(blocks, `[[`, "sample_id")))
  dosage <- lapply(nodes, function(node) {
    posteriors <- posteriors_of(calls, tree$node[leaves_below(tree, node)])
    do.call(rbind, lapply(blocks, block_dosage, posteriors = posteriors, samples = samples))
  })
  stats::setNames(dosage, tree$node[nodes])
}

# Positions in the tree of the leaves that are `node` or below it.
leaves_below <- function(tree, node) {
  leaves <- which(is_leaf(tree))
  leaves[node_lineage(tree)[leaves, node]]
}

# [n_nodes x n_nodes] whether a node (row) is another one (column) or below it.
node_lineage <- function(tree) {
  lineage <- diag(length(tree$node)) == 1
  for (node in seq_along(tree$node)[-1]) {
    lineage[node, ] <- lineage[node, ] | lineage[tree$parent[node], ]
  }
  lineage
}

# [n_windows x n_samples] sums over haplotypes.
block_dosage <- function(block, posteriors, samples) {
  copies <- answer(rust_ancestry_copies(posteriors, block_places(block, samples)))
  dimnames(copies) <- list(
    sprintf("%s:%.0f-%.0f", block$chrom, block$windows$start_bp, block$windows$end_bp), samples
  )
  copies
}
