test_that("a Q matrix is tidied, glanced, augmented and printed like a fit", {
  x <- as_q_matrix(small_weights())
  expect_equal(weight_matrix(tidy(x)), small_weights())
  expect_named(tidy(x), c("sample_id", "archetype", "weight"))
  expect_equal(augment(x, data.frame(sample_id = c("s4", "s1")))$.archetype3, c(1, 0))
  expect_equal(unlist(glance(x)[c("k", "n_samples")]), c(k = 3, n_samples = 6))
  expect_identical(glance(x)$n_variants, NA_integer_)
  expect_output(print(x),
    "<q_matrix> 3 clusters of 6 samples \\(matrix\\)\nmean weights: archetype1 0.35")
  expect_error(tidy(x, matrix = "frequencies"), class = "forebear_error_argument")
  expect_identical(as_q_matrix(unname(small_weights()))$sample_id, paste0("sample", 1:6))
})

test_that("its plots are those of a fit with the same weights", {
  x <- as_q_matrix(small_weights())
  labels <- rep(c("a", "b"), 3)
  for (type in c("bar", "simplex")) {
    expect_drawn(autoplot(x, type = type))
    own <- ggplot2::layer_data(autoplot(x, type = type, labels = labels), 1)
    expect_equal(own, ggplot2::layer_data(autoplot(small_archetypes(), type = type,
      labels = labels), 1))
  }
  expect_error(autoplot(x, type = "pca"), class = "forebear_error_argument")
  expect_error(autoplot(x, labels = "a"), class = "forebear_error_labels_length")
})
