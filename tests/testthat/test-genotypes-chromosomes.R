# UK Biobank's spelling, RefSeq's accession and so on of chromosome 6.
spellings_of_six <- c("6", "06", "chr6", "CHR6", "Chr06", "chromosome6", "NC_000006.11",
  "NC_000006.12", "CM000668.1", "CM000668.2", "6.0")

test_that("a chromosome is found under every spelling", {
  expect_identical(unique(plain_chromosome(spellings_of_six)), "6")
  expect_identical(match_chromosomes(spellings_of_six, c("5", "chr6")), rep(2L, 11))
  expect_identical(plain_chromosome(c("M", NA, "chrMT", "x", "scaffold_1a")),
    c("MT", NA, "MT", "X", "SCAFFOLD_1A"))
  expect_identical(match_chromosomes(c("X", NA), c(NA, "23")), c(2L, NA))
})

test_that("numbers are letters in human sets alone", {
  of <- function(chrom, position_bp = rep(1L, length(chrom)), autosomes = NULL) {
    g <- as_genotypes(matrix(0:1, 2, length(chrom)), autosomes = autosomes,
      variants = data.frame(chrom = chrom, position_bp = position_bp))
    chromosome_kinds(g)$kind
  }
  expect_identical(of(c("22", "23", "24", "25", "26", "0")),
    c("autosomal", "x", "y", "xy", "mt", "unplaced"))
  expect_identical(of(c("23", "26", "27")), rep("autosomal", 3))
  # Sheep: 26 autosomes. Human mitochondria have 16,571 bases.
  expect_identical(of(c("23", "26"), c(5L, 20000000L)), rep("autosomal", 2))
  expect_identical(of(c("26", "27", "28", "X"), autosomes = 26),
    c("autosomal", "x", "y", "x"))
  expect_error(of("1", autosomes = 0), class = "forebear_error_argument")
})

test_that("the number of autosomes stays with genotypes", {
  prefix <- withr::local_tempfile()
  counts <- random_counts(20, 30, missing = 0)
  g <- as_genotypes(counts, variants = data.frame(chrom = rep(1:30, each = 1)))
  write_bed(g, prefix)
  cattle <- read_bed(prefix, autosomes = 29)
  expect_identical(cattle$autosomes, 29L)
  expect_message(fit <- pca(cattle[3:20, ], num_comp = 2), "1 on \"30\", which is taken for X",
    class = "forebear_message_sex_chromosomes")
  expect_identical(fit$variants$chrom, as.character(1:29))
  expect_no_message(fit <- pca(g[, -30], num_comp = 2))
  expect_identical(nrow(fit$variants), 29L)
  expect_identical(as_genotypes(g, autosomes = 30)$autosomes, 30L)
})

test_that("the number of autosomes is read with a VCF, and stays where genotypes are joined", {
  chrom <- rep(1:30, each = 20)
  path <- local_vcf(vcf_record(rep(1:20, 30), "0/1 1/1", chrom = chrom))
  cattle <- read_vcf(path, autosomes = 29)
  expect_identical(cattle$autosomes, 29L)
  expect_null(read_vcf(path)$autosomes)
  expect_no_message(x <- read_vcf(path, region = "X", autosomes = 29))
  expect_identical(unique(variants(x)$chrom), "30")
  expect_identical(unique(variants(read_vcf(path, region = "23", autosomes = 29))$chrom), "23")
  expect_error(read_vcf(path, region = "X"), class = "forebear_error_no_variant_left")
  expect_error(read_vcf(path, autosomes = 0), class = "forebear_error_argument")
  one <- local_vcf(vcf_record(1:3, "0/1 1/1", chrom = "29"))
  two <- local_vcf(vcf_record(1:3, "0/1 1", chrom = "30"))
  expect_message(g <- read_vcf(c(one, two), autosomes = 29), "\"30\": 1 male, 1 female",
    class = "forebear_message_sex")
  expect_identical(g$autosomes, 29L)
  other <- as_genotypes(random_counts(30, 600, missing = 0), autosomes = 29,
    variants = variants(cattle))
  unknown <- other
  unknown$autosomes <- NULL
  samples(unknown) <- data.frame(sample_id = paste0("u", 1:30))
  both <- suppressMessages(rbind(unknown, other))
  expect_identical(both$autosomes, 29L)
  expect_message(fit <- pca(both, num_comp = 2), "20 on \"30\", which is taken for X")
  expect_identical(cbind(cattle[, 1:10], cattle[, 11:600])$autosomes, 29L)
  expect_identical(suppressMessages(harmonize(unknown, other))$autosomes, 29L)
  expect_error(rbind(as_genotypes(unknown, autosomes = 38), other), "They have 38 and 29",
    class = "forebear_error_argument")
})

test_that("what is projected on a fit needs no number of autosomes", {
  g <- as_genotypes(random_counts(60, 600, missing = 0), autosomes = 29, variants = data.frame(
    chrom = rep(1:30, each = 20), position_bp = rep(1:20, 30), ref = "A", alt = "C"))
  unknown <- g
  unknown$autosomes <- NULL
  lettered <- unknown
  lettered$variants$chrom[581:600] <- "X"
  expect_message(fit <- pca(g[1:40, ], num_comp = 2), "taken for X")
  want <- predict(fit, g[41:60, ])
  expect_identical(predict(fit, unknown[41:60, ]), want)
  expect_identical(predict(fit, lettered[41:60, ]), want)
  # Where X was kept, what is not found is said.
  fit <- pca(g[1:40, ], num_comp = 2, sex_chromosomes = TRUE)
  expect_identical(predict(fit, unknown[41:60, ]), predict(fit, g[41:60, ]))
  expect_message(predict(fit, lettered[41:60, ]), "20 not in the new data",
    class = "forebear_message_overlap")
})

test_that("regions, maps, harmonization and calls take any spelling", {
  g <- as_genotypes(random_counts(20, 20), variants = data.frame(
    chrom = rep(c("06", "11"), each = 10), position_bp = rep(26:35, 2) * 1000000L, ref = "A",
    alt = "G"))
  plain <- g
  plain$variants$chrom <- rep(c("6", "11"), each = 10)
  left <- suppressMessages(exclude_regions(g, long_range_ld("hg19")))
  want <- suppressMessages(exclude_regions(plain, long_range_ld("hg19")))
  expect_identical(variants(left)$variant_id, variants(want)$variant_id)
  expect_lt(ncol(left), 20)
  for (spelling in spellings_of_six) {
    plain$variants$chrom[1:10] <- spelling
    expect_identical(attr(harmonize(plain, g), "overlap"), 1, info = spelling)
  }
  path <- withr::local_tempfile()
  writeLines(c("chrom pos cM", "06 26000000 0", "06 35000000 9"), path)
  map <- read_genetic_map(path)
  expect_equal(position_cm(map, c("chr6", "NC_000006.12"), c(27000000L, 35000000L)), c(1, 9))
})
