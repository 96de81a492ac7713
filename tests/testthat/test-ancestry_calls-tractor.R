# An independent count: every variant, sample and ancestry from the truth's segments.
counts_of_truth <- function(admixed, ancestry) {
  truth <- attr(admixed, "truth")
  alleles <- as.matrix(admixed)
  variants <- variants(admixed)
  own <- matrix(FALSE, nrow(alleles), ncol(alleles))
  for (i in which(truth$ancestry == ancestry)) {
    row <- match(paste0(truth$sample_id[i], "_", truth$haplotype[i]), rownames(alleles))
    own[row, variants$chrom == truth$chrom[i] & variants$position_bp >= truth$start_bp[i] &
      variants$position_bp <= truth$end_bp[i]] <- TRUE
  }
  first <- seq(1, nrow(alleles), by = 2)
  list(hapcount = t(own[first, ] + own[first + 1, ]),
    dosage = t(own[first, ] * alleles[first, ] + own[first + 1, ] * alleles[first + 1, ]))
}

test_that("tables are those of an independent count from the truth", {
  admixed <- simulate_admixed(even_panel(), 7, generations = 8)
  calls <- calls_of_truth(admixed, n = 1)
  prefix <- withr::local_tempfile()
  files <- write_tractor(calls, admixed, prefix)
  expect_equal(files$ancestry, c("east", "west"))
  expect_equal(files$code, 0:1)
  for (i in 1:2) {
    want <- counts_of_truth(admixed, files$ancestry[i])
    for (what in c("dosage", "hapcount")) {
      table <- utils::read.delim(files[[what]][i], check.names = FALSE)
      expect_named(table, c("CHROM", "POS", "ID", "REF", "ALT", samples(admixed)$sample_id))
      expect_equal(table$POS, variants(admixed)$position_bp)
      expect_equal(unname(as.matrix(table[-(1:5)])), unname(want[[what]]) + 0)
    }
    lines <- readLines(files$vcf[i])
    calls_of <- do.call(rbind, strsplit(lines[!startsWith(lines, "#")], "\t"))[, -(1:9)]
    expect_equal(nchar(gsub("[^01]", "", calls_of)), unname(want$hapcount))
    expect_equal(nchar(gsub("[^1]", "", calls_of)), unname(want$dosage))
  }
})

test_that("expected counts are sums of posteriors, files can be chosen and compressed", {
  calls <- random_calls(3)
  alleles <- matrix(c(0, 1, 1, 0, 1, 1), 6, 10)
  rownames(alleles) <- paste0(rep(paste0("s", 1:3), each = 2), c("_1", "_2"))
  windows <- attr(calls, "windows")
  haplotypes <- as_haplotypes(alleles, variants = data.frame(chrom = windows$chrom,
    position_bp = windows$start_bp, ref = "A", alt = "C"))
  files <- write_tractor(calls, haplotypes, withr::local_tempfile(), ancestry = "b",
    expected = TRUE, compress = TRUE)
  expect_equal(files$code, 1)
  expect_match(files$dosage, "[.]anc1[.]dosage[.]txt[.]gz$")
  table <- utils::read.delim(gzfile(files$hapcount))
  expect_equal(unname(as.matrix(table[-(1:5)])), unname(t(slow_dosages(calls, "b"))),
    tolerance = 1e-4)
  expect_error(write_tractor(calls, haplotypes, tempfile(), ancestry = "x"),
    class = "forebear_error_argument")
})

test_that("haplotypes and calls in different phase are refused", {
  calls <- random_calls(2)
  alleles <- matrix(c(0, 1, 1, 0), 4, 10)
  rownames(alleles) <- paste0(rep(paste0("s", 1:2), each = 2), c("_1", "_2"))
  windows <- attr(calls, "windows")
  haplotypes <- as_haplotypes(alleles, variants = data.frame(chrom = windows$chrom,
    position_bp = windows$start_bp, ref = "A", alt = "C"))
  corrected <- correct_phase(haplotypes, calls)
  prefix <- tempfile()
  expect_error(write_tractor(calls, corrected$haplotypes, prefix),
    class = "forebear_error_phase_mismatch")
  expect_equal(Sys.glob(paste0(prefix, "*")), character())
  expect_silent(write_tractor(corrected$calls, corrected$haplotypes, prefix))
})
