small_path <- function(k = 2:5, restarts = 2) {
  x <- withr::with_seed(1, {
    q <- matrix(stats::rexp(60 * 4)^2, 60)
    (q / rowSums(q)) %*% matrix(stats::rnorm(16), 4)
  })
  rownames(x) <- paste0("s", 1:60)
  archetypes_path(x, k = k, restarts = restarts, init = "sample")
}

test_that("the variance plot shows the best of each k, and the range of its runs", {
  path <- small_path()
  runs <- tidy(path)
  plot <- autoplot(path)
  expect_drawn(plot)
  line <- ggplot2::layer_data(plot, 1)
  expect_equal(line$y, 100 * runs$explained_variance[runs$best])
  range <- ggplot2::layer_data(plot, 2)
  expect_equal(range$ymin, unname(c(tapply(100 * runs$explained_variance, runs$k, min))))
  expect_equal(range$ymax, line$y)
  expect_equal(nrow(ggplot2::layer_data(plot, 3)), nrow(runs))
})

test_that("the elbow is the point furthest above the chord", {
  # The chord of 0, 6, 8, 9 rises by 3 a step: 0, 3, 2, 0 above it.
  expect_identical(find_elbow(1:4, c(0, 6, 8, 9)), 2L)
  expect_identical(find_elbow(c(2, 3, 4, 10), c(0, 6, 8, 9)), 3L)
  expect_identical(find_elbow(1:4, 10 * c(0, 6, 8, 9) + 3), 2L)
  expect_identical(find_elbow(1:3, c(0, 6, 8)), NA_integer_)
  expect_identical(find_elbow(1:4, 1:4), NA_integer_)
  expect_identical(find_elbow(1:4, c(0, 1, 3, 9)), NA_integer_)
  expect_length(autoplot(small_path(k = 2:4))$layers, 4)
  expect_length(autoplot(small_path())$layers, 6)
})

test_that("the time plot accumulates", {
  path <- small_path()
  plot <- autoplot(path, type = "time")
  expect_drawn(plot)
  data <- ggplot2::layer_data(plot, 2)
  expect_equal(data$x, 2:5)
  expect_equal(data$y, cumsum(c(tapply(tidy(path)$cpu_seconds, tidy(path)$k, unique))),
    ignore_attr = TRUE)
})

test_that("bars of several k have samples, names and colours in common", {
  path <- small_path()
  plot <- autoplot(path, type = "bar", k = c(2, 5))
  expect_drawn(plot)
  polygons <- ggplot2::layer_data(plot)
  expect_identical(length(unique(polygons$PANEL)), 2L)
  colours <- lapply(split(polygons$fill, polygons$PANEL), unique)
  shown <- function(k) unname(ancestry_colours(colnames(best_fit(path, k)$q)))
  expect_setequal(colours[[1]], shown(2))
  expect_setequal(colours[[2]], shown(5))
  place <- place_samples(best_fit(path, 5)$q)
  name <- colnames(best_fit(path, 2)$q)[[1]]
  first <- polygons[polygons$PANEL == 1 & polygons$fill == ancestry_colours(name), ]
  expect_equal(stair_heights(first), unname(best_fit(path, 2)$q[place$sample, name]))
})

test_that("bars of several k stand by population, with or without many of them", {
  path <- small_path()
  labels <- rep(c("north", "south", "east"), 20)
  plot <- autoplot(path, type = "bar", labels = labels)
  expect_drawn(plot)
  expect_identical(length(unique(ggplot2::layer_data(plot)$PANEL)), 4L)
  many <- paste("population", seq_len(60))
  expect_drawn(autoplot(path, type = "bar", k = 3, labels = many))
})

test_that("what a path cannot draw is refused", {
  path <- small_path(k = 2:3)
  expect_snapshot(conditions_of(
    autoplot(path, type = "map"),
    autoplot(path, k = 4),
    autoplot(path, k = "all"),
    autoplot(path, type = "bar", labels = 1:3)
  ))
})

test_that("what another model explains is computed from the scores of the path", {
  scores <- mixtures_of(40, 3)
  path <- suppressMessages(archetypes_path(scores, k = 2:3, restarts = 2))
  q <- best_fit(path, 3)$q
  others <- variance_of_others(path, list(other = list(q)), 2:3, NULL)
  expect_identical(others$k, 3L)
  # Plain least squares, one component after the other.
  rss <- sum(vapply(seq_len(ncol(scores)), function(j) {
    sum(stats::lm.fit(q, scores[, j])$residuals^2)
  }, 0))
  total <- sum(sweep(scores, 2, colMeans(scores))^2)
  expect_equal(others$percent, 100 * (1 - rss / total))
  # Free centers explain at least as much as archetypes with the same weights.
  own <- tidy(path)
  expect_gte(others$percent + 1e-6, 100 * max(own$explained_variance[own$k == 3]))
  plot <- autoplot(path, with = list(other = list(q, best_fit(path, 2))))
  expect_drawn(plot)
  expect_identical(levels(plot$data$model), c("archetypes", "other"))
  expect_error(autoplot(path, with = list(q)), class = "forebear_error_argument")
  expect_error(autoplot(path, type = "time", with = list(a = q)), class = "forebear_error_argument")
})
