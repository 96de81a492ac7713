skip_on_cran() # Takes long.

mapping_scene <- function(n = 60, seed = 1) {
  admixed <- simulate_admixed(even_panel(), n, generations = 6, demes = 15, seed = seed)
  calls <- calls_of_truth(admixed, n = 10)
  samples <- unique(calls$sample_id)
  withr::local_seed(seed)
  list(calls = calls, samples = samples,
    covariates = tibble::tibble(sample_id = rev(samples), age = stats::rnorm(n),
      batch = sample(c("x", "y", "z"), n, TRUE)),
    y = stats::setNames(stats::rnorm(n), samples),
    case = stats::setNames(stats::rbinom(n, 1, 0.5), samples))
}

# Calls of haplotypes of which `carries` [2 n_samples x n_windows] says whether they are of
# ancestry a, or else b.
called_copies <- function(carries) {
  n_windows <- ncol(carries)
  calls <- random_calls(nrow(carries) / 2, c("1" = n_windows), c("a", "b"), switched = 0)
  first <- carries[cbind(2 * (match(calls$sample_id, unique(calls$sample_id)) - 1) +
    calls$haplotype, calls$window)]
  calls$.pred_a <- first
  calls$.pred_b <- 1 - first
  calls$.pred_class <- ifelse(first == 1, "a", "b")
  calls
}

test_that("effects are those of lm(), window by window", {
  scene <- mapping_scene()
  found <- map_admixture(scene$calls, scene$y, scene$covariates, replicates = 0)
  expect_named(found, c("chrom", "window", "start_bp", "end_bp", "ancestry", "estimate",
    "std_error", "statistic", "p", "significant"))
  table <- ancestry_proportions(scene$calls)
  covariates <- scene$covariates[match(scene$samples, scene$covariates$sample_id), ]
  for (name in c("east", "west")) {
    dosage <- slow_dosages(scene$calls, name)[scene$samples, ]
    own <- table[table$ancestry == name, ]
    proportion <- own$proportion[match(scene$samples, own$sample_id)]
    got <- found[found$ancestry == name, ]
    for (i in c(1, 13, 40)) {
      fit <- stats::lm(scene$y ~ covariates$age + covariates$batch + proportion + dosage[, i])
      want <- summary(fit)$coefficients["dosage[, i]", ]
      expect_equal(unlist(got[i, c("estimate", "std_error", "statistic", "p")]), want,
        tolerance = 1e-8, ignore_attr = TRUE)
    }
  }
})

test_that("effects on log odds are those of glm()", {
  scene <- mapping_scene(80, seed = 2)
  found <- map_admixture(scene$calls, scene$case, scene$covariates, family = "binomial",
    ancestry = "west", replicates = 0)
  table <- ancestry_proportions(scene$calls)
  own <- table[table$ancestry == "west", ]
  proportion <- own$proportion[match(scene$samples, own$sample_id)]
  covariates <- scene$covariates[match(scene$samples, scene$covariates$sample_id), ]
  dosage <- slow_dosages(scene$calls, "west")[scene$samples, ]
  for (i in c(2, 20, 50)) {
    fit <- stats::glm(scene$case ~ covariates$age + covariates$batch + proportion + dosage[, i],
      family = "binomial", control = list(epsilon = 1e-14, maxit = 100))
    want <- summary(fit)$coefficients["dosage[, i]", ]
    expect_equal(unlist(found[i, c("estimate", "std_error", "statistic", "p")]), want,
      tolerance = 1e-6, ignore_attr = TRUE)
  }
  levels <- factor(ifelse(scene$case == 1, "case", "control"), c("control", "case"))
  again <- map_admixture(scene$calls, stats::setNames(levels, names(scene$case)),
    scene$covariates, family = "binomial", ancestry = "west", replicates = 0)
  expect_equal(again, found)
})

test_that("the threshold is passed by the stated proportion of studies without association", {
  scene <- mapping_scene(100, seed = 3)
  map <- map_admixture(scene$calls, scene$y, replicates = 400)
  threshold <- glance(map)$threshold
  expect_lt(glance(map)$n_effective, glance(map)$n_tests)
  expect_gt(glance(map)$n_effective, 5)
  smallest <- vapply(1:200, function(i) {
    y <- withr::with_seed(100 + i, stats::setNames(stats::rnorm(100), scene$samples))
    min(map_admixture(scene$calls, y, replicates = 0)$p)
  }, 0)
  # 5 % of 200 studies, with four standard errors of a proportion and of the threshold's.
  expect_lt(abs(mean(smallest < threshold) - 0.05), 4 * sqrt(0.05 * 0.95 * (1 / 200 + 1 / 400)))
})

test_that("an effect of one ancestry is found where it is, with errors that are as they should", {
  scene <- mapping_scene(120, seed = 4)
  dosage <- slow_dosages(scene$calls, "west")[scene$samples, ]
  causal <- 25
  hits <- vapply(1:40, function(i) {
    y <- withr::with_seed(i, dosage[, causal] + stats::rnorm(120, 0, 0.8))
    map <- map_admixture(scene$calls, stats::setNames(y, scene$samples), ancestry = "west",
      replicates = 0)
    c(map$estimate[causal], map$std_error[causal], abs(which.min(map$p) - causal) <= 8)
  }, numeric(3))
  expect_lt(abs(mean(hits[1, ]) - 1), 4 * stats::sd(hits[1, ]) / sqrt(40))
  expect_lt(abs(mean(hits[2, ]) / stats::sd(hits[1, ]) - 1), 0.4)
  expect_gt(mean(hits[3, ]), 0.8)
})

test_that("samples without values are left out with a message; wrong values are refused", {
  scene <- mapping_scene(30, seed = 5)
  y <- scene$y
  y[c(2, 9)] <- NA
  expect_message(found <- map_admixture(scene$calls, y, replicates = 0), "2 samples of 30",
    class = "forebear_message_samples_left_out")
  expect_equal(glance(found)$n_samples, 28)
  refused <- "forebear_error_phenotype"
  expect_error(map_admixture(scene$calls, unname(y)), class = refused)
  expect_error(map_admixture(scene$calls, c(y, admixed1 = 3)), class = refused)
  expect_error(map_admixture(scene$calls, replace(y, TRUE, 1)), class = refused)
  expect_error(map_admixture(scene$calls, stats::setNames(y, paste0("x", seq_along(y)))),
    class = refused)
  expect_error(map_admixture(scene$calls, y, family = "binomial"), class = refused)
  expect_error(map_admixture(scene$calls, stats::setNames(as.character(y), names(y))),
    class = refused)
  expect_error(suppressMessages(map_admixture(scene$calls, y[1:4])), class = refused)
})

test_that("a map prints what was found, and has plots", {
  scene <- mapping_scene(60, seed = 6)
  dosage <- slow_dosages(scene$calls, "west")[scene$samples, ]
  y <- stats::setNames(3 * dosage[, 10] + scene$y[scene$samples], scene$samples)
  map <- map_admixture(scene$calls, y, replicates = 200)
  expect_output(print(map), "study-wide threshold p = ")
  expect_true(any(map$significant))
  manhattan <- autoplot(map)
  expect_s3_class(manhattan, "ggplot")
  expect_equal(nrow(ggplot2::ggplot_build(manhattan)$data[[1]]), nrow(map))
  quantile <- ggplot2::ggplot_build(autoplot(map, type = "quantile"))$data[[2]]
  expect_equal(sort(quantile$y), sort(-log10(map$p)))
  expect_error(autoplot(map, type = "x"), class = "forebear_error_argument")
})

test_that("a covariate of one level changes nothing; without samples it is said", {
  calls <- example_calls()
  samples <- unique(calls$sample_id)
  y <- stats::setNames(seq_along(samples) %% 3 + 0.5, samples)
  same <- function(...) {
    map_admixture(calls, y, data.frame(sample_id = samples, ...), replicates = 0)
  }
  plain <- map_admixture(calls, y, replicates = 0)
  for (table in list(same(sex = "m"), same(sex = factor("m", c("f", "m"))), same(old = TRUE))) {
    expect_equal(table, plain)
  }
  error <- expect_error(suppressMessages(map_admixture(calls, y * NA, replicates = 0)),
    class = "forebear_error_phenotype")
  expect_match(conditionMessage(error), "more samples than covariates by three")
  expect_error(suppressMessages(map_admixture(calls, y * NA,
    data.frame(sample_id = samples, sex = rep(c("m", "f"), length.out = length(samples))),
    replicates = 0)), class = "forebear_error_phenotype")
})

test_that("infinite covariates are refused, and those not known leave a sample out", {
  calls <- example_calls()
  samples <- rep_len(unique(calls$sample_id), 4)
  y <- stats::setNames(c(1, 0.5, 2, 1.5), samples)
  map <- function(age) {
    map_admixture(calls, y, data.frame(sample_id = samples, age = age), replicates = 0)
  }
  error <- expect_error(map(c(1, 2, -Inf, Inf)), class = "forebear_error_argument")
  expect_match(conditionMessage(error), "`age` has -Inf of 2 samples, the first \"cat\"",
    fixed = TRUE)
  expect_error(suppressMessages(map(c(1, NaN, NA, 2))), class = "forebear_error_phenotype")
})

test_that("a phenotype that proportions explain has no estimates, which is said", {
  scene <- mapping_scene(30)
  table <- ancestry_proportions(scene$calls)
  own <- table[table$ancestry == "west", ]
  y <- stats::setNames(100 * own$proportion, own$sample_id)
  expect_warning(map <- map_admixture(scene$calls, y, replicates = 0), "east, west",
    class = "forebear_warning_explained_phenotype")
  expect_true(all(is.na(map$p)))
  expect_error(autoplot(map), "All are `NA`", class = "forebear_error_argument")
  age <- data.frame(sample_id = names(scene$case), age = 3 - 2 * scene$case)
  expect_warning(map <- map_admixture(scene$calls, scene$case, age, family = "binomial",
    replicates = 0), class = "forebear_warning_explained_phenotype")
  expect_true(all(is.na(map$p)))
  expect_no_warning(map <- map_admixture(scene$calls, y + 1e-4 * scene$y, replicates = 0))
  expect_false(anyNA(map$p))
})

test_that("a threshold needs as many draws as its quantile", {
  calls <- example_calls()
  samples <- unique(calls$sample_id)
  y <- stats::setNames(c(1, 0.5, 2, 1.5), samples)
  expect_error(map_admixture(calls, y, replicates = 19), "Give 20 or more",
    class = "forebear_error_argument")
  expect_no_error(map_admixture(calls, y, replicates = 20))
  expect_error(map_admixture(calls, y, alpha = 0.01, replicates = 50), "Give 100 or more",
    class = "forebear_error_argument")
  expect_error(map_admixture(calls, y, tibble::tibble(sample_id = samples, age = as.list(1:4))),
    "`age` is of class \"list\"", class = "forebear_error_argument")
})

test_that("studies in which samples do not vary alike pass the threshold no more often", {
  # One of twenty haplotypes is admixed, and six samples of 150 are cases: most of what little of
  # the ancestry the cases have stands in windows of which `p` is too small.
  n <- 150
  rates <- vapply(1:3, function(seed) {
    withr::local_seed(seed)
    carries <- matrix(stats::rbinom(2 * n * 60, 1, stats::rbeta(2 * n, 0.3, 6)), 2 * n)
    calls <- called_copies(carries)
    passed <- vapply(1:15, function(i) {
      y <- stats::setNames(sample(rep(0:1, c(n - 6, 6))), unique(calls$sample_id))
      map <- suppressMessages(map_admixture(calls, y, ancestry = "a", replicates = 100))
      any(map$significant)
    }, NA)
    mean(passed)
  }, 0)
  expect_lt(mean(rates), 0.05 + 3 * sqrt(0.05 * 0.95 / 45))
})

test_that("two values as numbers, and samples that do not vary alike, are said", {
  withr::local_seed(1)
  n <- 150
  carries <- matrix(stats::rbinom(2 * n * 60, 1, stats::rbeta(2 * n, 0.3, 6)), 2 * n)
  calls <- called_copies(carries)
  map <- function(y) {
    map_admixture(calls, stats::setNames(y, unique(calls$sample_id)), ancestry = "a",
      replicates = 100)
  }
  case <- rep(0:1, c(n - 6, 6))
  y <- stats::rnorm(n)
  copies <- rowsum(rowMeans(carries), rep(seq_len(n), each = 2))[, 1]
  expect_snapshot(conditions_of(map(case), map(y * (0.05 + copies))))
  expect_no_message(map(y))
})
