# The Q matrix of anything that has one.

# [n_samples x k] weights, row names the sample IDs (NULL where a plain matrix has none), column
# names the clusters. `name` is what messages call `x`.
ancestry_matrix <- function(x, name = "x", call = rlang::caller_env()) {
  UseMethod("ancestry_matrix")
}

#' @export
ancestry_matrix.default <- function(x, name = "x", call = rlang::caller_env()) {
  message <- c(sprintf("`%s` must be a fit, a Q matrix or a table of weights.", name),
    x = sprintf("It is %s.", describe_class(x)),
    i = "Fits: `archetypes()` and the like; tables: `read_q()`, `tidy()`, `augment()`.")
  abort_forebear("argument", message, call)
}

# Every fit gives its Q matrix through tidy().
#' @export
ancestry_matrix.forebear_archetypes <- function(x, name = "x", call = rlang::caller_env()) {
  weight_matrix(generics::tidy(x, matrix = "q"))
}

#' @export
ancestry_matrix.forebear_q_matrix <- function(x, name = "x", call = rlang::caller_env()) x$q

#' @export
ancestry_matrix.matrix <- function(x, name = "x", call = rlang::caller_env()) {
  if (!is.numeric(x) && nrow(x) > 0) {
    message <- c(sprintf("The Q matrix `%s` must be numeric, samples x clusters.", name),
      x = sprintf("It is a %s matrix.", typeof(x)))
    abort_forebear("argument", message, call)
  }
  storage.mode(x) <- "double"
  if (is.null(colnames(x))) colnames(x) <- numbered_names(seq_len(ncol(x)))
  check_simplex(x, name, call)
}

# What `qmatrix()` of 'tess3r' returns: a matrix by another name.
#' @export
ancestry_matrix.tess3Q <- function(x, name = "x", call = rlang::caller_env()) {
  ancestry_matrix.matrix(unclass(x), name, call)
}

# Proportions of the genome.
#' @export
ancestry_matrix.forebear_ancestry_calls <- function(x, name = "x", call = rlang::caller_env()) {
  ancestry_matrix.data.frame(ancestry_proportions(x), name, call)
}

# Long, as tidy() or `ancestry_proportions()` gives it, or wide: `sample_id` and one column per
# cluster.
#' @export
ancestry_matrix.data.frame <- function(x, name = "x", call = rlang::caller_env()) {
  if (!"sample_id" %in% names(x)) {
    message <- c(sprintf("The table `%s` must have a column `sample_id`.", name),
      x = sprintf("Its columns are %s.", quoted(names(x))))
    abort_forebear("argument", message, call)
  }
  x$sample_id <- id_text(x$sample_id)
  if (all(c("ancestry", "proportion") %in% names(x))) {
    x <- data.frame(sample_id = x$sample_id, archetype = x$ancestry, weight = x$proportion)
  }
  if (all(c("archetype", "weight") %in% names(x))) {
    return(check_simplex(long_to_matrix(x, name, call), name, call))
  }
  others <- setdiff(names(x), "sample_id")
  is_number <- vapply(x[others], is.numeric, NA)
  if (!all(is_number)) {
    message <- c("Besides `sample_id`, every column of a table of weights must be a cluster.",
      x = sprintf("`%s` has %s.", name, quoted(others[!is_number])))
    abort_forebear("argument", message, call)
  }
  q <- as.matrix(x[others])
  rownames(q) <- x$sample_id
  ancestry_matrix.matrix(q, name, call)
}

long_to_matrix <- function(x, name, call) {
  sample_id <- unique(x$sample_id)
  archetype <- unique(x$archetype)
  cell <- match(x$sample_id, sample_id) + length(sample_id) * (match(x$archetype, archetype) - 1)
  is_whole <- nrow(x) == length(sample_id) * length(archetype) && anyDuplicated(cell) == 0
  if (!is.numeric(x$weight) || !is_whole) {
    message <- c(sprintf("`%s` must have one weight per sample and archetype.", name),
      x = sprintf("It has %s for %s and %s.", counted(nrow(x), "row"),
        counted(length(sample_id), "sample"), counted(length(archetype), "archetype")))
    abort_forebear("argument", message, call)
  }
  weight_matrix(x)
}

# Programs round what they write, so rows may miss 1 by a little, and weights may lie a little
# outside of 0 to 1; those are clamped.
simplex_tolerance <- 0.01
rounding_tolerance <- 1e-3

check_simplex <- function(q, name, call) {
  if (length(q) == 0) {
    message <- c(sprintf("`%s` must have weights of at least one sample.", name),
      x = sprintf("It is a table of %s x %s.", big(nrow(q)), big(ncol(q))))
    abort_forebear("argument", message, call)
  }
  total <- rowSums(q)
  off <- !is.finite(total) | rowSums(q < -rounding_tolerance) > 0 |
    abs(total - 1) > simplex_tolerance
  # A row that is NA throughout is a sample without an answer.
  off <- off & is_answered(q)
  if (any(off)) {
    first <- which(off)[[1]]
    message <- c(
      sprintf("Every row of the Q matrix `%s` must hold weights: none negative, sum 1 (+- %g).",
        name, simplex_tolerance),
      x = sprintf("%s not; the first is %s with %s.", verb(sum(off)),
        if (is.null(rownames(q))) paste("row", first) else quoted(rownames(q)[first]),
        first_of(format(q[first, ], digits = 4))))
    abort_forebear("q_simplex", message, call)
  }
  q[] <- pmin(pmax(q, 0), 1)
  q
}

# Two or more Q matrices with the same samples in the same order, that of the first one. `q` is a
# named list of matrices. Matrices without any sample IDs are taken as they stand. Samples that one
# of them has no answer for are left out, and named.
match_samples <- function(q, call = rlang::caller_env()) {
  q <- in_one_order(q, call)
  answered <- Reduce(`&`, lapply(q, is_answered))
  check_some_answered(answered, call)
  inform_left_out(row_sample_id(q[[1]])[!answered])
  lapply(q, function(q) q[answered, , drop = FALSE])
}

in_one_order <- function(q, call) {
  has_id <- !vapply(lapply(q, rownames), is.null, NA)
  if (!any(has_id)) {
    check_equal_rows(q, call)
    return(q)
  }
  if (!all(has_id)) {
    message <- c("Samples are matched by their IDs.",
      x = sprintf("%s has none: a matrix needs them as row names.", quoted(names(q)[!has_id])))
    abort_forebear("unknown_sample", message, call)
  }
  sample_id <- rownames(q[[1]])
  for (name in names(q)) check_own_ids(rownames(q[[name]]), name, call)
  for (name in names(q)[-1]) {
    check_same_samples(sample_id, rownames(q[[name]]), names(q)[[1]], name, call)
  }
  lapply(q, function(q) q[sample_id, , drop = FALSE])
}

check_equal_rows <- function(q, call) {
  n <- vapply(q, nrow, 1L)
  if (length(unique(n)) > 1) {
    message <- c("Q matrices without row names must have the same samples in the same order.",
      x = sprintf("They have %s rows.", paste(unique(n), collapse = " and ")),
      i = "Give sample IDs as row names to have samples matched.")
    abort_forebear("unknown_sample", message, call)
  }
}

check_own_ids <- function(sample_id, name, call) {
  repeated <- unique(sample_id[duplicated(sample_id)])
  if (length(repeated) > 0) {
    message <- c("Samples can be matched only if every ID occurs once.",
      x = sprintf("In %s %s not: %s.", quoted(name), verb(length(repeated)), quoted(repeated)))
    abort_forebear("duplicate_ids", message, call)
  }
}

check_same_samples <- function(a, b, name_a, name_b, call) {
  only_a <- setdiff(a, b)
  only_b <- setdiff(b, a)
  if (length(only_a) + length(only_b) == 0) {
    return(invisible())
  }
  alone <- function(sample_id, name) {
    if (length(sample_id) > 0) {
      sprintf("%s in %s alone: %s.", counted(length(sample_id), "sample"), quoted(name),
        quoted(sample_id))
    }
  }
  message <- c("Both must have the same samples.",
    x = alone(only_a, name_a), x = alone(only_b, name_b),
    i = "Leave the others out: tables of weights may be cut, fits may be tidied first.")
  abort_forebear("unknown_sample", message, call)
}
