# Rscript forebear_gtm.R SCORES N_SAMPLES MAX_ITERATIONS OUT
# SCORES: samples x components, doubles, by row. Writes OUT.tsv (`name value` lines: CPU seconds of the fit
# with the places of its samples, iterations, variance) and OUT.places (samples x 2, doubles, by column).
argument <- commandArgs(TRUE)
n_samples <- as.integer(argument[2])
library(forebear)
x <- matrix(readBin(argument[1], "double", file.size(argument[1]) / 8), nrow = n_samples, byrow = TRUE)
cpu_seconds <- function() sum(proc.time()[1:2])
# A fit of ten samples first, so that nothing is loaded inside the timed part. The peer gets the same.
warm_up <- suppressWarnings(gtm(x[1:10, 1:3], nodes = 4, rbf = 2, threads = 1))
before <- cpu_seconds()
fit <- suppressWarnings(gtm(x, max_iter = as.integer(argument[3]), threads = 1))
after <- cpu_seconds()
places <- tidy(fit)
writeBin(c(places$gtm1, places$gtm2), paste0(argument[4], ".places"))
glanced <- glance(fit)
seen <- list(cpu_seconds = after - before, iterations = glanced$iterations, variance = format(glanced$variance, digits = 17))
writeLines(paste(names(seen), unlist(seen), sep = "\t"), paste0(argument[4], ".tsv"))
