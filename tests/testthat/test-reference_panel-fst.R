# Fst as `population_fst()` gives it, of pairs named "a b".
fst_of <- function(..., std_error = 0) {
  pairs <- c(...)
  names <- unique(unlist(strsplit(names(pairs), " ")))
  fst <- matrix(0, length(names), length(names), dimnames = list(names, names))
  for (pair in names(pairs)) {
    both <- strsplit(pair, " ")[[1]]
    fst[both[1], both[2]] <- fst[both[2], both[1]] <- pairs[[pair]]
  }
  list(fst = fst, std_error = fst * 0 + std_error * (row(fst) != col(fst)))
}

tree_of <- function(...) tree_in_brackets(fst_tree(fst_of(...), NULL))

# Genotypes of populations by frequencies [populations x variants], `n` samples of each.
drawn_genotypes <- function(frequency, n, seed) {
  withr::with_seed(seed, {
    counts <- do.call(rbind, lapply(seq_len(nrow(frequency)), function(population) {
      matrix(stats::rbinom(n * ncol(frequency), 2, rep(frequency[population, ], each = n)), n)
    }))
  })
  rownames(counts) <- paste0("s", seq_len(nrow(counts)))
  as_genotypes(counts)
}

# Frequencies of a population that has drifted by `fst` (Balding & Nichols 1995).
drifted <- function(frequency, fst) {
  stats::rbeta(length(frequency), frequency * (1 - fst) / fst, (1 - frequency) * (1 - fst) / fst)
}

test_that("Fst is that of the populations, and its error covers it", {
  withr::with_seed(2, {
    root <- stats::runif(4000, 0.1, 0.9)
    frequency <- rbind(drifted(root, 0.02), drifted(root, 0.02), drifted(root, 0.1))
  })
  g <- drawn_genotypes(frequency, 30, 3)
  population <- factor(rep(c("b", "a", "c"), each = 30), c("b", "a", "c"))
  got <- population_fst(g, population, 2, NULL)
  expect_identical(dimnames(got$fst), list(c("b", "a", "c"), c("b", "a", "c")))
  expect_identical(got$fst, t(got$fst))
  # Hudson's Fst of two populations is the mean of their drifts.
  expect_lt(abs(got$fst["a", "b"] - 0.02), 4 * got$std_error["a", "b"])
  expect_lt(abs(got$fst["a", "c"] - 0.06), 4 * got$std_error["a", "c"])
  # Reference: written out in R.
  alleles <- as.matrix(g)
  p <- apply(alleles, 2, tapply, population, mean) / 2
  noise <- p * (1 - p) / 59
  above <- (p[1, ] - p[3, ])^2 - noise[1, ] - noise[3, ]
  below <- p[1, ] * (1 - p[3, ]) + p[3, ] * (1 - p[1, ])
  expect_equal(got$fst["b", "c"], sum(above) / sum(below), tolerance = 1e-12)
  expect_identical(population_fst(g, population, 1, NULL), got)
  reversed <- choose_fst(got, c("c", "a", "b"))
  expect_identical(reversed$fst["c", "b"], got$fst["c", "b"])
  expect_identical(rownames(reversed$std_error), c("c", "a", "b"))
})

test_that("haplotypes have the Fst of their genotypes, and monomorphic ones none", {
  alleles <- random_alleles(40, 60)
  alleles[1:20, 1:30] <- 1
  h <- as_haplotypes(alleles)
  population <- factor(rep(c("a", "b"), each = 20))
  expect_equal(population_fst(h, population, 1, NULL),
    population_fst(as_genotypes(h), population, 1, NULL))
  alleles[] <- 1
  none <- population_fst(as_haplotypes(alleles), population, 1, NULL)
  expect_identical(none$fst["a", "b"], NA_real_)
  expect_identical(fst_tree(none, NULL)$node, c("root", "a", "b"))
})

test_that("trees worked by hand", {
  expect_identical(tree_of(`x y` = 0.1), "(x,y)")
  expect_identical(tree_of(`CEU GBR` = 0.001, `CEU YRI` = 0.15, `GBR YRI` = 0.15),
    "((CEU,GBR),YRI)")
  # Joins within 20 % of each other are one node, clearly lower ones are not.
  four <- function(low, middle, high, ...) {
    tree_of(`a b` = low, `a c` = middle, `b c` = middle, `a d` = high, `b d` = high, `c d` = high,
      ...)
  }
  expect_identical(four(0.01, 0.05, 0.1), "(((a,b),c),d)")
  expect_identical(four(0.01, 0.09, 0.1), "((a,b),c,d)")
  expect_identical(four(0.048, 0.05, 0.1), "((a,b,c),d)")
  expect_identical(four(0.09, 0.095, 0.1), "(a,b,c,d)")
  # 0.075 is 25 % below, but its difference is within two standard errors.
  expect_identical(four(0.01, 0.075, 0.1, std_error = 0.01), "(((a,b),c),d)")
  expect_identical(four(0.01, 0.075, 0.1, std_error = 0.013), "((a,b),c,d)")
  # Nothing differs; less than nothing is nothing.
  expect_identical(four(0, 0, 0), "(a,b,c,d)")
  expect_identical(four(-0.001, -0.002, 0.1), "((a,b,c),d)")
})

test_that("nodes are called after their leaves, in the order of the first", {
  named <- fst_of(`d a` = 0.01, `d c` = 0.1, `a c` = 0.1, `b e` = 0.01, `d b` = 0.1, `a b` = 0.1,
    `c b` = 0.1, `d e` = 0.1, `a e` = 0.1, `c e` = 0.1)
  tree <- fst_tree(named, NULL)
  expect_identical(tree$node, c("root", "a+d", "a", "d", "b+e", "b", "e", "c"))
  expect_identical(node_name(c("a", "b", "c"), "x"), "a+b+c")
  expect_identical(node_name(c("a", "b", "c", "d", "e"), "x"), "a+b+3more")
  expect_identical(node_name(c("a", "b"), c("a+b", "x")), "a+b.1")
  root <- fst_of(`root a` = 0.1, `root b` = 0.1, `a b` = 0.01)
  expect_identical(fst_tree(root, NULL)$node, c("root.1", "a+b", "a", "b", "root"))
})

test_that("a tree of many populations has them all, each node above its own", {
  withr::with_seed(4, {
    names <- paste0("p", 1:20)
    x <- matrix(stats::rnorm(60), 20)
    fst <- as.matrix(stats::dist(x)) / 100
  })
  dimnames(fst) <- list(names, names)
  tree <- fst_tree(list(fst = fst, std_error = fst * 0), NULL)
  expect_setequal(tree_leaves(tree), names)
  expect_false(anyDuplicated(tree$node) > 0)
  expect_true(all(tree$parent[-1] < seq_along(tree$node)[-1]))
  # It is that of average linkage, with fewer nodes: leaves below each are a join's.
  joined <- stats::hclust(stats::as.dist(fst), "average")
  groups <- lapply(joined_members(joined$merge), function(own) names[own])
  lineage <- node_lineage(tree)
  for (node in which(!is_leaf(tree))) {
    own <- tree$node[is_leaf(tree) & lineage[, node]]
    expect_true(any(vapply(groups, setequal, NA, own)))
  }
})

test_that("a panel without a tree has one from Fst, says so, and keeps Fst", {
  withr::with_seed(5, {
    root <- stats::runif(1500, 0.1, 0.9)
    north <- drifted(root, 0.1)
    frequency <- rbind(drifted(north, 0.01), drifted(north, 0.01), drifted(root, 0.1))
    alleles <- do.call(rbind, lapply(1:3, function(population) {
      matrix(stats::rbinom(60 * 1500, 1, rep(frequency[population, ], each = 60)), 60)
    }))
  })
  rownames(alleles) <- paste0(rep(paste0("s", 1:90), each = 2), c("_1", "_2"))
  labels <- stats::setNames(rep(c("z", "k", "a"), each = 30), paste0("s", 1:90))
  h <- as_haplotypes(alleles)
  expect_message(panel <- reference_panel(h, labels),
    "The tree of populations is built from Fst: (a,(k,z)).", fixed = TRUE,
    class = "forebear_message_fst_tree")
  expect_identical(panel$tree$node, c("root", "a", "k+z", "k", "z"))
  expect_identical(levels(panel$population), c("a", "k", "z"))
  expect_identical(rownames(panel$fst$fst), c("a", "k", "z"))
  expect_lt(panel$fst$fst["k", "z"], 0.05)
  expect_s3_class(autoplot(panel), "ggplot")
  # One that is given is taken as it is, and Fst is there too, in its order.
  given <- expect_no_message(reference_panel(h, labels, "((z,a)x,k)y;"))
  expect_identical(given$tree$node, c("y", "x", "z", "a", "k"))
  expect_identical(given$fst, choose_fst(panel$fst, c("z", "a", "k")))
  # Of two there is one tree.
  two <- labels[labels != "a"]
  expect_no_message(suppressWarnings(reference_panel(h, two)))
  # Models and their files keep both; calls are evaluated at every node.
  model <- suppressWarnings(local_ancestry(panel, 50, calibrate = FALSE))
  expect_identical(model$fst, panel$fst)
  path <- withr::local_tempfile()
  write_model(model, path)
  expect_identical(read_model(path), model)
  query <- h[1:4, ]
  truth <- data.frame(sample_id = rep(paste0("s", 1:4), each = 2), haplotype = 1:2,
    chrom = h$variants$chrom[1], start_bp = 1L, end_bp = 1e9L, ancestry = "z")
  scores <- evaluate_calls(suppressWarnings(predict(model, query, strand = "same")), truth)
  expect_true(all(c("k+z", "z") %in% scores$node))
})

test_that("a haplotype without a second one counts as one allele", {
  alleles <- random_alleles(12, 200)
  alleles[c(2, 14, 20), ] <- NA
  h <- as_haplotypes(alleles)
  population <- factor(rep(c("a", "b"), each = 6))
  found <- population_fst(h, population, 1, NULL)
  counted <- function(rows) {
    own <- alleles[rows, ]
    n <- colSums(!is.na(own))
    p <- colMeans(own, na.rm = TRUE)
    list(p = p, noise = p * (1 - p) / (n - 1))
  }
  a <- counted(1:12)
  b <- counted(13:24)
  want <- sum((a$p - b$p)^2 - a$noise - b$noise) / sum(a$p * (1 - b$p) + b$p * (1 - a$p))
  expect_equal(found$fst["a", "b"], want)
})
