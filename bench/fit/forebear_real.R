# Rscript forebear_real.R DATA OUT
# DATA: folder with ref.vcf.gz, query.vcf.gz, sample_map.tsv and map.gnomix.tsv.gz.
# Writes OUT.msp.tsv, OUT.fb.tsv and OUT.tsv (one `name value` per line): proportion of people who are reported to have ancestry that
# the panel lacks; precision of Europe at .8 where there are populations EUR_*; and, where the true phase is known, switches from one
# window to the next in segments of two ancestries, as given and after correct_phase().
suppressPackageStartupMessages(library(forebear))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "local_common.R"))
map <- read_genetic_map(file("map.gnomix.tsv.gz"))
labels <- read_labels(file("sample_map.tsv"))
reference <- read_phased_vcf(file("ref.vcf.gz"), genetic_map = map)
panel <- suppressWarnings(reference_panel(reference, labels), classes = "forebear_warning_small_population")
query <- read_phased_vcf(file("query.vcf.gz"), genetic_map = map)
calls <- predict(local_ancestry(panel, threads = 1), query, threads = 1)
write_msp(calls, paste0(argument[2], ".msp.tsv"))
write_fb(calls, paste0(argument[2], ".fb.tsv"))
read_truth <- function(name) read.delim(file(name), colClasses = c(chrom = "character", population = "character"))

# A person is flagged whose ancestry of 5 % of the genome or more is not like the panel's.
length_bp <- calls$end_bp - calls$start_bp + 1
unlike <- length_bp * (calls$.typicality < 0.002 & !is.na(calls$.typicality))
flagged <- tapply(unlike, calls$sample_id, sum) / tapply(length_bp, calls$sample_id, sum) >= 0.05
facts <- c(untypical = mean(flagged))

europe <- grep("^[.]pred_EUR", names(calls), value = TRUE)
if (length(europe) > 1) {
  truth <- read_truth("truth.after.tsv")
  true_at <- function(position) {
    key <- paste(truth$sample, truth$hap + 1, truth$chrom)
    rows <- split(seq_len(nrow(truth)), key)
    vapply(seq_len(nrow(calls)), function(i) {
      own <- rows[[paste(calls$sample_id[i], calls$haplotype[i], calls$chrom[i])]]
      truth$population[own][findInterval(position[i] - 1, truth$start[own])]
    }, "")
  }
  sure <- rowSums(as.data.frame(calls)[europe]) >= 0.8
  right <- startsWith(true_at((calls$start_bp + calls$end_bp) %/% 2), "EUR")
  facts[["europe"]] <- sum(length_bp[sure & right]) / sum(length_bp[sure])
}

if (file.exists(file("query_true_phase.vcf.gz"))) {
  true <- read_phased_vcf(file("query_true_phase.vcf.gz"))
  truth <- read_truth("truth.before.tsv")
  corrected <- correct_phase(query, calls)$haplotypes
  facts[c("switches_beagle", "switches_corrected")] <- 0
  for (chrom in unique(variants(query)$chrom)) {
    chosen <- variants(query)$chrom == chrom
    position <- variants(query)$position_bp[chosen]
    ancestry <- true_ancestry(truth[truth$chrom == chrom, ], samples(query)$sample_id, position)
    windows <- attr(calls, "windows")
    window <- findInterval(position, windows$start_bp[windows$chrom == chrom])
    of <- function(haplotypes) switch_errors(as.matrix(haplotypes[, chosen]), as.matrix(true[, chosen]), ancestry, window)
    facts[["switches_beagle"]] <- facts[["switches_beagle"]] + of(query)
    facts[["switches_corrected"]] <- facts[["switches_corrected"]] + of(corrected)
  }
}
writeLines(paste(names(facts), facts, sep = "\t"), paste0(argument[2], ".tsv"))
