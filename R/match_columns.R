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

# [k x l] sums of squared differences between the columns of two matrices.
squared_distances <- function(a, b) {
  pmax(outer(colSums(a^2), colSums(b^2), "+") - 2 * crossprod(a, b), 0)
}

# The column of each row of a cost matrix, `NA` for none.
assign_columns <- function(cost, call = rlang::caller_env()) {
  storage.mode(cost) <- "double"
  with_progress(function(progress) rust_assign(unname(cost), progress), call)
}
