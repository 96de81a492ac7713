cv_data <- function(n = 60, spread = 1.5) {
  withr::with_seed(1, {
    population <- rep(c("east", "north", "south"), length.out = n)
    center <- rbind(east = c(4, 0, 0), north = c(0, 4, 0), south = c(0, 0, 3))
    x <- center[population, ] + spread * stats::rnorm(3 * n)
    rownames(x) <- paste0("s", seq_len(n))
    list(x = x, population = population)
  })
}

test_that("F1 is that of a hand-worked case", {
  group <- factor(c("a", "a", "a", "b", "b", "c"), c("a", "b", "c"))
  got <- class_scores(c(1, 1, 2, 2, 2, 1), group)
  # a: 2 of 3 called are right, 2 of 3 found; b: 2 of 3, 2 of 2; c: no sample called.
  expect_equal(got$precision, c(2 / 3, 2 / 3, 0))
  expect_equal(got$recall, c(2 / 3, 1, 0))
  expect_equal(got$f1, c(2 / 3, 0.8, 0))
  expect_equal(weighted_f1(got), (3 * 2 / 3 + 2 * 0.8) / 6)
})

test_that("a sample is predicted by a classifier that has not seen it", {
  data <- cv_data()
  cv <- cross_validate(data$x, data$population, method = "knn", repeats = 2,
    grid = data.frame(neighbors = c(1, 5)))
  fold <- folds_of(factor(data$population), 5, 1)
  for (setting in 1:2) {
    predicted <- character(60)
    for (part in 1:5) {
      training <- fold != part
      fit <- classify(data$x[training, ], data$population[training],
        method = knn(neighbors = c(1, 5)[setting]))
      predicted[!training] <- predict(fit, data$x[!training, ])$.pred_class
    }
    want <- class_scores(match(predicted, c("east", "north", "south")), factor(data$population))
    got <- tidy(cv)
    got <- got[got$neighbors == c(1, 5)[setting] & got$`repeat` == 1, ]
    expect_equal(got$f1, want$f1)
  }
})

test_that("tables hold together", {
  data <- cv_data()
  for (method in c("gtm", "knn", "svm")) {
    grid <- switch(method, gtm = data.frame(nodes = 6, rbf = 2:3),
      knn = data.frame(neighbors = c(1, 5, 9)), svm = data.frame(cost = c(0.1, 1)))
    cv <- cross_validate(data$x, data$population, method = method, grid = grid, repeats = 3)
    classes <- tidy(cv)
    expect_equal(nrow(classes), 3 * 3 * nrow(grid))
    settings <- tidy(cv, matrix = "settings")
    expect_equal(sum(settings$best), 1)
    expect_equal(settings$f1[settings$best], max(settings$f1))
    own <- classes[classes[[ncol(grid)]] == grid[[ncol(grid)]][which(settings$best)], ]
    table <- tidy(cv, matrix = "table")
    expect_identical(table$population, c("east", "north", "south", "overall"))
    expect_equal(table$f1[1:3], as.vector(tapply(own$f1, own$population, mean)))
    expect_equal(table$f1[4], mean(table$f1[1:3]))
    predictions <- tidy(cv, matrix = "predictions")
    expect_equal(nrow(predictions), 180)
    expect_equal(mean(predictions$.pred_class == predictions$population), glance(cv)$accuracy)
    p <- as.matrix(predictions[5:7])
    own <- p[cbind(seq_len(180), match(predictions$population, c("east", "north", "south")))]
    expect_equal(glance(cv)$log_loss, -mean(log(pmax(own, 1e-15))))
    expect_drawn(autoplot(cv))
    expect_drawn(autoplot(cv, type = "settings"))
    expect_drawn(autoplot(cv, compare = list(again = cv)))
  }
})

test_that("several methods make one table", {
  data <- cv_data()
  run <- function(method, grid) {
    cross_validate(data$x, data$population, method = method, grid = grid, repeats = 2)
  }
  knn <- run("knn", data.frame(neighbors = c(1, 5)))
  svm <- run("svm", data.frame(cost = 1))
  table <- tidy(knn, matrix = "table", compare = list(linear_svm = svm))
  expect_named(table, c("run", "population", "n_samples", "f1"))
  expect_identical(table$run, rep(c("knn", "linear_svm"), each = 4))
  expect_equal(table[1:4, -1], tidy(knn, matrix = "table"))
  expect_equal(table[5:8, -1], tidy(svm, matrix = "table"))
})

test_that("settings have their own digits on the axis", {
  data <- cv_data()
  cv <- cross_validate(data$x, data$population, method = "svm",
    grid = data.frame(cost = 2^c(3, -5)), repeats = 1)
  plot <- autoplot(cv, type = "settings")
  expect_identical(levels(plot$data$setting), c("0.03125", "8"))
})

test_that("labels at random are predicted at random", {
  data <- cv_data(90)
  labels <- withr::with_seed(5, sample(data$population))
  cv <- cross_validate(data$x, labels, method = "knn", grid = data.frame(neighbors = 1),
    repeats = 5)
  expect_lt(abs(glance(cv)$accuracy - 1 / 3), 0.1)
})

test_that("everything is learned without the hidden part", {
  g <- as_genotypes(random_counts(40, 300))
  labels <- rep(c("a", "b"), 20)
  cv <- cross_validate(g, labels, method = "svm", grid = data.frame(cost = 1), repeats = 1,
    folds = 4, num_comp = 2, seed = 3)
  fold <- folds_of(factor(labels), 4, 3)
  got <- tidy(cv, matrix = "predictions")
  fit <- classify(g[fold != 2, ], labels[fold != 2], method = "svm", num_comp = 2, seed = 3)
  want <- predict(fit, g[fold == 2, ], strand = "same")
  expect_equal(got$.pred_a[fold == 2], want$.pred_a, tolerance = 1e-9)
})

test_that("a nested choice is made without the hidden part", {
  data <- cv_data(spread = 3)
  grid <- data.frame(neighbors = c(1, 3, 9, 15))
  nested <- cross_validate(data$x, data$population, method = "knn", grid = grid, repeats = 2,
    nested = TRUE)
  expect_equal(nrow(tidy(nested)), 6)
  expect_true(glance(nested)$nested)
  plain <- cross_validate(data$x, data$population, method = "knn", grid = grid, repeats = 2)
  expect_lte(glance(nested)$f1, glance(plain)$f1 + 0.05)
  fold <- folds_of(factor(data$population), 5, 1)
  training <- list(x = data$x[fold != 1, ], group = factor(data$population)[fold != 1])
  how <- list(method = "knn", priors = "equal", options = list(), folds = 5, threads = 1L, seed = 1)
  best <- best_setting(training, grid, how, 1, NULL)
  fit <- classify(training$x, training$group, method = knn(neighbors = grid$neighbors[best]))
  got <- tidy(nested, matrix = "predictions")
  got <- got[got$`repeat` == 1, ]
  expect_identical(got$.pred_class[fold == 1], predict(fit, data$x[fold == 1, ])$.pred_class)
})

test_that("the seed decides, threads do not", {
  data <- cv_data()
  run <- function(...) {
    cross_validate(data$x, data$population, method = "svm", grid = data.frame(cost = 1),
      repeats = 2, ...)
  }
  expect_identical(run(threads = 1), run(threads = 2))
  expect_false(identical(tidy(run(seed = 1), "predictions"), tidy(run(seed = 2), "predictions")))
})

test_that("the grids are those of the paper", {
  expect_equal(check_grid(NULL, "svm", list(), NULL)$cost, 2^(-5:10))
  expect_equal(check_grid(NULL, "knn", list(), NULL)$neighbors, 1:10)
  expect_equal(unlist(check_grid(NULL, "gtm", list(), NULL)),
    c(nodes = 16, rbf = 4, regularization = 0.1, width = 0.3))
})

test_that("what all folds warn of is said once", {
  data <- cv_data()
  x <- data$x / 100
  seen <- list()
  withCallingHandlers(
    cross_validate(x, data$population, method = "gtm", repeats = 2, folds = 3,
      grid = data.frame(nodes = 4, rbf = 2, regularization = 1e5, width = 1)),
    warning = function(condition) {
      seen[[length(seen) + 1]] <<- condition
      rlang::cnd_muffle(condition)
    }
  )
  kinds <- vapply(seen, function(condition) class(condition)[1], "")
  expect_identical(kinds, "forebear_warning_collapsed_map")
  expect_match(conditionMessage(seen[[1]]), "The first of 6 warnings of this kind.", fixed = TRUE)
})

test_that("errors say what is wrong, and print how good it is", {
  data <- cv_data()
  few <- c(data$population[1:57], rep("rare", 3))
  components <- pca(as_genotypes(random_counts(20, 50)), num_comp = 2)
  expect_snapshot(conditions_of(
    cross_validate(components, 1), cross_validate("x", 1), cross_validate(data$x, few, folds = 5),
    cross_validate(data$x, data$population, folds = 1),
    cross_validate(data$x, data$population, repeats = 0),
    cross_validate(data$x, data$population, grid = data.frame(cost = 1)),
    cross_validate(data$x, data$population, grid = list()),
    cross_validate(data$x, data$population, method = "knn", preprocessing = preprocessing(dims = 2),
      grid = data.frame(neighbors = 1, dims = 2)),
    cross_validate(data$x, data$population, priors = c(east = 1)),
    cross_validate(data$x, data$population, nested = NA)
  ))
  cv <- cross_validate(data$x, data$population, method = "knn", repeats = 1,
    grid = data.frame(neighbors = 3))
  expect_snapshot(print(cv))
  expect_error(autoplot(cv, compare = list(1)), class = "forebear_error_argument")
  expect_error(tidy(cv, matrix = "table", compare = list(1)), class = "forebear_error_argument")
  expect_error(tidy(cv, compare = list(again = cv)), class = "forebear_error_argument")
})

test_that("parts that leave too little to learn from are refused before anything is fitted", {
  data <- cv_data()
  tiny <- replace(data$population, 1:2, "tiny")
  whole <- replace(data$population, data$population == data$population[1], "overall")
  grid <- data.frame(neighbors = 1:2)
  expect_snapshot(conditions_of(
    cross_validate(data$x, tiny, "knn", grid, folds = 2, repeats = 1, nested = TRUE),
    cross_validate(data$x, tiny, "svm", folds = 2, repeats = 1),
    audit_labels(data$x, tiny, folds = 2),
    cross_validate(data$x, whole, "knn", grid)
  ))
  # One setting leaves no choice to be made.
  one <- cross_validate(data$x, tiny, "knn", grid[1, , drop = FALSE], folds = 2, repeats = 1,
    nested = TRUE)
  expect_s3_class(one, "forebear_cross_validation")
})

test_that("what is left is enough where it is said to be", {
  data <- cv_data()
  for (n in 3:6) {
    few <- replace(data$population, seq_len(n), "tiny")
    for (method in c("knn", "svm")) {
      grid <- if (method == "knn") data.frame(neighbors = 1:2) else data.frame(cost = c(0.1, 1))
      run <- function(nested) {
        tryCatch(cross_validate(data$x, few, method, grid, folds = 3, repeats = 1, nested = nested),
          error = class)
      }
      for (nested in c(FALSE, TRUE)) {
        got <- run(nested)
        is_fit <- inherits(got, "forebear_cross_validation")
        expect_true("forebear_error_fold_count" %in% got || is_fit)
      }
    }
  }
})

test_that("text in a grid may be a factor", {
  data <- cv_data()
  grid <- expand.grid(nodes = 6, rbf = 2, init_variance = c("min", "max"),
    stringsAsFactors = TRUE)
  text <- transform(grid, init_variance = as.character(init_variance))
  run <- function(grid) cross_validate(data$x, data$population, "gtm", grid, folds = 2, repeats = 1)
  expect_identical(tidy(run(grid), "settings"), tidy(run(text), "settings"))
})

test_that("a score that is not finite is that of the sample that has it", {
  data <- cv_data()
  x <- data$x
  x[3, 1] <- NA
  name <- row_sample_id(x)[3]
  error <- expect_error(cross_validate(x, data$population, "knn", folds = 2, repeats = 1),
    class = "forebear_error_non_finite_score")
  expect_match(conditionMessage(error),
    sprintf("the first is that of sample \"%s\" in column 1", name),
    fixed = TRUE)
})

test_that("relatives, who are recognized by each other, are said", {
  # Three populations at an Fst of .005, families of four siblings.
  withr::local_seed(6)
  n_variants <- 1500
  center <- stats::runif(n_variants, 0.1, 0.9)
  frequency <- replicate(3, stats::rbeta(n_variants, 199 * center, 199 * (1 - center)))
  siblings <- function(p, n) {
    alleles <- matrix(stats::rbinom(4 * n_variants, 1, rep(p, each = 4)), 4)
    t(replicate(n, {
      first <- ifelse(stats::runif(n_variants) < 0.5, alleles[1, ], alleles[2, ])
      first + ifelse(stats::runif(n_variants) < 0.5, alleles[3, ], alleles[4, ])
    }))
  }
  sample_of <- function(families, n) {
    counts <- do.call(rbind, lapply(rep(1:3, each = families), function(k) {
      siblings(frequency[, k], n)
    }))
    rownames(counts) <- paste0("s", seq_len(nrow(counts)))
    as_genotypes(counts)
  }
  labels <- rep(c("a", "b", "c"), each = 12)
  validate <- function(g) cross_validate(g, labels, svm(cost = 1), repeats = 1, threads = 1)
  related <- sample_of(3, 4)
  expect_snapshot(conditions_of(validate(related)))
  cv <- suppressMessages(validate(related))
  expect_identical(glance(cv)$n_related, 36L)
  expect_gt(glance(cv)$f1, 0.9)
  expect_output(print(cv), "DOUBTFUL: 36 samples with a relative")
  expect_no_message(cv <- validate(sample_of(12, 1)))
  expect_identical(glance(cv)$n_related, 0L)
  expect_lt(glance(cv)$f1, 0.8)
  expect_identical(glance(cross_validate(as.matrix(related), labels, svm(cost = 1), repeats = 1,
    threads = 1))$n_related, NA_integer_)
})
