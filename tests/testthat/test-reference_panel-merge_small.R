# Populations of the given sizes, all kept.
sized <- function(...) {
  size <- c(...)
  tibble::tibble(sample_id = paste0("s", seq_len(sum(size))), reason = NA_character_,
    detail = NA_character_, population = rep(names(size), size))
}

# Fst as a distance between populations on a line; that of merged ones is a mean.
on_a_line <- function(...) {
  place <- c(...)
  function(kept, population) {
    names <- levels(radix_factor(population))
    at <- vapply(strsplit(names, "+", fixed = TRUE), function(own) mean(place[own]), 0)
    fst <- abs(outer(at, at, `-`))
    list(fst = `dimnames<-`(fst, list(names, names)),
      std_error = `dimnames<-`(0 * fst, list(names, names)))
  }
}

newick <- function(text) as_population_tree(text, NULL)

test_that("the smallest merges with its nearest sister alone", {
  samples <- sized(CEU = 60, GBR = 60, IBS = 11, TSI = 60, YRI = 60)
  fst_of <- on_a_line(GBR = 0, CEU = 0.001, IBS = 0.005, TSI = 0.008, YRI = 0.15)
  expect_message(got <- merge_small(samples, NULL, fst_of, 25, NULL),
    class = "forebear_message_fst_tree")
  expect_identical(got$merged, tibble::tibble(population = c("IBS", "TSI"), into = "IBS+TSI",
    n_samples = c(11L, 60L), detail = c("fewer than 25 samples; Fst from TSI 0.003",
      "the nearest sister of IBS")))
  expect_setequal(got$samples$new_population, c("CEU", "GBR", "IBS+TSI", "YRI"))
  expect_setequal(tree_leaves(got$tree), c("CEU", "GBR", "IBS+TSI", "YRI"))
  expect_true(all(is.na(got$samples$reason)))
})

test_that("a population that none is near to is left out", {
  samples <- sized(AFR = 10, CEU = 30, GBR = 30)
  got <- merge_small(samples, NULL, on_a_line(AFR = 0, CEU = 0.15, GBR = 0.152), 25, NULL)
  expect_identical(got$samples$reason[1:10], rep("small_population", 10))
  expect_identical(got$samples$detail[1], "10 samples of AFR; Fst from CEU, the nearest, 0.15")
  expect_identical(got$samples$new_population[c(1, 11, 41)], c(NA, "CEU", "GBR"))
  expect_identical(tree_leaves(got$tree), c("CEU", "GBR"))
  expect_identical(nrow(got$merged), 0L)
  # 0.02 is near.
  near <- merge_small(sized(a = 10, b = 30, c = 30), NULL, on_a_line(a = 0, b = 0.02, c = 0.1), 25,
    NULL)
  expect_identical(unique(near$merged$into), "a+b")
  expect_error(merge_small(samples, NULL, on_a_line(AFR = 0, CEU = 0.15, GBR = 0.152), 31, NULL),
    class = "forebear_error_panel_populations")
})

test_that("merging goes on while a population is too small", {
  samples <- sized(a = 5, b = 6, c = 9, d = 30, e = 30)
  fst_of <- on_a_line(a = 0, b = 0.001, c = 0.003, d = 0.01, e = 0.5)
  got <- merge_small(samples, NULL, fst_of, 15, NULL)
  expect_identical(got$merged$population, c("a", "b", "c", "a+b"))
  expect_identical(got$merged$into, c("a+b", "a+b", "a+b+c", "a+b+c"))
  expect_identical(got$merged$n_samples, c(5L, 6L, 9L, 11L))
  expect_setequal(got$samples$new_population, c("a+b+c", "d", "e"))
  expect_identical(merge_small(samples, NULL, fst_of, 5, NULL)$samples$new_population,
    samples$population)
})

test_that("a tree says who is a sister, and keeps its nodes", {
  samples <- sized(a = 10, b = 40, c = 40)
  far <- on_a_line(a = 0, b = 0.3, c = 0.01)
  got <- merge_small(samples, newick("((a,b)north,c)all;"), far, 25, NULL)
  # All below a node have its name.
  expect_identical(unique(got$merged$into), "north")
  expect_identical(got$tree$node, c("all", "north", "c"))
  # Of several sisters the nearest, wherever it is below the parent.
  fst_of <- on_a_line(a = 0, b = 0.002, c = 0.001, d = 0.01, e = 0.1)
  samples <- sized(a = 10, b = 40, c = 40, d = 40, e = 40)
  got <- merge_small(samples, newick("((a,b,(c,d)west)north,e)all;"), fst_of, 25, NULL)
  expect_identical(unique(got$merged$into), "a+c")
  expect_identical(got$tree$node, c("all", "north", "b", "west", "a+c", "d", "e"))
  # Directly below the root, Fst says it.
  got <- merge_small(samples, newick("(a,(b,c)x,d,e)all;"), fst_of, 25, NULL)
  expect_identical(got$tree$node, c("all", "x", "b", "a+c", "d", "e"))
  samples <- sized(a = 40, b = 40, c = 40, d = 40, e = 10)
  got <- merge_small(samples, newick("(a,(b,c)x,d,e)all;"), fst_of, 25, NULL)
  expect_identical(got$tree$node, c("all", "a", "x", "b", "c", "d"))
  expect_identical(sum(got$samples$reason %in% "small_population"), 10L)
})

test_that("populations that no sample is left of go without a merger", {
  samples <- sized(a = 10, b = 40, c = 40)
  samples$reason[1:10] <- "related"
  got <- merge_small(samples, newick("((a,b)north,c)all;"), on_a_line(a = 0, b = 0.001, c = 0.1),
    25, NULL)
  expect_identical(nrow(got$merged), 0L)
  expect_identical(got$tree$node, c("all", "north", "b", "c"))
  expect_identical(got$samples$new_population[c(1, 11)], c(NA, "b"))
})

test_that("names of mergers are not taken", {
  samples <- sized(a = 5, b = 40, `a+b` = 40)
  fst_of <- function(kept, population) {
    names <- levels(radix_factor(population))
    fst <- matrix(0.1, length(names), length(names), dimnames = list(names, names))
    diag(fst) <- 0
    if (all(c("a", "b") %in% names)) fst["a", "b"] <- fst["b", "a"] <- 0.001
    list(fst = fst, std_error = 0 * fst)
  }
  expect_identical(unique(merge_small(samples, NULL, fst_of, 25, NULL)$merged$into), "a+b.1")
})

test_that("genotypes say which population is near", {
  withr::with_seed(6, {
    root <- stats::runif(3000, 0.1, 0.9)
    drift <- function(p, fst) {
      stats::rbeta(length(p), p * (1 - fst) / fst, (1 - p) * (1 - fst) / fst)
    }
    europe <- drift(root, 0.05)
    frequency <- rbind(drift(root, 0.05), drift(europe, 0.002), drift(europe, 0.002),
      drift(europe, 0.01))
    size <- c(AFR = 30, IBS = 11, TSI = 30, FIN = 30)
    counts <- matrix(stats::rbinom(sum(size) * 3000, 2, frequency[rep(1:4, size), ]), sum(size))
  })
  rownames(counts) <- paste0("s", seq_len(nrow(counts)))
  labels <- stats::setNames(rep(names(size), size), rownames(counts))
  g <- as_genotypes(counts)
  curated <- suppressMessages(curate_panel(g, labels, outliers = outlier_settings(central = 1)))
  expect_identical(curated$merged$population, c("IBS", "TSI"))
  expect_setequal(tree_leaves(curated$tree), c("AFR", "FIN", "IBS+TSI"))
  expect_identical(nrow(curated$removed), 0L)
  expect_identical(glance(curated)$n_merged, 2L)
  expect_output(print(curated), "merged: IBS into IBS+TSI, TSI into IBS+TSI", fixed = TRUE)
  # What remains is what reference_panel() takes, with the tree.
  expect_setequal(unique(curated$labels$population), tree_leaves(curated$tree))
})
