with_sites <- function(alleles) {
  as_haplotypes(alleles, variants = data.frame(
    ref = "A", alt = "G", position_bp = seq_len(ncol(alleles)) * 10
  ))
}

test_that("what is written is read back as it was", {
  h <- with_sites(random_alleles(11, 200, n_haploid = 30))
  for (ending in c(".vcf", ".vcf.gz")) {
    path <- withr::local_tempfile(fileext = ending)
    expect_identical(write_phased_vcf(h, path), path)
    back <- read_phased_vcf(path)
    expect_identical(as.matrix(back), as.matrix(h))
    expect_identical(back$alleles, h$alleles)
    expect_identical(back$haploid, h$haploid)
    expect_identical(variants(back), variants(h))
    view <- h[c(9, 2), 30:170]
    expect_identical(as.matrix(read_phased_vcf(write_phased_vcf(view, path))), as.matrix(view))
  }
})

test_that("the number of threads changes nothing", {
  h <- with_sites(random_alleles(300, 2000))
  path <- withr::local_tempfile(fileext = c(".vcf.gz", ".vcf.gz"))
  write_phased_vcf(h, path[1], threads = 1)
  write_phased_vcf(h, path[2], threads = 2)
  expect_identical(unname(tools::md5sum(path[1])), unname(tools::md5sum(path[2])))
})

test_that("bcftools and tabix take the blocks", {
  bcftools <- peer("bcftools")
  path <- withr::local_tempfile(fileext = ".vcf.gz")
  write_phased_vcf(with_sites(random_alleles(30, 5000, n_haploid = 9)), path)
  expect_identical(system2(bcftools, c("index", "-t", path)), 0L)
  part <- system2(bcftools, c("query", "-r", "1:100-130", "-f", shQuote("%POS[ %GT]\\n"), path),
    stdout = TRUE)
  expect_identical(sub(" .*", "", part), c("100", "110", "120", "130"))
  text <- apply(matrix(random_alleles(30, 5000, n_haploid = 9)[, 10], 2), 2, paste, collapse = "|")
  expect_identical(part[1], paste(c("100", text), collapse = " "))
})

test_that("real haplotypes go round without a change", {
  h <- read_phased_vcf(shared_path("data", "kg_phase1_chr22_phased", "kg1_chr22.vcf.gz"))
  path <- withr::local_tempfile(fileext = ".vcf.gz")
  expect_identical(read_phased_vcf(write_phased_vcf(h, path)), h)
})

test_that("what a VCF cannot hold is refused", {
  h <- with_sites(random_alleles(2, 3))
  path <- withr::local_tempfile(fileext = ".vcf")
  changed <- function(table, column, value) {
    h[[table]][[column]][2] <- value
    h
  }
  twice <- suppressWarnings(as_haplotypes(rbind(a_1 = 0, a_2 = 1, a_1 = 0, a_2 = 1),
    variants = data.frame(ref = "A", alt = "C")))
  expect_snapshot(conditions_of(
    write_phased_vcf(1, path),
    write_phased_vcf(as_haplotypes(random_alleles(2, 3)), path),
    write_phased_vcf(changed("variants", "variant_id", "a b"), path),
    write_phased_vcf(changed("variants", "chrom", "2"), path),
    write_phased_vcf(changed("samples", "sample_id", "a\tb"), path),
    write_phased_vcf(twice, path),
    write_phased_vcf(h[, 3:1], path)
  ))
  expect_false(file.exists(path))
  expect_error(write_phased_vcf(h, "/no/such/folder/x.vcf"), class = "forebear_error_file")
})
