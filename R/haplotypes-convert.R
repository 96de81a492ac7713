#' Make haplotypes from a matrix
#'
#' Packs alleles one bit each, in memory.
#'
#' @param x A numeric matrix with two rows per sample, one after the other, and one
#'   column per variant, of 0 (`ref`) and 1 (`alt`); what `as.matrix()` makes of
#'   [haplotypes]. `NA` in a second row says that the sample has one haplotype
#'   there. Row names must be `<sample>_1` and `<sample>_2`, and column names
#'   become variant IDs; without names they are `sample1`, ... and `variant1`, .... Or a
#'   `SummarizedExperiment` with an assay of phased calls (`"0|1"`, or `"1"` of a sample with
#'   one haplotype), or a `VCF` of 'VariantAnnotation'; what has no phase is refused.
#' @param assay Name of the assay.
#' @param samples,variants Data frames with further columns of [samples()] and
#'   [variants()], one row for each sample and column of `x`. Where both have IDs, rows are
#'   matched by them as in [set_tables]; otherwise they are in the order of `x`. Without `variants`,
#'   all lie on chromosome `"1"`, one base pair apart, with alleles `ref` A and
#'   `alt` B.
#' @param on_unphased As in [read_phased_vcf()], for a `VCF`, which is read by its rules.
#' @param ... Must be empty.
#' @returns A [haplotypes] object.
#' @section Errors:
#' `forebear_error_not_an_allele` with the first entry that is not 0 or 1,
#' `forebear_error_not_phased` with the first call that is not phased,
#' `forebear_error_rows_differ` if rows of `samples` or `variants` cannot be matched,
#' `forebear_error_argument` for a matrix of another shape or other row names.
#' @examples
#' alleles <- rbind(ann_1 = c(0, 1, 1), ann_2 = c(0, 0, 1), bob_1 = 0, bob_2 = NA)
#' haplotypes <- as_haplotypes(alleles)
#' haplotypes
#' as.matrix(as_genotypes(haplotypes))
#' @seealso [as_genotypes()] counts the alleles of haplotypes.
#' @export
as_haplotypes <- function(x, ...) UseMethod("as_haplotypes")

#' @export
as_haplotypes.forebear_haplotypes <- function(x, ...) {
  check_no_dots(...)
  x
}

#' @export
as_haplotypes.default <- function(x, ...) {
  message <- c("Haplotypes are made from a matrix of alleles or from phased calls.",
    x = sprintf("`x` is %s.", describe_class(x)),
    i = if (inherits(x, c("forebear_genotypes", "SnpMatrix"))) "Genotypes have no phase.")
  abort_forebear("argument", message)
}

#' @rdname as_haplotypes
#' @export
as_haplotypes.matrix <- function(x, samples = NULL, variants = NULL, ...) {
  check_no_dots(...)
  if (!is.numeric(x)) {
    message <- c("Haplotypes are made from a numeric matrix, two rows per sample.",
      x = sprintf("`x` is a %s matrix.", typeof(x)))
    abort_forebear("argument", message)
  }
  if (length(x) == 0 || nrow(x) %% 2 != 0) {
    message <- c("A matrix of haplotypes must have two rows per sample, and a column.",
      x = sprintf("`x` is a matrix of %d x %d.", nrow(x), ncol(x)))
    abort_forebear("argument", message)
  }
  samples <- samples_for(samples_of_rows(rownames(x), nrow(x) / 2), samples,
    named = !is.null(rownames(x)))
  variants <- variants_for(names_or(colnames(x), "variant", ncol(x)), variants,
    named = !is.null(colnames(x)))
  storage.mode(x) <- "double"
  haplotypes_of(answer(rust_pack_haplotypes(unname(x))), samples, variants)
}

# Sample IDs from row names that end alternately in _1 and _2.
samples_of_rows <- function(names, n_samples, call = rlang::caller_env()) {
  if (is.null(names)) {
    return(paste0("sample", seq_len(n_samples)))
  }
  id <- as_utf8(sub("_[12]$", "", names))
  odd <- seq(1, by = 2, length.out = n_samples)
  wanted <- paste0(rep(id[odd], each = 2), c("_1", "_2"))
  wrong <- which(as_utf8(names) != wanted)
  if (length(wrong) > 0) {
    message <- c("Rows of haplotypes must be named <sample>_1 and <sample>_2 alternately.",
      x = sprintf("Row %d is \"%s\", not \"%s\".", wrong[1], names[wrong[1]], wanted[wrong[1]]))
    abort_forebear("argument", message, call)
  }
  id[odd]
}
