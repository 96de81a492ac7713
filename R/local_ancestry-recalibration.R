# Recalibration of posteriors, learned while a model is trained: see `?local_ancestry`.

# Mosaics from which rates are estimated.
calibration_rate_mosaics <- 60L

calibration_deme_size <- 50

# Powers that posteriors may be raised to before curves are fitted.
calibration_powers <- seq(0.3, 1.2, by = 0.1)

# Penalty per squared step between bins: that of the 2014 paper.
calibration_penalty <- 0.001

# Bins of posteriors are even on the logistic scale, from 0.0003 to 0.9997.
calibration_edges <- stats::plogis(seq(-8, 8, by = 0.25))

# Chains that are decoded in one go, so that memory does not grow with the number of samples.
calibration_batch <- 32L

# Samples made of held-out haplotypes, of one fold each, with their own proportions of the
# populations.
#
# chromosomes  what `chromosomes_in_cm()` gives
# plan         `mosaic_settings()`
#
# haplotypes  of all mosaics, at the variants of the panel
# fold        [n_mosaics] the fold that the haplotypes of a mosaic are from
# truth       one row for each segment: owner (haplotype, 2 sample - 1 or 2 sample), chromosome
#             (1, ...), start_bp, end_bp, population (code)
held_out_mosaics <- function(panel, chromosomes, settings, plan, threads, call) {
  fold <- answer(rust_panel_folds(as.integer(panel$population), settings), call)
  variants <- panel$haplotypes$variants
  n <- ceiling(plan$n / settings$folds)
  parts <- lapply(seq_len(settings$folds), function(own) {
    part <- mosaics_of_fold(panel, fold == own, chromosomes, n, plan, settings$seed + own, threads,
      call)
    part$truth$owner <- part$truth$owner + 2L * as.integer(n * (own - 1))
    part
  })
  packed <- list(haploid = raw(0), alleles = do.call(c, lapply(parts, `[[`, "alleles")))
  samples <- samples_for(paste0("mosaic", seq_len(n * settings$folds)), NULL)
  list(
    haplotypes = haplotypes_of(packed, samples, variants),
    fold = rep(seq_len(settings$folds), each = n),
    truth = do.call(rbind, lapply(parts, `[[`, "truth"))
  )
}

# `last`: last variant of each chromosome.
check_rising_cm <- function(position_cm, last, variants, call) {
  falls <- which(!is.finite(position_cm) | c(diff(position_cm) < 0, FALSE) &
    !seq_along(position_cm) %in% last)
  if (length(falls) > 0) {
    at <- falls[[1]]
    abort_forebear("window_positions", c(
      "Genetic positions must be finite, and none may lie before the one before it.",
      x = sprintf("Chromosome %s, variant %s at %s cM, the next at %s cM.",
        quoted(variants$chrom[at]), quoted(variants$variant_id[at]), format(position_cm[at]),
        format(position_cm[at + 1])),
      i = "Are variants and genetic map sorted?"), call)
  }
}

# `n` mosaics of some members of the panel, made as `mosaics` says: alleles (packed), truth,
# n_switches of phase in all. `proportions`: of all populations of the panel, NULL for those of each
# deme by chance.
mosaics_of_fold <- function(panel, members, chromosomes, n, mosaics, seed, threads, call,
                            proportions = NULL) {
  panel$haplotypes <- panel$haplotypes[which(members), ]
  codes <- as.integer(panel$population)[members]
  there <- sort(unique(codes))
  panel$population <- factor(codes, there)
  founder <- founding_population(panel, rep(0, length(there)), call)
  plan <- list(n_samples = n, n_demes = ceiling(n / 2),
    deme_size = calibration_deme_size, generations = as.double(mosaics$generations),
    error_rate = mosaics$error_rate, switch_rate = mosaics$switch_rate, seed = seed)
  plan["proportions"] <- list(if (!is.null(proportions)) {
    proportions[there] / sum(proportions[there])
  })
  simulated <- run_simulation(panel, chromosomes, founder, plan, threads, call)
  segments <- simulated$after
  truth <- data.frame(owner = 2L * (segments$sample - 1L) + segments$haplotype,
    segments[c("chromosome", "start_bp", "end_bp")], population = there[segments$population])
  list(alleles = simulated$haplotypes$alleles, truth = truth,
    n_switches = length(unlist(simulated$switches)))
}

# [n_windows x length(owner), by owner, x n_populations] the proportion of the variants of each
# window that truly is of each population. `truth`: of one chromosome; `position_bp`: of its
# variants.
window_truth <- function(truth, owner, windows, position_bp, n_populations) {
  segments <- list(haplotype = truth$owner, start_bp = truth$start_bp, end_bp = truth$end_bp,
    population = truth$population)
  answer(rust_window_truth(lapply(segments, as.integer), as.integer(owner),
    as.integer(windows$n_variants), as.integer(position_bp), n_populations))
}

# What posteriors become: raised to a power, then by one curve for each population. `tally`: the
# windows that the curves were fitted to, sums by bin and population.
#
# trained      of each chromosome, as `train_chromosome()` gives it
# calibration  settings
fit_recalibration <- function(model, trained, mosaics, panel, calibration, threads, call) {
  n_mosaics <- length(mosaics$fold)
  admixed <- calibration_parts(model, trained, "mosaics", function(chosen) logical(n_mosaics))
  sets <- model$sets %||% mosaic_rates(model, admixed, calibration$mosaics$n, threads, call)
  k <- length(model$populations)
  of_mosaics <- tally_parts(model, admixed, sets, function(chromosome, owner) {
    part <- model$chromosomes[[chromosome]]
    window_truth(mosaics$truth[mosaics$truth$chromosome == chromosome, ], owner, part$windows,
      model$variants$position_bp[part$chosen], k)
  }, threads, call)
  code <- as.integer(panel$population)
  members <- calibration_parts(model, trained, "held_out", function(chosen) {
    haplotypes <- panel$haplotypes[, chosen]
    answer(rust_haploid_counts(haplotypes)) == ncol(haplotypes)
  }, first_of_each(code, ceiling(calibration$members / k)))
  of_members <- tally_parts(model, members, sets, function(chromosome, owner) {
    population <- code[(owner + 1L) %/% 2L]
    n_windows <- nrow(model$chromosomes[[chromosome]]$windows)
    diag(k)[rep(population, each = n_windows), , drop = FALSE]
  }, threads, call)
  answer(rust_fit_recalibration(list(of_mosaics, of_members), calibration_powers,
    calibration_edges, calibration_penalty), call)
}

# Rates of recombination and switches, as `predict()` estimates them, from some mosaics of each
# fold.
mosaic_rates <- function(model, parts, n_mosaics, threads, call) {
  step <- max(1, n_mosaics / calibration_rate_mosaics)
  parts <- lapply(parts, function(part) {
    sample <- unique(part$chains$sample)
    some <- sample[unique(floor(seq(1, length(sample), by = step)))]
    part$chains <- choose_chains(part$chains, part$chains$sample %in% some)
    part
  })
  fit_parameters(parts, model$start, threads, call)
}

# Positions of the first `n` of each code.
first_of_each <- function(code, n) {
  which(stats::ave(code, code, FUN = seq_along) <= n)
}

# What `evidence_parts()` gives, from labels by classifiers of the folds. `absent`: whether samples
# lack a second haplotype at some variants; `samples`: those that count, NULL for all.
calibration_parts <- function(model, trained, which, absent, samples = NULL) {
  unname(Map(function(part, labeled) {
    chains <- chains_of(absent(part$chosen), model$phase)
    if (!is.null(samples)) chains <- choose_chains(chains, chains$sample %in% samples)
    list(
      evidence = evidence_of(labeled[[which]], model$emissions, length(model$populations),
        evidence_exponent(model$settings)),
      windows = part$windows, chains = chains,
      position_cm = (part$windows$start_cm + part$windows$end_cm) / 2
    )
  }, model$chromosomes, trained))
}

choose_chains <- function(chains, chosen) lapply(chains, function(column) column[chosen])

# What `rust_tally_powers()` gives of all windows. `truth_of`: of a chromosome and owners, see
# `window_truth()`.
tally_parts <- function(model, parts, sets, truth_of, threads, call) {
  chain <- seq_along(parts[[1]]$chains$first)
  beliefs <- beliefs_of(parts, sets, is.null(model$sets), threads, call)
  sums <- NULL
  for (chromosome in seq_along(parts)) {
    for (batch in split(chain, (chain - 1L) %/% calibration_batch)) {
      batch <- batch[!parts[[chromosome]]$chains$empty[batch]]
      part <- parts[[chromosome]]
      part$chains <- choose_chains(part$chains, batch)
      decoded <- decode_kinds(part, lapply(beliefs, choose_beliefs, batch), threads, call)
      truth <- truth_of(chromosome, decoded_haplotypes(part$chains))
      sums <- with_progress(function(progress) {
        rust_tally_powers(decoded$posterior, truth, calibration_powers, calibration_edges, sums,
          threads, progress)
      }, call)
    }
  }
  sums
}

# The haplotypes (2 sample - 1 or 2 sample) whose windows follow each other in what
# `decode_kinds()` gives.
decoded_haplotypes <- function(chains) {
  owner <- c(rbind(chains$first, chains$second))
  owner[owner > 0L]
}

# Recalibrated posteriors [windows x n_populations].
recalibrated <- function(posterior, recalibration, call) {
  answer(rust_recalibrate(posterior, recalibration$power, recalibration$curves), call)
}

check_calibrated <- function(calibrated, model, call) {
  calibrated <- check_flag(calibrated %||% !is.null(model$recalibration), "calibrated", call)
  if (calibrated && is.null(model$recalibration)) {
    abort_forebear("argument", c("The model must have been calibrated.",
      x = "It was made with `calibrate = FALSE`."), call)
  }
  calibrated
}

# One row for each population and bin that has windows.
tidy_recalibration <- function(model, call) {
  check_calibrated(TRUE, model, call)
  rows <- Map(function(name, curve, column) {
    tally <- lapply(model$recalibration$tally[c("n", "posterior", "truth")], function(sums) {
      sums[, column]
    })
    there <- tally$n > 0
    tibble::tibble(
      population = name, posterior = (tally$posterior / tally$n)[there], n = tally$n[there],
      frequency = (tally$truth / tally$n)[there],
      calibrated = if (any(there)) curve$frequency else numeric()
    )
  }, model$populations, model$recalibration$curves, seq_along(model$populations))
  vctrs::vec_rbind(!!!unname(rows))
}
