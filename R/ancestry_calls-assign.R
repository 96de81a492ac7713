#' Assign ancestry at the level that is sure enough
#'
#' A haplotype window gets the lowest node of the population tree that is probable enough: a
#' population where the calls are sure, else what populations have in common, such as a continent.
#'
#' The probability of a node is the sum of its leaves. Of the nodes that reach `threshold` (but for
#' rounding, 1e-9), the one with the most steps from the root is chosen; if several are equally far,
#' the most probable one, and of equals the first in the tree. Where only the root qualifies, the
#' window is unassigned. `threshold = 0` is the best guess: the most probable population, however
#' far it lies from the root.
#'
#' @param calls Ancestry calls, as [read_msp()] returns.
#' @param threshold Least probability of a node, from 0 to 1.
#' @param tree Another tree of the same populations, in any form that [reference_panel()] takes;
#'   `NULL` is that of the calls.
#' @returns A tibble, one row for each of `calls`: `sample_id`, `haplotype`, `chrom`, `window`,
#'   `start_bp`, `end_bp`, `ancestry` (`NA`: unassigned), `level` (steps from the root) and
#'   `probability` (of the node); both `NA` where unassigned.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_tree` if the leaves are not the populations.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' assign_ancestry(calls)
#' table(assign_ancestry(calls, threshold = 0.9)$ancestry, useNA = "ifany")
#' @family ancestry calls
#' @export
assign_ancestry <- function(calls, threshold = 0.8, tree = NULL) {
  call <- rlang::current_env()
  check_calls(calls, call)
  threshold <- check_number(threshold, "threshold", min = 0, max = 1)
  tree <- tree_of_calls(calls, tree, call)
  assigned <- assign_nodes(calls, tree, threshold)
  tibble::tibble(
    sample_id = calls$sample_id, haplotype = calls$haplotype, chrom = calls$chrom,
    window = calls$window, start_bp = calls$start_bp, end_bp = calls$end_bp,
    ancestry = tree$node[assigned$node], level = tree_depth(tree)[assigned$node],
    probability = assigned$probability
  )
}

# node (position in the tree, NA: unassigned) and probability of each row.
assign_nodes <- function(calls, tree, threshold) {
  lowest_nodes(leaf_posteriors(calls, tree), tree, threshold)
}

# METHODS: of the nodes that reach the threshold the one farthest from the root, then the most
# probable. `leaves`: values by leaf, a list of columns.
lowest_nodes <- function(leaves, tree, threshold) {
  with_progress(function(progress) rust_lowest_nodes(tree$parent, leaves, threshold, progress))
}
