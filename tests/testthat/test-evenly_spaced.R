test_that("positions differ, with the first and the last, and no more than asked for", {
  for (n in c(1, 2, 7, 100, 1001)) {
    for (most in c(1, 2, 3, 99, 100)) {
      positions <- evenly_spaced(n, most)
      expect_length(positions, min(n, most))
      expect_false(anyDuplicated(positions) > 0)
      expect_equal(positions[[1]], 1)
      if (most > 1) expect_equal(positions[[length(positions)]], n)
    }
  }
  expect_length(evenly_spaced(0, 5), 0)
  expect_equal(evenly_spaced(9, 3), c(1, 5, 9))
})
