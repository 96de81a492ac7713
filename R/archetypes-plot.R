#' Plot an archetypal analysis
#'
#' Draws the Q matrix as bars or in a simplex, or the archetypes among the samples in score space.
#'
#' `type = "bar"` draws one bar per sample, split by archetype weight. With `labels`, samples of
#' one population stand together; populations are sorted by their leading archetype (the one with
#' the largest mean weight), then so that neighbors have similar mean weights. Labels that are a
#' factor keep the order of its levels instead. Inside a population, samples are sorted by the
#' weight of its leading archetype. Without labels, samples are sorted by their own leading
#' archetype and its weight. Unlabeled samples come last. Sample names are written when there are
#' at most 50 samples and no labels. With two columns of labels, such as
#' `label_column = c("region", "population")`, populations stand together under their regions,
#' whose names are above the bars. Names longer than 32 characters, and more than fit, become
#' numbers, and the caption says which is which. The data of the plot have `sample_id` and the
#' labels, by the name of their column (`label` where they have none), so that
#' `+ ggplot2::facet_wrap(~population, scales = "free_x")` splits it.
#'
#' `type = "simplex"` puts the archetypes on the corners of a regular polygon and each sample at
#' the mean of the corners, weighted by the sample's archetype weights. How to read it: a sample on
#' a corner consists of this archetype alone, one on an edge of the two at its ends, and
#' the closer to a corner, the larger the weight. With three archetypes each place stands for one
#' mixture. With more, different mixtures can have the same place, above all near the center: a
#' sample there may mix all archetypes or just two opposite ones, so check with the bars. With two
#' archetypes the polygon is a segment; the height of a point then means nothing and only keeps the
#' points apart.
#'
#' `type = "pca"` draws the samples on two components of the scores used in the fit, with the
#' archetypes and their convex hull. Samples outside the hull are those that the archetypes cannot
#' describe fully. When the fit used one component only, the height of a point means nothing.
#'
#' `type = "pca3d"` draws three components of these scores in a box seen from an angle: points
#' nearer to the viewer are larger and drawn later, and a dotted line leads from each archetype to
#' the floor of the box. Each axis has its own scale. [explore_pca3d()] is the same to turn by
#' hand; [compare_centers()] adds the centers of other methods as triangles.
#'
#' Without `labels`, samples in all types but the bars are colored by their leading archetype. With
#' `labels`, colors mean labels, so archetypes are drawn in white.
#'
#' @section Reading a compositional plot:
#' The polygon of `type = "simplex"` shows the whole Q matrix at once. Go by these steps:
#'
#' 1. Corners are archetypes. Populations that sit on a corner are what the archetype stands for;
#'    a corner without samples is a cluster that no sample attains (see [cluster_support()]).
#' 2. Samples on an edge or diagonal between two corners mix these two; half way means
#'    half and half. A line of samples is a gradient of admixture, a tight group a population with
#'    one common mixture.
#' 3. Samples inside mix three archetypes or more. With four corners or more a place inside does
#'    not determine the mixture: diagonals cross, so look at `type = "bar"` before concluding.
#' 4. Corners that are neighbors in the polygon are so because of their numbers alone;
#'    distances between corners mean nothing.
#'
#' @param object An [archetypes()] fit.
#' @param type What to draw.
#' @param labels Labels of samples, such as their populations: a data frame with a column
#'   `sample_id` and one of labels, a vector named by sample, or an unnamed vector with one label
#'   per sample, in the order of the fit. Colors follow the sorted labels, or the levels of a
#'   factor. Labels of samples that are not in the fit are passed over, with a message; samples
#'   without a label are "unlabeled".
#' @param ... Nothing but `colours`, or `colors`: colors in place of those of [ancestry_colours()]:
#'   named by clusters, or by labels where labels have colors; in their order; or a function of
#'   their number, such as [grDevices::rainbow()].
#' @param components The two components that `type = "pca"` draws, or the three of `"pca3d"`.
#' @param azimuth,elevation Of `type = "pca3d"`, where the viewer stands, in degrees: rotated about
#'   the third component, and lifted above the plane of the first two (0 to 90).
#' @param label_column Name of the column of `labels` to use. By default the only column besides
#'   `sample_id`, or `population` if there are several. For bars, two names may be given: the one
#'   with fewer labels goes above the other.
#' @param label_groups If `TRUE`, write each label at the median of its samples (not for bars, where
#'   labels are always written).
#' @returns A ggplot.
#' @seealso [ancestry_colours()] for the palette.
#' @examples
#' fit <- archetypes(read_bed(example_data("panel")), k = 4)
#' labels <- read.delim(example_data("labels"))
#' autoplot(fit, labels = labels)
#' autoplot(fit, type = "simplex", labels = labels)
#' autoplot(fit, type = "pca")
#' autoplot(fit, type = "pca3d", azimuth = 60, labels = labels)
#' @rawNamespace S3method(ggplot2::autoplot, forebear_archetypes)
autoplot.forebear_archetypes <- function( # nolint: object_name_linter.
    object, type = c("bar", "simplex", "pca", "pca3d"), labels = NULL, ..., components = NULL,
    azimuth = 40, elevation = 20, label_column = NULL, label_groups = FALSE) {
  call <- rlang::current_env()
  local_colours(...)
  type <- check_choice(type, "type", c("bar", "simplex", "pca", "pca3d"))
  check_flag(label_groups, "label_groups", call)
  check_components_wanted(type %in% c("pca", "pca3d"), components, call)
  view <- check_view(azimuth, elevation, call)
  weights <- weight_matrix(generics::tidy(object, matrix = "q"))
  match <- if (type == "bar") match_label_levels else match_labels_or_null
  group <- match(labels, rownames(weights), label_column, call)
  drawn <- drawn_samples(weights, rownames(weights), call)
  group <- drawn_labels(group, drawn)
  weights <- weights[drawn, , drop = FALSE]
  if (type == "bar") {
    return(plot_q_bars(weights, group))
  }
  if (type == "simplex") {
    return(plot_q_simplex(weights, group, label_groups))
  }
  scores <- generics::tidy(object, matrix = "scores")
  scores <- scores[!is.na(scores$value), ]
  position <- generics::tidy(object, matrix = "archetypes")
  if (type == "pca3d") {
    return(plot_archetypes_3d(scores, position, weights, components, view, group, label_groups,
      call))
  }
  components <- components %||% seq_len(min(2, length(unique(scores$component))))
  check_archetype_components(components, unique(scores$component), call)
  plot_archetype_positions(scores, position, weights, components, group, label_groups)
}

check_components_wanted <- function(is_pca, components, call) {
  if (!is_pca && !is.null(components)) {
    abort_forebear("plot_components", c(
      "Only `type = \"pca\"` and `\"pca3d\"` draw components.",
      x = "`components` is given with another `type`."
    ), call)
  }
}

# A fit on one component has nothing but this one to draw.
check_archetype_components <- function(components, available, call) {
  if (!identical(as.double(components), 1) || length(available) > 1) {
    check_components(components, available, exactly_two = TRUE, call)
  }
}

# [n_samples x n_archetypes], named on both sides. `q` has sample_id, archetype, weight. Samples
# keep their order of appearance, archetypes that of a factor or else of appearance.
weight_matrix <- function(q) {
  archetype <- if (is.factor(q$archetype)) levels(q$archetype) else unique(q$archetype)
  sample_id <- q$sample_id[q$archetype == q$archetype[1]]
  if (anyDuplicated(sample_id)) {
    # IDs that occur twice cannot be matched; tidy() keeps samples in one order.
    blocks <- split(q$weight, factor(q$archetype, archetype))
    return(matrix(unlist(blocks), length(sample_id), dimnames = list(sample_id, archetype)))
  }
  weights <- matrix(0, length(sample_id), length(archetype), dimnames = list(sample_id, archetype))
  weights[cbind(match(q$sample_id, sample_id), match(q$archetype, archetype))] <- q$weight
  weights
}

# Stacked bars. `weights` is [n_samples x n_archetypes]; `group` a factor of n_samples, or NULL.
plot_q_bars <- function(weights, group) {
  place <- if (is.null(group)) place_samples(weights) else place_populations(weights, group)
  blocks <- population_blocks(place)
  numbered <- !is.null(group) && max(nchar(blocks$name)) > longest_upright
  if (numbered) place$block_name <- as.character(place$block)
  ggplot2::ggplot(q_polygons(weights, place)) +
    ggplot2::geom_polygon(ggplot2::aes(
      .data$x, .data$y, fill = .data$archetype, group = .data$polygon
    ), colour = NA) +
    ggplot2::scale_fill_manual(
      values = ancestry_colours(colnames(weights)), guide = legend_in_rows(colnames(weights))
    ) +
    ggplot2::scale_y_continuous(
      breaks = c(0, 0.5, 1), expand = ggplot2::expansion(0)
    ) +
    ggplot2::labs(x = NULL, y = "Archetype weight", fill = NULL,
      caption = if (numbered) population_key(blocks$name, 110)) +
    (if (is.null(group)) sample_axis(place) else population_axis(place)) +
    theme_forebear() +
    theme_q_bars(place, is.null(group)) +
    theme_key()
}

# Names of more characters would take the room of the bars.
longest_upright <- 32

# A legend above the figure: as many names in a row as about 95 characters hold.
legend_in_rows <- function(names) {
  per_row <- max(1, min(12, floor(95 / (max(nchar(names)) + 4))))
  ggplot2::guide_legend(nrow = ceiling(length(names) / per_row), byrow = TRUE)
}

# The caption that names numbered populations.
theme_key <- function() {
  ggplot2::theme(plot.caption = ggplot2::element_text(hjust = 0, colour = "grey20"),
    plot.caption.position = "plot")
}

# Where each sample stands: sample (row of the weights), block, block_name, left, labels (see
# sample_labels()); the bar covers left to left + 1, and rows are in drawing order.
place_samples <- function(weights) {
  leading <- max.col(weights, ties.method = "first")
  sample <- order(leading, -weights[cbind(seq_along(leading), leading)])
  tibble::tibble(
    sample = sample, block = 1L, block_name = rownames(weights)[sample],
    left = seq_along(sample) - 1, labels = sample_labels(weights, NULL)[sample, ]
  )
}

# What the data of bars say of each sample, as columns: sample_id, and its labels by the names of
# their columns, but for those that the bars need themselves.
sample_labels <- function(weights, group) {
  columns <- tibble::tibble(
    sample_id = rownames(weights) %||% paste0("sample", seq_len(nrow(weights))))
  for (own in list(attr(group, "above"), group)) {
    if (!is.null(own)) columns[[attr(own, "title") %||% "label"]] <- name_unlabeled(own)
  }
  taken <- c("archetype", "polygon", "x", "y", "panel", "name", "center", "width", "label_x")
  columns[!names(columns) %in% taken]
}

# Populations side by side with a gap between them; with labels above labels, those of one label
# above stand together, and `above`, `above_name` say which.
place_populations <- function(weights, group) {
  above <- attr(group, "above")
  if (is.null(above)) {
    place <- place_blocks(weights, list(ordered_populations(weights, group, seq_along(group))))
  } else {
    outer <- ordered_populations(weights, above, seq_along(above))
    inner <- lapply(outer, function(samples) ordered_populations(weights, group, samples))
    place <- place_blocks(weights, inner)
    place$above_name <- names(outer)[place$above]
  }
  place$labels <- sample_labels(weights, group)[place$sample, ]
  place
}

# The rows of each population among `samples`, named, in drawing order.
ordered_populations <- function(weights, group, samples) {
  population <- droplevels(name_unlabeled(group)[samples])
  mean_weights <- rowsum(weights[samples, , drop = FALSE], population) / c(table(population))
  ordered <- levels(population)
  if (!attr(group, "is_factor")) {
    known <- setdiff(ordered, unlabeled_name)
    ordered <- c(known[population_order(mean_weights[known, , drop = FALSE])],
      intersect(ordered, unlabeled_name))
  }
  lapply(stats::setNames(ordered, ordered), function(name) {
    order_inside(weights, samples[population == name], mean_weights[name, ])
  })
}

# `blocks`: for each label above, the rows of its populations.
place_blocks <- function(weights, blocks) {
  sample <- unlist(blocks, recursive = FALSE, use.names = FALSE)
  name <- unlist(lapply(blocks, names), use.names = FALSE)
  above <- rep(rep(seq_along(blocks), lengths(blocks)), lengths(sample))
  gap <- nrow(weights) * min(0.0025, 0.1 / length(sample))
  block <- rep(seq_along(sample), lengths(sample))
  tibble::tibble(
    sample = unlist(sample), block = block, block_name = name[block], above = above,
    left = seq_along(block) - 1 + (block - 1 + 3 * (above - 1)) * gap
  )
}

# Populations by leading archetype; of those with the same one, the purest comes first and each next
# one is the most similar (Euclidean distance of mean weights) of those left.
population_order <- function(mean_weights) {
  leading <- max.col(mean_weights, ties.method = "first")
  ordered <- integer()
  for (archetype in sort(unique(leading))) {
    left <- which(leading == archetype)
    current <- left[[which.max(mean_weights[left, archetype])]]
    while (length(left) > 0) {
      ordered <- c(ordered, current)
      left <- setdiff(left, current)
      offset <- t(mean_weights[left, , drop = FALSE]) - mean_weights[current, ]
      current <- left[which.min(colSums(offset^2))]
    }
  }
  ordered
}

# Samples of one population by decreasing weight of its archetypes, the leading one first.
order_inside <- function(weights, samples, mean_weights) {
  archetypes <- order(-mean_weights)
  keys <- lapply(archetypes, function(archetype) -weights[samples, archetype])
  samples[do.call(order, keys)]
}

# Outlines of the stacked bars: archetype, polygon, x, y, and labels of the sample at each point.
#
# One polygon per block and archetype, from 0 up to the cumulative weight, later archetypes drawn
# first: each colour lies on top of the next one, so no device leaves seams between bars or colours.
q_polygons <- function(weights, place) {
  height <- cumulative_weights(weights)
  blocks <- unname(split(place, place$block))
  outlines <- lapply(blocks, block_outlines, height = height)
  n_archetypes <- ncol(weights)
  drawn <- rep(rev(seq_len(n_archetypes)), length(blocks))
  n_points <- rep(2L * vapply(blocks, nrow, 1L) + 2L, each = n_archetypes)
  at <- lapply(split(seq_len(nrow(place)), place$block), function(rows) {
    rep(c(rows[1], rep(rows, each = 2), rows[length(rows)]), n_archetypes)
  })
  tibble::tibble(
    archetype = factor(rep(drawn, n_points), seq_len(n_archetypes), colnames(weights)),
    polygon = rep(seq_along(drawn), n_points),
    x = unlist(lapply(outlines, `[[`, "x")),
    y = unlist(lapply(outlines, `[[`, "y")),
    place$labels[unlist(at), ]
  )
}

# [n_samples x n_archetypes] sums of the weights of each archetype and those before it.
cumulative_weights <- function(weights) {
  for (archetype in seq_len(ncol(weights))[-1]) {
    weights[, archetype] <- weights[, archetype] + weights[, archetype - 1]
  }
  weights
}

# Stairs over the bars of one block, closed at height 0: x and y of the last archetype's outline,
# then the one before it, and so on.
block_outlines <- function(block, height) {
  edges <- c(block$left[[1]], rbind(block$left, block$left + 1), block$left[[nrow(block)]] + 1)
  stairs <- height[rep(block$sample, each = 2), rev(seq_len(ncol(height))), drop = FALSE]
  list(x = rep(edges, ncol(height)), y = c(rbind(0, stairs, 0)))
}

sample_axis <- function(place) {
  few <- nrow(place) <= 50
  ggplot2::scale_x_continuous(
    breaks = if (few) place$left + 0.5, labels = if (few) place$block_name,
    expand = ggplot2::expansion(0.005)
  )
}

# Names of the populations under their centers, moved apart where bars are narrower than text; thin
# lines lead from each population to its name, in all panels or in one. Names of labels above them
# stand above the bars, over a line as wide as their samples.
population_axis <- function(place, panel = NULL, top = NULL) {
  blocks <- population_blocks(place)
  blocks$panel <- panel
  width <- max(place$left) + 1
  blocks$label_x <- label_places(blocks, width)
  list(
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$center, y = -0.01, xend = .data$label_x, yend = -0.05),
      data = blocks, linewidth = 0.25, colour = "grey30"
    ),
    above_lines(place, top),
    ggplot2::scale_x_continuous(
      breaks = blocks$label_x, labels = blocks$name, expand = ggplot2::expansion(0.005),
      sec.axis = above_axis(place)
    )
  )
}

# Names that fit side by side are written at the centers; upright ones are moved apart where they
# would overlap.
label_places <- function(blocks, width) {
  if (names_fit(blocks)) {
    return(blocks$center)
  }
  width * spread_evenly(blocks$center / width, 1 / max(55, nrow(blocks) + 1))
}

above_blocks <- function(place) {
  if (!"above_name" %in% names(place)) {
    return(NULL)
  }
  place$block <- place$above
  place$block_name <- place$above_name
  blocks <- population_blocks(place)
  wrapped <- blocks
  wrapped$name <- mapply(wrapped_name, blocks$name, line_width(blocks), USE.NAMES = FALSE)
  if (names_fit(wrapped)) {
    return(wrapped)
  }
  # Upright, in lines short enough to leave room for the bars.
  blocks$name <- vapply(blocks$name, wrapped_name, "", width = 26, USE.NAMES = FALSE)
  blocks
}

# Characters that fit in a line above or under each population, at about 105 in the width of the
# figure.
line_width <- function(blocks) floor(105 * blocks$width / sum(blocks$width)) - 1

wrapped_name <- function(name, width) {
  paste(strwrap(name, max(2, width) + 1), collapse = "\n")
}

above_lines <- function(place, panel = NULL) {
  blocks <- above_blocks(place)
  if (is.null(blocks)) {
    return(NULL)
  }
  blocks$panel <- panel
  blocks$label_x <- label_places(blocks, max(place$left) + 1)
  list(
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$center - .data$width / 2, xend = .data$center + .data$width / 2,
        y = 1.03, yend = 1.03),
      data = blocks, linewidth = 0.5, colour = "grey20"
    ),
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$center, y = 1.03, xend = .data$label_x, yend = 1.06),
      data = blocks, linewidth = 0.25, colour = "grey30"
    )
  )
}

above_axis <- function(place) {
  blocks <- above_blocks(place)
  if (is.null(blocks)) {
    return(ggplot2::waiver())
  }
  ggplot2::dup_axis(name = NULL, breaks = label_places(blocks, max(place$left) + 1),
    labels = blocks$name)
}

# name, center, width, and the labels of the first sample: one row per population, in drawing order.
population_blocks <- function(place) {
  left <- tapply(place$left, place$block, min)
  right <- tapply(place$left, place$block, max) + 1
  first <- !duplicated(place$block)
  tibble::tibble(
    name = place$block_name[first],
    center = unname(c((left + right) / 2)), width = unname(c(right - left)),
    place$labels[first, ]
  )
}

# Whether each name, or the longest of its lines, fits under its own bars.
names_fit <- function(blocks) {
  longest <- vapply(strsplit(blocks$name, "\n", fixed = TRUE), function(lines) {
    max(0L, nchar(lines))
  }, 1L)
  all((longest + 1) / 105 <= blocks$width / sum(blocks$width))
}

# The increasing places in 0..1 closest to `x` (sorted) in the least-squares sense that keep
# `distance` between neighbors: isotonic regression of x - i * distance.
spread_evenly <- function(x, distance) {
  rank <- seq_along(x) - 1
  free <- stats::isoreg(rank, x - rank * distance)$yf
  pmin(pmax(free, 0), 1 - max(rank) * distance) + rank * distance
}

# Names stand upright unless there is room for level ones; more than 55 shrink.
theme_q_bars <- function(place, is_single) {
  blocks <- population_blocks(place)
  is_level <- !is_single && names_fit(blocks)
  size <- ggplot2::rel(0.8 * max(0.5, min(1, 55 / nrow(blocks))))
  ggplot2::theme(
    axis.text.x = if (is_level) {
      ggplot2::element_text(size = size)
    } else {
      ggplot2::element_text(size = size, angle = 90, hjust = 1, vjust = 0.5)
    },
    axis.text.x.top = theme_above(place),
    axis.ticks.x = ggplot2::element_blank(),
    panel.border = ggplot2::element_blank(),
    legend.position = "top",
    legend.margin = ggplot2::margin(0, 0, 0, 0),
    legend.box.margin = ggplot2::margin(0, 0, -6, 0)
  )
}

theme_above <- function(place) {
  blocks <- above_blocks(place)
  if (is.null(blocks) || names_fit(blocks)) {
    return(ggplot2::element_text(angle = 0, hjust = 0.5, vjust = 0, face = "bold"))
  }
  ggplot2::element_text(angle = 90, hjust = 0, vjust = 0.5, face = "bold")
}

# Samples inside the polygon of the archetypes.
plot_q_simplex <- function(weights, group, label_groups) {
  data_in_plot(draw_q_simplex(weights, group, label_groups))
}

draw_q_simplex <- function(weights, group, label_groups) {
  corners <- simplex_corners(ncol(weights))
  place <- weights %*% corners
  if (ncol(weights) == 2) {
    place[, 2] <- spread_heights(nrow(weights)) * 0.3
  }
  data <- tibble::tibble(sample_id = rownames(weights) %||% seq_len(nrow(weights)),
    x = place[, 1], y = place[, 2])
  outline <- data.frame(x = corners[, 1], y = corners[, 2])
  spot <- data.frame(outline * simplex_name_radius, name = colnames(weights))
  ggplot2::ggplot(mapping = ggplot2::aes()) +
    ggplot2::geom_polygon(
      ggplot2::aes(.data$x, .data$y),
      data = outline, fill = NA, colour = "grey40", linewidth = 0.4
    ) +
    sample_layers(data, weights, group) +
    archetype_layers(spot, colour_by_name = is.null(group), outward = TRUE) +
    (if (label_groups && !is.null(group)) group_name_layers(data, group)) +
    ggplot2::coord_fixed(clip = "off") +
    ggplot2::labs(x = NULL, y = NULL, colour = NULL, shape = NULL) +
    theme_forebear() +
    ggplot2::theme(
      axis.text = ggplot2::element_blank(), axis.ticks = ggplot2::element_blank(),
      panel.border = ggplot2::element_blank()
    )
}

# Names stand outside the corners, where they hide no pure sample.
simplex_name_radius <- 1.1

# [n_archetypes x 2] corners of a regular polygon of radius 1, the first one on top, clockwise; for
# two archetypes the ends of a level segment.
simplex_corners <- function(n_archetypes) {
  angle <- 2 * pi * (seq_len(n_archetypes) - 1) / n_archetypes
  if (n_archetypes == 2) {
    angle <- angle - pi / 2
  }
  unname(cbind(sin(angle), cos(angle)))
}

# Heights in -0.5..0.5 that keep points on a line apart: the golden-ratio sequence, so that drawing
# a plot neither needs nor moves the random seed.
spread_heights <- function(n) {
  (seq_len(n) * (sqrt(5) - 1) / 2) %% 1 - 0.5
}

# Samples coloured by group, or by their leading archetype when there is none.
sample_layers <- function(data, weights, group) {
  if (!is.null(group)) {
    return(point_layers(data, group))
  }
  leading <- max.col(weights, ties.method = "first")
  leading_layers(data, factor(colnames(weights)[leading], levels = colnames(weights)))
}

leading_layers <- function(data, leading) {
  data$leading <- leading
  list(
    ggplot2::geom_point(
      ggplot2::aes(.data$x, .data$y, colour = .data$leading),
      data = data[drawing_order(leading), ], size = point_size(nrow(data)), shape = 16, alpha = 0.8
    ),
    ggplot2::scale_colour_manual(values = ancestry_colours(levels(leading)), guide = "none")
  )
}

# Archetypes as discs with their names; `spot` has x, y, name. Names that do not fit on a disc are
# written beside it.
archetype_layers <- function(spot, colour_by_name, outward = FALSE) {
  fill <- if (colour_by_name) ancestry_colours(spot$name)[spot$name] else "white"
  if (any(nchar(short_names(spot$name)) > 2)) {
    return(c(
      list(ggplot2::geom_point(ggplot2::aes(.data$x, .data$y), data = spot, shape = 21, size = 3.2,
        stroke = 0.5, fill = fill, colour = "grey10")),
      if (outward) outward_names(spot) else names_beside(spot)
    ))
  }
  list(
    ggplot2::geom_point(
      ggplot2::aes(.data$x, .data$y),
      data = spot, shape = 21, size = 6.5, stroke = 0.5, fill = fill, colour = "grey10"
    ),
    ggplot2::geom_text(
      ggplot2::aes(.data$x, .data$y, label = short_names(.data$name)),
      data = spot, size = 2.6, fontface = "bold", colour = readable_on(fill)
    )
  )
}

# Names above discs, readable on points.
names_beside <- function(spot) {
  extent <- c(diff_range(spot$x), diff_range(spot$y))
  spot$label_y <- spot$y + 0.05 * extent[[2]]
  spot$name <- vapply(spot$name, wrapped_name, "", width = 22)
  text <- list(size = 2.6, fontface = "bold", vjust = 0, lineheight = 0.85)
  list(
    do.call(ggplot2::geom_text, c(list(ggplot2::aes(.data$x, .data$y, label = .data$name),
      data = halo_of(spot, extent), colour = "white"), text)),
    do.call(ggplot2::geom_text, c(list(ggplot2::aes(.data$x, .data$label_y, label = .data$name),
      data = spot), text)),
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(0.12))
  )
}

# Names that lead away from the corners of a polygon, with room for them.
outward_names <- function(spot) {
  spot$name <- vapply(spot$name, wrapped_name, "", width = 16)
  longest <- max(nchar(unlist(strsplit(spot$name, "\n", fixed = TRUE))))
  spot$hjust <- ifelse(spot$x > 0.2, 0, ifelse(spot$x < -0.2, 1, 0.5))
  spot$vjust <- ifelse(spot$hjust != 0.5, 0.5, ifelse(spot$y > 0, 0, 1))
  room <- 1.15 + 0.045 * longest
  list(
    ggplot2::geom_text(ggplot2::aes(1.06 * .data$x, 1.06 * .data$y, label = .data$name,
      hjust = .data$hjust, vjust = .data$vjust), data = spot, size = 2.6, fontface = "bold",
      lineheight = 0.85),
    ggplot2::expand_limits(x = c(-room, room), y = c(-1.25, 1.25))
  )
}

# Black or white, whichever stands out from the background.
readable_on <- function(background) {
  ifelse(colours_to_lab(background)[, 1] > 55, "black", "white")
}

# Samples and archetypes in score space; `components` holds two numbers, or the only one.
plot_archetype_positions <- function(scores, position, weights, components, group, label_groups) {
  is_line <- length(components) == 1
  shown <- rep_len(components, 2)
  data <- spread_components(scores, shown)
  names(position)[names(position) == "archetype"] <- "sample_id"
  spot <- spread_components(position, shown)
  spot$name <- as.character(spot$sample_id)
  if (is_line) {
    data$y <- spread_heights(nrow(data))
    spot$y <- 0
  }
  hull <- spot[grDevices::chull(spot$x, spot$y), ]
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    ggplot2::geom_polygon(
      ggplot2::aes(.data$x, .data$y),
      data = hull, fill = "grey50", alpha = 0.08, colour = "grey40", linewidth = 0.4
    ) +
    sample_layers(data, weights, group) +
    archetype_layers(spot, colour_by_name = is.null(group)) +
    (if (label_groups && !is.null(group)) group_name_layers(data, group)) +
    (if (is_line) ggplot2::scale_y_continuous(breaks = NULL, limits = c(-1.5, 1.5))) +
    ggplot2::labs(
      x = paste("Component", shown[[1]]), y = if (!is_line) paste("Component", shown[[2]]),
      colour = NULL, shape = NULL
    ) +
    theme_forebear())
}

# Samples and archetypes on three components, in a box seen from an angle.
plot_archetypes_3d <- function(scores, position, weights, components, view, group, label_groups,
                               call) {
  n_there <- length(unique(scores$component))
  components <- components %||% seq_len(min(3, n_there))
  check_three_components(components, n_there, call)
  names(position)[names(position) == "archetype"] <- "sample_id"
  samples <- component_columns(scores, components)
  archetypes <- component_columns(position, components)
  axes <- axis_ranges(rbind(samples, archetypes))
  seen <- see(into_cube(samples, axes), view)
  spot <- see(into_cube(archetypes, axes), view)
  spot$name <- unique(as.character(position$sample_id))
  colour_by_name <- is.null(group)
  if (colour_by_name) {
    group <- factor(colnames(weights)[max.col(weights, ties.method = "first")], colnames(weights))
  }
  seen$sample_id <- samples_in_order(scores)
  points_in_plot(plot_box(view, axes, paste("Component", components)) +
    depth_layers(seen, group, point_size(nrow(seen))) +
    stem_layers(into_cube(archetypes, axes), view) +
    archetype_layers(spot[order(spot$depth), ], colour_by_name) +
    (if (label_groups && !colour_by_name) group_name_layers(seen, group)) +
    (if (colour_by_name) ggplot2::guides(colour = "none", shape = "none")))
}

# [n x n_components] values of a tidy table, rows in order of appearance.
component_columns <- function(values, components) {
  columns <- lapply(components, function(component) {
    spread_components(values, rep(component, 2))$x
  })
  unname(do.call(cbind, columns))
}
