#' Kinship of pairs of samples
#'
#' The KING-robust estimate, from autosomes (see [qc_rules]): it needs no allele frequencies, so that
#' it holds in samples of several populations. Values near 0.5 are duplicates or twins, above 0.177 first-degree
#' relatives (parents, children, siblings), above 0.0884 second-degree; unrelated pairs lie near 0,
#' or below it if their ancestries differ. The values are those of `plink2 --make-king-table`.
#'
#' @param g A [genotypes] object.
#' @param min_kinship Leave out pairs below this. The default keeps all pairs, up to 50 million;
#'   with thousands of samples give a number, such as 0.0442 (third degree).
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per pair: `sample_1`, `sample_2` (in the order of the data),
#'   `kinship`, `n_variants` called in both. `kinship` is `NA` where one of the two has no
#'   heterozygous genotype; such a pair reaches no `min_kinship`.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_no_autosomes`; `forebear_error_too_many_pairs`.
#' @references Manichaikul A. et al. (2010), Bioinformatics 26:2867.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' kinship(genotypes, min_kinship = 0.0442)
#' @export
kinship <- function(g, min_kinship = -Inf, sex_chromosomes = "auto", threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  min_kinship <- check_number(min_kinship, "min_kinship", max = 0.5)
  pairs <- find_pairs(g, min_kinship, sex_chromosomes, threads)
  tibble::tibble(
    sample_1 = g$samples$sample_id[pairs$first], sample_2 = g$samples$sample_id[pairs$second],
    kinship = pairs$kinship, n_variants = pairs$n_variants
  )
}

# More pairs than this are refused: they would take gigabytes.
most_pairs <- 5e7

# first, second (positions of samples), kinship, n_variants.
find_pairs <- function(g, min_kinship, sex_chromosomes, threads, call = rlang::caller_env()) {
  variants <- which(!leave_out(g, sex_chromosomes, call = call))
  threads <- check_threads(threads, call)
  work <- function(progress) {
    rust_kinship(g, variants, min_kinship, most_pairs, threads, progress)
  }
  with_progress(work, call)
}

#' Keep samples that are not related
#'
#' Removes samples until no pair has a [kinship()] above `cutoff`, by the rule of
#' `plink2 --king-cutoff`, and so the same ones: while related pairs are left, if a sample has one
#' relative only, the relative of the first such sample goes; otherwise the first of the samples
#' with most relatives.
#'
#' @param g A [genotypes] object.
#' @param cutoff Largest kinship of two samples that may both stay: 0.354 leaves out duplicates,
#'   0.177 first-degree relatives as well, 0.0884 second-degree, 0.0442 third-degree.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: the view of `g` with the unrelated samples, in their order, and all
#'   variants. What was removed is kept for [qc_report()].
#' @section Errors:
#' As [kinship()].
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' unrelated(genotypes)
#' @export
unrelated <- function(g, cutoff = 0.0884, sex_chromosomes = "auto", threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  cutoff <- check_number(cutoff, "cutoff", min = -1e3, max = 0.5)
  pairs <- find_pairs(g, cutoff, sex_chromosomes, threads)
  related <- pairs$kinship > cutoff
  stays <- answer(rust_unrelated(nrow(g$samples), pairs$first[related], pairs$second[related]))
  rule <- sprintf("kinship > %s", format(cutoff))
  remove_failed(g, "unrelated", "sample", stats::setNames(list(!stays), rule))
}
