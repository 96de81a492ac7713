#' Clump the variants of an association study
#'
#' Reduces a table of p-values to its independent signals: the variant of the smallest p-value takes
#' in all near variants that are in linkage disequilibrium with it; then the next that is in no
#' clump yet, as long as p-values reach `max_p`. The clumps are those of `--clump` of PLINK 1.9.
#'
#' Linkage disequilibrium is the squared correlation of two variants in haplotypes,
#' \eqn{D^2 / (p (1 - p) q (1 - q))}, whose frequencies maximize the likelihood of the genotypes of
#' the founders that have both; a member *exceeds* `r2`. On X a male adds one haplotype, on Y males
#' alone do, and their heterozygous calls are missing. Every variant of the table takes part,
#' whatever its p-value, and is in one clump at most. PLINK's `--clump-p2` chooses what of the
#' members is listed: here keep rows with `p < 0.01`.
#'
#' Use genotypes of the population of the study; those of a reference panel will do.
#'
#' @param g A [genotypes] object, in order of position as [prune_ld()] wants it.
#' @param p_values A data frame with a column of variant IDs (`variant_id`, `SNP`, `ID`, `rsid` or
#'   `MarkerName`) and one of p-values (`p`, `P`, `p_value`, `pval` or `p.value`), or a numeric
#'   vector named by variant. Variants that `g` does not have are passed over with a message;
#'   missing p-values take no part.
#' @param max_p Largest p-value of an index variant (`--clump-p1`).
#' @param r2 Squared correlation that members exceed (`--clump-r2`).
#' @param window Kilobases on either side of the index variant (`--clump-kb`).
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per variant in a clump: `clump` (1, 2, ... by rising p-value),
#'   `index_id` (its index variant), `variant_id`, `chrom`, `position_bp`, `p`, `r2` with the index
#'   variant (1 for itself); the index variant first, then members in order of position. Without a
#'   p-value that reaches `max_p` it has no rows, and a message says what the smallest is.
#' @section Errors:
#' `forebear_error_p_values` (columns, numbers outside 0 to 1, a variant twice, none in `g`);
#' `forebear_error_unsorted`; `forebear_error_no_founders`; `forebear_error_no_autosomes`;
#' `forebear_error_argument`.
#' @references Purcell S. et al. (2007), American Journal of Human Genetics 81:559. Gaunt T. R.,
#'   Rodriguez S. and Day I. N. M. (2007), BMC Bioinformatics 8:428 (haplotype frequencies).
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' p <- setNames((seq_len(ncol(genotypes)) * 0.618) %% 1, variants(genotypes)$variant_id)
#' clump(genotypes, p, max_p = 0.01, r2 = 0.2, window = 1000)
#' @export
clump <- function(g, p_values, max_p = 1e-4, r2 = 0.5, window = 250, nonfounders = FALSE,
                  sex_chromosomes = "auto", threads = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  check_genotypes(g, "g")
  max_p <- check_number(max_p, "max_p", min = 0, max = 1)
  r2 <- check_number(r2, "r2", min = 0, max = 1)
  window <- check_number(window, "window", min = 0.001, max = 1e6)
  threads <- check_threads(threads)
  inform_hard_calls(g, "Linkage disequilibrium is taken")
  roles <- founder_roles(g$samples, nonfounders, "Linkage disequilibrium is taken")
  left <- leave_out(g, sex_chromosomes)
  inheritance <- inheritance_of(g, sex_chromosomes)[!left]
  g <- if (any(left)) choose_variants(g, !left, call) else g
  p <- p_of_variants(p_values, g$variants$variant_id, call)
  ends <- check_variant_order(g$variants, call)
  possible <- which(p <= max_p)
  if (length(possible) == 0) {
    inform_forebear("no_clump", sprintf("No p-value reaches `max_p`, %s: the smallest is %s.",
      format(max_p), shown_number(min(p, na.rm = TRUE))))
  }
  order <- possible[order(p[possible])]
  reach_bp <- floor(1000 * window + 1e-6)
  found <- with_progress(function(progress) {
    rust_clump(g, ends, inheritance[ends], g$variants$position_bp, !is.na(p), order, roles, r2,
      reach_bp, threads, progress)
  }, call)
  clump <- c(seq_along(found$index), found$clump)
  variant <- c(found$index, found$variant)
  table <- tibble::tibble(
    clump = clump, index_id = g$variants$variant_id[found$index[clump]],
    variant_id = g$variants$variant_id[variant], chrom = g$variants$chrom[variant],
    position_bp = g$variants$position_bp[variant], p = p[variant],
    r2 = c(rep(1, length(found$index)), found$r2)
  )
  table[order(clump, variant != found$index[clump], variant), ]
}

id_columns <- c("variant_id", "snp", "id", "rsid", "markername")
p_columns <- c("p", "p_value", "pval", "p.value", "pvalue")

# [n_variants] the p-value of each variant of the data, NA where the table has none.
p_of_variants <- function(p_values, variant_id, call) {
  refuse <- function(rule, found, hint = NULL) {
    abort_forebear("p_values", c(rule, x = found, i = hint), call)
  }
  table <- p_table(p_values, refuse)
  wrong <- which(!is.na(table$p) & (table$p < 0 | table$p > 1))
  if (length(wrong) > 0) {
    refuse("P-values must lie between 0 and 1.", sprintf("%s not, first %s of %s in row %s.",
      verb(length(wrong)), format(table$p[wrong[1]]), quoted(table$id[wrong[1]]), big(wrong[1])))
  }
  repeated <- unique(table$id[duplicated(table$id) & table$id %in% variant_id])
  if (length(repeated) > 0) {
    refuse("A variant must have one p-value.",
      sprintf("%s several: %s.", if (length(repeated) == 1) "1 has" else
        paste(big(length(repeated)), "have"), quoted(repeated)),
      "Keep one test of each, such as `TEST == \"ADD\"` of PLINK.")
  }
  absent <- !table$id %in% variant_id
  if (all(absent)) {
    refuse("Some p-value must be of a variant of `g`.",
      sprintf("The table has %s; the data have %s.", quoted(table$id), quoted(variant_id)),
      "IDs must be spelled alike.")
  }
  if (any(absent)) {
    inform_forebear("absent_variants", sprintf(
      "%s with a p-value %s not in the data, passed over; the smallest of their p-values is %s.",
      counted(sum(absent), "variant"), if (sum(absent) == 1) "is" else "are",
      shown_number(min(table$p[absent], na.rm = TRUE))))
  }
  table$p[match(variant_id, table$id)]
}

# id and p of a data frame or a named vector.
p_table <- function(p_values, refuse) {
  rule <- "`p_values` must be a data frame of variant IDs and p-values, or a named vector."
  if (is.numeric(p_values) && !is.null(names(p_values))) {
    return(list(id = names(p_values), p = unname(as.double(p_values))))
  }
  if (!is.data.frame(p_values)) {
    refuse(rule, found(p_values))
  }
  bare <- bare_column(names(p_values))
  id <- intersect(match(id_columns, bare), seq_along(bare))
  p <- intersect(match(p_columns, bare), seq_along(bare))
  if (length(id) == 0 || length(p) == 0) {
    refuse(rule, sprintf("Its columns are %s.", quoted(names(p_values))),
      "Call them `variant_id` and `p`.")
  }
  if (!is.numeric(p_values[[p[1]]])) {
    refuse("P-values must be numbers.", sprintf("Column %s is %s.", quoted(names(p_values)[p[1]]),
      describe_class(p_values[[p[1]]])))
  }
  list(id = id_text(p_values[[id[1]]]), p = as.double(p_values[[p[1]]]))
}
