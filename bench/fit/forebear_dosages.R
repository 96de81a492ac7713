# Rscript forebear_dosages.R PREFIX NUM_COMP OUT
# Components of the expected copies of a .pgen, and of its hard calls: OUT.scores and OUT.hard.scores (samples x components,
# doubles, by column).
argument <- commandArgs(TRUE)
suppressMessages(library(forebear))
num_comp <- as.integer(argument[2])
write_scores <- function(g, out) {
  fit <- pca(g, num_comp = num_comp, threads = 1)
  writeBin(as.vector(fit$scores), paste0(out, ".scores"))
}
write_scores(read_pgen(argument[1], dosage = TRUE), argument[3])
write_scores(read_pgen(argument[1]), paste0(argument[3], ".hard"))
