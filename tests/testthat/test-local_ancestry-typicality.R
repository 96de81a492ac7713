# Haplotypes of populations that are mosaics of twelve founders of their own, 300 variants on each
# of two chromosomes, 0.1 cM apart. Founders of all populations have the same frequencies.
founded <- function(populations, n_samples, seed, prefix) {
  n <- 600
  withr::with_seed(1, {
    frequency <- stats::runif(n, 0.1, 0.9)
    founders <- lapply(1:3, function(population) {
      matrix(stats::rbinom(12 * n, 1, rep(frequency, each = 12)), 12)
    })
  })
  withr::with_seed(seed, {
    alleles <- do.call(rbind, lapply(rep(populations, each = 2 * n_samples), function(population) {
      founder <- rep(sample(12, n / 10, replace = TRUE), each = 10)
      founders[[population]][cbind(founder, seq_len(n))]
    }))
    alleles <- abs(alleles - (stats::runif(length(alleles)) < 0.02))
  })
  rownames(alleles) <- paste0(rep(paste0(prefix, seq_len(nrow(alleles) / 2)), each = 2),
    c("_1", "_2"))
  as_haplotypes(alleles, variants = data.frame(chrom = rep(c("7", "8"), each = n / 2),
    position_bp = rep(1:300 * 1000L, 2), position_cm = rep(1:300 / 10, 2), ref = "A", alt = "C"))
}

founded_model <- function(...) {
  labels <- stats::setNames(rep(c("north", "south"), each = 30), paste0("p", 1:60))
  panel <- reference_panel(founded(1:2, 30, 2, "p"), labels)
  local_ancestry(panel, window = window_settings(20, context = 10), ...)
}

test_that("a population that the panel lacks is reported, and left unassigned", {
  model <- founded_model()
  query <- founded(1:3, 8, 3, "q")
  lacked <- paste0("q", 17:24)
  said <- expect_message(calls <- predict(model, query), class = "forebear_message_untypical")
  expect_match(conditionMessage(said), "^8 samples have ancestry that the panel seems to lack")
  expect_match(conditionMessage(said), "Nearest in the panel: (north|south) \\(")
  expect_match(conditionMessage(said), "\"q17\", \"q18\"", fixed = FALSE)
  expect_identical(said$samples, lacked)
  is_lacked <- calls$sample_id %in% lacked
  expect_lt(max(calls$.typicality[is_lacked]), 0.002)
  expect_gt(min(calls$.typicality[!is_lacked]), 0.002)
  # No population stands out.
  expect_lte(max(calls$.pred_north[is_lacked], calls$.pred_south[is_lacked]), 0.6)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
  assigned <- assign_ancestry(calls, threshold = 0.8)
  expect_true(all(is.na(assigned$ancestry[is_lacked])))
  expect_gt(mean(!is.na(assigned$ancestry[!is_lacked])), 0.9)
  # People whom the panel has get no message, and are as they are with the others.
  expect_no_message(alone <- predict(model, query[1:16, ]))
  expect_identical(plain_tibble(alone), plain_tibble(calls[!is_lacked, ]),
    ignore_attr = "parameters")
  one <- expect_message(predict(model, query[20, ]), class = "forebear_message_untypical")
  expect_match(conditionMessage(one), "^One sample has ancestry")
  expect_match(conditionMessage(one), "\"q20\"")
  # What is made of the calls says so too: it knows the populations of the panel alone.
  folder <- withr::local_tempdir()
  path <- function(name) file.path(folder, name)
  verbs <- list(
    function(calls, x) ancestry_proportions(calls), function(calls, x) write_msp(calls, path("m")),
    function(calls, x) write_tractor(calls, x, path("t")),
    function(calls, x) write_ancestry_vcf(calls, path("v.vcf"), x),
    function(calls, x) ancestry_frequencies(calls, x),
    function(calls, x) mask_haplotypes(x, calls, "north")
  )
  present <- calls[!is_lacked, ]
  for (verb in verbs) {
    said <- expect_message(verb(calls, query), class = "forebear_message_untypical")
    expect_match(conditionMessage(said), "^8 samples have ancestry that the panel seems to lack")
    expect_no_message(verb(present, query[1:16, ]), class = "forebear_message_untypical")
  }
  # Calls of a person have one typicality for each population, on all chromosomes.
  values <- unique(plain_tibble(calls)[c("sample_id", ".pred_class", ".typicality")])
  expect_false(anyDuplicated(values[c("sample_id", ".pred_class")]) > 0)
})

test_that("samples that are unlike the panel all together are reported as a group", {
  calls <- function(population, typicality, end = 100) {
    n <- length(typicality)
    data.frame(sample_id = rep(sprintf("s%d", seq_len(n)), each = 2),
      .pred_class = as.vector(rbind(population, "other")), start_bp = 1, end_bp = c(end, 40),
      .typicality = as.vector(rbind(typicality, 0.9)))
  }
  groups_of <- function(calls, reported) untypical_groups(typicality_scores(calls, reported))
  low <- stats::pnorm(seq(-2.2, -1.6, length.out = 7))
  groups <- groups_of(calls("one", low), character())
  expect_identical(groups[c("population", "n")], list(population = "one", n = 7L))
  expect_equal(groups$typicality, low[4])
  # Each by itself is as a member may be.
  expect_gt(min(low), least_typicality)
  none <- list(population = character(), n = integer(), typicality = numeric())
  # -1.9 + 3 / sqrt(7) is below -0.5, -1.6 + 3 / sqrt(7) is not; four are too few, as those are
  # whose other ancestry is most of their genome, who are reported by themselves, or of whom nothing
  # is known.
  expect_identical(groups_of(calls("one", stats::pnorm(seq(-1.9, -1.3, length.out = 7))),
    character()), none)
  expect_identical(groups_of(calls("one", low[1:4]), character()), none)
  expect_identical(groups_of(calls("one", low, end = 30), character()), none)
  expect_identical(groups_of(calls("one", low), paste0("s", 1:3)), none)
  expect_identical(groups_of(calls("one", low * NA), character()), none)
  expect_identical(groups_of(calls("one", rep(1, 7)), character()), none)
  expect_no_message(inform_untypical_groups(none))
  expect_snapshot(inform_untypical_groups(list(population = c("one", "two"), n = c(7L, 1200L),
    typicality = c(0.0345, 0.2))))
})

test_that("people of the populations of the panel are as typical as its members", {
  model <- founded_model(calibrate = FALSE)
  calls <- predict(model, founded(1:2, 60, 4, "q"))
  values <- unique(plain_tibble(calls)[c("sample_id", ".pred_class", ".typicality")])
  own <- values$.pred_class == rep(c("north", "south"), each = 60)[
    as.integer(sub("q", "", values$sample_id))]
  expect_lte(mean(values$.typicality[own] < 0.002), 0.01)
  # Uniform, but for a variance between people that is not taken for less than it may be.
  expect_gt(mean(values$.typicality[own]), 0.35)
  expect_lt(mean(values$.typicality[own]), 0.65)
  expect_gt(stats::sd(values$.typicality[own]), 0.1)
})

test_that("SVMs of pairs of populations do not say how typical a person is", {
  model <- founded_model(calibrate = FALSE)
  pairs <- local_ancestry(reference_panel(founded(1:2, 30, 2, "p"),
    stats::setNames(rep(c("north", "south"), each = 30), paste0("p", 1:60))), calibrate = FALSE,
  window = window_settings(20, context = 10, classifier = svm(multiclass = "one_vs_one")))
  expect_null(pairs$usual)
  expect_named(model$usual, c("mean", "between", "within"))
  query <- founded(3, 3, 3, "q")
  expect_no_message(calls <- predict(pairs, query))
  expect_identical(calls$.typicality, rep(NA_real_, nrow(calls)))
  expect_identical(names(calls)[ncol(calls)], ".typicality")
})

test_that("typicality worked by hand", {
  model <- list(usual = list(mean = c(0, 0.5), between = c(0.01, 0), within = c(2, 1)))
  # Two samples on two chromosomes; the second is called of the second population nowhere.
  decoded <- list(
    list(sum = cbind(c(-6, 1), c(2, 0)), n = cbind(c(6, 2), c(4, 0))),
    list(sum = cbind(c(-4, 0), c(2, 0)), n = cbind(c(4, 2), c(16, 0)))
  )
  likeness <- sample_likeness(decoded)
  got <- sample_typicality(likeness, model$usual)
  expect_equal(got, cbind(
    stats::pnorm(c(-1 / sqrt(0.01 + 0.2), (0.25 - 0.5) / sqrt(0.005 + 0.25))),
    c(stats::pnorm(0.2 / sqrt(0.01 + 0.1)), 1)
  ))
  expect_null(sample_typicality(likeness, NULL))
  expect_null(sample_typicality(sample_likeness(list(list(sum = NULL, n = NULL))), model$usual))
})

test_that("sums of likeness are of the windows that are called of a population", {
  # [2 populations x 4 haplotypes x 3 windows] in sixteenths; the second sample is haploid.
  likeness <- array(as.raw(16 * (1:24 %% 5)), c(2, 4, 3))
  part <- list(likeness = as.vector(likeness), windows = data.frame(window = 1:3),
    chains = list(first = c(1L, 3L), second = c(2L, 0L), sample = 1:2))
  called <- c(1, 2, 2, 1, 1, 1, 2, 1, 2)
  posterior <- cbind(called == 1, called == 2) * 0.8 + 0.1
  got <- likeness_sums(part, posterior)
  values <- array(1:24 %% 5, c(2, 4, 3))
  want <- n <- matrix(0, 2, 2)
  row <- 0
  for (haplotype in 1:3) {
    sample <- c(1, 1, 2)[haplotype]
    for (window in 1:3) {
      row <- row + 1
      k <- called[row]
      want[k, sample] <- want[k, sample] + values[k, haplotype, window]
      n[k, sample] <- n[k, sample] + 1
    }
  }
  expect_equal(got, list(sum = want, n = n))
  expect_identical(likeness_sums(part["windows"], posterior), list(sum = NULL, n = NULL))
})

test_that("posteriors of ancestry that is not like the panel's are nearly even", {
  posterior <- cbind(c(0.9, 0.2, 0.6, 0.3, 0.8, 0.1), c(0.1, 0.8, 0.4, 0.7, 0.2, 0.9))
  typicality <- cbind(c(0.001, 0.5), c(0.5, 0.0019))
  # Rows 1 and 3 are called of the first population of sample 1, row 6 of the second of sample 2.
  got <- without_untypical(posterior, c(1, 1, 1, 1, 2, 2), typicality)
  expect_equal(got[c(2, 4, 5), ], posterior[c(2, 4, 5), ])
  expect_equal(got[c(1, 3, 6), ], 0.2 * posterior[c(1, 3, 6), ] + 0.4)
})

test_that("ancestry is reported that a person has a twentieth of", {
  n <- cbind(c(1, 30), c(2, 30), c(30, 0))
  typicality <- cbind(c(1e-4, 0.5), c(1e-4, 0.5), c(0.5, 1))
  report <- function(typicality, n) {
    untypical <- untypical_samples(typicality, n)
    untypical$sample <- c("a", "b", "c")[untypical$sample]
    report_untypical(untypical, c("one", "two"))
  }
  said <- expect_message(report(typicality, n), class = "forebear_message_untypical")
  expect_match(conditionMessage(said), "One sample has ancestry that the panel seems to lack")
  expect_match(conditionMessage(said), "Nearest in the panel: one (1).", fixed = TRUE)
  expect_match(conditionMessage(said), "\"b\"")
  expect_no_message(report(typicality, 0 * n))
  expect_no_message(report(NULL, n))
})
