#' Segments of one ancestry
#'
#' Merges windows of a haplotype that follow each other and are assigned the same ancestry.
#'
#' Segments of a chromosome leave no gap: they end half way between the last variant of a window and
#' the first of the next one. Unassigned windows are segments with `NA` as ancestry. A window that
#' is not there ends a segment.
#'
#' @inheritParams assign_ancestry
#' @returns A tibble, one row per segment, ordered by chromosome, sample, haplotype and place:
#'   `sample_id`, `haplotype`, `chrom`, `start_bp`, `end_bp` (from 1, both inside), `n_windows`,
#'   `ancestry`, `level` (steps from the root), `probability` (mean over the segment, weighted by
#'   base pairs) and `start_cm`, `end_cm`, `length_cm` (`NA` without a genetic map).
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
  blocks <- call_blocks(calls, call)
  threshold <- check_number(threshold, "threshold", min = 0, max = 1)
  tree <- tree_of_calls(calls, tree, call)
  assigned <- assign_nodes(calls, tree, threshold)
  vctrs::vec_rbind(!!!lapply(blocks, block_segments, assigned = assigned, tree = tree))
}

block_segments <- function(block, assigned, tree) {
  windows <- block$windows
  edges <- window_edges(windows)
  node <- assigned$node[block$row]
  found <- answer(rust_segments(node, assigned$probability[block$row],
    edges$high_bp - edges$low_bp + 1, as.integer(windows$window)))
  of_segment <- node[(found$haplotype - 1L) * nrow(windows) + found$first]
  start_cm <- edges$low_cm[found$first]
  end_cm <- edges$high_cm[found$last]
  tibble::tibble(
    sample_id = block$sample_id[found$haplotype], haplotype = block$haplotype[found$haplotype],
    chrom = block$chrom, start_bp = as.integer(edges$low_bp[found$first]),
    end_bp = as.integer(edges$high_bp[found$last]), n_windows = found$last - found$first + 1L,
    ancestry = tree$node[of_segment], level = tree_depth(tree)[of_segment],
    probability = found$probability, start_cm = start_cm, end_cm = end_cm,
    length_cm = end_cm - start_cm
  )
}
