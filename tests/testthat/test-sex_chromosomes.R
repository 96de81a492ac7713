kinds <- function(chrom, sex_chromosomes = "auto") {
  inheritance_levels[inheritance_of(chrom, sex_chromosomes)]
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
  expect_identical(unique(kinds(c("Chr1", "scaffold_12", "2L", "NC_000023.11", "chrUn_X", "Z"))),
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

test_that("names that are not there are refused", {
  expect_error(kinds("1", list(x = "Z")), "\"Z\"", class = "forebear_error_argument")
  for (wrong in list("X", list("X"), list(z = "X"), list(x = 1), list(x = NA_character_), list())) {
    expect_error(kinds("X", wrong), class = "forebear_error_argument")
  }
})
