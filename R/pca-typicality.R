# How typical samples are of the population that they are called.
#
# Every labeled sample has a squared Mahalanobis distance from its own population, as if it had
# been left out; the proportion of them that are at least as far as a new sample, itself counted, is
# its conformal p-value given the population (Vovk, Gammerman & Shafer 2005, section 4.5).
# Covariances of populations are drawn toward that within all of them (Friedman 1989), with the
# weight of as many samples as there are components.

# Fraction of the mean variance that is added to every component, for those that do not vary.
typicality_ridge <- 1e-9

# `scores` in the components of the space that are larger than noise makes them, the first at
# least; all of a space without such a test. Noise components follow the samples that they were
# found from, who spread farther there than new ones.
above_noise <- function(space, scores) {
  n <- space$projection$n_above_noise %||% ncol(scores)
  scores[, seq_len(max(1L, min(n, ncol(scores)))), drop = FALSE]
}

# For each population of `group`: middle [n_components], root [n_components x n_components], upper
# triangle of the Cholesky factor of its covariance, and distances of its samples [size], rising.
# NULL where fewer than two samples, or no variance within populations, leave nothing to compare
# with.
#
# | argument | shape                    | values                         |
# |----------|--------------------------|--------------------------------|
# | `scores` | n_samples x n_components | finite                         |
# | `group`  | n_samples                | factor, `NA` without a label   |
population_spreads <- function(scores, group) {
  rows <- split(seq_along(group), group)
  middles <- lapply(rows, function(own) colMeans(scores[own, , drop = FALSE]))
  scatters <- lapply(names(rows), function(name) {
    crossprod(sweep(scores[rows[[name]], , drop = FALSE], 2, middles[[name]]))
  })
  within <- Reduce(`+`, scatters)
  free <- sum(lengths(rows)) - length(rows)
  spreads <- lapply(seq_along(rows), function(i) {
    own <- scores[rows[[i]], , drop = FALSE]
    if (nrow(own) >= 2 && free >= 2 && sum(diag(within)) > 0) {
      population_spread(own, middles[[i]], scatters[[i]], within, free)
    }
  })
  stats::setNames(spreads, names(rows))
}

# With u a sample less the middle m of its n, W the scatter of the population, T that within all
# and d components, the sample is left out of m, W and T; by Sherman & Morrison its distance is
#   (n / (n - 1))^2 (n - 2 + d) s / (1 - c s),   s = u' A^-1 u,
#   A = W + d T / (free - 1),   c = n / (n - 1) (1 + d / (free - 1)).
population_spread <- function(own, middle, scatter, within, free) {
  n <- nrow(own)
  d <- ncol(own)
  ridge <- diag(typicality_ridge * mean(diag(within)) / free, d)
  without <- chol(scatter + d * (within / (free - 1) + ridge))
  s <- squared_lengths(own, middle, without)
  c <- n / (n - 1) * (1 + d / (free - 1))
  left <- pmax(1 - c * s, .Machine$double.eps)
  distance <- (n / (n - 1))^2 * (n - 2 + d) * s / left
  root <- chol((scatter + d * (within / free + ridge)) / (n - 1 + d))
  list(middle = middle, root = root, distance = distance)
}

# [n_samples] squared lengths of rows less `middle`, in the metric of the inverse of root' root.
squared_lengths <- function(scores, middle, root) {
  colSums(backsolve(root, t(scores) - middle, transpose = TRUE)^2)
}

# [n_samples] squared lengths of rows less `middle`, in the metric of the inverse of root' root plus
# the covariance of each row's own error, packed as project() gives it: what missing genotypes leave
# open is not distance.
widened_lengths <- function(scores, middle, root, covariances) {
  d <- ncol(scores)
  inherent <- crossprod(root)
  vapply(seq_len(nrow(scores)), function(row) {
    own <- unpacked_covariance(covariances[row, ], d)
    squared_lengths(scores[row, , drop = FALSE], middle, chol(inherent + own))
  }, 0)
}

# [d x d] of a packed one, of as many components or more; those past it are 0.
unpacked_covariance <- function(packed, d) {
  lower <- lower_triangle(d)
  # Components without variance have no scores to be unsure of.
  lower <- lower[seq_len(min(nrow(lower), length(packed))), , drop = FALSE]
  own <- matrix(0, d, d)
  own[lower] <- own[lower[, 2:1, drop = FALSE]] <- packed[seq_len(nrow(lower))]
  own
}

# Row and column of every entry of a packed lower triangle, row by row.
lower_triangle <- function(d) {
  cbind(rep(seq_len(d), seq_len(d)), sequence(seq_len(d)))
}

# [n_samples] p-values of samples for the populations `code`; NA for a population without a spread.
# `label`: code of each sample that took part in the spreads, which then is compared as left out,
# or NULL for new samples. `covariances`: of the errors of the scores, packed, or NULL for none.
typicality <- function(spreads, scores, code, label = NULL, covariances = NULL) {
  uncertain <- if (is.null(covariances)) FALSE else covariances[, 1] > 0 & !is.na(covariances[, 1])
  label <- label %||% rep(NA_integer_, length(code))
  p <- rep(NA_real_, length(code))
  for (population in unique(code)) {
    spread <- spreads[[population]]
    if (is.null(spread)) next
    rows <- which(code == population)
    distance <- squared_lengths(scores[rows, , drop = FALSE], spread$middle, spread$root)
    wide <- which(rep_len(uncertain, length(code))[rows] & !is.na(distance))
    distance[wide] <- widened_lengths(scores[rows[wide], , drop = FALSE], spread$middle,
      spread$root, covariances[rows[wide], , drop = FALSE])
    own <- label[rows] %in% population
    distance[own] <- spread$distance[match(rows[own], which(label == population))]
    n <- length(spread$distance)
    # Distances are equal up to rounding where two samples are alike.
    nearer <- findInterval(distance * (1 - 1e-9), sort(spread$distance), left.open = TRUE)
    p[rows] <- (n - nearer + !own) / (n + !own)
  }
  p
}
