# ((a,b)ab,(c,(d,e)de)cde)all;
five_tree <- function() as_population_tree("((a,b)ab,(c,(d,e)de)cde)all;", NULL)

test_that("the lowest node over the threshold, worked by hand", {
  tree <- five_tree()
  node <- function(values, threshold) {
    got <- lowest_nodes(as.list(values), tree, threshold)
    paste(tree$node[got$node], format(got$probability, digits = 3))
  }
  expect_identical(node(c(0.85, 0.05, 0.05, 0.05, 0), 0.8), "a 0.85")
  expect_identical(node(c(0.5, 0.35, 0.05, 0.05, 0.05), 0.8), "ab 0.85")
  expect_identical(node(c(0.1, 0.1, 0.2, 0.3, 0.3), 0.8), "cde 0.8")
  expect_identical(node(c(0.3, 0.2, 0.2, 0.2, 0.1), 0.8), "NA NA")
  # 0.1 + 0.7 is a little less than 0.8 in binary.
  expect_identical(node(c(0.1, 0.7, 0.2, 0, 0), 0.8), "ab 0.8")
  # Equal depth: the more probable; equal probability: the first.
  expect_identical(node(c(0.3, 0.45, 0.25, 0, 0), 0.2), "b 0.45")
  expect_identical(node(c(0.4, 0.4, 0.2, 0, 0), 0.4), "a 0.4")
  # Farther from the root goes before more probable.
  expect_identical(node(c(0, 0, 0.7, 0.3, 0), 0.3), "d 0.3")
  # The best guess is the most probable population, wherever it is in the tree.
  expect_identical(node(c(0, 0, 0.7, 0.3, 0), 0), "c 0.7")
})

test_that("the fast search agrees with looking at each node of each row", {
  tree <- five_tree()
  values <- withr::with_seed(1, matrix(stats::rexp(300 * 5)^3, 300))
  values <- values / rowSums(values)
  plain <- function(value, threshold) {
    sums <- node_sums(tree, matrix(value, 1))[1, ]
    depth <- tree_depth(tree)
    able <- setdiff(which(sums >= threshold - 1e-9), 1)
    if (length(able) == 0) NA_integer_ else able[order(-depth[able], -sums[able], able)][1]
  }
  for (threshold in c(0.2, 0.5, 0.8, 1)) {
    want <- apply(values, 1, plain, threshold = threshold)
    got <- lowest_nodes(matrix_columns(values), tree, threshold)
    expect_identical(got$node, as.integer(unname(want)))
  }
})

test_that("every row of the calls is assigned, in its order", {
  calls <- example_calls()
  assigned <- assign_ancestry(calls)
  expect_named(assigned, c("sample_id", "haplotype", "chrom", "window", "start_bp", "end_bp",
    "ancestry", "level", "probability"))
  expect_identical(assigned$window, calls$window)
  expect_identical(assign_ancestry(calls, 0)$ancestry, calls$.pred_class)
  expect_true(all(assigned$probability >= 0.8, na.rm = TRUE))
  expect_identical(is.na(assigned$level), is.na(assigned$ancestry))
  expect_true(all(c("west", "east", NA) %in% assigned$ancestry))
  flat <- assign_ancestry(calls, tree = "(east,north,south)all;")
  expect_false("west" %in% flat$ancestry)
})

test_that("thresholds, trees and calls are checked", {
  calls <- example_calls()
  expect_error(assign_ancestry(calls, 1.1), class = "forebear_error_argument")
  expect_error(assign_ancestry(calls, NA), class = "forebear_error_argument")
  expect_error(assign_ancestry(calls, tree = "(east,west)all;"), class = "forebear_error_tree")
  expect_error(assign_ancestry(calls["window"]), class = "forebear_error_argument")
})

test_that("haplotypes that are not typical are unassigned", {
  calls <- random_calls(2, tree = "((a,b)ab,c)all;")
  calls$.typicality <- rep(c(0.001, 0.2, NA, 0.9), length.out = nrow(calls))
  whole <- assign_ancestry(calls, 0.6)
  expect_identical(assign_ancestry(calls, 0.6, min_typicality = 0), whole)
  expect_identical(assign_ancestry(calls, 0.6, min_typicality = NULL), whole)
  got <- assign_ancestry(calls, 0.6, min_typicality = 0.2)
  # What is at the limit, or not known, stays.
  below <- calls$.typicality %in% 0.001
  expect_identical(got[!below, ], whole[!below, ])
  expect_true(all(is.na(got$ancestry[below]) & is.na(got$level[below]) &
    is.na(got$probability[below])))
  expect_error(assign_ancestry(random_calls(1), min_typicality = 0.1), "no column",
    class = "forebear_error_typicality")
  expect_error(assign_ancestry(calls, min_typicality = 2), class = "forebear_error_argument")
})

test_that("the typicality of calls is kept where rows are chosen and joined, and not written", {
  calls <- random_calls(2)
  plain <- calls
  calls$.typicality <- seq(0, 1, length.out = nrow(calls))
  one <- calls[calls$chrom == "1", ]
  expect_identical(one$.typicality, calls$.typicality[calls$chrom == "1"])
  joined <- rbind(one, calls[calls$chrom == "2", ])
  expect_identical(joined$.typicality, calls$.typicality)
  expect_identical(names(joined)[ncol(joined)], ".typicality")
  half <- rbind(one, plain[plain$chrom == "2", ])
  expect_identical(half$.typicality, c(one$.typicality, rep(NA, sum(calls$chrom == "2"))))
  for (write in list(write_msp, write_fb, write_tracts_bed, write_q)) {
    expect_identical(readLines(write(calls, withr::local_tempfile())),
      readLines(write(plain, withr::local_tempfile())))
  }
  expect_identical(ancestry_segments(calls), ancestry_segments(plain))
  expect_identical(tidy(calls), tidy(plain))
})
