#' A page of linked maps
#'
#' Writes one HTML file that shows the same samples on several maps, and on a map of the world, side
#' by side: pointing at a sample shows who it is and where it lies on all of them, a click on a
#' population, in the list or on a map, highlights it everywhere.
#'
#' The file holds all that it needs. It opens from disk in any browser of today, asks no network for
#' anything, and says so to the browser, which then forbids it. It stays swift with some ten
#' thousand samples.
#'
#' Clicks add populations and take them away; Escape forgets them. The wheel and dragging zoom and
#' move a map, a double click sets it back. Part of a sample ID in the search field marks the
#' samples that have it. The address keeps what is highlighted, so that
#' `maps.html#population=EUR` is a link to the page with that population highlighted; several take
#' `population=EUR&population=SAS`, and `sample=` marks one sample.
#'
#' Samples of `new_data` are placed on the maps as `predict()` of each places them, in the colors of
#' their labels where they have some, each in a ring.
#'
#' The file contains the sample IDs in readable form.
#'
#' @param path The file to write, such as `"maps.html"`. It appears only when it is whole.
#' @param coordinates Where samples or populations come from, as in [world_map()], which is then
#'   drawn below the others; it needs the suggested package 'maps'. `NULL` draws none.
#' @param title What stands above the maps.
#' @param overwrite Whether a file of that name may be replaced.
#' @param labels,label_column As in [autoplot.forebear_pca()]; where they name samples they may also
#'   have those of `new_data`.
#' @param new_data New samples, as in [predict.forebear_gtm()], for maps that are all [pca()] or
#'   [gtm()] fits.
#' @param strand As in [harmonize()], for `new_data`.
#' @inheritParams compare_maps
#' @returns `path`, invisibly.
#' @section Errors:
#' `forebear_error_file_exists` for a file that is there, `forebear_error_file` if it cannot be
#' written, `forebear_error_not_utf8` for names in no known encoding; those of [compare_maps()] and
#' [world_map()].
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' components <- pca(genotypes, num_comp = 4)
#' maps <- list(GTM = gtm(components, nodes = 10), PCA = components)
#' path <- tempfile(fileext = ".html")
#' explore_maps(maps, path, labels = read.delim(example_data("labels")))
#' if (interactive()) browseURL(path)
#' @export
explore_maps <- function(maps, path, labels = NULL, coordinates = NULL, label_column = NULL,
                         components = c(1, 2), title = "Ancestry maps", overwrite = FALSE,
                         new_data = NULL, strand = c("check", "same"), ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  strand <- check_choice(strand, "strand", c("check", "same"))
  path <- check_path(path, "path")
  title <- check_string(title, "title")
  check_flag(overwrite, "overwrite", call)
  check_new_file(path, overwrite, call)
  places <- places_of_maps(maps, components, call)
  new <- if (!is.null(new_data)) places_of_new(maps, new_data, components, strand, call)
  sample_id <- c(places[[1]]$sample_id, new[[1]]$sample_id)
  check_new_ids(sample_id, call)
  n_own <- nrow(places[[1]])
  if (!is.null(new)) places <- Map(vctrs::vec_rbind, places, new)
  if (!is.null(coordinates)) coordinates <- check_coordinates(coordinates, label_column, call)
  labels <- labels %||% coordinates$labels
  group <- labels_of_all(labels, sample_id[seq_len(n_own)], new[[1]]$sample_id, label_column, call)
  drawn <- drawn_on_all(places, call)
  places <- lapply(places, function(map) map[drawn, ])
  sample_id <- sample_id[drawn]
  group <- drawn_labels(group, drawn)
  world <- if (!is.null(coordinates)) world_for_page(coordinates, sample_id, group, call)
  data <- json_object(
    title = json_strings(title, call), samples = json_array(json_strings(sample_id, call)),
    populations = populations_for_page(group, call),
    population = json_array(if (is.null(group)) rep(-1, length(sample_id)) else
      codes_for_page(group)),
    n_new = as.character(sum(drawn) - sum(drawn[seq_len(n_own)])),
    panels = json_array(panels_for_page(maps, places, components, call)),
    world = world %||% "null"
  )
  with_progress(function(progress) rust_write_lines(path, page_of(data), progress), call)
  invisible(path)
}

# Where the maps place new samples: of each map sample_id, x, y.
places_of_new <- function(maps, new_data, components, strand, call) {
  kept <- vapply(maps, inherits, NA, c("forebear_pca", "forebear_gtm"))
  if (!all(kept)) {
    abort_forebear("argument", c("Only `pca()` and `gtm()` fits have places for new samples.",
      x = sprintf("\"%s\" is none of them, and `new_data` is given.", names(maps)[!kept][[1]]),
      i = "Leave out that map, or `new_data`."), call)
  }
  lapply(maps, function(map) {
    placed <- without_unanswered_warning(stats::predict(map, new_data, strand = strand))
    columns <- if (inherits(map, "forebear_pca")) paste0("PC", components) else c("gtm1", "gtm2")
    tibble::tibble(sample_id = placed$sample_id, x = placed[[columns[[1]]]],
      y = placed[[columns[[2]]]])
  })
}

check_new_ids <- function(sample_id, call) {
  twice <- which(duplicated(sample_id))
  if (length(twice) > 0) {
    abort_forebear("unknown_sample", c(
      "New samples must have other IDs than those on the maps.",
      x = sprintf("%s on the maps already; the first is %s.", verb(length(twice)),
        quoted(sample_id[[twice[[1]]]])),
      i = "Leave them out of `new_data`, or give them other IDs by `samples(x) <-`."), call)
  }
}

check_new_file <- function(path, overwrite, call) {
  if (dir.exists(path) || (file.exists(path) && !overwrite)) {
    abort_forebear("file_exists", c("`path` must be a new file.",
      x = sprintf("\"%s\" exists already%s.", path, if (dir.exists(path)) ", a folder" else ""),
      i = if (!dir.exists(path)) "Choose another name, or `overwrite = TRUE` to replace it."), call)
  }
}

# Codes from 0, -1 without a label.
codes_for_page <- function(group) ifelse(is.na(group), -1L, as.integer(group) - 1L)

# name, colour, shape of each population that some sample has or not, in order.
populations_for_page <- function(group, call) {
  names <- levels(group)
  colours <- ancestry_colours(factor(names, names))
  json_array(vapply(seq_along(names), function(i) {
    json_object(name = json_strings(names[[i]], call), colour = json_strings(colours[[i]], call),
      shape = as.character(ancestry_shapes(i)[[i]]))
  }, ""))
}

# Places as whole numbers from 0 to 10,000: finer than a screen.
panels_for_page <- function(maps, places, components, call) {
  vapply(names(maps), function(name) {
    square <- unit_square(places[[name]])
    axes <- axes_of_map(maps[[name]], components)
    json_object(name = json_strings(name, call), x = json_array(round(1e4 * square$x)),
      y = json_array(round(1e4 * square$y)), axes = json_array(json_strings(axes, call)))
  }, "")
}

# Of components, what the axes are; positions on the others mean nothing.
axes_of_map <- function(map, components) {
  if (!inherits(map, "forebear_pca")) {
    return(character())
  }
  percent <- generics::tidy(map, matrix = "eigenvalues")$percent_variance[components]
  sprintf("PC%d (%.1f %%)", as.integer(components), percent)
}

# frame: degrees; places: [population, latitude, longitude, samples]; of_sample: its place from 0,
# or -1; land: for each outline x, y, then steps from point to point, in fractions of a degree.
world_for_page <- function(coordinates, sample_id, group, call) {
  if (is.null(group) && !is.null(coordinates$population)) {
    abort_forebear("coordinates", c("Coordinates of populations need `labels` of the samples.",
      x = "`labels` is not given."), call)
  }
  check_package("maps", "cran", call)
  there <- places_on_earth(coordinates, sample_id, group, call)
  places <- there$places
  frame <- earth_frame(places, "data")
  code <- if (is.null(group)) rep(-1, nrow(places)) else
    codes_for_page(factor(places$population, levels(group)))
  of_sample <- ifelse(is.na(there$place_of_sample), -1, there$place_of_sample - 1)
  scale <- if (frame$east - frame$west > 180) 5 else 20
  json_object(
    frame = json_object(west = frame$west, east = frame$east, south = frame$south,
      north = frame$north, ratio = frame$ratio),
    population = json_array(code), latitude = json_array(round(places$latitude, 3)),
    longitude = json_array(round(eastward(places$longitude), 3)),
    n = json_array(places$n_samples), of_sample = json_array(of_sample),
    scale = as.character(scale), land = json_array(land_for_page(frame, scale))
  )
}

# Outlines rounded to 1 / scale of a degree, without the points and specks that vanish in that.
land_for_page <- function(frame, scale) {
  land <- land_outlines(frame)
  outlines <- vapply(split(land, land$piece), function(own) {
    x <- round(own$x * scale)
    y <- round(own$y * scale)
    step <- c(TRUE, diff(x) != 0 | diff(y) != 0)
    x <- x[step]
    y <- y[step]
    if (length(x) < 4) "" else json_array(as.vector(rbind(c(x[[1]], diff(x)), c(y[[1]], diff(y)))))
  }, "")
  outlines[nzchar(outlines)]
}

json_object <- function(...) {
  values <- list(...)
  paste0("{", paste0("\"", names(values), "\":", values, collapse = ","), "}")
}

json_array <- function(x) {
  if (is.numeric(x)) {
    x <- format(x, trim = TRUE, scientific = FALSE, digits = 10, drop0trailing = TRUE,
      decimal.mark = ".")
  }
  paste0("[", paste(x, collapse = ","), "]")
}

# Text in quotes that can neither end a string nor, within HTML, a script.
json_strings <- function(x, call = rlang::caller_env()) {
  x <- as_utf8(as.character(x))
  if (length(x) == 0) {
    return(character())
  }
  wrong <- which(!validUTF8(x))
  if (length(wrong) > 0) {
    abort_forebear("not_utf8", c("Names must be text in a known encoding.",
      x = sprintf("%s not; the first is %s.", verb(length(wrong)),
        quoted(iconv(x[wrong[[1]]], "UTF-8", "UTF-8", sub = "byte"))),
      i = "`iconv()` converts them to UTF-8."), call)
  }
  x <- gsub("\\", "\\\\", x, fixed = TRUE)
  x <- gsub("\"", "\\\"", x, fixed = TRUE)
  special <- c(1:31, 127, utf8ToInt("<>&'"), 0x2028, 0x2029)
  for (code in special) {
    character <- intToUtf8(code)
    if (any(grepl(character, x, fixed = TRUE))) {
      x <- gsub(character, sprintf("\\u%04x", as.integer(code)), x, fixed = TRUE)
    }
  }
  paste0("\"", x, "\"")
}

# The template, with data where it says so.
page_of <- function(data) {
  file <- system.file("explore", "maps.html", package = "forebear", mustWork = TRUE)
  template <- paste(readLines(file, encoding = "UTF-8"), collapse = "\n")
  parts <- strsplit(template, "@DATA@", fixed = TRUE)[[1]]
  stopifnot(length(parts) == 2)
  paste0(parts[[1]], data, parts[[2]])
}
