# Genotypes of three populations without admixture, and some mixtures.
three_populations <- function(n = 90, m = 800, seed = 4) {
  withr::with_seed(seed, {
    f <- matrix(stats::runif(3 * m, 0.05, 0.95), 3)
    q <- diag(3)[rep(1:3, length.out = n), ]
    q[seq(1, n, by = 5), ] <- 1 / 3
    counts <- matrix(stats::rbinom(n * m, 2, q %*% f), n)
    dimnames(counts) <- list(paste0("s", seq_len(n)), paste0("v", seq_len(m)))
    as_genotypes(counts)
  })
}

test_that("cross-validation finds the number of populations, and names follow them", {
  g <- three_populations()
  path <- suppressMessages(admixture_path(g, k = 1:4, folds = 4))
  table <- tidy(path)
  expect_identical(table$k, 1:4)
  expect_identical(table$k[table$lowest], 3L)
  expect_identical(glance(path)$k_lowest, 3L)
  expect_lte(glance(path)$k_within_one_error, 3)
  expect_true(all(diff(table$log_likelihood) > 0))
  expect_equal(which.max(table$held_out_log_likelihood), 3)
  folds <- tidy(path, matrix = "folds")
  expect_equal(mean(folds$deviance[folds$k == 2]), table$cv_error[2])
  same <- suppressMessages(cross_validate_k(g, 2, 4, "admixture"))
  expect_equal(same$deviance, folds$deviance[folds$k == 2])
  three <- best_fit(path, 3)$q
  four <- best_fit(path, 4)$q
  # Names begin at the largest k, in order of weight there.
  expect_identical(colnames(four), paste0("archetype", 1:4))
  expect_false(is.unsorted(-colSums(four)))
  expect_true(all(colnames(three) %in% colnames(four)))
  two <- colnames(best_fit(path, 2)$q)
  expect_true(all(two %in% colnames(three)))
  expect_true(colnames(best_fit(path, 1)$q) %in% two)
  frequencies <- tidy(best_fit(path, 2), matrix = "frequencies")
  expect_identical(unique(frequencies$archetype), two)
  # One of the three splits.
  same <- diag(stats::cor(three, four[, colnames(three)]))
  expect_gte(sum(same > 0.9), 2)
  expect_true(all(same > 0.5))
  weights <- tidy(path, matrix = "q")
  expect_equal(weights$weight[weights$k == 3], as.vector(three))
  alone <- suppressMessages(admixture(g, 3))
  expect_equal(glance(best_fit(path, 3))$log_likelihood, glance(alone)$log_likelihood)
})

test_that("a path prints, and does without cross-validation", {
  g <- three_populations(n = 30, m = 200)
  path <- suppressMessages(admixture_path(g, k = c(3, 1), folds = 0))
  expect_identical(tidy(path)$k, c(1L, 3L))
  expect_true(all(is.na(tidy(path)$cv_error)))
  expect_length(capture.output(print(path)), 2)
  expect_match(capture.output(print(path))[1], "<admixture_path> k = 1, 3 of 30 samples",
    fixed = TRUE)
  expect_snapshot(conditions_of(
    tidy(path, matrix = "folds"),
    admixture_path(g, k = 0),
    admixture_path(g, k = 2, folds = 1),
    admixture_path(g, supervised = c(s1 = "a")),
    best_fit(path, 2)
  ))
})
