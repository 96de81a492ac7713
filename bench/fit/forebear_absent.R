# Rscript forebear_absent.R DATA OUT
# DATA: prefix of a PLINK set; labels.tsv lies beside it. Each population is hidden in turn, with a fifth of the samples of the
# others, and both are given to a classifier of the rest as one study. Writes to OUT `name value` lines: proportions of samples with
# .p_known of new_populations(), and .typicality of predict(), below .05: p_known_<population> and typicality_<population> of the
# population that is absent; known_p_known and known_typicality of the others, all studies together, and right_p_known of those of
# them that are called their own population; supervised_CHB and supervised_CHD, how many of the one lie beyond 95 % of the other on
# the discriminant of the two, each sample left out of its own: what can be had of sisters where both are labeled.
suppressPackageStartupMessages(library(forebear))
argument <- commandArgs(TRUE)
genotypes <- suppressMessages(filter_variants(read_bed(argument[1]), min_maf = 0.05, threads = 1))
labels <- read.delim(file.path(dirname(argument[1]), "labels.tsv"))
population <- labels$population[match(samples(genotypes)$sample_id, labels$sample)]
populations <- sort(unique(population))
part <- forebear:::folds_of(factor(population), 5, 1)
facts <- c()
known <- list()
for (i in seq_along(populations)) {
  absent <- population == populations[[i]]
  hidden <- absent | part == (i - 1) %% 5 + 1
  study <- genotypes[which(hidden), ]
  reference <- genotypes[which(!hidden), ]
  fit <- suppressMessages(classify(reference, population[!hidden], method = "gtm", num_comp = 10, threads = 1))
  called <- predict(fit, study, strand = "same", threads = 1)
  found <- new_populations(called, study, reference, population[!hidden], strand = "same", threads = 1)
  flagged <- cbind(p_known = found$.p_known < 0.05, typicality = found$.typicality < 0.05)
  # Who has no company is not flagged.
  flagged[is.na(flagged)] <- FALSE
  own <- absent[hidden]
  facts[paste0(colnames(flagged), "_", populations[[i]])] <- colMeans(flagged[own, ])
  known[[i]] <- cbind(flagged, right = found$.pred_class == population[hidden])[!own, ]
}
known <- do.call(rbind, known)
facts[c("known_p_known", "known_typicality")] <- colMeans(known[, c("p_known", "typicality")])
facts["right_p_known"] <- mean(known[known[, "right"] == 1, "p_known"])
sisters <- which(population %in% c("CHB", "CHD"))
scores <- suppressMessages(pca(genotypes[sisters, ], num_comp = 5, threads = 1))$scores
discriminant <- MASS::lda(scores, factor(population[sisters]), CV = TRUE)$posterior
for (own in c("CHB", "CHD")) {
  is_own <- population[sisters] == own
  at <- discriminant[, own]
  facts[[paste0("supervised_", own)]] <- mean(at[is_own] > quantile(at[!is_own], 0.95))
}
writeLines(paste(names(facts), facts, sep = "\t"), argument[2])
