# The look of every forebear plot: one palette, one set of shapes, one theme.

# Positions 1 to 20. The first eight lie near the hues of Okabe & Ito (2008); the other twelve were
# chosen by farthest-point search on an HCL lattice, the distance of two colours being the smallest
# CIEDE2000 difference under normal vision and simulated protanopia, deuteranopia and tritanopia
# (Machado, Oliveira & Fernandes 2009, severity 1). They are sorted so that every prefix is as
# distinct as possible; test-plot-palette.R proves the distances.
ancestry_palette <- c(
  "#D59329", "#3061B6", "#50A679", "#B65F31", "#AA7DA4", "#9BD2FE", "#F0E442", "#502159",
  "#6E0804", "#8D5164", "#B8E2B6", "#3F18AE", "#979AE3", "#9560FE", "#215030", "#63517D",
  "#258482", "#D9BF76", "#B10942", "#FA626E"
)

# What is known about no group: unlabeled samples, missing values.
unlabeled_colour <- "#BDBDBD"
unlabeled_name <- "unlabeled"

#' Colors of ancestries, archetypes and populations
#'
#' One palette for every plot of the package. A cluster keeps its color across plots because the
#' color depends on its name or position only: `"archetype3"` has the third color in a bar
#' chart, a simplex and a scatter plot, whatever else is drawn.
#'
#' The first 8 colors stay apart under normal vision and under every common color vision
#' deficiency, and so, with a smaller margin, do the first 20. Further colors are interpolated: of
#' a fixed lattice in HCL space, each one is the farthest (in CIE Lab) from all before it. They are
#' always the same, but nothing is promised about how well they can be distinguished; scatter plots
#' therefore add a shape to every color.
#'
#' Positions are found as follows: a factor gives the order of its levels (unused levels keep their
#' color, so that a subset of the data looks like the whole); names such as
#'   `"archetype1"`, `"archetype2"` are
#' archetypes and give the number; any other names are sorted, byte by byte, so that the
#' answer does not depend on the language of the session.
#'
#' @param x A number of colors, or the names that want a color: a character vector or a factor.
#'   Repeated names and missing values are dropped.
#' @returns A character vector of hexadecimal colors, named if `x` holds names.
#' @references Okabe M. & Ito K. (2008). Color universal design.
#'
#'   Machado G. M., Oliveira M. M. & Fernandes L. A. F. (2009). A physiologically-based model for
#'   simulation of color vision deficiency. IEEE Transactions on Visualization and Computer
#'   Graphics 15, 1291-1298.
#' @export
#' @examples
#' ancestry_colours(4)
#' ancestry_colours(c("YRI", "CEU", "CHB"))
#' ancestry_colours("archetype3")
ancestry_colours <- function(x) {
  call <- rlang::current_env()
  if (is.numeric(x)) {
    return(palette_colours(check_colour_count(x, call), call))
  }
  if (!is.character(x) && !is.factor(x)) {
    abort_forebear("palette_type", c(
      "`x` must be a number of colours, or a character vector or factor of names.",
      x = paste0("It is of class \"", class(x)[[1]], "\".")
    ), call)
  }
  position <- ancestry_positions(x)
  colours <- palette_colours(max(0L, position), call)[position]
  with_given_colours(stats::setNames(colours, names(position)))
}

#' @rdname ancestry_colours
#' @export
ancestry_colors <- ancestry_colours

# Position of each distinct name, a named integer vector in increasing order.
ancestry_positions <- function(x) {
  if (is.factor(x)) {
    return(stats::setNames(seq_along(levels(x)), levels(x)))
  }
  distinct <- sort(unique(x[!is.na(x)]), method = "radix")
  if (all(are_numbered(distinct))) {
    return(sort(stats::setNames(number_of(distinct), distinct)))
  }
  stats::setNames(seq_along(distinct), distinct)
}

check_colour_count <- function(x, call) {
  is_count <- length(x) == 1 && is.finite(x) && x >= 0 && x == floor(x)
  if (!is_count) {
    abort_forebear("palette_count", c(
      "The number of colours `x` must be one whole number, 0 or more.",
      x = paste0("It is ", paste(x[seq_len(min(3, length(x)))], collapse = ", "), ".")
    ), call)
  }
  as.integer(x)
}

# The first `n` colours; the palette, then the lattice.
palette_colours <- function(n, call) {
  n_known <- length(ancestry_palette)
  if (n <= n_known) {
    return(ancestry_palette[seq_len(n)])
  }
  lattice <- hcl_lattice()
  n_most <- n_known + length(lattice)
  if (n > n_most) {
    abort_forebear("palette_size", c(
      sprintf("A plot can have at most %d different colours.", n_most),
      x = sprintf("%d are asked for.", n),
      i = "Use coarser labels, such as populations or continents."
    ), call)
  }
  c(ancestry_palette, farthest_colours(lattice, n - n_known))
}

hcl_lattice <- function() {
  grid <- expand.grid(
    hue = seq(0, 345, by = 15), chroma = c(25, 45, 65), luminance = seq(25, 85, by = 10)
  )
  setdiff(unique(grDevices::hcl(grid$hue, grid$chroma, grid$luminance)), ancestry_palette)
}

# `n` of the `candidates`, each the farthest from the palette and from those picked before it.
farthest_colours <- function(candidates, n) {
  position <- colours_to_lab(candidates)
  distance <- rep(Inf, length(candidates))
  for (taken in asplit(colours_to_lab(c(ancestry_palette, unlabeled_colour)), 1)) {
    distance <- pmin(distance, colSums((t(position) - c(taken))^2))
  }
  picked <- integer(n)
  for (i in seq_len(n)) {
    picked[[i]] <- which.max(distance)
    distance <- pmin(distance, colSums((t(position) - position[picked[[i]], ])^2))
  }
  candidates[picked]
}

# [n_colours x 3] CIE Lab.
colours_to_lab <- function(colours) {
  grDevices::convertColor(t(grDevices::col2rgb(colours)) / 255, from = "sRGB", to = "Lab")
}

#' Color scales of ancestries
#'
#' Discrete ggplot2 scales with the colors of [ancestry_colours()].
#'
#' @param names The names of all clusters, a character vector or a factor: each keeps its own
#'   color even when some are absent from a plot. `NULL` hands out the colors in the order in
#'   which ggplot2 lists the values.
#' @param ... Passed on to [ggplot2::scale_colour_manual()] (or, without `names`, to
#'   [ggplot2::discrete_scale()]).
#' @returns A ggplot2 scale.
#' @export
#' @examples
#' library(ggplot2)
#' ggplot(iris, aes(Sepal.Length, Sepal.Width, colour = Species)) +
#'   geom_point() +
#'   scale_colour_ancestry()
scale_colour_ancestry <- function(names = NULL, ...) {
  scale_ancestry("colour", names, ...)
}

#' @rdname scale_colour_ancestry
#' @export
scale_color_ancestry <- scale_colour_ancestry

#' @rdname scale_colour_ancestry
#' @export
scale_fill_ancestry <- function(names = NULL, ...) {
  scale_ancestry("fill", names, ...)
}

scale_ancestry <- function(aesthetic, names, ..., na.value = unlabeled_colour) { # nolint
  if (!is.null(names)) {
    scale_manual <- switch(aesthetic,
      colour = ggplot2::scale_colour_manual,
      fill = ggplot2::scale_fill_manual
    )
    return(scale_manual(values = ancestry_colours(names), na.value = na.value, ...))
  }
  arguments <- list(aesthetic, palette = ancestry_colours, na.value = na.value, ...)
  if (package_version(getNamespaceVersion("ggplot2")) < "3.5.0") {
    arguments$scale_name <- "ancestry"
  }
  do.call(ggplot2::discrete_scale, arguments)
}

# Shapes of the first `n` positions. They change after every eight colours, so that inside one
# shape the colours are far apart and close colours differ in shape.
ancestry_shapes <- function(n) {
  shapes <- c(16, 17, 15, 18, 8, 4, 3, 9, 7, 12)
  shapes[((seq_len(n) - 1) %/% 8) %% length(shapes) + 1]
}

# White panel with a thin frame and no grid; text sizes fit a figure 85 to 180 mm wide.
theme_forebear <- function(base_size = 9) {
  ggplot2::theme_bw(base_size = base_size) +
    ggplot2::theme(
      panel.grid = ggplot2::element_blank(),
      panel.border = ggplot2::element_rect(fill = NA, colour = "grey30", linewidth = 0.3),
      axis.ticks = ggplot2::element_line(colour = "grey30", linewidth = 0.3),
      axis.text = ggplot2::element_text(colour = "grey20"),
      strip.background = ggplot2::element_blank(),
      strip.text = ggplot2::element_text(hjust = 0, face = "bold"),
      legend.key = ggplot2::element_blank(),
      legend.key.size = ggplot2::unit(base_size * 1.3, "pt"),
      legend.background = ggplot2::element_blank()
    )
}
