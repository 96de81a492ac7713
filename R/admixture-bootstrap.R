# Standard errors of the weights of admixture() by resampling blocks of variants.
#
# Each replicate is a fit of the variants that were drawn, from the weights of the fit on. A block
# that is drawn twice is there twice. This is the -B of ADMIXTURE, but for the blocks.

# [n_answered x k x replicates] weights, columns paired with those of the fit.
bootstrap_admixture <- function(fit, genotypes, replicates, lengths, seed, threads, call) {
  check_can_bootstrap(fit, call)
  k <- ncol(fit$q)
  n <- nrow(fit$q)
  kinds <- list(fixed = fit$fixed %||% logical(n), haploid = fit$haploid %||% logical(n))
  settings <- c(fit$settings[c("sparsity", "tolerance", "max_iter")], threads = threads)
  free <- !kinds$fixed
  start <- unname(fit$q)
  start[free, ] <- 0.99 * start[free, ] + 0.01 / k
  last <- cumsum(lengths)
  blocks <- Map(seq, last - lengths + 1L, last)
  draws <- with_own_seed(seed, replicate(replicates, sample(length(blocks), replace = TRUE),
    simplify = FALSE))
  converged <- logical(replicates)
  q <- lapply(seq_len(replicates), function(replicate) {
    drawn <- genotypes
    drawn$variant_index <- genotypes$variant_index[unlist(blocks[draws[[replicate]]])]
    found <- admixture_fit(drawn, start, kinds, settings, call)
    converged[replicate] <<- found$converged
    found$q[, match_columns(fit$q, found$q, call), drop = FALSE]
  })
  if (!all(converged)) {
    warn_forebear("not_converged", c("Every replicate should have converged.",
      x = sprintf("%s not.", verb(sum(!converged))),
      i = "Fit with a larger `max_iter` of `admixture_settings()`."), call)
  }
  array(unlist(q), c(n, k, replicates))
}

check_can_bootstrap <- function(fit, call) {
  if (ncol(fit$q) == 1) {
    abort_forebear("argument", c("A fit of one population has no weights to resample.",
      x = "All its weights are 1."), call)
  }
}
