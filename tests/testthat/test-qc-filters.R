test_that("values at a threshold stay, above or below they go", {
  counts <- cbind(a = c(0, 1, 2, 1), b = c(NA, 1, 2, 1), c = c(NA, NA, 2, 1), d = c(0, 0, 0, 1))
  g <- as_genotypes(counts)
  expect_identical(kept_variants(filter_variants(g, max_missing = 0.25)), c("a", "b", "d"))
  expect_identical(kept_variants(filter_variants(g, min_maf = 0.125)), c("a", "b", "c", "d"))
  expect_identical(kept_variants(filter_variants(g, min_maf = 0.126)), c("a", "b", "c"))
  expect_identical(samples(filter_samples(g, max_missing = 0.25))$sample_id,
    paste0("sample", 2:4))
  expect_equal(dim(filter_variants(g)), c(4, 4))
})

test_that("a variant that no sample has stays unless missing genotypes are refused", {
  g <- as_genotypes(cbind(a = c(0, 1, 1), b = NA))
  expect_identical(kept_variants(filter_variants(g, min_maf = 0.1, min_hwe_p = 0.5)), c("a", "b"))
  expect_identical(kept_variants(filter_variants(g, max_missing = 0.99)), "a")
})

test_that("variants are tested in the samples that stay", {
  counts <- cbind(matrix(NA, 10, 8), 1)
  counts[2:10, 1:8] <- rep(0:2, 24)
  g <- filter_samples(as_genotypes(counts), max_missing = 0.5)
  expect_equal(dim(g), c(9, 9))
  expect_equal(dim(filter_variants(g, max_missing = 0)), c(9, 9))
})

test_that("the same samples and variants stay as in PLINK", {
  skip_without("plink1.9")
  for (seed in 7:10) {
    prefix <- local_random_set(seed)
    g <- read_bed(prefix)
    theirs <- function(...) {
      plink("plink1.9", prefix, ..., "--write-snplist", "--make-just-fam", "--allow-no-sex",
        known_parents)
    }
    listed <- function(...) readLines(paste0(theirs(...), ".snplist"))
    expect_identical(kept_variants(filter_variants(g, max_missing = 0.05)), listed("--geno 0.05"))
    for (maf in c("0.05", "0.1", "0.25")) {
      expect_identical(kept_variants(filter_variants(g, min_maf = as.double(maf))),
        listed("--maf", maf))
    }
    for (p in c("0.001", "0.05", "0.3")) {
      expect_identical(kept_variants(filter_variants(g, min_hwe_p = as.double(p))),
        listed("--hwe", p))
      expect_identical(kept_variants(filter_variants(g, min_hwe_p = as.double(p), mid_p = TRUE)),
        listed("--hwe", p, "midp"))
    }
    out <- theirs("--mind 0.07 --geno 0.05 --maf 0.1 --hwe 0.01")
    ours <- g |>
      filter_samples(0.07) |>
      filter_variants(max_missing = 0.05, min_maf = 0.1, min_hwe_p = 0.01)
    expect_identical(samples(ours)$sample_id, read.table(paste0(out, ".fam"))[[2]])
    expect_identical(kept_variants(ours), readLines(paste0(out, ".snplist")))
    expect_lt(dim(ours)[[1]], dim(g)[[1]])
  }
})

test_that("a filter that removes nothing says why, and keeps it for the report", {
  g <- as_genotypes(random_counts(40, 100, missing = 0))
  none <- function(code, pattern) {
    expect_message(kept <- code, pattern, class = "forebear_message_nothing_removed")
    expect_identical(dim(kept), dim(g))
    notes <- kept$history[[1]]$rules$note
    if (length(notes) > 0) expect_false(anyNA(notes))
  }
  none(filter_samples(g), "no genotype is missing")
  none(filter_variants(g), "no threshold is set")
  none(filter_variants(g, max_missing = 0.1, min_maf = 1e-6),
    "missing > 0.1: no genotype is missing; MAF < 1e-06: the smallest is 0[.]")
  none(filter_variants(g, min_hwe_p = 1e-20), "Hardy-Weinberg p < 1e-20: the smallest is ")
  some <- as_genotypes(random_counts(40, 100, missing = 0.02))
  expect_message(filter_samples(some, 0.5), "the largest proportion is 0.0")
  # In between there is nothing to say.
  expect_no_message(kept <- filter_variants(some, max_missing = 0.02, min_maf = 0.2))
  expect_identical(kept$history[[1]]$rules$note, rep(NA_character_, 2))
})

test_that("a filter that removes nearly all says by which rule", {
  counts <- random_counts(40, 100, missing = 0)
  counts[, 3:100] <- 0
  counts[1:3, 1] <- NA
  expect_message(kept <- filter_variants(as_genotypes(counts), max_missing = 0.05, min_maf = 0.05),
    "removed 99 of 100 variants: missing > 0.05 [(]1[)], MAF < 0.05 [(]98[)]",
    class = "forebear_message_nearly_all_removed")
  expect_identical(kept$history[[1]]$rules$note, c(NA, "nearly all"))
})

test_that("a rule that could be applied to no variant is said", {
  counts <- random_counts(40, 20, missing = 0)
  counts[, 1:5] <- 0
  g <- as_genotypes(counts, variants = data.frame(chrom = rep("MT", 20)))
  expect_message(kept <- filter_variants(g, min_maf = 0.05, min_hwe_p = 0.001),
    "Hardy-Weinberg p < 0.001: p is not known of any", class = "forebear_message_not_tested")
  expect_identical(ncol(kept), 15L)
})

test_that("what cannot be done is said", {
  g <- as_genotypes(small_counts())
  expect_snapshot(conditions_of(
    filter_variants(g, min_maf = 0.6),
    filter_variants(g, max_missing = -1),
    filter_variants(as_genotypes(matrix(c(0, 0, NA, 0), 2)), 0.1, 0.5),
    filter_samples(g, max_missing = NA),
    filter_samples(as_genotypes(matrix(NA, 2, 2)), 0.5)
  ))
})

test_that("Hardy-Weinberg proportions are tested within populations, as PLINK does one by one", {
  skip_without("plink1.9")
  prefix <- local_random_set(21, n_samples = 90)
  g <- read_bed(prefix)
  labels <- stats::setNames(rep(c("a", "b", "c"), 30), samples(g)$sample_id)
  ours <- suppressMessages(variant_stats(g, labels = labels))
  expect_identical(unique(ours$population), c("a", "b", "c"))
  for (population in c("a", "b", "c")) {
    keep <- paste0(prefix, ".keep")
    writeLines(paste("f", names(labels)[labels == population]), keep)
    # Who is a founder is known of all samples, not of the kept ones alone.
    table <- plink_table(paste0(plink("plink1.9", prefix, "--make-founders require-2-missing",
      "--hardy", "--nonfounders", "--keep", keep), ".hwe"))
    theirs <- table[table$TEST %in% c("ALL", "ALL(NP)"), ]
    own <- suppressMessages(variant_stats(g, nonfounders = TRUE, labels = labels))
    own <- own[own$population == population, ]
    there <- match(theirs$SNP, own$variant_id)
    tested <- !is.na(own$hwe_p[there])
    expect_gt(sum(tested), 200)
    expect_equal(own$hwe_p[there][tested], as.double(theirs$P)[tested], tolerance = 1e-3)
  }
  smallest <- tapply(ours$hwe_p, ours$variant_id, function(p) {
    if (all(is.na(p))) NA_real_ else min(p, na.rm = TRUE)
  })
  kept <- suppressMessages(filter_variants(g, min_hwe_p = 0.05, labels = labels))
  want <- variants(g)$variant_id
  expect_identical(kept_variants(kept),
    want[is.na(smallest[want]) | smallest[want] >= 0.05 * (1 - plink_slack)])
})

test_that("samples of unusual heterozygosity go", {
  counts <- withr::with_seed(3, t(replicate(40, stats::rbinom(500, 2, 0.5))))
  counts[5, ] <- 1
  counts[6, ] <- 2 * stats::rbinom(500, 1, 0.5)
  g <- as_genotypes(`rownames<-`(counts, paste0("s", 1:40)))
  f <- sample_stats(g)$f
  kept <- filter_samples(g, max_f_sd = 3)
  expect_identical(samples(kept)$sample_id,
    paste0("s", which(abs(f - mean(f)) / stats::sd(f) <= 3)))
  expect_false(any(c("s5", "s6") %in% samples(kept)$sample_id))
})

test_that("Hardy-Weinberg filters of inbred lines are reported", {
  counts <- withr::with_seed(1, 2 * matrix(rbinom(40 * 50, 1, 0.4), 40))
  counts[, 1] <- rep(c(0, 1, 1, 2), 10)
  g <- as_genotypes(counts)
  expect_message(kept <- filter_variants(g, min_hwe_p = 1e-4), class = "forebear_message_inbred",
    "40 of 40 samples have fewer than 10 % of the heterozygotes")
  expect_identical(ncol(kept), 1L)
  expect_no_message(filter_variants(g, min_maf = 0.4), class = "forebear_message_inbred")
})

test_that("it is said where the Hardy-Weinberg test removes what distinguishes populations", {
  withr::local_seed(2)
  counts_of <- function(fst) {
    center <- stats::runif(1000, 0.1, 0.9)
    do.call(rbind, lapply(1:2, function(population) {
      p <- stats::rbeta(1000, center * (1 / fst - 1), (1 - center) * (1 / fst - 1))
      matrix(stats::rbinom(50 * 1000, 2, rep(p, each = 50)), 50)
    }))
  }
  apart <- `rownames<-`(counts_of(0.2), paste0("s", 1:100))
  said <- "forebear_message_structured"
  expect_snapshot(conditions_of(filtered <- filter_variants(as_genotypes(apart), min_hwe_p = 1e-3)))
  labels <- stats::setNames(rep(c("a", "b"), each = 50), rownames(apart))
  expect_no_message(filter_variants(as_genotypes(apart), min_hwe_p = 0.01, labels = labels),
    class = said)
  # Heterozygotes that are missing at some variants are errors of these.
  wrong <- counts_of(0.001)
  wrong[, 1:40][wrong[, 1:40] == 1] <- 0
  expect_no_message(filtered <- filter_variants(as_genotypes(wrong), min_hwe_p = 1e-3),
    class = said)
  expect_lt(ncol(filtered), 980)
})
