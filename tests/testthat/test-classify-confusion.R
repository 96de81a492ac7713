# Six samples of a and b, of which one is wrong and one not called.
called <- tibble::tibble(sample_id = paste0("s", 1:6),
  .pred_class = c("a", "a", "b", NA, "b", "b"),
  .pred_a = c(0.9, 0.6, 0.3, 0.5, 0.2, 0.45), .pred_b = c(0.1, 0.4, 0.7, 0.5, 0.8, 0.55))
truth <- c("a", "a", "a", "b", "b", "b")

test_that("a table is counted by hand", {
  confused <- confusion(called, truth)
  expect_identical(tidy(confused), tibble::tibble(population = c("a", "a", "b", "b"),
    .pred_class = c("a", "b", "b", NA), n = c(2, 1, 2, 1), proportion = c(2, 1, 2, 1) / 3))
  expect_equal(tidy(confused, "populations"), tibble::tibble(population = c("a", "b"),
    n_samples = c(3, 3), precision = c(1, 2 / 3), recall = c(2 / 3, 2 / 3), f1 = c(0.8, 2 / 3),
    coverage = c(1, 2 / 3)))
  expect_snapshot(print(confused))
  expect_drawn(autoplot(confused))
  expect_identical(nrow(as.data.frame(confused)), 4L)
  strict <- confusion(called, truth, threshold = c(a = 0.65, b = 0.6))
  expect_identical(tidy(strict, "populations")$coverage, c(2 / 3, 1 / 3))
})

test_that("thresholds hold from the smallest to the largest probability", {
  p <- c(0.95, 0.9, 0.8, 0.7, 0.6)
  expect_identical(threshold_of(rep(p, 4), rep(c(TRUE, TRUE, TRUE, TRUE, FALSE), 4), 0.9),
    list(threshold = 0.7, precision = 1, n_right = 16L, n = 16L))
  expect_identical(threshold_of(rep(p, 4), rep(c(TRUE, TRUE, TRUE, TRUE, FALSE), 4), 0.8)$threshold,
    0.6)
  expect_identical(threshold_of(rep(p, 4), rep(FALSE, 20), 0.9)$threshold, Inf)
})

test_that("a cross-validation gives confusion, reliability and thresholds that predict() takes", {
  x <- withr::with_seed(1, matrix(stats::rnorm(240), 120, dimnames = list(paste0("s", 1:120),
    NULL)))
  group <- rep(c("a", "b", "c"), 40)
  x[, 1] <- x[, 1] + c(a = 0, b = 3, c = 9)[group]
  cv <- cross_validate(x, group, method = svm(cost = 1), folds = 3, repeats = 2)
  confused <- confusion(cv)
  own <- tidy(cv, "predictions")
  expect_equal(sum(confused$counts), 120)
  expect_equal(tidy(confused)$n[1], sum(own$population == "a" & own$.pred_class == "a") / 2)
  expect_identical(tidy(confused, "populations")$coverage, rep(1, 3))

  reliable <- reliability(cv, bins = 5)
  bins <- tidy(reliable)
  expect_equal(sum(bins$n[bins$population == "a"]), 240)
  first <- own$.pred_a >= 0.8
  last_bin <- bins[bins$population == "a" & bins$bin == 5, ]
  expect_equal(last_bin$mean_posterior, mean(own$.pred_a[first]))
  expect_equal(last_bin$frequency, mean(own$population[first] == "a"))
  expect_true(all(is.na(glance(reliable)$net_difference)))
  expect_match(capture.output(print(reliable))[[1]], "240 predictions")
  expect_drawn(autoplot(reliable))

  limits <- class_thresholds(cv, precision = 0.95)
  expect_identical(limits$population, c("a", "b", "c"))
  expect_true(all(limits$precision >= 0.95))
  fit <- classify(x, group, method = "svm")
  plain <- predict(fit, x)
  strict <- predict(fit, x, threshold = limits)
  p <- as.matrix(plain[c(".pred_a", ".pred_b", ".pred_c")])
  class <- max.col(p)
  expect_identical(strict$.pred_class,
    ifelse(p[cbind(1:120, class)] >= limits$threshold[class], letters[class], NA))
  expect_identical(predict(fit, x, threshold = stats::setNames(limits$threshold,
    limits$population)), strict)
})

test_that("what is no prediction or threshold is refused", {
  expect_snapshot(conditions_of(
    confusion(mtcars, "a"), confusion(called), confusion(called, truth, threshold = c(a = 0.5)),
    confusion(called, truth, threshold = 2), class_thresholds(called)
  ))
})

test_that("a threshold rests on ten samples, not on repeats of one", {
  # Two populations that cannot be distinguished, and a third one of which nine samples are called.
  withr::local_seed(3)
  x <- matrix(stats::rnorm(3 * 120), 120, dimnames = list(paste0("s", 1:120), NULL))
  x[113:120, ] <- x[113:120, ] + 4
  group <- rep(c("a", "b", "c"), c(56, 56, 8))
  cv <- cross_validate(x, group, method = svm(cost = 1), repeats = 10)
  expect_snapshot(conditions_of(limits <- class_thresholds(cv)))
  limits <- suppressMessages(class_thresholds(cv))
  expect_identical(limits$threshold, c(Inf, Inf, Inf))
  some <- suppressMessages(class_thresholds(cv, 0.5))
  expect_true(all(some$n_called >= fewest_counted | is.infinite(some$threshold)))
})
