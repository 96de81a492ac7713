test_that("from the shipped file to true proportions, tables and figures", {
  g <- read_bed(example_data("panel"))
  labels <- read.delim(example_data("labels"))
  truth <- read.delim(example_data("truth"))
  fit <- archetypes(g, k = 4, restarts = 3)
  q <- as.matrix(augment(fit)[-1])
  true_q <- as.matrix(truth[match(augment(fit)$sample_id, truth$sample_id), -1])
  partner <- apply(stats::cor(true_q, q), 1, which.max)
  expect_setequal(partner, 1:4)
  expect_lt(sqrt(mean((q[, partner] - true_q)^2)), 0.05)
  figures <- list(
    autoplot(pca(g, num_comp = 4), labels = labels), autoplot(fit, labels = labels),
    autoplot(fit, type = "simplex", labels = labels), autoplot(fit, type = "pca", labels = labels)
  )
  for (figure in figures) {
    expect_s3_class(figure, "ggplot")
    expect_no_error(ggplot2::ggplot_build(figure))
  }
})

test_that("the shipped truth is proportions of the labeled samples", {
  truth <- read.delim(example_data("truth"))
  expect_equal(rowSums(truth[-1]), rep(1, nrow(truth)), tolerance = 1e-5)
  expect_identical(truth$sample_id, samples(read_bed(example_data("panel")))$sample_id)
})
