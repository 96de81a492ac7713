plotted_map <- function() {
  x <- withr::with_seed(1, matrix(stats::rnorm(90), 30, dimnames = list(paste0("s", 1:30), NULL)))
  gtm(x, nodes = 6, rbf = 2)
}

test_that("every type of map can be drawn", {
  map <- plotted_map()
  labels <- rep(c("a", "b", NA), 10)
  expect_drawn(autoplot(map))
  expect_drawn(autoplot(map, labels = labels, label_groups = TRUE))
  expect_drawn(autoplot(map, place = "mode", new_data = matrix(0, 2, 3)))
  expect_drawn(autoplot(map, type = "density"))
})

test_that("samples are drawn at their places, new ones are black crosses", {
  map <- plotted_map()
  plot <- autoplot(map, new_data = map$space$scores[5:6, ])
  points <- ggplot2::layer_data(plot)
  expect_equal(points$x, tidy(map)$gtm1)
  new <- ggplot2::layer_data(plot, 2)
  expect_equal(new$x, tidy(map)$gtm1[5:6])
  expect_equal(unique(new$colour), "black")
})

test_that("samples of one node are drawn apart, inside its cell", {
  table <- tibble::tibble(sample_id = letters[1:4], mode1 = c(0, 0, 0, 1), mode2 = c(0, 0, 0, 1))
  got <- places_on_map(table, "mode", 0.5)
  expect_identical(got$sample_id, table$sample_id)
  expect_equal(c(got$x[1], got$y[1], got$x[4], got$y[4]), c(0, 0, 1, 1))
  expect_equal(nrow(unique(round(got[c("x", "y")], 9))), 4)
  expect_lte(max(sqrt(got$x[1:3]^2 + got$y[1:3]^2)), 0.45 * 0.5 + 1e-12)
})

test_that("the density of all nodes is a hundred per cent", {
  built <- ggplot2::ggplot_build(autoplot(plotted_map(), type = "density"))
  expect_equal(nrow(built$data[[1]]), 36)
  expect_equal(sum(100 * plotted_map()$density), 100)
})

test_that("arguments of another type are refused", {
  map <- plotted_map()
  expect_snapshot(conditions_of(
    autoplot(map, type = "loadings"), autoplot(map, type = "density", labels = 1),
    autoplot(map, type = "landscape"), autoplot(map, values = 1:30),
    autoplot(map, type = "density", new_data = matrix(0, 1, 3)), autoplot(map, place = "median"),
    autoplot(map, labels = "a")
  ))
})

test_that("new genotypes are aligned as the user says", {
  counts <- random_counts(40, 300)
  map <- gtm(as_genotypes(counts[1:30, ]), nodes = 6, rbf = 2, regularization = 0.001,
    num_comp = 2)
  new <- as_genotypes(counts[31:40, 1:200])
  expect_error(autoplot(map, new_data = new, strand = "same"), class = "forebear_error")
  expect_drawn(autoplot(map, new_data = new, strand = "same", min_overlap = 0.5))
})
