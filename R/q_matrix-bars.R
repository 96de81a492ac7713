# Bars of several Q matrices above each other, samples and colours matched.

#' Stacked bars of Q matrices
#'
#' Draws two or more Q matrices of the same samples above each other: samples stand in the same
#' place, and clusters that were matched have the same color.
#'
#' Samples are sorted by the Q matrix with most clusters, the first of equals, as in
#' [autoplot.forebear_archetypes()]. Where names of
#' populations do not fit under their bars, populations are numbered from left to right and
#' the caption says which is which.
#'
#' @param object What [compare_ancestry()] or [align_runs()] returns.
#' @inheritParams autoplot.forebear_archetypes
#' @param type `"bar"`, or `"simplex"` for polygons side by side, whose corners are matched
#'   clusters: a sample has the same color in both, and lies in the same place if both agree.
#' @param number_populations `TRUE` to number populations, `FALSE` to write their names, `NULL` to
#'   number them where names do not fit.
#' @param caption_width Characters in a line of the caption.
#' @param runs For aligned runs, the runs to draw: their names, or `NULL` for one of each mode.
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_labels_unknown_sample` and others of labels, as in
#' [autoplot.forebear_archetypes()]; `forebear_error_argument` for wrong arguments.
#' @family comparisons of ancestry
#' @examples
#' fit <- archetypes(read_bed(example_data("panel")), k = 4)
#' comparison <- compare_ancestry(fit, read.delim(example_data("truth")), c("fit", "truth"))
#' autoplot(comparison, labels = read.delim(example_data("labels")))
#' autoplot(comparison, type = "simplex", labels = read.delim(example_data("labels")))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_ancestry_comparison)
autoplot.forebear_ancestry_comparison <- function( # nolint: object_name_linter.
    object, labels = NULL, ..., type = c("bar", "simplex"), label_column = NULL,
    number_populations = NULL, caption_width = 110) {
  call <- rlang::current_env()
  local_colours(...)
  type <- check_choice(type, "type", c("bar", "simplex"), call)
  if (type == "simplex") {
    sample_id <- rownames(object$q[[1]]) %||% paste0("sample", seq_len(nrow(object$q[[1]])))
    group <- match_labels_or_null(labels, sample_id, label_column, call)
    return(plot_two_simplexes(object$q, sample_id, group))
  }
  draw_stacked_bars(object$q, labels, label_column, number_populations, caption_width, call)
}

draw_stacked_bars <- function(q, labels, label_column, number_populations, caption_width, call) {
  caption_width <- check_count(caption_width, "caption_width", min = 20, call = call)
  if (!is.null(number_populations)) check_flag(number_populations, "number_populations", call)
  sample_id <- rownames(q[[1]]) %||% paste0("sample", seq_len(nrow(q[[1]])))
  group <- match_label_levels(labels, sample_id, label_column, call)
  plot_stacked_bars(q, sample_id, group, number_populations, caption_width)
}

# `q`: named list of [n_samples x k] with the same rows; columns of one name have one colour.
plot_stacked_bars <- function(q, sample_id, group, number_populations, caption_width) {
  first <- `rownames<-`(q[[which.max(vapply(q, ncol, 1L))]], sample_id)
  place <- if (is.null(group)) place_samples(first) else place_populations(first, group)
  blocks <- population_blocks(place)
  numbered <- !is.null(group) && (number_populations %||% !names_fit(blocks))
  if (numbered) {
    place$block_name <- as.character(place$block)
  }
  cluster <- unique(unlist(lapply(q, colnames)))
  ggplot2::ggplot(stacked_polygons(q, place, cluster)) +
    ggplot2::geom_polygon(ggplot2::aes(
      .data$x, .data$y, fill = .data$archetype, group = .data$polygon
    ), colour = NA) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1) +
    ggplot2::scale_fill_manual(
      values = ancestry_colours(cluster),
      guide = legend_in_rows(cluster)
    ) +
    ggplot2::scale_y_continuous(breaks = c(0, 0.5, 1), expand = ggplot2::expansion(0)) +
    ggplot2::labs(x = NULL, y = "Weight", fill = NULL,
      caption = if (numbered) population_key(blocks$name, caption_width)) +
    (if (is.null(group)) {
      sample_axis(place)
    } else {
      population_axis(place, panel = factor(rev(names(q))[[1]], names(q)),
        top = factor(names(q)[[1]], names(q)))
    }) +
    theme_forebear() +
    theme_q_bars(place, is.null(group)) +
    theme_key()
}

# Polygons of the same samples side by side; columns of one name are the same corner.
plot_two_simplexes <- function(q, sample_id, group) {
  cluster <- colnames(q[[1]])
  corners <- simplex_corners(length(cluster))
  color_by_name <- is.null(group)
  if (color_by_name) {
    # Colors are those of the first Q matrix, so that samples can be followed.
    group <- factor(cluster[max.col(q[[1]], ties.method = "first")], cluster)
  }
  panels <- lapply(names(q), function(name) {
    place <- q[[name]] %*% corners
    if (length(cluster) == 2) place[, 2] <- spread_heights(nrow(place)) * 0.3
    tibble::tibble(sample_id = sample_id, x = place[, 1], y = place[, 2],
      panel = factor(name, names(q)))
  })
  groups <- structure(rep(group, length(q)), title = attr(group, "title"))
  outline <- data.frame(x = corners[, 1], y = corners[, 2])
  spot <- lapply(names(q), function(name) {
    data.frame(outline * simplex_name_radius, name = cluster, panel = factor(name, names(q)))
  })
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    ggplot2::geom_polygon(ggplot2::aes(.data$x, .data$y), data = outline, fill = NA,
      colour = "grey40", linewidth = 0.4) +
    point_layers(do.call(rbind, panels), groups) +
    archetype_layers(do.call(rbind, spot), color_by_name, outward = TRUE) +
    (if (color_by_name) ggplot2::guides(colour = "none", shape = "none")) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel)) +
    ggplot2::coord_fixed(clip = "off") +
    ggplot2::labs(x = NULL, y = NULL, colour = NULL, shape = NULL) +
    theme_forebear() +
    ggplot2::theme(
      axis.text = ggplot2::element_blank(), axis.ticks = ggplot2::element_blank(),
      panel.border = ggplot2::element_blank(),
      strip.text = ggplot2::element_text(hjust = 0.5, face = "bold",
        margin = ggplot2::margin(b = 9))
    ))
}

# archetype, polygon, x, y, labels of samples and panel of all bars.
stacked_polygons <- function(q, place, cluster) {
  pieces <- lapply(names(q), function(name) {
    piece <- q_polygons(q[[name]], place)
    piece$archetype <- factor(as.character(piece$archetype), cluster)
    piece$panel <- factor(name, names(q))
    piece$polygon <- paste(name, piece$polygon)
    piece
  })
  bars <- do.call(rbind, pieces)
  # ggplot2 draws groups in the order of their levels: later clusters first, so no seam shows.
  bars$polygon <- factor(bars$polygon, unique(bars$polygon))
  bars
}

# "1 Yoruba, 2 French, ..." in lines of `width` characters.
population_key <- function(name, width) {
  # A space inside a name must not end a line.
  entry <- gsub(" ", "\u00a0", paste(seq_along(name), name), fixed = TRUE)
  paste(strwrap(paste(entry, collapse = ", "), width), collapse = "\n")
}
