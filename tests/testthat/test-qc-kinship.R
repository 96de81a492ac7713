test_that("kinship is that of plink2's table", {
  theirs <- plink_table(golden_path("qc", "k0.kin0"))
  ours <- kinship(read_bed(golden_path("qc", "k0.bed")))
  expect_named(ours, c("sample_1", "sample_2", "kinship", "n_variants", "method"))
  expect_identical(unique(ours$method), "king")
  expect_identical(nrow(ours), nrow(theirs))
  row <- match(paste(ours$sample_1, ours$sample_2), paste(theirs$IID2, theirs$IID1))
  flipped <- match(paste(ours$sample_2, ours$sample_1), paste(theirs$IID2, theirs$IID1))
  row[is.na(row)] <- flipped[is.na(row)]
  expect_identical(ours$n_variants, as.integer(theirs$NSNP[row]))
  expect_identical(sprintf("%.6g", ours$kinship), sprintf("%.6g", as.double(theirs$KINSHIP[row])))
})

test_that("the samples that stay are those of --king-cutoff", {
  g <- read_bed(golden_path("qc", "k0.bed"))
  for (cutoff in c("0.0442", "0.0884", "0.177", "0.354")) {
    theirs <- plink_table(golden_path("qc", paste0("k0_king_cutoff_", cutoff, ".in.id")))
    expect_identical(samples(unrelated(g, as.double(cutoff)))$sample_id, theirs$IID)
  }
})

test_that("pairs and choices are plink2's on random data, sex chromosomes left out", {
  skip_without("plink2")
  for (seed in 18:20) {
    prefix <- local_random_set(seed, n_samples = 45)
    g <- read_bed(prefix)
    theirs <- plink_table(paste0(plink("plink2", prefix, "--make-king-table"), ".kin0"))
    ours <- kinship(g)
    row <- match(paste(ours$sample_2, ours$sample_1), paste(theirs$IID1, theirs$IID2))
    expect_false(anyNA(row))
    expect_identical(ours$n_variants, as.integer(theirs$NSNP[row]))
    known <- ours$method == "king"
    expect_identical(sprintf("%.6g", ours$kinship[known]),
      sprintf("%.6g", as.double(theirs$KINSHIP[row][known])))
    for (cutoff in c(0, 0.05, 0.1)) {
      out <- plink("plink2", prefix, "--king-cutoff", cutoff)
      expect_identical(samples(unrelated(g, cutoff))$sample_id,
        plink_table(paste0(out, ".king.cutoff.in.id"))$IID)
    }
  }
})

test_that("a cut-off leaves pairs out and includes itself", {
  counts <- random_counts(20, 300, missing = 0)
  g <- as_genotypes(rbind(counts, copy = counts[3, ]))
  all <- kinship(g)
  expect_identical(nrow(all), 210L)
  expect_identical(kinship(g, min_kinship = 0.5)[1:2],
    tibble::tibble(sample_1 = "s3", sample_2 = "copy"))
  expect_identical(kinship(g, min_kinship = 0.01), all[all$kinship >= 0.01, ])
  expect_identical(kinship(g, threads = 3), all)
  left <- samples(unrelated(g, 0.354))$sample_id
  expect_length(left, 20)
  expect_length(intersect(left, c("s3", "copy")), 1)
})

# Inbred lines: 30 homozygous variants. b differs from a at 3 of them and is heterozygous at one,
# c is a copy of a; d has no variant in common with the others.
inbred_lines <- function() {
  a <- rep(c(0, 2, 2), 10)
  b <- a
  b[1:3] <- 2 - b[1:3]
  b[4] <- 1
  as_genotypes(rbind(a = c(a, NA), b = c(b, NA), c = c(a, NA), d = c(rep(NA, 30), 2)))
}

test_that("inbred lines have identity by state instead of kinship, and it is said", {
  expect_message(pairs <- kinship(inbred_lines()), "6 of 6 pairs by identity by state",
    class = "forebear_message_ibs")
  # Of 60 alleles 2 + 2 + 2 + 1 differ.
  expect_equal(pairs$kinship, c(1 - 7 / 60, 1, NA, 1 - 7 / 60, NA, NA))
  expect_identical(pairs$n_variants, c(30L, 30L, 0L, 30L, 0L, 0L))
  expect_identical(pairs$method, rep("ibs", 6))
  # Cut-offs know duplicates alone.
  duplicates <- suppressMessages(kinship(inbred_lines(), min_kinship = 0.0442))
  expect_identical(c(duplicates$sample_1, duplicates$sample_2), c("a", "c"))
  for (cutoff in c(0.0884, 0.354)) {
    left <- suppressMessages(unrelated(inbred_lines(), cutoff))
    expect_identical(samples(left)$sample_id, c("a", "b", "d"))
  }
  # Of few variants all may agree by chance.
  expect_message(few <- unrelated(inbred_lines()[, 1:19]), "1 duplicate rests on fewer than 20")
  expect_identical(nrow(few), 3L)
  expect_no_message(kinship(as_genotypes(random_counts(6, 300))))
})

test_that("inbred lines with wrongly called heterozygotes are warned about", {
  counts <- random_counts(20, 2000, missing = 0)
  counts[counts == 1] <- 2
  copy <- counts[1, ]
  withr::with_seed(1, {
    counts[cbind(1:20, sample(2000, 400))] <- 1
    copy[sample(2000, 20)] <- 1
  })
  g <- as_genotypes(rbind(counts, copy = copy))
  # The copy is not found: its heterozygotes are others.
  expect_warning(pairs <- kinship(g), "21 of 21 samples have fewer than 10 %",
    class = "forebear_warning_inbred")
  expect_lt(pairs$kinship[pairs$sample_1 == "s1" & pairs$sample_2 == "copy"], 0.0884)
  counts <- as.matrix(g)
  counts[counts == 1] <- NA
  suppressMessages(pairs <- kinship(as_genotypes(counts)))
  expect_identical(pairs$kinship[pairs$sample_1 == "s1" & pairs$sample_2 == "copy"], 1)
  expect_no_warning(kinship(as_genotypes(random_counts(6, 300))))
})

test_that("ten heterozygotes are enough for KING's estimate", {
  pair <- function(n) {
    counts <- rbind(a = rep(0, 40), b = rep(0, 40))
    counts[, seq_len(n)] <- 1
    suppressMessages(kinship(as_genotypes(counts)))
  }
  expect_identical(pair(9)[c("kinship", "method")], tibble::tibble(kinship = 1, method = "ibs"))
  expect_identical(pair(10)[c("kinship", "method")], tibble::tibble(kinship = 0.5, method = "king"))
})

test_that("copies of inbred lines of Arabidopsis are found, and lines are kept", {
  g <- read_bed(shared_path("data", "arabidopsis_170_tess3", "arabidopsis170.bed"))[1:40, 1:5000]
  pairs <- suppressMessages(kinship(g))
  expect_false(anyNA(pairs$kinship))
  expect_identical(unique(pairs$method), "ibs")
  counts <- as.matrix(g)
  by_hand <- 1 - rowMeans(abs(counts[match(pairs$sample_1, rownames(counts)), ] -
    counts[match(pairs$sample_2, rownames(counts)), ])) / 2
  expect_equal(pairs$kinship, unname(by_hand))
  n_same <- sum(pairs$kinship > 0.99)
  counts <- rbind(counts, copy = counts["AT007", ])
  counts["copy", 1:20] <- 2 - counts["copy", 1:20]
  with_copy <- as_genotypes(counts)
  kept <- suppressMessages(unrelated(with_copy))
  expect_identical(nrow(kept), 40L - n_same)
  labels <- data.frame(sample_id = rownames(counts),
    population = rep(c("p", "q"), length.out = nrow(counts)))
  curated <- suppressMessages(curate_panel(with_copy, labels, min_samples = 5,
    outliers = outlier_settings(num_comp = 4)))
  related <- curated$removed[curated$removed$reason == "related", ]
  expect_match(related$detail, "identity by state 0.996", all = FALSE)
  expect_true("AT007" %in% related$sample_id || "copy" %in% related$sample_id)
  report <- suppressMessages(qc_report(with_copy))
  expect_identical(unique(tidy(report, "kinship")$method), "ibs")
  expect_equal(sum(tidy(report, "kinship")$n_pairs), choose(41, 2))
  expect_identical(autoplot(report, type = "kinship")$labels$x, "Identity by state")
})

test_that("that no sample is related is said with the largest kinship", {
  g <- as_genotypes(random_counts(6, 300))
  expect_message(kept <- unrelated(g, 0.4),
    "removed no sample [(]kinship > 0.4: the largest is -?0",
    class = "forebear_message_nothing_removed")
  expect_match(tidy(qc_report(kept))$note[2], "the largest is -?0")
  expect_message(unrelated(inbred_lines()[1:2, ]), "identity by state is 0.883")
  expect_message(unrelated(g[1, ]), "there is one sample")
})

test_that("what cannot be done is said", {
  g <- as_genotypes(small_counts(), variants = data.frame(chrom = rep("Y", 5)))
  expect_error(kinship(g), class = "forebear_error_no_autosomes")
  expect_error(kinship(g, min_kinship = 0.6), class = "forebear_error_argument")
  expect_error(unrelated(g, cutoff = "x"), class = "forebear_error_argument")
  failure <- rust_kinship(as_genotypes(small_counts()), 1:5, -Inf, 2, 1L, NULL)
  expect_error(answer(failure), "min_kinship", class = "forebear_error_too_many_pairs")
})

test_that("unrelated pairs that exceed the cut-off for want of variants are said", {
  withr::local_seed(1)
  counts <- matrix(stats::rbinom(100 * 3000, 2, rep(stats::runif(3000, 0.1, 0.9), each = 100)), 100)
  counts <- rbind(counts, counts[1, ])
  rownames(counts) <- paste0("s", 1:101)
  g <- as_genotypes(counts)
  expect_snapshot(conditions_of(few <- unrelated(g[, 1:300])))
  labels <- stats::setNames(rep_len(c("a", "b"), 101), rownames(counts))
  expect_message(suppressWarnings(curate_panel(g[, 1:300], labels)),
    class = "forebear_message_noisy_kinship")
  expect_no_message(many <- unrelated(g), class = "forebear_message_noisy_kinship")
  expect_identical(nrow(many), 100L)
})
