#' Prune variants in linkage disequilibrium
#'
#' Moves a window along each chromosome and, of every pair of variants in it whose genotypes are
#' correlated, drops the one with the rarer minor allele (of equals, the later). The same variants
#' stay as with `--indep-pairwise` of PLINK 1.9.
#'
#' The squared correlation is that of allele counts, over the founders called at both variants; a
#' pair is dropped from if it *exceeds* `r2`. Variants that do not vary among founders go as well.
#' Window and step count variants that were dropped already, as in PLINK. (plink2 chooses other
#' variants of the same number or so unless it is given `--indep-order 1`.) Sex chromosomes and
#' mitochondria are left out unless `sex_chromosomes = TRUE`, which PLINK corresponds to; [qc_rules]
#' says how they are treated then. What was removed is kept for [qc_report()].
#'
#' Variants must be in order of position within a chromosome, and a chromosome's variants beside
#' each other, as PLINK has them.
#'
#' @param g A [genotypes] object.
#' @param window Length of the window, in variants (at least 2) or kilobases: a kb window reaches to
#'   `1000 window` base pairs after its first variant.
#' @param step Variants by which the window moves; at most `window` for windows in variants.
#' @param r2 Largest squared correlation of a pair that stays, from 0 to 1. With n founders that of
#'   unlinked variants is 1 / (n - 1) on average: below 3 / n most variants go, linked or not, and
#'   there is a warning (class `forebear_warning_low_r2`) if more than half do. The paper's 0.02 is
#'   for 150 founders or more.
#' @param unit `"variants"` or `"kb"`: what `window` counts.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of the variants that stay.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_unsorted` (with chromosome and positions);
#' `forebear_error_unplaced` (no variant has a place); `forebear_error_no_autosomes`;
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
  pruning <- check_pruning(window, step, r2, unit, rlang::current_env())
  window <- pruning$window
  step <- pruning$step
  r2 <- pruning$r2
  unit <- pruning$unit
  threads <- check_threads(threads)
  left <- leave_out(g, sex_chromosomes)
  unplaced <- !left & are_unplaced(g, unit)
  kept <- !left & !unplaced
  inheritance <- inheritance_of(g, sex_chromosomes)[kept]
  placed <- if (all(kept)) g else g[, kept]
  pruned <- find_pruned(placed, inheritance, window, step, r2, unit, nonfounders, threads)
  kept[kept] <- pruned$kept
  rules <- c("sex chromosomes", "no place",
    sprintf("r2 > %s within %s %s", format(r2), big(window), unit))
  failed <- list(left, unplaced, !kept & !left & !unplaced)
  failed <- stats::setNames(failed, rules)[c(any(left), any(unplaced), TRUE)]
  n_left <- sum(kept)
  if (n_left == ncol(placed)) {
    why <- why_nothing_pruned(placed$variants, window, unit)
    return(remove_failed(g, "prune_ld", "variant", failed, why))
  }
  if (n_left < ncol(placed) / 2 && r2 < 3 / pruned$n_founders) {
    warn_low_r2(r2, pruned$n_founders, n_left, ncol(placed))
    # That says it all.
    return(suppressMessages(
      remove_failed(g, "prune_ld", "variant", failed,
        why_all = sprintf("`r2` is below 3 / n, with %d founders", pruned$n_founders)),
      classes = "forebear_message_nearly_all_removed"
    ))
  }
  why_all <- if (ncol(g) - n_left > nearly_all * ncol(g)) {
    why_nearly_all_pruned(placed, nonfounders, sex_chromosomes, threads)
  }
  remove_failed(g, "prune_ld", "variant", failed, why_all = why_all)
}

# A window must hold two variants for one to be dropped.
why_nothing_pruned <- function(variants, window, unit) {
  if (anyDuplicated(variants$chrom) == 0) {
    return("each variant is alone on its chromosome")
  }
  n <- nrow(variants)
  near <- diff(variants$position_bp) <= if (unit == "kb") 1000 * window else Inf
  if (!any(near & variants$chrom[-1] == variants$chrom[-n])) {
    return("no window holds two variants")
  }
  "no pair has a larger one"
}

why_nearly_all_pruned <- function(g, nonfounders, sex_chromosomes, threads) {
  stats <- suppressMessages(
    variant_stats(g, nonfounders = nonfounders, sex_chromosomes = sex_chromosomes,
      threads = threads),
    classes = "forebear_message_founders"
  )
  n_flat <- sum(stats$maf %in% c(0, NA))
  why <- c(
    if (n_flat > 0) sprintf("%s not vary among founders", if (n_flat == 1) "1 does" else
      paste(big(n_flat), "do"))
  )
  if (length(why) > 0) sprintf("Of the variants, %s.", paste(why, collapse = " and "))
}

# The r2 of unlinked variants is 1 / (n - 1) on average.
warn_low_r2 <- function(r2, n_founders, n_left, n_before, call = rlang::caller_env()) {
  least <- 3 / n_founders
  message <- c("`r2` should be at least 3 / n, with n founders.",
    x = sprintf(paste("With %d founders the r2 of unlinked variants is %s on average: `r2 = %s`",
      "left %s of %s."), n_founders, shown_number(1 / (n_founders - 1)), format(r2), big(n_left),
      counted(n_before, "variant")),
    i = if (least < 1) sprintf("Use `r2 = %s` or more.", format(ceiling(100 * least) / 100)) else
      "So few samples cannot distinguish linked variants from others."
  )
  warn_forebear("low_r2", message, call)
}

# [n_variants] whether a variant has no place, as on PLINK's chromosome 0; a message counts them.
are_unplaced <- function(g, unit, call = rlang::caller_env()) {
  known <- chromosome_kinds(g)
  unplaced <- g$variants$chrom %in% known$chrom[known$kind == "unplaced"]
  where <- "on chromosome 0, PLINK's name of an unknown place"
  if (unit == "kb" && !any(unplaced) && all(g$variants$position_bp == 0)) {
    unplaced <- !unplaced
    where <- "at position 0"
  }
  n <- sum(unplaced)
  if (all(unplaced)) {
    abort_forebear("unplaced", c("Variants must have places for linkage to be looked for.",
      x = sprintf("All %s are %s.", counted(n, "variant"), where),
      i = paste("Give them their places: `plink --update-chr` and `--update-map`, or another",
        ".bim.")), call)
  }
  if (n > 0) {
    inform_forebear("unplaced", sprintf("%s %s, %s left out.", counted(n, "variant"), where,
      if (n == 1) "is" else "are"))
  }
  unplaced
}

# kept: [n_variants] whether a variant stays; n_founders. inheritance: of each variant, see
# `inheritance_of()`.
find_pruned <- function(g, inheritance, window, step, r2, unit, nonfounders, threads,
                        call = rlang::caller_env()) {
  inform_hard_calls(g, "Linkage disequilibrium is taken")
  roles <- founder_roles(g$samples, nonfounders, "Linkage disequilibrium is taken", 2, call)
  ends <- check_variant_order(g$variants, call)
  in_base_pairs <- unit == "kb"
  length <- if (in_base_pairs) floor(1000 * window + 1e-6) else window
  work <- function(progress) {
    rust_prune_ld(g, ends, inheritance[ends], g$variants$position_bp, roles, as.double(length),
      in_base_pairs, step, r2, threads, progress)
  }
  list(kept = with_progress(work, call), n_founders = sum(roles$founder))
}

order_hint <- "Order them: `g[, with(variants(g), order(chrom, position_bp))]`."

# Position of the last variant of every chromosome.
check_variant_order <- function(variants, call) {
  n <- nrow(variants)
  chrom <- plain_chromosome(variants$chrom)
  new_chromosome <- chrom[-1] != chrom[-n]
  ends <- c(which(new_chromosome), n)
  names <- chrom[ends]
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
