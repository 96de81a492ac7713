skip_on_cran() # Takes long.

test_that("a SummarizedExperiment comes back with its positions, alleles and samples", {
  skip_if_not_installed("SummarizedExperiment")
  g <- read_bed(example_data("panel"))[c(9, 3, 40), c(77, 5, 1200:1210)]
  experiment <- as_summarized_experiment(g)
  expect_identical(dim(experiment), c(13L, 3L))
  expect_identical(SummarizedExperiment::assay(experiment, "counts"), t(as.matrix(g)))
  back <- as_genotypes(experiment)
  expect_identical(as.matrix(back), as.matrix(g))
  expect_identical(variants(back), variants(g))
  expect_identical(samples(back), samples(g))
})

test_that("calls as in a VCF are counted", {
  skip_if_not_installed("SummarizedExperiment")
  calls <- rbind(v1 = c(a = "0/0", b = "0|1", c = "1|0"), v2 = c("1/1", "./.", "./1"),
    v3 = c("1", "0", "."), v4 = c(NA, "0/1", "1|1"))
  experiment <- SummarizedExperiment::SummarizedExperiment(list(other = calls, GT = calls),
    colData = S4Vectors::DataFrame(sex = c("male", "female", NA), row.names = c("a", "b", "c")))
  want <- rbind(a = c(v1 = 0L, v2 = 2L, v3 = 2L, v4 = NA), b = c(1L, NA, 0L, 1L),
    c = c(1L, NA, NA, 2L))
  g <- as_genotypes(experiment)
  expect_identical(as.matrix(g), want)
  expect_identical(as.matrix(as_genotypes(experiment, assay = "other")), want)
  expect_identical(samples(g)$sex, c("male", "female", NA))
  placed <- as_genotypes(experiment, variants = data.frame(chrom = "7", position_bp = 4:1)[1:4, ])
  expect_identical(variants(placed)$position_bp, 4:1)
})

test_that("an experiment of more than one block is put together; its errors name the variant", {
  skip_if_not_installed("SummarizedExperiment")
  counts <- matrix(rep(c(0, 1, NA, 2, 0, 2, 1), length.out = 2000 * 2200), 2200)
  expect_gt(length(variant_blocks(2000, 2200)), 1)
  make <- function(counts) SummarizedExperiment::SummarizedExperiment(list(counts = counts))
  expect_equal(unname(as.matrix(as_genotypes(make(counts)))), t(counts))
  counts[2150, 7] <- 1.5
  expect_error(as_genotypes(make(counts)), "\"sample7\" at variant \"variant2150\" has \"1.5\"")
})

test_that("what holds no genotypes is refused", {
  skip_if_not_installed("SummarizedExperiment")
  make <- function(...) SummarizedExperiment::SummarizedExperiment(list(...))
  triploid <- make(GT = rbind(v1 = c(a = "0/0", b = "0/1"), v2 = c("0/1", "0/1/1")))
  fraction <- make(counts = matrix(c(0, 0.5), 1))
  expect_snapshot(conditions_of(
    as_genotypes(triploid),
    as_genotypes(make(GT = matrix("0/2", 1, 1))),
    as_genotypes(fraction),
    as_genotypes(make(depth = matrix(0, 1, 1))),
    as_genotypes(triploid, assay = "counts"),
    as_genotypes(triploid[0, ])
  ))
})

test_that("a VCF brings its alleles; variants with more than two are left out", {
  skip_if_not_installed("VariantAnnotation")
  path <- system.file("extdata", "ex2.vcf", package = "VariantAnnotation")
  vcf <- suppressWarnings(VariantAnnotation::readVcf(path, "hg19"))
  expect_message(g <- as_genotypes(vcf), "3 of 5 records", class = "forebear_message_skipped")
  expect_identical(skipped_records(g)$reason, c("no_alternate", "multiallelic"))
  expect_identical(variants(g)$position_bp, c(14370L, 17330L))
  expect_identical(variants(g)$chrom, rep("20", 2))
  expect_identical(unname(as.matrix(g)), rbind(c(0L, 0L), c(1L, 1L), c(2L, 0L)))
  expanded <- suppressWarnings(as_genotypes(VariantAnnotation::expand(vcf)[1:2]))
  expect_identical(unname(as.matrix(expanded)), unname(as.matrix(g[, 1:2])))
})

test_that("a VCF of a real chromosome agrees with its own dosages", {
  skip_if_not_installed("VariantAnnotation")
  path <- system.file("extdata", "chr22.vcf.gz", package = "VariantAnnotation")
  vcf <- VariantAnnotation::readVcf(path, "hg19")
  g <- suppressWarnings(as_genotypes(vcf))
  single <- S4Vectors::elementNROWS(VariantAnnotation::alt(vcf)) == 1
  calls <- VariantAnnotation::geno(vcf)$GT[single, ]
  alt <- nchar(gsub("[^1]", "", calls))
  expect_identical(unname(as.matrix(g)), unname(t(alt)))
})

test_that("haplotypes go through a SummarizedExperiment and come back whole", {
  skip_if_not_installed("SummarizedExperiment")
  alleles <- rbind(ann_1 = c(0, 1, 1), ann_2 = c(0, 0, 1), bob_1 = c(1, 0, 1), bob_2 = c(1, NA, NA))
  variants <- data.frame(variant_id = c("a", "b", "c"), chrom = c("1", "1", "X"),
    position_bp = c(5L, 9L, 2L), ref = c("A", "C", "G"), alt = c("G", "T", "A"))
  haplotypes <- as_haplotypes(alleles, variants = variants)
  experiment <- as_summarized_experiment(haplotypes)
  calls <- SummarizedExperiment::assay(experiment, "GT")
  expect_equal(unname(calls), cbind(c("0|0", "1|0", "1|1"), c("1|1", "0", "1")))
  back <- as_haplotypes(experiment)
  expect_equal(as.matrix(back), as.matrix(haplotypes))
  expect_equal(variants(back), variants(haplotypes))
  expect_equal(as.matrix(as_genotypes(back)), as.matrix(as_genotypes(experiment)))
})

test_that("an experiment without phase is refused, with the first call", {
  skip_if_not_installed("SummarizedExperiment")
  for (call in c("0/1", "./.", ".|1", "2|0", "/0|1")) {
    calls <- matrix(c("0|1", "1", "0|0", call), 2, dimnames = list(c("v1", "v2"), c("s1", "s2")))
    experiment <- SummarizedExperiment::SummarizedExperiment(list(GT = calls))
    error <- expect_error(as_haplotypes(experiment), class = "forebear_error_not_phased")
    where <- sprintf("\"%s\" of sample \"s2\" at variant \"v2\"", call)
    expect_match(conditionMessage(error), where, fixed = TRUE)
  }
  experiment <- SummarizedExperiment::SummarizedExperiment(list(GT = matrix(1L, 2, 2)))
  expect_error(as_haplotypes(experiment), "integer values", class = "forebear_error_argument")
  expect_error(as_haplotypes(as_genotypes(small_counts())), "no phase")
})

test_that("homozygous calls are phased, a phase may come first, and IDs are as of read_vcf()", {
  skip_if_not_installed("VariantAnnotation")
  path <- local_vcf(c(vcf_record(100, "0/0 0|1"), vcf_record(200, "1/1 1|0"),
    vcf_record(300, "|0|1 /1")), header = c("##fileformat=VCFv4.2",
    "##contig=<ID=1>", "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">"))
  vcf <- VariantAnnotation::readVcf(path, "hg19")
  haplotypes <- as_haplotypes(vcf)
  want <- read_phased_vcf(path)
  expect_equal(as.matrix(haplotypes), as.matrix(want))
  expect_identical(variants(haplotypes)$variant_id, variants(want)$variant_id)
  expect_equal(as.matrix(as_genotypes(vcf)), as.matrix(read_vcf(path)))
})

test_that("the haplotypes of a VCF are those that read_phased_vcf() reads", {
  skip_if_not_installed("VariantAnnotation")
  path <- shared_path("data", "kg_phase1_chr22_phased", "kg1_chr22.vcf.gz")
  haplotypes <- read_phased_vcf(path, region = "22:17000000-17200000")
  range <- GenomicRanges::GRanges("22", IRanges::IRanges(17000000, 17200000))
  vcf <- VariantAnnotation::readVcf(path, param = VariantAnnotation::ScanVcfParam(which = range))
  expect_equal(unname(as.matrix(as_haplotypes(vcf))), unname(as.matrix(haplotypes)))
})

test_that("the rules of read_vcf() hold for a VCF of VariantAnnotation", {
  skip_if_not_installed("VariantAnnotation")
  header <- c("##fileformat=VCFv4.2", "##contig=<ID=1>", "##FILTER=<ID=q10,Description=\"q\">",
    "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">",
    "##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"q\">",
    "##FORMAT=<ID=DS,Number=A,Type=Float,Description=\"d\">")
  path <- local_vcf(c(
    "1 10 a A C . PASS . GT:GQ:DS 0/1:30:1.25 1/1:9:1.75",
    "1 20 b A C . q10 . GT:GQ:DS 0/1:30:1 1/1:30:2",
    "1 30 c A C,G . PASS . GT:GQ:DS 0/1:30:1,0 1/2:30:1,1"
  ), header = header)
  vcf <- suppressWarnings(VariantAnnotation::readVcf(path))
  for (rules in list(list(filter = "PASS"), list(min_gq = 10), list(multiallelic = "split"),
    list(field = "DS", multiallelic = "split"))) {
    suppressMessages(suppressWarnings({
      want <- do.call(read_vcf, c(list(path), rules))
      found <- do.call(as_genotypes, c(list(vcf), rules))
    }, classes = "forebear_warning_duplicate_ids"))
    expect_identical(as.matrix(found), as.matrix(want))
    expect_identical(variants(found), variants(want))
    expect_identical(skipped_records(found)$reason, skipped_records(want)$reason)
  }
  expect_error(as_genotypes(vcf, field = "PL"), "field", class = "forebear_error_argument")
})

test_that("a VCF gives what its file gives, with any rules", {
  skip_if_not_installed("VariantAnnotation")
  path <- local_vcf(c(
    "1 100 a:b A C . . . GT:GQ 0/1:20 1/1:20", "1 200 . A C,<NON_REF> . . . GT:GQ 0/1:20 2/2:20",
    "1 300 . AT A . . . GT:GQ 0/1:20 0/0:20", "1 310 . A * . . . GT:GQ 0/1:20 0/0:20",
    "1 320 . A <DEL> . . . GT:GQ 0/1:20 0/0:20", "1 330 . A . . . . GT:GQ 0/0:20 0/0:20",
    "1 340 . A A . . . GT:GQ 0/1:20 0/0:20", "1 350 . N A . . . GT:GQ 0/1:20 0/0:20",
    "1 360 . A C . . . GT:GQ 0/1/1:20 0/0:20", "1 370 rs1 A C,G . . . GT:GQ 0/1:20 1/2:20",
    "X 5 . c t . . . GT:GQ 0:20 0/1:20", "X 9 x A T . . . GT:GQ 1:20 0/0:20"
  ), header = c("##fileformat=VCFv4.2", "##contig=<ID=1>", "##contig=<ID=X>",
    "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">",
    "##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"q\">"))
  vcf <- suppressWarnings(VariantAnnotation::readVcf(path))
  expect_same <- function(found, want) {
    expect_identical(as.matrix(found), as.matrix(want))
    expect_identical(variants(found), variants(want))
    expect_identical(samples(found), samples(want))
    expect_identical(skipped_records(found)[1:2], skipped_records(want)[1:2])
  }
  suppressMessages({
    want <- read_vcf(path)
    expect_same(as_genotypes(vcf), want)
    expect_same(as_genotypes(vcf, min_gq = 0), want)
    expect_same(as_haplotypes(vcf, on_unphased = "drop"),
      read_phased_vcf(path, on_unphased = "drop"))
  })
  expect_identical(variants(want)$variant_id[c(1, 3)], c("a:b", "1:300:AT:A"))
  expect_identical(samples(want)$sex, c("male", "female"))
  expect_error(as_haplotypes(vcf), class = "forebear_error_not_phased")
  # What the object knows besides.
  SummarizedExperiment::colData(vcf)$sex <- c("female", NA)
  other <- suppressMessages(as_genotypes(vcf, variants = data.frame(position_cm = 1:5)))
  expect_identical(samples(other)$sex, c("female", NA))
  expect_identical(variants(other)$position_cm, c(1, 2, 3, 4, 5))
})

# Two variants of three samples, with the columns of the row ranges, or row data, that are given.
experiment_of <- function(..., places = TRUE, named = TRUE) {
  counts <- rbind(v1 = c(a = 0L, b = 1L, c = 2L), v2 = c(2L, 2L, 0L))
  if (!named) counts <- unname(counts)
  rows <- S4Vectors::DataFrame(...)
  if (!places) {
    return(SummarizedExperiment::SummarizedExperiment(list(counts = counts), rowData = rows))
  }
  ranges <- GenomicRanges::GRanges("7", IRanges::IRanges(c(5, 9), width = 1))
  S4Vectors::mcols(ranges) <- rows
  SummarizedExperiment::SummarizedExperiment(list(counts = counts), rowRanges = ranges)
}

test_that("columns of row and column data may have the names and types of other packages", {
  skip_if_not_installed("VariantAnnotation")
  want <- c("C", "G", "T", "A")
  alleles <- function(x) {
    made <- variants(as_genotypes(x))
    c(made$ref, made$alt)
  }
  strings <- Biostrings::DNAStringSet(c("C", "G"))
  lists <- Biostrings::DNAStringSetList("T", "A")
  expect_identical(alleles(experiment_of(REF = c("C", "G"), ALT = c("T", "A"))), want)
  expect_identical(alleles(experiment_of(REF = strings, ALT = lists)), want)
  expect_identical(alleles(experiment_of(ref = strings, alt = I(list("T", "A")))), want)
  expect_identical(alleles(experiment_of(ref = factor(c("C", "G")),
    alt = S4Vectors::Rle(c("T", "A")), REF = "N", ALT = "N")), want)
  made <- variants(as_genotypes(experiment_of(ID = c("rs1", "rs2"), chromosome = c(3, 4),
    POS = c(70, 80), places = FALSE, named = FALSE)))
  expect_identical(made$variant_id, c("rs1", "rs2"))
  expect_identical(made$chrom, c("3", "4"))
  expect_identical(made$position_bp, c(70L, 80L))
  x <- experiment_of(score = 1:2, named = FALSE)
  SummarizedExperiment::colData(x)$IID <- c("sample2", "sample1", "z")
  expect_identical(rownames(as.matrix(as_genotypes(x))), c("sample2", "sample1", "z"))
  bare <- experiment_of(alt = c("T", "T"), places = FALSE)
  bare <- methods::as(bare, "RangedSummarizedExperiment")
  expect_identical(variants(as_genotypes(bare))$position_bp, 1:2)
})

test_that("experiments that leave an allele, a place or an assay open are refused in words", {
  skip_if_not_installed("VariantAnnotation")
  several <- experiment_of(REF = c("C", "G"), ALT = Biostrings::DNAStringSetList("T", c("A", "C")))
  two_places <- experiment_of(ref = c("C", "G"))
  ranges <- SummarizedExperiment::rowRanges(two_places)
  SummarizedExperiment::rowRanges(two_places) <-
    GenomicRanges::GRangesList(v1 = ranges[1], v2 = ranges)
  unnamed <- SummarizedExperiment::SummarizedExperiment(matrix(0, 2, 2))
  expect_snapshot(conditions_of(as_genotypes(several), as_genotypes(two_places),
    as_genotypes(unnamed)))
})

test_that("a VCF that was made in R needs no header, and one that was expanded is refused", {
  skip_if_not_installed("VariantAnnotation")
  ranges <- GenomicRanges::GRanges("1", IRanges::IRanges(c(5, 9), width = 1))
  names(ranges) <- c("a", "b")
  made <- VariantAnnotation::VCF(ranges, S4Vectors::DataFrame(row.names = c("s1", "s2")),
    fixed = S4Vectors::DataFrame(REF = Biostrings::DNAStringSet(c("A", "C")),
      ALT = Biostrings::DNAStringSetList("G", c("T", "A")), QUAL = NA_real_, FILTER = "PASS"),
    geno = list(GT = rbind(c("0|1", "1|1"), c("0|1", "0|0"))))
  expect_warning(g <- as_genotypes(made, multiallelic = "split"),
    class = "forebear_warning_duplicate_ids")
  expect_identical(as.matrix(g), rbind(s1 = c(a = 1L, b = 1L, b = 0L), s2 = c(2L, 0L, 0L)))
  expect_identical(dim(as_haplotypes(made[1, ])), c(2L, 1L))
  # With the calls as they are, sample s1 would have C>A too.
  expanded <- VariantAnnotation::expand(made)
  expect_snapshot(conditions_of(as_genotypes(expanded), as_haplotypes(expanded)))
  expect_identical(dim(suppressMessages(as_genotypes(expanded[1:2, ]))), c(2L, 2L))
})

test_that("the number of autosomes goes into an experiment and comes back", {
  skip_if_not_installed("SummarizedExperiment")
  table <- data.frame(chrom = c("1", "23", "30"), position_bp = 1:3, ref = "A", alt = "C")
  cattle <- as_genotypes(matrix(c(0:2, 0:2, 0:2), 3), variants = table, autosomes = 29)
  kinds <- function(g) chromosome_kinds(g)$kind
  expect_identical(kinds(cattle), c("autosomal", "autosomal", "x"))
  experiment <- as_summarized_experiment(cattle)
  expect_identical(kinds(as_genotypes(experiment)), kinds(cattle))
  S4Vectors::metadata(experiment) <- list()
  expect_identical(kinds(as_genotypes(experiment, autosomes = 29)), kinds(cattle))
  expect_length(S4Vectors::metadata(as_summarized_experiment(as_genotypes(experiment))), 0)
})
