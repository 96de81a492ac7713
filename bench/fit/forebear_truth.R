# Rscript forebear_truth.R PREFIX K DIMS OUT
# Writes OUT.Q (text, samples x K) of archetypes() on the genotypes themselves; DIMS is R code.
argument <- commandArgs(TRUE)
library(forebear)
fit <- archetypes(read_bed(argument[1]), k = as.integer(argument[2]), dims = eval(parse(text = argument[3])), threads = 1)
q <- as.matrix(augment(fit)[paste0(".archetype", seq_len(as.integer(argument[2])))])
write.table(format(q, digits = 9), paste0(argument[4], ".Q"), quote = FALSE, row.names = FALSE, col.names = FALSE)
