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
  n <- nrow(windows)
  edges <- window_edges(windows)
  node <- matrix(assigned$node[block$row], n)
  code <- ifelse(is.na(node), 0L, node)
  is_first <- rbind(TRUE, code[-1, , drop = FALSE] != code[-n, , drop = FALSE] |
    diff(windows$window) != 1)
  first <- which(is_first)
  last <- c(first[-1] - 1L, length(code))
  from <- (first - 1L) %% n + 1L
  to <- (last - 1L) %% n + 1L
  owner <- (first - 1L) %/% n + 1L
  width <- rep(edges$high_bp - edges$low_bp + 1, ncol(code))
  segment <- cumsum(c(is_first))
  weighted <- rowsum(cbind(width, width * assigned$probability[block$row]), segment,
    reorder = FALSE)
  tibble::tibble(
    sample_id = block$sample_id[owner], haplotype = block$haplotype[owner], chrom = block$chrom,
    start_bp = as.integer(edges$low_bp[from]), end_bp = as.integer(edges$high_bp[to]),
    n_windows = to - from + 1L, ancestry = tree$node[node[first]],
    level = tree_depth(tree)[node[first]],
    probability = unname(weighted[, 2] / weighted[, 1]), start_cm = edges$low_cm[from],
    end_cm = edges$high_cm[to], length_cm = edges$high_cm[to] - edges$low_cm[from]
  )
}
