#' When an admixture fit ends
#'
#' @param tolerance Stop when two passes in a row raise the log-likelihood, and are
#'   expected to raise it, by less than this.
#' @param max_iter Largest number of passes over all the genotypes; reaching it gives a
#'   warning of class `forebear_warning_not_converged`.
#' @returns Settings for [admixture()], [admixture_path()] and [cross_validate_k()].
#' @examples
#' admixture_settings(tolerance = 1e-3)
#' @export
admixture_settings <- function(tolerance = 0.1, max_iter = 200) {
  new_settings("admixture_settings", list(
    tolerance = check_number(tolerance, "tolerance", min = 0),
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
  tolerance <- check_number(own$tolerance %||% 0.1, "tolerance", min = 0, call = call)
  max_iter <- check_count(own$max_iter %||% 200, "max_iter", call = call)
  new_settings("admixture_settings", list(tolerance = tolerance, max_iter = max_iter))
}
