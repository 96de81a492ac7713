#' The simulated data that come with the package
#'
#' About 300 simulated samples: four continental-like populations and admixed
#' samples whose true proportions are known. `inst/extdata/README.md` says how it
#' was simulated. Besides, a study of 43 samples whose VCF has the faults that real ones
#' have; and a phased panel of three populations with six admixed samples, for local ancestry.
#'
#' @param name `"panel"`: path of the `.bed`; `"labels"`: a table of `sample_id`, `population` and
#'   `group` (`"source"` or `"admixed"`); `"truth"`: a table of `sample_id` and the true proportion
#'   of each population. Tables are tab-separated with a header. `"study"`: path of the `.vcf.gz`.
#'   `"msp"` and `"fb"`: local ancestry of four samples on two chromosomes, in the files of RFMix.
#'   `"phased_panel"`, `"phased_query"`: paths of phased `.vcf.gz`; `"phased_labels"`: `sample_id`
#'   and `population` of the panel; `"phased_truth"`: the true ancestry of the query, `sample_id`,
#'   `haplotype`, `chrom`, `start_bp`, `end_bp`, `ancestry`.
#' @returns A path, for [read_bed()], [read_vcf()], [read_phased_vcf()], [read_msp()], [read_fb()]
#'   or [utils::read.delim()].
#' @examples
#' read_bed(example_data("panel"))
#' head(read.delim(example_data("labels")))
#' @export
example_data <- function(name = c("panel", "labels", "truth", "study", "msp", "fb", "phased_panel",
                                  "phased_query", "phased_labels", "phased_truth")) {
  files <- c(
    panel = "panel.bed", labels = "panel.labels.tsv", truth = "panel.truth.tsv",
    study = "study.vcf.gz", msp = "calls.msp.tsv", fb = "calls.fb.tsv",
    phased_panel = "phased.panel.vcf.gz", phased_query = "phased.query.vcf.gz",
    phased_labels = "phased.labels.tsv", phased_truth = "phased.truth.tsv"
  )
  file <- files[[check_choice(name, "name", names(files))]]
  system.file("extdata", file, package = "forebear", mustWork = TRUE)
}
