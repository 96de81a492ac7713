#' Local ancestry in a VCF
#'
#' `write_ancestry_vcf()` writes phased haplotypes with the ancestry of each allele, as FLARE does;
#' `read_ancestry_vcf()` reads what FLARE or forebear wrote, plain or gzipped, into the class that
#' every verb on calls takes.
#'
#' @section Layout:
#' Each sample has `AN1` and `AN2`, the codes of the most probable populations of its first and
#' second haplotype, and `ANP1` and `ANP2`, their probabilities, which may be left out. The line
#' `##ANCESTRY=<AFR=0,EUR=1>` gives populations their codes. Where a sample has one haplotype, `AN2`
#' and `ANP2` are `.`; then GT has one allele.
#'
#' @section Windows:
#' FLARE calls each variant. Consecutive records at which nothing changes for any sample are read as
#' one window, so that nothing is lost; with many samples that may be nearly as many windows as
#' there are records. With `windows`, records are averaged in those: each belongs to the last window
#' that begins at or before it; windows without one are left out, with a message. `start_bp` and
#' `end_bp` are the positions of the first and last record. Phase switches are not in the file, nor
#' are genetic positions.
#'
#' Probabilities are kept as they are in the file. FLARE rounds to two digits: sums are accepted
#' that are off by 0.01 and half a hundredth for each population. Without probabilities, the called
#' population gets 1.
#'
#' @param calls Ancestry calls.
#' @param path Path of the file; for reading, of one file or several, such as one for each
#'   chromosome, which are joined by [`rbind()`][rbind.forebear_ancestry_calls]. For writing, a name
#'   that ends in `.gz` or `.bgz` is compressed in the blocks of bgzip.
#' @param haplotypes [haplotypes] that the calls were made of, or others of the same samples.
#'   Variants have the calls of the window, or part of one, that they lie in; these meet half way
#'   between the last variant of one and the first of the next.
#' @param probabilities Whether to write `ANP1` and `ANP2`.
#' @param digits Digits of probabilities after the point; `NULL`: as many as read back as the same
#'   number.
#' @param windows `NULL`, or where to average records: calls, or the path of an `.msp.tsv`, or of
#'   several. `"1"` is `"chr1"`; chromosomes are called as in the VCF.
#' @param tree The population tree, as for [reference_panel()]; `NULL`: all populations directly
#'   below the root.
#' @inheritParams shared_arguments
#' @returns `read_ancestry_vcf()`: ancestry calls, as [read_msp()] returns. `write_ancestry_vcf()`:
#'   `path`, invisibly; the file appears only when it is whole.
#' @section Errors:
#' With the line of the file: `forebear_error_vcf_header` (no `##ANCESTRY` among others),
#' `forebear_error_vcf_record` (no `AN1` and `AN2`, unknown codes, probabilities that are none),
#' `forebear_error_vcf_order`, `forebear_error_too_many_calls`; `forebear_error_file`,
#' `forebear_error_truncated`, `forebear_error_no_variant_left`, `forebear_error_not_utf8`;
#' `forebear_error_tree` if the leaves of `tree` are not the populations of the file,
#' `forebear_error_join_calls` if several files do not belong together. When writing, those of
#' [write_phased_vcf()], `forebear_error_uncalled_samples`, `forebear_error_uncalled_chromosomes`,
#' `forebear_error_incomplete_calls`, and `forebear_error_ancestry_name` for populations whose names
#' cannot be in the `##ANCESTRY` line.
#' @references Browning S.R., Waples R.K. and Browning B.L. (2023), Fast, accurate local ancestry
#' estimation with FLARE. American Journal of Human Genetics 110:326.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' samples <- unique(calls$sample_id)
#' alleles <- matrix(rep(c(0, 1, 1), 2 * length(samples)), 2 * length(samples))
#' rownames(alleles) <- paste0(rep(samples, each = 2), c("_1", "_2"))
#' variants <- data.frame(chrom = "1", position_bp = c(2000000L, 7000000L, 12000000L),
#'   ref = "A", alt = "C")
#' haplotypes <- as_haplotypes(alleles, variants = variants)
#' path <- write_ancestry_vcf(calls, tempfile(fileext = ".vcf"), haplotypes)
#' read_ancestry_vcf(path)
#' @family ancestry calls
#' @export
read_ancestry_vcf <- function(path, windows = NULL, tree = NULL) {
  call <- rlang::current_env()
  path <- check_paths(path, "path", call)
  windows <- given_windows(windows, call)
  join_call_files(path, function(i) {
    read_one_ancestry_vcf(path[i], windows, tree, length(path) > 1, call)
  }, call)
}

# `is_part`: of several files; windows on chromosomes that it does not have are of the others.
read_one_ancestry_vcf <- function(path, windows, tree, is_part, call) {
  borders <- if (!is.null(windows)) as.list(windows[c("chrom", "start_bp")])
  table <- with_progress(function(progress) rust_read_ancestry_vcf(path, borders, progress),
    call)
  code <- matrix(table$code, 2L * length(table$samples))
  probability <- matrix(table$probability, ncol = max(1L, ncol(code)))
  places <- ancestry_windows(table, windows)
  there <- table$n_variants > 0
  if (!all(there)) {
    lost <- !there & (!is_part | places$chrom %in% places$chrom[there])
    if (any(lost)) {
      inform_forebear("windows_empty", sprintf("Without a record in \"%s\", left out: %s.",
        basename(path), counted(sum(lost), "window")))
    }
    places <- places[there, ]
    code <- code[, there, drop = FALSE]
    probability <- probability[, there, drop = FALSE]
  }
  calls <- calls_of_file(
    places,
    list(sample_id = rep(table$samples, each = 2), haplotype = rep(1:2, length(table$samples))),
    ancestry_columns(table$populations, probability, code), tree, call
  )
  # Several rounded probabilities may be largest: the code gives the population that was called.
  in_order <- unlist(lapply(unique(places$chrom), function(chrom) {
    t(code[, places$chrom == chrom, drop = FALSE])
  }))
  calls <- calls[in_order >= 0, ]
  calls$.pred_class <- table$populations[in_order[in_order >= 0] + 1L]
  calls
}

ancestry_windows <- function(table, windows) {
  cm <- function(name) windows[[name]] %||% rep(NA_real_, length(table$chrom))
  tibble::tibble(
    chrom = table$chrom, window = windows$window %||% number_within(table$chrom),
    start_bp = table$start_bp, end_bp = table$end_bp, start_cm = cm("start_cm"),
    end_cm = cm("end_cm"), n_variants = table$n_variants
  )
}

# For each population [n_haplotypes x n_windows], from [(n_populations n_haplotypes) x n_windows],
# or from the codes where there are no probabilities.
ancestry_columns <- function(populations, probability, code) {
  k <- length(populations)
  columns <- lapply(seq_len(k), function(population) {
    if (length(probability) == 0) {
      return((code == population - 1L) + 0)
    }
    probability[seq(population, nrow(probability), by = k), , drop = FALSE]
  })
  stats::setNames(columns, populations)
}

#' @rdname read_ancestry_vcf
#' @export
write_ancestry_vcf <- function(calls, path, haplotypes, probabilities = TRUE, digits = 3,
                               threads = NULL) {
  call <- rlang::current_env()
  path <- check_path(path, "path")
  check_haplotypes(haplotypes, "haplotypes", call)
  probabilities <- check_flag(probabilities, "probabilities", call)
  if (!is.null(digits)) digits <- check_count(digits, "digits", min = 0, max = 17, call = call)
  threads <- check_threads(threads, call)
  calls <- calls_of_haplotypes(calls, haplotypes, call)
  called <- called_haplotypes(calls, haplotypes, call)
  check_vcf_fields(haplotypes, call)
  check_vcf_order(haplotypes$variants, call)
  populations <- attr(calls, "populations")
  check_ancestry_names(populations, call)
  inform_untypical(untypical_of_calls(calls), counts_as_nearest)
  written <- c(called, list(
    populations = populations, code = match(calls$.pred_class, populations) - 1L,
    probability = if (probabilities) posteriors_of(calls, populations) else list(),
    digits = digits %||% -1L
  ))
  with_progress(function(progress) {
    rust_write_ancestry_vcf(haplotypes, haplotypes$samples$sample_id,
      as.list(haplotypes$variants), written, path, threads, progress)
  }, call)
  invisible(path)
}

# window of each variant, and call: row of the calls (from 0), -1 where there is none, of every
# window and haplotype. Variants in windows that were left out of the calls are refused, or, with
# `may_lack`, lie in a last window without calls.
called_haplotypes <- function(calls, haplotypes, call, may_lack = FALSE) {
  blocks <- call_blocks(calls, call)
  check_called(haplotypes, calls, blocks, call)
  variants <- haplotypes$variants
  window <- windows_of_variants(variants, blocks, attr(calls, "windows"))
  chroms <- vapply(blocks, `[[`, "", "chrom")
  is_lacking <- is.na(window) & !is.na(match_chromosomes(variants$chrom, chroms))
  check_called_variants(replace(window, is_lacking, 0L), variants, call)
  row <- rows_of_windows(blocks, haplotypes$samples$sample_id, call)
  if (any(is_lacking)) {
    own <- match_chromosomes(chroms, variants$chrom[is_lacking])
    if (!may_lack) {
      check_all_windows(calls, blocks[!is.na(own)], call,
        "`calls` must have the window of every variant of `haplotypes`.",
        "Choose the haplotypes' variants that lie in windows of the calls, or give all calls.")
    }
    window[is_lacking] <- ncol(row) + 1L
    row <- cbind(row, NA)
  }
  list(window = window, call = ifelse(is.na(row), -1L, row - 1L))
}

# [2 n_samples x n_windows] rows of the calls, haplotype after haplotype of each of `samples`; NA
# where there is no second haplotype.
rows_of_windows <- function(blocks, samples, call) {
  key <- paste(rep(samples, each = 2), 1:2, sep = "\r")
  rows <- lapply(blocks, function(block) {
    place <- match(key, paste(block$sample_id, block$haplotype, sep = "\r"))
    lost <- is.na(place[c(TRUE, FALSE)])
    if (any(lost)) {
      abort_incomplete(sprintf("Chromosome %s has no first haplotype of %s.", quoted(block$chrom),
        quoted(samples[lost])), call)
    }
    t(block$row[, place, drop = FALSE])
  })
  do.call(cbind, rows)
}

check_ancestry_names <- function(populations, call) {
  wrong <- populations[grepl("[,<>\t\r\n]", populations) | !nzchar(trimws(populations))]
  if (length(wrong) > 0) {
    abort_forebear("ancestry_name", c(
      "Populations of a VCF must have no comma, angle bracket, tab or line break in their names.",
      x = sprintf("%s not: %s.", verb(length(wrong)), quoted(wrong))
    ), call)
  }
}

check_called_variants <- function(window, variants, call) {
  if (anyNA(window)) {
    abort_forebear("uncalled_chromosomes", c(
      "Every variant must lie on a chromosome of `calls`.",
      x = sprintf("%s not, on chromosomes %s.", verb(sum(is.na(window))),
        quoted(unique(variants$chrom[is.na(window)]))),
      i = "Choose the others: haplotypes[, variants(haplotypes)$chrom %in% ...]."
    ), call)
  }
}
