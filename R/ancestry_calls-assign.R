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
#' A haplotype may be of an ancestry that the panel lacks: it is then called as the population that
#' is most like it. Calls that know how typical a haplotype is of the population it is called
#' (`.typicality`, from 0 to 1) are unassigned where that is below `min_typicality`.
#'
#' @param calls Ancestry calls, as [read_msp()] returns, or [stored ones][stored_calls].
#' @param threshold Least probability of a node, from 0 to 1.
#' @param tree Another tree of the same populations, in any form that [reference_panel()] takes;
#'   `NULL` is that of the calls.
#' @param min_typicality Least `.typicality` of what is assigned, from 0 to 1; 0 assigns whatever
#'   the typicality. Where it is not known (`NA`), it leaves nothing out. Calls that were read from
#'   a file do not have it.
#' @returns A tibble, one row for each of `calls`: `sample_id`, `haplotype`, `chrom`, `window`,
#'   `start_bp`, `end_bp`, `ancestry` (`NA`: unassigned), `level` (steps from the root) and
#'   `probability` (of the node); both `NA` where unassigned.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_typicality` if `min_typicality` is above 0 and `calls`
#' have no `.typicality`; `forebear_error_tree` if the leaves are not the populations.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' assign_ancestry(calls)
#' table(assign_ancestry(calls, threshold = 0.9)$ancestry, useNA = "ifany")
#' @family ancestry calls
#' @export
assign_ancestry <- function(calls, threshold = 0.8, tree = NULL, min_typicality = 0) {
  call <- rlang::current_env()
  threshold <- check_number(threshold, "threshold", min = 0, max = 1)
  min_typicality <- check_number(min_typicality %||% 0, "min_typicality", min = 0, max = 1)
  rows_by_batch(calls, function(calls) {
    assigned_rows(calls, threshold, tree, min_typicality, call)
  }, call)
}

assigned_rows <- function(calls, threshold, tree, min_typicality, call) {
  check_calls(calls, call)
  tree <- tree_of_calls(calls, tree, call)
  assigned <- typical_nodes(calls, tree, threshold, min_typicality, call)
  tibble::tibble(
    sample_id = calls$sample_id, haplotype = calls$haplotype, chrom = calls$chrom,
    window = calls$window, start_bp = calls$start_bp, end_bp = calls$end_bp,
    ancestry = tree$node[assigned$node], level = tree_depth(tree)[assigned$node],
    probability = assigned$probability
  )
}

# What `assign_nodes()` gives, `NA` where a haplotype is not typical enough.
typical_nodes <- function(calls, tree, threshold, min_typicality, call) {
  assigned <- assign_nodes(calls, tree, threshold)
  is_atypical <- which(typicality_of(calls, min_typicality, call) < min_typicality)
  assigned$node[is_atypical] <- NA
  assigned$probability[is_atypical] <- NA
  assigned
}

# n_rows; Inf if it does not matter.
typicality_of <- function(calls, min_typicality, call) {
  if (min_typicality == 0) {
    return(rep(Inf, nrow(calls)))
  }
  typicality <- calls[[".typicality"]]
  if (is.null(typicality)) {
    abort_forebear("typicality", c(
      "`min_typicality` needs calls that know how typical haplotypes are.",
      x = "They have no column `.typicality`.",
      i = "Calls that `predict()` makes have it; files of other programs and `read_fb()` do not."
    ), call)
  }
  typicality
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
