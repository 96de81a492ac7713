# Rscript forebear_archetypes.R SCORES N_SAMPLES K SEED OUT STARTS
# SCORES: samples x dimensions, doubles, by row. Writes OUT.q (samples x K, doubles, by column) and OUT.tsv
# (`name value` lines: CPU seconds of the fit alone, and its rss).
argument <- commandArgs(TRUE)
n_samples <- as.integer(argument[2])
k <- as.integer(argument[3])
library(forebear)
path <- argument[1]
x <- matrix(readBin(path, "double", file.size(path) / 8), nrow = n_samples, byrow = TRUE)
rownames(x) <- paste0("s", seq_len(n_samples))
cpu_seconds <- function() sum(proc.time()[1:2])
# A fit of ten samples first, so that nothing is loaded inside the timed part. Peers get the same.
warm_up <- suppressWarnings(archetypes(x[1:10, 1:2], k = 3, seed = 1, threads = 1))
before <- cpu_seconds()
fit <- archetypes(x, k = k, seed = as.integer(argument[4]), restarts = as.integer(argument[6]), threads = 1)
after <- cpu_seconds()
weights <- tidy(fit)
archetype <- unique(weights$archetype)
stopifnot(length(archetype) == k)
q_matrix <- matrix(NA_real_, n_samples, k)
q_matrix[cbind(match(weights$sample_id, rownames(x)), match(weights$archetype, archetype))] <- weights$weight
stopifnot(!anyNA(q_matrix))
writeBin(as.vector(q_matrix), paste0(argument[5], ".q"))
seen <- list(cpu_seconds = after - before, rss = glance(fit)$rss, iterations = glance(fit)$iterations)
writeLines(paste(names(seen), unlist(seen), sep = "\t"), paste0(argument[5], ".tsv"))
