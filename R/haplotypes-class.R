# Haplotypes: packed one bit each, in memory, seen through indices.

# alleles [2 samples x variants] raw, haplotype after haplotype, each in words of 64 variants
# haploid [samples x variants] raw in the same layout: 1 where a sample has no second haplotype;
#   empty where no sample is haploid
# n_file  [2] samples and variants that are packed
# sample_index, variant_index: what of them is in view, from 1
# samples, variants: tibbles, one row for each sample and variant in view
# phase: marks of what `correct_phase()` has exchanged, see R/haplotypes-phase_marks.R, or NULL
new_haplotypes <- function(alleles, haploid, n_file, sample_index, variant_index, samples,
                           variants) {
  stopifnot(
    is.raw(alleles), is.raw(haploid), is.integer(sample_index), is.integer(variant_index),
    tibble::is_tibble(samples), tibble::is_tibble(variants)
  )
  x <- list(
    alleles = alleles, haploid = haploid, n_file = as.double(n_file),
    sample_index = sample_index, variant_index = variant_index,
    samples = samples, variants = variants
  )
  structure(x, class = "forebear_haplotypes")
}

# Everything that was packed, with its tables.
haplotypes_of <- function(packed, samples, variants, call = rlang::caller_env()) {
  n <- c(nrow(samples), nrow(variants))
  x <- new_haplotypes(
    alleles = packed$alleles, haploid = packed$haploid, n_file = n,
    sample_index = seq_len(n[1]), variant_index = seq_len(n[2]),
    samples = samples, variants = variants
  )
  validate_haplotypes(x, call)
}

# What is in view alone, packed again: alleles, haploid.
repacked <- function(haplotypes, threads, call) {
  with_progress(function(progress) {
    rust_repack_haplotypes(haplotypes, threads, progress)
  }, call)
}

# The same samples and variants, of which `packed` holds what is in view alone.
with_packed <- function(haplotypes, packed) {
  n <- dim(haplotypes)
  x <- new_haplotypes(packed$alleles, packed$haploid, n, seq_len(n[1]), seq_len(n[2]),
    haplotypes$samples, haplotypes$variants)
  x$phase <- haplotypes$phase
  x
}

# Warns about duplicated IDs, as for genotypes.
validate_haplotypes <- function(x, call = rlang::caller_env()) {
  warn_duplicates(x$samples$sample_id, "sample", call)
  warn_duplicates(x$variants$variant_id, "variant", call)
  x
}

#' Haplotypes
#'
#' The object that [read_phased_vcf()] and [as_haplotypes()] return: for every
#' sample (rows) the alleles of its two haplotypes at biallelic variants (columns).
#'
#' Alleles are packed one bit each, in memory. Choosing samples or variants changes
#' two index vectors alone and copies no alleles. [saveRDS()] keeps everything.
#'
#' Where a sample has one chromosome copy (a male on X outside the pseudo-autosomal
#' regions, anybody's Y and MT), its second haplotype is absent, not a copy of the
#' first.
#'
#' @param x,object A `haplotypes` object.
#' @param i,j Samples and variants to choose: positions, negative positions,
#'   logical, or IDs. An ID that occurs more than once cannot be chosen by.
#' @param drop Ignored: the result is always `haplotypes`.
#' @param ... For `cbind()` and `rbind()` `haplotypes`; otherwise it must be empty.
#' @param deparse.level Ignored.
#' @param strand As in [harmonize()]: `"same"` if all are known to be on one strand.
#' @inheritParams shared_arguments
#' @returns `x[i, j]`: `haplotypes`. `cbind()`: the variants of several `haplotypes` of the same
#'   samples, side by side.
#'
#'   `rbind()`: the samples of several, such as a study and its panel. All are aligned to the first
#'   by [harmonize()], whose variants that every other has are kept, with alleles exchanged where
#'   that is needed; a message says how many were left out and why, and the attribute `"report"` has
#'   the reports of [harmonize()], with the number of the data set in the column `source`. A sample
#'   ID that is in two of them is an error.
#'
#'   `dim(x)`: number of samples and of variants.
#'   `as.matrix(x)`: an integer matrix with two rows per sample, `<sample>_1` and
#'   `<sample>_2`, and one column per variant, of 0 (`ref`), 1 (`alt`) and
#'   `NA_integer_` where there is no second haplotype. `is.na(x)` and `t(x)` are those of this
#'   matrix. `summary(x)`: a tibble with a row per chromosome, as of [genotypes].
#' @examples
#' haplotypes <- as_haplotypes(rbind(ann_1 = c(0, 1, 1), ann_2 = c(0, 0, 1)))
#' dim(haplotypes)
#' as.matrix(haplotypes[, 2:3])
#' as.matrix(cbind(haplotypes[, 1], haplotypes[, 3]))
#' @section Errors:
#' `forebear_error_subset` for a choice that is none; when joining, `forebear_error_samples_differ`
#' with the first difference, `forebear_error_duplicate_samples`, and those of [harmonize()].
#' @seealso [samples()], [variants()]
#' @name haplotypes
#' @aliases haplotypes-class
NULL

#' @export
samples.forebear_haplotypes <- function(x) { # nolint: object_name_linter.
  x$samples[names(x$samples) != "phenotype"]
}

#' @export
variants.forebear_haplotypes <- function(x) { # nolint: object_name_linter.
  x$variants
}

#' @rdname haplotypes
#' @export
dim.forebear_haplotypes <- function(x) c(length(x$sample_index), length(x$variant_index))

#' @export
dimnames.forebear_haplotypes <- function(x) list(x$samples$sample_id, x$variants$variant_id)

#' @rdname haplotypes
#' @export
`[.forebear_haplotypes` <- function(x, i, j, ..., drop = FALSE) {
  if (nargs() - (!missing(drop)) < 3) {
    message <- c("Haplotypes have two dimensions.", i = "Write x[samples, ] or x[, variants].")
    abort_forebear("subset", message)
  }
  check_no_dots(...)
  if (!missing(i)) x <- choose_samples(x, i)
  if (!missing(j)) x <- choose_variants(x, j)
  x
}

#' @rdname haplotypes
#' @inheritParams shared_arguments
#' @export
as.matrix.forebear_haplotypes <- function(x, ..., threads = NULL) {
  check_no_dots(...)
  threads <- check_threads(threads)
  alleles <- with_progress(function(progress) rust_decode_haplotypes(x, threads, progress))
  rows <- paste0(rep(x$samples$sample_id, each = 2), c("_1", "_2"))
  dimnames(alleles) <- list(rows, x$variants$variant_id)
  alleles
}

#' @rdname haplotypes
#' @export
is.na.forebear_haplotypes <- function(x) is.na(as.matrix(x))

#' @rdname haplotypes
#' @export
t.forebear_haplotypes <- function(x) t(as.matrix(x))

#' @rdname haplotypes
#' @export
summary.forebear_haplotypes <- function(object, ...) {
  check_no_dots(...)
  chromosome_table(object$variants)
}

#' @export
print.forebear_haplotypes <- function(x, ...) {
  n <- dim(x)
  n_bytes <- length(x$alleles) + length(x$haploid)
  view <- if (any(n < x$n_file)) {
    sprintf(" (view of %s x %s)", big(x$n_file[1]), big(x$n_file[2]))
  }
  n_haploid <- sum(answer(rust_haploid_counts(x)) > 0)
  lines <- c(
    sprintf("<haplotypes> %s x %s", counted(n[1], "sample"), counted(n[2], "variant")),
    sprintf("in memory, packed in %s%s", counted(n_bytes, "byte"), view %||% ""),
    sprintf("%s: %s", counted(length(unique(x$variants$chrom)), "chromosome"),
      first_of(unique(x$variants$chrom), 6)),
    if (n_haploid == 0) {
      "two haplotypes per sample"
    } else {
      sprintf("two haplotypes per sample; %s with one at some variants",
        counted(n_haploid, "sample"))
    }
  )
  cat(lines, sep = "\n")
  invisible(x)
}

check_haplotypes <- function(x, name, call = rlang::caller_env()) {
  if (!inherits(x, "forebear_haplotypes")) {
    hint <- if (inherits(x, "forebear_corrected_phase")) {
      "`correct_phase()` returns a list: give its `$haplotypes`, and its `$calls` with them."
    }
    message <- c(sprintf("`%s` must be haplotypes, as `read_phased_vcf()` returns.", name),
      x = sprintf("It is %s.", describe_class(x)), i = hint)
    abort_forebear("argument", message, call)
  }
  if (is_masked(x)) refuse_masked(sprintf("`%s`", name), call)
}
