# Phase repaired by the panel before windows are classified: see `?predict.forebear_local_ancestry`.

# Where the phase of each sample switches: sample, variant (the first after the switch), probability.
#
# reading  [n_variants] see `aligned_haplotypes()`
# donors   what `donors_at()` gives
repaired_phase <- function(haplotypes, reading, donors, threads, call) {
  with_progress(function(progress) {
    rust_repair_phase(haplotypes, reading, donors, threads, progress)
  }, call)
}

no_flips <- function() list(sample = integer(), variant = integer(), probability = double())

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
# start_bp, end_bp, population, of one chromosome.
flipped_truth <- function(truth, flips, position_bp) {
  if (length(flips$sample) == 0) {
    return(truth)
  }
  flipped <- answer(rust_flip_truth(as.list(truth), flips, as.integer(position_bp)))
  as.data.frame(flipped)
}
