# What the files of stored calls hold, field by field; see model_file-fields.R. Files of batches
# point into tables of another file, see `check_batch()`.

column_bytes <- own_sizes(bytes("values"))

batch_rule <- own_sizes(record(
  sample_id = texts("samples", unique = TRUE),
  rows = record(sample = column_bytes, haplotype = column_bytes, window = column_bytes,
    population = column_bytes, posterior = column_bytes),
  parts = own_sizes(record(row = integers("values", 1L), start_bp = integers("values"),
    end_bp = integers("values"))),
  typicality = own_sizes(record(sample = integers("rows", 1L), population = integers("rows", 1L),
    value = doubles("rows", 0, 1, na = TRUE))),
  switches = own_sizes(record(sample = column_bytes, window = column_bytes,
    probability = column_bytes, switched = column_bytes, by_alleles = column_bytes,
    called = integers("values", 1L), position_bp = integers("values"))),
  weights = or_null(own_sizes(record(sample = integers("weights", 1L),
    set = integers("weights", 1L), weight = doubles("weights", 0, 1 + 1e-6)))),
  parameters = or_null(list_of(record(
    ancestry = own_sizes(doubles("populations", 0, 1 + 1e-6, labels = list("population"))),
    recombination_rate = doubles(1, 0), switch_rate = doubles(1, 0)
  ), "values"))
))

# What became of a batch: on which chromosomes it was called, and what has to be said about it.
called_batch_rule <- own_sizes(record(
  chrom = texts("chromosomes", unique = TRUE),
  untypical = own_sizes(record(population = integers("values", 1L), sample = texts("values"))),
  messages = list_of(record(kind = texts(), message = function(x, at) message_rule(x, at)),
    "values")
))

# What a VCF has beside alleles, and where in their file these are; see `pack_file()`. Of some
# chromosomes no copies are counted.
packed_file_rule <- own_sizes(record(
  tables = record(
    samples = texts("samples"), variants = function(x, at) variants_rule(x, at),
    skipped = own_sizes(record(reason = texts("rows", choices = names(reason_text)),
      n_records = doubles("rows", 0), first_line = doubles("rows", 0), first_chrom = texts("rows"),
      first_position_bp = texts("rows"))),
    ploidy = list_of(own_sizes(record(chrom = texts(),
      copies = texts("rows", choices = c("unknown", "one", "two", "unclear")))), "values")
  ),
  layout = own_sizes(record(size = doubles(4, 1, .Machine$integer.max), masked = flags("blocks"),
    checksums = doubles("batches", 0, 2^32 - 1))),
  set_borders = own_sizes(integers("values", 0L))
))

# See `about_store()`.
about_store_rule <- record(
  sample_id = texts("samples", unique = TRUE), batch = integers(1, 1L), bits = integers(1, 8L, 16L),
  populations = texts("populations", unique = TRUE),
  tree = function(x, at) tree_rule(x, at),
  windows = own_sizes(table_of("windows",
    chrom = texts("windows"), window = integers("windows", 1L), start_bp = integers("windows"),
    end_bp = integers("windows"), start_cm = doubles("windows", na = TRUE),
    end_cm = doubles("windows", na = TRUE), n_variants = integers("windows", 1L)
  )),
  variants = own_sizes(table_of("variants", chrom = texts("variants"),
    position_bp = integers("variants"), position_cm = doubles("variants", na = TRUE))),
  phase = or_null(own_sizes(table_of("marks", sample_id = texts("marks"), chrom = texts("marks"),
    mark = texts("marks")))),
  build = own_sizes(texts("values"))
)

# Refuses what does not fit together, so that nothing else is read for it. `about`: of
# `about_store()`; `refuse`: a function of a sentence.
check_batch <- function(batch, about, refuse) {
  n_samples <- length(batch$sample_id)
  n_populations <- length(about$populations)
  n <- length(batch$rows$haplotype)
  n_switches <- length(batch$switches$switched)
  lengths_of <- function(x) unname(vapply(x, length, 0L))
  sizes <- c(lengths_of(batch$rows), lengths_of(batch$switches[1:5]))
  wanted <- c(c(4, 1, 4, n_bytes_of(n_populations), n_populations * about$bits %/% 8) * n,
    c(4, 4, 2, 1, 1) * n_switches)
  if (!identical(as.double(sizes), wanted)) refuse("Its columns are not of one length.")
  numbers <- list(
    list(from_bytes(batch$rows$sample, 4L), n_samples),
    list(from_bytes(batch$rows$window, 4L), nrow(about$windows)),
    list(from_bytes(batch$rows$haplotype, 1L), 2),
    list(from_bytes(batch$rows$population, n_bytes_of(n_populations)), n_populations),
    list(from_bytes(batch$switches$sample, 4L), n_samples),
    list(from_bytes(batch$switches$window, 4L), nrow(about$windows)),
    list(batch$parts$row, n), list(batch$switches$called, n_switches),
    list(batch$typicality$sample, n_samples), list(batch$weights$sample, n_samples)
  )
  sound <- vapply(numbers, function(of) {
    length(of[[1]]) == 0 || (!anyNA(of[[1]]) && min(of[[1]]) >= 1 && max(of[[1]]) <= of[[2]])
  }, NA)
  if (!all(sound) || !all(batch$sample_id %in% about$sample_id)) {
    refuse("It points to samples, windows or populations that are not there.")
  }
}
