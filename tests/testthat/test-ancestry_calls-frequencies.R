test_that("frequencies of hard calls are those of counting alleles by ancestry", {
  admixed <- simulate_admixed(even_panel(), 9, generations = 6)
  calls <- calls_of_truth(admixed, n = 1)
  found <- ancestry_frequencies(calls, admixed)
  expect_named(found, c("variant_id", "ancestry", "allele_frequency", "n_effective", "std_error",
    "chrom", "position_bp"))
  alleles <- as.matrix(admixed)
  at <- calls[calls$chrom == "2" & calls$window == 17, ]
  row <- paste0(at$sample_id, "_", at$haplotype)
  variant <- which(variants(admixed)$chrom == "2")[17]
  for (name in c("east", "west")) {
    own <- alleles[row[at$.pred_class == name], variant]
    got <- found[found$variant_id == variants(admixed)$variant_id[variant] &
      found$ancestry == name, ]
    expect_equal(got$n_effective, length(own))
    expect_equal(got$allele_frequency, mean(own))
    expect_equal(got$std_error, sqrt(mean(own) * (1 - mean(own)) / length(own)))
  }
})

test_that("posteriors weigh alleles; an ancestry that no sample has has no frequency", {
  calls <- random_calls(2, populations = c("a", "b"))
  calls$.pred_a <- ifelse(calls$chrom == "1", 1, calls$.pred_a)
  calls$.pred_b <- 1 - calls$.pred_a
  alleles <- matrix(c(0, 1, 1, 1), 4, 10)
  rownames(alleles) <- paste0(rep(paste0("s", 1:2), each = 2), c("_1", "_2"))
  windows <- attr(calls, "windows")
  haplotypes <- as_haplotypes(alleles, variants = data.frame(chrom = windows$chrom,
    position_bp = windows$start_bp))
  found <- ancestry_frequencies(calls, haplotypes, ancestry = "b")
  expect_equal(found$allele_frequency[1:6], rep(NA_real_, 6))
  own <- calls[calls$chrom == "2" & calls$window == 2, ]
  own <- own[order(own$sample_id, own$haplotype), ]
  expect_equal(found$n_effective[8], sum(own$.pred_b))
  expect_equal(found$allele_frequency[8], sum(own$.pred_b * c(0, 1, 1, 1)) / sum(own$.pred_b))
})

test_that("frequencies of simulated samples are those of the populations, within their errors", {
  panel <- even_panel(n = 60)
  admixed <- simulate_admixed(panel, 150, generations = 6, demes = 30)
  found <- ancestry_frequencies(calls_of_truth(admixed, n = 1), admixed)
  alleles <- as.matrix(panel$haplotypes)
  population <- rep(as.character(panel$population), each = 2)
  want <- vapply(c("east", "west"), function(name) {
    colMeans(alleles[population == name, ])
  }, numeric(ncol(alleles)))
  z <- (found$allele_frequency - c(t(want))) / pmax(found$std_error, 0.02)
  expect_lt(sqrt(mean(z^2)), 1.6)
})
