msp_lines <- function() {
  c("#Subpopulation order/codes: AFR=0\tEUR=1",
    "#chm\tspos\tepos\tsgpos\tegpos\tn snps\tann.0\tann.1",
    "chr1\t100\t200\t0.1\t0.2\t5\t0\t1", "chr1\t200\t300\t0.2\tnan\t6\t1\t1",
    "chr2\t7\t9\t0\t1\t2\t0\t0")
}

local_lines <- function(lines, name = "calls.msp.tsv", env = parent.frame()) {
  path <- file.path(withr::local_tempdir(.local_envir = env), name)
  writeLines(lines, path)
  path
}

test_that("an .msp.tsv worked by hand", {
  calls <- read_msp(local_lines(msp_lines()))
  expect_s3_class(calls, "forebear_ancestry_calls")
  expect_identical(calls$chrom, c("chr1", "chr1", "chr1", "chr1", "chr2", "chr2"))
  expect_identical(calls$haplotype, c(1L, 1L, 2L, 2L, 1L, 2L))
  expect_identical(calls$window, c(1L, 2L, 1L, 2L, 1L, 1L))
  expect_identical(calls$start_bp, c(100L, 200L, 100L, 200L, 7L, 7L))
  # The last window of a chromosome ends at its last variant.
  expect_identical(calls$end_bp, c(199L, 300L, 199L, 300L, 9L, 9L))
  expect_identical(calls$.pred_class, c("AFR", "EUR", "EUR", "EUR", "AFR", "AFR"))
  expect_identical(calls$.pred_EUR, c(0, 1, 1, 1, 0, 0))
  windows <- attr(calls, "windows")
  expect_identical(windows$n_variants, c(5L, 6L, 2L))
  expect_identical(windows$end_cm, c(0.2, NA, 1))
  path <- local_lines(msp_lines(), "calls.msp.tsv.gz")
  connection <- gzfile(path, "w")
  writeLines(msp_lines(), connection)
  close(connection)
  expect_identical(read_msp(path), calls)
})

test_that("codes keep their order and need not be sorted", {
  lines <- msp_lines()
  lines[1] <- "#Subpopulation order/codes: EUR=1\tAFR=0"
  expect_identical(read_msp(local_lines(lines)), read_msp(local_lines(msp_lines())))
})

test_that("an .msp.tsv that was read is written byte for byte", {
  for (path in c(local_lines(msp_lines()), example_data("msp"))) {
    copy <- write_msp(read_msp(path), withr::local_tempfile())
    expect_identical(readLines(copy), readLines(path))
  }
})

test_that("windows of Gnomix, of one variant, and behind a gap end at their last variant", {
  lines <- c(msp_lines()[1:2], "22\t100\t190\t0.1\t0.2\t10\t0\t1",
    "22\t200\t290\t0.2\t0.3\t10\t1\t1", "22\t291\t291\t0.3\t0.3\t1\t1\t1",
    "22\t292\t300\t0.3\t0.4\t9\t1\t1", "22\t300\t300\t0.4\t0.4\t1\t1\t1")
  calls <- read_msp(local_lines(lines))
  own <- calls[calls$haplotype == 1, ]
  expect_identical(own$start_bp, c(100L, 200L, 291L, 292L, 300L))
  expect_identical(own$end_bp, c(190L, 290L, 291L, 299L, 300L))
  path <- write_msp(calls, withr::local_tempfile())
  expect_identical(readLines(path), lines)
  expect_identical(read_msp(path), calls)
  part <- write_msp(calls[calls$window > 1, ], withr::local_tempfile())
  expect_identical(readLines(part), lines[-3])
})

test_that("files are read as RFMix, Gnomix and users write them", {
  read <- function(codes, cm = c("0.1", "0.2"), count = "n snps", chm = "#chm") {
    calls <- read_msp(local_lines(c(paste0("#Subpopulation order/codes: ", codes),
      paste(c(chm, "spos", "epos", "sgpos", "egpos", count, "a.0", "a.1"), collapse = "\t"),
      paste(c("22", "100.0", "2e+02", cm, "10", "0", "1"), collapse = "\t"))))
    expect_identical(calls$end_bp, c(200L, 200L))
    calls
  }
  for (missing in c(".", "", "None", "NA", "nan", "-9")) {
    windows <- attr(read("AFR=0\tEUR=1", c(missing, missing)), "windows")
    expect_identical(c(windows$start_cm, windows$end_cm), c(NA_real_, NA))
  }
  populations <- function(codes, ...) attr(read(codes, ...), "populations")
  for (codes in c("AFR=0, EUR=1", "AFR=0,EUR=1", "AFR=0 EUR=1", "EUR=1\tAFR=0", "AFR=0,\tEUR=1",
                  "AFR=0e+00\tEUR=1e+00")) {
    expect_identical(populations(codes), c("AFR", "EUR"))
  }
  for (codes in c("East Asia=0\tEurope=1", "East Asia=0, Europe=1", "East Asia=0 Europe=1")) {
    expect_identical(populations(codes), c("East Asia", "Europe"))
  }
  for (count in c("nsnps", "n_snps", "nSNPs", "N SNPs")) {
    expect_identical(populations("AFR=0\tEUR=1", count = count), c("AFR", "EUR"))
  }
  expect_identical(populations("AFR=0\tEUR=1", chm = "chm"), c("AFR", "EUR"))
  skip_without_utf8()
  lines <- c(paste0("\ufeff", msp_lines()[1]), msp_lines()[2:3], "", msp_lines()[4], "")
  expect_identical(read_msp(local_lines(lines)), read_msp(local_lines(msp_lines()[1:4])))
})

test_that("options of R change nothing in what is written", {
  msp <- c("#Subpopulation order/codes: a=0\tb=1",
    "#chm\tspos\tepos\tsgpos\tegpos\tn snps\tann.0\tann.1\tbob.0\tbob.1",
    "1\t50000\t100000\t1e-05\t0.5\t7\t0\t1\t1\t0", "1\t100001\t2e7\t0.5\t7\t7\t0\t0\t1\t1")
  calls <- read_msp(local_lines(msp))
  haplotypes <- as_haplotypes(random_alleles(2, 3),
    samples = data.frame(sample_id = unique(calls$sample_id)), variants = data.frame(chrom = "1",
      position_bp = c(100000L, 200000L, 12000000L), ref = "A", alt = "C"))
  writers <- list(
    msp = function(path) write_msp(calls, path), fb = function(path) write_fb(calls, path),
    ends = function(path) write_fb(calls, path, rows = "ends"),
    tracts = function(path) write_tracts_bed(calls, path), q = function(path) write_q(calls, path),
    vcf = function(path) write_phased_vcf(haplotypes, path),
    ancestry = function(path) {
      write_ancestry_vcf(calls, path, haplotypes, digits = NULL)
    },
    bed = function(path) {
      write_bed(as_genotypes(haplotypes), path)
      paste0(path, c(".bim", ".fam"))
    }
  )
  for (name in names(writers)) {
    write <- function() lapply(writers[[name]](withr::local_tempfile()), readLines)
    want <- write()
    expect_false(any(grepl("1e+05", unlist(want), fixed = TRUE)), label = name)
    for (options in list(list(scipen = -9), list(scipen = 100), list(OutDec = ","),
                         list(digits = 3))) {
      withr::with_options(options, expect_identical(write(), want, label = name))
    }
  }
})

test_that("windows of calls are half-open in the file, up to the next one", {
  calls <- random_calls(2)
  path <- write_msp(calls, withr::local_tempfile())
  fields <- strsplit(readLines(path)[-(1:2)], "\t")
  expect_identical(vapply(fields, `[`, "", 2), c("5", "19", "33", "47", "61", "75", "5", "19", "33",
    "47"))
  expect_identical(vapply(fields, `[`, "", 3), c("19", "33", "47", "61", "75", "84", "19", "33",
    "47", "56"))
  back <- read_msp(path)
  expect_identical(back$.pred_class, calls$.pred_class)
  expect_identical(back$start_bp, calls$start_bp)
  expect_identical(back$sample_id, calls$sample_id)
  expect_identical(read_msp(write_msp(back, withr::local_tempfile())), back)
})

test_that("a haplotype that is absent is written as the other one", {
  calls <- random_calls(2)
  calls <- calls[!(calls$sample_id == "s2" & calls$haplotype == 2), ]
  back <- read_msp(write_msp(calls, withr::local_tempfile()))
  second <- back[back$sample_id == "s2", ]
  expect_identical(second$.pred_class[second$haplotype == 2],
    second$.pred_class[second$haplotype == 1])
})

test_that("files of several chromosomes are read together", {
  calls <- read_msp(local_lines(msp_lines()))
  one <- local_lines(msp_lines()[1:4])
  two <- local_lines(msp_lines()[c(1, 2, 5)])
  expect_identical(read_msp(c(one, two)), calls)
  expect_error(read_msp(c(one, one)), "Haplotype 1 of \"ann\" is there twice",
    class = "forebear_error_join_calls")
  expect_error(read_msp(character()), class = "forebear_error_argument")
})

test_that("a path that ends in .gz is compressed", {
  calls <- example_calls()
  is_gzip <- function(path) identical(readBin(path, "raw", 2), as.raw(c(0x1f, 0x8b)))
  text <- function(path) {
    connection <- gzfile(path)
    on.exit(close(connection))
    readLines(connection)
  }
  writers <- list(write_msp, write_fb, write_tracts_bed, write_q)
  for (write in writers) {
    plain <- write(calls, withr::local_tempfile(fileext = ".tsv"))
    expect_false(is_gzip(plain))
    for (end in c(".tsv.gz", ".tsv.bgz")) {
      packed <- write(calls, withr::local_tempfile(fileext = end))
      expect_true(is_gzip(packed))
      expect_identical(text(packed), readLines(plain))
    }
  }
  path <- write_msp(calls, withr::local_tempfile(fileext = ".msp.tsv.gz"))
  expect_identical(read_msp(path)$.pred_class, calls$.pred_class)
})

test_that("faults of an .msp.tsv are reported with their line", {
  changed <- function(line, from, to) {
    lines <- msp_lines()
    lines[line] <- sub(from, to, lines[line])
    read_msp(local_lines(lines))
  }
  expect_error(changed(1, "AFR=0", "AFR"), "Line 1", class = "forebear_error_msp_header")
  expect_error(changed(1, "=0", "=1"), "twice", class = "forebear_error_msp_header")
  expect_error(changed(1, "#", ""), class = "forebear_error_msp_header")
  expect_error(changed(4, "200", ""), "Line 4", class = "forebear_error_window_order")
  expect_error(changed(2, "epos", "end"), "Line 2", class = "forebear_error_msp_header")
  expect_error(read_msp(local_lines(msp_lines()[-2])),
    "begins with \"chr1\", \"100\", \"200\", \"0.1\", \"0.2\", \"5\", \"0\"\\.",
    class = "forebear_error_msp_header")
  expect_error(changed(2, "ann.1", "ann.2"), "ann.2", class = "forebear_error_msp_header")
  expect_error(changed(2, "ann.1", "bob.1"), class = "forebear_error_msp_header")
  expect_error(changed(2, "ann.1", "ann.0"), class = "forebear_error_msp_header")
  expect_error(changed(4, "1$", "2"), "Line 4", class = "forebear_error_field")
  expect_error(changed(4, "1$", "nan"), "Line 4", class = "forebear_error_field")
  expect_error(changed(4, "1$", "x"), "Line 4", class = "forebear_error_field")
  expect_error(changed(4, "\t1$", ""), "Line 4", class = "forebear_error_column_count")
  expect_error(changed(4, "200", "150"), "Line 4", class = "forebear_error_window_order")
  expect_error(changed(4, "300", "199"), "Line 4", class = "forebear_error_window_order")
  expect_error(changed(4, "200", "200.5"), "Line 4", class = "forebear_error_window_order")
  expect_error(changed(3, "chr1", "chr2"), "Line 5", class = "forebear_error_window_order")
  expect_error(read_msp(local_lines(msp_lines()[1:2])), "a header and no window",
    class = "forebear_error_empty_table")
  expect_error(read_msp("no such file"), class = "forebear_error_file")
  expect_error(read_msp(local_lines(msp_lines()), tree = "(AFR,EAS)all;"),
    class = "forebear_error_tree")
})

test_that("names that a table cannot hold are refused, and nothing is left behind", {
  folder <- withr::local_tempdir()
  calls <- random_calls(1, populations = c("a", "b c"))
  written <- withr::local_tempfile()
  expect_identical(attr(read_msp(write_msp(calls, written)), "populations"), c("a", "b c"))
  expect_identical(read_fb(write_fb(calls, written))$.pred_a, calls$.pred_a)
  for (name in c("b\tc", " b", "b,")) {
    calls <- random_calls(1, populations = c("a", name))
    expect_error(write_msp(calls, file.path(folder, "x")), class = "forebear_error_msp_name")
  }
  calls <- random_calls(1)
  calls$sample_id <- "a\tb"
  expect_error(write_fb(calls, file.path(folder, "x")), class = "forebear_error_msp_name")
  expect_error(write_msp(random_calls(1), file.path(folder, "no", "x")),
    class = "forebear_error_file")
  expect_identical(list.files(folder), character())
})
