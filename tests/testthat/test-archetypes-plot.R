test_that("bars cover each sample up to the sum of its weights", {
  plot <- autoplot(small_archetypes())
  polygons <- ggplot2::layer_data(plot)
  place <- place_samples(small_weights())
  # Leading archetypes: s2, s3 have archetype1; s1, s6 have archetype2; s4, s5 have archetype3.
  # Purest first.
  expect_identical(place$block_name, c("s2", "s3", "s1", "s6", "s4", "s5"))
  first <- polygons[polygons$fill == ancestry_colours(3)[[1]], ]
  expect_equal(stair_heights(first), c(0.9, 0.6, 0.2, 0.3, 0, 0.1))
  second <- polygons[polygons$fill == ancestry_colours(3)[[2]], ]
  expect_equal(stair_heights(second), c(1, 1, 1, 0.9, 0, 0.3))
  third <- polygons[polygons$fill == ancestry_colours(3)[[3]], ]
  expect_equal(stair_heights(third), rep(1, 6))
})

test_that("later archetypes are drawn first, so that no seam shows", {
  polygons <- ggplot2::layer_data(autoplot(small_archetypes(), labels = rep(c("a", "b"), 3)))
  drawn <- polygons$fill[!duplicated(polygons$group)][order(unique(polygons$group))]
  expect_identical(drawn, rep(rev(ancestry_colours(3)), 2))
})

test_that("populations follow their leading archetype and similarity", {
  mean_weights <- rbind(
    a = c(0.1, 0.9, 0), b = c(0.6, 0.4, 0), c = c(1, 0, 0), d = c(0.55, 0, 0.45),
    e = c(0.7, 0.3, 0)
  )
  # archetype1 leads in c (purest), e, b, d; archetype2 in a.
  ordered <- rownames(mean_weights)[population_order(mean_weights)]
  expect_identical(ordered, c("c", "e", "b", "d", "a"))
})

test_that("samples stand with their population, the largest weight first, unlabeled last", {
  labels <- c(s1 = "south", s6 = "south", s4 = "north", s5 = "north", s2 = "east")
  group <- match_labels(labels, paste0("s", 1:6), NULL, NULL)
  place <- place_populations(small_weights(), group)
  expect_identical(unique(place$block_name), c("east", "south", "north", "unlabeled"))
  expect_identical(rownames(small_weights())[place$sample], c("s2", "s1", "s6", "s4", "s5", "s3"))
  expect_equal(sort(place$sample), 1:6)
  expect_true(all(diff(place$left) >= 1))
  expect_true(all(diff(place$left)[diff(place$block) == 1] > 1))
})

test_that("a factor keeps the order of its levels", {
  labels <- factor(c("b", "a", "a", "c", "c", "b"), levels = c("c", "absent", "b", "a"))
  group <- match_labels(labels, paste0("s", 1:6), NULL, NULL)
  expect_identical(unique(place_populations(small_weights(), group)$block_name), c("c", "b", "a"))
})

test_that("population names keep their distance and stay as near as they can", {
  place <- spread_evenly(c(0.1, 0.5, 0.5, 0.51, 0.999), 0.1)
  expect_true(all(diff(place) >= 0.1 - 1e-12))
  expect_equal(place[c(1, 5)], c(0.1, 0.999))
  expect_equal(mean(place[2:4]), mean(c(0.5, 0.5, 0.51)))
  expect_equal(spread_evenly(c(0, 0, 0), 0.4), c(0, 0.4, 0.8))
  expect_equal(spread_evenly(c(1, 1, 1), 0.4), c(0.2, 0.6, 1))
})

test_that("population names are written under their bars", {
  plot <- autoplot(small_archetypes(), labels = c("a", "b", "b", "c", "c", "a"))
  axis <- ggplot2::ggplot_build(plot)$plot$scales$get_scales("x")
  expect_identical(axis$labels, c("b", "a", "c"))
  expect_equal(axis$breaks, c(1, 3, 5) + c(0, 1, 2) * 6 * 0.0025)
})

test_that("sample names are written for few samples only", {
  few <- ggplot2::ggplot_build(autoplot(small_archetypes()))$plot$scales$get_scales("x")
  expect_identical(few$labels, c("s2", "s3", "s1", "s6", "s4", "s5"))
  weights <- small_weights()[rep(1:6, 9), ]
  rownames(weights) <- paste0("s", 1:54)
  many <- ggplot2::ggplot_build(plot_q_bars(weights, NULL))$plot$scales$get_scales("x")
  expect_null(many$breaks)
})

test_that("rows of the tidy Q matrix may come in any order", {
  q <- small_archetypes()$q
  shuffled <- weight_matrix(q[c(18, 3, 1, 2, 4:17), ])
  expect_equal(shuffled[rownames(small_weights()), colnames(small_weights())], small_weights())
})

test_that("a pure sample lies on a corner and a mixture between corners", {
  weights <- rbind(
    s1 = c(1, 0, 0, 0), s2 = c(0, 1, 0, 0), s3 = c(0.5, 0.5, 0, 0), s4 = rep(0.25, 4)
  )
  colnames(weights) <- paste0("archetype", 1:4)
  points <- ggplot2::layer_data(plot_q_simplex(weights, factor(paste0("p", 1:4)), FALSE), 2)
  points <- points[match(ancestry_colours(4), points$colour), ]
  expect_equal(points$x, c(0, 1, 0.5, 0))
  expect_equal(points$y, c(1, 0, 0.5, 0))
})

test_that("corners are regular and named in order", {
  corners <- simplex_corners(5)
  expect_equal(rowSums(corners^2), rep(1, 5))
  expect_equal(c(dist(corners))[c(1, 5, 8, 10, 4)], rep(2 * sin(pi / 5), 5))
  plot <- autoplot(small_archetypes(), type = "simplex")
  names <- ggplot2::layer_data(plot, 4)
  expect_identical(names$label, c("1", "2", "3"))
  expect_equal(cbind(names$x, names$y), simplex_corners(3) * simplex_name_radius)
})

test_that("without labels, samples have the colour of their leading archetype", {
  for (type in c("simplex", "pca")) {
    points <- ggplot2::layer_data(autoplot(small_archetypes(), type = type), 2)
    expect_equal(c(table(points$colour)[ancestry_colours(3)]), rep(2, 3), ignore_attr = TRUE)
    discs <- ggplot2::layer_data(autoplot(small_archetypes(), type = type), 3)
    expect_identical(discs$fill, ancestry_colours(3))
  }
})

test_that("with labels, colours mean labels and archetypes are white", {
  plot <- autoplot(small_archetypes(), type = "pca", labels = rep(c("a", "b"), 3))
  expect_setequal(ggplot2::layer_data(plot, 2)$colour, ancestry_colours(2))
  expect_identical(ggplot2::layer_data(plot, 3)$fill, rep("white", 3))
})

test_that("two archetypes make a segment, whatever the seed", {
  weights <- small_weights()[, 1:2] / rowSums(small_weights()[, 1:2] + 1e-12)
  set.seed(1)
  before <- .Random.seed
  points <- ggplot2::layer_data(plot_q_simplex(weights, NULL, FALSE), 2)
  expect_identical(.Random.seed, before)
  expect_equal(sort(points$x), sort(unname(weights[, 2] - weights[, 1])))
  expect_true(all(abs(points$y) <= 0.15))
  expect_length(unique(points$y), 6)
})

test_that("the hull and the archetypes lie where the fit puts them", {
  plot <- autoplot(small_archetypes(), type = "pca")
  discs <- ggplot2::layer_data(plot, 3)
  expect_equal(discs$x, c(0.2, 0.9, 0))
  expect_equal(discs$y, c(0.8, 0.1, 0))
  expect_setequal(ggplot2::layer_data(plot, 1)$x, c(0.2, 0.9, 0))
  expect_identical(plot$labels$x, "Component 1")
  other <- autoplot(small_archetypes(), type = "pca", components = c(3, 2))
  expect_equal(ggplot2::layer_data(other, 3)$x, c(0, 0, 1))
})

test_that("a fit on one component is drawn on a line", {
  fit <- small_archetypes(dims = 1)
  plot <- autoplot(fit, type = "pca")
  expect_equal(ggplot2::layer_data(plot, 3)$y, c(0, 0, 0))
  expect_equal(sort(ggplot2::layer_data(plot, 2)$x), as.numeric(1:6))
  expect_null(plot$labels$y)
  expect_error(
    autoplot(fit, type = "pca", components = c(1, 2)), class = "forebear_error_plot_components"
  )
})

test_that("wrong arguments are refused", {
  fit <- small_archetypes()
  expect_error(autoplot(fit, type = "bars"), "bar", class = "forebear_error_argument")
  expect_error(autoplot(fit, label = "a", sort = TRUE), class = "forebear_error_argument")
  expect_error(autoplot(fit, label_groups = "yes"), class = "forebear_error_argument")
  expect_error(autoplot(fit, components = 1:2), class = "forebear_error_plot_components")
  expect_error(
    autoplot(fit, type = "pca", components = 1), class = "forebear_error_plot_components"
  )
  expect_error(autoplot(fit, labels = "a"), class = "forebear_error_labels_length")
  expect_error(autoplot(fit, labels = c(s9 = "a")), class = "forebear_error_labels_unknown_sample")
})

test_that("errors are raised from the function that the user called", {
  error <- tryCatch(autoplot(small_archetypes(), labels = "a"), error = identity)
  expect_match(deparse(conditionCall(error))[[1]], "autoplot")
})

test_that("every type of plot can be drawn, with and without labels", {
  labels <- c(s1 = "a", s2 = "b", s6 = "b")
  for (type in c("bar", "simplex", "pca")) {
    expect_drawn(autoplot(small_archetypes(), type = type))
    expect_drawn(autoplot(small_archetypes(), type = type, labels = labels, label_groups = TRUE))
    expect_drawn(autoplot(small_archetypes(dims = 1), type = type))
  }
})

test_that("populations stand under their regions, each once, without changing their samples", {
  q <- as_q_matrix(small_weights())
  labels <- data.frame(sample_id = paste0("s", 1:6), population = c("a", "b", "c", "a", "d", "d"),
    region = c("R", "S", "R", "R", "S", "S"))
  for (columns in list(c("region", "population"), c("population", "region"))) {
    plot <- autoplot(q, labels = labels, label_column = columns)
    expect_drawn(plot)
    group <- match_label_levels(labels, labels$sample_id, columns, NULL)
    place <- place_populations(q$q, group)
    expect_setequal(place$sample, 1:6)
    expect_identical(sum(diff(place$above) != 0), 1L)
    expect_identical(labels$region[place$sample], place$above_name)
    expect_identical(labels$population[place$sample], place$block_name)
    axis <- ggplot2::ggplot_build(plot)$plot$scales$get_scales("x")
    expect_setequal(axis$secondary.axis$labels, c("R", "S"))
    expect_setequal(axis$labels, c("a", "b", "c", "d"))
  }
  expect_error(autoplot(q, type = "simplex", labels = labels, label_column = columns),
    class = "forebear_error_labels_columns")
})

test_that("the same name in two regions is two populations", {
  q <- as_q_matrix(small_weights())
  labels <- data.frame(sample_id = paste0("s", 1:6), population = rep(c("a", "b", "c"), 2),
    region = rep(c("R", "S"), each = 3))
  place <- place_populations(q$q, match_label_levels(labels, labels$sample_id,
    c("region", "population"), NULL))
  expect_identical(max(place$block), 6L)
  expect_identical(labels$region[place$sample], place$above_name)
})

test_that("no name is cut: long ones are numbered, names above are wrapped", {
  q <- as_q_matrix(small_weights())
  long <- "Papuan highlanders of the Wahgi valley, 1990"
  plot <- autoplot(q, labels = c(long, long, "b", "b", "c", "c"))
  expect_match(plot$labels$caption, gsub(" ", "\u00a0", long), fixed = TRUE)
  expect_identical(wrapped_name("East Asia and Siberia", 12), "East Asia\nand Siberia")
  blocks <- tibble::tibble(name = "East Asia\nand Siberia", center = 1, width = 2)
  expect_true(names_fit(blocks))
})
