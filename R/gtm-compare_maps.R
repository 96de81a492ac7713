#' Maps side by side
#'
#' Draws the same samples, in the same colors, as several methods place them: components, t-SNE,
#' UMAP, generative topographic maps.
#'
#' @param maps A list of [pca()], [gtm()], [tsne()] and [umap()] fits of the same samples, named by
#'   what to call them.
#' @param labels,label_column,label_groups As in [autoplot.forebear_pca()].
#' @param components The two components that a [pca()] fit shows.
#' @inheritParams shared_arguments
#' @returns A ggplot with one panel per fit. Each panel has its own scale, which is not drawn.
#' @section Errors:
#' `forebear_error_argument` for anything but a named list of such fits;
#' `forebear_error_unknown_sample` if their samples differ; those of labels as in
#' [autoplot.forebear_pca()].
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' components <- pca(genotypes, num_comp = 4)
#' maps <- list(PCA = components, GTM = gtm(components, nodes = 10))
#' compare_maps(maps, labels = read.delim(example_data("labels")))
#' @export
compare_maps <- function(maps, labels = NULL, label_column = NULL, label_groups = FALSE,
                         components = c(1, 2), ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  check_flag(label_groups, "label_groups", call)
  places <- places_of_maps(maps, components, call)
  sample_id <- places[[1]]$sample_id
  group <- match_labels_or_null(labels, sample_id, label_column, call)
  drawn <- drawn_on_all(places, call)
  places <- lapply(places, function(map) map[drawn, ])
  sample_id <- sample_id[drawn]
  group <- drawn_labels(group, drawn)
  data <- vctrs::vec_rbind(!!!lapply(unname(places), unit_square))
  data$panel <- factor(rep(names(places), each = length(sample_id)), names(places))
  repeated <- if (!is.null(group)) {
    structure(rep(group, length(places)), title = attr(group, "title"))
  }
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    point_layers(data, repeated) +
    (if (label_groups && !is.null(group)) panel_names(data, repeated)) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), nrow = if (length(maps) <= 3) 1) +
    ggplot2::coord_fixed() +
    ggplot2::scale_x_continuous(breaks = NULL) +
    ggplot2::scale_y_continuous(breaks = NULL) +
    ggplot2::labs(x = NULL, y = NULL, colour = NULL, shape = NULL) +
    theme_forebear())
}

# For each map sample_id, x, y; the samples are the same.
places_of_maps <- function(maps, components, call) {
  check_maps(maps, call)
  places <- lapply(maps, map_places, components = components, call = call)
  for (name in names(places)) {
    if (!identical(places[[name]]$sample_id, places[[1]]$sample_id)) {
      abort_forebear("unknown_sample", c("All maps must have the same samples in the same order.",
        x = sprintf("\"%s\" differs from \"%s\".", name, names(places)[[1]])), call)
    }
  }
  places
}

# [n_samples] which samples have a place on every map.
drawn_on_all <- function(places, call) {
  drawn_samples(Reduce(`+`, lapply(places, `[[`, "x")), places[[1]]$sample_id, call)
}

check_maps <- function(maps, call) {
  is_list <- is.list(maps) && !is_picture(maps)
  if (is_list && length(maps) > 0 && all(vapply(maps, is_picture, NA)) && has_own_names(maps)) {
    return(invisible())
  }
  message <- c(
    "`maps` must be a list of `pca()`, `gtm()`, `tsne()` or `umap()` fits, each with a name.",
    x = if (is_list) {
      sprintf("It is a list of %s, names %s.", counted(length(maps), "thing"),
        if (is.null(names(maps))) "missing" else quoted(names(maps)))
    } else {
      sprintf("It is %s.", describe_class(maps))
    })
  abort_forebear("argument", message, call)
}

is_picture <- function(x) inherits(x, c("forebear_pca", "forebear_gtm", "forebear_embedding"))

has_own_names <- function(x) {
  !is.null(names(x)) && all(nzchar(names(x))) && anyDuplicated(names(x)) == 0
}

# sample_id, x, y
map_places <- function(map, components, call) {
  if (inherits(map, "forebear_pca")) {
    check_components(components, seq_len(ncol(map$scores)), exactly_two = TRUE, call)
    return(tibble::tibble(sample_id = map$sample_id, x = unname(map$scores[, components[[1]]]),
      y = unname(map$scores[, components[[2]]])))
  }
  places <- generics::tidy(map)
  tibble::tibble(sample_id = places$sample_id, x = places[[2]], y = places[[3]])
}

# Places in 0 to 1, so that all panels have one size.
unit_square <- function(places) {
  unit <- function(x) (x - min(x)) / diff_range(x)
  tibble::tibble(sample_id = places$sample_id, x = unit(places$x), y = unit(places$y))
}

# Names of the groups in each panel at their medians.
panel_names <- function(data, group) {
  parts <- split(seq_len(nrow(data)), data$panel)
  spots <- lapply(names(parts), function(panel) {
    rows <- parts[[panel]]
    own <- droplevels(group[rows])
    data.frame(name = levels(own), x = c(tapply(data$x[rows], own, stats::median)),
      y = c(tapply(data$y[rows], own, stats::median)),
      panel = factor(panel, levels(data$panel)))
  })
  spots <- vctrs::vec_rbind(!!!spots)
  # Copies in white around the name keep it readable on points.
  angle <- rep(seq(0, 7) * pi / 4, each = nrow(spots))
  halo <- spots[rep(seq_len(nrow(spots)), 8), ]
  halo$x <- halo$x + 0.005 * cos(angle)
  halo$y <- halo$y + 0.005 * sin(angle)
  write_names <- function(data, colour) {
    ggplot2::geom_text(ggplot2::aes(.data$x, .data$y, label = .data$name), data = data, size = 2.3,
      fontface = "bold", colour = colour)
  }
  list(write_names(halo, "white"), write_names(spots, "black"))
}
