# Three populations of forty samples.
panel_of_three <- function(n_variants = 800) {
  withr::local_seed(3)
  frequency <- matrix(stats::runif(3 * n_variants, 0.1, 0.9), n_variants)
  counts <- vapply(rep(1:3, each = 40), function(population) {
    stats::rbinom(n_variants, 2, frequency[, population])
  }, integer(n_variants))
  counts <- t(counts)
  dimnames(counts) <- list(paste0("s", 1:120), paste0("v", 1:n_variants))
  as_genotypes(counts, variants = data.frame(position_bp = 1:n_variants * 1000L, ref = "A",
    alt = "G"))
}

test_that("samples of the fit have the scores of the fit, others those of OADP", {
  g <- panel_of_three()
  fit <- pca(g[1:100, ], num_comp = 4, method = "exact")
  expect_message(got <- predict(fit, g[91:120, ]),
    "10 of 30 new samples are already in the fit.*\"s91\"",
    class = "forebear_message_known_samples")
  expect_equal(unname(as.matrix(got[1:10, 2:5])), unname(fit$scores[91:100, ]), tolerance = 1e-5)
  expect_no_message(new <- predict(fit, g[101:120, ]))
  expect_identical(got[11:30, ], new)
  expect_no_message(simple <- predict(fit, g[91:100, ], method = "simple"))
  expect_equal(got[1:10, 1:5], simple[, 1:5])
})

test_that("the same ID with other genotypes is a new sample", {
  g <- panel_of_three()
  fit <- pca(g[1:100, ], num_comp = 4, method = "exact")
  # IDs of the fit, of a sample of the same population or of another.
  other <- as.matrix(g[c(101:110, 2:11), ])
  rownames(other) <- c(paste0("s", 81:90), paste0("s", 1:10))
  other <- as_genotypes(other, variants = variants(g))
  expect_no_message(got <- predict(fit, other))
  rownames(other$samples) <- NULL
  other$samples$sample_id <- paste0("new", 1:20)
  expect_identical(got[, -1], predict(fit, other)[, -1])
})

test_that("absent variants and a few other genotypes do not hide a known sample", {
  g <- panel_of_three()
  fit <- pca(g, num_comp = 4, method = "exact")
  counts <- as.matrix(g[1:10, ])
  counts[, 1:8] <- 2L - counts[, 1:8]
  noisy <- as_genotypes(counts, variants = variants(g))
  expect_message(got <- predict(fit, noisy), class = "forebear_message_known_samples")
  expect_message(some <- suppressMessages(predict(fit, g[1:10, 1:792]),
    classes = c("forebear_message_overlap", "forebear_message_strand")), "of 10 new",
    class = "forebear_message_known_samples")
})

test_that("every model that projects knows its samples", {
  g <- panel_of_three()
  labels <- stats::setNames(rep(c("a", "b", "c"), each = 40), paste0("s", 1:120))
  fits <- list(archetypes(g, k = 3), classify(g, labels, method = "knn", num_comp = 3),
    gtm(pca(g, num_comp = 3)))
  for (fit in fits) {
    expect_message(predict(fit, g[1:5, ]), class = "forebear_message_known_samples")
  }
  expect_equal(
    unname(as.matrix(suppressMessages(predict(fits[[1]], g[1:5, ]))[-1])),
    unname(fits[[1]]$q[1:5, ]), tolerance = 1e-3)
})

# The reference implementation measures all distances.
test_that("who is known agrees with measuring every distance", {
  withr::local_seed(4)
  scores <- matrix(stats::rnorm(60), 20)
  own <- sample(20, 15)
  simple <- scores[own, ] + stats::rnorm(45) * rep(c(0, 1e-6, 0.1, 0.5, 2), each = 3)
  want <- vapply(1:15, function(row) {
    distance <- sqrt(colSums((t(scores) - simple[row, ])^2))
    distance[own[row]] < 1e-4 || distance[own[row]] < 0.5 * min(distance[-own[row]])
  }, NA)
  expect_identical(are_known(simple, scores, own), want)
  expect_true(any(want) && !all(want))
})
