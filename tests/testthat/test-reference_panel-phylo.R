panel_of_three <- function(tree = "((north,south)west,east)all;") {
  reference_panel(read_phased_vcf(example_data("phased_panel")),
    utils::read.delim(example_data("phased_labels")), tree = tree)
}

test_that("a panel's tree is that of 'ape', and comes back", {
  skip_if_not_installed("ape")
  panel <- panel_of_three()
  tree <- ape::as.phylo(panel)
  expect_identical(tree$tip.label, c("north", "south", "east"))
  expect_identical(tree$node.label, c("all", "west"))
  # Tips are 1 to 3, the root is 4.
  expect_identical(tree$edge, rbind(c(4L, 5L), c(5L, 1L), c(5L, 2L), c(4L, 3L)))
  expect_output(ape::checkValidPhylo(tree), "Done")
  expect_identical(ape::write.tree(tree), "((north,south)west,east)all;")
  expect_identical(as_population_tree(tree, NULL), panel$tree)
})

test_that("trees that 'ape' read, drew or rooted are trees", {
  skip_if_not_installed("ape")
  same <- function(text) {
    expect_identical(as_population_tree(ape::read.tree(text = text), NULL),
      as_population_tree(text, NULL))
  }
  same("((CEU:1,GBR:2)EUR:3,(YRI,LWK)AFR)world;")
  same("((CEU,GBR),(YRI,LWK));")
  same("(((CEU,GBR),TSI),YRI,LWK);")
  random <- withr::with_seed(1, ape::rtree(8))
  back <- ape::as.phylo(structure(list(tree = as_population_tree(random, NULL)),
    class = "forebear_curated_panel"))
  expect_true(ape::all.equal.phylo(back, random, use.edge.length = FALSE))
})

test_that("what is no tree is refused", {
  broken <- structure(list(edge = cbind(3L, 1:2), tip.label = c("a", "b"), Nnode = 1L),
    class = "phylo")
  expect_identical(as_population_tree(broken, NULL)$node, c("root", "a", "b"))
  refused <- function(...) {
    expect_error(as_population_tree(utils::modifyList(broken, list(...)), NULL),
      class = "forebear_error_tree")
  }
  refused(edge = cbind(3L, c(1L, 9L)))
  refused(edge = cbind(3L, c(1L, NA)))
  refused(edge = matrix(3L, 2, 3))
  refused(tip.label = 1:2)
  refused(tip.label = c("a", "a"))
  # A circle has no root.
  refused(edge = cbind(c(3L, 4L, 4L, 3L), c(4L, 3L, 1L, 2L)))
})
