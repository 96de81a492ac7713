# One progress bar for all long work.

# Calls `work` with what Rust wants for `progress`: NULL, or a function of stage,
# done and total that returns FALSE to stop. Rust calls it on R's own thread
# every 50 ms. A bar that fails is switched off, with a warning when the work is done.
with_progress <- function(work, call = rlang::caller_env()) {
  if (!shows_progress()) {
    return(answer(work(NULL), call))
  }
  outer <- progress_over_pieces$update
  if (!is.null(outer)) {
    return(answer(work(outer), call))
  }
  bar <- new_bar()
  on.exit(bar$close())
  value <- work(bar$update)
  bar$raise()
  answer(value, call)
}

# The one bar of all pieces of work, while there is one.
progress_over_pieces <- rlang::env(update = NULL)

# The values of `work(i)` for every piece of work, under one bar whose ETA is that of all of them.
# `size`: how much work each is. Of what a piece reports, its furthest stage counts.
over_pieces <- function(stage, size, work, bar = new_bar()) {
  if (!shows_progress()) {
    return(lapply(seq_along(size), work))
  }
  on.exit({
    progress_over_pieces$update <- NULL
    bar$close()
  })
  before <- 0
  values <- lapply(seq_along(size), function(i) {
    fraction <- 0
    progress_over_pieces$update <- function(inner, done, total) {
      if (total > 0) fraction <<- max(fraction, min(1, done / total))
      bar$update(stage, before + fraction * size[i], sum(size))
    }
    value <- work(i)
    before <<- before + size[i]
    value
  })
  bar$raise()
  values
}

shows_progress <- function() {
  check_flag(getOption("forebear.progress", default = interactive()), "forebear.progress")
}

new_bar <- function() {
  state <- rlang::env(stage = "", id = NULL, condition = NULL)
  frame <- rlang::env()
  show <- function(stage, done, total) {
    if (stage != state$stage) {
      close()
      state$id <- cli::cli_progress_bar(stage, total = if (total > 0) total else NA,
        format = if (total > 0) bar_format else bar_format_open,
        auto_terminate = FALSE, .auto_close = FALSE, .envir = frame)
      state$stage <- stage
    }
    # Threads may count a little past a total that was an estimate.
    set <- if (total > 0) min(done, total) else done
    cli::cli_progress_update(set = set, id = state$id, .envir = frame)
    TRUE
  }
  close <- function() {
    if (!is.null(state$id)) {
      cli::cli_progress_done(id = state$id, .envir = frame)
      state$id <- NULL
    }
  }
  switch_off <- function(condition) {
    state$condition <- condition
    TRUE
  }
  update <- function(stage, done, total) {
    if (!is.null(state$condition)) {
      return(TRUE)
    }
    tryCatch(show(stage, done, total), error = switch_off, interrupt = function(condition) FALSE)
  }
  raise <- function() {
    if (!is.null(state$condition)) {
      message <- c("The progress bar failed; the result is not affected.",
        x = conditionMessage(state$condition))
      warn_forebear("progress", message, NULL)
    }
  }
  list(update = update, close = close, raise = raise)
}

bar_format <- "{cli::pb_name} {cli::pb_bar} {cli::pb_percent} | ETA {cli::pb_eta}"
bar_format_open <- "{cli::pb_spin} {cli::pb_name} {cli::pb_current} | {cli::pb_elapsed}"
