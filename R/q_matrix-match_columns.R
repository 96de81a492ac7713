# Which clusters of two Q matrices are the same.

# The column of `q` that belongs to each column of `reference`: the pairing with the least sum of
# squared differences, so with the least RMSE, over all pairings (Hungarian method).
#
# | argument    | shape                                                                     |
# |-------------|---------------------------------------------------------------------------|
# | `reference` | n_samples x k                                                             |
# | `q`         | n_samples x l, the same samples in the same order                         |
# | returned    | k: columns of `q`, none twice; `NA` for a column without partner if k > l |
#
# With k < l, setdiff(seq_len(l), answer) are the columns that only `q` has.
match_columns <- function(reference, q, call = rlang::caller_env()) {
  stopifnot(is.matrix(reference), is.matrix(q), nrow(reference) == nrow(q))
  assign_columns(squared_distances(reference, q), call)
}

# Least correlation of two clusters that are called the same. A cluster that splits into three equal
# parts keeps the name with one of them: its correlation with each is 0.5 or more.
least_correlation <- 0.5

# As match_columns(), but the pairs whose weights do not go together over the samples are none: NA.
# Where every sample has the same weight there is no correlation; then only a cluster of weight 0,
# with one of more, is no pair.
pair_columns <- function(reference, q, call = rlang::caller_env()) {
  partner <- match_columns(reference, q, call)
  for (column in which(!is.na(partner))) {
    if (!are_paired(reference[, column], q[, partner[column]])) partner[column] <- NA
  }
  partner
}

are_paired <- function(a, b) {
  r <- correlation(a, b)
  if (is.na(r)) any(a > 1e-9) == any(b > 1e-9) else r >= least_correlation
}

# Names clusters that found no partner.
inform_unpaired <- function(names, where) {
  if (length(names) > 0) {
    inform_forebear("unpaired", sprintf(
      "Without a partner of correlation %g or more: %s of %s.", least_correlation,
      first_of(names, 12), where))
  }
}

# [k x l] sums of squared differences between the columns of two matrices.
squared_distances <- function(a, b) {
  pmax(outer(colSums(a^2), colSums(b^2), "+") - 2 * crossprod(a, b), 0)
}

# The column of each row of a cost matrix, `NA` for none.
assign_columns <- function(cost, call = rlang::caller_env()) {
  storage.mode(cost) <- "double"
  with_progress(function(progress) rust_assign(unname(cost), progress), call)
}
