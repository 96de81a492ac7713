test_that("a small table is counted by hand", {
  counts <- rbind(a = c(2, 1, 0, 1), b = c(1, 1, 0, NA))
  stats <- sample_stats(as_genotypes(counts))
  expect_named(stats, c("sample_id", "call_rate", "heterozygosity", "f"))
  expect_identical(stats$call_rate, c(1, 0.75))
  expect_identical(stats$heterozygosity, c(2 / 4, 2 / 3))
  # p = 3/4, 1/2, 0 (does not count), 1/2: E = 5/8 + 1/2 + 1/2 and 5/8 + 1/2.
  expect_equal(stats$f, c((1 - 1.625) / (3 - 1.625), (0 - 1.125) / (2 - 1.125)))
})

test_that("F is that of PLINK's --het, and call rates that of --missing", {
  skip_without("plink1.9")
  for (seed in 4:6) {
    prefix <- local_random_set(seed)
    out <- plink("plink1.9", prefix, "--missing", "--het", known_parents)
    ours <- sample_stats(read_bed(prefix))
    expect_equal(as.double(plink_table(paste0(out, ".het"))$F), ours$f, tolerance = 2e-4)
    expect_equal(1 - as.double(plink_table(paste0(out, ".imiss"))$F_MISS), ours$call_rate,
      tolerance = 1e-4)
  }
})

test_that("nothing to count gives NA", {
  g <- as_genotypes(rbind(a = c(NA, NA), b = c(0, 1)))
  stats <- sample_stats(g)
  expect_identical(stats$call_rate, c(0, 1))
  expect_identical(stats$heterozygosity, c(NA, 0.5))
  expect_identical(is.na(stats$f), c(TRUE, FALSE))
})
