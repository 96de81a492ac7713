# Samples of two populations on chromosome 7 and X, 200 variants 0.1 cM apart on each; every second
# sample is a male and has one X. `source` [haplotypes x 400] is the population of every allele.
x_alleles <- function(source, seed) {
  n_haplotypes <- nrow(source)
  withr::with_seed(1, founders <- lapply(1:2, function(population) {
    frequency <- stats::runif(400, 0.1, 0.9)
    matrix(stats::rbinom(12 * 400, 1, rep(frequency, each = 12)), 12)
  }))
  withr::with_seed(seed, founder <- matrix(sample(12, n_haplotypes * 40, TRUE), n_haplotypes))
  founder <- founder[, rep(1:40, each = 10)]
  own <- cbind(as.vector(founder), as.vector(col(founder)))
  alleles <- matrix(ifelse(source == 1, founders[[1]][own], founders[[2]][own]), n_haplotypes)
  alleles[seq(4, n_haplotypes, by = 4), 201:400] <- NA
  rownames(alleles) <- paste0("s", rep(seq_len(n_haplotypes / 2), each = 2), c("_1", "_2"))
  alleles
}

# Through a VCF, as data come.
x_haplotypes <- function(alleles, env = parent.frame()) {
  variants <- data.frame(chrom = rep(c("7", "X"), each = 200), ref = "A", alt = "C",
    position_bp = rep(1:200, 2) * 100000L)
  path <- withr::local_tempfile(fileext = ".vcf.gz", .local_envir = env)
  write_phased_vcf(as_haplotypes(alleles, variants = variants), path)
  read_phased_vcf(path)
}

test_that("X is called end to end: females have two haplotypes, males one", {
  population <- rep(1:2, each = 50)
  panel <- suppressMessages(reference_panel(
    x_haplotypes(x_alleles(matrix(population, 100, 400), 2)),
    stats::setNames(rep(c("north", "south"), each = 25), paste0("s", 1:50))
  ))
  model <- suppressMessages(local_ancestry(panel, window = window_settings(20, context = 10),
    hmm = pair_hmm(emissions = "both")))
  expect_equal(glance(model)$n_chromosomes, 2L)
  # Twelve queries: south, but north in the middle of the X of first haplotypes.
  source <- matrix(2, 24, 400)
  source[seq(1, 24, 2), 261:340] <- 1
  query <- x_haplotypes(x_alleles(source, 3))
  calls <- predict(model, query)
  male <- paste0("s", seq(2, 12, 2))
  on_x <- calls$chrom == "X"
  expect_equal(unique(calls$haplotype[on_x & calls$sample_id %in% male]), 1L)
  whole <- unique(calls[c("sample_id", "haplotype", "chrom", "window")])
  expect_equal(sum(whole$chrom == "X"), 6 * 10 + 6 * 2 * 10)
  expect_equal(sum(whole$chrom != "X"), 12 * 2 * 10)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
  in_middle <- calls$window %in% 4:7
  is_male <- calls$sample_id %in% male
  # A male has no second haplotype that could have been exchanged with the first.
  # Rows are windows or parts of them.
  called <- function(rows, ancestry) {
    length_bp <- calls$end_bp[rows] - calls$start_bp[rows] + 1
    sum(length_bp[calls$.pred_class[rows] == ancestry]) / sum(length_bp)
  }
  expect_gt(called(on_x & is_male & in_middle, "north"), 0.9)
  expect_gt(called(on_x & is_male & !in_middle, "south"), 0.9)
  of_females <- on_x & !is_male
  expect_equal(called(of_females, "north"), 0.2, tolerance = 0.25)
  expect_gt(called(!on_x, "south"), 0.95)
  expect_false(any(attr(calls, "switches")$chrom == "X" &
    attr(calls, "switches")$sample_id %in% male))
  # Everything that follows takes such calls.
  segments <- ancestry_segments(calls, threshold = 0)
  expect_equal(unique(segments$haplotype[segments$chrom == "X" & segments$sample_id == "s2"]), 1L)
  proportions <- ancestry_proportions(calls[on_x, ])
  expect_equal(nrow(proportions), 24)
  corrected <- correct_phase(query, calls)
  expect_s3_class(corrected$haplotypes, "forebear_haplotypes")
  expect_s3_class(corrected$calls, "forebear_ancestry_calls")
  path <- withr::local_tempfile()
  write_fb(calls, paste0(path, ".fb.tsv"))
  write_msp(calls, paste0(path, ".msp.tsv"))
  expect_s3_class(autoplot(calls, sample_id = "s2"), "ggplot")
  # And from females alone, or males alone.
  for (sex in c(TRUE, FALSE)) {
    some <- samples(query)$sample_id %in% male == sex
    expect_gt(mean(predict(model, query[some, ])$.pred_class ==
      calls$.pred_class[is_male == sex]), 0.97)
  }
})
