#' How much of the genome is assigned, and how finely
#'
#' The proportion of the genome that [assign_ancestry()] gives an ancestry at each level of the
#' population tree, for each of several thresholds; of samples, or as means over groups. This is
#' how the 2014 paper compares admixed groups at thresholds of 0.51 and 0.9 (table S4).
#'
#' Where ancestry is assigned to a node, it is assigned at the level of the node and at all levels
#' above it, and, if the node is a population, at all levels below it: the last level is what is
#' assigned to a population. A lower threshold assigns more, at the price of calls that are wrong
#' more often ([evaluate_calls()]).
#'
#' Both haplotypes of a sample count, windows by their length. The standard error of a group is that
#' of a mean over its samples: their standard deviation by the square root of their number.
#'
#' @inheritParams assign_ancestry
#' @param threshold Thresholds of [assign_ancestry()], one or several.
#' @param by `"level"`: what is assigned at each level of the tree. `"node"`: what is assigned to
#'   each node, or below it.
#' @inheritParams ancestry_proportions
#' @returns A tibble, one row per sample, threshold and level or node: `sample_id`, `threshold`,
#'   `level` (steps from the root) or `node` and `level`, `proportion` (of the genome). With
#'   `groups`, `group` and `n_samples` instead of `sample_id`, and `std_error` (`NA` if there is one
#'   sample only). [autoplot()][autoplot.forebear_ancestry_coverage] draws it.
#' @section Errors:
#' As [assign_ancestry()] and [ancestry_proportions()].
#' @references
#' Durand E.Y. et al. (2014), Ancestry Composition: a novel, efficient pipeline for ancestry
#' deconvolution. bioRxiv 010512.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' ancestry_coverage(calls)
#' ancestry_coverage(calls, by = "node",
#'   groups = c(ann = "one", bob = "one", cat = "two", dan = "two"))
#' @family ancestry calls
#' @export
ancestry_coverage <- function(calls, threshold = c(0.51, 0.8, 0.9), groups = NULL,
                              by = c("level", "node"), weight = c("bp", "cm", "windows"),
                              tree = NULL, min_typicality = 0) {
  call <- rlang::current_env()
  by <- check_choice(by, "by", c("level", "node"))
  weight <- check_choice(weight, "weight", c("bp", "cm", "windows"))
  check_thresholds(threshold, call)
  min_typicality <- check_number(min_typicality %||% 0, "min_typicality", min = 0, max = 1)
  of_stored <- if (is_stored(calls)) groups_of_samples(groups, calls$about$sample_id, call)
  parts <- by_batch(calls, function(calls) {
    coverage_of_samples(calls, threshold, weight, tree, min_typicality, call)
  }, call)
  samples <- unlist(lapply(parts, `[[`, "samples"))
  groups <- of_stored %||% groups_of_samples(groups, samples, call)
  tree <- parts[[1]]$tree
  rows <- lapply(seq_along(threshold), function(i) {
    below <- do.call(rbind, lapply(parts, function(part) part$below[[i]]))
    coverage_rows(threshold[[i]], places_in_tree(below, by, tree), samples, groups)
  })
  new_ancestry_coverage(vctrs::vec_rbind(!!!rows), tree$node[-1])
}

# samples; tree; below: of each threshold [n_samples x n_nodes] proportion of the genome that is
# assigned to each node or below.
coverage_of_samples <- function(calls, threshold, weight, tree, min_typicality, call) {
  by_chrom <- call_pieces(calls, call)
  tree <- tree_of_calls(calls, tree, call)
  samples <- samples_of_pieces(by_chrom)
  length_of <- numeric(nrow(calls))
  for (pieces in by_chrom) length_of[pieces$row] <- piece_lengths(pieces, weight, call)
  owner <- match(calls$sample_id, samples)
  below <- lapply(threshold, function(value) {
    node <- typical_nodes(calls, tree, value, min_typicality, call)$node
    lengths_below(node, length_of, owner, length(samples), tree) / c(rowsum(length_of, owner))
  })
  list(samples = samples, tree = tree, below = below)
}

# `nodes`: names, in the order of the tree.
new_ancestry_coverage <- function(rows, nodes) {
  tibble::new_tibble(rows, nodes = nodes, nrow = nrow(rows),
    class = "forebear_ancestry_coverage")
}

# [n_samples x n_nodes] length of what is assigned to each node or below. `node`: of each row.
lengths_below <- function(node, length_of, owner, n_samples, tree) {
  own <- matrix(0, n_samples, length(tree$node))
  there <- which(!is.na(node))
  sums <- rowsum(length_of[there], owner[there] + n_samples * (node[there] - 1))
  own[as.double(rownames(sums))] <- sums
  own %*% node_lineage(tree)
}

# proportion [n_samples x n_places], and place: the table of levels, or of nodes but the root.
# `below`: [n_samples x n_nodes].
places_in_tree <- function(below, by, tree) {
  depth <- tree_depth(tree)
  if (by == "node") {
    return(list(proportion = below[, -1, drop = FALSE],
      place = tibble::tibble(node = tree$node[-1], level = depth[-1])))
  }
  levels <- seq_len(max(depth))
  proportion <- lapply(levels, function(level) {
    rowSums(below[, nodes_at(tree, level), drop = FALSE])
  })
  list(proportion = do.call(cbind, proportion), place = tibble::tibble(level = levels))
}

# Rows of one threshold.
coverage_rows <- function(threshold, places, samples, groups) {
  place <- function(n) places$place[rep(seq_len(nrow(places$place)), n), ]
  n_places <- nrow(places$place)
  if (is.null(groups)) {
    return(tibble::tibble(sample_id = rep(samples, each = n_places), threshold = threshold,
      place(length(samples)), proportion = c(t(places$proportion))))
  }
  means <- means_of_groups(places$proportion, groups)
  tibble::tibble(group = rep(levels(groups), each = n_places),
    n_samples = rep(means$n, each = n_places), threshold = threshold, place(nlevels(groups)),
    proportion = c(t(means$mean)), std_error = c(t(means$std_error)))
}

#' Plot how much of the genome is assigned
#'
#' The proportion of the genome that is assigned, at each level of the population tree or to each
#' node, in one color for each threshold. Of groups the mean, with lines of two standard errors to
#' either side, one panel for each; of samples a box for each level or node, or, of fewer than six,
#' a point for each sample.
#'
#' @param object What [ancestry_coverage()] returns.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' autoplot(ancestry_coverage(calls))
#' @seealso [ancestry_coverage()]
#' @family ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, forebear_ancestry_coverage)
autoplot.forebear_ancestry_coverage <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  by_node <- "node" %in% names(object)
  data <- tibble::as_tibble(object)
  data$place <- if (by_node) factor(data$node, attr(object, "nodes")) else factor(data$level)
  data$threshold <- factor(data$threshold)
  dodge <- ggplot2::position_dodge(width = 0.6)
  ggplot2::ggplot(data, ggplot2::aes(.data$place, .data$proportion, colour = .data$threshold)) +
    coverage_marks(data, dodge) +
    ggplot2::scale_colour_manual(name = "Threshold",
      values = rep_len(ancestry_palette, nlevels(data$threshold))) +
    ggplot2::scale_y_continuous(limits = c(0, NA), expand = ggplot2::expansion(c(0.01, 0.05))) +
    ggplot2::labs(x = if (by_node) NULL else "Level of the tree",
      y = "Proportion of the genome") +
    theme_forebear()
}

# Most samples that are drawn one by one.
most_single_samples <- 5L

coverage_marks <- function(data, dodge) {
  if ("group" %in% names(data)) {
    data$std_error[is.na(data$std_error)] <- 0
    return(list(
      ggplot2::geom_linerange(ggplot2::aes(ymin = pmax(.data$proportion - 2 * .data$std_error, 0),
        ymax = pmin(.data$proportion + 2 * .data$std_error, 1)), data, position = dodge),
      ggplot2::geom_point(position = dodge),
      ggplot2::facet_wrap(~factor(group, unique(group)))
    ))
  }
  if (length(unique(data$sample_id)) <= most_single_samples) {
    return(list(ggplot2::geom_point(ggplot2::aes(shape = .data$sample_id), position = dodge),
      ggplot2::scale_shape_discrete(name = NULL)))
  }
  ggplot2::geom_boxplot(position = dodge, width = 0.5, outlier.size = 0.6)
}
