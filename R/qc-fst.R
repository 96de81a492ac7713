#' Fst of pairs of populations
#'
#' Hudson's estimate of how far apart two populations are: over variants, the ratio of the sums of
#' numerators and denominators, which does not depend on sample sizes; with standard errors by a
#' jackknife over blocks of consecutive variants. Autosomes are used (see [qc_rules]).
#'
#' What populations differ by because few alleles were drawn is taken off, by the number of alleles
#' that are independent: two of each sample, but one of a haploid sample or an inbred line, which
#' `ploidy` must say. Otherwise Fst of two groups of n inbred lines of one population would be
#' about 1 / (2 n). With `sex_chromosomes = TRUE` a male has one allele on X, everyone one in
#' mitochondria, and males alone have one on Y. A message of class `forebear_message_inbred` says
#' where nine in ten samples have fewer than 10 % of the heterozygotes expected and `ploidy` is not
#' given.
#'
#' Blocks must be longer than linkage disequilibrium for the errors to hold: with 100 of them, about
#' 30 million base pairs of a human genome. Values below 0 are estimates of 0. The values are those
#' of `plink2 --fst`, on X too.
#'
#' @param g A [genotypes] object.
#' @param labels,label_column Populations of samples, in any form that [classify()] takes; samples
#'   without a label are left out.
#' @param blocks Number of blocks of the jackknife.
#' @param ploidy `NULL` or 2: all samples have two alleles at each variant of an autosome; 1: all
#'   have one, coded as two equal ones; or a vector of 1 and 2, one per sample or named by sample
#'   (samples without a name have two). Heterozygous genotypes of samples with one are taken as
#'   missing, with a warning of class `forebear_warning_heterozygous_haploid`.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per pair: `population_1`, `population_2`, `fst`, `std_error`,
#'   `n_samples_1`, `n_samples_2`, `n_variants` (of the autosomes). `fst` is `NA` where no variant
#'   varies in the pair.
#' @section Errors:
#' `forebear_error_too_few_populations`; `forebear_error_no_autosomes`; those of labels.
#' @references Hudson R. R. et al. (1992), Genetics 132:583. Bhatia G. et al. (2013), Genome
#'   Research 23:1514.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fst(genotypes, read.delim(example_data("labels")))
#' @export
fst <- function(g, labels, label_column = NULL, blocks = 100, sex_chromosomes = "auto",
                threads = NULL, ploidy = NULL) {
  call <- rlang::current_env()
  check_genotypes(g, "g")
  blocks <- check_count(blocks, "blocks", min = 2)
  threads <- check_threads(threads)
  group <- match_labels(labels, g$samples$sample_id, label_column, call)
  group <- droplevels(factor(group, levels(group)))
  if (nlevels(group) < 2) {
    abort_forebear("too_few_populations", c("Fst needs labeled samples of at least 2 populations.",
      x = sprintf("There %s.", if (nlevels(group) == 1) "is 1" else "is none")), call)
  }
  inform_hard_calls(g, "Fst is estimated")
  haploid <- haploid_samples(ploidy, g$samples$sample_id)[!is.na(group)]
  left <- leave_out(g, sex_chromosomes, call = call)
  inheritance <- inheritance_of(g, sex_chromosomes, call)[!left]
  g <- choose_samples(choose_variants(g, !left, call), !is.na(group), call)
  group <- group[!is.na(group)]
  warn_heterozygous(g, haploid, threads)
  inform_inbred(g, ploidy, threads)
  found <- compare_populations(g, group, haploid, inheritance, blocks, threads, call)
  pair <- utils::combn(nlevels(group), 2)
  n <- as.vector(table(group))
  at <- t(pair)
  tibble::tibble(
    population_1 = levels(group)[pair[1, ]], population_2 = levels(group)[pair[2, ]],
    fst = nan_to_na(found$fst[at]), std_error = nan_to_na(found$std_error[at]),
    n_samples_1 = n[pair[1, ]], n_samples_2 = n[pair[2, ]], n_variants = ncol(g)
  )
}

# fst, std_error [n_populations x n_populations], NaN where there is none.
#
# group        [n_samples] factor
# haploid      [n_samples] one allele at every variant
# inheritance  [n_variants] of inheritance_of()
compare_populations <- function(g, group, haploid, inheritance, blocks, threads, call) {
  male <- sample_roles(g$samples, TRUE)$male
  with_progress(function(progress) {
    rust_pairwise_fst(g, as.integer(group), nlevels(group), inheritance, male, haploid, blocks,
      threads, progress)
  }, call)
}
