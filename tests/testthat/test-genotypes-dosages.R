# Expected copies of three groups, in steps that a file can hold, and their hard calls.
blurred <- function(n_samples = 36, n_variants = 300, missing = 0) {
  withr::with_seed(5, {
    group <- rep(1:3, length.out = n_samples)
    p <- matrix(stats::runif(3 * n_variants, 0.1, 0.9), 3)
    own <- matrix(stats::rbinom(n_samples * n_variants, 2, p[group, ]), n_samples)
    expected <- pmin(pmax(own + stats::runif(length(own), -0.7, 0.7), 0), 2)
    expected[stats::runif(length(own)) < missing] <- NA
    round(expected * 16384) / 16384
  })
}

# Genotypes in memory as `read_vcf(field = "DS")` makes them.
with_dosages <- function(expected) {
  hard <- round(expected)
  hard[abs(expected - hard) > 0.1] <- NA
  rownames(hard) <- paste0("s", seq_len(nrow(hard)))
  g <- as_genotypes(hard)
  units <- ifelse(is.na(expected), 65535, expected * 16384)
  g$dosage <- writeBin(as.integer(units), raw(), size = 2, endian = "little")
  g
}

# Standardized expected copies.
standardized <- function(expected) {
  p <- colMeans(expected) / 2
  sweep(sweep(expected, 2, 2 * p), 2, sqrt(2 * p * (1 - p)), `/`)
}

same_but_for_signs <- function(got, want, tolerance = 1e-6) {
  signs <- sign(colSums(got * want))
  expect_equal(unname(got), unname(sweep(want, 2, signs, `*`)), tolerance = tolerance)
}

test_that("components are those of the expected copies", {
  expected <- blurred()
  g <- with_dosages(expected)
  expect_equal(unname(as.matrix(g)), expected)
  want <- svd(standardized(expected), nu = 3, nv = 3)
  fit <- pca(g, num_comp = 3)
  same_but_for_signs(fit$scores, want$u %*% diag(want$d[1:3]))
  expect_equal(fit$total_ss, sum(want$d^2), tolerance = 1e-9)
  expect_identical(fit$n_missing, 0)
  same_but_for_signs(pca(g, num_comp = 3, method = "randomized", tolerance = 1e-10)$scores,
    want$u %*% diag(want$d[1:3]), 1e-4)
  expect_match(capture.output(print(g)), "missing genotypes: 0 ", all = FALSE)
})

test_that("projections and archetypes use expected copies", {
  expected <- blurred()
  g <- with_dosages(expected)
  fit <- pca(g[1:24, ], num_comp = 2)
  projected <- predict(fit, g[25:36, ], method = "simple", strand = "same")
  own <- expected[1:24, ]
  p <- colMeans(own) / 2
  x <- sweep(sweep(expected[25:36, ], 2, 2 * p), 2, fit$multiplier, `*`)
  expect_equal(as.matrix(projected[c("PC1", "PC2")]), x %*% fit$loadings, tolerance = 1e-9,
    ignore_attr = TRUE)
  expect_identical(projected$.n_variants, rep(sum(fit$multiplier > 0), 12))
  mixed <- suppressMessages(archetypes(g, k = 3, dims = NULL))
  hard <- suppressMessages(archetypes(without_dosages(g), k = 3, dims = NULL))
  scores <- prcomp(expected)$x[, 1:2]
  plain <- suppressMessages(archetypes(`rownames<-`(scores, samples(g)$sample_id), k = 3))
  expect_lt(max(abs(mixed$q[, match_columns(plain$q, mixed$q)] - plain$q)), 0.02)
  expect_gt(max(abs(mixed$q[, match_columns(hard$q, mixed$q)] - hard$q)), 0.02)
})

test_that("missing expected copies are missing genotypes, whatever the hard calls are", {
  g <- with_dosages(blurred(missing = 0.02))
  fit <- pca(g, num_comp = 2)
  expect_identical(fit$n_missing, as.double(sum(is.na(as.matrix(g)))))
  expect_identical(augment(fit)$.n_variants, unname(rowSums(!is.na(as.matrix(g)))) |> as.integer())
  counted <- count_used_genotypes(g, 1L)
  expect_identical(counted$n_called, unname(rowSums(!is.na(as.matrix(g)))))
})

test_that("joined and aligned data keep their expected copies", {
  expected <- blurred()
  g <- with_dosages(expected)
  joined <- suppressMessages(rbind(g[1:20, ], g[21:36, ], strand = "same"))
  expect_equal(unname(as.matrix(joined)), expected)
  same_but_for_signs(pca(joined, num_comp = 2)$scores, pca(g, num_comp = 2)$scores)
  expect_identical(has_dosages(without_dosages(joined)), FALSE)
})

test_that("what counts hard calls says so", {
  g <- with_dosages(blurred(12, 60))
  says <- function(code) expect_message(code, class = "forebear_message_hard_calls")
  quiet <- function(code) suppressWarnings(code)
  says(variant_stats(g))
  says(sample_stats(g))
  says(quiet(filter_variants(g, min_maf = 0.01)))
  says(kinship(g))
  says(quiet(admixture(g, k = 2)))
  says(quiet(prune_ld(g, window = 10, step = 1, r2 = 0.9)))
  says(fst(g, rep(c("a", "b"), 6)))
  says(write_bed(g, tempfile()))
  expect_no_message(pca(g, num_comp = 2), class = "forebear_message_hard_calls")
  hard <- without_dosages(g)
  expect_no_message(variant_stats(hard), class = "forebear_message_hard_calls")
})

test_that("expected copies of VCF and .pgen files enter components", {
  expected <- blurred(24, 80)
  path <- withr::local_tempfile(fileext = ".vcf")
  ids <- paste0("s", seq_len(nrow(expected)))
  writeLines(c("##fileformat=VCFv4.2",
    "##FORMAT=<ID=DS,Number=1,Type=Float,Description=\"expected copies\">",
    paste(c("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", ids),
      collapse = "\t"),
    vapply(seq_len(ncol(expected)), function(j) {
      paste(c("1", 1000 * j, paste0("v", j), "A", "C", ".", "PASS", ".", "DS",
        sprintf("%.6f", expected[, j])), collapse = "\t")
    }, "")), path)
  want <- svd(standardized(expected), nu = 2, nv = 0)
  want <- want$u %*% diag(want$d[1:2])
  expect_message(g <- read_vcf(path, field = "DS"), class = "forebear_message_dosage")
  same_but_for_signs(pca(g, num_comp = 2)$scores, want, 1e-3)
  skip_without("plink2")
  out <- withr::local_tempfile()
  system2("plink2", c("--vcf", path, "dosage=DS", "--make-pgen", "--out", out), stdout = FALSE,
    stderr = FALSE)
  expect_message(g <- read_pgen(out, dosage = TRUE), class = "forebear_message_dosage")
  same_but_for_signs(pca(g, num_comp = 2)$scores, want, 1e-3)
  expect_gt(suppressWarnings(pca(read_pgen(out), num_comp = 2))$n_missing, 0)
})
