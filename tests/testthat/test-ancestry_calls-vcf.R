# Haplotypes at three variants of each window of some calls, and one between windows.
haplotypes_of_calls <- function(calls) {
  windows <- attr(calls, "windows")
  position <- c(rbind(windows$start_bp, (windows$start_bp + windows$end_bp) %/% 2L,
    windows$end_bp))
  samples <- unique(calls$sample_id)
  n <- length(position)
  withr::with_seed(3, alleles <- matrix(stats::rbinom(2 * length(samples) * n, 1, 0.4), ncol = n))
  rownames(alleles) <- paste0(rep(samples, each = 2), c("_1", "_2"))
  as_haplotypes(alleles, variants = data.frame(chrom = rep(windows$chrom, each = 3),
    position_bp = position, ref = "A", alt = "C"))
}

round_trip <- function(calls, haplotypes, ..., windows = NULL, name = "x.vcf.gz") {
  path <- file.path(withr::local_tempdir(), name)
  expect_identical(write_ancestry_vcf(calls, path, haplotypes, ...), path)
  read_ancestry_vcf(path, windows = windows, tree = attr(calls, "tree"))
}

# What a VCF keeps of calls.
without_cm <- function(calls) {
  attr(calls, "switches") <- no_switches()
  windows <- attr(calls, "windows")
  windows[c("start_cm", "end_cm")] <- NA_real_
  attr(calls, "windows") <- windows
  calls
}

test_that("what is written with all digits is read back as it was", {
  calls <- random_calls(5, populations = c("a", "b b", "c=d"))
  haplotypes <- haplotypes_of_calls(calls)
  for (name in c("x.vcf", "x.vcf.gz", "100%s \u00e9.vcf")) {
    expect_identical(round_trip(calls, haplotypes, digits = NULL, name = name), without_cm(calls))
  }
  again <- round_trip(calls, haplotypes, digits = NULL, windows = calls)
  attr(again, "switches") <- attr(calls, "switches")
  expect_equal(again, calls)
  path <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf"), haplotypes)
  expect_identical(as.matrix(read_phased_vcf(path)), as.matrix(haplotypes))
})

test_that("digits are what is lost, and probabilities may be left out", {
  calls <- random_calls(5)
  haplotypes <- haplotypes_of_calls(calls)
  got <- round_trip(calls, haplotypes)
  expect_identical(got$.pred_class, calls$.pred_class)
  expect_lt(max(abs(got$.pred_a - calls$.pred_a)), 0.00051)
  expect_gt(max(abs(got$.pred_a - calls$.pred_a)), 0)
  got <- round_trip(calls, haplotypes, probabilities = FALSE, windows = calls)
  expect_identical(got$.pred_class, calls$.pred_class)
  expect_identical(got$.pred_b, (calls$.pred_class == "b") + 0)
})

test_that("a sample with one haplotype on a chromosome stays so", {
  calls <- random_calls(3)
  calls <- calls[!(calls$sample_id == "s2" & calls$chrom == "2" & calls$haplotype == 2), ]
  haplotypes <- haplotypes_of_calls(calls)
  alleles <- as.matrix(haplotypes)
  alleles[4, variants(haplotypes)$chrom == "2"] <- NA
  variants <- variants(haplotypes)
  colnames(alleles) <- NULL
  haploid <- as_haplotypes(alleles, variants = variants)
  got <- round_trip(calls, haploid, digits = NULL)
  expect_identical(got, without_cm(calls))
  path <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf"), haploid)
  last <- strsplit(utils::tail(readLines(path), 1), "\t")[[1]]
  expect_match(last[11], "^[01]:[0-2]:[.]:[^:]+:[.]$")
})

# A file as FLARE 0.6 lays it out, written by hand.
flare_lines <- function() {
  c(
    "##fileformat=VCFv4.2", "##filedate=20240101", "##source=\"flare\"",
    "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">",
    "##FORMAT=<ID=AN1,Number=1,Type=Integer,Description=\"Ancestry of first haplotype\">",
    "##FORMAT=<ID=AN2,Number=1,Type=Integer,Description=\"Ancestry of second haplotype\">",
    "##FORMAT=<ID=ANP1,Number=2,Type=Float,Description=\"Ancestry probabilities for first h\">",
    "##FORMAT=<ID=ANP2,Number=2,Type=Float,Description=\"Ancestry probabilities for second h\">",
    "##ANCESTRY=<AFR=0,EUR=1>",
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tann\tbob",
    "22\t100\trs1\tA\tC\t.\tPASS\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:1,0:.1,.9\t1|1:1:1:.5,.5:0,1",
    "22\t150\trs2\tA\tC,T\t.\tPASS\t.\tGT:AN1:AN2:ANP1:ANP2\t0|2:0:1:1,0:.1,.9\t1|1:1:1:.5,.5:0,1",
    "22\t300\trs3\tG\tC\t.\tPASS\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:1,0:.1,.9\t1|1:0:1:.67,.34:0,1"
  )
}

test_that("a file of FLARE's layout is read as it stands", {
  path <- withr::local_tempfile(fileext = ".anc.vcf")
  writeLines(flare_lines(), path)
  calls <- read_ancestry_vcf(path)
  expect_s3_class(calls, "forebear_ancestry_calls")
  expect_identical(plain_tibble(calls), tibble::tibble(
    sample_id = rep(c("ann", "bob"), each = 4), haplotype = rep(c(1L, 1L, 2L, 2L), 2),
    chrom = "22", window = rep(1:2, 4), start_bp = rep(c(100L, 300L), 4),
    end_bp = rep(c(150L, 300L), 4),
    # The tie of 0.5 and 0.5 is EUR, as AN1 says.
    .pred_class = c("AFR", "AFR", "EUR", "EUR", "EUR", "AFR", "EUR", "EUR"),
    .pred_AFR = c(1, 1, 0.1, 0.1, 0.5, 0.67, 0, 0), .pred_EUR = c(0, 0, 0.9, 0.9, 0.5, 0.34, 1, 1)
  ))
  expect_identical(attr(calls, "windows")$n_variants, 2:1)
  expect_identical(attr(calls, "populations"), c("AFR", "EUR"))
  gz <- withr::local_tempfile(fileext = ".vcf.gz")
  connection <- gzfile(gz)
  writeLines(flare_lines(), connection)
  close(connection)
  expect_identical(read_ancestry_vcf(gz), calls)
  writeLines(gsub(":ANP1:ANP2|:[.,0-9]+,[.,0-9]+:[.,0-9]+,[.,0-9]+", "", flare_lines()), path)
  codes <- read_ancestry_vcf(path)
  expect_identical(codes$.pred_class, calls$.pred_class)
  expect_identical(codes$.pred_AFR, (calls$.pred_class == "AFR") + 0)
  expect_drawn(autoplot(calls, sample_id = "ann"))
  expect_equal(sum(ancestry_segments(calls, threshold = 0)$n_windows), 8)
})

test_that("windows without a record are left out, with a message", {
  calls <- random_calls(3)
  haplotypes <- haplotypes_of_calls(calls)
  # All variants of window 3 of chromosome 1 and of the last one of chromosome 2.
  fewer <- haplotypes[, -c(7:9, 28:30)]
  path <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf"), fewer, digits = NULL)
  expect_message(got <- read_ancestry_vcf(path, windows = calls), "left out: 2 windows")
  want <- calls[!paste(calls$chrom, calls$window) %in% c("1 3", "2 4"), ]
  expect_equal(plain_tibble(got), plain_tibble(want))
  expect_identical(attr(got, "windows")$window, c(1:2, 4:6, 1:3))
})

test_that("what is no such file is refused in words", {
  path <- withr::local_tempfile(fileext = ".vcf")
  said <- function(change) {
    writeLines(change(flare_lines()), path)
    condition <- expect_error(read_ancestry_vcf(path), class = "forebear_error")
    cat(class(condition)[1], "\n", gsub(path, "FILE", conditionMessage(condition), fixed = TRUE),
      "\n\n", sep = "")
  }
  expect_snapshot({
    said(function(x) x[!grepl("##ANCESTRY", x)])
    said(function(x) sub("AFR=0", "AFR=1", x))
    said(function(x) sub("GT:AN1:AN2", "GT:AX1:AX2", x))
    said(function(x) sub("1|1:0:1", "1|1:2:1", x, fixed = TRUE))
    said(function(x) sub(".67,.34", ".67,.4", x, fixed = TRUE))
    said(function(x) sub("22\t300", "22\t3", x))
    said(function(x) x[1:10])
    said(function(x) "hello")
  })
  expect_error(read_ancestry_vcf(tempfile()), class = "forebear_error_file")
  writeLines(flare_lines(), path)
  expect_error(read_ancestry_vcf(path, windows = random_calls(1)), class = "forebear_error")
  expect_error(read_ancestry_vcf(path, windows = 3), class = "forebear_error_argument")
})

test_that("calls and haplotypes must belong together", {
  calls <- random_calls(3)
  haplotypes <- haplotypes_of_calls(calls)
  path <- withr::local_tempfile()
  write <- function(...) write_ancestry_vcf(path = path, ...)
  expect_error(write(calls[calls$sample_id != "s2", ], haplotypes = haplotypes),
    class = "forebear_error_uncalled_samples")
  expect_error(write(calls[calls$chrom == "1", ], haplotypes = haplotypes),
    class = "forebear_error_uncalled_chromosomes")
  expect_error(write(calls[-1, ], haplotypes = haplotypes),
    class = "forebear_error_incomplete_calls")
  expect_error(write(calls, haplotypes = haplotypes[, 30:1]), class = "forebear_error_vcf_field")
  expect_error(write(calls, haplotypes = haplotypes, digits = -1),
    class = "forebear_error_argument")
  expect_error(write(random_calls(3, populations = c("a,b", "c")), haplotypes = haplotypes),
    class = "forebear_error_ancestry_name")
  expect_error(write(calls, haplotypes = 1), class = "forebear_error_argument")
  expect_false(file.exists(path))
})

test_that("bcftools reads what is written", {
  bcftools <- peer("bcftools")
  calls <- random_calls(3)
  path <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf.gz"),
    haplotypes_of_calls(calls))
  got <- system2(bcftools, c("query", "-f", shQuote("[%AN1 %AN2 %ANP2\\n]"), path), stdout = TRUE)
  first <- strsplit(got[1], " ")[[1]]
  row <- calls[calls$sample_id == "s1" & calls$chrom == "1" & calls$window == 1, ]
  expect_identical(as.integer(first[1:2]), match(row$.pred_class, c("a", "b", "c")) - 1L)
  expect_equal(as.numeric(strsplit(first[3], ",")[[1]]),
    unname(unlist(row[2, c(".pred_a", ".pred_b", ".pred_c")])), tolerance = 2e-3)
})

test_that("files of several chromosomes are read together, whatever chromosomes are called", {
  calls <- random_calls(2)
  haplotypes <- haplotypes_of_calls(calls)
  folder <- withr::local_tempdir()
  named <- haplotypes
  named$variants$chrom <- paste0("chr", named$variants$chrom)
  paths <- vapply(c("1", "2"), function(chrom) {
    write_ancestry_vcf(calls, file.path(folder, paste0(chrom, ".vcf.gz")),
      named[, variants(haplotypes)$chrom == chrom], digits = NULL)
  }, "")
  expect_no_message(back <- read_ancestry_vcf(paths, windows = calls))
  expect_equal(back$.pred_a, calls$.pred_a)
  expect_identical(back$chrom, paste0("chr", calls$chrom))
  expect_identical(back$start_bp, calls$start_bp)
  expect_message(read_ancestry_vcf(paths[1], windows = calls),
    class = "forebear_message_windows_empty")
  msp <- write_msp(calls, file.path(folder, "x.msp.tsv"))
  expect_equal(read_ancestry_vcf(paths, windows = msp)$.pred_a, calls$.pred_a)
})

test_that("calls at chosen windows are of these windows alone", {
  calls <- random_calls(2, c("1" = 6, "2" = 4), seed = 3)
  position <- c(1L, 5L, 14L, 16L, 19L, 28L, 30L, 33L, 42L, 47L, 56L, 61L, 70L, 75L, 84L, 99L)
  alleles <- random_alleles(2, 16)
  h <- as_haplotypes(alleles, variants = data.frame(chrom = "1", position_bp = position, ref = "A",
    alt = "C"))
  full <- as.matrix(mask_haplotypes(h, calls, "a", threshold = 0))
  expect_false(anyNA(full))
  some <- calls[calls$chrom == "1" & calls$window %in% c(1, 2, 5), ]
  # Between windows the border is half way; before the first and after the last they go on.
  there <- position <= 30 | position >= 59 & position <= 72
  for (own in list(some, split_calls(with_variants(some)))) {
    masked <- as.matrix(mask_haplotypes(h, own, "a", threshold = 0))
    expect_identical(unname(colSums(!is.na(masked)) > 0), there)
    expect_identical(masked[, there], full[, there])
    frequency <- ancestry_frequencies(own, h, "a")
    expect_identical(frequency$n_effective > 0, there)
    expect_true(all(is.na(frequency$allele_frequency[!there])))
    expect_identical(frequency[there, ], ancestry_frequencies(own, h[, there], "a"))
  }
  expect_equal(ancestry_frequencies(some, h, "b")[there, ],
    ancestry_frequencies(calls, h, "b")[there, ])
  for (write in list(
    function(x) write_tractor(some, x, withr::local_tempfile()),
    function(x) write_ancestry_vcf(some, withr::local_tempfile(), x)
  )) {
    error <- expect_error(write(h), class = "forebear_error_incomplete_calls")
    expect_match(conditionMessage(error), "Absent: 3 windows of chromosome \"1\"")
    expect_no_error(write(h[, there]))
  }
  # After the last window of all.
  last <- calls[calls$chrom == "1" & calls$window >= 5, ]
  masked <- as.matrix(mask_haplotypes(h, last, "a", threshold = 0))
  expect_identical(unname(colSums(!is.na(masked)) > 0), position >= 59)
})
