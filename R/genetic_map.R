#' Read a genetic map
#'
#' @section Layouts:
#' Told by the header, or without one by the number of columns; plain or gzipped:
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
#' @returns A tibble of class `genetic_map`, in the order of the file: `chrom` (character),
#'   `position_bp` (integer), `position_cm` (double). Between its positions we interpolate
#'   linearly; before the first and after the last the mean rate of the chromosome goes on.
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
  path <- enc2utf8(path.expand(check_string(path, "path")))
  if (!is.null(chrom)) chrom <- check_string(chrom, "chrom")
  entries <- answer(rust_read_genetic_map(path, chrom))
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
  check_genetic_map(map, call)
  answer(rust_position_cm(as.list(map), chrom, as.integer(position_bp)), call)
}

check_genetic_map <- function(map, call) {
  if (!inherits(map, "forebear_genetic_map")) {
    message <- c("A genetic map must be what `read_genetic_map()` returns.", x = found(map))
    abort_forebear("argument", message, call)
  }
}
