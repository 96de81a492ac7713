test_that("both panels show the same samples in the same place with matched colours", {
  q <- small_weights()
  b <- q[6:1, c(3, 1, 2)]
  colnames(b) <- c("x", "y", "z")
  plot <- autoplot(compare_ancestry(q, b, names = c("one", "two")))
  bars <- ggplot2::layer_data(plot)
  top <- bars[bars$PANEL == 1, c("x", "y", "fill")]
  bottom <- bars[bars$PANEL == 2, c("x", "y", "fill")]
  expect_equal(top, bottom, ignore_attr = TRUE)
  expect_setequal(bars$fill, ancestry_colours(3))
  first <- bars[bars$PANEL == 1 & bars$fill == ancestry_colours(3)[[1]], ]
  expect_equal(stair_heights(first), c(0.9, 0.6, 0.2, 0.3, 0, 0.1))
})

test_that("later clusters are drawn first, so that no seam shows", {
  bars <- ggplot2::layer_data(autoplot(compare_ancestry(small_weights(), small_weights())))
  drawn <- bars$fill[!duplicated(bars$group)]
  expect_identical(drawn, rep(rev(ancestry_colours(3)), 2))
})

test_that("populations are numbered where asked for, and the caption says which is which", {
  comparison <- compare_ancestry(small_weights(), small_weights())
  labels <- c("Alpha Centauri", "b", "b", "c", "c", "Alpha Centauri")
  numbered <- autoplot(comparison, labels = labels, number_populations = TRUE)
  axis <- ggplot2::ggplot_build(numbered)$plot$scales$get_scales("x")
  expect_identical(axis$labels, c("1", "2", "3"))
  expect_identical(numbered$labels$caption, "1\u00a0b, 2\u00a0Alpha\u00a0Centauri, 3\u00a0c")
  named <- autoplot(comparison, labels = labels, number_populations = FALSE)
  axis <- ggplot2::ggplot_build(named)$plot$scales$get_scales("x")
  expect_identical(axis$labels, c("b", "Alpha Centauri", "c"))
  expect_null(named$labels$caption)
})

test_that("names that do not fit become numbers by themselves", {
  long <- strrep("x", 200)
  plot <- autoplot(compare_ancestry(small_weights(), small_weights()),
    labels = c("a", "a", "b", "b", long, long))
  expect_match(plot$labels$caption, long)
  expect_identical(population_key(c("aa", "bb", "cc"), 6), "1\u00a0aa,\n2\u00a0bb,\n3\u00a0cc")
})

test_that("stacked bars are drawn, and wrong arguments refused", {
  two <- cbind(archetype1 = small_weights()[, 1], archetype2 = 1 - small_weights()[, 1])
  comparison <- compare_ancestry(small_weights(), two)
  expect_drawn(autoplot(comparison))
  expect_drawn(autoplot(comparison, labels = c(s1 = "a", s2 = "b"), number_populations = TRUE))
  plain <- compare_ancestry(unname(small_weights()), unname(small_weights()))
  expect_drawn(autoplot(plain))
  expect_error(autoplot(comparison, labels = "a"), class = "forebear_error_labels_length")
  expect_error(autoplot(comparison, number_populations = 3), class = "forebear_error_argument")
  expect_error(autoplot(comparison, caption_width = 0), class = "forebear_error_argument")
})

test_that("two methods are two polygons with matched corners", {
  q <- small_weights()
  b <- q[6:1, c(3, 1, 2)]
  colnames(b) <- c("x", "y", "z")
  comparison <- compare_ancestry(q, b, names = c("one", "two"))
  plot <- autoplot(comparison, type = "simplex", labels = rep(c("u", "v"), 3))
  expect_drawn(plot)
  # The same weights, so the same places.
  data <- plot$data[order(plot$data$panel, plot$data$sample_id), ]
  expect_equal(data$x[data$panel == "one"], data$x[data$panel == "two"])
  expect_equal(data$y[data$panel == "one"], data$y[data$panel == "two"])
  expect_equal(cbind(data$x, data$y)[1:6, ], unname(q %*% simplex_corners(3)), ignore_attr = TRUE)
  expect_drawn(autoplot(comparison, type = "simplex"))
  long <- q
  colnames(long) <- c("Hunter-gatherers of the Kalahari", "b", "c")
  expect_drawn(autoplot(compare_ancestry(long, q), type = "simplex"))
  labels <- data.frame(sample_id = paste0("s", 1:6), a = "x", b = "y")
  expect_error(autoplot(comparison, labels = labels, type = "simplex", label_column = c("a", "b")),
    class = "forebear_error_labels_columns")
})

test_that("the data of bars have samples and labels, so that a figure can be split by them", {
  labels <- data.frame(sample_id = paste0("s", 1:6), population = rep(c("u", "v", NA), 2),
    region = rep(c("north", "south"), each = 3))
  q <- as_q_matrix(small_weights())
  plain <- autoplot(q, labels = labels)
  split <- plain + ggplot2::facet_wrap(~population, scales = "free_x")
  expect_drawn(split)
  expect_setequal(as.character(plain$data$population), c("u", "v", "unlabeled"))
  expect_setequal(plain$data$sample_id, labels$sample_id)
  # Each bar is in the panel of its own population.
  drawn <- ggplot2::layer_data(split)
  whole <- ggplot2::layer_data(plain)
  expect_identical(nlevels(drawn$PANEL), 3L)
  expect_equal(drawn[order(drawn$group), c("x", "y", "fill")],
    whole[order(whole$group), c("x", "y", "fill")], ignore_attr = TRUE)
  expect_true(all(ggplot2::layer_data(split, 2)$PANEL %in% 1:3))
  expect_identical(nrow(ggplot2::layer_data(split, 2)), 3L)
  # Both points of a stair are of the sample whose weight they show.
  first <- plain$data[plain$data$archetype == "archetype1" & plain$data$y > 0, ]
  expect_equal(first$y, unname(small_weights()[first$sample_id, 1]))
  two <- autoplot(q, labels = labels, label_column = c("region", "population"))
  expect_true(all(c("region", "population", "sample_id") %in% names(two$data)))
  expect_drawn(two + ggplot2::facet_wrap(~region, scales = "free_x"))
  expect_true("label" %in% names(autoplot(q, labels = rep(c("a", "b"), 3))$data))
  expect_true("sample_id" %in% names(autoplot(q)$data))
  comparison <- compare_ancestry(small_weights(), small_weights())
  stacked <- autoplot(comparison, labels = labels)
  expect_true(all(c("population", "panel") %in% names(stacked$data)))
  # A column that has the name of one of the bars' own does not take its place.
  clash <- stats::setNames(labels[1:2], c("sample_id", "x"))
  expect_identical(ggplot2::layer_data(autoplot(q, labels = clash))$x, whole$x)
})
