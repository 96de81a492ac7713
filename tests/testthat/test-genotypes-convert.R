test_that("a matrix without names gets names, and a placeholder position", {
  g <- as_genotypes(matrix(c(0, 1, 2, NA), 2))
  expect_identical(rownames(g), c("sample1", "sample2"))
  expect_identical(variants(g)$variant_id, c("variant1", "variant2"))
  expect_identical(variants(g)$position_bp, 1:2)
  expect_identical(samples(g)$sex, c(NA_character_, NA_character_))
})

test_that("tables of samples and variants are taken over, in the right types", {
  g <- as_genotypes(small_counts(),
    samples = data.frame(sex = c("male", "female", NA)),
    variants = data.frame(chrom = 1:5, position_bp = c("10", "20", "30", "40", "50"), ref = "T")
  )
  expect_identical(samples(g)$sex, c("male", "female", NA))
  expect_identical(variants(g)$chrom, c("1", "2", "3", "4", "5"))
  expect_identical(variants(g)$position_bp, c(10L, 20L, 30L, 40L, 50L))
})

test_that("genotypes stay what they are; integers and all-missing matrices are taken", {
  g <- as_genotypes(small_counts())
  expect_identical(as_genotypes(g), g)
  integers <- as_genotypes(matrix(c(0L, NA), 1))
  expect_identical(as.matrix(integers)[1, ], c(variant1 = 0L, variant2 = NA))
  expect_true(all(is.na(as.matrix(as_genotypes(matrix(NA, 2, 2))))))
})

test_that("genotypes are sums of alleles; one haplotype counts twice, as PLINK has it", {
  alleles <- random_alleles(11, 130, n_haploid = 30)
  second <- alleles[seq(2, 22, 2), ]
  first <- alleles[seq(1, 22, 2), ]
  want <- first + ifelse(is.na(second), first, second)
  g <- as_genotypes(as_haplotypes(alleles))
  expect_equal(unname(as.matrix(g)), unname(want))
  expect_identical(rownames(as.matrix(g)), paste0("s", 1:11))
  view <- as_haplotypes(alleles)[c(11, 3), 130:60]
  expect_equal(as.matrix(as_genotypes(view)), as.matrix(g)[c(11, 3), 130:60])
})

test_that("variants without an ID are named by position, sex is read in every way", {
  counts <- small_counts()
  colnames(counts) <- c("v1", rep(".", 4))
  g <- as_genotypes(counts, samples = data.frame(SEX = c("M", 2, NA)),
    variants = data.frame(CHR = "X", BP = c("1e+05", "200000.0", 3:5), REF = "A", ALT = "T"))
  expect_identical(variants(g)$variant_id, c("v1", "X:200000:A:T", paste0("X:", 3:5, ":A:T")))
  expect_identical(variants(g)$position_bp, c(100000L, 200000L, 3:5))
  expect_identical(samples(g)$sex, c("male", "female", NA))
})

test_that("what is no matrix of genotypes is refused", {
  expect_snapshot(conditions_of(
    as_genotypes("a"),
    as_genotypes(matrix("a")),
    as_genotypes(matrix(0, 0, 3)),
    as_genotypes(rbind(c(0, 1), c(3, -1))),
    as_genotypes(matrix(0.5)),
    as_genotypes(small_counts(), samples = data.frame(sex = "male")),
    as_genotypes(small_counts(), samples = data.frame(age = 1:3)),
    as_genotypes(small_counts(), variants = data.frame(position_bp = rep("x", 5))),
    as_genotypes(small_counts(), samples = data.frame(sex = c("male", "boy", NA))),
    as_genotypes(small_counts(), samples = data.frame(sample_id = c("a", NA, "b"))),
    as_genotypes(small_counts(), variants = data.frame(position_bp = c(1, 2, 2.5, -1, 3))),
    as_genotypes(small_counts(), other = 1)
  ))
})

test_that("tables go to the samples and variants of their IDs, in whatever order", {
  counts <- rbind(ann = c(v1 = 0, v2 = 1), bob = c(2, 2))
  table <- data.frame(IID = c("bob", "ann"), sex = c("F", "M"))
  sites <- data.frame(variant_id = c("v2", "v1"), position_bp = c(20, 10))
  expect_message(g <- as_genotypes(counts, samples = table), class = "forebear_message_matched")
  expect_identical(as.matrix(g)["ann", ], c(v1 = 0L, v2 = 1L))
  expect_identical(samples(g)$sample_id, c("ann", "bob"))
  expect_identical(samples(g)$sex, c("male", "female"))
  g <- suppressMessages(as_genotypes(counts, variants = sites))
  expect_identical(variants(g)$variant_id, c("v1", "v2"))
  expect_identical(variants(g)$position_bp, c(10L, 20L))
  # Without names, and where all IDs are others, rows are in order.
  g <- as_genotypes(unname(counts), samples = table, variants = sites[2:1, ])
  expect_identical(dimnames(as.matrix(g)), list(c("bob", "ann"), c("v1", "v2")))
  g <- as_genotypes(counts, samples = data.frame(sample_id = c("x", "y")))
  expect_identical(samples(g)$sample_id, c("x", "y"))
  expect_error(as_genotypes(counts, samples = data.frame(sample_id = c("bob", "y"))),
    "\"bob\" is in row 1", class = "forebear_error_rows_differ")
})

test_that("families and parents follow the IDs of a table", {
  tab <- data.frame(sample_id = c("mum", "dad", "kid"), father_id = c(NA, NA, "dad"),
    mother_id = c(NA, NA, "mum"))
  g <- as_genotypes(rbind(c(0, 0), c(0, 2), c(2, 2)), samples = tab)
  expect_identical(samples(g)$family_id, tab$sample_id)
  expect_equal(suppressMessages(variant_stats(g))$allele_frequency, c(0, 0.5))
  h <- as_genotypes(rbind(c(0, 0), c(0, 2), c(2, 2)))
  samples(h) <- tab
  expect_identical(samples(g), samples(h))
})

test_that("counts of haploid samples that were not doubled are reported", {
  counts <- withr::with_seed(1, matrix(rbinom(20 * 50, 1, 0.4), 20))
  expect_warning(as_genotypes(counts), class = "forebear_warning_no_two",
    "No entry is 2, where about [0-9]+ of diploid samples would be")
  expect_no_warning(as_genotypes(2 * counts))
  rare <- matrix(0, 100, 50)
  rare[cbind(1:50, 1:50)] <- 1
  expect_no_warning(as_genotypes(rare))
})

test_that("names that are missing or empty are numbered, and must be text", {
  counts <- matrix(0:2, 3, 2, dimnames = list(c("ann", NA, ""), c("", "v")))
  g <- as_genotypes(counts)
  expect_identical(dimnames(g), list(c("ann", "sample2", "sample3"), c("variant1", "v")))
  alleles <- matrix(0:1, 2, 2, dimnames = list(NULL, c("v", NA)))
  expect_identical(variants(as_haplotypes(alleles))$variant_id, c("v", "variant2"))
  rownames(counts)[2] <- "b\xff"
  expect_error(as_genotypes(counts), class = "forebear_error_argument", "Number 2.*UTF-8")
})
