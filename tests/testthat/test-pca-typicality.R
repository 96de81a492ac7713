# Scores of three populations of unlike shapes; some samples have no label.
spread_data <- function(sizes = c(12, 7, 20, 3), seed = 1) {
  withr::with_seed(seed, {
    group <- factor(rep(c("a", "b", "c", NA), sizes))
    scores <- matrix(stats::rnorm(3 * sum(sizes)), ncol = 3)
    scores[, 1] <- scores[, 1] * c(1, 3, 0.5, 1)[rep(1:4, sizes)] + c(0, 5, 9, 0)[rep(1:4, sizes)]
    list(scores = scores, group = group)
  })
}

# Squared distance of `x` from the population of `own` with everything computed again.
plain_distance <- function(x, own, scores, group) {
  within <- Reduce(`+`, lapply(levels(group), function(name) {
    rows <- scores[which(group == name), , drop = FALSE]
    crossprod(sweep(rows, 2, colMeans(rows)))
  })) / (sum(!is.na(group)) - nlevels(group))
  d <- ncol(scores)
  scatter <- crossprod(sweep(own, 2, colMeans(own)))
  stats::mahalanobis(x, colMeans(own), (scatter + d * within) / (nrow(own) - 1 + d))
}

test_that("the distance of a sample is as if it had been left out", {
  data <- spread_data()
  spreads <- population_spreads(data$scores, data$group)
  expect_named(spreads, c("a", "b", "c"))
  for (name in names(spreads)) {
    rows <- which(data$group == name)
    plain <- vapply(rows, function(row) {
      plain_distance(data$scores[row, ], data$scores[setdiff(rows, row), , drop = FALSE],
        data$scores[-row, ], data$group[-row])
    }, 0)
    expect_equal(spreads[[name]]$distance, plain, tolerance = 1e-6)
  }
})

test_that("new samples are counted among those at least as far", {
  data <- spread_data()
  spreads <- population_spreads(data$scores, data$group)
  new <- spread_data(seed = 2)$scores[1:20, ]
  rows <- which(data$group == "b")
  plain <- plain_distance(new, data$scores[rows, ], data$scores, data$group)
  want <- (1 + rowSums(outer(plain, spreads$b$distance, "<="))) / (length(rows) + 1)
  expect_equal(typicality(spreads, new, rep(2L, 20)), want)
  expect_equal(typicality(spreads, matrix(1e6, 1, 3), 2L), 1 / 8)
})

test_that("a line of four samples, worked by hand", {
  # Populations at 0, 2 and at 10, 12: scatter 2 in each, 4 within both, 2 free.
  scores <- matrix(c(0, 2, 10, 12))
  spreads <- population_spreads(scores, factor(c("a", "a", "b", "b")))
  # Without the first, the other is its own middle, 2 away; nothing is left of the scatter of a,
  # and within both is 2 with 1 free: (0 + 1 * 2 / 1) / (1 - 1 + 1) = 2, so 4 / 2.
  expect_equal(spreads$a$distance, c(2, 2), tolerance = 1e-6)
  # A new one at 3 is 2 from the middle 1, with (2 + 1 * 4 / 2) / (2 - 1 + 1) = 2.
  expect_equal(squared_lengths(matrix(3), spreads$a$middle, spreads$a$root), 2, tolerance = 1e-6)
  expect_equal(typicality(spreads, matrix(c(2.9, 3.1)), c(1L, 1L)), c(1, 1 / 3))
})

test_that("samples that took part are compared with the others", {
  data <- spread_data()
  spreads <- population_spreads(data$scores, data$group)
  code <- as.integer(data$group)
  known <- which(!is.na(code))
  p <- typicality(spreads, data$scores[known, ], code[known], code[known])
  for (name in 1:3) {
    expect_equal(sort(p[code[known] == name]), seq_len(sum(code == name, na.rm = TRUE)) /
      sum(code == name, na.rm = TRUE))
  }
})

test_that("new samples of a population are spread evenly over 0 to 1", {
  p <- unlist(lapply(1:60, function(seed) {
    data <- spread_data(c(40, 40, 40, 30), seed)
    new <- data$scores[121:150, ]
    spreads <- population_spreads(data$scores, data$group)
    typicality(spreads, new, rep(1L, 30))
  }))
  expect_equal(mean(p <= 0.05), 0.05, tolerance = 0.35)
  expect_equal(mean(p), 0.5, tolerance = 0.05)
})

test_that("scores that do not vary, and single samples, are no mishap", {
  data <- spread_data()
  flat <- cbind(data$scores, 7, data$scores[, 1])
  expect_silent(spreads <- population_spreads(flat, data$group))
  expect_true(all(is.finite(spreads$a$distance)))
  expect_equal(typicality(spreads, rbind(c(0, 0, 0, 8, 0)), 1L), 1 / 13)
  expect_gt(typicality(spreads, rbind(c(0, 0, 0, 7, 0)), 1L), 0.1)
  lone <- population_spreads(matrix(c(1, 2, 3, 9)), factor(c("a", "a", "a", "b")))
  expect_null(lone$b)
  expect_identical(typicality(lone, matrix(9), 2L), NA_real_)
  same <- population_spreads(matrix(1, 4, 2), factor(c("a", "a", "b", "b")))
  expect_identical(typicality(same, matrix(1, 1, 2), 1L), NA_real_)
})

test_that("what missing genotypes leave open is not distance", {
  # Variances 1 + 3 and 1 + 7: 9 / 4 + 16 / 8.
  got <- widened_lengths(matrix(c(3, 4), 1), c(0, 0), diag(2), matrix(c(3, 0, 7), 1))
  expect_equal(got, 4.25)
  data <- spread_data()
  spreads <- population_spreads(data$scores, data$group)
  new <- data$scores[1:5, ] + 10
  covariances <- matrix(0, 5, 6)
  covariances[2, c(1, 3, 6)] <- 1e4
  covariances[4, ] <- NA
  code <- rep(2L, 5)
  plain <- typicality(spreads, new, code)
  wide <- typicality(spreads, new, code, covariances = covariances)
  expect_identical(wide[-2], plain[-2])
  expect_lt(plain[2], 0.2)
  expect_equal(wide[2], 1)
})
