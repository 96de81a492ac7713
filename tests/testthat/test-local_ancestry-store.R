skip_on_cran() # Takes long.

# The calls of `got` are those of `want`, to what 16 bits keep.
expect_stored <- function(got, want, bits = 16) {
  expect_s3_class(got, "forebear_ancestry_calls")
  posterior <- paste0(".pred_", attr(want, "populations"))
  expect_identical(names(got), names(want))
  exact <- setdiff(names(want), posterior)
  expect_identical(plain_tibble(got)[exact], plain_tibble(want)[exact],
    ignore_attr = c("parameters", "weights"))
  for (name in posterior) {
    expect_lte(max(abs(got[[name]] - want[[name]])), 1 / posterior_scale(bits))
  }
  for (name in c("variants", "populations", "tree", "phase")) {
    expect_identical(attr(got, name), attr(want, name))
  }
  expect_identical(as.list(attr(got, "windows")), as.list(attr(want, "windows"))[window_columns])
  switches <- list(attr(got, "switches"), attr(want, "switches"))
  exact <- setdiff(names(switches[[2]]), "switch_probability")
  expect_identical(switches[[1]][exact], switches[[2]][exact])
  expect_lte(max(abs(switches[[1]]$switch_probability - switches[[2]]$switch_probability)),
    1 / 131070)
}

small_model <- function(calibrate = FALSE) {
  local_ancestry(several_panel(n_chrom = 2), window = window_settings(10, context = 5, folds = 2),
    calibrate = calibrate)
}

small_query <- function() several_chromosomes(11, n_chrom = 2, seed = 2, prefix = "q")

test_that("stored calls are those of predict(), whatever the size of batches", {
  model <- small_model(calibrate = TRUE)
  query <- small_query()
  want <- predict(model, query)
  expect_gt(sum(attr(want, "switches")$switched), 0)
  for (batch in c(3, 11, 500)) {
    folder <- withr::local_tempdir()
    stored <- predict(model, query, store = call_store(folder, batch = batch))
    expect_stored(stored[], want)
    expect_identical(samples(stored)$sample_id, samples(query)$sample_id)
  }
  expect_stored(stored[c("q7", "q2", "q11")], predict(model, query[c(7, 2, 11), ]))
  eight <- predict(model, query, store = call_store(withr::local_tempdir(), 4, bits = 8))
  expect_stored(eight[-1], predict(model, query[-1, ]), 8)
})

test_that("models with admixed samples keep weights and parameters", {
  query <- small_query()
  model <- local_ancestry(several_panel(n_chrom = 2), window_settings(10, context = 0),
    admixed = list(query[1:3, ], query[4:6, ]), calibrate = FALSE)
  want <- predict(model, query)
  stored <- predict(model, query, store = call_store(withr::local_tempdir(), batch = 4))
  expect_stored(stored[], want)
  expect_identical(attr(stored[], "weights"), attr(want, "weights"))
  expect_identical(attr(stored[], "parameters"), attr(want, "parameters"))
})

test_that("the query may be phased VCFs, of which samples are read batch by batch", {
  model <- small_model()
  query <- small_query()
  folder <- withr::local_tempdir()
  files <- file.path(folder, c("one.vcf.gz", "two.vcf.gz"))
  write_phased_vcf(query[, 1:40], files[1])
  write_phased_vcf(query[, 41:80], files[2])
  want <- predict(model, query)
  stored <- predict(model, files, store = call_store(file.path(folder, "a"), batch = 4))
  expect_stored(stored[], want)
  # The same files elsewhere are the same query.
  other <- file.path(withr::local_tempdir(), basename(files))
  file.copy(files, other)
  expect_message(predict(model, other, store = file.path(folder, "a")), "batch: 3 of 3")
  write_phased_vcf(query[c(2, 1, 3:11), 41:80], files[2])
  expect_error(predict(model, files, store = file.path(folder, "b")),
    class = "forebear_error_samples_differ")
  expect_error(predict(model, file.path(folder, "none.vcf"), store = file.path(folder, "b")),
    class = "forebear_error_file")
})

test_that("a run that was interrupted goes on to the same bytes; lost files are made again", {
  model <- small_model()
  query <- small_query()
  whole <- withr::local_tempdir()
  predict(model, query, store = call_store(whole, batch = 2))
  folder <- withr::local_tempdir()
  # As if it had been killed: some batches are whole, of one the calls alone, and what a killed
  # process was writing lies there.
  files <- c("store.forebear", "store-calls_000001.forebear", "store-batch_000001.forebear",
    "store-calls_000004.forebear")
  file.copy(file.path(whole, files), folder)
  writeLines("half", file.path(folder, ".store-calls_000002.forebear.tmp"))
  expect_error(read_stored_calls(folder), "is not finished", class = "forebear_error_checkpoint")
  # The size of batches is that of the folder.
  expect_message(stored <- predict(model, query, store = folder, threads = 1), "batch: 1 of 6")
  expect_identical(bytes_of(folder), bytes_of(whole))
  unlink(file.path(folder, "store-calls_000003.forebear"))
  expect_error(stored["q5"], "000003", class = "forebear_error_checkpoint")
  expect_message(predict(model, query, store = folder), "batch: 5 of 6")
  expect_identical(bytes_of(folder), bytes_of(whole))
})

test_that("workers of BiocParallel write the same bytes", {
  skip_if_not_installed("BiocParallel")
  model <- small_model()
  query <- small_query()
  here <- withr::local_tempdir()
  there <- withr::local_tempdir()
  predict(model, query, store = call_store(here, batch = 4))
  predict(model, query, store = call_store(there, batch = 4),
    BPPARAM = BiocParallel::SerialParam())
  expect_identical(bytes_of(there), bytes_of(here))
})

test_that("the folder of another model, query or setting is refused", {
  model <- small_model()
  query <- small_query()
  folder <- withr::local_tempdir()
  predict(model, query, store = call_store(folder, batch = 6))
  refused <- function(expression) {
    expect_error(expression, "another `store`", class = "forebear_error_checkpoint")
  }
  refused(predict(model, query[1:10, ], store = folder))
  refused(predict(model, query, store = call_store(folder, batch = 5)))
  refused(predict(model, query, store = call_store(folder, bits = 8)))
  refused(predict(model, query, store = folder, phase = "trusted"))
  other <- model
  other$start$recombination_rate <- 0.2
  refused(predict(other, query, store = folder))
})

test_that("what would make calls depend on others, and strange arguments, are refused", {
  model <- small_model()
  query <- small_query()
  folder <- withr::local_tempdir()
  expect_snapshot(conditions_of(
    predict(model, query, store = folder, pool = TRUE),
    predict(model, query, store = folder, checkpoint_dir = folder),
    predict(model, query, store = svm()),
    call_store("a", bits = 12), call_store("a", batch = 0), call_store(NULL)
  ))
  expect_error(predict(model, query[c(1, 1), ], store = folder),
    class = "forebear_error_duplicate_ids") |> suppressWarnings()
  expect_length(list.files(folder), 0)
  expect_snapshot(print(call_store("folder", batch = 10)))
})

test_that("a message is given once, and counts the samples of all batches", {
  done <- list(
    list(messages = list(list(kind = "overlap", message = "same")),
      untypical = list(population = 1L, sample = "a")),
    list(messages = list(list(kind = "overlap", message = "same"), list(kind = "sex",
      message = "1 male")), untypical = list(population = 2L, sample = "b"))
  )
  said <- character()
  withCallingHandlers(inform_batches(done, c("one", "two")), message = function(condition) {
    said <<- c(said, conditionMessage(condition))
    rlang::cnd_muffle(condition)
  })
  expect_length(said, 2)
  expect_identical(said[1], "same")
  expect_match(said[2], "2 samples have ancestry")
})
