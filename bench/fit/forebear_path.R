# Rscript forebear_path.R PREFIX SEED OUT
# Archetypes for K = 2..30 of the full set of scores, then of the first K - 1. The scores come from a first fit
# straight from the genotypes, which projects them without keeping loadings.
# Writes OUT.tsv (`name value` lines): CPU seconds of that first fit, of both series with one start and with the
# starts that are the default, and of the latter the explained variance and convergence of each fit.
argument <- commandArgs(TRUE)
seed <- as.integer(argument[2])
library(forebear)
cpu_seconds <- function() sum(proc.time()[1:2])
g <- read_bed(paste0(argument[1], ".bed"))
start <- cpu_seconds()
first <- archetypes(g, k = 2, dims = "all", seed = seed, threads = 1)
seen <- list(first_cpu_seconds = cpu_seconds() - start)
long <- tidy(first, matrix = "scores")
sample_id <- samples(g)$sample_id
x <- matrix(0, length(sample_id), max(long$component), dimnames = list(sample_id, NULL))
x[cbind(match(long$sample_id, sample_id), long$component)] <- long$value
stopifnot(ncol(x) == nrow(x) - 1)
for (dims in c("all", "fewest")) {
  total <- 0
  once <- 0
  for (k in 2:30) {
    scores <- if (dims == "all") x else x[, seq_len(k - 1), drop = FALSE]
    start <- cpu_seconds()
    archetypes(scores, k = k, restarts = 1, seed = seed, threads = 1)
    once <- once + cpu_seconds() - start
    start <- cpu_seconds()
    fit <- archetypes(scores, k = k, seed = seed, threads = 1)
    total <- total + cpu_seconds() - start
    summary <- glance(fit)
    seen[[paste0(dims, "_explained_variance_", k)]] <- summary$explained_variance
    seen[[paste0(dims, "_converged_", k)]] <- as.integer(summary$converged)
  }
  seen[[paste0(dims, "_cpu_seconds")]] <- once
  seen[[paste0(dims, "_default_cpu_seconds")]] <- total
}
writeLines(paste(names(seen), unlist(seen), sep = "\t"), paste0(argument[3], ".tsv"))
