reference <- function() {
  as_genotypes(random_counts(30, 40, missing = 0), variants = data.frame(
    chrom = rep(c("1", "2"), each = 20), position_bp = rep(1:20 * 100L, 2), ref = "A", alt = "C"
  ))
}

with_variants <- function(counts, ...) as_genotypes(counts, variants = data.frame(...))

test_that("order, further variants and the chr prefix do not matter", {
  g <- reference()
  fit <- pca(g, num_comp = 2, method = "exact")
  want <- predict(fit, g)
  expect_equal(predict(fit, g[, 40:1]), want)
  v <- variants(g)
  prefixed <- with_variants(as.matrix(g), chrom = paste0("chr", v$chrom),
    position_bp = v$position_bp, ref = "A", alt = "C")
  expect_equal(predict(fit, prefixed), want)
})

test_that("swapped alleles are counted the other way", {
  g <- reference()
  fit <- pca(g, num_comp = 2, method = "exact")
  counts <- as.matrix(g)
  swapped <- 1:40 %% 3 == 0
  counts[, swapped] <- 2L - counts[, swapped]
  counts[1, 1:9] <- NA
  want <- as.matrix(g)
  want[1, 1:9] <- NA
  v <- variants(g)
  turned <- with_variants(counts, chrom = v$chrom, position_bp = v$position_bp,
    ref = ifelse(swapped, "C", "A"), alt = ifelse(swapped, "A", "C"))
  for (method in c("oadp", "simple")) {
    expect_equal(predict(fit, turned, method = method), predict(fit, want, method = method))
  }
})

test_that("absent variants and other alleles are an error that names the first", {
  g <- reference()
  fit <- pca(g, num_comp = 2, method = "exact")
  error <- expect_error(predict(fit, g[, -(2:4)]), class = "forebear_error_variants_differ")
  expect_match(conditionMessage(error), "3 of 40 are not there, first v2 (1:200 A/C)", fixed = TRUE)
  v <- variants(g)
  other <- with_variants(as.matrix(g), chrom = v$chrom, position_bp = v$position_bp, ref = "A",
    alt = ifelse(v$variant_id == "v7", "T", "C"))
  expect_error(predict(fit, other), "1 of 40 are not there, first v7")
  expect_error(predict(fit, as.matrix(g)[, -1]), class = "forebear_error_variants_differ")
  expect_error(predict(fit, as.matrix(g)[, 40:1]), "Column 1 is \"v40\", not \"v1\"")
  expect_error(predict(fit, "x"), class = "forebear_error_argument")
})
