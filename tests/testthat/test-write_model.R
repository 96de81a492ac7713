test_that("a model comes back as it was", {
  g <- as_genotypes(random_counts(40, 120))
  path <- withr::local_tempfile(pattern = "100%s \u00e9")
  fits <- list(pca(g, num_comp = 3), archetypes(g, k = 3), archetypes(g, k = 3, dims = "all"),
    admixture(g, k = 2))
  for (fit in fits) {
    expect_identical(write_model(fit, path), path)
    expect_equal(read_model(path), fit)
    expect_identical(predict(read_model(path), g[1:3, ]), predict(fit, g[1:3, ]))
  }
})

test_that("a model is read in a fresh process", {
  g <- read_bed(example_data("panel"))
  path <- write_model(pca(g[1:250, ], num_comp = 3), withr::local_tempfile())
  printed <- in_fresh_r(sprintf(
    'cat(format(predict(read_model(%s), read_bed(example_data("panel"))[260, ])$PC1, digits = 15))',
    deparse1(path)
  ))
  expect_equal(as.numeric(printed), predict(read_model(path), g[260, ])$PC1)
})

test_that("files that are not whole models are refused", {
  path <- withr::local_tempfile()
  write_model(pca(as_genotypes(random_counts(20, 50)), num_comp = 2), path)
  bytes <- readBin(path, "raw", 1e6)
  refusal <- function(bytes) {
    writeBin(bytes, path)
    conditionMessage(expect_error(read_model(path), class = "forebear_error_model_file"))
  }
  expect_match(refusal(bytes[1:100]), "truncated")
  expect_match(refusal(utils::head(bytes, -5)), "truncated or damaged")
  expect_match(refusal(replace(bytes, 500, !bytes[500])), "damaged")
  expect_match(refusal(replace(bytes, 9, as.raw(9))), "written by a newer forebear")
  expect_match(refusal(charToRaw("hello")), "does not begin like a model")
  expect_error(read_model(file.path(tempdir(), "none")), class = "forebear_error_file")
  expect_error(write_model(1, path), class = "forebear_error_argument")
  expect_error(write_model(structure(list(), class = "forebear_pca"), "/no/such/folder/x"),
    class = "forebear_error_file")
})

test_that("a model of local ancestry is whole, and says how it was made", {
  panel <- several_panel()
  query <- several_chromosomes(5, seed = 2, prefix = "q")
  model <- local_ancestry(panel, window = 10, context = 5)
  path <- write_model(model, withr::local_tempfile())
  again <- read_model(path)
  expect_identical(again, model)
  expect_identical(predict(again, query), predict(model, query))
  expect_identical(summary(again), summary(panel))
  expect_identical(again$forebear, as.character(utils::packageVersion("forebear")))
  expect_identical(again$variants[c("chrom", "position_bp", "ref", "alt")],
    variants(panel$haplotypes)[c("chrom", "position_bp", "ref", "alt")])
  expect_identical(again$settings$window, 10)
  expect_null(again$build)
  # Position 63,000,000 of chromosome 19 is there in hg18 alone.
  panel$haplotypes$variants$chrom <- rep(c("19", "1", "2", "3"), each = 40)
  panel$haplotypes$variants$position_bp[40] <- 63000000L
  expect_identical(local_ancestry(panel, window = 10, context = 5)$build, "hg18 (NCBI36)")
  bytes <- readBin(path, "raw", 1e7)
  refusal <- function(bytes) {
    writeBin(bytes, path)
    conditionMessage(expect_error(read_model(path), class = "forebear_error_model_file"))
  }
  for (n in c(0, 7, 40, length(bytes) %/% 2, length(bytes) - 1)) {
    expect_match(refusal(bytes[seq_len(n)]), "truncated|does not begin")
  }
  for (at in c(20, length(bytes) %/% 2, length(bytes) - 5)) {
    expect_match(refusal(replace(bytes, at, xor(bytes[at], as.raw(16)))), "damaged")
  }
  expect_match(refusal(replace(bytes, 9, as.raw(2))), "written by a newer forebear")
})
