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

test_that("genotypes of other samples are put below each other", {
  counts <- random_counts(11, 30, missing = 0.1)
  g <- as_genotypes(counts)
  expect_silent(joined <- rbind(g[1:3, ], g[4:8, ], g[9:11, ]))
  expect_identical(as.matrix(joined), counts)
  expect_identical(samples(joined), samples(g))
  expect_identical(variants(joined), variants(g))
  expect_silent(joined <- rbind(g[c(7, 1), 5:9], g[4, 5:9]))
  expect_identical(as.matrix(joined), counts[c(7, 1, 4), 5:9])
  bed <- read_bed(example_data("panel"))
  expect_identical(as.matrix(rbind(bed[5:2, 1:50], bed[9, 1:50])), as.matrix(bed[c(5:2, 9), 1:50]))
})

# Two studies of the same samples and genome, the second with alleles exchanged, on the other
# strand, and of other variants.
test_that("genotypes of another source are aligned, and what is left out is said", {
  counts <- random_counts(20, 6, missing = 0)
  table <- data.frame(variant_id = paste0("v", 1:6), chrom = "1", position_bp = 1:6 * 1000L,
    ref = "A", alt = "G")
  first <- as_genotypes(counts[1:10, 1:5], variants = table[1:5, ])
  other <- table[c(1, 2, 3, 5, 6), ]
  other$chrom <- "chr1"
  other[2, c("ref", "alt")] <- c("G", "A")
  other[3, c("ref", "alt")] <- c("T", "C")
  other[4, c("ref", "alt")] <- c("A", "C")
  theirs <- counts[11:20, c(1, 2, 3, 5, 6)]
  theirs[, 2] <- 2 - theirs[, 2]
  second <- as_genotypes(theirs, variants = other)
  expect_message(joined <- rbind(first, second), class = "forebear_message_overlap")
  expect_identical(unname(as.matrix(joined)), unname(counts[, 1:3]))
  expect_identical(variants(joined), variants(first)[1:3, ])
  report <- attr(joined, "report")
  expect_identical(report$outcome, c("kept", "swapped", "flipped", "dropped", "dropped"))
  expect_identical(report$source, rep(2L, 5))
  expect_snapshot(conditions_of(
    rbind(first, second),
    rbind(first, first[2:3, ]),
    rbind(first[, 1], as_genotypes(counts[11:12, 6, drop = FALSE], variants = table[6, ]))
  ))
})

test_that("two sample sets of VCFs become one, with strand as both have it", {
  records <- function(calls) sprintf("1 %d . A %s . . . GT %s", 1:2, c("C", "T"), calls)
  one <- read_vcf(local_vcf(records("0/1 1/1"), c("a", "b")))
  two <- read_vcf(local_vcf(records("0/0 ./."), c("c", "d")))
  joined <- rbind(one, two, strand = "same")
  expect_identical(unname(as.matrix(joined)), matrix(c(1L, 2L, 0L, NA), 4, 2))
  expect_identical(samples(joined)$sample_id, c("a", "b", "c", "d"))
  expect_message(checked <- rbind(one, two), "ambiguous_strand")
  expect_identical(dim(checked), c(4L, 1L))
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
