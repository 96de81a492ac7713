plotted_panel <- function() {
  alleles <- random_alleles(80, 30)
  labels <- stats::setNames(rep(c("a", "b", "c"), c(30, 26, 24)), paste0("s", 1:80))
  suppressWarnings(reference_panel(as_haplotypes(alleles), labels, "((a,b)north,c)all;"))
}

test_that("leaves are drawn at the right, inner nodes amid their children", {
  place <- tree_places(plotted_panel()$tree, c(30, 26, 24))
  expect_identical(place$name, c("all", "north", "a", "b", "c"))
  expect_equal(place$x, c(0, 1, 2, 2, 2))
  expect_equal(place$y, c(1.75, 2.5, 3, 2, 1))
  expect_equal(place$n_samples, c(80, 56, 30, 26, 24))
  expect_identical(place$label[1:2], c("all (80)", "north (56)"))
})

test_that("small populations are hollow, colours are those of the leaves", {
  plot <- autoplot(plotted_panel())
  point <- ggplot2::layer_data(plot, 3)
  expect_identical(point$colour, unname(ancestry_colours(3)))
  expect_identical(point$fill, c(unname(ancestry_colours(3))[1:2], "white"))
  expect_true(all(diff(point$size) < 0))
  expect_drawn(plot)
  expect_drawn(autoplot(suppressWarnings(
    reference_panel(as_haplotypes(random_alleles(4, 9)), c(s1 = "a", s2 = "b", s3 = "a", s4 = "b"))
  )))
})

test_that("nothing else is taken", {
  expect_snapshot(conditions_of(autoplot(plotted_panel(), labels = 1)))
})
