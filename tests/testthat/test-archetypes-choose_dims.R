test_that("the numbers that are tried double from k - 1", {
  expect_identical(tried_dims(4, 1000), c(3L, 6L, 12L, 24L))
  expect_identical(tried_dims(2, 20), c(1L, 2L, 4L, 8L))
  expect_identical(tried_dims(30, 40), 29L)
})

test_that("the fewest dimensions within one standard error of the best are chosen, and used", {
  data <- withr::with_seed(6, {
    f <- matrix(stats::runif(3 * 600, 0.05, 0.95), 3)
    q <- diag(3)[rep(1:3, 30), ]
    q[1:30, ] <- matrix(stats::rexp(90), 30)
    q <- q / rowSums(q)
    matrix(stats::rbinom(90 * 600, 2, q %*% f), 90)
  })
  g <- as_genotypes(data)
  table <- choose_dims(g, k = 3)
  expect_named(table, c("dims", "deviance", "difference", "std_error", "chosen"))
  expect_identical(table$dims, c(2L, 4L, 8L, 16L))
  expect_equal(min(table$difference), 0)
  expect_equal(table$difference, table$deviance - min(table$deviance))
  expect_identical(which(table$chosen), which(table$difference <= table$std_error)[1])
  fit <- suppressMessages(archetypes(g, k = 3, restarts = 2, dims = "auto"))
  expect_identical(glance(fit)$dims, table$dims[table$chosen])
  fixed <- suppressMessages(archetypes(g, k = 3, restarts = 2, dims = table$dims[table$chosen]))
  expect_identical(fit$q, fixed$q)
  expect_identical(choose_dims(g, k = 3, threads = 1), table)
})

test_that("one number of dimensions needs no cross-validation, and a wrong one is refused", {
  g <- withr::with_seed(1, as_genotypes(random_counts(12, 40)))
  expect_identical(choose_dims(g, k = 3, dims = 2)$chosen, TRUE)
  expect_error(choose_dims(g, k = 3, dims = 12), class = "forebear_error_dims")
})
