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
#' variant whose frequency or p-value is not known because nobody is called. [qc_rules] says which
#' samples count. What was removed and why is kept for [qc_report()].
#'
#' @param g A [genotypes] object.
#' @param max_missing Largest share of missing genotypes. In `filter_variants()`, 1 keeps all.
#' @param min_maf Smallest minor allele frequency; 0 keeps all.
#' @param min_hwe_p Smallest p-value of the Hardy-Weinberg test; 0 keeps all. In samples of several
#'   populations, differences between them break the proportions: choose a small number.
#' @inheritParams variant_stats
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of what stays.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_nothing_left` if all would go.
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
  stats <- count_samples(g, FALSE, sex_chromosomes, threads)
  failed <- is_above(stats$n_variants - stats$n_called, max_missing, stats$n_variants)
  rule <- sprintf("missing > %s", format(max_missing))
  remove_failed(g, "filter_samples", "sample", stats::setNames(list(failed), rule))
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
  stats <- count_variants(g, mid_p, nonfounders, sex_chromosomes, threads)
  maf <- pmin(stats$allele_frequency, 1 - stats$allele_frequency)
  failed <- list(
    is_above(stats$n_samples - stats$n_called, max_missing, stats$n_samples),
    is_below(stats$hwe_p, min_hwe_p), is_below(maf, min_maf)
  )
  rules <- sprintf(c("missing > %s", "Hardy-Weinberg p < %s", "MAF < %s"),
    c(format(max_missing), format(min_hwe_p), format(min_maf)))
  in_use <- c(max_missing < 1, min_hwe_p > 0, min_maf > 0)
  remove_failed(g, "filter_variants", "variant", stats::setNames(failed, rules)[in_use])
}

# Whether `n` of `n_all` is more than a share.
is_above <- function(n, share, n_all) n > share * n_all * (1 + plink_slack)

# Whether a number that may be unknown is below a threshold.
is_below <- function(x, threshold) !is.na(x) & x < threshold * (1 - plink_slack)

# Keeps what breaks no rule, and notes what each rule removed. `failed`: rules, by what they say;
# each a logical with one entry per sample or variant.
remove_failed <- function(g, verb, unit, failed, call = rlang::caller_env()) {
  n <- dim(g)[[match(unit, c("sample", "variant"))]]
  stays <- !Reduce(`|`, failed, logical(n))
  if (!any(stays)) {
    broken <- vapply(failed, sum, 0L)
    message <- c(sprintf("A filter must leave at least one %s.", unit),
      x = sprintf("All %s would go: %s.", counted(n, unit),
        paste(sprintf("%s (%s)", names(failed), big(broken)), collapse = ", ")))
    abort_forebear("nothing_left", message, call)
  }
  kept <- if (all(stays)) g else if (unit == "sample") g[which(stays), ] else g[, which(stays)]
  note_step(g, kept, verb, unit, failed)
}
