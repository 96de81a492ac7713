# One progress bar for all long work.

# Calls `work` with what Rust wants for `progress`: NULL, or a function of stage,
# done and total that returns FALSE to stop. Rust calls it on R's own thread
# every 50 ms. An error inside the bar stops the work and is raised afterwards.
with_progress <- function(work, call = rlang::caller_env()) {
  if (!shows_progress()) {
    return(answer(work(NULL), call))
  }
  bar <- new_bar()
  on.exit(bar$close())
  value <- work(bar$update)
  bar$raise()
  answer(value, call)
}

shows_progress <- function() {
  getOption("forebear.progress", default = interactive())
}

new_bar <- function() {
  state <- rlang::env(stage = "", id = NULL, condition = NULL)
  frame <- rlang::env()
  show <- function(stage, done, total) {
    if (stage != state$stage) {
      close()
      total <- if (total > 0) total else NA
      format <- if (is.na(total)) bar_format_open else bar_format
      state$id <- cli::cli_progress_bar(stage, total = total, format = format, .envir = frame)
      state$stage <- stage
    }
    cli::cli_progress_update(set = done, id = state$id, .envir = frame)
    TRUE
  }
  close <- function() {
    if (!is.null(state$id)) {
      cli::cli_progress_done(id = state$id, .envir = frame)
      state$id <- NULL
    }
  }
  stop_later <- function(condition) {
    state$condition <- condition
    FALSE
  }
  update <- function(stage, done, total) {
    tryCatch(show(stage, done, total), error = stop_later, interrupt = stop_later)
  }
  raise <- function() {
    if (!is.null(state$condition)) rlang::cnd_signal(state$condition)
  }
  list(update = update, close = close, raise = raise)
}

bar_format <- "{cli::pb_name} {cli::pb_bar} {cli::pb_percent} | ETA {cli::pb_eta}"
bar_format_open <- "{cli::pb_spin} {cli::pb_name} {cli::pb_current} | {cli::pb_elapsed}"
