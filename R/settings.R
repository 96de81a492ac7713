# Settings values: small immutable lists by which the rarer arguments of a function travel as one.
# `svm(cost = 10)` is one; each kind has a file of its own.

# `fields`: named list. NULL stands for the default of the function that takes the settings.
new_settings <- function(kind, fields) {
  stopifnot(is.list(fields), !is.null(names(fields)))
  structure(fields, class = c(paste0("forebear_", kind), "forebear_settings"))
}

is_settings <- function(x, kind) inherits(x, paste0("forebear_", kind))

# Of which function the settings are: "svm".
settings_kind <- function(x) sub("^forebear_", "", class(x)[[1]])

# `x`, which must be settings of one kind.
check_kind <- function(x, name, kind, call) {
  if (!is_settings(x, kind)) {
    abort_forebear("argument", c(sprintf("`%s` must be made by `%s()`.", name, kind),
      x = found_settings(x)), call)
  }
  x
}

found_settings <- function(x) {
  if (inherits(x, "forebear_settings")) sprintf("It is `%s()`.", settings_kind(x)) else found(x)
}

# Settings with some fields changed, which have been checked.
with_fields <- function(x, ...) {
  fields <- unclass(x)
  changed <- list(...)
  fields[names(changed)] <- changed
  new_settings(settings_kind(x), fields)
}

#' @export
format.forebear_settings <- function(x, ...) {
  given <- Filter(Negate(is.null), unclass(x))
  shown <- vapply(given, function(value) {
    if (inherits(value, "forebear_settings")) format(value) else deparse_value(value)
  }, "")
  sprintf("%s(%s)", settings_kind(x), paste(sprintf("%s = %s", names(given), shown),
    collapse = ", "))
}

# Numbers without the L of integers.
deparse_value <- function(value) if (is.character(value)) quoted(value) else format(value)

#' @export
print.forebear_settings <- function(x, ...) {
  fields <- unclass(x)
  left <- names(fields)[vapply(fields, is.null, NA)]
  shown <- if (length(left) < length(fields)) {
    sub("^[a-z_]+[(](.*)[)]$", " \\1", format(x))
  } else {
    ""
  }
  lines <- c(
    sprintf("<%s>%s", settings_kind(x), shown),
    if (length(left) > 0) sprintf("by default: %s", paste(left, collapse = ", "))
  )
  cat(lines, sep = "\n")
  invisible(x)
}

refuse_change <- function(x, call) {
  abort_forebear("argument", c("Settings cannot be changed.",
    i = sprintf("Make new settings with `%s()`.", settings_kind(x))), call)
}

#' @export
`$<-.forebear_settings` <- function(x, name, value) { # nolint: object_name_linter.
  refuse_change(x, rlang::caller_env())
}

#' @export
`[[<-.forebear_settings` <- function(x, i, value) { # nolint: object_name_linter.
  refuse_change(x, rlang::caller_env())
}

#' @export
`[<-.forebear_settings` <- function(x, i, value) { # nolint: object_name_linter.
  refuse_change(x, rlang::caller_env())
}
