test_that("what is written is read back, by bcftools too", {
  g <- read_bed(example_data("panel"))[c(9, 3, 200), 1:300]
  path <- write_vcf(g, withr::local_tempfile(fileext = ".vcf.gz"))
  back <- read_vcf(path)
  expect_identical(as.matrix(back), as.matrix(g))
  expect_identical(variants(back)[c("variant_id", "chrom", "position_bp", "ref", "alt")],
    variants(g)[c("variant_id", "chrom", "position_bp", "ref", "alt")])
  expect_identical(samples(back)$sample_id, samples(g)$sample_id)
  skip_without("bcftools")
  calls <- system2("bcftools", c("query", "-f", shQuote("[%GT ]\\n"), path), stdout = TRUE)
  found <- do.call(cbind, strsplit(trimws(calls), " "))
  want <- c("0/0", "0/1", "1/1")[as.matrix(g) + 1]
  want[is.na(want)] <- "./."
  expect_identical(as.vector(found), want)
})

test_that("fields that a VCF cannot hold are refused", {
  g <- as_genotypes(small_counts())
  expect_error(write_vcf(g, tempfile()), "alt", class = "forebear_error_vcf_field")
  variants(g) <- data.frame(ref = rep("A", 5), alt = "C")
  expect_error(write_vcf(g[, 2:1], tempfile()), class = "forebear_error_vcf_field")
})
