# New haplotypes at the variants of a reference: matched as `harmonize()` matches genotypes, but
# that overlap counts on the chromosomes that the new data have.

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
  found <- with_progress(function(progress) {
    rust_harmonize(genotypes, as.list(sites$variants), sites$frequency, sites$n_alleles,
      strand == "same", min_overlap, TRUE, threads, progress)
  }, call)
  inform_strand(found)
  report <- attr(new_aligned(genotypes, sites$variants, found, call), "report")
  inform_absent(report)
  stand_in <- pmax(abs(found$index), 1L)
  new_data$variant_index <- new_data$variant_index[stand_in]
  new_data$variants <- sites$variants
  list(haplotypes = new_data, reading = sign(found$index), report = report)
}

# Chromosomes without any variant are not called at all.
inform_absent <- function(report) {
  report <- report[report$chrom %in% report$chrom[report$outcome != "dropped"], ]
  n_dropped <- sum(report$outcome == "dropped")
  if (n_dropped > 0) {
    inform_forebear("overlap", c(
      sprintf("%s of the %s variants of the model are there; alleles of the others are imputed.",
        big(nrow(report) - n_dropped), big(nrow(report)))
    ))
  }
}
