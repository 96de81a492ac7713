#' Settings of simulated samples
#'
#' `mosaic_settings()`: how samples are made of held-out members of a panel, to validate
#' ([cross_validate()][cross_validate.forebear_reference_panel]) and calibrate ([calibration()])
#' local ancestry. `deme_settings()`: the isolated demes of [simulate_admixed()].
#'
#' @param n Of `mosaic_settings()`, the number of samples: in
#'   [cross_validate()][cross_validate.forebear_reference_panel] of each part, 0 for none; in
#'   [calibration()] of all folds together. Of `deme_settings()`, the number of demes over which the
#'   samples are spread, 1 (the default) to the number of samples.
#' @param generations Since admixture, 1 to 10,000 (by default 10, as the 2014 paper); several are
#'   spread over the samples.
#' @param switch_rate Probability of a phase switch between two heterozygous variants, 0 to 1 (by
#'   default 0.005, as phased data have them); several are spread over the samples.
#' @param error_rate Proportion of alleles that are read wrong, 0 to 0.5 (by default 0.0005).
#' @param size Individuals of a deme in every generation, 2 to 1e6 (by default 100). Samples of
#'   small demes are related to each other.
#' @returns Settings of class `forebear_mosaic_settings` or `forebear_deme_settings`. They are
#'   checked here and cannot be changed.
#' @section Errors:
#' `forebear_error_argument`.
#' @family settings
#' @examples
#' mosaic_settings(20, generations = 6)
#' deme_settings(10, size = 50)
#' @name simulation_settings
#' @export
mosaic_settings <- function(n, generations = 10, switch_rate = 0.005, error_rate = 0.0005) {
  new_mosaic_settings(n, generations, switch_rate, error_rate)
}

new_mosaic_settings <- function(n, generations = 10, switch_rate = 0.005, error_rate = 0.0005,
                                call = rlang::caller_env()) {
  new_settings("mosaic_settings", list(
    n = check_count(n, "n", min = 0, max = 1e6, call = call),
    generations = check_each(generations, "generations", check_count, max = 1e4, call = call),
    switch_rate = check_each(switch_rate, "switch_rate", check_number, min = 0, max = 1,
      call = call),
    error_rate = check_number(error_rate, "error_rate", min = 0, max = 0.5, call = call)
  ))
}

# `mosaics`: settings of mosaics, or their number; `old`: arguments by their old names.
as_mosaic_settings <- function(mosaics, old = list(), min = 0, call = rlang::caller_env()) {
  old <- only(old, c("generations", "switch_rate", "error_rate"))
  if (has_settings(mosaics, "mosaics", "mosaic_settings", old, call)) {
    check_count(mosaics$n, "mosaics", min = min, call = call)
    return(mosaics)
  }
  mosaics <- check_count(mosaics, "mosaics", min = min, max = 1e6, call = call)
  rlang::exec(new_mosaic_settings, mosaics, !!!old, call = call)
}

#' @rdname simulation_settings
#' @export
deme_settings <- function(n = 1, size = 100) new_deme_settings(n, size)

new_deme_settings <- function(n = 1, size = 100, call = rlang::caller_env()) {
  new_settings("deme_settings", list(
    n = check_count(n, "n", call = call),
    size = check_count(size, "size", min = 2, max = 1e6, call = call)
  ))
}

# `demes`: settings of demes, or their number; `old`: arguments by their old names.
as_deme_settings <- function(demes, n_samples, old, call) {
  if (has_settings(demes, "demes", "deme_settings", old, call)) {
    check_count(demes$n, "demes", max = n_samples, call = call)
    return(demes)
  }
  demes <- check_count(demes, "demes", max = n_samples, call = call)
  size <- if ("deme_size" %in% names(old)) {
    check_count(old$deme_size, "deme_size", min = 2, max = 1e6, call = call)
  }
  new_deme_settings(demes, size %||% 100, call)
}
