#' Phase genotypes
#'
#' Finds out which alleles of a sample lie on the same haplotype, from the haplotypes of a panel.
#'
#' Both haplotypes of a sample are taken for mosaics of all haplotypes of the panel (Li & Stephens
#' 2003), with 8 changes of the copied haplotype per cM and 1 % of alleles that are not those of the
#' copied one: at these rates mosaics of held-out members of panels were phased best. A beam search
#' along the chromosome finds a likely phase: at each heterozygous variant the likeliest phases of
#' those before it go on, so that the variants after it also decide. Then single switches of phase,
#' and exchanges of the alleles of one variant, are made as long as they raise the likelihood.
#'
#' With `cohort = TRUE` the samples also inform about each other: each is phased three times more,
#' against the panel and the haplotypes that the others got the time before. That helps most where
#' samples have recent ancestors in common; only the 500 samples of a batch, in the order of `x`,
#' inform about each other. A cohort of many thousands is better phased by programs for
#' cohorts. An ancestry that neither the panel nor the cohort has is phased poorly.
#'
#' A genotype that is missing informs about nothing. Both haplotypes then get the allele that the
#' copied haplotypes have more probably; a message of class `forebear_message_filled` says how many.
#' No genotype that is there is changed.
#'
#' The haplotypes have the variants of the panel that `x` has, matched as by [harmonize()], and on
#' autosomes alone. Samples of `x` must not be in the panel: they would be copied from
#' themselves.
#'
#' @param x [genotypes], or paths of VCF files, which [read_vcf()] reads.
#' @param panel Phased [haplotypes], or a [reference_panel()]. Without a genetic map (`position_cm`
#'   is 0 throughout a chromosome) 1 cM per Mb is assumed.
#' @param cohort Whether samples inform about each other. If not, the haplotypes of a sample do not
#'   depend on the others; it takes a quarter of the time.
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @returns [haplotypes]. Their attribute `"pairs"` says how certain the phase is: a tibble with one
#'   row for each two heterozygous variants of a sample with none between them: `sample_id`,
#'   `chrom`, `start_bp` and `end_bp` (the two variants), `probability` (that their phase is right,
#'   given that of all others; 0.5 where nothing is known). On simulated cohorts the phase was right
#'   as often as it says, within 0.02 above 0.95, and more often below.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_unsorted` if variants of the panel are not in order;
#' `forebear_error_no_variant_left` if no variant on an autosome is left; those of [harmonize()]
#' where variants do not match, and of [read_vcf()].
#' @references
#' Li N. & Stephens M. (2003), Modeling linkage disequilibrium and identifying recombination
#' hotspots using single-nucleotide polymorphism data. Genetics 165, 2213-2233.
#' @seealso [correct_phase()], which corrects phase by local ancestry.
#' @examples
#' panel <- read_phased_vcf(example_data("phased_panel"))
#' query <- as_genotypes(read_phased_vcf(example_data("phased_query")))
#' phased <- phase_haplotypes(query[1:5, ], panel, threads = 1)
#' phased
#' attr(phased, "pairs")
#' @export
phase_haplotypes <- function(x, panel, cohort = TRUE, min_overlap = 0.8,
                             strand = c("check", "same"), threads = NULL) {
  call <- rlang::current_env()
  cohort <- check_flag(cohort, "cohort", call)
  min_overlap <- check_number(min_overlap, "min_overlap", min = 0, max = 1, call = call)
  strand <- check_choice(strand, "strand", c("check", "same"), call)
  threads <- check_threads(threads, call)
  panel <- haplotypes_to_copy(panel, call)
  x <- genotypes_to_phase(x, threads, call)
  aligned <- genotypes_at_panel(x, panel, min_overlap, strand, threads, call)
  chosen <- autosomal_variants(aligned, call)
  aligned <- aligned[, chosen]
  panel <- panel[, chosen]
  last <- check_variant_order(panel$variants, call)
  position_cm <- positions_in_cm(panel$variants, 1, call)
  check_rising_cm(position_cm, last, panel$variants, call)
  inform_filled(aligned, threads, call)
  parts <- Map(function(first, last) {
    phased_chromosome(aligned[, first:last], panel[, first:last], position_cm[first:last], cohort,
      threads, call)
  }, c(1L, last[-length(last)] + 1L), last)
  haplotypes <- if (length(parts) == 1) parts[[1]]$haplotypes else
    join_variants(lapply(parts, `[[`, "haplotypes"), "haplotypes", call)
  structure(haplotypes, pairs = vctrs::vec_rbind(!!!lapply(parts, `[[`, "pairs")))
}

haplotypes_to_copy <- function(panel, call) {
  if (inherits(panel, "forebear_reference_panel")) panel <- panel$haplotypes
  check_haplotypes(panel, "panel", call)
  panel
}

genotypes_to_phase <- function(x, threads, call) {
  if (is.character(x)) {
    return(read_vcf(check_paths(x, "x", call), threads = threads))
  }
  if (!inherits(x, "forebear_genotypes")) {
    abort_forebear("argument", c("`x` must be genotypes, or paths of VCF files.",
      x = sprintf("It is %s.", describe_class(x)),
      i = if (inherits(x, "forebear_haplotypes")) {
        "Haplotypes have a phase: `as_genotypes()` forgets it."
      }), call)
  }
  with_hard_calls(x, "Haplotypes are inferred")
}

# Genotypes at the variants of the panel, some of which they may lack.
genotypes_at_panel <- function(x, panel, min_overlap, strand, threads, call) {
  counted <- suppressWarnings(as_genotypes(panel, threads = threads),
    classes = "forebear_warning_duplicate_ids")
  sites <- reference_sites(counted, threads, call)
  found <- with_progress(function(progress) {
    rust_harmonize(x, as.list(sites$variants), sites$frequency, sites$n_alleles,
      strand == "same", min_overlap, TRUE, threads, progress)
  }, call)
  inform_strand(found)
  new_aligned(x, sites$variants, found, call)
}

# Positions of the variants that are there and on an autosome.
autosomal_variants <- function(aligned, call) {
  there <- aligned$variant_index != 0
  known <- chromosome_kinds(aligned)
  kind <- known$kind[match(aligned$variants$chrom, known$chrom)]
  others <- unique(aligned$variants$chrom[there & kind != "autosomal"])
  if (length(others) > 0) {
    inform_forebear("chromosomes_absent", sprintf("Not phased, as %s: %s.",
      if (length(others) == 1) "it is no autosome" else "they are no autosomes", quoted(others)))
  }
  chosen <- which(there & kind == "autosomal")
  if (length(chosen) == 0) {
    abort_forebear("no_variant_left", c(
      "`x` and `panel` must have a variant on an autosome in common.", x = "They have none."), call)
  }
  chosen
}

inform_filled <- function(genotypes, threads, call) {
  n_missing <- sum(with_progress(function(progress) {
    rust_count_missing(genotypes, threads, progress)
  }, call))
  if (n_missing > 0) {
    n <- prod(dim(genotypes))
    inform_forebear("filled", sprintf(
      "%s of %s genotypes (%.2g %%) are missing: both alleles are imputed.", big(n_missing), big(n),
      100 * n_missing / n))
  }
}

# haplotypes, pairs: of one chromosome.
phased_chromosome <- function(genotypes, panel, position_cm, cohort, threads, call) {
  donors <- list(haplotypes = panel, position_cm = as.double(position_cm))
  phased <- with_progress(function(progress) {
    rust_phase_genotypes(genotypes, donors, cohort, threads, progress)
  }, call)
  position_bp <- as.integer(panel$variants$position_bp)
  pairs <- phased$pairs
  list(
    haplotypes = suppressWarnings(haplotypes_of(phased$packed, genotypes$samples,
      panel$variants, call), classes = "forebear_warning_duplicate_ids"),
    pairs = tibble::tibble(
      sample_id = genotypes$samples$sample_id[pairs$sample],
      chrom = rep(panel$variants$chrom[1], length(pairs$sample)),
      start_bp = position_bp[pairs$first], end_bp = position_bp[pairs$second],
      probability = pairs$probability
    )
  )
}
