test_that("variants of the same samples are put side by side", {
  alleles <- random_alleles(5, 200, n_haploid = 40)
  h <- as_haplotypes(alleles)
  for (cut in c(1, 63, 64, 130)) {
    joined <- cbind(h[, seq_len(cut)], h[, (cut + 1):200])
    expect_identical(as.matrix(joined), as.matrix(h))
    expect_identical(joined, h)
  }
  three <- cbind(h[c(2, 1), 150:199], h[c(2, 1), 70:1], h[c(2, 1), 100])
  expect_identical(as.matrix(three), as.matrix(h[c(2, 1), c(150:199, 70:1, 100)]))
  expect_identical(variants(three), variants(h[, c(150:199, 70:1, 100)]))
  diploid <- as_haplotypes(random_alleles(5, 70))
  variants <- data.frame(chrom = "2", position_bp = 1:70, variant_id = paste0("w", 1:70))
  diploid <- as_haplotypes(random_alleles(5, 70), variants = variants)
  expect_identical(unname(as.matrix(cbind(diploid, h))),
    unname(cbind(as.matrix(diploid), as.matrix(h))))
})

test_that("samples at the same variants are put below each other", {
  h <- as_haplotypes(random_alleles(7, 130, n_haploid = 30))
  expect_identical(rbind(h[1:3, ], h[4:7, ]), h)
  joined <- rbind(h[c(6, 1), 20:90], h[3, 20:90])
  expect_identical(as.matrix(joined), as.matrix(h[c(6, 1, 3), 20:90]))
  expect_identical(samples(joined)$sample_id, c("s6", "s1", "s3"))
  expect_warning(rbind(h, h[2, ]), class = "forebear_warning_duplicate_ids")
})

test_that("genotypes in memory are joined by variants", {
  counts <- random_counts(7, 30)
  g <- as_genotypes(counts)
  expect_identical(as.matrix(cbind(g[, 1:11], g[, 12:30])), as.matrix(g))
  chosen <- g[c(5, 2), ]
  expect_identical(as.matrix(cbind(chosen[, 9:3], chosen[, 20])), as.matrix(g[c(5, 2), c(9:3, 20)]))
})

test_that("what cannot be joined is refused with the first difference", {
  h <- as_haplotypes(random_alleles(5, 70))
  g <- as_genotypes(random_counts(5, 20))
  bed <- read_bed(example_data("panel"))
  expect_snapshot(conditions_of(
    cbind(h[1:3, 1:9], h[c(1, 3, 2), 10:19]),
    cbind(h[1:3, 1:9], h[1:2, 10:19]),
    rbind(h[1:2, 1:9], h[3, c(1:4, 6:9)]),
    rbind(h[1:2, 1:9], h[3, 1:8]),
    cbind(h, g),
    rbind(g, g),
    cbind(g[1:2, ], as_genotypes(random_counts(2, 20))),
    cbind(bed[, 1:2], bed[, 3])
  ))
})
