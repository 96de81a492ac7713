#' Statistics of every variant
#'
#' Call rate, allele frequency and the exact test of Hardy-Weinberg proportions, as PLINK's
#' `--missing`, `--freq` and `--hardy` report them. [qc_rules] says which samples count.
#'
#' @param g A [genotypes] object.
#' @param mid_p `TRUE` for the mid-p version of the Hardy-Weinberg test, which takes half of the
#'   probability of outcomes as likely as the observed one and is less conservative.
#' @param labels,label_column Populations of samples, in any form that [classify()] takes:
#'   statistics are then taken within each population. Samples without a label are left out.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per variant, with `labels` one per population, in the first
#'   column, and variant: `variant_id`; `n_called`, samples with a genotype;
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
#' variant_stats(genotypes, labels = read.delim(example_data("labels")))
#' @export
variant_stats <- function(g, mid_p = FALSE, nonfounders = FALSE, sex_chromosomes = "auto",
                          threads = NULL, ..., labels = NULL, label_column = NULL) {
  check_no_dots(...)
  check_genotypes(g, "g")
  mid_p <- check_flag(mid_p, "mid_p")
  roles <- founder_roles(g$samples, nonfounders, frequencies_are_taken)
  inform_hard_calls(g, frequencies_are_taken)
  if (is.null(labels)) {
    return(variant_table(g, count_variants(g, mid_p, roles, sex_chromosomes, threads)))
  }
  group <- match_labels(labels, g$samples$sample_id, label_column, rlang::current_env())
  found <- count_by_population(g, group, mid_p, roles, sex_chromosomes, threads)
  tables <- lapply(found, variant_table, g = g)
  vctrs::vec_rbind(!!!tables, .names_to = "population")
}

variant_table <- function(g, stats) {
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

# What count_variants() has of the members of each population, in a list named by population. Who is
# a founder does not depend on it.
count_by_population <- function(g, group, mid_p, roles, sex_chromosomes, threads,
                                call = rlang::caller_env()) {
  group <- droplevels(group)
  if (nlevels(group) == 0) {
    abort_forebear("too_few_populations", c("Some sample must have a label.",
      x = sprintf("None of %s has.", counted(nrow(g), "sample"))), call)
  }
  members <- split(seq_along(group), group)
  without <- names(members)[!vapply(members, function(own) any(roles$founder[own]), NA)]
  if (length(without) > 0) {
    abort_forebear("no_founders", c("Every population must have a founder.",
      x = sprintf("%s not: %s.", verb(length(without)), quoted(without)),
      i = "`nonfounders = TRUE` counts every sample."), call)
  }
  lapply(members, function(own) {
    count_variants(choose_samples(g, own, call), mid_p, lapply(roles, `[`, own), sex_chromosomes,
      threads, call)
  })
}
