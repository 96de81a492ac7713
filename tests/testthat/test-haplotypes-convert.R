test_that("a matrix of alleles comes back as it was", {
  for (n_haploid in c(0, 30)) {
    alleles <- random_alleles(11, 130, n_haploid)
    expect_equal(as.matrix(as_haplotypes(alleles)), alleles)
  }
  h <- as_haplotypes(alleles)
  expect_identical(as_haplotypes(h), h)
})

test_that("a matrix without names gets names; tables are taken over", {
  h <- as_haplotypes(matrix(c(0, 1, 1, NA), 2))
  expect_identical(dimnames(as.matrix(h)),
    list(c("sample1_1", "sample1_2"), c("variant1", "variant2")))
  h <- as_haplotypes(matrix(0:1, 2), samples = data.frame(sex = "male"),
    variants = data.frame(chrom = "X", position_bp = 7, ref = "A", alt = "G"))
  expect_identical(samples(h)$sex, "male")
  expect_identical(variants(h)$position_bp, 7L)
})

test_that("what is no matrix of haplotypes is refused", {
  expect_snapshot(conditions_of(
    as_haplotypes("a"),
    as_haplotypes(matrix("a", 2)),
    as_haplotypes(matrix(0, 3, 2)),
    as_haplotypes(matrix(0, 0, 2)),
    as_haplotypes(matrix(c(0, 1, 2, 0.5), 2)),
    as_haplotypes(matrix(c(0, 1, NA, 0), 2)),
    as_haplotypes(rbind(a_1 = 0, a_1 = 1)),
    as_haplotypes(rbind(a_1 = 0, b_2 = 1)),
    as_haplotypes(rbind(a_1 = 0, a_2 = 1), other = 1)
  ))
})

test_that("tables go to the samples and variants of their IDs, in whatever order", {
  alleles <- rbind(ann_1 = c(v1 = 0, v2 = 1), ann_2 = 0, bob_1 = 1, bob_2 = 1)
  h <- suppressMessages(as_haplotypes(alleles,
    samples = data.frame(sample_id = c("bob", "ann"), sex = c("M", "F")),
    variants = data.frame(variant_id = c("v2", "v1"), position_bp = c(20, 10))))
  expect_equal(as.matrix(h), alleles)
  expect_identical(samples(h)$sex, c("female", "male"))
  expect_identical(variants(h)$position_bp, c(10L, 20L))
  h <- as_haplotypes(unname(alleles), samples = data.frame(sample_id = c("bob", "ann")))
  expect_identical(samples(h)$sample_id, c("bob", "ann"))
})
