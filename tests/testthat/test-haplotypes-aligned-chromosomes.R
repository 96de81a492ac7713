test_that("overlap is tested where the new data have a chromosome", {
  alleles <- random_alleles(60, 120)
  variants <- data.frame(chrom = rep(c("20", "21"), each = 60), position_bp = 1000L * (1:120),
    ref = "A", alt = "C")
  haplotypes <- as_haplotypes(alleles, variants = variants)
  labels <- stats::setNames(rep(c("a", "b"), 30), paste0("s", 1:60))
  panel <- suppressMessages(reference_panel(haplotypes, labels))
  model <- suppressMessages(local_ancestry(panel,
    window = window_settings(10, context = 0, folds = 2)))
  on_20 <- haplotypes[1:3, 1:60]
  expect_message(
    calls <- predict(model, on_20), class = "forebear_message_chromosomes_absent"
  )
  expect_identical(unique(calls$chrom), "20")
  expect_error(predict(model, on_20[, 1:45]), "At least 48 of the 60 variants",
    class = "forebear_error_overlap")
  elsewhere <- on_20
  elsewhere$variants$chrom <- "7"
  expect_error(predict(model, elsewhere), "At least 96 of the 120 variants",
    class = "forebear_error_overlap")
})
