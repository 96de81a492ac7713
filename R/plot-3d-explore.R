#' Rotate the three-dimensional plot by hand
#'
#' The interactive version of `autoplot(type = "pca3d")`: samples and archetypes, or the centers of
#' several methods, on three components, to be rotated and zoomed in a browser. Pointing at a
#' sample shows its ID.
#'
#' It needs the suggested package 'plotly' (`install.packages("plotly")`, or `apt install
#' r-cran-plotly`). A figure is kept with `htmlwidgets::saveWidget()`.
#'
#' @param x An [archetypes()] fit, or what [compare_centers()] returns.
#' @inheritParams autoplot.forebear_archetypes
#' @param components Three numbers of components.
#' @returns A plotly htmlwidget.
#' @section Errors:
#' `forebear_error_package` if 'plotly' is absent; `forebear_error_plot_components` if there are
#' fewer than three components; those of labels.
#' @family comparisons of ancestry
#' @examples
#' scores <- pca(read_bed(example_data("panel")), num_comp = 3, scale = "none")
#' fit <- archetypes(scores, k = 4)
#' if (requireNamespace("plotly", quietly = TRUE)) {
#'   explore_pca3d(fit, labels = read.delim(example_data("labels")))
#' }
#' @export
explore_pca3d <- function(x, labels = NULL, components = 1:3, label_column = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  parts <- parts_3d(x, call)
  check_three_components(components, ncol(parts$scores), call)
  sample_id <- rownames(parts$scores) %||% paste0("sample", seq_len(nrow(parts$scores)))
  group <- match_labels_or_null(labels, sample_id, label_column, call)
  check_package("plotly", "cran", call)
  drawn <- drawn_samples(parts$scores, sample_id, call)
  group <- drawn_labels(group, drawn)
  sample_id <- sample_id[drawn]
  parts$scores <- parts$scores[drawn, , drop = FALSE]
  if (!is.null(parts$leading)) parts$leading <- parts$leading[drawn]
  traces <- c(
    sample_traces(parts$scores[, components], sample_id, group, parts$leading),
    center_traces(parts$centers, components)
  )
  draw_traces(traces, paste("Component", components))
}

# scores [n_samples x dims]; centers, a named list of [k x dims]; leading, the archetype of each
# sample, or NULL.
parts_3d <- function(x, call) {
  if (inherits(x, "forebear_centre_comparison")) {
    return(list(scores = x$scores, centers = lapply(x$parts, `[[`, "centers"), leading = NULL))
  }
  scores <- own_scores(x)
  if (is.null(scores)) {
    message <- c("`x` must be an `archetypes()` fit with scores, or come from `compare_centers()`.",
      x = sprintf("It is %s.", describe_class(x)))
    abort_forebear("argument", message, call)
  }
  q <- ancestry_matrix(x)
  known <- zero_unanswered(q)
  leading <- factor(colnames(q)[max.col(known, ties.method = "first")], colnames(q))
  centers <- cluster_positions(x, known, zero_unanswered(scores))
  list(scores = scores, centers = list(archetypes = centers), leading = leading)
}

# One trace per label, or per leading archetype, or one for all.
sample_traces <- function(scores, sample_id, group, leading) {
  colours <- NULL
  if (!is.null(group)) {
    by <- droplevels(name_unlabeled(group))
    known <- setdiff(levels(name_unlabeled(group)), unlabeled_name)
    colours <- c(ancestry_colours(factor(known, known)),
      stats::setNames(unlabeled_colour, unlabeled_name))
  } else if (!is.null(leading)) {
    by <- droplevels(leading)
    colours <- ancestry_colours(levels(leading))
  } else {
    by <- factor(rep("samples", nrow(scores)))
    colours <- c(samples = unlabeled_colour)
  }
  lapply(levels(by), function(name) {
    rows <- which(by == name)
    list(points = unname(scores[rows, , drop = FALSE]), text = sample_id[rows], name = name,
      colour = colours[[name]], symbol = "circle", size = 3)
  })
}

# Circles for the first method, then diamonds, squares, crosses and x: what 3-D plotly has.
center_traces <- function(centers, components) {
  symbols <- c("circle", "diamond", "square", "cross", "x")
  lapply(seq_along(centers), function(i) {
    points <- centers[[i]][, components, drop = FALSE]
    list(points = unname(points), name = names(centers)[[i]],
      text = rownames(points) %||% paste(names(centers)[[i]], seq_len(nrow(points))),
      colour = "#1A1A1A", symbol = symbols[[(i - 1) %% 5 + 1]], size = 7)
  })
}

draw_traces <- function(traces, titles) {
  figure <- plotly::plot_ly()
  for (trace in traces) {
    figure <- plotly::add_trace(figure, type = "scatter3d", mode = "markers",
      x = trace$points[, 1], y = trace$points[, 2], z = trace$points[, 3], text = trace$text,
      hoverinfo = "text+name", name = trace$name,
      marker = list(color = trace$colour, size = trace$size, symbol = trace$symbol))
  }
  scene <- list(xaxis = list(title = titles[[1]]), yaxis = list(title = titles[[2]]),
    zaxis = list(title = titles[[3]]))
  plotly::layout(figure, scene = scene)
}
