# Finds the variants of a fit in new genotypes.

# genotypes: the new ones, cut to the variants of the fit and in their order
# swapped   [n_variants] whether the new data count the other allele
match_variants <- function(new_data, variants, call = rlang::caller_env()) {
  if (is.matrix(new_data)) {
    return(match_columns(new_data, variants, call))
  }
  check_genotypes(new_data, "new_data", call)
  there <- match(variant_keys(variants), variant_keys(new_data$variants))
  if (anyNA(there)) {
    abort_variants_differ(variants[is.na(there), ], nrow(variants), call)
  }
  swapped <- new_data$variants$alt[there] != variants$alt
  list(genotypes = new_data[, there], swapped = swapped)
}

# Chromosome, position and the two alleles in alphabetical order.
variant_keys <- function(variants) {
  chrom <- sub("^chr", "", variants$chrom, ignore.case = TRUE)
  first <- pmin(variants$ref, variants$alt)
  second <- pmax(variants$ref, variants$alt)
  paste(chrom, variants$position_bp, first, second, sep = "\r")
}

abort_variants_differ <- function(absent, n_variants, call) {
  first <- sprintf("%s (%s:%s %s/%s)", absent$variant_id, absent$chrom,
    big(absent$position_bp), absent$ref, absent$alt)
  message <- c(
    "The new data must have every variant of the fit.",
    x = sprintf("%s of %s are not there, first %s.", big(nrow(absent)), big(n_variants),
      first[[1]]),
    i = "Variants are matched by chromosome, position and both alleles."
  )
  abort_forebear("variants_differ", message, call)
}

match_columns <- function(new_data, variants, call) {
  if (ncol(new_data) != nrow(variants)) {
    message <- c("A matrix of new data must have the variants of the fit as columns.",
      x = sprintf("It has %s, the fit %s.", big(ncol(new_data)), big(nrow(variants))))
    abort_forebear("variants_differ", message, call)
  }
  named <- colnames(new_data)
  if (!is.null(named) && !identical(named, variants$variant_id)) {
    first <- which(named != variants$variant_id)[1]
    message <- c("The columns of a matrix of new data must be the variants of the fit, in order.",
      x = sprintf("Column %d is \"%s\", not \"%s\".", first, named[first],
        variants$variant_id[first]))
    abort_forebear("variants_differ", message, call)
  }
  colnames(new_data) <- variants$variant_id
  genotypes <- suppressWarnings(as_genotypes(new_data), classes = "forebear_warning_duplicate_ids")
  list(genotypes = genotypes, swapped = rep(FALSE, nrow(variants)))
}
