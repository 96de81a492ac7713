# What pieces of a long run are, see long_run.R: the rules by which checkpoints are read.

# Where phase was repaired, see `repaired_phase()`; of mosaics without probabilities.
flips_fields <- list(sample = integers("flips", 1L), variant = integers("flips", 1L))

mosaic_flips_rule <- own_sizes(do.call(record, flips_fields))

flips_rule <- own_sizes(do.call(record, c(flips_fields,
  list(probability = doubles("flips", 0, 1 + 1e-6)))))

# Calls of windows, see `calls_of()`.
window_calls <- list(
  label = integers(c("haplotypes", "windows"), 1L, na = TRUE),
  probability = or_null(doubles(c("populations", "haplotypes", "windows"), 0, 1 + 1e-6,
    labels = list("population", NULL, NULL))),
  likeness = or_null(bytes("values of likeness"))
)

window_calls_rule <- own_sizes(do.call(record, window_calls))

labels_rule <- own_sizes(do.call(record, c(window_calls, list(flips = flips_rule))))

trained_rule <- record(
  model = function(x, at) {
    x <- own_sizes(bytes("bytes of the model"))(x, at)
    found <- rust_trained_chromosome(x)
    if (inherits(found, "forebear_failure")) {
      refuse_value(at, "a trained chromosome", last_sentence(found$message))
    }
    x
  },
  held_out = window_calls_rule, fold = integers("samples", 1L),
  n_not_converged = positive_rule, n_with_landmarks = positive_rule,
  mosaics = or_null(window_calls_rule), flips = mosaic_flips_rule
)

beliefs_rule <- list_of(own_sizes(record(
  sets = list_of(parameters_rule, "sets"),
  weights = or_null(doubles(c("sets", "chains"), 0, 1 + 1e-6))
)), "kinds", labels = TRUE)

# A table of calls, with a column of posteriors for each population.
calls_table_rule <- function(x, at) {
  columns <- list(
    sample_id = texts("rows"), haplotype = integers("rows", 1L, 2L), chrom = texts("rows"),
    window = integers("rows", 1L), start_bp = integers("rows"), end_bp = integers("rows"),
    .pred_class = texts("rows")
  )
  posterior <- setdiff(grep("^[.]pred_", names(x), value = TRUE), ".pred_class")
  columns[posterior] <- list(doubles("rows", 0, 1 + 1e-6))
  columns$.typicality <- doubles("rows", 0, 1, na = TRUE)
  own_sizes(do.call(table_of, c("rows", columns)))(x, at)
}

switches_rule <- own_sizes(table_of("rows",
  sample_id = texts("rows"), chrom = texts("rows"), window = integers("rows", 1L),
  switch_probability = doubles("rows", 0, 1 + 1e-6), switched = flags("rows"),
  position_bp = integers("rows", na = TRUE), evidence = texts("rows")
))

# No step at all is of no type.
step_rule <- function(x, at) {
  if (is.logical(x) && length(x) == 0) x else integers("rows", 1L)(x, at)
}

# See `decode_piece()`.
decoded_rule <- own_sizes(record(
  posterior = doubles(c("strand windows", "populations"), 0, 1 + 1e-6),
  switch_probability = doubles("steps", 0, 1 + 1e-6), switched = flags("steps"),
  steps = own_sizes(record(
    sample = step_rule, first = step_rule, last = step_rule, before_1 = step_rule,
    before_2 = step_rule, after_1 = step_rule, after_2 = step_rule
  )),
  sum = or_null(doubles(c("populations", "samples"))),
  n = or_null(doubles(c("populations", "samples"), 0))
))

called_rule <- record(calls = calls_table_rule, switches = switches_rule)

# By what a piece is, as `run_pieces()` and `run_whole()` have it.
piece_rules <- list(
  windows = windows_tried_rule, chromosome = trained_rule, `labels of chromosome` = labels_rule,
  beliefs = beliefs_rule, `posteriors of chromosome` = decoded_rule,
  `calls of chromosome` = called_rule,
  # Of stored calls, whose rules are in another file.
  batch = function(x, at) called_batch_rule(x, at), calls = function(x, at) batch_rule(x, at),
  about = function(x, at) about_store_rule(x, at), file = function(x, at) packed_file_rule(x, at)
)

# A text of any length, with any names or none.
message_rule <- function(x, at) {
  if (!is.character(x) || !is.null(dim(x)) || anyNA(x)) {
    refuse_field(at, "texts", describe_value(x))
  }
  x
}

# A file of one piece; `what`: see `piece_rules`, any other has values without classes.
piece_file_rule <- function(what) {
  record(
    run = texts(), piece = texts(),
    value = (if (!is.null(what)) piece_rules[[what]]) %||% function(x, at) x,
    warnings = list_of(record(kind = texts(), message = message_rule), "values")
  )
}

# A file of facts: a number, text or flag under each name.
facts_rule <- list_of(function(x, at) {
  if (!is.atomic(x) || is.null(x) || length(x) != 1 || !is.null(dim(x))) {
    refuse_field(at, "one value", describe_value(x))
  }
  x
}, "facts", labels = TRUE)
