# Labels of samples in a plot: who has which, how groups are drawn and named.

# `labels` as a factor with one entry per `sample_id`; `NA` where a sample has none.
#
# | argument       | shape                                                                |
# |----------------|----------------------------------------------------------------------|
# | `labels`       | data frame with `sample_id`, named vector, or n_samples unnamed ones |
# | `sample_id`    | n_samples, unique                                                    |
# | `label_column` | one name, or NULL: the only other column, else a usual one           |
#
# Levels follow a factor, else `ancestry_positions()`. Attributes: "title", the column if there is
# one; "is_factor", whether the user chose the order of the levels.
match_labels <- function(labels, sample_id, label_column, call) {
  labels <- labels_or_path(labels, call)
  if (!is.null(label_column) && !is.data.frame(labels)) {
    abort_forebear("labels_type", c(
      "`label_column` needs a data frame in `labels`.",
      x = paste0("`labels` is ", describe_class(labels), ".")
    ), call)
  }
  labels <- label_table(labels, sample_id, call)
  if (is.data.frame(labels)) {
    column <- choose_label_column(labels, label_column, call)
    value <- label_factor(labels[[column]], call)
    owner <- id_text(labels[["sample_id"]])
  } else {
    column <- NULL
    value <- label_factor(labels, call)
    owner <- if (is.null(names(labels))) sample_id else as_utf8(names(labels))
    check_label_count(value, labels, sample_id, call)
  }
  if (is.data.frame(labels) || !is.null(names(labels))) {
    check_label_owner(owner, sample_id, call)
  } else {
    owner <- sample_id <- seq_along(sample_id)
  }
  is_factor <- is.factor(if (is.data.frame(labels)) labels[[column]] else labels)
  structure(value[match(sample_id, owner)], title = column, is_factor = is_factor)
}

# As match_labels_or_null(), for figures with room for labels above labels: of two columns, the one
# with fewer labels goes above the other, as attribute "above".
match_label_levels <- function(labels, sample_id, label_column, call) {
  if (!is.character(label_column) || length(label_column) != 2) {
    return(match_labels_or_null(labels, sample_id, label_column, call))
  }
  levels <- lapply(label_column, function(column) {
    match_labels(labels, sample_id, column, call)
  })
  n <- vapply(levels, function(level) nlevels(droplevels(level)), 1L)
  above <- if (n[[2]] < n[[1]]) 2 else 1
  group <- levels[[3 - above]]
  attr(group, "above") <- levels[[above]]
  group
}

choose_label_column <- function(labels, label_column, call) {
  if (!"sample_id" %in% names(labels)) {
    abort_forebear("labels_columns", c(
      "The data frame `labels` must have a column `sample_id`.",
      x = paste0("Its columns are ", quoted(names(labels)), ".")
    ), call)
  }
  others <- setdiff(names(labels), "sample_id")
  if (is.null(label_column)) {
    own <- others[!bare_column(others) %in% family_columns]
    if (length(own) == 0) own <- others
    usual <- intersect(match(default_label_columns, bare_column(own)), seq_along(own))
    label_column <- if (length(own) == 1) own else own[usual[1]]
  }
  if (!rlang::is_string(label_column) || !label_column %in% others) {
    abort_forebear("labels_columns", c(
      "`label_column` must name one column of `labels`.",
      x = paste0("The columns besides `sample_id` are ", quoted(others), "."),
      i = paste("Without `label_column`, the only other column is used; among several",
        "`population` or another usual name: `pop`, `population_code`, `label`, `group`.")
    ), call)
  }
  label_column
}

# Empty text counts as no label.
label_factor <- function(value, call) {
  is_label <- is.null(dim(value)) &&
    (is.factor(value) || is.character(value) || is.numeric(value) || is.logical(value))
  if (!is_label) {
    abort_forebear("labels_type", c(
      "Labels must be text, a factor, numbers or logical values.",
      x = paste0("They are ", describe_class(value), ".")
    ), call)
  }
  if (is.character(value)) {
    value[!is.na(value) & value == ""] <- NA
    return(factor(unname(value), levels = names(ancestry_positions(value))))
  }
  if (is.factor(value)) {
    return(factor(unname(value), levels = setdiff(levels(value), "")))
  }
  factor(unname(value))
}

looks_like_path <- function(x) rlang::is_string(x) && grepl("[./\\\\]", x)

check_label_count <- function(value, labels, sample_id, call) {
  if (is.null(names(labels)) && length(value) != length(sample_id)) {
    abort_forebear("labels_length", c(
      "Without names, `labels` must have one entry per sample.",
      x = sprintf("There %s for %s.",
        paste(if (length(value) == 1) "is" else "are", counted(length(value), "label")),
        counted(length(sample_id), "sample")),
      i = "Name the vector by sample, or give a data frame with a column `sample_id`.",
      i = if (looks_like_path(labels)) sprintf("No file is called \"%s\".", labels)
    ), call)
  }
}

check_label_owner <- function(owner, sample_id, call) {
  repeated <- unique(owner[duplicated(owner) & owner %in% sample_id])
  if (length(repeated) > 0) {
    abort_forebear("labels_duplicate", c(
      "`labels` must name each sample once.",
      x = sprintf("%s named twice or more: %s.", counted(length(repeated), "sample"),
        quoted(repeated))
    ), call)
  }
  check_known_samples(owner, sample_id, "labels", "labels_unknown_sample", call)
}

# Samples that `named` names and that are not at hand are passed over with a message: tables of
# labels are usually older than what quality control left. If none is at hand, the IDs are of
# another kind, which is an error.
check_known_samples <- function(named, sample_id, argument, kind, call) {
  absent <- setdiff(named, sample_id)
  if (length(absent) == 0) {
    return(invisible())
  }
  if (!any(named %in% sample_id)) {
    abort_forebear(kind, c(
      sprintf("`%s` must name samples that are at hand.", argument),
      x = sprintf("It names %s; the samples are %s.", quoted(unique(named)), quoted(sample_id)),
      i = "IDs must be spelled alike: of a .fam the second column, without the family."
    ), call)
  }
  inform_forebear("absent_samples", sprintf(
    "`%s` names %s that %s not at hand, passed over: %s.", argument,
    counted(length(absent), "sample"), if (length(absent) == 1) "is" else "are", quoted(absent)))
}

# Points of a scatter plot, coloured by group.
#
# `data` has columns x and y, one row per sample; `group` is a factor with as many entries, or NULL
# for one colour. Unlabeled samples are hollow, grey and behind the others; the others are drawn
# interleaved so that no group buries another.
point_layers <- function(data, group) {
  size <- point_size(nrow(data))
  if (is.null(group)) {
    point <- ggplot2::geom_point(
      ggplot2::aes(.data$x, .data$y),
      data = data, size = size, shape = 16, alpha = 0.7, colour = ancestry_palette[[2]]
    )
    return(list(point))
  }
  data <- with_groups(data, group)
  point <- ggplot2::geom_point(
    ggplot2::aes(.data$x, .data$y, colour = .data$group, shape = .data$group),
    data = data[drawing_order(data$group), ], size = size, alpha = 0.85, stroke = 0.4
  )
  c(list(point), group_scales(data$group, attr(group, "title")))
}

# Groups in a column `group`, and in one that is called like the labels unless it is there.
with_groups <- function(data, group) {
  data$group <- name_unlabeled(group)
  title <- attr(group, "title") %||% "label"
  if (!title %in% names(data)) data[[title]] <- data$group
  data
}

point_size <- function(n) {
  if (n <= 100) 2.2 else if (n <= 500) 1.6 else if (n <= 2000) 1.2 else 0.8
}

# The group with a level for samples that have none, when there are such samples.
name_unlabeled <- function(group) {
  known <- levels(group)
  name <- ifelse(is.na(group), unlabeled_name, as.character(group))
  factor(name, levels = if (anyNA(group)) union(known, unlabeled_name) else known)
}

# Unlabeled first, then each group spread evenly over the drawing order.
drawing_order <- function(group) {
  size <- tabulate(group, nlevels(group))[group]
  rank <- stats::ave(seq_along(group), group, FUN = seq_along)
  order(group != unlabeled_name, (rank - 0.5) / size, as.integer(group))
}

# Colour and shape of each group in one merged legend that lists the groups present.
group_scales <- function(group, title) {
  known <- setdiff(levels(group), unlabeled_name)
  colours <- ancestry_colours(factor(known, levels = known))
  shapes <- stats::setNames(ancestry_shapes(length(known)), known)
  present <- levels(droplevels(group))
  n_columns <- if (is_wide_legend(present)) {
    columns_below(present)
  } else {
    ceiling(length(present) / 18)
  }
  legend <- function(...) {
    ggplot2::guide_legend(title = title, ncol = n_columns, title.position = "top", ...)
  }
  list(
    ggplot2::scale_colour_manual(
      values = c(colours, stats::setNames(unlabeled_colour, unlabeled_name)),
      breaks = present, guide = legend(override.aes = list(size = 2, alpha = 1))
    ),
    ggplot2::scale_shape_manual(
      values = c(shapes, stats::setNames(1, unlabeled_name)),
      breaks = present, guide = legend()
    )
  )
}

# Whether a legend beside the figure would take too much of its width.
is_wide_legend <- function(names) {
  length(names) > 0 && ceiling(length(names) / 18) * (max(nchar(names)) + 4) > 36
}

# As many columns, filled one after the other, as about 115 characters hold.
columns_below <- function(names) {
  fits <- vapply(seq_len(min(6, length(names))), function(n) {
    column <- (seq_along(names) - 1) %/% ceiling(length(names) / n)
    sum(tapply(nchar(names), column, max) + 5) <= 115
  }, NA)
  max(1, which(fits))
}

# Names of the groups at their medians, moved apart where they would overlap; a thin line then
# leads from the name to the median.
group_name_layers <- function(data, group) {
  group <- droplevels(group)
  if (nlevels(group) == 0) {
    return(list())
  }
  spot <- data.frame(
    name = levels(group),
    x = c(tapply(data$x, group, stats::median)),
    y = c(tapply(data$y, group, stats::median))
  )
  extent <- c(diff_range(data$x), diff_range(data$y))
  spot$label_y <- extent[[2]] *
    spread_names(spot$x / extent[[1]], spot$y / extent[[2]], nchar(spot$name))
  moved <- abs(spot$label_y - spot$y) > 0.02 * extent[[2]]
  list(
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$x, y = .data$y, xend = .data$x, yend = .data$label_y),
      data = spot[moved, ], linewidth = 0.25, colour = "grey20"
    ),
    ggplot2::geom_text(
      ggplot2::aes(.data$x, .data$y, label = .data$name),
      data = halo_of(spot, extent), size = 2.7, colour = "white", fontface = "bold"
    ),
    ggplot2::geom_text(
      ggplot2::aes(.data$x, .data$label_y, label = .data$name),
      data = spot, size = 2.7, fontface = "bold"
    )
  )
}

# Width of the range of `x`; 1 when all values are equal, so that it can divide.
diff_range <- function(x) {
  width <- diff(range(x))
  if (width > 0) width else 1
}

# Eight copies of each name around its place: drawn in white they keep text readable on points.
halo_of <- function(spot, extent) {
  angle <- rep(seq(0, 7) * pi / 4, each = nrow(spot))
  data.frame(
    name = spot$name,
    x = spot$x + 0.003 * extent[[1]] * cos(angle),
    y = spot$label_y + 0.004 * extent[[2]] * sin(angle)
  )
}

# Heights at which names no longer overlap. All lengths are fractions of the panel, for bold 7.7 pt
# text in a panel about 110 mm wide and 90 mm high; overlapping names push each other up and down.
spread_names <- function(x, y, n_characters, max_iter = 500) {
  half_width <- (0.019 * n_characters + 0.008) / 2
  height <- 0.036
  near <- abs(outer(x, x, "-")) < outer(half_width, half_width, "+")
  diag(near) <- FALSE
  above <- outer(rank(y, ties.method = "first"), rank(y, ties.method = "first"), ">")
  direction <- ifelse(above, 1, -1)
  for (iteration in seq_len(max_iter)) {
    overlap <- pmax(height - direction * outer(y, y, "-"), 0) * near
    if (max(overlap) < 1e-4) {
      break
    }
    # The step shrinks with the number of neighbors, or crowds push each other away for good.
    y <- y + rowSums(direction * overlap) / pmax(4, 2 * rowSums(overlap > 0))
  }
  y
}
