# Rscript forebear_read.R PREFIX: start R, load the package, open the file and stop; what a fit costs before it begins.
library(forebear)
g <- read_bed(paste0(commandArgs(TRUE)[1], ".bed"))
stopifnot(all(dim(g) > 0))
