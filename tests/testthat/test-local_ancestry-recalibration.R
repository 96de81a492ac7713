# Two populations with 10 common founders and 6 own ones each, 300 variants 0.1 cM apart. The last
# `n_male` samples have one haplotype.
hard_alleles <- function(n_samples, seed, n_male = 0) {
  withr::with_seed(1, founders <- matrix(stats::rbinom(22 * 300, 1, 0.4), 22))
  own <- list(c(1:10, 11:16), c(1:10, 17:22))
  withr::with_seed(seed, {
    rows <- lapply(rep(1:2, each = n_samples), function(population) {
      founder <- rep(sample(own[[population]], 20, replace = TRUE), each = 15)
      founders[cbind(founder, 1:300)]
    })
    alleles <- do.call(rbind, rows)
    alleles <- abs(alleles - (stats::runif(length(alleles)) < 0.02))
  })
  alleles[rev(seq(nrow(alleles), by = -2, length.out = n_male)), ] <- NA
  rownames(alleles) <- paste0(rep(paste0("s", seq_len(n_samples)), each = 2), c("_1", "_2"))
  alleles
}

hard_panel <- function(n_samples = 60, seed = 1, n_male = 0) {
  alleles <- hard_alleles(n_samples, seed, n_male)
  variants <- data.frame(chrom = "7", position_bp = 1:300 * 1000L, position_cm = 1:300 / 10,
    ref = "A", alt = "C")
  labels <- stats::setNames(rep(c("north", "south"), each = n_samples / 2),
    paste0("s", seq_len(n_samples)))
  reference_panel(as_haplotypes(alleles, variants = variants), labels)
}

hard_model <- function(..., panel = hard_panel(), folds = 5) {
  quiet <- c("forebear_warning_not_converged", "forebear_warning_small_population")
  window <- window_settings(15, context = 5, folds = folds)
  suppressWarnings(local_ancestry(panel, window = window, ...), classes = quiet)
}

# The windows of the model that `hard_model()` makes, true phase as given.
hard_query <- function(n = 60) {
  simulate_admixed(hard_panel(60, seed = 2), n, recombination = 1e-6, proportions = "random",
    demes = n / 2, seed = 3)
}

# What calibration learns from.
training_of <- function(panel, ..., n_mosaics = 24) {
  settings <- settings_of_windows(window_settings(15, context = 5, folds = 3,
    classifier = svm(multiclass = "joint", cost = 10, kernel = "string", landmarks = 5000)),
  "soft", 1, NULL)
  hmm <- with_preset(new_window_settings(15), pair_hmm(...), NULL, NULL)$hmm
  suppressWarnings(local_ancestry_fit(panel, settings, hmm, new_calibration(n_mosaics), 1L, NULL))
}

# Mean distance of posteriors from the proportion that is right.
calibration_error <- function(calls, truth) {
  mean(glance(reliability(calls, truth))$calibration_error)
}

test_that("posteriors of other samples are as right as they say", {
  model <- hard_model()
  query <- hard_query()
  truth <- attr(query, "truth")
  calls <- predict(model, query)
  expect_identical(predict(model, query, calibrated = TRUE), calls)
  raw <- predict(model, query, calibrated = FALSE)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
  # 60 people on one chromosome of 30 cM: a standard error of about .02 in the middle.
  expect_lt(calibration_error(calls, truth), 0.07)
  steps <- function(calls) {
    switches <- attr(calls, "switches")
    switches[names(switches) != "position_bp"]
  }
  expect_identical(steps(calls), steps(raw))
  right <- function(calls) {
    with(evaluate_calls(calls, truth, threshold = 0), sum(n_true * recall) / sum(n_true))
  }
  expect_gt(right(calls), right(raw) - 0.01)
})

test_that("evidence that says too much is put right", {
  panel <- hard_panel()
  fit <- training_of(panel, n_mosaics = 300)
  model <- fit$model
  # As if windows did not overlap, and their variants were not correlated.
  model$settings$context <- -5
  expect_equal(evidence_exponent(model$settings), 1.8)
  model$recalibration <- fit_recalibration(model, fit$trained, fit$mosaics, panel, calibration(),
    1L, NULL)
  expect_lt(model$recalibration$power, 0.8)
  query <- hard_query()
  truth <- attr(query, "truth")
  raw <- predict(model, query, calibrated = FALSE)
  expect_gt(calibration_error(raw, truth), 0.08)
  calls <- predict(model, query)
  expect_lt(calibration_error(calls, truth), 0.8 * calibration_error(raw, truth))
})

test_that("a model that is not calibrated gives the raw posteriors of one that is", {
  query <- hard_query(4)
  plain <- hard_model(calibrate = FALSE)
  model <- hard_model()
  expect_identical(predict(plain, query), predict(model, query, calibrated = FALSE))
  model$recalibration <- NULL
  plain$recalibration <- NULL
  expect_identical(model, plain)
})

test_that("curves never fall, and threads change nothing", {
  model <- hard_model(threads = 1)
  expect_identical(hard_model(threads = 2), model)
  expect_false(identical(hard_model(seed = 2)$recalibration, model$recalibration))
  bins <- tidy(model, matrix = "calibration")
  expect_named(bins, c("node", "switch_rate_class", "dominance_class", "posterior", "calibrated",
    "most"))
  expect_setequal(bins$node, c("north", "south"))
  # Three classes of the switch rate, five of the largest proportion.
  curves <- split(bins, bins[c("node", "switch_rate_class", "dominance_class")])
  expect_length(curves, 2 * 3 * 5)
  for (own in curves) {
    expect_true(all(diff(own$posterior) > 0) && all(diff(own$calibrated) >= 0))
    # 60 members of both, of whom fewer than 350 people show a population.
    expect_equal(unique(own$most), 61 / 62)
  }
  expect_true(model$recalibration$power %in% seq(0.3, 1.2, 0.1))
})

test_that("small populations are limited only beside large ones", {
  panel <- suppressWarnings(hard_panel(48), classes = "forebear_warning_small_population")
  model <- hard_model(panel = panel)
  expect_identical(model$recalibration$limited, c(FALSE, FALSE))
  calls <- predict(model, hard_query(4))
  expect_gt(mean(abs(calls$.pred_north - 0.5)), 0.2)
  # 24 of north beside 30 of south: never more than half, but for 1e-6.
  panel <- hard_panel(60)
  some <- part_of_panel(panel, c(rep(TRUE, 24), rep(FALSE, 6), rep(TRUE, 30)))
  some$n_members <- NULL
  model <- hard_model(panel = some)
  expect_identical(model$recalibration$limited, c(TRUE, FALSE))
  expect_lte(max(predict(model, hard_query(4))$.pred_north), 0.5 + 2e-6)
})

test_that("people that calibration learns from have their windows together", {
  # Ten of south lack a haplotype.
  panel <- hard_panel(n_male = 10)
  fit <- training_of(panel)
  model <- fit$model
  chosen <- c(1, 3, 31, 55, 60)
  parts <- calibration_parts(model, fit$trained, "held_out", function(at) {
    answer(rust_haploid_counts(panel$haplotypes)) == ncol(panel$haplotypes)
  }, chosen)
  # The truth says whose windows they are.
  got <- known_people(model, parts, function(chromosome, owner) {
    cbind(rep(owner, each = 20), rep(seq_len(20), length(owner)))
  }, 1L, NULL)
  expect_equal(got$people$n_rows, c(40, 40, 40, 20, 20))
  owner <- c(1, 2, 5, 6, 61, 62, 109, 119)
  expect_equal(got$truth, cbind(rep(owner, each = 20), rep(1:20, 8)))
  expect_equal(dim(got$posterior), c(160, 2))
  expect_equal(rowSums(got$posterior), rep(1, 160))
  expect_equal(dim(got$people$proportions), c(2, 5))
  expect_equal(colSums(got$people$proportions), rep(1, 5))
  expect_true(all(got$people$switch_rate > 0))
  # Posteriors are those that each person alone would have.
  alone <- known_people(model, lapply(parts, function(part) {
    part$chains <- choose_chains(part$chains, 3)
    part
  }), function(chromosome, owner) matrix(0, 20 * length(owner), 2), 1L, NULL)
  expect_equal(alone$posterior, got$posterior[81:120, ])
  expect_equal(alone$people$switch_rate, got$people$switch_rate[3])
  # Of two chromosomes the windows of a person follow one another.
  place <- function(chromosome, owner) cbind(rep(owner, each = 20), chromosome)
  twice <- known_people(model, c(parts, parts), place, 1L, NULL)
  expect_equal(twice$people$n_rows, c(80, 80, 80, 40, 40))
  expect_equal(twice$truth[1:100, ], cbind(rep(c(1, 2, 1, 2, 5), each = 20),
    rep(c(1, 2, 1), c(40, 40, 20))), ignore_attr = TRUE)
  # Of 800 windows in all 600 count, as many of each chromosome.
  many <- known_people(model, rep(parts, 40), place, 1L, NULL)
  expect_equal(many$people$n_rows, c(2, 2, 2, 1, 1) * 600)
  expect_equal(as.vector(table(many$truth[, 2])), rep(8 * 15, 40))
})

test_that("what people are chosen by is of the first chain of each", {
  sets <- lapply(1:4, function(i) list(ancestry = c(i, 10 - i) / 10, switch_rate = i / 100))
  chains <- chains_of(c(FALSE, FALSE), "trusted")
  got <- people_of(list(sets = sets, weights = NULL), chains)
  expect_equal(got, list(sample = 1:2, switch_rate = c(0.01, 0.03),
    proportions = cbind(c(0.1, 0.9), c(0.3, 0.7))))
  chains <- chains_of(c(FALSE, TRUE, FALSE), "corrected")
  weights <- cbind(c(1, 0), c(0.5, 0.5), c(0.25, 0.75))
  got <- people_of(list(sets = sets[1:2], weights = weights), chains)
  expect_equal(got$switch_rate, c(0.01, 0.015, 0.0175))
  expect_equal(got$proportions[1, ], c(0.1, 0.15, 0.175))
  one <- people_of(list(sets = sets[1:2], weights = weights[, 2:3]), choose_chains(chains, 2:3))
  expect_equal(one$sample, 2:3)
})

# A tree of two nodes: with two populations a curve is all there is.
test_that("recalibrated posteriors are read off the curves of the person", {
  curve <- function(at) list(posterior = c(0, 0.4, 1), frequency = c(0, at, 1))
  heights <- c(0.1, 0.2, 0.3, 0.4)
  # Two classes of the switch rate (border 0.1), two of the largest proportion (0.8).
  learned <- list(power = 1, rate_edges = 0.1, dominance = 0.8,
    curves = unlist(lapply(heights, function(at) list(curve(at), curve(1 - at))),
      recursive = FALSE), most = c(0.99, 0.99), limited = c(FALSE, FALSE))
  tree <- as_population_tree(NULL, c("a", "b"))
  sets <- list(
    list(ancestry = c(0.5, 0.5), switch_rate = 0.05),
    list(ancestry = c(0.9, 0.1), switch_rate = 0.05),
    list(ancestry = c(0.5, 0.5), switch_rate = 0.2),
    list(ancestry = c(0.1, 0.9), switch_rate = 0.2)
  )
  chains <- chains_of(c(FALSE, TRUE, FALSE, FALSE), "corrected")
  n_rows <- c(4, 2, 4, 4)
  posterior <- withr::with_seed(2, stats::runif(sum(n_rows)))
  got <- recalibrated(cbind(posterior, 1 - posterior), learned, tree,
    list(sets = sets, weights = NULL), chains, 2L, NULL)
  own <- rep(1:4, n_rows)
  read <- function(q, at) stats::approx(c(0, 0.4, 1), c(0, at, 1), q)$y
  pair <- t(vapply(seq_along(posterior), function(row) {
    at <- heights[own[row]]
    pmin(pmax(c(read(posterior[row], at), read(1 - posterior[row], 1 - at)), 1e-5), 0.99)
  }, c(0, 0)))
  expect_equal(got, pair / rowSums(pair), tolerance = 1e-3)
})

test_that("demes have proportions of few populations, or of sisters", {
  populations <- c("a", "b", "c", "d", "e")
  tree <- as_population_tree("(((a,b)ab,c)abc,(d,e)de)all;", populations)
  drawn <- deme_proportions(tree, tree_leaves(tree), 400, 7)
  expect_equal(dim(drawn), c(400, 5))
  expect_equal(rowSums(drawn), rep(1, 400))
  expect_true(all(drawn >= 0))
  expect_identical(deme_proportions(tree, tree_leaves(tree), 400, 7), drawn)
  # Every other deme is skewed: Dirichlet(0.3) has a largest part of .66 in the mean.
  largest <- apply(drawn, 1, max)
  expect_gt(mean(largest[c(TRUE, FALSE)]), 0.6)
  expect_lt(max(abs(colMeans(drawn[c(TRUE, FALSE), ]) - 0.2)), 0.08)
  # In the others the sisters below one inner node have half of all or more.
  sisters <- list(c("a", "b"), c("a", "b", "c"), c("d", "e"))
  colnames(drawn) <- tree_leaves(tree)
  of <- vapply(sisters, function(own) rowSums(drawn[c(FALSE, TRUE), own]), numeric(200))
  expect_true(all(apply(of, 1, max) >= 0.5 - 1e-12))
  expect_gt(min(colSums(of > 0.5)), 40)
  # Without an inner node all are sisters.
  flat <- deme_proportions(as_population_tree(NULL, c("a", "b")), c("a", "b"), 20, 1)
  expect_equal(rowSums(flat), rep(1, 20))
})

test_that("a model is calibrated with soft labels, trusted phase and groups of admixed samples", {
  query <- hard_query(20)
  # Probabilities of so few windows say little of how often ancestry changes.
  called <- function(model, ...) {
    suppressWarnings(predict(model, query, ...), classes = "forebear_warning_not_converged")
  }
  for (model in list(hard_model(), hard_model(hmm = pair_hmm(phase = "trusted")),
    hard_model(admixed = list(query[1:10, ], query[11:20, ])))) {
    expect_false(identical(called(model), called(model, calibrated = FALSE)))
  }
})

test_that("males on X are used in training and called", {
  panel <- hard_panel(n_male = 10)
  model <- hard_model(panel = panel)
  expect_false(identical(model$recalibration, hard_model()$recalibration))
  calls <- predict(model, panel$haplotypes)
  expect_equal(unique(calls$haplotype[calls$sample_id == "s60"]), 1L)
  windows <- unique(plain_tibble(calls)[c("sample_id", "haplotype", "window")])
  expect_equal(sum(windows$haplotype == 2), 50 * 20)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
})

test_that("mosaics are made of the haplotypes of their fold", {
  panel <- hard_panel()
  settings <- training_settings(folds = 3)
  fold <- rust_panel_folds(as.integer(panel$population), settings)
  # A haplotype has the alternate allele at the variants of its fold and population alone.
  kind <- rep(fold + 3L * (as.integer(panel$population) - 1L), each = 2)
  alleles <- outer(kind, rep(1:6, 50), `==`) + 0
  panel$haplotypes <- as_haplotypes(alleles, variants = variants(panel$haplotypes))
  chromosomes <- chromosomes_in_cm(variants(panel$haplotypes), 1:300 / 10, NULL)
  mosaics <- held_out_mosaics(panel, chromosomes, settings, mosaic_settings(300), 1L, NULL)
  expect_equal(dim(mosaics$haplotypes), c(300L, 300L))
  expect_equal(as.vector(table(mosaics$fold)), rep(100L, 3))
  truth <- mosaics$truth
  # Wrong alleles are 5 in 10,000.
  for (owner in seq(1, 600, by = 23)) {
    own <- truth[truth$owner == owner, ]
    population <- own$population[findInterval(1:300 * 1000, own$start_bp)]
    want <- rep(1:6, 50) == mosaics$fold[(owner + 1) %/% 2] + 3L * (population - 1L)
    expect_lt(sum(as.matrix(mosaics$haplotypes)[owner, ] != want), 4)
  }
})

test_that("the truth of windows agrees with counting variants one by one", {
  windows <- tibble::tibble(n_variants = c(4L, 4L, 7L))
  position_bp <- c(1, 5, 5, 9, 14, 20, 21, 22, 30, 31, 40, 44, 50, 60, 61)
  withr::with_seed(4, truth <- do.call(rbind, lapply(1:5, function(owner) {
    end_bp <- c(sort(sample(2:60, 6)), 61L)
    data.frame(owner = owner, start_bp = c(1L, end_bp[-7] + 1L), end_bp = end_bp,
      population = sample(3, 7, TRUE))
  })))
  got <- window_truth(truth, c(2L, 5L, 3L), windows, position_bp, 3)
  window <- rep(1:3, windows$n_variants)
  want <- do.call(rbind, lapply(c(2, 5, 3), function(owner) {
    own <- truth[truth$owner == owner, ]
    population <- own$population[findInterval(position_bp, own$start_bp)]
    unclass(table(window, factor(population, 1:3))) / windows$n_variants
  }))
  expect_equal(got, unname(want), ignore_attr = TRUE)
})

test_that("mosaics of a folder are those of its genetic map", {
  panel <- hard_panel()
  panel$haplotypes$variants$position_cm <- 0
  folder <- withr::local_tempdir()
  suppressMessages(hard_model(panel = panel, checkpoint_dir = folder))
  expect_error(hard_model(panel = panel, checkpoint_dir = folder,
    hmm = pair_hmm(cm_per_mb = 2)),
    class = "forebear_error_checkpoint")
})

test_that("mistakes are reported in words", {
  model <- hard_model(calibrate = FALSE)
  falling <- hard_panel()
  falling$haplotypes$variants$position_cm[7] <- 9
  query <- hard_query(2)
  expect_snapshot(conditions_of(
    predict(model, query, calibrated = TRUE),
    predict(model, query, calibrated = 1),
    tidy(model, matrix = "calibration"),
    tidy(model, matrix = "all"),
    hard_model(calibrate = NA),
    hard_model(folds = 61),
    hard_model(panel = falling)
  ))
})

test_that("variants may all lie at one position", {
  n <- 60
  alleles <- withr::with_seed(1, {
    frequency <- rbind(stats::runif(80, 0.1, 0.5), stats::runif(80, 0.5, 0.9))
    matrix(stats::rbinom(2 * n * 80, 1, frequency[rep(1:2, each = n), ]), 2 * n)
  })
  rownames(alleles) <- paste0(rep(paste0("p", seq_len(n)), each = 2), c("_1", "_2"))
  variants <- data.frame(chrom = rep(c("1", "2"), each = 40),
    position_bp = c(rep(1000L, 40), 1:40 * 100000L), ref = "A", alt = "C")
  labels <- stats::setNames(rep(c("a", "b"), each = n / 2), paste0("p", seq_len(n)))
  panel <- reference_panel(as_haplotypes(alleles, variants = variants), labels)
  model <- suppressMessages(local_ancestry(panel, window = 20, calibrate = TRUE))
  calls <- suppressMessages(predict(model, panel$haplotypes[c(1, 60), ]))
  expect_equal(sum(ancestry_proportions(calls)$proportion), 2)
  truth <- attr(simulate_admixed(panel, 30, switch_rate = 0.5, recombination = 1e-7), "truth")
  expect_true(all(truth$start_bp <= truth$end_bp))
})

# Posteriors above an even division went to the sisters: all windows of an outgroup of 24 were
# called north or south with 2/3, and its own members were reported as of absent ancestry.
test_that("of an outgroup of 24 nothing is called its sisters, and no sample is out of reference", {
  haplotypes <- read_phased_vcf(example_data("phased_panel"))
  labels <- read.delim(example_data("phased_labels"))
  hidden <- paste0("east_", 25:30)
  known <- labels[!labels$sample_id %in% hidden, ]
  panel <- suppressWarnings(reference_panel(haplotypes[known$sample_id, ], known))
  fit <- suppressMessages(local_ancestry(panel, threads = 1))
  expect_no_message(
    calls <- predict(fit, haplotypes[hidden, ], threads = 1),
    class = "forebear_message_untypical"
  )
  expect_equal(unique(calls$.pred_class), "east")
  expect_true(all(is.na(assign_ancestry(calls, 0.6)$ancestry)))
  expect_gt(min(calls$.typicality), 0.01)
})
