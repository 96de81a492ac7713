skip_on_cran() # Takes long.

audited <- function(n = 150, seed = 1) {
  withr::with_seed(seed, {
    population <- rep(c("east", "north", "south"), length.out = n)
    center <- rbind(east = c(6, 0), north = c(0, 6), south = c(0, 0))
    x <- center[population, ] + 0.6 * stats::rnorm(2 * n)
    rownames(x) <- paste0("s", seq_len(n))
    list(x = x, population = population)
  })
}

test_that("wrong labels and samples between populations are found", {
  data <- audited()
  data$population[1] <- "north"
  data$x[5, ] <- c(3, 3)
  for (method in list("svm", "knn", gtm_settings(nodes = 8, rbf = 3))) {
    audit <- audit_labels(data$x, data$population, method = method)
    expect_identical(audit$sample_id, rownames(data$x))
    expect_identical(as.character(audit$verdict[1]), "other population")
    expect_identical(audit$.pred_class[1], "east")
    expect_lt(audit$probability[1], 0.1)
    expect_gt(mean(audit$verdict[-c(1, 5)] == "agrees"), 0.85)
    p <- as.matrix(audit[paste0(".pred_", c("east", "north", "south"))])
    expect_equal(unname(rowSums(p)), rep(1, 150))
    expect_equal(audit$probability,
      p[cbind(1:150, match(data$population, c("east", "north", "south")))])
  }
})

test_that("probabilities are means over repeats of held-out predictions", {
  data <- audited()
  audit <- audit_labels(data$x, data$population, repeats = 2, seed = 4)
  cv <- cross_validate(data$x, data$population, method = "svm", grid = data.frame(cost = 1),
    repeats = 2, seed = 4)
  predictions <- tidy(cv, matrix = "predictions")
  want <- (predictions$.pred_east[1:150] + predictions$.pred_east[151:300]) / 2
  expect_equal(audit$.pred_east, want)
})

labeled <- function(sample_id) {
  tibble::tibble(sample_id, population = "a", answered = TRUE)
}

test_that("verdicts follow the mean probabilities", {
  p <- rbind(c(0.95, 0.05), c(0.05, 0.95), c(0.6, 0.4), c(0.9, 0.1))
  colnames(p) <- c("a", "b")
  got <- new_label_audit(p, factor(rep("a", 4), c("a", "b")), labeled(letters[1:4]), 0.9,
    NULL)
  expect_identical(as.character(got$verdict),
    c("agrees", "other population", "uncertain", "agrees"))
  expect_true(all(is.na(got$duplicate_of)))
})

test_that("a label is wrong however many populations the posterior is split over", {
  p <- rbind(c(0.02, 0.6, 0.38), c(0.15, 0.5, 0.35), c(0.1, 0.5, 0.4))
  colnames(p) <- c("a", "b", "c")
  got <- new_label_audit(p, factor(rep("a", 3), colnames(p)), labeled(letters[1:3]), 0.9,
    NULL)
  expect_identical(as.character(got$verdict),
    c("other population", "uncertain", "other population"))
  expect_identical(got$.pred_class, rep("b", 3))
})

test_that("the same genotypes twice are found", {
  counts <- random_counts(40, 300, missing = 0)
  counts[7, ] <- counts[3, ]
  audit <- audit_labels(as_genotypes(counts), rep(c("a", "b"), 20), repeats = 1, num_comp = 2)
  expect_identical(audit$duplicate_of[c(3, 7)], c("s7", "s3"))
  expect_equal(sum(!is.na(audit$duplicate_of)), 2)
})

test_that("an audit is drawn, and wrong calls refused", {
  data <- audited()
  data$population[1] <- "north"
  audit <- audit_labels(data$x, data$population, repeats = 1)
  expect_drawn(autoplot(audit))
  points <- ggplot2::layer_data(autoplot(audit), 2)
  expect_equal(points$y, audit$probability)
  expect_snapshot(conditions_of(
    audit_labels(data$x, data$population, sure = 2),
    audit_labels(data$x, data$population, duplicates = TRUE),
    audit_labels(data$x, data$population, method = "tree"), audit_labels(data$x, 1:3)
  ))
})

test_that("exchanged labels of the example are found among admixed samples too", {
  genotypes <- read_bed(example_data("panel"))
  given <- read.delim(example_data("labels"))$population
  given[c(3, 60)] <- given[c(60, 3)]
  audit <- audit_labels(genotypes, given, repeats = 1, num_comp = 4, duplicates = FALSE)
  expect_identical(which(audit$verdict == "other population"), c(3L, 60L))
})

test_that("one setting is audited, none is chosen", {
  data <- audited()
  expect_snapshot(conditions_of(
    audit_labels(data$x, data$population, method = knn(neighbors = c(1, 8))),
    audit_labels(data$x, data$population, method = svm(cost = c(1, 2))),
    audit_labels(data$x, data$population, method = gtm_settings(nodes = c(6, 8)))
  ))
})

test_that("an audit prints as a plain table", {
  data <- audited()
  audit <- audit_labels(data$x, data$population, method = "knn", repeats = 1)
  expect_identical(attr(audit, "row.names"), seq_len(150))
  expect_false(any(grepl("^1 *[*]|^ *[*] ", utils::capture.output(print(audit)))))
})

test_that("a sample of which little is known is uncertain, not of another population", {
  withr::local_seed(5)
  population <- rep(c("a", "b"), each = 60)
  frequency <- stats::plogis(outer(c(1, -1), rnorm(3000, 0, 0.15)) + rep(rnorm(3000), each = 2))
  counts <- matrix(rbinom(120 * 3000, 2, frequency[as.integer(factor(population)), ]), 120)
  rownames(counts) <- paste0("s", 1:120)
  few <- c(1:15, 61:75)
  for (row in few) counts[row, sample(3000, 2850)] <- NA
  g <- as_genotypes(counts)
  audit <- audit_labels(g, population, repeats = 1, num_comp = 2, sure = 0.8, duplicates = FALSE)
  cv <- cross_validate(g, population, method = "svm", grid = data.frame(cost = 1), repeats = 1,
    num_comp = 2)
  p <- cv$predictions[[1]]$p
  plain <- p[cbind(1:120, as.integer(factor(population)))]
  expect_equal(audit$probability[-few], plain[-few])
  log_loss <- function(p) -mean(log(pmax(p[few], 1e-15)))
  expect_lt(log_loss(audit$probability), log_loss(plain))
  expect_lt(sum(audit$verdict[few] == "other population"), sum(plain[few] <= 0.2))
  # 90 % of the genotypes show a wrong label.
  population[16] <- "b"
  counts[16, sample(3000, 300)] <- NA
  audit <- audit_labels(as_genotypes(counts), population, repeats = 1, num_comp = 2,
    duplicates = FALSE)
  expect_lt(audit$probability[16], 0.3)
})
