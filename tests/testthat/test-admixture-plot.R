test_that("bars and simplex are drawn from an admixture fit", {
  fit <- admixture(as_genotypes(random_counts(30, 200)), k = 2)
  expect_drawn(autoplot(fit))
  expect_drawn(autoplot(fit, labels = rep(c("a", "b"), 15)))
  expect_drawn(autoplot(fit, type = "simplex"))
  expect_identical(autoplot(fit)$labels$y, "Ancestry proportion")
})

test_that("populations are drawn on scores where least squares put them", {
  genotypes <- read_bed(example_data("panel"))
  genotypes <- genotypes[, seq(1, ncol(genotypes), by = 20)]
  fit <- admixture(genotypes, k = 3)
  components <- pca(genotypes, num_comp = 3)
  labels <- read.delim(example_data("labels"))
  plot <- autoplot(fit, type = "pca", scores = components, labels = labels)
  expect_drawn(plot)
  expect_drawn(autoplot(fit, type = "pca3d", scores = components))
  expect_drawn(autoplot(fit, type = "pca", scores = components$scores[, 1, drop = FALSE]))
  # The hull is the first layer: its corners are the populations.
  hull <- ggplot2::layer_data(autoplot(fit, type = "pca", scores = components,
    components = c(3, 1)), 1)
  wanted <- unname(stats::lm.fit(fit$q, components$scores)$coefficients)
  expect_equal(sort(hull$x), sort(wanted[, 3]), tolerance = 1e-6)
  expect_equal(sort(hull$y), sort(wanted[, 1]), tolerance = 1e-6)
  centers <- tidy(compare_centers(fit, scores = components, dims = 3, methods = NULL))
  expect_equal(centers$value, as.vector(wanted), tolerance = 1e-6)
  # Samples are found by their IDs, not their order.
  shuffled <- components$scores[rev(seq_len(nrow(components$scores))), ]
  again <- ggplot2::layer_data(autoplot(fit, type = "pca", scores = shuffled,
    components = c(3, 1)), 1)
  expect_equal(again, hull)
})

test_that("the error says what components a plot of an admixture fit needs", {
  fit <- admixture(as_genotypes(random_counts(30, 200)), k = 2)
  expect_snapshot(conditions_of(
    autoplot(fit, type = "pca"),
    autoplot(fit, type = "pca3d"),
    autoplot(fit, scores = diag(30)),
    autoplot(fit, type = "simplex", components = 1:2),
    autoplot(fit, type = "pca3d", scores = diag(30)[, 1:2]),
    autoplot(fit, type = "pca", scores = "pca")
  ))
})
