# New haplotypes at the variants of a reference: matched as `harmonize()` matches genotypes, but
# that data sets without any flipped variant are taken to be on one strand, and that overlap is
# judged on the chromosomes that the new data have.

# sites: as `reference_sites()` gives them
#
# | entry      | shape      | values                                                       |
# |------------|------------|--------------------------------------------------------------|
# | haplotypes |            | with the variants of the reference; any where one is absent  |
# | reading    | n_variants | 1 as it is, -1 alleles exchanged, 0 absent                   |
# | report     | n_variants | as `harmonize()` gives it                                    |
aligned_haplotypes <- function(new_data, sites, min_overlap, strand, threads, call) {
  check_haplotypes(new_data, "new_data", call)
  min_overlap <- check_number(min_overlap, "min_overlap", min = 0, max = 1, call = call)
  strand <- check_choice(strand, "strand", c("check", "same"), call)
  genotypes <- suppressWarnings(as_genotypes(new_data, threads = threads),
    classes = "forebear_warning_duplicate_ids")
  found <- matched_sites(genotypes, sites, strand == "same", min_overlap, threads, call)
  report <- attr(new_aligned(genotypes, sites$variants, found), "report")
  inform_absent(report)
  stand_in <- pmax(abs(found$index), 1L)
  new_data$variant_index <- new_data$variant_index[stand_in]
  new_data$variants <- sites$variants
  list(haplotypes = new_data, reading = sign(found$index), report = report)
}

# Fewest variants whose strand their alleles tell, for what they all say to hold for the others.
fewest_telling_strand <- 50

# If no variant whose alleles tell the strand is on the other one, then neither are A/T and C/G:
# missing alleles in the middle of a haplotype cost the string kernel more than they cost a sum.
matched_sites <- function(genotypes, sites, same_strand, min_overlap, threads, call) {
  match_with <- function(same_strand, min_overlap) {
    with_progress(function(progress) {
      rust_harmonize(genotypes, as.list(sites$variants), sites$frequency, sites$n_alleles,
        same_strand, min_overlap, TRUE, threads, progress)
    }, call)
  }
  if (same_strand) {
    return(match_with(TRUE, min_overlap))
  }
  # Where nothing is usable, the refusal names the overlap that was asked for.
  found <- tryCatch(match_with(FALSE, 0),
    forebear_error_overlap = function(condition) match_with(FALSE, min_overlap))
  alleles <- paste0(toupper(sites$variants$ref), toupper(sites$variants$alt))
  telling <- found$index != 0 & !alleles %in% c("AT", "TA", "CG", "GC")
  flipped <- found$outcome %in% c("flipped", "flipped_swapped")
  one_strand <- sum(telling) >= fewest_telling_strand && !any(flipped[telling])
  match_with(one_strand, min_overlap)
}

# Chromosomes without any variant are not called at all.
inform_absent <- function(report) {
  report <- report[report$chrom %in% report$chrom[report$outcome != "dropped"], ]
  n_dropped <- sum(report$outcome == "dropped")
  if (n_dropped > 0) {
    inform_forebear("overlap", c(
      sprintf("%s of the %s variants of the model are there; alleles of the others are imputed.",
        big(nrow(report) - n_dropped), big(nrow(report))),
      i = if ("ambiguous_strand" %in% report$reason) {
        "If both data sets are known to be on one strand, `strand = \"same\"` keeps A/T and C/G."
      }
    ))
  }
}
