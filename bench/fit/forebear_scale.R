# Rscript forebear_scale.R FOLDER SETTINGS OUT
# FOLDER: panel.vcf, query.vcf and labels.tsv, as simulate_panel.py makes them; SETTINGS: arguments of local_ancestry(), as R
# code. Writes OUT, one `name value` per line: CPU seconds of training and of prediction, windows, MB of the model as a file.
suppressPackageStartupMessages(library(forebear))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "local_common.R"))
settings <- settings_of(argument[2])
panel <- reference_panel(read_phased_vcf(file("panel.vcf")), read.delim(file("labels.tsv")))
query <- read_phased_vcf(file("query.vcf"))
training <- cpu(do.call(local_ancestry, c(list(panel, threads = 1), settings)))
prediction <- cpu(predict(training$value, query, threads = 1))
written <- write_model(training$value, tempfile())
facts <- c(train_s = training$seconds, predict_s = prediction$seconds, windows = glance(training$value)$n_windows,
           model_mb = file.size(written) / 1e6, held_out = glance(training$value)$held_out_accuracy)
writeLines(paste(names(facts), facts, sep = "\t"), argument[3])
