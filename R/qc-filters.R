# Filters by thresholds. A number that was computed is compared with a little slack, as in PLINK.
plink_slack <- 2^-44

#' Remove samples and variants of low quality
#'
#' `filter_samples()` removes samples with too many missing genotypes, with a heterozygosity far
#' from that of the others, or of another sex than recorded. `filter_variants()` removes
#' variants by missing genotypes, minor allele frequency and Hardy-Weinberg proportions; each is
#' taken of the samples that `g` has, and a variant goes if it breaks any rule. Filter samples
#' first: bad samples spoil good variants.
#'
#' Heterozygosity is measured by F of [sample_stats()] (PLINK's `--het`): too low a value hints at
#' inbreeding, too high a heterozygosity at contamination. Both depend on ancestry, so in samples of
#' several populations filter each by itself. Sex is tested as by [sex_check()].
#'
#' Differences between populations break Hardy-Weinberg proportions. With `labels` they are tested
#' within each population, and the smallest p-value counts.
#' A message of class `forebear_message_structured` says where, without labels, more than 10 % of
#' common variants have a p below 0.05 and mean F ([sample_stats()]) is above 0.01: the variants
#' that go are those by which populations differ.
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
#' @param max_f_sd Most standard deviations that F of a sample may lie from the mean of all; `Inf`
#'   keeps all.
#' @param check_sex Whether samples with a recorded sex must be of that sex by X: the others have
#'   the status `"problem"` in [sex_check()]. Samples without a recorded sex stay.
#' @param labels,label_column Populations of samples, in any form that [classify()] takes, within
#'   which Hardy-Weinberg proportions are tested; samples without a label do not count for it.
#' @param max_missing Largest proportion of missing genotypes. In `filter_variants()`, 1 keeps all.
#' @param min_maf Smallest minor allele frequency; 0 keeps all.
#' @param min_hwe_p Smallest p-value of the Hardy-Weinberg test; 0 keeps all. In samples of several
#'   populations, differences between them break the proportions: choose a small number.
#' @inheritParams variant_stats
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of what stays.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_no_founders` where allele frequencies need some;
#' `forebear_error_no_x` (`check_sex` without variants on X); `forebear_error_nothing_left` if all
#' would go.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes |>
#'   filter_samples(max_missing = 0.05) |>
#'   filter_variants(max_missing = 0.02, min_maf = 0.05, min_hwe_p = 1e-6)
#' labels <- read.delim(example_data("labels"))
#' filter_variants(genotypes, min_hwe_p = 0.001, labels = labels)
#' @export
filter_samples <- function(g, max_missing = 0.1, sex_chromosomes = "auto", threads = NULL, ...,
                           max_f_sd = Inf, check_sex = FALSE, nonfounders = FALSE) {
  check_no_dots(...)
  check_genotypes(g, "g")
  max_missing <- check_number(max_missing, "max_missing", min = 0, max = 1)
  if (!identical(max_f_sd, Inf)) max_f_sd <- check_number(max_f_sd, "max_f_sd", min = 0)
  check_sex <- check_flag(check_sex, "check_sex")
  inform_hard_calls(g, "Genotypes are counted")
  # Founders are for allele frequencies alone.
  roles <- if (max_f_sd < Inf || check_sex) {
    founder_roles(g$samples, nonfounders, frequencies_are_taken)
  } else {
    sample_roles(g$samples, nonfounders)
  }
  stats <- count_samples(g, roles, sex_chromosomes, threads)
  n_missing <- stats$n_variants - stats$n_called
  sd_from_mean <- abs(stats$f - mean(stats$f, na.rm = TRUE)) / stats::sd(stats$f, na.rm = TRUE)
  sex <- if (check_sex) sex_table(g, stats, c(0.2, 0.8), rlang::current_env())
  failed <- list(is_above(n_missing, max_missing, stats$n_variants),
    !is.na(sd_from_mean) & sd_from_mean > max_f_sd,
    sex$status %in% "problem" & !is.na(sex$sex))
  rules <- c(sprintf("missing > %s", format(max_missing)),
    sprintf("F > %s sd from the mean", format(max_f_sd)), "sex")
  why <- c(why_none_missing(n_missing, stats$n_variants), why_none_far(sd_from_mean),
    why_no_other_sex(sex))
  in_use <- c(TRUE, max_f_sd < Inf, check_sex)
  remove_failed(g, "filter_samples", "sample", stats::setNames(failed, rules)[in_use],
    why = why[in_use])
}

# Why no F is far from the mean.
why_none_far <- function(sd_from_mean) {
  if (all(is.na(sd_from_mean))) {
    return("F is not known of any")
  }
  sprintf("the largest distance is %s", shown_number(max(sd_from_mean, na.rm = TRUE)))
}

# Why no sample is of another sex; `sex`: of sex_table(), or NULL.
why_no_other_sex <- function(sex) {
  if (all(is.na(sex$sex))) {
    return("sex is not known of any")
  }
  "each is of the recorded sex by X"
}

#' @rdname filter_samples
#' @export
filter_variants <- function(g, max_missing = 1, min_maf = 0, min_hwe_p = 0, mid_p = FALSE,
                            nonfounders = FALSE, sex_chromosomes = "auto", threads = NULL, ...,
                            labels = NULL, label_column = NULL) {
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
  inform_hard_calls(g, "Genotypes are counted")
  stats <- count_variants(g, mid_p, roles, sex_chromosomes, threads)
  if (!is.null(labels)) {
    group <- match_labels(labels, g$samples$sample_id, label_column, rlang::current_env())
    within <- count_by_population(g, group, mid_p, roles, sex_chromosomes, threads)
    stats$hwe_p <- do.call(pmin, c(unname(lapply(within, `[[`, "hwe_p")), na.rm = TRUE))
  }
  maf <- pmin(stats$allele_frequency, 1 - stats$allele_frequency)
  n_missing <- stats$n_samples - stats$n_called
  failed <- list(
    is_above(n_missing, max_missing, stats$n_samples), is_below(stats$hwe_p, min_hwe_p),
    is_below(maf, min_maf)
  )
  why <- c(why_none_missing(n_missing, stats$n_samples), why_none_below(stats$hwe_p, "p"),
    why_none_below(maf, "MAF"))
  within <- if (is.null(labels)) "" else " within a population"
  rules <- sprintf(c("missing > %s", paste0("Hardy-Weinberg p < %s", within), "MAF < %s"),
    c(format(max_missing), format(min_hwe_p), format(min_maf)))
  in_use <- c(max_missing < 1, min_hwe_p > 0, min_maf > 0)
  if (min_hwe_p > 0 && any(failed[[2]])) {
    is_inbred <- inform_inbred_test(g, threads, rlang::current_env())
    if (!is_inbred && is.null(labels)) {
      inform_structured_test(g, stats$hwe_p, maf, sum(failed[[2]]), threads, rlang::current_env())
    }
  }
  remove_failed(g, "filter_variants", "variant", stats::setNames(failed, rules)[in_use],
    why[in_use])
}

# Says where Hardy-Weinberg tests remove variants of inbred lines, which fail them everywhere.
inform_inbred_test <- function(g, threads, call) {
  finding <- inbred_finding(g, threads, call)
  if (!is.null(finding)) {
    inform_forebear("inbred", c(finding,
      x = "Variants that differ between inbred lines are not in Hardy-Weinberg proportions.",
      i = "`min_hwe_p = 0` keeps them."))
  }
  !is.null(finding)
}

# Mean F of samples, and proportion of common variants with a Hardy-Weinberg p below 0.05, above
# which samples seem to be of several populations. Of one, 0 and 0.05 at most are expected.
structured_f <- 0.01
structured_proportion <- 0.1

# Says where Hardy-Weinberg tests remove what distinguishes populations: put together they lack
# heterozygotes at the variants by which they differ (Wahlund).
inform_structured_test <- function(g, hwe_p, maf, n_removed, threads, call) {
  common <- maf >= 0.05 & !is.na(hwe_p)
  below <- mean(hwe_p[common] < 0.05)
  if (!isTRUE(below > structured_proportion)) {
    return(invisible())
  }
  f <- mean(inbreeding(g, "auto", threads, call), na.rm = TRUE)
  if (isTRUE(f > structured_f)) {
    inform_forebear("structured", c(
      "The samples may be of several populations, which lack heterozygotes where they differ.",
      x = sprintf(paste("Of common variants %.0f %% have a Hardy-Weinberg p below 0.05, and mean",
        "F is %.3f: the test removes what distinguishes populations (%s)."), 100 * below, f,
        counted(n_removed, "variant")),
      i = "`labels` tests within populations."))
  }
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
