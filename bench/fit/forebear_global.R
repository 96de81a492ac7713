# Rscript forebear_global.R PREFIX K METHOD OUT
# METHOD: admixture, likelihood (admixture() without a penalty, to a tight end), archetypes (by default) or archetypes_plain (one
# start of FurthestSum in k - 1 dimensions, the default of before). Writes OUT.Q, and OUT.P for admixture. The whole process is
# timed by its caller.
argument <- commandArgs(TRUE)
library(forebear)
g <- read_bed(argument[1])
k <- as.integer(argument[2])
fit <- switch(argument[3],
  admixture = admixture(g, k = k, threads = 1),
  likelihood = admixture(g, k = k, sparsity = FALSE, settings = admixture_settings(1e-2, 2000), threads = 1),
  archetypes = archetypes(g, k = k, threads = 1),
  archetypes_plain = archetypes(g, k = k, init = "furthest_sum", restarts = 1, dims = NULL, threads = 1)
)
stopifnot(glance(fit)$converged)
wide <- function(long, value) matrix(long[[value]], ncol = k)
write <- function(x, path) utils::write.table(format(x, digits = 9), path, quote = FALSE, row.names = FALSE, col.names = FALSE)
write(wide(tidy(fit), "weight"), paste0(argument[4], ".Q"))
if (argument[3] %in% c("admixture", "likelihood")) write(wide(tidy(fit, matrix = "frequencies"), "frequency"), paste0(argument[4], ".P"))
cat(glance(fit)$dims, "\n")
