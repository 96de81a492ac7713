test_that("Newick takes lengths, comments, quotes and nodes without names", {
  text <- "( ('Han Chinese':0.1, JPT:2e-3):1 , YRI[a comment, with (;)] );"
  tree <- as_population_tree(text, NULL)
  expect_identical(tree$node, c("root", "Han Chinese+JPT", "Han Chinese", "JPT", "YRI"))
  expect_identical(tree$parent, c(NA, 1L, 2L, 2L, 1L))
  expect_identical(as_population_tree("((a),((b,c)));", NULL)$node, c("root", "a", "b+c", "b", "c"))
  deep <- paste0(strrep("(", 40), "a", paste0(",b", 1:40, ")", collapse = ""), ";")
  expect_identical(max(tree_depth(as_population_tree(deep, NULL))), 40L)
})

test_that("what is no Newick is refused", {
  expect_snapshot(conditions_of(
    as_population_tree("((a,b)c", NULL, NULL),
    as_population_tree("(a,b)c", NULL, NULL),
    as_population_tree("(a,b))c;", NULL, NULL),
    as_population_tree("(a,,b)c;", NULL, NULL),
    as_population_tree("a,b;", NULL, NULL),
    as_population_tree("(a,b)c;d", NULL, NULL),
    as_population_tree("a(b,c);", NULL, NULL),
    as_population_tree("(a,'b' 'c');", NULL, NULL),
    as_population_tree("a;", NULL, NULL)
  ))
})
