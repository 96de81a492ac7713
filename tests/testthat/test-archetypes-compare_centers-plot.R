small_centers <- function(...) {
  fit <- archetypes(mixtures_of(40, 4), k = 4)
  compare_centres(fit, other = fit$q[, 4:1], methods = "kmeans", ...)
}

test_that("centers stand where the table says, in the shape and colour of their method", {
  centers <- small_centers()
  plot <- autoplot(centers, components = c(3, 1))
  marks <- ggplot2::layer_data(plot, 2)
  table <- tidy(centers)
  expect_equal(marks$x, table$value[table$component == 3])
  expect_equal(marks$y, table$value[table$component == 1])
  expect_equal(marks$shape, rep(c(21, 24, 22), each = 4))
  expect_length(unique(marks$fill), 3)
  expect_equal(nrow(ggplot2::layer_data(plot, 1)), 40)
  expect_identical(plot$labels$x, "Component 3")
})

test_that("with labels, samples have the colours and centers are grey", {
  plot <- autoplot(small_centers(), labels = rep(c("a", "b"), 20))
  expect_setequal(ggplot2::layer_data(plot, 1)$colour, ancestry_colours(2))
  fill <- grDevices::col2rgb(ggplot2::layer_data(plot, 2)$fill)
  expect_true(all(fill[1, ] == fill[2, ] & fill[2, ] == fill[3, ]))
})

test_that("both types are drawn, with labels and without", {
  for (type in c("pca", "pca3d")) {
    expect_drawn(autoplot(small_centers(), type = type))
    expect_drawn(autoplot(small_centers(), type = type, labels = rep(c("a", NA), 20)))
  }
})

test_that("components that are not there and too many methods are refused", {
  centers <- small_centers()
  expect_error(autoplot(centers, components = 1), class = "forebear_error_plot_components")
  expect_error(autoplot(centers, type = "pca3d", components = c(1, 2, 9)),
    class = "forebear_error_plot_components")
  flat <- compare_centres(archetypes(mixtures_of(20, 3), k = 3), methods = "kmeans")
  expect_error(autoplot(flat, type = "pca3d"), class = "forebear_error_plot_components")
  fit <- archetypes(mixtures_of(40, 4), k = 4)
  many <- compare_centres(fit, a = fit, b = fit, c = fit, d = fit, methods = "kmeans")
  expect_error(autoplot(many), class = "forebear_error_plot_methods")
  expect_error(autoplot(centers, elevation = 100), class = "forebear_error_argument")
})
