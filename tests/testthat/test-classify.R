# Three populations around the corners of a triangle in three dimensions, and their labels.
three_populations <- function(n = 90, seed = 1, spread = 0.7) {
  withr::with_seed(seed, {
    population <- rep(c("east", "north", "south"), length.out = n)
    center <- rbind(east = c(4, 0, 0), north = c(0, 4, 0), south = c(0, 0, 1))
    x <- center[population, ] + spread * stats::rnorm(3 * n)
    rownames(x) <- paste0("s", seq_len(n))
    list(x = x, population = population)
  })
}

small_classifier <- function(method, data = three_populations(), ...) {
  if (identical(method, "gtm")) method <- gtm_settings(nodes = 8, rbf = 3)
  classify(data$x, data$population, method = method, ...)
}

golden_labels <- function(case) {
  table <- utils::read.csv(golden_path(sprintf("%s_input.csv", case)))
  scores <- as.matrix(table[-(1:2)])
  dimnames(scores) <- list(table$id, NULL)
  list(scores = scores, label = as.character(table$label))
}

test_that("class maps are those of ugtm", {
  for (case in c("iris", "wine")) {
    data <- golden_labels(case)
    map <- gtm(data$scores)
    for (kind in c("equiprobable", "estimated")) {
      priors <- if (kind == "estimated") "observed" else "equal"
      fit <- classify(map, data$label, priors = priors)
      path <- golden_path(sprintf("%s_classmap_%s.csv", case, kind))
      want <- as.matrix(utils::read.csv(path, check.names = FALSE))
      got <- tidy(fit, matrix = "nodes")
      expect_identical(unique(got$population), colnames(want))
      expect_lt(max(abs(got$probability - as.vector(want))), 1e-6)
    }
  }
})

test_that("posteriors of new samples and groups are those of ugtm", {
  data <- golden_labels("sim20")
  test <- utils::read.csv(golden_path("sim20_test_input.csv"))
  new <- as.matrix(test[-(1:2)])
  dimnames(new) <- list(test$id, NULL)
  map <- gtm(data$scores)
  for (kind in c("equiprobable", "estimated")) {
    fit <- classify(map, data$label, priors = if (kind == "estimated") "observed" else "equal")
    golden <- function(what) {
      path <- golden_path(sprintf("sim20_%s_posterior_%s.csv", what, kind))
      utils::read.csv(path, check.names = FALSE)
    }
    want <- golden("test")
    got <- predict(fit, new)
    expect_lt(max(abs(as.matrix(got[paste0(".pred_", names(want)[-(1:3)])]) -
      as.matrix(want[-(1:3)]))), 1e-6)
    expect_identical(got$.pred_class, want$pred)
    want <- golden("group")
    got <- predict(fit, new, type = "group", groups = test$label)
    expect_setequal(got$group, want[[1]])
    got <- got[match(want[[1]], got$group), ]
    expect_lt(max(abs(as.matrix(got[paste0(".pred_", names(want)[-1])]) - as.matrix(want[-1]))),
      1e-6)
  }
})

test_that("every method distinguishes populations that lie apart", {
  data <- three_populations()
  new <- three_populations(60, seed = 2)
  for (method in c("gtm", "knn", "svm")) {
    fit <- small_classifier(method, data, preprocessing = preprocessing(dims = 3))
    got <- predict(fit, new$x)
    expect_gt(mean(got$.pred_class == new$population), 0.95)
    p <- as.matrix(got[c(".pred_east", ".pred_north", ".pred_south")])
    expect_equal(unname(rowSums(p)), rep(1, 60))
    expect_true(all(p >= 0))
    expect_equal(got$.entropy, apply(p, 1, function(p) -sum(ifelse(p > 0, p * log2(p), 0))),
      tolerance = 1e-9)
    expect_named(got, c("sample_id", ".pred_class", ".pred_east", ".pred_north", ".pred_south",
      ".entropy", ".typicality",
      if (method == "gtm") c(".log_likelihood", ".applicability")))
    chosen <- p[cbind(1:60, match(got$.pred_class, c("east", "north", "south")))]
    expect_true(all(chosen >= apply(p, 1, max) - 1e-12))
  }
})

test_that("the map classifier is equations 4 to 6", {
  data <- three_populations(40, spread = 1.5)
  fit <- small_classifier("gtm", data, priors = c(south = 0.5, east = 0.3, north = 0.2))
  r <- matrix(tidy(fit$model$map, matrix = "responsibilities")$responsibility, 40)
  given <- rowsum(r, data$population) / as.vector(table(data$population))
  joint <- t(given) %*% diag(c(0.3, 0.2, 0.5))
  ancestry <- joint / rowSums(joint)
  ancestry[rowSums(joint) == 0, ] <- 1 / 3
  got <- as.matrix(augment(fit)[paste0(".pred_", c("east", "north", "south"))])
  expect_equal(unname(got), r %*% ancestry, tolerance = 1e-6)
})

test_that("a whole group is the mean of its samples", {
  new <- three_populations(30, seed = 3, spread = 2)
  groups <- rep(c("one", "two", NA), 10)
  for (method in c("gtm", "knn", "svm")) {
    fit <- small_classifier(method)
    single <- predict(fit, new$x)
    got <- predict(fit, new$x, type = "group", groups = groups)
    expect_identical(got$group, c("one", "two"))
    expect_identical(got$n_samples, c(10L, 10L))
    want <- mean(single$.pred_south[groups %in% "two"])
    expect_equal(got$.pred_south[2], want)
    whole <- predict(fit, new$x, type = "group")
    expect_equal(whole$.pred_east, mean(single$.pred_east))
    spreads <- population_spreads(fit$space$scores, fit$label)
    scores <- into_space(fit$space, new$x, 0.8, "same", 1)$scores
    code <- rep(match(whole$.pred_class, fit$populations), 30)
    expect_equal(whole$.typicality, mean(typicality(spreads, scores, code)))
  }
})

test_that("neighbors vote, and of equals the nearer wins", {
  x <- cbind(c(0, 1, 2, 10), 0)
  labels <- c("b", "a", "a", "b")
  fit <- classify(x, labels, method = knn(neighbors = 2))
  got <- predict(fit, cbind(c(0.4, 0.6, 9), 0))
  expect_equal(got$.pred_a, c(0.5, 0.5, 0.5))
  expect_identical(got$.pred_class, c("b", "a", "b"))
})

test_that("priors weigh what is as probable otherwise", {
  data <- three_populations(spread = 3)
  for (method in c("gtm", "knn", "svm")) {
    even <- augment(small_classifier(method, data))
    without <- augment(small_classifier(method, data,
      priors = c(east = 0, north = 0.5, south = 0.5)))
    expect_lt(max(without$.pred_east[even$.pred_east < 1 - 1e-9]), 0.35)
    expect_true(all(without$.pred_class[even$.pred_east < 0.99] != "east"))
  }
  uneven <- list(x = data$x[1:60, ], population = data$population[1:60])
  uneven$population[uneven$population == "south"][1:15] <- NA
  fit <- small_classifier("svm", uneven, priors = "observed")
  expect_equal(fit$prior, c(east = 20, north = 20, south = 5) / 45)
})

test_that("samples without a label help to draw the map and teach nothing", {
  data <- three_populations()
  labels <- data$population
  labels[1:30] <- NA
  map <- small_classifier("gtm", list(x = data$x, population = labels))
  whole <- gtm(data$x, nodes = 8, rbf = 3)
  expect_equal(tidy(map$model$map), tidy(whole))
  expect_equal(glance(map)$n_samples, 60)
  for (method in c("knn", "svm")) {
    part <- list(x = data$x[31:90, ], population = data$population[31:90])
    got <- small_classifier(method, list(x = data$x, population = labels))
    expect_equal(predict(got, data$x), predict(small_classifier(method, part), data$x))
  }
})

test_that("a call needs the threshold, or goes up the tree", {
  data <- three_populations(spread = 2.5)
  tree <- "((north,south)west,east)all;"
  fit <- small_classifier("gtm", data, tree = tree)
  plain <- predict(fit, data$x)
  got <- predict(fit, data$x, threshold = 0.9)
  sure <- pmax(plain$.pred_east, plain$.pred_north, plain$.pred_south) >= 0.9
  west <- !sure & plain$.pred_north + plain$.pred_south >= 0.9
  expect_identical(got$.pred_class[sure], plain$.pred_class[sure])
  expect_true(any(west) && all(got$.pred_class[west] == "west"))
  expect_true(any(!sure & !west) && all(is.na(got$.pred_class[!sure & !west])))
  flat <- predict(small_classifier("gtm", data), data$x, threshold = 0.9)
  expect_identical(is.na(flat$.pred_class), !sure)
})

test_that("far samples are not called when a limit says so", {
  data <- three_populations()
  fit <- small_classifier("gtm", data)
  new <- rbind(data$x[1:2, ], far = c(50, 50, 50))
  expect_identical(is.na(predict(fit, new,
    limits = call_limits(min_applicability = 0.001))$.pred_class),
    c(FALSE, FALSE, TRUE))
  for (method in c("gtm", "knn", "svm")) {
    fit <- small_classifier(method, data)
    got <- predict(fit, new, limits = call_limits(min_typicality = 0.05))
    expect_equal(got$.typicality[[3]], 1 / (fit$size[[match(predict(fit, new)$.pred_class[[3]],
      fit$populations)]] + 1))
    expect_identical(is.na(got$.pred_class), got$.typicality < 0.05)
  }
  g <- as_genotypes(random_counts(80, 400))
  labels <- rep(c("a", "b"), 40)
  fit <- classify(g, labels, method = "svm", num_comp = 2)
  other <- as_genotypes(matrix(rep(c(0, 2), each = 400), 2, byrow = TRUE,
    dimnames = list(c("x1", "x2"), paste0("v", 1:400))))
  got <- predict(fit, other, strand = "same", limits = call_limits(max_outlier = 0.95))
  expect_true(all(got$.outlier > 0.95) && all(is.na(got$.pred_class)))
})

test_that("training samples are as typical as if they had been left out", {
  data <- three_populations()
  fit <- small_classifier("svm", data)
  got <- augment(fit)
  own <- got$.pred_class == as.character(fit$label)
  spread <- population_spreads(fit$space$scores, fit$label)[["south"]]
  rows <- which(fit$label == "south")
  want <- rowSums(outer(spread$distance, spread$distance, "<=")) / length(rows)
  expect_equal(got$.typicality[rows][own[rows]], want[own[rows]])
})

test_that("threads change nothing", {
  data <- three_populations(300)
  for (method in c("gtm", "knn", "svm")) {
    one <- predict(small_classifier(method, data, threads = 1), data$x, threads = 1)
    expect_identical(one, predict(small_classifier(method, data, threads = 2), data$x, threads = 2))
  }
})

test_that("tidy, glance and print show what was learned", {
  fit <- small_classifier("knn")
  expect_equal(tidy(fit)$population, three_populations()$population)
  expect_equal(glance(fit)$neighbors, 8)
  expect_equal(glance(fit)$dims, 2)
  nodes <- tidy(small_classifier("gtm"), matrix = "nodes")
  expect_equal(as.vector(tapply(nodes$probability, nodes$node, sum)), rep(1, 64))
  expect_equal(sum(nodes$density), 3)
  expect_snapshot({
    print(fit)
    print(small_classifier(svm(cost = 0.5)))
    print(small_classifier("gtm"))
  })
})

test_that("errors say what is wrong", {
  data <- three_populations()
  map <- gtm(data$x, nodes = 8, rbf = 3)
  fit <- small_classifier("gtm", data)
  nearest <- small_classifier("knn", data)
  lone <- c("alone", rep(c("a", "b"), length.out = 89))
  expect_snapshot(conditions_of(
    classify("x", "a"), classify(data$x, "a"), classify(data$x, rep("a", 90)),
    classify(data$x, rep(NA, 90)), classify(data$x, data$population, method = "forest"),
    classify(data$x, data$population, method = svm(cost = 0)),
    classify(data$x, lone, method = "svm"),
    classify(data$x, data$population, method = knn(neighbors = 91)),
    classify(data$x, data$population, priors = "flat"),
    classify(data$x, data$population, priors = c(east = 1)),
    classify(data$x, data$population, priors = c(east = 0.5, north = 0.5, south = 0.5)),
    classify(data$x, data$population, tree = "(east,west)all;"),
    classify(map, data$population, method = "knn"),
    classify(map, data$population, preprocessing = preprocessing(dims = 2)),
    classify(data$x, data$population, costs = 2),
    predict(fit, data$x, type = "group", limits = call_limits(max_outlier = 0.9)),
    predict(fit, data$x, groups = "a"),
    predict(fit, data$x, limits = call_limits(max_outlier = 0.9)),
    predict(nearest, data$x, limits = call_limits(min_applicability = 0.1)),
    predict(fit, data$x, threshold = 2), predict(fit, data$x[, 1:2]), predict(fit, "x"),
    tidy(nearest, matrix = "nodes")
  ))
})

test_that("a sample without a called genotype has no place and no population", {
  counts <- random_counts(40, 300)
  labels <- rep(c("a", "b"), 20)
  new <- counts[31:36, ]
  new[2, ] <- NA
  new <- as_genotypes(new)
  map <- gtm_settings(nodes = 6, rbf = 2, regularization = 0.001)
  for (method in list(map, knn(neighbors = 3), svm())) {
    fit <- classify(as_genotypes(counts[1:30, ]), labels[1:30], method = method, num_comp = 2)
    expect_warning(got <- predict(fit, new, strand = "same"),
      class = "forebear_warning_no_genotypes", "\"s32\"")
    expect_true(all(is.na(got[2, -1])))
    expect_false(anyNA(got[-2, ]))
    expect_identical(got[-2, ], predict(fit, new[-2, ], strand = "same"))
    expect_message(group <- predict(fit, new, strand = "same", type = "group"),
      class = "forebear_message_left_out", "\"s32\"")
    expect_equal(group, predict(fit, new[-2, ], strand = "same", type = "group"))
    expect_equal(group$n_samples, 5)
    expect_drawn(autoplot(fit, type = "bars", new_data = new, strand = "same"))
    crosses <- ggplot2::layer_data(autoplot(fit, new_data = new, strand = "same"),
      if (identical(method, map)) 2 else length(autoplot(fit)$layers) + 1)
    expect_equal(nrow(crosses), 5)
  }
  x <- rbind(counts[1:30, 1:20], NA)
  fit <- classify(x[1:30, ], labels[1:30], method = "knn",
    preprocessing = preprocessing(impute = "mean"), num_comp = 2)
  expect_warning(got <- predict(fit, x[30:31, ]), class = "forebear_warning_no_genotypes")
  expect_identical(got$.pred_class[2], NA_character_)
})

test_that("entropy is never below 0", {
  expect_identical(entropy(rbind(c(1 + 2e-16, 0), c(0.5, 0.5))), c(0, 1))
})

test_that("no sample is called a population whose prior is 0", {
  data <- three_populations()
  priors <- c(east = 0, north = 0.5, south = 0.5)
  for (method in c("gtm", "knn", "svm")) {
    got <- predict(small_classifier(method, data, priors = priors), data$x)
    expect_identical(unique(got$.pred_east), 0)
    expect_false("east" %in% got$.pred_class)
    expect_equal(got$.pred_north + got$.pred_south, rep(1, 90))
  }
  # Among the others the nearer one is chosen, however far it is.
  fit <- small_classifier(knn(neighbors = 1), data, priors = priors)
  known <- data$population != "east"
  two <- classify(data$x[known, ], data$population[known], method = knn(neighbors = 1))
  expect_identical(predict(fit, data$x)$.pred_class, predict(two, data$x)$.pred_class)
})

test_that("a table of samples is augmented, in its own order", {
  data <- three_populations()
  fit <- small_classifier("knn", data)
  table <- data.frame(sample_id = c("s7", "s3", "s7"), age = 1:3)
  got <- augment(fit, table)
  all <- augment(fit)
  expect_identical(got$age, 1:3)
  expect_equal(got[-2], all[c(7, 3, 7), ])
  expect_snapshot(conditions_of(augment(fit, data.frame(x = 1)),
    augment(fit, data.frame(sample_id = "s91"))))
})

test_that("settings that a fitted map or the names of columns leave no room for are refused", {
  data <- three_populations()
  map <- gtm(data$x, nodes = 8, rbf = 3)
  named <- sub("east", "class", data$population)
  expect_snapshot(conditions_of(
    classify(map, data$population, method = gtm_settings(nodes = 20)),
    classify(map, data$population, width = 0.3),
    classify(data$x, named, method = "knn"),
    classify(data$x, data$population, method = svm(cost = NA))
  ))
  expect_s3_class(classify(map, data$population), "forebear_classifier")
})

test_that("groups without any sample have typicalities that are numbers", {
  data <- three_populations()
  fit <- small_classifier("knn", data)
  got <- predict(fit, data$x[1:4, ], type = "group", groups = rep(NA, 4))
  expect_identical(got$.typicality, double())
})

test_that("no sample is called a population whose prior is 0 by a map, whatever its nodes", {
  x <- withr::with_seed(1, rbind(matrix(stats::rnorm(60, 0), 30), matrix(stats::rnorm(60, 30), 30)))
  fit <- suppressWarnings(classify(x, rep(c("A", "B"), each = 30), priors = c(A = 0, B = 1)))
  found <- predict(fit, x)
  expect_equal(found$.pred_A, rep(0, 60))
  expect_true(all(found$.pred_class == "B"))
})

test_that("neighbors at the same distance count alike, in whatever order the samples are", {
  x <- cbind(c(1, -1, 0, 0), c(0, 0, 1, -1))
  label <- c("a", "a", "b", "c")
  for (order in list(1:4, 4:1, c(3, 1, 4, 2))) {
    fit <- classify(x[order, ], label[order], method = knn(neighbors = 2), priors = "observed")
    expect_equal(unlist(predict(fit, cbind(0, 0))[c(".pred_a", ".pred_b", ".pred_c")],
      use.names = FALSE), c(2, 1, 1) / 4)
  }
})

# Four populations of n samples each; samples in rows, those of a population together.
four_populations <- function(n, m) {
  withr::local_seed(1)
  base <- runif(m, 0.1, 0.9)
  frequency <- replicate(4, rbeta(m, base * 19, (1 - base) * 19))
  counts <- do.call(rbind, lapply(1:4, function(k) {
    matrix(rbinom(n * m, 2, rep(frequency[, k], each = n)), n)
  }))
  rownames(counts) <- sprintf("s%03d", seq_len(4 * n))
  list(counts = counts, labels = data.frame(sample_id = rownames(counts),
    population = rep(c("A", "B", "C", "D"), each = n)))
}

# With the 7 components of noise no new sample was below .05, 14 % below .5.
test_that("typicality is a p-value with more components than structure", {
  data <- four_populations(120, 2000)
  first <- rep(1:120, 4) <= 40
  genotypes <- as_genotypes(data$counts)
  fit <- classify(genotypes[which(first), ], data$labels[first, ], num_comp = 10, threads = 1)
  expect_equal(fit$space$projection$n_above_noise, 3L)
  p <- predict(fit, genotypes[which(!first), ], strand = "same", threads = 1)$.typicality
  for (level in c(0.1, 0.25, 0.5, 0.75)) expect_lt(abs(mean(p < level) - level), 0.12)
  expect_gt(mean(p < 0.05), 0)
})

# Scores of 60 variants were taken for exact: 16 of 160 samples were called wrongly with .95.
test_that("a sample with few genotypes is not called with certainty", {
  data <- four_populations(60, 2000)
  first <- rep(1:60, 4) <= 30
  genotypes <- as_genotypes(data$counts)
  few <- data$counts[!first, ]
  few[withr::with_seed(2, runif(length(few)) < 0.97)] <- NA
  truth <- data$labels$population[!first]
  for (method in c("gtm", "knn", "svm")) {
    fit <- classify(genotypes[which(first), ], data$labels[first, ], method, num_comp = 3,
      threads = 1)
    new <- as_genotypes(few, variants = variants(genotypes))
    calls <- predict(fit, new, strand = "same", threads = 1)
    probability <- as.matrix(calls[paste0(".pred_", c("A", "B", "C", "D"))])
    expect_equal(unname(rowSums(probability)), rep(1, sum(!first)))
    best <- apply(probability, 1, max)
    right <- calls$.pred_class == truth
    expect_lt(mean(best) - mean(right), 0.08)
    expect_lte(sum(!right[best >= 0.95]), 2)
    # Alone as in company, and at any number of threads.
    alone <- predict(fit, new[3, ], strand = "same", threads = 2)
    expect_equal(as.data.frame(alone[-1]), as.data.frame(calls[3, -1]), tolerance = 1e-12)
  }
})
