test_that("dimensions, tables and names are those of samples and variants", {
  h <- as_haplotypes(random_alleles(5, 70))
  expect_identical(dim(h), c(5L, 70L))
  expect_identical(samples(h)$sample_id, paste0("s", 1:5))
  expect_named(samples(h), c("sample_id", "family_id", "father_id", "mother_id", "sex"))
  expect_named(variants(h),
    c("variant_id", "chrom", "position_bp", "position_cm", "ref", "alt"))
})

test_that("a choice of samples and variants is that of the matrix", {
  alleles <- random_alleles(9, 200, n_haploid = 40)
  h <- as_haplotypes(alleles)
  i <- c(7, 2, 2, 9)
  rows <- rbind(2 * i - 1, 2 * i)
  for (j in list(1:200, 30:171, c(200, 3, 64, 65, 1), -(1:70))) {
    expect_identical(unname(as.matrix(h[i, j])), unname(matrix(as.integer(alleles[rows, j]), 8)))
  }
  expect_identical(as.matrix(h["s3", "v5"]), as.matrix(h)[5:6, "v5", drop = FALSE])
  expect_identical(as.matrix(h[i, ][2:1, ]), as.matrix(h[i[2:1], ]))
  expect_identical(as.matrix(h, threads = 1), as.matrix(h, threads = 2))
})

test_that("subsetting copies no alleles, and refuses what makes no sense", {
  h <- as_haplotypes(random_alleles(9, 200))
  expect_identical(h[1:2, 1:2]$alleles, h$alleles)
  expect_snapshot(conditions_of(
    h[1],
    h["dan", ],
    h[, 201],
    h[, "v1", extra = 1]
  ))
})

test_that("printing says how large, whether it is a view, and who is haploid", {
  h <- as_haplotypes(random_alleles(9, 200, n_haploid = 5))
  expect_snapshot({
    h
    h[1:3, 1:100]
  })
})

test_that("a saved object is whole, in another process", {
  h <- as_haplotypes(random_alleles(9, 200, n_haploid = 5))[8:1, 200:100]
  saved <- withr::local_tempfile()
  saveRDS(h, saved)
  expect_identical(readRDS(saved), h)
  printed <- in_fresh_r(sprintf("cat(sum(as.matrix(readRDS(%s)), na.rm = TRUE))", deparse1(saved)))
  expect_equal(printed, as.character(sum(as.matrix(h), na.rm = TRUE)))
})

test_that("is.na(), t() and summary() are those of the matrix and the chromosomes", {
  alleles <- random_alleles(5, 70, n_haploid = 10)
  h <- as_haplotypes(alleles)
  expect_identical(is.na(h), is.na(as.matrix(h)))
  expect_identical(t(h), t(as.matrix(h)))
  expect_identical(sum(summary(h)$n_variants), 70L)
})
