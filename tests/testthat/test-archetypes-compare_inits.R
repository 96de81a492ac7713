test_that("each start is what archetypes() finds from it", {
  scores <- mixtures_of(60, 4, noise = 0.3)
  inits <- compare_inits(scores, k = 4, inits = c("sample", "aa++"), restarts = 3, seed = 5)
  starts <- tidy(inits)
  expect_named(starts, c("init", "restart", "rss", "explained_variance"))
  for (init in c("sample", "aa++")) {
    fit <- archetypes(scores, k = 4, init = init, restarts = 3, seed = 5)
    own <- starts[starts$init == init, ]
    expect_equal(own$rss, tidy(fit, matrix = "restarts")$rss)
    expect_equal(max(own$explained_variance), glance(fit)$explained_variance, tolerance = 1e-9)
    expect_equal(min(own$rss), glance(fit)$rss)
  }
  summary <- tidy(inits, matrix = "inits")
  expect_equal(summary$best_rss, c(tapply(starts$rss, starts$init, min))[summary$init],
    ignore_attr = TRUE)
  expect_true(all(summary$n_best <= 3) && max(summary$n_best) >= 1)
  expect_output(print(inits), "4 archetypes of 60 samples, 3 fits of each start")
})

test_that("genotypes are projected once and the same for all starts", {
  genotypes <- as_genotypes(random_counts(30, 60))
  inits <- compare_inits(genotypes, k = 3, restarts = 2)
  fit <- archetypes(genotypes, k = 3, init = "uniform", restarts = 2)
  expect_equal(tidy(inits)$rss[tidy(inits)$init == "uniform"], fit$restart_rss, tolerance = 1e-9)
})

test_that("the effect of the start is drawn", {
  inits <- compare_inits(mixtures_of(40, 3, noise = 0.3), k = 3, restarts = 2)
  plot <- autoplot(inits)
  expect_drawn(plot)
  expect_setequal(ggplot2::layer_data(plot, 2)$x, tidy(inits)$explained_variance)
  expect_drawn(autoplot(inits, measure = "rss"))
  one <- compare_inits(mixtures_of(40, 3), k = 3, inits = "sample", restarts = 1)
  expect_drawn(autoplot(one))
})

test_that("unknown starts are refused", {
  expect_error(compare_inits(mixtures_of(9, 3), k = 3, inits = "best"),
    class = "forebear_error_argument")
  expect_error(compare_inits(mixtures_of(9, 3), k = 1), class = "forebear_error_argument")
})
