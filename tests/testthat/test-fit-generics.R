test_that("archetypes answer with their samples, clusters and residuals", {
  scores <- mixtures_of(60, 4)
  fit <- archetypes(scores, k = 4)
  expect_identical(nobs(fit), 60L)
  table <- summary(fit)
  expect_equal(table$mean_weight, unname(colMeans(fit$q)))
  expect_identical(sum(table$n_leading), 60L)
  expect_identical(table$n_unadmixed, unname(as.integer(colSums(fit$q >= 0.95))))
  frame <- as.data.frame(fit)
  expect_identical(class(frame), "data.frame")
  expect_identical(names(frame), c("sample_id", paste0("archetype", 1:4)))
  expect_equal(frame$archetype2, unname(fit$q[, 2]))
  # Weights times archetypes, sample by sample.
  plain <- t(vapply(1:60, function(i) colSums(fit$q[i, ] * fit$positions), numeric(ncol(scores))))
  expect_equal(unname(fitted(fit)), plain)
  expect_equal(sum(residuals(fit)^2), fit$rss, tolerance = 1e-6)
})

test_that("the log-likelihood of admixture has its degrees of freedom", {
  genotypes <- as_genotypes(random_counts(20, 50))
  fit <- suppressMessages(admixture(genotypes, k = 2, sparsity = FALSE))
  log_likelihood <- logLik(fit)
  expect_equal(as.numeric(log_likelihood), fit$log_likelihood)
  m <- sum(!is.na(fit$frequencies[, 1]))
  expect_equal(attr(log_likelihood, "df"), 20 * 1 + m * 2)
  expect_equal(AIC(fit), -2 * fit$log_likelihood + 2 * (20 + 2 * m))
  expect_identical(nobs(fit), 20L)
  expect_snapshot(conditions_of(residuals(fit), fitted(fit)))
})

test_that("every object that is drawn answers plot(), and what has a glance() summary()", {
  # Methods are registered under the names of classes of our own.
  has <- function(generic) {
    sub(paste0(generic, "[.]"), "", grep(paste0("^", generic, "[.]forebear_"),
      ls(asNamespace("forebear"), all.names = TRUE), value = TRUE))
  }
  expect_setequal(setdiff(has("autoplot"), has("plot")), character())
  # The first has that of archetypes; the second was read, not fitted.
  expect_setequal(setdiff(has("glance"), has("summary")), c("forebear_admixture",
    "forebear_published_frequencies"))
  expect_setequal(setdiff(has("plot"), has("autoplot")), character())
})

test_that("components, maps, embeddings and calls answer too", {
  counts <- random_counts(20, 50, missing = 0)
  fit <- pca(counts, num_comp = 3)
  expect_identical(nobs(fit), 20L)
  expect_identical(summary(fit), tidy(fit, matrix = "eigenvalues"))
  expect_identical(names(as.data.frame(fit)), c("sample_id", paste0("PC", 1:3)))
  places <- mds(counts)
  expect_identical(nobs(places), 20L)
  expect_identical(summary(places), glance(places))
  expect_identical(as.data.frame(places), as.data.frame(tidy(places)))
  map <- suppressWarnings(gtm(fit, max_iter = 20))
  expect_equal(as.numeric(logLik(map)), sum(map$log_likelihood))
  expect_equal(attr(logLik(map), "df"), (map$settings$rbf^2 + 1) * 3 + 1)
  expect_identical(names(as.data.frame(map))[1:3], c("sample_id", "gtm1", "gtm2"))
  calls <- example_calls()
  expect_equal(sum(summary(calls)$proportion), 1)
  classes <- classify(fit, rep(c("a", "b"), 10), method = "knn")
  expect_identical(summary(classes)$n_samples, c(10L, 10L))
  expect_identical(nobs(classes), 20L)
})
