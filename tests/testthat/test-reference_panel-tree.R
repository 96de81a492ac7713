edges <- function(...) {
  pairs <- matrix(c(...), ncol = 2, byrow = TRUE)
  data.frame(child = pairs[, 1], parent = pairs[, 2])
}

test_that("a tree is the same from a table and from Newick, in the order of the leaves", {
  table <- edges("CEU", "EUR", "EUR", "world", "YRI", "world", "GBR", "EUR")
  from_table <- as_population_tree(table, NULL)
  expect_identical(from_table$node, c("world", "EUR", "CEU", "GBR", "YRI"))
  expect_identical(from_table$parent, c(NA, 1L, 2L, 2L, 1L))
  expect_identical(as_population_tree("((CEU,GBR)EUR,YRI)world;", NULL), from_table)
  rooted <- rbind(data.frame(child = "world", parent = NA), table)
  expect_identical(as_population_tree(rooted, NULL), from_table)
  expect_identical(tree_leaves(from_table), c("CEU", "GBR", "YRI"))
  expect_identical(tree_depth(from_table), c(0L, 1L, 2L, 2L, 1L))
})

test_that("a flat tree has all populations below its root", {
  tree <- as_population_tree(NULL, c("b", "a", "c"))
  expect_identical(tree$node, c("root", "b", "a", "c"))
  expect_identical(tree$parent, c(NA, 1L, 1L, 1L))
})

test_that("a root without a name is not called as a population", {
  expect_identical(as_population_tree(NULL, c("root", "a"))$node, c("root.1", "root", "a"))
  expect_identical(as_population_tree("((root,a),b);", NULL)$node,
    c("root.1", "root+a", "root", "a", "b"))
})

# Reference implementation: leaves whose path to the root passes through the node.
test_that("an inner node has the sum of its leaves", {
  tree <- as_population_tree("((CEU,(GBR,FIN)N)EUR,(YRI)AFR)world;", NULL)
  values <- withr::with_seed(1, matrix(runif(12), 3))
  rownames(values) <- c("w1", "w2", "w3")
  sums <- node_sums(tree, values)
  path <- function(node) if (is.na(node)) NULL else c(node, path(tree$parent[node]))
  leaves <- which(is_leaf(tree))
  for (node in seq_along(tree$node)) {
    under <- vapply(leaves, function(leaf) node %in% path(leaf), logical(1))
    expect_equal(sums[, tree$node[node]], rowSums(values[, under, drop = FALSE]))
  }
  expect_equal(unname(sums[, 1]), unname(rowSums(values)))
})

test_that("a pruned tree has the populations that are left", {
  tree <- as_population_tree("((CEU,(GBR,FIN)N)EUR,(YRI)AFR)world;", NULL)
  pruned <- prune_tree(tree, c("CEU", "FIN"))
  expect_identical(pruned$node, c("world", "EUR", "CEU", "N", "FIN"))
  expect_identical(pruned$parent, c(NA, 1L, 2L, 2L, 4L))
  expect_snapshot(pruned)
})

test_that("nodes that are called after their leaves keep up with them", {
  tree <- as_population_tree("(((AFR,XXX),(CEU,(GBR,FIN))),(YRI,ZZZ)W);", NULL)
  pruned <- prune_tree(tree, c("AFR", "CEU", "FIN", "YRI"))
  expect_identical(pruned$node,
    c("root", "AFR+CEU+FIN", "AFR", "CEU+FIN", "CEU", "FIN", "W", "YRI"))
  expect_identical(pruned$parent, c(NA, 1L, 2L, 2L, 4L, 4L, 1L, 7L))
  expect_identical(prune_tree(tree, c("FIN", "YRI"))$node, c("root", "FIN", "W", "YRI"))
  expect_identical(prune_tree(tree, tree_leaves(tree)), tree)
})

test_that("what is no tree is refused", {
  expect_snapshot(conditions_of(
    as_population_tree(3, NULL, NULL),
    as_population_tree(data.frame(from = "a", to = "b"), NULL, NULL),
    as_population_tree(data.frame(child = c("a", NA), parent = "b"), NULL, NULL),
    as_population_tree(edges("a", "b", "a", "c"), NULL, NULL),
    as_population_tree(edges("a", "b", "c", "d"), NULL, NULL),
    as_population_tree(edges("a", "b", "b", "a"), NULL, NULL),
    as_population_tree(edges("x", "root", "a", "b", "b", "a"), NULL, NULL),
    as_population_tree(edges("x", "root", "a", "b", "b", "a", "c", "b", "d", "c"), NULL, NULL),
    as_population_tree(edges("a", "world", "world", NA, "other", NA), NULL, NULL),
    as_population_tree(edges("AFR", "", "CEU", "EUR", "GBR", "EUR"), NULL, NULL),
    as_population_tree(edges("a", NA), NULL, NULL),
    as_population_tree(edges("a", "b")[0, ], NULL, NULL),
    as_population_tree("(a,b,a);", NULL, NULL)
  ))
})
