test_that("samples and archetypes are traces of the widget", {
  skip_if_not_installed("plotly")
  fit <- archetypes(mixtures_of(40, 4), k = 4)
  figure <- explore_pca3d(fit, labels = rep(c("a", "b"), 20), components = c(3, 1, 2))
  expect_s3_class(figure, "plotly")
  traces <- plotly::plotly_build(figure)$x$data
  expect_identical(vapply(traces, `[[`, "", "name"), c("a", "b", "archetypes"))
  expect_equal(as.numeric(traces[[1]]$x), unname(fit$scores[seq(1, 40, 2), 3]))
  expect_equal(as.numeric(traces[[3]]$z), unname(fit$positions[, 2]), tolerance = 1e-6)
  expect_identical(traces[[2]]$marker$color, unname(ancestry_colours(2))[[2]])
  expect_identical(as.character(traces[[3]]$text), rownames(fit$positions))
})

test_that("the centers of every method are a trace of their own", {
  skip_if_not_installed("plotly")
  fit <- archetypes(mixtures_of(40, 4), k = 4)
  figure <- explore_pca3d(compare_centers(fit, methods = "kmeans"))
  traces <- plotly::plotly_build(figure)$x$data
  expect_identical(vapply(traces, `[[`, "", "name"), c("samples", "archetypes", "K-means"))
  expect_identical(traces[[3]]$marker$symbol, "diamond")
})

test_that("the message about a package that is absent says how to get it", {
  expect_error(check_package("notThere", "cran"), "apt install r-cran-notthere",
    class = "forebear_error_package")
  expect_error(check_package("notThere", "cran"), "install.packages(\"notThere\")", fixed = TRUE)
})

test_that("what has no three components is refused", {
  expect_error(explore_pca3d(archetypes(mixtures_of(40, 3), k = 3)),
    class = "forebear_error_plot_components")
  expect_error(explore_pca3d(small_weights()), class = "forebear_error_argument")
})
