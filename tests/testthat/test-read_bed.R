bim <- "1 rs1 0 100 A G\n1 rs2 0.5 200 C T\n"
fam <- "f1 s1 0 0 1 -9\nf1 s2 s1 0 2 1\nf2 s3 0 0 0 -9\n"
# PLINK's codes, lowest bits first: s1 2 copies, s2 missing, s3 1 copy; then 0, 0, 2.
bed <- c(0x6c, 0x1b, 0x01, 0x24, 0x0f)

test_that("reads a file worked out by hand", {
  g <- read_bed(local_fileset(bim, fam, bed))
  expect_identical(
    as.matrix(g),
    matrix(c(2L, NA, 1L, 0L, 0L, 2L), 3, dimnames = list(c("s1", "s2", "s3"), c("rs1", "rs2")))
  )
  expect_identical(samples(g), tibble::tibble(
    sample_id = c("s1", "s2", "s3"), family_id = c("f1", "f1", "f2"),
    father_id = c(NA, "s1", NA), mother_id = NA_character_, sex = c("male", "female", NA)
  ))
  expect_identical(variants(g), tibble::tibble(
    variant_id = c("rs1", "rs2"), chrom = "1", position_bp = c(100L, 200L),
    position_cm = c(0, 0.5), ref = c("G", "T"), alt = c("A", "C")
  ))
})

test_that("the prefix, the .bed and gzipped tables are the same set", {
  prefix <- local_fileset(bim, fam, bed)
  want <- as.matrix(read_bed(prefix))
  expect_identical(as.matrix(read_bed(paste0(prefix, ".bed"))), want)
  for (ending in c(".bim", ".fam")) {
    lines <- readLines(paste0(prefix, ending))
    unlink(paste0(prefix, ending))
    connection <- gzfile(paste0(prefix, ending, ".gz"))
    writeLines(lines, connection)
    close(connection)
  }
  expect_identical(as.matrix(read_bed(prefix)), want)
  file.rename(paste0(prefix, ".bim.gz"), paste0(prefix, ".bim"))
  expect_identical(as.matrix(read_bed(prefix)), want)
})

test_that("IDs and chromosome names keep their text", {
  bim <- "chrUn_KI270742v1 007 0 1 A G\n2L 1e5 0 2 <DEL> N\n"
  fam <- "0 0012 0 0 1 -9\nNA NA 0 0 1 -9\n_ s_1_2 0 0 1 -9\n"
  g <- read_bed(local_fileset(bim, fam, bed))
  expect_identical(samples(g)$sample_id, c("0012", "NA", "s_1_2"))
  expect_identical(variants(g)$variant_id, c("007", "1e5"))
  expect_identical(variants(g)$chrom, c("chrUn_KI270742v1", "2L"))
  expect_identical(as.matrix(g["NA", "007"])[[1]], NA_integer_)
})

test_that("Windows line ends, a byte order mark and empty last lines do no harm", {
  text <- paste0("\xef\xbb\xbf", gsub("\n", "\r\n", bim), "\r\n\n")
  g <- read_bed(local_fileset(text, gsub("\n", "\r\n", fam), bed))
  expect_identical(variants(g)$chrom, c("1", "1"))
  expect_identical(variants(g)$ref, c("G", "T"))
  expect_identical(samples(g)$sex, c("male", "female", NA))
})

# Errors name files in a temporary folder: a snapshot must not.
expect_read_error <- function(bim, fam, bed, class, ...) {
  prefix <- local_fileset(bim, fam, bed)
  error <- expect_error(read_bed(prefix), class = paste0("forebear_error_", class))
  message <- gsub(prefix, "<prefix>", conditionMessage(error), fixed = TRUE)
  for (text in c(...)) expect_match(message, text, fixed = TRUE)
  expect_identical(conditionCall(error)[[1]], quote(read_bed))
}

test_that("a .bed that is not one is refused", {
  expect_read_error(bim, fam, c(0x6c, 0x1b, 0x00, 1, 1), "bed_magic", "individual-major")
  expect_read_error(bim, fam, charToRaw("chr1\t5\t9"), "bed_magic", "63 68 72", "UCSC")
  expect_read_error(bim, fam, raw(0), "bed_magic", "it is empty")
})

test_that("a .bed of another size is refused, with both sizes", {
  expect_read_error(bim, fam, bed[1:4], "bed_size", "must have 5 bytes", "It has 4 bytes",
    "truncated")
  expect_read_error(bim, fam, c(bed, 0), "bed_size", "It has 6 bytes", "too long")
})

test_that("a wrong line of a table is named with its number", {
  expect_read_error("1 rs1 0 100 A\n", fam, bed, "column_count",
    "<prefix>.bim\" must have 6 columns", "Line 1 has 5")
  expect_read_error(bim, "f1 s1 0 0 1 -9\nf1 s2\n", bed, "column_count",
    "<prefix>.fam\"", "Line 2 has 2")
  expect_read_error("1 rs1 0 1.5 A G\n", fam, bed, "field", "base pairs", "Line 1", "\"1.5\"")
  expect_read_error("1 rs1 x 1 A G\n", fam, bed, "field", "centimorgans", "\"x\"")
  expect_read_error("", fam, bed, "empty_table", "at least one variant")
  expect_read_error(bim, "", bed, "empty_table", "at least one sample")
  expect_read_error("1 rs\xe9 0 1 A G\n", fam, bed, "not_utf8", "Line 1", "iconv")
})

test_that("absent files are named, each", {
  prefix <- local_fileset(bim, fam, bed)
  unlink(paste0(prefix, ".bim"))
  error <- expect_error(read_bed(prefix), class = "forebear_error_file")
  expect_match(conditionMessage(error), "set.bim", fixed = TRUE)
  expect_no_match(conditionMessage(error), "set.fam", fixed = TRUE)
  file.create(paste0(prefix, ".pgen"))
  expect_error(read_bed(prefix), "plink2")
  expect_error(read_bed(c("a", "b")), class = "forebear_error_argument")
  expect_error(read_bed(NA_character_), class = "forebear_error_argument")
})

test_that("duplicated IDs warn with their number", {
  fam <- "f1 s1 0 0 1 -9\nf2 s1 0 0 2 1\nf2 s3 0 0 0 -9\n"
  prefix <- local_fileset("1 . 0 1 A G\n1 . 0 2 A G\n", fam, bed)
  warnings <- capture_warnings(g <- read_bed(prefix))
  expect_length(warnings, 2)
  expect_match(warnings[1], "1 ID occurs more than once: \"s1\"", fixed = TRUE)
  expect_match(warnings[2], "Every variant ID", fixed = TRUE)
  expect_error(g["s1", ], class = "forebear_error_subset")
})

test_that("awkward paths work, and their percent signs do not reach printf", {
  prefix <- local_fileset(bim, fam, bed, name = "100%s %n \u00e9 {x} it's")
  expect_identical(dim(read_bed(prefix)), c(3L, 2L))
  writeBin(as.raw(1:3), paste0(prefix, ".bed"))
  error <- expect_error(read_bed(prefix), class = "forebear_error_bed_magic")
  expect_match(conditionMessage(error), "100%s %n \u00e9 {x} it's.bed", fixed = TRUE)
})

test_that("a set that is written is read back as it was", {
  prefix <- local_fileset(bim, fam, bed)
  copy <- sub("set$", "copy", prefix)
  path <- write_bed(read_bed(prefix), copy)
  expect_identical(path, paste0(copy, ".bed"))
  for (ending in c(".bed", ".fam", ".bim")) {
    before <- readBin(paste0(prefix, ending), "raw", 1000)
    after <- readBin(paste0(copy, ending), "raw", 1000)
    if (ending != ".bed") before <- charToRaw(gsub(" ", "\t", rawToChar(before)))
    expect_identical(after, before)
  }
  g <- as_genotypes(random_counts(10, 17, missing = 0.3))[c(3, 9, 1), 17:2]
  expect_identical(as.matrix(read_bed(write_bed(g, copy))), as.matrix(g))
  expect_setequal(list.files(dirname(copy)),
    c(paste0("set.", c("bed", "bim", "fam")), paste0("copy.", c("bed", "bim", "fam"))))
})

test_that("writing refuses what it cannot keep", {
  prefix <- local_fileset(bim, fam, bed)
  g <- read_bed(prefix)
  expect_error(write_bed(g[1, ], prefix), class = "forebear_error_overwrites_source")
  expect_identical(dim(read_bed(prefix)), c(3L, 2L))
  counts <- small_counts()
  rownames(counts)[2] <- "bob b"
  error <- expect_error(write_bed(as_genotypes(counts), tempfile()),
    class = "forebear_error_plink_field")
  expect_match(conditionMessage(error), "first \"bob b\" in row 2", fixed = TRUE)
  expect_error(write_bed(g, "/no/such/folder/x"), class = "forebear_error_file")
  expect_error(write_bed(1:3, tempfile()), class = "forebear_error_argument")
})

test_that("agrees with plink on every genotype of real data", {
  path <- shared_path("data", "hapmap3_957", "hapmap3.bed")
  skip_if(Sys.which("plink2") == "", "plink2 is not installed")
  g <- read_bed(path)[seq(1, 957, 37), seq(1, 14079, 113)]
  folder <- withr::local_tempdir()
  write_bed(g, file.path(folder, "part"))
  system2("plink2", c("--bfile", file.path(folder, "part"), "--export", "A", "--out",
    file.path(folder, "part")), stdout = FALSE, stderr = FALSE)
  raw <- utils::read.table(file.path(folder, "part.raw"), header = TRUE, check.names = FALSE)
  theirs <- as.matrix(raw[-(1:6)])
  counted <- sub(".*_", "", colnames(theirs))
  theirs[, counted == variants(g)$ref] <- 2L - theirs[, counted == variants(g)$ref]
  expect_equal(unname(theirs), unname(as.matrix(g)))
})
