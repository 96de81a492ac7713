#' Leave out regions of the genome
#'
#' Removes the variants that lie in any of some regions. Long segments of linkage disequilibrium,
#' such as the MHC or the inversion on chromosome 8, otherwise take principal components for
#' themselves.
#'
#' @param g A [genotypes] object.
#' @param regions Any of: a data frame with columns `chrom`, `start_bp` and `end_bp` (both ends
#'   belong to the region; the first base is 1), such as [long_range_ld()] returns; the path of a
#'   BED file of regions, whose starts count from 0 and whose ends do not belong to the region; a
#'   `GRanges` object of Bioconductor. A chromosome may be called `chr1`, `1` or `01`
#'   (see [qc_rules]).
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of the variants outside.
#' @section Errors:
#' `forebear_error_regions` (a table or file that is not one of regions, with its line),
#' `forebear_error_file` (missing or damaged), `forebear_error_not_utf8`,
#' `forebear_error_nothing_left`. If no region lies on a chromosome of the data, there is a warning
#' of class `forebear_warning_no_region`; if some do not, a message of class
#' `forebear_message_no_region` that names their chromosomes.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' exclude_regions(genotypes, long_range_ld("hg19"))
#' exclude_regions(genotypes, data.frame(chrom = "1", start_bp = 1, end_bp = 1e7))
#' @export
exclude_regions <- function(g, regions, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  regions <- as_regions(regions)
  names <- in_one_spelling(g$variants$chrom, regions$chrom, g$variants$position_bp, g$autosomes)
  say_where_no_region_lies(g$variants$chrom, regions$chrom[!names$y %in% names$x],
    nrow(regions))
  regions$chrom <- names$y
  inside <- lies_inside(names$x, g$variants$position_bp, regions)
  rule <- sprintf("in one of %s", counted(nrow(regions), "region"))
  here <- intersect(regions$chrom, names$x)
  why <- if (length(here) == 0) "none is on a chromosome of the data" else
    sprintf("no variant of chromosome %s is inside", first_of(here))
  failed <- stats::setNames(list(inside), rule)
  if (nrow(regions) > 0 && length(here) == 0) {
    # There was a warning.
    return(suppressMessages(remove_failed(g, "exclude_regions", "variant", failed, why),
      classes = "forebear_message_nothing_removed"))
  }
  remove_failed(g, "exclude_regions", "variant", failed, why)
}

# absent: chromosomes of the regions that are none of the data's.
say_where_no_region_lies <- function(chrom, absent, n_regions, call = rlang::caller_env()) {
  if (length(absent) == 0) {
    return(invisible())
  }
  names <- quoted(unique(absent))
  if (length(absent) == n_regions) {
    warn_forebear("no_region", c("Some region should lie on a chromosome of the data.",
      x = sprintf("The regions lie on %s, the data on %s.", names, quoted(unique(chrom)))), call)
  } else {
    inform_forebear("no_region", sprintf("%s of the regions %s no variant of the data: %s.",
      counted(length(unique(absent)), "chromosome"),
      if (length(unique(absent)) == 1) "has" else "have", names))
  }
}

# [n_variants] whether a variant lies in a region. Chromosomes are in one spelling.
lies_inside <- function(chrom, position_bp, regions) {
  inside <- logical(length(chrom))
  for (name in intersect(regions$chrom, chrom)) {
    here <- which(chrom == name)
    own <- regions[regions$chrom == name, ]
    own <- own[order(own$start_bp), ]
    last_begun <- findInterval(position_bp[here], own$start_bp)
    # The farthest end of all regions that have begun.
    reach <- c(-Inf, cummax(own$end_bp))
    inside[here] <- position_bp[here] <= reach[last_begun + 1]
  }
  inside
}

# chrom, start_bp, end_bp (double, from 1, both ends inside).
as_regions <- function(x, call = rlang::caller_env()) {
  if (inherits(x, "GRanges")) {
    table <- as.data.frame(x)
    x <- data.frame(chrom = as.character(table$seqnames), start_bp = table$start,
      end_bp = table$end)
  } else if (is.character(x)) {
    x <- read_regions(check_path(x, "regions", call), call)
  }
  if (!is.data.frame(x) || !all(c("chrom", "start_bp", "end_bp") %in% names(x))) {
    message <- c(paste("`regions` must be a data frame with columns chrom, start_bp and end_bp,",
      "the path of a BED file, or a GRanges."), x = found_regions(x))
    abort_forebear("regions", message, call)
  }
  is_wrong <- is.na(x$chrom) | !is_place(x$start_bp) | !is_place(x$end_bp)
  is_wrong[!is_wrong] <- x$start_bp[!is_wrong] > x$end_bp[!is_wrong]
  if (any(is_wrong)) {
    row <- which(is_wrong)[1]
    message <- c("Every region must have a chromosome, and whole numbers `start_bp` <= `end_bp`.",
      x = sprintf("%s not; the first is row %d: %s, %s to %s.", verb(sum(is_wrong)), row,
        x$chrom[row], format(x$start_bp[row]), format(x$end_bp[row])))
    abort_forebear("regions", message, call)
  }
  tibble::tibble(
    chrom = as.character(x$chrom),
    start_bp = as.double(x$start_bp), end_bp = as.double(x$end_bp)
  )
}

is_place <- function(x) {
  if (!is.numeric(x)) {
    return(logical(length(x)))
  }
  is.finite(x) & x >= 0 & x == floor(x)
}

found_regions <- function(x) {
  if (is.data.frame(x)) {
    return(sprintf("Its columns are %s.", quoted(names(x))))
  }
  sprintf("It is %s.", describe_class(x))
}

# A BED file of regions as a data frame of closed intervals from 1; empty regions are left out.
read_regions <- function(path, call) {
  file <- path.expand(path)
  if (!file.exists(file) || dir.exists(file)) {
    message <- c("The BED file of `regions` must be there.",
      x = sprintf("There is no file \"%s\".", path))
    abort_forebear("file", message, call)
  }
  if (identical(readBin(file, "raw", 3), as.raw(c(0x6c, 0x1b, 0x01)))) {
    message <- c("`regions` must be a BED file of regions.",
      x = sprintf("\"%s\" is a PLINK .bed of genotypes.", path))
    abort_forebear("regions", message, call)
  }
  lines <- read_text_lines(file, path, call)
  number <- which(!grepl("^(#|track|browser|[[:space:]]*$)", lines, useBytes = TRUE))
  fields <- strsplit(lines[number], "[[:space:]]+", useBytes = TRUE)
  is_wrong <- lengths(fields) < 3
  is_wrong[!is_wrong] <- !vapply(fields[!is_wrong], is_bed_line, TRUE)
  if (any(is_wrong)) {
    at <- which(is_wrong)[1]
    message <- c(paste("Every line of a BED file must have a chromosome and whole numbers",
      "start <= end."), x = sprintf("Line %d of \"%s\" has \"%s\".", number[at], path,
        substr(encodeString(lines[number[at]]), 1, 60)))
    abort_forebear("regions", message, call)
  }
  column <- function(i) vapply(fields, `[[`, "", i)
  regions <- data.frame(chrom = column(1), start_bp = as.double(column(2)) + 1,
    end_bp = as.double(column(3)))
  regions[regions$start_bp <= regions$end_bp, ]
}

# The lines of a plain or gzipped file. What R reports of damaged data is an error; that the last
# line does not end is none.
read_text_lines <- function(file, path, call) {
  connection <- gzfile(file, "rt")
  on.exit(close(connection))
  damaged <- function(condition) {
    if (grepl("incomplete final line", conditionMessage(condition), fixed = TRUE)) {
      rlang::cnd_muffle(condition)
    }
    message <- c("A file must be whole.",
      x = sprintf("\"%s\": %s.", path, conditionMessage(condition)))
    abort_forebear("file", message, call)
  }
  lines <- withCallingHandlers(readLines(connection), warning = damaged)
  wrong <- which(!validUTF8(lines))
  if (length(wrong) > 0) {
    message <- c("A BED file must be text in UTF-8.",
      x = sprintf("Line %d of \"%s\" is not.", wrong[1], path))
    abort_forebear("not_utf8", message, call)
  }
  lines
}

is_bed_line <- function(fields) {
  all(grepl("^[0-9]{1,12}$", fields[2:3])) && as.double(fields[2]) <= as.double(fields[3])
}

#' Regions of long-range linkage disequilibrium in humans
#'
#' Where linkage disequilibrium reaches over megabases: regions of low recombination, inversions
#' such as the one on chromosome 8, and the MHC.
#'
#' @param build `"hg19"` (GRCh37) or `"hg38"` (GRCh38).
#' @returns A tibble with one row per region: `chrom`, `start_bp`, `end_bp`, `name` (`"MHC"`,
#'   `"inversion 8p23"` or `NA`), for [exclude_regions()].
#' @references Price A. L. et al. (2008), American Journal of Human Genetics 83:132. Anderson C. A.
#'   et al. (2010), Nature Protocols 5:1564.
#' @family quality control
#' @examples
#' long_range_ld("hg38")
#' @export
long_range_ld <- function(build = c("hg19", "hg38")) {
  build <- check_choice(build, "build", c("hg19", "hg38"))
  table <- long_range_ld_table[[build]]
  regions <- tibble::tibble(
    chrom = as.character(table[, 1]), start_bp = table[, 2], end_bp = table[, 3]
  )
  regions$name <- NA_character_
  regions$name[regions$chrom == "6" & regions$start_bp < 3e7] <- "MHC"
  regions$name[regions$chrom == "8" & regions$start_bp < 1e7] <- "inversion 8p23"
  regions
}

# chromosome, first and last base.
long_range_ld_table <- list(
  hg19 = rbind(
    c(1, 48e6, 52e6), c(2, 86e6, 100.5e6), c(2, 134.5e6, 138e6), c(2, 183e6, 190e6),
    c(3, 47.5e6, 50e6), c(3, 83.5e6, 87e6), c(3, 89e6, 97.5e6), c(5, 44.5e6, 50.5e6),
    c(5, 98e6, 100.5e6), c(5, 129e6, 132e6), c(5, 135.5e6, 138.5e6), c(6, 25e6, 35e6),
    c(6, 57e6, 64e6), c(6, 140e6, 142.5e6), c(7, 55e6, 66e6), c(8, 7e6, 13e6), c(8, 43e6, 50e6),
    c(8, 112e6, 115e6), c(10, 37e6, 43e6), c(11, 46e6, 57e6), c(11, 87.5e6, 90.5e6),
    c(12, 33e6, 40e6), c(12, 109.5e6, 112e6), c(20, 32e6, 34.5e6)
  ),
  hg38 = rbind(
    c(1, 47761740, 51761740), c(2, 85919365, 100517106), c(3, 47483505, 49987563),
    c(3, 83368158, 86868160), c(5, 44464140, 51168409), c(5, 129636407, 132636409),
    c(6, 25391792, 33424245), c(6, 57788603, 58453888), c(6, 139637169, 142137170),
    c(7, 54964812, 66897578), c(8, 8105067, 12105082), c(8, 43025699, 48924888),
    c(8, 110918594, 113918595), c(10, 36671065, 43184546), c(11, 88127183, 91127184),
    c(12, 32955798, 41319931), c(20, 33948532, 36438183)
  )
)
