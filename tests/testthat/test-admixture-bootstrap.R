test_that("replicates are fits of blocks of variants that are drawn", {
  g <- read_bed(example_data("panel"))
  g <- g[seq(1, 300, by = 3), seq(1, ncol(g), by = 10)]
  fit <- suppressMessages(admixture(g, k = 3))
  bootstrap <- bootstrap_ancestry(fit, g, replicates = 8, block_size = 20)
  table <- tidy(bootstrap)
  expect_equal(table$weight, as.vector(fit$q))
  expect_true(all(table$std_error >= 0) && mean(table$std_error) > 1e-4)
  expect_lt(mean(table$std_error), 0.1)
  again <- bootstrap_ancestry(fit, g, replicates = 8, block_size = 20, threads = 1)
  expect_identical(bootstrap$replicates, again$replicates)
  # One of them by hand.
  lengths <- block_lengths(g$variants$chrom, 20)
  blocks <- split(seq_len(ncol(g)), rep(seq_along(lengths), lengths))
  drawn <- with_own_seed(1, replicate(8, sample(length(blocks), replace = TRUE),
    simplify = FALSE))
  counts <- as.matrix(g)[, unlist(blocks[drawn[[2]]])]
  colnames(counts) <- paste0("v", seq_len(ncol(counts)))
  own <- suppressMessages(admixture(counts, k = 3, init = 0.99 * fit$q + 0.01 / 3))
  own <- own$q[, match_columns(fit$q, own$q)]
  expect_equal(bootstrap$replicates[, , 2], own, tolerance = 1e-6, ignore_attr = TRUE)
})

test_that("labeled samples stay, and one population is refused", {
  g <- withr::with_seed(2, as_genotypes(random_counts(30, 60)))
  label <- stats::setNames(rep(c("a", "b"), 3), samples(g)$sample_id[1:6])
  fit <- admixture(g, supervised = label)
  bootstrap <- bootstrap_ancestry(fit, g, replicates = 3, block_size = 10)
  expect_true(all(bootstrap$replicates[1:6, , ] %in% c(0, 1)))
  one <- admixture(g, k = 1)
  expect_error(bootstrap_ancestry(one, g), class = "forebear_error_argument")
})
