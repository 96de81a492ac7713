#' Plot a map
#'
#' Draws the samples on the map, how many of them each node stands for, or the landscape of a
#' trait.
#'
#' `type = "map"` draws one point per sample; with `labels`, points are colored by label. With
#' `place = "mean"` a sample is drawn at the mean of the nodes, weighted by its responsibilities;
#' with `"mode"` it is drawn within the cell of its most responsible node, in a spiral, so that all
#' samples of a node can be seen. `new_data` are drawn on top, as black crosses or, where `labels`
#' name them too, as diamonds in the colors of their labels.
#'
#' `type = "density"` colors each node by its mean responsibility: bright nodes stand for many
#' samples, dark ones lie in gaps between them.
#'
#' `type = "landscape"` colors each node by the mean of a trait (see [gtm_landscape()]), paler
#' where less than one sample stands behind it; nodes with less than a hundredth are left out.
#'
#' Directions and distances on a map mean less than in a PCA: the manifold is expanded where
#' samples are few, so gaps between groups look smaller than they are.
#'
#' @param object A [gtm()] fit.
#' @param type What to draw.
#' @param labels Labels of samples, as in [autoplot.forebear_pca()]; a data frame or a named vector
#'   may also have those of `new_data`.
#' @param ... Must be empty.
#' @param place Of `type = "map"`, where a sample stands.
#' @param new_data Of `type = "map"`, new samples, as in [predict.forebear_gtm()].
#' @param values Of `type = "landscape"`, the trait, as in [gtm_landscape()].
#' @param label_column Name of the column of `labels` to use. By default the only column besides
#'   `sample_id`, or `population` if there are several.
#' @param label_groups If `TRUE`, write each label at the median of its samples.
#' @inheritParams harmonize
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_argument` for arguments of another type; those of [predict.forebear_gtm()] and
#' [gtm_landscape()]; those of labels as in [autoplot.forebear_pca()].
#' @family ancestry maps
#' @examples
#' map <- gtm(read_bed(example_data("panel")), nodes = 10, num_comp = 4)
#' autoplot(map, labels = read.delim(example_data("labels")))
#' autoplot(map, type = "density")
#' @rawNamespace S3method(ggplot2::autoplot, forebear_gtm)
autoplot.forebear_gtm <- function( # nolint: object_name_linter.
    object, type = c("map", "density", "landscape"), labels = NULL, ...,
    place = c("mean", "mode"), new_data = NULL, values = NULL, label_column = NULL,
    label_groups = FALSE, min_overlap = 0.8, strand = c("check", "same")) {
  call <- rlang::current_env()
  check_no_dots(...)
  type <- check_choice(type, "type", c("map", "density", "landscape"), call)
  place <- check_choice(place, "place", c("mean", "mode"), call)
  check_flag(label_groups, "label_groups", call)
  own <- list(map = c("labels", "new_data"), density = character(), landscape = "values")
  given <- c(labels = !is.null(labels) || !is.null(label_column), new_data = !is.null(new_data),
    values = !is.null(values))
  check_own_arguments(given, own[[type]], type, call)
  if (type == "landscape") {
    landscape <- gtm_landscape(object, values)
    return(plot_landscape(tidy.forebear_gtm_landscape(landscape), step_of(object)))
  }
  if (type == "density") {
    return(plot_density(tidy.forebear_gtm(object, "nodes"), step_of(object)))
  }
  table <- tidy.forebear_gtm(object)
  new <- if (!is.null(new_data)) {
    without_unanswered_warning(
      stats::predict(object, new_data, min_overlap = min_overlap, strand = strand))
  }
  if (!is.null(new)) {
    inform_left_out(new$sample_id[is.na(new$gtm1)])
    new <- new[!is.na(new$gtm1), ]
  }
  group <- labels_of_both(labels, table$sample_id, new$sample_id, label_column, call)
  drawn <- drawn_samples(table$gtm1, table$sample_id, call)
  own <- drawn_labels(group$own, drawn)
  table <- table[drawn, ]
  if (!is.null(new)) {
    new <- places_on_map(new, place, step_of(object))
    new$group <- group$new
  }
  plot_map(places_on_map(table, place, step_of(object)), own, label_groups, new)
}

check_own_arguments <- function(given, allowed, type, call) {
  other <- setdiff(names(given)[given], allowed)
  if (length(other) > 0) {
    abort_forebear("argument", c(
      sprintf("`type = \"%s\"` takes no `%s`.", type, other[[1]]),
      x = sprintf("`%s` is given.", other[[1]])
    ), call)
  }
  if (identical(allowed, "values") && !given[["values"]]) {
    abort_forebear("argument", c("`type = \"landscape\"` draws a trait.",
      x = "`values` is not given."), call)
  }
}

# Distance of neighboring nodes on the map.
step_of <- function(map) 2 / (map$settings$nodes - 1)

# sample_id, x, y of each sample of a table with gtm1, gtm2, mode1, mode2.
places_on_map <- function(table, place, step) {
  if (place == "mean") {
    return(tibble::tibble(sample_id = table$sample_id, x = table$gtm1, y = table$gtm2))
  }
  node <- paste(table$mode1, table$mode2)
  rank <- stats::ave(seq_along(node), node, FUN = seq_along)
  most <- max(tabulate(factor(node)))
  # A sunflower: every further sample at the golden angle, areas equal.
  radius <- 0.45 * step * sqrt((rank - 1) / max(most - 1, 1))
  angle <- rank * pi * (3 - sqrt(5))
  tibble::tibble(sample_id = table$sample_id, x = table$mode1 + radius * cos(angle),
    y = table$mode2 + radius * sin(angle))
}

plot_map <- function(data, group, label_groups, new = NULL) {
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    point_layers(data, group) +
    (if (!is.null(new)) new_sample_layer(new)) +
    (if (label_groups && !is.null(group)) group_name_layers(data, group)) +
    map_frame() +
    ggplot2::labs(colour = NULL, shape = NULL))
}

# Black crosses, or diamonds filled by `new$group`, a factor, where it is there.
new_sample_layer <- function(new) {
  crosses <- function(data) {
    ggplot2::geom_point(ggplot2::aes(.data$x, .data$y), data = data, shape = 4, size = 1.8,
      stroke = 0.7, colour = "black")
  }
  if (!"group" %in% names(new)) {
    return(crosses(new))
  }
  known <- new[!is.na(new$group), ]
  list(
    if (anyNA(new$group)) crosses(new[is.na(new$group), ]),
    ggplot2::geom_point(ggplot2::aes(.data$x, .data$y, fill = .data$group), data = known,
      shape = 23, size = 2.2, stroke = 0.5, colour = "black"),
    ggplot2::scale_fill_manual(values = ancestry_colours(new$group),
      breaks = levels(droplevels(known$group)),
      guide = ggplot2::guide_legend(title = "New samples", override.aes = list(size = 2.5)))
  )
}

# Labels of the samples of a map and, after them, of new ones, which only a table or a named vector
# can have; NULL without labels.
labels_of_all <- function(labels, sample_id, new_id, label_column, call) {
  labels <- labels_or_path(labels, call)
  names_samples <- is.data.frame(labels) || !is.null(names(labels))
  named <- if (names_samples) c(sample_id, new_id) else sample_id
  group <- match_labels_or_null(labels, named, label_column, call)
  # Beyond those that have labels they are NA.
  drawn_labels(group, seq_len(length(sample_id) + length(new_id)))
}

# The same as `own` and `new`; NULL where there are none.
labels_of_both <- function(labels, sample_id, new_id, label_column, call) {
  group <- labels_of_all(labels, sample_id, new_id, label_column, call)
  new <- group[length(sample_id) + seq_along(new_id)]
  list(own = drawn_labels(group, seq_along(sample_id)), new = if (!all(is.na(new))) new)
}

# What all maps have: a square frame, and no numbers, as they mean nothing.
map_frame <- function() {
  list(
    ggplot2::coord_fixed(xlim = c(-1.08, 1.08), ylim = c(-1.08, 1.08), expand = FALSE),
    ggplot2::scale_x_continuous(breaks = NULL),
    ggplot2::scale_y_continuous(breaks = NULL),
    ggplot2::labs(x = "GTM 1", y = "GTM 2"),
    theme_forebear()
  )
}

plot_density <- function(nodes, step) {
  ggplot2::ggplot(nodes, ggplot2::aes(.data$gtm1, .data$gtm2, fill = 100 * .data$density)) +
    ggplot2::geom_tile(width = step, height = step) +
    ggplot2::scale_fill_viridis_c(option = "mako", trans = "sqrt",
      guide = ggplot2::guide_colourbar(title = "Samples (%)")) +
    map_frame()
}

plot_landscape <- function(nodes, step) {
  nodes <- nodes[!is.na(nodes$value) & nodes$density >= 0.01, ]
  nodes$trust <- pmin(1, nodes$density)
  ggplot2::ggplot(nodes, ggplot2::aes(.data$gtm1, .data$gtm2, fill = .data$value,
    alpha = .data$trust)) +
    ggplot2::geom_tile(width = step, height = step) +
    ggplot2::scale_fill_viridis_c(guide = ggplot2::guide_colourbar(title = NULL)) +
    ggplot2::scale_alpha_continuous(range = c(0.2, 1), limits = c(0, 1), guide = "none") +
    map_frame()
}

#' @rdname gtm_landscape
#' @rawNamespace S3method(ggplot2::autoplot, forebear_gtm_landscape)
autoplot.forebear_gtm_landscape <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  plot_landscape(tidy.forebear_gtm_landscape(object), step_of(object$map))
}
