# Samples as homozygous as inbred lines, which methods that take alleles to be drawn independently
# have to name.

# `f` of sample_stats() above which KING's estimate is not to be believed, for all that there are
# ten heterozygotes: those of inbred lines are errors of genotyping.
most_inbred <- 0.9

# Variants of which `f` is taken at most: its standard error is then below .01.
inbred_variants <- 20000

inbreeding <- function(g, sex_chromosomes, threads, call) {
  if (ncol(g) > inbred_variants) g <- g[, evenly_spaced(ncol(g), inbred_variants)]
  count_samples(g, sample_roles(g$samples, TRUE), sex_chromosomes, threads, call)$f
}

# How many samples are inbred; `NULL` if not nearly all are.
inbred_finding <- function(g, threads, call) {
  f <- inbreeding(g, "auto", threads, call)
  n_inbred <- sum(f > most_inbred, na.rm = TRUE)
  if (n_inbred >= 2 && n_inbred >= 0.9 * sum(!is.na(f))) {
    sprintf("%s of %s have fewer than 10 %% of the heterozygotes expected, as inbred lines do.",
      big(n_inbred), counted(nrow(g), "sample"))
  }
}

# Names the inbred samples of which kinship() nevertheless makes KING's estimate.
warn_inbred <- function(g, sex_chromosomes, threads, call) {
  inbred <- which(inbreeding(g, sex_chromosomes, threads, call) > most_inbred)
  if (length(inbred) == 0) {
    return(invisible())
  }
  own <- g[inbred, ]
  roles <- sample_roles(own$samples, TRUE)
  n_het <- count_samples(own, roles, sex_chromosomes, threads, call)$n_het
  inbred <- inbred[n_het >= 10]
  if (length(inbred) > 0) {
    message <- c("KING's estimate of kinship needs samples that are not inbred.",
      x = sprintf("%s of %s fewer than 10 %% of the heterozygotes expected, first %s.",
        big(length(inbred)), paste(counted(nrow(g), "sample"), if (length(inbred) == 1) "has" else
          "have"), quoted(g$samples$sample_id[inbred])),
      i = paste("With their heterozygous genotypes missing, as errors, they are compared by",
        "identity by state.")
    )
    warn_forebear("inbred", message, call)
  }
}
