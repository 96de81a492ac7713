# A reference of several chromosomes, and new data of some of them.

# Sites of a reference (as `reference_sites()` gives them) on the chromosomes that `genotypes` have,
# matched to them by `match`; all others are absent, and do not count when overlap is judged.
match_where_present <- function(genotypes, sites, match) {
  there <- on_chromosomes(sites$variants$chrom, genotypes$variants$chrom)
  if (all(there) || !any(there)) {
    return(match(sites))
  }
  found <- match(list(variants = sites$variants[there, ], frequency = sites$frequency[there],
    n_alleles = sites$n_alleles[there]))
  filled <- function(value, absent) replace(rep(absent, length(there)), there, value)
  list(index = filled(found$index, 0L), outcome = filled(found$outcome, "dropped"),
    reason = filled(found$reason, "absent"))
}

# Whether each of `chrom` is among `present`: as harmonize() compares names.
on_chromosomes <- function(chrom, present) {
  spellings <- list(bare_chromosome(unique(chrom)), bare_chromosome(unique(present)))
  numbered <- c("23" = "X", "24" = "Y", "26" = "MT")
  for (number in names(numbered)) {
    has_both <- vapply(spellings, function(own) all(c(number, numbered[[number]]) %in% own), TRUE)
    if (any(has_both)) numbered <- numbered[names(numbered) != number]
  }
  common <- function(name) {
    bare <- bare_chromosome(name)
    ifelse(bare %in% names(numbered), numbered[bare], bare)
  }
  common(chrom) %in% common(unique(present))
}

# Without the prefix `chr`; `M` is `MT`.
bare_chromosome <- function(chrom) {
  bare <- plain_chromosome(chrom)
  replace(bare, bare == "M", "MT")
}
