# The stress and one step of SMACOF, pair by pair.
plain_step <- function(distance, places) {
  n <- nrow(places)
  moved <- 0 * places
  for (i in seq_len(n)) {
    for (j in seq_len(n)[-i]) {
      shown <- sqrt(sum((places[i, ] - places[j, ])^2))
      ratio <- if (shown > 0) distance[i, j] / shown else 0
      moved[i, ] <- moved[i, ] + ratio * (places[i, ] - places[j, ])
    }
  }
  moved / n
}

test_that("a right triangle of sides 3, 4, 5 keeps its distances", {
  distance <- stats::dist(rbind(a = c(0, 0), b = c(3, 0), c = c(0, 4)))
  for (method in c("metric", "classical")) {
    fit <- mds(distance, method = method)
    places <- tidy(fit)
    expect_identical(places$sample_id, c("a", "b", "c"))
    expect_equal(c(stats::dist(places[c("mds1", "mds2")])), c(3, 4, 5), tolerance = 1e-7)
    expect_lt(glance(fit)$objective, 1e-7)
    expect_identical(glance(fit)$dims, NA_integer_)
  }
})

test_that("a step is that of the reference implementation", {
  points <- withr::with_seed(1, matrix(stats::rnorm(60), 15))
  distance <- as.matrix(stats::dist(points))
  places <- points[, 1:2]
  expect_equal(majorize(distance, shown_distances(places), places),
    plain_step(unname(distance), places))
})

test_that("no iteration raises the stress, and it ends below the classical one", {
  points <- withr::with_seed(2, matrix(stats::rnorm(200), 40))
  distance <- shown_distances(points)
  places <- classical_places(distance)
  stress <- raw_stress(distance, shown_distances(places))
  for (iteration in 1:30) {
    places <- majorize(distance, shown_distances(places), places)
    stress <- c(stress, raw_stress(distance, shown_distances(places)))
  }
  expect_true(all(diff(stress) <= 1e-9))
  metric <- glance(mds(points))$objective
  classical <- glance(mds(points, method = "classical"))$objective
  expect_lt(metric, 0.95 * classical)
})

test_that("the classical solution is that of cmdscale()", {
  points <- withr::with_seed(3, matrix(stats::rnorm(100), 20))
  got <- as.matrix(tidy(mds(points, method = "classical"))[-1])
  expected <- principal_axes(stats::cmdscale(stats::dist(points)))
  expect_equal(unname(got), unname(expected), tolerance = 1e-8)
})

test_that("twelve samples and three are enough, and no answer depends on chance", {
  counts <- random_counts(12, 60, missing = 0)
  fit <- mds(as_genotypes(counts))
  expect_identical(dim(tidy(fit)), c(12L, 3L))
  expect_identical(tidy(mds(as_genotypes(counts))), tidy(fit))
  expect_identical(nrow(tidy(mds(random_counts(3, 20, missing = 0)))), 3L)
  expect_s3_class(autoplot(fit), "ggplot")
  expect_error(predict(fit, counts), class = "forebear_error_no_projection")
  expect_snapshot(print(mds(stats::dist(diag(c(1, 2, 3, 4))))))
})

test_that("what cannot be scaled is refused", {
  expect_snapshot(conditions_of(
    mds(stats::dist(1:2)),
    mds(stats::dist(c(1, 1, 1))),
    mds(stats::dist(1:4), num_comp = 2),
    mds(structure(c(1, NA, 1), Size = 3L, class = "dist")),
    mds(diag(c(1, 2, 3, 4)), max_iter = 1, tolerance = 0),
    mds("a")
  ))
})
