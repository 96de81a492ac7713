landscape_map <- function() {
  x <- withr::with_seed(1, matrix(stats::rnorm(120), 40, dimnames = list(paste0("s", 1:40), NULL)))
  gtm(x, nodes = 6, rbf = 2)
}

test_that("a node has the mean of the trait, weighted by responsibilities", {
  map <- landscape_map()
  r <- matrix(tidy(map, matrix = "responsibilities")$responsibility, 40)
  values <- c(seq_len(39), NA)
  landscape <- gtm_landscape(map, values)
  got <- tidy(landscape)
  weight <- colSums(r[1:39, ])
  expect_equal(got$density, weight, tolerance = 1e-9)
  seen <- weight > 1e-9
  expect_equal(got$value[seen], (colSums(r[1:39, ] * values[1:39]) / weight)[seen],
    tolerance = 1e-6)
  # Where samples lie far apart each gets its own value back.
  predicted <- predict(landscape, map$space$scores)
  expect_equal(predicted$.pred, as.vector(r[, seen] %*% got$value[seen]) / rowSums(r[, seen]),
    tolerance = 1e-6)
})

test_that("a trait that is the same everywhere stays the same", {
  landscape <- gtm_landscape(landscape_map(), rep(7, 40))
  expect_equal(unique(round(stats::na.omit(tidy(landscape)$value), 9)), 7)
  expect_equal(predict(landscape, matrix(0, 2, 3))$.pred, c(7, 7))
})

test_that("values may be named by sample", {
  map <- landscape_map()
  named <- c(s2 = 1, s1 = 5, s40 = 2)
  by_place <- rep(NA_real_, 40)
  by_place[c(2, 1, 40)] <- named
  expect_equal(gtm_landscape(map, named), gtm_landscape(map, by_place))
})

test_that("landscapes are drawn and printed, and wrong values refused", {
  map <- landscape_map()
  landscape <- gtm_landscape(map, seq_len(40))
  expect_drawn(autoplot(landscape))
  expect_drawn(autoplot(map, type = "landscape", values = seq_len(40)))
  expect_snapshot(print(landscape))
  expect_snapshot(conditions_of(
    gtm_landscape(1, 1), gtm_landscape(map, "a"), gtm_landscape(map, 1:3),
    gtm_landscape(map, c(nobody = 1)), gtm_landscape(map, rep(NA_real_, 40)),
    gtm_landscape(map, c(Inf, rep(1, 39))), predict(landscape, matrix(1, 1, 2))
  ))
})

test_that("two values of one sample are refused", {
  expect_error(gtm_landscape(landscape_map(), c(s1 = 1, s2 = 3, s1 = 2)),
    class = "forebear_error_duplicate_ids")
})
