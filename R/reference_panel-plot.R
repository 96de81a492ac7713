#' Plot a reference panel
#'
#' Draws the population tree with the number of samples of every population and of every inner
#' node. The area of a point is the number of samples; populations of fewer than 25 are hollow.
#'
#' @param object A [reference_panel()].
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 160 * 7), 160)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:80), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("a", "b", "c"), c(30, 26, 24)), paste0("s", 1:80))
#' panel <- suppressWarnings(reference_panel(as_haplotypes(alleles), labels, "((a,b)north,c)all;"))
#' autoplot(panel)
#' @rawNamespace S3method(ggplot2::autoplot, forebear_reference_panel)
autoplot.forebear_reference_panel <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  node <- tree_places(object$tree, summary(object)$n_samples)
  edge <- node[!is.na(node$parent), ]
  edge$parent_x <- node$x[edge$parent]
  edge$parent_y <- node$y[edge$parent]
  leaf <- node[node$is_leaf, ]
  # By name, not by place in the tree: as every other plot of these populations.
  colour <- ancestry_colours(leaf$name)[leaf$name]
  leaf$fill <- ifelse(leaf$n_samples < fewest_samples, "white", colour)
  inner <- node[!node$is_leaf, ]
  ggplot2::ggplot() +
    ggplot2::geom_segment(
      ggplot2::aes(.data$parent_x, .data$parent_y, xend = .data$parent_x, yend = .data$y),
      data = edge, colour = "grey60", linewidth = 0.4, lineend = "round"
    ) +
    ggplot2::geom_segment(
      ggplot2::aes(.data$parent_x, .data$y, xend = .data$x, yend = .data$y),
      data = edge, colour = "grey60", linewidth = 0.4, lineend = "round"
    ) +
    ggplot2::geom_point(
      ggplot2::aes(.data$x, .data$y, size = .data$n_samples, colour = .data$name,
        fill = .data$fill),
      data = leaf, shape = 21, stroke = 0.9
    ) +
    ggplot2::geom_text(
      ggplot2::aes(.data$x, .data$y, label = .data$label), data = leaf, hjust = 0, size = 2.9,
      nudge_x = 0.1 * max(1, node$x) / 2
    ) +
    ggplot2::geom_label(
      ggplot2::aes(.data$x, .data$y, label = .data$label), data = inner, size = 2.7,
      colour = "grey25", fill = "white", label.size = 0, label.padding = ggplot2::unit(1.5, "pt")
    ) +
    ggplot2::scale_colour_manual(values = colour, guide = "none") +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_size_area(max_size = 7, guide = "none") +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(mult = c(0.12, 0.4))) +
    ggplot2::scale_y_continuous(expand = ggplot2::expansion(add = 0.6)) +
    ggplot2::labs(x = NULL, y = NULL) +
    theme_forebear() +
    ggplot2::theme(
      axis.text = ggplot2::element_blank(), axis.ticks = ggplot2::element_blank(),
      panel.border = ggplot2::element_blank()
    )
}

# Where each node is drawn: leaves one below the other at the right, an inner node at its depth, in
# the middle of its children. `leaf_samples` is in the order of the leaves.
tree_places <- function(tree, leaf_samples) {
  leaf <- is_leaf(tree)
  depth <- tree_depth(tree)
  x <- ifelse(leaf, max(depth), depth)
  y <- numeric(length(tree$node))
  y[leaf] <- rev(seq_len(sum(leaf)))
  for (node in rev(which(!leaf))) {
    y[node] <- mean(range(y[which(tree$parent == node)]))
  }
  n_samples <- node_sums(tree, t(leaf_samples))[1, ]
  tibble::tibble(
    name = tree$node, parent = tree$parent, is_leaf = leaf, x = x, y = y,
    n_samples = unname(n_samples), label = sprintf("%s (%s)", tree$node, big(n_samples))
  )
}
