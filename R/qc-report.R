#' What quality control removed, and what is left
#'
#' Collects the steps that made `g` ([filter_samples()], [filter_variants()], [exclude_regions()],
#' [prune_ld()], [unrelated()], and choices with `[` between them) in one table, and the statistics
#' of what is left, to be drawn.
#'
#' @param g A [genotypes] object.
#' @param kinship Whether to estimate the kinship of all pairs; `NULL` does so for up to 2,000
#'   samples.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_qc_report`. [tidy()] gives the table of steps: `step`,
#'   `verb`, `rule`, `failed` (how many broke the rule), `samples_removed`, `variants_removed` (by
#'   this rule and none before it, so that the numbers add up), `samples_left`, `variants_left`,
#'   `note` (why a rule removed nothing, or nearly all).
#'   `tidy(x, "variants")` is [variant_stats()], `tidy(x, "samples")` [sample_stats()] and
#'   `tidy(x, "kinship")` the number of pairs by kinship: `kinship` (middle of a bin of width
#'   0.005), `n_pairs`, `method` (see [kinship()]). [autoplot()][autoplot.forebear_qc_report] draws
#'   them.
#' @section Errors:
#' `forebear_error_argument`, and those of [kinship()].
#' @family quality control
#' @examples
#' report <- read_bed(example_data("panel")) |>
#'   filter_samples() |>
#'   filter_variants(max_missing = 0.02, min_maf = 0.05) |>
#'   qc_report()
#' report
#' tidy(report)
#' @export
qc_report <- function(g, kinship = NULL, nonfounders = FALSE, sex_chromosomes = "auto",
                      threads = NULL, ...) {
  check_no_dots(...)
  check_genotypes(g, "g")
  wants_kinship <- if (is.null(kinship)) dim(g)[[1]] <= 2000 else check_flag(kinship, "kinship")
  variants <- variant_stats(g, nonfounders = nonfounders, sex_chromosomes = sex_chromosomes,
    threads = threads)
  # Who the founders are has been said.
  samples <- suppressMessages(sample_stats(g, nonfounders = nonfounders,
    sex_chromosomes = sex_chromosomes, threads = threads), classes = "forebear_message_founders")
  pairs <- if (wants_kinship) {
    count_kinship(find_pairs(g, -Inf, sex_chromosomes, threads))
  }
  new_qc_report(history_table(g$history, dim(g)), variants, samples, pairs)
}

# steps: see history_table(); variants, samples: tables of statistics; kinship: number of pairs by
# bin of kinship, or NULL.
new_qc_report <- function(steps, variants, samples, kinship) {
  stopifnot(tibble::is_tibble(steps), tibble::is_tibble(variants), tibble::is_tibble(samples))
  structure(list(steps = steps, variants = variants, samples = samples, kinship = kinship),
    class = "forebear_qc_report")
}

# Kinship is counted in bins of this width: all pairs would be too many to keep.
kinship_bin <- 0.005

count_kinship <- function(pairs) {
  known <- !is.na(pairs$kinship)
  all <- tibble::tibble(bin = floor(pairs$kinship[known] / kinship_bin),
    method = ifelse(pairs$is_ibs[known], "ibs", "king"))
  counts <- vctrs::vec_count(all, "location")
  counts <- counts[order(counts$key$method == "ibs", counts$key$bin), ]
  tibble::tibble(kinship = (counts$key$bin + 0.5) * kinship_bin, n_pairs = counts$count,
    method = counts$key$method)
}

#' @rdname qc_report
#' @param x A `qc_report`.
#' @param table Which table.
#' @export
tidy.forebear_qc_report <- function(x, table = c("steps", "variants", "samples", "kinship"), ...) {
  check_no_dots(...)
  table <- check_choice(table, "table", c("steps", "variants", "samples", "kinship"))
  if (table == "kinship") check_has_kinship(x, rlang::current_env())
  x[[table]]
}

check_has_kinship <- function(x, call) {
  if (is.null(x$kinship)) {
    message <- c("The report must hold the kinship of pairs.",
      x = "It was made without: there are more than 2,000 samples, or `kinship` is FALSE.",
      i = "Make it with `qc_report(g, kinship = TRUE)`.")
    abort_forebear("no_kinship", message, call)
  }
}

#' @export
print.forebear_qc_report <- function(x, ...) {
  last <- x$steps[nrow(x$steps), ]
  first <- x$steps[1, ]
  cat(sprintf("<qc_report> %s of %s, %s of %s left\n", big(last$samples_left),
    counted(first$samples_left, "sample"), big(last$variants_left),
    counted(first$variants_left, "variant")))
  steps <- x$steps[-1, ]
  if (nrow(steps) == 0) {
    cat("nothing was removed: no step of quality control has been taken\n")
    return(invisible(x))
  }
  removed <- ifelse(steps$samples_removed > 0 | steps$verb %in% c("filter_samples", "unrelated"),
    counted_each(steps$samples_removed, "sample"), counted_each(steps$variants_removed, "variant"))
  both <- steps$samples_removed > 0 & steps$variants_removed > 0
  removed[both] <- paste(counted_each(steps$samples_removed, "sample"), "and",
    counted_each(steps$variants_removed, "variant"))[both]
  lines <- paste0("  ", format(steps$verb), "  ", format(steps$rule), "  ",
    format(removed, justify = "right"), " removed",
    ifelse(is.na(steps$note), "", sprintf(" (%s)", steps$note)))
  cat(lines, sep = "\n")
  invisible(x)
}

counted_each <- function(n, what) {
  vapply(n, counted, "", what = what)
}
