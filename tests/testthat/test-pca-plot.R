test_that("the scatter plot has one point per sample and the variance on the axes", {
  plot <- autoplot(small_pca())
  points <- ggplot2::layer_data(plot)
  expect_equal(points$x, as.numeric(1:6))
  expect_equal(points$y, as.numeric(6:1))
  expect_identical(plot$labels$x, "PC1 (50.0 %)")
  expect_identical(plot$labels$y, "PC2 (30.0 %)")
})

test_that("components can be chosen and swapped", {
  plot <- autoplot(small_pca(), components = c(3, 1))
  points <- ggplot2::layer_data(plot)
  expect_equal(points$x, c(0, 1, 0, 1, 0, 1))
  expect_identical(plot$labels$x, "PC3 (20.0 %)")
  expect_identical(plot$labels$y, "PC1 (50.0 %)")
})

test_that("points are coloured by sorted label and unlabeled samples are grey", {
  labels <- c(s2 = "YRI", s4 = "CEU", s5 = "YRI")
  points <- ggplot2::layer_data(autoplot(small_pca(), labels = labels))
  points <- points[order(points$x), ]
  ceu_yri <- ancestry_colours(2)
  grey <- unlabeled_colour
  expect_identical(points$colour, c(grey, ceu_yri[2], grey, ceu_yri[1], ceu_yri[2], grey))
  expect_equal(points$shape, c(1, 16, 1, 16, 16, 1))
})

test_that("the legend lists the groups present, under the name of the column", {
  levels <- c("b", "absent", "a")
  table <- data.frame(sample_id = "s1", population = factor("a", levels = levels))
  plot <- autoplot(small_pca(), labels = table)
  colour <- ggplot2::ggplot_build(plot)$plot$scales$get_scales("colour")
  expect_identical(colour$breaks, c("a", "unlabeled"))
  points <- ggplot2::layer_data(plot)
  expect_identical(points$colour[points$x == 1], ancestry_colours(3)[[3]])
})

test_that("label_groups writes each label once", {
  labels <- c("a", "a", "a", "b", "b", "b")
  plot <- autoplot(small_pca(), labels = labels, label_groups = TRUE)
  names <- ggplot2::layer_data(plot, length(plot$layers))
  expect_identical(names$label, c("a", "b"))
  expect_equal(names$x, c(2, 5))
})

test_that("the scree plot shows each and the cumulative percentage", {
  points <- ggplot2::layer_data(autoplot(small_pca(), type = "scree"))
  expect_equal(points$x, c(1, 2, 3, 1, 2, 3))
  expect_equal(points$y, c(50, 30, 20, 50, 80, 100))
  two <- ggplot2::layer_data(autoplot(small_pca(), type = "scree", components = 2:3))
  expect_equal(two$y, c(30, 20, 80, 100))
})

test_that("loadings lie along the genome with chromosomes in natural order", {
  points <- ggplot2::layer_data(autoplot(small_pca(), type = "loadings", components = 1))
  expect_equal(points$x, c(100, 350, 300, 360))
  expect_equal(points$y, c(0.5, 0.25, 0.1, 0.9))
  expect_identical(points$colour[[1]], points$colour[[3]])
  expect_false(points$colour[[1]] == points$colour[[2]])
})

test_that("there is one panel per component, in the order asked for", {
  points <- ggplot2::layer_data(autoplot(small_pca(), type = "loadings", components = c(3, 1)))
  expect_equal(sort(points$y[points$PANEL == 2]), c(0.1, 0.25, 0.5, 0.9))
  expect_equal(points$y[points$PANEL == 1], as.numeric(5:8))
})

test_that("chromosome names sort naturally, contigs last", {
  expect_identical(
    natural_order(c("contig10", "MT", "X", "10", "contig2", "9", "Y", "1")),
    c("1", "9", "10", "X", "Y", "MT", "contig2", "contig10")
  )
  expect_identical(natural_order(c("chrX", "chr10", "chr2")), c("chr2", "chr10", "chrX"))
  expect_identical(
    natural_order(c("NC_000010.1", "NC_000002.1")), c("NC_000002.1", "NC_000010.1")
  )
})

test_that("crowded panels are thinned without losing a peak", {
  n <- 5000
  data <- tibble::tibble(
    position = rep(seq_len(n), 2), loading = c(rep(0.1, n), rep(0.1, n)), shade = "odd",
    panel = factor(rep(c("PC1", "PC2"), each = n))
  )
  data$loading[1234] <- 1
  thin <- thin_points(data, n_most = 4999)
  expect_lt(nrow(thin), 6100)
  expect_true(any(thin$loading == 1 & thin$position == 1234))
  expect_identical(thin_points(data, n_most = 5000), data)
})

test_that("loadings without positions are refused", {
  loadings <- small_loadings()
  loadings$position_bp[[2]] <- NA
  expect_error(
    plot_pca_loadings(loadings, 1, NULL), "1 of 4 loadings have none",
    class = "forebear_error_plot_positions"
  )
  # PLINK writes position 0 when it knows none.
  loadings$position_bp <- 0L
  expect_error(plot_pca_loadings(loadings, 1, NULL), "4 of 4 loadings have none")
})

test_that("wrong components are refused", {
  for (wrong in list(1, 1:3, c(1, 1), c(1, 1.5), c(1, NA), "PC1", c(1, 4), c(0, 1))) {
    expect_error(
      autoplot(small_pca(), components = wrong), class = "forebear_error_plot_components"
    )
  }
  expect_error(autoplot(small_pca(), components = c(2, 7)), "has 3, and no component 7")
})

test_that("misspelt types and arguments are refused", {
  expect_error(autoplot(small_pca(), type = "scater"), "scatter", class = "forebear_error_argument")
  expect_error(autoplot(small_pca(), colour = "red"), class = "forebear_error_argument")
  expect_error(autoplot(small_pca(), label_groups = NA), class = "forebear_error_argument")
  expect_error(
    autoplot(small_pca(), type = "scree", labels = rep("a", 6)),
    class = "forebear_error_plot_labels"
  )
  expect_error(
    autoplot(small_pca(), type = "loadings", label_groups = TRUE),
    "`label_groups` is given", class = "forebear_error_plot_labels"
  )
})

test_that("every type of plot can be drawn", {
  labels <- c(s1 = "a", s2 = "b")
  expect_drawn(autoplot(small_pca(), labels = labels, label_groups = TRUE))
  expect_drawn(autoplot(small_pca(), type = "scree"))
  expect_drawn(autoplot(small_pca(), type = "loadings"))
})

test_that("a fit with one component names the trouble", {
  expect_error(
    check_components(1L, 1L, exactly_two = TRUE, NULL), "two different whole numbers",
    class = "forebear_error_plot_components"
  )
})

test_that("ggplot2 is not loaded until something is drawn, and nothing is masked", {
  printed <- in_fresh_r(c(
    "cat('ggplot2' %in% loadedNamespaces(), '')",
    "fit <- pca(read_bed(example_data('panel'))[1:50, 1:200], num_comp = 2)",
    "cat('ggplot2' %in% loadedNamespaces(), inherits(autoplot(fit), 'ggplot'), '')",
    "library(ggplot2)",
    "cat(identical(forebear::autoplot, ggplot2::autoplot), inherits(autoplot(fit), 'ggplot'))"
  ))
  expect_equal(tail(printed, 1), "FALSE FALSE TRUE TRUE TRUE")
})

test_that("what comes after a component inside the noise is inside it too", {
  counts <- random_counts(12, 400)
  fit <- suppressMessages(pca(as_genotypes(counts), num_comp = 10))
  inside <- tidy(fit, matrix = "eigenvalues")$inside_noise
  expect_true(anyNA(fit$tracy_widom))
  expect_identical(inside, seq_along(inside) > fit$n_above_noise)
  points <- ggplot2::layer_data(autoplot(fit, type = "scree"), 2)
  expect_identical(points$shape[seq_along(inside)], ifelse(inside, 21, 19))
  # Too few samples for any test: no marks.
  fit <- suppressMessages(pca(as_genotypes(counts[1:3, ]), num_comp = 2))
  expect_identical(tidy(fit, matrix = "eigenvalues")$inside_noise, c(NA, NA))
  expect_true(all(ggplot2::layer_data(autoplot(fit, type = "scree"), 2)$shape == 19))
})

test_that("names of chromosomes stand in the middle of their points", {
  loadings <- tibble::tibble(
    variant_id = paste0("v", 1:4), chrom = c("1", "1", "2", "2"),
    position_bp = c(9e6, 10e6, 4e6, 8e6), component = 1L, value = c(0.5, -0.25, 0.1, -0.9)
  )
  breaks <- function(plot) {
    scale <- ggplot2::ggplot_build(plot)$plot$scales$get_scales("x")
    scale$breaks
  }
  expect_equal(breaks(plot_pca_loadings(loadings, 1, NULL)), c(9.5e6, 16e6))
  expect_equal(breaks(plot_pca_loadings(loadings[3:4, ], 1, NULL)), 6e6)
})
