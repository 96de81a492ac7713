# Settings values: small immutable lists by which the rarer arguments of a function travel as one.
# `svm(cost = 10)` is one; each kind has a file of its own.

# `fields`: named list. NULL stands for the default of the function that takes the settings.
new_settings <- function(kind, fields) {
  stopifnot(is.list(fields), !is.null(names(fields)))
  structure(fields, class = c(paste0("forebear_", kind), "forebear_settings"))
}

# Of which function the settings are: "svm".
settings_kind <- function(x) sub("^forebear_", "", class(x)[[1]])

# `x`, which must be settings of one kind.
check_kind <- function(x, name, kind, call) {
  if (!inherits(x, paste0("forebear_", kind))) {
    abort_forebear("argument", c(sprintf("`%s` must be made by `%s()`.", name, kind),
      x = found_settings(x)), call)
  }
  x
}

# Whether `x`, which may also be a plain value, is settings of the kind. Other settings are an
# error, and so are arguments by their old names (`old`) beside settings.
has_settings <- function(x, name, kind, old, call) {
  if (!inherits(x, "forebear_settings")) {
    return(FALSE)
  }
  check_kind(x, name, kind, call)
  refuse_beside_settings(old, name, kind, call)
  TRUE
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

# "cost = 10, kernel = "linear"", of the fields that are not NULL.
given_fields <- function(x) {
  given <- Filter(Negate(is.null), unclass(x))
  shown <- vapply(given, function(value) {
    if (inherits(value, "forebear_settings")) format(value) else deparse_value(value)
  }, "")
  paste(sprintf("%s = %s", names(given), shown), collapse = ", ")
}

#' @export
format.forebear_settings <- function(x, ...) {
  sprintf("%s(%s)", settings_kind(x), given_fields(x))
}

# Numbers without the L of integers; several as `c()` has them.
deparse_value <- function(value) {
  each <- if (is.character(value)) {
    vapply(value, quoted, "", USE.NAMES = FALSE)
  } else {
    vapply(value, format, "", USE.NAMES = FALSE)
  }
  if (length(each) == 1) each else sprintf("c(%s)", paste(each, collapse = ", "))
}

#' @export
print.forebear_settings <- function(x, ...) {
  fields <- unclass(x)
  left <- names(fields)[vapply(fields, is.null, NA)]
  lines <- c(
    trimws(sprintf("<%s> %s", settings_kind(x), given_fields(x)), "right"),
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
