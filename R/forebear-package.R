#' forebear: ancestry from genotypes
#'
#' @description
#' Reads PLINK files ([read_bed()]) and VCF ([read_vcf()], [read_phased_vcf()])
#' without expanding them, cleans them ([filter_variants()], [prune_ld()],
#' [unrelated()], [qc_recipe()]) and matches them to a reference ([harmonize()]),
#' projects samples on their principal components ([pca()]) and describes every
#' sample as a mixture of archetypes ([archetypes()]). Results are read with [tidy()],
#' [augment()] and [glance()] and drawn with [autoplot()].
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

#' Arguments that many functions share
#'
#' @param threads Number of threads; `NULL` takes `options(forebear.threads = )`
#'   or all processors. It changes the time, never the result.
#' @param seed A whole number from 0. The same seed gives the same result at any
#'   number of threads.
#' @param ... Must be empty.
#' @name shared_arguments
#' @keywords internal
NULL
