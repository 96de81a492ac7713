#' Plot a classifier
#'
#' Draws where each population is called, with new samples on it, or the probabilities of samples
#' as bars.
#'
#' `type = "map"` of `method = "gtm"` draws the class map: each node in the color of its most
#' probable population, and its shape, the larger the more samples it stands for, the paler the less
#' certain it is. Nodes that stand for less than a hundredth of a sample are left out. Of the other
#' methods it draws the labeled samples on the first two components. `new_data` are black crosses on
#' top or, with `groups`, diamonds colored by group.
#'
#' `type = "bars"` draws one bar per sample of `new_data`, split by the probability of each
#' population; with `groups`, samples of one group stand together. `type = "groups"` draws one bar
#' per group: the probabilities of the whole group, as `predict(type = "group")` gives them.
#'
#' @param object What [classify()] returns.
#' @param type What to draw.
#' @param new_data New samples, as in [predict.forebear_classifier()]; needed for bars.
#' @param ... Must be empty.
#' @param groups Groups of the new samples, in any form that labels take in [classify()].
#' @param label_groups If `TRUE`, write each population at its place (of `type = "map"`): amid the
#'   largest group of neighboring nodes at which it is the most probable, or at the median of its
#'   samples.
#' @inheritParams harmonize
#' @returns A ggplot.
#' @section Errors:
#' Those of [predict.forebear_classifier()]; `forebear_error_argument` where `new_data` or `groups`
#' is missing.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' fit <- classify(genotypes[1:250, ], labels[1:250, ], gtm_settings(nodes = 10), num_comp = 4)
#' autoplot(fit, label_groups = TRUE)
#' autoplot(fit, type = "bars", new_data = genotypes[251:300, ], strand = "same")
#' @rawNamespace S3method(ggplot2::autoplot, forebear_classifier)
autoplot.forebear_classifier <- function( # nolint: object_name_linter.
    object, type = c("map", "bars", "groups"), new_data = NULL, ..., groups = NULL,
    label_groups = FALSE, min_overlap = 0.8, strand = c("check", "same")) {
  call <- rlang::current_env()
  check_no_dots(...)
  type <- check_choice(type, "type", c("map", "bars", "groups"), call)
  check_flag(label_groups, "label_groups", call)
  check_bar_arguments(type, new_data, groups, call)
  if (type == "map") {
    new <- if (!is.null(new_data)) {
      there <- into_space(object$space, new_data, min_overlap, strand, check_threads(NULL), call)
      inform_left_out(there$sample_id[there$empty])
      placed <- setdiff(seq_len(nrow(there$scores)), there$empty)
      group <- match_labels_or_null(groups, there$sample_id, NULL, call)
      list(scores = there$scores[placed, , drop = FALSE],
        group = groups_beside(group[placed], object$populations))
    }
    return(plot_classifier_map(object, new, label_groups))
  }
  table <- without_unanswered_warning(
    stats::predict(object, new_data, type = if (type == "bars") "class" else "group",
      groups = if (type == "groups") groups, min_overlap = min_overlap, strand = strand))
  group <- if (type == "bars") match_labels_or_null(groups, table$sample_id, NULL, call)
  known <- which(!is.na(table$.entropy))
  if (length(known) == 0) {
    abort_forebear("argument", c("Bars are drawn of samples with called genotypes.",
      x = if (type == "bars") "No new sample has any." else "No new sample with a group has any."),
    call)
  }
  if (type == "bars") inform_left_out(table$sample_id[-known])
  p <- as.matrix(table[known, paste0(".pred_", object$populations)])
  dimnames(p) <- list(table[[1]][known], object$populations)
  if (!is.null(group)) group <- structure(group[known], is_factor = attr(group, "is_factor"))
  plot_probability_bars(p, group)
}

check_bar_arguments <- function(type, new_data, groups, call) {
  missing <- c(new_data = type != "map" && is.null(new_data),
    groups = type == "groups" && is.null(groups))
  if (any(missing)) {
    abort_forebear("argument", c(sprintf("`type = \"%s\"` draws new samples.", type),
      x = sprintf("`%s` is not given.", names(missing)[missing][[1]])), call)
  }
  if (is.null(new_data) && !is.null(groups)) {
    abort_forebear("argument", c("`groups` are of new samples.", x = "`new_data` is not given."),
      call)
  }
}

# The bars of a Q matrix, with another name on the axis.
plot_probability_bars <- function(p, group) {
  plot <- plot_q_bars(p, group)
  plot$labels$y <- "Probability"
  plot
}

# A factor of groups, so that those called like a population have its color; NULL without groups.
groups_beside <- function(group, populations) {
  if (!is.null(group)) factor(as.character(group), union(populations, levels(group)))
}

# new: scores [n x n_components] and group [n] of new samples, or NULL.
plot_classifier_map <- function(object, new, label_groups) {
  if (object$method == "gtm") {
    map <- object$model$map
    places <- if (!is.null(new)) {
      at <- place_on_map(map, new$scores, map$nodes, check_threads(NULL))$means
      with_group(tibble::tibble(x = at[, 1], y = at[, 2]), new$group)
    }
    return(plot_class_map(tidy.forebear_classifier(object, "nodes"), object$populations,
      sum(object$size), places, label_groups))
  }
  scores <- object$space$scores
  if (ncol(scores) == 1) scores <- cbind(scores, spread_heights(nrow(scores)))
  data <- tibble::tibble(sample_id = object$space$sample_id, x = unname(scores[, 1]),
    y = unname(scores[, 2]))
  group <- structure(object$label, title = NULL)
  if (!is.null(new)) {
    at <- new$scores
    new <- with_group(tibble::tibble(x = at[, 1], y = at[, min(2, ncol(at))]), new$group)
  }
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    point_layers(data, group) +
    (if (!is.null(new)) new_sample_layer(new)) +
    (if (label_groups) group_name_layers(data, group)) +
    ggplot2::labs(x = "Component 1", y = "Component 2", colour = NULL, shape = NULL) +
    theme_forebear())
}

with_group <- function(table, group) {
  table$group <- group
  table
}

# A name stands so far above its node, on a map whose side is 2: beyond the largest disc.
name_height <- 0.09

# One disc per node in the colour, and shape, of its most probable population. Names stand above the
# nodes that they name.
plot_class_map <- function(nodes, populations, n_samples, new, label_groups) {
  nodes <- nodes[order(-nodes$probability), ]
  nodes <- nodes[!duplicated(nodes$node), ]
  nodes <- nodes[nodes$density * n_samples >= 0.01, ]
  nodes$population <- factor(nodes$population, populations)
  spots <- named_nodes(nodes)
  names(spots)[match(c("gtm1", "gtm2"), names(spots))] <- c("x", "y")
  spots$y <- pmin(spots$y + name_height, 1)
  shapes <- stats::setNames(ancestry_shapes(length(populations)), populations)
  points_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    ggplot2::geom_point(
      ggplot2::aes(.data$gtm1, .data$gtm2, colour = .data$population, alpha = .data$probability,
        shape = .data$population, size = n_samples * .data$density),
      data = nodes
    ) +
    ggplot2::scale_shape_manual(values = shapes, breaks = levels(droplevels(nodes$population)),
      guide = ggplot2::guide_legend(title = NULL, ncol = ceiling(length(populations) / 18))) +
    ggplot2::scale_colour_manual(values = ancestry_colours(nodes$population),
      breaks = levels(droplevels(nodes$population)),
      guide = ggplot2::guide_legend(title = NULL, override.aes = list(size = 3),
        ncol = ceiling(length(populations) / 18))) +
    ggplot2::scale_alpha_continuous(range = c(0.15, 1), limits = c(0, 1), guide = "none") +
    ggplot2::scale_size_area(max_size = 5, guide = ggplot2::guide_legend(title = "Samples")) +
    (if (!is.null(new)) new_sample_layer(new)) +
    (if (label_groups) group_name_layers(spots, spots$population)) +
    map_frame())
}

# The node at which each population is named: of its nodes, the largest group of neighbors, and of
# this the node nearest to the center, nodes weighted by the samples that they stand for.
named_nodes <- function(nodes) {
  at <- cbind(nodes$gtm1, nodes$gtm2)
  weight <- nodes$density * nodes$probability
  gap <- diff(sort(unique(round(at[, 1], 6))))
  # Diagonal neighbors are neighbors.
  reach <- if (length(gap) > 0) 1.5 * min(gap) else 1
  rows <- lapply(split(seq_len(nrow(nodes)), droplevels(nodes$population)), function(own) {
    if (length(own) > 1) {
      piece <- stats::cutree(stats::hclust(stats::dist(at[own, ]), "single"), h = reach)
      own <- own[piece == which.max(tapply(weight[own], piece, sum))]
    }
    center <- colSums(at[own, , drop = FALSE] * weight[own]) / sum(weight[own])
    own[which.min(colSums((t(at[own, , drop = FALSE]) - center)^2))]
  })
  nodes[unlist(rows), ]
}
