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
  expect_error(rbind(h, h[2, ]), "\"s2\"", class = "forebear_error_duplicate_samples")
})

test_that("haplotypes of another source are aligned, with alleles exchanged", {
  alleles <- random_alleles(8, 6, n_haploid = 2)
  table <- data.frame(variant_id = paste0("v", 1:6), chrom = "1", position_bp = 1:6 * 1000L,
    ref = "A", alt = "G")
  first <- as_haplotypes(alleles[1:6, 1:5], variants = table[1:5, ])
  other <- table[c(6, 1, 2, 3, 5), ]
  other$chrom <- "chr1"
  other[3, c("ref", "alt")] <- c("G", "A")
  other[4, c("ref", "alt")] <- c("T", "C")
  theirs <- alleles[7:16, c(6, 1, 2, 3, 5)]
  theirs[, 3] <- 1 - theirs[, 3]
  second <- as_haplotypes(theirs, variants = other)
  expect_message(joined <- rbind(first, second), class = "forebear_message_overlap")
  want <- alleles[, c(1, 2, 3, 5)]
  expect_identical(unname(as.matrix(joined)), unname(want))
  expect_identical(variants(joined), variants(first)[c(1, 2, 3, 5), ])
  report <- attr(joined, "report")
  expect_identical(report$outcome, c("kept", "swapped", "flipped", "dropped", "kept"))
  expect_identical(report$source, rep(2L, 5))
})

test_that("genotypes are joined by variants, wherever they are", {
  counts <- random_counts(7, 30)
  g <- as_genotypes(counts)
  expect_identical(as.matrix(cbind(g[, 1:11], g[, 12:30])), as.matrix(g))
  chosen <- g[c(5, 2), ]
  expect_identical(as.matrix(cbind(chosen[, 9:3], chosen[, 20])), as.matrix(g[c(5, 2), c(9:3, 20)]))
  # Of other sources, with other choices of their samples.
  small <- as_genotypes(unclass(counts)[c(5, 2), ])
  expect_identical(as.matrix(cbind(chosen[, 9:3], small[, 20:22])),
    as.matrix(g[c(5, 2), c(9:3, 20:22)]))
  bed <- read_bed(example_data("panel"))
  joined <- cbind(bed[5:9, 30:20], bed[5:9, 7], bed[5:9, c(900, 800)])
  expect_identical(as.matrix(joined), as.matrix(bed[5:9, c(30:20, 7, 900, 800)]))
  expect_identical(as.matrix(joined[3:1, c(12, 3)]), as.matrix(bed[7:5, c(7, 28)]))
})

test_that("what is joined is read from its sources, and survives a file", {
  bed <- read_bed(example_data("panel"))
  first <- bed[1:100, ]
  memory <- as_genotypes(as.matrix(bed[101:150, ]), variants = variants(bed),
    samples = samples(bed)[101:150, ])
  joined <- rbind(first, memory, bed[151:300, ])
  expect_lt(as.numeric(utils::object.size(joined$parts[[1]])), 4e5)
  expect_identical(as.matrix(joined), as.matrix(bed))
  expect_identical(variant_stats(joined), variant_stats(bed))
  expect_equal(pca(joined, 4)$scores, pca(bed, 4)$scores)
  path <- withr::local_tempfile()
  saveRDS(joined, path)
  expect_identical(as.matrix(readRDS(path)[290:301 - 1, 1:40]), as.matrix(bed[290:301 - 1, 1:40]))
  nested <- cbind(joined[, 1:50], rbind(bed[1:20, 51:60], bed[21:300, 51:60]))
  expect_identical(as.matrix(nested), as.matrix(bed[, 1:60]))
  out <- write_bed(nested, path)
  expect_identical(as.matrix(read_bed(out)), as.matrix(bed[, 1:60]))
  own <- write_bed(bed[1:5, ], withr::local_tempfile())
  both <- rbind(read_bed(own), bed[6:9, ])
  expect_error(write_bed(both, own), class = "forebear_error_overwrites_source")
  expect_output(print(both), "2 sources joined")
})

# plink1.9 joins the same sets; it orders variants, and its sets must agree on alleles.
test_that("files that agree are joined as PLINK joins them", {
  skip_without("plink1.9")
  bed <- read_bed(example_data("panel"))
  folder <- withr::local_tempdir()
  one <- write_bed(bed[c(5:80), ], file.path(folder, "one"))
  two <- write_bed(bed[c(200, 90:150), ], file.path(folder, "two"))
  prefix <- function(path) sub("\\.bed$", "", path)
  out <- file.path(folder, "merged")
  arguments <- c("--bfile", prefix(one), "--bmerge", prefix(two), "--indiv-sort", "0",
    "--keep-allele-order", "--make-bed", "--out", out)
  suppressWarnings(system2("plink1.9", arguments, stdout = FALSE, stderr = FALSE))
  own <- write_bed(rbind(read_bed(one), read_bed(two), strand = "same"), file.path(folder, "own"))
  for (ending in c("bed", "bim")) {
    theirs <- readBin(paste0(out, ".", ending), "raw", 1e7)
    expect_identical(readBin(sub("bed$", ending, own), "raw", 1e7), theirs, info = ending)
  }
  expect_identical(samples(read_bed(own)), samples(read_bed(out)))
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
  expect_snapshot(conditions_of(
    cbind(h[1:3, 1:9], h[c(1, 3, 2), 10:19]),
    cbind(h[1:3, 1:9], h[1:2, 10:19]),
    rbind(h[1:2, 1:9], h[2:3, 1:9]),
    rbind(h[1:2, 1:9], h[3, 10:12]),
    cbind(h, g),
    rbind(g, g),
    cbind(g[1:2, ], g[2:3, ])
  ))
})
