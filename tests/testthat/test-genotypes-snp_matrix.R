test_that("a SnpMatrix comes back as it was, its second allele counted", {
  skip_if_not_installed("snpStats")
  codes <- matrix(as.raw(c(1, 2, 3, 0, 3, 3)), 2, dimnames = list(c("a", "b"), c("x", "y", "z")))
  snps <- methods::new("SnpMatrix", codes)
  g <- as_genotypes(snps, variants = data.frame(ref = c("A", "C", "G"), alt = "T"))
  expect_identical(as.matrix(g), rbind(a = c(x = 0L, y = 2L, z = 2L), b = c(1L, NA, 2L)))
  expect_identical(variants(g)$ref, c("A", "C", "G"))
  expect_identical(as_snp_matrix(g)@.Data, codes)
  expect_identical(rownames(as_snp_matrix(g)), c("a", "b"))
})

test_that("blocks are put together, and a view is converted as it is seen", {
  skip_if_not_installed("snpStats")
  counts <- matrix(rep(c(0L, 1L, NA, 2L, 0L, 2L, 1L), length.out = 2000 * 2200), 2000)
  dimnames(counts) <- list(paste0("s", 1:2000), paste0("v", 1:2200))
  expect_gt(length(variant_blocks(2000, 2200)), 1)
  g <- as_genotypes(counts)
  expect_identical(as.matrix(as_genotypes(as_snp_matrix(g))), counts)
  expect_identical(as.matrix(as_genotypes(as_snp_matrix(g[c(5, 2), 57:3]))), counts[c(5, 2), 57:3])
})

test_that("snpStats reads the same genotypes from a PLINK file", {
  skip_if_not_installed("snpStats")
  g <- read_bed(example_data("panel"))[1:40, 1:200]
  prefix <- withr::local_tempfile()
  write_bed(g, prefix)
  theirs <- snpStats::read.plink(prefix)
  # PLINK's allele 1, which we count, is their allele A.
  got <- as.matrix(as_genotypes(theirs$genotypes))
  expect_identical(unname(got), unname(2L - as.matrix(g)))
})

test_that("probabilities and empty matrices are refused", {
  skip_if_not_installed("snpStats")
  uncertain <- methods::new("SnpMatrix",
    matrix(as.raw(c(1, 2, 3, 40)), 2, dimnames = list(c("a", "b"), c("x", "y"))))
  empty <- methods::new("SnpMatrix", matrix(raw(), 2, 0))
  expect_snapshot(conditions_of(as_genotypes(uncertain), as_genotypes(empty)))
})

test_that("a package that is not there is named, with the way to get it", {
  expect_snapshot(conditions_of(check_package("notThere")))
})

test_that("a SnpMatrix is fitted and predicted like genotypes", {
  skip_if_not_installed("snpStats")
  g <- as_genotypes(random_counts(30, 60))
  snps <- as_snp_matrix(g)
  expect_equal(pca(snps, num_comp = 2)$scores, pca(g, num_comp = 2)$scores)
})

test_that("tables go to the samples and variants of their IDs, in whatever order", {
  skip_if_not_installed("snpStats")
  codes <- matrix(as.raw(c(1, 2, 3, 0)), 2, dimnames = list(c("a", "b"), c("x", "y")))
  snps <- methods::new("SnpMatrix", codes)
  g <- suppressMessages(as_genotypes(snps, data.frame(sample_id = c("b", "a"), sex = c("F", "M")),
    data.frame(variant_id = c("y", "x"), ref = c("C", "G"), alt = "T")))
  expect_identical(as.matrix(g), rbind(a = c(x = 0L, y = 2L), b = c(1L, NA)))
  expect_identical(samples(g)$sex, c("male", "female"))
  expect_identical(variants(g)$ref, c("G", "C"))
})

test_that("tables of read.plink() say which allele is counted, A1 and A2 do not", {
  skip_if_not_installed("snpStats")
  bim <- "1\tv1\t0\t10\tG\tA\n1\tv2\t0\t20\t0\tC\n23\tv3\t0.5\t30\tT\tC\n"
  fam <- "f a 0 0 1 2\nf b a 0 2 -9\n"
  # a: 2, 0, 1 and b: 1, 0, 2 copies of allele 1.
  prefix <- local_fileset(bim, fam, as.raw(c(0x6c, 0x1b, 0x01, 0x08, 0x0f, 0x02)))
  theirs <- snpStats::read.plink(prefix)
  own <- read_bed(prefix)
  g <- suppressMessages(as_genotypes(theirs$genotypes, theirs$fam, theirs$map))
  expect_identical(as.matrix(g), 2L - as.matrix(own))
  expect_identical(variants(g)$alt, variants(own)$ref)
  expect_identical(variants(g)$ref, variants(own)$alt)
  columns <- c("variant_id", "chrom", "position_bp")
  expect_identical(variants(g)[columns], variants(own)[columns])
  expect_identical(samples(g), samples(own))
  aligned <- suppressMessages(harmonize(g, own, min_overlap = 0))
  expect_identical(as.matrix(aligned)[, c(1, 3)], as.matrix(own)[, c(1, 3)])
  table <- data.frame(A1 = c("G", "T", "T"), A2 = c("A", "C", "C"))
  expect_snapshot(conditions_of(as_genotypes(theirs$genotypes, variants = table)))
})

test_that("expected copies are not cut off: a SnpMatrix has the hard calls", {
  skip_if_not_installed("snpStats")
  records <- vcf_record(1:2, c("0/1:0.97 1/1:1.94", "0/0:0.04 ./.:1.5"), format = "GT:DS")
  g <- suppressMessages(read_vcf(local_vcf(records), field = "DS"))
  expect_message(made <- as_snp_matrix(g), class = "forebear_message_hard_calls")
  expect_identical(as.integer(methods::slot(made, ".Data")), c(2L, 3L, 1L, 0L))
})

test_that("a SnpMatrix takes the number of autosomes", {
  skip_if_not_installed("snpStats")
  table <- data.frame(chrom = c("29", "30"), position_bp = 1:2, ref = "A", alt = "C")
  cattle <- as_genotypes(matrix(c(0:2, 0:2), 3), variants = table, autosomes = 29)
  back <- as_genotypes(as_snp_matrix(cattle), variants = table, autosomes = 29)
  expect_identical(chromosome_kinds(back), chromosome_kinds(cattle))
})
