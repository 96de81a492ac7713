permutations <- function(n) {
  if (n == 1) {
    return(matrix(1L, 1, 1))
  }
  shorter <- permutations(n - 1)
  do.call(rbind, lapply(seq_len(n), function(first) {
    cbind(first, matrix(setdiff(seq_len(n), first)[shorter], nrow(shorter)))
  }))
}

test_that("shuffled columns are found again", {
  q <- small_weights()
  expect_identical(match_columns(q, q), 1:3)
  expect_identical(match_columns(q[, c(3, 1, 2)], q), c(3L, 1L, 2L))
  expect_identical(match_columns(q, q[, c(3, 1, 2)]), c(2L, 3L, 1L))
})

test_that("no other pairing has a smaller RMSE", {
  orders <- permutations(5)
  for (seed in 1:20) {
    withr::with_seed(seed, {
      a <- matrix(stats::runif(50), 10)
      b <- matrix(stats::runif(50), 10)
    })
    rmse <- apply(orders, 1, function(order) sqrt(mean((a - b[, order])^2)))
    expect_equal(sqrt(mean((a - b[, match_columns(a, b)])^2)), min(rmse))
  }
})

test_that("a column more or less leaves one without a partner", {
  q <- cbind(small_weights(), archetype4 = 0.5)
  expect_identical(match_columns(q[, 1:3], q[, 4:1]), c(4L, 3L, 2L))
  expect_identical(match_columns(q[, 4:1], q[, 1:3]), c(NA, 3L, 2L, 1L))
})

test_that("a cost that is no number is refused by place", {
  cost <- matrix(0, 2, 2)
  cost[2, 1] <- NaN
  expect_error(assign_columns(cost), "row 2 and column 1 is NaN",
    class = "forebear_error_assignment_cost")
})

test_that("pairs that do not go together are none", {
  q <- cbind(archetype1 = c(1, 1, 0, 0, 0, 0), archetype2 = c(0, 0, 1, 1, 0, 0),
    archetype3 = c(0, 0, 0, 0, 1, 1))
  other <- cbind(q[, 1:2], c(0, 0, 0, 0, 0.9, 0.8))
  expect_identical(pair_columns(q, other), 1:3)
  # The correlation of the third pair is -0.5 whatever the rest.
  other[, 3] <- c(0.1, 0.1, 0.1, 0.1, 0, 0)
  expect_identical(match_columns(q, other), 1:3)
  expect_identical(pair_columns(q, other), c(1L, 2L, NA))
  # Three equal parts: the one that keeps the name has 0.5 or more.
  whole <- rep(c(1, 0), c(30, 120))
  third <- rep(c(1, 0), c(10, 140))
  expect_gt(correlation(whole, third), least_correlation)
})

test_that("a cluster that no sample has goes with another such alone", {
  q <- cbind(c(1, 0, 1), c(0, 1, 0), 0)
  expect_identical(pair_columns(q, q), 1:3)
  expect_identical(pair_columns(cbind(0, c(1, 0, 1)), cbind(c(0, 1, 0), c(1, 0, 1))), c(NA, 2L))
})
