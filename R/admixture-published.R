#' Published allele frequencies of populations
#'
#' `read_p()` reads the `.P` file of ADMIXTURE (or fastmixture): allele frequencies of k
#' populations, one line per variant. [predict()][predict.forebear_published_frequencies] places
#' samples on them, as `admixture -P` does, so that a published panel can be used without its
#' genotypes.
#'
#' A `.P` file names neither variants nor alleles: `variants` must be those of the data that it was
#' made from, in their order. Which allele it counts depends on the program; if it is not the one
#' that `counted` says, [predict()][predict.forebear_published_frequencies] sees that the
#' frequencies of the new samples fall where those of the populations rise, and stops.
#'
#' @param path Path of the `.P` file, plain or gzipped.
#' @param variants The variants of its lines: [genotypes], a table with the columns `variant_id`,
#'   `chrom`, `position_bp`, `ref`, `alt`, or the path of a `.bim` file.
#' @param counted Which allele the frequencies are of: `"alt"` (the first allele of a `.bim`) or
#'   `"ref"` (the second).
#' @param populations Names of the populations, in the order of the columns; by default
#'   archetype1, archetype2, ....
#' @returns An object of class `forebear_published_frequencies`. `tidy()`: one row per population
#'   and variant: `archetype`, `variant_id`, `frequency` of the `alt` allele. `glance()`: `k`,
#'   `n_variants`.
#' @section Errors:
#' With file and line: `forebear_error_column_count`, `forebear_error_field`;
#' `forebear_error_variant_count` if `variants` are more or fewer than the lines;
#' `forebear_error_argument` for variants without the columns that are needed.
#' @seealso [read_q()] for the weights of the samples that the program was given.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- admixture(genotypes[1:250, ], k = 4)
#' path <- tempfile(fileext = ".P")
#' write.table(fit$frequencies, path, col.names = FALSE, row.names = FALSE)
#' published <- read_p(path, variants = genotypes)
#' published
#' predict(published, genotypes[251:260, ], strand = "same")
#' @export
read_p <- function(path, variants, counted = c("alt", "ref"), populations = NULL) {
  path <- check_path(path, "path")
  counted <- check_choice(counted, "counted", c("alt", "ref"))
  variants <- published_variants(variants)
  k <- populations_of_file(path)
  p <- with_progress(function(progress) rust_read_frequencies(path, k, progress))
  check_id_count(variants$variant_id, nrow(p), "variant", path)
  populations <- populations %||% numbered_names(seq_len(k))
  if (!is.character(populations) || anyNA(populations) || length(populations) != k ||
    anyDuplicated(populations)) {
    message <- c("`populations` must be a different name for each column of the file.",
      x = sprintf("\"%s\" has %s; `populations` is %s.", path, counted(k, "column"),
        sub("^It is (.*)[.]$", "\\1", found(populations))))
    abort_forebear("argument", message)
  }
  if (counted == "ref") p <- 1 - p
  # As ADMIXTURE holds them: an allele that a population lacks is rare, not impossible.
  p <- pmin(pmax(p, 1e-5), 1 - 1e-5)
  x <- list(frequencies = `dimnames<-`(p, list(NULL, populations)), variants = variants,
    projection = list(variants = variants, center = 2 * rowMeans(p), uncalled = integer(),
      n_samples = assumed_panel))
  structure(x, class = "forebear_published_frequencies")
}

# How many samples published frequencies are of is not known; frequencies settle the strand of A/T
# and C/G variants as those of so many would.
assumed_panel <- 100L

# The number of fields of the first line.
populations_of_file <- function(path, call = rlang::caller_env()) {
  first <- tryCatch(readLines(path, 1L, warn = FALSE), error = function(error) character(),
    warning = function(warning) character())
  if (length(first) == 0) {
    # The reader says what is wrong with the file.
    with_progress(function(progress) rust_read_frequencies(path, 1L, progress), call)
    abort_forebear("empty_table", sprintf("\"%s\" has no line of frequencies.", path), call)
  }
  length(strsplit(trimws(first), "[[:space:],]+")[[1]])
}

# variant_id, chrom, position_bp, position_cm, ref, alt
published_variants <- function(variants, call = rlang::caller_env()) {
  if (inherits(variants, "forebear_genotypes")) {
    return(variants$variants)
  }
  if (is.character(variants) && length(variants) == 1) variants <- read_bim_table(variants, call)
  columns <- c("variant_id", "chrom", "position_bp", "ref", "alt")
  if (!is.data.frame(variants) || !all(columns %in% names(variants))) {
    message <- c(
      sprintf("`variants` must be genotypes, a table with the columns %s, or a .bim file.",
        quoted(columns)),
      x = if (is.data.frame(variants)) {
        sprintf("It lacks %s.", quoted(setdiff(columns, names(variants))))
      } else {
        found(variants)
      })
    abort_forebear("argument", message, call)
  }
  position <- suppressWarnings(as.integer(variants$position_bp))
  if (anyNA(position)) {
    message <- c("Positions of `variants` must be whole numbers.",
      x = sprintf("Row %d has %s.", which(is.na(position))[1],
        quoted(as.character(variants$position_bp[is.na(position)][1]))))
    abort_forebear("argument", message, call)
  }
  tibble::tibble(
    variant_id = id_text(variants$variant_id), chrom = id_text(variants$chrom),
    position_bp = position, position_cm = 0, ref = as.character(variants$ref),
    alt = as.character(variants$alt)
  )
}

read_bim_table <- function(path, call) {
  path <- path.expand(path)
  if (!file.exists(path)) {
    abort_forebear("file", sprintf("The file \"%s\" does not exist.", path), call)
  }
  table <- utils::read.table(path, colClasses = "character", comment.char = "", quote = "",
    na.strings = character(), fill = TRUE)
  if (ncol(table) != 6 || any(table[[6]] == "")) {
    message <- c("A .bim file must have six columns.",
      x = sprintf("\"%s\" has not.", path))
    abort_forebear("column_count", message, call)
  }
  names(table) <- c("chrom", "variant_id", "position_cm", "position_bp", "alt", "ref")
  table
}

#' Weights of samples on published frequencies
#'
#' As [predict.forebear_admixture()]: the weights of largest likelihood on frequencies that stay.
#'
#' @param object What [read_p()] returns.
#' @inheritParams predict.forebear_admixture
#' @returns A tibble with one row per sample: `sample_id`, `archetype1`, `archetype2`, ..., in the
#'   order of the file's columns.
#' @section Errors:
#' Those of [harmonize()]; `forebear_error_other_allele` if the frequencies are of the other
#' allele. If they do not rise with those of the new samples, as where `variants` are in another
#' order than the lines of the file, a warning of class `forebear_warning_other_variants` says so.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- admixture(genotypes[1:250, ], k = 4)
#' path <- tempfile(fileext = ".P")
#' write.table(fit$frequencies, path, col.names = FALSE, row.names = FALSE)
#' predict(read_p(path, genotypes), genotypes[251:260, ], strand = "same")
#' @export
predict.forebear_published_frequencies <- function(object, new_data, min_overlap = 0.8,
                                                   strand = c("check", "same"), threads = NULL,
                                                   ..., ploidy = NULL) {
  check_no_dots(...)
  threads <- check_threads(threads)
  aligned <- align_new_data(new_data, object, min_overlap, strand, threads)
  aligned <- with_hard_calls(aligned, admixture_is_of)
  check_counted_allele(aligned, object$frequencies, threads)
  weights_on_frequencies(aligned, object$frequencies, ploidy, threads)
}

# Frequencies in any samples rise with those of the populations, unless these are of the other
# allele, or of other variants. `read_p()` does not know how many samples they are of: many.
check_counted_allele <- function(aligned, frequencies, threads, call = rlang::caller_env()) {
  sites <- list(frequency = rowMeans(frequencies), n_alleles = rep(Inf, nrow(frequencies)))
  found <- unlike_frequencies(aligned, sites, threads)
  if (is.null(found)) {
    return(invisible())
  }
  r <- sprintf("Their correlation with those of the new samples is %.2f.", found$correlation)
  if (found$kind == "other_allele") {
    abort_forebear("other_allele", c("The frequencies seem to be of the other allele.", x = r,
      i = "Try `read_p(counted = \"ref\")`, or \"alt\" if that was given."), call)
  }
  warn_forebear("other_variants", c("The frequencies seem to be of other variants.", x = r,
    i = paste("`read_p(variants = )` must name the variants of the lines of the file, in its",
      "order.")), call)
}

#' @rdname read_p
#' @param x What `read_p()` returns.
#' @param ... Must be empty.
#' @export
tidy.forebear_published_frequencies <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    archetype = rep(colnames(x$frequencies), each = nrow(x$frequencies)),
    variant_id = rep(x$variants$variant_id, times = ncol(x$frequencies)),
    frequency = as.vector(x$frequencies)
  )
}

#' @rdname read_p
#' @export
glance.forebear_published_frequencies <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(k = ncol(x$frequencies), n_variants = nrow(x$frequencies))
}

#' @export
print.forebear_published_frequencies <- function(x, ...) {
  lines <- c(
    sprintf("<published_frequencies> %s at %s", counted(ncol(x$frequencies), "population"),
      counted(nrow(x$frequencies), "variant")),
    sprintf("populations: %s", first_of(colnames(x$frequencies)))
  )
  cat(lines, sep = "\n")
  invisible(x)
}
