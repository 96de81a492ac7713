# Rscript forebear_large.R SCORES N_SAMPLES K SEED OUT
# SCORES: samples x dimensions, doubles, by row. Writes OUT.tsv (`name value` lines): CPU seconds of the fit, its
# rss, the rss of all samples written out from its weights and archetypes, convergence.
argument <- commandArgs(TRUE)
n_samples <- as.integer(argument[2])
library(forebear)
x <- matrix(readBin(argument[1], "double", file.size(argument[1]) / 8), nrow = n_samples, byrow = TRUE)
rownames(x) <- paste0("s", seq_len(n_samples))
warm_up <- suppressWarnings(archetypes(x[1:10, 1:2], k = 3, seed = 1, threads = 1))
cpu_seconds <- function() sum(proc.time()[1:2])
before <- cpu_seconds()
fit <- archetypes(x, k = as.integer(argument[3]), seed = as.integer(argument[4]), threads = 1)
after <- cpu_seconds()
position <- tidy(fit, matrix = "archetypes")
place <- matrix(position$value, ncol = ncol(x))
plain <- 0
for (first in seq(1, n_samples, by = 50000)) {
  rows <- first:min(first + 49999, n_samples)
  plain <- plain + sum((x[rows, ] - fit$q[rows, ] %*% place)^2)
}
summary <- glance(fit)
seen <- list(cpu_seconds = after - before, rss = summary$rss, plain_rss = plain,
  converged = as.integer(summary$converged), iterations = summary$iterations)
writeLines(paste(names(seen), unlist(seen), sep = "\t"), paste0(argument[5], ".tsv"))
