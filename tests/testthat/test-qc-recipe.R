test_that("the recipe is its steps", {
  g <- read_bed(example_data("panel"))
  by_hand <- filter_variants(g, max_missing = 0.02, min_maf = 0.05, min_hwe_p = 0.001)
  known <- long_range_ld("hg19")
  by_hand <- suppressWarnings(exclude_regions(by_hand, known[!is.na(known$name), ]))
  by_hand <- prune_ld(prune_ld(by_hand))
  recipe <- qc_recipe(g)
  expect_identical(kept_variants(recipe), kept_variants(by_hand))
  expect_identical(tidy(qc_report(recipe, kinship = FALSE)),
    tidy(qc_report(by_hand, kinship = FALSE)))
})

test_that("the recipe is PLINK's, step by step, on real data", {
  skip_without("plink1.9")
  source <- sub("[.]bed$", "", shared_path("data", "hapmap3_957", "hapmap3.bed"))
  out <- file.path(withr::local_tempdir(), "step")
  run <- function(from, ...) {
    system2("plink1.9", c("--bfile", from, ..., "--allow-no-sex", "--out", out), stdout = FALSE,
      stderr = FALSE)
    out
  }
  regions <- withr::local_tempfile(lines = c("6 25000000 35000000 mhc", "8 7000000 13000000 inv"))
  run(source, "--geno 0.02 --maf 0.05 --hwe 0.001 --exclude range", regions, "--make-bed")
  for (time in 1:2) {
    run(out, "--indep-pairwise 1000 10 0.02")
    run(out, "--extract", paste0(out, ".prune.in"), "--make-bed")
  }
  expect_identical(kept_variants(qc_recipe(read_bed(source))),
    read.table(paste0(out, ".bim"))[[2]])
})

test_that("the recipe for Arabidopsis is a matter of arguments", {
  g <- read_bed(shared_path("data", "arabidopsis_170_tess3", "arabidopsis170.bed"))
  steps <- tidy(qc_report(qc_recipe(g, build = "none", max_missing = 0.2, min_hwe_p = 0,
    prune = prune_settings(window = 100, step = 10, r2 = 0.1, times = 1)), kinship = FALSE))
  expect_identical(steps$verb, c("start", "filter_variants", "filter_variants", "prune_ld"))
  expect_lt(steps$variants_left[[4]], steps$variants_left[[3]])
})

test_that("arguments reach the steps", {
  g <- read_bed(example_data("panel"))
  few <- qc_recipe(g, max_sample_missing = 0.5, prune = prune_settings(times = 0),
    regions = data.frame(chrom = "1", start_bp = 1, end_bp = 2e9))
  expect_identical(unique(tidy(qc_report(few, kinship = FALSE))$verb),
    c("start", "filter_samples", "filter_variants", "exclude_regions"))
  expect_false("1" %in% variants(few)$chrom)
  expect_error(qc_recipe(g, build = "hg18"), class = "forebear_error_argument")
  expect_error(qc_recipe(g, recipe = 1), class = "forebear_error_argument")
})
