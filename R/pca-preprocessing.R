#' What of the data a map or classifier is fitted to
#'
#' Settings of [gtm()], [classify()], [cross_validate()], [audit_labels()], [tsne()] and [umap()]
#' for their argument `preprocessing`: how many components are used, and what is done to the
#' columns of a matrix first. What is learned from the data, such as means, is kept in the fit and
#' done to new samples.
#'
#' @param dims Number of leading components (or columns) to use, at least 1. `NULL`, the default, is
#'   all; 2 for `method = "knn"` of [classify()]. Fewer than there are leave out noise where the
#'   last ones hold no structure.
#' @param impute Of a matrix, what replaces missing values: `"none"` (`NULL`, the default: they are
#'   an error), or the `"median"` or `"mean"` of their column. It does not apply to
#'   genotypes, whose scores are fitted by least squares to those that a sample has (see [pca()]).
#' @param center Of a matrix, whether to subtract the mean of each column. `NULL`, the default, is
#'   `FALSE`: scores of a [pca()] are centered already.
#' @param scale Of a matrix, whether to divide by the standard deviation of each column (with
#'   denominator n), after centering. `NULL`, the default, is `FALSE`; use `TRUE` where columns have
#'   different units.
#' @returns Settings of class `forebear_preprocessing`. They are checked here and cannot be changed.
#' @section Errors:
#' `forebear_error_argument`.
#' @seealso [classifier_settings]
#' @family settings
#' @examples
#' components <- pca(read_bed(example_data("panel")), num_comp = 6)
#' gtm(components, nodes = 10, preprocessing = preprocessing(dims = 3))
#' @export
preprocessing <- function(dims = NULL, impute = NULL, center = NULL, scale = NULL) {
  new_preprocessing(dims, impute, center, scale)
}

new_preprocessing <- function(dims = NULL, impute = NULL, center = NULL, scale = NULL,
                              call = rlang::caller_env()) {
  new_settings("preprocessing", list(
    dims = if (!is.null(dims)) check_count(dims, "dims", call = call),
    impute = if (!is.null(impute)) {
      check_choice(impute, "impute", c("none", "median", "mean"), call)
    },
    center = if (!is.null(center)) check_flag(center, "center", call),
    scale = if (!is.null(scale)) check_flag(scale, "scale", call)
  ))
}

moved_into_preprocessing <- function() {
  moved_into("preprocessing = preprocessing", c("dims", "impute", "center", "scale"))
}

# As `score_space()` takes them: dims, num_comp, impute, center, scale. `old`: arguments by their
# old names.
score_options <- function(num_comp, preprocessing, old, call) {
  old <- only(old, c("dims", "impute", "center", "scale"))
  if (is.null(preprocessing)) {
    preprocessing <- rlang::exec(new_preprocessing, !!!old, call = call)
  } else {
    check_kind(preprocessing, "preprocessing", "preprocessing", call)
    refuse_beside_settings(old, "preprocessing", "preprocessing", call)
  }
  own <- unclass(preprocessing)
  c(own["dims"], list(num_comp = num_comp), own[c("impute", "center", "scale")])
}
