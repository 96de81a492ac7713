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

# What `rust_place_switches()` takes, of the switches that `decode_kinds()` has called: each lies in
# one of the two windows that it is between. Populations are the most probable ones of the two
# haplotypes, as given, in these windows; where they do not change, they are exchanged.
switch_steps <- function(part, decoded) {
  chains <- part$chains
  n_windows <- nrow(part$windows)
  n_haplotypes <- 1L + (chains$second > 0L)
  before_chain <- (cumsum(n_haplotypes) - n_haplotypes) * n_windows
  switched <- matrix(as.logical(decoded$switched), n_windows - 1L, length(chains$first))
  switched[, chains$second == 0L] <- FALSE
  at <- which(switched, arr.ind = TRUE)
  earlier <- unname(at[, 1])
  chain <- unname(at[, 2])
  best <- max.col(decoded$posterior, ties.method = "first")
  called <- function(haplotype, window) {
    best[before_chain[chain] + (haplotype - 1L) * n_windows + window]
  }
  before <- list(called(1L, earlier), called(2L, earlier))
  after <- list(called(1L, earlier + 1L), called(2L, earlier + 1L))
  same <- before[[1]] == after[[1]] & before[[2]] == after[[2]]
  last <- cumsum(part$windows$n_variants)
  list(
    sample = chains$sample[chain],
    first = as.integer(last - part$windows$n_variants + 1L)[earlier],
    last = as.integer(last)[earlier + 1L], before_1 = before[[1]], before_2 = before[[2]],
    after_1 = ifelse(same, before[[2]], after[[1]]), after_2 = ifelse(same, before[[1]], after[[2]])
  )
}
