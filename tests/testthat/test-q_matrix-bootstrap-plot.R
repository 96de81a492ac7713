small_bootstrap <- function() {
  q <- small_weights()
  spread <- array(rep(q, 3), c(dim(q), 3))
  spread[1, 1:2, 1] <- c(0.1, 0.9)
  spread[1, 1:2, 3] <- c(0.4, 0.6)
  new_ancestry_bootstrap(q, spread, n_blocks = 9, level = 1)
}

test_that("bands cover the interval of every boundary", {
  plot <- autoplot(small_bootstrap())
  expect_drawn(plot)
  bands <- ggplot2::layer_data(plot, length(plot$layers))
  expect_equal(length(unique(bands$group)), 2)
  first <- bands[bands$group == bands$group[[1]], ]
  place <- place_samples(small_weights())
  at <- place$left[place$block_name == "s1"]
  # s1: archetype1 ends at 0.2 in the fit, at 0.1 to 0.4 in the replicates; the others never move.
  inside <- first$x > at - 0.1 & first$x < at + 1.1
  expect_true(all(c(0.1, 0.4) %in% round(first$y[inside], 9)))
  expect_equal(sum(round(first$y, 9) == 0.4), 2)
})

test_that("bars lie where they lie without bands", {
  bootstrap <- small_bootstrap()
  labels <- c("a", "a", "b", "b", "c", "c")
  plot <- autoplot(bootstrap, labels = labels)
  expect_drawn(plot)
  expect_identical(ggplot2::layer_data(plot, 1),
    ggplot2::layer_data(autoplot(small_archetypes(), labels = labels), 1))
})

test_that("intervals are drawn in one panel per archetype", {
  plot <- autoplot(small_bootstrap(), type = "interval", labels = c("a", "a", "b", "b", "c", "c"))
  expect_drawn(plot)
  filled <- ggplot2::layer_data(plot, 1)
  expect_identical(length(unique(filled$PANEL)), 3L)
  expect_setequal(unique(filled$fill), ancestry_colours(3))
  expect_drawn(autoplot(small_bootstrap(), type = "interval"))
})

test_that("other types are refused", {
  expect_error(autoplot(small_bootstrap(), type = "pca"), class = "forebear_error_argument")
})
