test_that("the view is a rotation", {
  for (azimuth in c(-100, 0, 30, 135)) {
    for (elevation in c(0, 25, 90)) {
      view <- new_view(azimuth, elevation)
      axes <- rbind(view$right, view$up, view$toward)
      expect_equal(tcrossprod(axes), diag(3))
      # right-handed: what rises on paper and what comes nearer do not swap.
      expect_equal(det(axes), 1)
    }
  }
})

test_that("from the front, the second component runs right and the third up", {
  front <- see(rbind(c(1, 2, 3)), new_view(0, 0))
  expect_equal(unlist(front), c(x = 2, y = 3, depth = 1))
  above <- see(rbind(c(1, 2, 3)), new_view(0, 90))
  expect_equal(unlist(above), c(x = 2, y = -1, depth = 3))
})

test_that("all points lie inside the box and each axis has its own scale", {
  points <- cbind(c(-5, 5, 0), c(0, 100, 50), c(1, 1, 1))
  axes <- axis_ranges(points)
  cube <- into_cube(points, axes)
  expect_true(all(abs(cube) <= 1))
  expect_equal(cube[, 1], c(-1, 1, 0) / 1.08)
  expect_equal(cube[3, ], c(0, 0, 0))
  for (axis in axes) expect_true(all(abs(tick_places(axis)) <= 1))
})

test_that("faces of the box lie behind, and axes on its outline", {
  for (azimuth in seq(5, 355, by = 25)) {
    view <- new_view(azimuth, 20)
    behind <- ifelse(view$toward >= 0, -1, 1)
    for (axis in 1:3) {
      center <- c(0, 0, 0)
      center[[axis]] <- behind[[axis]]
      expect_lt(see(rbind(center), view)$depth, 0)
    }
    # The upright axis is the leftmost edge of the box.
    corners <- see(as.matrix(expand.grid(c(-1, 1), c(-1, 1), 0)), view)
    edge <- edge_of(3, view)
    expect_equal(see(rbind(edge), view)$x, min(corners$x))
  }
})

test_that("archetypes and samples are where their components put them, far ones first", {
  fit <- archetypes(mixtures_of(40, 4), k = 4)
  plot <- autoplot(fit, type = "pca3d", azimuth = 0, elevation = 0)
  samples <- ggplot2::layer_data(plot, 6)
  # Seen along the first component, x and y are the second and third but for scale.
  order <- order(fit$scores[, 1])
  expect_equal(stats::cor(samples$x, fit$scores[order, 2]), 1)
  expect_equal(stats::cor(samples$y, fit$scores[order, 3]), 1)
  expect_false(is.unsorted(samples$size))
  nearest_last <- rownames(fit$positions)[order(fit$positions[, 1])]
  expect_equal(ggplot2::layer_data(plot, 9)$label, short_names(nearest_last))
})

test_that("three components are needed", {
  fit <- archetypes(mixtures_of(40, 4), k = 4)
  expect_drawn(autoplot(fit, type = "pca3d"))
  expect_drawn(autoplot(fit, type = "pca3d", labels = rep(c("a", "b"), 20), label_groups = TRUE))
  flat <- archetypes(mixtures_of(40, 3), k = 3)
  expect_error(autoplot(flat, type = "pca3d"), "The fit has 2",
    class = "forebear_error_plot_components")
  expect_error(autoplot(fit, type = "pca3d", components = c(1, 2, 4)),
    class = "forebear_error_plot_components")
  expect_error(autoplot(fit, type = "pca3d", components = c(1, 1, 2)),
    class = "forebear_error_plot_components")
  expect_error(autoplot(fit, type = "pca3d", azimuth = "left"), class = "forebear_error_argument")
})
