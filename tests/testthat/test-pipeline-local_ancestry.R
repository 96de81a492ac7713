job <- function() readLines(system.file("scripts", "local-ancestry.R", package = "forebear"))

test_that("the whole job of local ancestry is one short script of the public interface", {
  expect_lt(length(job()), 30)
  expect_false(any(grepl(":::|forebear::", job())))
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  done <- new.env()
  withr::with_seed(1, suppressMessages(eval(parse(text = job()), done)))
  expect_setequal(list.files(folder), c("calls.msp.tsv", "calls.fb.tsv", "calls.anc.vcf.gz",
    "calls.bed", "corrected.vcf.gz"))
  guesses <- done$scores[done$scores$threshold == 0, ]
  expect_gt(min(guesses$precision, guesses$recall), 0.8)
  sure <- done$scores[done$scores$threshold == 0.8, ]
  expect_gt(min(sure$precision), 0.8)
  expect_equal(sum(done$proportions$proportion), 6)
  expect_true(any(done$nodes$ancestry == "west", na.rm = TRUE))
  expect_drawn(done$karyogram)
  # What was written says what was called.
  # Files have a row for all where a window of one is split.
  same <- function(calls) {
    key <- function(calls) paste(calls$sample_id, calls$haplotype, calls$chrom)
    expect_setequal(key(calls), key(done$calls))
    for (own in split(seq_len(nrow(calls)), key(calls))) {
      all <- which(key(done$calls) == key(calls)[own[1]])
      at <- findInterval(calls$start_bp[own], done$calls$start_bp[all])
      expect_identical(calls$.pred_class[own], done$calls$.pred_class[all][at])
      expect_true(all(done$calls$start_bp[all] %in% calls$start_bp[own]))
    }
  }
  same(read_msp("calls.msp.tsv"))
  same(read_fb("calls.fb.tsv", windows = "calls.msp.tsv"))
  same(read_ancestry_vcf("calls.anc.vcf.gz", windows = "calls.msp.tsv"))
  bed <- utils::read.table("calls.bed", sep = "\t")
  expect_identical(bed$V4, done$segments$ancestry)
  corrected <- as.matrix(read_phased_vcf("corrected.vcf.gz"))
  expect_identical(corrected, as.matrix(done$corrected))
  expect_false(identical(corrected, as.matrix(done$query)))
})

test_that("the README shows the script that runs", {
  path <- file.path("..", "..", "README.md")
  skip_if_not(file.exists(path), "no README.md beside the tests")
  readme <- readLines(path)
  fences <- grep("^```", readme)
  blocks <- Map(function(from, to) readme[seq(from + 1, length.out = to - from - 1)],
    fences[c(TRUE, FALSE)], fences[c(FALSE, TRUE)])
  expect_equal(sum(vapply(blocks, identical, NA, job())), 1)
})
