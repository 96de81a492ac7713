#' Which members of a panel are outliers
#'
#' Settings of [curate_panel()] for its argument `outliers`.
#'
#' @param side Which samples go: those at `"both"` ends of the distances within their population
#'   (the default), or only those that lie `"far"`, as many.
#' @param neighbors Nearest neighbors whose mean distance is taken, at least 1; by default 20.
#' @param num_comp Principal components in which distances are taken, at least 2; by default 10,
#'   fewer if the panel has no more. Use as many as hold structure.
#' @param central Proportion of each population that is kept, 0 to 1; by default 0.95. 1 keeps all.
#' @returns Settings of class `forebear_outlier_settings`. They are checked here and cannot be
#'   changed.
#' @section Errors:
#' `forebear_error_argument`.
#' @family settings
#' @examples
#' outlier_settings("far", central = 0.99)
#' @export
outlier_settings <- function(side = c("both", "far"), neighbors = 20, num_comp = 10,
                             central = 0.95) {
  new_outlier_settings(side, neighbors, num_comp, central)
}

new_outlier_settings <- function(side = c("both", "far"), neighbors = 20, num_comp = 10,
                                 central = 0.95, call = rlang::caller_env()) {
  new_settings("outlier_settings", list(
    side = check_choice(side, "side", c("both", "far"), call),
    neighbors = check_count(neighbors, "neighbors", call = call),
    num_comp = check_count(num_comp, "num_comp", min = 2, call = call),
    central = check_number(central, "central", min = 0, max = 1, call = call)
  ))
}

# `outliers`: settings, or the side; `old`: arguments by their old names.
as_outlier_settings <- function(outliers, old, call) {
  if (has_settings(outliers, "outliers", "outlier_settings", old, call)) {
    return(outliers)
  }
  side <- check_choice(outliers, "outliers", c("both", "far"), call)
  rlang::exec(new_outlier_settings, side, !!!old, call = call)
}
