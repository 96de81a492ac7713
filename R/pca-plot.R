#' Plot a PCA fit
#'
#' Draws the samples on two components, the variance of the components, or the loadings along the
#' genome.
#'
#' `type = "scatter"` draws one point per sample and the percentage of variance on the axes. With
#' `labels`, points are colored by label; when there are more than eight labels, shapes differ too.
#' Samples without a label are gray circles, listed as "unlabeled".
#'
#' `type = "scree"` draws the percentage of variance of each component and, below, the cumulative
#' percentage. A sharp bend hints at the number of components that carry structure; those that are
#' no larger than noise makes them (see [pca()]) are hollow.
#'
#' `type = "loadings"` draws the absolute loading of each variant along the genome, one panel per
#' component; chromosomes alternate in shade. Structure is spread evenly over the genome. A
#' component with a few narrow peaks shows long-range linkage disequilibrium instead (typically the
#' MHC on chromosome 6, the inversion on chromosome 8 or the lactase region on chromosome 2):
#' exclude these regions or prune more, and fit again. To keep figures small, variants that would
#' land on top of each other are drawn once when a panel has more than 100,000; peaks are always
#' kept.
#'
#' @param object A [pca()] fit.
#' @param type What to draw.
#' @param components Numbers of the components to draw: two for a scatter plot, any number
#'   otherwise. By default the first two, and all of them for `type = "scree"`.
#' @param labels Labels of samples, for a scatter plot: a data frame with a column `sample_id` and
#'   one of labels, a vector named by sample, or an unnamed vector with one label per sample, in the
#'   order of the fit. Colors follow the sorted labels, or the levels of a factor. Labels of
#'   samples that are not in the fit are passed over, with a message; if none is in the fit, that is
#'   an error.
#' @param ... Must be empty.
#' @param label_column Name of the column of `labels` to use. By default the only column besides
#'   `sample_id`, or `population` if there are several.
#' @param label_groups If `TRUE`, write each label at the median of its samples.
#' @returns A ggplot.
#' @seealso [ancestry_colours()] for the palette.
#' @examples
#' fit <- pca(read_bed(example_data("panel")), num_comp = 4)
#' labels <- read.delim(example_data("labels"))
#' autoplot(fit, labels = labels)
#' autoplot(fit, type = "scree")
#' autoplot(fit, type = "loadings", components = 1)
#' @importFrom rlang .data %||%
#' @rawNamespace S3method(ggplot2::autoplot, forebear_pca)
autoplot.forebear_pca <- function( # nolint: object_name_linter.
    object, type = c("scatter", "scree", "loadings"), components = NULL, labels = NULL, ...,
    label_column = NULL, label_groups = FALSE) {
  call <- rlang::current_env()
  check_no_dots(...)
  type <- check_choice(type, "type", c("scatter", "scree", "loadings"))
  check_scatter_only(type == "scatter", labels, label_column, label_groups, call)
  eigenvalues <- generics::tidy(object, matrix = "eigenvalues")
  if (type != "scree") {
    components <- components %||% seq_len(min(2, nrow(eigenvalues)))
  }
  components <- components %||% eigenvalues$component
  if (type == "scatter" && nrow(eigenvalues) == 1) {
    abort_forebear("plot_components", c("A scatter plot needs two components.",
      x = "The fit has one.", i = "Fit `pca()` with `num_comp = 2` or more."), call)
  }
  check_components(components, eigenvalues$component, exactly_two = type == "scatter", call)
  switch(type,
    scatter = {
      scores <- generics::tidy(object, matrix = "scores")
      sample_id <- samples_in_order(scores)
      group <- match_labels_or_null(labels, sample_id, label_column, call)
      drawn <- drawn_samples(scores$value[seq_along(sample_id)], sample_id, call)
      scores <- scores[!is.na(scores$value), ]
      plot_pca_scatter(scores, eigenvalues, components, drawn_labels(group, drawn), label_groups)
    },
    scree = plot_pca_scree(eigenvalues, components),
    loadings = plot_pca_loadings(generics::tidy(object, matrix = "loadings"), components, call)
  )
}

# Labels colour samples: elsewhere they would be ignored without a word.
check_scatter_only <- function(is_scatter, labels, label_column, label_groups, call) {
  check_flag(label_groups, "label_groups", call)
  is_used <- c(
    labels = !is.null(labels), label_column = !is.null(label_column), label_groups = label_groups
  )
  if (!is_scatter && any(is_used)) {
    abort_forebear("plot_labels", c(
      "Labels belong to samples, which only `type = \"scatter\"` draws.",
      x = paste0("`", names(is_used)[is_used][[1]], "` is given with another `type`.")
    ), call)
  }
}

# Scatter plot of two components.
#
# | argument      | shape                                                                  |
# |---------------|------------------------------------------------------------------------|
# | `scores`      | sample_id, component, value: one row per sample and component          |
# | `eigenvalues` | component, percent_variance: one row per component                     |
# | `components`  | two numbers                                                            |
# | `group`       | factor with one entry per sample in order of appearance in `scores`, or NULL |
plot_pca_scatter <- function(scores, eigenvalues, components, group, label_groups) {
  data <- spread_components(scores, components)
  percent <- eigenvalues$percent_variance[match(components, eigenvalues$component)]
  title <- sprintf("PC%d (%.1f %%)", as.integer(components), percent)
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    point_layers(data, group) +
    (if (label_groups && !is.null(group)) group_name_layers(data, group)) +
    ggplot2::labs(x = title[[1]], y = title[[2]], colour = NULL, shape = NULL) +
    theme_forebear())
}

# sample_id, x, y: one row per sample in order of appearance.
spread_components <- function(scores, components) {
  sample_id <- samples_in_order(scores)
  # IDs that occur twice cannot be matched; tidy() keeps samples in one order.
  by_place <- anyDuplicated(sample_id) > 0
  value_of <- function(component) {
    rows <- scores[scores$component == component, ]
    if (by_place) rows$value else rows$value[match(sample_id, rows$sample_id)]
  }
  tibble::tibble(
    sample_id = sample_id, x = value_of(components[[1]]), y = value_of(components[[2]])
  )
}

# Sample IDs, one per sample, in the order of the first component.
samples_in_order <- function(scores) scores$sample_id[scores$component == scores$component[1]]

plot_pca_scree <- function(eigenvalues, components) {
  panels <- c("Variance of each component (%)", "Cumulative variance (%)")
  rows <- eigenvalues[match(sort(components), eigenvalues$component), ]
  # Without a component that noise explains there are no marks; beside one, a component is above the
  # noise only if a test says so.
  inside <- rows[["inside_noise"]] %||% logical(nrow(rows))
  is_noise <- any(inside %in% TRUE) & !inside %in% FALSE
  data <- tibble::tibble(
    component = rep(rows$component, 2),
    percent = c(rows$percent_variance, rows$cumulative_percent),
    noise = rep(ifelse(is_noise, "inside the noise", "above the noise"), 2),
    panel = factor(rep(panels, each = nrow(rows)), levels = panels)
  )
  ggplot2::ggplot(data, ggplot2::aes(.data$component, .data$percent)) +
    ggplot2::geom_line(linewidth = 0.4, colour = ancestry_palette[[2]]) +
    (if (nrow(rows) <= 60) scree_points(any(is_noise))) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1, scales = "free_y") +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::expand_limits(y = 0) +
    ggplot2::labs(x = "Component", y = NULL) +
    theme_forebear() +
    ggplot2::theme(legend.position = "bottom")
}

# Hollow points for what is inside the noise, with a legend if anything is.
scree_points <- function(has_noise) {
  colour <- ancestry_palette[[2]]
  if (!has_noise) {
    return(ggplot2::geom_point(size = 1.4, colour = colour))
  }
  shapes <- c("above the noise" = 19, "inside the noise" = 21)
  list(
    ggplot2::geom_point(ggplot2::aes(shape = .data$noise), size = 1.6, colour = colour,
      fill = "white"),
    ggplot2::scale_shape_manual(values = shapes, name = NULL)
  )
}

whole_breaks <- function(limits) {
  breaks <- unique(round(pretty(limits)))
  breaks[breaks >= max(1, limits[[1]]) & breaks <= limits[[2]]]
}

# Absolute loadings along the genome. `loadings` has variant_id, chrom, position_bp, component,
# value: one row per variant and component.
plot_pca_loadings <- function(loadings, components, call) {
  loadings <- loadings[loadings$component %in% components, ]
  check_variant_positions(loadings, call)
  chromosomes <- chromosome_layout(loadings)
  row <- match(loadings$chrom, chromosomes$chrom)
  data <- tibble::tibble(
    position = chromosomes$start[row] + as.double(loadings$position_bp),
    loading = abs(loadings$value),
    shade = ifelse(row %% 2 == 1, "odd", "even"),
    panel = factor(paste0("PC", loadings$component), levels = paste0("PC", components))
  )
  named <- chromosomes[chromosomes$length >= 0.012 * sum(chromosomes$length), ]
  middle <- named$start + (named$first + named$length) / 2
  ggplot2::ggplot(
    thin_points(data), ggplot2::aes(.data$position, .data$loading, colour = .data$shade)
  ) +
    ggplot2::geom_point(size = 0.4, shape = 16) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1, scales = "free_y") +
    ggplot2::scale_colour_manual(values = c(odd = "#3061B6", even = "#93A9CF"), guide = "none") +
    ggplot2::scale_x_continuous(
      breaks = middle, labels = plain_chromosome(named$chrom),
      guide = ggplot2::guide_axis(check.overlap = TRUE), expand = ggplot2::expansion(0.01)
    ) +
    ggplot2::scale_y_continuous(
      limits = c(0, NA), expand = ggplot2::expansion(c(0, 0.05))
    ) +
    ggplot2::labs(x = "Chromosome", y = "Absolute loading") +
    theme_forebear() +
    theme_chromosomes(named$chrom)
}

# Long names, such as those of contigs, stand upright.
theme_chromosomes <- function(chrom) {
  is_long <- any(nchar(plain_chromosome(chrom)) > 4)
  ggplot2::theme(
    axis.ticks.x = ggplot2::element_blank(),
    axis.text.x = if (is_long) {
      ggplot2::element_text(angle = 90, hjust = 1, vjust = 0.5)
    } else {
      ggplot2::element_text()
    }
  )
}

check_variant_positions <- function(loadings, call) {
  is_missing <- is.na(loadings$chrom) | is.na(loadings$position_bp)
  is_unplaced <- !any(loadings$position_bp > 0, na.rm = TRUE)
  n_missing <- if (is_unplaced) nrow(loadings) else sum(is_missing)
  if (n_missing > 0) {
    abort_forebear("plot_positions", c(
      "Loadings are drawn along the genome, so each variant needs a chromosome and a position.",
      x = sprintf("%d of %d loadings have none.", n_missing, nrow(loadings)),
      i = "A fit from a plain matrix has none; read values with `tidy(fit, matrix = \"loadings\")`."
    ), call)
  }
}

# chrom, first, length, start: one row per chromosome in natural order, laid end to end. Bases;
# `first` is the position of the first variant.
chromosome_layout <- function(loadings) {
  chrom <- natural_order(unique(loadings$chrom))
  own <- factor(loadings$chrom, levels = chrom)
  of <- function(extreme) as.double(tapply(as.double(loadings$position_bp), own, extreme))
  length <- of(max)
  tibble::tibble(chrom = chrom, first = of(min), length = length, start = cumsum(length) - length)
}

# Drops points that would land on another: in panels of more than `n_most` points, one per cell of
# a 1000 x 200 raster stays, the one with the largest loading.
thin_points <- function(data, n_most = 1e5) {
  is_crowded <- tabulate(data$panel, nlevels(data$panel)) > n_most
  if (!any(is_crowded)) {
    return(data)
  }
  data <- data[order(-data$loading), ]
  highest <- stats::ave(data$loading, data$panel, FUN = max)
  column <- floor(1000 * data$position / max(data$position))
  row <- floor(200 * data$loading / highest)
  cell <- (as.integer(data$panel) * 1001 + column) * 201 + row
  data[!is_crowded[data$panel] | !duplicated(cell), ]
}

# Components must be whole, distinct and among those of the fit.
check_components <- function(components, available, exactly_two, call) {
  is_count_right <- if (exactly_two) length(components) == 2 else length(components) > 0
  if (!are_distinct_whole(components) || !is_count_right) {
    rule <- if (exactly_two) {
      "two different whole numbers, such as `c(1, 2)`."
    } else {
      "different whole numbers."
    }
    abort_forebear("plot_components", c(
      paste("`components` must be", rule),
      x = paste0("It is ", paste(format(components), collapse = ", "), ".")
    ), call)
  }
  absent <- setdiff(components, available)
  if (length(absent) > 0) {
    abort_forebear("plot_components", c(
      "`components` must be among the components of the fit.",
      x = sprintf("The fit has %d, and no component %g.", length(available), absent[[1]])
    ), call)
  }
}

are_distinct_whole <- function(x) {
  is.numeric(x) && all(is.finite(x)) && all(x == floor(x)) && anyDuplicated(x) == 0
}
match_labels_or_null <- function(labels, sample_id, label_column, call) {
  if (is.null(labels) && is.null(label_column)) {
    return(NULL)
  }
  match_labels(labels, sample_id, label_column, call)
}
