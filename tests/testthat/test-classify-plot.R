plotted_classifier <- function(method = "gtm") {
  x <- withr::with_seed(1, matrix(stats::rnorm(120), 40, dimnames = list(paste0("s", 1:40), NULL)))
  x[, 1] <- x[, 1] + rep(c(0, 6), 20)
  if (method == "gtm") method <- gtm_settings(nodes = 6, rbf = 2)
  classify(x, rep(c("a", "b"), 20), method = method)
}

test_that("every type can be drawn for every method", {
  new <- matrix(c(0, 6, 0, 0, 0, 0), 2, dimnames = list(c("n1", "n2"), NULL))
  for (method in c("gtm", "knn", "svm")) {
    fit <- plotted_classifier(method)
    expect_drawn(autoplot(fit, new_data = new, label_groups = TRUE))
    expect_drawn(autoplot(fit, type = "bars", new_data = new))
    expect_drawn(autoplot(fit, type = "groups", new_data = new, groups = c("x", "y")))
  }
})

test_that("nodes have the colour of their most probable population", {
  fit <- plotted_classifier()
  points <- ggplot2::layer_data(autoplot(fit))
  nodes <- tidy(fit, matrix = "nodes")
  a <- nodes[nodes$population == "a", ]
  shown <- match(paste(round(points$x, 9), round(points$y, 9)),
    paste(round(a$gtm1, 9), round(a$gtm2, 9)))
  expect_false(anyNA(shown))
  sure <- abs(a$probability[shown] - 0.5) > 1e-9
  expect_identical(points$colour[sure],
    unname(ancestry_colours(2)[ifelse(a$probability[shown] > 0.5, 1, 2)])[sure])
  expect_true(all(40 * a$density[shown] >= 0.01))
})

test_that("arguments that do not go together are refused", {
  fit <- plotted_classifier()
  expect_snapshot(conditions_of(
    autoplot(fit, type = "bars"), autoplot(fit, type = "groups", new_data = matrix(0, 1, 3)),
    autoplot(fit, groups = "a"), autoplot(fit, type = "pie")
  ))
})

test_that("groups are those of all new samples, also of those without a called genotype", {
  counts <- random_counts(40, 300)
  fit <- classify(as_genotypes(counts[1:30, ]), rep(c("a", "b"), 15), method = "knn",
    num_comp = 2)
  new <- counts[31:36, ]
  new[2, ] <- NA
  groups <- c("x", "y", "y", "x", "x", "y")
  drawn <- function(groups) {
    autoplot(fit, type = "bars", new_data = as_genotypes(new), strand = "same", groups = groups)
  }
  expect_drawn(drawn(groups))
  expect_identical(ggplot2::layer_data(drawn(groups)),
    ggplot2::layer_data(drawn(data.frame(sample_id = rownames(new), group = groups))))
  seen <- new[-2, ]
  alone <- autoplot(fit, type = "bars", new_data = as_genotypes(seen), strand = "same",
    groups = groups[-2])
  expect_equal(ggplot2::layer_data(drawn(groups)), ggplot2::layer_data(alone))
  nobody <- as_genotypes(`dimnames<-`(matrix(NA_real_, 2, 300), list(c("n1", "n2"), colnames(new))))
  expect_snapshot(conditions_of(
    autoplot(fit, type = "bars", new_data = nobody, strand = "same"),
    suppressMessages(
      autoplot(fit, type = "groups", new_data = nobody, strand = "same", groups = c("x", "y")))
  ))
})

test_that("names stand above the discs, and every population has a shape of its own kind", {
  fit <- plotted_classifier()
  plot <- autoplot(fit, label_groups = TRUE)
  layers <- lapply(seq_along(plot$layers), function(i) ggplot2::layer_data(plot, i))
  is_text <- vapply(layers, function(data) "label" %in% names(data), NA)
  name <- layers[[max(which(is_text))]]
  nodes <- tidy(fit, matrix = "nodes")
  for (population in c("a", "b")) {
    own <- nodes[nodes$population == population & nodes$probability > 0.5, ]
    at <- name[name$label == population, ]
    node <- own[abs(own$gtm1 - at$x) < 1e-9 & own$gtm2 < at$y + 1e-9, ]
    expect_gt(at$y - max(node$gtm2) + 1e-9, min(name_height, 1 - max(node$gtm2)))
  }
  many <- 0.1 * withr::with_seed(1, matrix(stats::rnorm(270), 135))
  rownames(many) <- paste0("s", 1:135)
  angle <- rep(1:27, 5) * 2 * pi / 27
  many <- many + 3 * cbind(cos(angle), sin(angle))
  shown <- ggplot2::layer_data(autoplot(classify(many, rep(sprintf("p%02d", 1:27), 5),
    method = gtm_settings(nodes = 12, rbf = 5, regularization = 1e-3))))
  pairs <- unique(shown[c("colour", "shape")])
  expect_identical(nrow(pairs), 27L)
  expect_gt(length(unique(pairs$shape)), 2)
})

test_that("a name stands amid the nodes of its population, not at a lone one of many samples", {
  nodes <- expand.grid(gtm1 = seq(-1, 1, 0.25), gtm2 = seq(-1, 1, 0.25))
  nodes$population <- factor(ifelse(nodes$gtm1 < 0, "a", "b"))
  nodes$probability <- 1
  nodes$density <- 1
  lone <- nodes$gtm1 == 1 & nodes$gtm2 == -1
  nodes$population[lone] <- "a"
  nodes$density[lone] <- 5
  spots <- named_nodes(nodes)
  expect_equal(spots$gtm1[spots$population == "a"] + 0.625, 0, tolerance = 0.13)
  expect_equal(spots$gtm2[spots$population == "a"], 0)
  expect_equal(spots$gtm1[spots$population == "b"], 0.5)
  one <- named_nodes(nodes[1, ])
  expect_equal(c(one$gtm1, one$gtm2), c(-1, -1))
})
