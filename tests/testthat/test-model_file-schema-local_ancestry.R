skip_on_cran() # Takes long.

test_that("every model of local ancestry comes back as it was, and predicts alike", {
  path <- withr::local_tempfile()
  query <- several_chromosomes(5, n_chrom = 2, per_chrom = 30, seed = 3, prefix = "q")
  models <- small_local_models()
  for (name in names(models)) {
    write_model(models[[name]], path)
    expect_identical(read_model(path), models[[name]], info = name)
    expect_identical(predict(read_model(path), query), predict(models[[name]], query), info = name)
  }
})

test_that("a model of local ancestry is whole, and says how it was made", {
  panel <- several_panel()
  query <- several_chromosomes(5, seed = 2, prefix = "q")
  model <- local_ancestry(panel, window = window_settings(10, context = 5))
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
  panel$haplotypes$variants$position_cm[40] <- 63
  model <- local_ancestry(panel, window = window_settings(10, context = 5))
  expect_identical(model$build, "hg18 (NCBI36)")
  write_model(model, path)
  expect_identical(read_model(path), model)
  expect_identical(answer(rust_read_model(path))$build, "hg18 (NCBI36)")
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
  expect_match(refusal(replace(bytes, 9, as.raw(3))), "written by a newer forebear")
})

test_that("every field damaged in turn is refused in words, or does no harm", {
  skip_on_cran()
  query <- several_chromosomes(2, n_chrom = 2, per_chrom = 30, seed = 3, prefix = "q")
  models <- small_local_models()[c("local ancestry", "local ancestry of groups")]
  accepted <- lapply(models, accepted_damages, use = function(model) predict(model, query))
  # Numbers that are records alone, or could be of another model.
  expect_snapshot(cat(sort(unique(unlist(accepted))), sep = "\n"))
})

test_that("windows must be those of the model that they are in", {
  models <- small_local_models()
  path <- withr::local_tempfile()
  refusal <- function(change) {
    model <- models[[1]]
    values <- change(plain_value(once_in_file(model)))
    write_model_values(values, "local_ancestry", path, length(model$sample_id),
      nrow(model$variants))
    conditionMessage(expect_error(read_model(path), class = "forebear_error_model_file"))
  }
  other <- models[["local ancestry by pairs"]]$chromosomes[[1]]
  expect_match(refusal(function(x) {
    x$chromosomes[[1]]$model <- other$model
    x
  }), "`chromosomes\\$1\\$model` .*as the other fields say")
  expect_match(refusal(function(x) {
    x$chromosomes[[1]]$model <- x$chromosomes[[1]]$model[-1]
    x
  }), "must hold trained windows")
  expect_match(refusal(function(x) {
    x$chromosomes[[2]]$windows$end_bp[1] <- 5L
    x
  }), "must be the windows of the variants")
  expect_match(refusal(function(x) {
    x$variants$position_cm[2] <- 9
    x
  }), "must rise along chromosome 1")
  expect_match(refusal(function(x) {
    x$donors$alleles <- x$donors$alleles[-1]
    x
  }), "a bit for every allele")
  expect_match(refusal(function(x) {
    x$tree$parent[2] <- 2L
    x
  }), "parent before its children")
  expect_match(refusal(function(x) {
    x$settings$probabilities <- 0
    x
  }), "settings\\$probabilities")
})
