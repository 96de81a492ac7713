# Phase repaired by the panel before windows are classified: see `?predict.forebear_local_ancestry`.

# Where the phase of each sample switches: sample, variant (the first after the switch),
# probability.
#
# reading        [n_variants] see `aligned_haplotypes()`
# donors         what `donors_at()` gives
# probabilities  whether they are asked for: without them it takes less time
repaired_phase <- function(haplotypes, reading, donors, threads, call, probabilities = TRUE) {
  with_progress(function(progress) {
    rust_repair_phase(haplotypes, reading, donors, probabilities, threads, progress)
  }, call)
}

no_flips <- function() list(sample = integer(), variant = integer(), probability = double())

# [n_variants] of each the first variant, it or one after it, whose position is not that of the
# variant before it; past the last if there is none. `position_bp` of one chromosome, in order.
border_places <- function(position_bp) {
  n <- length(position_bp)
  starts <- which(c(TRUE, !stays(position_bp))[seq_len(n)])
  c(starts, n + 1L)[findInterval(seq_len(n), starts, left.open = TRUE) + 1L]
}

# [n_variants] the same; what would begin in a window at the position at which the next one begins,
# too, begins with that. `last`: variant of each window.
window_border_places <- function(position_bp, last) {
  border <- border_places(position_bp)
  begins <- c(TRUE, !stays(position_bp))
  inner <- last[-length(last)]
  shared <- inner[position_bp[inner] == position_bp[inner + 1L]]
  moved <- match(border, which(begins)[cumsum(begins)[shared]])
  ifelse(is.na(moved), border, shared[moved] + 1L)
}

# Switches, moved to the borders of positions: what has one position has one phase. Two that meet
# undo each other; past the last variant nothing changes any more.
flips_at_borders <- function(flips, position_bp) {
  flips$variant <- border_places(position_bp)[flips$variant]
  key <- paste(flips$sample, flips$variant)
  place <- match(key, key)
  is_odd <- tabulate(place, length(key)) %% 2L == 1L
  lapply(flips, `[`, is_odd & flips$variant <= length(position_bp))
}

# Those of several parts, one after the other.
join_flips <- function(parts) Reduce(function(one, other) Map(c, one, other), parts)

# The haplotypes, exchanged from each switch to the next.
flipped_haplotypes <- function(haplotypes, flips, threads, call) {
  if (length(flips$sample) == 0) {
    return(haplotypes)
  }
  packed <- with_progress(function(progress) {
    rust_flip_haplotypes(haplotypes, flips, threads, progress)
  }, call)
  with_packed(haplotypes, packed)
}

# Segments of known ancestry of flipped haplotypes. `truth`: owner (2 sample - 1 or 2 sample),
# start_bp, end_bp, population, of one chromosome, whose variants are at `position_bp`.
flipped_truth <- function(truth, flips, position_bp) {
  if (length(flips$sample) == 0) {
    return(truth)
  }
  segments <- list(haplotype = as.integer(truth$owner), start_bp = as.integer(truth$start_bp),
    end_bp = as.integer(truth$end_bp), population = as.integer(truth$population))
  switches <- list(sample = flips$sample, position_bp = as.integer(position_bp[flips$variant]))
  n_samples <- max((segments$haplotype + 1L) %/% 2L)
  flipped <- answer(rust_flip_segments(segments, switches, n_samples))
  data.frame(owner = flipped$haplotype, flipped[c("start_bp", "end_bp", "population")])
}
