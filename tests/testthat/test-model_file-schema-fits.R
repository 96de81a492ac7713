skip_on_cran() # Takes long.

new_data_of <- function(fit) {
  g <- as_genotypes(random_counts(24, 40))[1:4, ]
  if (is.null(fitted_variants(fit))) {
    width <- fit$space$n_columns %||% ncol(fit$positions)
    matrix(seq(-1, 1, length.out = 4 * width), 4)
  } else {
    g
  }
}

test_that("every fit comes back as it was, and predicts alike", {
  path <- withr::local_tempfile()
  fits <- small_fits()
  for (name in names(fits)) {
    fit <- fits[[name]]
    write_model(fit, path)
    expect_identical(read_model(path), fit, info = name)
    new <- new_data_of(fit)
    expect_identical(predict(read_model(path), new), predict(fit, new), info = name)
  }
})

test_that("a fit of samples and variants without a call comes back", {
  counts <- random_counts(24, 40)
  counts[, 7] <- NA
  counts[5, ] <- NA
  g <- as_genotypes(counts)
  path <- withr::local_tempfile()
  quietly <- function(...) suppressWarnings(suppressMessages(...))
  for (fit in list(quietly(pca(g, num_comp = 3)), quietly(archetypes(g, k = 2)),
    quietly(admixture(g, k = 2)), quietly(gtm(g, nodes = 4, rbf = 2, num_comp = 2)))) {
    write_model(fit, path)
    expect_identical(read_model(path), fit)
  }
})

test_that("the space of a classifier is once in its file", {
  fit <- small_fits()[["classifier by a map of genotypes"]]
  values <- plain_value(once_in_file(fit))
  expect_null(values$model$map$space)
  path <- write_model(fit, withr::local_tempfile())
  expect_identical(read_model(path)$model$map$space, fit$space)
})

test_that("every field damaged in turn is refused in words, or does no harm", {
  skip_on_cran()
  fits <- small_fits()[c("pca", "archetypes of all components", "archetypes of a matrix",
    "admixture", "gtm of a prepared matrix", "classifier by a map", "classifier by neighbors",
    "classifier by SVM")]
  accepted <- lapply(fits, function(fit) {
    new <- new_data_of(fit)
    accepted_damages(fit, use = function(fit) predict(fit, new))
  })
  # Numbers that are records alone, or could be of another fit.
  expect_snapshot(cat(sort(unique(unlist(accepted))), sep = "\n"))
})
