# What quality control has done to genotypes: `g$history`, a list of steps that views hand on.

# verb      what was called
# unit      "sample" or "variant"
# rules     tibble: rule (what it says), failed (how many break it), removed (those among them that
#           no earlier rule of the step had removed, so that they add up), note (why it removed
#           nothing, or nearly all; NA)
# before    [2] samples and variants that the step began with; after: that it left
note_step <- function(before, after, verb, unit, failed,
                      note = rep(NA_character_, length(failed))) {
  gone <- logical(dim(before)[[match(unit, c("sample", "variant"))]])
  removed <- integer(length(failed))
  for (i in seq_along(failed)) {
    removed[[i]] <- sum(failed[[i]] & !gone)
    gone <- gone | failed[[i]]
  }
  rules <- tibble::tibble(
    rule = names(failed) %||% character(), failed = unname(vapply(failed, sum, 0L)),
    removed = removed, note = unname(note)
  )
  step <- list(verb = verb, unit = unit, rules = rules, before = dim(before), after = dim(after))
  after$history <- c(before$history, list(step))
  after
}

# The steps as one table; what was chosen with `[` between two steps has a row of its own.
#
# step, verb, rule, failed, samples_removed, variants_removed, samples_left, variants_left, note
history_table <- function(history, now) {
  begin <- if (length(history) > 0) history[[1]]$before else now
  rows <- list(history_row(0L, "start", NA_character_, NA_integer_, c(0L, 0L), begin))
  left <- begin
  for (i in seq_along(history)) {
    step <- history[[i]]
    if (any(step$before != left)) {
      rows <- c(rows, list(chosen_row(left, step$before)))
      left <- step$before
    }
    for (row in seq_len(nrow(step$rules))) {
      removed <- step$rules$removed[[row]] * (c("sample", "variant") == step$unit)
      left <- left - as.integer(removed)
      rows <- c(rows, list(history_row(i, step$verb, step$rules$rule[[row]],
        step$rules$failed[[row]], removed, left, step$rules$note[row] %||% NA_character_)))
    }
    if (nrow(step$rules) == 0) {
      rows <- c(rows, list(history_row(i, step$verb, "no rule", 0L, c(0L, 0L), left,
        "no threshold is set")))
    }
  }
  if (any(now != left)) rows <- c(rows, list(chosen_row(left, now)))
  vctrs::vec_rbind(!!!rows)
}

chosen_row <- function(before, after) {
  history_row(NA_integer_, "[", "chosen by the user", NA_integer_, before - after, after)
}

history_row <- function(step, verb, rule, failed, removed, left, note = NA_character_) {
  tibble::tibble(
    step = step, verb = verb, rule = rule, failed = failed,
    samples_removed = as.integer(removed[[1]]), variants_removed = as.integer(removed[[2]]),
    samples_left = as.integer(left[[1]]), variants_left = as.integer(left[[2]]), note = note
  )
}
