# Rscript forebear_cohort.R DATA make N FOLDER
# DATA: folder with ref.vcf.gz, sample_map.tsv and map.plink.map.gz. Writes FOLDER/model, trained on the panel, and
# FOLDER/query.vcf.gz, N admixed samples that are made of it.
# Rscript forebear_cohort.R DATA call FOLDER STORE BATCH
# Calls FOLDER/query.vcf.gz by FOLDER/model into the folder STORE; writes FOLDER/facts.tsv: CPU seconds of predict() alone.
# Rscript forebear_cohort.R DATA check FOLDER STORE
# Fails unless the stored calls of the first 20 samples are those of predict() in memory, to 1/131070.
suppressPackageStartupMessages(library(forebear))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "local_common.R"))

make <- function(n, folder) {
  map <- read_genetic_map(file("map.plink.map.gz"))
  reference <- read_phased_vcf(file("ref.vcf.gz"), genetic_map = map)
  panel <- reference_panel(reference, read_labels(file("sample_map.tsv")))
  # The windows that are chosen by default.
  model <- local_ancestry(panel, window_settings(30, context = 15), threads = 1)
  write_model(model, file.path(folder, "model"))
  made <- simulate_admixed(panel, n, generations = 8, seed = 1, threads = 1)
  write_phased_vcf(made, file.path(folder, "query.vcf.gz"))
}

call <- function(folder, store, batch) {
  model <- read_model(file.path(folder, "model"))
  done <- cpu(predict(model, file.path(folder, "query.vcf.gz"), store = call_store(store, batch = as.integer(batch)), threads = 1))
  writeLines(sprintf("predict_s\t%f\nwindows\t%d", done$seconds, nrow(attr(done$value[1], "windows"))),
    file.path(folder, "facts.tsv"))
}

check <- function(folder, store) {
  stored <- read_stored_calls(store)
  first <- samples(stored)$sample_id[seq_len(min(20, nrow(samples(stored))))]
  query <- read_phased_vcf(file.path(folder, "query.vcf.gz"), samples = first)
  want <- predict(read_model(file.path(folder, "model")), query, threads = 1)
  got <- stored[first]
  columns <- grep("^[.]pred_[^c]|^[.]pred_c[^l]", names(want), value = TRUE)
  plain <- setdiff(names(want), columns)
  stopifnot(identical(as.list(got)[plain], as.list(want)[plain]))
  off <- max(vapply(columns, function(name) max(abs(got[[name]] - want[[name]])), 0))
  stopifnot(off <= 1 / 131070)
  cat(sprintf("%.3g\n", off))
}

switch(argument[2], make = make(as.integer(argument[3]), argument[4]), call = call(argument[3], argument[4], argument[5]),
  check = check(argument[3], argument[4]))
