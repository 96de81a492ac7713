bim <- "1 rs1 0 100 A G\n1 rs2 0.5 200 C T\n"
fam <- "f1 s1 0 0 1 -9\nf1 s2 s1 0 2 1\nf2 s3 0 0 0 -9\n"
# PLINK's codes, lowest bits first: s1 2 copies, s2 missing, s3 1 copy; then 0, 0, 2.
bed <- c(0x6c, 0x1b, 0x01, 0x24, 0x0f)

test_that("reads a file written by hand", {
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
  expect_read_error("1 rs1 100 A\n", fam, bed, "column_count",
    "a .bim file", "Line 1 of \"<prefix>.bim\" has 4 columns", "#CHROM POS ID REF ALT")
  expect_read_error(bim, "f1 s1 0 0 1 -9\nf1 s2\n", bed, "column_count",
    "Line 2 of \"<prefix>.fam\" has 2 columns, and lines before it 6", "#FID IID SEX")
  expect_read_error(bim, "f1 s1 0 0 1 -9\n#f1 s2 0 0 1 -9\nf1 s3 0 0 1 -9\n", bed, "field",
    "Line 2 of \"<prefix>.fam\" has \"#f1 s2 0 0 1 -9\"", "a row of genotypes")
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
  expect_error(read_bed(prefix), "read_pgen")
  expect_error(read_bed(c("a", "b")), class = "forebear_error_argument")
  expect_error(read_bed(NA_character_), class = "forebear_error_argument")
})

test_that("duplicated IDs warn with their number", {
  fam <- "f1 s1 0 0 1 -9\nf2 s1 0 0 2 1\nf2 s3 0 0 0 -9\n"
  prefix <- local_fileset("1 rs1 0 1 A G\n1 rs1 0 2 A G\n", fam, bed)
  warnings <- capture_warnings(g <- read_bed(prefix))
  expect_length(warnings, 2)
  expect_match(warnings[1], "1 ID occurs more than once: \"s1\"", fixed = TRUE)
  expect_match(warnings[2], "Every variant ID", fixed = TRUE)
  expect_error(g["s1", ], class = "forebear_error_subset")
})

test_that("the family can be a part of the ID, and the warning says so", {
  fam <- "f1 1 2 0 1 -9\nf2 1 0 0 2 1\nf2 3 0 0 0 -9\n"
  prefix <- local_fileset(bim, fam, bed)
  expect_warning(read_bed(prefix), "read_bed(sample_id = \"FID_IID\")", fixed = TRUE,
    class = "forebear_warning_duplicate_ids")
  expect_silent(g <- read_bed(prefix, sample_id = "FID_IID"))
  expect_identical(samples(g)$sample_id, c("f1_1", "f2_1", "f2_3"))
  expect_identical(samples(g)$family_id, c("f1", "f2", "f2"))
  expect_identical(samples(g)$father_id, c("f1_2", NA, NA))
  expect_identical(unname(as.matrix(g["f2_1", ])[1, ]), c(NA, 0L))
  expect_error(read_bed(prefix, sample_id = "FID"), class = "forebear_error_argument")
  # The family does not distinguish these.
  prefix <- local_fileset(bim, "f 1 0 0 1 -9\nf 1 0 0 2 1\nf2 3 0 0 0 -9\n", bed)
  warning <- expect_warning(read_bed(prefix), class = "forebear_warning_duplicate_ids")
  expect_no_match(conditionMessage(warning), "FID_IID")
  expect_match(conditionMessage(warning), "samples(x) <- table", fixed = TRUE)
})

test_that("a header is no sample and no variant", {
  want <- read_bed(local_fileset(bim, fam, bed))
  header <- function(fam_header, bim_header = "", env = parent.frame()) {
    read_bed(local_fileset(paste0(bim_header, bim), paste0(fam_header, fam), bed, env = env))
  }
  for (g in list(header("#FID IID PAT MAT SEX PHENO1\n"), header("FID IID FATHER MOTHER SEX P\n"),
    header("# written by hand\n", "#CHROM ID CM POS ALT REF\n"),
    header("", "CHR SNP CM BP A1 A2\n"))) {
    expect_identical(as.matrix(g), as.matrix(want))
    expect_identical(samples(g), samples(want))
    expect_identical(variants(g), variants(want))
  }
  g <- read_bed(local_fileset("#CHROM POS ID REF ALT\n1 100 rs1 G A\n1 200 rs2 T C\n",
    "#IID\tSEX\ns1\tM\ns2\tfemale\ns3\tNA\n", bed))
  expect_identical(as.matrix(g), as.matrix(want))
  expect_identical(samples(g)$sex, samples(want)$sex)
  expect_identical(samples(g)$family_id, c("s1", "s2", "s3"))
  expect_identical(variants(g)$ref, variants(want)$ref)
})

test_that("columns are as PLINK takes them", {
  want <- read_bed(local_fileset(bim, fam, bed))
  g <- read_bed(local_fileset("1 rs1 100 A G\n1 rs2 200 C T\n", gsub("\n", " 5 x\n", fam), bed))
  expect_identical(samples(g), samples(want))
  expect_identical(variants(g)$position_bp, c(100L, 200L))
  expect_identical(variants(g)$position_cm, c(0, 0))
  expect_read_error(bim, gsub(" \\S+\n", "\n", fam), bed, "column_count", "has 5 columns")
})

test_that("numbers are read as R and pandas write them", {
  g <- read_bed(local_fileset("1 rs1 1e-1 1e+05 A G\n1 rs2 NA 200000.0 C T\n", fam, bed))
  expect_identical(variants(g)$position_bp, c(100000L, 200000L))
  expect_identical(variants(g)$position_cm, c(0.1, 0))
  table <- data.frame(1, c("rs1", "rs2"), 0, c(1e5, 2e5), "A", "G")
  prefix <- local_fileset(bim, fam, bed)
  write.table(table, paste0(prefix, ".bim"), quote = FALSE, row.names = FALSE, col.names = FALSE)
  expect_match(readLines(paste0(prefix, ".bim"))[1], "1e+05", fixed = TRUE)
  expect_identical(variants(read_bed(prefix))$position_bp, c(100000L, 200000L))
})

test_that("variants with a negative position are left out and counted", {
  prefix <- local_fileset("1 rs1 0 -100 A G\n1 rs2 0.5 200 C T\n", fam, bed)
  expect_message(g <- read_bed(prefix), "1 of 2 variants in \"set.bim\" left out",
    class = "forebear_message_skipped")
  expect_identical(as.matrix(g),
    matrix(c(0L, 0L, 2L), 3, dimnames = list(c("s1", "s2", "s3"), "rs2")))
  expect_identical(skipped_records(g)$reason, "negative_position")
  expect_identical(skipped_records(g)$n_records, 1L)
  prefix <- local_fileset("1 rs1 0 -1 A G\n1 rs2 0 -1 C T\n", fam, bed)
  expect_error(read_bed(prefix), class = "forebear_error_no_variant_left")
})

test_that("variants without an ID are named as read_vcf() names them", {
  g <- read_bed(local_fileset("1 . 0 1000 A G\nX . 0 7 AT A\n", fam, bed))
  expect_identical(variants(g)$variant_id, c("1:1000:G:A", "X:7:A:AT"))
  path <- local_vcf(c("1 1000 . G A . . . GT 0/0 0/1", "X 7 . A AT . . . GT 0/0 1/1"))
  expect_identical(variants(read_vcf(path))$variant_id, variants(g)$variant_id)
})

# Files of random genotypes, read with a .fam that was edited.
edited_fam <- function(n_samples, edit, n_variants = 200) {
  prefix <- tempfile("edited")
  write_bed(as_genotypes(random_counts(n_samples, n_variants, seed = n_samples)), prefix)
  writeLines(edit(readLines(paste0(prefix, ".fam"))), paste0(prefix, ".fam"))
  prefix
}

test_that("a .fam that lost a line within the same bytes is refused", {
  for (n_samples in c(60, 7, 2)) {
    prefix <- edited_fam(n_samples, function(lines) lines[-2])
    error <- expect_error(read_bed(prefix), class = "forebear_error_bed_padding")
    expect_match(conditionMessage(error), "more samples than the .fam names", fixed = TRUE)
    expect_identical(conditionCall(error)[[1]], quote(read_bed))
  }
  prefix <- edited_fam(61, function(lines) lines[-2])
  expect_error(read_bed(prefix), class = "forebear_error_bed_size")
})

test_that("a .fam that gained a line within the same bytes is named", {
  more <- function(n) function(lines) append(lines, sprintf("x x%d 0 0 0 -9", seq_len(n)), 1)
  prefix <- edited_fam(59, more(1))
  warning <- expect_warning(g <- read_bed(prefix), class = "forebear_warning_bed_padding")
  expect_match(conditionMessage(warning), "\"s59\" is homozygous for allele 1 at all 200",
    fixed = TRUE)
  expect_warning(read_bed(edited_fam(57, more(3))), "\"s55\", \"s56\", \"s57\" are",
    class = "forebear_warning_bed_padding")
  expect_error(read_bed(edited_fam(60, more(1))), class = "forebear_error_bed_size")
  # Of a few variants this may be chance, and with one genotype everywhere it shows nothing.
  expect_silent(read_bed(edited_fam(59, more(1), n_variants = 49)))
  prefix <- tempfile()
  write_bed(as_genotypes(matrix(2, 7, 100)), prefix)
  expect_silent(read_bed(prefix))
})

test_that("awkward paths work, and their percent signs do not reach printf", {
  skip_without_utf8()
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

test_that("agrees with plink on headers, forms of numbers and negative positions", {
  skip_if(Sys.which("plink2") == "", "plink2 is not installed")
  prefix <- file.path(withr::local_tempdir(), "forms")
  write_bed(as_genotypes(random_counts(9, 12)), prefix)
  position <- c("1e+05", "100001.0", "-5", "+100003", 100004:100011)
  writeLines(c("#CHROM ID POS ALT REF", sprintf("1 v%d %s A C", 1:12, position)),
    paste0(prefix, ".bim"))
  writeLines(c("#IID SEX", paste0("s", 1:9, "\t", c("M", "F", 1, 2, 0, "NA", "m", "f", 1))),
    paste0(prefix, ".fam"))
  g <- suppressMessages(read_bed(prefix))
  status <- system2("plink2", c("--bfile", prefix, "--export", "A", "--out", prefix),
    stdout = FALSE, stderr = FALSE)
  expect_identical(status, 0L)
  raw <- utils::read.table(paste0(prefix, ".raw"), header = TRUE, check.names = FALSE)
  theirs <- as.matrix(raw[-(1:6)])
  counts_ref <- sub(".*_", "", colnames(theirs)) == "C"
  theirs[, counts_ref] <- 2L - theirs[, counts_ref]
  expect_identical(sub("_.*", "", colnames(theirs)), variants(g)$variant_id)
  expect_equal(unname(theirs), unname(as.matrix(g)))
  expect_identical(raw$IID, samples(g)$sample_id)
  expect_identical(c(male = 1L, female = 2L)[samples(g)$sex] |> unname(),
    replace(raw$SEX, raw$SEX == 0, NA))
})

test_that("a line that would be read as a header is not written", {
  g <- as_genotypes(matrix(0:1, 2, 2, dimnames = list(c("#a", "b"), NULL)))
  prefix <- withr::local_tempfile()
  expect_error(write_bed(g, prefix), class = "forebear_error_plink_field", "family_id.*\"#a\"")
  samples(g) <- data.frame(family_id = c("f", "b"))
  write_bed(g, prefix)
  expect_identical(samples(read_bed(prefix)), samples(g))
})
