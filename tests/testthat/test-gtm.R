# Samples on a bent surface in `d` dimensions.
bent_scores <- function(n = 150, d = 4, seed = 1) {
  withr::with_seed(seed, {
    a <- 2 * stats::rnorm(n)
    b <- stats::rnorm(n)
    bends <- vapply(seq_len(d - 2), function(j) sin(a / 2 + j) + b^2 / j, numeric(n))
    scores <- cbind(a, b, bends) + 0.1 * stats::rnorm(n * d)
    dimnames(scores) <- list(paste0("s", seq_len(n)), NULL)
    scores
  })
}

small_map <- function(scores = bent_scores(), ...) gtm(scores, nodes = 8, rbf = 3, ...)

golden_scores <- function(case, kind = "input") {
  table <- utils::read.csv(golden_path(sprintf("%s_%s.csv", case, kind)))
  scores <- as.matrix(table[-(1:2)])
  dimnames(scores) <- list(table$id, NULL)
  list(scores = scores, label = as.character(table$label))
}

golden_table <- function(case, kind) {
  as.matrix(utils::read.csv(golden_path(sprintf("%s_%s.csv", case, kind))))
}

# Everything written out: responsibilities [n_samples x n_nodes] and mean log-likelihood.
plain_responsibilities <- function(map, scores) {
  scores <- unname(scores)
  squared <- outer(rowSums(scores^2), rowSums(map$centers^2), "+") -
    2 * scores %*% t(map$centers)
  logs <- -squared / (2 * map$variance)
  most <- apply(logs, 1, max)
  weights <- exp(logs - most)
  d <- ncol(scores)
  density <- most + log(rowSums(weights)) - log(ncol(logs)) - d / 2 * log(2 * pi * map$variance)
  list(r = weights / rowSums(weights), log_likelihood = density)
}

test_that("maps are those of ugtm", {
  iterations <- c(iris = 131, wine = 83)
  for (case in names(iterations)) {
    data <- golden_scores(case)
    map <- gtm(data$scores)
    expect_equal(glance(map)$iterations, iterations[[case]])
    expect_true(glance(map)$converged)
    want <- golden_table(case, "coords")
    got <- tidy(map)
    expect_lt(max(abs(as.matrix(got[c("gtm1", "gtm2")]) - want[, 1:2])), 1e-7)
    expect_lt(max(abs(as.matrix(got[c("mode1", "mode2")]) - want[, 3:4])), 1e-12)
    trace <- golden_table(case, "trace")
    got <- tidy(map, matrix = "trace")
    expect_lt(max(abs(got$criterion - trace[, 2])), 1e-8)
    expect_lt(max(abs(got$log_likelihood - trace[, 3])), 1e-8)
    expect_lt(max(abs(got$variance / trace[, 4] - 1)), 1e-9)
  }
  start <- gtm(golden_scores("iris")$scores, max_iter = 0)
  expect_lt(max(abs(start$centers - golden_table("iris", "Yinit"))), 1e-9)
})

test_that("new samples lie where ugtm puts them", {
  data <- golden_scores("sim20")
  map <- gtm(data$scores)
  got <- predict(map, golden_scores("sim20", "test_input")$scores)
  want <- golden_table("sim20", "test_coords")
  expect_lt(max(abs(as.matrix(got[c("gtm1", "gtm2", "mode1", "mode2")]) - want)), 1e-7)
})

test_that("places, responsibilities and likelihoods are those written out", {
  scores <- bent_scores()
  map <- small_map(scores)
  plain <- plain_responsibilities(map, scores)
  responsibilities <- tidy(map, matrix = "responsibilities")
  expect_equal(matrix(responsibilities$responsibility, nrow(scores)), plain$r, tolerance = 1e-9)
  expect_equal(responsibilities$sample_id[1:150], rownames(scores))
  got <- tidy(map)
  expect_equal(cbind(got$gtm1, got$gtm2), plain$r %*% map$nodes, tolerance = 1e-9)
  expect_equal(got$log_likelihood, plain$log_likelihood, tolerance = 1e-9)
  expect_equal(tidy(map, matrix = "nodes")$density, colMeans(plain$r), tolerance = 1e-9)
  expect_equal(sum(map$density), 1)
})

test_that("samples of the fit are placed again where they were", {
  scores <- bent_scores()
  map <- small_map(scores)
  again <- predict(map, scores)
  expect_named(again, c("sample_id", "gtm1", "gtm2", "mode1", "mode2", "log_likelihood",
    ".applicability"))
  expect_equal(again[1:6], tidy(map), tolerance = 1e-12)
  expect_equal(range(again$.applicability), c(1 / 150, 1))
  far <- predict(map, rbind(far = c(40, 40, 40, 40)))
  expect_equal(far$.applicability, 0)
  wide <- predict(map, scores[3:4, ], type = "responsibilities")
  expect_equal(dim(wide), c(128, 3))
  expect_equal(as.vector(tapply(wide$responsibility, wide$sample_id, sum)), c(1, 1))
})

test_that("genotypes, their pca and its scores give one map", {
  counts <- random_counts(86, 400)
  g <- as_genotypes(counts[1:80, ])
  from_genotypes <- small_map(g, num_comp = 4)
  components <- pca(g, num_comp = 4)
  from_pca <- small_map(components)
  from_scores <- small_map(components$scores)
  expect_equal(tidy(from_genotypes), tidy(from_pca))
  expect_equal(tidy(from_pca), tidy(from_scores))
  expect_equal(glance(small_map(components, preprocessing = preprocessing(dims = 3)))$dims, 3)
  # New genotypes go the way of predict.forebear_pca(), scores straight to the map.
  new <- as_genotypes(counts[81:86, ])
  projected <- predict(components, as.matrix(new))
  got <- predict(from_genotypes, as.matrix(projected[paste0("PC", 1:4)]))
  whole <- predict(from_pca, new, strand = "same")
  expect_equal(whole[c("gtm1", "gtm2", "log_likelihood")],
    got[c("gtm1", "gtm2", "log_likelihood")])
  expect_equal(whole[c(".outlier", ".residual")], projected[c(".outlier", ".residual")])
})

test_that("a matrix is prepared as asked, and new samples alike", {
  x <- bent_scores(60, 6)
  x[cbind(1:5, c(1, 2, 3, 1, 1))] <- NA
  raw <- x
  fill <- apply(x, 2, stats::median, na.rm = TRUE)
  x[is.na(x)] <- fill[which(is.na(x), arr.ind = TRUE)[, 2]]
  center <- colMeans(x)
  deviation <- sqrt(colMeans(sweep(x, 2, center)^2))
  standard <- sweep(sweep(x, 2, center), 2, deviation, `/`)
  axes <- svd(standard, nu = 0)$v[, 1:3]
  axes <- axes %*% diag(sign(axes[cbind(apply(abs(axes), 2, which.max), 1:3)]))
  want <- small_map(standard %*% axes)
  map <- small_map(raw, num_comp = 3,
    preprocessing = preprocessing(impute = "median", scale = TRUE))
  expect_equal(tidy(map), tidy(want), tolerance = 1e-7)
  expect_equal(predict(map, raw[1:7, ])[1:6], tidy(map)[1:7, ], tolerance = 1e-9)
  mean_filled <- small_map(raw, preprocessing = preprocessing(impute = "mean"))
  expect_equal(mean_filled$space$scores[1, 1], mean(raw[, 1], na.rm = TRUE))
  expect_error(small_map(raw), class = "forebear_error_non_finite_score")
  expect_error(small_map(raw, num_comp = 2), class = "forebear_error_non_finite_score")
})

test_that("the trace increases, and the likelihood at its end is that of the samples", {
  map <- small_map(max_iter = 200)
  trace <- tidy(map, matrix = "trace")
  expect_true(all(diff(trace$log_likelihood[1:5]) > 0))
  expect_gte(glance(map)$log_likelihood, trace$log_likelihood[1])
  expect_equal(glance(map)$iterations, nrow(trace))
  expect_equal(glance(map)$variance, trace$variance[nrow(trace)])
})

test_that("a map that has not converged says so, and a start is no fit", {
  expect_warning(map <- small_map(max_iter = 2), class = "forebear_warning_not_converged")
  expect_false(glance(map)$converged)
  expect_no_warning(start <- small_map(max_iter = 0))
  expect_equal(nrow(tidy(start, matrix = "trace")), 0)
})

test_that("a map that the penalty has drawn to a point says so", {
  scores <- bent_scores(40)
  expect_warning(flat <- small_map(scores, regularization = 1e4),
    class = "forebear_warning_collapsed_map")
  expect_lt(max(abs(flat$places)), 0.01)
  expect_no_warning(small_map(scores))
  expect_snapshot(conditions_of(small_map(scores, regularization = 1e4)))
})

test_that("both ways to begin with the variance can be had", {
  least <- small_map(max_iter = 0)$variance
  plane <- gtm_settings(nodes = 8, rbf = 3, max_iter = 0, init_variance = "max")
  largest <- gtm(bent_scores(), settings = plane)$variance
  third <- sort(eigen(stats::cov(bent_scores()))$values, decreasing = TRUE)[3]
  expect_lt(least, largest)
  expect_true(any(abs(c(least, largest) - third) < 1e-9))
})

test_that("threads change no bit", {
  scores <- bent_scores(700, 5)
  expect_identical(small_map(scores, threads = 1), small_map(scores, threads = 2))
})

test_that("tidy gives the manifold itself", {
  map <- small_map()
  centers <- tidy(map, matrix = "centers")
  expect_equal(matrix(centers$value, 64), map$centers)
  weights <- tidy(map, matrix = "weights")
  expect_equal(weights$rbf[1:10], c(1:9, 0))
  nodes <- tidy(map, matrix = "nodes")
  expect_equal(nodes$gtm2[1:3], -1 + 2 / 7 * 0:2)
})

test_that("augment adds places to a table, or to new samples", {
  map <- small_map()
  table <- data.frame(sample_id = c("s3", "s1"), colour = c("red", "blue"))
  got <- augment(map, table)
  expect_named(got, c("sample_id", "colour", ".gtm1", ".gtm2", ".mode1", ".mode2",
    ".log_likelihood"))
  expect_equal(got$.gtm1, tidy(map)$gtm1[c(3, 1)])
  expect_equal(nrow(augment(map)), 150)
  new <- augment(map, bent_scores()[1:2, ])
  expect_true(all(startsWith(names(new)[-1], ".")) && !any(startsWith(names(new), "..")))
})

test_that("a map survives saveRDS and can be used in another process", {
  folder <- withr::local_tempdir()
  map <- small_map()
  saveRDS(map, file.path(folder, "map.rds"))
  code <- sprintf("map <- readRDS(%s)\ncat(format(predict(map, t(1:4))$gtm1, digits = 15))",
    deparse1(file.path(folder, "map.rds")))
  expect_equal(as.double(in_fresh_r(code)), predict(map, t(1:4))$gtm1)
})

test_that("errors say what is wrong", {
  map <- small_map()
  g <- as_genotypes(random_counts(20, 50))
  components <- pca(g, num_comp = 3)
  line <- cbind(1:9, 1:9)
  expect_snapshot(conditions_of(
    gtm("x"), gtm(list()), gtm(matrix("a")), gtm(bent_scores(), nodes = 2),
    gtm(bent_scores(), nodes = 5, rbf = 5), gtm(bent_scores(), rbf = 1.5),
    gtm(bent_scores(), regularization = -1), gtm(bent_scores(), width = Inf),
    gtm(bent_scores(), max_iter = -1),
    gtm(bent_scores(), settings = gtm_settings(init_variance = "mean")),
    gtm(line), gtm(matrix(1, 5, 3)), gtm(bent_scores(20)[1:3, ], regularization = 0),
    gtm(rbind(bent_scores(20), c(NA, 1, 1, 1))),
    gtm(bent_scores(), preprocessing = preprocessing(dims = 5)),
    gtm(components, num_comp = 2),
    gtm(components, preprocessing = preprocessing(impute = "mean")),
    gtm(g, preprocessing = preprocessing(center = TRUE)),
    gtm(bent_scores(), preprocessing = preprocessing(impute = "zero")),
    gtm(cbind(bent_scores(), NA), preprocessing = preprocessing(impute = "mean")),
    gtm(bent_scores(), num_comp = 9),
    gtm(bent_scores(), k = 3),
    predict(map, matrix(1, 2, 3)), predict(map, g), predict(map, "x"),
    predict(map, bent_scores()[1:2, ], type = "class"), predict(map, matrix(c(1, NA, 1, 1), 1)),
    tidy(map, matrix = "scores"), augment(map, data.frame(sample_id = "nobody"))
  ))
})

test_that("print says what, how big and how good", {
  expect_snapshot(print(small_map()))
})

test_that("a sample without a called genotype has no place", {
  counts <- random_counts(40, 300)
  map <- gtm(as_genotypes(counts[1:30, ]), num_comp = 3, nodes = 6, rbf = 2,
    regularization = 0.001)
  new <- counts[31:33, ]
  new[2, ] <- NA
  new <- as_genotypes(new)
  warned <- function(code) {
    expect_warning(answer <- code, class = "forebear_warning_no_genotypes", "\"s32\"")
    answer
  }
  got <- warned(predict(map, new, strand = "same"))
  expect_true(all(is.na(got[2, setdiff(names(got)[-1], ".n_variants")])))
  expect_identical(got[-2, ], predict(map, new[-2, ], strand = "same"))
  nodes <- warned(predict(map, new, strand = "same", type = "responsibilities"))
  expect_identical(unique(nodes$sample_id[is.na(nodes$responsibility)]), "s32")
  expect_equal(sum(is.na(nodes$responsibility)), 36)
  trait <- warned(predict(gtm_landscape(map, 1:30), new, strand = "same"))
  expect_identical(is.na(trait$.pred), c(FALSE, TRUE, FALSE))
})

test_that("for settings that are no numbers the error says their range", {
  scores <- matrix(c(1, 5, 2, 8, 4, 4, 9, 1), 4)
  expect_snapshot(conditions_of(
    gtm(scores, nodes = "a"), gtm(scores, rbf = NA), gtm(scores, regularization = NaN),
    gtm(scores, width = "b"), gtm(scores[1, , drop = FALSE]),
    gtm(pca(as_genotypes(random_counts(6, 30)), 2), num_comp = 1)
  ))
})
