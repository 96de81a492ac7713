test_that("Newick takes lengths, comments, quotes and nodes without names", {
  text <- "( ('Han Chinese':0.1, JPT:2e-3):1 , YRI[a comment, with (;)] );"
  tree <- as_population_tree(text, NULL)
  expect_identical(tree$node, c("root", "Han Chinese+JPT", "Han Chinese", "JPT", "YRI"))
  expect_identical(tree$parent, c(NA, 1L, 2L, 2L, 1L))
  expect_identical(as_population_tree("((a),((b,c)));", NULL)$node, c("root", "a", "b+c", "b", "c"))
  deep <- paste0(strrep("(", 40), "a", paste0(",b", 1:40, ")", collapse = ""), ";")
  expect_identical(max(tree_depth(as_population_tree(deep, NULL))), 40L)
})

test_that("numbers after a bracket are support, not names", {
  expect_message(
    tree <- as_population_tree("((EUR,(EAS,NAT)95:0.1)95/0.9,(1,2)1e2)100;", NULL),
    "\"95\", \"95/0.9\", \"1e2\", \"100\"", class = "forebear_message_tree_support"
  )
  expect_identical(tree, as_population_tree("((EUR,(EAS,NAT)),(1,2));", NULL))
  expect_identical(tree_leaves(tree), c("EUR", "EAS", "NAT", "1", "2"))
})

test_that("apostrophes in names are written twice", {
  tree <- as_population_tree("(('it''s',b)'c''',d);", NULL)
  expect_identical(tree$node, c("root", "c'", "it's", "b", "d"))
  for (text in c("(EUR',AFR);", "(EUR,AFR)r';", "('it's',b);")) {
    expect_error(as_population_tree(text, NULL, NULL), "apostrophe|follow",
      class = "forebear_error_tree")
  }
  expect_error(as_population_tree("(a,'');", NULL, NULL), "empty", class = "forebear_error_tree")
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
