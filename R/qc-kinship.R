#' Kinship of pairs of samples
#'
#' The KING-robust estimate, from autosomes (see [qc_rules]): it needs no allele frequencies, so
#' that it holds in samples of several populations. Values near 0.5 are duplicates or
#' identical twins, above 0.177 first-degree relatives (parents, children, siblings), above 0.0884
#' second-degree; unrelated pairs lie near 0,
#' or below it if their ancestries differ. The values are those of `plink2 --make-king-table`.
#'
#' The estimate divides by heterozygotes, of which inbred lines have next to none. Where a sample of
#' a pair has fewer than 10 of them, `kinship` is identity by state: the mean proportion of alleles
#' that the two have in common, from 0 to 1, with `method` `"ibs"`. Such a pair are duplicates if it
#' is above 0.99; other degrees cannot be inferred from it. A message says how many pairs it is, and
#' how many duplicates rest on fewer than 20 variants. Cut-offs ([unrelated()], [curate_panel()],
#' `min_kinship`) take duplicates as a kinship of 0.5 and leave out the other pairs. Lines of which
#' errors of genotyping make heterozygotes are named by a warning of class
#' `forebear_warning_inbred`: there `f` of [sample_stats()] is above 0.9, and duplicates may be
#' missed.
#'
#' @param g A [genotypes] object.
#' @param min_kinship Leave out pairs below this. The default keeps all pairs, up to 50 million;
#'   with thousands of samples give a number, such as 0.0442 (third degree).
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per pair: `sample_1`, `sample_2` (in the order of the data),
#'   `kinship`, `n_variants` called in both, `method` (`"king"` or `"ibs"`). `kinship` is `NA` where
#'   no variant is called in both.
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
  inform_hard_calls(g, kinship_is_of)
  pairs <- find_pairs(g, min_kinship, sex_chromosomes, threads)
  tibble::tibble(
    sample_1 = g$samples$sample_id[pairs$first], sample_2 = g$samples$sample_id[pairs$second],
    kinship = pairs$kinship, n_variants = pairs$n_variants,
    method = c("king", "ibs")[pairs$is_ibs + 1L]
  )
}

kinship_is_of <- "Kinship is estimated"

# More pairs than this are refused: they would take gigabytes.
most_pairs <- 5e7

# The pairs that reach `min_kinship`, and what is known of all.
#
# first, second  positions of samples
# kinship        by KING, or identity by state where `is_ibs`
# comparable     as cut-offs take it: 0.5 for duplicates and `NA` for others where `is_ibs`
# n_variants     called in both
# n_pairs, n_ibs, n_unknown, n_thin, most_king, most_ibs  of all pairs; `-Inf` is the most of none
find_pairs <- function(g, min_kinship, sex_chromosomes, threads, call = rlang::caller_env()) {
  variants <- which(!leave_out(g, sex_chromosomes, call = call))
  threads <- check_threads(threads, call)
  work <- function(progress) {
    rust_kinship(g, variants, min_kinship, most_pairs, threads, progress)
  }
  pairs <- with_progress(work, call)
  inform_ibs(pairs)
  if (pairs$n_ibs < pairs$n_pairs) warn_inbred(g, sex_chromosomes, threads, call)
  pairs
}

# Which pairs are not measured by KING.
inform_ibs <- function(pairs) {
  if (pairs$n_ibs == 0) {
    return(invisible())
  }
  of <- sprintf("%s of %s", big(pairs$n_ibs), counted(pairs$n_pairs, "pair"))
  unknown <- if (pairs$n_unknown > 0) {
    sprintf(" %s no variant called in both: NA.",
      if (pairs$n_unknown == 1) "1 has" else paste(big(pairs$n_unknown), "have"))
  }
  thin <- if (pairs$n_thin > 0) {
    sprintf(" %s on fewer than 20 variants, which may agree by chance.",
      if (pairs$n_thin == 1) "1 duplicate rests" else paste(big(pairs$n_thin), "duplicates rest"))
  }
  inform_forebear("ibs", paste0(of, " by identity by state: a sample has fewer than 10 ",
    "heterozygotes there, as inbred lines do. Above 0.99 they are duplicates; other degrees are ",
    "not known.", thin, unknown))
}

#' Keep samples that are not related
#'
#' Removes samples until no pair has a [kinship()] above `cutoff`, by the rule of
#' `plink2 --king-cutoff`, and so the same ones: while related pairs are left, if a sample has one
#' relative only, the relative of the first such sample goes; otherwise the first of the samples
#' with most relatives.
#'
#' With few variants unrelated pairs exceed the cut-off, too: of 100 unrelated samples 27 went by
#' 200 common variants, 6 by 500, none by 5,000. A message of class `forebear_message_noisy_kinship`
#' says where that is to be expected, by the heterozygotes of the samples.
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
  inform_hard_calls(g, kinship_is_of)
  pairs <- find_pairs(g, cutoff, sex_chromosomes, threads)
  related <- pairs$comparable > cutoff
  if (any(related)) inform_kinship_noise(g, pairs, cutoff, sex_chromosomes, threads)
  stays <- answer(rust_unrelated(nrow(g$samples), pairs$first[related], pairs$second[related]))
  rule <- sprintf("kinship > %s", format(cutoff))
  remove_failed(g, "unrelated", "sample", stats::setNames(list(!stays), rule),
    why = why_none_related(pairs), why_all = sprintf("Of %s, %s above the cut-off.",
      counted(pairs$n_pairs, "pair"), verb(sum(related))))
}

# Standard error of the kinship of unrelated samples, times the root of the heterozygotes of the one
# with fewer: 0.48 to 0.64 in simulated populations, 500 to 20,000 variants, whatever their
# frequencies.
kinship_noise <- 0.6

# Where some unrelated pair is expected to exceed the cut-off by chance. As the estimate divides by
# the smaller number of heterozygotes, that of unrelated pairs is below 0 on average, by
# sd / (2 sqrt(pi) mean) of these numbers.
inform_kinship_noise <- function(g, pairs, cutoff, sex_chromosomes, threads) {
  roles <- sample_roles(g$samples, TRUE)
  counts <- count_samples(g, roles, sex_chromosomes, threads)$n_het
  n_het <- max(stats::median(counts), 1)
  error <- kinship_noise / sqrt(n_het)
  center <- -stats::mad(counts) / (2 * sqrt(pi) * n_het)
  by_chance <- (pairs$n_pairs - pairs$n_ibs) *
    stats::pnorm(cutoff, center, error, lower.tail = FALSE)
  if (by_chance >= 0.5) {
    inform_forebear("noisy_kinship", c(
      sprintf("Few variants: %s above %s may be unrelated.",
        counted(sum(!pairs$is_ibs & pairs$comparable > cutoff), "pair"), format(cutoff)),
      x = sprintf(paste("Of %s with a kinship of 0 some %s would be: with %s each, the standard",
        "error is about %.3f."), counted(pairs$n_pairs - pairs$n_ibs, "pair"),
        big(max(1, signif(by_chance, 1))), counted(round(n_het), "heterozygote"), error),
      i = "Give more variants, or raise the cut-off."
    ))
  }
}

why_none_related <- function(pairs) {
  if (pairs$n_pairs == 0) {
    return("there is one sample")
  }
  most <- c(pairs$most_king, pairs$most_ibs)
  shown <- sprintf(c("the largest is %.3f", "the largest identity by state is %.3f"), most)
  if (all(most == -Inf)) "no variant is called in any pair" else
    paste(shown[most > -Inf], collapse = ", ")
}
