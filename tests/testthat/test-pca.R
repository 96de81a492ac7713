# Reference implementation: standardize the whole matrix in R, take its singular value
# decomposition.
plain_pca <- function(counts, scale) {
  mean <- colMeans(counts, na.rm = TRUE)
  spread <- if (scale == "binomial") sqrt(mean * (1 - mean / 2)) else rep(1, length(mean))
  x <- sweep(sweep(counts, 2, mean), 2, spread, "/")
  x[is.na(x)] <- 0
  x[, spread == 0] <- 0
  list(x = x, svd = svd(x))
}

# 1 - mean explained variance of the subspace: 0 if two sets of scores span the same.
subspace_loss <- function(scores, u) {
  q <- qr.Q(qr(scores))
  1 - sum(crossprod(q, u)^2) / ncol(u)
}

test_that("both methods agree with the decomposition of the whole matrix", {
  counts <- random_counts(61, 403, missing = 0)
  g <- as_genotypes(counts)
  for (scale in c("binomial", "none")) {
    plain <- plain_pca(counts, scale)
    for (method in c("exact", "randomized")) {
      fit <- pca(g, num_comp = 4, method = method, scale = scale)
      expect_equal(fit$singular_values, plain$svd$d[1:4], tolerance = 1e-6)
      expect_lt(subspace_loss(fit$scores, plain$svd$u[, 1:4]), 1e-6)
      expect_equal(abs(unname(fit$scores[, 1])), abs(plain$svd$u[, 1] * plain$svd$d[1]),
        tolerance = 1e-3)
      expect_equal(abs(fit$loadings[, 1]), abs(plain$svd$v[, 1]), tolerance = 1e-3)
      percent <- 100 * plain$svd$d[1:4]^2 / sum(plain$svd$d^2)
      expect_equal(tidy(fit, matrix = "eigenvalues")$percent_variance, percent, tolerance = 1e-5)
    }
  }
})

test_that("without missing genotypes and scaling it is prcomp", {
  counts <- random_counts(40, 90, missing = 0)
  fit <- pca(as_genotypes(counts), num_comp = 5, method = "exact", scale = "none")
  theirs <- prcomp(counts)
  expect_equal(tidy(fit, matrix = "eigenvalues")$eigenvalue, theirs$sdev[1:5]^2)
  expect_equal(abs(unname(fit$scores)), abs(unname(theirs$x[, 1:5])))
})

test_that("all n - 1 components lose nothing", {
  counts <- random_counts(30, 200, missing = 0)
  fit <- pca(as_genotypes(counts), num_comp = 29, method = "exact", scale = "none")
  expect_equal(sum(tidy(fit, matrix = "eigenvalues")$percent_variance), 100)
  x <- plain_pca(counts, "none")$x
  expect_equal(tcrossprod(unname(fit$scores)), tcrossprod(unname(x)), tolerance = 1e-8)
})

test_that("the loading of largest absolute value is positive", {
  for (method in c("exact", "randomized")) {
    fit <- pca(as_genotypes(random_counts(50, 300)), num_comp = 3, method = method)
    expect_true(all(apply(fit$loadings, 2, function(v) v[which.max(abs(v))]) > 0))
  }
})

test_that("the same seed gives the same bits at one and two threads", {
  g <- as_genotypes(random_counts(150, 2000))
  for (method in c("exact", "randomized")) {
    one <- pca(g, num_comp = 5, method = method, seed = 7, threads = 1)
    two <- pca(g, num_comp = 5, method = method, seed = 7, threads = 2)
    expect_identical(one, two)
  }
})

test_that("a view gives what its samples and variants give alone", {
  counts <- random_counts(60, 300)
  rows <- c(41:60, 3, 7, 9:20)
  columns <- 300:101
  view <- pca(as_genotypes(counts)[rows, columns], num_comp = 2, method = "exact")
  alone <- pca(as_genotypes(counts[rows, columns]), num_comp = 2, method = "exact")
  expect_identical(view$scores, alone$scores)
})

# Scores by least squares on loadings, genotype by genotype.
plain_scores <- function(counts, fit) {
  x <- sweep(sweep(counts, 2, fit$center), 2, fit$multiplier, "*")
  t(vapply(seq_len(nrow(x)), function(row) {
    seen <- which(!is.na(x[row, ]))
    unname(qr.solve(fit$loadings[seen, , drop = FALSE], x[row, seen]))
  }, numeric(ncol(fit$loadings))))
}

test_that("scores are least squares on the genotypes that a sample has", {
  counts <- random_counts(50, 200, missing = 0)
  counts[cbind(1:50, 1:50)] <- NA
  filled <- apply(counts, 2, function(x) replace(x, is.na(x), mean(x, na.rm = TRUE)))
  fit <- pca(as_genotypes(counts), num_comp = 2, scale = "none")
  expect_equal(unname(fit$scores), plain_scores(counts, fit), tolerance = 1e-8)
  # So little is missing that the loadings count it as the mean.
  loadings <- prcomp(filled)$rotation[, 1:2]
  expect_equal(abs(fit$loadings), abs(unname(loadings)), tolerance = 1e-6)
  expect_equal(glance(fit)$n_missing, 50)
  expect_equal(augment(fit)$.n_variants, rep(199L, 50))
  expect_output(print(fit), "missing genotypes: 50;")
})

test_that("with much missing, samples lie where they lie complete", {
  counts <- random_counts(120, 2000, missing = 0)
  complete <- pca(as_genotypes(counts), num_comp = 1)
  some <- seq(1, 120, by = 4)
  holes <- withr::with_seed(3, stats::runif(length(some) * 2000) < 0.3)
  counts[some, ][holes] <- NA
  fit <- pca(as_genotypes(counts), num_comp = 1)
  slope <- sum(fit$scores[some] * complete$scores[some]) / sum(complete$scores[some]^2)
  expect_equal(slope, 1, tolerance = 0.02)
  # All of one population: what the others have at a variant is not the mean.
  expect_equal(fit$scores[-some], complete$scores[-some], tolerance = 0.02)
  expect_equal(as.vector(fit$scores), as.vector(plain_scores(counts, fit)), tolerance = 1e-6)
})

test_that("a sample without enough genotypes has no scores, and is named", {
  counts <- random_counts(40, 300, missing = 0)
  without <- pca(as_genotypes(counts[-(5:6), ]), num_comp = 2, method = "exact")
  counts[5, ] <- NA
  expect_warning(fit <- pca(as_genotypes(counts[-6, ]), num_comp = 2, method = "exact"),
    "1 sample without a called genotype that is used: \"s5\"",
    class = "forebear_warning_no_genotypes")
  expect_identical(unname(fit$scores[5, ]), c(NA_real_, NA_real_))
  expect_equal(fit$scores[-5, ], without$scores, tolerance = 1e-6)
  expect_identical(augment(fit)$.n_variants[4:6], c(300L, 0L, 300L))
  counts[6, -(1:19)] <- NA
  expect_warning(fit <- pca(as_genotypes(counts), num_comp = 2),
    "1 sample with fewer than 20 called genotypes that are used: \"s6\"",
    class = "forebear_warning_no_genotypes")
  expect_identical(which(is.na(fit$scores[, 1])), c(s5 = 5L, s6 = 6L))
  new <- counts[4:7, ]
  expect_warning(got <- predict(without, new), "NA in every column",
    class = "forebear_warning_no_genotypes")
  expect_identical(is.na(got$PC1), c(FALSE, TRUE, TRUE, FALSE))
  expect_identical(is.na(got$.se_PC2), c(FALSE, TRUE, TRUE, FALSE))
  expect_identical(is.na(got$.outlier), c(FALSE, TRUE, TRUE, FALSE))
  expect_identical(got$.n_variants, c(300L, 0L, 19L, 300L))
})

test_that("monomorphic and uncalled variants change nothing and are counted", {
  counts <- random_counts(40, 100)
  more <- cbind(counts, same = 2, none = NA)
  fit <- pca(as_genotypes(more), num_comp = 2, method = "exact")
  expect_equal(fit$scores, pca(as_genotypes(counts), num_comp = 2, method = "exact")$scores)
  expect_equal(glance(fit)$n_monomorphic, 2)
  expect_equal(fit$loadings[101:102, ], matrix(0, 2, 2))
})

test_that("what cannot be decomposed is refused", {
  g <- as_genotypes(random_counts(10, 30))
  expect_error(pca(g, num_comp = 10), class = "forebear_error_num_comp")
  expect_error(pca(as_genotypes(matrix(1, 5, 4)), num_comp = 1),
    class = "forebear_error_no_variation")
  expect_error(pca(g[1, ], num_comp = 1), class = "forebear_error")
  expect_error(pca(g, num_comp = 0), class = "forebear_error_argument")
  expect_error(pca(g, method = "fast"), class = "forebear_error_argument")
  expect_error(pca(g, numcomp = 3), class = "forebear_error_argument")
  expect_error(pca(data.frame(1)), class = "forebear_error_argument")
})

test_that("too few passes give a warning and converged = FALSE", {
  g <- as_genotypes(random_counts(600, 900))
  expect_warning(
    fit <- pca(g, num_comp = 12, method = "randomized", max_passes = 2),
    class = "forebear_warning_not_converged"
  )
  expect_false(glance(fit)$converged)
})

test_that("Ctrl-C stops each method within a second", {
  skip_on_os("windows")
  skip_if(Sys.which("timeout") == "", "no timeout command")
  for (method in c("exact", "randomized")) {
    work <- sprintf("pca(g, num_comp = 20, method = '%s', tolerance = 1e-15, max_passes = 5000)",
      method)
    run <- interrupted_r(work, setup = "g <- as_genotypes(matrix(rbinom(3e7, 2, 0.3), 3000))")
    expect_identical(run$outcome, "stopped", info = method)
    expect_lt(run$seconds, 5, label = method)
  }
})

test_that("tidy, augment and glance have their columns", {
  g <- read_bed(example_data("panel"))
  fit <- pca(g, num_comp = 3)
  expect_named(tidy(fit), c("sample_id", "component", "value"))
  expect_equal(nrow(tidy(fit)), 300 * 3)
  expect_equal(tidy(fit)$value[tidy(fit)$component == 2], unname(fit$scores[, 2]))
  expect_named(tidy(fit, matrix = "loadings"),
    c("variant_id", "chrom", "position_bp", "component", "value"))
  expect_named(tidy(fit, matrix = "eigenvalues"),
    c("component", "eigenvalue", "percent_variance", "cumulative_percent", "tracy_widom",
      "p_value", "inside_noise"))
  expect_named(augment(fit), c("sample_id", ".PC1", ".PC2", ".PC3", ".n_variants"))
  expect_equal(glance(fit)[c("n_samples", "n_variants", "num_comp")],
    tibble::tibble(n_samples = 300L, n_variants = 15000L, num_comp = 3L))
  expect_error(tidy(fit, matrix = "score"), class = "forebear_error_argument")
})

test_that("augment joins a table by sample, whatever its order", {
  g <- read_bed(example_data("panel"))
  fit <- pca(g, num_comp = 2)
  labels <- read.delim(example_data("labels"))[c(17, 3, 200), ]
  got <- augment(fit, labels)
  expect_named(got, c(names(labels), ".PC1", ".PC2", ".n_variants"))
  expect_equal(got$.PC2, unname(fit$scores[labels$sample_id, 2]))
  expect_error(augment(fit, data.frame(sample_id = "absent")),
    class = "forebear_error_unknown_sample")
  expect_error(augment(fit, data.frame(id = 1)), class = "forebear_error_argument")
  projected <- augment(fit, g[1:4, ], strand = "same")
  expect_named(projected, c("sample_id", ".PC1", ".PC2", ".outlier", ".residual", ".n_variants",
    ".se_PC1", ".se_PC2"))
  expect_equal(projected$.PC1, predict(fit, g[1:4, ], strand = "same")$PC1)
})

test_that("samples with the same ID are all drawn, and none is joined by it", {
  counts <- random_counts(20, 60)
  rownames(counts) <- rep(c("a", "b"), 10)
  g <- suppressWarnings(as_genotypes(counts))
  fit <- pca(g, num_comp = 2)
  ancestry <- archetypes(g, k = 3)
  labels <- rep(c("x", "y"), each = 10)
  for (plot in list(autoplot(fit), autoplot(fit, labels = labels),
    autoplot(ancestry, type = "simplex", labels = labels), autoplot(ancestry, type = "pca"))) {
    n_points <- vapply(seq_along(plot$layers), function(i) nrow(ggplot2::layer_data(plot, i)), 0L)
    expect_true(20 %in% n_points)
  }
  expect_equal(unname(weight_matrix(tidy(ancestry))), unname(ancestry$q))
  expect_error(augment(fit, data.frame(sample_id = "a")), class = "forebear_error_duplicate_ids")
})

test_that("fifty groups can be named on a plot", {
  fit <- pca(read_bed(example_data("panel")), num_comp = 2)
  plot <- autoplot(fit, labels = paste0("pop", seq_len(300) %% 60), label_groups = TRUE)
  expect_no_error(ggplot2::ggplot_build(plot))
})

test_that("the simple projection of the reference itself is its scores", {
  g <- as_genotypes(random_counts(60, 300))
  fit <- pca(g, num_comp = 3, method = "exact")
  got <- predict(fit, g, method = "simple")
  expect_named(got, c("sample_id", "PC1", "PC2", "PC3", ".outlier", ".residual", ".n_variants",
    ".se_PC1", ".se_PC2", ".se_PC3"))
  expect_equal(as.matrix(got[2:4]), unname(fit$scores), ignore_attr = TRUE)
})

test_that("OADP undoes the shrinkage of the simple projection", {
  g <- read_bed(example_data("panel"))
  labels <- read.delim(example_data("labels"))$population
  new <- seq(2, 300, by = 5)
  fit <- pca(g[-new, ], num_comp = 3)
  center <- function(pc) tapply(pc, labels[new], mean)
  reference <- tapply(fit$scores[, 3], labels[-new], mean)
  slope <- function(method) {
    projected <- center(predict(fit, g[new, ], method = method, strand = "same")$PC3)
    unname(stats::coef(stats::lm(projected ~ reference))[2])
  }
  expect_lt(slope("simple"), 0.97)
  expect_lt(abs(slope("oadp") - 1), abs(slope("simple") - 1))
})

test_that("new samples are placed by the genotypes that they have", {
  counts <- random_counts(60, 300, missing = 0)
  fit <- pca(as_genotypes(counts), num_comp = 2, method = "exact")
  new <- counts[1:3, ]
  new[1, 1:30] <- NA
  new[1:2, 40:60] <- NA
  got <- predict(fit, new, method = "simple")
  expect_equal(unname(as.matrix(got[2:3])), plain_scores(new, fit), tolerance = 1e-8)
  expect_identical(got$.n_variants, c(249L, 279L, 300L))
  expect_identical(got$.se_PC1 > 0, c(TRUE, TRUE, FALSE))
})

test_that("standard errors hold for absent variants and whole absent chromosomes", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  held <- seq_len(nrow(g)) %% 4 == 0
  fit <- pca(g[!held, ], num_comp = 6)
  whole <- suppressMessages(predict(fit, g[held, ], strand = "same"))
  z <- function(there) {
    got <- suppressMessages(predict(fit, g[held, there], strand = "same", min_overlap = 0))
    expect_equal(got$.n_variants, round(whole$.n_variants * mean(there)), tolerance = 0.01)
    off <- as.matrix(got[paste0("PC", 1:4)]) - as.matrix(whole[paste0("PC", 1:4)])
    slope <- colSums(as.matrix(got[2:5]) * as.matrix(whole[2:5])) / colSums(as.matrix(whole[2:5])^2)
    expect_equal(unname(slope), rep(1, 4), tolerance = 0.02)
    abs(off) / as.matrix(got[paste0(".se_PC", 1:4)])
  }
  expect_covered <- function(z) {
    expect_gt(mean(z < 1.96), 0.9)
    expect_lt(mean(z < 1.96), 0.99)
  }
  expect_covered(z(withr::with_seed(1, stats::runif(ncol(g)) < 0.5)))
  expect_covered(z(variants(g)$chrom %in% seq(1, 22, by = 2)))
})

test_that("a population that was left out is flagged, new samples of the others are not", {
  g <- read_bed(example_data("panel"))
  population <- read.delim(example_data("labels"))$population
  out <- population == "AFR"
  inside <- which(population %in% c("EUR", "EAS", "SAS"))
  held_out <- inside[c(TRUE, FALSE, FALSE, FALSE)]
  fit <- pca(g[setdiff(inside, held_out), ], num_comp = 4)
  flagged <- function(rows) predict(fit, g[rows, ], strand = "same")$.outlier
  expect_gt(min(flagged(which(out))), 0.99)
  expect_lt(mean(flagged(held_out) > 0.95), 0.2)
})

test_that("a sample without a called genotype has no residual", {
  counts <- random_counts(30, 100)
  fit <- pca(counts, num_comp = 2)
  got <- suppressWarnings(
    predict(fit, rbind(nothing = rep(NA_real_, 100), something = counts[1, ])),
    classes = "forebear_warning_no_genotypes"
  )
  expect_identical(got$.outlier[1], NA_real_)
  expect_identical(got$.residual[1], NA_real_)
  expect_false(is.na(got$.outlier[2]))
})

test_that("a saved fit predicts in a fresh process", {
  g <- read_bed(example_data("panel"))
  fit <- pca(g[1:250, ], num_comp = 3)
  saved <- withr::local_tempfile()
  saveRDS(fit, saved)
  printed <- in_fresh_r(sprintf(
    'cat(format(predict(readRDS(%s), read_bed(example_data("panel"))[260, ],
      strand = "same")$PC1, digits = 15))',
    deparse1(saved)
  ))
  expect_equal(as.numeric(printed), predict(fit, g[260, ], strand = "same")$PC1)
})

test_that("printing says how many, how good, and what was missing", {
  expect_snapshot(pca(read_bed(example_data("panel")), num_comp = 2, method = "exact"))
})

test_that("augmenting twice is refused in words", {
  fit <- pca(as_genotypes(random_counts(20, 50)), num_comp = 2)
  expect_error(augment(fit, augment(fit)), "It has \".PC1\", \".PC2\"",
    class = "forebear_error_argument")
})

test_that("few samples and things that are no genotypes are reported in words", {
  genotypes <- as_genotypes(random_counts(3, 20))
  expect_snapshot(conditions_of(pca(genotypes[1, ]), pca(genotypes[1:2, ]), pca(1:3), pca(NULL)))
})

test_that("samples of the fit that lack genotypes have standard errors of scores", {
  withr::local_seed(2)
  frequency <- stats::plogis(rbind(-1, 0, 1) %*% rnorm(4000, 0, 0.5) + 1)
  counts <- matrix(rbinom(120 * 4000, 2, frequency[rep(1:3, 40), ]), 120)
  rownames(counts) <- paste0("s", 1:120)
  whole <- pca(counts, num_comp = 1)
  lacking <- counts
  for (row in 1:60) lacking[row, sample(4000, 1600)] <- NA
  fit <- pca(lacking, num_comp = 1)
  wide <- augment(fit)
  expect_named(wide, c("sample_id", ".PC1", ".n_variants", ".se_PC1"))
  expect_identical(wide$.se_PC1[61:120], rep(0, 60))
  off <- (wide$.PC1 - augment(whole)$.PC1)[1:60] / wide$.se_PC1[1:60]
  expect_gt(sqrt(mean(off^2)), 0.7)
  expect_lt(sqrt(mean(off^2)), 1.4)
  path <- write_model(fit, withr::local_tempfile())
  expect_identical(read_model(path)$std_errors, fit$std_errors)
  # Where little is missing, as where nothing is, there are none.
  counts[1, 1:9] <- NA
  expect_named(augment(pca(counts, num_comp = 1)), c("sample_id", ".PC1", ".n_variants"))
})

test_that("p-values are those of the Tracy-Widom law, and components of noise are marked", {
  # Quantiles of the law for real matrices (Johnstone 2001, table 2).
  expect_equal(tracy_widom_p(c(-1.2686, 0.4501, 0.9793, 2.0234)), c(0.5, 0.1, 0.05, 0.01),
    tolerance = 0.02)
  x <- list(singular_values = 3:1, tracy_widom = c(9, 0, NA), n_above_noise = 1L)
  expect_identical(inside_noise(x), c(FALSE, TRUE, TRUE))
  x$tracy_widom <- c(9, NA, 0)
  expect_identical(inside_noise(x), c(FALSE, NA, TRUE))
  x$tracy_widom <- c(9, NA, NA)
  expect_identical(inside_noise(x), c(FALSE, NA, NA))
  expect_identical(inside_noise(x[1]), c(NA, NA, NA))
})
