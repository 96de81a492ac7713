diverse_map <- function() {
  x <- withr::with_seed(1, matrix(stats::rnorm(180), 90, dimnames = list(paste0("s", 1:90), NULL)))
  group <- rep(c("wide", "narrow", "other"), 30)
  x[group == "narrow", ] <- 0.1 * x[group == "narrow", ]
  x[group == "other", 1] <- x[group == "other", 1] + 9
  list(map = gtm(x, nodes = 8, rbf = 3), group = group)
}

test_that("entropy and overlap are those of mean responsibilities", {
  scene <- diverse_map()
  found <- map_diversity(scene$map, scene$group, replicates = 40)
  table <- tidy(scene$map, "responsibilities")
  table$group <- rep_len(scene$group, 90)[match(table$sample_id, paste0("s", 1:90))]
  p <- tapply(table$responsibility, list(table$group, table$node), mean)
  own <- tidy(found)
  expect_identical(own$population, c("narrow", "other", "wide"))
  expect_equal(own$entropy, unname(apply(p, 1, function(q) -sum(q[q > 0] * log2(q[q > 0])))),
    tolerance = 1e-6)
  expect_equal(own$n_nodes, 2^own$entropy)
  expect_true(all(own$n_nodes_low <= own$n_nodes & own$n_nodes <= own$n_nodes_high))
  expect_true(all(own$std_error > 0 & own$n_nodes_high <= 64))
  pairs <- tidy(found, "overlap")
  expect_equal(pairs$overlap[1], sum(sqrt(p["narrow", ] * p["other", ])), tolerance = 1e-6)
  expect_lt(own$entropy[1], own$entropy[3])
  expect_gt(pairs$overlap[2], pairs$overlap[1])
  expect_match(capture.output(print(found))[[3]], "narrow and wide")
  again <- map_diversity(scene$map, scene$group, replicates = 40)
  expect_identical(tidy(again), own)
})

test_that("bootstrap errors are the spread over new samples of a population", {
  map <- diverse_map()$map
  responsibility <- place_on_map(map, map$space$scores[1:30 * 3 - 2, ], diag(64), 1L)$means
  drawn <- withr::with_seed(2, replicate(400, {
    node_entropies(t(colMeans(responsibility[sample.int(30, replace = TRUE), ])))
  }))
  found <- map_diversity(map, rep(c("wide", "narrow", "other"), 30), replicates = 400)
  expect_equal(tidy(found)$std_error[3], stats::sd(drawn), tolerance = 0.15)
})

test_that("a classifier knows its populations; without errors they are NA", {
  scene <- diverse_map()
  fit <- classify(scene$map, scene$group)
  expect_identical(tidy(map_diversity(fit, replicates = 0))$entropy,
    tidy(map_diversity(scene$map, scene$group, replicates = 0))$entropy)
  expect_true(all(is.na(tidy(map_diversity(fit, replicates = 0))$std_error)))
  expect_error(map_diversity(scene$map), class = "forebear_error_argument")
  knn <- classify(scene$map$space$scores, scene$group, method = "knn")
  expect_error(map_diversity(knn), class = "forebear_error_argument")
})

test_that("new samples are coloured by their labels", {
  scene <- diverse_map()
  new <- matrix(c(0, 9, 4, 0, 0, 0), 3, dimnames = list(c("n1", "n2", "n3"), NULL))
  labels <- data.frame(sample_id = c(paste0("s", 1:90), "n1", "n2"),
    population = c(scene$group, "wide", "study"))
  plot <- autoplot(scene$map, labels = labels, new_data = new)
  layers <- lapply(seq_along(plot$layers), function(i) ggplot2::layer_data(plot, i))
  shapes <- vapply(layers, function(data) as.numeric(data$shape[1]), 0)
  expect_identical(sort(shapes[shapes %in% c(4, 23)]), c(4, 23))
  diamonds <- layers[[which(shapes == 23)]]
  expect_identical(diamonds$fill[order(diamonds$x)][1],
    unname(ancestry_colours(factor("wide", c("narrow", "other", "study", "wide")))[["wide"]]))
  fit <- classify(scene$map, scene$group)
  expect_drawn(autoplot(fit, new_data = new, groups = c("wide", "study", "study")))
})

test_that("limits hold what samples of one population overlap", {
  x <- withr::with_seed(1, matrix(stats::rnorm(160), 80, dimnames = list(paste0("s", 1:80), NULL)))
  map <- gtm(x, nodes = 6, rbf = 3)
  found <- tidy(map_diversity(map, rep(c("a", "b"), 40)), "overlap")
  expect_lt(found$overlap, 0.98)
  expect_equal(found$high, 1)
  expect_lt(found$low, found$overlap + 1e-12)
})
