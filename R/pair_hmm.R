# The pair HMM over window calls: what Rust takes, and what is made of its answer.

# Calls of windows (`calls_of()`) as evidence for the HMM. Soft evidence of a window without a
# label is 0 throughout: missing.
evidence_of <- function(calls, emissions, n_populations) {
  evidence <- list(label = NULL, probability = NULL, n_windows = as.double(ncol(calls$label)),
    n_populations = as.double(n_populations), exponent = 1)
  if (emissions == "hard") {
    evidence$label <- t(calls$label)
    return(evidence)
  }
  probability <- aperm(unname(calls$probability), c(1, 3, 2))
  unknown <- rep(is.na(t(calls$label)), each = n_populations)
  probability[unknown] <- 0
  evidence["probability"] <- list(probability)
  evidence
}

# The evidence of some haplotypes alone.
choose_evidence <- function(evidence, haplotypes) {
  if (is.null(evidence$probability)) {
    evidence$label <- evidence$label[, haplotypes, drop = FALSE]
  } else {
    evidence$probability <- evidence$probability[, , haplotypes, drop = FALSE]
  }
  evidence
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

# One chromosome as Rust takes it. `chosen`: positions in `chains`, ordered.
hmm_chromosome <- function(evidence, position_cm, chains, chosen = seq_along(chains$first)) {
  first <- chains$first[chosen]
  second <- chains$second[chosen]
  used <- sort(c(first, second[second > 0L]))
  list(
    evidence = choose_evidence(evidence, used), position_cm = as.double(position_cm),
    first = match(first, used), second = match(second, used, nomatch = 0L)
  )
}

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

# Draws of one population that the shares of all samples are worth to one sample: what EM adds to
# each count too.
draws_per_population <- 0.5

# One parameter set for each chain, with shares of populations of its own.
individual_sets <- function(parts, set, threads, call) {
  chromosomes <- lapply(parts, function(part) {
    hmm_chromosome(part$evidence, part$position_cm, part$chains)
  })
  strength <- draws_per_population * length(set$ancestry)
  shares <- with_progress(function(progress) {
    rust_individual_shares(chromosomes, set, strength, threads, progress)
  }, call)
  lapply(seq_len(ncol(shares)), function(chain) {
    set$ancestry <- shares[, chain]
    set
  })
}

# [n_sets x n_chains] how much each parameter set is believed.
set_weights <- function(parts, sets, threads, call) {
  chromosomes <- lapply(parts, function(part) {
    hmm_chromosome(part$evidence, part$position_cm, part$chains)
  })
  weights <- with_progress(function(progress) {
    rust_set_weights(chromosomes, sets, threads, progress)
  }, call)
  matrix(weights, nrow = length(sets))
}

# Chains that are decoded in one go: bounds what is held beside the answer.
chains_per_batch <- 256L

# `weights`: as `set_weights()` gives them; NULL if there is one set for each chain.
#
# posterior           [rows x n_populations] one row for each chain, haplotype and window
# switch_probability  [(n_windows - 1) x n_chains], switched likewise
decode_part <- function(part, sets, weights, threads, call) {
  batches <- split(seq_along(part$chains$first),
    (seq_along(part$chains$first) - 1L) %/% chains_per_batch)
  decoded <- lapply(unname(batches), function(chosen) {
    chromosome <- hmm_chromosome(part$evidence, part$position_cm, part$chains, chosen)
    if (is.null(weights)) {
      sets <- sets[chosen]
      weights <- diag(length(chosen))
    } else {
      weights <- weights[, chosen]
    }
    with_progress(function(progress) {
      rust_decode_ancestry(chromosome, sets, as.double(weights), threads, progress)
    }, call)
  })
  list(
    posterior = do.call(rbind, lapply(decoded, function(batch) batch$posterior)),
    switch_probability = unlist(lapply(decoded, function(batch) batch$switch_probability)),
    switched = unlist(lapply(decoded, function(batch) batch$switched))
  )
}
