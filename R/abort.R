# The only ways in which this package raises a condition.

# `message` is the rule that was broken, then bullets named `x` (what was found
# and where) and `i` (what to do). It is shown as it stands: nothing in it is
# interpolated, so that a file called "{x} 100%" is safe.
abort_forebear <- function(kind, message, call = rlang::caller_env()) {
  class <- c(paste0("forebear_error_", kind), "forebear_error")
  rlang::abort(message, class = class, call = call)
}

warn_forebear <- function(kind, message, call = rlang::caller_env()) {
  class <- c(paste0("forebear_warning_", kind), "forebear_warning")
  rlang::warn(message, class = class, call = call)
}

# Something that a user should know, but that needs no correction.
inform_forebear <- function(kind, message, ...) {
  class <- c(paste0("forebear_message_", kind), "forebear_message")
  rlang::inform(message, class = class, ...)
}

# Errors of `code` as those of the function that the user called.
in_name_of <- function(call, code) {
  tryCatch(code, forebear_error = function(condition) {
    condition$call <- rlang::error_call(call)
    rlang::cnd_signal(condition)
  })
}

# What a Rust function gave back: its value, or the condition that it describes.
answer <- function(value, call = rlang::caller_env()) {
  if (!inherits(value, "forebear_failure")) {
    return(value)
  }
  if (value$kind == "interrupted") {
    rlang::interrupt()
  }
  if (value$kind == "internal") {
    message <- c(
      "An internal check of forebear has failed; the result would be wrong.",
      x = value$message,
      i = "Please report this, with the call that led here."
    )
    abort_forebear("internal", message, call)
  }
  abort_forebear(value$kind, bullets(value$message), call)
}

# Rust marks its bullets by "x " and "i " at the start of a line.
bullets <- function(text) {
  lines <- strsplit(text, "\n", fixed = TRUE)[[1]]
  marked <- grepl("^[xi] ", lines)
  names(lines) <- ifelse(marked, substr(lines, 1, 1), "")
  lines[marked] <- substring(lines[marked], 3)
  lines
}
