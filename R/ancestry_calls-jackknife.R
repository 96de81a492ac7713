# Standard errors of ratios of sums along a genome, where neighbors are not independent.

# Source: Busing, Meijer & van der Leeden 1999, Statistics and Computing 9:3, equations 6 and 7: the
# delete-one-block jackknife for blocks of unequal size m_j, of n in all,
#   theta_J = g theta - sum_j (1 - m_j / n) theta_(-j)
#   variance = 1/g sum_j (h_j theta - (h_j - 1) theta_(-j) - theta_J)^2 / (h_j - 1),  h_j = n / m_j.
# For theta = sum(numerator) / sum(denominator) and m = denominator, the pseudo-values
# h_j theta - (h_j - 1) theta_(-j) are the ratios of the blocks and theta_J = theta, so that
#   variance = 1/g sum_j (theta_j - theta)^2 m_j / (n - m_j).
#
# | argument    | shape        | values                                            |
# |-------------|--------------|---------------------------------------------------|
# | numerator   | n x n_blocks |                                                   |
# | denominator | n x n_blocks | not negative; 0: the block has nothing of the row |
# | estimate    | n            | NA where all denominators are 0                   |
# | std_error   | n            | NA with fewer than two blocks                     |
block_jackknife <- function(numerator, denominator) {
  stopifnot(is.matrix(numerator), identical(dim(numerator), dim(denominator)))
  n <- rowSums(denominator)
  estimate <- ifelse(n > 0, rowSums(numerator) / n, NA_real_)
  there <- denominator > 0
  g <- rowSums(there)
  ratio <- ifelse(there, numerator / denominator, 0)
  spread <- (ratio - estimate)^2 * denominator / (n - denominator)
  spread[!there] <- 0
  std_error <- ifelse(g >= 2, sqrt(rowSums(spread) / g), NA_real_)
  list(estimate = unname(estimate), std_error = unname(std_error))
}

# For each chromosome the jackknife block of each of its windows: chromosomes, or `n_blocks` runs of
# as many windows as possible in all.
jackknife_blocks <- function(blocks, n_blocks) {
  size <- vapply(blocks, function(block) nrow(block$windows), 1L)
  if (is.null(n_blocks)) {
    return(lapply(seq_along(size), function(chrom) rep(chrom, size[chrom])))
  }
  n_blocks <- min(n_blocks, sum(size))
  run <- as.integer(ceiling(seq_len(sum(size)) * n_blocks / sum(size)))
  unname(split(run, rep(seq_along(size), size)))
}

# Of two standard errors, over other units each, the larger one; of one that is not known the other.
larger_error <- function(one, other) pmax(one, other, na.rm = TRUE)
