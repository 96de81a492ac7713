# Samples of a fit that are given to predict() again. OADP corrects for *new* samples, which took no
# part in a fit, and would push these outward; their simple scores are those of the fit.

# Other samples of a fit that a new one is compared with, at most.
most_compared <- 2000L

# projected: as `project()` gives it, by OADP; the rows of known samples become simple scores
# scores [n_samples x n_components], sample_id: of the fit
with_known_samples <- function(projected, scores, sample_id, projection, aligned, threads,
                               call = rlang::caller_env()) {
  own <- match(aligned$samples$sample_id, sample_id)
  candidates <- which(!is.na(own))
  if (length(candidates) == 0) {
    return(projected)
  }
  with_errors <- !is.null(projected$std_errors)
  again <- project(projection, aligned[candidates, ], "simple", threads, call, with_errors)
  simple <- again$scores
  dims <- seq_len(ncol(scores))
  is_known <- are_known(simple[, dims, drop = FALSE], unname(scores), own[candidates])
  if (any(is_known)) {
    for (name in intersect(c("scores", "std_errors", "covariances"), names(projected))) {
      if (is.null(again[[name]])) next
      projected[[name]][candidates[is_known], ] <- again[[name]][is_known, ]
    }
    inform_known_samples(aligned$samples$sample_id[candidates[is_known]], nrow(aligned$samples))
  }
  projected
}

# [n_candidates] whether simple scores are those that the sample of the same ID has in the fit: to
# rounding, or, where variants are absent or some genotypes differ, at less than half the distance
# to any other sample.
are_known <- function(simple, scores, own) {
  size <- sqrt(mean(rowSums(scores^2)))
  distance <- sqrt(rowSums((simple - scores[own, , drop = FALSE])^2))
  known <- !is.na(distance) & distance <= 1e-4 * size
  for (row in which(!known & !is.na(distance))) {
    others <- setdiff(evenly_spaced(nrow(scores), most_compared), own[[row]])
    apart <- colSums((t(scores[others, , drop = FALSE]) - simple[row, ])^2)
    known[[row]] <- length(others) > 0 && distance[[row]] < 0.5 * sqrt(min(apart))
  }
  known
}

inform_known_samples <- function(sample_id, n_new) {
  n <- length(sample_id)
  inform_forebear("known_samples", c(
    sprintf("%s of %s new samples %s already in the fit, with the same ID and genotypes: %s.",
      big(n), big(n_new), if (n == 1) "is" else "are", quoted(sample_id)),
    i = "They have the scores of the fit. Others are corrected for not having taken part in it."
  ))
}
