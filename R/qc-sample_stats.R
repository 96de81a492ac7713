#' Statistics of every sample
#'
#' Call rate, heterozygosity and inbreeding. [qc_rules] says which variants count.
#'
#' `call_rate` is taken over all variants (Y only in males), as PLINK's `--missing`.
#' `heterozygosity` is the heterozygous proportion of a sample's calls on autosomes. `f` is PLINK's
#' `--het`: (O - E) / (N - E), with N the called autosomal variants that differ among founders, O
#' the homozygous ones among them and E the sum of 1 - 2 p (1 - p) over them, p the allele frequency
#' among founders (without the n / (n - 1) factor of small samples).
#'
#' A heterozygosity far above that of the other samples hints at contamination, far below at
#' inbreeding; both depend on ancestry.
#'
#' @param g A [genotypes] object.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per sample: `sample_id`, `call_rate`, `heterozygosity`, `f`; `NA`
#'   where there is nothing to count.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_no_founders`; those of an unreadable file (see
#' [read_bed()]).
#' @references Purcell S. et al. (2007), American Journal of Human Genetics 81:559.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' sample_stats(genotypes)
#' @export
sample_stats <- function(g, nonfounders = FALSE, sex_chromosomes = "auto", threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  roles <- founder_roles(g$samples, nonfounders, frequencies_are_taken)
  inform_hard_calls(g, frequencies_are_taken)
  stats <- count_samples(g, roles, sex_chromosomes, threads)
  ratio <- function(part, whole) ifelse(whole > 0, part / whole, NA_real_)
  tibble::tibble(
    sample_id = g$samples$sample_id, call_rate = ratio(stats$n_called, stats$n_variants),
    heterozygosity = ratio(stats$n_het, stats$n_autosomal), f = stats$f
  )
}

# n_called, n_variants, n_autosomal, n_het, f, and of X x_tested and x_f: one entry per sample.
count_samples <- function(g, roles, sex_chromosomes, threads, call = rlang::caller_env()) {
  inheritance <- inheritance_of(g, sex_chromosomes, call)
  threads <- check_threads(threads, call)
  work <- function(progress) rust_sample_stats(g, inheritance, roles, threads, progress)
  with_progress(work, call)
}
