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
  expect_error(write_model(structure(list(), class = "pca"), "/no/such/folder/x"),
    class = "forebear_error_file")
})
