#' How good ancestry calls are
#'
#' Precision, recall and coverage of every node of the population tree, where the truth is known:
#' Table 1 of the 2014 paper.
#'
#' The truth of a window is the ancestry at its middle base, so a window with a breakpoint
#' counts as what its middle is. Windows are assigned as by [assign_ancestry()] and all count
#' alike. Where the calls of a haplotype split a window, each part has the truth at its own middle
#' and counts as the part of the window's variants that it has (of its base pairs, where calls do
#' not know their variants). Of a node,
#'
#' - precision is the proportion of the windows assigned to it or below that truly are of it or
#'   below;
#' - recall is the proportion of the windows truly of it or below that are assigned to it or below;
#' - coverage is the proportion of the windows truly of it or below that are assigned to any node at
#'   its level or farther from the root.
#'
#' Windows of a sample go together, and so do those of a chromosome. Standard errors come from the
#' block jackknife of [ancestry_proportions()] over samples, each with both haplotypes and all
#' chromosomes, and, where there are several chromosomes, over these: the larger one is given.
#'
#' @param calls Ancestry calls, as [read_msp()] returns, or [stored ones][stored_calls].
#' @param truth A data frame with one row per segment of known ancestry: `sample_id`, `haplotype`
#'   (1 or 2), `chrom`, `start_bp`, `end_bp` (from 1, both inside) and `ancestry`, a node of the
#'   tree. It must cover the middle of each window. Samples without calls are passed over, with a
#'   message.
#' @param tree Another tree of the same populations; `NULL` is that of the calls.
#' @param threshold Thresholds of [assign_ancestry()].
#' @param blocks Number of blocks of consecutive windows, instead of chromosomes.
#' @returns A tibble, one row per threshold and node but the root: `threshold`, `node`, `level`,
#'   `n_true` and `n_assigned` (windows truly of it and assigned to it, or below), `precision`,
#'   `precision_se`, `recall`, `recall_se`, `coverage`, `coverage_se`. A proportion of no windows is
#'   `NA`, and so is the error of what one sample has on one chromosome.
#' @section Errors:
#' `forebear_error_truth` for a table of another form, an ancestry that is no node, segments that
#' overlap, or a window without truth; `forebear_error_tree`; `forebear_error_incomplete_calls`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' truth <- ancestry_segments(calls, threshold = 0)
#' evaluate_calls(calls, truth)
#' @family ancestry calls
#' @export
evaluate_calls <- function(calls, truth, tree = NULL, threshold = c(0, 0.8), blocks = NULL) {
  call <- rlang::current_env()
  if (!is.null(blocks)) blocks <- check_count(blocks, "blocks", min = 2)
  check_thresholds(threshold, call)
  calls <- calls_in_memory(calls, call)
  check_calls(calls, call)
  tree <- tree_of_calls(calls, tree, call)
  score_counts(count_calls(calls, truth, tree, threshold, blocks, call), threshold, tree)
}

# For each threshold what `count_nodes()` gives by jackknife block (`blocks`) and by sample
# (`samples`).
count_calls <- function(calls, truth, tree, threshold, blocks, call) {
  by_chrom <- call_pieces(calls, call)
  true_node <- match(true_ancestry(calls, by_chrom, truth, tree$node, call), tree$node)
  jackknife <- integer(nrow(calls))
  of_window <- jackknife_blocks(by_chrom, blocks)
  for (i in seq_along(by_chrom)) {
    jackknife[by_chrom[[i]]$row] <- of_window[[i]][by_chrom[[i]]$window]
  }
  sample <- match(calls$sample_id, unique(calls$sample_id))
  part <- parts_of_windows(by_chrom, nrow(calls))
  lapply(threshold, function(value) {
    assigned <- assign_nodes(calls, tree, value)$node
    count <- function(unit) count_nodes(true_node, assigned, unit, part, length(tree$node))
    list(blocks = count(jackknife), samples = count(sample))
  })
}

# Counts of two sets of samples at the same windows, at one threshold.
add_counts <- function(one, other) {
  size <- dim(one$samples)[1:2]
  list(
    blocks = one$blocks + other$blocks,
    samples = array(c(one$samples, other$samples), c(size, dim(one$samples)[3] +
      dim(other$samples)[3]))
  )
}

# The table of `evaluate_calls()`.
score_counts <- function(counts, threshold, tree) {
  rows <- Map(function(value, own) {
    tibble::tibble(threshold = value, node_scores(own, tree))
  }, threshold, counts)
  vctrs::vec_rbind(!!!unname(rows))
}

check_thresholds <- function(threshold, call) {
  if (length(threshold) == 0) {
    check_number(threshold, "threshold", min = 0, max = 1, call = call)
  }
  for (value in threshold) {
    check_number(value, "threshold", min = 0, max = 1, call = call)
  }
}

# n_rows of the calls, what each is of its window.
parts_of_windows <- function(by_chrom, n_rows) {
  part <- numeric(n_rows)
  for (pieces in by_chrom) part[pieces$row] <- piece_edges(pieces)$part
  part
}

# [n_nodes x (n_nodes + 1) x n_units] windows by true node, assigned node (the last: none) and unit,
# a jackknife block or a sample.
count_nodes <- function(true_node, assigned, unit, part, n_nodes) {
  assigned[is.na(assigned)] <- n_nodes + 1L
  n_units <- max(unit)
  cell <- true_node + n_nodes * (assigned - 1 + (n_nodes + 1) * (unit - 1))
  counts <- rowsum(part, cell)
  all <- numeric(n_nodes * (n_nodes + 1) * n_units)
  all[as.double(rownames(counts))] <- counts
  array(all, c(n_nodes, n_nodes + 1L, n_units))
}

# One row per node but the root. `counts`: of `count_calls()`, at one threshold.
node_scores <- function(counts, tree) {
  depth <- tree_depth(tree)
  nodes <- seq_along(depth)[-1]
  by_block <- node_totals(counts$blocks, tree)
  by_sample <- node_totals(counts$samples, tree)
  score <- function(of, among) {
    blocks <- block_jackknife(by_block[[of]], by_block[[among]])
    samples <- block_jackknife(by_sample[[of]], by_sample[[among]])
    list(estimate = blocks$estimate, std_error = larger_error(blocks$std_error, samples$std_error))
  }
  of_assigned <- score("right", "assigned")
  of_true <- score("right", "true")
  covered <- score("covered", "true")
  tibble::tibble(
    node = tree$node[nodes], level = depth[nodes], n_true = rowSums(by_block$true),
    n_assigned = rowSums(by_block$assigned),
    precision = of_assigned$estimate, precision_se = of_assigned$std_error,
    recall = of_true$estimate, recall_se = of_true$std_error,
    coverage = covered$estimate, coverage_se = covered$std_error
  )
}

# [n_nodes - 1 x n_units] windows of each node but the root: truly of it or below (`true`), assigned
# to it or below (`assigned`), both (`right`), truly of it and assigned at its level or farther from
# the root (`covered`).
node_totals <- function(counts, tree) {
  lineage <- node_lineage(tree)
  depth <- tree_depth(tree)
  total <- function(is_true, is_assigned) {
    sums <- lapply(seq_along(depth)[-1], function(node) {
      apply(counts[is_true(node), is_assigned(node), , drop = FALSE], 3, sum)
    })
    do.call(rbind, sums)
  }
  below <- function(node) which(lineage[, node])
  any_truth <- function(node) seq_along(depth)
  any_call <- function(node) seq_len(dim(counts)[2])
  deep_call <- function(node) which(depth >= depth[node])
  list(right = total(below, below), true = total(below, any_call),
    assigned = total(any_truth, below), covered = total(below, deep_call))
}

# n_rows of the calls, ancestry at the middle base of each window, or part of one.
true_ancestry <- function(calls, by_chrom, truth, nodes, call) {
  if (nrow(phase_marks(calls)) > 0) {
    inform_forebear("corrected_phase", paste("`calls` are in corrected phase: `truth` must be of",
      "the corrected haplotypes, not of those that were given."))
  }
  truth <- check_truth(truth, nodes, calls$sample_id, call)
  ancestry <- ancestry_within(0.5, nrow(calls), by_chrom, truth)
  if (anyNA(ancestry)) {
    row <- which(is.na(ancestry))[1]
    abort_truth(sprintf("%s not, first haplotype %d of %s, window %d of chromosome %s.",
      verb(sum(is.na(ancestry))), calls$haplotype[row], quoted(calls$sample_id[row]),
      calls$window[row], quoted(calls$chrom[row])), call,
      "`truth` must cover the middle of every window of `calls`.")
  }
  ancestry
}

# n_rows of the calls, ancestry at a place in each window, or part of one, from 0, its start, to 1;
# `NA` where `truth` has none.
ancestry_within <- function(place, n_rows, by_chrom, truth) {
  ancestry <- rep(NA_character_, n_rows)
  for (pieces in by_chrom) {
    own <- truth[!is.na(match_chromosomes(truth$chrom, pieces$chrom)), ]
    start <- as.double(pieces$start_bp)
    base <- floor(start + place * (pieces$end_bp - start))
    owner <- paste(pieces$sample_id, pieces$haplotype, sep = "\r")[pieces$owner]
    ancestry[pieces$row] <- ancestry_at(own, owner, base)
  }
  ancestry
}

# Segments are laid end to end, haplotype after haplotype, so that one search finds all places.
ancestry_at <- function(truth, owner, at) {
  if (nrow(truth) == 0) {
    return(rep(NA_character_, length(at)))
  }
  stride <- max(truth$end_bp, at) + 1
  owners <- unique(truth$owner)
  from <- (match(truth$owner, owners) - 1) * stride + truth$start_bp
  place <- (match(owner, owners) - 1) * stride + at
  found <- rep(0L, length(place))
  known <- !is.na(place)
  found[known] <- findInterval(place[known], from)
  inside <- found > 0
  inside[inside] <- truth$owner[found[inside]] == owner[inside] &
    at[inside] <= truth$end_bp[found[inside]]
  ancestry <- rep(NA_character_, length(at))
  ancestry[inside] <- truth$ancestry[found[inside]]
  ancestry
}

abort_truth <- function(found, call, rule = paste("`truth` must have columns `sample_id`,",
    "`haplotype` (1 or 2), `chrom`, `start_bp`, `end_bp` and `ancestry`.")) {
  abort_forebear("truth", c(rule, x = found), call)
}

# owner (sample and haplotype), chrom (plain), start_bp, end_bp, ancestry; sorted by owner, chrom
# and place, owners in order of appearance.
check_truth <- function(truth, nodes, called, call) {
  wanted <- c("sample_id", "haplotype", "chrom", "start_bp", "end_bp", "ancestry")
  if (!is.data.frame(truth)) {
    abort_truth(found(truth), call)
  }
  if (!all(wanted %in% names(truth))) {
    abort_truth(sprintf("Absent: %s.", quoted(setdiff(wanted, names(truth)))), call)
  }
  truth$sample_id <- id_text(truth$sample_id)
  for (name in wanted) {
    missing <- which(is.na(truth[[name]]))
    if (length(missing) > 0) {
      abort_truth(sprintf("Row %d has no `%s` (NA).", missing[1], name), call,
        "`truth` must have a value in every row of its columns.")
    }
  }
  check_known_samples(truth$sample_id, called, "truth", "truth", call)
  truth <- truth[truth$sample_id %in% called, ]
  wrong <- !truth$haplotype %in% 1:2 | !is_place(truth$start_bp) | !is_place(truth$end_bp)
  wrong[!wrong] <- truth$start_bp[!wrong] > truth$end_bp[!wrong]
  if (any(wrong)) {
    row <- which(wrong)[1]
    abort_truth(sprintf("Row %d has haplotype %s from %s to %s.", row, format(truth$haplotype[row]),
      format(truth$start_bp[row]), format(truth$end_bp[row])), call)
  }
  unknown <- setdiff(truth$ancestry, nodes)
  if (length(unknown) > 0) {
    abort_truth(sprintf("Not there: %s.", quoted(unknown)), call,
      "Every `ancestry` of `truth` must be a node of the tree of `calls`.")
  }
  owner <- paste(truth$sample_id, truth$haplotype, sep = "\r")
  chrom <- plain_chromosome(as.character(truth$chrom))
  sorted <- order(match(owner, unique(owner)), match(chrom, unique(chrom)), truth$start_bp)
  truth <- data.frame(owner, chrom, start_bp = as.double(truth$start_bp),
    end_bp = as.double(truth$end_bp), ancestry = as.character(truth$ancestry))[sorted, ]
  n <- nrow(truth)
  same <- truth$owner[-1] == truth$owner[-n] & truth$chrom[-1] == truth$chrom[-n]
  overlaps <- which(same & truth$start_bp[-1] <= truth$end_bp[-n])
  if (length(overlaps) > 0) {
    row <- overlaps[1]
    abort_truth(sprintf("Haplotype %s on chromosome %s has %.0f-%.0f and %.0f-%.0f.",
      sub("\r", ".", truth$owner[row]), quoted(truth$chrom[row]), truth$start_bp[row],
      truth$end_bp[row], truth$start_bp[row + 1], truth$end_bp[row + 1]), call,
      "Segments of `truth` must not overlap.")
  }
  truth
}
