# Rscript forebear_path.R PREFIX SEED OUT
# Archetypes for K = 2..30 of every sample's full set of scores, then of the first K - 1.
# Writes OUT.tsv (`name value` lines): CPU seconds of the projection and of both series of fits, and the
# explained variance and convergence of each fit on all scores.
argument <- commandArgs(TRUE)
seed <- as.integer(argument[2])
library(forebear)
cpu_seconds <- function() sum(proc.time()[1:2])
g <- read_bed(paste0(argument[1], ".bed"))
start <- cpu_seconds()
projection <- pca(g, num_comp = nrow(g) - 1, method = "exact", scale = "none", threads = 1)
seen <- list(pca_cpu_seconds = cpu_seconds() - start)
for (dims in c("all", "fewest")) {
  total <- 0
  for (k in 2:30) {
    start <- cpu_seconds()
    fit <- archetypes(projection, k = k, dims = if (dims == "all") "all" else NULL, seed = seed, threads = 1)
    total <- total + cpu_seconds() - start
    summary <- glance(fit)
    seen[[paste0(dims, "_explained_variance_", k)]] <- summary$explained_variance
    seen[[paste0(dims, "_converged_", k)]] <- as.integer(summary$converged)
  }
  seen[[paste0(dims, "_cpu_seconds")]] <- total
}
writeLines(paste(names(seen), unlist(seen), sep = "\t"), paste0(argument[3], ".tsv"))
