# Rscript forebear_admixture.R PREFIX K SEED OUT
# Writes OUT.Q and OUT.P (text, as ADMIXTURE: samples x K; variants x K, frequencies of allele 1). The whole process is timed by
# its caller.
argument <- commandArgs(TRUE)
library(forebear)
g <- read_bed(argument[1])
fit <- admixture(g, k = as.integer(argument[2]), threads = 1)
found <- glance(fit)
stopifnot(found$converged)
wide <- function(long, value) matrix(long[[value]], ncol = found$k)
write <- function(x, path) utils::write.table(format(x, digits = 9), path, quote = FALSE, row.names = FALSE, col.names = FALSE)
write(wide(tidy(fit), "weight"), paste0(argument[4], ".Q"))
write(wide(tidy(fit, matrix = "frequencies"), "frequency"), paste0(argument[4], ".P"))
