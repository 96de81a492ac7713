# Arguments that have moved into settings values: taken from `...` by their old names, with a
# message, once in a session for each.

# What was said in this session: `what` and name of each argument.
reported_moves <- new.env(parent = emptyenv())

# Where arguments went, as `take_arguments()` wants it: a text, named by the old name.
moved_into <- function(into, names) {
  stats::setNames(sprintf("`%s(%s = )`", into, names), names)
}

# The arguments of `given` (`list(...)` of the function called `what`), named. `moved`: where those
# went that have moved, see `moved_into()`; `known`: other names that may be there. Anything else
# is an error.
take_arguments <- function(given, what, moved = character(), known = character(),
                           call = rlang::caller_env()) {
  name <- names(given) %||% rep("", length(given))
  refuse_unknown(name[!name %in% c(names(moved), known)], call)
  twice <- name[duplicated(name)]
  if (length(twice) > 0) {
    abort_forebear("argument", c("Every argument may be given once.",
      x = sprintf("Twice: %s.", quoted(unique(twice)))), call)
  }
  for (old in intersect(name, names(moved))) inform_moved(old, what, moved[[old]])
  given
}

inform_moved <- function(name, what, where) {
  inform_deprecated(paste(what, name),
    sprintf("`%s` of `%s()` has moved: use %s.", name, what, where))
}

# A function that is called by its old name.
inform_renamed <- function(old, new) {
  inform_deprecated(old, sprintf("`%s()` is now `%s()`.", old, new))
}

# `key`: what the message is about.
inform_deprecated <- function(key, message) {
  if (is.null(reported_moves[[key]])) {
    assign(key, TRUE, reported_moves)
    inform_forebear("deprecated", message)
  }
}

# Only the arguments among `given` that are called so.
only <- function(given, names) given[names(given) %in% names]

# An argument by its old name cannot stand beside the settings that it has moved into.
refuse_beside_settings <- function(old, argument, kind, call) {
  if (length(old) > 0) {
    abort_forebear("argument", c(
      sprintf("A setting of `%s()` can be given only there.", kind),
      x = sprintf("`%s` is given beside `%s = %s()`.", names(old)[[1]], argument, kind)
    ), call)
  }
}
