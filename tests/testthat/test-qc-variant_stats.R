test_that("a small table is counted by hand", {
  counts <- cbind(a = c(0, 1, 2, NA), b = c(0, 0, 0, 0), c = NA, d = c(2, 2, 0, 0))
  stats <- variant_stats(as_genotypes(counts))
  expect_named(stats, c("variant_id", "n_called", "call_rate", "allele_frequency", "maf", "hwe_p",
    "n_het_haploid"))
  expect_identical(stats$variant_id, c("a", "b", "c", "d"))
  expect_identical(stats$n_called, c(3L, 4L, 0L, 4L))
  expect_identical(stats$call_rate, c(0.75, 1, 0, 1))
  expect_identical(stats$allele_frequency, c(0.5, 0, NA, 0.5))
  expect_identical(stats$maf, c(0.5, 0, NA, 0.5))
  # Two homozygotes of each kind: 6 of 70, see the core's test; 1, 1, 1: certain.
  expect_equal(stats$hwe_p, c(1, 1, NA, 6 / 70), tolerance = 1e-12)
  expect_equal(variant_stats(as_genotypes(counts), mid_p = TRUE)$hwe_p[[4]], 3 / 70)
})

test_that("samples of a view alone count", {
  counts <- random_counts(40, 30, missing = 0.1)
  g <- as_genotypes(counts)
  rows <- c(7, 3, 20:31)
  expect_identical(variant_stats(g[rows, 11:30]), variant_stats(as_genotypes(counts[rows, 11:30])))
  expect_equal(variant_stats(g[rows, ])$allele_frequency,
    unname(colMeans(counts[rows, ], na.rm = TRUE) / 2))
})

test_that("Hardy-Weinberg p-values are PLINK's to the printed digit", {
  for (mid_p in c(FALSE, TRUE)) {
    file <- if (mid_p) "a19midp.hwe" else "a19.hwe"
    theirs <- plink_table(golden_path("qc", file))
    ours <- variant_stats(read_bed(golden_path("qc", "a.bed")), mid_p = mid_p)
    expect_identical(ours$variant_id, theirs$SNP)
    expect_identical(sprintf("%.4g", ours$hwe_p), sprintf("%.4g", as.double(theirs$P)))
  }
  theirs <- plink_table(golden_path("qc", "a2.hardy"))
  ours <- variant_stats(read_bed(golden_path("qc", "a.bed")))
  expect_identical(sprintf("%.6g", ours$hwe_p), sprintf("%.6g", as.double(theirs$P)))
})

test_that("call rates, frequencies and p-values are PLINK's on every chromosome", {
  skip_without("plink1.9")
  for (seed in 1:3) {
    prefix <- local_random_set(seed)
    out <- plink("plink1.9", prefix, "--missing", "--freq", "--hardy", "--keep-allele-order",
      "--allow-no-sex", known_parents)
    ours <- variant_stats(read_bed(prefix))
    chrom <- variants(read_bed(prefix))$chrom
    theirs <- plink_table(paste0(out, ".lmiss"))
    expect_identical(as.integer(theirs$N_GENO) - as.integer(theirs$N_MISS), ours$n_called)
    expect_equal(as.double(theirs$F_MISS), 1 - ours$call_rate, tolerance = 1e-3)
    frequency <- as.double(plink_table(paste0(out, ".frq"))$MAF)
    # PLINK's report leaves out the heterozygous calls on MT that its filters count.
    compared <- chrom != "MT" & !is.na(ours$allele_frequency)
    expect_equal(frequency[compared], ours$allele_frequency[compared], tolerance = 1e-3)
    theirs <- plink_table(paste0(out, ".hwe"))
    row <- match(ours$variant_id, theirs$SNP)
    compared <- !is.na(ours$hwe_p)
    expect_true(all(c("0", "1", "X", "XY") %in% chrom[compared]))
    expect_false(any(c("Y", "MT") %in% chrom[compared]))
    expect_identical(sprintf("%.4g", ours$hwe_p[compared]),
      sprintf("%.4g", as.double(theirs$P[row][compared])))
  }
})

test_that("heterozygous calls of males on X are reported, and are no alleles", {
  g <- as_genotypes(cbind(x = c(1, 2, 1, 0)), samples = data.frame(
    sex = c("male", "male", "female", NA)), variants = data.frame(chrom = "chrX"))
  stats <- variant_stats(g)
  # One copy of one in the second male, one of two in the female, none of two in the unknown.
  expect_equal(stats$allele_frequency, 2 / 5)
  expect_identical(stats[c("n_called", "n_het_haploid")],
    tibble::tibble(n_called = 4L, n_het_haploid = 1L))
  expect_equal(variant_stats(g, sex_chromosomes = "none")$allele_frequency, 0.5)
})

test_that("wrong arguments are refused", {
  g <- as_genotypes(small_counts())
  expect_error(variant_stats(1), class = "forebear_error_argument")
  expect_error(variant_stats(g, mid_p = 1), class = "forebear_error_argument")
  expect_error(variant_stats(g, midp = TRUE), class = "forebear_error_argument")
})
