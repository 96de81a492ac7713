test_that("proportions by level and node, worked by hand", {
  calls <- random_calls(1, c("1" = 5), tree = "((a,b)ab,c)all;")
  # Haplotype 1 is assigned a, a, ab, c, none at 0.8; haplotype 2 b, a, b, c, a.
  calls$.pred_a <- c(0.9, 0.8, 0.5, 0, 0.3, 0.1, 1, 0, 0, 0.9)
  calls$.pred_b <- c(0.1, 0.2, 0.4, 0.1, 0.2, 0.9, 0, 1, 0, 0)
  calls$.pred_c <- 1 - calls$.pred_a - calls$.pred_b
  got <- ancestry_coverage(calls, 0.8, weight = "windows")
  expect_named(got, c("sample_id", "threshold", "level", "proportion"))
  expect_identical(got$level, 1:2)
  # A window of c is assigned to a population, which counts at the last level.
  expect_equal(got$proportion, c(0.9, 0.8))
  nodes <- ancestry_coverage(calls, 0.8, by = "node", weight = "windows")
  expect_named(nodes, c("sample_id", "threshold", "node", "level", "proportion"))
  expect_identical(nodes$node, c("ab", "a", "b", "c"))
  expect_identical(nodes$level, c(1L, 2L, 2L, 1L))
  expect_equal(nodes$proportion, c(0.7, 0.4, 0.2, 0.2))
  # Windows are 12, 14, 14, 14 and 12 bp; all in all 132.
  by_bp <- ancestry_coverage(calls, 0.8, by = "node")
  expect_equal(by_bp$proportion, c(12 + 14 + 14 + 12 + 14 + 14 + 12, 12 + 14 + 14 + 12, 12 + 14,
    14 + 14) / 132)
  expect_equal(ancestry_coverage(calls, 0)$proportion, c(1, 1))
  expect_equal(ancestry_coverage(calls, 1, weight = "windows")$proportion, c(6, 3) / 10)
  # What is not typical is not assigned.
  calls$.typicality <- rep(c(0.01, 0.5), 5)
  typical <- ancestry_coverage(calls, 0.8, weight = "windows", min_typicality = 0.1)
  expect_equal(typical$proportion, c(5, 5) / 10)
})

test_that("proportions agree with rows of segments, and groups with means", {
  calls <- random_calls(5, c("1" = 9, "2" = 5), tree = "((a,b)ab,(c,(d,e)de)cde)all;",
    populations = c("a", "b", "c", "d", "e"))
  got <- ancestry_coverage(calls, by = "node")
  expect_identical(unique(got$threshold), c(0.51, 0.8, 0.9))
  below <- list(ab = c("ab", "a", "b"), cde = c("cde", "c", "de", "d", "e"), de = c("de", "d", "e"),
    d = "d")
  for (threshold in c(0.51, 0.8, 0.9)) {
    segments <- ancestry_segments(calls, threshold)
    width <- segments$end_bp - segments$start_bp + 1
    for (node in names(below)) {
      own <- tapply(width * segments$ancestry %in% below[[node]], segments$sample_id, sum)
      want <- own / tapply(width, segments$sample_id, sum)
      row <- got[got$threshold == threshold & got$node == node, ]
      expect_equal(row$proportion, unname(c(want[row$sample_id])))
    }
  }
  levels <- ancestry_coverage(calls)
  two <- got[got$node %in% c("a", "b", "c", "de"), ]
  want <- tapply(two$proportion, paste(two$threshold, two$sample_id), sum)
  second <- levels[levels$level == 2, ]
  expect_equal(second$proportion, unname(c(want[paste(second$threshold, second$sample_id)])))
  # Finer levels and higher thresholds have less.
  expect_true(all(diff(levels$proportion)[levels$level[-1] > 1] <= 1e-12))
  groups <- c(s1 = "x", s2 = "x", s3 = "y", s5 = "x")
  means <- ancestry_coverage(calls, groups = groups)
  expect_named(means, c("group", "n_samples", "threshold", "level", "proportion", "std_error"))
  own <- levels$proportion[levels$threshold == 0.8 & levels$level == 1 &
    levels$sample_id %in% c("s1", "s2", "s5")]
  row <- means[means$group == "x" & means$threshold == 0.8 & means$level == 1, ]
  expect_equal(row$proportion, mean(own))
  expect_equal(row$std_error, stats::sd(own) / sqrt(3))
  expect_identical(row$n_samples, 3L)
  expect_true(all(is.na(means$std_error[means$group == "y"])))
  # Windows that are split change nothing.
  split <- split_calls(with_variants(calls))
  expect_equal(ancestry_coverage(split), levels)
  expect_equal(ancestry_coverage(split, weight = "cm"), ancestry_coverage(calls, weight = "cm"))
})

test_that("coverage is drawn, of samples and groups", {
  calls <- random_calls(8, tree = "((a,b)ab,c)all;")
  groups <- stats::setNames(rep(c("x", "y"), 4), paste0("s", 1:8))
  for (by in c("level", "node")) {
    expect_drawn(autoplot(ancestry_coverage(calls, by = by)))
    expect_drawn(autoplot(ancestry_coverage(calls, by = by, groups = groups)))
    expect_drawn(autoplot(ancestry_coverage(calls[calls$sample_id == "s1", ], by = by)))
  }
  expect_error(ancestry_coverage(calls, threshold = 2), class = "forebear_error_argument")
  expect_error(ancestry_coverage(calls, min_typicality = 0.1), class = "forebear_error_typicality")
  expect_error(ancestry_coverage(calls, tree = "(a,b)all;"), class = "forebear_error_tree")
})
