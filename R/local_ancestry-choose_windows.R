# How long the windows of a panel are: lengths are tried on mosaics of its held-out members.

# Variants of a window that may be tried; half as many are its context on either side.
trial_lengths <- as.integer(15 * 2^(0:6))

# Where the search begins.
first_length <- 60L

# A window with its context is no longer than this, in cM, if there is a shorter one: after 10
# generations segments are some 10 cM long.
longest_window_cm <- 2

# The shortest windows, of 30 variants with their context, are tried only where those of 60 are
# longer than this: they take most time, and are hardly ever better.
dense_enough_cm <- 1

# Windows of a range, at least, by which lengths are compared.
fewest_windows <- 4L

# Lengths are tried on ranges of the genome, a sixth of it in all but no less and no more cM than
# these, 5 cM each if there are two or more.
trial_cm <- c(6, 20)
range_cm <- 5

# Variants of a range, at least: 8 windows with which the search begins.
trial_variants <- 8L * first_length

# Mosaics of each range, and the demes that they come from, each with its own proportions of the
# populations.
trial_mosaics <- 80
trial_demes <- 20

# Of the proportions of a deme, what all populations have in equal parts.
shared_proportion <- 0.03

# Variants next to a change of ancestry that do not count: where it changes is found variant by
# variant when windows have been called, and should not make windows short.
near_change <- 35L

# What `tidy(matrix = "windows")` gives: one row for each length that was tried, the shortest
# first. What is tried is twice or half of the best so far, until that is no better.
#
# window, context  variants
# log_score        mean over the variants of mosaics of log P(true population), at the power that
#                  makes it largest, as calibration takes one
# std_error        of its difference from the largest, over mosaics; 0 there
# accuracy         proportion of variants whose most probable population is right
# by_chance        the same of the population that a mosaic has most of
# chosen           the longest whose score is within a standard error of the largest: longer windows
#                  take less time
choose_windows <- function(panel, settings, context, hmm, threads, call) {
  variants <- panel$haplotypes$variants
  variants$position_cm <- positions_in_cm(variants, hmm$cm_per_mb, call)
  ranges <- trial_places(variants)
  lengths <- possible_lengths(variants, ranges)
  sizes <- function(length) {
    list(window = length, context = context %||% (length %/% 2L))
  }
  if (length(lengths) == 1) {
    return(tibble::tibble(window = lengths, context = as.integer(sizes(lengths)$context),
      log_score = NA_real_, std_error = NA_real_, accuracy = NA_real_, by_chance = NA_real_,
      chosen = TRUE))
  }
  trials <- Map(function(range, fold) {
    new_trial(panel, variants, range, fold, settings, hmm, threads, call)
  }, ranges, rep_len(seq_len(settings$folds), length(ranges)))
  found <- search_lengths(lengths, function(length) {
    own <- sizes(length)
    settings[names(own)] <- lapply(own, as.double)
    scores <- lapply(trials, try_windows, settings, hmm, threads, call)
    scores_of_length(scores)
  })
  tried <- as.integer(names(found))
  score <- vapply(found, function(own) mean(own$log_score), 0)
  best <- which.max(score)
  std_error <- vapply(found, function(own) {
    standard_error(found[[best]]$log_score - own$log_score)
  }, 0)
  tibble::tibble(
    window = tried, context = as.integer(vapply(tried, function(own) sizes(own)$context, 0)),
    log_score = unname(score), std_error = unname(std_error),
    accuracy = unname(vapply(found, `[[`, 0, "accuracy")),
    by_chance = unname(vapply(found, `[[`, 0, "by_chance")),
    chosen = tried == max(tried[score[best] - score <= std_error])
  )
}

standard_error <- function(x) stats::sd(x) / sqrt(length(x))

# Positions of the variants of each range. They are evenly spread over the genome, by cM; where it
# is not longer than all of them together, each chromosome is one.
trial_places <- function(variants) {
  parts <- chromosome_parts(variants)
  cm <- variants$position_cm
  length_cm <- vapply(parts, function(chosen) diff(range(cm[chosen])), 0)
  total <- min(trial_cm[2], max(trial_cm[1], sum(length_cm) / 6))
  n <- max(2L, as.integer(total %/% range_cm))
  if (sum(length_cm) <= total || nrow(variants) <= n * trial_variants) {
    return(unname(parts))
  }
  end <- cumsum(length_cm)
  middle <- (seq_len(n) - 0.5) / n * sum(length_cm)
  unique(lapply(middle, function(at) {
    own <- findInterval(at, end, left.open = TRUE) + 1L
    chosen <- parts[[own]]
    inside <- range_around(cm[chosen], cm[chosen[1]] + at - end[own] + length_cm[own], total / n)
    chosen[inside]
  }))
}

# Positions of the variants of a chromosome that lie within a range of `length` cM around `at`,
# which is moved where the chromosome ends, and has `trial_variants` at least, if there are.
range_around <- function(cm, at, length) {
  last_start <- max(cm[length(cm)] - length, cm[1])
  from <- min(max(at - length / 2, cm[1]), last_start)
  first <- findInterval(from, cm, left.open = TRUE) + 1L
  last <- max(findInterval(from + length, cm), first)
  lacking <- max(0L, trial_variants - (last - first + 1L))
  first <- max(1L, min(first - lacking %/% 2L, length(cm) - trial_variants + 1L))
  first:min(length(cm), max(last, first + trial_variants - 1L))
}

# Those of `trial_lengths` that are short enough, at least the shortest.
possible_lengths <- function(variants, ranges) {
  n <- lengths(ranges)
  cm <- vapply(ranges, function(chosen) diff(range(variants$position_cm[chosen])), 0)
  with_context <- 2 * trial_lengths * sum(cm) / sum(n)
  fits <- with_context <= longest_window_cm & trial_lengths * fewest_windows <= max(n)
  fits[1] <- with_context[2] > dense_enough_cm || !any(fits[-1])
  trial_lengths[fits]
}

# Scores of lengths, named by them, in their order. `score(length)`: list with `log_score`, one for
# each mosaic. Longer ones, which take less time, are tried first; shorter ones only where longer
# ones are worse by more than a standard error, and while they are better by more than that.
search_lengths <- function(lengths, score) {
  found <- list()
  scores_of <- function(place) {
    name <- as.character(lengths[place])
    if (is.null(found[[name]])) found[[name]] <<- score(lengths[place])
    found[[name]]$log_score
  }
  gain <- function(from, to) {
    before <- scores_of(from)
    difference <- scores_of(to) - before
    c(mean = mean(difference), std_error = standard_error(difference))
  }
  at <- start <- max(1L, sum(lengths <= first_length))
  clear <- at == length(lengths)
  while (at < length(lengths)) {
    longer <- gain(at, at + 1L)
    clear <- longer[["mean"]] < -longer[["std_error"]]
    if (longer[["mean"]] <= 0) break
    at <- at + 1L
  }
  if (at == start && clear) {
    while (at > 1L) {
      shorter <- gain(at, at - 1L)
      if (shorter[["mean"]] <= shorter[["std_error"]]) break
      at <- at - 1L
    }
  }
  found[order(as.integer(names(found)))]
}

# A range of the panel, with mosaics of its members of one fold, and their truth.
new_trial <- function(panel, variants, range, fold, settings, hmm, threads, call) {
  panel$haplotypes <- panel$haplotypes[, range]
  own <- variants[range, ]
  plan <- new_mosaic_settings(trial_mosaics,
    switch_rate = if (hmm$phase == "trusted") 0 else 0.005, call = call)
  folds <- answer(rust_panel_folds(as.integer(panel$population), settings), call)
  chromosomes <- chromosomes_in_cm(own, own$position_cm, call)
  seed <- settings$seed + range[1] + seq_len(trial_demes)
  proportions <- lapply(seed, skewed_proportions, nlevels(panel$population))
  made <- Map(function(seed, proportions) {
    mosaics_of_fold(panel, folds == fold, chromosomes, trial_mosaics / trial_demes, plan, seed,
      threads, call, proportions)
  }, seed, proportions)
  c(join_mosaics(made, panel, own, fold), list(proportions = proportions))
}

# Few populations have most, and every one a little.
skewed_proportions <- function(seed, k) {
  (1 - shared_proportion) * with_own_seed(seed, few_populations(k)) + shared_proportion / k
}

# Of demes of the same number of mosaics each.
join_mosaics <- function(made, panel, variants, fold) {
  n <- trial_mosaics / length(made)
  truth <- Map(function(own, before) {
    own$truth$owner <- own$truth$owner + 2L * as.integer(n * before)
    own$truth
  }, made, seq_along(made) - 1)
  packed <- list(haploid = raw(0), alleles = do.call(c, lapply(made, `[[`, "alleles")))
  samples <- samples_for(paste0("mosaic", seq_len(trial_mosaics)), NULL)
  list(
    panel = panel, variants = variants, fold = fold, truth = do.call(rbind, truth),
    n_switches = sum(vapply(made, `[[`, 0L, "n_switches")),
    mosaics = haplotypes_of(packed, samples, panel$haplotypes$variants)
  )
}

# log_likelihood [mosaics x powers], variants and right [mosaics x populations], by_chance
# [mosaics]: of the mosaics of one range, called as `predict()` would with given rates.
try_windows <- function(trial, settings, hmm, threads, call) {
  populations <- levels(trial$panel$population)
  k <- length(populations)
  labeled <- with_progress(function(progress) {
    rust_label_trial(trial$panel$haplotypes, as.integer(trial$panel$population), k, settings,
      trial$fold, trial$mosaics, threads, progress)
  }, call)
  windows <- trial_windows(labeled$n_variants, trial$variants)
  part <- list(
    evidence = evidence_of(calls_of(labeled$calls, populations), "soft", k,
      evidence_exponent(settings)),
    windows = windows, chains = chains_of(logical(trial_mosaics), hmm$phase),
    position_cm = (windows$start_cm + windows$end_cm) / 2
  )
  beliefs <- list(soft = list(sets = given_sets(trial, part$chains, hmm), weights = NULL))
  decoded <- decode_kinds(part, beliefs, threads, call)
  position_bp <- trial$variants$position_bp
  truth <- window_truth(inside_segments(trial$truth, position_bp), decoded_haplotypes(part$chains),
    windows, position_bp, k)
  scores <- answer(rust_sample_scores(decoded$posterior, truth, as.double(windows$n_variants), 2L,
    curve_settings$powers), call)
  most <- vapply(trial$proportions, which.max, 0L)[deme_of(seq_len(trial_mosaics))]
  c(scores, list(by_chance = scores$variants[cbind(seq_along(most), most)]))
}

deme_of <- function(mosaic) (mosaic - 1) %/% (trial_mosaics / trial_demes) + 1

# Segments of `truth` without the variants that are near a change of ancestry.
inside_segments <- function(truth, position_bp) {
  truth <- truth[order(truth$owner, truth$start_bp), ]
  n <- nrow(truth)
  same <- truth$owner[-1] == truth$owner[-n]
  first <- findInterval(truth$start_bp - 1L, position_bp) + 1L + c(FALSE, same) * near_change
  last <- findInterval(truth$end_bp, position_bp) - c(same, FALSE) * near_change
  kept <- first <= last
  truth$start_bp <- position_bp[pmin(first, length(position_bp))]
  truth$end_bp <- position_bp[pmax(last, 1L)]
  truth[kept, ]
}

# A parameter set for each chain: rates and proportions with which mosaics were made, which
# `predict()` estimates well from whole genomes.
given_sets <- function(trial, chains, hmm) {
  k <- nlevels(trial$panel$population)
  set <- start_parameters(probability_labels(k), hmm$generations)
  length_cm <- diff(range(trial$variants$position_cm))
  if (length_cm > 0) set$switch_rate <- trial$n_switches / trial_mosaics / length_cm
  lapply(trial$proportions[deme_of(chains$sample)], function(own) {
    set$ancestry <- own
    set
  })
}

# As `window_table()` gives it.
trial_windows <- function(n_variants, variants) {
  last <- cumsum(n_variants)
  first <- last - n_variants + 1L
  tibble::tibble(start_cm = variants$position_cm[first], end_cm = variants$position_cm[last],
    n_variants = n_variants)
}

# log_score of each mosaic, per variant; accuracy, by_chance. `scores`: of every range.
scores_of_length <- function(scores) {
  together <- function(name) do.call(rbind, lapply(scores, `[[`, name))
  likelihood <- together("log_likelihood")
  n <- sum(together("variants"))
  # Every mosaic counts as much as it has variants.
  list(log_score = likelihood[, which.max(colSums(likelihood))] * nrow(likelihood) / n,
    accuracy = sum(together("right")) / n,
    by_chance = sum(unlist(lapply(scores, `[[`, "by_chance"))) / n)
}
