# Samples that a model has no answer for.
#
# A sample without one genotype that is used says nothing. One with fewer than ten times as many as
# the model has dimensions, the others missing, says next to nothing. Both are NA in every column,
# take no part in a fit, and are named in a warning.

# Fewest genotypes that are used of a sample that lacks some, for each dimension of a model.
genotypes_per_dimension <- 10

# [n_samples] why a sample has no answer, in the words of warn_unanswered(); NA if it has one.
#
# | argument     | shape     | values                                                  |
# |--------------|-----------|---------------------------------------------------------|
# | `n_called`   | n_samples | called genotypes of the sample at variants that are used |
# | `n_variants` | 1         | variants that are used                                  |
# | `n_dims`     | 1         | dimensions of the model                                 |
why_unanswered <- function(n_called, n_variants, n_dims) {
  least <- genotypes_per_dimension * n_dims
  few <- n_called < least & n_called < n_variants
  why <- ifelse(few, sprintf("with fewer than %s called genotypes", big(least)), NA_character_)
  replace(why, n_called == 0, "without a called genotype")
}

# n_called [n_samples]: called genotypes of each sample at the variants `used` (positions);
# n_variants: how many these are. By default, variants at which the called samples differ.
count_used_genotypes <- function(g, threads, used = NULL, call = rlang::caller_env()) {
  used <- used %||% varying_variants(g, threads, call)
  if (length(used) == 0) {
    return(list(n_called = numeric(nrow(g)), n_variants = 0L))
  }
  g$variant_index <- g$variant_index[used]
  roles <- list(male = rep(TRUE, nrow(g)), founder = rep(TRUE, nrow(g)))
  inheritance <- rep(match("unplaced", inheritance_levels), length(used))
  work <- function(progress) rust_sample_stats(g, inheritance, roles, threads, progress)
  list(n_called = with_progress(work, call)$n_called, n_variants = length(used))
}

varying_variants <- function(g, threads, call) {
  work <- function(progress) rust_allele_frequencies(g, threads, progress)
  counted <- with_progress(work, call)
  which(counted$n_alleles > 0 & counted$frequency > 0 & counted$frequency < 1)
}

# Names the samples that have no answer. `reason`: one for each, or one for all, as it follows
# "2 samples"; `in_fit`: whether they could have taken part in a fit.
warn_unanswered <- function(sample_id, reason, call = rlang::caller_env(), in_fit = TRUE) {
  if (length(sample_id) == 0) {
    return(invisible())
  }
  own <- split(sample_id, factor(rep_len(reason, length(sample_id)), unique(reason)))
  found <- sprintf("%s %s: %s.", vapply(lengths(own), counted, "", "sample"), names(own),
    vapply(own, quoted, ""))
  warn_forebear("no_genotypes", c("A sample has no answer without genotypes that are used.",
    stats::setNames(found, rep("x", length(found))),
    i = if (in_fit) "NA in every column; they took no part in the fit." else "NA in every column."
  ), call)
}

# Values of the samples that are `answered` (logical [n_samples]), with NA for the others: a vector,
# or a matrix with a row for each sample.
with_unanswered <- function(values, answered) {
  if (all(answered)) {
    return(values)
  }
  row <- ifelse(answered, cumsum(answered), NA_integer_)
  if (is.matrix(values)) values[row, , drop = FALSE] else values[row]
}

# [n_samples] whether a sample has an answer: no row of a matrix of scores that is NA throughout.
is_answered <- function(scores) rowSums(!is.na(scores)) > 0

check_some_answered <- function(answered, call = rlang::caller_env()) {
  if (!any(answered)) {
    abort_forebear("no_genotypes", c("At least one sample must have genotypes that are used.",
      x = sprintf("None of %s has.", counted(length(answered), "sample"))), call)
  }
}
