#' forebear: ancestry from genotypes
#'
#' @description
#' From genotypes to ancestry. Each part can be used alone:
#'
#' * *Data.* PLINK files ([read_bed()]) and VCF ([read_vcf()], [read_phased_vcf()]) are read without
#'   being expanded, cleaned by PLINK's rules ([qc_recipe()], [filter_variants()], [prune_ld()],
#'   [unrelated()]) and matched to a reference ([harmonize()]).
#' * *Components.* [pca()] gives principal components and projects new samples.
#' * *Archetypes.* [archetypes()] describes every sample as a mixture of extreme points;
#'   [archetypes_path()] does so for several numbers of them, and [bootstrap_ancestry()] gives
#'   standard errors.
#' * *Admixture.* [admixture()] fits the likelihood model of ADMIXTURE; [compare_ancestry()] and
#'   [align_runs()] match the clusters of different runs and programs ([read_q()]).
#' * *Maps.* [gtm()] fits generative topographic maps, [explore_maps()] links maps in one page.
#' * *Classification.* [classify()] predicts populations by GTM, k nearest neighbors or SVM, and
#'   [cross_validate()] says how well.
#' * *Local ancestry.* [local_ancestry()] learns from a [reference_panel()] of phased haplotypes
#'   which population each window of new haplotypes comes from, and finds errors of their phase;
#'   [assign_ancestry()], [ancestry_segments()] and [ancestry_proportions()] read the calls.
#'
#' Fits are read with [tidy()], [augment()] and [glance()], drawn with [autoplot()], applied to new
#' samples with [predict()][stats::predict], and kept with [write_model()].
#'
#' @section Threads, seeds, progress and Ctrl-C:
#' Every long function takes `threads`: all processors unless you say otherwise,
#' there or in `options(forebear.threads = )`, and two at most while `R CMD check`
#' runs. Every stochastic function takes `seed`. The same seed gives the same
#' answer, to the last bit, at any number of threads. In interactive use a
#' progress bar shows how long the work will take (`options(forebear.progress =
#' FALSE)` hides it); Ctrl-C stops it within a second and leaves nothing behind.
#'
#' @section Missing genotypes:
#' Scores of a sample, and with them maps, classes and archetypes, are least squares on the
#' genotypes that it has, in the fit and as a new sample: see [pca()]. [admixture()] is fitted to
#' the likelihood of the called genotypes. A missing genotype is never taken as zero copies, and a
#' sample without any has no answer: `NA`, with a warning that names it.
#'
#' @keywords internal
#' @useDynLib forebear, .registration = TRUE
#' @importFrom rlang .data
#' @importFrom rlang %||%
"_PACKAGE"

#' Arguments of many functions
#'
#' @param threads Number of threads; `NULL` takes `options(forebear.threads = )`
#'   or all processors. It changes the time, never the result.
#' @param seed A whole number from 0. The same seed gives the same result at any
#'   number of threads.
#' @param ... Must be empty.
#' @name shared_arguments
#' @keywords internal
NULL
