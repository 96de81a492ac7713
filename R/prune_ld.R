#' Prune variants in linkage disequilibrium
#'
#' Moves a window along each chromosome and, of every pair of variants in it whose genotypes are
#' correlated, drops the one with the rarer minor allele (of equals, the later). The same variants
#' stay as with `--indep-pairwise` of PLINK 1.9.
#'
#' The squared correlation is that of allele counts, over the founders called at both variants; a
#' pair is dropped from if it *exceeds* `r2`. Variants that do not vary among founders go as well.
#' Window and step count variants that were dropped already, as in PLINK. (plink2 chooses other
#' variants of the same number or so unless it is told `--indep-order 1`.) [qc_rules] says how sex
#' chromosomes are treated. What was removed is kept for [qc_report()].
#'
#' Variants must be in order of position within a chromosome, and a chromosome's variants beside
#' each other, as PLINK has them.
#'
#' @param g A [genotypes] object.
#' @param window Length of the window, in variants (at least 2) or kilobases: a kb window reaches to
#'   `1000 window` base pairs after its first variant.
#' @param step Variants by which the window moves; at most `window` for windows in variants.
#' @param r2 Largest squared correlation of a pair that stays, from 0 to 1.
#' @param unit `"variants"` or `"kb"`: what `window` counts.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of the variants that stay.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_unsorted` (with chromosome and positions);
#' `forebear_error_no_founders`; `forebear_error_nothing_left`.
#' @references Purcell S. et al. (2007), American Journal of Human Genetics 81:559.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' prune_ld(genotypes, window = 50, step = 5, r2 = 0.2)
#' prune_ld(genotypes, window = 500, step = 1, r2 = 0.2, unit = "kb")
#' @export
prune_ld <- function(g, window = 1000, step = 10, r2 = 0.02, unit = c("variants", "kb"),
                     nonfounders = FALSE, sex_chromosomes = "auto", threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  unit <- check_choice(unit, "unit", c("variants", "kb"))
  window <- if (unit == "kb") {
    check_number(window, "window", min = 0.001, max = 1e7)
  } else {
    check_count(window, "window", min = 2)
  }
  step <- check_count(step, "step", max = if (unit == "kb") .Machine$integer.max else window)
  r2 <- check_number(r2, "r2", min = 0, max = 1)
  threads <- check_threads(threads)
  kept <- find_pruned(g, window, step, r2, unit, nonfounders, sex_chromosomes, threads)
  rule <- sprintf("r2 > %s within %s %s", format(r2), big(window), unit)
  remove_failed(g, "prune_ld", "variant", stats::setNames(list(!kept), rule))
}

# [n_variants] whether a variant stays.
find_pruned <- function(g, window, step, r2, unit, nonfounders, sex_chromosomes, threads,
                        call = rlang::caller_env()) {
  inheritance <- inheritance_of(g$variants$chrom, sex_chromosomes, call)
  roles <- sample_roles(g$samples, nonfounders, call)
  if (sum(roles$founder) < 2) {
    message <- c("Linkage disequilibrium is measured among at least 2 founders.",
      x = sprintf("There are %d: other samples have a recorded parent.", sum(roles$founder)),
      i = "`nonfounders = TRUE` counts every sample.")
    abort_forebear("no_founders", message, call)
  }
  ends <- check_variant_order(g$variants, call)
  in_base_pairs <- unit == "kb"
  length <- if (in_base_pairs) floor(1000 * window + 1e-6) else window
  work <- function(progress) {
    rust_prune_ld(g, ends, inheritance[ends], g$variants$position_bp, roles, as.double(length),
      in_base_pairs, step, r2, threads, progress)
  }
  with_progress(work, call)
}

order_hint <- "Order them: `g[, with(variants(g), order(chrom, position_bp))]`."

# Position of the last variant of every chromosome.
check_variant_order <- function(variants, call) {
  n <- nrow(variants)
  new_chromosome <- variants$chrom[-1] != variants$chrom[-n]
  ends <- c(which(new_chromosome), n)
  names <- variants$chrom[ends]
  if (anyDuplicated(names) > 0) {
    message <- c("The variants of a chromosome must lie beside each other.",
      x = sprintf("Chromosome \"%s\" comes in pieces.", names[duplicated(names)][1]),
      i = order_hint)
    abort_forebear("unsorted", message, call)
  }
  falls <- which(!new_chromosome & diff(variants$position_bp) < 0)
  if (length(falls) > 0) {
    at <- falls[[1]]
    message <- c("Variants must be in order of position within a chromosome.",
      x = sprintf("On chromosome \"%s\", \"%s\" at %s comes before \"%s\" at %s.",
        variants$chrom[at], variants$variant_id[at], big(variants$position_bp[at]),
        variants$variant_id[at + 1], big(variants$position_bp[at + 1])),
      i = order_hint)
    abort_forebear("unsorted", message, call)
  }
  as.integer(ends)
}
