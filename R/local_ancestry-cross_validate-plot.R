#' Plot a cross-validation of local ancestry
#'
#' Precision, recall and coverage of every node of the population tree, with lines of two standard
#' errors to either side, for each threshold (columns) and, if there are mosaics, for them and the
#' samples of the panel (rows). Nodes are indented by their level. A dashed line marks a threshold
#' above 0, below which no precision should be.
#'
#' @param object What [cross_validate()][cross_validate.forebear_reference_panel] returns.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @seealso [cross_validate.forebear_reference_panel()], with an example.
#' @family local ancestry
#' @rawNamespace S3method(ggplot2::autoplot, forebear_panel_validation)
autoplot.forebear_panel_validation <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  data <- plotted_scores(generics::tidy(object))
  node <- object$tree$node[-1]
  indented <- paste0(strrep("   ", tree_depth(object$tree)[-1] - 1L), node)
  data$y <- length(node) + 1 - match(data$node, node) + c(0.25, 0, -0.25)[data$measure]
  data$samples <- factor(data$samples, c("panel", "mosaics"))
  line <- unique(data[data$threshold > 0, c("samples", "threshold")])
  name_threshold <- function(value) paste("threshold", value)
  rows <- if (length(unique(data$samples)) > 1) ggplot2::vars(.data$samples)
  ggplot2::ggplot(data, ggplot2::aes(.data$proportion, .data$y, colour = .data$measure)) +
    ggplot2::geom_hline(yintercept = seq_along(node)[-1] - 0.5, colour = "grey90",
      linewidth = 0.3) +
    ggplot2::geom_vline(ggplot2::aes(xintercept = .data$threshold), line, colour = "grey60",
      linewidth = 0.3, linetype = 2) +
    ggplot2::geom_segment(ggplot2::aes(x = .data$low, xend = .data$high, yend = .data$y),
      linewidth = 0.4) +
    ggplot2::geom_point(ggplot2::aes(shape = .data$measure), size = 1.6) +
    ggplot2::facet_grid(rows, ggplot2::vars(.data$threshold),
      labeller = ggplot2::labeller(threshold = name_threshold)) +
    ggplot2::scale_colour_manual(values = ancestry_palette[c(2, 1, 3)], name = NULL) +
    ggplot2::scale_shape_manual(values = c(16, 17, 15), name = NULL) +
    ggplot2::scale_y_continuous(breaks = rev(seq_along(node)), labels = indented,
      expand = ggplot2::expansion(add = 0.5)) +
    ggplot2::labs(x = "Proportion of windows", y = NULL) +
    theme_forebear() +
    ggplot2::theme(axis.text.y = ggplot2::element_text(hjust = 0), legend.position = "top",
      panel.spacing.x = ggplot2::unit(10, "pt"))
}

# One row for each proportion that is known: measure, proportion, low and high (two standard errors
# away).
plotted_scores <- function(scores) {
  measures <- c("precision", "recall", "coverage")
  data <- vctrs::vec_rbind(!!!lapply(measures, function(name) {
    error <- scores[[paste0(name, "_se")]]
    error[is.na(error)] <- 0
    tibble::tibble(scores[c("samples", "threshold", "node")], measure = factor(name, measures),
      proportion = scores[[name]], low = pmax(scores[[name]] - 2 * error, 0),
      high = pmin(scores[[name]] + 2 * error, 1))
  }))
  data[!is.na(data$proportion), ]
}
