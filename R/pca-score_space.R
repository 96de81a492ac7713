# The components that a model of scores was fitted in, and the way there for new samples.
#
# A model of scores can be fitted to genotypes, whose components are found first; to a pca() fit;
# or to a matrix, whose columns may be prepared. New samples go the same way: nothing is learned
# from them.

# scores        [n_samples x n_components], NA throughout for a sample without an answer
# projection    a pca() fit without its scores, or NULL for a matrix
# preparation   what was done to the columns of a matrix, or NULL
# n_columns     of a matrix of new samples
#
# The space keeps the scores and IDs of the samples that are `answered` (logical [n_samples]): they
# alone take part in a fit. all_id [n_samples] are the samples that were given.
# columns       names of the columns of a matrix that has them, or NULL
new_score_space <- function(scores, sample_id, n_columns, projection = NULL, preparation = NULL,
                            columns = NULL) {
  stopifnot(is.matrix(scores), is.double(scores), nrow(scores) == length(sample_id))
  dimnames(scores) <- NULL
  answered <- is_answered(scores)
  space <- list(scores = scores[answered, , drop = FALSE], sample_id = sample_id[answered],
    all_id = sample_id, answered = answered, n_columns = n_columns, projection = projection,
    preparation = preparation)
  # Absent without names, as in models that are older.
  space$columns <- columns
  structure(space, class = "forebear_score_space")
}

# `table`, whose rows are the samples of the space that have an answer, with a row of NA for each of
# the others, in the order in which all were given.
all_samples <- function(table, space) {
  if (all(space$answered)) {
    return(table)
  }
  table <- vctrs::vec_slice(table, with_unanswered(seq_len(nrow(table)), space$answered))
  table$sample_id <- space$all_id
  table
}

# `options`: dims, num_comp, impute, center, scale; NULL where the user gave none.
score_space <- function(x, options, threads, call = rlang::caller_env()) UseMethod("score_space")

#' @export
score_space.default <- function(x, options, threads, call = rlang::caller_env()) {
  message <- c("Give genotypes, a `pca()` fit or a matrix of scores.",
    x = sprintf("`x` is %s.", describe_class(x)))
  abort_forebear("argument", message, call)
}

#' @export
score_space.forebear_genotypes <- function(x, options, threads, call = rlang::caller_env()) {
  check_unused(options, c("impute", "center", "scale"), "of a matrix", x, call)
  num_comp <- check_count(options$num_comp %||% min(10, max(1, nrow(x) - 1)), "num_comp",
    call = call)
  x <- without_sex_chromosomes(x, call = call)
  fit <- pca_fit(x, num_comp, "auto", "binomial", 1e-6, 100L, 1, threads, call = call)
  if (!fit$converged) {
    warn_forebear("not_converged", c("The components have not converged.",
      x = sprintf("After %s they still change by %.2g.", passes(fit$passes), fit$change)), call)
  }
  pca <- new_pca(fit, x$samples$sample_id, x$variants, "binomial")
  score_space(pca, options["dims"], threads, call)
}

#' @export
score_space.forebear_pca <- function(x, options, threads, call = rlang::caller_env()) {
  check_unused(options, "num_comp", "of genotypes or of a matrix", x, call)
  check_unused(options, c("impute", "center", "scale"), "of a matrix", x, call)
  dims <- leading_dims(options$dims, ncol(x$scores), call)
  scores <- x$scores[, seq_len(dims), drop = FALSE]
  answered_scores(scores, x$sample_id, call, reason_of(x))
  projection <- x
  projection$scores <- projection$n_used <- projection$std_errors <- NULL
  projection$sample_id <- x$sample_id[is_answered(scores)]
  new_score_space(scores, x$sample_id, ncol(x$scores), projection)
}

#' @export
score_space.matrix <- function(x, options, threads, call = rlang::caller_env()) {
  check_sample_matrix(x, "x", call)
  storage.mode(x) <- "double"
  sample_id <- row_sample_id(x)
  known <- answered_scores(x, sample_id, call)
  if (identical(options$impute %||% "none", "none")) check_known_scores(x, impute_hint, call)
  preparation <- learn_preparation(known, options, threads, call)
  scores <- if (is.null(preparation)) unname(known) else prepare(known, preparation)
  scores <- with_unanswered(scores, is_answered(x))
  dims <- leading_dims(options$dims, ncol(scores), call)
  new_score_space(scores[, seq_len(dims), drop = FALSE], sample_id, ncol(x),
    preparation = preparation, columns = column_names_of(x))
}

check_unused <- function(options, names, where, x, call) {
  given <- names[!vapply(options[names], is.null, NA)]
  if (length(given) > 0) {
    message <- c(sprintf("`%s` is for the columns %s.", given[[1]], where),
      x = sprintf("`x` is %s.", describe_class(x)), i = "Leave the argument out.")
    abort_forebear("argument", message, call)
  }
}

leading_dims <- function(dims, n_there, call) {
  if (is.null(dims)) {
    return(n_there)
  }
  check_count(dims, "dims", max = n_there, call = call)
}

check_sample_matrix <- function(x, name, call) {
  if (!is.matrix(x) || !is.numeric(x) || length(x) == 0) {
    message <- c(sprintf("`%s` must be a numeric matrix, one row per sample.", name),
      x = if (is.matrix(x)) {
        sprintf("It is a %s matrix of %s x %s.", typeof(x), big(nrow(x)), big(ncol(x)))
      } else {
        sprintf("It is %s.", describe_class(x))
      })
    abort_forebear("argument", message, call)
  }
}

# What is done to the columns of a matrix, or NULL for nothing:
# fill, center, multiplier [n_columns]; rotation [n_columns x n_comp] or NULL
learn_preparation <- function(x, options, threads, call) {
  impute <- check_choice(options$impute %||% "none", "impute", c("none", "median", "mean"), call)
  center <- check_flag(options$center %||% FALSE, "center", call)
  scale <- check_flag(options$scale %||% FALSE, "scale", call)
  rotated <- !is.null(options$num_comp)
  if (!any(impute != "none", center, scale, rotated)) {
    return(NULL)
  }
  fill <- if (impute != "none") unname(column_middles(x, impute, call))
  x <- fill_missing(x, fill)
  colnames(x) <- NULL
  middle <- if (any(center, scale, rotated)) colMeans(x) else rep(0, ncol(x))
  preparation <- list(fill = fill, center = middle, multiplier = rep(1, ncol(x)))
  if (scale) {
    deviation <- sqrt(colMeans(sweep(x, 2, middle)^2))
    preparation$multiplier <- ifelse(deviation > 0, 1 / deviation, 0)
  }
  if (rotated) {
    most <- min(nrow(x) - 1, ncol(x))
    num_comp <- check_count(options$num_comp, "num_comp", max = most, call = call)
    preparation$rotation <- leading_rotation(prepare(x, preparation), num_comp, threads, call)
  }
  preparation
}

# What stands for a missing value of each column.
column_middles <- function(x, impute, call) {
  check_called_columns(x, call)
  apply(x, 2, if (impute == "median") stats::median else mean, na.rm = TRUE)
}

check_called_columns <- function(x, call) {
  empty <- which(colSums(!is.na(x)) == 0)
  if (length(empty) > 0) {
    message <- c("To fill in missing values, every column must have some that are not missing.",
      x = sprintf("Columns without: %s.", first_of(empty)))
    abort_forebear("argument", message, call)
  }
}

fill_missing <- function(x, fill) {
  if (is.null(fill)) {
    return(x)
  }
  missing <- which(is.na(x))
  x[missing] <- fill[(missing - 1) %/% nrow(x) + 1]
  x
}

# [n_columns x num_comp] principal axes of centered columns, signs as in pca().
leading_rotation <- function(x, num_comp, threads, call) {
  check_finite(x, call)
  work <- function(progress) rust_leading_axes(t(x), num_comp, threads, progress)
  with_progress(work, call)$axes
}

impute_hint <- "`impute` fills in what is missing."

check_finite <- function(x, call, hint = impute_hint) {
  wrong <- which(!is.finite(x))
  if (length(wrong) > 0) {
    row <- (wrong[[1]] - 1) %% nrow(x) + 1
    name <- rownames(x)[row] %||% ""
    message <- c("Every score must be a finite number.",
      x = sprintf("%s not; the first is that of sample %s in column %d.", verb(length(wrong)),
        if (nzchar(name)) quoted(name) else big(row),
        (wrong[[1]] - 1) %/% nrow(x) + 1),
      i = hint)
    abort_forebear("non_finite_score", message, call)
  }
}

prepare <- function(x, preparation) {
  x <- fill_missing(x, preparation$fill)
  x <- sweep(sweep(x, 2, preparation$center), 2, preparation$multiplier, `*`)
  if (!is.null(preparation$rotation)) x <- x %*% preparation$rotation
  unname(x)
}

# New samples in the space: sample_id, scores, `empty` (positions of samples without an answer,
# whose scores are 0), `reason` why they have none and, for genotypes, outlier and residual as
# predict() of a pca() fit has them, whether a sample lacks more than 5 % and, with `errors`,
# covariances as project() has them.
into_space <- function(space, new_data, min_overlap, strand, threads, call = rlang::caller_env(),
                       errors = FALSE) {
  new <- if (is.matrix(new_data)) {
    matrix_into_space(space, new_data, call)
  } else {
    genotypes_into_space(space, new_data, min_overlap, strand, threads, errors, call)
  }
  new$empty <- which(!is_answered(new$scores))
  new$scores <- zero_unanswered(new$scores)
  new
}

warn_empty <- function(new, call = rlang::caller_env()) {
  warn_unanswered(new$sample_id[new$empty], new$reason, call, in_fit = FALSE)
}

genotypes_into_space <- function(space, new_data, min_overlap, strand, threads, errors, call) {
  if (is.null(space$projection)) {
    message <- c("New data of a fit of a matrix must be a matrix with the same columns.",
      x = sprintf("It is %s.", describe_class(new_data)))
    abort_forebear("argument", message, call)
  }
  aligned <- align_new_data(new_data, space$projection, min_overlap, strand, threads, call)
  projected <- project(space$projection, aligned, "oadp", threads, call, errors)
  projected <- with_known_samples(projected, space$scores, space$sample_id, space$projection,
    aligned, threads, call)
  scores <- projected$scores[, seq_len(ncol(space$scores)), drop = FALSE]
  list(sample_id = aligned$samples$sample_id, scores = scores,
    reason = unplaced_reason(projected, ncol(projected$scores)),
    outlier = nan_to_na(projected$outlier), residual = nan_to_na(projected$residual),
    covariances = projected$covariances,
    lacks_much = projected$n_used < 0.95 * sum(space$projection$multiplier != 0))
}

matrix_into_space <- function(space, x, call) {
  check_sample_matrix(x, "new_data", call)
  preparation <- space$preparation
  if (ncol(x) != space$n_columns) {
    message <- c(sprintf("New scores must have the %s that the fit was made from.",
      counted(space$n_columns, "column")),
      x = sprintf("They have %s.", big(ncol(x))))
    abort_forebear("component_mismatch", message, call)
  }
  x <- in_columns_of(x, space$columns, call)
  storage.mode(x) <- "double"
  sample_id <- row_sample_id(x)
  scores <- if (is.null(preparation)) unname(x) else prepare(x, preparation)
  scores[!is_answered(x), ] <- NA
  list(sample_id = sample_id, scores = scores[, seq_len(ncol(space$scores)), drop = FALSE],
    reason = no_scores_reason)
}

column_names_of <- function(x) {
  names <- colnames(x)
  if (is.null(names) || anyNA(names) || any(names == "")) NULL else as_utf8(names)
}

# `x` with its columns in the order of those of the fit, where both have names.
in_columns_of <- function(x, columns, call) {
  own <- column_names_of(x)
  if (is.null(own) || is.null(columns) || identical(own, columns)) {
    return(x)
  }
  if (!setequal(own, columns) || anyDuplicated(own) || anyDuplicated(columns)) {
    differs <- which(own != columns)[1]
    message <- c("New scores must have the columns that the fit was made from.",
      x = sprintf("Column %d is %s; that of the fit is %s.", differs, quoted(own[differs]),
        quoted(columns[differs])),
      i = "Call them as in the fit, in any order; without names they are taken in order.")
    abort_forebear("component_mismatch", message, call)
  }
  x[, match(columns, own), drop = FALSE]
}

# NA in all columns but the first, for the samples of which nothing is known.
blank_empty <- function(table, new) {
  if (length(new$empty) > 0) table[new$empty, -1] <- NA
  table
}

# IDs of the samples that are the rows of a matrix.
row_sample_id <- function(x) {
  id <- rownames(x) %||% rep("", nrow(x))
  ifelse(id == "", paste0("sample", seq_len(nrow(x))), id)
}
