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
  too_few <- sprintf("with fewer than %s called genotypes that are used", big(least))
  why <- ifelse(few, too_few, NA_character_)
  replace(why, n_called == 0, no_genotypes_reason)
}

# n_called [n_samples]: called genotypes of each sample at the variants `used` (positions);
# n_variants: how many these are. By default, variants at which the called samples differ.
count_used_genotypes <- function(g, threads, used = NULL, call = rlang::caller_env()) {
  used <- used %||% varying_variants(g, threads, call)
  if (length(used) == 0) {
    return(list(n_called = numeric(nrow(g)), n_variants = 0L))
  }
  g$variant_index <- g$variant_index[used]
  if (has_dosages(g)) {
    work <- function(progress) rust_called_by_sample(g, threads, progress)
    return(list(n_called = with_progress(work, call), n_variants = length(used)))
  }
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

# [n_samples] why a model of `n_dims` dimensions has no answer for a sample of `g`; NA if it has.
why_without_answer <- function(g, n_dims, threads, used = NULL, call = rlang::caller_env()) {
  counts <- count_used_genotypes(g, threads, used, call)
  why_unanswered(counts$n_called, counts$n_variants, n_dims)
}

# The samples of `g` that a model of `n_dims` dimensions has an answer for; the others are named.
answered_genotypes <- function(g, n_dims, threads, call = rlang::caller_env()) {
  why <- why_without_answer(g, n_dims, threads, call = call)
  check_some_answered(is.na(why), call)
  warn_unanswered(g$samples$sample_id[!is.na(why)], why[!is.na(why)], call)
  if (all(is.na(why))) g else g[which(is.na(why)), ]
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
  warn_forebear("no_genotypes", c("A sample without usable genotypes has no answer.",
    stats::setNames(found, rep("x", length(found))),
    i = if (in_fit) "NA in every column, and left out of the fit." else "NA in every column."
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

no_genotypes_reason <- "without a called genotype that is used"

# What warn_unanswered() says of samples of a matrix or a fit of components.
no_scores_reason <- "without a score"

# The same of samples of a `pca()` fit, of which the genotypes are counted.
reason_of <- function(pca) {
  if (is.null(pca$n_used)) {
    return(no_scores_reason)
  }
  unplaced_reason(pca, ncol(pca$scores), nrow(pca$scores))
}

# The rows of samples that have scores; the others are named in a warning.
answered_scores <- function(scores, sample_id, call = rlang::caller_env(),
                            reason = no_scores_reason) {
  answered <- is_answered(scores)
  check_some_answered(answered, call)
  warn_unanswered(sample_id[!answered], reason, call)
  scores[answered, , drop = FALSE]
}

# Some scores of a sample without the others are an error: nothing says what stands for them.
check_known_scores <- function(scores, hint = "Fill in what is missing, or leave the sample out.",
                               call = rlang::caller_env()) {
  check_finite(zero_unanswered(scores), call, hint)
}

# Rows of 0 for samples without an answer, which then add nothing to sums over samples.
zero_unanswered <- function(values) {
  values[!is_answered(values), ] <- 0
  values
}

# "60 samples", or "60 samples (2 without an answer)".
counted_samples <- function(answered) {
  without <- sum(!answered)
  paste0(counted(length(answered), "sample"),
    if (without > 0) sprintf(" (%s without an answer)", big(without)))
}

check_some_answered <- function(answered, call = rlang::caller_env()) {
  if (!any(answered)) {
    abort_forebear("no_genotypes", c("At least one sample must have genotypes that are used.",
      x = sprintf("None of %s has.", counted(length(answered), "sample"))), call)
  }
}

# A figure says whom it leaves out by itself.
without_unanswered_warning <- function(code) {
  suppressWarnings(code, classes = "forebear_warning_no_genotypes")
}

inform_left_out <- function(sample_id) {
  if (length(sample_id) > 0) {
    inform_forebear("left_out", sprintf("Left out, without an answer: %s, %s.",
      counted(length(sample_id), "sample"), quoted(sample_id)))
  }
}

# [n_samples] whether a figure shows a sample, of which `values` has a row or an entry; who is left
# out is said.
drawn_samples <- function(values, sample_id, call = rlang::caller_env()) {
  drawn <- if (is.matrix(values)) is_answered(values) else !is.na(values)
  if (!any(drawn)) {
    abort_forebear("no_genotypes", c("A figure needs at least one sample with an answer.",
      x = sprintf("None of %s has one.", counted(length(drawn), "sample"))), call)
  }
  inform_left_out(sample_id[!drawn])
  drawn
}

# Labels, as match_labels() gives them, or NULL, of the samples that are drawn.
drawn_labels <- function(group, drawn) {
  if (is.null(group)) {
    return(NULL)
  }
  structure(group[drawn], title = attr(group, "title"), is_factor = attr(group, "is_factor"),
    above = drawn_labels(attr(group, "above"), drawn))
}
