test_that("proportions and errors agree with sums row by row", {
  calls <- random_calls(4, c("1" = 9, "2" = 5, "3" = 7), tree = "((a,b)ab,c)all;")
  got <- ancestry_proportions(calls)
  expect_named(got, c("sample_id", "ancestry", "proportion", "std_error"))
  expect_equal(c(tapply(got$proportion, got$sample_id, sum)), c(s1 = 1, s2 = 1, s3 = 1, s4 = 1))
  # Windows are 14 bp but for the first (12) and the last (12) of a chromosome.
  length_of <- function(window, n) 14 - 2 * (window == 1) - 2 * (window == n)
  own <- calls[calls$sample_id == "s3", ]
  width <- length_of(own$window, c("1" = 9, "2" = 5, "3" = 7)[own$chrom])
  for (name in c("a", "b", "c")) {
    part <- c(tapply(width * own[[paste0(".pred_", name)]], own$chrom, sum))
    whole <- c(tapply(width, own$chrom, sum))
    want <- block_jackknife(rbind(part), rbind(whole))
    row <- got[got$sample_id == "s3" & got$ancestry == name, ]
    expect_equal(row$proportion, want$estimate)
    expect_equal(row$std_error, want$std_error)
  }
})

test_that("sums of the root are lengths of windows", {
  calls <- random_calls(4)
  pieces <- call_pieces(calls)[[1]]
  sums <- ancestry_lengths(calls, pieces, rep(1:6, 8), c(1, 1, 1, 2, 2, 2), paste0("s", 1:4), 2,
    attr(calls, "tree"))
  expect_equal(sums[, "root"], rep(2 * c(1 + 2 + 3, 4 + 5 + 6), each = 4))
})

test_that("levels of the tree are sums, with errors of their own", {
  calls <- random_calls(3, tree = "((a,b)ab,c)all;")
  leaves <- ancestry_proportions(calls, level = NULL)
  top <- ancestry_proportions(calls, level = 1)
  expect_identical(top$ancestry, rep(c("ab", "c"), 3))
  expect_equal(top$proportion[1], sum(leaves$proportion[1:2]))
  expect_equal(top[c(2, 4, 6), ], leaves[c(3, 6, 9), ])
  expect_equal(ancestry_proportions(calls, level = 2), leaves)
  # What sums to 1 varies as its rest does.
  expect_equal(top$std_error[c(TRUE, FALSE)], top$std_error[c(FALSE, TRUE)])
})

test_that("windows weigh as asked, and one chromosome is cut into blocks", {
  calls <- random_calls(2, c("1" = 8))
  by_window <- ancestry_proportions(calls, weight = "windows")
  own <- calls$.pred_a[calls$sample_id == "s1"]
  expect_equal(by_window$proportion[1], mean(own))
  expect_equal(by_window$std_error[1], stats::sd(tapply(own, rep(1:8, 2), mean)) / sqrt(8))
  two <- ancestry_proportions(calls, weight = "windows", blocks = 2)
  halves <- tapply(own, rep(rep(1:2, each = 4), 2), mean)
  expect_equal(two$std_error[1], stats::sd(halves) / sqrt(2))
  expect_true(all(is.na(ancestry_proportions(calls[calls$window == 1, ])$std_error)))
  expect_equal(ancestry_proportions(calls, weight = "cm")$proportion[1],
    stats::weighted.mean(own, rep(c(0.75, rep(1, 6), 0.75), 2)))
  attr(calls, "windows")$start_cm <- NA_real_
  expect_error(ancestry_proportions(calls, weight = "cm"), class = "forebear_error_no_genetic_map")
  expect_error(ancestry_proportions(calls, level = 2), class = "forebear_error_argument")
})
