test_that("segments become ranges", {
  skip_if_not_installed("GenomicRanges")
  calls <- example_calls()
  ranges <- as_granges(calls, 0.9)
  segments <- ancestry_segments(calls, 0.9)
  expect_identical(GenomicRanges::start(ranges), segments$start_bp)
  expect_identical(GenomicRanges::end(ranges), segments$end_bp)
  expect_identical(as.character(GenomicRanges::seqnames(ranges)), segments$chrom)
  expect_identical(ranges$ancestry, segments$ancestry)
})

test_that("tracts are written as BED, from 0 and half-open", {
  calls <- random_calls(2, tree = "((a,b)ab,c)all;")
  path <- write_tracts_bed(calls, withr::local_tempfile(), threshold = 0.6)
  segments <- ancestry_segments(calls, threshold = 0.6)
  table <- utils::read.delim(path, check.names = FALSE, colClasses = c(`#chrom` = "character"))
  names(table)[1] <- "chrom"
  expect_named(table, c("chrom", "start", "end", "ancestry", "start_cm", "end_cm", "sample_id",
    "haplotype"))
  expect_identical(table$start + 1L, segments$start_bp)
  expect_identical(table$end, segments$end_bp)
  expect_identical(table$ancestry, segments$ancestry)
  expect_equal(table$end_cm, segments$end_cm)
  expect_identical(table$sample_id, segments$sample_id)
  calls$sample_id[calls$sample_id == "s1"] <- "a\tb"
  expect_error(write_tracts_bed(calls, path), class = "forebear_error_msp_name")
})
