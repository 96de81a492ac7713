#' Write alleles by ancestry for Tractor
#'
#' For each ancestry how many alternate alleles a sample has on haplotypes of it, and how many
#' haplotypes of it there are, at every variant: what the regressions of Tractor take.
#'
#' Of the ancestry with code `k`, its number in the first line of [write_msp()], three files are
#' written: `<prefix>.anc<k>.dosage.txt` and `<prefix>.anc<k>.hapcount.txt`, tables of `CHROM`,
#' `POS`, `ID`, `REF`, `ALT` and one column for each sample, and `<prefix>.anc<k>.vcf`, the phased
#' haplotypes with `.` for alleles of other ancestries.
#'
#' A haplotype counts for the ancestry that is called most probable there. With `expected = TRUE`
#' counts are sums of posteriors, with four digits; the VCF is of calls all the same. A sample with
#' one haplotype (a male on X) counts once.
#'
#' Haplotypes and calls must be in the same phase: both as they were given, or both as
#' [correct_phase()] returns them. Tracts are whole only in corrected phase.
#'
#' @param calls Ancestry calls.
#' @param haplotypes [haplotypes] that the calls were made of, in the same phase.
#' @param prefix What the names of the files begin with, such as `"results/study"`.
#' @param ancestry Populations whose files are written; `NULL`: all.
#' @param expected Whether counts are sums of posteriors.
#' @param compress Whether files are compressed, in the blocks of bgzip (`.gz`).
#' @inheritParams shared_arguments
#' @returns The paths of the files, invisibly: a tibble with `ancestry`, `code`, `dosage`,
#'   `hapcount`, `vcf`. The files appear when all are whole.
#' @section Errors:
#' As [write_ancestry_vcf()]; `forebear_error_phase_mismatch` if haplotypes and calls are in
#' different phase.
#' @references Atkinson E.G. et al. (2021), Tractor uses local ancestry to enable the inclusion of
#' admixed individuals in GWAS and to boost power. Nature Genetics 53:195.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' samples <- unique(calls$sample_id)
#' alleles <- matrix(rep(c(0, 1, 1), 2 * length(samples)), 2 * length(samples))
#' rownames(alleles) <- paste0(rep(samples, each = 2), c("_1", "_2"))
#' variants <- data.frame(chrom = "1", position_bp = c(2000000L, 7000000L, 12000000L),
#'   ref = "A", alt = "C")
#' haplotypes <- as_haplotypes(alleles, variants = variants)
#' files <- write_tractor(calls, haplotypes, tempfile("study"))
#' read.delim(files$dosage[1])
#' @seealso [ancestry_frequencies()], [mask_haplotypes()], [map_admixture()]
#' @family uses of ancestry calls
#' @export
write_tractor <- function(calls, haplotypes, prefix, ancestry = NULL, expected = FALSE,
                          compress = FALSE, threads = NULL) {
  call <- rlang::current_env()
  prefix <- check_path(prefix, "prefix")
  expected <- check_flag(expected, "expected", call)
  compress <- check_flag(compress, "compress", call)
  threads <- check_threads(threads, call)
  check_haplotypes(haplotypes, "haplotypes", call)
  calls <- calls_of_haplotypes(calls, haplotypes, call)
  called <- called_haplotypes(calls, haplotypes, call)
  check_vcf_fields(haplotypes, call)
  check_vcf_order(haplotypes$variants, call)
  populations <- attr(calls, "populations")
  code <- ancestry_codes(ancestry, populations, call)
  inform_untypical(untypical_of_calls(calls), counts_as_nearest)
  written <- c(list(populations = populations, code = match(calls$.pred_class, populations) - 1L,
    digits = -1L), called, list(probability = posteriors_of(calls, populations)))
  tracts <- list(prefix = prefix, code = code, expected = expected, compress = compress)
  with_progress(function(progress) {
    rust_write_tractor(haplotypes, haplotypes$samples$sample_id, as.list(haplotypes$variants),
      written, tracts, threads, progress)
  }, call)
  path <- function(end) {
    sprintf("%s.anc%d.%s%s", prefix, code - 1L, end, if (compress) ".gz" else "")
  }
  invisible(tibble::tibble(ancestry = populations[code], code = code - 1L,
    dosage = path("dosage.txt"), hapcount = path("hapcount.txt"), vcf = path("vcf")))
}

# Positions of chosen populations.
ancestry_codes <- function(ancestry, populations, call) {
  if (is.null(ancestry)) {
    return(seq_along(populations))
  }
  code <- match(ancestry, populations)
  if (!is.character(ancestry) || length(ancestry) == 0 || anyNA(code) || anyDuplicated(code)) {
    abort_forebear("argument", c(
      "`ancestry` must name populations of the calls, each once.",
      x = sprintf("It is %s.", if (is.character(ancestry)) quoted(ancestry) else
        describe_class(ancestry)),
      i = sprintf("Populations are %s.", quoted(populations))
    ), call)
  }
  code
}
