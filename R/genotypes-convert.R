#' Make genotypes from a matrix or a Bioconductor object
#'
#' Packs allele counts, or the sums of the alleles of [haplotypes], two bits each, in memory.
#'
#' @details
#' A sample with one haplotype counts as one with two equal ones, which is how PLINK codes it.
#'
#' A `SnpMatrix` of 'snpStats' counts its second allele, B, which becomes `alt`; give
#' `samples` and `variants` its tables, `fam` and `map` of `read.plink()` as they are. That function
#' counts A2 of the `.bim`, where [read_bed()] counts A1; columns called `A1` and `A2` are refused,
#' because either may be B. A genotype that it holds as probabilities is an error.
#'
#' A `SummarizedExperiment` has variants as rows. Its assay is one of calls as in a VCF
#' (`"0/1"`, `"1|1"`; a haploid call counts twice, as in PLINK; `"."` and a half-missing
#' `"./1"` are missing) or one of copies of the `alt` allele. Positions come from its row
#' ranges, other columns from its row and column data, named as in [variants()] and [samples()] or
#' as in files (`REF`, `ALT`, `POS`, see [set_tables]); IDs from these where it has no names.
#' Alleles may be text or a `DNAStringSet`, or lists of one for each row.
#' A `VCF` of 'VariantAnnotation' is read by the rules of [read_vcf()] (of [read_phased_vcf()] for
#' [as_haplotypes()]), from a temporary file: the same records, names and sex as of the file that it
#' came from, and [skipped_records()] counts what is left out, by lines of the temporary file. Give
#' it before `expand()`, which copies the calls of a variant to a row for each alternate allele:
#' where these are still the same they are an error.
#'
#' Of an open GDS file of 'SeqArray' (or 'SeqVarTools') the samples and variants that its filter has
#' chosen are taken; variants without exactly two alleles are left out, with a warning
#' of class `forebear_warning_skipped_variants`. A
#' call of which only the first allele is there is missing, but haploid on a sex chromosome and in
#' mitochondria. Of one of 'SNPRelate' (or of its layout, opened by 'gdsfmt'), the first of
#' the alleles `"A/B"` becomes `ref`.
#'
#' @param x A numeric matrix, samples x variants, of 0, 1, 2 or `NA`: copies of the
#'   `alt` allele. Row names become sample IDs and column names variant IDs;
#'   without them (missing or empty) they are `sample1`, ... and `variant1`, .... Or [haplotypes], a
#'   `SnpMatrix`, a `SummarizedExperiment`, a `VCF`, or an open GDS file.
#' @param samples,variants Data frames with further columns of [samples()] and
#'   [variants()], one row for each sample and variant of `x`. Where both have IDs, rows are
#'   matched by them as in [set_tables]; otherwise they are in the order of `x`. Where neither
#'   the tables nor `x` say so, variants lie on chromosome `"1"`, one base pair apart, with alleles
#'   `ref` A and `alt` B.
#' @inheritParams read_bed
#' @param field,filter,min_gq,min_dp,multiallelic As in [read_vcf()], for a `VCF`.
#' @param assay Name of the assay; `NULL` takes `"GT"`, or else `"counts"`.
#' @inheritParams shared_arguments
#' @returns A [genotypes] object.
#' @section Errors:
#' `forebear_error_not_a_genotype` with the first entry that is not 0, 1, 2, a call or `NA`;
#' `forebear_error_rows_differ` if rows of `samples` or `variants` cannot be matched;
#' `forebear_error_argument`; `forebear_error_package` if a package is not installed.
#' @examples
#' counts <- rbind(ann = c(0, 1, 2), bob = c(NA, 1, 0))
#' genotypes <- as_genotypes(counts)
#' genotypes
#' as.matrix(genotypes)
#' @seealso [as_snp_matrix()] and [as_summarized_experiment()] for the way back.
#' @export
as_genotypes <- function(x, ...) UseMethod("as_genotypes")

#' @export
as_genotypes.forebear_genotypes <- function(x, autosomes = NULL, ...) {
  check_no_dots(...)
  x$autosomes <- check_autosomes(autosomes) %||% x$autosomes
  x
}

#' @export
as_genotypes.default <- function(x, ...) {
  message <- c("Genotypes are made from a numeric matrix, samples x variants.",
    x = sprintf("`x` is %s.", describe_class(x)),
    i = paste("A `SnpMatrix`, `SummarizedExperiment`, `VCF` or open GDS file of Bioconductor is",
      "accepted, too."))
  abort_forebear("argument", message)
}

#' @rdname as_genotypes
#' @export
as_genotypes.matrix <- function(x, samples = NULL, variants = NULL, autosomes = NULL, ...) {
  check_no_dots(...)
  autosomes <- check_autosomes(autosomes)
  if (!is.numeric(x) && !(is.logical(x) && all(is.na(x)))) {
    message <- c("Genotypes are made from a numeric matrix, samples x variants.",
      x = sprintf("`x` is a %s matrix.", typeof(x)))
    abort_forebear("argument", message)
  }
  if (length(x) == 0) {
    message <- c("Genotypes must have at least one sample and one variant.",
      x = sprintf("`x` is a matrix of %d x %d.", nrow(x), ncol(x)))
    abort_forebear("argument", message)
  }
  samples <- samples_for(names_or(rownames(x), "sample", nrow(x)), samples,
    named = !is.null(rownames(x)))
  variants <- variants_for(names_or(colnames(x), "variant", ncol(x)), variants,
    named = !is.null(colnames(x)))
  storage.mode(x) <- "double"
  genotypes <- genotypes_in_memory(answer(rust_pack(unname(x))), samples, variants)
  genotypes$autosomes <- autosomes
  warn_no_two(x)
  genotypes
}

# Samples, and homozygotes of the counted allele to be expected of them, from which on it is said
# that there is none.
fewest_diploid <- 10
most_expected_twos <- 10

# Says where no count is 2, although Hardy-Weinberg proportions of the counts of 1 would make many.
warn_no_two <- function(x, call = rlang::caller_env()) {
  if (nrow(x) < fewest_diploid || any(x == 2, na.rm = TRUE)) {
    return(invisible())
  }
  n_one <- colSums(x, na.rm = TRUE)
  expected <- sum(n_one^2 / (4 * pmax(1, colSums(!is.na(x)))))
  if (expected > most_expected_twos) {
    warn_forebear("no_two", c("Genotypes should be counts of an allele among two: 0, 1 and 2.",
      x = sprintf("No entry is 2, where about %s of diploid samples would be.",
        big(round(expected))),
      i = paste("0 and 1 of haploid samples or inbred lines are read as homozygous and",
        "heterozygous: `as_genotypes(2 * x)` counts their alleles twice, as in PLINK.")), call)
  }
}

genotypes_in_memory <- function(bytes, samples, variants, call = rlang::caller_env()) {
  validate_genotypes(whole_genotypes(NULL, bytes, 0, samples, variants), call)
}

# Entries that are expanded at a time where another package's object is converted.
block_entries <- 2^22

# Variants in blocks of so many that their genotypes are expanded together.
variant_blocks <- function(n_samples, n_variants) {
  length <- max(1, floor(block_entries / max(1, n_samples)))
  split(seq_len(n_variants), (seq_len(n_variants) - 1) %/% length)
}

# Packed bytes of counts that `counts_of(variants)` gives block by block [n_samples x block].
pack_blocks <- function(n_samples, n_variants, counts_of, call = rlang::caller_env()) {
  pack <- function(variants) {
    counts <- counts_of(variants)
    storage.mode(counts) <- "double"
    answer(rust_pack(unname(counts)), call)
  }
  do.call(c, unname(lapply(variant_blocks(n_samples, n_variants), pack)))
}

check_has_genotypes <- function(n_samples, n_variants, call = rlang::caller_env()) {
  if (n_samples == 0 || n_variants == 0) {
    message <- c("Genotypes must have at least one sample and one variant.",
      x = sprintf("`x` has %d and %d.", n_samples, n_variants))
    abort_forebear("argument", message, call)
  }
}

#' @rdname as_genotypes
#' @export
as_genotypes.forebear_haplotypes <- function(x, ..., threads = NULL) {
  check_no_dots(...)
  threads <- check_threads(threads)
  sums <- if (is_masked(x)) rust_masked_genotypes else rust_haplotype_genotypes
  bytes <- with_progress(function(progress) sums(x, threads, progress))
  genotypes <- genotypes_in_memory(bytes, x$samples, x$variants)
  genotypes$autosomes <- x$autosomes
  genotypes
}

# `names`, and numbers where there are none.
names_or <- function(names, prefix, n, call = rlang::caller_env()) {
  numbered <- paste0(prefix, seq_len(n))
  if (is.null(names)) {
    return(numbered)
  }
  wrong <- which(!validEnc(names))
  if (length(wrong) > 0) {
    abort_forebear("argument", c(sprintf("IDs of %ss must be valid text.", prefix),
      x = sprintf("Number %s, %s, is not in UTF-8 nor in the encoding of the session.",
        big(wrong[1]), quoted(encodeString(names[wrong[1]]))),
      i = "`iconv(names, \"latin1\", \"UTF-8\")` converts them."), call)
  }
  names <- as_utf8(names)
  ifelse(names %in% c("", NA), numbered, names)
}

# `named`: whether the object that is converted says the IDs, by which rows of `given` are matched.
samples_for <- function(id, given, call = rlang::caller_env(), named = TRUE) {
  unknown <- rep(NA_character_, length(id))
  columns <- tibble::tibble(
    sample_id = id, family_id = id, father_id = unknown, mother_id = unknown, sex = unknown,
    phenotype = rep("-9", length(id))
  )
  put_samples(columns, given, call, named)
}

variants_for <- function(id, given, call = rlang::caller_env(), named = TRUE) {
  n <- length(id)
  columns <- tibble::tibble(
    variant_id = id, chrom = rep("1", n), position_bp = seq_len(n), position_cm = rep(0, n),
    ref = rep("A", n), alt = rep("B", n)
  )
  put_variants(columns, given, call, named)
}

# The columns that a user gives with an object, in place of what it says of its samples.
put_samples <- function(columns, given, call, named = TRUE) {
  given <- rows_of_table(given, columns$sample_id, "sample", call, named)
  new <- replace_columns(columns, given, "samples", call)
  if (is.null(given)) {
    return(new)
  }
  follow_ids(new, columns, names(known_columns(given, "samples", call)))
}

put_variants <- function(columns, given, call, named = TRUE) {
  given <- rows_of_table(given, columns$variant_id, "variant", call, named)
  replace_columns(columns, given, "variants", call)
}

# The rows of `given` in the order of `ids`, where both say whose they are.
rows_of_table <- function(given, ids, what, call, named) {
  if (!named || !is.data.frame(given)) {
    return(given)
  }
  known <- known_columns(given, paste0(what, "s"), call)
  if (paste0(what, "_id") %in% names(known)) rows_for(known, ids, what, call) else given
}
