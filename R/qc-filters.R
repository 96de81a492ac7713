# Filters by thresholds. A number that was computed is compared with a little slack, as in PLINK.
plink_slack <- 2^-44

#' Remove samples and variants of low quality
#'
#' `filter_samples()` removes samples with too many missing genotypes. `filter_variants()` removes
#' variants by missing genotypes, minor allele frequency and Hardy-Weinberg proportions; each is
#' taken of the samples that `g` has, and a variant goes if it breaks any rule. Filter samples
#' first: bad samples spoil good variants.
#'
#' The thresholds are PLINK's: `max_missing` is `--mind` and `--geno`, `min_maf` is `--maf`,
#' `min_hwe_p` is `--hwe`, and the same variants stay. A value at a threshold stays, and so does a
#' variant whose frequency or p-value is not known because no sample is called. [qc_rules] says
#' which samples count. What was removed and why is kept for [qc_report()].
#'
#' Of a filter that removes nothing, or more than 95 % of the samples or variants, a message says
#' why, and so it does of [exclude_regions()], [prune_ld()] and [unrelated()].
#'
#' @param g A [genotypes] object.
#' @param max_missing Largest proportion of missing genotypes. In `filter_variants()`, 1 keeps all.
#' @param min_maf Smallest minor allele frequency; 0 keeps all.
#' @param min_hwe_p Smallest p-value of the Hardy-Weinberg test; 0 keeps all. In samples of several
#'   populations, differences between them break the proportions: choose a small number.
#' @inheritParams variant_stats
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of what stays.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_no_founders` where `min_maf` or `min_hwe_p` need some;
#' `forebear_error_nothing_left` if all would go.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes |>
#'   filter_samples(max_missing = 0.05) |>
#'   filter_variants(max_missing = 0.02, min_maf = 0.05, min_hwe_p = 1e-6)
#' @export
filter_samples <- function(g, max_missing = 0.1, sex_chromosomes = "auto", threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  max_missing <- check_number(max_missing, "max_missing", min = 0, max = 1)
  # Founders are for allele frequencies alone.
  stats <- count_samples(g, sample_roles(g$samples, TRUE), sex_chromosomes, threads)
  n_missing <- stats$n_variants - stats$n_called
  failed <- is_above(n_missing, max_missing, stats$n_variants)
  rule <- sprintf("missing > %s", format(max_missing))
  remove_failed(g, "filter_samples", "sample", stats::setNames(list(failed), rule),
    why = why_none_missing(n_missing, stats$n_variants))
}

#' @rdname filter_samples
#' @export
filter_variants <- function(g, max_missing = 1, min_maf = 0, min_hwe_p = 0, mid_p = FALSE,
                            nonfounders = FALSE, sex_chromosomes = "auto", threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  max_missing <- check_number(max_missing, "max_missing", min = 0, max = 1)
  min_maf <- check_number(min_maf, "min_maf", min = 0, max = 0.5)
  min_hwe_p <- check_number(min_hwe_p, "min_hwe_p", min = 0, max = 1)
  mid_p <- check_flag(mid_p, "mid_p")
  roles <- if (min_maf > 0 || min_hwe_p > 0) {
    founder_roles(g$samples, nonfounders, frequencies_are_taken)
  } else {
    sample_roles(g$samples, nonfounders)
  }
  stats <- count_variants(g, mid_p, roles, sex_chromosomes, threads)
  maf <- pmin(stats$allele_frequency, 1 - stats$allele_frequency)
  n_missing <- stats$n_samples - stats$n_called
  failed <- list(
    is_above(n_missing, max_missing, stats$n_samples), is_below(stats$hwe_p, min_hwe_p),
    is_below(maf, min_maf)
  )
  why <- c(why_none_missing(n_missing, stats$n_samples), why_none_below(stats$hwe_p, "p"),
    why_none_below(maf, "MAF"))
  rules <- sprintf(c("missing > %s", "Hardy-Weinberg p < %s", "MAF < %s"),
    c(format(max_missing), format(min_hwe_p), format(min_maf)))
  in_use <- c(max_missing < 1, min_hwe_p > 0, min_maf > 0)
  remove_failed(g, "filter_variants", "variant", stats::setNames(failed, rules)[in_use],
    why[in_use])
}

# Why nothing has too many missing genotypes.
why_none_missing <- function(n_missing, n_all) {
  if (sum(n_missing) == 0) {
    return("no genotype is missing")
  }
  sprintf("the largest proportion is %s", shown_number(max(n_missing / n_all, na.rm = TRUE)))
}

# Why nothing is below a threshold.
why_none_below <- function(x, name) {
  if (all(is.na(x))) {
    return(sprintf("%s is not known of any", name))
  }
  sprintf("the smallest is %s", shown_number(min(x, na.rm = TRUE)))
}

shown_number <- function(x) format(x, digits = 3)

# Whether `n` of `n_all` is more than a proportion.
is_above <- function(n, proportion, n_all) n > proportion * n_all * (1 + plink_slack)

# Whether a number that may be unknown is below a threshold.
is_below <- function(x, threshold) !is.na(x) & x < threshold * (1 - plink_slack)

# Of a filter that leaves a smaller proportion than this it is said why.
nearly_all <- 0.95

# Keeps what breaks no rule, and notes what each rule removed. `failed`: rules, by what they say;
# each a logical with one entry per sample or variant. `why`: for each rule, why nothing breaks it
# if nothing does; `why_all`: why so much does.
#
# Nothing or nearly all removed is said in a message; in between there is none.
remove_failed <- function(g, verb, unit, failed, why = rep("", length(failed)), why_all = NULL,
                          call = rlang::caller_env()) {
  n <- dim(g)[[match(unit, c("sample", "variant"))]]
  stays <- !Reduce(`|`, failed, logical(n))
  broken <- vapply(failed, sum, 0L)
  counts <- paste(sprintf("%s (%s)", names(failed), big(broken)), collapse = ", ")
  if (!any(stays)) {
    message <- c(sprintf("A filter must leave at least one %s.", unit),
      x = sprintf("All %s would go: %s.", counted(n, unit), counts), i = why_all)
    abort_forebear("nothing_left", message, call)
  }
  note <- ifelse(broken == 0 & nzchar(why), why, NA_character_)
  if (all(stays)) {
    inform_nothing_removed(verb, unit, names(failed), note)
  } else {
    inform_unknown(verb, unit, names(failed), note)
  }
  if (sum(!stays) > nearly_all * n) {
    inform_forebear("nearly_all_removed", paste0(
      sprintf("%s() removed %s of %s: %s.", verb, big(sum(!stays)), counted(n, unit), counts),
      if (!is.null(why_all)) paste0(" ", why_all)
    ))
    largest <- seq_along(broken) == which.max(broken)
    note[largest] <- paste0(c("nearly all", why_all), collapse = ": ")
  }
  kept <- if (all(stays)) g else if (unit == "sample") g[which(stays), ] else g[, which(stays)]
  note_step(g, kept, verb, unit, failed, note)
}

inform_nothing_removed <- function(verb, unit, rules, note) {
  why <- if (length(rules) == 0) "no threshold is set" else
    paste(ifelse(is.na(note), rules, sprintf("%s: %s", rules, note)), collapse = "; ")
  inform_forebear("nothing_removed", sprintf("%s() removed no %s (%s).", verb, unit, why))
}

# A rule that could be applied to nothing is said even if others removed something.
inform_unknown <- function(verb, unit, rules, note) {
  unknown <- grepl("is not known of any$", note)
  if (any(unknown)) {
    inform_forebear("not_tested", sprintf("%s() removed no %s by %s.", verb, unit,
      paste(sprintf("%s: %s", rules[unknown], note[unknown]), collapse = "; ")))
  }
}
