test_that("posteriors come back to the last bit", {
  calls <- random_calls(3, tree = "((a,b)ab,c)all;")
  for (rows in c("centre", "ends")) {
    path <- write_fb(calls, withr::local_tempfile(), rows = rows)
    back <- read_fb(path, windows = calls, tree = "((a,b)ab,c)all;")
    attr(calls, "switches") <- no_switches()
    expect_identical(back, calls)
  }
})

test_that("rows are places: the centre of a window, or both ends", {
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

test_that("faults of an .fb.tsv are told with their line", {
  changed <- function(line, from, to, fixed = TRUE) {
    lines <- readLines(example_data("fb"))
    lines[line] <- sub(from, to, lines[line], fixed = fixed)
    path <- withr::local_tempfile()
    writeLines(lines, path)
    read_fb(path)
  }
  expect_error(changed(1, "panel", "plan"), "Line 1", class = "forebear_error_fb_header")
  expect_error(changed(2, "physical", "x"), "Line 2", class = "forebear_error_fb_header")
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
