# Rscript forebear_biobank.R PREFIX METHOD OUT [THREADS]
# METHOD: read, pca (10 components), archetypes or admixture (8 each). Writes OUT.Q of the last two and OUT.tsv, lines of name and
# value: passes, dims, converged. The whole process is timed by its caller.
argument <- commandArgs(TRUE)
threads <- if (length(argument) > 3) as.integer(argument[4]) else 1L
library(forebear)
g <- read_bed(argument[1])
fit <- switch(argument[2],
  read = NULL,
  pca = pca(g, num_comp = 10, threads = threads),
  archetypes = archetypes(g, k = 8, threads = threads),
  admixture = admixture(g, k = 8, threads = threads)
)
if (is.null(fit)) quit(status = 0)
about <- glance(fit)
about <- about[intersect(c("passes", "dims", "converged", "n_above_noise", "log_likelihood"), names(about))]
writeLines(paste(names(about), unlist(about), sep = "\t"), paste0(argument[3], ".tsv"))
if (argument[2] != "pca") {
  q <- matrix(tidy(fit)$weight, ncol = 8)
  utils::write.table(format(q, digits = 7), paste0(argument[3], ".Q"), quote = FALSE, row.names = FALSE, col.names = FALSE)
}
