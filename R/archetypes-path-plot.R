#' Plot a path of archetypes
#'
#' Draws how much of the variance each number of archetypes explains, what it cost, or the Q
#' matrices of several `k` under each other.
#'
#' `type = "explained_variance"` draws the proportion of the variance of all the data that the best
#' run of each `k` explains. A bar spans the runs of this `k`, and a tick marks each run, so
#' runs that agree lie on top of each other. The ringed `k` is the elbow: the point furthest above
#' the straight line between the first and the last `k`. It is a hint, no choice; a path of
#' fewer than four `k` has none.
#'
#' `with` sets other models beside the archetypes, as Figure 5b of the paper does. What a Q matrix
#' explains is what is left of the scores of the path when each cluster is put where least squares
#' has it: for archetypes, which must lie among samples, and in `k - 1` dimensions by default, it is
#' less. Several runs of one `k` are drawn as a range.
#'
#' `type = "time"` draws the CPU seconds of each `k` and all smaller ones of the path, all runs
#' together, without the projection.
#'
#' `type = "bar"` stacks the bars of the best run of each `k`, the smallest on top. Samples stand in
#' the same order in all of them, that of the largest `k` shown (see
#' [autoplot.forebear_archetypes()]); the color of a cluster follows it through all `k`.
#'
#' @param object An [archetypes_path()].
#' @param type What to draw.
#' @param k Which numbers of archetypes to show; `NULL` shows all of the path.
#' @param with `NULL`, or a named list of models to compare with, each a fit, a Q matrix or a list
#'   of them, of the same samples: `list(ADMIXTURE = list(fit_2, fit_3))`.
#' @inheritParams autoplot.forebear_archetypes
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_argument` for a `k` that the path does not have.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
#' path <- archetypes_path(genotypes, k = 2:5, restarts = 2)
#' autoplot(path)
#' others <- lapply(2:5, function(k) admixture(genotypes, k = k))
#' autoplot(path, with = list(`likelihood model` = others))
#' autoplot(path, type = "time")
#' autoplot(path, type = "bar", labels = read.delim(example_data("labels")))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_archetypes_path)
autoplot.forebear_archetypes_path <- function( # nolint: object_name_linter.
    object, type = c("explained_variance", "time", "bar"), k = NULL, labels = NULL, ...,
    with = NULL, label_column = NULL) {
  call <- rlang::current_env()
  local_colours(...)
  type <- check_choice(type, "type", c("explained_variance", "time", "bar"))
  runs <- generics::tidy(object)
  k <- if (is.null(k)) unique(runs$k) else check_shown_ks(k, unique(runs$k), call)
  runs <- runs[runs$k %in% k, ]
  if (type != "explained_variance" && !is.null(with)) {
    abort_forebear("argument", c("`with` is for `type = \"explained_variance\"`.",
      x = sprintf("`type` is \"%s\".", type)), call)
  }
  if (type == "explained_variance") {
    others <- if (!is.null(with)) variance_of_others(object, with, k, call)
    return(if (is.null(others)) plot_path_variance(runs) else plot_variances(runs, others))
  }
  if (type == "time") {
    return(plot_path_time(runs))
  }
  q <- generics::tidy(object, matrix = "q")
  weights <- lapply(stats::setNames(k, k), function(k) {
    weight_matrix(q[q$k == k, c("sample_id", "archetype", "weight")])
  })
  sample_id <- rownames(weights[[1]])
  group <- match_label_levels(labels, sample_id, label_column, call)
  drawn <- drawn_samples(weights[[1]], sample_id, call)
  weights <- lapply(weights, function(q) q[drawn, , drop = FALSE])
  plot_path_bars(weights, drawn_labels(group, drawn))
}

check_shown_ks <- function(k, available, call) {
  k <- check_ks(k, call)
  absent <- setdiff(k, available)
  if (length(absent) > 0) {
    message <- c("`k` must be numbers of archetypes of the path.",
      x = sprintf("Not in it: %s.", first_of(absent)),
      i = sprintf("The path has k = %s.", first_of(available, 30)))
    abort_forebear("argument", message, call)
  }
  k
}

# Best run of each k as a line, all runs as a range bar with ticks, and the elbow.
plot_path_variance <- function(runs) {
  runs$percent <- 100 * runs$explained_variance
  best <- runs[runs$best, ]
  range <- tibble::tibble(
    k = best$k,
    low = vapply(best$k, function(k) min(runs$percent[runs$k == k]), 0),
    high = vapply(best$k, function(k) max(runs$percent[runs$k == k]), 0)
  )
  colour <- ancestry_palette[[2]]
  ggplot2::ggplot(mapping = ggplot2::aes(x = .data$k)) +
    ggplot2::geom_line(ggplot2::aes(y = .data$percent), data = best, colour = colour,
      linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$low, ymax = .data$high), data = range,
      linewidth = 0.6, colour = "grey25") +
    ggplot2::geom_point(ggplot2::aes(y = .data$percent), data = runs, shape = 95, size = 3.2,
      colour = "grey25") +
    ggplot2::geom_point(ggplot2::aes(y = .data$percent), data = best, colour = colour, size = 1.6) +
    elbow_layers(best$k, best$percent) +
    k_axis(best$k) +
    ggplot2::labs(x = "Archetypes (K)", y = "Explained variance (%)") +
    theme_forebear()
}

# model, k, percent: of each Q matrix of `with`, of the variance of all the data.
variance_of_others <- function(path, with, k, call) {
  if (!is.list(with) || is.null(names(with)) || any(names(with) == "")) {
    abort_forebear("argument", c("`with` must be a named list of models.", x = found(with),
      i = "list(ADMIXTURE = list(fit_2, fit_3))"), call)
  }
  answered <- is_answered(path$scores)
  scores <- path$scores[answered, , drop = FALSE]
  scores_ss <- centered_ss(scores)
  total <- path_total_ss(path)
  rows <- lapply(names(with), function(name) {
    fits <- with[[name]]
    if (is.object(fits) || !is.list(fits)) fits <- list(fits)
    own <- lapply(fits, function(fit) {
      q <- list(path = matrix(1, length(path$sample_id), 1, dimnames = list(path$sample_id)),
        ancestry_matrix(fit, name, call))
      q <- in_one_order(stats::setNames(q, c("the path", name)), call)[[2]]
      q <- q[answered, , drop = FALSE]
      check_all_answered(q, name, call)
      rss <- sum((scores - q %*% cluster_positions(q, q, scores))^2)
      tibble::tibble(model = name, k = ncol(q), percent = 100 * (scores_ss - rss) / total)
    })
    do.call(rbind, own)
  })
  rows <- do.call(rbind, rows)
  rows[rows$k %in% k, ]
}

check_all_answered <- function(q, name, call) {
  if (!all(is_answered(q))) {
    abort_forebear("argument", c("Models must have weights of all samples of the path.",
      x = sprintf("%s has none of %s.", name, quoted(row_sample_id(q)[!is_answered(q)]))), call)
  }
}

# The sum of squares that the explained variance of the path is a part of.
path_total_ss <- function(path) {
  run <- path$runs[1, ]
  scores <- path$scores[is_answered(path$scores), seq_len(run$dims), drop = FALSE]
  (centered_ss(scores) - run$rss) / run$explained_variance
}

# Lines of several models over K, best runs, with the range of all runs of each K.
plot_variances <- function(runs, others) {
  own <- tibble::tibble(model = "archetypes", k = runs$k, percent = 100 * runs$explained_variance)
  data <- rbind(own, others)
  models <- unique(data$model)
  data$model <- factor(data$model, models)
  best <- stats::aggregate(percent ~ k + model, data, max)
  range <- stats::aggregate(percent ~ k + model, data, min)
  range <- merge(best, range, by = c("k", "model"), suffixes = c("_high", "_low"))
  values <- ancestry_colours(8)[c(4, 2, 3, 5, 7, 8, 1, 6)][seq_along(models)]
  ggplot2::ggplot(best, ggplot2::aes(.data$k, .data$percent, colour = .data$model,
    shape = .data$model)) +
    ggplot2::geom_linerange(ggplot2::aes(x = .data$k, ymin = .data$percent_low,
      ymax = .data$percent_high, colour = .data$model), data = range, inherit.aes = FALSE,
      linewidth = 0.6) +
    ggplot2::geom_line(linewidth = 0.4) +
    ggplot2::geom_point(size = 1.8) +
    ggplot2::scale_colour_manual(values = stats::setNames(values, models)) +
    k_axis(unique(best$k)) +
    ggplot2::labs(x = "Clusters (K)", y = "Explained variance (%)", colour = NULL, shape = NULL) +
    theme_forebear()
}

k_axis <- function(k) {
  breaks <- if (length(k) <= 15) k else pretty(k, 10)
  ggplot2::scale_x_continuous(breaks = breaks, minor_breaks = NULL)
}

elbow_layers <- function(k, percent) {
  elbow <- find_elbow(k, percent)
  if (is.na(elbow)) {
    return(NULL)
  }
  spot <- tibble::tibble(k = k[[elbow]], percent = percent[[elbow]], name = "elbow")
  list(
    ggplot2::geom_point(ggplot2::aes(y = .data$percent), data = spot, shape = 1, size = 4,
      stroke = 0.6, colour = "grey10"),
    ggplot2::geom_text(ggplot2::aes(y = .data$percent, label = .data$name), data = spot,
      size = 2.8, hjust = -0.35, vjust = 1.6, colour = "grey10")
  )
}

# Which point lies furthest above the line between the first and the last; NA if there are fewer
# than four, or if none lies above it. Units do not matter.
find_elbow <- function(x, y) {
  n <- length(x)
  if (n < 4) {
    return(NA_integer_)
  }
  line <- y[[1]] + (y[[n]] - y[[1]]) * (x - x[[1]]) / (x[[n]] - x[[1]])
  above <- y - line
  if (max(above) <= 1e-9 * max(abs(y))) NA_integer_ else which.max(above)
}

plot_path_time <- function(runs) {
  per_k <- runs[!duplicated(runs$k), ]
  ggplot2::ggplot(per_k, ggplot2::aes(.data$k, .data$accumulated_cpu_seconds)) +
    ggplot2::geom_line(colour = ancestry_palette[[2]], linewidth = 0.4) +
    ggplot2::geom_point(colour = ancestry_palette[[2]], size = 1.6) +
    k_axis(per_k$k) +
    ggplot2::scale_y_continuous(limits = c(0, NA)) +
    ggplot2::labs(x = "Archetypes (K)", y = "Accumulated CPU time (s)") +
    theme_forebear()
}

# `weights` lists Q matrices of the same samples, named by k in rising order.
plot_path_bars <- function(weights, group) {
  last <- weights[[length(weights)]]
  place <- if (is.null(group)) place_samples(last) else place_populations(last, group)
  blocks <- population_blocks(place)
  numbered <- !is.null(group) && max(nchar(blocks$name)) > longest_upright
  if (numbered) place$block_name <- as.character(place$block)
  names <- paste("K =", names(weights))
  panels <- Map(function(weights, name) {
    polygons <- q_polygons(weights, place)
    polygons$archetype <- as.character(polygons$archetype)
    tibble::add_column(polygons, panel = factor(name, names))
  }, weights, names)
  clusters <- names(ancestry_positions(unlist(lapply(weights, colnames))))
  data <- vctrs::vec_rbind(!!!unname(panels))
  data$archetype <- factor(data$archetype, clusters)
  ggplot2::ggplot(data) +
    ggplot2::geom_polygon(ggplot2::aes(
      .data$x, .data$y, fill = .data$archetype, group = .data$polygon
    ), colour = NA) +
    ggplot2::facet_grid(rows = ggplot2::vars(.data$panel), switch = "y") +
    ggplot2::scale_fill_manual(
      values = ancestry_colours(clusters),
      guide = legend_in_rows(clusters)
    ) +
    ggplot2::scale_y_continuous(breaks = NULL, expand = ggplot2::expansion(0)) +
    (if (is.null(group)) sample_axis(place) else stacked_population_axis(place)) +
    (if (!is.null(group)) above_lines(place, factor(names[[1]], names))) +
    ggplot2::labs(x = NULL, y = NULL, fill = NULL,
      caption = if (numbered) population_key(blocks$name, 110)) +
    theme_forebear() +
    theme_q_bars(place, is.null(group)) +
    theme_key() +
    ggplot2::theme(
      strip.text.y.left = ggplot2::element_text(angle = 0, hjust = 1),
      panel.spacing.y = ggplot2::unit(2.5, "pt")
    )
}

# Names under the centers of the populations, moved apart where they would overlap.
stacked_population_axis <- function(place) {
  blocks <- population_blocks(place)
  width <- max(place$left) + 1
  ggplot2::scale_x_continuous(
    breaks = label_places(blocks, width), labels = blocks$name,
    expand = ggplot2::expansion(0.005), sec.axis = above_axis(place)
  )
}
