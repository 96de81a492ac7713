test_that("a karyogram has two rows of rectangles per chromosome that cover it", {
  calls <- random_calls(2)
  plot <- autoplot(calls)
  expect_drawn(plot)
  expect_identical(plot$labels$title, "s1")
  tracts <- ggplot2::layer_data(plot, 1)
  expect_identical(length(unique(tracts$ymin)), 4L)
  covered <- tapply(tracts$xmax - tracts$xmin, tracts$ymin, sum)
  # Chromosome 1 has 5 to 84, chromosome 2 has 5 to 56.
  expect_equal(sort(unname(c(covered))), c(52, 52, 80, 80) / 1e6)
  expect_true(all(tracts$fill %in% ancestry_colours(c("a", "b", "c"))))
  first <- calls[1, ]
  low <- tracts[tracts$xmin == 4 / 1e6 & tracts$ymin == max(tracts$ymin), ]
  expect_identical(low$fill, unname(ancestry_colours(c("a", "b", "c"))[first$.pred_class]))
})

test_that("switches that are called are marked, and only those of the sample", {
  calls <- random_calls(2)
  marks <- ggplot2::layer_data(autoplot(calls, sample_id = "s2"), 2)
  own <- phase_switches(calls)
  own <- own[own$sample_id == "s2" & own$switched, ]
  expect_equal(sort(marks$x), sort(own$position_bp) / 1e6)
  attr(calls, "switches")$switched <- FALSE
  expect_length(autoplot(calls)$layers, 1)
})

test_that("switches are marked where phase_switches() says, at steps of the windows at hand", {
  calls <- random_calls(1, c("1" = 6), switched = 1)
  marked <- function(calls) sort(ggplot2::layer_data(autoplot(calls), 2)$x) * 1e6
  attr(calls, "switches")$position_bp <- c(NA, 27L, 50L, NA, 71L)
  # Borders of windows are half way between them, at 14 w - 11.
  expect_equal(marked(calls), c(17, 27, 50, 59, 71))
  expect_no_warning(some <- marked(calls[calls$window %in% c(1, 3:5), ]))
  expect_equal(some, c(50, 59))
})

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
