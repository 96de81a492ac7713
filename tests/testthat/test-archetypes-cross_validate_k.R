# Genotypes of three populations without admixture.
three_populations <- function(n = 90, m = 600, seed = 3) {
  withr::with_seed(seed, {
    f <- matrix(stats::runif(3 * m, 0.1, 0.9), 3)
    counts <- matrix(stats::rbinom(n * m, 2, f[rep(1:3, length.out = n), ]), n)
    dimnames(counts) <- list(paste0("s", seq_len(n)), paste0("v", seq_len(m)))
    as_genotypes(counts)
  })
}

test_that("the error is least at the true number of populations", {
  g <- three_populations()
  for (method in c("archetypes", "admixture")) {
    errors <- cross_validate_k(g, k = 2:5, folds = 3, method = method)
    expect_named(errors, c("k", "fold", "n_genotypes", "deviance", "squared_error", "converged",
      "log_likelihood"))
    expect_equal(nrow(errors), 12)
    means <- tapply(errors$deviance, errors$k, mean)
    expect_identical(names(which.min(means)), "3")
    expect_true(all(tapply(errors$n_genotypes, errors$k, sum) == 90 * 600))
  }
})

test_that("a fold hides its own genotypes, and the errors are what they are said to be", {
  g <- three_populations(n = 30, m = 50)
  whole <- as.matrix(g)
  folds <- lapply(1:4, function(fold) as.matrix(masked(g, 9, 4, fold, held_out = TRUE)))
  expect_true(all(Reduce(`+`, lapply(folds, function(x) !is.na(x))) == 1))
  rest <- as.matrix(masked(g, 9, 4, 2, held_out = FALSE))
  expect_identical(is.na(rest), !is.na(folds[[2]]))
  expect_identical(rest[!is.na(rest)], whole[!is.na(rest)])
  # A part of the variants hides the same genotypes.
  some <- c(3, 17, 40)
  expect_identical(as.matrix(masked(g, 9, 4, 2, held_out = TRUE)[, some]), folds[[2]][, some])
  errors <- cross_validate_k(g, k = 2, folds = 4, method = "admixture", seed = 9)
  fit <- admixture(masked(g, 9, 4, 2, held_out = FALSE), k = 2)
  m <- 2 * fit$q %*% t(fit$frequencies)
  x <- folds[[2]]
  part <- function(g, m) ifelse(g > 0, g * log(g / m), 0)
  expect_equal(errors$deviance[2], mean(part(x, m) + part(2 - x, 2 - m), na.rm = TRUE))
  expect_equal(errors$squared_error[2], mean((x - m)^2, na.rm = TRUE))
})

test_that("the seed decides what is hidden, the number of threads nothing", {
  g <- three_populations(n = 30, m = 100)
  one <- cross_validate_k(g, k = 2, folds = 2, seed = 1, threads = 1)
  expect_identical(one, cross_validate_k(g, k = 2, folds = 2, seed = 1, threads = 2))
  expect_false(identical(one$deviance, cross_validate_k(g, k = 2, folds = 2, seed = 2)$deviance))
})

test_that("the plot shows means with their standard errors", {
  errors <- cross_validate_k(three_populations(n = 30, m = 100), k = c(4, 2, 3), folds = 3)
  means <- error_means(errors, "deviance")
  expect_equal(means$k, 2:4)
  own <- errors$deviance[errors$k == 4]
  expect_equal(means$error[[3]], mean(own))
  expect_equal(means$standard_error[[3]], stats::sd(own) / sqrt(3))
  expect_drawn(autoplot(errors))
  expect_drawn(autoplot(errors, measure = "squared_error"))
})

test_that("each kind of bad input has its own error", {
  g <- three_populations(n = 10, m = 20)
  expect_snapshot(conditions_of(
    cross_validate_k(as.matrix(g)),
    cross_validate_k(g, k = c(2, 2)),
    cross_validate_k(g, k = 1:3),
    cross_validate_k(g, folds = 1),
    cross_validate_k(g, k = 2, method = "pca")
  ))
})

test_that("errors print as a plain table", {
  errors <- cross_validate_k(as_genotypes(random_counts(20, 60)), k = 2, folds = 2)
  expect_identical(attr(errors, "row.names"), 1:2)
  expect_false(any(grepl("^[0-9 ]*[*] ", utils::capture.output(print(errors)))))
})
