#' The panel that comes with the package
#'
#' About 300 simulated samples: four continental-like populations and admixed
#' samples whose true proportions are known. `inst/extdata/README.md` says how it
#' was simulated.
#'
#' @param name `"panel"`: path of the `.bed`; `"labels"`: a table of `sample_id`
#'   and `population`; `"truth"`: a table of `sample_id` and the true share of each
#'   population. Tables are tab-separated with a header.
#' @returns A path, for [read_bed()] or [utils::read.delim()].
#' @examples
#' read_bed(example_data("panel"))
#' head(read.delim(example_data("labels")))
#' @export
example_data <- function(name = c("panel", "labels", "truth")) {
  name <- check_choice(name, "name", c("panel", "labels", "truth"))
  file <- c(panel = "panel.bed", labels = "panel.labels.tsv", truth = "panel.truth.tsv")[[name]]
  system.file("extdata", file, package = "forebear", mustWork = TRUE)
}
