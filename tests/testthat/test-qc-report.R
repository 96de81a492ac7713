cleaned <- function() {
  as_genotypes(random_counts(30, 200, missing = 0.1)) |>
    filter_samples(0.12) |>
    filter_variants(max_missing = 0.12, min_maf = 0.1)
}

test_that("a pipeline ends in a report whose numbers add up", {
  g <- as_genotypes(random_counts(30, 200)) |> filter_samples() |> filter_variants()
  expect_s3_class(qc_report(g), "forebear_qc_report")
  report <- qc_report(cleaned())
  steps <- tidy(report)
  expect_named(steps, c("step", "verb", "rule", "failed", "samples_removed", "variants_removed",
    "samples_left", "variants_left", "note"))
  last <- steps[nrow(steps), ]
  expect_identical(c(last$samples_left, last$variants_left), dim(cleaned()))
  expect_identical(30L - sum(steps$samples_removed), last$samples_left)
  expect_identical(200L - sum(steps$variants_removed), last$variants_left)
  expect_gt(sum(steps$samples_removed), 0)
})

test_that("the report has the statistics of what is left", {
  g <- cleaned()
  report <- qc_report(g)
  expect_identical(tidy(report, "variants"), variant_stats(g))
  expect_identical(tidy(report, "samples"), sample_stats(g))
  pairs <- tidy(report, "kinship")
  expect_equal(sum(pairs$n_pairs), choose(nrow(g), 2))
  expect_equal(stats::weighted.mean(pairs$kinship, pairs$n_pairs), mean(kinship(g)$kinship),
    tolerance = 0.01)
})

test_that("a report can be had without kinship", {
  report <- qc_report(cleaned(), kinship = FALSE)
  expect_error(tidy(report, "kinship"), class = "forebear_error_no_kinship")
  expect_error(autoplot(report, type = "kinship"), class = "forebear_error_no_kinship")
  expect_error(tidy(report, "steppes"), class = "forebear_error_argument")
  expect_error(qc_report(cleaned(), kinship = NA), class = "forebear_error_argument")
})

test_that("a report prints what each step removed and why", {
  twice <- rbind(small_counts(), small_counts())
  rownames(twice) <- letters[1:6]
  twice <- as_genotypes(twice)
  expect_snapshot({
    qc_report(cleaned())
    suppressMessages(qc_report(cleaned()[1:5, 1:10]))
    suppressMessages(qc_report(as_genotypes(small_counts())))
    suppressMessages(qc_report(unrelated(filter_variants(twice), 0.3)))
  })
})

test_that("no bin of minor allele frequencies is empty for want of possible values", {
  n <- 43
  counts <- vapply(0:n, function(k) rep(c(1, 0), c(k, n - k)), double(n))
  dimnames(counts) <- list(paste0("s", 1:n), paste0("v", 0:n))
  g <- suppressWarnings(as_genotypes(counts), classes = "forebear_warning_no_two")
  report <- qc_report(g, kinship = FALSE)
  bins <- ggplot2::layer_data(autoplot(report, type = "maf"))
  expect_equal(sum(bins$count), n + 1)
  expect_true(all(head(bins$count, -1) == bins$count[1]))
})
