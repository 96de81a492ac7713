# The whole job of tools/demo: one report of a study.
# Rscript demo.R [STUDY [LABELS.tsv]]; environment: K, OUT.

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

# STUDY is the path of a .bed, .vcf or .vcf.gz, with or without its end.
own <- function(study, labels = NULL) {
  ends <- c(".bed", ".vcf.gz", ".vcf.bgz", ".vcf")
  if (!any(endsWith(study, ends))) {
    there <- ends[file.exists(paste0(study, ends))]
    study <- paste0(study, c(there, ".bed")[1])
  }
  list(study = study, labels = labels)
}

run <- function(arguments) {
  given <- if (length(arguments) == 0) shipped() else do.call(own, as.list(arguments))
  k <- Sys.getenv("K")
  if (nzchar(k)) given$k <- as.integer(k)
  out <- Sys.getenv("OUT", "forebear-demo")
  page <- do.call(ancestry_report, c(given, list(out = out)))
  message("    done: ", normalizePath(page))
}

tryCatch(run(commandArgs(TRUE)), error = stop_plainly)
