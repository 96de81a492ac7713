# The loop by hand on a dense decomposition.
slow_outliers <- function(counts, k, max_sd, iterations) {
  stays <- seq_len(nrow(counts))
  gone <- list()
  for (turn in seq_len(iterations)) {
    own <- counts[stays, ]
    p <- colMeans(own) / 2
    own <- own[, p > 0 & p < 1]
    p <- p[p > 0 & p < 1]
    x <- sweep(sweep(own, 2, 2 * p), 2, sqrt(2 * p * (1 - p)), `/`)
    u <- svd(x, nu = k, nv = 0)$u
    z <- abs(sweep(u, 2, colMeans(u))) / rep(sqrt(apply(u, 2, function(v) mean((v - mean(v))^2))),
      each = nrow(u))
    far <- which(apply(z, 1, max) > max_sd)
    if (length(far) == 0) break
    gone[[turn]] <- stays[far]
    stays <- stays[-far]
  }
  gone
}

test_that("the samples that go are those of the dense computation", {
  counts <- withr::with_seed(2, {
    p <- stats::runif(400, 0.1, 0.9)
    own <- t(replicate(60, stats::rbinom(400, 2, p)))
    own[7, ] <- stats::rbinom(400, 2, 1 - p)
    own[8, 1:200] <- own[9, 1:200]
    own
  })
  g <- as_genotypes(`rownames<-`(counts, paste0("s", 1:60)))
  kept <- filter_outliers(g, num_comp = 4, max_sd = 4)
  want <- slow_outliers(counts, 4, 4, 5)
  outliers <- attr(kept, "outliers")
  expect_gt(nrow(outliers), 0)
  expect_true("s7" %in% outliers$sample_id)
  expect_identical(outliers$sample_id, paste0("s", unlist(want)))
  expect_identical(outliers$iteration, rep(seq_along(want), lengths(want)))
  expect_identical(samples(kept)$sample_id, setdiff(paste0("s", 1:60), outliers$sample_id))
  expect_identical(nrow(filter_outliers(g, 4, 4, iterations = 1)), 60L - length(want[[1]]))
  steps <- tidy(suppressMessages(qc_report(kept, kinship = FALSE)))
  expect_identical(sum(steps$samples_removed), nrow(outliers))
})

test_that("nothing so far out is said", {
  g <- read_bed(example_data("panel"))[1:60, 1:500]
  expect_message(kept <- filter_outliers(g, num_comp = 2, max_sd = 20),
    class = "forebear_message_nothing_removed")
  expect_identical(dim(kept), dim(g))
  expect_identical(nrow(attr(kept, "outliers")), 0L)
})
