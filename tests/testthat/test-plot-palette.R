test_that("the first eight colours stay apart under every kind of colour vision", {
  expect_gt(smallest_distance(ancestry_colours(8), diag(3)), 28)
  expect_gt(smallest_distance(ancestry_colours(8), protanopia()), 20)
  expect_gt(smallest_distance(ancestry_colours(8), deuteranopia()), 20)
  expect_gt(smallest_distance(ancestry_colours(8), tritanopia()), 15)
})

test_that("twenty colours stay apart under every kind of colour vision", {
  expect_gt(smallest_distance(ancestry_colours(20), diag(3)), 20)
  expect_gt(smallest_distance(ancestry_colours(20), protanopia()), 10)
  expect_gt(smallest_distance(ancestry_colours(20), deuteranopia()), 10)
  expect_gt(smallest_distance(ancestry_colours(20), tritanopia()), 10)
})

test_that("the colour of unlabeled samples and the paper are no ancestry", {
  with_grey <- c(ancestry_colours(20), unlabeled_colour, "#FFFFFF")
  expect_gt(smallest_distance(with_grey, diag(3)), 15)
})

test_that("the simulated vision confuses red and green, and normal vision does not", {
  pair <- c("#B09000", "#6DAA00")
  expect_lt(smallest_distance(pair, deuteranopia()), smallest_distance(pair, diag(3)) / 2)
  expect_equal(smallest_distance(c("#808080", "#808080"), protanopia()), 0)
})

test_that("more colours never change the colours before them", {
  expect_length(unique(ancestry_colours(60)), 60)
  expect_identical(ancestry_colours(60)[1:26], ancestry_colours(26))
  expect_identical(ancestry_colours(26)[1:5], ancestry_colours(5))
  expect_identical(ancestry_colours(0), character())
  expect_match(ancestry_colours(60), "^#[0-9A-F]{6}$")
})

test_that("an archetype keeps its colour whichever others are drawn", {
  all <- ancestry_colours(paste0("archetype", 1:12))
  expect_identical(unname(all), ancestry_colours(12))
  expect_identical(names(all)[10:12], c("archetype10", "archetype11", "archetype12"))
  expect_identical(ancestry_colours(c("archetype10", "archetype3")),
    all[c("archetype3", "archetype10")])
})

test_that("populations are sorted, and a factor keeps its own order", {
  expect_identical(names(ancestry_colours(c("b", "a", NA, "B", "a"))), c("B", "a", "b"))
  levels <- factor("z", levels = c("z", "y", "x"))
  expect_identical(names(ancestry_colours(levels)), c("z", "y", "x"))
  expect_identical(unname(ancestry_colours(levels)), ancestry_colours(3))
  expect_length(ancestry_colours(character()), 0)
})

test_that("bad numbers and types of colours are refused", {
  expect_error(ancestry_colours(2.5), class = "forebear_error_palette_count")
  expect_error(ancestry_colours(-1), class = "forebear_error_palette_count")
  expect_error(ancestry_colours(c(1, 2)), class = "forebear_error_palette_count")
  expect_error(ancestry_colours(NA_real_), class = "forebear_error_palette_count")
  expect_error(ancestry_colours(TRUE), class = "forebear_error_palette_type")
  expect_error(ancestry_colours(list("archetype1")), class = "forebear_error_palette_type")
  expect_error(ancestry_colours(1e5), class = "forebear_error_palette_size")
})

test_that("a scale gives each name its colour, in any subset of the data", {
  data <- data.frame(x = 1:2, name = c("YRI", "CHB"))
  plot <- ggplot2::ggplot(data, ggplot2::aes(x, x, colour = name)) +
    ggplot2::geom_point() +
    scale_colour_ancestry(c("CEU", "CHB", "YRI"))
  expect_identical(ggplot2::layer_data(plot)$colour, ancestry_colours(3)[3:2])
})

test_that("a scale without names hands out the palette in order", {
  data <- data.frame(x = 1:3, name = c("b", "a", NA))
  plot <- ggplot2::ggplot(data, ggplot2::aes(x, x, fill = name)) +
    ggplot2::geom_col() +
    scale_fill_ancestry()
  expect_identical(
    ggplot2::layer_data(plot)$fill, c(ancestry_colours(2)[2:1], unlabeled_colour)
  )
  expect_identical(scale_color_ancestry, scale_colour_ancestry)
  expect_identical(ancestry_colors, ancestry_colours)
})

test_that("twenty-six populations have twenty-six pairs of colour and shape", {
  pairs <- paste(ancestry_colours(26), ancestry_shapes(26))
  expect_length(unique(pairs), 26)
  expect_identical(unique(ancestry_shapes(8)), 16)
  expect_length(unique(ancestry_shapes(26)), 4)
  expect_length(ancestry_shapes(200), 200)
})
