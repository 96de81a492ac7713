# Recalibration of posteriors, learned while a model is trained: see `?local_ancestry`.

calibration_deme_size <- 50

# How curves are learned, see `node_curves` of the core. The penalty is that of the 2014 paper; bins
# are even on the logistic scale, from 0.0003 to 0.9997.
curve_settings <- list(
  powers = seq(0.3, 1.2, by = 0.1), edges = stats::plogis(seq(-8, 8, by = 0.25)), penalty = 0.001,
  dominance = c(0.6, 0.8, 0.9, 0.96), n_rates = 3, least_members = 25
)

# Windows of a haplotype that count, over all chromosomes.
calibration_windows <- 600L

# Chains that are decoded in one go, so that memory does not grow with the number of samples.
calibration_batch <- 32L

# Samples made of held-out haplotypes, of one fold each, with their own proportions of the
# populations. Generations and switch rates of `plan` are spread over them.
#
# chromosomes  what `chromosomes_in_cm()` gives
# plan         `mosaic_settings()`
#
# haplotypes  of all mosaics, at the variants of the panel
# fold        [n_mosaics] the fold that the haplotypes of a mosaic are from
# panel_fold  [n_samples] of the panel
# truth       one row for each segment: owner (haplotype, 2 sample - 1 or 2 sample), chromosome
#             (1, ...), start_bp, end_bp, population (code)
held_out_mosaics <- function(panel, chromosomes, settings, plan, threads, call) {
  fold <- answer(rust_panel_folds(as.integer(panel$population), settings), call)
  variants <- panel$haplotypes$variants
  cells <- expand.grid(fold = seq_len(settings$folds), rate = seq_along(plan$switch_rate))
  at <- (cells$fold + cells$rate) %% length(plan$generations) + 1
  n <- ceiling(plan$n / nrow(cells))
  parts <- lapply(seq_len(nrow(cells)), function(cell) {
    own <- with_fields(plan, generations = plan$generations[at[cell]],
      switch_rate = plan$switch_rate[cells$rate[cell]])
    part <- mosaics_of_fold(panel, fold == cells$fold[cell], chromosomes, n, own,
      settings$seed + cell, threads, call)
    part$truth$owner <- part$truth$owner + 2L * as.integer(n * (cell - 1))
    part
  })
  packed <- list(haploid = raw(0), alleles = do.call(c, lapply(parts, `[[`, "alleles")))
  samples <- samples_for(paste0("mosaic", seq_len(n * nrow(cells))), NULL)
  list(
    haplotypes = haplotypes_of(packed, samples, variants),
    fold = rep(cells$fold, each = n), panel_fold = fold,
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

# Proportions of `k` populations of which few have most: Dirichlet(0.3).
few_populations <- function(k) {
  drawn <- stats::rgamma(k, 0.3)
  drawn / sum(drawn)
}

# Proportions of the populations in demes, [n x populations]. Every other deme has skewed ones; the
# others are mixtures of sisters, the leaves below a node that is drawn, with half to all of the
# genome (uniform on the simplex), and the rest skewed: sisters are hard to distinguish where both
# are there.
deme_proportions <- function(tree, populations, n, seed) {
  k <- length(populations)
  leaf <- match(populations, tree$node)
  lineage <- node_lineage(tree)
  below <- lapply(setdiff(seq_along(tree$node), c(1L, leaf)), function(node) {
    which(lineage[leaf, node])
  })
  if (length(below) == 0) below <- list(seq_len(k))
  with_own_seed(seed, t(vapply(seq_len(n), function(deme) {
    skewed <- few_populations(k)
    if (deme %% 2 == 1) {
      return(skewed)
    }
    sisters <- below[[sample.int(length(below), 1)]]
    mixed <- replace(numeric(k), sisters, stats::rexp(length(sisters)))
    most <- stats::runif(1, 0.5, 1)
    most * mixed / sum(mixed) + (1 - most) * skewed
  }, numeric(k))))
}

# `n` mosaics of some members of the panel, made as `mosaics` says: alleles (packed), truth,
# n_switches of phase in all. `proportions`: of all populations of the panel, or a row for each
# deme.
mosaics_of_fold <- function(panel, members, chromosomes, n, mosaics, seed, threads, call,
                            proportions = deme_proportions(panel$tree, levels(panel$population),
                              ceiling(n / 2), seed)) {
  panel$haplotypes <- panel$haplotypes[which(members), ]
  codes <- as.integer(panel$population)[members]
  there <- sort(unique(codes))
  proportions <- matrix(proportions, ncol = nlevels(panel$population))
  own <- proportions[, there, drop = FALSE] + 1e-6
  panel$population <- factor(codes, there)
  founder <- founding_population(panel, rep(0, length(there)), call)
  plan <- list(n_samples = n, n_demes = ceiling(n / 2),
    deme_size = calibration_deme_size, generations = as.double(mosaics$generations),
    error_rate = mosaics$error_rate, switch_rate = mosaics$switch_rate, seed = seed,
    proportions = as.double(t(own / rowSums(own))))
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

# What posteriors become, learned from mosaics and from members of the panel: see `node_curves` of
# the core.
#
# trained      of each chromosome, as `train_chromosome()` gives it
# calibration  settings
fit_recalibration <- function(model, trained, mosaics, panel, calibration, threads, call) {
  n_mosaics <- length(mosaics$fold)
  k <- length(model$populations)
  admixed <- calibration_parts(model, trained, "mosaics", function(chosen) logical(n_mosaics))
  of_mosaics <- known_people(model, admixed, function(chromosome, owner) {
    part <- model$chromosomes[[chromosome]]
    position_bp <- model$variants$position_bp[part$chosen]
    truth <- mosaics$truth[mosaics$truth$chromosome == chromosome, ]
    truth <- flipped_truth(truth, trained[[chromosome]]$flips, position_bp)
    window_truth(truth, owner, part$windows, position_bp, k)
  }, threads, call)
  code <- as.integer(panel$population)
  members <- calibration_parts(model, trained, "held_out", function(chosen) {
    has_one_copy(panel$haplotypes[, chosen])
  }, first_of_each(code, calibration$members))
  of_members <- known_people(model, members, function(chromosome, owner) {
    population <- code[(owner + 1L) %/% 2L]
    n_windows <- nrow(model$chromosomes[[chromosome]]$windows)
    diag(k)[rep(population, each = n_windows), , drop = FALSE]
  }, threads, call)
  people <- Map(c, of_mosaics$people, of_members$people)
  people$proportions <- cbind(of_mosaics$people$proportions, of_members$people$proportions)
  answer(rust_fit_node_curves(
    rbind(of_mosaics$posterior, of_members$posterior), rbind(of_mosaics$truth, of_members$truth),
    people, model$tree$parent, members_of_panel(panel), curve_settings), call)
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

# Posteriors of people whose ancestry is known, and that: some windows of each. `truth_of`: of a
# chromosome and owners, see `window_truth()`.
#
# posterior, truth  [n_rows x n_populations] rows of a person together
# people            as `rust_fit_node_curves()` takes them
known_people <- function(model, parts, truth_of, threads, call) {
  chain <- seq_along(parts[[1]]$chains$first)
  beliefs <- beliefs_of(parts, model$sets, model$start, FALSE, threads, call)
  n_windows <- sum(vapply(parts, function(part) nrow(part$windows), 0L))
  step <- max(1, n_windows / calibration_windows)
  rows <- list()
  for (chromosome in seq_along(parts)) {
    for (batch in split(chain, (chain - 1L) %/% calibration_batch)) {
      batch <- batch[!parts[[chromosome]]$chains$empty[batch]]
      part <- parts[[chromosome]]
      part$chains <- choose_chains(part$chains, batch)
      decoded <- decode_kinds(part, lapply(beliefs, choose_beliefs, batch), threads, call)
      owner <- decoded_haplotypes(part$chains)
      here <- nrow(part$windows)
      some <- unique(floor(seq(1, here, by = step)))
      kept <- rep(seq_along(owner) - 1L, each = length(some)) * here + some
      truth <- truth_of(chromosome, owner)
      rows <- c(rows, list(list(
        person = rep((owner + 1L) %/% 2L, each = length(some)),
        posterior = decoded$posterior[kept, , drop = FALSE], truth = truth[kept, , drop = FALSE]
      )))
    }
  }
  person <- unlist(lapply(rows, `[[`, "person"))
  sorted <- order(person)
  joined <- function(name) do.call(rbind, lapply(rows, `[[`, name))[sorted, , drop = FALSE]
  features <- people_of(beliefs[[length(beliefs)]], parts[[1]]$chains)
  list(posterior = joined("posterior"), truth = joined("truth"),
    people = list(n_rows = tabulate(match(person, features$sample), length(features$sample)),
      switch_rate = features$switch_rate, proportions = features$proportions))
}

# What curves are chosen by, of each sample that is at hand: sample, switch_rate,
# proportions [n_populations x n_samples]. `belief`: of one kind of `beliefs_of()`.
people_of <- function(belief, chains) {
  first <- which(!duplicated(chains$sample))
  sets <- belief$sets
  ancestry <- vapply(sets, function(set) set$ancestry, sets[[1]]$ancestry)
  rate <- vapply(sets, function(set) set$switch_rate, 0)
  if (!is.null(belief$weights)) {
    ancestry <- ancestry %*% belief$weights
    rate <- as.vector(rate %*% belief$weights)
  }
  list(sample = chains$sample[first], switch_rate = rate[first],
    proportions = ancestry[, first, drop = FALSE])
}

# The haplotypes (2 sample - 1 or 2 sample) whose windows follow each other in what
# `decode_kinds()` gives.
decoded_haplotypes <- function(chains) {
  owner <- c(rbind(chains$first, chains$second))
  owner[owner > 0L]
}

# Recalibrated posteriors [rows x n_populations], rows as `decode_kinds()` gives them.
recalibrated <- function(posterior, recalibration, tree, belief, chains, n_windows, call) {
  features <- people_of(belief, chains)
  haplotypes <- tabulate(match(chains$sample, features$sample)) +
    tabulate(match(chains$sample[chains$second > 0L], features$sample), length(features$sample))
  people <- list(n_rows = as.integer(haplotypes * n_windows), switch_rate = features$switch_rate,
    proportions = features$proportions)
  answer(rust_apply_node_curves(posterior, people, tree$parent, recalibration), call)
}

check_calibrated <- function(calibrated, model, call) {
  calibrated <- check_flag(calibrated %||% !is.null(model$recalibration), "calibrated", call)
  if (calibrated && is.null(model$recalibration)) {
    abort_forebear("argument", c("The model must have been calibrated.",
      x = "It was made with `calibrate = FALSE`."), call)
  }
  calibrated
}

# One row for each node, class of people and point of a curve.
tidy_recalibration <- function(model, call) {
  check_calibrated(TRUE, model, call)
  learned <- model$recalibration
  node <- model$tree$node[-1]
  n_dominance <- length(learned$dominance) + 1
  level <- (seq_along(learned$curves) - 1) %/% length(node)
  points <- vapply(learned$curves, function(curve) length(curve$posterior), 0L)
  joined <- function(name) unlist(lapply(learned$curves, `[[`, name))
  tibble::tibble(
    node = rep(rep(node, length.out = length(points)), points),
    switch_rate_class = rep(as.integer(level %/% n_dominance) + 1L, points),
    dominance_class = rep(as.integer(level %% n_dominance) + 1L, points),
    posterior = joined("posterior"), calibrated = joined("frequency"),
    most = rep(rep(learned$most, length.out = length(points)), points)
  )
}
