skip_on_cran() # Takes long.

# Genotypes of mixtures of k random populations, the first `pure` samples of each unadmixed,
# with the true Q matrix.
mixed_genotypes <- function(n = 120, m = 1500, k = 3, pure = 0, missing = 0.02, seed = 1) {
  withr::with_seed(seed, {
    f <- matrix(stats::runif(k * m, 0.05, 0.95), k)
    q <- matrix(stats::rexp(n * k), n)^3
    q <- q / rowSums(q)
    q[seq_len(k * pure), ] <- diag(k)[rep(seq_len(k), each = pure), ]
    counts <- matrix(stats::rbinom(n * m, 2, q %*% f), n)
    counts[stats::runif(n * m) < missing] <- NA
    dimnames(counts) <- list(paste0("s", seq_len(n)), paste0("v", seq_len(m)))
    list(genotypes = as_genotypes(counts), q = q, counts = counts)
  })
}

# The definition, entry by entry.
plain_log_likelihood <- function(counts, q, frequencies) {
  h <- q %*% t(frequencies)
  sum(counts * log(h) + (2 - counts) * log(1 - h), na.rm = TRUE)
}

# Columns of `q` in the order that fits `truth` best.
matched <- function(q, truth) q[, apply(stats::cor(truth, q), 1, which.max)]

test_that("mixtures are recovered, and the log-likelihood is what it says", {
  data <- mixed_genotypes()
  fit <- admixture(data$genotypes, k = 3)
  expect_lt(sqrt(mean((matched(fit$q, data$q) - data$q)^2)), 0.03)
  expect_equal(unname(rowSums(fit$q)), rep(1, 120))
  expect_true(all(fit$q >= 0))
  plain <- plain_log_likelihood(data$counts, fit$q, fit$frequencies)
  expect_equal(glance(fit)$log_likelihood, plain, tolerance = 1e-7)
  from_truth <- admixture(data$genotypes, k = 3, init = data$q)
  objective <- function(fit) glance(fit)$log_likelihood - glance(fit)$penalty
  expect_equal(objective(fit), objective(from_truth), tolerance = 5e-6)
  free <- lapply(list(NULL, data$q), function(start) {
    glance(admixture(data$genotypes, k = 3, init = start, sparsity = FALSE))$log_likelihood
  })
  expect_equal(free[[1]], free[[2]], tolerance = 1e-6)
  expect_true(glance(fit)$converged)
})

test_that("the log-likelihood never falls, with and without a penalty", {
  data <- mixed_genotypes(n = 60, m = 400)
  for (sparsity in list(NULL, FALSE, c(lambda = 50, epsilon = 0.1))) {
    fit <- admixture(data$genotypes, k = 4, sparsity = sparsity)
    trace <- tidy(fit, matrix = "trace")
    expect_equal(trace$iteration[1], 0)
    expect_true(all(diff(trace$log_likelihood) >= 0))
    last <- trace$log_likelihood[nrow(trace)]
    expect_equal(glance(fit)$log_likelihood - glance(fit)$penalty, last)
  }
})

test_that("the penalty is that of the paper and thins the Q matrix", {
  data <- mixed_genotypes(n = 80, m = 600)
  free <- admixture(data$genotypes, k = 4, sparsity = FALSE)
  sparse <- admixture(data$genotypes, k = 4, sparsity = c(epsilon = 0.1, lambda = 100))
  expect_lt(sum(sparse$q > 1e-4), sum(free$q > 1e-4))
  penalty <- 100 * sum(log1p(sparse$q / 0.1)) / log1p(1 / 0.1)
  expect_equal(glance(sparse)$penalty, penalty)
  expect_equal(glance(free)$penalty, 0)
})

test_that("the light penalty costs little likelihood and keeps unadmixed samples unadmixed", {
  data <- mixed_genotypes(n = 150, m = 3000, pure = 25)
  light <- admixture(data$genotypes, k = 3)
  free <- admixture(data$genotypes, k = 3, sparsity = FALSE)
  # Unadmixed samples of all three are there: two other weights are tested together.
  by_hand <- c(lambda = 1.920729, epsilon = 0.01)
  expect_equal(light$settings$sparsity, by_hand, tolerance = 1e-6)
  expect_equal(light$q, admixture(data$genotypes, k = 3, sparsity = by_hand)$q, tolerance = 1e-4)
  one <- c(lambda = 1.352772, epsilon = 0.01)
  for (seed in list(NULL, 1, 2)) {
    of_mixtures <- admixture(mixed_genotypes(n = 100, m = 500)$genotypes, k = 3, seed = seed)
    expect_equal(of_mixtures$settings$sparsity, one, tolerance = 1e-6)
    expect_identical(admixture(data$genotypes, k = 3, seed = seed)$settings$sparsity,
      light$settings$sparsity)
  }
  expect_equal(admixture(data$genotypes, k = 2)$settings$sparsity, one, tolerance = 1e-6)
  lost <- glance(free)$log_likelihood - glance(light)$log_likelihood
  expect_gt(lost, 0)
  expect_lt(lost, 1.93 * sum(free$q > 0))
  error <- function(fit) sqrt(mean((matched(fit$q, data$q) - data$q)^2))
  expect_lt(error(light), 0.8 * error(free))
})

test_that("labeled samples keep their label and inform the others", {
  data <- mixed_genotypes(pure = 15)
  labels <- stats::setNames(rep(c("west", "east", "north"), each = 15), paste0("s", 1:45))
  fit <- admixture(data$genotypes, supervised = labels)
  expect_identical(colnames(fit$q), c("east", "north", "west"))
  expect_equal(unname(fit$q[1:45, c("west", "east", "north")]), data$q[1:45, ])
  rest <- fit$q[-(1:45), c("west", "east", "north")] - data$q[-(1:45), ]
  expect_lt(sqrt(mean(rest^2)), 0.03)
  expect_equal(glance(fit)$n_labelled, 45)
  # One cluster has one name everywhere.
  placed <- predict(fit, data$genotypes, strand = "same")
  expect_named(placed, c("sample_id", "east", "north", "west"))
  expect_named(augment(fit), c("sample_id", ".east", ".north", ".west"))
  expect_named(augment(as_q_matrix(placed)), c("sample_id", ".east", ".north", ".west"))
  table <- data.frame(sample_id = c(names(labels), "s100"), population = c(labels, NA))
  expect_equal(admixture(data$genotypes, k = 3, supervised = table)$q, fit$q)
  all <- stats::setNames(rep(c("a", "b"), 60), paste0("s", 1:120))
  whole <- admixture(data$genotypes, supervised = all)
  own <- colMeans(data$counts[all == "a", ], na.rm = TRUE) / 2
  expect_equal(whole$frequencies[, "a"], pmin(pmax(own, 1e-5), 1 - 1e-5), tolerance = 1e-4,
    ignore_attr = TRUE)
})

test_that("new samples get the weights that they would have had", {
  data <- mixed_genotypes()
  fit <- admixture(data$genotypes, k = 3)
  same <- predict(fit, data$genotypes, strand = "same")
  expect_named(same, c("sample_id", "archetype1", "archetype2", "archetype3"))
  # There is no penalty on them.
  expect_lt(max(abs(as.matrix(same[, -1]) - fit$q)), 0.02)
  expect_equal(rowSums(as.matrix(same[, -1])), rep(1, 120))
  expect_equal(predict(fit, data$counts[c(7, 3), ]), same[c(7, 3), ], tolerance = 1e-3)
  expect_equal(augment(fit, data$genotypes[1:2, ], strand = "same")$.archetype2,
    same$archetype2[1:2], tolerance = 1e-4)
  expect_warning(absent <- predict(fit, data$counts[1:2, ] * NA_real_),
    class = "forebear_warning_no_genotypes")
  expect_true(all(is.na(absent[, -1])))
})

# Largest slope of the log-likelihood toward a population, for each called allele and sample: 1
# at the maximum, more elsewhere.
steepest <- function(counts, q, frequencies) {
  h <- q %*% t(frequencies)
  alt <- ifelse(is.na(counts), 0, counts / h)
  ref <- ifelse(is.na(counts), 0, (2 - counts) / (1 - h))
  slope <- alt %*% frequencies + ref %*% (1 - frequencies)
  apply(slope / (2 * rowSums(!is.na(counts))), 1, max)
}

# Weights after many EM steps.
plain_em_weights <- function(counts, frequencies, n) {
  called <- !is.na(counts)
  q <- matrix(1 / ncol(frequencies), nrow(counts), ncol(frequencies))
  for (step in seq_len(n)) {
    h <- q %*% t(frequencies)
    alt <- ifelse(called, counts / h, 0)
    ref <- ifelse(called, (2 - counts) / (1 - h), 0)
    q <- q * (alt %*% frequencies + ref %*% (1 - frequencies))
    q <- q / rowSums(q)
  }
  q
}

test_that("new samples have the weights of largest likelihood, whatever their populations lack", {
  genotypes <- read_bed(example_data("panel"))
  train <- seq(1, 300, 2)
  for (by in c(5, 10, 30)) {
    some <- genotypes[, seq(1, ncol(genotypes), by = by)]
    for (k in 3:5) {
      fit <- admixture(some[train, ], k)
      expect_no_warning(found <- predict(fit, some[-train, ], strand = "same"))
      q <- as.matrix(found[, -1])
      counts <- as.matrix(some[-train, ])
      expect_lt(max(steepest(counts, q, fit$frequencies)), 1 + 2e-6)
      em <- plain_em_weights(counts, fit$frequencies, 150)
      best <- plain_log_likelihood(counts, em, fit$frequencies)
      expect_gt(plain_log_likelihood(counts, q, fit$frequencies), best - 0.1)
    }
  }
})

test_that("an unadmixed sample that was given a third of others has its own population", {
  genotypes <- read_bed(example_data("panel"))
  genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
  fit <- admixture(genotypes[seq(1, 300, 2), ], 4)
  sample <- which(samples(genotypes)$sample_id == "EAS_34")
  q <- as.matrix(predict(fit, genotypes[sample, ], strand = "same")[, -1])
  em <- plain_em_weights(as.matrix(genotypes[sample, ]), fit$frequencies, 3000)
  expect_equal(unname(q), unname(em), tolerance = 2e-3)
  expect_gt(max(q), 0.95)
})

test_that("samples of a fit without a penalty are given the weights of the fit", {
  genotypes <- read_bed(example_data("panel"))
  genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
  fit <- admixture(genotypes, 4, sparsity = FALSE, settings = admixture_settings(1e-3))
  again <- as.matrix(predict(fit, genotypes, strand = "same")[, -1])
  expect_equal(unname(again), unname(fit$q), tolerance = 5e-3)
  counts <- as.matrix(genotypes)
  expect_gte(plain_log_likelihood(counts, again, fit$frequencies), fit$log_likelihood - 1e-2)
})

test_that("samples whose weights have not converged are named", {
  expect_no_warning(warn_unfinished(character(), 3L))
  expect_snapshot(conditions_of(warn_unfinished(c("s1", "s7"), 260L, NULL)))
})

test_that("the answers of an archetypes fit work", {
  data <- mixed_genotypes(n = 40, m = 200)
  data$counts[, 3] <- NA
  fit <- suppressMessages(admixture(data$counts, k = 2))
  expect_s3_class(fit, c("forebear_admixture", "forebear_archetypes"), exact = TRUE)
  q <- tidy(fit)
  expect_named(q, c("sample_id", "archetype", "weight"))
  expect_equal(matrix(q$weight, 40), unname(fit$q))
  frequencies <- tidy(fit, matrix = "frequencies")
  expect_named(frequencies, c("archetype", "variant_id", "frequency"))
  expect_equal(frequencies$variant_id[is.na(frequencies$frequency)], c("v3", "v3"))
  expect_true(all(frequencies$frequency >= 1e-5 - 1e-9, na.rm = TRUE))
  expect_named(augment(fit), c("sample_id", ".archetype1", ".archetype2"))
  expect_named(glance(fit), c("k", "n_samples", "n_variants", "log_likelihood", "penalty",
    "n_labelled", "iterations", "passes", "converged",
    "n_thin_archetypes", "n_unanswered", "restarts", "n_agreeing", "n_haploid"))
  path <- write_model(fit, withr::local_tempfile())
  expect_equal(read_model(path), fit)
  expect_equal(predict(read_model(path), data$counts[1:3, ]), predict(fit, data$counts[1:3, ]))
})

test_that("the same call gives the same bits at any number of threads", {
  data <- mixed_genotypes(n = 150, m = 800)
  one <- admixture(data$genotypes, k = 3, threads = 1)
  two <- admixture(data$genotypes, k = 3, threads = 2)
  expect_identical(one$q, two$q)
  expect_identical(one$frequencies, two$frequencies)
  expect_identical(one$trace, two$trace)
})

test_that("not converging is a warning, and reported", {
  data <- mixed_genotypes(n = 40, m = 200)
  expect_warning(fit <- admixture(data$genotypes, k = 3,
    settings = admixture_settings(max_iter = 2)),
    class = "forebear_warning_not_converged")
  expect_false(glance(fit)$converged)
  expect_equal(glance(fit)$passes, 2)
})

test_that("each kind of bad input has its own error", {
  data <- mixed_genotypes(n = 10, m = 30)
  g <- data$genotypes
  expect_snapshot(conditions_of(
    admixture("a.bed", k = 2),
    admixture(g),
    admixture(g, k = 0),
    admixture(g, k = 2, restarts = 3, init = matrix(0.5, 10, 2)),
    admixture(g, k = 1, restarts = 2),
    admixture(g, k = 2, settings = admixture_settings(), tolerance = 1),
    admixture(g, k = 2, ploidy = 3),
    admixture(g, k = 2, ploidy = c(s99 = 1)),
    admixture(g, k = 11),
    admixture(g, k = 2, sparsity = c(lambda = -1, epsilon = 0.1)),
    admixture(g, k = 2, init = matrix(0.4, 10, 2)),
    admixture(g, supervised = c(s98 = "a", s99 = "b")),
    admixture(g, supervised = c("a", "b")),
    admixture(g, supervised = c(s1 = "a", s2 = "a")),
    admixture(g, k = 3, supervised = c(s1 = "a", s2 = "b")),
    admixture(g, supervised = data.frame(id = "s1", population = "a")),
    admixture(g, k = 2, cores = 2)
  ))
})

test_that("a fit prints what, how big and how good", {
  data <- mixed_genotypes(n = 30, m = 100)
  printed <- capture.output(print(admixture(data$genotypes, k = 2)))
  expect_length(printed, 3)
  expect_match(printed[1], "<admixture> 2 populations of 30 samples x 100 variants", fixed = TRUE)
  expect_match(printed[3], "log-likelihood -[0-9.]+; [0-9]+ passes, converged")
})

test_that("three archetypes and three populations of HapMap3 agree", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  ours <- archetypes(g, k = 3)$q
  likely <- admixture(g, k = 3)
  expect_true(glance(likely)$converged)
  expect_true(all(diag(stats::cor(ours, matched(likely$q, ours))) >= 0.95))
})

test_that("empty text is no label", {
  data <- mixed_genotypes(n = 30, m = 100, pure = 5)
  label <- setNames(rep(c("a", "b", "c", ""), c(5, 5, 5, 15)), rownames(data$counts))
  fit <- admixture(data$genotypes, supervised = label)
  expect_identical(colnames(fit$q), c("a", "b", "c"))
  expect_equal(glance(fit)$n_labelled, 15)
  table <- data.frame(sample_id = names(label), population = label)
  expect_identical(admixture(data$genotypes, supervised = table)$q, fit$q)
})

test_that("seeds give replicates", {
  data <- mixed_genotypes()
  fit <- admixture(data$genotypes, k = 3)
  expect_identical(admixture(data$genotypes, k = 3), fit)
  first <- admixture(data$genotypes, k = 3, seed = 1)
  second <- admixture(data$genotypes, k = 3, seed = 2)
  expect_identical(admixture(data$genotypes, k = 3, seed = 1, threads = 1)$trace, first$trace)
  # Each begins elsewhere, and here all end near the one maximum.
  expect_false(isTRUE(all.equal(first$trace[1], second$trace[1])))
  expect_false(isTRUE(all.equal(first$trace[1], fit$trace[1])))
  expect_equal(first$log_likelihood, fit$log_likelihood, tolerance = 1e-5)
  expect_equal(second$log_likelihood, fit$log_likelihood, tolerance = 1e-5)
  random <- admixture(data$genotypes, k = 3, init = "random", seed = 7)
  expect_lt(random$trace[1], first$trace[1])
  expect_equal(random$log_likelihood, fit$log_likelihood, tolerance = 1e-5)
  expect_identical(admixture(data$genotypes, k = 3, init = "random", seed = 7)$q, random$q)
})

test_that("random weights are spread evenly over all mixtures", {
  q <- random_weights(20000, 3, 1)
  expect_equal(rowSums(q), rep(1, 20000))
  # Of the simplex of three, a quarter lies where the first weight is above a half.
  expect_equal(mean(q[, 1] > 0.5), 0.25, tolerance = 0.03)
})

test_that("where there are several maxima, replicates show them", {
  # Five populations asked for k = 3: which of them are joined is open.
  withr::with_seed(8, {
    frequency <- matrix(stats::runif(5 * 300, 0.1, 0.9), 300)
    counts <- t(vapply(rep(1:5, each = 12), function(own) {
      stats::rbinom(300, 2, frequency[, own])
    }, integer(300)))
  })
  rownames(counts) <- paste0("s", 1:60)
  ends <- vapply(1:6, function(seed) {
    suppressMessages(admixture(as_genotypes(counts), k = 3, init = "random", seed = seed,
      max_iter = 400))$log_likelihood
  }, 0)
  expect_gt(diff(range(ends)), 1)
})

test_that("one population has weights of 1 and the frequencies of all samples", {
  data <- mixed_genotypes(n = 40, m = 200)
  fit <- admixture(data$genotypes, k = 1)
  expect_equal(unname(fit$q), matrix(1, 40, 1))
  p <- colMeans(data$counts, na.rm = TRUE) / 2
  expect_equal(fit$frequencies[, 1], p, tolerance = 1e-5, ignore_attr = TRUE)
  expect_equal(fit$log_likelihood,
    plain_log_likelihood(data$counts, matrix(1, 40, 1), matrix(p, ncol = 1)), tolerance = 1e-6)
  found <- predict(fit, data$counts[1:2, ])
  expect_identical(found$archetype1, c(1, 1))
  expect_match(capture.output(print(fit))[1], "1 population of 40 samples", fixed = TRUE)
})

test_that("of several starts the best is kept, and how far they agree is reported", {
  data <- mixed_genotypes(n = 60, m = 600)
  fit <- admixture(data$genotypes, k = 3, init = "random", restarts = 4)
  runs <- tidy(fit, matrix = "restarts")
  expect_named(runs, c("restart", "objective", "similarity", "passes", "converged", "best"))
  expect_identical(runs$restart, 1:4)
  expect_equal(max(runs$objective), glance(fit)$log_likelihood - glance(fit)$penalty)
  expect_equal(runs$similarity[runs$best], 1)
  expect_identical(which(runs$best), which.max(runs$objective))
  alone <- admixture(data$genotypes, k = 3, init = "random", seed = 2)
  expect_equal(tidy(alone, matrix = "restarts")$objective, runs$objective[3])
  expect_identical(glance(fit)$n_agreeing, sum(runs$similarity >= 0.97))
  expect_match(capture.output(print(fit))[4], "[0-9] of 4 starts agree with the best")
})

test_that("one allele of haploid samples counts, and heterozygous genotypes are missing", {
  data <- mixed_genotypes(n = 60, m = 600, missing = 0)
  haploid <- seq(1, 60, by = 2)
  one <- data$counts
  one[haploid, ] <- 2L * (one[haploid, ] > 1)
  ploidy <- rep(2, 60)
  ploidy[haploid] <- 1
  fit <- admixture(one, k = 3, ploidy = ploidy)
  expect_identical(glance(fit)$n_haploid, 30L)
  h <- fit$q %*% t(fit$frequencies)
  each <- one * log(h) + (2 - one) * log(1 - h)
  expect_equal(fit$log_likelihood, sum(each[-haploid, ]) + sum(each[haploid, ]) / 2,
    tolerance = 1e-6)
  named <- stats::setNames(rep(1, 30), rownames(one)[haploid])
  expect_equal(admixture(one, k = 3, ploidy = named)$q, fit$q)
  free <- admixture(one, k = 3, ploidy = ploidy, sparsity = FALSE)
  again <- as.matrix(predict(free, one, ploidy = ploidy)[, -1])
  expect_equal(unname(again), unname(free$q), tolerance = 0.02)
  expect_warning(admixture(data$counts, k = 3, ploidy = ploidy),
    class = "forebear_warning_heterozygous_haploid")
  path <- write_model(fit, withr::local_tempfile())
  expect_equal(read_model(path), fit)
})

test_that("log-likelihood and parameters are those of the model", {
  data <- mixed_genotypes(n = 40, m = 200)
  fit <- admixture(data$genotypes, k = 2)
  log <- stats::logLik(fit)
  expect_equal(as.numeric(log), fit$log_likelihood)
  expect_equal(attr(log, "df"), 40 + 2 * 200)
  expect_equal(stats::AIC(fit), 2 * 440 - 2 * fit$log_likelihood)
  labeled <- admixture(data$genotypes, supervised = c(s1 = "a", s2 = "a", s3 = "b"))
  expect_equal(attr(stats::logLik(labeled), "df"), 37 + 2 * 200)
})

test_that("a message says, once, that samples are inbred lines where `ploidy` is not given", {
  counts <- withr::with_seed(1, {
    p <- stats::runif(600, 0.1, 0.9)
    matrix(2 * stats::rbinom(30 * 600, 1, rep(p, each = 30)), 30,
      dimnames = list(paste0("s", 1:30), NULL))
  })
  g <- as_genotypes(counts)
  expect_message(admixture(g, k = 1), "30 of 30 samples", class = "forebear_message_inbred")
  heard <- 0
  path <- withCallingHandlers(admixture_path(g, k = 1:2, folds = 2),
    forebear_message_inbred = function(condition) {
      heard <<- heard + 1
      rlang::cnd_muffle(condition)
    })
  expect_identical(heard, 1)
  # Doubled alleles find structure where there is none.
  expect_identical(which.min(tidy(path)$aic), 2L)
  one <- expect_no_message(admixture_path(g, k = 1:2, folds = 2, ploidy = 1),
    class = "forebear_message_inbred")
  expect_identical(which.min(tidy(one)$aic), 1L)
  expect_no_message(admixture(as_genotypes(random_counts(30, 100)), k = 1),
    class = "forebear_message_inbred")
})
