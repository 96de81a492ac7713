# The shipped phased panel, and its first samples as genotypes, which are left out of it.
shipped <- function(n = 12) {
  all <- read_phased_vcf(example_data("phased_panel"))
  variants <- variants(all)
  variants$position_cm <- variants$position_bp / 1e6
  all <- as_haplotypes(as.matrix(all), samples = samples(all), variants = variants)
  held_out <- round(seq(1, nrow(all), length.out = n))
  list(panel = all[-held_out, ], truth = all[held_out, ])
}

phased_without_message <- function(...) suppressMessages(phase_haplotypes(..., threads = 2))

# Switches between neighboring heterozygous variants of all samples and chromosomes.
switches <- function(haplotypes, truth) {
  pairs <- attr(haplotypes, "pairs")
  own <- as.matrix(haplotypes)
  true <- as.matrix(truth)
  variants <- variants(haplotypes)
  place <- function(bp) match(paste(pairs$chrom, bp), paste(variants$chrom, variants$position_bp))
  row <- match(paste0(pairs$sample_id, "_1"), rownames(own))
  is_first <- function(place) own[cbind(row, place)] == true[cbind(row, place)]
  is_first(place(pairs$start_bp)) != is_first(place(pairs$end_bp))
}

test_that("genotypes are kept, and phased better than at random", {
  data <- shipped()
  genotypes <- as_genotypes(data$truth)
  phased <- phased_without_message(genotypes, data$panel)
  expect_s3_class(phased, "forebear_haplotypes")
  expect_identical(as.matrix(as_genotypes(phased)), as.matrix(genotypes))
  expect_identical(variants(phased), variants(data$panel))
  expect_identical(samples(phased), samples(genotypes))
  pairs <- attr(phased, "pairs")
  expect_named(pairs, c("sample_id", "chrom", "start_bp", "end_bp", "probability"))
  n_heterozygous <- sum(as.matrix(genotypes) == 1)
  n_groups <- nrow(unique(pairs[c("sample_id", "chrom")]))
  expect_identical(nrow(pairs), as.integer(n_heterozygous - n_groups))
  expect_true(all(pairs$start_bp < pairs$end_bp & pairs$probability > 0.48))
  wrong <- switches(phased, data$truth)
  expect_lt(mean(wrong), 0.3)
  sure <- pairs$probability > 0.9
  expect_lt(mean(wrong[sure]), mean(wrong[!sure]))
})

test_that("the number of threads does not matter, nor the company without a cohort", {
  data <- shipped(6)
  genotypes <- as_genotypes(data$truth)
  whole <- phased_without_message(genotypes, data$panel)
  expect_identical(suppressMessages(phase_haplotypes(genotypes, data$panel, threads = 1)), whole)
  alone <- phased_without_message(genotypes, data$panel, cohort = FALSE)
  first <- phased_without_message(genotypes[2, ], data$panel)
  expect_identical(as.matrix(first), as.matrix(alone[2, ]))
  expect_identical(attr(first, "pairs")$probability, local({
    pairs <- attr(alone, "pairs")
    pairs$probability[pairs$sample_id == samples(first)$sample_id]
  }))
})

test_that("missing genotypes are filled, absent variants are left out", {
  data <- shipped(6)
  copies <- as.matrix(as_genotypes(data$truth))
  gone <- withr::with_seed(1, sample(length(copies), 60))
  copies[gone] <- NA
  genotypes <- as_genotypes(copies, variants = variants(data$truth))[, -(5:9)]
  messages <- testthat::capture_messages(phased <- phase_haplotypes(genotypes, data$panel,
    threads = 2))
  expect_match(messages, "genotypes .* are missing: both alleles are imputed", all = FALSE)
  expect_identical(variants(phased)$variant_id, variants(data$panel)$variant_id[-(5:9)])
  got <- as.matrix(as_genotypes(phased))
  known <- !is.na(copies[, -(5:9)])
  expect_identical(got[known], copies[, -(5:9)][known])
  truth <- as.matrix(as_genotypes(data$truth))[, -(5:9)]
  expect_gt(mean(got[!known] == truth[!known]), 0.6)
})

test_that("an unphased VCF is phased, by a reference panel, in other spellings", {
  data <- shipped(3)
  path <- withr::local_tempfile(fileext = ".vcf")
  write_phased_vcf(data$truth, path)
  lines <- readLines(path)
  records <- !startsWith(lines, "#")
  lines[records] <- gsub("1|0", "0|1", gsub("\t1\\|0", "\t0|1", lines[records]), fixed = TRUE)
  lines[records] <- paste0("chr", gsub("|", "/", lines[records], fixed = TRUE))
  writeLines(lines, path)
  labels <- utils::read.delim(example_data("phased_labels"))
  panel <- suppressMessages(suppressWarnings(reference_panel(data$panel, labels)))
  got <- phased_without_message(path, panel)
  want <- phased_without_message(as_genotypes(data$truth), data$panel)
  expect_identical(unname(as.matrix(got)), unname(as.matrix(want)))
})

test_that("chromosomes that are no autosomes are left out", {
  data <- shipped(3)
  variants <- variants(data$panel)
  variants$chrom[variants$chrom == "2"] <- "X"
  as_x <- function(haplotypes) as_haplotypes(as.matrix(haplotypes), variants = variants)
  expect_message(phased <- phase_haplotypes(as_genotypes(as_x(data$truth)), as_x(data$panel),
    threads = 2), "it is no autosome: \"X\"")
  expect_identical(unique(variants(phased)$chrom), "1")
  only_x <- variants$chrom == "X"
  expect_snapshot(cat(conditions_of(suppressMessages(phase_haplotypes(
    as_genotypes(as_x(data$truth))[, only_x], as_x(data$panel)[, only_x], threads = 2)))))
})

test_that("what cannot be phased is refused", {
  data <- shipped(3)
  expect_snapshot(cat(conditions_of(phase_haplotypes(data$truth, data$panel))))
  expect_snapshot(cat(conditions_of(phase_haplotypes(as_genotypes(data$truth), 1))))
  expect_snapshot(cat(conditions_of(phase_haplotypes(as_genotypes(data$truth), data$panel,
    cohort = NA))))
  shuffled <- data$panel[, rev(seq_len(ncol(data$panel)))]
  expect_snapshot(cat(conditions_of(phase_haplotypes(as_genotypes(data$truth), shuffled))))
})

test_that("samples whose haplotypes the panel does not have are said", {
  withr::local_seed(4)
  n_variants <- 800
  founders <- function() matrix(stats::rbinom(20 * n_variants, 1, 0.4), 20)
  # Mosaics, two for each sample, of 100 variants on average from one founder.
  mosaics <- function(from, n_samples, name) {
    alleles <- t(replicate(2 * n_samples, {
      piece <- cumsum(c(1, stats::runif(n_variants - 1) < 0.01))
      from[cbind(sample(20, max(piece), TRUE)[piece], seq_len(n_variants))]
    }))
    rownames(alleles) <- paste0(name, rep(seq_len(n_samples), each = 2), c("_1", "_2"))
    as_haplotypes(alleles,
      variants = data.frame(chrom = "1", position_bp = 5000L * seq_len(n_variants),
        position_cm = 0.005 * seq_len(n_variants)))
  }
  own <- founders()
  panel <- mosaics(own, 20, "p")
  like <- as_genotypes(mosaics(own, 6, "q"))
  truth <- mosaics(founders(), 6, "r")
  unlike <- as_genotypes(truth)
  said <- "forebear_message_unlike_panel"
  expect_no_message(phase_haplotypes(like, panel, threads = 1), class = said)
  expect_message(phased <- phase_haplotypes(unlike, panel, threads = 1), class = said)
  sure <- attr(phased, "pairs")$probability > 0.9
  expect_gt(mean(switches(phased, truth)[sure]), 0.3)
  both <- rbind(like, unlike[1:2, ], strand = "same")
  message <- expect_message(phase_haplotypes(both, panel, threads = 1), class = said)
  expect_setequal(message$samples, c("r1", "r2"))
  expect_message(phase_haplotypes(unlike[3, ], panel, threads = 1), class = said)
  expect_no_message(phase_haplotypes(unlike, panel[1:9, ], threads = 1), class = said)
  expect_snapshot(conditions_of(phase_haplotypes(unlike, panel, threads = 1)))
})
