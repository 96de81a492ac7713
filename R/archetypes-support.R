# Archetypes that stand for hardly any sample.
#
# An archetype is a mixture of the most extreme samples. One outlier, or one family, is enough to
# determine a corner, and where no sample is unadmixed the corners are merely the least admixed
# samples. A population with unadmixed samples in the data has a group of samples near its corner.

# A sample is near an archetype from this weight on; a group of unadmixed samples lies there.
near_weight <- 0.9

# Fewest samples near an archetype that stands for a population.
fewest_near <- 3

# More samples than this near an archetype are taken to be no single family.
largest_family <- 20

# Fewest variants in which relatedness of two samples is taken from their genotypes.
fewest_kinship_variants <- 1000

# Fewest variants called in both of two samples; of fewer, all may agree by chance.
fewest_in_both <- 20

# Kinship above which two samples are related: second degree (Manichaikul et al. 2010).
related_kinship <- 0.0884

# Of the samples with 0.8 and more of an archetype, the proportion with 0.9 and more above which
# they are a group at the corner. With weights from a Dirichlet distribution of parameter a it is
# 2^(-a (k - 1)): 0.125 for evenly spread weights of 4 archetypes, near 1 for unadmixed samples.
group_proportion <- 0.6

# Who stands for each archetype: archetype, max_weight, n_near (samples with `near` and more),
# n_families (groups of related samples among them; NA where that is not known), is_thin (fewer than
# `fewest_near` samples, or one family).
#
# | argument     | shape         | values                            |
# |--------------|---------------|-----------------------------------|
# | `q`          | n_samples x k | weights, NA without an answer     |
# | `n_families` | k             | of the samples near each, or NULL |
archetype_support <- function(q, n_families = NULL, near = near_weight) {
  q <- zero_unanswered(q)
  n_near <- colSums(q >= near)
  n_families <- n_families %||% rep(NA_integer_, ncol(q))
  tibble::new_tibble(list(
    archetype = colnames(q), max_weight = unname(apply(q, 2, max)),
    n_near = as.integer(n_near), n_families = as.integer(n_families),
    is_thin = unname(n_near < fewest_near) | n_families %in% 1L
  ), nrow = ncol(q))
}

# [k] samples that hardly have anything else.
n_unadmixed <- function(q) as.integer(colSums(zero_unanswered(q) >= 0.95))

# Fewer samples than this for each archetype are few.
fewest_per_archetype <- 10

is_small <- function(q) sum(is_answered(q)) < fewest_per_archetype * ncol(q)

# Most samples among which relatives are looked for, and most variants by which.
most_compared <- 2000
most_kinship_variants <- 20000

# Samples with a relative among those that are `answered`; NA where that is not known. `n_variants`:
# at most so many are compared.
related_in_fit <- function(genotypes, answered, threads, most = most_compared,
                           n_variants = most_kinship_variants) {
  n <- sum(answered)
  if (n < 2 || n > most || ncol(genotypes) < fewest_kinship_variants) {
    return(NA_integer_)
  }
  some <- evenly_spaced(ncol(genotypes), n_variants)
  pairs <- tryCatch(
    suppressWarnings(suppressMessages(
      related_pairs(genotypes[, some], which(answered), threads)), classes = "forebear_warning"),
    forebear_error = function(error) NULL)
  if (is.null(pairs)) NA_integer_ else length(unique(c(pairs$first, pairs$second)))
}

# What the archetypes rest on, one line for each doubt.
reliability_line <- function(x) {
  support <- tidy_support(x)
  count <- n_unadmixed(x$q)
  rarest <- which.min(count)
  doubts <- c(
    if (has_no_corner(x$q)) "no unadmixed sample: admixture() is the model for these data",
    if (any(support$is_thin)) {
      sprintf("held up by fewer than %d samples or one family: %s", fewest_near,
        first_of(support$archetype[support$is_thin], 3))
    },
    if (is_small(x$q)) {
      sprintf("%s for %d archetypes are few", counted(sum(is_answered(x$q)), "sample"), ncol(x$q))
    },
    if (isTRUE(x$n_related > 0)) sprintf("%s with a relative in the fit",
      counted(x$n_related, "sample"))
  )
  rare <- sprintf("rarest archetype: %s, %s of weight 0.95 or more", colnames(x$q)[rarest],
    counted(count[rarest], "sample"))
  c(rare, if (length(doubts) > 0) paste("DOUBTFUL:", doubts))
}

# Whether no archetype has a group of samples at its corner.
has_no_corner <- function(q) {
  q <- zero_unanswered(q)
  n_near <- colSums(q >= near_weight)
  all(n_near < fewest_near | n_near < group_proportion * colSums(q >= 0.8))
}

# [k] number of families among the samples near each archetype: groups that are connected by pairs
# of related samples. NA where there are too few samples or too many, or nothing says who is
# related.
families_near <- function(q, genotypes, threads, near = near_weight) {
  q <- zero_unanswered(q)
  rows <- lapply(seq_len(ncol(q)), function(archetype) which(q[, archetype] >= near))
  asked <- lengths(rows) >= fewest_near & lengths(rows) <= largest_family
  n_families <- rep(NA_integer_, ncol(q))
  if (any(asked)) {
    sample <- sort(unique(unlist(rows[asked])))
    pairs <- related_pairs(genotypes, sample, threads)
    if (!is.null(pairs)) {
      n_families[asked] <- vapply(rows[asked], function(own) {
        n_connected(match(own, sample), pairs$first, pairs$second)
      }, 0L)
    }
  }
  n_families
}

# Whether kinship of pairs exceeds that of the second degree by two standard errors, and what the
# largest of `n_pairs` unrelated pairs reaches in one of twenty studies; identity by state has no
# such noise. `n_first`, `n_second`: heterozygous genotypes of the two, at variants that both have.
beyond_noise <- function(kinship, is_ibs, n_first, n_second, n_pairs) {
  error <- ifelse(is_ibs, 0, kinship_noise / sqrt(pmin(n_first, n_second)))
  chance <- stats::qnorm(0.05 / n_pairs, lower.tail = FALSE)
  kinship > pmax(related_kinship + 2 * error, chance * error)
}

# first, second: positions in `sample` (rows of `g`) of samples that are related, by their genotypes
# or else by their family_id; NULL where neither is known. Of many unrelated pairs some exceed the
# threshold by the noise of the estimate, which does not count.
related_pairs <- function(g, sample, threads) {
  family_id <- g$samples$family_id
  g <- g[sample, ]
  pairs <- if (ncol(g) >= fewest_kinship_variants) {
    suppressMessages(classes = "forebear_message", tryCatch(
      find_pairs(g, related_kinship, "auto", threads),
      forebear_error_no_autosomes = function(error) NULL
    ))
  }
  if (!is.null(pairs)) {
    # Of inbred lines identity by state takes the place of kinship; `comparable` sets it right.
    counts <- count_samples(g, sample_roles(g$samples, TRUE), "auto", threads)
    # Where many genotypes are missing, few variants are called in both.
    n_het <- function(sample) {
      pairs$n_variants * counts$n_het[sample] / pmax(counts$n_autosomal[sample], 1)
    }
    over <- which(beyond_noise(pairs$comparable, pairs$is_ibs, n_het(pairs$first),
      n_het(pairs$second), pairs$n_pairs) & pairs$n_variants >= fewest_in_both)
    return(list(first = pairs$first[over], second = pairs$second[over]))
  }
  # Where many have one family_id, it is that of a population.
  size <- table(family_id)
  family <- g$samples$family_id
  known <- !is.na(family) & family != "0" & size[family] <= largest_family
  if (!any(known & size[family] > 1)) {
    return(NULL)
  }
  same <- which(outer(family, family, `==`) & outer(known, known) & upper.tri(diag(nrow(g))),
    arr.ind = TRUE)
  list(first = same[, 1], second = same[, 2])
}

# Number of groups of `own` that are connected by pairs.
n_connected <- function(own, first, second) {
  group <- seq_along(own)
  edges <- which(first %in% own & second %in% own)
  for (edge in edges) {
    ends <- group[match(c(first[edge], second[edge]), own)]
    group[group == ends[2]] <- ends[1]
  }
  length(unique(group))
}

# Says what a fit rests on less than it seems to: thin archetypes, or no sample near any; few
# samples; relatives.
inform_thin <- function(x) {
  support <- tidy_support(x)
  is_archetypes <- !inherits(x, "forebear_admixture")
  if (is_archetypes && has_no_corner(x$q)) {
    inform_forebear("no_unadmixed", c(
      "No unadmixed sample: `admixture()` is the model for these data.",
      x = sprintf("Samples with a weight of %g or more: %s.", near_weight,
        first_of(sprintf("%s %d", support$archetype, support$n_near), 12)),
      i = paste("Archetypes are extreme samples: where every sample is a mixture, they lie inside",
        "the hull of the populations that were mixed.")
    ))
  } else if (any(support$is_thin)) {
    inform_forebear("thin_archetypes", c(
      "An archetype should stand for several samples that are not related.",
      thin_bullets(support[support$is_thin, ], x),
      i = "Outliers or relatives? Leave them out (see `unrelated()`), or choose a smaller `k`."
    ))
  }
  if (is_archetypes && is_small(x$q)) {
    inform_forebear("small_sample", c(
      sprintf("There should be at least %d samples for each archetype.", fewest_per_archetype),
      x = sprintf("There are %s for %d archetypes.", counted(sum(is_answered(x$q)), "sample"),
        ncol(x$q)),
      i = "Choose a smaller `k`, or see what others start from: `archetypes(seed = )`."
    ))
  }
  if (is_archetypes && isTRUE(x$n_related > 0)) {
    inform_forebear("relatives", c(
      "Samples should not be related: a family draws an archetype to itself.",
      x = sprintf("%s a relative in the fit (kinship above %g).",
        paste(counted(x$n_related, "sample"), if (x$n_related == 1) "has" else "have"),
        related_kinship),
      i = "Leave them out with `unrelated()`."
    ))
  }
  invisible(x)
}

thin_bullets <- function(thin, x) {
  near <- support_weight(x)
  words <- vapply(seq_len(nrow(thin)), function(row) {
    weight <- zero_unanswered(x$q)[, thin$archetype[row]]
    id <- x$sample_id[order(-weight)][seq_len(max(thin$n_near[row], 1))]
    if (thin$n_near[row] == 0) {
      sprintf("%s: no sample has a weight of %g, the nearest is %s (%.2f).", thin$archetype[row],
        near, quoted(id), thin$max_weight[row])
    } else if (thin$n_near[row] < fewest_near) {
      sprintf("%s stands for %s: %s.", thin$archetype[row], counted(length(id), "sample"),
        quoted(id))
    } else {
      sprintf("%s stands for one family: %s.", thin$archetype[row], quoted(id))
    }
  }, "")
  more <- if (length(words) > 5) sprintf("And %d more.", length(words) - 5)
  words <- c(utils::head(words, 5), more)
  stats::setNames(words, rep("x", length(words)))
}

# A population of admixture() need not have unadmixed samples: half of it is enough to be its own.
support_weight <- function(x) if (inherits(x, "forebear_admixture")) 0.5 else near_weight

tidy_support <- function(x) archetype_support(x$q, x$n_families, support_weight(x))

# For a fit that is only a step to another: users need no message about its archetypes.
without_support_messages <- function(code) {
  suppressMessages(code,
    classes = paste0("forebear_message_", c("thin_archetypes", "no_unadmixed", "small_sample",
      "relatives", "inside_noise")))
}
