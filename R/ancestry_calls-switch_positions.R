# Where between two windows the phase of a sample switches: at which variant.

# Most samples of a population whose haplotypes a model keeps, to be copied from.
donors_per_population <- 150L

# Members of each population, evenly from first to last: their packed haplotypes at the variants of
# the panel, without IDs, and `population`, their codes.
donors_of <- function(panel, threads, call) {
  members <- split(seq_along(panel$population), panel$population)
  chosen <- lapply(members, function(samples) {
    samples[evenly_spaced(length(samples), donors_per_population)]
  })
  chosen <- sort(unlist(chosen, use.names = FALSE))
  donors <- panel$haplotypes[chosen, ]
  packed <- repacked(donors, threads, call)
  list(
    alleles = packed$alleles, haploid = packed$haploid, n_file = as.double(dim(donors)),
    sample_index = seq_along(chosen), population = as.integer(panel$population)[chosen]
  )
}

# Switches of one chromosome, those that were called by ancestry with the position of the first
# variant after each.
#
# steps        of `switch_steps()`
# near         see `near_calls()`
# position_bp  of the variants
place_switches <- function(switches, steps, near, position_bp, threads, call) {
  if (length(steps$sample) > 0) {
    place <- with_progress(function(progress) {
      rust_place_switches(near$haplotypes, near$reading, near$donors, steps, threads, progress)
    }, call)
    # Past the last variant nothing changes any more.
    there <- c(position_bp, position_bp[length(position_bp)] + 1L)
    switches$position_bp[switches$switched & switches$evidence == "ancestry"] <- there[place]
  }
  switches
}

# Switches of one chromosome: where the calls of both haplotypes change between the two windows of a
# called switch, and exchange their populations, the switch lies there, at the nearest such place.
at_exchanges <- function(switches, calls, windows) {
  called <- which(switches$switched & switches$evidence == "ancestry")
  exchanges <- exchanges_of_calls(calls)
  places <- split(exchanges$position_bp, exchanges$sample_id)
  later <- match(switches$window[called], windows$window)
  switches$position_bp[called] <- vapply(seq_along(called), function(i) {
    given <- switches$position_bp[called[i]]
    near <- places[[switches$sample_id[called[i]]]]
    near <- near[near >= windows$start_bp[later[i] - 1L] & near <= windows$end_bp[later[i]]]
    if (length(near) == 0) given else near[which.min(abs(near - given))]
  }, 0L)
  switches
}

# Where the calls of both haplotypes of a sample exchange their populations: sample_id,
# position_bp (first variant after it). `calls`: rows of one chromosome, in order.
exchanges_of_calls <- function(calls) {
  changes <- which(stays(calls$sample_id) & stays(calls$haplotype) & !stays(calls$.pred_class)) + 1L
  of <- function(haplotype) {
    at <- changes[calls$haplotype[changes] == haplotype]
    data.frame(sample_id = calls$sample_id[at], position_bp = calls$start_bp[at],
      before = calls$.pred_class[at - 1L], after = calls$.pred_class[at])
  }
  one <- of(1L)
  other <- of(2L)
  there <- vctrs::vec_in(one[c("sample_id", "position_bp", "before", "after")],
    stats::setNames(other[c("sample_id", "position_bp", "after", "before")], names(one)))
  one[there, c("sample_id", "position_bp")]
}

# What `rust_place_switches()` takes, of the switches that `decode_kinds()` has called.
switch_steps <- function(part, decoded) {
  answer(rust_switch_steps(decoded$posterior, decoded$switched, part$chains[c("sample", "second")],
    as.integer(part$windows$n_variants)))
}
