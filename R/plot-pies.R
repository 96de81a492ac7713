# Pies of mean ancestry on a map of the world.

map_of_pies <- function(ancestry, coordinates, labels, label_column, label_groups, extent, call) {
  check_flag(label_groups, "label_groups", call)
  extent <- check_choice(extent, "extent", c("world", "data"), call)
  coordinates <- check_coordinates(coordinates, label_column, call)
  q <- ancestry_matrix(ancestry, "ancestry", call)
  sample_id <- row_sample_id(q)
  labels <- labels %||% coordinates$labels
  if (is.null(coordinates$sample_id) && is.null(labels)) {
    abort_forebear("argument", c("Pies need to know which samples are at a place.",
      x = "`coordinates` are of populations, and `labels` is not given."), call)
  }
  group <- match_labels_or_null(labels, sample_id, label_column, call)
  places <- places_on_earth(coordinates, sample_id, group, call)
  check_package("maps", "cran", call)
  is_drawn <- is_answered(q) & !is.na(places$place_of_sample)
  if (!any(is_drawn)) {
    abort_forebear("coordinates", c("Some sample must have ancestry and a place.",
      x = sprintf("None of %s has both.", counted(length(sample_id), "sample"))), call)
  }
  place <- factor(places$place_of_sample[is_drawn])
  weights <- rowsum(q[is_drawn, , drop = FALSE], place) / c(table(place))
  at <- places$places[as.integer(levels(place)), ]
  at$n_samples <- as.integer(table(place))
  plot_pies(at, weights, earth_frame(at, extent), label_groups)
}

# `places` [n_places] as places_on_earth() gives them; `weights` [n_places x k].
plot_pies <- function(places, weights, frame, label_groups) {
  # Everything in mm on a panel of 150 mm, as names on maps are placed.
  mm <- 150 / (frame$east - frame$west)
  mm_high <- mm * frame$ratio
  radius <- pie_radius(places$n_samples)
  x <- eastward(places$longitude) * mm
  y <- places$latitude * mm_high
  moved <- spread_discs(x, y, radius)
  spot <- tibble::tibble(name = as.character(places[["population"]] %||% ""), x = x / mm,
    y = y / mm_high, at_x = moved$x / mm, at_y = moved$y / mm_high)
  wedges <- pie_wedges(moved$x, moved$y, radius, weights)
  wedges$x <- wedges$x / mm
  wedges$y <- wedges$y / mm_high
  is_far <- sqrt((moved$x - x)^2 + (moved$y - y)^2) > radius
  named <- label_groups && any(nzchar(spot$name))
  ggplot2::ggplot(wedges, ggplot2::aes(.data$x, .data$y)) +
    ggplot2::geom_polygon(ggplot2::aes(group = .data$piece), data = land_outlines(frame),
      fill = "grey87", colour = "grey87", linewidth = 0.1) +
    ggplot2::geom_segment(ggplot2::aes(xend = .data$at_x, yend = .data$at_y),
      data = spot[is_far, ], linewidth = 0.3, colour = "grey30") +
    ggplot2::geom_point(data = spot[is_far, ], size = 0.7, colour = "grey20") +
    ggplot2::geom_polygon(ggplot2::aes(fill = .data$archetype, group = .data$wedge),
      colour = "white", linewidth = 0.1) +
    (if (named) pie_names(spot, radius, mm, mm_high, frame)) +
    ggplot2::scale_fill_manual(values = ancestry_colours(colnames(weights)),
      guide = ggplot2::guide_legend(title = NULL)) +
    earth_page(frame)
}

# mm; areas as numbers of samples, but none too small to be read.
pie_radius <- function(n_samples) {
  largest <- if (length(n_samples) > 40) 2.6 else 4.2
  pmax(0.45 * largest, largest * sqrt(n_samples / max(n_samples)))
}

# Centers of discs that no longer overlap: those that do push each other away.
spread_discs <- function(x, y, radius, max_iter = 500) {
  least <- outer(radius, radius, "+") + 0.4
  # Discs at one place part along an angle of their own.
  angle <- seq_along(x) * 2.4
  x <- x + 1e-3 * cos(angle)
  y <- y + 1e-3 * sin(angle)
  for (iteration in seq_len(max_iter)) {
    dx <- outer(x, x, "-")
    dy <- outer(y, y, "-")
    apart <- sqrt(dx^2 + dy^2)
    diag(apart) <- Inf
    overlap <- pmax(least - apart, 0)
    if (max(overlap) < 1e-3) {
      break
    }
    push <- overlap / apart / 2
    step <- 1 / pmax(1, rowSums(overlap > 0) / 2)
    x <- x + step * rowSums(push * dx)
    y <- y + step * rowSums(push * dy)
  }
  list(x = x, y = y)
}

# archetype, place, weight, wedge, x, y: outlines of the wedges of all pies, clockwise from the top.
pie_wedges <- function(x, y, radius, weights) {
  wedges <- lapply(seq_along(x), function(i) {
    ends <- 2 * pi * c(0, cumsum(weights[i, ])) / sum(weights[i, ])
    own <- lapply(which(weights[i, ] > 1e-6), function(j) {
      angle <- seq(ends[[j]], ends[[j + 1]], length.out = max(3, ceiling(24 * weights[i, j]) + 2))
      whole <- ends[[j + 1]] - ends[[j]] > 2 * pi - 1e-6
      tibble::tibble(archetype = colnames(weights)[[j]], place = i, weight = weights[[i, j]],
        wedge = paste(i, j), x = x[[i]] + radius[[i]] * c(if (!whole) 0, sin(angle)),
        y = y[[i]] + radius[[i]] * c(if (!whole) 0, cos(angle)))
    })
    vctrs::vec_rbind(!!!unname(own))
  })
  wedges <- vctrs::vec_rbind(!!!wedges)
  wedges$archetype <- factor(wedges$archetype, colnames(weights))
  wedges
}

# Names beside pies, clear of other names and of all pies.
pie_names <- function(spot, radius, mm, mm_high, frame) {
  discs <- data.frame(x = spot$at_x * mm, y = spot$at_y * mm_high, radius = radius)
  named <- which(!duplicated(spot$name) & spot$name != unlabeled_name)
  edges <- c(frame$west * mm, frame$east * mm, frame$south * mm_high, frame$north * mm_high)
  at <- place_names(discs, named, spot$name[named], edges)
  angle <- rep(seq(0, 7) * pi / 4, each = nrow(at))
  halo <- data.frame(name = at$name, x = (at$at_x + 0.3 * cos(angle)) / mm,
    y = (at$at_y + 0.3 * sin(angle)) / mm_high)
  text <- data.frame(name = at$name, x = at$at_x / mm, y = at$at_y / mm_high)
  lapply(list(list(halo, "white"), list(text, "black")), function(one) {
    ggplot2::geom_text(ggplot2::aes(label = .data$name), data = one[[1]], size = 2.5,
      fontface = "bold", colour = one[[2]])
  })
}
