#' Populations on a map of the world
#'
#' Draws where samples come from, in the colors that their populations have in all other plots: one
#' point for each place of a population, as large as the samples that come from there are many.
#'
#' It needs the suggested package 'maps' (`install.packages("maps")`, or `apt install r-cran-maps`),
#' whose outlines of the land are drawn without borders. Degrees of longitude and latitude are
#' drawn as they are, with the right proportions at one latitude; the map is cut at 170 degrees
#' west. [explore_maps()] links it with other maps of the same samples.
#'
#' @param coordinates A data frame with columns `latitude` and `longitude` in decimal degrees (south
#'   and west are negative) and one of `sample_id`, or of populations, named `population` or as
#'   `label_column` says. A table of samples may hold their populations too. Where both coordinates
#'   are `NA` the place is not known, and left out.
#' @param labels Populations of the samples, as in [autoplot.forebear_pca()]. Samples without a
#'   place are
#'   left out, and so are places of populations that no sample has. Without labels, populations have
#'   points of one size.
#' @param label_groups Whether to write the name of each population beside the place where most of
#'   its samples are; if not, there is a legend.
#' @param extent `"world"`, or `"data"` for the part of it where samples are, if that is less than
#'   half way round.
#' @param ancestry `NULL`, or anything with a Q matrix, such as a fit of [archetypes()]: each place
#'   then has a pie with the mean ancestry of its samples, its area as these are many; pies that
#'   would hide each other are moved apart, a line leading to the place. Needs `labels` unless
#'   `coordinates` are of samples.
#' @param ... Nothing but `colours` or `colors`, as in [autoplot.forebear_archetypes()].
#' @inheritParams autoplot.forebear_pca
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_coordinates` for a table without the columns, coordinates that are no numbers,
#' one without the other, none at all, outside -90 to 90 or -180 to 180, samples or populations
#' named twice, and populations of samples that are not in the table; `forebear_error_package`
#' without 'maps'; those of labels as in [autoplot.forebear_pca()]; `forebear_error_argument`.
#' @family ancestry maps
#' @examples
#' # The panel is simulated: these places are made up.
#' places <- data.frame(
#'   population = c("AFR", "EAS", "EUR", "SAS", "ADM1", "ADM2"),
#'   latitude = c(7, 35, 50, 22, 18, 39), longitude = c(4, 110, 10, 78, -77, -95)
#' )
#' labels <- read.delim(example_data("labels"))
#' if (requireNamespace("maps", quietly = TRUE)) {
#'   world_map(places, labels)
#'   fit <- archetypes(read_bed(example_data("panel")), k = 4)
#'   world_map(places, labels, ancestry = fit)
#' }
#' @export
world_map <- function(coordinates, labels = NULL, label_column = NULL, label_groups = TRUE,
                      extent = c("world", "data"), ancestry = NULL, ...) {
  call <- rlang::current_env()
  local_colours(...)
  if (!is.null(ancestry)) {
    return(map_of_pies(ancestry, coordinates, labels, label_column, label_groups, extent, call))
  }
  check_flag(label_groups, "label_groups", call)
  extent <- check_choice(extent, "extent", c("world", "data"), call)
  coordinates <- check_coordinates(coordinates, label_column, call)
  labels <- label_table(labels %||% coordinates$labels)
  sample_id <- samples_of_labels(labels) %||% coordinates$sample_id
  sample_id <- union(sample_id, coordinates$sample_id)
  group <- match_labels_or_null(labels, sample_id, label_column, call)
  places <- places_on_earth(coordinates, sample_id, group, call)$places
  check_package("maps", "cran", call)
  plot_world(places, earth_frame(places, extent), label_groups)
}

# IDs that labels name; NULL where they have no names.
samples_of_labels <- function(labels) {
  if (!is.data.frame(labels)) {
    return(names(labels) %||% if (!is.null(labels)) paste0("sample", seq_along(labels)))
  }
  if ("sample_id" %in% names(labels)) id_text(labels$sample_id)
}

# Rows of a table of samples or of populations, the other NULL, whose place is known:
# sample_id or population, latitude, longitude [n]; labels, of samples, or NULL.
check_coordinates <- function(x, label_column, call) {
  refuse <- function(problem, advice = NULL) {
    abort_forebear("coordinates", c(
      paste("`coordinates` must be a data frame with columns `latitude` and `longitude`, in",
        "decimal degrees, and one of `sample_id`, or of populations."),
      x = problem, i = advice), call)
  }
  if (!is.data.frame(x)) refuse(sprintf("It is %s.", describe_class(x)))
  column <- label_column %||% "population"
  if (!rlang::is_string(column)) {
    refuse(sprintf("`label_column` is not a string. %s", found(column)))
  }
  by_sample <- "sample_id" %in% names(x)
  wanted <- c("latitude", "longitude", if (!by_sample) column)
  lacking <- setdiff(wanted, names(x))
  if (length(lacking) > 0) {
    refuse(sprintf("It has no column %s; its columns are %s.", quoted(lacking), quoted(names(x))))
  }
  id <- id_text(x[[if (by_sample) "sample_id" else column]])
  check_coordinate_owners(id, if (by_sample) "sample" else "population", refuse)
  check_degrees(x$latitude, x$longitude, id, refuse)
  known <- which(!is.na(x$latitude))
  labels <- if (by_sample && column %in% names(x) && !all(is.na(x[[column]]))) {
    x[c("sample_id", column)]
  }
  list(sample_id = if (by_sample) id[known], population = if (!by_sample) id[known],
    named = id, latitude = as.double(x$latitude[known]),
    longitude = as.double(x$longitude[known]), labels = labels)
}

check_coordinate_owners <- function(id, what, refuse) {
  if (anyNA(id) || any(!nzchar(id))) {
    refuse(sprintf("Row %d names no %s.", which(is.na(id) | !nzchar(id))[[1]], what))
  }
  if (anyDuplicated(id)) {
    twice <- unique(id[duplicated(id)])
    refuse(sprintf("%s named twice or more: %s.", counted(length(twice), what), quoted(twice)),
      if (what == "population") "For several places of one, name the place of each sample.")
  }
}

check_degrees <- function(latitude, longitude, id, refuse) {
  degrees <- list(latitude = latitude, longitude = longitude)
  for (name in names(degrees)) {
    if (!is.numeric(degrees[[name]]) && !all(is.na(degrees[[name]]))) {
      refuse(sprintf("`%s` is %s, first %s.", name, describe_class(degrees[[name]]),
        quoted(format(degrees[[name]][[1]]))),
        "52 degrees 30 minutes north is 52.5; 13 degrees 15 minutes west is -13.25.")
    }
  }
  half <- which(is.na(latitude) != is.na(longitude))
  if (length(half) > 0) {
    refuse(sprintf("%s with a latitude or longitude alone: %s.", counted(length(half), "row"),
      quoted(id[half])))
  }
  if (all(is.na(latitude))) refuse("All are missing.")
  far <- which(!(abs(latitude) <= 90 & abs(longitude) <= 180) & !is.na(latitude))
  if (length(far) > 0) {
    refuse(sprintf("%s out of range; the first is latitude %s, longitude %s of \"%s\".",
      verb(length(far)), format(latitude[far[[1]]]), format(longitude[far[[1]]]), id[far[[1]]]),
      advice_on_degrees(latitude, longitude))
  }
}

advice_on_degrees <- function(latitude, longitude) {
  if (all(abs(longitude) <= 90, na.rm = TRUE) && all(abs(latitude) <= 180, na.rm = TRUE)) {
    "Latitude and longitude may be exchanged."
  } else if (all(longitude >= 0 & longitude <= 360 & abs(latitude) <= 90, na.rm = TRUE)) {
    "Subtract 360 from longitudes above 180."
  }
}

# places: population (factor, or NULL for samples without labels), latitude, longitude, n_samples
# (NA where no sample was counted), one row per population and place, the largest first;
# place_of_sample [n_samples]: its row, or NA.
places_on_earth <- function(coordinates, sample_id, group, call) {
  if (is.null(coordinates$sample_id)) {
    return(places_of_populations(coordinates, group, call))
  }
  row <- match(sample_id, coordinates$sample_id)
  known <- which(!is.na(row))
  data <- tibble::tibble(latitude = coordinates$latitude[row[known]],
    longitude = coordinates$longitude[row[known]])
  data$population <- if (!is.null(group)) name_unlabeled(group)[known]
  key <- do.call(paste, data)
  first <- !duplicated(key)
  places <- data[first, ]
  places$n_samples <- as.integer(table(factor(key, key[first])))
  sort_places(places, replace(rep(NA, length(sample_id)), known, match(key, key[first])))
}

places_of_populations <- function(coordinates, group, call) {
  order <- ancestry_positions(coordinates$named)
  if (is.null(group)) group <- factor(character(), names(order))
  own <- levels(droplevels(group))
  lacking <- setdiff(own, coordinates$named)
  if (length(lacking) > 0) {
    abort_forebear("coordinates", c("`coordinates` must name every population of the samples.",
      x = sprintf("%s not in it: %s.", verb(length(lacking)), quoted(lacking)),
      i = "Give NA for a population that has no place."), call)
  }
  population <- factor(coordinates$population, levels(group))
  places <- tibble::tibble(population = population, latitude = coordinates$latitude,
    longitude = coordinates$longitude, n_samples = tabulate(group, nlevels(group))[population])
  if (length(group) == 0) {
    places$n_samples <- NA_integer_
  } else {
    places <- places[places$n_samples %in% seq_along(group), ]
  }
  if (nrow(places) == 0) {
    abort_forebear("coordinates", c("Some population must have samples and a place.",
      x = sprintf("Samples are of %s.", quoted(own)),
      i = sprintf("Places are of %s.", quoted(coordinates$population))), call)
  }
  sort_places(places, match(group, places$population))
}

sort_places <- function(places, place_of_sample) {
  order <- order(-places$n_samples, places$longitude)
  list(places = places[order, ], place_of_sample = match(place_of_sample, order))
}

# west, east, south, north in degrees, and how many times longer a degree of latitude is drawn than
# one of longitude. Longitudes run from 170 degrees west to 190 east.
earth_frame <- function(places, extent) {
  x <- range(eastward(places$longitude))
  if (extent == "world" || diff(x) > 180) {
    return(list(west = -170, east = 190, south = -57, north = 80, ratio = 1.25))
  }
  y <- range(places$latitude)
  # Never less than a large country, nor a narrow strip.
  height <- max(10, 1.3 * diff(y), 0.4 * diff(x))
  ratio <- 1 / cos(min(70, abs(mean(y))) * pi / 180)
  width <- min(360, max(1.3 * diff(x), 1.2 * ratio * height))
  middle <- min(max(mean(x), -170 + width / 2), 190 - width / 2)
  list(west = middle - width / 2, east = middle + width / 2,
    south = max(-90, mean(y) - height / 2), north = min(90, mean(y) + height / 2), ratio = ratio)
}

# Longitudes as the map has them, from -170 to 190.
eastward <- function(longitude) ifelse(longitude < -170, longitude + 360, longitude)

# x, y, piece: outlines of land that reach into the frame.
land_outlines <- function(frame) {
  outline <- maps::map("world", plot = FALSE, fill = TRUE)
  piece <- cumsum(is.na(outline$x)) + 1
  there <- !is.na(outline$x)
  land <- data.frame(x = outline$x[there], y = outline$y[there], piece = piece[there])
  # Islands beyond the cut go to the other side.
  beyond <- tapply(land$x, land$piece, max) < -170
  land$x <- land$x + ifelse(beyond[as.character(land$piece)], 360, 0)
  bounds <- vapply(split(land[c("x", "y")], land$piece), function(own) {
    c(range(own$x), range(own$y))
  }, numeric(4))
  near <- bounds[1, ] < frame$east & bounds[2, ] > frame$west & bounds[3, ] < frame$north &
    bounds[4, ] > frame$south
  land[land$piece %in% colnames(bounds)[near], ]
}

plot_world <- function(places, frame, label_groups) {
  places$x <- eastward(places$longitude)
  counted <- length(unique(places$n_samples)) > 1
  named <- label_groups && !is.null(places[["population"]])
  ggplot2::ggplot(places, ggplot2::aes(.data$x, .data$latitude)) +
    ggplot2::geom_polygon(ggplot2::aes(.data$x, .data$y, group = .data$piece),
      data = land_outlines(frame), fill = "grey87", colour = "grey87", linewidth = 0.1) +
    place_layer(places, counted, named) +
    (if (named) place_name_layers(places, frame)) +
    earth_page(frame)
}

# Degrees have no axes.
earth_page <- function(frame) {
  list(
    ggplot2::coord_fixed(ratio = frame$ratio, xlim = c(frame$west, frame$east),
      ylim = c(frame$south, frame$north), expand = FALSE),
    ggplot2::scale_x_continuous(breaks = NULL),
    ggplot2::scale_y_continuous(breaks = NULL),
    ggplot2::labs(x = NULL, y = NULL),
    theme_forebear()
  )
}

# Discs with a white rim, so that those of one place can be distinguished.
place_layer <- function(places, counted, named) {
  size <- if (counted) list() else list(size = if (nrow(places) > 60) 1.8 else 3)
  if (is.null(places[["population"]])) {
    places$population <- factor("samples")
    fills <- c(samples = ancestry_palette[[2]])
  } else {
    known <- setdiff(levels(places$population), unlabeled_name)
    fills <- c(ancestry_colours(factor(known, known)),
      stats::setNames(unlabeled_colour, unlabeled_name))
  }
  present <- levels(droplevels(places$population))
  aes <- if (counted) {
    ggplot2::aes(fill = .data$population, size = .data$n_samples)
  } else {
    ggplot2::aes(fill = .data$population)
  }
  point <- list(aes, data = places, shape = 21, colour = "white", stroke = 0.35, alpha = 0.95)
  legend <- ggplot2::guide_legend(title = NULL, override.aes = list(size = 2.5),
    ncol = ceiling(length(present) / 18))
  list(
    do.call(ggplot2::geom_point, c(point, size)),
    ggplot2::scale_fill_manual(values = fills, breaks = present,
      guide = if (named || length(present) == 1) "none" else legend),
    if (counted) {
      ggplot2::scale_size_area(max_size = 7, guide = ggplot2::guide_legend(title = "Samples",
        override.aes = list(fill = "grey40")))
    }
  )
}

# Names beside the largest place of each population, clear of other names and of all places. The
# panel is taken to be 150 mm wide.
place_name_layers <- function(places, frame) {
  mm <- 150 / (frame$east - frame$west)
  mm_high <- mm * frame$ratio
  counted <- length(unique(places$n_samples)) > 1
  radius <- if (counted) 2.6 * sqrt(places$n_samples / max(places$n_samples)) else 1.2
  discs <- data.frame(x = places$x * mm, y = places$latitude * mm_high,
    radius = rep_len(radius, nrow(places)))
  inside <- places$x >= frame$west & places$x <= frame$east & places$latitude >= frame$south &
    places$latitude <= frame$north
  named <- which(inside & !duplicated(places$population) & places$population != unlabeled_name)
  edges <- c(frame$west * mm, frame$east * mm, frame$south * mm_high, frame$north * mm_high)
  spot <- place_names(discs, named, as.character(places$population[named]), edges)
  spot[c("x", "at_x")] <- spot[c("x", "at_x")] / mm
  spot[c("y", "at_y")] <- spot[c("y", "at_y")] / mm_high
  angle <- rep(seq(0, 7) * pi / 4, each = nrow(spot))
  halo <- data.frame(name = spot$name, at_x = spot$at_x + 0.3 / mm * cos(angle),
    at_y = spot$at_y + 0.3 / mm_high * sin(angle))
  write_names <- function(data, colour) {
    ggplot2::geom_text(ggplot2::aes(.data$at_x, .data$at_y, label = .data$name), data = data,
      size = 2.7, fontface = "bold", colour = colour)
  }
  list(
    ggplot2::geom_segment(
      ggplot2::aes(.data$x, .data$y, xend = .data$at_x, yend = .data$at_y),
      data = spot[spot$is_far, ], linewidth = 0.25, colour = "grey20"),
    write_names(halo, "white"), write_names(spot, "black")
  )
}

# Where names of 7.7 pt go beside discs, everything in mm: x, y of the disc, name, at_x, at_y of
# the middle of the name, is_far (a line should lead there). One name after the other takes the
# place that covers least of other discs and names, near ones first.
#
# | argument | shape            | values                          |
# |----------|------------------|---------------------------------|
# | `discs`  | n_discs          | x, y, radius                    |
# | `named`  | n_names          | rows of discs                   |
# | `name`   | n_names          | what to write                   |
# | `edges`  | 4                | of the panel: left to high      |
place_names <- function(discs, named, name, edges) {
  half_width <- nchar(name) * 1.05 + 0.4
  half_height <- 1.5
  boxes <- data.frame(left = discs$x - discs$radius, right = discs$x + discs$radius,
    low = discs$y - discs$radius, high = discs$y + discs$radius)
  # Above, below, right, left, then the corners; then the same farther away.
  across <- c(0, 0, 1, -1, 1, -1, 1, -1)
  up <- c(1, -1, 0, 0, 1, 1, -1, -1)
  step <- rep(c(0, 3.5, 7, 12), each = 8)
  spots <- lapply(seq_along(named), function(i) {
    disc <- discs[named[[i]], ]
    away <- disc$radius + 0.3 + step
    x <- disc$x + across * (half_width[[i]] + away * ifelse(up == 0, 1, 0.6))
    y <- disc$y + up * (half_height + away * ifelse(across == 0, 1, 0.6))
    box <- data.frame(left = x - half_width[[i]], right = x + half_width[[i]],
      low = y - half_height, high = y + half_height)
    covered <- vapply(seq_len(nrow(box)), function(row) sum(overlap_of(box[row, ], boxes)), 0)
    cut <- box$left < edges[[1]] | box$right > edges[[2]] | box$low < edges[[3]] |
      box$high > edges[[4]]
    best <- which.min(50 * covered + 0.4 * step + 0.1 * rep(0:7, 4) + 1e4 * cut)
    boxes <<- rbind(boxes, box[best, ])
    data.frame(x = disc$x, y = disc$y, name = name[[i]], at_x = x[[best]], at_y = y[[best]],
      is_far = step[[best]] > 0)
  })
  vctrs::vec_rbind(!!!spots)
}

# [n_boxes] areas of the intersections of a box with each of `boxes`.
overlap_of <- function(box, boxes) {
  width <- pmin(box$right, boxes$right) - pmax(box$left, boxes$left)
  height <- pmin(box$high, boxes$high) - pmax(box$low, boxes$low)
  pmax(width, 0) * pmax(height, 0)
}
