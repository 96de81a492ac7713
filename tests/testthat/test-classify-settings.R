settings_data <- function() {
  withr::with_seed(1, x <- matrix(stats::rnorm(120), 40) + rep(c(0, 2), each = 20))
  rownames(x) <- paste0("s", 1:40)
  list(x = x, label = rep(c("a", "b"), each = 20))
}

test_that("a method is taken by name or with settings", {
  data <- settings_data()
  expect_identical(classify(data$x, data$label, svm()), classify(data$x, data$label, "svm"))
  expect_identical(classify(data$x, data$label, knn()), classify(data$x, data$label, "knn"))
  expect_identical(classify(data$x, data$label, gtm_settings()), classify(data$x, data$label))
  fit <- classify(data$x, data$label, knn(neighbors = 3))
  expect_identical(glance(fit)$neighbors, 3L)
  expect_message(few <- classify(data$x[c(1:3, 21:23), ], data$label[c(1:3, 21:23)], knn()),
    class = "forebear_message_adapted")
  expect_identical(glance(few)$neighbors, 6L)
})

test_that("a grid varies some settings, and those of the method stand for the rest", {
  data <- settings_data()
  validated <- function(...) cross_validate(data$x, data$label, ..., folds = 2, repeats = 1)
  expect_identical(tidy(validated(svm(cost = 4)), "settings")$cost, 4)
  expect_identical(tidy(validated(knn(3)), "settings")$neighbors, 3L)
  own <- tidy(validated(gtm_settings(nodes = 6, rbf = 3)), "settings")
  expect_equal(unlist(own[c("nodes", "rbf", "regularization", "width")]),
    c(nodes = 6, rbf = 3, regularization = 0.1, width = 0.3))
  widths <- data.frame(width = c(0.3, 1))
  some <- validated(gtm_settings(nodes = 6, rbf = 3), widths)
  all <- validated("gtm", data.frame(nodes = 6, rbf = 3, widths))
  expect_equal(tidy(some, "settings")$f1, tidy(all, "settings")$f1)
  expect_equal(tidy(some, "predictions"), tidy(all, "predictions"))
})

test_that("settings are checked where they are made", {
  data <- settings_data()
  expect_snapshot(conditions_of(
    svm(cost = "a"), svm(cost = 0), svm(cost = 1e7), svm(kernel = "radial"),
    svm(multiclass = "one"), svm(landmarks = 1), knn(0), knn(2.5),
    classify(data$x, data$label, svm(kernel = "string")),
    classify(data$x, data$label, svm(landmarks = 50)),
    call_limits(max_outlier = 2)
  ))
  expect_no_error(classify(data$x, data$label, svm(kernel = "linear", multiclass = "one_vs_one")))
})
