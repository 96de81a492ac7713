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
