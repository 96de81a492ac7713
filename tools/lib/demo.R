# The whole job of tools/demo: one report of a study.
# Rscript demo.R [STUDY [LABELS.tsv]]; environment: REFERENCE, K, BUILD, OUT.

library(forebear)

# Every step says what a user can fix; a traceback would only hide it.
stop_plainly <- function(condition) {
  message("ERROR: ", conditionMessage(condition))
  quit(status = 1)
}

# The shipped study beside the shipped panel; six phased samples for local ancestry.
shipped <- function() {
  list(
    study = example_data("study"), reference = example_data("panel"),
    labels = example_data("labels"), build = "hg19",
    phased = list(
      study = read_phased_vcf(example_data("phased_query")),
      reference = read_phased_vcf(example_data("phased_panel")),
      labels = read.delim(example_data("phased_labels"))
    ),
    tree = "((north,south)west,east)all;"
  )
}

# A whole number, or numbers as 2:8.
numbers_of <- function(text) {
  ends <- strsplit(text, ":", fixed = TRUE)[[1]]
  if (!all(grepl("^[0-9]+$", ends)) || !length(ends) %in% 1:2) {
    stop(sprintf("K must be a whole number, or a range such as 2:8.\nx It is \"%s\".", text))
  }
  seq(as.integer(ends[1]), as.integer(ends[length(ends)]))
}

run <- function(arguments) {
  given <- if (length(arguments) == 0) shipped() else
    stats::setNames(as.list(arguments), c("study", "labels")[seq_along(arguments)])
  k <- Sys.getenv("K")
  if (nzchar(k)) given$k <- numbers_of(k)
  build <- Sys.getenv("BUILD")
  if (nzchar(build)) given$build <- build
  reference <- Sys.getenv("REFERENCE")
  if (nzchar(reference)) given$reference <- reference
  out <- Sys.getenv("OUT", "forebear-demo")
  page <- do.call(ancestry_report, c(given, list(out = out)))
  message("    done: ", normalizePath(page))
}

tryCatch(run(commandArgs(TRUE)), error = stop_plainly)
