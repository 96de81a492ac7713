#' Read a genetic map
#'
#' @section Layouts:
#' Recognized by the header, or without one by the number of columns; plain or gzipped:
#'
#' | layout | header | columns |
#' |---|---|---|
#' | PLINK `.map` | none | chromosome, ID, cM, bp |
#' | RFMix, Gnomix | none, or `chm pos pos_cm` | chromosome, bp, cM |
#' | SHAPEIT, GLIMPSE | `pos chr cM` | by name |
#' | HapMap | `Chromosome Position(bp) Rate(cM/Mb) Map(cM)` | by name |
#'
#' @param path Path of the map.
#' @param chrom The chromosome of a map that has no column for it, such as
#'   `position COMBINED_rate(cM/Mb) Genetic_Map(cM)`; ignored where there is one.
#' @returns A tibble of class `forebear_genetic_map`, in the order of the file: `chrom` (character),
#'   `position_bp` (integer), `position_cm` (double).
#' @section Use of a map:
#' Between its positions we interpolate linearly. Before the first and after the last the mean rate
#' of the chromosome goes on, but not below 0 cM at the start of the chromosome: there, the straight
#' line from 0 bp and 0 cM to the first position. A message says how many variants lie beyond the
#' ends; it is a warning where more than 5 % of a chromosome do, over 1 cM, or they lie more than 5
#' cM away, and an error if more than half do, over 5 cM or 5 Mb. Names of chromosomes are compared
#' without `chr`, X is 23.
#'
#' A chromosome of known species has 0.04 to 600 cM/Mb, and less than 1,000 cM. So it is an error if
#' the mean rate is 0 over 1 Mb or more (of the map or the variants), below 0.02 cM/Mb over 20 Mb,
#' or at least 800 cM/Mb over 0.1 Mb, or if the length is 2,000 cM or more: such maps are flat, in
#' Morgans, or have base pairs in place of cM. It is a warning below 0.1 cM/Mb over 5 Mb, above 40
#' cM/Mb over 1 Mb, and from 1,000 cM on. Y and MT may be flat. Only chromosomes of the data are
#' looked at. The same bounds hold for `position_cm` of variants in [local_ancestry()].
#' @section Errors:
#' Of class `forebear_error_<kind>`: `file`, `genetic_map_layout` (unknown columns),
#' `column_count` and `field` (with the line), `genetic_map_order` (a position that falls, or
#' two genetic positions at one place, with line, chromosome and position),
#' `genetic_map_empty` (all 0 cM), `empty_table`, `not_utf8`.
#' @examples
#' path <- tempfile(fileext = ".map")
#' writeLines(c("pos chr cM", "1000 22 0", "2000 22 0.5", "5000 22 0.9"), path)
#' read_genetic_map(path)
#' @export
read_genetic_map <- function(path, chrom = NULL) {
  path <- check_path(path, "path")
  if (!is.null(chrom)) chrom <- check_string(chrom, "chrom")
  entries <- answer(rust_read_genetic_map(path, chrom))
  if (entries$n_negative > 0) {
    inform_forebear("negative_positions", sprintf("%s of \"%s\" below 0 bp left out.",
      counted(entries$n_negative, "position"), basename(path)))
  }
  entries$n_negative <- NULL
  tibble::new_tibble(entries, nrow = length(entries$chrom), class = "forebear_genetic_map")
}

# Genetic positions [n_variants] in cM. Without a map, `cm_per_mb` everywhere.
position_cm <- function(map, chrom, position_bp, cm_per_mb = 1, call = rlang::caller_env()) {
  if (is.null(map)) {
    cm_per_mb <- check_number(cm_per_mb, "cm_per_mb", min = 1e-6, max = 1e6, call = call)
    inform_forebear("no_genetic_map", c(
      sprintf("Without a genetic map, %s cM per Mb are assumed everywhere.", format(cm_per_mb)),
      i = "`read_genetic_map()` reads a map."
    ))
    return(as.double(position_bp) * cm_per_mb / 1e6)
  }
  map <- check_genetic_map(map, call)
  position_bp <- as.integer(position_bp)
  fits <- map_fits(map, chrom, position_bp, call)
  check_map_rates(fits, "The genetic map", call)
  check_map_ends(fits, call)
  answer(rust_position_cm(as.list(map), chrom, position_bp), call)
}

# How a map, or positions in cM of variants themselves, fit variants: one row per chromosome.
map_fits <- function(map, chrom, position_bp, call) {
  map <- list(chrom = as.character(map$chrom), position_bp = as.integer(map$position_bp),
    position_cm = as.double(map$position_cm))
  tibble::as_tibble(answer(rust_map_fits(map, chrom, position_bp), call))
}

# Rates that no chromosome has are an error, doubtful ones a warning; the bounds stand in the core
# (map_rate.rs). `what` says whose they are.
check_map_rates <- function(fits, what, call) {
  wrong <- fits[fits$doubt %in% c("flat", "too_low", "too_high"), ]
  if (nrow(wrong) > 0) {
    abort_forebear("genetic_map_rate", c(
      sprintf("%s must have a possible rate of recombination.", what),
      rate_bullets(wrong, "x"), i = rate_hint(wrong$doubt[1])
    ), call)
  }
  doubtful <- fits[fits$doubt %in% c("low", "high"), ]
  if (nrow(doubtful) > 0) {
    warn_forebear("genetic_map_rate", c(
      sprintf("%s has an unusual rate of recombination.", what),
      rate_bullets(doubtful, "x"), i = rate_hint(doubtful$doubt[1])
    ), call)
  }
}

rate_bullets <- function(fits, mark, n = 5) {
  shown <- utils::head(fits, n)
  text <- sprintf("Chromosome %s: %s cM/Mb (%s cM from %s to %s bp).", shown$chrom,
    short_number(shown$rate), short_number(shown$length_cm), big(shown$first_bp),
    big(shown$last_bp))
  if (nrow(fits) > n) text <- c(text, sprintf("And %s more.", big(nrow(fits) - n)))
  stats::setNames(text, rep(mark, length(text)))
}

short_number <- function(x) {
  formatC(x, digits = 3, format = "fg", width = 1, big.mark = ",", decimal.mark = ".")
}

rate_hint <- function(doubt) {
  switch(doubt,
    flat = "Without recombination a whole chromosome has one ancestry: use another map.",
    too_low = ,
    low = paste("Most have 0.2 to 20. Are positions in Morgans?",
      "Then map$position_cm <- 100 * map$position_cm."),
    "Most have 0.2 to 20. Are base pairs or kilobases in the column of centimorgans?"
  )
}

# Most of the variants of a chromosome that may lie beyond the ends of a map, and what may be
# passed over with a message.
most_beyond <- 0.5
few_beyond <- 0.05
# Distances that matter: of an error, in bp and cM, and of a warning, in cM.
far_bp <- 5e6
far_cm <- 5
near_cm <- 1

# Says what lies beyond the ends of the map.
check_map_ends <- function(fits, call) {
  proportion <- (fits$n_before + fits$n_after) / fits$n_variants
  lost <- proportion > most_beyond & (fits$beyond_bp >= far_bp | fits$beyond_cm >= far_cm)
  if (any(lost)) {
    abort_forebear("genetic_map_coverage", c(
      "A genetic map must cover at least half of the variants of each chromosome.",
      end_bullets(fits[lost, ], "x"), i = "Use a map of the whole chromosome."
    ), call)
  }
  beyond <- proportion > 0
  if (!any(beyond)) {
    return(invisible())
  }
  how <- "Their positions continue at the mean rate of the chromosome, not below 0 cM."
  is_much <- (proportion > few_beyond & fits$beyond_cm > near_cm) | fits$beyond_cm > far_cm |
    fits$short_cm > near_cm
  if (any(is_much)) {
    warn_forebear("genetic_map_coverage", c(
      "Many variants lie beyond the ends of the genetic map.",
      end_bullets(fits[is_much, ], "x"), i = how), call)
  }
  few <- fits[beyond & !is_much, ]
  if (nrow(few) > 0) {
    inform_forebear("genetic_map_ends", c(
      sprintf("%s beyond the ends of the genetic map.",
        counted(sum(few$n_before + few$n_after), "variant")),
      end_bullets(few, "*"), i = how))
  }
}

end_bullets <- function(fits, mark, n = 5) {
  shown <- utils::head(fits, n)
  text <- sprintf(
    "Chromosome %s: %s of %s before %s bp or after %s bp, up to %s cM away%s.", shown$chrom,
    big(shown$n_before + shown$n_after), vapply(shown$n_variants, counted, "", what = "variant"),
    big(shown$first_bp), big(shown$last_bp), short_number(shown$beyond_cm),
    ifelse(shown$short_cm > near_cm,
      sprintf("; those before have %s cM less, since the map begins at 0 cM",
        short_number(shown$short_cm)), ""))
  if (nrow(fits) > n) text <- c(text, sprintf("And %s more.", big(nrow(fits) - n)))
  stats::setNames(text, rep(mark, length(text)))
}

check_genetic_map <- function(map, call) {
  if (!inherits(map, "forebear_genetic_map")) {
    message <- c("A genetic map must be what `read_genetic_map()` returns.", x = found(map))
    abort_forebear("argument", message, call)
  }
  lost <- setdiff(c("chrom", "position_bp", "position_cm"), names(map))
  if (length(lost) > 0) {
    abort_forebear("argument", c("A genetic map must have all of its columns.",
      x = sprintf("Absent: %s.", quoted(lost))), call)
  }
  map$chrom <- as.character(map$chrom)
  check_map_numbers(map, call)
  map$position_bp <- as.integer(map$position_bp)
  map$position_cm <- as.double(map$position_cm)
  check_map_order(map, call)
  map
}

# A user may have changed what `read_genetic_map()` has checked.
check_map_numbers <- function(map, call) {
  bp <- map$position_bp
  cm <- map$position_cm
  if (!is.numeric(bp) || !is.numeric(cm)) {
    abort_forebear("argument", c("Positions of a genetic map must be numbers.",
      x = sprintf("`position_bp` is %s, `position_cm` %s.", describe_class(bp),
        describe_class(cm))), call)
  }
  is_whole <- is.finite(bp) & bp == round(bp) & bp >= 0 & bp <= .Machine$integer.max
  wrong <- which(is.na(map$chrom) | !is_whole | !is.finite(cm))
  if (length(wrong) > 0) {
    abort_forebear("argument", c(
      "A genetic map must have a chromosome, whole base pairs and finite centimorgans in each row.",
      x = sprintf("Row %s has chromosome %s, %s bp, %s cM.", big(wrong[1]),
        quoted(map$chrom[wrong[1]]), format(bp[wrong[1]], digits = 15), format(cm[wrong[1]]))
    ), call)
  }
}

# Neither positions fall along a chromosome, and one position has one genetic position.
check_map_order <- function(map, call) {
  chrom <- plain_chromosome(map$chrom)
  rows <- order(match(chrom, chrom))
  step_bp <- diff(map$position_bp[rows])
  step_cm <- diff(map$position_cm[rows])
  is_wrong <- step_bp < 0 | step_cm < 0 | (step_bp == 0 & step_cm > 0)
  wrong <- which(stays(chrom[rows]) & is_wrong) + 1L
  if (length(wrong) > 0) {
    pair <- map[rows[wrong[1] - 0:1], ]
    abort_forebear("genetic_map_order", c(
      "Positions of a genetic map must rise along each chromosome, and genetic ones with them.",
      x = sprintf("Row %s, chromosome %s: %s cM at %s bp comes after %s cM at %s bp.",
        big(rows[wrong[1]]), quoted(pair$chrom[1]), format(pair$position_cm[1]),
        big(pair$position_bp[1]), format(pair$position_cm[2]), big(pair$position_bp[2])),
      i = if (pair$position_bp[1] < pair$position_bp[2]) {
        "Sort the rows: `map[order(map$chrom, map$position_bp), ]`."
      }
    ), call)
  }
}
