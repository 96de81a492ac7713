# Where between two windows the phase of a sample switches: at which variant.

# Alternate alleles of a population that frequencies are estimated with, besides those of the panel:
# half an allele of each kind, so that none is 0 or 1.
frequency_prior <- 0.5

# [n_populations x n_variants] frequencies of the alternate allele.
population_frequencies <- function(panel, threads, call) {
  populations <- levels(panel$population)
  of_population <- lapply(populations, function(population) {
    members <- panel$haplotypes[which(panel$population == population), ]
    genotypes <- suppressWarnings(as_genotypes(members, threads = threads),
      classes = "forebear_warning_duplicate_ids")
    sites <- reference_sites(genotypes, threads, call)
    (sites$frequency * sites$n_alleles + frequency_prior) / (sites$n_alleles + 2 * frequency_prior)
  })
  do.call(rbind, of_population)
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
    frequency <- model$frequencies[, part$chosen, drop = FALSE]
    place <- with_progress(function(progress) {
      rust_place_switches(haplotypes, reading, frequency, called$steps, threads, progress)
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
