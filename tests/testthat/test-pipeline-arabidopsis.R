# Inbred plants, five chromosomes that are not the human ones, no population labels.
test_that("a map of Arabidopsis is made end to end", {
  genotypes <- read_bed(shared_path("data", "arabidopsis_170_tess3", "arabidopsis170.bed"))
  clean <- prune_ld(filter_variants(genotypes, max_missing = 0.05, min_maf = 0.05),
    window = 100, step = 10, r2 = 0.2)
  fit <- pca(clean, num_comp = 6, seed = 1)
  # The scores of 170 plants are small beside the default penalty, which gtm() says.
  expect_warning(gtm(fit), class = "forebear_warning_collapsed_map")
  map <- gtm(fit, regularization = 0.001)
  places <- augment(map)
  expect_equal(nrow(places), nrow(genotypes))
  expect_true(all(abs(as.matrix(places[c(".gtm1", ".gtm2")])) <= 1))
  # The same plants, read again, lie where they were.
  again <- predict(gtm(clean, num_comp = 6, regularization = 0.001), genotypes[1:20, ],
    strand = "same")
  expect_equal(nrow(again), 20)
  # The map keeps the geography: clusters of places on it are near one another on earth.
  earth <- utils::read.delim(shared_path("data", "arabidopsis_170_tess3", "labels.tsv"))
  earth <- earth[match(places$sample_id, earth$sample), c("longitude", "latitude")]
  on_map <- as.matrix(stats::dist(places[c(".gtm1", ".gtm2")]))
  diag(on_map) <- Inf
  neighbor <- max.col(-on_map, ties.method = "first")
  apart <- function(other) stats::median(sqrt(rowSums((earth - earth[other, ])^2)))
  expect_lt(apart(neighbor), apart(withr::with_seed(1, sample(nrow(earth)))) / 2)
  expect_s3_class(autoplot(map), "ggplot")
  ancestry <- archetypes(fit, k = 4, restarts = 2, seed = 1)
  clusters <- tidy(ancestry)
  best <- tapply(seq_len(nrow(clusters)), clusters$sample_id, function(rows) {
    clusters$archetype[rows[which.max(clusters$weight[rows])]]
  })
  scores <- cross_validate(as.matrix(augment(fit)[paste0(".PC", 1:6)]),
    as.vector(best[augment(fit)$sample_id]), method = "svm", folds = 3, repeats = 1, seed = 1)
  expect_gt(glance(scores)$f1, 0.8)
})
