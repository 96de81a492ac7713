#' Allele frequencies of each ancestry
#'
#' Frequencies of the alternate allele on haplotypes of each ancestry, from admixed samples: what a
#' sample of the population itself would show, without a sample of it.
#'
#' With posteriors \eqn{p_{ha}} that haplotype \eqn{h} is of ancestry \eqn{a} at a variant, and its
#' alleles \eqn{x_h} (1: alternate), the frequency is \eqn{f_a=\sum_h p_{ha} x_h/n_a} with
#' \eqn{n_a=\sum_h p_{ha}}, the expected number of haplotypes, and its standard error
#' \eqn{\sqrt{f_a(1-f_a)/n_a}}. Where the posteriors of an ancestry are low throughout, its few
#' haplotypes are mostly others that were taken for it: `n_effective` says how many stand behind a
#' frequency. In windows that were left out of `calls` there are none: `n_effective` is 0.
#'
#' @inheritParams write_tractor
#' @returns A tibble, one row per variant and ancestry: `variant_id`, `ancestry`,
#'   `allele_frequency` (`NA` where `n_effective` is 0), `n_effective` (haplotypes), `std_error`;
#'   then `chrom`, `position_bp`.
#' @section Errors:
#' `forebear_error_uncalled_samples`, `forebear_error_uncalled_chromosomes`,
#' `forebear_error_phase_mismatch`, `forebear_error_incomplete_calls`, `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' samples <- unique(calls$sample_id)
#' alleles <- matrix(rep(c(0, 1, 1), 2 * length(samples)), 2 * length(samples))
#' rownames(alleles) <- paste0(rep(samples, each = 2), c("_1", "_2"))
#' variants <- data.frame(chrom = "1", position_bp = c(2000000L, 7000000L, 12000000L))
#' ancestry_frequencies(calls, as_haplotypes(alleles, variants = variants))
#' @family uses of ancestry calls
#' @export
ancestry_frequencies <- function(calls, haplotypes, ancestry = NULL, threads = NULL) {
  call <- rlang::current_env()
  threads <- check_threads(threads, call)
  check_haplotypes(haplotypes, "haplotypes", call)
  calls <- calls_of_haplotypes(calls, haplotypes, call)
  called <- called_haplotypes(calls, haplotypes, call, may_lack = TRUE)
  populations <- attr(calls, "populations")
  populations <- populations[ancestry_codes(ancestry, populations, call)]
  inform_untypical(untypical_of_calls(calls), counts_as_nearest)
  called$probability <- posteriors_of(calls, populations)
  sums <- with_progress(function(progress) {
    rust_allele_sums(haplotypes, called, threads, progress)
  }, call)
  frequency <- ifelse(sums$haplotypes > 0, sums$alternate / sums$haplotypes, NA_real_)
  each <- rep(seq_len(nrow(haplotypes$variants)), each = length(populations))
  tibble::tibble(
    variant_id = haplotypes$variants$variant_id[each],
    ancestry = rep(populations, nrow(haplotypes$variants)), allele_frequency = frequency,
    n_effective = sums$haplotypes,
    std_error = sqrt(frequency * (1 - frequency) / sums$haplotypes),
    chrom = haplotypes$variants$chrom[each], position_bp = haplotypes$variants$position_bp[each]
  )
}
