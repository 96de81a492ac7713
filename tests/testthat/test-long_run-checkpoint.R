small_run <- function(dir, facts = list(window = 10, panel = fingerprint(1))) {
  open_checkpoint(dir, "training", facts, rlang::current_env())
}

test_that("a piece comes back as it was kept, and none is made up", {
  folder <- file.path(withr::local_tempdir(), "new", "folder")
  checkpoint <- small_run(folder)
  outcome <- list(value = list(1:3, "a"), warnings = list(list(kind = "x", message = "y")))
  expect_null(finished_piece(checkpoint, "chromosome 1", NULL))
  keep_piece(checkpoint, "chromosome 1", outcome)
  expect_identical(finished_piece(small_run(folder), "chromosome 1", NULL), outcome)
  expect_null(finished_piece(checkpoint, "chromosome 2", NULL))
  expect_setequal(list.files(folder), c("training.forebear", "training-chromosome_1.forebear"))
})

test_that("without a folder nothing is kept", {
  checkpoint <- small_run(NULL)
  expect_identical(keep_piece(checkpoint, "a", list(value = 1)), list(value = 1))
  expect_null(finished_piece(checkpoint, "a", NULL))
})

test_that("pieces of like names have files of their own, and none leaves the folder", {
  checkpoint <- small_run(withr::local_tempdir())
  names <- c("chr 1", "chr-1", "chr_1", "../chr", "HLA:1*2", "\u00e9", "/etc/x")
  for (name in names) keep_piece(checkpoint, name, list(value = name, warnings = list()))
  for (name in names) expect_identical(finished_piece(checkpoint, name, NULL)$value, name)
  expect_length(list.files(checkpoint$dir), length(names) + 1)
})

test_that("equal values have equal fingerprints, others have not", {
  expect_identical(fingerprint(1:1000), fingerprint(as.integer(seq(1, 1000, 1))))
  file <- withr::local_tempfile()
  x <- list(a = as.character(1:200), b = seq_len(500), c = c(x = 0.1))
  saveRDS(x, file)
  expect_identical(fingerprint(readRDS(file)), fingerprint(x))
  expect_false(fingerprint(1:3) == fingerprint(c(1, 2, 3)))
  h <- as_haplotypes(random_alleles(9, 200, n_haploid = 40))
  seen <- function(x) haplotypes_fingerprint(x, 1L, NULL)
  again <- suppressWarnings(as_haplotypes(as.matrix(h)[3:6, 60:130]))
  part <- h[2:3, 60:130]
  again$variants <- part$variants
  again$samples <- part$samples
  expect_identical(seen(part), seen(again))
  expect_false(seen(h[2:3, 61:131]) == seen(part))
  expect_false(seen(h[3:2, 60:130]) == seen(part))
})

test_that("other data and settings, and damaged files, are refused in words", {
  folder <- withr::local_tempdir()
  checkpoint <- small_run(folder)
  keep_piece(checkpoint, "chromosome 1", list(value = 1, warnings = list()))
  said <- function(expression) {
    condition <- expect_error(expression, class = "forebear_error_checkpoint")
    gsub(folder, "FOLDER", gsub(normalizePath(folder), "FOLDER", conditionMessage(condition),
      fixed = TRUE), fixed = TRUE)
  }
  expect_snapshot(cat(said(small_run(folder, list(window = 20, panel = fingerprint(1))))))
  expect_snapshot(cat(said(small_run(folder, list(window = 10, panel = fingerprint(2))))))
  expect_snapshot(cat(said(small_run(folder, list(window = 10)))))
  # A piece of another run that was copied here.
  other <- new_checkpoint(checkpoint$dir, "training", list(window = 30))
  expect_snapshot(cat(said(finished_piece(other, "chromosome 1", NULL))))
  path <- file.path(folder, "training-chromosome_1.forebear")
  file.copy(path, file.path(folder, "training-chromosome_2.forebear"))
  expect_match(said(finished_piece(checkpoint, "chromosome 2", NULL)), "is of another run")
  bytes <- readBin(path, "raw", 1e6)
  for (broken in list(bytes[1:20], utils::head(bytes, -1), replace(bytes, length(bytes) - 12,
    xor(bytes[length(bytes) - 12], as.raw(255))), raw(0), charToRaw("hello"))) {
    writeBin(broken, path)
    expect_match(said(finished_piece(checkpoint, "chromosome 1", NULL)), "must be whole")
  }
  writeBin(bytes, path)
  write_model(pca(as_genotypes(random_counts(20, 50)), num_comp = 2), path)
  expect_match(said(finished_piece(checkpoint, "chromosome 1", NULL)), "is not a checkpoint")
})

test_that("a folder belongs to no run before something is kept there", {
  folder <- withr::local_tempdir()
  panel <- several_panel()
  expect_error(local_ancestry(panel, window = window_settings(10, folds = 100),
    checkpoint_dir = folder),
    class = "forebear_error_fold_count")
  expect_length(list.files(folder), 0)
  expect_error(predict(local_ancestry(panel, window = window_settings(10, context = 5),
    checkpoint_dir = folder),
    panel$haplotypes, min_overlap = 2, checkpoint_dir = folder), class = "forebear_error_argument")
  expect_length(list.files(folder, "prediction"), 0)
})

test_that("a folder that cannot be made, and no folder, are refused", {
  file <- withr::local_tempfile()
  writeLines("a file", file)
  expect_error(small_run(file.path(file, "below")), class = "forebear_error_file")
  expect_error(small_run(1), class = "forebear_error_argument")
})

test_that("a checkpoint is no model", {
  checkpoint <- small_run(withr::local_tempdir())
  keep_piece(checkpoint, "chromosome 1", list(value = 1, warnings = list()))
  expect_error(read_model(file.path(checkpoint$dir, "training.forebear")),
    class = "forebear_error_model_file")
})
