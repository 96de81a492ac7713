test_that("weights and hull of a hand-worked case", {
  scores <- rbind(s1 = c(0, 0), s2 = c(4, 0), s3 = c(0, 3), s4 = c(1, 1))
  # The third cluster would lie at (0, 6): s3 has half of it.
  q <- rbind(c(1, 0, 0), c(0, 1, 0), c(0.5, 0, 0.5), c(7 / 12, 1 / 4, 1 / 6))
  dimnames(q) <- list(rownames(scores), c("archetype1", "archetype2", "archetype3"))
  support <- tidy(cluster_support(q, scores))
  expect_equal(support$max_weight, c(1, 1, 0.5))
  expect_equal(support$n_attaining, c(1, 1, 0))
  expect_equal(support$attained, c(TRUE, TRUE, FALSE))
  expect_equal(support$inside_hull, c(TRUE, TRUE, FALSE))
  expect_equal(support$hull_distance, c(0, 0, 3), tolerance = 1e-7)
  spread <- sqrt(sum(scale(scores, scale = FALSE)^2) / 4)
  expect_equal(support$relative_distance[[3]], 3 / spread, tolerance = 1e-7)
  glanced <- glance(cluster_support(q, scores))
  expect_equal(glanced$share_unattained, 1 / 3)
  expect_equal(glanced$n_outside_hull, 1)
  expect_equal(glance(cluster_support(q, scores, threshold = 0.5))$n_unattained, 0)
})

test_that("archetypes lie in the hull of samples, in any space", {
  fit <- archetypes(mixtures_of(80, 5, noise = 0.2), k = 4)
  support <- cluster_support(fit)
  expect_true(all(tidy(support)$inside_hull))
  others <- `rownames<-`(matrix(stats::runif(160), 80), rownames(fit$scores))
  expect_true(all(tidy(cluster_support(fit, others))$inside_hull))
  expect_equal(cluster_positions(fit, fit$q, fit$scores), fit$positions, tolerance = 1e-6,
    ignore_attr = TRUE)
  expect_output(print(support), "hull: 0 of 4 clusters outside that of the samples in 4 dim")
})

test_that("samples of the scores are matched by ID, and k - 1 components taken of a pca fit", {
  genotypes <- read_bed(example_data("panel"))
  fit <- pca(genotypes, num_comp = 5, scale = "none")
  truth <- read.delim(example_data("truth"))
  support <- cluster_support(truth, fit)
  expect_equal(glance(support)$dims, ncol(truth) - 2)
  reversed <- cluster_support(truth[rev(seq_len(nrow(truth))), ], fit)
  expect_equal(tidy(reversed), tidy(support), tolerance = 1e-6)
  expect_equal(glance(cluster_support(truth, fit, dims = 2))$dims, 2)
})

test_that("without scores only weights are reported", {
  support <- cluster_support(small_weights())
  expect_true(all(is.na(tidy(support)$inside_hull)))
  expect_equal(tidy(support)$max_weight, c(0.9, 0.8, 1))
  expect_output(print(support), "hull: not known without scores")
})

test_that("wrong scores are refused", {
  q <- small_weights()
  scores <- small_counts_scores()
  expect_error(cluster_support(q, scores[-1, ]), class = "forebear_error_unknown_sample")
  expect_error(cluster_support(q, scores, dims = 3), class = "forebear_error_dims")
  expect_error(cluster_support(q, dims = 3), class = "forebear_error_argument")
  expect_error(cluster_support(q, "pca"), class = "forebear_error_argument")
  expect_error(cluster_support(q, replace(scores, 1, NaN)),
    class = "forebear_error_non_finite_score")
  expect_error(cluster_support(q, threshold = 2), class = "forebear_error_argument")
})
