skip_on_cran() # Takes long.

two_groups <- function(n = 60) {
  withr::with_seed(1, {
    x <- matrix(stats::rnorm(n * 5), n, dimnames = list(paste0("s", seq_len(n)), NULL))
    x[, 1] <- x[, 1] + rep(c(0, 30), n / 2)
    x
  })
}

test_that("groups that lie apart stay apart", {
  skip_if_not_installed("Rtsne")
  fit <- tsne(two_groups(), perplexity = 10)
  expect_named(tidy(fit), c("sample_id", "tsne1", "tsne2"))
  between <- as.matrix(stats::dist(fit$places))
  diag(between) <- Inf
  nearest <- apply(between, 1, which.min)
  expect_equal(nearest %% 2, seq_len(60) %% 2, ignore_attr = TRUE)
  expect_gt(glance(fit)$objective, 0)
})

test_that("the seed decides and the session's random numbers go on", {
  skip_if_not_installed("Rtsne")
  x <- two_groups()
  withr::with_seed(9, {
    one <- tsne(x, perplexity = 10, max_iter = 50, threads = 1)
    after <- stats::runif(1)
  })
  withr::with_seed(9, expect_equal(stats::runif(1), after))
  withr::with_seed(10, two <- tsne(x, perplexity = 10, max_iter = 50, threads = 2))
  expect_identical(one, two)
  other <- tsne(x, perplexity = 10, max_iter = 50, seed = 2)
  expect_false(identical(one$places, other$places))
})

test_that("a session without random numbers stays without", {
  code <- c("drawn <- forebear:::with_own_seed(3, stats::runif(1))",
    "cat(drawn > 0 && !exists('.Random.seed', envir = globalenv()))")
  expect_identical(in_fresh_r(code), "TRUE")
})

test_that("genotypes, pca and scores give one picture, which is drawn", {
  skip_if_not_installed("Rtsne")
  components <- pca(as_genotypes(random_counts(40, 200)), num_comp = 3)
  one <- tsne(components, perplexity = 5, max_iter = 50)
  two <- tsne(components$scores, perplexity = 5, max_iter = 50)
  expect_equal(tidy(one), tidy(two))
  expect_drawn(autoplot(one, labels = rep(c("a", "b"), 20), label_groups = TRUE))
  table <- augment(one, data.frame(sample_id = c("s2", "s1")))
  expect_equal(table$.tsne1, one$places[2:1, 1])
  expect_snapshot(cat(sub("divergence.*", "divergence ...", utils::capture.output(print(one))),
    sep = "\n"))
})

test_that("errors say what is wrong", {
  skip_if_not_installed("Rtsne")
  x <- two_groups()
  fit <- tsne(x, perplexity = 5, max_iter = 50)
  expect_snapshot(conditions_of(
    tsne(x, perplexity = 30), tsne("x"), tsne(rbind(x, s61 = x[1, ]), perplexity = 5),
    tsne(x, max_iter = 0), tsne(x, k = 3), predict(fit, x), augment(fit, 1)
  ))
})

test_that("UMAP keeps groups apart", {
  skip_if_not_installed("uwot")
  fit <- umap(two_groups(), neighbors = 10)
  between <- as.matrix(stats::dist(fit$places))
  diag(between) <- Inf
  expect_equal(apply(between, 1, which.min) %% 2, seq_len(60) %% 2, ignore_attr = TRUE)
  expect_identical(fit, umap(two_groups(), neighbors = 10))
  expect_error(predict(fit, two_groups()), class = "forebear_error_no_projection")
  expect_drawn(autoplot(fit))
})

test_that("three samples are too few, and it is said", {
  skip_if_not_installed("Rtsne")
  expect_error(tsne(matrix(c(1, 4, 2, 6, 5, 1), 3), perplexity = 1), "at least 4 samples",
    class = "forebear_error_argument")
})

test_that("defaults adapt to few samples, and what a user gives is checked", {
  skip_if_not_installed("Rtsne")
  x <- two_groups()
  expect_message(fit <- tsne(x, max_iter = 50), class = "forebear_message_adapted",
    "`perplexity` is 19: 60 samples do not allow the default of 30")
  expect_identical(fit, tsne(x, perplexity = 19, max_iter = 50))
  expect_no_message(tsne(two_groups(92), max_iter = 20))
  expect_error(tsne(x, perplexity = 30), class = "forebear_error_argument")
  expect_error(tsne(x[1:3, ]), "needs at least 4 samples", class = "forebear_error_argument")
  skip_if_not_installed("uwot")
  expect_message(fit <- umap(x[1:12, ]), class = "forebear_message_adapted",
    "`neighbors` is 11: 12 samples do not allow the default of 15")
  expect_identical(fit$places, umap(x[1:12, ], neighbors = 11)$places)
  expect_error(umap(x[1:12, ], neighbors = 15), class = "forebear_error_argument")
  expect_error(umap(x[1:3, ]), "needs at least 4 samples", class = "forebear_error_argument")
})

test_that("other defaults adapt too", {
  x <- two_groups(8)
  labels <- rep(c("a", "b"), 4)
  expect_message(fit <- classify(x[1:6, ], labels[1:6], method = "knn"),
    class = "forebear_message_adapted", "`neighbors` is 6: 6 labeled samples")
  expect_error(classify(x[1:6, ], labels[1:6], method = knn(neighbors = 8)),
    class = "forebear_error_argument")
  expect_message(cv <- cross_validate(x, labels, method = "knn", repeats = 1),
    class = "forebear_message_adapted", "`folds` is 4: 4 samples of \"a\"")
  expect_identical(tidy(cv, matrix = "settings")$neighbors, 1:6)
  expect_error(cross_validate(x, labels, method = "knn", folds = 5),
    class = "forebear_error_fold_count")
  expect_message(audit <- audit_labels(x, labels, method = knn(neighbors = 2), repeats = 1),
    class = "forebear_message_adapted")
  expect_message(path <- archetypes_path(x, restarts = 1), class = "forebear_message_adapted",
    "`max\\(k\\)` is 8: 8 samples")
  expect_identical(glance(path)$k_max, 8L)
  expect_error(archetypes_path(x, k = 2:12), class = "forebear_error_too_few_distinct_samples")
  components <- pca(as_genotypes(random_counts(30, 200, missing = 0)), num_comp = 4)
  expect_message(path <- archetypes_path(components, restarts = 1),
    class = "forebear_message_adapted", "`max\\(k\\)` is 5: 4 components")
})

test_that("pca() of few samples takes what they allow", {
  g <- as_genotypes(random_counts(6, 50, missing = 0))
  expect_message(fit <- pca(g), class = "forebear_message_adapted",
    "`num_comp` is 5: 6 samples do not allow the default of 10")
  expect_equal(ncol(fit$scores), 5)
  expect_error(pca(g, num_comp = 10), class = "forebear_error_num_comp")
})
