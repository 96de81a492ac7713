kinds <- function(chrom, sex_chromosomes = "auto") {
  g <- as_genotypes(matrix(0:1, 2, length(chrom)), variants = data.frame(chrom = chrom))
  inheritance_levels[inheritance_of(g, sex_chromosomes)]
}

test_that("human names are known, with and without chr", {
  expect_identical(
    kinds(c("1", "chr22", "X", "chrX", "23", "Y", "24", "XY", "25", "PAR1", "MT", "chrM", "26",
      "0")),
    c("autosomal", "autosomal", "x", "x", "x", "y", "y", "autosomal", "autosomal", "autosomal",
      "mitochondrial", "mitochondrial", "mitochondrial", "unplaced")
  )
})

test_that("names of other species are autosomes", {
  expect_identical(unique(kinds(c("Chr1", "scaffold_12", "2L", "NC_000067.6", "chrUn_X", "Z"))),
    "autosomal")
  # 38 chromosomes, as dogs have: 23 is one of them, X is the sex chromosome.
  expect_identical(kinds(c("23", "26", "38", "X")), c("autosomal", "autosomal", "autosomal", "x"))
  # Roman numerals: X is ten.
  expect_identical(kinds(c("chrIX", "chrX", "chrXI")), rep("autosomal", 3))
})

test_that("the user has the last word", {
  expect_identical(kinds(c("X", "23", "MT", "0"), "none"),
    c("autosomal", "autosomal", "autosomal", "unplaced"))
  expect_identical(kinds(c("Z", "chrW", "1", "X"), list(x = "z", y = "W")),
    c("x", "y", "autosomal", "autosomal"))
})

test_that("models leave sex chromosomes out, with one message, unless asked for", {
  chrom <- c(rep("1", 60), rep("X", 20), rep("chrY", 5), rep("26", 3))
  g <- as_genotypes(random_counts(30, 88, missing = 0), variants = data.frame(chrom = chrom,
    ref = "A", alt = "G"))
  labels <- stats::setNames(rep(c("a", "b"), 15), samples(g)$sample_id)
  left <- function(...) {
    expect_message(..., paste("28 variants on sex chromosomes or in mitochondria are left out:",
      "20 on \"X\"; 5 on \"chrY\"; 3 on \"26\", which is taken for MT."),
      class = "forebear_message_sex_chromosomes")
  }
  left(fit <- pca(g, num_comp = 2))
  expect_identical(fit$variants, variants(g[, 1:60]))
  expect_no_message(fit <- pca(g, num_comp = 2, sex_chromosomes = TRUE))
  expect_identical(nrow(fit$variants), 88L)
  left(q <- suppressWarnings(admixture(g, k = 2, max_iter = 2, tolerance = 1e9)))
  expect_identical(nrow(q$projection$variants), 60L)
  left(fit <- archetypes(g, k = 2))
  expect_identical(nrow(fit$projection$variants), 60L)
  expect_no_message(bootstrap <- bootstrap_ancestry(fit, g, replicates = 2))
  left(archetypes_path(g, k = 2:3, restarts = 1))
  left(gtm(g, num_comp = 2, nodes = 4, rbf = 2))
  left(classify(g, labels, method = "knn", num_comp = 2))
  left(table <- kinship(g))
  expect_identical(unique(table$n_variants), 60L)
  left(unrelated(g, cutoff = 0.4))
  expect_error(pca(g[, 61:80], num_comp = 2), "All 20 variants do not: 20 on \"X\"",
    class = "forebear_error_no_autosomes")
})

test_that("predictions of a fit without X take data with and without X", {
  chrom <- rep(c("1", "X"), c(60, 20))
  g <- as_genotypes(random_counts(30, 80, missing = 0), variants = data.frame(chrom = chrom,
    position_bp = 1:80, ref = "A", alt = "G"))
  fit <- suppressMessages(pca(g[1:20, ], num_comp = 2))
  expect_identical(predict(fit, g[21:30, ]), predict(fit, g[21:30, 1:60]))
})

test_that("names that are not there are refused", {
  expect_error(kinds("1", list(x = "Z")), "\"Z\"", class = "forebear_error_argument")
  for (wrong in list("X", list("X"), list(z = "X"), list(x = 1), list(x = NA_character_), list())) {
    expect_error(kinds("X", wrong), class = "forebear_error_argument")
  }
})
