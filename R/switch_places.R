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

# Adds to the switches of one chromosome (`calls_of_part()`) the position of the first variant after
# each that was called, `NA` elsewhere.
#
# part     of the model: chosen, windows
# aligned  new haplotypes, see `aligned_haplotypes()`
place_switches <- function(called, part, model, aligned, threads, call) {
  switches <- called$switches
  switches$position_bp <- rep(NA_integer_, nrow(switches))
  at <- which(switches$switched)
  if (length(at) > 0) {
    steps <- switch_steps(called$calls, switches[at, ], part$windows, model$populations,
      aligned$haplotypes$samples$sample_id)
    reading <- as.integer(aligned$reading[part$chosen])
    haplotypes <- stand_in_variants(aligned$haplotypes, part$chosen, reading)
    frequency <- model$frequencies[, part$chosen, drop = FALSE]
    place <- with_progress(function(progress) {
      rust_place_switches(haplotypes, reading, frequency, steps, threads, progress)
    }, call)
    position <- model$variants$position_bp[part$chosen]
    # Past the last variant nothing changes any more.
    switches$position_bp[at] <- c(position, position[length(position)] + 1L)[place]
  }
  called$switches <- switches
  called
}

# What `rust_place_switches()` takes: a switch lies in one of the two windows that it is called
# between. Populations are those of the two haplotypes, as given, in these windows; where they do
# not change, they are exchanged.
switch_steps <- function(calls, switches, windows, populations, sample_id) {
  last <- cumsum(windows$n_variants)
  later <- match(switches$window, windows$window)
  called <- function(haplotype, window) {
    key <- paste(calls$sample_id, calls$haplotype, calls$window)
    row <- match(paste(switches$sample_id, haplotype, windows$window[window]), key)
    match(calls$.pred_class[row], populations)
  }
  before <- list(called(1, later - 1L), called(2, later - 1L))
  after <- list(called(1, later), called(2, later))
  same <- before[[1]] == after[[1]] & before[[2]] == after[[2]]
  list(
    sample = match(switches$sample_id, sample_id),
    first = as.integer(last[later - 1L] - windows$n_variants[later - 1L] + 1L),
    last = as.integer(last[later]), before_1 = before[[1]], before_2 = before[[2]],
    after_1 = ifelse(same, before[[2]], after[[1]]), after_2 = ifelse(same, before[[1]], after[[2]])
  )
}
