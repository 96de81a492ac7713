#' Segments of one ancestry
#'
#' Merges windows of a haplotype, or parts of them, that follow each other and are assigned the same
#' ancestry.
#'
#' Segments of a chromosome leave no gap: they end half way between the last variant of a window, or
#' of a part, and the first of the next one. Unassigned windows are segments with `NA` as ancestry.
#' A window that is not there ends a segment.
#'
#' @inheritParams assign_ancestry
#' @returns A tibble, one row per segment, ordered by chromosome, sample, haplotype and place:
#'   `sample_id`, `haplotype`, `chrom`, `start_bp`, `end_bp` (from 1, both inside), `n_windows` (of
#'   which it has at least a part), `ancestry`, `level` (steps from the root), `probability` (mean
#'   over the segment, weighted by base pairs) and `start_cm`, `end_cm`, `length_cm` (`NA` without a
#'   genetic map).
#' @section Errors:
#' As [assign_ancestry()]; `forebear_error_incomplete_calls` if windows of a haplotype are absent.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' ancestry_segments(calls, threshold = 0.8)
#' @family ancestry calls
#' @export
ancestry_segments <- function(calls, threshold = 0.8, tree = NULL) {
  call <- rlang::current_env()
  threshold <- check_number(threshold, "threshold", min = 0, max = 1)
  rows_by_batch(calls, function(calls) {
    by_chrom <- call_pieces(calls, call)
    tree <- tree_of_calls(calls, tree, call)
    assigned <- assign_nodes(calls, tree, threshold)
    vctrs::vec_rbind(!!!lapply(by_chrom, chromosome_segments, assigned = assigned, tree = tree))
  }, call)
}

# Pieces of all haplotypes are one run of windows with gaps between haplotypes.
chromosome_segments <- function(pieces, assigned, tree) {
  edges <- piece_edges(pieces)
  node <- assigned$node[pieces$row]
  place <- cumsum(c(1L, ifelse(follows_in(pieces), 1L, 2L)))
  found <- answer(rust_segments(node, assigned$probability[pieces$row],
    edges$high_bp - edges$low_bp + 1, place))
  owner <- pieces$owner[found$first]
  of_segment <- node[found$first]
  start_cm <- edges$low_cm[found$first]
  end_cm <- edges$high_cm[found$last]
  tibble::tibble(
    sample_id = pieces$sample_id[owner], haplotype = pieces$haplotype[owner],
    chrom = pieces$chrom, start_bp = as.integer(edges$low_bp[found$first]),
    end_bp = as.integer(edges$high_bp[found$last]),
    n_windows = pieces$window[found$last] - pieces$window[found$first] + 1L,
    ancestry = tree$node[of_segment], level = tree_depth(tree)[of_segment],
    probability = found$probability, start_cm = start_cm, end_cm = end_cm,
    length_cm = end_cm - start_cm
  )
}
