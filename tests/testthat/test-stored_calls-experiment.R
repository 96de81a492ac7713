skip_on_cran() # Takes long.

test_that("posteriors lie in HDF5, behind a ranged experiment", {
  for (package in c("SummarizedExperiment", "HDF5Array", "rhdf5", "GenomeInfoDb")) {
    skip_if_not_installed(package)
  }
  model <- local_ancestry(several_panel(n_chrom = 2), window_settings(10, context = 5, folds = 2),
    calibrate = FALSE)
  query <- several_chromosomes(7, n_chrom = 2, seed = 2, prefix = "q")
  stored <- predict(model, query, store = call_store(withr::local_tempdir(), batch = 3))
  experiment <- as_summarized_experiment(stored)
  expect_s4_class(experiment, "RangedSummarizedExperiment")
  expect_identical(dim(experiment), c(8L, 14L))
  expect_identical(SummarizedExperiment::assayNames(experiment), c("north", "south"))
  expect_s4_class(SummarizedExperiment::assay(experiment, "north"), "DelayedMatrix")
  ranges <- SummarizedExperiment::rowRanges(experiment)
  windows <- attr(stored[1], "windows")
  expect_identical(BiocGenerics::start(ranges), windows$start_bp)
  expect_identical(as.character(GenomeInfoDb::seqnames(ranges)), windows$chrom)
  expect_identical(GenomeInfoDb::seqlevels(ranges), c("1", "2"))
  expect_identical(experiment$sample_id, rep(paste0("q", 1:7), each = 2))
  # Means over the variants of each window, one by one.
  calls <- stored[]
  cells <- calls_by_variant(calls)
  cells$north <- calls$.pred_north[cells$row]
  want <- stats::aggregate(north ~ chrom + window + haplotype + sample_id, cells, mean)
  got <- as.matrix(SummarizedExperiment::assay(experiment, "north"))
  at <- cbind(match(paste(want$chrom, want$window, sep = ":"), rownames(got)),
    match(paste(want$sample_id, want$haplotype, sep = "_"), colnames(got)))
  expect_lte(max(abs(got[at] - want$north)), 1 / 131070)
  # Written once.
  path <- file.path(stored$path, "posteriors.h5")
  before <- file.mtime(path)
  as_summarized_experiment(stored)
  expect_identical(file.mtime(path), before)
  expect_identical(list.files(stored$path, "h5$"), "posteriors.h5")
})

test_that("where there is no haplotype there is no posterior", {
  calls <- split_calls(with_variants(random_calls(3)))
  calls <- calls[calls$sample_id != "s2" | calls$haplotype == 1, ]
  about <- list(windows = attr(calls, "windows"), populations = c("a", "b", "c"), bits = 16L)
  codes <- window_codes(calls, about, paste0("s", 1:3))
  expect_identical(which(colSums(is.na(codes[[1]])) > 0), 4L)
  expect_true(all(is.na(codes[[3]][, 4])))
  expect_identical(unique(c(codes[[1]][, -4] + codes[[2]][, -4] + codes[[3]][, -4])), 131070L)
})
