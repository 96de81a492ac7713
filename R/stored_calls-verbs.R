# Verbs of ancestry calls on stored ones. What is computed sample by sample reads a batch at a time;
# all else reads the calls of the samples that it needs, if memory is likely to hold them.

is_stored <- function(x) inherits(x, "forebear_stored_calls")

# What `f` makes of calls: a list of one where they are in memory, else of one for each batch.
by_batch <- function(calls, f, call) {
  if (!is_stored(calls)) {
    return(list(f(calls)))
  }
  sample <- seq_along(calls$about$sample_id)
  batches <- unname(split(sample, (sample - 1L) %/% calls$about$batch))
  lapply(batches, function(chosen) f(calls_of_stored(calls, chosen, call)))
}

# The same of tables whose rows are by chromosome, then by sample.
rows_by_batch <- function(calls, f, call) {
  parts <- by_batch(calls, f, call)
  if (length(parts) == 1) {
    return(parts[[1]])
  }
  table <- vctrs::vec_rbind(!!!parts)
  vctrs::vec_slice(table, order(match(table$chrom, unique(calls$about$windows$chrom))))
}

# Most bytes of stored calls that are read at once without being asked for.
most_bytes_of_stored <- 2e9

# Calls in memory. samples: IDs of those that are needed, others are passed over; NULL: all.
calls_in_memory <- function(calls, call, samples = NULL) {
  if (!is_stored(calls)) {
    return(calls)
  }
  known <- calls$about$sample_id
  chosen <- if (is.null(samples)) seq_along(known) else which(known %in% samples)
  # What lacks calls of all its samples is refused by what takes it.
  if (length(chosen) == 0) chosen <- 1L
  n_bytes <- least_bytes_of_stored(calls$about, length(chosen))
  if (n_bytes > most_bytes_of_stored) {
    abort_forebear("argument", c(
      sprintf("Stored calls must take no more than %g GB where they are read at once.",
        most_bytes_of_stored / 1e9),
      x = sprintf("The calls of %s take %.1f GB or more.", counted(length(chosen), "sample"),
        n_bytes / 1e9),
      i = "Take some samples at a time: `stored[1:100]` reads their calls."
    ), call)
  }
  calls_of_stored(calls, chosen, call)
}

# Of the table: windows that are split have more rows than one.
least_bytes_of_stored <- function(about, n_samples) {
  n_columns <- length(call_columns(about$populations)) + 1
  8 * n_columns * 2 * n_samples * nrow(about$windows)
}

# The calls that something of `haplotypes` is made with.
calls_of_haplotypes <- function(calls, haplotypes, call) {
  calls_in_memory(calls, call, haplotypes$samples$sample_id)
}

#' @export
tidy.forebear_stored_calls <- function(x, ...) { # nolint: object_name_linter. As the others.
  check_no_dots(...)
  rows_by_batch(x, generics::tidy, rlang::current_env())
}

#' @export
summary.forebear_stored_calls <- function( # nolint: object_name_linter. As the others.
    object, ...) {
  check_no_dots(...)
  summary_of_calls(object, object$about$sample_id)
}

#' @export
correct_phase.forebear_stored_calls <- function( # nolint: object_name_linter. As the others.
    haplotypes, ...) {
  check_no_dots(...)
  correct_phase(calls_in_memory(haplotypes, rlang::current_env()))
}

#' @export
ancestry_matrix.forebear_stored_calls <- function( # nolint: object_name_linter. As the others.
    x, name = "x", call = rlang::caller_env()) {
  ancestry_matrix.data.frame(ancestry_proportions(x), name, call)
}

#' @rawNamespace S3method(ggplot2::autoplot, forebear_stored_calls)
autoplot.forebear_stored_calls <- function( # nolint: object_name_linter. As the others.
    object, sample_id = NULL, ..., type = c("karyogram", "region")) {
  call <- rlang::current_env()
  type <- check_choice(type, "type", c("karyogram", "region"), call)
  known <- object$about$sample_id
  sample_id <- sample_id %||% utils::head(known, if (type == "region") Inf else 1)
  sample_id <- check_samples_of_calls(sample_id, samples(object), call)
  calls <- calls_in_memory(object, call, sample_id)
  in_name_of(call, ggplot2::autoplot(calls, sample_id, ..., type = type))
}
