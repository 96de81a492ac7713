# Rscript forebear_pca.R PREFIX NUM_COMP SEED OUT
# Writes OUT.scores (samples x components, doubles, by column) and OUT.tsv (what glance() says, one `name value` per line).
argument <- commandArgs(TRUE)
num_comp <- as.integer(argument[2])
library(forebear)
g <- read_bed(paste0(argument[1], ".bed"))
fit <- pca(g, num_comp = num_comp, method = "randomized", threads = 1, seed = as.integer(argument[3]))
scores <- tidy(fit, matrix = "scores")
sample_id <- samples(g)$sample_id
component <- unique(scores$component)
stopifnot(length(component) == num_comp)
position <- cbind(match(scores$sample_id, sample_id), match(scores$component, component))
wide <- matrix(NA_real_, length(sample_id), num_comp)
wide[position] <- scores$value
stopifnot(!anyNA(wide))
writeBin(as.vector(wide), paste0(argument[4], ".scores"))
seen <- unlist(glance(fit))
writeLines(paste(names(seen), seen, sep = "\t"), paste0(argument[4], ".tsv"))
