# A folder of a training and a prediction, with files of every kind of piece.
kept_run <- function(folder) {
  panel <- several_panel(n_chrom = 2, per_chrom = 30)
  query <- several_chromosomes(3, n_chrom = 2, per_chrom = 30, seed = 2, prefix = "q")
  model <- local_ancestry(panel, window = window_settings(10, context = 0, folds = 2),
    checkpoint_dir = folder)
  calls <- predict(model, query, checkpoint_dir = folder)
  # Windows that the panel has chosen.
  checkpoint <- open_checkpoint(folder, "choice", list(window = 0), NULL)
  keep_piece(checkpoint, "windows", recorded(tried_windows()))
  stored <- predict(model, query, store = call_store(folder, batch = 2))
  list(panel = panel, query = query, model = model, calls = calls, stored = stored)
}

test_that("every piece of a run has a rule, by which it comes back as it was", {
  folder <- withr::local_tempdir()
  kept <- kept_run(folder)
  again <- suppressMessages(local_ancestry(kept$panel,
    window = window_settings(10, context = 0, folds = 2), checkpoint_dir = folder))
  expect_identical(again, kept$model)
  expect_identical(suppressMessages(predict(kept$model, kept$query, checkpoint_dir = folder)),
    kept$calls)
  expect_identical(predict(kept$model, kept$query, store = folder), kept$stored)
  pieces <- grep("-", kept_files(folder), value = TRUE)
  whats <- vapply(pieces, function(file) {
    piece <- answer(rust_read_model(file.path(folder, file)))$values$piece
    max(names(piece_rules)[startsWith(piece, names(piece_rules))])
  }, "")
  # Pieces of packed files are gone when a store is whole: see test-local_ancestry-store_query.R.
  expect_setequal(whats, setdiff(names(piece_rules), "file"))
})

test_that("a piece damaged in turn is refused in words", {
  skip_on_cran()
  local_no_traces()
  folder <- withr::local_tempdir()
  kept_run(folder)
  for (file in grep("-", kept_files(folder), value = TRUE)) {
    values <- answer(rust_read_model(file.path(folder, file)))$values
    what <- max(names(piece_rules)[startsWith(values$piece, names(piece_rules))])
    expect_piece_damages_refused(values, what)
  }
})

test_that("a checkpoint of the old kind is refused and runs nothing", {
  checkpoint <- open_checkpoint(withr::local_tempdir(), "training", list(window = 10), NULL)
  keep_piece(checkpoint, "chromosome 1", list(value = 1, warnings = list()))
  path <- piece_path(checkpoint, "chromosome 1")
  bytes <- readBin(path, "raw", 1e6)
  writeBin(replace(bytes, 9, as.raw(1)), path)
  condition <- expect_error(finished_piece(checkpoint, "chromosome 1", NULL),
    class = "forebear_error_checkpoint")
  expect_match(conditionMessage(condition), "could run code")
  # Facts are numbers, texts and flags.
  write_model_values(list(window = list(10)), "checkpoint", facts_path(checkpoint))
  expect_error(open_checkpoint(checkpoint$dir, "training", list(window = 10), NULL),
    class = "forebear_error_checkpoint")
})
