# Calls of a batch of samples in few bytes.
#
# Posteriors of a row are whole numbers of 1 / scale that sum to the scale: rounded so that sums of
# the first 1, 2, ... populations are right to half a unit, each is right to one. All but that of
# the called population are at most a half, so with b bits the scale is 2 (2^b - 1); that of the
# called one is what the others leave. Bytes of equal significance lie together: gzip, which model
# files are in, makes little of them.

# 131,070 with 16 bits, 510 with 8.
posterior_scale <- function(bits) as.integer(2 * (2^bits - 1))

# Whole numbers [n x n_populations] of which rows sum to the scale, for posteriors (a list of
# columns that sum to 1).
posterior_codes <- function(columns, scale) {
  sums <- 0
  before <- 0
  codes <- lapply(columns, function(column) {
    sums <<- sums + column
    now <- floor(scale * sums + 0.5)
    code <- as.integer(now - before)
    before <<- now
    code
  })
  do.call(cbind, unname(codes))
}

# Whole numbers from 0 as bytes, the lowest byte of all first.
as_bytes <- function(x, n_bytes) {
  x <- as.integer(x)
  unlist(lapply(byte_values(n_bytes), function(value) as.raw(x %/% value %% 256L)))
}

from_bytes <- function(bytes, n_bytes) {
  n <- length(bytes) %/% n_bytes
  x <- integer(n)
  for (place in seq_len(n_bytes)) {
    x <- x + as.integer(bytes[(place - 1L) * n + seq_len(n)]) * byte_values(n_bytes)[place]
  }
  x
}

# What the lowest bit of each byte counts.
byte_values <- function(n_bytes) as.integer(256^(seq_len(n_bytes) - 1L))

n_bytes_of <- function(most) if (most < 256) 1L else if (most < 65536) 2L else 4L

# Of calls of one batch what `batch_rule` says. Samples are positions in `sample_id`, windows rows
# of the windows table.
encoded_calls <- function(calls, sample_id, bits) {
  populations <- attr(calls, "populations")
  windows <- attr(calls, "windows")
  switches <- attr(calls, "switches")
  rows <- plain_tibble(calls)
  n <- nrow(rows)
  window <- vctrs::vec_match(rows[c("chrom", "window")], windows[c("chrom", "window")])
  sample <- match(rows$sample_id, sample_id)
  called <- match(rows$.pred_class, populations)
  codes <- posterior_codes(unclass(rows)[paste0(".pred_", populations)], posterior_scale(bits))
  codes[cbind(seq_len(n), called)] <- 0L
  stopifnot(max(codes, 0L) < 2^bits)
  part <- which(rows$start_bp != windows$start_bp[window] | rows$end_bp != windows$end_bp[window])
  pair <- sample + length(sample_id) * (called - 1L)
  first <- which(!duplicated(pair))
  weights <- attr(calls, "weights")
  list(
    sample_id = sample_id,
    rows = list(
      sample = as_bytes(sample, 4L), haplotype = as_bytes(rows$haplotype, 1L),
      window = as_bytes(window, 4L), population = as_bytes(called, n_bytes_of(length(populations))),
      posterior = as_bytes(codes, bits %/% 8L)
    ),
    parts = list(row = part, start_bp = rows$start_bp[part], end_bp = rows$end_bp[part]),
    typicality = list(sample = sample[first], population = called[first],
      value = rows$.typicality[first]),
    switches = list(
      sample = as_bytes(match(switches$sample_id, sample_id), 4L),
      window = as_bytes(vctrs::vec_match(switches[c("chrom", "window")],
        windows[c("chrom", "window")]), 4L),
      probability = as_bytes(floor(65535 * switches$switch_probability + 0.5), 2L),
      switched = as_bytes(switches$switched, 1L),
      by_alleles = as_bytes(switches$evidence == "alleles", 1L),
      # Few are called.
      called = which(!is.na(switches$position_bp)),
      position_bp = switches$position_bp[!is.na(switches$position_bp)]
    ),
    weights = if (!is.null(weights)) list(sample = match(weights$sample_id, sample_id),
      set = as.integer(weights$set), weight = weights$weight),
    parameters = if (!is.null(weights)) attr(calls, "parameters")
  )
}

# Rows, switches and weights of the samples `wanted` of a batch. `about`: of `about_store()`.
decoded_calls <- function(batch, wanted, about) {
  populations <- about$populations
  windows <- about$windows
  n_populations <- length(populations)
  sample <- from_bytes(batch$rows$sample, 4L)
  kept <- which(batch$sample_id[sample] %in% wanted)
  sample <- sample[kept]
  place <- from_bytes(batch$rows$window, 4L)[kept]
  called <- from_bytes(batch$rows$population, n_bytes_of(n_populations))[kept]
  codes <- matrix(from_bytes(batch$rows$posterior, about$bits %/% 8L), ncol = n_populations)
  codes <- codes[kept, , drop = FALSE]
  scale <- posterior_scale(about$bits)
  codes[cbind(seq_along(kept), called)] <- scale - as.integer(rowSums(codes))
  posterior <- codes / scale
  colnames(posterior) <- paste0(".pred_", populations)
  rows <- tibble::tibble(
    sample_id = batch$sample_id[sample],
    haplotype = from_bytes(batch$rows$haplotype, 1L)[kept], chrom = windows$chrom[place],
    window = windows$window[place], start_bp = windows$start_bp[place],
    end_bp = windows$end_bp[place], .pred_class = populations[called],
    tibble::as_tibble(posterior)
  )
  row <- match(batch$parts$row, kept)
  there <- which(!is.na(row))
  rows$start_bp[row[there]] <- batch$parts$start_bp[there]
  rows$end_bp[row[there]] <- batch$parts$end_bp[there]
  known <- batch$typicality
  n_samples <- length(batch$sample_id)
  rows$.typicality <- known$value[match(sample + n_samples * (called - 1L),
    known$sample + n_samples * (known$population - 1L))]
  list(rows = rows, switches = decoded_switches(batch, wanted, windows),
    weights = decoded_weights(batch, wanted))
}

decoded_switches <- function(batch, wanted, windows) {
  own <- batch$switches
  sample_id <- batch$sample_id[from_bytes(own$sample, 4L)]
  place <- from_bytes(own$window, 4L)
  position_bp <- replace(rep(NA_integer_, length(place)), own$called, own$position_bp)
  switches <- tibble::tibble(
    sample_id = sample_id, chrom = windows$chrom[place], window = windows$window[place],
    switch_probability = from_bytes(own$probability, 2L) / 65535,
    switched = own$switched == as.raw(1), position_bp = position_bp,
    evidence = c("ancestry", "alleles")[1L + (own$by_alleles == as.raw(1))]
  )
  switches[sample_id %in% wanted, ]
}

decoded_weights <- function(batch, wanted) {
  if (is.null(batch$weights)) {
    return(NULL)
  }
  weights <- tibble::tibble(sample_id = batch$sample_id[batch$weights$sample],
    set = batch$weights$set, weight = batch$weights$weight)
  weights[weights$sample_id %in% wanted, ]
}
