three <- function() as_genotypes(small_counts())

test_that("rows are matched by ID, in any order", {
  g <- three()
  table <- data.frame(sample_id = c("cat", "ann", "bob"), sex = c("F", "M", NA))
  expect_message(samples(g) <- table, class = "forebear_message_matched")
  expect_identical(samples(g)$sample_id, c("ann", "bob", "cat"))
  expect_identical(samples(g)$sex, c("male", NA, "female"))
  expect_identical(as.matrix(g), as.matrix(three()))
  table <- data.frame(IID = c("dan", "ann", "bob", "cat"), SEX = c(1, 2, 2, 1))
  expect_message(samples(g) <- table, "not in the data: 1 (\"dan\")", fixed = TRUE)
  expect_identical(samples(g)$sex, c("female", "female", "male"))
  variants(g) <- data.frame(variant_id = paste0("v", 1:5), position_cm = c(0, NA, 0.5, 1, 1))
  expect_identical(variants(g)$position_cm, c(0, 0, 0.5, 1, 1))
})

test_that("rows are matched by order where IDs are new, which renames", {
  g <- three()
  samples(g) <- data.frame(sample_id = c("a", "b", "c"), father_id = c(NA, "a", "0"))
  expect_identical(samples(g), tibble::tibble(
    sample_id = c("a", "b", "c"), family_id = c("a", "b", "c"), father_id = c(NA, "a", NA),
    mother_id = NA_character_, sex = NA_character_))
  samples(g) <- data.frame(sample_id = 1e5 + 0:2)
  expect_identical(samples(g)$sample_id, c("100000", "100001", "100002"))
  expect_identical(samples(g)$father_id, c(NA, "100000", NA))
  expect_identical(rownames(as.matrix(g)), samples(g)$sample_id)
  samples(g) <- transform(samples(g), family_id = c("f1", "f1", NA))
  expect_identical(samples(g)$family_id, c("f1", "f1", "100002"))
})

test_that("IDs that are unique within families can be joined", {
  g <- suppressWarnings(as_genotypes(small_counts()[c(1, 1, 2), ]))
  samples(g) <- data.frame(sample_id = c("f1_ann", "f2_ann", "bob"))
  expect_identical(samples(g)$sample_id, c("f1_ann", "f2_ann", "bob"))
  expect_identical(dim(g["f2_ann", ]), c(1L, 5L))
})

test_that("samples of a choice and of a file are set, and the file stays as it is", {
  bed <- read_bed(example_data("panel"))[c(5, 2), 1:9]
  before <- tools::md5sum(example_data("panel"))
  samples(bed) <- data.frame(sample_id = c("x", "y"), sex = c("male", "female"))
  expect_identical(samples(bed)$sex, c("male", "female"))
  expect_identical(unname(as.matrix(bed)), unname(as.matrix(
    read_bed(example_data("panel"))[c(5, 2), 1:9])))
  expect_identical(tools::md5sum(example_data("panel")), before)
  path <- write_bed(bed, tempfile())
  expect_identical(samples(read_bed(path))$sample_id, c("x", "y"))
})

test_that("sex of samples of a VCF makes X count as it should", {
  records <- vcf_record(1:5, "0 0/1 1 1", chrom = "X")
  # The haploid calls show who is male.
  g <- suppressMessages(read_vcf(local_vcf(records, c("m1", "f1", "m2", "m3"))))
  expect_equal(variant_stats(g)$allele_frequency, rep(3 / 5, 5))
  samples(g) <- data.frame(sample_id = c("m1", "f1", "m2", "m3"), sex = NA)
  expect_equal(variant_stats(g)$allele_frequency, rep(5 / 8, 5))
  samples(g) <- data.frame(sample_id = c("m1", "f1", "m2", "m3"), sex = c("M", "F", "M", "M"))
  expect_equal(variant_stats(g)$allele_frequency, rep(3 / 5, 5))
})

test_that("parents that are set make nonfounders", {
  counts <- rbind(pa = c(0, 0), ma = c(0, 0), kid = c(2, 1))
  g <- as_genotypes(counts)
  samples(g) <- data.frame(sample_id = c("pa", "ma", "kid"), father_id = c(0, 0, "pa"),
    mother_id = c("", NA, "ma"))
  expect_equal(variant_stats(g)$allele_frequency, c(0, 0))
  expect_equal(variant_stats(g, nonfounders = TRUE)$allele_frequency, c(2, 1) / 6)
})

test_that("haplotypes take tables, too", {
  h <- as_haplotypes(random_alleles(3, 4))
  samples(h) <- data.frame(sample_id = c("a", "b", "c"), sex = "male")
  expect_identical(rownames(as.matrix(h))[1:2], c("a_1", "a_2"))
  variants(h) <- data.frame(chrom = "X", position_bp = 1e5 + 0:3, position_cm = 1:4,
    variant_id = ".")
  expect_identical(variants(h)$variant_id, paste0("X:", 100000:100003, ":A:B"))
  expect_identical(variants(h)$position_bp, 100000:100003)
})

test_that("variants that are no longer in order are reported", {
  g <- three()
  expect_warning(variants(g) <- data.frame(position_bp = c(5, 4, 6, 7, 8)),
    "\"v1\" at 5 comes before \"v2\" at 4", class = "forebear_warning_unsorted")
  expect_identical(variants(g)$position_bp, c(5L, 4L, 6L, 7L, 8L))
  expect_silent(variants(g) <- data.frame(chrom = c(1, 1, 2, 2, 3), position_bp = c(1, 2, 1, 1, 1)))
})

test_that("what a table says is checked", {
  g <- three()
  sexes <- c("male", "female", "male")
  expect_snapshot(conditions_of(
    samples(g) <- 1:3,
    samples(g) <- data.frame(sample_id = c("ann", "bob", "cat"), population = "x"),
    samples(g) <- data.frame(sex = sexes[1:2]),
    samples(g) <- data.frame(sample_id = c("bob", "x", "cat"), sex = sexes),
    samples(g) <- data.frame(sample_id = c("ann", "cat"), sex = sexes[1:2]),
    samples(g) <- data.frame(sample_id = c("a", "a", "b")),
    samples(g) <- data.frame(sample_id = c("a", "", NA)),
    samples(g) <- data.frame(sex = c("male", "boy", "3")),
    samples(g) <- data.frame(father_id = c("ann", NA, NA)),
    samples(g) <- data.frame(father_id = c("bob", NA, NA), sex = sexes),
    samples(g) <- data.frame(IID = c("a", "b", "c"), sample_id = c("a", "b", "c")),
    variants(g) <- data.frame(position_bp = c(1, 2, -3, 1.5, NA)),
    variants(g) <- data.frame(position_cm = c(0, 2, 1, 3, Inf)),
    variants(g) <- data.frame(position_cm = c(0, 2, 1, 3, 4)),
    variants(g) <- data.frame(ref = rep("B", 5), alt = rep("A", 5)),
    variants(g) <- data.frame(variant_id = c("v1", "v2", "v3", "v5", "v4x"))
  ))
})

test_that("the same checks hold where tables come with the genotypes", {
  g <- as_genotypes(small_counts(), samples = data.frame(SEX = c("M", "2", "unknown")))
  expect_identical(samples(g)$sex, c("male", "female", NA))
})

test_that("IDs and positions may be whole numbers of 64 bits", {
  # As data.table::fread() makes them, in the bits of doubles.
  whole64 <- function(low, high) {
    bits <- as.raw(rbind(bytes_of(low), bytes_of(high)))
    structure(readBin(bits, "double", length(low), endian = "little"), class = "integer64")
  }
  bytes_of <- function(x) vapply(x, function(x) x %/% 256^(0:3) %% 256, numeric(4))
  long <- whole64(c(1410065409, 1410065410, 0), c(2, 2, 2^31))
  expect_identical(id_text(long), c("10000000001", "10000000002", NA))
  edges <- whole64(c(0, 1, 2^32 - 1, 2^32 - 1, 0, 1), c(0, 0, 2^32 - 1, 2^31 - 1, 1, 2^31))
  expect_identical(id_text(edges), c("0", "1", "-1", "9223372036854775807", "4294967296",
    "-9223372036854775807"))
  expect_identical(id_text(structure(numeric(), class = "integer64")), character())
  counts <- small_counts()[1:2, ]
  rownames(counts) <- c("10000000002", "10000000001")
  g <- as_genotypes(counts)
  table <- data.frame(sex = c("F", "M"))
  table$sample_id <- whole64(c(1410065409, 1410065410), c(2, 2))
  suppressMessages(samples(g) <- table)
  expect_identical(samples(g)$sample_id, rownames(counts))
  expect_identical(samples(g)$sex, c("male", "female"))
  place <- data.frame(chrom = rep("2", 5))
  place$position_bp <- whole64(1:5 * 100, rep(0, 5))
  place$position_cm <- whole64(1:5, rep(0, 5))
  variants(g) <- place
  expect_identical(variants(g)$position_bp, 1:5 * 100L)
  expect_identical(variants(g)$position_cm, as.double(1:5))
})
