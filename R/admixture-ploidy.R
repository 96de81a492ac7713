# Samples that have one allele at each variant: haploid species, and males on X.
#
# Their genotypes are coded as two equal alleles, 0 or 2, of which one counts.

# [n_samples] logical. `ploidy`: NULL or 2 for two alleles in all samples, 1 for one, or a vector of
# 1 and 2 with one entry per sample, or named by sample; a sample without a name there has two.
haploid_samples <- function(ploidy, sample_id, call = rlang::caller_env()) {
  n <- length(sample_id)
  if (is.null(ploidy)) {
    return(logical(n))
  }
  named <- !is.null(names(ploidy))
  if (!is.numeric(ploidy) || !all(ploidy %in% 1:2) || !(named || length(ploidy) %in% c(1, n))) {
    message <- c("`ploidy` must be 1, 2 or a vector of them, one per sample or named by sample.",
      x = found(ploidy))
    abort_forebear("argument", message, call)
  }
  if (!named) {
    return(rep_len(ploidy == 1, n))
  }
  check_known_samples(names(ploidy), sample_id, "ploidy", "unknown_sample", call)
  repeated <- names(ploidy)[duplicated(names(ploidy))]
  if (length(repeated) > 0) {
    message <- c("Every sample may be named once in `ploidy`.",
      x = sprintf("Repeated: %s.", quoted(unique(repeated))))
    abort_forebear("duplicate_ids", message, call)
  }
  sample_id %in% names(ploidy)[ploidy == 1]
}

# Says how many genotypes of haploid samples cannot be: they are taken as missing.
warn_heterozygous <- function(x, haploid, threads, call = rlang::caller_env()) {
  if (!any(haploid)) {
    return(invisible())
  }
  own <- x[which(haploid), ]
  roles <- list(male = rep(TRUE, nrow(own)), founder = rep(TRUE, nrow(own)))
  inheritance <- rep(match("autosomal", inheritance_levels), ncol(own))
  work <- function(progress) rust_sample_stats(own, inheritance, roles, threads, progress)
  counted <- with_progress(work, call)
  bad <- counted$n_het > 0
  if (any(bad)) {
    warn_forebear("heterozygous_haploid", c(
      "A haploid sample should not be heterozygous; such genotypes are taken as missing.",
      x = sprintf("%s in %s: %s.", counted(sum(counted$n_het), "genotype"),
        counted(sum(bad), "sample"), quoted(own$samples$sample_id[bad]))
    ), call)
  }
}

# Says where nearly all samples look like inbred lines and `ploidy` says nothing of them.
inform_inbred <- function(x, ploidy, threads, call = rlang::caller_env()) {
  if (!is.null(ploidy)) {
    return(invisible())
  }
  finding <- inbred_finding(x, threads, call)
  if (!is.null(finding)) {
    inform_forebear("inbred", c(finding,
      x = "Each genotype counts as two alleles that were drawn independently.",
      i = "`ploidy = 1` counts one: right for inbred lines, haploid and pseudo-haploid samples."))
  }
}
