test_that("a pie has the mean ancestry of the samples of its place", {
  weights <- rbind(c(0.25, 0.75), c(0, 1))
  colnames(weights) <- c("a", "b")
  wedges <- pie_wedges(c(0, 10), c(0, 0), c(1, 2), weights)
  area <- function(own) {
    next_one <- c(2:nrow(own), 1)
    abs(sum(own$x * own$y[next_one] - own$x[next_one] * own$y)) / 2
  }
  areas <- vapply(split(wedges, wedges$wedge), area, 0)
  expect_equal(unname(areas[c("1 1", "1 2", "2 2")]), pi * c(0.25, 0.75, 4), tolerance = 0.02)
  expect_false("2 1" %in% wedges$wedge)
  # The first wedge begins on top and goes clockwise.
  first <- wedges[wedges$wedge == "1 1", ]
  expect_equal(c(first$x[2], first$y[2]), c(0, 1))
  expect_true(all(first$x >= -1e-9))
})

test_that("discs that would overlap are moved apart, others stay", {
  moved <- spread_discs(c(0, 0, 100), c(0, 0, 0), c(2, 3, 1))
  expect_gt(sqrt(diff(moved$x[1:2])^2 + diff(moved$y[1:2])^2), 5.39)
  expect_equal(c(moved$x[3], moved$y[3]), c(100, 0), tolerance = 0.01)
})

test_that("pies are drawn at places of samples and of populations", {
  skip_if_not_installed("maps")
  q <- small_weights()
  places <- data.frame(population = c("x", "y"), latitude = c(50, -10), longitude = c(10, 30))
  labels <- rep(c("x", "y"), 3)
  plot <- world_map(places, labels, ancestry = q)
  expect_drawn(plot)
  means <- unique(plot$data[c("archetype", "place", "weight")])
  first <- means$weight[means$place == 1]
  expect_equal(first, unname(colMeans(q[labels == "x", ]))[first > 0], tolerance = 1e-6)
  by_sample <- data.frame(sample_id = rownames(q), latitude = 1:6, longitude = 11:16)
  expect_drawn(world_map(by_sample, ancestry = q, extent = "data"))
  expect_error(world_map(places, ancestry = q), class = "forebear_error_argument")
  expect_error(world_map(places, labels, ancestry = q, colour = 1),
    class = "forebear_error_argument")
})
