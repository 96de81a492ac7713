#' Keep the haplotypes of one ancestry
#'
#' Haplotypes in which every allele is missing that does not lie on a segment of an ancestry, for
#' analyses of this ancestry alone: [pca()], projections and [archetypes()] of admixed samples
#' beside unadmixed ones.
#'
#' An allele is kept where the posterior of the ancestry, a population or an inner node of the
#' tree, is at least `threshold`; in windows that were left out of `calls` none is. As genotypes,
#' for [pca()] and other models, a sample has both alleles where both are kept; where one is, it
#' counts twice, as that of a sample with one haplotype does; where none is, the genotype is
#' missing. Scores are those of least squares on what is kept ([pca()]), without the correction for
#' shrinkage that [predict()][predict.forebear_pca] makes of other new samples: they lie somewhat
#' nearer to the origin.
#'
#' What takes haplotypes without missing alleles, such as [local_ancestry()] or
#' [write_phased_vcf()], refuses masked ones.
#'
#' @param haplotypes [haplotypes] that the calls were made of, in the same phase.
#' @param calls Ancestry calls.
#' @param ancestry A population of the calls, or an inner node of their tree.
#' @param threshold Least posterior of what is kept. At .5 what is more likely of the ancestry than
#'   not; a higher one also drops what is hard to call, which is not a random part of a genome, and
#'   moves scores more than the few wrong alleles that it avoids.
#' @param tree As of [assign_ancestry()].
#' @param min_typicality As of [assign_ancestry()].
#' @inheritParams shared_arguments
#' @returns [haplotypes] of class `forebear_masked_haplotypes`, of the same samples and variants.
#'   `as.matrix()` has `NA` where an allele is missing; `as_genotypes()`, `pca()`, `predict()` of
#'   what `pca()` returns, `[`, [samples()] and [variants()] take them.
#' @section Errors:
#' `forebear_error_uncalled_samples`, `forebear_error_uncalled_chromosomes`,
#' `forebear_error_phase_mismatch`, `forebear_error_incomplete_calls`, `forebear_error_tree`,
#' `forebear_error_argument`; `forebear_error_masked_haplotypes` from what refuses them.
#' @references Browning S.R. et al. (2016), Local ancestry inference in a large US-based
#' Hispanic/Latino study: Hispanic Community Health Study/Study of Latinos. G3 6:1525.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' samples <- unique(calls$sample_id)
#' alleles <- matrix(rep(c(0, 1, 1), 2 * length(samples)), 2 * length(samples))
#' rownames(alleles) <- paste0(rep(samples, each = 2), c("_1", "_2"))
#' variants <- data.frame(chrom = "1", position_bp = c(2000000L, 7000000L, 12000000L))
#' masked <- mask_haplotypes(as_haplotypes(alleles, variants = variants), calls, "west")
#' masked
#' as.matrix(masked)
#' @family uses of ancestry calls
#' @export
mask_haplotypes <- function(haplotypes, calls, ancestry, threshold = 0.5, tree = NULL,
                            min_typicality = 0, threads = NULL) {
  call <- rlang::current_env()
  check_haplotypes(haplotypes, "haplotypes", call)
  threshold <- check_number(threshold, "threshold", min = 0, max = 1, call = call)
  min_typicality <- check_number(min_typicality, "min_typicality", min = 0, max = 1, call = call)
  threads <- check_threads(threads, call)
  calls <- calls_of_haplotypes(calls, haplotypes, call)
  called <- called_haplotypes(calls, haplotypes, call, may_lack = TRUE)
  tree <- tree_of_calls(calls, tree, call)
  node <- match(check_string(ancestry, "ancestry", call), tree$node)
  if (is.na(node)) {
    abort_forebear("argument", c(
      "`ancestry` must be a population of the calls or an inner node of their tree.",
      x = sprintf("It is %s.", quoted(ancestry)), i = sprintf("They are %s.", quoted(tree$node))
    ), call)
  }
  if (min_typicality == 0) inform_untypical(untypical_of_calls(calls), counts_as_nearest)
  posterior <- Reduce(`+`, posteriors_of(calls, tree$node[leaves_below(tree, node)]))
  is_atypical <- typicality_of(calls, min_typicality, call) < min_typicality
  called$counts <- posterior >= threshold - 1e-9 & !(is_atypical %in% TRUE)
  packed <- with_progress(function(progress) {
    rust_presence(called, nrow(haplotypes), threads, progress)
  }, call)
  whole <- with_packed(haplotypes, repacked(haplotypes, threads, call))
  whole$present <- packed$alleles
  class(whole) <- c("forebear_masked_haplotypes", class(whole))
  whole
}

# Masked haplotypes are haplotypes with `present`: raw bits in the layout of `alleles`, 1 where an
# allele is kept. Samples and variants are chosen by the same indices.

is_masked <- function(x) inherits(x, "forebear_masked_haplotypes")

# The bits as haplotypes, in which an allele that is kept is 1.
mask_of <- function(x) {
  x$alleles <- x$present
  x$haploid <- raw()
  x$present <- NULL
  class(x) <- "forebear_haplotypes"
  x
}

refuse_masked <- function(what, call) {
  abort_forebear("masked_haplotypes", c(
    sprintf("%s must have all alleles.", what),
    x = "These are masked: only alleles of one ancestry are left.",
    i = "as_genotypes() makes genotypes of them, with missing ones."
  ), call)
}

#' @export
as.matrix.forebear_masked_haplotypes <- function( # nolint: object_name_linter. As base's.
    x, ..., threads = NULL) {
  check_no_dots(...)
  alleles <- NextMethod()
  alleles[as.matrix(mask_of(x), threads = threads) == 0L] <- NA_integer_
  alleles
}

#' @export
print.forebear_masked_haplotypes <- function(x, ...) {
  n <- dim(x)
  kept <- answer(rust_n_present(mask_of(x))) / max(1, 2 * prod(n))
  cat(
    sprintf("<masked haplotypes> %s x %s", counted(n[1], "sample"), counted(n[2], "variant")),
    sprintf("%.1f %% of the alleles are kept, the others missing", 100 * kept),
    sep = "\n"
  )
  invisible(x)
}

#' @method rbind forebear_masked_haplotypes
#' @rawNamespace S3method(rbind, forebear_masked_haplotypes)
rbind.forebear_masked_haplotypes <- function( # nolint: object_name_linter. As base's.
    ..., deparse.level = 1) { # nolint: object_name_linter.
  refuse_masked("Haplotypes to be joined", rlang::current_env())
}

#' @method cbind forebear_masked_haplotypes
#' @rawNamespace S3method(cbind, forebear_masked_haplotypes)
cbind.forebear_masked_haplotypes <- # nolint: object_name_linter. As base's.
  rbind.forebear_masked_haplotypes
