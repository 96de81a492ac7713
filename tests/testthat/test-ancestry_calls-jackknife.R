# The delete-one-block jackknife as it is defined, by leaving out one block after the other.
plain_jackknife <- function(numerator, denominator) {
  there <- denominator > 0
  x <- numerator[there]
  m <- denominator[there]
  g <- length(m)
  h <- sum(m) / m
  whole <- sum(x) / sum(m)
  without <- vapply(seq_len(g), function(j) sum(x[-j]) / sum(m[-j]), 1)
  center <- g * whole - sum((1 - m / sum(m)) * without)
  pseudo <- h * whole - (h - 1) * without
  c(whole, sqrt(sum((pseudo - center)^2 / (h - 1)) / g))
}

test_that("three blocks worked by hand", {
  # Ratios 1, 0 and 1/2 with sizes 1, 1 and 2: the mean is 1/2.
  got <- block_jackknife(rbind(c(1, 0, 1)), rbind(c(1, 1, 2)))
  expect_equal(got$estimate, 0.5)
  expect_equal(got$std_error, sqrt((0.25 / 3 + 0.25 / 3 + 0) / 3))
})

test_that("it agrees with leaving out blocks one by one", {
  withr::local_seed(3)
  denominator <- matrix(stats::rexp(60), 10)
  denominator[2, 3] <- 0
  numerator <- denominator * matrix(stats::runif(60), 10)
  want <- vapply(1:10, function(row) plain_jackknife(numerator[row, ], denominator[row, ]),
    c(1, 1))
  got <- block_jackknife(numerator, denominator)
  expect_equal(got$estimate, want[1, ])
  expect_equal(got$std_error, want[2, ])
  # Blocks of equal size: the standard error of a mean.
  x <- rbind(c(0.1, 0.5, 0.2, 0.9))
  expect_equal(block_jackknife(x, x * 0 + 1)$std_error, stats::sd(x) / 2)
})

test_that("one block has no standard error, none has no estimate", {
  got <- block_jackknife(rbind(c(1, 0), c(0, 0)), rbind(c(2, 0), c(0, 0)))
  expect_identical(got, list(estimate = c(0.5, NA), std_error = c(NA_real_, NA)))
})

test_that("blocks are chromosomes, or runs of windows of nearly equal number", {
  blocks <- call_blocks(random_calls(1, c("1" = 6, "2" = 4)))
  expect_identical(jackknife_blocks(blocks, NULL), list(rep(1L, 6), rep(2L, 4)))
  expect_identical(unlist(jackknife_blocks(blocks, 5)), rep(1:5, each = 2))
  one <- call_blocks(random_calls(1, c("1" = 7)))
  expect_identical(jackknife_blocks(one, NULL), list(rep(1L, 7)))
  expect_identical(jackknife_blocks(one, 20), list(1:7))
})

test_that("the larger error is that which is known", {
  expect_identical(larger_error(c(1, NA, 2, NA), c(0.5, 3, 4, NA)), c(1, 3, 4, NA))
})
