test_that("the numbers that are tried double from k - 1", {
  expect_identical(tried_dims(4, 1000), c(3L, 6L, 12L, 24L))
  expect_identical(tried_dims(2, 20), c(1L, 2L, 4L, 8L))
  expect_identical(tried_dims(30, 40), 29L)
})

# Genotypes of `pure` unadmixed samples of each of three populations and of `mixed` mixtures.
three_populations <- function(pure, mixed, m = 600) {
  withr::with_seed(6, {
    f <- matrix(stats::runif(3 * m, 0.05, 0.95), 3)
    drawn <- matrix(stats::rexp(3 * mixed), mixed)
    q <- rbind(diag(3)[rep(1:3, pure), , drop = FALSE], drawn / rowSums(drawn))
    n <- nrow(q)
    ids <- list(paste0("s", seq_len(n)), NULL)
    counts <- matrix(stats::rbinom(n * m, 2, q %*% f), n, dimnames = ids)
    list(g = as_genotypes(counts), q = `rownames<-`(q, ids[[1]]))
  })
}

test_that("the fewest dimensions within one standard error of the best are chosen", {
  g <- three_populations(20, 30)$g
  table <- choose_dims(g, k = 3)
  expect_named(table, c("dims", "deviance", "difference", "std_error", "chosen"))
  expect_identical(table$dims, c(2L, 4L, 8L, 16L))
  expect_equal(min(table$difference), 0)
  expect_equal(table$difference, table$deviance - min(table$deviance))
  expect_identical(which(table$chosen), which(table$difference <= table$std_error)[1])
  expect_identical(choose_dims(g, k = 3, threads = 1), table)
})

test_that("a group at a corner is what lies there beyond a falling density", {
  # Of archetype 1, 12 samples lie within 0.1 of the corner and 3 more within 0.2: a group of 9.
  # Within 0.05 there are 2 and then 10 more: none. Within 0.2 there are 15, and then 8 more: 7.
  # At the corner of archetype 2 lie 12.
  a <- c(rep(0.97, 2), rep(0.92, 10), rep(0.85, 3), rep(0.7, 8), rep(0, 12))
  q <- cbind(a, 1 - a)
  expect_identical(corner_group(q[, c(1, 1)]), 9)
  expect_identical(corner_group(q[, c(2, 2)]), 12)
  expect_identical(corner_group(q), 9)
  expect_identical(corner_dims(q, 2), 10L)
  # As many dimensions as half of the samples, or 50 more than k - 1, are the most.
  expect_identical(corner_dims(diag(2)[rep(1:2, 3), ], 2), 3L)
  expect_identical(corner_dims(diag(2)[rep(1:2, 200), ], 2), 51L)
  expect_identical(corner_dims(diag(3), 3), 2L)
})

test_that("mixtures alone, evenly spread or drawn to the corners, are no group", {
  for (concentration in c(0.5, 1, 2)) {
    drawn <- withr::with_seed(4, matrix(stats::rgamma(4 * 2000, concentration), 2000))
    expect_lte(corner_group(drawn / rowSums(drawn)), 3)
  }
})

test_that("where samples lie at every corner, the error is smaller in more dimensions", {
  data <- three_populations(20, 30)
  fit <- suppressMessages(archetypes(data$g, k = 3))
  plain <- suppressMessages(archetypes(data$g, k = 3, dims = NULL))
  dims <- corner_dims(plain$q, 3)
  expect_identical(glance(fit)$dims, dims)
  expect_gt(dims, 10)
  expect_identical(fit$q, suppressMessages(archetypes(data$g, k = 3, dims = dims))$q)
  error <- function(fit) glance(compare_ancestry(fit, data$q))$rmse
  expect_lt(error(fit), 0.9 * error(plain))
  of_pca <- function(num_comp) {
    scores <- pca(data$g, num_comp = num_comp, scale = "none", method = "exact")
    glance(suppressMessages(archetypes(scores, k = 3, dims = "auto")))$dims
  }
  expect_identical(of_pca(30), dims)
  expect_identical(of_pca(5), 5L)
})

test_that("without unadmixed samples there are k - 1 dimensions", {
  g <- three_populations(0, 90)$g
  fit <- suppressMessages(archetypes(g, k = 3))
  expect_identical(glance(fit)$dims, 2L)
  expect_identical(fit$q, suppressMessages(archetypes(g, k = 3, dims = NULL))$q)
})

test_that("no sample loses an answer to more dimensions, and one without is named once", {
  data <- three_populations(20, 30)
  counts <- as.matrix(data$g)
  # Enough for 2 dimensions, too few for 20.
  counts[90, -seq_len(60)] <- NA
  counts[89, ] <- NA
  said <- character()
  fit <- withCallingHandlers(suppressMessages(archetypes(as_genotypes(counts), k = 3)),
    warning = function(warning) {
      said <<- c(said, conditionMessage(warning))
      invokeRestart("muffleWarning")
    })
  expect_identical(glance(fit)$dims, 2L)
  expect_identical(unname(which(is.na(fit$q[, 1]))), 89L)
  expect_length(grep("s89", said), 1)
})

test_that("one number of dimensions needs no cross-validation, and a wrong one is refused", {
  g <- withr::with_seed(1, as_genotypes(random_counts(12, 40)))
  expect_identical(choose_dims(g, k = 3, dims = 2)$chosen, TRUE)
  expect_error(choose_dims(g, k = 3, dims = 12), class = "forebear_error_dims")
})

# Projected without a correction they would be drawn to the center by two thirds of what dimensions
# of noise have.
test_that("new samples are as near the truth as those of a fit in chosen dimensions", {
  genotypes <- read_bed(example_data("panel"))
  truth <- read.delim(example_data("truth"))
  truth <- as.matrix(truth[match(samples(genotypes)$sample_id, truth$sample_id), -1])
  own <- seq_len(nrow(genotypes)) %% 3 != 0
  fit <- archetypes(genotypes[own, ], k = ncol(truth))
  expect_gt(ncol(fit$positions), 20)
  expect_identical(fit$projection$method, "oadp")
  order <- match(seq_len(ncol(truth)), apply(stats::cor(truth[own, ], fit$q), 2, which.max))
  rmse <- function(q, truth) sqrt(mean((q[, order] - truth)^2))
  new <- as.matrix(predict(fit, genotypes[!own, ], strand = "same")[-1])
  expect_lt(rmse(fit$q, truth[own, ]), 0.03)
  expect_lt(rmse(new, truth[!own, ]), 0.035)
})
