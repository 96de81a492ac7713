skip_on_cran() # Takes long.

# Phased haplotypes of two populations with blocks of linked variants, 400 variants 0.1 cM apart.
linked_alleles <- function(n_samples, seed) {
  withr::with_seed(1, founders <- lapply(1:2, function(population) {
    frequency <- stats::runif(400, 0.1, 0.9)
    matrix(stats::rbinom(12 * 400, 1, rep(frequency, each = 12)), 12)
  }))
  withr::with_seed(seed, {
    rows <- lapply(rep(1:2, each = n_samples), function(population) {
      founder <- rep(sample(12, 40, replace = TRUE), each = 10)
      founders[[population]][cbind(founder, 1:400)]
    })
    alleles <- do.call(rbind, rows)
    errors <- stats::runif(length(alleles)) < 0.02
    abs(alleles - errors)
  })
}

linked_variants <- function() {
  data.frame(chrom = "7", position_bp = 1:400 * 1000L, position_cm = 1:400 / 10, ref = "A",
    alt = "C")
}

as_linked <- function(alleles, prefix = "q") {
  rownames(alleles) <- paste0(rep(paste0(prefix, seq_len(nrow(alleles) / 2)), each = 2),
    c("_1", "_2"))
  as_haplotypes(alleles, variants = linked_variants())
}

linked_panel <- function() {
  labels <- stats::setNames(rep(c("north", "south"), each = 25), paste0("p", 1:50))
  reference_panel(as_linked(linked_alleles(50, 2), "p"), labels)
}

# Twelve samples of the south but for the middle of their first haplotype, from about 8.5 to 32 cM;
# the phase switches at 15 and 25 cM. Both haplotypes do not cross over together: that would look
# like a switch.
mosaics <- function(switched = TRUE) {
  alleles <- linked_alleles(24, 3)
  withr::with_seed(4, cuts <- cbind(sample(60:110, 24, TRUE), sample(300:340, 24, TRUE)))
  population <- t(vapply(1:24, function(haplotype) {
    inside <- 1:400 > cuts[haplotype, 1] & 1:400 <= cuts[haplotype, 2]
    ifelse(inside & haplotype %% 2 == 1, 1L, 2L)
  }, integer(400)))
  source <- row(population) + 24L * (population - 1L)
  mosaic <- matrix(alleles[cbind(as.vector(source), as.vector(col(population)))], 24)
  if (switched) {
    other <- c(rbind(seq(2, 24, 2), seq(1, 23, 2)))
    between <- 151:250
    mosaic[, between] <- mosaic[other, between]
    population[, between] <- population[other, between]
  }
  list(haplotypes = as_linked(mosaic), population = population)
}

small_model <- function(..., classifier = svm()) {
  window <- window_settings(20, context = 10, classifier = classifier)
  local_ancestry(linked_panel(), window = window, ...)
}

# Of whole windows, as the pair HMM alone has them.
whole_model <- function(..., hmm = pair_hmm(refine = FALSE)) small_model(..., hmm = hmm)

# The population that calls give each variant, [n_haplotypes x 400].
called_at_variants <- function(calls) {
  cells <- calls_by_variant(calls)
  owner <- paste(cells$sample_id, cells$haplotype)
  called <- matrix(NA_integer_, length(unique(owner)), nrow(attr(calls, "variants")))
  at <- cbind(match(owner, unique(owner)), cells$variant)
  called[at] <- match(calls$.pred_class[cells$row], attr(calls, "populations"))
  called
}

# Proportion of variants that are called right.
proportion_right <- function(calls, population) mean(called_at_variants(calls) == population)

test_that("mosaics are called right, on haplotypes as given, and their phase is found", {
  model <- whole_model()
  truth <- mosaics()
  calls <- predict(model, truth$haplotypes)
  expect_s3_class(calls, "forebear_ancestry_calls")
  expect_equal(nrow(calls), 24 * 20)
  expect_equal(calls[c("sample_id", "haplotype", "window")], tibble::tibble(
    sample_id = rep(paste0("q", 1:12), each = 40), haplotype = rep(rep(1:2, each = 20), 12),
    window = rep(1:20, 24)
  ), ignore_attr = TRUE)
  expect_equal(calls$start_bp[1:2], c(1000L, 21000L))
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
  expect_identical(names(calls)[ncol(calls)], ".typicality")
  expect_gt(proportion_right(calls, truth$population), 0.93)
  switches <- attr(calls, "switches")
  expect_identical(unique(switches$evidence), "ancestry")
  # 12 samples have two switches each, in the middle of windows 8 and 13.
  near <- switches$window %in% c(8:9, 13:14)
  expect_gt(sum(switches$switched & near), 11)
  expect_lt(sum(switches$switched & !near), 4)
  expect_gt(cor(switches$switch_probability, switches$switched), 0.8)
  expect_equal(attr(calls, "windows")$n_variants, rep(20L, 20))
})

test_that("changes of call are placed at variants, in windows that are split", {
  truth <- mosaics()
  refined <- predict(small_model(), truth$haplotypes)
  whole <- predict(whole_model(), truth$haplotypes)
  # Of 96 changes one in about 15 variants was wrong; those that are left are next to a change.
  expect_gt(proportion_right(refined, truth$population), 0.98)
  expect_equal(refined$.pred_north + refined$.pred_south, rep(1, nrow(refined)))
  # Rows tile windows, variant by variant.
  cells <- calls_by_variant(refined)
  expect_equal(nrow(cells), 24 * 400)
  expect_identical(cells$variant, rep(1:400, 24))
  expect_identical(cells$window, rep(rep(1:20, each = 20), 24))
  key <- function(calls) paste(calls$sample_id, calls$haplotype, calls$window)
  split <- unique(key(refined)[duplicated(key(refined))])
  expect_gt(length(split), 24)
  # Neighbors in one window have different calls.
  n <- nrow(refined)
  same <- key(refined)[-1] == key(refined)[-n]
  expect_true(all(refined$.pred_class[-1][same] != refined$.pred_class[-n][same]))
  # Far from changes of call (35 variants are looked at) nothing is different.
  called <- matrix(whole$.pred_class, 20)
  changes <- rbind(FALSE, called[-1, ] != called[-20, ])
  near <- as.vector(apply(changes, 2, function(at) {
    vapply(1:20, function(window) any(at[pmin(pmax(window + -2:3, 1), 20)]), NA)
  }))
  repaired <- attr(refined, "switches")
  expect_false("alleles" %in% repaired$evidence)
  far <- key(whole)[!near]
  expect_gt(length(far), 100)
  expect_false(any(far %in% split))
  columns <- c(".pred_class", ".pred_north", ".pred_south", ".typicality", "start_bp", "end_bp")
  expect_equal(plain_tibble(refined)[match(far, key(refined)), columns],
    plain_tibble(whole)[!near, columns])
  # What is known of samples is the same.
  expect_identical(attr(refined, "parameters"), attr(whole, "parameters"))
  expect_identical(attr(refined, "windows"), attr(whole, "windows"))
})

test_that("posteriors are the means of those from labels and from probabilities", {
  truth <- mosaics()
  by_kind <- lapply(c("hard", "soft", "both"), function(emissions) {
    whole_model(hmm = pair_hmm(emissions = emissions, refine = FALSE), calibrate = FALSE)
  })
  called <- function(...) lapply(by_kind, predict, truth$haplotypes, ...)
  of_mean <- function(calls) {
    mean_of_two <- (calls[[1]]$.pred_north + calls[[2]]$.pred_north) / 2
    max(abs(calls[[3]]$.pred_north - mean_of_two))
  }
  alone <- called()
  expect_lt(of_mean(alone), 1e-9)
  # Rates were estimated from where those of labels end, so that they differ in the last digits.
  expect_lt(of_mean(called(pool = TRUE)), 1e-3)
  expect_gt(mean(abs(alone[[1]]$.pred_north - alone[[2]]$.pred_north)), 0.005)
  switches <- lapply(alone, attr, "switches")
  expect_equal(switches[[3]]$switched, switches[[2]]$switched)
  expect_gt(proportion_right(alone[[2]], truth$population), 0.93)
})

# With probabilities as they are, and nothing that links windows but ancestry, the posterior of a
# haplotype is that of a plain hidden Markov chain.
test_that("soft evidence of windows is raised to a power", {
  model <- whole_model(hmm = pair_hmm(phase = "trusted", refine = FALSE), calibrate = FALSE)
  expect_equal(evidence_exponent(model$settings), 0.6 * 20 / 40)
  query <- mosaics(switched = FALSE)$haplotypes[1, ]
  calls <- predict(model, query)
  part <- model$chromosomes[[1]]
  q <- predict_chromosome(part$model, query, model$populations)$probability[, 1, ]^0.3
  found <- attr(calls, "parameters")
  middle <- (part$windows$start_cm + part$windows$end_cm) / 2
  stay <- exp(-found$recombination_rate * diff(middle))
  step <- function(t) stay[t] * diag(2) + (1 - stay[t]) * rep(1, 2) %o% found$ancestry
  forward <- found$ancestry * q[, 1]
  backward <- matrix(1, 2, 20)
  for (t in 19:1) backward[, t] <- step(t) %*% (q[, t + 1] * backward[, t + 1])
  posterior <- matrix(0, 2, 20)
  for (t in 1:20) {
    if (t > 1) forward <- (forward %*% step(t - 1))[1, ] * q[, t]
    posterior[, t] <- forward * backward[, t] / sum(forward * backward[, t])
  }
  expect_equal(calls$.pred_north[1:20], posterior[1, ], tolerance = 1e-9)
})

test_that("rates are estimated: wrong starts change nothing", {
  truth <- mosaics()
  model <- small_model()
  right <- predict(model, truth$haplotypes)
  for (generations in c(0.5, 500)) {
    wrong <- model
    wrong$start <- lapply(model$start, function(start) {
      start$recombination_rate <- generations / 100
      start$switch_rate <- if (generations < 10) 3 else 0.003
      start
    })
    calls <- predict(wrong, truth$haplotypes)
    expect_equal(attr(calls, "parameters"), attr(right, "parameters"), tolerance = 0.02)
    expect_gt(mean(calls$.pred_class == right$.pred_class), 0.995)
  }
  expect_equal(small_model(hmm = pair_hmm(generations = 500))$start$soft$recombination_rate, 5)
})

test_that("a query without switches has none, and trusted phase looks for none", {
  truth <- mosaics(switched = FALSE)
  model <- small_model()
  calls <- predict(model, truth$haplotypes)
  expect_lt(sum(attr(calls, "switches")$switched), 4)
  expect_gt(proportion_right(calls, truth$population), 0.98)
  trusted <- predict(model, truth$haplotypes, phase = "trusted")
  expect_equal(nrow(attr(trusted, "switches")), 0)
  expect_gt(proportion_right(trusted, truth$population), 0.98)
})

test_that("samples of one ancestry switch nowhere, however far apart windows are", {
  h <- read_phased_vcf(example_data("phased_panel"))
  labels <- read.delim(example_data("phased_labels"))
  pure <- c("east_01", "north_01", "south_01")
  panel <- reference_panel(h[!samples(h)$sample_id %in% pure, ],
    labels[!labels$sample_id %in% pure, ])
  for (window in c(50, 250)) {
    model <- suppressMessages(local_ancestry(panel, window = window_settings(window, context = 10)))
    calls <- predict(model, h[pure, ])
    switches <- attr(calls, "switches")
    by_ancestry <- switches[switches$evidence == "ancestry", ]
    expect_false(any(by_ancestry$switched))
    expect_lte(max(by_ancestry$switch_probability), 0.5)
    # By its alleles phase may be found wrong; that says nothing of ancestry.
    expect_lte(sum(switches$evidence == "alleles"), 2)
    expect_gt(min(calls$.typicality), 0.1)
    corrected <- correct_phase(h[pure, ], calls)
    expect_identical(as.matrix(corrected$haplotypes), as.matrix(h[pure, ]))
    expect_identical(plain_tibble(corrected$calls), plain_tibble(calls))
  }
})

test_that("every called switch has a probability above one half, every other one at most", {
  switches <- phase_switches(predict(small_model(), mosaics()$haplotypes))
  expect_gt(sum(switches$switched), 3)
  expect_identical(switches$switched, switches$switch_probability > 0.5)
})

test_that("switches are placed at variants, the phase is corrected there", {
  truth <- mosaics()
  calls <- predict(small_model(), truth$haplotypes)
  found <- phase_switches(calls)
  # Switches are after variants 150 and 250, at 151 and 251 kb.
  placed <- found[found$switched & found$window %in% c(8:9, 13:14), ]
  distance <- pmin(abs(placed$position_bp - 151000), abs(placed$position_bp - 251000))
  expect_lt(median(distance), 5001)
  window <- attr(calls, "windows")
  by_window <- window$start_bp[placed$window]
  expect_lt(median(distance), median(pmin(abs(by_window - 151000), abs(by_window - 251000))))
  corrected <- as.matrix(correct_phase(truth$haplotypes, calls)$haplotypes)
  right <- as.matrix(mosaics(switched = FALSE)$haplotypes)
  proportion <- function(alleles) {
    pair <- rowsum((alleles == right) * 1, rep(1:12, each = 2)) / 2
    mean(pair)
  }
  given <- as.matrix(truth$haplotypes)
  expect_gt(proportion(corrected), proportion(given) + (1 - proportion(given)) / 3)
})

test_that("threads change nothing", {
  truth <- mosaics()
  one <- small_model(threads = 1)
  expect_identical(small_model(threads = 2), one)
  calls <- predict(one, truth$haplotypes, threads = 1)
  expect_identical(predict(one, truth$haplotypes, threads = 2), calls)
  expect_gt(proportion_right(calls, truth$population), 0.98)
})

test_that("alleles may be exchanged, variants more, fewer or in another order", {
  truth <- mosaics()
  model <- small_model()
  want <- predict(model, truth$haplotypes)
  alleles <- as.matrix(truth$haplotypes)
  variants <- linked_variants()
  variants[5:100, c("ref", "alt")] <- list("C", "A")
  alleles[, 5:100] <- 1L - alleles[, 5:100]
  colnames(alleles) <- NULL
  given <- as_haplotypes(alleles, variants = variants)
  order <- rev(seq_len(400))
  expect_equal(predict(model, given[, order]), want)
  expect_message(fewer <- predict(model, given[, -(7 * 1:20)]), class = "forebear_message_overlap")
  expect_gt(mean(called_at_variants(fewer) == called_at_variants(want)), 0.95)
  expect_error(predict(model, given[, 1:200]), class = "forebear_error_overlap")
})

test_that("the calls of a person do not depend on who else is called", {
  panel <- several_panel()
  query <- several_chromosomes(6, seed = 2, prefix = "q")
  model <- suppressMessages(local_ancestry(panel, window = window_settings(10, context = 5)))
  together <- suppressMessages(predict(model, query))
  expect_setequal(together$chrom, 1:4)
  for (sample in c(1, 4, 6)) {
    alone <- suppressMessages(predict(model, query[sample, ]))
    own <- together[together$sample_id == paste0("q", sample), ]
    expect_identical(plain_tibble(alone), plain_tibble(own), ignore_attr = "parameters")
    switches <- attr(together, "switches")
    expect_identical(attr(alone, "switches"),
      switches[switches$sample_id == paste0("q", sample), ])
  }
  # With groups of admixed samples too.
  model <- small_model(admixed = list(mosaics()$haplotypes[1:6, ], mosaics()$haplotypes[7:12, ]))
  query <- mosaics()$haplotypes
  together <- predict(model, query)
  expect_identical(plain_tibble(predict(model, query[3, ])),
    plain_tibble(together[together$sample_id == "q3", ]), ignore_attr = "weights")
})

test_that("samples have rates and the prior of proportions in common where they are pooled", {
  query <- mosaics()$haplotypes
  model <- whole_model(calibrate = FALSE)
  pooled <- predict(model, query, pool = TRUE)
  alone <- predict(model, query[1, ], pool = TRUE)
  own <- pooled$sample_id == "q1"
  expect_gt(max(abs(pooled$.pred_north[own] - alone$.pred_north)), 1e-3)
  # Rates of the pool are those of one set that makes the evidence of all likeliest.
  aligned <- aligned_haplotypes(query, model$sites, 0.8, "check", 1L, NULL)
  parts <- evidence_parts(model, aligned, "corrected", 1L, NULL)
  fitted <- fit_parameters(parts, model$start, 1L, NULL)$soft[[1]]
  expect_equal(attr(pooled, "parameters")$switch_rate, fitted$switch_rate)
  expect_equal(attr(pooled, "parameters")$recombination_rate, fitted$recombination_rate)
  sets <- beliefs_of(parts, NULL, model$start, TRUE, 1L, NULL)$soft$sets
  expect_length(unique(vapply(sets, `[[`, 0, "switch_rate")), 1)
  sets <- beliefs_of(parts, NULL, model$start, FALSE, 1L, NULL)$soft$sets
  expect_length(unique(vapply(sets, `[[`, 0, "switch_rate")), 12)
  # By its old name.
  for (shares in c("common", "sample")) {
    rm(list = ls(reported_moves), envir = reported_moves)
    expect_message(calls <- predict(model, query, shares = shares), "use `pool`",
      class = "forebear_message_deprecated")
    expect_identical(calls, predict(model, query, pool = shares == "common"))
  }
})

test_that("batches change nothing", {
  evidence <- list(label = t(matrix(rep(c(1L, 2L, NA, 1L), 300), 5)), probability = NULL,
    n_populations = 2, exponent = 1)
  part <- list(evidence = list(hard = evidence), position_cm = 1:5,
    chains = chains_of(rep(FALSE, 120), "trusted"))
  set <- list(ancestry = c(0.3, 0.7), label = c(0.9, 0.1, 0.2, 0.8), reset = rep(0.5, 4),
    recombination_rate = 0.1, switch_rate = 0.1)
  whole <- c(hmm_chromosome(evidence, 1:5, part$chains), list(sets = list(set),
    weights = rep(1, 240)))
  want <- answer(rust_decode_ancestry(list(whole), 1L, NULL))
  part$chains <- lapply(part$chains, rep, 2)
  part$chains$first[241:480] <- rev(part$chains$first[241:480])
  beliefs <- list(hard = list(sets = list(set), weights = matrix(1, 1, 480)))
  got <- decode_kinds(part, beliefs, 1L, NULL)
  expect_equal(got$posterior[1:1200, ], want$posterior)
  backwards <- as.vector(outer(1:5, 5 * (239:0), `+`))
  expect_equal(got$posterior[1201:2400, ], want$posterior[backwards, ])
})

test_that("a sample with one copy of the chromosome has one haplotype", {
  alleles <- as.matrix(mosaics()$haplotypes)
  alleles[4, ] <- NA
  colnames(alleles) <- NULL
  calls <- predict(small_model(), as_haplotypes(alleles, variants = linked_variants()))
  expect_equal(unique(calls$haplotype[calls$sample_id == "q2"]), 1L)
  expect_equal(unique(calls$haplotype[calls$sample_id == "q3"]), 1:2)
  expect_false("q2" %in% attr(calls, "switches")$sample_id)
})

test_that("admixed samples give parameter sets that predictions are averaged over", {
  truth <- mosaics()
  groups <- list(truth$haplotypes[1:6, ], truth$haplotypes[7:12, ])
  model <- small_model(admixed = groups, hmm = pair_hmm(emissions = "both"))
  expect_named(model$sets, c("hard", "soft"))
  expect_equal(unname(lengths(model$sets)), c(2L, 2L))
  calls <- predict(model, truth$haplotypes[1:3, ])
  expect_length(attr(calls, "parameters"), 2)
  expect_identical(predict(model, truth$haplotypes)[seq_len(nrow(calls)), ]$.pred_north,
    calls$.pred_north)
})

test_that("without a genetic map nothing is reported in cM", {
  # Half of the variants on each of two chromosomes; the second alone has a map.
  divided <- function(haplotypes) {
    chrom <- rep(c("7", "8"), each = 200)
    haplotypes$variants$chrom <- chrom
    haplotypes$variants$position_cm <- ifelse(chrom == "7", 0, c(1:200, 1:200)^1.1 / 100)
    haplotypes
  }
  panel <- linked_panel()
  panel$haplotypes <- divided(panel$haplotypes)
  model <- local_ancestry(panel, window = window_settings(20, context = 10), calibrate = FALSE,
    hmm = pair_hmm(cm_per_mb = 100, refine = FALSE))
  query <- divided(mosaics()$haplotypes)
  calls <- predict(model, query)
  windows <- attr(calls, "windows")
  expect_identical(windows$start_cm[windows$chrom == "7"], rep(NA_real_, 10))
  expect_equal(windows$start_cm[windows$chrom == "8"], seq(1, 181, 20)^1.1 / 100)
  segments <- ancestry_segments(calls)
  expect_identical(is.na(segments$length_cm), segments$chrom == "7")
  expect_error(ancestry_proportions(calls, weight = "cm"), "\"7\"",
    class = "forebear_error_no_genetic_map")
  expect_no_error(ancestry_proportions(calls[calls$chrom == "8", ], weight = "cm"))
  path <- withr::local_tempfile()
  write_msp(calls, path)
  expect_identical(is.na(attr(read_msp(path), "windows")$start_cm), windows$chrom == "7")
  # A model of old does not say which chromosomes have a map.
  old <- model
  old$chromosomes <- lapply(old$chromosomes, function(part) part[names(part) != "has_map"])
  expect_identical(predict(old, query), calls)
})

test_that("a model without an informative window prints so", {
  alleles <- matrix(0, 120, 40)
  rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
  labels <- stats::setNames(rep(c("a", "b"), each = 30), paste0("s", 1:60))
  model <- local_ancestry(reference_panel(as_haplotypes(alleles), labels),
    window = window_settings(10, context = 0), calibrate = FALSE)
  expect_output(print(model), "no held-out window could be labeled")
  expect_output(print(small_model(calibrate = FALSE)), "% of held-out windows labeled right")
})

test_that("mistakes that training finds are those of the function that was called", {
  header <- function(condition) rlang::call_name(condition$call)
  panel <- linked_panel()
  wide <- expect_error(local_ancestry(panel, window = 10000, calibrate = FALSE),
    class = "forebear_error_window_size")
  expect_identical(header(wide), "local_ancestry")
  alone <- panel
  alone$haplotypes <- panel$haplotypes[1:26, ]
  alone$population <- panel$population[1:26]
  lone <- expect_error(local_ancestry(alone), "1 population with one: \"south\"",
    class = "forebear_error_population_too_small")
  expect_identical(header(lone), "local_ancestry")
  for (ask in list(cross_validate, audit_labels)) {
    expect_error(ask(panel$haplotypes), "reference_panel(x, labels)", fixed = TRUE,
      class = "forebear_error_argument")
  }
})

test_that("a saved model predicts the same in a fresh process", {
  truth <- mosaics()
  model <- small_model()
  path <- withr::local_tempfile()
  write_model(model, path)
  expect_identical(read_model(path), model)
  query <- withr::local_tempfile()
  saveRDS(truth$haplotypes, query)
  printed <- in_fresh_r(sprintf(
    paste("calls <- predict(read_model('%s'), readRDS('%s'))",
      "cat(sprintf('%%.12f', sum(calls$.pred_north^2)))", sep = ";"),
    path, query
  ))
  expect_equal(printed[length(printed)],
    sprintf("%.12f", sum(predict(model, truth$haplotypes)$.pred_north^2)))
})

test_that("a model prints, is glanced at and tidied", {
  model <- small_model()
  glanced <- glance(model)
  expect_equal(glanced$n_windows, 20L)
  expect_true(glanced$converged)
  labels <- tidy(model)
  expect_equal(sum(labels$n), 100 * 20)
  right <- labels$population == labels$label
  expect_equal(sum(labels$n[right]) / sum(labels$n), glanced$held_out_accuracy)
  expect_gt(glanced$held_out_accuracy, 0.9)
  expect_output(print(model), "2 populations, 50 samples of the panel, 20 windows on 1 chromosome")
  expect_equal(small_model(classifier = svm(cost = 1))$settings$cost, 1)
  paper <- local_ancestry(linked_panel(), preset = "paper")
  expect_equal(unlist(paper$settings[c("window", "context")]), c(window = 100, context = 0))
})

test_that("mistakes are reported in words", {
  panel <- linked_panel()
  unsorted <- panel
  unsorted$haplotypes <- panel$haplotypes[, 400:1]
  model <- small_model()
  expect_snapshot(conditions_of(
    local_ancestry(1),
    local_ancestry(unsorted),
    local_ancestry(panel, window = 10, preset = "paper"),
    local_ancestry(panel, preset = "best"),
    local_ancestry(panel, window = 0),
    local_ancestry(panel, admixed = 3),
    predict(model, 1),
    predict(model, panel$haplotypes, phase = "none"),
    predict(model, panel$haplotypes, shares = 1)
  ))
})

test_that("simulated admixed samples are called as well as they should be", {
  folder <- shared_path("data", "lai_continental")
  map <- read_genetic_map(file.path(folder, "map.plink.map.gz"))
  haplotypes <- read_phased_vcf(file.path(folder, "ref.vcf.gz"), genetic_map = map)
  labels <- utils::read.table(file.path(folder, "sample_map.tsv"), sep = "\t",
    colClasses = "character", comment.char = "")
  panel <- reference_panel(haplotypes, stats::setNames(labels$V2, labels$V1))
  calls <- predict(local_ancestry(panel), read_phased_vcf(file.path(folder, "query.vcf.gz")))
  truth <- utils::read.table(file.path(folder, "truth.after.tsv"), header = TRUE, sep = "\t")
  middle <- (calls$start_bp + calls$end_bp) / 2
  key <- function(sample, haplotype) paste(sample, haplotype)
  owners <- split(truth, key(truth$sample, truth$hap + 1))
  right <- Map(function(rows, own) {
    own <- own[order(own$start), ]
    called <- calls$.pred_class[rows]
    mean(called == own$population[findInterval(middle[rows], own$start)])
  }, split(seq_len(nrow(calls)), key(calls$sample_id, calls$haplotype))[names(owners)], owners)
  expect_gt(mean(unlist(right)), 0.965)
})

test_that("a chromosome of one window, and of fewer variants than a window, is called", {
  truth <- mosaics()
  for (n in c(20, 12, 1)) {
    # The south alone, about which the beginning of the chromosome is.
    panel <- linked_panel()
    panel$haplotypes <- panel$haplotypes[, seq_len(n)]
    model <- local_ancestry(panel, window = window_settings(20, context = 10))
    expect_equal(glance(model)$n_windows, 1L)
    calls <- predict(model, truth$haplotypes[, seq_len(n)], strand = "same")
    expect_equal(nrow(calls), 24)
    if (n > 10) expect_gt(mean(calls$.pred_class == "south"), 0.8)
    expect_equal(rowSums(calls[c(".pred_north", ".pred_south")]), rep(1, 24))
    expect_equal(nrow(attr(calls, "switches")), 0)
    expect_equal(nrow(phase_switches(calls)), 0)
    corrected <- correct_phase(truth$haplotypes[, seq_len(n)], calls)
    expect_identical(as.matrix(corrected$haplotypes), as.matrix(truth$haplotypes[, seq_len(n)]))
    expect_identical(plain_tibble(corrected$calls), plain_tibble(calls))
    expect_equal(sum(ancestry_proportions(calls)$proportion), 12)
    trusted <- predict(model, truth$haplotypes[, seq_len(n)], strand = "same", phase = "trusted")
    expect_equal(nrow(trusted), 24)
  }
  # Beside a chromosome of many windows it changes little there: proportions and calibration alone.
  variants <- rbind(linked_variants(), transform(linked_variants()[1:5, ], chrom = "8"))
  with_short <- function(haplotypes) {
    alleles <- unname(as.matrix(haplotypes))
    rownames(alleles) <- rep(samples(haplotypes)$sample_id, each = 2)
    rownames(alleles) <- paste0(rownames(alleles), c("_1", "_2"))
    as_haplotypes(alleles[, c(1:400, 1:5)], variants = variants)
  }
  panel <- linked_panel()
  panel$haplotypes <- with_short(panel$haplotypes)
  model <- local_ancestry(panel, window = window_settings(20, context = 10))
  calls <- predict(model, with_short(truth$haplotypes))
  expect_equal(sum(calls$chrom == "8"), 24)
  alone <- predict(small_model(), truth$haplotypes)
  # A window whose call changes within it has two rows.
  first_rows <- function(calls) calls[!duplicated(calls[c("sample_id", "haplotype", "window")]), ]
  there <- first_rows(calls[calls$chrom == "7", ])
  expect_gt(mean(there$.pred_class == first_rows(alone)$.pred_class), 0.97)
})

test_that("genetic positions that fall, and samples of one ID, are refused", {
  panel <- linked_panel()
  panel$haplotypes$variants$position_cm <- rev(panel$haplotypes$variants$position_cm)
  for (calibrate in c(TRUE, FALSE)) {
    expect_error(local_ancestry(panel, calibrate = calibrate),
      class = "forebear_error_window_positions")
  }
  query <- mosaics()$haplotypes
  query$samples$sample_id[2:3] <- "q1"
  error <- expect_error(predict(small_model(), query), class = "forebear_error_duplicate_ids")
  expect_match(conditionMessage(error), "\"q1\"")
})

test_that("in a large panel some haplotypes span the SVMs", {
  truth <- mosaics()
  all <- small_model()
  some <- small_model(classifier = svm(landmarks = 20))
  size <- function(model) length(model$chromosomes[[1]]$model)
  expect_lt(size(some), 0.5 * size(all))
  expect_gt(glance(some)$held_out_accuracy, glance(all)$held_out_accuracy - 0.03)
  calls <- predict(some, truth$haplotypes)
  expect_gt(proportion_right(calls, truth$population), 0.92)
  expect_identical(predict(some, truth$haplotypes, threads = 1), calls)
  # 100 haplotypes are not more than twice as many.
  expect_identical(small_model(classifier = svm(landmarks = 50))$chromosomes, all$chromosomes)
  expect_error(small_model(classifier = svm(landmarks = 1)), class = "forebear_error_argument")
})

test_that("genetic positions that the panel already has must have a rate that can be", {
  variants <- data.frame(chrom = rep(c("1", "2"), each = 2), position_bp = rep(c(1L, 30000000L), 2),
    position_cm = c(0, 30, 5, 5))
  expect_error(check_own_rates(variants, NULL), "of the panel must .*Chromosome 2: 0 cM/Mb",
    class = "forebear_error_genetic_map_rate")
  variants$position_cm <- variants$position_bp
  expect_error(check_own_rates(variants, NULL), "1,000,000 cM/Mb",
    class = "forebear_error_genetic_map_rate")
  variants$position_cm <- c(0, 30, 10, 50)
  expect_silent(check_own_rates(variants, NULL))
  expect_silent(check_own_rates(variants[c(1, 3), ], NULL))
})
