# Three populations, of which the second and third are near; sibs of the first sample at the end.
near_populations <- function(n = 60, m = 3000, seed = 2) {
  withr::with_seed(seed, {
    base <- stats::runif(m, 0.1, 0.9)
    near <- function(p, s) pmin(pmax(p + stats::rnorm(m, 0, s), 0.02), 0.98)
    second <- near(base, 0.2)
    f <- rbind(base, second, near(second, 0.12))
    q <- diag(3)[rep(1:3, length.out = n), ]
    counts <- matrix(stats::rbinom(n * m, 2, q %*% f), n)
    counts[n, ] <- ifelse(stats::runif(m) < 0.5, counts[n, ], counts[n - 3, ])
    counts[stats::runif(n * m) < 0.02] <- NA
    dimnames(counts) <- list(paste0("s", seq_len(n)), paste0("v", seq_len(m)))
    list(genotypes = as_genotypes(counts), label = letters[rep(1:3, length.out = n)])
  })
}

test_that("a fit with too few populations shows in its residuals, and so do relatives", {
  data <- near_populations()
  g <- data$genotypes
  right <- residual_correlation(suppressMessages(admixture(g, k = 3)), g)
  wrong <- residual_correlation(suppressMessages(admixture(g, k = 2)), g)
  within <- function(x) {
    groups <- tidy(x, matrix = "groups", labels = data$label)
    groups$mean_correlation[groups$group_1 == groups$group_2]
  }
  expect_true(all(abs(within(right)) < 0.01))
  expect_true(all(within(wrong)[2:3] > 0.02))
  pairs <- tidy(right)
  expect_named(pairs, c("sample_1", "sample_2", "correlation"))
  expect_setequal(unlist(pairs[1, 1:2]), c("s57", "s60"))
  expect_gt(pairs$correlation[1], 0.2)
  expect_equal(glance(right)$max_correlation, pairs$correlation[1])
  expect_setequal(unlist(glance(right)[c("sample_1", "sample_2")]), c("s57", "s60"))
  expect_lt(abs(mean(pairs$correlation)), 0.005)
  expect_equal(nrow(pairs), 60 * 59 / 2)
})

test_that("archetypes are tested too, and means are those of the pairs", {
  data <- near_populations(n = 30, m = 800)
  g <- data$genotypes
  x <- residual_correlation(suppressMessages(archetypes(g, k = 3)), g)
  groups <- tidy(x, matrix = "groups", labels = data$label)
  expect_equal(groups$n_pairs, c(45L, 100L, 45L, 100L, 100L, 45L))
  rows <- which(data$label == "a")
  columns <- which(data$label == "c")
  mean_of <- function(one, other) {
    groups$mean_correlation[groups$group_1 == one & groups$group_2 == other]
  }
  expect_equal(mean_of("a", "c"), mean(x$correlation[rows, columns]))
  own <- x$correlation[rows, rows]
  expect_equal(mean_of("a", "a"), mean(own[upper.tri(own)]))
  lines <- capture.output(print(x))
  expect_match(lines[1], "<residual_correlation> of a fit of 3 populations, 30 samples",
    fixed = TRUE)
  expect_error(residual_correlation(suppressMessages(archetypes(g, k = 3)), g[1:20, ]),
    class = "forebear_error_other_genotypes")
  expect_error(residual_correlation(1, g), class = "forebear_error_argument")
  expect_error(tidy(x, labels = data$label), class = "forebear_error_argument")
})

# The populations are known, so that pairs are correlated by chance alone.
test_that("errors are those of correlations under the model, with missing genotypes too", {
  for (missing in c(0, 0.4)) {
    withr::with_seed(3, {
      q <- diag(3)[rep(1:3, length.out = 60), ]
      f <- matrix(stats::runif(3 * 4000, 0.1, 0.9), 3)
      counts <- matrix(stats::rbinom(60 * 4000, 2, q %*% f), 60)
      # Half of the samples lack more.
      counts[stats::runif(length(counts)) < missing * rep(c(0.8, 1.2), each = 30)] <- NA
    })
    rownames(counts) <- paste0("s", 1:60)
    g <- as_genotypes(counts)
    x <- residual_correlation(suppressMessages(admixture(g, k = 3)), g)
    seen <- tidy(x)$correlation
    expect_equal(sqrt(mean(seen^2)), glance(x)$std_error, tolerance = 0.05)
    called <- rowMeans(!is.na(counts))
    pair <- utils::combn(60, 2)
    each <- 1 / sqrt(4000 * called[pair[1, ]] * called[pair[2, ]])
    expect_equal(glance(x)$std_error, sqrt(mean(each^2)))
    line <- grep("mean absolute", utils::capture.output(print(x)), value = TRUE)
    expect_match(line, sprintf("(%.4f if", sqrt(2 / pi) * mean(each)), fixed = TRUE)
  }
})
