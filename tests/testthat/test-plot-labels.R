test_that("labels are matched by sample from a data frame, a named and an unnamed vector", {
  ids <- c("s1", "s2", "s3")
  table <- data.frame(label = c("b", "a"), sample_id = c("s3", "s1"))
  from_table <- match_labels(table, ids, NULL, NULL)
  expect_identical(as.character(from_table), c("a", NA, "b"))
  expect_identical(attr(from_table, "title"), "label")
  from_names <- match_labels(c(s3 = "b", s1 = "a"), ids, NULL, NULL)
  expect_identical(as.character(from_names), c("a", NA, "b"))
  expect_null(attr(from_names, "title"))
  expect_identical(as.character(match_labels(c("z", "", "x"), ids, NULL, NULL)), c("z", NA, "x"))
})

test_that("among several columns, population is used unless another is named", {
  table <- data.frame(sample_id = c("s1", "s2"), continent = c("AFR", "EUR"), population = "p")
  expect_identical(as.character(match_labels(table, c("s1", "s2"), NULL, NULL)), c("p", "p"))
  chosen <- match_labels(table, c("s1", "s2"), "continent", NULL)
  expect_identical(as.character(chosen), c("AFR", "EUR"))
})

test_that("levels are sorted, and a factor keeps its levels", {
  sorted <- match_labels(c("b", "a", "B"), c("s1", "s2", "s3"), NULL, NULL)
  expect_identical(levels(sorted), c("B", "a", "b"))
  expect_false(attr(sorted, "is_factor"))
  chosen <- match_labels(factor("b", levels = c("z", "b", "a")), "s1", NULL, NULL)
  expect_identical(levels(chosen), c("z", "b", "a"))
  expect_true(attr(chosen, "is_factor"))
  expect_identical(levels(match_labels(c(10, 9), c("s1", "s2"), NULL, NULL)), c("9", "10"))
})

test_that("labels of absent samples are passed over with a message that names the first", {
  labels <- c(s1 = "a", t1 = "b", t2 = "b", t1 = "c", t3 = "b", `{1 + 1}` = "b")
  expect_message(
    got <- match_labels(labels, c("s1", "s2"), NULL, NULL),
    "`labels` names 4 samples that are not at hand, passed over: \"t1\", \"t2\", \"t3\"",
    class = "forebear_message_absent_samples"
  )
  expect_identical(as.character(got), c("a", NA))
  expect_message(match_labels(c(s1 = "a", t1 = "b"), "s1", NULL, NULL), "1 sample that is not at")
})

test_that("labels of which none is at hand are refused, and both kinds of IDs are shown", {
  expect_error(
    match_labels(c(`{stop()}` = "a"), "s1", NULL, NULL),
    "It names \"{stop()}\"; the samples are \"s1\".", fixed = TRUE,
    class = "forebear_error_labels_unknown_sample"
  )
})

test_that("sample IDs that are numbers are compared digit by digit", {
  expect_identical(id_text(c(100000, 1e15, NA, 7)), c("100000", "1000000000000000", NA, "7"))
  expect_identical(id_text(100000L), "100000")
  expect_identical(id_text(factor("s1")), "s1")
  withr::local_options(scipen = -9, OutDec = ",")
  expect_identical(id_text(c(100000, 0.5)), c("100000", "0.5"))
  labels <- data.frame(sample_id = c(100000L, 200000L), population = c("a", "b"))
  expect_identical(as.character(match_labels(labels, c("200000", "100000"), NULL, NULL)),
    c("b", "a"))
})

test_that("labels of samples that quality control removed are passed over everywhere", {
  g <- read_bed(example_data("panel"))
  labels <- read.delim(example_data("labels"))
  kept <- which(labels$population %in% unique(labels$population)[1:2])
  kept <- kept[seq(1, length(kept), by = 3)]
  g <- g[kept, ]
  fit <- pca(g, num_comp = 3)
  absent <- "forebear_message_absent_samples"
  expect_message(autoplot(fit, labels = labels, label_column = "population"), class = absent)
  expect_message(autoplot(archetypes(fit, k = 2, seed = 1), labels = labels,
    label_column = "population"), class = absent)
  named <- stats::setNames(labels$population, labels$sample_id)
  expect_message(classifier <- classify(fit, named, method = "knn"), class = absent)
  expect_identical(classifier$group, classify(fit, named[kept], method = "knn")$group)
  expect_message(cross_validate(g, named, "knn", data.frame(neighbors = 1), folds = 2, repeats = 1,
    num_comp = 2), class = absent)
  expect_message(audit_labels(g, named, folds = 2, repeats = 1, num_comp = 2), class = absent)
  expect_message(fit <- admixture(g, supervised = named, seed = 1), class = absent)
  expect_identical(ncol(fit$q), 2L)
  expect_message(got <- augment(pca(g, num_comp = 2), labels), class = absent)
  expect_identical(is.na(got$.PC1), !labels$sample_id %in% labels$sample_id[kept])
})

test_that("a sample named twice is refused", {
  expect_error(
    match_labels(c(s1 = "a", s2 = "b", s1 = "c"), c("s1", "s2"), NULL, NULL),
    "1 sample named twice or more: \"s1\"", class = "forebear_error_labels_duplicate"
  )
})

test_that("labels of the wrong length, shape or type are refused", {
  refused <- function(labels, column = NULL) {
    match_labels(labels, c("s1", "s2", "s3"), column, NULL)
  }
  expect_error(refused(c("a", "b")), class = "forebear_error_labels_length")
  expect_error(refused(c("a", "b")), "2 labels for 3 samples")
  expect_error(refused(list("a", "b", "c")), class = "forebear_error_labels_type")
  expect_error(refused(mean), class = "forebear_error_labels_type")
  expect_error(refused(c("a", "b", "c"), "population"), class = "forebear_error_labels_type")
  expect_error(refused(NULL, "population"), class = "forebear_error_labels_type")
  expect_error(refused(data.frame(donor = "s1", p = "a")), class = "forebear_error_labels_columns")
  expect_error(refused(data.frame(sample_id = "s1")), class = "forebear_error_labels_columns")
  two <- data.frame(sample_id = "s1", p = "a", q = "b")
  expect_error(refused(two), "\"p\", \"q\"", class = "forebear_error_labels_columns")
  expect_error(refused(two, "r"), class = "forebear_error_labels_columns")
  expect_error(refused(two, c("p", "q")), class = "forebear_error_labels_columns")
})

test_that("unlabeled samples are drawn first and groups are interleaved", {
  group <- name_unlabeled(factor(c("a", "a", "b", "b", NA)))
  expect_identical(levels(group), c("a", "b", "unlabeled"))
  expect_identical(drawing_order(group), c(5L, 1L, 3L, 2L, 4L))
})

test_that("names that overlap move apart and others stay", {
  x <- c(0.5, 0.5, 0.5, 0.9)
  y <- c(0.5, 0.5, 0.51, 0.5)
  moved <- spread_names(x, y, c(3, 3, 3, 3))
  expect_true(all(diff(moved[1:3]) > 0.0355))
  expect_equal(mean(moved[1:3]), mean(y[1:3]))
  expect_identical(moved[[4]], 0.5)
})

test_that("group names are drawn at the medians", {
  data <- data.frame(x = c(0, 1, 9, 100), y = c(0, 2, 50, 100))
  group <- factor(c("a", "a", "a", "b"))
  plot <- ggplot2::ggplot() + group_name_layers(data, group)
  names <- ggplot2::layer_data(plot, 3)
  expect_identical(names$label, c("a", "b"))
  expect_equal(names$x, c(1, 100))
  expect_equal(names$y, c(2, 100))
  expect_equal(nrow(ggplot2::layer_data(plot, 2)), 16)
  expect_identical(group_name_layers(data, factor(rep(NA, 4))), list())
})

test_that("one label for many samples is an error in words", {
  error <- expect_error(match_labels(NA, c("a", "b", "c"), NULL, NULL),
    class = "forebear_error_labels_length")
  expect_match(conditionMessage(error), "There is 1 label for 3 samples.", fixed = TRUE)
})
