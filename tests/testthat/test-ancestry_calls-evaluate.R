test_that("a table of scores worked by hand", {
  calls <- random_calls(1, c("1" = 5), tree = "((a,b)ab,c)all;")
  # Truth of both haplotypes: a a b c c. Haplotype 1 calls a, a, ab, c, none; haplotype 2 b a b c a.
  calls$.pred_a <- c(0.9, 0.8, 0.5, 0, 0.3, 0.1, 1, 0, 0, 0.9)
  calls$.pred_b <- c(0.1, 0.2, 0.4, 0.1, 0.2, 0.9, 0, 1, 0, 0)
  calls$.pred_c <- 1 - calls$.pred_a - calls$.pred_b
  truth <- data.frame(sample_id = "s1", haplotype = rep(1:2, each = 3), chrom = "chr1",
    start_bp = c(1, 30, 44), end_bp = c(29, 43, 99), ancestry = c("a", "b", "c"))
  got <- evaluate_calls(calls, truth, threshold = 0.8)
  expect_identical(got$node, c("ab", "a", "b", "c"))
  expect_identical(got$level, c(1L, 2L, 2L, 1L))
  expect_identical(got$n_true, c(6, 4, 2, 4))
  expect_identical(got$n_assigned, c(7, 4, 2, 2))
  expect_equal(got$precision, c(6 / 7, 3 / 4, 1 / 2, 1))
  expect_equal(got$recall, c(1, 3 / 4, 1 / 2, 1 / 2))
  # Of the two windows of b one is called at its level, and three of four of c at any.
  expect_equal(got$coverage, c(1, 1, 1 / 2, 3 / 4))
  guess <- evaluate_calls(calls, truth, threshold = 0)
  expect_true(all(guess$coverage == 1))
  # One sample on one chromosome says nothing of others.
  expect_true(all(is.na(got$precision_se) & is.na(got$recall_se) & is.na(got$coverage_se)))
  # Windows as blocks: right / assigned of a is 1/1, 2/2, 0/1 (haplotype 2) elsewhere.
  want <- block_jackknife(rbind(c(1, 2, 0, 0, 0)), rbind(c(1, 2, 0, 0, 1)))
  by_window <- evaluate_calls(calls, truth, threshold = 0.8, blocks = 5)
  expect_equal(by_window$precision_se[2], want$std_error)
})

test_that("errors are over samples and chromosomes, the larger one", {
  calls <- random_calls(5, c("1" = 12, "2" = 9, "3" = 7), tree = "((a,b)ab,c)all;")
  truth <- ancestry_segments(random_calls(5, c("1" = 12, "2" = 9, "3" = 7), seed = 2), 0)
  true <- random_calls(5, c("1" = 12, "2" = 9, "3" = 7), seed = 2)$.pred_class
  got <- evaluate_calls(calls, truth, threshold = 0)
  right <- calls$.pred_class == true
  error <- function(unit, among) {
    sums <- function(x) rbind(tapply(x, unit, sum))
    block_jackknife(sums(right & among), sums(among + 0))$std_error
  }
  for (node in c("a", "b", "c")) {
    row <- got[got$node == node, ]
    assigned <- calls$.pred_class == node
    expect_equal(row$precision_se,
      max(error(calls$sample_id, assigned), error(calls$chrom, assigned)))
    expect_equal(row$recall_se,
      max(error(calls$sample_id, true == node), error(calls$chrom, true == node)))
  }
  # One chromosome: over samples. One sample: over chromosomes.
  is_one <- calls$chrom == "1"
  one <- evaluate_calls(calls[is_one, ], truth, threshold = 0)
  assigned <- is_one & calls$.pred_class == "a"
  expect_equal(one$precision_se[one$node == "a"], block_jackknife(
    rbind(tapply(right & assigned, calls$sample_id, sum)),
    rbind(tapply(assigned + 0, calls$sample_id, sum)))$std_error)
  alone <- suppressMessages(evaluate_calls(calls[calls$sample_id == "s2", ], truth, threshold = 0))
  assigned <- calls$sample_id == "s2" & calls$.pred_class == "a"
  expect_equal(alone$precision_se[alone$node == "a"], error(calls$chrom, assigned))
})

test_that("counts of two sets of samples are those of all", {
  calls <- random_calls(5, tree = "((a,b)ab,c)all;")
  truth <- ancestry_segments(random_calls(5, seed = 2), 0)
  tree <- attr(calls, "tree")
  count <- function(samples) {
    own <- calls[calls$sample_id %in% samples, ]
    suppressMessages(count_calls(own, truth, tree, 0.5, NULL, NULL))[[1]]
  }
  expect_identical(add_counts(count(c("s1", "s2")), count(c("s3", "s4", "s5"))),
    count(paste0("s", 1:5)))
})

test_that("scores agree with counting rows, whatever the threshold", {
  calls <- random_calls(6, c("1" = 12, "2" = 9), tree = "((a,b)ab,c)all;")
  truth <- ancestry_segments(random_calls(6, c("1" = 12, "2" = 9), seed = 2), 0)
  got <- evaluate_calls(calls, truth)
  expect_identical(got$threshold, rep(c(0, 0.8), each = 4))
  for (threshold in c(0, 0.8)) {
    assigned <- assign_ancestry(calls, threshold)$ancestry
    true <- random_calls(6, c("1" = 12, "2" = 9), seed = 2)$.pred_class
    in_ab <- function(x) x %in% c("a", "b", "ab")
    row <- got[got$threshold == threshold & got$node == "ab", ]
    expect_equal(row$precision, mean(in_ab(true)[in_ab(assigned)]))
    expect_equal(row$recall, mean(in_ab(assigned)[in_ab(true)]))
    expect_equal(row$coverage, mean(!is.na(assigned)[in_ab(true)]))
  }
})

test_that("perfect calls have no error", {
  calls <- example_calls()
  got <- evaluate_calls(calls, ancestry_segments(calls, 0), threshold = 0)
  expect_true(all(got$precision == 1 & got$recall == 1 & got$precision_se == 0))
})

test_that("a truth that is none is an error", {
  calls <- example_calls()
  truth <- ancestry_segments(calls, 0)
  expect_error(evaluate_calls(calls, truth["sample_id"]), "haplotype",
    class = "forebear_error_truth")
  expect_error(evaluate_calls(calls, "x"), class = "forebear_error_truth")
  expect_error(evaluate_calls(calls, truth[-1, ]), "haplotype 1 of \"ann\", window 1",
    class = "forebear_error_truth")
  expect_error(evaluate_calls(calls, truth[0, ]), class = "forebear_error_truth")
  expect_error(evaluate_calls(calls, transform(truth, ancestry = "x")),
    class = "forebear_error_truth")
  expect_error(evaluate_calls(calls, rbind(truth, truth)), "overlap",
    class = "forebear_error_truth")
  expect_error(evaluate_calls(calls, transform(truth, haplotype = haplotype - 1)), "Row 1",
    class = "forebear_error_truth")
  for (name in c("sample_id", "haplotype", "chrom", "start_bp", "end_bp", "ancestry")) {
    holed <- truth
    holed[[name]][4] <- NA
    said <- sprintf("Row 4 has no `%s`", name)
    expect_error(evaluate_calls(calls, holed), said, class = "forebear_error_truth")
    expect_error(reliability(calls, holed), said, class = "forebear_error_truth")
  }
  expect_error(evaluate_calls(calls, truth, threshold = 2), class = "forebear_error_argument")
})
