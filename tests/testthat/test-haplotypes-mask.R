masked_scene <- function() {
  admixed <- simulate_admixed(even_panel(), 6, generations = 8)
  calls <- calls_of_truth(admixed, n = 1)
  row <- paste0(calls$sample_id, "_", calls$haplotype)
  variant <- match(paste(calls$chrom, calls$start_bp),
    paste(variants(admixed)$chrom, variants(admixed)$position_bp))
  want <- as.matrix(admixed)
  is_other <- calls$.pred_class != "west"
  want[cbind(row, colnames(want)[variant])[is_other, ]] <- NA
  list(admixed = admixed, calls = calls, want = want)
}

test_that("alleles of other ancestries are missing", {
  scene <- masked_scene()
  masked <- mask_haplotypes(scene$admixed, scene$calls, "west")
  expect_s3_class(masked, "forebear_haplotypes")
  expect_equal(as.matrix(masked), scene$want)
  expect_equal(is.na(masked), is.na(scene$want))
  expect_output(print(masked), sprintf("%.1f %%", 100 * mean(!is.na(scene$want))), fixed = TRUE)
  part <- masked[c(5, 2), 40:90]
  expect_equal(as.matrix(part), scene$want[c(9:10, 3:4), 40:90])
  expect_equal(samples(part)$sample_id, samples(scene$admixed)$sample_id[c(5, 2)])
  again <- mask_haplotypes(scene$admixed[c(5, 2), 40:90], scene$calls, "west")
  expect_equal(as.matrix(again), as.matrix(part))
})

test_that("one allele that is left counts twice, none is missing", {
  scene <- masked_scene()
  masked <- mask_haplotypes(scene$admixed, scene$calls, "west")
  first <- scene$want[c(TRUE, FALSE), ]
  second <- scene$want[c(FALSE, TRUE), ]
  want <- ifelse(is.na(first), 2 * second, ifelse(is.na(second), 2 * first, first + second))
  expect_equal(unname(as.matrix(as_genotypes(masked))), unname(want))
})

test_that("the threshold, the tree and typicality choose what is left", {
  calls <- random_calls(2, tree = "((a,b)ab,c)all;")
  calls$.typicality <- rep(c(0.5, 0.001), length.out = nrow(calls))
  alleles <- matrix(1, 4, 10)
  rownames(alleles) <- paste0(rep(paste0("s", 1:2), each = 2), c("_1", "_2"))
  windows <- attr(calls, "windows")
  haplotypes <- as_haplotypes(alleles, variants = data.frame(chrom = windows$chrom,
    position_bp = windows$start_bp))
  left <- function(...) sum(!is.na(mask_haplotypes(haplotypes, calls, ...)))
  expect_equal(left("a"), sum(calls$.pred_a >= 0.5))
  expect_equal(left("ab", threshold = 0.6), sum(calls$.pred_a + calls$.pred_b >= 0.6))
  expect_equal(left("ab", min_typicality = 0.01),
    sum(calls$.pred_a + calls$.pred_b >= 0.5 & calls$.typicality >= 0.01))
  expect_error(left("x"), class = "forebear_error_argument")
})

test_that("scores of masked haplotypes are least squares on what is left", {
  panel <- even_panel(n = 40)
  space <- pca(as_genotypes(panel$haplotypes), num_comp = 2)
  scene <- masked_scene()
  masked <- mask_haplotypes(scene$admixed, scene$calls, "west")
  got <- suppressMessages(predict(space, masked))
  want <- suppressMessages(predict(space, as_genotypes(masked), method = "simple"))
  expect_equal(got, want)
  # West alone lies at one end of the component that distinguishes the two.
  centers <- tapply(space$scores[, 1], panel$population, mean)
  expect_lt(mean(abs(got$PC1 - centers[["west"]])), mean(abs(got$PC1 - centers[["east"]])))
  fit <- suppressWarnings(pca(masked[, 1:200], num_comp = 1))
  expect_equal(fit, suppressWarnings(pca(as_genotypes(masked[, 1:200]), num_comp = 1)))
})

test_that("masked samples lie among those of their ancestry, not far beyond them", {
  # Many variants and few samples: the residual of a sample is as long as a component.
  panel <- even_panel(n = 26, n_variants = c("1" = 3000))
  admixed <- simulate_admixed(panel, 10, generations = 6, seed = 8)
  space <- pca(as_genotypes(panel$haplotypes), num_comp = 3)
  masked <- mask_haplotypes(admixed, calls_of_truth(admixed, n = 10), "west")
  place <- suppressMessages(predict(space, masked))
  expect_equal(place, suppressMessages(predict(space, masked, method = "simple")))
  reach <- apply(abs(space$scores), 2, max)
  expect_true(all(abs(t(as.matrix(place[paste0("PC", 1:3)]))) < 1.5 * reach))
})

test_that("what needs all alleles refuses masked haplotypes", {
  scene <- masked_scene()
  masked <- mask_haplotypes(scene$admixed, scene$calls, "west")
  refused <- "forebear_error_masked_haplotypes"
  expect_error(write_phased_vcf(masked, tempfile()), class = refused)
  expect_error(write_tractor(scene$calls, masked, tempfile()), class = refused)
  expect_error(mask_haplotypes(masked, scene$calls, "west"), class = refused)
  expect_error(rbind(masked, masked), class = refused)
  expect_error(cbind(masked, masked), class = refused)
  expect_error(correct_phase(masked, scene$calls), class = refused)
  expect_error(reference_panel(masked, c(admixed1 = "a")), class = refused)
  skip_if_not_installed("SummarizedExperiment")
  expect_error(as_summarized_experiment(masked), class = refused)
})
