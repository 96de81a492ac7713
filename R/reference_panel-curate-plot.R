#' Plot a curated panel
#'
#' `type = "map"` draws the samples on two principal components: those that are kept as points
#' colored by population, those that are removed as crosses, in black. `type = "distance"` draws
#' how far each sample is from its nearest neighbors in its population, by which outliers are found
#' (what is left and right means nothing). Relatives, which are removed before, have no distance and
#' no place on the components.
#'
#' @param object A panel of [curate_panel()].
#' @param type What to draw.
#' @param components Numbers of the two components of the map.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' chosen <- curate_panel(genotypes[labels$group == "source", ],
#'   labels[labels$group == "source", ])
#' autoplot(chosen)
#' autoplot(chosen, type = "distance")
#' @rawNamespace S3method(ggplot2::autoplot, forebear_curated_panel)
autoplot.forebear_curated_panel <- function( # nolint: object_name_linter.
    object, type = c("map", "distance"), components = 1:2, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  type <- check_choice(type, "type", c("map", "distance"), call)
  samples <- generics::tidy(object)
  check_components(components, seq_len(ncol(object$scores)), exactly_two = TRUE, call)
  samples <- samples[!is.na(samples[["PC1"]]), ]
  samples$population <- factor(samples$population)
  samples$status <- factor(ifelse(samples$kept, "kept", "removed"), c("kept", "removed"))
  if (type == "map") plot_curated_map(samples, components) else plot_curated_distance(samples)
}

plot_curated_map <- function(samples, components) {
  samples$x <- samples[[paste0("PC", components[1])]]
  samples$y <- samples[[paste0("PC", components[2])]]
  removed <- samples[!samples$kept, ]
  ggplot2::ggplot(samples[samples$kept, ], ggplot2::aes(.data$x, .data$y)) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$population), size = point_size(nrow(samples)),
      alpha = 0.8) +
    removed_layer(removed) +
    scale_colour_ancestry(levels(samples$population), guide = ggplot2::guide_legend(order = 1)) +
    removed_scale() +
    ggplot2::labs(x = paste0("PC", components[1]), y = paste0("PC", components[2]), colour = NULL) +
    theme_forebear()
}

plot_curated_distance <- function(samples) {
  samples <- samples[!is.na(samples$distance), ]
  # Spread sideways by rank, so that the same samples are drawn at the same place each time.
  rank <- stats::ave(samples$distance, samples$population, FUN = rank)
  samples$x <- (rank * 0.618034) %% 1
  samples$y <- samples$distance
  removed <- samples[!samples$kept, ]
  ggplot2::ggplot(samples[samples$kept, ], ggplot2::aes(.data$x, .data$y)) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$population), size = point_size(nrow(samples)),
      alpha = 0.8) +
    removed_layer(removed) +
    scale_colour_ancestry(levels(samples$population), guide = "none") +
    removed_scale() +
    ggplot2::facet_wrap(ggplot2::vars(.data$population), scales = "free_y") +
    ggplot2::scale_x_continuous(breaks = NULL, expand = ggplot2::expansion(add = 0.4)) +
    ggplot2::labs(x = NULL, y = "Mean distance to nearest neighbors") +
    theme_forebear()
}

removed_layer <- function(removed) {
  ggplot2::geom_point(ggplot2::aes(shape = .data$reason), data = removed, size = 1.8,
    stroke = 0.6, colour = "black")
}

removed_scale <- function() {
  ggplot2::scale_shape_manual(name = "Removed",
    values = c(outlier = 4, small_population = 1),
    labels = c(outlier = "outlier", small_population = "small population"),
    guide = ggplot2::guide_legend(order = 2))
}
