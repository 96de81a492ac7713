# Alleles at variants of a model that new haplotypes lack, imputed from the panel's: see
# `?predict.forebear_local_ancestry`.

# The haplotypes of a panel that new ones are copied from at the variants of one chromosome.
#
# part  of the model: chosen, windows
donors_at <- function(model, part) {
  donors_of_variants(model$donors, part$chosen, length(model$populations),
    model$variants$position_cm[part$chosen])
}

# `donors`: of `donors_of()`; `position_cm`: of the variants with this index.
donors_of_variants <- function(donors, variant_index, n_populations, position_cm) {
  list(haplotypes = c(donors, list(variant_index = variant_index)),
    population = donors$population, n_populations = n_populations,
    position_cm = as.double(position_cm))
}

# Another process is sent one chromosome alone.
donors_for_workers <- function(donors, run, call) {
  if (!is.null(run$bpparam)) {
    haplotypes <- donors$haplotypes
    packed <- repacked(haplotypes, run$threads, call)
    n <- c(length(haplotypes$sample_index), length(haplotypes$variant_index))
    donors$haplotypes <- c(packed, list(n_file = as.double(n), sample_index = seq_len(n[1]),
      variant_index = seq_len(n[2])))
  }
  donors
}

# New haplotypes, none of whose variants is absent any more.
#
# reading  [n_variants] see `aligned_haplotypes()`
# donors   what `donors_at()` gives
imputed_haplotypes <- function(haplotypes, reading, donors, threads, call) {
  packed <- with_progress(function(progress) {
    rust_impute_haplotypes(haplotypes, reading, donors, threads, progress)
  }, call)
  with_packed(haplotypes, packed)
}
