#' Plot the centers of several methods
#'
#' `type = "pca"` draws samples on two components with the cluster centers of every method;
#' `type = "pca3d"` draws three components seen from an angle. Archetypes are circles, the centers
#' of the next methods triangles, squares, diamonds and inverted triangles; each method has a
#' color of its own. With `labels`, colors mean labels, and centers are filled in gray levels.
#'
#' @param object What [compare_centers()] returns.
#' @param type What to draw.
#' @inheritParams autoplot.forebear_archetypes
#' @param components Numbers of the components to draw: two, or three for `"pca3d"`; by default
#'   the first ones.
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_plot_components` if the scores do not have the components;
#' `forebear_error_plot_methods` for more than five methods; those of labels.
#' @family comparisons of ancestry
#' @examples
#' scores <- pca(read_bed(example_data("panel")), num_comp = 3, scale = "none")
#' centers <- compare_centers(archetypes(scores, k = 4), methods = "kmeans")
#' autoplot(centers)
#' autoplot(centers, type = "pca3d", labels = read.delim(example_data("labels")))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_centre_comparison)
autoplot.forebear_centre_comparison <- function( # nolint: object_name_linter.
    object, type = c("pca", "pca3d"), labels = NULL, ..., components = NULL, azimuth = 40,
    elevation = 20, label_column = NULL) {
  call <- rlang::current_env()
  local_colours(...)
  type <- check_choice(type, "type", c("pca", "pca3d"))
  view <- check_view(azimuth, elevation, call)
  check_method_count(names(object$parts), call)
  group <- match_labels_or_null(labels, object$sample_id, label_column, call)
  centers <- do.call(rbind, lapply(object$parts, `[[`, "centers"))
  method <- rep(names(object$parts), vapply(object$parts, function(part) nrow(part$centers), 1L))
  method <- factor(method, names(object$parts))
  n_there <- ncol(object$scores)
  if (type == "pca3d") {
    components <- components %||% seq_len(min(3, n_there))
    check_three_components(components, n_there, call)
    return(plot_centers_3d(with_ids(object), centers, method, components, view, group))
  }
  components <- components %||% seq_len(min(2, n_there))
  if (n_there < 2) {
    abort_forebear("plot_components", c("A scatter plot needs two components.",
      x = "The scores have one."), call)
  }
  check_components(components, seq_len(n_there), exactly_two = TRUE, call)
  plot_centers(with_ids(object)[, components], centers[, components], method, components, group)
}

# Scores with IDs of samples as the names of rows.
with_ids <- function(object) structure(object$scores, dimnames = list(object$sample_id, NULL))

check_method_count <- function(methods, call) {
  if (length(methods) > length(center_shapes)) {
    abort_forebear("plot_methods", c(
      sprintf("A figure can show at most %d methods.", length(center_shapes)),
      x = sprintf("There are %d: %s.", length(methods), quoted(methods))), call)
  }
}

# Filled circle, triangle, square, diamond, inverted triangle.
center_shapes <- c(21, 24, 22, 23, 25)

# Samples and centers on two components; `centers` rows belong to the entries of `method`.
plot_centers <- function(scores, centers, method, components, group) {
  data <- tibble::tibble(sample_id = rownames(scores), x = unname(scores[, 1]),
    y = unname(scores[, 2]))
  spot <- tibble::tibble(x = unname(centers[, 1]), y = unname(centers[, 2]), method = method)
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    (if (is.null(group)) grey_points(data) else point_layers(data, group)) +
    center_layers(spot, is.null(group)) +
    ggplot2::labs(x = paste("Component", components[[1]]), y = paste("Component", components[[2]]),
      colour = NULL, shape = NULL) +
    theme_forebear())
}

# Samples in the background of colored centers.
grey_points <- function(data) {
  list(ggplot2::geom_point(ggplot2::aes(.data$x, .data$y), data = data,
    size = point_size(nrow(data)), shape = 16, alpha = 0.6, colour = unlabeled_colour))
}

plot_centers_3d <- function(scores, centers, method, components, view, group) {
  points <- rbind(unname(scores[, components]), unname(centers[, components]))
  axes <- axis_ranges(points)
  seen <- see(into_cube(points, axes), view)
  is_sample <- seq_len(nrow(points)) <= nrow(scores)
  spot <- seen[!is_sample, ]
  spot$method <- method
  samples <- seen[is_sample, ]
  samples$sample_id <- rownames(scores)
  layers <- depth_layers(samples, group, point_size(nrow(samples)),
    if (is.null(group)) unlabeled_colour else NULL)
  points_in_plot(plot_box(view, axes, paste("Component", components)) +
    layers +
    stem_layers(into_cube(unname(centers[, components, drop = FALSE]), axes), view) +
    center_layers(spot[order(spot$depth), ], is.null(group)))
}

# Dotted lines from points down to the floor of the box, which show where they lie.
stem_layers <- function(points, view) {
  floor <- points
  floor[, 3] <- -1
  top <- see(points, view)
  foot <- see(floor, view)
  list(ggplot2::geom_segment(
    ggplot2::aes(.data$x, .data$y, xend = .data$xend, yend = .data$yend),
    data = tibble::tibble(x = top$x, y = top$y, xend = foot$x, yend = foot$y),
    colour = "grey55", linewidth = 0.25, linetype = "22"
  ))
}

# The legend of the methods stands on its own, whatever the samples are colored by: shapes are
# drawn by hand, and the key is made from the fill.
center_layers <- function(spot, in_colour) {
  methods <- levels(spot$method)
  greys <- grDevices::grey(seq(1, 0.15, length.out = length(center_shapes)))
  fill <- if (in_colour) ancestry_colours(8)[c(4, 2, 3, 7, 8)] else greys
  fill <- stats::setNames(fill[seq_along(methods)], methods)
  shapes <- stats::setNames(center_shapes[seq_along(methods)], methods)
  key <- list(shape = unname(shapes), size = 3, colour = "grey10", stroke = 0.5, alpha = 1)
  # Without a legend of its own, the shape of a center would land in that of the samples.
  list(
    ggplot2::geom_point(
      ggplot2::aes(.data$x, .data$y, fill = .data$method), data = spot,
      shape = unname(shapes[as.character(spot$method)]), size = 3.6, stroke = 0.5,
      colour = "grey10"
    ),
    ggplot2::scale_fill_manual(values = fill, breaks = methods,
      guide = ggplot2::guide_legend(title = NULL, order = 1, override.aes = key))
  )
}
