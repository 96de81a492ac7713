#' When an admixture fit ends
#'
#' @param tolerance Stop when two passes in a row raise the log-likelihood, and are
#'   expected to raise it, by less than this. `NULL` is 0.0005 for each sample, at least 0.1 and at
#'   most 1.
#' @param max_iter Largest number of passes over all the genotypes; reaching it gives a
#'   warning of class `forebear_warning_not_converged`.
#' @returns Settings for [admixture()], [admixture_path()] and [cross_validate_k()].
#' @examples
#' admixture_settings(tolerance = 1e-3)
#' @export
admixture_settings <- function(tolerance = NULL, max_iter = 200) {
  new_settings("admixture_settings", list(
    tolerance = if (!is.null(tolerance)) check_number(tolerance, "tolerance", min = 0),
    max_iter = check_count(max_iter, "max_iter")
  ))
}

# Settings that are given as one value, or one by one by their old names.
admixture_limits <- function(settings, old, call) {
  own <- only(old, c("tolerance", "max_iter"))
  if (!is.null(settings)) {
    refuse_beside_settings(own, "settings", "admixture_settings", call)
    return(check_kind(settings, "settings", "admixture_settings", call))
  }
  tolerance <- own$tolerance
  if (!is.null(tolerance)) check_number(tolerance, "tolerance", min = 0, call = call)
  max_iter <- check_count(own$max_iter %||% 200, "max_iter", call = call)
  new_settings("admixture_settings", list(tolerance = tolerance, max_iter = max_iter))
}

# On seven simulated sets of 60 to 2,000 samples the error of the Q matrix is that of a tolerance of
# 0.1, to 1 percent, after half of the passes.
tolerance_of <- function(settings, n_samples) {
  settings$tolerance %||% min(1, max(0.1, 0.0005 * n_samples))
}
