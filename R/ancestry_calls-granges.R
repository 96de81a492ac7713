#' Segments of ancestry for other programs
#'
#' `as_granges()` gives [ancestry_segments()] as a `GRanges` of Bioconductor, `write_tracts_bed()`
#' writes them as a BED file.
#'
#' The BED file has a comment line with the column names and one line per segment: `chrom`, `start`
#' (from 0), `end` (not inside), `ancestry`, `start_cm`, `end_cm`, `sample_id`, `haplotype`. The
#' lines of one haplotype, first six columns, are what the program TRACTS reads. Unassigned
#' segments are called `NA`; so are genetic positions that are not known.
#'
#' @inheritParams assign_ancestry
#' @param path Path of the file; compressed, in the blocks of bgzip, if it ends in `.gz` or `.bgz`.
#' @returns `as_granges()`: a `GRanges` with `sample_id`, `haplotype`, `n_windows`, `ancestry`,
#'   `level`, `probability`, `length_cm` of each segment. `write_tracts_bed()`: `path`, invisibly;
#'   the file appears only when it is whole.
#' @section Errors:
#' As [ancestry_segments()]; `forebear_error_package` without 'GenomicRanges';
#' `forebear_error_msp_name` for names with tabs or line breaks; `forebear_error_file`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' path <- write_tracts_bed(calls, tempfile(fileext = ".bed"))
#' readLines(path, 3)
#' if (requireNamespace("GenomicRanges", quietly = TRUE)) {
#'   as_granges(calls)
#' }
#' @family ancestry calls
#' @export
as_granges <- function(calls, threshold = 0.8, tree = NULL) {
  call <- rlang::current_env()
  if (!is_stored(calls)) check_calls(calls, call)
  check_package("GenomicRanges", call = call)
  segments <- ancestry_segments(calls, threshold, tree)
  ranges <- GenomicRanges::GRanges(
    factor(segments$chrom, unique(segments$chrom)),
    IRanges::IRanges(segments$start_bp, segments$end_bp)
  )
  kept <- c("sample_id", "haplotype", "n_windows", "ancestry", "level", "probability", "length_cm")
  S4Vectors::mcols(ranges) <- S4Vectors::DataFrame(as.data.frame(segments[kept]))
  ranges
}

#' @rdname as_granges
#' @export
write_tracts_bed <- function(calls, path, threshold = 0.8, tree = NULL) {
  call <- rlang::current_env()
  path <- check_path(path, "path")
  segments <- ancestry_segments(calls, threshold, tree)
  columns <- list(
    segments$chrom, sprintf("%.0f", segments$start_bp - 1), sprintf("%.0f", segments$end_bp),
    segments$ancestry,
    shortest(segments$start_cm), shortest(segments$end_cm), segments$sample_id,
    sprintf("%.0f", segments$haplotype)
  )
  wrong <- unique(c(segments$sample_id, segments$ancestry))
  wrong <- wrong[grepl("[\t\r\n]", wrong)]
  if (length(wrong) > 0) {
    abort_forebear("msp_name", c(
      "Names in a BED file must have no tab or line break.",
      x = sprintf("%s not: %s.", verb(length(wrong)), quoted(wrong))
    ), call)
  }
  lines <- c("#chrom\tstart\tend\tancestry\tstart_cm\tend_cm\tsample_id\thaplotype",
    do.call(paste, c(columns, sep = "\t")))
  with_progress(function(progress) rust_write_lines(path, lines, progress), call)
  invisible(path)
}

# Numbers in 15 digits, without blanks, whatever the user's `OutDec` is.
shortest <- function(x) {
  formatC(x, digits = 15, format = "fg", width = 1, decimal.mark = ".")
}
