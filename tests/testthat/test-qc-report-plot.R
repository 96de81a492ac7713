small_report <- function() {
  as_genotypes(random_counts(30, 200, missing = 0.1)) |>
    filter_samples(0.15) |>
    filter_variants(max_missing = 0.2, min_maf = 0.1, min_hwe_p = 1e-5) |>
    qc_report()
}

test_that("every type of plot can be drawn, without a step as well", {
  bare <- qc_report(as_genotypes(random_counts(8, 20)))
  for (type in c("missingness", "maf", "hwe", "heterozygosity", "kinship")) {
    expect_drawn(autoplot(small_report(), type = type))
    expect_drawn(autoplot(bare, type = type))
  }
})

test_that("every variant, sample and pair is in its histogram", {
  report <- small_report()
  n <- dim(small_report()$variants)[[1]]
  count <- function(type) {
    data <- ggplot2::layer_data(autoplot(report, type = type))
    tapply(data$count, data$PANEL, sum)
  }
  expect_equal(c(count("missingness")), c(`1` = n, `2` = nrow(report$samples)))
  expect_equal(c(count("maf")), c(`1` = n))
  expect_equal(c(count("heterozygosity")), c(`1` = nrow(report$samples)))
  bars <- ggplot2::layer_data(autoplot(report, type = "kinship"))
  expect_equal(sum(round(10^bars$ymax)), choose(nrow(report$samples), 2))
})

test_that("lines are drawn at the thresholds of the steps", {
  report <- small_report()
  expect_identical(ggplot2::layer_data(autoplot(report, type = "maf"), 2)$xintercept, 0.1)
  lines <- ggplot2::layer_data(autoplot(report, type = "missingness"), 2)
  expect_equal(lines$xintercept[order(lines$PANEL)], c(0.2, 0.15))
  expect_equal(ggplot2::layer_data(autoplot(report, type = "hwe"), 3)$yintercept, 5)
})

test_that("p-values are drawn against what chance gives", {
  points <- ggplot2::layer_data(autoplot(small_report(), type = "hwe"), 2)
  p <- sort(small_report()$variants$hwe_p)
  expect_equal(points$y, -log10(p))
  expect_equal(points$x, -log10((seq_along(p) - 0.5) / length(p)))
  zero <- small_report()
  zero$variants$hwe_p[[1]] <- 0
  expect_equal(max(ggplot2::layer_data(autoplot(zero, type = "hwe"), 2)$y), 300)
})

test_that("many p-values are thinned, the smallest kept", {
  data <- tibble::tibble(expected = 1:20000, observed = 1:20000)
  thin <- thin_ranks(data)
  expect_identical(nrow(thin), 5000L)
  expect_identical(thin$expected[1:1000], 1:1000)
  expect_identical(thin$expected[5000], 20000L)
})

test_that("misspelt types and arguments are refused", {
  expect_error(autoplot(small_report(), type = "missing"), class = "forebear_error_argument")
  expect_error(autoplot(small_report(), colour = 1), class = "forebear_error_argument")
})
