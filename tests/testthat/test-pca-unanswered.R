# Three populations of 20 samples; s5 has no genotype.
three_populations <- function(empty = 5, n_variants = 600) {
  withr::with_seed(2, {
    population <- rep(1:3, 20)
    frequency <- matrix(stats::runif(3 * n_variants, 0.05, 0.95), n_variants)
    counts <- t(vapply(population, function(own) {
      stats::rbinom(n_variants, 2, frequency[, own])
    }, integer(n_variants)))
  })
  dimnames(counts) <- list(paste0("s", 1:60), paste0("v", seq_len(n_variants)))
  counts[empty, ] <- NA
  counts
}

labels_of <- function(counts) {
  data.frame(sample_id = rownames(counts), population = rep(c("a", "b", "c"), 20))
}

expect_names_s5 <- function(code) {
  expect_warning(answer <- code, class = "forebear_warning_no_genotypes", "\"s5\"")
  answer
}

# Rows of s5 are NA, those of the others as without it, in the order that was given.
expect_na_and_rest <- function(table, without) {
  columns <- setdiff(names(table), c("sample_id", "component", "archetype", "k", "node"))
  expect_true(all(is.na(table[table$sample_id == "s5", columns])))
  rest <- table[table$sample_id != "s5", ]
  expect_equal(as.data.frame(rest), as.data.frame(without), tolerance = 1e-6)
}

test_that("who is asked why has no answer, and others have one", {
  why <- why_unanswered(c(0, 5, 29, 30, 100), n_variants = 100, n_dims = 3)
  expect_identical(is.na(why), c(FALSE, FALSE, FALSE, TRUE, TRUE))
  # Complete data are enough, however few the variants.
  expect_identical(is.na(why_unanswered(c(0, 19, 20), 20, 3)), c(FALSE, FALSE, TRUE))
  expect_identical(with_unanswered(c(1, 2), c(TRUE, FALSE, TRUE)), c(1, NA, 2))
  expect_identical(with_unanswered(diag(2), c(FALSE, TRUE, TRUE)), rbind(NA, c(1, 0), c(0, 1)))
})

test_that("genotypes count where the called samples differ", {
  counts <- rbind(c(0, 1, 2, NA), c(0, NA, 0, 1), c(NA, NA, NA, NA), c(0, NA, NA, NA))
  g <- as_genotypes(`dimnames<-`(counts, list(paste0("s", 1:4), paste0("v", 1:4))))
  # v1 is 0 throughout: s4 has nothing informative. v2 and v4 are heterozygous in the one called.
  found <- count_used_genotypes(g, 1L)
  expect_equal(found$n_variants, 3)
  expect_equal(found$n_called, c(2, 2, 0, 0))
  expect_equal(count_used_genotypes(g, 1L, used = 1:2)$n_called, c(2, 1, 0, 1))
})

test_that("admixture leaves a sample without genotypes out of the fit", {
  counts <- three_populations()
  g <- as_genotypes(counts)
  fit <- expect_names_s5(admixture(g, k = 3))
  without <- admixture(g[-5, ], k = 3)
  expect_na_and_rest(tidy(fit), tidy(without))
  expect_identical(fit$frequencies, without$frequencies)
  expect_equal(glance(fit)$n_samples, 60)
  expect_equal(glance(fit)$n_unanswered, 1)
  expect_na_and_rest(expect_names_s5(predict(without, g, strand = "same")),
    predict(without, g[-5, ], strand = "same"))
  alone <- expect_names_s5(predict(without, g[5, ], strand = "same"))
  expect_true(all(is.na(alone[-1])))
  expect_na_and_rest(augment(fit), augment(without))
  supervised <- c(s1 = "a", s2 = "b", s3 = "c", s5 = "b")
  fit <- expect_names_s5(admixture(g, supervised = supervised))
  expect_true(all(is.na(fit$q["s5", ])))
  expect_equal(glance(fit)$n_labelled, 3)
  start <- matrix(1 / 3, 60, 3) + rep(c(0.1, -0.1, 0), each = 60)
  start[5, ] <- NA
  expect_names_s5(admixture(g, k = 3, init = start))
})

test_that("a sample that is called only where no sample differs has no answer", {
  counts <- three_populations(empty = integer())
  counts <- cbind(counts, matrix(0, 60, 50, dimnames = list(NULL, paste0("m", 1:50))))
  counts[5, 1:600] <- NA
  fit <- expect_names_s5(admixture(as_genotypes(counts), k = 3))
  expect_true(all(is.na(fit$q["s5", ])))
})

test_that("fewer than ten genotypes for each population are too few where some are missing", {
  counts <- three_populations(empty = integer())
  counts[5, -(1:29)] <- NA
  counts[6, -(1:30)] <- NA
  fit <- expect_names_s5(admixture(as_genotypes(counts), k = 3))
  expect_identical(which(is.na(fit$q[, 1])), c(s5 = 5L))
  expect_false(anyNA(admixture(as_genotypes(three_populations(integer(), 20)), k = 3)$q))
})

test_that("archetypes of scores leave out a sample without any", {
  scores <- withr::with_seed(1, matrix(stats::rnorm(120), 60))
  rownames(scores) <- paste0("s", 1:60)
  scores[5, ] <- NA
  fit <- expect_names_s5(suppressMessages(archetypes(scores, k = 3)))
  without <- suppressMessages(archetypes(scores[-5, ], k = 3))
  expect_na_and_rest(tidy(fit), tidy(without))
  expect_na_and_rest(tidy(fit, matrix = "scores"), tidy(without, matrix = "scores"))
  expect_identical(tidy(fit, matrix = "weights"), tidy(without, matrix = "weights"))
  expect_identical(glance(fit)[3:10], glance(without)[3:10])
  expect_identical(fit$scores[fit$beta_sample, ], without$scores[without$beta_sample, ])
  new <- expect_names_s5(predict(without, scores))
  expect_na_and_rest(new, predict(without, scores[-5, ]))
  alone <- expect_names_s5(predict(without, scores[5, , drop = FALSE]))
  expect_true(all(is.na(alone[-1])))
  path <- expect_names_s5(suppressMessages(archetypes_path(scores, k = 2:3, restarts = 1)))
  expect_na_and_rest(tidy(path, matrix = "q"),
    tidy(suppressMessages(archetypes_path(scores[-5, ], k = 2:3, restarts = 1)), matrix = "q"))
  expect_true(all(is.na(best_fit(path, 3)$q["s5", ])))
  half <- scores
  half[7, 1] <- NA
  expect_error(archetypes(half, k = 3), class = "forebear_error_non_finite_score")
  expect_error(archetypes(scores * NA_real_, k = 3), class = "forebear_error_no_genotypes")
})

test_that("maps, classifiers and embeddings keep the row and leave it out", {
  scores <- three_populations()[, 1:8]
  label <- labels_of(scores)
  map <- expect_names_s5(gtm(scores, nodes = 6, rbf = 2))
  without <- gtm(scores[-5, ], nodes = 6, rbf = 2)
  expect_na_and_rest(tidy(map), tidy(without))
  expect_na_and_rest(tidy(map, matrix = "responsibilities"),
    tidy(without, matrix = "responsibilities"))
  expect_na_and_rest(augment(map), augment(without))
  expect_identical(tidy(map, matrix = "nodes"), tidy(without, matrix = "nodes"))
  expect_na_and_rest(expect_names_s5(predict(without, scores)), predict(without, scores[-5, ]))
  landscape <- gtm_landscape(map, seq_len(60))
  expect_equal(tidy(landscape), tidy(gtm_landscape(without, seq_len(60)[-5])))
  for (method in list(gtm_settings(nodes = 6, rbf = 2), "knn", "svm")) {
    fit <- expect_names_s5(classify(scores, label, method = method))
    alone <- classify(scores[-5, ], label[-5, ], method = method)
    expect_na_and_rest(augment(fit), augment(alone))
    expect_na_and_rest(tidy(fit), tidy(alone))
    expect_equal(glance(fit), glance(alone))
    expect_equal(predict(fit, scores[1:3, ]), predict(alone, scores[1:3, ]))
  }
  # The median of the others is no sample's place.
  fit <- expect_names_s5(gtm(scores, nodes = 6, rbf = 2,
    preprocessing = preprocessing(impute = "median")))
  expect_na_and_rest(tidy(fit), tidy(gtm(scores[-5, ], nodes = 6, rbf = 2,
    preprocessing = preprocessing(impute = "median"))))
  skip_if_not_installed("Rtsne")
  spread <- scores + withr::with_seed(1, stats::rnorm(length(scores), 0, 0.01))
  fit <- expect_names_s5(tsne(spread, perplexity = 5, max_iter = 50))
  expect_na_and_rest(tidy(fit), tidy(tsne(spread[-5, ], perplexity = 5, max_iter = 50)))
})

test_that("cross-validation and audits keep the row of a labeled sample without genotypes", {
  counts <- three_populations(n_variants = 300)
  label <- labels_of(counts)
  g <- as_genotypes(counts)
  cv <- expect_names_s5(cross_validate(g, label, method = "knn", repeats = 1, num_comp = 2,
    grid = data.frame(neighbors = 3)))
  alone <- cross_validate(g[-5, ], label[-5, ], method = "knn", repeats = 1, num_comp = 2,
    grid = data.frame(neighbors = 3))
  expect_equal(glance(cv), glance(alone))
  predictions <- tidy(cv, matrix = "predictions")
  expect_true(all(is.na(predictions[5, c(".pred_class", ".pred_a")])))
  expect_equal(predictions[-5, ], tidy(alone, matrix = "predictions"))
  audit <- expect_names_s5(audit_labels(g, label, method = "knn", repeats = 1, num_comp = 2))
  expect_identical(audit$sample_id, label$sample_id)
  expect_true(is.na(audit$verdict[5]) && is.na(audit$probability[5]))
  expect_false(anyNA(audit$verdict[-5]))
  expect_message(plot <- autoplot(audit), class = "forebear_message_left_out", "s5")
  expect_equal(nrow(ggplot2::layer_data(plot, 2)), 59)
})

test_that("a curated panel drops it with a reason", {
  counts <- three_populations(n_variants = 400)
  chosen <- expect_names_s5(curate_panel(as_genotypes(counts), labels_of(counts), min_samples = 5,
    outliers = outlier_settings(num_comp = 3), max_kinship = 0.4))
  expect_identical(chosen$removed$reason[chosen$removed$sample_id == "s5"], "no_genotypes")
  expect_equal(glance(chosen)$n_no_genotypes, 1)
  expect_false("s5" %in% chosen$labels$sample_id)
})

test_that("comparisons and figures leave it out and say so", {
  q <- withr::with_seed(1, matrix(stats::rexp(180), 60))
  q <- `dimnames<-`(q / rowSums(q), list(paste0("s", 1:60), paste0("archetype", 1:3)))
  hole <- q
  hole[5, ] <- NA
  says <- function(code) {
    expect_message(answer <- code, class = "forebear_message_left_out", "\"s5\"")
    answer
  }
  expect_equal(says(compare_ancestry(hole, q))$rmse, 0)
  expect_equal(glance(says(compare_ancestry(q, hole)))$n_samples, 59)
  expect_equal(glance(says(align_runs(q, hole)))$n_samples, 59)
  expect_equal(glance(says(regress_ancestry(q, hole)))$n_samples, 59)
  expect_equal(tidy(says(cluster_support(hole))), tidy(cluster_support(q[-5, ])))
  expect_drawn(says(autoplot(as_q_matrix(hole))))
  expect_drawn(says(autoplot(as_q_matrix(hole), type = "simplex", labels = rep(c("a", "b"), 30))))
  bad <- hole
  bad[7, 1] <- NA
  expect_error(as_q_matrix(bad), class = "forebear_error_q_simplex")
  expect_error(autoplot(as_q_matrix(q * NA)), class = "forebear_error_no_genotypes")
  path <- withr::local_tempfile(fileext = ".Q")
  expect_message(write_q(hole, path), class = "forebear_message_rows_of_na")
  expect_equal(read_q(path)$q, hole, ignore_attr = TRUE)
})

test_that("a cross-validated k leaves it out", {
  g <- as_genotypes(three_populations(n_variants = 200))
  errors <- expect_names_s5(cross_validate_k(g, k = 2:3, folds = 2))
  expect_equal(as.data.frame(errors), as.data.frame(cross_validate_k(g[-5, ], k = 2:3, folds = 2)))
})

test_that("sample statistics know nothing of it", {
  stats <- sample_stats(as_genotypes(three_populations(n_variants = 50)))
  expect_equal(stats$call_rate[5], 0)
  expect_true(is.na(stats$heterozygosity[5]) && is.na(stats$f[5]))
})

test_that("fits of genotypes leave out a sample without any", {
  counts <- three_populations()
  g <- as_genotypes(counts)
  fit <- expect_names_s5(archetypes(g, k = 3))
  without <- archetypes(g[-5, ], k = 3)
  expect_na_and_rest(tidy(fit), tidy(without))
  expect_equal(fit$frequencies, without$frequencies)
  expect_na_and_rest(expect_names_s5(predict(without, g, strand = "same")),
    predict(without, g[-5, ], strand = "same"))
  expect_true(all(is.na(expect_names_s5(predict(without, g[5, ], strand = "same"))[-1])))
  components <- expect_names_s5(pca(g, num_comp = 3, scale = "none"))
  expect_message(plot <- autoplot(components), class = "forebear_message_left_out", "\"s5\"")
  expect_equal(nrow(ggplot2::layer_data(plot, 1)), 59)
  # Signs and all: what stands on the components is as without it.
  expect_na_and_rest(tidy(expect_names_s5(archetypes(components, k = 3))),
    tidy(archetypes(pca(g[-5, ], num_comp = 3, scale = "none"), k = 3)))
  spread <- expect_names_s5(bootstrap_ancestry(fit, g, replicates = 3, block_size = 50))
  alone <- bootstrap_ancestry(without, g[-5, ], replicates = 3, block_size = 50)
  expect_na_and_rest(tidy(spread), tidy(alone))
  expect_equal(glance(spread)$mean_std_error, glance(alone)$mean_std_error, tolerance = 1e-6)
  expect_drawn(suppressMessages(autoplot(spread)))
  maps <- list(PCA = components, GTM = expect_names_s5(gtm(components, nodes = 6, rbf = 2)))
  expect_message(plot <- compare_maps(maps), class = "forebear_message_left_out", "\"s5\"")
  expect_drawn(plot)
  path <- withr::local_tempfile(fileext = ".html")
  expect_message(explore_maps(maps, path), class = "forebear_message_left_out")
  expect_false(any(grepl("NA[,\\]]", readLines(path))))
})
