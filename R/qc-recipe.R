#' Quality control in one call
#'
#' The recipe of Gaspar & Breen (2019), step by step: samples with many missing genotypes out
#' (off unless asked for), then variants that fail Hardy-Weinberg (p < 0.001), have more than 2 %
#' missing genotypes or a minor allele frequency below 0.05; the MHC and the inversion on chromosome
#' 8 out; then linkage disequilibrium pruned twice. Every step is one of the functions below, with
#' the arguments given here; [qc_report()] lists what each removed.
#'
#' For *Arabidopsis* the paper allows 20 % missing genotypes, has no regions to leave out and prunes
#' with shorter windows; see the example.
#'
#' @param g A [genotypes] object.
#' @param build Where the MHC and the inversion lie: `"hg19"`, `"hg38"`, or `"none"` to leave out
#'   no region of the human genome.
#' @param max_sample_missing `max_missing` of [filter_samples()]; 1 keeps all samples.
#' @param max_missing,min_maf,min_hwe_p See [filter_variants()].
#' @param prune [prune_settings()]: `window`, `step`, `r2` and `unit` of [prune_ld()], and how many
#'   `times` to prune.
#' @param ... Must be empty, or arguments that have moved by their old names (`window`, `step`,
#'   `r2`, `unit`, `prune_times`; `regions`, for which there is [exclude_regions()]), of which a
#'   message of class `forebear_message_deprecated` names the new place.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of what stays.
#' @section Errors:
#' Those of the functions that it calls.
#' @references Gaspar H. A. & Breen G. (2019), BMC Bioinformatics 20:116.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' clean <- qc_recipe(genotypes, prune = prune_settings(window = 100, r2 = 0.2))
#' qc_report(clean)
#'
#' # The paper's recipe for Arabidopsis.
#' plants <- qc_recipe(genotypes, build = "none", max_missing = 0.2, min_hwe_p = 0,
#'   prune = prune_settings(window = 100, r2 = 0.1, times = 1), sex_chromosomes = "none")
#' @export
qc_recipe <- function(g, build = c("hg19", "hg38", "none"), max_sample_missing = 1,
                      max_missing = 0.02, min_maf = 0.05, min_hwe_p = 0.001, ...,
                      prune = prune_settings(), nonfounders = FALSE, sex_chromosomes = "auto",
                      threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "qc_recipe", c(
    moved_into("prune = prune_settings", c("window", "step", "r2", "unit")),
    prune_times = "`prune = prune_settings(times = )`",
    regions = "`exclude_regions()` before `qc_recipe()`"))
  check_genotypes(g, "g")
  build <- check_choice(build, "build", c("hg19", "hg38", "none"))
  pruning <- as_prune_settings(if (!missing(prune)) prune, old, call)
  max_sample_missing <- check_number(max_sample_missing, "max_sample_missing", min = 0, max = 1)
  inform_once("hard_calls", inform_once("founders", {
    if (max_sample_missing < 1) {
      g <- filter_samples(g, max_sample_missing, sex_chromosomes = sex_chromosomes,
        threads = threads)
    }
    g <- filter_variants(g, max_missing, min_maf, min_hwe_p, nonfounders = nonfounders,
      sex_chromosomes = sex_chromosomes, threads = threads)
    if (build != "none") {
      known <- long_range_ld(build)
      # Data of a few chromosomes need not have 6 or 8.
      g <- quietly("no_region", "nothing_removed",
        exclude_regions(g, known[!is.na(known$name), ]))
    }
    if (!is.null(old[["regions"]])) g <- exclude_regions(g, old[["regions"]])
    prune_once <- function(g) {
      prune_ld(g, pruning$window, pruning$step, pruning$r2, pruning$unit,
        nonfounders = nonfounders, sex_chromosomes = sex_chromosomes, threads = threads)
    }
    if (pruning$times > 0) g <- prune_once(g)
    # What the first time left may well stay.
    for (time in seq_len(max(pruning$times - 1, 0))) {
      g <- quietly("low_r2", "nothing_removed", prune_once(g))
    }
  }))
  g
}

# Runs `code` without a kind of warnings and a kind of messages.
quietly <- function(warning, message, code) {
  suppressMessages(
    suppressWarnings(code, classes = paste0("forebear_warning_", warning)),
    classes = paste0("forebear_message_", message)
  )
}
