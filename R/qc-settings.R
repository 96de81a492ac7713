#' How a recipe prunes linkage disequilibrium
#'
#' Settings of [qc_recipe()] for its argument `prune`: those of [prune_ld()], and how many times.
#'
#' @param window Length of the window: variants, at least 2, or kilobases, by `unit`. By default
#'   1000, as Gaspar & Breen (2019). Shorter windows suit species of short linkage disequilibrium.
#' @param step Variants by which the window moves, at least 1; by default 10.
#' @param r2 Largest squared correlation of a pair that stays, 0 to 1; by default 0.02. Raise it for
#'   small samples: with n founders that of unlinked variants is 1 / n on average.
#' @param unit `"variants"` (the default) or `"kb"`: what `window` counts.
#' @param times How many times to prune, 0 or more; by default 2.
#' @returns Settings of class `forebear_prune_settings`. They are checked here and cannot be
#'   changed.
#' @section Errors:
#' `forebear_error_argument`.
#' @family settings
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' qc_recipe(genotypes, prune = prune_settings(window = 100, r2 = 0.2, times = 1))
#' @export
prune_settings <- function(window = 1000, step = 10, r2 = 0.02, unit = c("variants", "kb"),
                           times = 2) {
  new_prune_settings(window, step, r2, unit, times)
}

new_prune_settings <- function(window = 1000, step = 10, r2 = 0.02, unit = c("variants", "kb"),
                               times = 2, call = rlang::caller_env()) {
  pruning <- check_pruning(window, step, r2, unit, call)
  new_settings("prune_settings",
    c(pruning, list(times = check_count(times, "times", min = 0, call = call))))
}

# What `prune_ld()` takes: window, step, r2, unit.
check_pruning <- function(window, step, r2, unit, call) {
  unit <- check_choice(unit, "unit", c("variants", "kb"), call)
  window <- if (unit == "kb") {
    check_number(window, "window", min = 0.001, max = 1e7, call = call)
  } else {
    check_count(window, "window", min = 2, call = call)
  }
  most <- if (unit == "kb") .Machine$integer.max else window
  list(
    window = window, step = check_count(step, "step", max = most, call = call),
    r2 = check_number(r2, "r2", min = 0, max = 1, call = call), unit = unit
  )
}

# `old`: arguments by their old names.
as_prune_settings <- function(prune, old, call) {
  times <- if ("prune_times" %in% names(old)) {
    check_count(old$prune_times, "prune_times", min = 0, call = call)
  }
  own <- only(old, c("window", "step", "r2", "unit"))
  if (is.null(prune)) {
    return(rlang::exec(new_prune_settings, !!!own, times = times %||% 2, call = call))
  }
  refuse_beside_settings(c(own, only(old, "prune_times")), "prune", "prune_settings", call)
  check_kind(prune, "prune", "prune_settings", call)
}
