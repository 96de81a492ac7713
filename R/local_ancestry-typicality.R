# Is a person as like the panel as its members are? See `?predict.forebear_local_ancestry`.

# A person below this in an ancestry has something there that the panel lacks. Fewer than one in a
# hundred held-out members of real panels are, although people vary more than a normal law says.
least_typicality <- 0.002

# Least variance between people of the mean likeness: people of one study have founders in common,
# and vary more together than members of a panel do.
least_between <- 0.005

# What is left of the posteriors of windows that are called of such an ancestry; the rest is even.
untypical_weight <- 0.2

# A population is reported if it has this proportion of the genome of a person.
reported_proportion <- 0.05

# What is usual among members of the panel: mean, between, within, of each population. NULL where
# windows do not say it.
usual_likeness <- function(trained, population) {
  likeness <- unname(lapply(trained, function(part) part$held_out$likeness))
  if (any(vapply(likeness, is.null, NA))) {
    return(NULL)
  }
  answer(rust_usual_likeness(likeness, as.integer(population), nlevels(population)))
}

# [n_populations x n_samples] sums of likeness over windows that are called of each population, and
# how many.
likeness_sums <- function(part, posterior) {
  if (is.null(part$likeness)) {
    return(list(sum = NULL, n = NULL))
  }
  n_windows <- nrow(part$windows)
  owner <- decoded_haplotypes(part$chains)
  answer(rust_likeness_sums(part$likeness, 2L * max(part$chains$sample), ncol(posterior),
    rep(owner, each = n_windows), rep(seq_len(n_windows), length(owner)),
    max.col(posterior, ties.method = "first")))
}

# sum, n of all chromosomes: `decoded`, see `decode_piece()`. NULL where it is not known.
sample_likeness <- function(decoded) {
  if (is.null(decoded[[1]]$sum)) {
    return(NULL)
  }
  lapply(stats::setNames(nm = c("sum", "n")), function(name) {
    Reduce(`+`, lapply(decoded, `[[`, name))
  })
}

# [n_populations x n_samples] the proportion of members of the panel that would be as unlike it or
# more, over as many windows; 1 where a sample has none. NULL where it is not known. `likeness`: of
# `sample_likeness()`; `usual`: of `usual_likeness()`.
sample_typicality <- function(likeness, usual) {
  if (is.null(usual) || is.null(likeness)) {
    return(NULL)
  }
  n <- likeness$n
  typicality <- stats::pnorm((likeness$sum / n - usual$mean) /
    sqrt(pmax(usual$between, least_between) + usual$within / n))
  replace(typicality, !is.finite(typicality), 1)
}

# Posteriors in which no population stands out where a person is called of an ancestry that is not
# like the panel's. `sample`: of each row.
without_untypical <- function(posterior, sample, typicality) {
  called <- max.col(posterior, ties.method = "first")
  unlike <- typicality[cbind(called, sample)] < least_typicality
  posterior[unlike, ] <- untypical_weight * posterior[unlike, ] +
    (1 - untypical_weight) / ncol(posterior)
  posterior
}

# Who has ancestry that the panel seems to lack: population, sample, positions. `n`: windows that
# are called of each population, [n_populations x n_samples].
untypical_samples <- function(typicality, n) {
  if (is.null(typicality)) {
    return(list(population = integer(), sample = integer()))
  }
  proportion <- sweep(n, 2, pmax(colSums(n), 1), `/`)
  reported <- which(typicality < least_typicality & proportion >= reported_proportion,
    arr.ind = TRUE)
  list(population = unname(reported[, 1]), sample = unname(reported[, 2]))
}

# `untypical`: of `untypical_samples()`, samples by ID.
report_untypical <- function(untypical, populations) {
  samples <- unique(untypical$sample)
  if (length(samples) > 0) {
    called <- table(factor(populations[untypical$population], populations))
    called <- called[called > 0]
    inform_forebear("untypical", c(
      sprintf("%s ancestry that the panel seems to lack; it is left unassigned.",
        if (length(samples) == 1) "One sample has" else
          sprintf("%s have", counted(length(samples), "sample"))),
      x = sprintf("Nearest in the panel: %s.", first_of(sprintf("%s (%d)", names(called),
        as.integer(called)), 6)),
      i = sprintf("See `.typicality` of the calls. %s", first_of(quoted(samples), 5))
    ), samples = samples)
  }
}

# IDs of samples of calls that have such ancestry in `reported_proportion` of the genome or more.
untypical_of_calls <- function(calls) {
  unlike <- calls[[".typicality"]] < least_typicality
  unlike[is.na(unlike)] <- FALSE
  if (!any(unlike)) {
    return(character())
  }
  length_bp <- as.double(calls$end_bp) - calls$start_bp + 1
  sums <- rowsum(cbind(length_bp * unlike, length_bp), calls$sample_id, reorder = FALSE)
  rownames(sums)[sums[, 1] >= reported_proportion * sums[, 2]]
}

# Fewest samples of a group, and the mean of the normal scores of their typicality, three standard
# errors above which must be less for a group to be reported (their standard deviation is at least
# the 1 that members have). The mean of members is 0; that of people of other studies whose
# population the panel has was never below -0.5.
fewest_in_group <- 5
least_group_score <- -0.5

# Of samples that are called of one population in most of their genome: population, and the normal
# score of their typicality. Those that are reported by themselves are left out.
typicality_scores <- function(calls, reported) {
  # Calls of files have no typicality; it is 1 where nothing is known.
  kept <- which(calls[[".typicality"]] < 1 & !calls$sample_id %in% reported)
  if (length(kept) == 0) {
    return(list(population = character(), score = numeric()))
  }
  calls <- calls[kept, ]
  length_bp <- as.double(calls$end_bp) - calls$start_bp + 1
  of_sample <- rowsum(length_bp, calls$sample_id, reorder = FALSE)[, 1]
  key <- paste(calls$sample_id, calls$.pred_class)
  first <- !duplicated(key)
  most <- rowsum(length_bp, key, reorder = FALSE)[, 1] >= 0.5 * of_sample[calls$sample_id[first]]
  own <- calls[first, ][most, ]
  list(population = as.character(own$.pred_class),
    score = stats::qnorm(pmax(own$.typicality, 1e-12)))
}

# Populations each of whose samples a member of the panel could be, but not all together:
# population, n, typicality (the median). `scores`: of `typicality_scores()`.
untypical_groups <- function(scores) {
  groups <- split(as.double(scores$score), as.character(scores$population))
  is_unlike <- vapply(groups, function(score) {
    length(score) >= fewest_in_group &&
      mean(score) + 3 * max(stats::sd(score), 1) / sqrt(length(score)) < least_group_score
  }, NA)
  groups <- groups[is_unlike]
  list(population = names(groups), n = unname(lengths(groups)),
    typicality = vapply(unname(groups), function(score) stats::pnorm(stats::median(score)), 0))
}

inform_untypical_groups <- function(groups) {
  if (length(groups$n) > 0) {
    found <- sprintf("Called %s in most of the genome: %s samples, median `.typicality` %.2f.",
      groups$population, big(groups$n), groups$typicality)
    inform_forebear("untypical_group", c(
      "Samples of one population are, all together, less like the panel than its members.",
      stats::setNames(found, rep("x", length(found))),
      i = paste("Of members of the panel half are above 0.5. It may lack the population of these",
        "samples, and calls be of one near it.")
    ))
  }
}

# What is made of calls knows the populations of the panel alone. `as`: what such ancestry is there.
inform_untypical <- function(sample_id, as) {
  if (length(sample_id) > 0) {
    one <- length(sample_id) == 1
    inform_forebear("untypical", c(
      sprintf("%s ancestry that the panel seems to lack; here it %s.",
        if (one) "One sample has" else sprintf("%s have", counted(length(sample_id), "sample")),
        as),
      i = sprintf("Leave %s out, or see `.typicality` of the calls. %s",
        if (one) "it" else "them", first_of(quoted(sample_id), 5))
    ))
  }
}

# Where alleles or windows are counted by the population that is called.
counts_as_nearest <- "counts as the population that is nearest in the panel"
