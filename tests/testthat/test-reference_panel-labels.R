want <- data.frame(sample_id = c("s1", "100000", "s3"), population = c("a", "b", "b"))

test_that("tables are read as users have them", {
  expect_identical(label_table(want), want)
  as_read <- list(
    data.frame(X.FID = "f", IID = want$sample_id, population = want$population),
    data.frame(`#IID` = want$sample_id, population = want$population, check.names = FALSE),
    stats::setNames(want, c("\ufeffsample_id", "population")),
    stats::setNames(want, c("X.U.FEFF.IID", "population")),
    stats::setNames(want, c("\u00ef..Sample", "population")),
    data.frame(sample_id = paste0(" ", want$sample_id, "\t"), population = c("a ", " b", "b"))
  )
  for (table in as_read) expect_identical(label_table(table), want)
})

test_that("factors keep their levels, and IDs that are numbers their digits", {
  table <- data.frame(sample_id = c(1e5, 2e5), population = factor(c("b ", "a"), c("b ", "a")))
  expect_identical(label_table(table)$sample_id, c("100000", "200000"))
  expect_identical(levels(label_table(table)$population), c("b", "a"))
  expect_identical(label_table(stats::setNames(" a", " s1 ")), c(s1 = "a"))
  expect_null(label_table(NULL))
})

test_that("every verb that takes labels takes them", {
  counts <- random_counts(30, 60)
  rownames(counts) <- format(1e5 * seq_len(30), scientific = FALSE, trim = TRUE)
  g <- as_genotypes(counts)
  labels <- data.frame(X.FID = 0, IID = 1e5 * seq_len(30), Pop = rep(c(" a", "b"), 15))
  fit <- pca(g, num_comp = 2)
  expect_identical(levels(match_labels(labels, fit$sample_id, NULL, NULL)), c("a", "b"))
  expect_identical(unname(panel_labels(labels, NULL)), rep(c("a", "b"), 15))
  expect_identical(names(named_labels(labels, NULL)), rownames(counts))
  added <- augment(fit, data.frame(sample_id = 1e5 * 1:3, age = 1:3))
  expect_identical(added$sample_id, c("100000", "200000", "300000"))
  expect_identical(rownames(ancestry_matrix(data.frame(sample_id = 1e5 * 1:2, a = 1, b = 0))),
    c("100000", "200000"))
  q <- tempfile()
  writeLines(rep("0.5 0.5", 30), q)
  expect_identical(tidy(read_q(q, samples = labels))$sample_id[c(1, 60)],
    c("100000", "3000000"))
})

test_that("populations may stand under the names of others' tables", {
  id <- c("s1", "s2")
  want <- c(s1 = "a", s2 = "b")
  table <- data.frame(sample_id = id, Sex = "M", x = c("a", "b"))
  for (name in c("Population", "pop", "Population code", "Population.Code")) {
    named <- stats::setNames(table, c("Sample name", "Sex", name))
    expect_identical(panel_labels(named, NULL), want)
  }
  both <- data.frame(sample_id = id, pop = "x", population = c("a", "b"))
  expect_identical(panel_labels(both, NULL), want)
})
