# Frequencies of a fit in a file as ADMIXTURE writes it.
written_p <- function(fit, path, digits = 6) {
  rows <- apply(formatC(fit$frequencies, digits = digits, format = "f"), 1, paste, collapse = " ")
  writeLines(rows, path)
  path
}

test_that("samples get the weights on frequencies from a file that they get on those of the fit", {
  genotypes <- read_bed(example_data("panel"))
  genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
  fit <- admixture(genotypes[1:250, ], k = 3)
  path <- written_p(fit, withr::local_tempfile(fileext = ".P"))
  published <- read_p(path, genotypes)
  new <- genotypes[251:300, ]
  expect_equal(predict(published, new, strand = "same"), predict(fit, new, strand = "same"),
    tolerance = 1e-3)
  expect_equal(tidy(published)$frequency, tidy(fit, matrix = "frequencies")$frequency,
    tolerance = 1e-5)
  expect_equal(glance(published)$k, 3)
  table <- variants(genotypes)
  expect_equal(read_p(path, table)$frequencies, published$frequencies)
  named <- read_p(path, table, populations = c("x", "y", "z"))
  expect_identical(unique(tidy(named)$archetype), c("x", "y", "z"))
  expect_snapshot(named)
})

test_that("variants come from a .bim file, and the other allele is noticed", {
  genotypes <- read_bed(example_data("panel"))
  genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
  prefix <- withr::local_tempfile()
  write_bed(genotypes, prefix)
  fit <- admixture(genotypes, k = 2)
  path <- written_p(fit, withr::local_tempfile(fileext = ".P"))
  published <- read_p(path, paste0(prefix, ".bim"))
  expect_equal(published$variants[c("variant_id", "chrom", "position_bp", "ref", "alt")],
    variants(genotypes)[c("variant_id", "chrom", "position_bp", "ref", "alt")])
  other <- read_p(path, genotypes, counted = "ref")
  expect_equal(other$frequencies, 1 - published$frequencies)
  expect_error(predict(other, genotypes, strand = "same"), class = "forebear_error_other_allele")
})

test_that("frequencies of variants in another order are noticed", {
  genotypes <- read_bed(example_data("panel"))
  genotypes <- genotypes[, seq(1, ncol(genotypes), by = 20)]
  path <- written_p(admixture(genotypes, k = 2), withr::local_tempfile(fileext = ".P"))
  table <- variants(genotypes)
  reversed <- read_p(path, table[rev(seq_len(nrow(table))), ])
  new <- genotypes[201:205, ]
  expect_snapshot(conditions_of(predict(reversed, new, strand = "same")))
  expect_warning(predict(reversed, new[3, ], strand = "same"),
    class = "forebear_warning_other_variants")
  expect_no_warning(predict(read_p(path, table), new, strand = "same"))
  expect_no_warning(predict(read_p(path, table), new[3, ], strand = "same"))
})

test_that("each kind of bad file has its own error", {
  genotypes <- as_genotypes(matrix(0:1, 4, 3, dimnames = list(NULL, c("a", "b", "c"))))
  withr::local_dir(withr::local_tempdir())
  writeLines(c("0.1 0.2", "0.3 0.4", "0.5 0.6"), "good.P")
  writeLines(c("0.1 0.2", "0.3", "0.5 0.6"), "short.P")
  writeLines(c("0.1 0.2", "0.3 1.4", "0.5 0.6"), "high.P")
  writeLines("1 a 0 5 A", "five.bim")
  expect_snapshot(conditions_of(
    read_p("absent.P", genotypes),
    read_p("short.P", genotypes),
    read_p("high.P", genotypes),
    read_p("good.P", genotypes[, 1:2]),
    read_p("good.P", data.frame(variant_id = "a")),
    read_p("good.P", "five.bim"),
    read_p("good.P", genotypes, populations = "x")
  ))
})
