test_that("several samples have a panel each, and unknown ones are an error", {
  calls <- example_calls()
  plot <- autoplot(calls, sample_id = c("dan", "ann"))
  expect_drawn(plot)
  expect_identical(levels(plot$data$sample_id), c("dan", "ann"))
  expect_error(autoplot(calls, "eve"), "eve", class = "forebear_error_unknown_sample")
  expect_error(autoplot(calls, 1), class = "forebear_error_unknown_sample")
  expect_error(autoplot(calls, c("ann", "ann")), "Twice", class = "forebear_error_unknown_sample")
  as_factor <- autoplot(calls, factor(c("dan", "ann")))
  expect_identical(as_factor$data, plot$data)
  expect_identical(karyogram_order(c("10", "X", "chr2", "1")), c("1", "chr2", "10", "X"))
})

test_that("arguments of the other type of figure are refused", {
  calls <- example_calls()
  expect_snapshot(conditions_of(
    autoplot(calls, region = "1"),
    autoplot(calls, type = "region", region = "1", threshold = 0.5),
    autoplot(calls, build = "hg19"),
    autoplot(calls, switches = NA)
  ))
})
