# Block 1: 1-300 of chr1 to 101-400 of chr1. Block 2, reversed: 301-340 to 450-411 of chr2, ten
# bases that are not there, 351-400 to 405-356 of chr2.
local_chain <- function(env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".chain", .local_envir = env)
  writeLines(c("chain 1000 chr1 1000 + 0 300 chr1 1100 + 100 400 1", "300", "",
    "chain 500 chr1 1000 + 300 400 chr2 500 - 50 150 2", "40\t10\t5", "50", ""), path)
  path
}

back_chain <- function(env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".chain", .local_envir = env)
  writeLines(c("chain 1000 chr1 1100 + 100 400 chr1 1000 + 0 300 1", "300", "",
    "chain 500 chr2 500 + 355 450 chr1 1000 - 600 700 2", "50\t5\t10", "40", ""), path)
  path
}

variants_at <- function(position_bp, ref = "A", alt = "G", chrom = "1") {
  data.frame(variant_id = paste0("v", seq_along(position_bp)), chrom = chrom,
    position_bp = as.integer(position_bp), ref = ref, alt = alt)
}

test_that("positions and strand are those that the chain says", {
  skip_if_not_installed("rtracklayer")
  at <- c(1, 300, 301, 340, 345, 351, 400, 500)
  counts <- random_counts(5, length(at))
  g <- as_genotypes(counts, variants = variants_at(at))
  expect_message(lifted <- lift_over(g, local_chain()), class = "forebear_message_lift_over")
  report <- attr(lifted, "report")
  expect_identical(report$new_position_bp, c(101L, 400L, 450L, 411L, NA, 405L, 356L, NA))
  expect_identical(report$new_chrom, c("1", "1", "2", "2", NA, "2", "2", NA))
  expect_identical(report$outcome, c("lifted", "lifted", "reversed", "reversed", "lost", "reversed",
    "reversed", "lost"))
  expect_identical(report$reason, c(rep(NA, 4), "absent", NA, NA, "absent"))
  # In order of position, with the genotypes of the same variants, on the other strand in chr2.
  expect_identical(variants(lifted)$variant_id, paste0("v", c(1, 2, 7, 6, 4, 3)))
  expect_identical(variants(lifted)$position_bp, c(101L, 400L, 356L, 405L, 411L, 450L))
  expect_identical(variants(lifted)$ref, c("A", "A", "T", "T", "T", "T"))
  expect_identical(variants(lifted)$alt, c("G", "G", "C", "C", "C", "C"))
  expect_identical(unname(as.matrix(lifted)), unname(counts[, c(1, 2, 7, 6, 4, 3)]))
})

test_that("there and back again is where it was", {
  skip_if_not_installed("rtracklayer")
  at <- c(1:340, 351:400)
  g <- as_genotypes(random_counts(3, length(at)), variants = variants_at(at, "C", "A"))
  back <- suppressMessages(lift_over(lift_over(g, local_chain()), back_chain()))
  expect_identical(variants(back), variants(g))
  expect_identical(as.matrix(back), as.matrix(g))
})

test_that("haplotypes, Chain objects, gzip and other spellings do", {
  skip_if_not_installed("rtracklayer")
  path <- local_chain()
  h <- as_haplotypes(random_alleles(4, 3), variants = variants_at(c(5, 301, 302), chrom = "chr1"))
  lifted <- suppressMessages(lift_over(h, rtracklayer::import.chain(path)))
  expect_identical(variants(lifted)$chrom, c("chr1", "chr2", "chr2"))
  expect_identical(unname(as.matrix(lifted)), unname(as.matrix(h)[, c(1, 3, 2)]))
  zipped <- withr::local_tempfile(fileext = ".chain.gz")
  connection <- gzfile(zipped, "w")
  writeLines(readLines(path), connection)
  close(connection)
  expect_identical(suppressMessages(lift_over(h, zipped)), lifted)
})

test_that("what has no certain place is lost, and reported", {
  skip_if_not_installed("rtracklayer")
  table <- variants_at(c(10, 299, 310, 320, 330, 10), c("AT", "ATT", "AT", "A", "A", "A"),
    c("A", "A", "A", "ATT", "N", "C"), c(rep("1", 5), "7"))
  g <- as_genotypes(random_counts(2, 6), variants = table)
  report <- attr(suppressMessages(lift_over(g, local_chain())), "report")
  expect_identical(report$reason, c(NA, "split", "reversed_indel", "reversed_indel",
    "reversed_allele", "no_chain"))
  named <- as_genotypes(random_counts(2, 2),
    variants = transform(variants_at(c(10, 301)), variant_id = c("1:10:A:G", "rs1")))
  lifted <- suppressMessages(lift_over(named, local_chain()))
  expect_identical(variants(lifted)$variant_id, c("1:110:A:G", "rs1"))
  expect_snapshot(conditions_of(
    lift_over(g, local_chain()),
    lift_over(g[, 6], local_chain()),
    lift_over(1, local_chain()),
    lift_over(g, 7),
    lift_over(g, "no such.chain")
  ))
  text <- withr::local_tempfile(lines = "not a chain")
  expect_error(lift_over(g, text), class = "forebear_error_chain")
})

test_that("centimorgans that would fall are not kept", {
  skip_if_not_installed("rtracklayer")
  table <- cbind(variants_at(c(10, 301, 302)), position_cm = c(0.1, 0.2, 0.3))
  g <- as_genotypes(random_counts(2, 3), variants = table)
  expect_message(lifted <- lift_over(g, local_chain()), "Centimorgans would fall")
  expect_identical(variants(lifted)$position_cm, c(0, 0, 0))
})

test_that("a chromosome that the data call by a number keeps it", {
  skip_if_not_installed("rtracklayer")
  path <- withr::local_tempfile(fileext = ".chain")
  writeLines(c("chain 9 chrX 1000 + 0 900 chrX 1050 + 50 950 1", "900", "",
    "chain 9 chr1 1000 + 0 900 chr1 1050 + 50 950 2", "900", ""), path)
  g <- as_genotypes(random_counts(3, 2), variants = variants_at(c(5, 5), chrom = c("1", "23")))
  lifted <- lift_over(g, path)
  expect_identical(variants(lifted)$chrom, c("1", "23"))
  expect_identical(attr(lifted, "report")$new_chrom, c("1", "23"))
})
