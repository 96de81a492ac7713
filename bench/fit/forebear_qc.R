# Rscript forebear_qc.R TASK PREFIX OUT
# prune  writes the IDs of variants that stay to OUT.kept
# king   writes sample_1, sample_2, kinship, n_variants to OUT.kin (tab separated, without header)
# clump  reads OUT.p (`SNP P`) and writes clumps to OUT.clumps: index variant, members in all, those below 0.5
# chain  filters, statistics, pruning and 10 components; writes the IDs after the filters to
#        OUT.filtered, after pruning to OUT.kept, and scores to OUT.scores (doubles, by column)
argument <- commandArgs(TRUE)
library(forebear)
g <- read_bed(paste0(argument[2], ".bed"))
out <- argument[3]
ids <- function(g, ending) writeLines(variants(g)$variant_id, paste0(out, ending))
switch(argument[1],
  prune = ids(prune_ld(g, window = 1000, step = 10, r2 = 0.02, threads = 1), ".kept"),
  king = {
    pairs <- kinship(g, threads = 1)
    text <- sprintf("%s\t%s\t%.6g\t%d", pairs$sample_1, pairs$sample_2, pairs$kinship, pairs$n_variants)
    writeLines(text, paste0(out, ".kin"))
  },
  clump = {
    table <- clump(g, read.table(paste0(out, ".p"), header = TRUE), max_p = 0.3, r2 = 0.2, window = 1000, threads = 1)
    text <- vapply(split(table, table$clump), function(own) {
      listed <- own$variant_id[-1][own$p[-1] < 0.5]
      paste(own$index_id[[1]], nrow(own) - 1, if (length(listed) > 0) paste(listed, collapse = ",") else "NONE")
    }, "")
    writeLines(text, paste0(out, ".clumps"))
  },
  chain = {
    g <- filter_samples(g, max_missing = 0.1, threads = 1)
    g <- filter_variants(g, max_missing = 0.02, min_maf = 0.05, min_hwe_p = 0.001, threads = 1)
    ids(g, ".filtered")
    stopifnot(!anyNA(variant_stats(g, threads = 1)$maf), !anyNA(sample_stats(g, threads = 1)$f))
    g <- prune_ld(g, window = 1000, step = 10, r2 = 0.02, threads = 1)
    ids(g, ".kept")
    fit <- pca(g, num_comp = 10, threads = 1)
    writeBin(as.vector(fit$scores), paste0(out, ".scores"))
  }
)
