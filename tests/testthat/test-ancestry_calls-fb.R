test_that("posteriors come back to the last bit", {
  calls <- random_calls(3, tree = "((a,b)ab,c)all;")
  for (rows in c("centre", "ends")) {
    path <- write_fb(calls, withr::local_tempfile(), rows = rows)
    back <- read_fb(path, windows = calls, tree = "((a,b)ab,c)all;")
    attr(calls, "switches") <- no_switches()
    attr(back, "windows") <- attr(back, "windows")[window_columns]
    expect_identical(back, calls)
  }
})

test_that("rows are places: the center of a window, or both ends", {
  calls <- random_calls(1, c("1" = 2, "2" = 1))
  fields <- function(rows) {
    path <- write_fb(calls, withr::local_tempfile(), rows = rows)
    lapply(strsplit(readLines(path)[-(1:2)], "\t"), utils::head, 4)
  }
  expect_identical(fields("centre"), list(c("1", "9", "0.25", "1"), c("1", "23", "1.25", "4"),
    c("2", "9", "0.25", "7")))
  expect_identical(fields("ends")[1:3], list(c("1", "5", "0", "0"), c("1", "14", "0.5", "2"),
    c("1", "19", "1", "3")))
})

test_that("an .fb.tsv that was written is written again byte for byte", {
  path <- example_data("fb")
  calls <- read_fb(path, windows = example_data("msp"))
  expect_identical(readLines(write_fb(calls, withr::local_tempfile())), readLines(path))
})

test_that("rows come back at their places, however often they are read and written", {
  lines <- c("#reference_panel_population:\tA\tB",
    paste(c(fb_places, "s:::hap1:::A", "s:::hap1:::B", "s:::hap2:::A", "s:::hap2:::B"),
      collapse = "\t"),
    "chr1\t100\t0.5\t0\t0.5\t0.5\t1\t0", "chr1\t200\t0.7\t5\t0.9\t0.1\t0.25\t0.75",
    "chr1\t1000\tnan\t10\t0\t1\t0\t1", "chr2\t50\t2\t15\t0\t1\t0\t1")
  path <- withr::local_tempfile()
  writeLines(lines, path)
  again <- function(...) readLines(write_fb(read_fb(path, ...), withr::local_tempfile()))
  expect_identical(again(), lines)
  msp <- withr::local_tempfile(lines = c("#Subpopulation order/codes: A=0\tB=1",
    "#chm\tspos\tepos\tsgpos\tegpos\tn snps\ts.0\ts.1",
    "1\t10\t150\t0\t0\t5\t0\t0", "1\t150\t900\t0\t0\t5\t0\t0", "1\t900\t2000\t0\t0\t5\t0\t0",
    "2\t10\t90\t0\t0\t5\t0\t0"))
  expect_identical(again(windows = msp), lines)
  calls <- read_fb(path)
  part <- calls[calls$chrom == "chr2" | calls$window > 1, ]
  expect_identical(readLines(write_fb(part, withr::local_tempfile())), lines[-3])
  first <- write_fb(random_calls(3), withr::local_tempfile())
  second <- write_fb(read_fb(first), withr::local_tempfile())
  expect_identical(readLines(second), readLines(first))
})

test_that("\"1\" is \"chr1\" where windows are given, and other chromosomes are passed over", {
  calls <- random_calls(2)
  named <- calls
  named$chrom <- paste0("chr", named$chrom)
  attr(named, "windows")$chrom <- paste0("chr", attr(named, "windows")$chrom)
  path <- write_fb(named[named$chrom == "chr2", ], withr::local_tempfile())
  back <- read_fb(path, windows = calls)
  expect_identical(unique(back$chrom), "chr2")
  expect_identical(back$.pred_a, calls$.pred_a[calls$chrom == "2"])
  expect_identical(unique(attr(back, "windows")$chrom), "chr2")
})

test_that("files of several chromosomes are read together", {
  calls <- random_calls(2)
  folder <- withr::local_tempdir()
  paths <- vapply(c("1", "2"), function(chrom) {
    write_fb(calls[calls$chrom == chrom, ], file.path(folder, paste0(chrom, ".fb.tsv")))
  }, "")
  back <- read_fb(paths, windows = calls)
  expect_identical(plain_tibble(back), plain_tibble(calls))
  msp <- vapply(c("1", "2"), function(chrom) {
    write_msp(calls[calls$chrom == chrom, ], file.path(folder, paste0(chrom, ".msp.tsv")))
  }, "")
  expect_identical(read_fb(paths, windows = msp)$.pred_a, calls$.pred_a)
  expect_error(read_fb(paths[c(1, 1)]), "twice", class = "forebear_error_join_calls")
})

test_that("without windows, borders lie half way between rows", {
  calls <- read_fb(example_data("fb"))
  windows <- attr(calls, "windows")
  expect_identical(windows$start_bp[1:3], c(1500000L, 2000001L, 3000001L))
  expect_identical(windows$end_bp[c(1, 2, 20)], c(2000000L, 3000000L, 20500000L))
  expect_equal(windows$start_cm[1:2], c(1.5, 2))
  expect_identical(calls$.pred_east, example_calls()$.pred_east)
})

test_that("rows inside a window are averaged", {
  lines <- c("#reference_panel_population:\tA\tB", paste(c(fb_places, "s:::hap1:::A",
    "s:::hap1:::B", "s:::hap2:::B", "s:::hap2:::A"), collapse = "\t"),
    "1\t10\t0\t0\t0.5\t0.5\t1\t0", "1\t20\t0\t1\t0.9\t0.1\t0.25\t0.75", "1\t40\t0\t2\t0\t1\t0\t1")
  path <- withr::local_tempfile()
  writeLines(lines, path)
  windows <- random_calls(1, c("1" = 2))
  attr(windows, "windows")$start_bp <- c(5L, 30L)
  calls <- read_fb(path, windows = windows)
  expect_equal(calls$.pred_A, c(0.7, 0, 0.375, 1))
  four <- random_calls(1, c("1" = 4))
  expect_error(read_fb(path, windows = four), "no row in window 4",
    class = "forebear_error_fb_windows")
  other <- random_calls(1, c("2" = 2))
  expect_error(read_fb(path, windows = other), "Line 3", class = "forebear_error_fb_windows")
})

test_that("faults of an .fb.tsv are reported with their line", {
  changed <- function(line, from, to, fixed = TRUE) {
    lines <- readLines(example_data("fb"))
    lines[line] <- sub(from, to, lines[line], fixed = fixed)
    path <- withr::local_tempfile()
    writeLines(lines, path)
    read_fb(path)
  }
  expect_error(changed(1, "panel", "plan"), "Line 1", class = "forebear_error_fb_header")
  expect_error(changed(2, "physical", "x"), "Line 2 .* \"chromosome\", \"x_position\", \"genetic",
    class = "forebear_error_fb_header")
  expect_error(changed(2, ":::hap1", ":::hap3"), class = "forebear_error_fb_header")
  expect_error(changed(2, "ann:::hap1:::east", "ann:::hap2:::east"),
    class = "forebear_error_fb_header")
  expect_error(changed(1, "\teast", ""), class = "forebear_error_fb_header")
  expect_error(changed(3, "0.028", "0.128"), "Line 3.*haplotype 1 of \"ann\"",
    class = "forebear_error_posterior_sum")
  expect_error(changed(4, "0.046", "-0.046"), "Line 4", class = "forebear_error_field")
  expect_error(changed(4, "0.046", "nan"), "Line 4", class = "forebear_error_field")
  expect_error(changed(5, "3500000", "2500000"), "Line 5", class = "forebear_error_window_order")
})

test_that("rows of windows that meet at one position are read back", {
  ends <- function(start, end) unname(ends_apart(start, end))
  expect_identical(ends(c(1, 11), c(10, 20)), list(c(1, 11), c(10, 20)))
  expect_identical(ends(c(1, 10, 20), c(10, 20, 30)), list(c(1, 10, 20), c(9, 19, 30)))
  expect_identical(ends(c(10, 10), c(10, 20)), list(c(10, 11), c(10, 20)))
  expect_identical(ends(5, 5), list(5, 5))
  calls <- with_variants(random_calls(2, c("1" = 3)))
  calls$start_bp[calls$window == 2] <- 14L
  attr(calls, "windows")$start_bp[2] <- 14L
  expect_identical(attr(calls, "windows")$end_bp[1], 14L)
  path <- write_fb(calls, withr::local_tempfile(), rows = "ends")
  position <- unique(read_fb(path)$end_bp)
  expect_length(position, 6)
  again <- read_fb(path, windows = calls)
  expect_equal(again$.pred_a, calls$.pred_a, tolerance = 1e-6)
})
