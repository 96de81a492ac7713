# Rscript forebear_path_hapmap3.R PREFIX SEED OUT
# archetypes_path() for K = 2..12 with 5 restarts, from the genotypes. Writes OUT.tsv (`name value` lines): CPU
# seconds of the call, projection included, and how many best runs converged.
argument <- commandArgs(TRUE)
library(forebear)
cpu_seconds <- function() sum(proc.time()[1:2])
g <- read_bed(paste0(argument[1], ".bed"))
# A path of ten samples first, so that nothing is loaded inside the timed part.
warm_up <- suppressWarnings(archetypes_path(g[1:10, 1:500], k = 2:3, restarts = 1, threads = 1))
start <- cpu_seconds()
path <- archetypes_path(g, k = 2:12, restarts = 5, seed = as.integer(argument[2]), threads = 1)
seconds <- cpu_seconds() - start
runs <- tidy(path)
stopifnot(sum(runs$best) == 11, nrow(runs) == 5 + 10 * 6)
seen <- list(cpu_seconds = seconds, converged = sum(runs$converged[runs$best]))
writeLines(paste(names(seen), unlist(seen), sep = "\t"), paste0(argument[3], ".tsv"))
