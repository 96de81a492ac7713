# Three components seen from an angle: orthographic projection, drawn as a box.

# How a camera sees the cube from -1 to 1: `right`, `up` and `toward` it, unit vectors.
# `azimuth` turns about the third axis, `elevation` lifts the camera; degrees.
new_view <- function(azimuth, elevation) {
  a <- azimuth * pi / 180
  e <- elevation * pi / 180
  list(
    right = c(-sin(a), cos(a), 0),
    up = c(-cos(a) * sin(e), -sin(a) * sin(e), cos(e)),
    toward = c(cos(a) * cos(e), sin(a) * cos(e), sin(e))
  )
}

check_view <- function(azimuth, elevation, call) {
  azimuth <- check_number(azimuth, "azimuth", min = -360, max = 360, call = call)
  elevation <- check_number(elevation, "elevation", min = 0, max = 90, call = call)
  new_view(azimuth, elevation)
}

# x, y on paper and depth (larger is nearer) of points [n x 3] of the cube.
see <- function(points, view) {
  tibble::tibble(
    x = c(points %*% view$right), y = c(points %*% view$up), depth = c(points %*% view$toward)
  )
}

# Ticks and the range of each of three components; the range is put on -1 to 1.
axis_ranges <- function(points) {
  lapply(seq_len(3), function(axis) {
    range <- range(points[, axis])
    if (diff(range) == 0) range <- range + c(-0.5, 0.5)
    range <- range + c(-0.04, 0.04) * diff(range)
    ticks <- pretty(range, 4)
    list(range = range, ticks = ticks[ticks >= range[[1]] & ticks <= range[[2]]])
  })
}

into_cube <- function(points, axes) {
  scaled <- lapply(seq_len(3), function(axis) {
    range <- axes[[axis]]$range
    2 * (points[, axis] - range[[1]]) / diff(range) - 1
  })
  unname(do.call(cbind, scaled))
}

# The three faces behind the points with a grid, and ticks and titles on their outer edges.
box_layers <- function(view, axes, titles) {
  behind <- ifelse(view$toward >= 0, -1, 1)
  faces <- lapply(seq_len(3), function(axis) face_of(axis, behind, view))
  grid <- lapply(seq_len(3), function(axis) grid_of(axis, behind, axes, view))
  marks <- lapply(seq_len(3), function(axis) marks_of(axis, axes, titles, view))
  ticks <- do.call(rbind, lapply(marks, `[[`, "ticks"))
  title <- do.call(rbind, lapply(marks, `[[`, "title"))
  list(
    ggplot2::geom_polygon(ggplot2::aes(.data$x, .data$y, group = .data$face),
      data = do.call(rbind, faces), fill = "grey97", colour = "grey55", linewidth = 0.3),
    ggplot2::geom_segment(
      ggplot2::aes(.data$x, .data$y, xend = .data$xend, yend = .data$yend),
      data = do.call(rbind, grid), colour = "grey85", linewidth = 0.25),
    ggplot2::geom_segment(
      ggplot2::aes(.data$x, .data$y, xend = .data$xend, yend = .data$yend),
      data = ticks, colour = "grey30", linewidth = 0.3),
    ggplot2::geom_text(ggplot2::aes(.data$label_x, .data$label_y, label = .data$label),
      data = ticks, size = 2.3, colour = "grey20"),
    ggplot2::geom_text(
      ggplot2::aes(.data$x, .data$y, label = .data$label, angle = .data$angle), data = title,
      size = 3)
  )
}

# Corners of the back face across one axis.
face_of <- function(axis, behind, view) {
  corners <- cbind(c(-1, 1, 1, -1), c(-1, -1, 1, 1))
  points <- matrix(behind[[axis]], 4, 3)
  points[, -axis] <- corners
  tibble::tibble(see(points, view), face = axis)
}

# Lines at the ticks of one axis over the two back faces beside it.
grid_of <- function(axis, behind, axes, view) {
  at <- tick_places(axes[[axis]])
  others <- setdiff(seq_len(3), axis)
  lines <- lapply(others, function(face) {
    along <- setdiff(others, face)
    from <- to <- matrix(0, length(at), 3)
    from[, axis] <- to[, axis] <- at
    from[, face] <- to[, face] <- behind[[face]]
    from[, along] <- -1
    to[, along] <- 1
    start <- see(from, view)
    end <- see(to, view)
    tibble::tibble(x = start$x, y = start$y, xend = end$x, yend = end$y)
  })
  do.call(rbind, lines)
}

tick_places <- function(axis) 2 * (axis$ticks - axis$range[[1]]) / diff(axis$range) - 1

# The edge that carries an axis: the two of the floor that face the viewer, and the upright one
# farthest to the left.
edge_of <- function(axis, view) {
  front <- ifelse(view$toward >= 0, 1, -1)
  if (axis < 3) {
    edge <- c(front[1:2], -1)
    return(edge)
  }
  sides <- rbind(c(front[[1]], -front[[2]], 0), c(-front[[1]], front[[2]], 0))
  sides[which.min(sides %*% view$right), ]
}

# Ticks, their labels and the title of one axis, just outside the box.
marks_of <- function(axis, axes, titles, view) {
  at <- tick_places(axes[[axis]])
  points <- matrix(edge_of(axis, view), length(at) + 1, 3, byrow = TRUE)
  points[, axis] <- c(at, 0)
  seen <- see(points, view)
  outward <- outward_of(axis, view)
  middle <- seen[length(at) + 1, ]
  seen <- seen[seq_along(at), ]
  direction <- c(view$right[[axis]], view$up[[axis]])
  angle <- atan2(direction[[2]], direction[[1]]) * 180 / pi
  # Text never stands on its head.
  angle <- if (angle > 90) angle - 180 else if (angle < -90) angle + 180 else angle
  list(
    ticks = tibble::tibble(
      x = seen$x, y = seen$y, xend = seen$x + 0.03 * outward[[1]],
      yend = seen$y + 0.03 * outward[[2]], label = format(axes[[axis]]$ticks, trim = TRUE),
      label_x = seen$x + 0.11 * outward[[1]], label_y = seen$y + 0.09 * outward[[2]]
    ),
    title = tibble::tibble(
      x = middle$x + 0.34 * outward[[1]], y = middle$y + 0.27 * outward[[2]],
      label = titles[[axis]], angle = angle
    )
  )
}

# The direction on paper, of length 1, that leads from the box past the edge of an axis.
outward_of <- function(axis, view) {
  edge <- edge_of(axis, view)
  edge[[axis]] <- 0
  if (axis < 3) {
    # Ticks run on along the other axis of the floor.
    edge[-c(axis)] <- c(edge[[setdiff(1:2, axis)]], 0)
  }
  direction <- c(sum(edge * view$right), sum(edge * view$up))
  size <- sqrt(sum(direction^2))
  if (size > 1e-6) direction / size else c(0, -1)
}

# Samples far from the viewer first and smaller; without groups all of one `colour`.
depth_layers <- function(data, group, size, colour = NULL) {
  data$size <- size * (1 + 0.25 * data$depth / max(1, abs(data$depth)))
  if (is.null(group)) {
    return(list(
      ggplot2::geom_point(ggplot2::aes(.data$x, .data$y, size = .data$size),
        data = data[order(data$depth), ], shape = 16, alpha = 0.7, colour = colour),
      ggplot2::scale_size_identity()
    ))
  }
  data <- with_groups(data, group)
  c(
    list(
      ggplot2::geom_point(
        ggplot2::aes(.data$x, .data$y, colour = .data$group, shape = .data$group,
          size = .data$size),
        data = data[order(data$depth), ], alpha = 0.85, stroke = 0.4),
      ggplot2::scale_size_identity()
    ),
    group_scales(data$group, attr(group, "title"))
  )
}

# An empty drawing of a box, to which points are added.
plot_box <- function(view, axes, titles) {
  ggplot2::ggplot(mapping = ggplot2::aes()) +
    box_layers(view, axes, titles) +
    ggplot2::coord_fixed(clip = "off") +
    ggplot2::labs(x = NULL, y = NULL, colour = NULL, shape = NULL) +
    theme_forebear() +
    ggplot2::theme(
      axis.text = ggplot2::element_blank(), axis.ticks = ggplot2::element_blank(),
      panel.border = ggplot2::element_blank()
    )
}

check_three_components <- function(components, n_there, call) {
  if (n_there < 3) {
    message <- c("A drawing in three dimensions needs three components.",
      x = sprintf("The fit has %d.", n_there),
      i = "Fit archetypes(pca(x, num_comp = 3), k, dims = 3), or see `compare_centers(scores = )`.")
    abort_forebear("plot_components", message, call)
  }
  if (length(components) != 3 || !are_distinct_whole(components)) {
    abort_forebear("plot_components", c(
      "`components` must be three different whole numbers, such as `1:3`.",
      x = paste0("It is ", paste(format(components), collapse = ", "), ".")
    ), call)
  }
  absent <- setdiff(components, seq_len(n_there))
  if (length(absent) > 0) {
    abort_forebear("plot_components", c(
      "`components` must be among the components of the fit.",
      x = sprintf("The fit has %d, and no component %g.", n_there, absent[[1]])
    ), call)
  }
}
