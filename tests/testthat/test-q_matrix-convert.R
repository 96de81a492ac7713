test_that("fits, matrices and both kinds of table give the same Q matrix", {
  q <- small_weights()
  wide <- tibble::tibble(sample_id = rownames(q), tibble::as_tibble(q))
  for (x in list(q, small_archetypes(), small_archetypes()$q, wide, as_q_matrix(q))) {
    expect_equal(ancestry_matrix(x), q)
  }
  plain <- unname(q)
  expect_identical(colnames(ancestry_matrix(plain)), c("archetype1", "archetype2", "archetype3"))
  expect_null(rownames(ancestry_matrix(plain)))
})

test_that("calls, and what ancestry_proportions() says of them, are proportions of the genome", {
  calls <- random_calls(4, tree = "((a,b)ab,c)all;")
  proportions <- ancestry_proportions(calls)
  q <- ancestry_matrix(calls)
  expect_equal(dimnames(q), list(paste0("s", 1:4), c("a", "b", "c")))
  expect_equal(q[cbind(proportions$sample_id, proportions$ancestry)], proportions$proportion)
  expect_identical(ancestry_matrix(proportions), q)
  regions <- ancestry_matrix(ancestry_proportions(calls, level = 1))
  expect_equal(regions, cbind(ab = q[, "a"] + q[, "b"], c = q[, "c"]))
  expect_identical(compare_ancestry(calls, q)$rmse, 0)
})

test_that("a fit gives its own Q matrix", {
  fit <- archetypes(small_counts_scores(), k = 3)
  expect_identical(ancestry_matrix(fit), fit$q)
})

test_that("samples are matched by ID, whatever their order", {
  q <- small_weights()
  matched <- match_samples(list(a = q, b = q[6:1, ]))
  expect_equal(matched$b, q)
  plain <- unname(q)
  expect_identical(match_samples(list(a = plain, b = plain))$b, plain)
})

test_that("what is no Q matrix is refused, and samples alone are named", {
  q <- small_weights()
  bad <- q
  bad[2, ] <- c(0.5, -0.1, 0.6)
  named <- q
  rownames(named) <- c(paste0("s", 1:5), "zoe")
  twice <- q
  rownames(twice)[2] <- "s1"
  expect_snapshot(conditions_of(
    ancestry_matrix("a"),
    ancestry_matrix(2 * q),
    ancestry_matrix(bad, "b"),
    ancestry_matrix(matrix("a")),
    ancestry_matrix(matrix(0, 0, 2)),
    ancestry_matrix(small_archetypes()$q[0, ]),
    ancestry_matrix(data.frame(sample_id = "a")),
    ancestry_matrix(data.frame(archetype1 = 1)),
    ancestry_matrix(data.frame(sample_id = "a", population = "b", archetype1 = 1)),
    ancestry_matrix(small_archetypes()$q[-1, ]),
    match_samples(list(a = q, b = named)),
    match_samples(list(a = q, b = unname(q))),
    match_samples(list(a = unname(q), b = unname(q)[-1, ])),
    match_samples(list(a = q, b = twice))
  ))
  expect_error(ancestry_matrix(replace(q, 3, NA)), class = "forebear_error_q_simplex")
})

test_that("a table without a sample is an error", {
  none <- data.frame(sample_id = character(), archetype1 = double(), archetype2 = double())
  expect_error(ancestry_matrix(none), "at least one sample", class = "forebear_error_argument")
})
