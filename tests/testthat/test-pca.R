# Plain twin: standardise the whole matrix in R and take its singular value decomposition.
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
  counts <- random_counts(61, 403, missing = 0.05)
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
  counts <- random_counts(30, 200)
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

test_that("missing genotypes are the mean of the variant, not zero", {
  counts <- random_counts(50, 200, missing = 0)
  holes <- replace(counts, cbind(1:50, 1:50), NA)
  filled <- apply(holes, 2, function(x) replace(x, is.na(x), mean(x, na.rm = TRUE)))
  fit <- pca(as_genotypes(holes), num_comp = 2, scale = "none")
  theirs <- prcomp(filled)
  expect_equal(abs(unname(fit$scores)), abs(unname(theirs$x[, 1:2])), tolerance = 1e-6)
  expect_equal(glance(fit)$n_missing, 50)
  expect_output(print(fit), "missing genotypes set to the mean: 50;")
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
    c("component", "eigenvalue", "percent_variance", "cumulative_percent"))
  expect_named(augment(fit), c("sample_id", ".PC1", ".PC2", ".PC3"))
  expect_equal(glance(fit)[c("n_samples", "n_variants", "num_comp")],
    tibble::tibble(n_samples = 300L, n_variants = 15000L, num_comp = 3L))
  expect_error(tidy(fit, matrix = "score"), class = "forebear_error_argument")
})

test_that("augment joins a table by sample, whatever its order", {
  g <- read_bed(example_data("panel"))
  fit <- pca(g, num_comp = 2)
  labels <- read.delim(example_data("labels"))[c(17, 3, 200), ]
  got <- augment(fit, labels)
  expect_named(got, c(names(labels), ".PC1", ".PC2"))
  expect_equal(got$.PC2, unname(fit$scores[labels$sample_id, 2]))
  expect_error(augment(fit, data.frame(sample_id = "nobody")),
    class = "forebear_error_unknown_sample")
  expect_error(augment(fit, data.frame(id = 1)), class = "forebear_error_argument")
  projected <- augment(fit, g[1:4, ], strand = "same")
  expect_named(projected, c("sample_id", ".PC1", ".PC2", ".outlier", ".residual"))
  expect_equal(projected$.PC1, predict(fit, g[1:4, ], strand = "same")$PC1)
})

test_that("samples that share an ID are all drawn, and none is joined by it", {
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
  expect_named(got, c("sample_id", "PC1", "PC2", "PC3", ".outlier", ".residual"))
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

test_that("new samples take the reference's mean where they are missing", {
  counts <- random_counts(60, 300, missing = 0)
  fit <- pca(as_genotypes(counts), num_comp = 2, method = "exact")
  new <- counts[1:2, ]
  new[1, 1:30] <- NA
  got <- as.matrix(predict(fit, new, method = "simple")[2:3])
  standardised <- sweep(sweep(new, 2, fit$center), 2, fit$multiplier, "*")
  standardised[is.na(standardised)] <- 0
  expect_equal(unname(got), unname(standardised %*% fit$loadings))
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
  got <- predict(fit, rbind(nothing = rep(NA_real_, 100), something = counts[1, ]))
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

test_that("few samples and things that are no genotypes are told in words", {
  genotypes <- as_genotypes(random_counts(3, 20))
  expect_snapshot(conditions_of(pca(genotypes[1, ]), pca(genotypes[1:2, ]), pca(1:3), pca(NULL)))
})
