# Genotypes as the SnpMatrix of snpStats: a raw matrix, samples x variants, of 1, 2 and 3
# for 0, 1 and 2 copies of allele B, and 0 for missing.

#' @rdname as_genotypes
#' @export
as_genotypes.SnpMatrix <- function(x, samples = NULL, variants = NULL, autosomes = NULL, # nolint
                                   ...) {
  check_no_dots(...)
  check_package("snpStats")
  codes <- x@.Data
  check_has_genotypes(nrow(codes), ncol(codes))
  call <- rlang::current_env()
  autosomes <- check_autosomes(autosomes)
  samples <- plink_samples(samples)
  variants <- plink_variants(variants, call)
  samples <- samples_for(names_or(rownames(x), "sample", nrow(codes)), samples,
    named = !is.null(rownames(x)))
  variants <- variants_for(names_or(colnames(x), "variant", ncol(codes)), variants,
    named = !is.null(colnames(x)))
  counts_of <- function(columns) {
    block <- codes[, columns, drop = FALSE]
    refuse_uncertain(block, columns, samples, variants, call)
    matrix(c(NA, 0, 1, 2)[as.integer(block) + 1], nrow(block))
  }
  bytes <- pack_blocks(nrow(codes), ncol(codes), counts_of, call)
  genotypes <- genotypes_in_memory(bytes, samples, variants)
  genotypes$autosomes <- autosomes
  genotypes
}

# The table `fam` of read.plink() under the names of samples(); others as they are. It has NA for 0
# and -9.
plink_samples <- function(table) {
  if (!is.data.frame(table) || !all(c("pedigree", "member") %in% names(table))) {
    return(table)
  }
  new <- c(pedigree = "family_id", member = "sample_id", affected = "phenotype")
  names(table) <- ifelse(names(table) %in% names(new), new[names(table)], names(table))
  if (!is.null(table$phenotype)) table$phenotype[is.na(table$phenotype)] <- "-9"
  table
}

# Likewise the table `map`, of which allele 2 is what the matrix counts. In tables of other programs
# A1 is PLINK's allele 1, which our genotypes count: a SnpMatrix may count either.
plink_variants <- function(table, call) {
  if (!is.data.frame(table)) {
    return(table)
  }
  name <- bare_column(names(table))
  numbered <- name %in% c("a1", "a2")
  if (any(numbered)) {
    abort_forebear("argument", c(
      "`variants` must say which allele of a `SnpMatrix` is its second, B, which is counted.",
      x = sprintf("It has %s, of which either can be B.", quoted(names(table)[numbered])),
      i = paste("Call the second `alt` and the first `ref`. Of `read.plink()` they are `allele.2`",
        "and `allele.1` of its `$map`, A2 and A1 of the .bim.")), call)
  }
  names(table)[name == "allele_1"] <- "ref"
  names(table)[name == "allele_2"] <- "alt"
  if (!all(c("allele_1", "allele_2") %in% name)) {
    return(table)
  }
  absent <- c(chromosome = "0", position = "0", ref = "0", alt = "0")
  for (column in intersect(names(absent), names(table))) {
    table[[column]] <- as.character(table[[column]])
    table[[column]][is.na(table[[column]])] <- absent[[column]]
  }
  table
}

# Above 3 a code stands for probabilities of the three genotypes.
refuse_uncertain <- function(block, columns, samples, variants, call) {
  uncertain <- which(block > as.raw(3), arr.ind = TRUE)
  if (nrow(uncertain) > 0) {
    first <- uncertain[1, ]
    message <- c("Genotypes must be certain: 0, 1, 2 copies or missing.",
      x = sprintf("Sample \"%s\" at variant \"%s\" has probabilities.",
        samples$sample_id[first[[1]]], variants$variant_id[columns[first[[2]]]]),
      i = "Call the best guess first, or set uncertain genotypes to missing.")
    abort_forebear("not_a_genotype", message, call)
  }
}

#' Genotypes as an object of another package
#'
#' The way back from [as_genotypes()]. Unlike [genotypes], these objects hold every
#' genotype expanded in memory: one byte each in a `SnpMatrix`, four in a
#' `SummarizedExperiment`.
#'
#' @param x A [genotypes] object; for `as_summarized_experiment()` also [haplotypes] or
#'   [stored_calls].
#' @inheritParams shared_arguments
#' @returns `as_snp_matrix()`: a `SnpMatrix` of 'snpStats', samples x variants, whose
#'   allele B is `alt`; it has no place for positions and alleles, which [variants()] gives. Of
#'   genotypes with dosages it has the hard calls.
#'
#'   `as_summarized_experiment()`: a `RangedSummarizedExperiment`, variants x samples, with
#'   the integer assay `"counts"` (copies of `alt`; expected ones, numeric, of genotypes with
#'   dosages), row ranges with `variant_id`,
#'   `position_cm`, `ref` and `alt`, and the columns of [samples()] as column data;
#'   `metadata()$autosomes` is their number where it was given.
#'
#'   Of [stored_calls], nothing is held in memory: a `RangedSummarizedExperiment` of windows x
#'   haplotypes with one assay for each population, posteriors in the file `posteriors.h5` of their
#'   folder, which is written at the first time; `NA` where there is no haplotype. Where the calls
#'   of a haplotype change inside a window they are means over its variants. Each is off by at most
#'   1/131,070 beyond [stored_calls] (1/510 with 8 bits). Row ranges have the genome where the model
#'   knows one build, and `window`, `start_cm`, `end_cm`, `n_variants`; column data have
#'   `sample_id` and `haplotype`; `metadata()$store` is the folder, for [read_stored_calls()].
#' @section Errors:
#' `forebear_error_package` if the package is not installed; `forebear_error_argument`.
#' @examplesIf requireNamespace("snpStats", quietly = TRUE)
#' genotypes <- read_bed(example_data("panel"))
#' as_snp_matrix(genotypes[1:5, 1:10])
#' @export
as_snp_matrix <- function(x, threads = NULL) {
  check_genotypes(x, "x")
  check_package("snpStats")
  threads <- check_threads(threads)
  x <- with_hard_calls(x, "The `SnpMatrix` is taken")
  n <- dim(x)
  codes <- matrix(as.raw(0), n[1], n[2], dimnames = dimnames(x))
  for (columns in variant_blocks(n[1], n[2])) {
    counts <- as.matrix(x[, columns], threads = threads)
    codes[, columns] <- as.raw(ifelse(is.na(counts), 0, counts + 1))
  }
  methods::new(methods::getClass("SnpMatrix", where = asNamespace("snpStats")), codes)
}
