# Colors that a user gives a figure in place of those of ancestry_colours().

# For the figure that is being made: `given`, colors by name or in order; `n_used`, how many names
# asked for one; NULL between figures.
figure_colours <- new.env(parent = emptyenv())

# Takes `colours` or `colors` from the dots of a method, for as long as the method runs.
local_colours <- function(..., frame = rlang::caller_env(), call = frame) {
  given <- list(...)
  name <- names(given) %||% rep("", length(given))
  refuse_unknown(name[!name %in% c("colours", "colors")], call)
  if (length(given) > 1) {
    abort_forebear("argument", c("Colors may be given once.",
      x = sprintf("Both of %s are there.", quoted(name))), call)
  }
  # A method may be called by another one, whose colors stay.
  if (length(given) == 0 || is.null(given[[1]])) {
    return(invisible())
  }
  figure_colours$given <- check_colours(given[[1]], name, call)
  figure_colours$call <- call
  do.call(on.exit, list(quote(forget_colours()), add = TRUE), envir = frame)
}

forget_colours <- function() {
  figure_colours$given <- NULL
  figure_colours$call <- NULL
}

check_colours <- function(colours, name, call) {
  if (is.function(colours)) {
    return(colours)
  }
  problem <- if (!is.character(colours) || length(colours) == 0 || anyNA(colours)) {
    found(colours)
  } else {
    known <- vapply(colours, function(one) {
      tryCatch(is.matrix(grDevices::col2rgb(one)), error = function(condition) FALSE)
    }, NA)
    if (!all(known)) sprintf("No color: %s.", quoted(unname(colours[!known])))
  }
  if (!is.null(problem)) {
    abort_forebear("argument", c(
      sprintf("`%s` must be colors, by name or in order, or a function that gives so many.", name),
      x = problem), call)
  }
  colours
}

# `colours`, named by what is drawn, with those of the user in their place.
with_given_colours <- function(colours) {
  given <- figure_colours$given
  if (is.null(given) || length(colours) == 0) {
    return(colours)
  }
  call <- figure_colours$call
  if (is.function(given)) given <- check_colours(given(length(colours)), "colours", call)
  if (is.null(names(given))) {
    if (length(given) < length(colours)) {
      abort_forebear("argument", c("There must be a color for each that is drawn.",
        x = sprintf("%s for %s.", counted(length(given), "color"), quoted(names(colours)))), call)
    }
    colours[] <- given[seq_along(colours)]
    return(colours)
  }
  unknown <- setdiff(names(given), names(colours))
  if (length(unknown) > 0) {
    abort_forebear("argument", c("Names of colors must be names of what is drawn.",
      x = sprintf("Unknown: %s.", quoted(unknown)),
      i = sprintf("Drawn are %s.", quoted(names(colours)))), call)
  }
  colours[names(given)] <- given
  colours
}

# Data and places of the first points as those of a plot, so that `facet_wrap()`, `%+%` and layers
# of names (`geom_text()`, those of 'ggrepel') find them. Other layers have all of their own.
points_in_plot <- function(plot) {
  is_points <- vapply(plot$layers, function(layer) {
    inherits(layer$geom, "GeomPoint") && is.data.frame(layer$data)
  }, NA)
  if (any(is_points)) {
    for (layer in plot$layers) layer$inherit.aes <- FALSE
    layer <- plot$layers[[which(is_points)[[1]]]]
    plot$data <- layer$data
    plot$mapping <- layer$mapping[c("x", "y")]
    layer$data <- ggplot2::waiver()
  }
  plot
}

# Samples as the data of a plot rather than of a layer; a wide legend goes below.
data_in_plot <- function(plot) {
  plot <- points_in_plot(plot)
  if (is_wide_legend(levels(droplevels(factor(plot$data[["group"]]))))) {
    plot <- plot + ggplot2::theme(legend.position = "bottom")
  }
  plot
}
