# Rscript forebear_admixture.R PREFIX K SEED OUT [PASSES]
# Writes OUT.Q and OUT.P (text, as ADMIXTURE: samples x K; variants x K, frequencies of allele 1) and OUT.trace, the
# log-likelihoods that the fit claims. With PASSES the fit ends after as many passes, else it must converge. The whole
# process is timed by its caller.
argument <- commandArgs(TRUE)
library(forebear)
g <- read_bed(argument[1])
early <- length(argument) == 5
fit <- withCallingHandlers(
  admixture(g, k = as.integer(argument[2]), seed = as.integer(argument[3]), threads = 1,
            max_iter = if (early) as.integer(argument[5]) else 200),
  forebear_warning_not_converged = function(w) if (early) invokeRestart("muffleWarning")
)
found <- glance(fit)
stopifnot(early || found$converged)
wide <- function(long, value) matrix(long[[value]], ncol = found$k)
write <- function(x, path) utils::write.table(format(x, digits = 9), path, quote = FALSE, row.names = FALSE, col.names = FALSE)
write(wide(tidy(fit), "weight"), paste0(argument[4], ".Q"))
write(wide(tidy(fit, matrix = "frequencies"), "frequency"), paste0(argument[4], ".P"))
writeLines(format(tidy(fit, matrix = "trace")$log_likelihood, digits = 15), paste0(argument[4], ".trace"))
