#' Q matrices of other programs
#'
#' `as_q_matrix()` gives a matrix or table of weights the class that [read_q()] returns, so
#' that it can be drawn, tidied and compared like a fit of [archetypes()].
#'
#' @param x A numeric matrix (samples x clusters, row names are sample IDs), a data frame
#'   with `sample_id` and one column per cluster, a tidy table of `sample_id`, `archetype`,
#'   `weight`, ancestry calls or what [ancestry_proportions()] gives of them, or any fit with a Q
#'   matrix.
#' @param matrix `"q"`, or `"frequencies"` where the allele frequencies are known.
#' @param new_data `NULL`, or a data frame with a column `sample_id`, to which the weights
#'   are added.
#' @param ... Must be empty.
#' @returns `as_q_matrix()`: an object of class `forebear_q_matrix`.
#'
#' `tidy()`: `sample_id`, `archetype`, `weight`; of the frequencies `archetype`,
#' `variant_id`, `frequency`.
#'
#' `augment()`: `sample_id` (or `new_data`) and `.archetype1`, `.archetype2`, ..., or the names
#' of the clusters after a period.
#'
#' `glance()`: `k`, `n_samples`, `n_variants` (`NA` without frequencies), `format`.
#' @section Errors:
#' `forebear_error_q_simplex` if a weight is negative or missing, or a row misses a sum of 1
#' by more than 0.01; `forebear_error_argument` for what is no table of weights.
#' @family Q matrices
#' @examples
#' truth <- read.delim(example_data("truth"))
#' q <- as_q_matrix(truth)
#' q
#' tidy(q)
#' autoplot(q)
#' @export
as_q_matrix <- function(x) {
  q <- ancestry_matrix(x)
  new_q_matrix(q, rownames(q) %||% paste0("sample", seq_len(nrow(q))), format = "matrix")
}

# q [n_samples x k]
# frequencies [n_variants x k], of the allele that the program counted, or NULL
new_q_matrix <- function(q, sample_id, format, frequencies = NULL, variant_id = NULL) {
  stopifnot(is.matrix(q), is.double(q), nrow(q) == length(sample_id))
  rownames(q) <- sample_id
  x <- list(q = q, sample_id = sample_id, format = format, frequencies = frequencies,
    variant_id = variant_id)
  structure(x, class = "forebear_q_matrix")
}

#' @rdname as_q_matrix
#' @export
tidy.forebear_q_matrix <- function(x, matrix = c("q", "frequencies"), ...) {
  check_no_dots(...)
  matrix <- check_choice(matrix, "matrix", c("q", "frequencies"))
  if (matrix == "q") {
    return(tidy_q(x$q, x$sample_id))
  }
  if (is.null(x$frequencies)) {
    message <- c("This Q matrix has no allele frequencies.",
      i = "`read_q()` reads them from a `.P` file: read_q(path, frequencies = ).")
    abort_forebear("argument", message)
  }
  tibble::tibble(
    archetype = rep(colnames(x$q), each = length(x$variant_id)),
    variant_id = rep(x$variant_id, times = ncol(x$q)),
    frequency = as.vector(x$frequencies)
  )
}

#' @rdname as_q_matrix
#' @export
augment.forebear_q_matrix <- function(x, new_data = NULL, ...) {
  check_no_dots(...)
  add_by_sample(new_data, x$sample_id, x$q, paste0(".", colnames(x$q)))
}

#' @rdname as_q_matrix
#' @export
glance.forebear_q_matrix <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    k = ncol(x$q), n_samples = nrow(x$q),
    n_variants = if (is.null(x$frequencies)) NA_integer_ else nrow(x$frequencies),
    format = x$format
  )
}

#' @export
print.forebear_q_matrix <- function(x, ...) {
  variants <- if (!is.null(x$frequencies)) {
    sprintf(", frequencies of %s", counted(nrow(x$frequencies), "variant"))
  }
  lines <- c(
    sprintf("<q_matrix> %s of %s (%s)%s", counted(ncol(x$q), "cluster"),
      counted_samples(is_answered(x$q)), x$format, variants %||% ""),
    mean_weights_line(x$q),
    sprintf("samples: %s", first_of(x$sample_id))
  )
  cat(lines, sep = "\n")
  invisible(x)
}

#' Plot a Q matrix
#'
#' Draws the Q matrix of any program as bars or in a simplex; see [autoplot.forebear_archetypes()]
#' for how to read both.
#'
#' @param object What [read_q()] or [as_q_matrix()] returns.
#' @inheritParams autoplot.forebear_archetypes
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_argument` for an unknown `type`; those of labels as in
#' [autoplot.forebear_archetypes()].
#' @family Q matrices
#' @examples
#' q <- as_q_matrix(read.delim(example_data("truth")))
#' labels <- read.delim(example_data("labels"))
#' autoplot(q, labels = labels)
#' autoplot(q, type = "simplex", labels = labels)
#' @rawNamespace S3method(ggplot2::autoplot, forebear_q_matrix)
autoplot.forebear_q_matrix <- function( # nolint: object_name_linter.
    object, type = c("bar", "simplex"), labels = NULL, ..., label_column = NULL,
    label_groups = FALSE) {
  call <- rlang::current_env()
  local_colours(...)
  type <- check_choice(type, "type", c("bar", "simplex"))
  check_flag(label_groups, "label_groups", call)
  match <- if (type == "bar") match_label_levels else match_labels_or_null
  group <- match(labels, rownames(object$q), label_column, call)
  drawn <- drawn_samples(object$q, rownames(object$q), call)
  group <- drawn_labels(group, drawn)
  q <- object$q[drawn, , drop = FALSE]
  if (type == "bar") {
    return(plot_q_bars(q, group))
  }
  plot_q_simplex(q, group, label_groups)
}
