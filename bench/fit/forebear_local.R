# Rscript forebear_local.R DATA SETTINGS QUERY OUT
# DATA: folder with ref.vcf.gz, sample_map.tsv, map.plink.map.gz and QUERY; SETTINGS: arguments of local_ancestry(), as R code.
# Writes OUT.msp.tsv, OUT.fb.tsv and OUT.tsv: CPU seconds of training and prediction, rates per cM, and, where the true phase is
# known, switch errors in segments of two ancestries before and after correct_phase() (one `name value` per line).
suppressPackageStartupMessages(library(forebear))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "local_common.R"))
settings <- settings_of(argument[2])
map <- read_genetic_map(file("map.plink.map.gz"))
labels <- read_labels(file("sample_map.tsv"))
reference <- read_phased_vcf(file("ref.vcf.gz"), genetic_map = map)
panel <- suppressWarnings(reference_panel(reference, labels), classes = "forebear_warning_small_population")
query <- read_phased_vcf(file(argument[3]), genetic_map = map)
training <- cpu(do.call(local_ancestry, c(list(panel, threads = 1), settings)))
prediction <- cpu(predict(training$value, query, threads = 1))
calls <- prediction$value
write_msp(calls, paste0(argument[4], ".msp.tsv"))
write_fb(calls, paste0(argument[4], ".fb.tsv"))

# Changes of phase from one heterozygous variant to the next within segments in which the two true haplotypes differ in ancestry.
variant_errors <- function(alleles, true_alleles, ancestry) {
  one <- function(sample) {
    pair <- 2 * sample - 1:0
    differs <- ancestry[pair[1], ] != ancestry[pair[2], ]
    segment <- cumsum(c(TRUE, diff(differs) != 0))
    informative <- differs & true_alleles[pair[1], ] != true_alleles[pair[2], ]
    as_given <- alleles[pair[1], ] == true_alleles[pair[1], ]
    sum(tapply(as_given[informative], segment[informative], function(phase) sum(diff(phase) != 0)))
  }
  sum(vapply(seq_len(nrow(alleles) / 2), one, 0))
}

facts <- c(train_s = training$seconds, predict_s = prediction$seconds)
if (argument[3] == "query.vcf.gz" && file.exists(file("query_true_phase.vcf.gz"))) {
  true_alleles <- as.matrix(read_phased_vcf(file("query_true_phase.vcf.gz")))
  truth <- read.delim(file("truth.before.tsv"), colClasses = c(population = "character"))
  ancestry <- true_ancestry(truth, samples(query)$sample_id, variants(query)$position_bp)
  window <- findInterval(variants(query)$position_bp, attr(calls, "windows")$start_bp)
  facts[["errors_before"]] <- switch_errors(as.matrix(query), true_alleles, ancestry, window)
  corrected <- as.matrix(correct_phase(query, calls)$haplotypes)
  facts[["errors_after"]] <- switch_errors(corrected, true_alleles, ancestry, window)
  facts[["variants_before"]] <- variant_errors(as.matrix(query), true_alleles, ancestry)
  facts[["variants_after"]] <- variant_errors(corrected, true_alleles, ancestry)
}
writeLines(paste(names(facts), facts, sep = "\t"), paste0(argument[4], ".tsv"))
