#' Genome-wide ancestry proportions
#'
#' The mean posterior of each ancestry over both haplotypes of a sample, windows weighted by
#' their length, with standard errors; or means over groups of samples.
#'
#' @section Standard errors of a sample:
#' They are those of an estimate of what is expected anywhere in the genome, given the ancestors of
#' the sample. Segments of one ancestry are long: neighboring windows say the same, and so may a
#' whole chromosome. Two errors are computed, and the larger one is given.
#'
#' The delete-one-block jackknife for blocks of unequal length (Busing et al. 1999), over
#' chromosomes: with block ratios \eqn{\theta_j}, lengths \eqn{m_j} that sum to \eqn{n}, and
#' \eqn{g} blocks, the variance is \eqn{\frac{1}{g}\sum_j (\theta_j-\theta)^2 m_j/(n-m_j)}. From ten
#' chromosomes on it is given alone.
#'
#' With fewer chromosomes, blocks cannot say how much they might have differed: one that is of one
#' ancestry from end to end does not vary. There the number of segments that were drawn
#' independently counts. For each ancestry, \eqn{V} is how often its number of copies changes along
#' chromosomes, between windows at which its posterior is at least 0.95 or at most 0.05 on both
#' haplotypes; phase switches change nothing. As one ancestry may follow on itself, there were
#' \eqn{D=V/(2\tilde p(1-\tilde p))} changes. With haplotypes of lengths \eqn{l_i} that sum to
#' \eqn{l}, and ancestry drawn again at rate \eqn{D/l}, their mean has the variance of
#' \eqn{n = l^2/\sum_i l_i^2 f(D l_i/l)} independent draws, \eqn{f(x)=2(1-(1-e^{-x})/x)/x}. The
#' standard error is \eqn{\sqrt{p'(1-p')/(n-1/2)}}, where \eqn{p'} is the proportion with half a
#' draw of the ancestry and half a draw of others added (Jeffreys' prior), and \eqn{\tilde p} the
#' same with \eqn{D=0}. Of simulated samples, one chromosome of 20 to 150 cM or several, 4 to 20
#' generations and proportions of 0.1 to 0.9, intervals of 1.96 standard errors have the truth in
#' them for 88 to 100 % of samples.
#'
#' With `blocks`, the jackknife over these is given alone. Errors say how much proportions vary
#' along the genome, not whether calls are biased.
#'
#' @section Groups:
#' The proportion of a group is the mean over its samples, and its standard error that of a mean:
#' the standard deviation over samples by the square root of their number.
#'
#' @param calls Ancestry calls, as [read_msp()] returns, or [stored ones][stored_calls].
#' @param level `NULL`: populations. A number of steps from the root of the tree: the nodes at that
#'   level, and the populations that end above it.
#' @param weight Length of a window: `"bp"`, `"cm"` (needs genetic positions) or `"windows"` (all
#'   equal).
#' @param blocks Number of blocks of consecutive windows, across all chromosomes, instead of
#'   chromosomes.
#' @param groups `NULL`: each sample by itself. Else the groups of samples: a vector named by
#'   sample, or a data frame with `sample_id` and one other column (or `population`). Samples
#'   without a group are left out.
#' @inheritParams assign_ancestry
#' @returns A tibble, one row per sample and ancestry: `sample_id`, `ancestry`, `proportion`,
#'   `std_error` (with `blocks`, `NA` if a sample has one block only). Proportions of a sample sum
#'   to 1. With `groups`, one row per group and ancestry: `group`, `n_samples`, `ancestry`,
#'   `proportion`, `std_error` (`NA` if there is one sample only).
#' @section Errors:
#' `forebear_error_incomplete_calls`; `forebear_error_tree`; `forebear_error_no_genetic_map` for
#' `weight = "cm"` without genetic positions; `forebear_error_argument`; those of labels in
#' [autoplot.forebear_pca()] for `groups`.
#' @references Busing F., Meijer E. and van der Leeden R. (1999), Statistics and Computing 9:3.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' ancestry_proportions(calls)
#' ancestry_proportions(calls, level = 1)
#' ancestry_proportions(calls, groups = c(ann = "one", bob = "one", cat = "two", dan = "two"))
#' @family ancestry calls
#' @export
ancestry_proportions <- function(calls, level = NULL, weight = c("bp", "cm", "windows"),
                                 blocks = NULL, tree = NULL, groups = NULL) {
  call <- rlang::current_env()
  weight <- check_choice(weight, "weight", c("bp", "cm", "windows"))
  if (!is.null(blocks)) blocks <- check_count(blocks, "blocks", min = 2)
  of_stored <- if (is_stored(calls)) groups_of_samples(groups, calls$about$sample_id, call)
  parts <- by_batch(calls, function(calls) {
    untypical <- untypical_of_calls(calls)
    c(proportions_of_samples(calls, level, weight, blocks, tree, !is.null(groups), call),
      list(untypical = untypical, scores = typicality_scores(calls, untypical)))
  }, call)
  inform_untypical(unlist(lapply(parts, `[[`, "untypical")),
    "is divided among populations of the panel, which says nothing of it")
  scores <- lapply(parts, `[[`, "scores")
  inform_untypical_groups(untypical_groups(list(
    population = unlist(lapply(scores, `[[`, "population")),
    score = unlist(lapply(scores, `[[`, "score")))))
  of_all <- function(name) do.call(rbind, lapply(parts, `[[`, name))
  samples <- unlist(lapply(parts, `[[`, "samples"))
  groups <- of_stored %||% groups_of_samples(groups, samples, call)
  table_of_proportions(samples, parts[[1]]$ancestry, of_all("proportion"), of_all("std_error"),
    groups)
}

# samples; ancestry; proportion, std_error: [n_samples x n_ancestries]. `are_grouped`: whether means
# are made of them, for which errors of samples are not needed.
proportions_of_samples <- function(calls, level, weight, blocks, tree, are_grouped, call) {
  by_chrom <- call_pieces(calls, call)
  tree <- tree_of_calls(calls, tree, call)
  nodes <- nodes_at(tree, level, call)
  samples <- samples_of_pieces(by_chrom)
  sums <- lengths_by_block(calls, by_chrom, weight, blocks, samples, tree, call)
  total <- matrix(sums[, 1], length(samples))
  rows <- lapply(nodes, function(node) {
    block_jackknife(matrix(sums[, node], length(samples)), total)
  })
  proportion <- do.call(cbind, lapply(rows, `[[`, "estimate"))
  std_error <- do.call(cbind, lapply(rows, `[[`, "std_error"))
  few <- which(rowSums(total > 0) < enough_chromosomes)
  if (is.null(blocks) && !are_grouped && length(few) > 0) {
    draws <- independent_draws(calls, by_chrom, samples[few], total[few, , drop = FALSE],
      proportion[few, , drop = FALSE], nodes, tree)
    std_error[few, ] <- larger_error(std_error[few, ],
      error_of_draws(proportion[few, , drop = FALSE], draws))
  }
  list(samples = samples, ancestry = tree$node[nodes], proportion = proportion,
    std_error = std_error)
}

# Chromosomes from which on the jackknife over them is given alone.
enough_chromosomes <- 10L

samples_of_pieces <- function(by_chrom) unique(unlist(lapply(by_chrom, `[[`, "sample_id")))

# Groups as a factor, one entry for each sample; NULL if there are none.
groups_of_samples <- function(groups, samples, call) {
  if (is.null(groups)) {
    return(NULL)
  }
  group <- droplevels(match_labels(groups, samples, NULL, call))
  if (nlevels(group) == 0) {
    abort_forebear("argument", c("`groups` must give at least one sample of `calls` a group.",
      x = "No sample has one."), call)
  }
  group
}

# Of each sample, or group, and column of `proportion` a row. `proportion` and `std_error`:
# [n_samples x n_columns].
table_of_proportions <- function(samples, ancestry, proportion, std_error, groups) {
  if (is.null(groups)) {
    return(tibble::tibble(
      sample_id = rep(samples, each = length(ancestry)),
      ancestry = rep(ancestry, length(samples)), proportion = c(t(proportion)),
      std_error = c(t(std_error))
    ))
  }
  means <- means_of_groups(proportion, groups)
  tibble::tibble(
    group = rep(levels(groups), each = length(ancestry)),
    n_samples = rep(means$n, each = length(ancestry)),
    ancestry = rep(ancestry, nlevels(groups)), proportion = c(t(means$mean)),
    std_error = c(t(means$std_error))
  )
}

# n, and [n_groups x n_columns] mean, std_error, over samples.
means_of_groups <- function(values, groups) {
  values <- values[!is.na(groups), , drop = FALSE]
  groups <- groups[!is.na(groups)]
  n <- tabulate(groups, nlevels(groups))
  mean <- unname(rowsum(values, as.integer(groups))) / n
  squares <- unname(rowsum((values - mean[as.integer(groups), , drop = FALSE])^2,
    as.integer(groups)))
  squares[n < 2, ] <- NA
  list(n = n, mean = mean, std_error = sqrt(squares / (n - 1) / n))
}

# [(n_samples n_blocks) x n_nodes] sums over both haplotypes of posterior times length, by jackknife
# block; of the root, 1 everywhere, lengths.
lengths_by_block <- function(calls, by_chrom, weight, blocks, samples, tree, call) {
  lengths <- lapply(by_chrom, piece_lengths, weight = weight, call = call)
  block <- jackknife_blocks(by_chrom, blocks)
  n_blocks <- max(unlist(block))
  sums <- 0
  for (i in seq_along(by_chrom)) {
    sums <- sums + ancestry_lengths(calls, by_chrom[[i]], lengths[[i]], block[[i]], samples,
      n_blocks, tree)
  }
  sums
}

# Sure enough of an ancestry, or of its absence, to count its copies. Chosen on simulated samples of
# a panel, where less counts more wrong calls as changes.
sure_posterior <- 0.95

# [n_samples x n_nodes] number of independent draws that the mean over a genome has the variance of;
# see `?ancestry_proportions`. `total`: [n_samples x n_chromosomes] lengths of both haplotypes;
# `proportion`: [n_samples x n_nodes].
independent_draws <- function(calls, by_chrom, samples, total, proportion, nodes, tree) {
  n_haplotypes <- vapply(by_chrom, function(pieces) {
    tabulate(match(pieces$sample_id, samples), length(samples))
  }, numeric(length(samples)))
  n_haplotypes <- matrix(n_haplotypes, length(samples))
  whole <- rowSums(total)
  n <- rowSums(n_haplotypes)
  smooth <- (proportion * n + 0.5) / (n + 1)
  changes <- ancestry_changes(calls, by_chrom, samples, nodes, tree)
  drawn <- changes / (2 * smooth * (1 - smooth))
  own <- ifelse(n_haplotypes > 0, total / n_haplotypes, 0)
  draws <- lapply(seq_along(nodes), function(node) {
    x <- drawn[, node] * own / whole
    whole^2 / rowSums(n_haplotypes * own^2 * variance_of_mean(x))
  })
  do.call(cbind, draws)
}

# Of the mean over a segment in which a value is drawn again `x` times on average, relative to that
# of one value.
variance_of_mean <- function(x) {
  ifelse(x < 1e-4, 1 - x / 3, 2 * (1 - (1 - exp(-x)) / x) / x)
}

# Jeffreys' prior: half a draw of the ancestry, and half a draw of others. One half is taken off the
# draws as their number is estimated.
error_of_draws <- function(proportion, draws) {
  p <- (proportion * draws + 0.5) / (draws + 1)
  sqrt(p * (1 - p) / (draws - 0.5))
}

# [n_samples x n_nodes] changes of the number of copies of each node along all chromosomes.
ancestry_changes <- function(calls, by_chrom, samples, nodes, tree) {
  if (length(samples) == 0) {
    return(matrix(0, 0, length(nodes)))
  }
  cells <- lapply(by_chrom, function(pieces) {
    cells_of_pairs(pieces, pieces$windows, intersect(samples, pieces$sample_id))
  })
  changes <- lapply(nodes, function(node) {
    posterior <- Reduce(`+`, posteriors_of(calls, tree$node[leaves_below(tree, node)]))
    is_there <- posterior >= sure_posterior - 1e-9
    copies <- ifelse(is_there, 1, ifelse(posterior <= 1 - sure_posterior + 1e-9, 0, NA))
    Reduce(`+`, lapply(cells, function(own) {
      changes <- rowsum(changes_of_cells(own, copies), own$sample, reorder = TRUE)
      replace(numeric(length(samples)), match(own$samples, samples), changes)
    }))
  })
  do.call(cbind, changes)
}

# n_cells, how far the copies are from those of the last cell before at which they are known.
# `copies`: 0, 1 or `NA` of each row of the calls.
changes_of_cells <- function(cells, copies) {
  has <- function(rows) cells$sample %in% cells$sample[!is.na(rows)]
  of <- function(rows) ifelse(has(rows), copies[rows], 0)
  both <- of(cells$first) + of(cells$second)
  known <- which(!is.na(both))
  changes <- numeric(length(both))
  steps <- abs(diff(both[known])) * stays(cells$sample[known])
  changes[known[-1]] <- steps
  changes
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
