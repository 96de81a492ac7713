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
  expect_identical(calls$end_bp, c(199L, 299L, 199L, 299L, 8L, 8L))
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

test_that("windows of calls are half-open in the file, up to the next one", {
  calls <- random_calls(2)
  path <- write_msp(calls, withr::local_tempfile())
  fields <- strsplit(readLines(path)[-(1:2)], "\t")
  expect_identical(vapply(fields, `[`, "", 2), c("5", "19", "33", "47", "61", "75", "5", "19", "33",
    "47"))
  expect_identical(vapply(fields, `[`, "", 3), c("19", "33", "47", "61", "75", "85", "19", "33",
    "47", "57"))
  back <- read_msp(path)
  expect_identical(back$.pred_class, calls$.pred_class)
  expect_identical(back$start_bp, calls$start_bp)
  expect_identical(back$sample_id, calls$sample_id)
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

test_that("faults of an .msp.tsv are told with their line", {
  changed <- function(line, from, to) {
    lines <- msp_lines()
    lines[line] <- sub(from, to, lines[line])
    read_msp(local_lines(lines))
  }
  expect_error(changed(1, "AFR=0", "AFR"), "Line 1", class = "forebear_error_msp_header")
  expect_error(changed(1, "=0", "=1"), "twice", class = "forebear_error_msp_header")
  expect_error(changed(1, "#", ""), class = "forebear_error_msp_header")
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
  expect_error(changed(4, "300", "200"), "Line 4", class = "forebear_error_window_order")
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
  expect_error(write_msp(calls, file.path(folder, "x")), "b c", class = "forebear_error_msp_name")
  calls <- random_calls(1)
  calls$sample_id <- "a\tb"
  expect_error(write_fb(calls, file.path(folder, "x")), class = "forebear_error_msp_name")
  expect_error(write_msp(random_calls(1), file.path(folder, "no", "x")),
    class = "forebear_error_file")
  expect_identical(list.files(folder), character())
})
