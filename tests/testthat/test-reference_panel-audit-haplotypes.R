# Proportions called of samples of a and b, the last of whom are odd.
hand_proportions <- function() {
  own <- rbind(c(0.95, 0.05), c(0.93, 0.07), c(0.94, 0.06), c(0.1, 0.9), c(0.5, 0.5),
    c(0.1, 0.9), c(0.04, 0.96), c(0.06, 0.94))
  tibble::tibble(sample_id = rep(paste0("s", 1:8), each = 2), ancestry = rep(c("a", "b"), 8),
    proportion = c(t(own)), std_error = 0.01)
}

test_that("verdicts are those worked by hand", {
  samples <- tibble::tibble(sample_id = paste0("s", 1:8), population = rep(c("a", "b"), c(5, 3)))
  # As a member of a, and of b: the fourth would agree with b, the fifth with neither.
  scores <- list(deviations = rbind(c(0, 9), c(1, 9), c(0, 9), c(8, 0), c(5, 4), c(9, 0), c(9, 0),
    c(9, 2)), evidence = rbind(c(1, 0), c(0.9, 0), c(1, 0), c(0, 1), c(0.5, 0.5), c(0, 1), c(0, 1),
    c(0, 0.9)))
  got <- new_panel_audit(hand_proportions(), scores, samples, c("a", "b"), deviations = 3)
  expect_named(got, c("sample_id", "population", "verdict", "own_share", "std_error",
    "expected_share", "other", "other_share", ".share_a", ".share_b", "evidence", "deviations"))
  expect_identical(as.character(got$verdict), c("agrees", "agrees", "agrees", "other population",
    "admixed", "agrees", "agrees", "agrees"))
  expect_equal(got$own_share, c(0.95, 0.93, 0.94, 0.1, 0.5, 0.9, 0.96, 0.94))
  expect_identical(got$other, rep(c("b", "a"), c(5, 3)))
  expect_equal(got$other_share, 1 - got$own_share)
  expect_equal(got$.share_b, c(0.05, 0.07, 0.06, 0.9, 0.5, 0.9, 0.96, 0.94))
  expect_equal(got$evidence, c(1, 0.9, 1, 0, 0.5, 1, 1, 0.9))
  expect_equal(got$deviations, c(0, 1, 0, 8, 5, 0, 0, 2))
  expect_true(all(new_panel_audit(hand_proportions(), scores, samples, c("a", "b"),
    deviations = 9)$verdict == "agrees"))
})

test_that("scores of a pair are those worked by hand", {
  # Members at 1, 2, 3, 4 and 5, others at -3, -2 and -1; standard errors are 1.
  difference <- list(estimate = c(1:5, -3, -2, -1), std_error = rep(1, 8))
  is_own <- rep(c(TRUE, FALSE), c(5, 3))
  got <- pair_scores(difference, is_own, !is_own)
  # The first beside 2, 3, 4 and 5: median 3.5, deviations 1.5, .5, .5 and 1.5, whose median is 1.
  own <- 0.37 * 3
  sd <- sqrt((8 + own * 1.4826^2) / (8 + own) * (1 + pi / 8))
  expect_equal(got$position[1], 1 - 2.5 / 5.5)
  expect_equal(got$deviations[1], qnorm(pt(2.5 / sd, 8 + own)), tolerance = 1e-6)
  # One of the others beside all five, whose median is 3.
  sd <- sqrt((8 + 0.37 * 4 * 1.4826^2) / (8 + 0.37 * 4) * (1 + pi / 10))
  expect_equal(got$position[7], 0)
  expect_equal(got$deviations[7], qnorm(pt(5 / sd, 8 + 0.37 * 4)), tolerance = 1e-6)
  # What is above its center does not count.
  expect_lt(got$deviations[5], 0)
  # Populations that evidence does not distinguish, or that say nothing at all.
  mixed <- pair_scores(list(estimate = c(1:5, 4, 4, 5), std_error = rep(1, 8)), is_own, !is_own)
  expect_true(all(mixed$deviations == 0) && all(mixed$position == 1))
  none <- pair_scores(list(estimate = rep(NA_real_, 8), std_error = rep(NA_real_, 8)), is_own,
    !is_own)
  expect_true(all(none$deviations == 0))
})

# Evidence of `n` samples of each of four populations, two of them close: means over 20 blocks of
# log P, with noise of blocks and of samples. The first sample is truly of population `true`.
drawn_evidence <- function(n, true, seed) {
  withr::with_seed(seed, {
    code <- rep(1:4, each = n)
    truth <- replace(code, 1, true)
    mean <- rbind(c(-0.5, -2, -3, -3), c(-2, -0.5, -3, -3), c(-3, -3, -0.9, -1.3),
      c(-3, -3, -1.3, -0.9))
    blocks <- 20
    own <- stats::rnorm(4 * n, 0, 0.1)
    sum <- array(stats::rnorm(4 * n * 4 * blocks, rep(mean[truth, ] + own, blocks), 0.6),
      c(4 * n, 4, blocks))
  })
  list(evidence = list(sum = 10 * sum, n = matrix(10, 4 * n, blocks)), code = code)
}

test_that("few samples of a population raise no false alarms, and hide no wrong label", {
  for (n in c(5, 10, 20)) {
    found <- vapply(1:60, function(seed) {
      drawn <- drawn_evidence(n, true = 2, seed)
      scores <- label_scores(drawn$evidence, drawn$code, 0.1)
      own <- scores$deviations[cbind(seq_along(drawn$code), drawn$code)]
      home <- apply(replace(scores$deviations, cbind(seq_along(own), drawn$code), Inf), 1,
        which.min)
      c(own[1] > 3 && home[1] == 2 && scores$deviations[1, 2] <= 3, mean(own[-1] > 3))
    }, numeric(2))
    expect_identical(mean(found[1, ]), 1)
    expect_lt(mean(found[2, ]), 0.05)
  }
})

test_that("labels are evidence too where there are no probabilities", {
  label <- rbind(c(1L, NA), c(2L, 2L))
  got <- label_probability(label, 3)
  expect_equal(got[, 1, 1], c(0.9, 0.05, 0.05))
  expect_equal(got[, 2, 2], c(0.05, 0.9, 0.05))
  expect_equal(got[, 1, 2], rep(0.05, 3))
})

test_that("proportions called are those of the lengths of windows", {
  calls <- random_calls(3)
  proportions <- called_proportions(calls)
  segments <- ancestry_segments(calls, threshold = 0)
  own <- segments[segments$sample_id == "s2", ]
  length_bp <- own$end_bp - own$start_bp + 1
  want <- tapply(length_bp, factor(own$ancestry, c("a", "b", "c")), sum) / sum(length_bp)
  expect_equal(proportions$proportion[proportions$sample_id == "s2"], as.vector(want))
})

# 60 samples of two populations on two chromosomes. The labels of p5 and p40 are exchanged; p10 is
# of the north on one chromosome and of the south on the other.
planted_panel <- function() {
  panel <- several_panel(60, n_chrom = 2, per_chrom = 60)
  alleles <- as.matrix(panel$haplotypes)
  others <- as.matrix(several_chromosomes(4, n_chrom = 2, per_chrom = 60, seed = 7))
  alleles[19:20, 61:120] <- others[7:8, 61:120]
  colnames(alleles) <- NULL
  labels <- stats::setNames(samples(panel)$population, samples(panel)$sample_id)
  labels[c("p5", "p40")] <- labels[c("p40", "p5")]
  reference_panel(as_haplotypes(alleles, variants = variants(panel$haplotypes)), labels)
}

test_that("exchanged labels and an admixed sample are found, and no other", {
  panel <- planted_panel()
  audit <- suppressWarnings(audit_labels(panel, folds = 3,
    window = window_settings(10, context = 10)),
    classes = "forebear_warning_not_converged")
  expect_s3_class(audit, "forebear_panel_audit")
  expect_identical(audit$sample_id, samples(panel)$sample_id)
  found <- audit[audit$verdict != "agrees", ]
  expect_identical(found$sample_id, c("p5", "p10", "p40"))
  expect_identical(as.character(found$verdict), c("other population", "admixed",
    "other population"))
  expect_identical(found$population, c("south", "north", "north"))
  expect_identical(found$other, c("north", "south", "south"))
  expect_equal(found$own_share, c(0, 0.5, 0), tolerance = 0.1)
  expect_gt(found$std_error[2], 0.2)
  expect_lt(max(abs(found$evidence - c(0, 0.5, 0))), 0.4)
  expect_true(all(found$deviations > 3) && all(audit$deviations[audit$verdict == "agrees"] <= 3))
  plot <- autoplot(audit)
  expect_drawn(plot)
  expect_equal(ggplot2::layer_data(plot, 1)$y, pmin(pmax(audit$evidence, 0), 1))
  expect_setequal(ggplot2::layer_data(plot, 2)$label, found$sample_id)
  again <- suppressWarnings(audit_labels(panel, folds = 3,
    window = window_settings(10, context = 10), threads = 1),
    classes = "forebear_warning_not_converged")
  expect_identical(again, audit)
})

test_that("a panel of a few samples of each population is audited", {
  panel <- suppressWarnings(several_panel(14, n_chrom = 2, per_chrom = 100))
  labels <- stats::setNames(samples(panel)$population, samples(panel)$sample_id)
  # Of the north six are left, of the south seven and one of the north.
  labels[["p3"]] <- "south"
  wrong <- suppressWarnings(reference_panel(panel$haplotypes, labels))
  for (emissions in c("soft", "hard")) {
    audit <- suppressWarnings(audit_labels(wrong, window = window_settings(10, context = 5),
      hmm = pair_hmm(emissions = emissions)))
    expect_identical(audit$sample_id[audit$verdict != "agrees"], "p3")
    expect_identical(as.character(audit$verdict[3]), "other population")
    expect_identical(audit$other[3], "north")
  }
  # As many parts as the smallest population has samples, if there are fewer than five.
  few <- labels[c("p1", "p2", "p4", paste0("p", 8:14))]
  small <- suppressWarnings(reference_panel(panel$haplotypes[names(few), ], few))
  audit <- suppressWarnings(audit_labels(small, window = window_settings(10, context = 5)))
  expect_true(all(audit$verdict == "agrees"))
})

test_that("wrong calls are refused", {
  panel <- several_panel(50)
  expect_snapshot(conditions_of(
    audit_labels(panel, margin = 2), audit_labels(panel, deviations = -1),
    audit_labels(panel, sure = 0.9), audit_labels(panel, folds = 26),
    audit_labels(panel, window = "a")
  ))
})
