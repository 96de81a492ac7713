# Calls on n chromosomes, all as the first one.
many_chromosomes <- function(calls, n) {
  one <- calls[calls$chrom == "1", ]
  parts <- lapply(seq_len(n), function(i) {
    own <- one
    own$chrom <- as.character(i)
    attr(own, "windows") <- attr(one, "windows")[attr(one, "windows")$chrom == "1", ]
    attr(own, "windows")$chrom <- as.character(i)
    own
  })
  do.call(rbind, parts)
}

test_that("generations are found within their errors", {
  panel <- even_panel(n = 30, n_variants = c("1" = 1500, "2" = 1200, "3" = 900), step = 1e5)
  for (generations in c(5, 20)) {
    admixed <- simulate_admixed(panel, 100, generations = generations, demes = 25, seed = 2)
    dates <- date_admixture(calls_of_truth(admixed, n = 3))
    expect_named(dates, c("ancestry_1", "ancestry_2", "generations", "std_error", "amplitude",
      "n_samples"))
    expect_equal(c(dates$ancestry_1, dates$ancestry_2), c("east", "west"))
    expect_lt(abs(dates$generations - generations), 3 * dates$std_error)
    expect_lt(dates$std_error, generations / 3)
    expect_lt(dates$amplitude, 0)
  }
})

test_that("dates have a figure, of covariances and the curve that gives the date", {
  panel <- even_panel(n_variants = c("1" = 800), step = 1e5)
  admixed <- simulate_admixed(panel, 40, generations = 10, demes = 10)
  dates <- date_admixture(calls_of_truth(admixed, n = 4))
  plot <- autoplot(dates)
  expect_s3_class(plot, "ggplot")
  decay <- attr(dates, "decay")
  expect_equal(range(decay$distance_cm), c(1, 30))
  # The fitted curve falls by half where both places stay together with probability 1/2.
  half <- -50 * log(2 * 0.5^(1 / dates$generations) - 1)
  level <- decay$fitted[1] - dates$amplitude * ((1 + exp(-2 / 100)) / 2)^dates$generations
  at_half <- stats::approx(decay$distance_cm, decay$fitted, half)$y
  expect_equal(at_half - level, dates$amplitude / 2, tolerance = 1e-3)
  expect_lt(mean((decay$covariance - decay$fitted)^2), stats::var(decay$covariance) / 2)
  built <- ggplot2::ggplot_build(plot)
  expect_equal(built$data[[1]]$y, decay$covariance)
  expect_match(as.character(built$layout$layout$pair), "^east, west\n.* generations$")
  none <- dates
  none$generations <- none$std_error <- NA_real_
  expect_match(as.character(ggplot2::ggplot_build(autoplot(none))$layout$layout$pair), "no date$")
})

test_that("a plain implementation finds the same covariances and generations", {
  panel <- even_panel(n_variants = c("1" = 400, "2" = 250), step = 1e5)
  admixed <- simulate_admixed(panel, 12, generations = 8, demes = 3, seed = 4)
  calls <- calls_of_truth(admixed, n = 4)
  dates <- date_admixture(calls, max_cm = 15)
  windows <- attr(calls, "windows")
  samples <- unique(calls$sample_id)
  # Of each chromosome [n_points x n_samples], less the mean of the samples at each point.
  deviations <- function(population) {
    lapply(unique(windows$chrom), function(chrom) {
      own <- windows[windows$chrom == chrom, ]
      point <- seq(own$start_cm[1], own$end_cm[nrow(own)], by = 0.25)
      at <- own$window[findInterval(point, own$start_cm)]
      copies <- vapply(samples, function(sample) {
        mine <- calls[calls$sample_id == sample & calls$chrom == chrom, ]
        tapply(mine[[paste0(".pred_", population)]], mine$window, sum)[as.character(at)]
      }, numeric(length(at)))
      copies - rowMeans(copies)
    })
  }
  east <- deviations("east")
  west <- deviations("west")
  lag <- 4:60
  products <- lapply(lag, function(lag) {
    unlist(Map(function(one, other) {
      early <- seq_len(nrow(one) - lag)
      c(one[early, ] * other[early + lag, ], one[early + lag, ] * other[early, ])
    }, east, west))
  })
  apart <- unlist(lapply(seq_along(samples), function(i) {
    c(outer(east[[1]][, i], west[[2]][, i]), outer(east[[2]][, i], west[[1]][, i]))
  }))
  covariance <- c(vapply(products, mean, 0), mean(apart))
  weight <- c(lengths(products), length(apart))
  distance <- c(lag * 0.25 / 100, Inf)
  fit <- function(generations) {
    fall <- ((1 + exp(-2 * distance)) / 2)^generations
    stats::lm(covariance ~ fall, weights = weight)
  }
  best <- stats::optimize(function(g) stats::deviance(fit(g)), c(1, 60), tol = 1e-9)$minimum
  expect_equal(attr(dates, "decay")$covariance, covariance[-length(covariance)])
  expect_equal(dates$generations, best, tolerance = 1e-5)
  expect_equal(dates$amplitude, unname(stats::coef(fit(best))[2]), tolerance = 1e-5)
})

test_that("phase and the order of haplotypes do not matter", {
  panel <- even_panel(n_variants = c("1" = 800), step = 1e5)
  admixed <- simulate_admixed(panel, 40, generations = 10, demes = 10)
  calls <- calls_of_truth(admixed, n = 4)
  other <- calls
  switched <- calls$window > 100
  other$haplotype[switched] <- 3L - calls$haplotype[switched]
  other <- other[order(match(other$sample_id, calls$sample_id), other$haplotype, other$window), ]
  expect_equal(date_admixture(other), date_admixture(calls))
})

test_that("samples that are not admixed have no date", {
  calls <- random_calls(4, n_windows = c("1" = 60), populations = c("a", "b"))
  own <- calls$sample_id %in% c("s1", "s2")
  calls$.pred_a <- own + 0
  calls$.pred_b <- 1 - own
  expect_warning(dates <- date_admixture(calls), class = "forebear_warning_no_decay")
  expect_equal(dates$generations, NA_real_)
})

test_that("a date that one part of the data decides is none, and the pair is named", {
  # Not admixed; of this noise the covariance falls, but not without some of the samples.
  calls <- random_calls(8, n_windows = c("1" = 60, "2" = 60, "3" = 60), populations = c("a", "b"))
  noise <- withr::with_seed(2, stats::runif(nrow(calls), 0, 0.05))
  calls$.pred_a <- ifelse(calls$sample_id %in% c("s1", "s2"), 1 - noise, noise)
  calls$.pred_b <- 1 - calls$.pred_a
  dates <- NULL
  expect_warning(dates <- date_admixture(calls), "a and b", class = "forebear_warning_no_decay")
  expect_true(all(is.na(c(dates$generations, dates$std_error, dates$amplitude))))
  expect_true(all(is.na(attr(dates, "decay")$fitted)))
  expect_match(dates_in_words(dates), "no date")
})

test_that("genetic positions and sensible distances are needed", {
  calls <- random_calls(4)
  expect_error(date_admixture(calls, min_cm = 5, max_cm = 5.5), class = "forebear_error_argument")
  windows <- attr(calls, "windows")
  windows$start_cm <- NA_real_
  attr(calls, "windows") <- windows
  expect_error(date_admixture(calls), class = "forebear_error_no_genetic_map")
})

test_that("with one or two chromosomes a message says what errors do not know", {
  calls <- example_calls()
  said <- function(n) {
    kinds <- character()
    suppressWarnings(withCallingHandlers(date_admixture(many_chromosomes(calls, n), max_cm = 10),
      message = function(condition) {
        kinds <<- c(kinds, class(condition)[1])
        rlang::cnd_muffle(condition)
      }))
    kinds
  }
  expect_identical(said(1), "forebear_message_few_chromosomes")
  expect_identical(said(2), "forebear_message_few_chromosomes")
  expect_identical(said(3), character())
  expect_snapshot(conditions_of(suppressWarnings(date_admixture(calls, max_cm = 10))))
})

test_that("places in windows that were left out have no part", {
  panel <- even_panel(n_variants = c("1" = 500), step = 1e5)
  admixed <- simulate_admixed(panel, 12, generations = 8, demes = 3, seed = 4)
  calls <- calls_of_truth(admixed, n = 4)
  calls <- calls[!calls$window %in% c(30:74, 90), ]
  found <- suppressMessages(suppressWarnings(date_admixture(calls, max_cm = 15)))
  windows <- attr(calls, "windows")
  point <- seq(windows$start_cm[1], windows$end_cm[nrow(windows)], by = 0.25)
  at <- windows$window[findInterval(point, windows$start_cm)]
  is_known <- !(at %in% c(30:74, 90)) & !(at %in% c(29, 89) & point > windows$end_cm[at])
  deviations <- function(population) {
    copies <- vapply(unique(calls$sample_id), function(sample) {
      mine <- calls[calls$sample_id == sample, ]
      tapply(mine[[paste0(".pred_", population)]], mine$window, sum)[as.character(at)]
    }, numeric(length(at)))
    copies[!is_known, ] <- NA
    copies - rowMeans(copies)
  }
  east <- deviations("east")
  west <- deviations("west")
  covariance <- vapply(4:60, function(lag) {
    early <- seq_len(length(at) - lag)
    mean(c(east[early, ] * west[early + lag, ], west[early, ] * east[early + lag, ]), na.rm = TRUE)
  }, 0)
  expect_equal(attr(found, "decay")$covariance, covariance)
})

test_that("calls of second haplotypes alone have the date of the same as first ones", {
  panel <- even_panel(n_variants = c("1" = 500), step = 1e5)
  calls <- calls_of_truth(simulate_admixed(panel, 20, generations = 8, demes = 5), n = 4)
  second <- calls[calls$haplotype == 2, ]
  first <- second
  first$haplotype <- 1L
  expect_equal(suppressMessages(date_admixture(second)), suppressMessages(date_admixture(first)))
})
