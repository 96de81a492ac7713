at <- function(chrom, position) {
  as_genotypes(matrix(0:1, 2, length(chrom)), variants = data.frame(
    variant_id = paste0(chrom, ":", position), chrom = chrom, position_bp = position))
}
ten <- function() at(rep(c("1", "chr2"), each = 5), rep(c(1, 10, 11, 20, 21), 2))

test_that("both ends of a region belong to it, and chr makes no difference", {
  regions <- data.frame(chrom = c("chr1", "2"), start_bp = c(10, 21), end_bp = c(20, 21))
  expect_identical(kept_variants(exclude_regions(ten(), regions)),
    c("1:1", "1:21", "chr2:1", "chr2:10", "chr2:11", "chr2:20"))
})

test_that("a BED file counts from 0 and leaves out its ends", {
  file <- withr::local_tempfile(fileext = ".bed")
  writeLines(c("# comment", "track name=x", "chr1\t10\t20\tname", "", "2 0 1", "2 5 5"), file)
  # 10..20 of a BED file is 11 to 20; 0..1 is the first base; 5..5 is nothing.
  expect_identical(kept_variants(exclude_regions(ten(), file)),
    c("1:1", "1:10", "1:21", "chr2:10", "chr2:11", "chr2:20", "chr2:21"))
  connection <- gzfile(paste0(file, ".gz"))
  writeLines(readLines(file), connection)
  close(connection)
  expect_identical(kept_variants(exclude_regions(ten(), paste0(file, ".gz"))),
    kept_variants(exclude_regions(ten(), file)))
})

test_that("overlapping and nested regions agree with looking at each", {
  withr::local_seed(1)
  position <- sort(sample(1000, 300))
  start <- sample(900, 20)
  regions <- data.frame(chrom = "1", start_bp = start, end_bp = start + sample(0:120, 20))
  inside <- vapply(position, function(p) any(p >= regions$start_bp & p <= regions$end_bp), TRUE)
  kept <- exclude_regions(at(rep("1", 300), position), regions)
  expect_identical(variants(kept)$position_bp, position[!inside])
})

test_that("GRanges of Bioconductor are regions", {
  skip_if_not_installed("GenomicRanges")
  ranges <- GenomicRanges::GRanges("chr1", IRanges::IRanges(start = 10, end = 20))
  expect_identical(kept_variants(exclude_regions(ten(), ranges))[1:2], c("1:1", "1:21"))
})

test_that("the tables of long-range disequilibrium hold the MHC and the inversion", {
  hg19 <- long_range_ld("hg19")
  expect_named(hg19, c("chrom", "start_bp", "end_bp", "name"))
  expect_identical(dim(hg19), c(24L, 4L))
  expect_identical(nrow(long_range_ld("hg38")), 17L)
  for (build in c("hg19", "hg38")) {
    table <- long_range_ld(build)
    expect_true(all(table$start_bp < table$end_bp))
    expect_identical(table$chrom[table$name %in% "MHC"], "6")
    expect_identical(table$chrom[table$name %in% "inversion 8p23"], "8")
  }
  expect_identical(unlist(hg19[hg19$name %in% "MHC", 2:3]), c(start_bp = 25e6, end_bp = 35e6))
})

test_that("regions elsewhere warn, and what is no region is refused", {
  g <- ten()
  expect_message(some <- exclude_regions(g, data.frame(chrom = c("01", "9"), start_bp = 1,
    end_bp = 10)), "1 chromosome of the regions has no variant of the data: \"9\"",
    class = "forebear_message_no_region")
  expect_no_message(expect_warning(
    kept <- exclude_regions(g, data.frame(chrom = "9", start_bp = 1, end_bp = 2)),
    class = "forebear_warning_no_region"
  ))
  expect_identical(kept$history[[1]]$rules$note, "none is on a chromosome of the data")
  chrom <- variants(g)$chrom[[1]]
  expect_message(
    kept <- exclude_regions(g, data.frame(chrom = chrom, start_bp = 2e9, end_bp = 2.1e9)),
    "removed no variant [(]in one of 1 region: no variant of chromosome",
    class = "forebear_message_nothing_removed"
  )
  expect_identical(dim(kept), dim(g))
  file <- withr::local_tempfile(fileext = ".bed")
  refused <- function(lines, ...) {
    writeLines(lines, file)
    error <- expect_error(exclude_regions(g, file), class = "forebear_error_regions")
    for (text in c(...)) expect_match(conditionMessage(error), text, fixed = TRUE)
  }
  refused(c("chr1\t1\t2", "chr1\t5"), "Line 2")
  refused("chr1\t9\t2", "start <= end", "Line 1")
  refused("chr1\t-1\t2", "Line 1")
  writeBin(charToRaw("chr1\t1\t2\nchr1\tx\t2\xe9\n"), file)
  expect_error(exclude_regions(g, file), "Line 2", class = "forebear_error_not_utf8")
  writeBin(head(memCompress(charToRaw(strrep("chr1\t1\t2\n", 2000)), "gzip"), 30), file)
  expect_error(exclude_regions(g, file), class = "forebear_error")
  zipped <- withr::local_tempfile(fileext = ".bed.gz")
  connection <- gzfile(zipped, "w")
  writeLines(sprintf("chr1\t%d\t%d", 1:5000, 2:5001), connection)
  close(connection)
  writeBin(head(readBin(zipped, "raw", 1e6), -500), file)
  expect_error(exclude_regions(g, file), class = "forebear_error")
  writeBin(as.raw(c(0x6c, 0x1b, 1, 0)), file)
  expect_error(exclude_regions(g, file), "PLINK .bed", class = "forebear_error_regions")
  expect_error(exclude_regions(g, "/no/such.bed"), class = "forebear_error_file")
  expect_snapshot(conditions_of(
    exclude_regions(g, 1),
    exclude_regions(g, data.frame(chrom = "1", from = 1, to = 2)),
    exclude_regions(g, data.frame(chrom = "1", start_bp = 5, end_bp = 2)),
    exclude_regions(g, data.frame(chrom = c("1", NA), start_bp = 5, end_bp = 9)),
    exclude_regions(g, data.frame(chrom = "1", start_bp = "5", end_bp = "9")),
    exclude_regions(g, data.frame(chrom = c("1", "2"), start_bp = 1, end_bp = 99)),
    long_range_ld("hg18")
  ))
})
