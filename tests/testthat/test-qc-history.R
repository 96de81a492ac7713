test_that("a variant that breaks two rules is removed by the first", {
  g <- as_genotypes(cbind(a = c(0, 0, NA, NA), b = c(0, 0, 0, 0), c = c(0, 1, 2, 1)))
  kept <- filter_variants(g, max_missing = 0.1, min_maf = 0.1)
  rules <- kept$history[[1]]$rules
  expect_identical(rules$rule, c("missing > 0.1", "MAF < 0.1"))
  expect_identical(rules$failed, c(1L, 2L))
  expect_identical(rules$removed, c(1L, 1L))
})

test_that("the steps add up, with choices in between", {
  g <- as_genotypes(random_counts(30, 200, missing = 0.1))
  left <- g |> filter_samples(0.12) |> filter_variants(max_missing = 0.1, min_maf = 0.2)
  chosen <- left[1:10, 3:40]
  table <- history_table(exclude_regions(chosen, data.frame(chrom = "1", start_bp = 1,
    end_bp = 50))[, -1]$history, c(10L, 5L))
  expect_identical(table$verb, c("start", "filter_samples", "filter_variants", "filter_variants",
    "[", "exclude_regions", "["))
  expect_identical(table$samples_left, 30L - cumsum(table$samples_removed))
  expect_identical(table$variants_left, 200L - cumsum(table$variants_removed))
  expect_identical(c(table$samples_left[7], table$variants_left[7]), c(10L, 5L))
})

test_that("data that no step has touched have a start alone", {
  expect_identical(history_table(NULL, c(3L, 5L))$verb, "start")
})
