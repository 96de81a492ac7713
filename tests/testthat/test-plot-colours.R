test_that("colors are taken by name, in order and from a function", {
  q <- as_q_matrix(small_weights())
  fills <- function(plot) sort(unique(ggplot2::layer_data(plot)$fill))
  expect_identical(fills(autoplot(q, colours = c("#111111", "#222222", "#333333"))),
    c("#111111", "#222222", "#333333"))
  named <- autoplot(q, colors = c(archetype2 = "#222222"))
  expect_setequal(fills(named), c("#222222", ancestry_colours(3)[-2]))
  expect_identical(fills(autoplot(q, colours = grDevices::rainbow)), sort(grDevices::rainbow(3)))
  # Colors are of one figure.
  expect_setequal(fills(autoplot(q)), ancestry_colours(3))
  by_label <- autoplot(q, type = "simplex", labels = rep(c("a", "b"), 3),
    colours = c(b = "#222222"))
  layers <- lapply(seq_along(by_label$layers), function(i) ggplot2::layer_data(by_label, i)$colour)
  expect_true("#222222" %in% unlist(layers))
})

test_that("wrong colors are refused, and leave nothing behind", {
  q <- as_q_matrix(small_weights())
  expect_snapshot(conditions_of(
    autoplot(q, colours = "no such color"),
    autoplot(q, colours = c("red", "blue")),
    autoplot(q, colours = c(europe = "red")),
    autoplot(q, colours = 1:3),
    autoplot(q, colours = "red", colors = "red"),
    autoplot(q, color = "red")
  ))
  expect_null(figure_colours$given)
  expect_setequal(ggplot2::layer_data(autoplot(q))$fill, ancestry_colours(3))
})

test_that("samples are the data of a figure, so that it can be split by their labels", {
  fit <- pca(random_counts(12, 40, missing = 0), num_comp = 3)
  labels <- data.frame(sample_id = tidy(fit)$sample_id[1:12], region = rep(c("a", "b", "c"), 4))
  plot <- autoplot(fit, labels = labels)
  expect_identical(nrow(plot$data), 12L)
  expect_true(all(c("sample_id", "region", "x", "y") %in% names(plot$data)))
  split <- plot + ggplot2::facet_wrap(ggplot2::vars(.data$region))
  expect_identical(nlevels(ggplot2::layer_data(split)$PANEL), 3L)
  half <- ggplot2::`%+%`(plot, plot$data[1:6, ])
  expect_identical(nrow(ggplot2::layer_data(half)), 6L)
})

test_that("names of samples can be added to every figure of samples", {
  scores <- withr::with_seed(2, matrix(rnorm(90), 30))
  rownames(scores) <- paste0("s", 1:30)
  labels <- data.frame(sample_id = rownames(scores), region = rep(c("a", "b", "c"), 10))
  map <- gtm(scores, nodes = 4, rbf = 2, regularization = 1e-3)
  fit <- suppressMessages(archetypes(scores, 3, dims = 3, restarts = 1))
  knn <- classify(scores, labels, "knn")
  counts <- pca(random_counts(30, 80, missing = 0), num_comp = 3)
  placed <- data.frame(sample_id = tidy(counts)$sample_id[1:30], region = labels$region)
  centers <- compare_centers(fit, methods = "kmeans")
  figures <- list(
    autoplot(counts, labels = placed), autoplot(counts), autoplot(map, labels = labels),
    autoplot(map, place = "mode"), autoplot(fit, type = "pca", labels = labels),
    autoplot(fit, type = "pca3d", labels = labels), autoplot(fit, type = "pca3d"),
    autoplot(fit, type = "simplex", labels = labels, label_groups = TRUE), autoplot(knn),
    autoplot(centers), autoplot(centers, type = "pca3d", labels = labels),
    compare_maps(list(map = map, same = map), labels = labels)
  )
  for (figure in figures) {
    named <- figure + ggplot2::geom_text(ggplot2::aes(label = sample_id))
    text <- ggplot2::layer_data(named, length(named$layers))
    points <- figure$data
    expect_setequal(text$label, unique(points$sample_id))
    expect_identical(text$x, unname(points$x))
    expect_drawn(named)
  }
  split <- figures[[6]] + ggplot2::facet_wrap(~region)
  expect_identical(nlevels(droplevels(ggplot2::layer_data(split, 6)$PANEL)), 3L)
  by_node <- autoplot(classify(scores, labels, "gtm"))
  expect_drawn(by_node + ggplot2::geom_text(ggplot2::aes(label = population)))
})

test_that("labels may be called like a column of a figure", {
  scores <- small_scores()
  fit <- suppressMessages(archetypes(matrix(scores$value, 6), 2, restarts = 1))
  labels <- data.frame(sample_id = tidy(fit)$sample_id[1:6], x = rep(c("a", "b"), 3))
  plot <- autoplot(fit, type = "pca", labels = labels)
  expect_type(plot$data$x, "double")
  expect_drawn(plot)
})
