# Open GDS files. 'gdsfmt' and 'SeqArray' are not in Debian: without them these tests skip.

# A file in the layout of SNPRelate of allele counts of `alt`, samples x variants, open.
array_gds <- function(counts, by_sample = TRUE, env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".gds", .local_envir = env)
  file <- gdsfmt::createfn.gds(path)
  withr::defer(gdsfmt::closefn.gds(file), env)
  gdsfmt::add.gdsn(file, "sample.id", rownames(counts))
  gdsfmt::add.gdsn(file, "snp.id", seq_len(ncol(counts)))
  gdsfmt::add.gdsn(file, "snp.rs.id", colnames(counts))
  gdsfmt::add.gdsn(file, "snp.position", 100L * seq_len(ncol(counts)))
  chrom <- gdsfmt::add.gdsn(file, "snp.chromosome", rep(c(1L, 23L), length.out = ncol(counts)))
  gdsfmt::put.attr.gdsn(chrom, "autosome.start", 1L)
  gdsfmt::put.attr.gdsn(chrom, "X", 23L)
  gdsfmt::add.gdsn(file, "snp.allele", rep(c("A/G", "C/T"), length.out = ncol(counts)))
  copies <- ifelse(is.na(counts), 3, 2 - counts)
  node <- gdsfmt::add.gdsn(file, "genotype", if (by_sample) copies else t(copies), storage = "bit2")
  gdsfmt::put.attr.gdsn(node, if (by_sample) "sample.order" else "snp.order")
  file
}

test_that("a file of SNPRelate has the genotypes that were put into it, in either order", {
  skip_if_not_installed("gdsfmt")
  counts <- rbind(ann = c(0, 1, 2, NA, 0), bob = c(NA, 1, 0, 2, 2), cy = c(1, 1, 0, 0, 2))
  colnames(counts) <- paste0("rs", 1:5)
  for (by_sample in c(TRUE, FALSE)) {
    g <- as_genotypes(array_gds(counts, by_sample))
    expect_equal(as.matrix(g), counts)
    expect_identical(variants(g)$chrom, c("1", "X", "1", "X", "1"))
    expect_identical(variants(g)$position_bp, 100L * 1:5)
    expect_identical(variants(g)$ref, c("A", "C", "A", "C", "A"))
    expect_identical(variants(g)$alt, c("G", "T", "G", "T", "G"))
  }
})

test_that("many variants are read in blocks", {
  skip_if_not_installed("gdsfmt")
  withr::local_seed(1)
  counts <- matrix(sample(c(0, 1, 2, NA), 50 * 333, TRUE), 50,
    dimnames = list(paste0("s", 1:50), paste0("v", 1:333)))
  whole <- variant_blocks(50, 333)
  expect_length(whole, 1)
  expect_equal(as.matrix(as_genotypes(array_gds(counts))), counts)
})

test_that("another GDS file is refused in words", {
  skip_if_not_installed("gdsfmt")
  path <- withr::local_tempfile(fileext = ".gds")
  file <- gdsfmt::createfn.gds(path)
  withr::defer(gdsfmt::closefn.gds(file))
  gdsfmt::add.gdsn(file, "variant.id", 1:3)
  condition <- expect_error(as_genotypes(file), class = "forebear_error_argument")
  expect_match(conditionMessage(condition), "seqOpen")
  expect_match(conditionMessage(condition), "sample.id")
})

test_that("a matrix that is not samples x variants is refused", {
  skip_if_not_installed("gdsfmt")
  counts <- matrix(c(0, 1, 2, 0, 1, 2), 2, dimnames = list(c("a", "b"), paste0("v", 1:3)))
  file <- array_gds(counts)
  gdsfmt::add.gdsn(file, "sample.id", c("a", "b", "c"), replace = TRUE)
  expect_error(as_genotypes(file), "2 x 3, of 3 samples", class = "forebear_error_argument")
})

sequenced <- function(env = parent.frame()) {
  vcf <- withr::local_tempfile(fileext = ".vcf", .local_envir = env)
  gds <- withr::local_tempfile(fileext = ".gds", .local_envir = env)
  writeLines(c("##fileformat=VCFv4.2", "##contig=<ID=1>", "##contig=<ID=X>",
    "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">",
    paste(c("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "ann", "bob",
      "cy"), collapse = "\t"),
    "1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0/0\t0|1\t1/1",
    "1\t200\t.\tC\tT\t.\tPASS\t.\tGT\t./.\t1/0\t0/0",
    "1\t300\trs3\tC\tT,G\t.\tPASS\t.\tGT\t0/1\t1/2\t0/0",
    "X\t400\trs4\tG\tA\t.\tPASS\t.\tGT\t0/1\t1\t0"), vcf)
  SeqArray::seqVCF2GDS(vcf, gds, verbose = FALSE)
  file <- SeqArray::seqOpen(gds)
  withr::defer(SeqArray::seqClose(file), env)
  list(vcf = vcf, file = file)
}

test_that("a file of SeqArray has the genotypes of the VCF that it was made from", {
  skip_if_not_installed("SeqArray")
  made <- sequenced()
  expect_warning(g <- as_genotypes(made$file), class = "forebear_warning_skipped_variants")
  of_vcf <- suppressMessages(read_vcf(made$vcf))
  expect_equal(as.matrix(g), as.matrix(of_vcf))
  columns <- c("variant_id", "chrom", "position_bp", "ref", "alt")
  expect_equal(variants(g)[columns], variants(of_vcf)[columns])
})

test_that("the filter of a file of SeqArray is heeded and left as it was", {
  skip_if_not_installed("SeqArray")
  made <- sequenced()
  SeqArray::seqSetFilter(made$file, variant.sel = c(1, 4), sample.sel = 2:3, verbose = FALSE)
  g <- as_genotypes(made$file)
  expect_equal(unname(as.matrix(g)), rbind(c(1, 2), c(2, 0)))
  expect_identical(samples(g)$sample_id, c("bob", "cy"))
  expect_identical(which(SeqArray::seqGetFilter(made$file)$variant.sel), c(1L, 4L))
})
