# Where between two windows the phase of a sample switches: at which variant.

# Most samples of a population whose haplotypes a model keeps, to be copied from.
donors_per_population <- 150L

# Members of each population, evenly from first to last: their packed haplotypes at the variants of
# the panel, without IDs, and `population`, their codes.
donors_of <- function(panel, threads, call) {
  members <- split(seq_along(panel$population), panel$population)
  chosen <- lapply(members, function(samples) {
    samples[unique(round(seq(1, length(samples), length.out = donors_per_population)))]
  })
  chosen <- sort(unlist(chosen, use.names = FALSE))
  donors <- panel$haplotypes[chosen, ]
  packed <- repacked(donors, threads, call)
  list(
    alleles = packed$alleles, haploid = packed$haploid, n_file = as.double(dim(donors)),
    sample_index = seq_along(chosen), population = as.integer(panel$population)[chosen]
  )
}

# Adds to the switches of one chromosome (`call_piece()`) the position of the first variant after
# each that was called, `NA` elsewhere.
#
# part     of the model: chosen, windows
# aligned  new haplotypes, see `aligned_haplotypes()`
place_switches <- function(called, part, model, aligned, threads, call) {
  position <- rep(NA_integer_, nrow(called$switches))
  if (length(called$steps$sample) > 0) {
    reading <- as.integer(aligned$reading[part$chosen])
    haplotypes <- stand_in_variants(aligned$haplotypes, part$chosen, reading)
    donors <- donors_at(model, part)
    place <- with_progress(function(progress) {
      rust_place_switches(haplotypes, reading, donors, called$steps, threads, progress)
    }, call)
    there <- model$variants$position_bp[part$chosen]
    # Past the last variant nothing changes any more.
    position[called$switches$switched] <- c(there, there[length(there)] + 1L)[place]
  }
  called$switches$position_bp <- position
  called
}

# What `rust_place_switches()` takes, of the switches that `decode_kinds()` has called.
switch_steps <- function(part, decoded) {
  answer(rust_switch_steps(decoded$posterior, decoded$switched, part$chains[c("sample", "second")],
    as.integer(part$windows$n_variants)))
}
