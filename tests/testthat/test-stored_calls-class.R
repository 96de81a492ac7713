local_stored <- function(env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  model <- local_ancestry(several_panel(n_chrom = 2), window_settings(10, context = 5, folds = 2),
    calibrate = FALSE)
  query <- several_chromosomes(7, n_chrom = 2, seed = 2, prefix = "q")
  predict(model, query, store = call_store(folder, batch = 3))
}

test_that("stored calls are opened again, and print what they are", {
  stored <- local_stored()
  expect_identical(read_stored_calls(stored$path), stored)
  expect_snapshot(print(stored))
  file <- withr::local_tempfile()
  saveRDS(stored, file)
  expect_identical(readRDS(file)["q3"], stored[3])
})

test_that("functions of calls take slices", {
  stored <- local_stored()
  batches <- split(1:7, (0:6) %/% 3)
  by_batch <- do.call(rbind, lapply(batches, function(i) ancestry_proportions(stored[i])))
  expect_equal(as.data.frame(by_batch), as.data.frame(ancestry_proportions(stored[])))
  expect_identical(nrow(phase_switches(stored[1:2])), nrow(phase_switches(stored[c("q2", "q1")])))
  expect_error(read_fb(example_data("fb"), windows = stored), "stored\\[1:100\\]",
    class = "forebear_error_argument")
})

test_that("a choice that is none is refused", {
  stored <- local_stored()
  refused <- function(expression) expect_error(expression, class = "forebear_error_subset")
  refused(stored["q99"])
  refused(stored[8])
  refused(stored[c(1, 1)])
  refused(stored[1, 2])
  expect_error(read_stored_calls(withr::local_tempdir()), "holds no stored calls",
    class = "forebear_error_checkpoint")
  expect_error(read_stored_calls("nowhere/at/all"), "is no folder",
    class = "forebear_error_checkpoint")
})

test_that("a damaged file is refused by name, and other batches are read", {
  stored <- local_stored()
  path <- file.path(stored$path, "store-calls_000002.forebear")
  bytes <- readBin(path, "raw", 1e6)
  for (broken in list(utils::head(bytes, -3), raw(0), replace(bytes, length(bytes) - 12,
    xor(bytes[length(bytes) - 12], as.raw(255))))) {
    writeBin(broken, path)
    expect_error(stored["q5"], "store-calls_000002", class = "forebear_error_checkpoint")
  }
  expect_identical(nrow(stored["q1"]), nrow(stored["q7"]))
  # The file of another batch.
  file.copy(file.path(stored$path, "store-calls_000001.forebear"), path, overwrite = TRUE)
  expect_error(stored["q5"], "store-calls_000002", class = "forebear_error_checkpoint")
})
