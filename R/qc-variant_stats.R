#' Statistics of every variant
#'
#' Call rate, allele frequency and the exact test of Hardy-Weinberg proportions, as PLINK's
#' `--missing`, `--freq` and `--hardy` report them. [qc_rules] says which samples count.
#'
#' @param g A [genotypes] object.
#' @param mid_p `TRUE` for the mid-p version of the Hardy-Weinberg test, which takes half of the
#'   probability of outcomes as likely as the observed one and is less conservative.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per variant: `variant_id`; `n_called`, samples with a genotype;
#'   `call_rate`; `allele_frequency` of the `alt` allele among founders, `NA` if none of them is
#'   called; `maf`, the smaller of it and 1 minus it; `hwe_p`, `NA` on Y and mitochondria and where
#'   no sample is called (0 below about 1e-300); `n_het_haploid`, heterozygous calls of males on X
#'   and Y.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_no_founders`; those of an unreadable file (see
#' [read_bed()]).
#' @references Wigginton J. E., Cutler D. J. & Abecasis G. R. (2005), American Journal of Human
#'   Genetics 76:887.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' variant_stats(genotypes)
#' @export
variant_stats <- function(g, mid_p = FALSE, nonfounders = FALSE, sex_chromosomes = "auto",
                          threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  mid_p <- check_flag(mid_p, "mid_p")
  roles <- founder_roles(g$samples, nonfounders, frequencies_are_taken)
  stats <- count_variants(g, mid_p, roles, sex_chromosomes, threads)
  tibble::tibble(
    variant_id = g$variants$variant_id, n_called = stats$n_called,
    call_rate = ifelse(stats$n_samples > 0, stats$n_called / stats$n_samples, NA_real_),
    allele_frequency = stats$allele_frequency,
    maf = pmin(stats$allele_frequency, 1 - stats$allele_frequency),
    hwe_p = stats$hwe_p, n_het_haploid = stats$n_het_haploid
  )
}

frequencies_are_taken <- "Allele frequencies are taken"

# n_called, n_samples, allele_frequency, hwe_p, n_het_haploid: one entry per variant.
count_variants <- function(g, mid_p, roles, sex_chromosomes, threads, call = rlang::caller_env()) {
  inheritance <- inheritance_of(g, sex_chromosomes, call)
  threads <- check_threads(threads, call)
  work <- function(progress) rust_variant_stats(g, inheritance, roles, mid_p, threads, progress)
  with_progress(work, call)
}
