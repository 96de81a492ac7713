# Proportion of the own population in each sample, worked by hand: five samples of a, of whom the
# last two are odd, and three of b.
hand_proportions <- function() {
  own <- rbind(c(0.95, 0.05), c(0.93, 0.07), c(0.94, 0.06), c(0.1, 0.9), c(0.5, 0.5),
    c(0.1, 0.9), c(0.04, 0.96), c(0.06, 0.94))
  tibble::tibble(sample_id = rep(paste0("s", 1:8), each = 2), ancestry = rep(c("a", "b"), 8),
    proportion = c(t(own)), std_error = 0.01)
}

test_that("verdicts are those worked by hand", {
  samples <- tibble::tibble(sample_id = paste0("s", 1:8), population = rep(c("a", "b"), c(5, 3)))
  got <- new_panel_audit(hand_proportions(), samples, c("a", "b"), margin = 0.1, deviations = 0)
  # Medians are .93 and .94: low is below .83 and .84.
  expect_equal(attr(got, "bounds"), c(a = 0.83, b = 0.84))
  expect_identical(as.character(got$verdict), c("agrees", "agrees", "agrees", "other population",
    "admixed", "agrees", "agrees", "agrees"))
  expect_equal(got$own_share, c(0.95, 0.93, 0.94, 0.1, 0.5, 0.9, 0.96, 0.94))
  expect_identical(got$other, rep(c("b", "a"), c(5, 3)))
  expect_equal(got$other_share, 1 - got$own_share)
  expect_equal(got$.share_b, c(0.05, 0.07, 0.06, 0.9, 0.5, 0.9, 0.96, 0.94))
  # Deviations from .93: .02, 0, .01, .83, .43; their median .02.
  wide <- new_panel_audit(hand_proportions(), samples, c("a", "b"), margin = 0.01, deviations = 3)
  expect_equal(attr(wide, "bounds"), c(a = 0.93, b = 0.94) - 3 * 1.4826 * 0.02)
  expect_true(all(new_panel_audit(hand_proportions(), samples, c("a", "b"), margin = 0.9,
    deviations = 3)$verdict == "agrees"))
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
  plot <- autoplot(audit)
  expect_drawn(plot)
  expect_equal(ggplot2::layer_data(plot, 2)$y, audit$own_share)
  expect_setequal(ggplot2::layer_data(plot, 3)$label, found$sample_id)
  again <- suppressWarnings(audit_labels(panel, folds = 3,
    window = window_settings(10, context = 10), threads = 1),
    classes = "forebear_warning_not_converged")
  expect_identical(again, audit)
})

test_that("wrong calls are refused", {
  panel <- several_panel(50)
  expect_snapshot(conditions_of(
    audit_labels(panel, margin = 2), audit_labels(panel, deviations = -1),
    audit_labels(panel, sure = 0.9), audit_labels(panel, folds = 26),
    audit_labels(panel, window = "a")
  ))
})
