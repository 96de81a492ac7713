# The pair HMM over window calls: what Rust takes, and what is made of its answer.

# What the HMM takes from windows: kinds of evidence, one model of each, whose posteriors are
# averaged. What comes last says where the phase switches.
evidence_kinds <- function(emissions) if (emissions == "both") c("hard", "soft") else emissions

# Calls of windows (`calls_of()`) as evidence, named by kind.
evidence_of <- function(calls, emissions, n_populations, exponent) {
  lapply(stats::setNames(nm = evidence_kinds(emissions)), function(kind) {
    list(label = calls$label, probability = if (kind == "soft") calls$probability,
      n_populations = as.double(n_populations), exponent = exponent)
  })
}

# Evidence is raised to this power, see `?local_ancestry`.
evidence_exponent <- function(settings) {
  answer(rust_evidence_exponent(settings$window, settings$context))
}

# Parts with evidence of one kind alone, as the functions below take them.
of_kind <- function(parts, kind) {
  lapply(parts, function(part) {
    part$evidence <- part$evidence[[kind]]
    part
  })
}

# The chains of the HMM: one per sample, whose second haplotype is 0 where it is absent, or, where
# the phase is trusted, one per haplotype. `absent`: samples without a second haplotype.
chains_of <- function(absent, phase) {
  sample <- seq_along(absent)
  if (phase == "trusted") {
    chains <- list(first = seq_len(2L * length(absent)), second = integer(2L * length(absent)),
      sample = rep(sample, each = 2L))
    chains$empty <- chains$first %% 2L == 0L & absent[chains$sample]
    return(chains)
  }
  list(first = 2L * sample - 1L, second = ifelse(absent, 0L, 2L * sample), sample = sample,
    empty = logical(length(sample)))
}

# One chromosome as Rust takes it. `chosen`: positions in `chains`.
hmm_chromosome <- function(evidence, position_cm, chains, chosen = seq_along(chains$first)) {
  list(evidence = evidence, position_cm = as.double(position_cm), first = chains$first[chosen],
    second = chains$second[chosen])
}

whole_chromosome <- function(part) hmm_chromosome(part$evidence, part$position_cm, part$chains)

# Parameters that make the evidence likeliest; `parts` has evidence, position_cm and chains of every
# chromosome. `start` gives how labels behave, and where to begin with the rest.
fit_pair_hmm <- function(parts, start, threads, call) {
  chromosomes <- lapply(parts, function(part) {
    hmm_chromosome(part$evidence, part$position_cm, part$chains, which(!part$chains$empty))
  })
  fitted <- with_progress(function(progress) {
    rust_fit_pair_hmm(chromosomes, start, threads, progress)
  }, call)
  if (!fitted$converged) {
    warn_forebear("not_converged", c(
      "The rates of recombination and of phase switches have not converged.",
      x = sprintf("After %d iterations the likelihood still rises.", fitted$iterations)
    ), call)
  }
  fitted
}

# Pseudocounts per population of the prior of the proportions of a sample, whose mean is the
# proportions of all samples. Chosen on mosaics of held-out members of two panels, where 0.05 to 1
# made little difference.
draws_per_population <- 0.2

# One parameter set for each chain, with its own proportions of populations, and the rates of all.
sample_sets <- function(parts, set, threads, call) {
  chromosomes <- lapply(parts, whole_chromosome)
  strength <- draws_per_population * length(set$ancestry)
  proportions <- with_progress(function(progress) {
    rust_sample_proportions(chromosomes, set, strength, threads, progress)
  }, call)
  lapply(seq_len(ncol(proportions)), function(chain) {
    set$ancestry <- proportions[, chain]
    set
  })
}

# What is known of a sample before it is seen: draws of each population; crossovers over so many cM
# of a haplotype, phase switches over so many of a pair.
own_prior <- c(draws = 0.5, recombinations = 2, recombination_cm = 20, switches = 2,
  switch_cm = 10)

# One parameter set for each chain, from the chains of its sample alone.
own_sets <- function(parts, start, threads, call) {
  chromosomes <- lapply(parts, whole_chromosome)
  own <- with_progress(function(progress) {
    rust_own_parameters(chromosomes, start, as.integer(parts[[1]]$chains$sample), own_prior,
      threads, progress)
  }, call)
  lapply(seq_along(own$switch_rate), function(chain) {
    start$ancestry <- own$ancestry[, chain]
    start$recombination_rate <- own$recombination_rate[chain]
    start$switch_rate <- own$switch_rate[chain]
    start
  })
}

# [n_sets x n_chains] posterior probability of each parameter set.
set_weights <- function(parts, sets, threads, call) {
  chromosomes <- lapply(parts, whole_chromosome)
  weights <- with_progress(function(progress) {
    rust_set_weights(chromosomes, sets, threads, progress)
  }, call)
  matrix(weights, nrow = length(sets))
}

# What decoding needs besides evidence, named by kind: sets; weights, as `set_weights()` gives them,
# NULL if there is one set for each chain. `sets`: parameter sets of admixed samples by kind, or
# NULL; `pool`: whether samples have rates and a prior of their proportions in common.
beliefs_of <- function(parts, sets, start, pool, threads, call) {
  kinds <- stats::setNames(nm = names(sets %||% start))
  pooled <- if (is.null(sets) && pool) fit_parameters(parts, start, threads, call)
  lapply(kinds, function(kind) {
    parts <- of_kind(parts, kind)
    if (!is.null(sets)) {
      return(list(sets = sets[[kind]], weights = set_weights(parts, sets[[kind]], threads, call)))
    }
    list(weights = NULL, sets = if (pool) {
      sample_sets(parts, pooled[[kind]][[1]], threads, call)
    } else {
      own_sets(parts, start[[kind]], threads, call)
    })
  })
}

# Parameter sets by kind, one of each. What the first kind has found, the next begins with.
fit_parameters <- function(parts, start, threads, call) {
  sets <- list()
  shared <- c("ancestry", "recombination_rate", "switch_rate")
  for (kind in names(start)) {
    from <- start[[kind]]
    if (length(sets) > 0) from[shared] <- sets[[length(sets)]][[1]][shared]
    sets[[kind]] <- list(parameter_set(fit_pair_hmm(of_kind(parts, kind), from, threads, call)))
  }
  sets
}

# Chains that are decoded in one go: bounds what is held beside the answer.
chains_per_batch <- 256L

# All chains of a part, averaged over kinds of evidence. `beliefs`: of `beliefs_of()`.
#
# posterior           [rows x n_populations] one row for each chain, haplotype and window
# switch_probability  [(n_windows - 1) x n_chains], switched likewise
decode_kinds <- function(part, beliefs, threads, call) {
  chain <- seq_along(part$chains$first)
  batches <- split(chain, (chain - 1L) %/% chains_per_batch)
  decoded <- lapply(unname(batches), function(chosen) {
    kinds <- lapply(names(beliefs), function(kind) {
      c(hmm_chromosome(part$evidence[[kind]], part$position_cm, part$chains, chosen),
        choose_beliefs(beliefs[[kind]], chosen))
    })
    with_progress(function(progress) rust_decode_ancestry(kinds, threads, progress), call)
  })
  list(
    posterior = do.call(rbind, lapply(decoded, function(batch) batch$posterior)),
    switch_probability = unlist(lapply(decoded, function(batch) batch$switch_probability)),
    switched = unlist(lapply(decoded, function(batch) batch$switched))
  )
}

# The beliefs (one kind of `beliefs_of()`) of some chains.
choose_beliefs <- function(belief, chosen) {
  if (is.null(belief$weights)) {
    return(list(sets = belief$sets[chosen], weights = NULL))
  }
  list(sets = belief$sets, weights = belief$weights[, chosen, drop = FALSE])
}
