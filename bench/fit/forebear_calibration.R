# Rscript forebear_calibration.R DATA OUT
# DATA: folder with ref.vcf.gz, sample_map.tsv, map.plink.map.gz, query.vcf.gz and truth.after.tsv.
# Writes OUT.calibrated and OUT.raw (.msp.tsv and .fb.tsv), and OUT.tsv, one `name value` per line: CPU seconds of training with
# and without calibration; and of calibrated and raw calls how over-confident the worst population is in a bin of posteriors (width .1) with
# at least 1,000 windows, its standard error, how over-confident one is at least by two standard errors, the net differences,
# and at threshold 0.8, of nodes with coverage over 1 %, the least precision and the least distance of a precision from 0.8 in
# standard errors, and the least rise of coverage from the children of a node to itself.
suppressPackageStartupMessages(library(forebear))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "local_common.R"))
map <- read_genetic_map(file("map.plink.map.gz"))
labels <- read_labels(file("sample_map.tsv"))
# Populations such as EUR_S and EUR_E have a node above them.
population <- unique(labels$population)
region <- sub("_.*", "", population)
tree <- rbind(data.frame(child = unique(region[region != population]), parent = rep("all", length(unique(region[region != population])))),
              data.frame(child = population, parent = ifelse(region == population, "all", region)))
reference <- read_phased_vcf(file("ref.vcf.gz"), genetic_map = map)
panel <- suppressWarnings(reference_panel(reference, labels, tree), classes = "forebear_warning_small_population")
query <- read_phased_vcf(file("query.vcf.gz"), genetic_map = map)
training <- cpu(local_ancestry(panel, threads = 1))
plain <- cpu(local_ancestry(panel, calibrate = FALSE, threads = 1))
segments <- read.delim(file("truth.after.tsv"), colClasses = c(population = "character"))
truth <- data.frame(sample_id = segments$sample, haplotype = segments$hap + 1, chrom = segments$chrom,
                    start_bp = segments$start + 1, end_bp = segments$end, ancestry = segments$population)
# Of each inner node its coverage less that of its children together.
coverage_rise <- function(scores, tree) {
  vapply(intersect(tree$child, tree$parent), function(node) {
    below <- scores[scores$node %in% tree$child[tree$parent == node], ]
    scores$coverage[scores$node == node] - weighted.mean(below$coverage, below$n_true)
  }, 0)
}

facts <- c(train_s = training$seconds, train_plain_s = plain$seconds)
for (name in c("calibrated", "raw")) {
  calls <- predict(training$value, query, calibrated = name == "calibrated", threads = 1)
  write_msp(calls, paste0(argument[2], ".", name, ".msp.tsv"))
  write_fb(calls, paste0(argument[2], ".", name, ".fb.tsv"))
  reliability <- reliability(calls, truth)
  bins <- tidy(reliability)
  bins <- bins[bins$n >= 1000, ]
  all_scores <- evaluate_calls(calls, truth, threshold = 0.8)
  scores <- all_scores[which(all_scores$coverage > 0.01), ]
  for (level in unique(all_scores$level)) {
    own <- all_scores[all_scores$level == level, ]
    facts[[sprintf("%s_coverage_%d", name, level)]] <- weighted.mean(own$coverage, own$n_true)
    facts[[sprintf("%s_precision_%d", name, level)]] <-
      sum(own$precision * own$n_assigned, na.rm = TRUE) / sum(own$n_assigned)
  }
  facts[[paste0(name, "_margin")]] <- min((scores$precision - 0.8) / scores$precision_se)
  facts[[paste0(name, "_rise")]] <- min(coverage_rise(all_scores, tree), 1)
  net <- glance(reliability)
  over <- bins$mean_posterior - bins$frequency
  facts[paste0(name, c("_over_confident", "_over_confident_se"))] <- c(over, bins$difference_se)[which.max(over) + c(0, length(over))]
  facts[[paste0(name, "_surely_over_confident")]] <- max(over - 2 * bins$difference_se)
  facts[[paste0(name, "_precision")]] <- min(scores$precision)
  facts[paste0(name, "_net_", net$population)] <- net$net_difference
}
writeLines(paste(names(facts), facts, sep = "\t"), paste0(argument[2], ".tsv"))
