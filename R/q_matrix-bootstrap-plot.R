#' Plot ancestry with its uncertainty
#'
#' `type = "bar"` draws the bars of [autoplot.forebear_archetypes()]; at every boundary between two
#' colors a translucent band covers the interval of the replicates. Where the bands are thin, the
#' boundary is sure; a sample whose bar is mostly band says little. `type = "interval"` draws each
#' archetype in a panel of its own: the weight as a filled step and its interval as a darker band,
#' readable for many samples because neighbors are similar.
#'
#' @param object What [bootstrap_ancestry()] gave.
#' @param type What to draw.
#' @inheritParams autoplot.forebear_archetypes
#' @returns A ggplot.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 3)
#' bootstrap <- bootstrap_ancestry(fit, genotypes, replicates = 20)
#' autoplot(bootstrap, labels = read.delim(example_data("labels")))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_ancestry_bootstrap)
autoplot.forebear_ancestry_bootstrap <- function( # nolint: object_name_linter.
    object, type = c("bar", "interval"), labels = NULL, ..., label_column = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  type <- check_choice(type, "type", c("bar", "interval"))
  q <- generics::tidy(object)
  weights <- weight_matrix(q)
  group <- match_labels_or_null(labels, rownames(weights), label_column, call)
  drawn <- drawn_samples(weights, rownames(weights), call)
  group <- drawn_labels(group, drawn)
  q <- q[rep(drawn, ncol(weights)), ]
  weights <- weights[drawn, , drop = FALSE]
  place <- if (is.null(group)) place_samples(weights) else place_populations(weights, group)
  if (type == "bar") {
    boundaries <- generics::tidy(object, matrix = "boundaries")
    boundaries <- boundaries[rep(drawn, ncol(weights) - 1), ]
    bands <- band_layer(boundaries, place, fill = "black", alpha = 0.35)
    return(plot_q_bars(weights, group) + bands)
  }
  plot_q_intervals(q, weights, place, group)
}

# Outlines of the bands from `lower` to `upper` of every archetype along each block of samples:
# archetype, polygon, x, y. Rows of `spread` are samples within archetypes, as tidy() has them.
band_polygons <- function(spread, place, n_samples) {
  archetypes <- unique(spread$archetype)
  lower <- matrix(spread$lower, n_samples)
  upper <- matrix(spread$upper, n_samples)
  blocks <- split(place, place$block)
  outline <- function(block, column) {
    edges <- rbind(block$left, block$left + 1)
    top <- rep(upper[block$sample, column], each = 2)
    bottom <- rep(lower[block$sample, column], each = 2)
    tibble::tibble(
      archetype = archetypes[[column]], polygon = paste(block$block[[1]], column),
      x = c(edges, rev(edges)), y = c(top, rev(bottom))
    )
  }
  outlines <- lapply(seq_along(archetypes), function(column) {
    lapply(unname(blocks), outline, column = column)
  })
  vctrs::vec_rbind(!!!unlist(outlines, recursive = FALSE))
}

band_layer <- function(spread, place, ...) {
  bands <- band_polygons(spread, place, nrow(place))
  ggplot2::geom_polygon(
    ggplot2::aes(.data$x, .data$y, group = .data$polygon), data = bands, inherit.aes = FALSE, ...
  )
}

# One panel per archetype.
plot_q_intervals <- function(q, weights, place, group) {
  archetypes <- colnames(weights)
  zero <- q
  zero$lower <- 0
  zero$upper <- q$weight
  filled <- band_polygons(zero, place, nrow(place))
  bands <- band_polygons(q, place, nrow(place))
  filled$archetype <- factor(filled$archetype, archetypes)
  bands$archetype <- factor(bands$archetype, archetypes)
  ggplot2::ggplot(filled, ggplot2::aes(
    .data$x, .data$y, group = .data$polygon, fill = .data$archetype
  )) +
    ggplot2::geom_polygon(colour = NA) +
    ggplot2::geom_polygon(data = bands, fill = "black", alpha = 0.45, colour = NA) +
    ggplot2::facet_grid(rows = ggplot2::vars(.data$archetype), switch = "y") +
    ggplot2::scale_fill_manual(values = ancestry_colours(archetypes), guide = "none") +
    ggplot2::scale_y_continuous(
      breaks = c(0, 0.5, 1), limits = c(0, 1), expand = ggplot2::expansion(0)
    ) +
    (if (is.null(group)) sample_axis(place) else stacked_population_axis(place)) +
    ggplot2::labs(x = NULL, y = "Archetype weight") +
    theme_forebear() +
    theme_q_bars(place, is.null(group)) +
    ggplot2::theme(
      strip.text.y.left = ggplot2::element_text(angle = 0),
      strip.placement = "outside", panel.spacing.y = ggplot2::unit(9, "pt")
    )
}
