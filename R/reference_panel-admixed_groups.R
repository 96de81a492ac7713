# Groups of admixed samples, one parameter set each: see `admixed` of `local_ancestry()`.

# Samples that a group should have on average for its rates to be estimated well, and the most
# groups: the 2014 paper has six, of 1,000 samples each.
samples_per_group <- 20L
most_groups <- 6L

# [haplotypes] in groups, named "1", ...; what is a list already is taken as it is.
admixed_list <- function(admixed, n_groups, seed, threads, call) {
  check_admixed(admixed, call)
  if (!inherits(admixed, "forebear_haplotypes")) {
    if (!is.null(n_groups)) {
      abort_forebear("argument", c("A list given as `admixed` says what the groups are.",
        x = "`admixed_groups` is given too.", i = "Leave out either."), call)
    }
    return(admixed)
  }
  n <- nrow(admixed)
  n_groups <- if (is.null(n_groups)) {
    min(most_groups, max(1L, n %/% samples_per_group))
  } else {
    check_count(n_groups, "admixed_groups", max = n, call = call)
  }
  group <- groups_by_pca(admixed, n_groups, seed, threads, call)
  lapply(split(seq_len(n), group), function(members) admixed[members, ])
}

# [n_samples] the group of each sample, from 1: k-means of the scores on as many leading principal
# components as distinguish the groups. There are fewer groups where fewer samples differ, and one
# where none does.
groups_by_pca <- function(haplotypes, n_groups, seed, threads, call) {
  n <- nrow(haplotypes)
  if (n_groups == 1) {
    return(rep(1L, n))
  }
  genotypes <- suppressWarnings(as_genotypes(haplotypes, threads = threads),
    classes = "forebear_warning_duplicate_ids")
  fit <- tryCatch(
    pca_fit(genotypes, n_groups - 1L, "auto", "binomial", 1e-6, 100L, seed, threads,
      loadings = FALSE, call = call),
    forebear_error_no_variation = function(condition) list(scores = numeric(n))
  )
  # A sample without scores is put at their mean.
  scores <- nan_to(matrix(fit$scores, n), 0)
  n_groups <- min(n_groups, nrow(unique(scores)))
  if (n_groups == n) {
    return(seq_len(n))
  }
  cluster <- with_own_seed(seed, stats::kmeans(scores, n_groups, iter.max = 100, nstart = 25))
  match(cluster$cluster, unique(cluster$cluster))
}

check_admixed <- function(admixed, call) {
  is_group <- inherits(admixed, "forebear_haplotypes") || is.list(admixed) && length(admixed) > 0 &&
    all(vapply(admixed, inherits, logical(1), "forebear_haplotypes"))
  if (!is_group) {
    abort_forebear("argument", c("`admixed` must be haplotypes, or a list of them.",
      x = sprintf("It is %s.", describe_class(admixed))), call)
  }
}
