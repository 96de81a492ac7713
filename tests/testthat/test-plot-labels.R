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

test_that("labels of unknown samples are refused and the first ones are named", {
  labels <- c(s1 = "a", t1 = "b", t2 = "b", t3 = "b", t4 = "b", `{1 + 1}` = "b")
  expect_error(
    match_labels(labels, c("s1", "s2"), NULL, NULL),
    "5 samples not in the fit: \"t1\", \"t2\", \"t3\"",
    class = "forebear_error_labels_unknown_sample"
  )
  expect_error(
    match_labels(c(`{stop()}` = "a"), "s1", NULL, NULL),
    "1 sample not in the fit: \"{stop()}\".", fixed = TRUE
  )
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
  expect_error(refused(data.frame(person = "s1", p = "a")), class = "forebear_error_labels_columns")
  expect_error(refused(data.frame(sample_id = "s1")), class = "forebear_error_labels_columns")
  two <- data.frame(sample_id = "s1", p = "a", q = "b")
  expect_error(refused(two), "\"p\", \"q\"", class = "forebear_error_labels_columns")
  expect_error(refused(two, "r"), class = "forebear_error_labels_columns")
  expect_error(refused(two, c("p", "q")), class = "forebear_error_labels_columns")
})

test_that("unlabelled samples are drawn first and groups are interleaved", {
  group <- name_unlabelled(factor(c("a", "a", "b", "b", NA)))
  expect_identical(levels(group), c("a", "b", "unlabelled"))
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

test_that("group names stand at the medians", {
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

test_that("one label for many samples is told in words", {
  error <- expect_error(match_labels(NA, c("a", "b", "c"), NULL, NULL),
    class = "forebear_error_labels_length")
  expect_match(conditionMessage(error), "There is 1 label for 3 samples.", fixed = TRUE)
})
