# Without what is said of thresholds for few samples, of founders, and of nearly all that goes.
quietly_pruned <- function(...) {
  suppressMessages(suppressWarnings(prune_ld(...), classes = "forebear_warning_low_r2"))
}

test_that("the same variants stay as in every file of PLINK's answers", {
  files <- list.files(golden_path("qc"), "[.]kept$", full.names = TRUE)
  expect_length(files, 30)
  for (file in files) {
    case <- regmatches(basename(file),
      regexec("^(.*)__([0-9]+)(kb)?_([0-9]+)_([0-9.]+)[.]kept$", basename(file)))[[1]]
    g <- read_bed(file.path(dirname(file), case[[2]]))
    kept <- quietly_pruned(g, as.double(case[[3]]), as.double(case[[5]]), as.double(case[[6]]),
      unit = if (case[[4]] == "kb") "kb" else "variants")
    expect_identical(kept_variants(kept), readLines(file), info = basename(file))
  }
})

test_that("the same variants stay as in PLINK 1.9 on random data of every chromosome", {
  skip_without("plink1.9")
  n_removed <- 0
  for (seed in 11:16) {
    prefix <- local_random_set(seed, n_samples = c(60, 24, 301)[seed %% 3 + 1],
      missing = c(0, 0.02)[seed %% 2 + 1])
    g <- read_bed(prefix)
    for (case in c("20 5 0.2", "50 10 0.05", "10 1 0.8", "2 2 0.5", "5kb 1 0.2", "20kb 5 0.1",
                   "2kb 7 0.3")) {
      out <- plink("plink1.9", prefix, "--indep-pairwise", case, "--allow-no-sex", known_parents)
      numbers <- as.double(sub("kb", "", strsplit(case, " ")[[1]]))
      kept <- quietly_pruned(g, numbers[1], numbers[2], numbers[3],
        unit = if (grepl("kb", case)) "kb" else "variants", sex_chromosomes = TRUE)
      expect_identical(kept_variants(kept), readLines(paste0(out, ".prune.in")),
        info = paste(seed, case))
      n_removed <- n_removed + ncol(g) - ncol(kept)
    }
  }
  expect_gt(n_removed, 1000)
})

test_that("of a perfect pair the later goes, of an unequal pair the rarer", {
  a <- c(0, 0, 1, 1, 2, 2)
  g <- as_genotypes(cbind(a = a, b = 2 - a, mono = 0))
  expect_identical(kept_variants(prune_ld(g, 10, 1, 0.5)), "a")
  rarer <- cbind(x = c(0, 0, 0, 1, 1, 2), y = c(0, 0, 0, 1, 2, 2))
  expect_identical(kept_variants(prune_ld(as_genotypes(rarer), 10, 1, 0.5)), "y")
  # A correlation at the threshold is no reason: r2 is 1/4.
  quarter <- cbind(a = c(0, 0, 2, 2, 0, 2, 0, 2), b = c(0, 2, 2, 2, 0, 2, 0, 0))
  expect_equal(stats::cor(quarter)[[2]]^2, 0.25)
  expect_equal(ncol(prune_ld(as_genotypes(quarter), 10, 1, 0.25)), 2)
  expect_equal(ncol(prune_ld(as_genotypes(quarter), 10, 1, 0.2499)), 1)
})

test_that("sex chromosomes and variants without a place are left out, and counted", {
  chrom <- c("0", "1", "1", "23", "24", "25", "26", "chrX")
  g <- as_genotypes(random_counts(40, 8, missing = 0),
    variants = data.frame(chrom = chrom, position_bp = 1:8))
  expect_message(
    expect_message(kept <- prune_ld(g, 5, 1, 0.9),
      "1 variant on chromosome 0", class = "forebear_message_unplaced"),
    "4 variants.*1 on \"23\", which is taken for X; 1 on \"24\"",
    class = "forebear_message_sex_chromosomes")
  expect_identical(variants(kept)$chrom, c("1", "1", "25"))
  none <- suppressMessages(prune_ld(g, 5, 1, 0.9, sex_chromosomes = "none"))
  expect_identical(variants(none)$chrom, chrom[-1])
  everything <- suppressMessages(prune_ld(g[, -8], 5, 1, 0.9, sex_chromosomes = TRUE))
  expect_identical(variants(everything)$chrom, chrom[2:7])
  birds <- as_genotypes(random_counts(40, 4, missing = 0),
    variants = data.frame(chrom = c("1", "Z", "Z", "2")))
  expect_message(kept <- prune_ld(birds, 5, 1, 0.9, sex_chromosomes = list(x = "Z")),
    class = "forebear_message_sex_chromosomes")
  expect_identical(variants(kept)$chrom, c("1", "2"))
})

test_that("a chromosome in two spellings is one", {
  a <- c(0, 0, 1, 1, 2, 2)
  g <- as_genotypes(cbind(a = a, b = a, c = a),
    variants = data.frame(chrom = c("6", "06", "chr6")))
  expect_identical(kept_variants(prune_ld(g, 10, 1, 0.5)), "a")
})

test_that("variants without any place are an error of their own", {
  places <- function(chrom, position) {
    as_genotypes(small_counts(), variants = data.frame(chrom = chrom, position_bp = position))
  }
  expect_error(prune_ld(places(rep("0", 5), 1:5), 2, 1, 0.5),
    "All 5 variants are on chromosome 0, PLINK's name of an unknown place",
    class = "forebear_error_unplaced")
  expect_error(prune_ld(places(rep("chr0", 5), 1:5), 2, 1, 0.5), class = "forebear_error_unplaced")
  expect_error(prune_ld(places(rep("1", 5), 0L), 2, 1, 0.5, unit = "kb"), "at position 0",
    class = "forebear_error_unplaced")
  expect_error(prune_ld(places(rep("X", 5), 1:5), 2, 1, 0.5), "5 on \"X\"",
    class = "forebear_error_no_autosomes")
})

test_that("threads and views change nothing", {
  prefix <- local_random_set(17)
  g <- read_bed(prefix)
  one <- kept_variants(prune_ld(g, 20, 5, 0.2, threads = 1))
  expect_identical(kept_variants(prune_ld(g, 20, 5, 0.2, threads = 3)), one)
  counts <- as.matrix(g)
  rows <- seq(2, 60, 2)
  memory <- as_genotypes(unname(counts[rows, ]), samples = samples(g)[rows, ],
    variants = variants(g))
  expect_identical(kept_variants(prune_ld(g[rows, ], 20, 5, 0.2)),
    kept_variants(prune_ld(memory, 20, 5, 0.2)))
})

test_that("a threshold below what unlinked variants have warns, with figures", {
  g <- as_genotypes(random_counts(60, 400, missing = 0))
  expect_warning(
    expect_no_message(pruned <- prune_ld(g, 400, 10, 0.02)),
    "With 60 founders the r2 of unlinked variants is 0.0169 on average: `r2 = 0.02` left",
    class = "forebear_warning_low_r2"
  )
  expect_lt(ncol(pruned), 40)
  expect_match(pruned$history[[1]]$rules$note, "`r2` is below 3 / n, with 60 founders")
  expect_no_warning(prune_ld(g, 400, 10, 0.05))
  expect_warning(prune_ld(g, 400, 10, 0.049), "Use `r2 = 0.05` or more")
  # Once in the recipe, which prunes twice.
  n <- 0
  withCallingHandlers(
    suppressMessages(qc_recipe(g, min_hwe_p = 0, prune = prune_settings(r2 = 0.02))),
    warning = function(condition) {
      n <<- n + inherits(condition, "forebear_warning_low_r2")
      rlang::cnd_muffle(condition)
    }
  )
  expect_identical(n, 1)
})

test_that("pruning that removes nothing or nearly all says why", {
  counts <- random_counts(60, 100, missing = 0)
  places <- function(chrom, position) {
    as_genotypes(unname(counts), variants = data.frame(chrom = chrom, position_bp = position))
  }
  none <- "forebear_message_nothing_removed"
  expect_message(prune_ld(places("1", 1:100), 2, 1, 0.999), "no pair has a larger one",
    class = none)
  expect_message(prune_ld(places("1", 5000 * 1:100), 1, 1, 0.5, unit = "kb"),
    "no window holds two variants", class = none)
  expect_message(prune_ld(places(1:100, 1), 5, 1, 0.5), "each variant is alone", class = none)
  counts[, 4:100] <- 0
  expect_message(kept <- prune_ld(places(rep(c("1", "0"), c(90, 10)), 1:100), 100, 1, 0.9),
    "removed 97 of 100 variants: no place [(]10[)], r2 > 0.9 .* 87 do not vary among founders",
    class = "forebear_message_nearly_all_removed")
  expect_match(kept$history[[1]]$rules$note[2], "nearly all: Of the variants, 87 do not vary")
})

test_that("what cannot be pruned is refused", {
  counts <- unname(small_counts())
  places <- function(chrom, position) {
    as_genotypes(counts,
      variants = data.frame(chrom = rep_len(chrom, 5), position_bp = position))
  }
  children <- as_genotypes(counts, samples = data.frame(sample_id = c("x", "y", "z"),
    family_id = "f", father_id = c(NA, "x", "x")))
  expect_s3_class(prune_ld(children, 2, 1, 0.99, nonfounders = TRUE), "forebear_genotypes")
  expect_snapshot(conditions_of(
    prune_ld(places("1", 5:1), 2, 1, 0.5),
    prune_ld(places(c("1", "2", "2", "1", "1"), 1:5), 2, 1, 0.5),
    prune_ld(children, 2, 1, 0.5),
    prune_ld(as_genotypes(counts), 1, 1, 0.5),
    prune_ld(as_genotypes(counts), 5, 6, 0.5),
    prune_ld(as_genotypes(counts), 5, 1, 2),
    prune_ld(as_genotypes(counts), 0, 1, 0.2, unit = "kb"),
    prune_ld(as_genotypes(counts), 5, 1, 0.2, unit = "cM")
  ))
})

test_that("one sample is said to be one", {
  g <- as_genotypes(rbind(a = c(0, 1, 2), b = c(1, 1, 0)))
  expect_error(prune_ld(g[1, ]), "There is one sample", class = "forebear_error_no_founders")
})
