# The shipped phased panel and query, and a model of them.
shipped <- function(change = identity) {
  labels <- utils::read.delim(example_data("phased_labels"))
  reference <- change(read_phased_vcf(example_data("phased_panel")))
  panel <- suppressWarnings(reference_panel(reference, labels),
    classes = "forebear_warning_small_population")
  list(
    model = local_ancestry(panel, calibrate = FALSE),
    query = change(read_phased_vcf(example_data("phased_query"))),
    truth = utils::read.delim(example_data("phased_truth"))
  )
}

# The proportion of windows called as they truly are.
accuracy <- function(calls, truth) {
  scores <- evaluate_calls(calls, truth, threshold = 0)
  scores <- scores[scores$node %in% attr(calls, "populations"), ]
  sum(scores$precision * scores$n_assigned, na.rm = TRUE) / sum(scores$n_assigned)
}

test_that("variants that the query lacks cost little accuracy", {
  data <- shipped()
  n <- ncol(data$query)
  absent <- withr::with_seed(1, sort(sample(n, n / 6)))
  whole <- predict(data$model, data$query)
  expect_message(thin <- predict(data$model, data$query[, -absent]), "are imputed")
  expect_gt(accuracy(whole, data$truth), 0.9)
  expect_gt(accuracy(thin, data$truth), accuracy(whole, data$truth) - 0.02)
  called <- function(calls) calls$.pred_class[calls_by_variant(calls)$row]
  expect_gt(mean(called(thin) == called(whole)), 0.95)
  few <- suppressMessages(predict(data$model, data$query[1:5, -absent], threads = 2,
    pool = TRUE))
  expect_identical(few, suppressMessages(predict(data$model, data$query[1:5, -absent],
    threads = 1, pool = TRUE)))
  skip_if_not_installed("BiocParallel")
  expect_identical(few, suppressMessages(predict(data$model, data$query[1:5, -absent],
    BPPARAM = BiocParallel::SerialParam(), pool = TRUE)))
})

test_that("one flipped variant, which makes A/T and C/G ambiguous, costs little accuracy", {
  data <- shipped(function(haplotypes) {
    variants <- variants(haplotypes)
    some <- seq(3, nrow(variants), 6)
    variants$ref[some] <- "A"
    variants$alt[some] <- "T"
    as_haplotypes(as.matrix(haplotypes), variants = variants)
  })
  variants <- variants(data$query)
  variants$ref[1] <- chartr("ACGT", "TGCA", variants$ref[1])
  variants$alt[1] <- chartr("ACGT", "TGCA", variants$alt[1])
  flipped <- as_haplotypes(as.matrix(data$query), variants = variants)
  expect_message(calls <- predict(data$model, flipped), "are imputed")
  whole <- predict(data$model, data$query)
  expect_gt(accuracy(calls, data$truth), accuracy(whole, data$truth) - 0.02)
})

test_that("a haplotype copied from the panel comes back, and one that is absent stays so", {
  panel <- as.matrix(read_phased_vcf(example_data("phased_panel")))[1:40, ]
  variants <- variants(read_phased_vcf(example_data("phased_panel")))
  n <- ncol(panel)
  male <- panel[c(5, 5, 11, 12), ]
  male[2, ] <- NA
  rownames(male) <- c("male_1", "male_2", "ann_1", "ann_2")
  reading <- rep(c(1L, 1L, 0L), length.out = n)
  donors <- list(haplotypes = as_haplotypes(panel, variants = variants),
    position_cm = as.double(variants$position_cm))
  got <- imputed_haplotypes(as_haplotypes(male, variants = variants), reading, donors, 1L, NULL)
  got <- as.matrix(got)
  expect_true(all(is.na(got[2, ])))
  expect_gt(mean(got[-2, reading == 0] == male[-2, reading == 0]), 0.995)
  expect_identical(got[, reading == 1], male[, reading == 1])
})

test_that("windows that new haplotypes lack are not called with confidence", {
  # Three populations of 30, four chromosomes of four windows, variants that say nothing of others.
  withr::local_seed(3)
  n <- 4 * 80
  frequency <- vapply(1:3, function(k) {
    pmin(0.97, pmax(0.03, stats::runif(n, 0.1, 0.9) + stats::rnorm(n, 0, 0.2)))
  }, numeric(n))
  alleles <- do.call(rbind, lapply(1:3, function(k) {
    matrix(stats::rbinom(80 * n, 1, rep(frequency[, k], each = 80)), 80)
  }))
  sample_id <- paste0("s", 1:120)
  rownames(alleles) <- paste0(rep(sample_id, each = 2), c("_1", "_2"))
  bp <- rep(1:80 * 3e5, 4)
  variants <- data.frame(chrom = rep(1:4, each = 80), position_bp = bp, position_cm = bp / 1e6,
    ref = "A", alt = "C")
  haplotypes <- as_haplotypes(alleles, variants = variants)
  labels <- stats::setNames(rep(c("a", "b", "c"), each = 40), sample_id)
  held_out <- rep(rep(c(FALSE, TRUE), c(30, 10)), 3)
  panel <- suppressWarnings(reference_panel(haplotypes[!held_out, ], labels[!held_out]))
  model <- suppressMessages(local_ancestry(panel, window_settings(20, context = 0),
    calibrate = FALSE))
  query <- haplotypes[held_out, ]
  on_last <- function(calls) calls[calls$chrom == "4", ]
  most <- function(calls) pmax(calls$.pred_a, calls$.pred_b, calls$.pred_c)
  whole <- on_last(suppressMessages(predict(model, query, phase = "trusted")))
  right <- whole$.pred_class == labels[whole$sample_id]
  expect_gt(mean(right[most(whole) >= 0.8]), 0.95)
  # Of the last chromosome one variant; of the third the first half.
  kept <- c(1:200, 241)
  expect_message(
    expect_message(calls <- predict(model, query[, kept], phase = "trusted", min_overlap = 0.5),
      "are imputed"),
    class = "forebear_message_few_variants"
  )
  last <- on_last(calls)
  right <- last$.pred_class == labels[last$sample_id]
  # Samples are of one population: what they have elsewhere is what is left to go by.
  expect_gt(mean(right), 0.9)
  none <- query[, c(1:2, 81:82, 161:162, 241:242)]
  expect_message(
    few <- suppressMessages(predict(model, none, phase = "trusted", min_overlap = 0),
      classes = "forebear_message_overlap"),
    "With 2.5 % of the variants of the model posteriors are too high", fixed = TRUE
  )
  expect_lt(mean(most(few) >= 0.8), 0.1)
  observed <- seq_len(80) <= 40
  expect_identical(rust_observed_proportions(model$chromosomes[["3"]]$model, observed),
    c(1, 1, 0, 0))
  called <- function() predict(model, query[, kept], phase = "trusted", min_overlap = 0.5)
  few <- function() suppressMessages(called(), classes = "forebear_message_overlap")
  expect_snapshot(conditions_of(called(), few()))
})
