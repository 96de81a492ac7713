skip_on_cran() # Takes long.

# What every way to spread pieces must agree on.
expect_same_under <- function(...) {
  panel <- several_panel()
  query <- several_chromosomes(11, seed = 2, prefix = "q")
  model <- local_ancestry(panel, window = window_settings(10, context = 5))
  calls <- predict(model, query)
  folder <- withr::local_tempdir()
  predict(model, query, store = call_store(folder, batch = 4))
  for (param in list(...)) {
    got <- local_ancestry(panel, window = window_settings(10, context = 5), BPPARAM = param)
    expect_identical(got, model)
    expect_identical(predict(got, query, BPPARAM = param), calls)
    # On a cluster the folder is one that all its computers see.
    there <- withr::local_tempdir(tmpdir = Sys.getenv("FOREBEAR_SLURM_FOLDER", tempdir()))
    predict(got, query, store = call_store(there, batch = 4), BPPARAM = param)
    expect_identical(bytes_of(there), bytes_of(folder))
  }
}

test_that("predictions are the same under SerialParam, MulticoreParam and SnowParam", {
  skip_if_not_installed("BiocParallel")
  expect_same_under(BiocParallel::SerialParam(), BiocParallel::SnowParam(2))
  skip_on_os("windows")
  expect_same_under(BiocParallel::MulticoreParam(2))
})

# Jobs of batchtools, whose state is asked for every second: jobs that are not there three times are
# given up. It is up, as batchtools waits five seconds each time it ends.
batchtools_param <- function(folder, ...) {
  settings <- file.path(folder, "batchtools.conf.R")
  writeLines("sleep = 1", settings)
  args <- BiocParallel::batchtoolsRegistryargs(file.dir = file.path(folder, "registry"),
    work.dir = folder, conf.file = settings)
  BiocParallel::bpstart(BiocParallel::BatchtoolsParam(2, ..., registryargs = args))
}

test_that("predictions are the same under BatchtoolsParam", {
  skip_on_os("windows")
  skip_if_not_installed("BiocParallel")
  skip_if_not_installed("batchtools")
  param <- batchtools_param(withr::local_tempdir(), cluster = "multicore")
  suppressMessages(expect_same_under(param))
  BiocParallel::bpstop(param)
})

test_that("predictions are the same on a Slurm cluster", {
  folder <- Sys.getenv("FOREBEAR_SLURM_FOLDER")
  skip_if(folder == "", "no Slurm: tools/test starts one where it can")
  folder <- tempfile("run", folder)
  dir.create(folder)
  withr::defer(unlink(folder, recursive = TRUE))
  param <- batchtools_param(folder, cluster = "slurm",
    template = system.file("templates", "slurm-simple.tmpl", package = "batchtools"),
    resources = list(walltime = 600, ncpus = 1, memory = 300))
  suppressMessages(expect_same_under(param))
  BiocParallel::bpstop(param)
})

# A piece that kills its worker `n` times, before it gives its name.
deadly_piece <- function(input, threads) {
  if (input$name %in% input$deadly) {
    tries <- list.files(input$folder, paste0("^try-", input$name))
    if (length(tries) < input$n) {
      file.create(file.path(input$folder, paste0("try-", input$name, length(tries))))
      Sys.sleep(0.2)
      tools::pskill(Sys.getpid(), tools::SIGKILL)
    }
  }
  if (identical(input$fails, input$name)) abort_forebear("argument", c("No.", x = "Not 5."), NULL)
  if (input$name == "4") warn_forebear("not_converged", c("Slow.", x = "It is 4."), NULL)
  file.create(tempfile(paste0("done-", input$name), input$folder))
  input$name
}

deadly_run <- function(param, n = 1, deadly = "2", fails = NULL, kept = NULL) {
  folder <- withr::local_tempdir(.local_envir = parent.frame(2))
  run <- open_long_run(kept, "training", function(threads) list(), param, NULL, NULL)
  # Workers know the namespace alone.
  work <- deadly_piece
  environment(work) <- asNamespace("forebear")
  input <- function(name) {
    list(name = name, folder = folder, n = n, deadly = deadly, fails = fails)
  }
  run_pieces(run, "part", as.character(1:5), rep(1, 5), input, work, NULL)
}

several_params <- function() {
  list(BiocParallel::SnowParam(2), BiocParallel::MulticoreParam(2))
}

test_that("a chromosome whose worker is killed is tried again", {
  skip_on_os("windows")
  skip_if_not_installed("BiocParallel")
  want <- stats::setNames(as.list(as.character(1:5)), 1:5)
  for (param in several_params()) {
    for (n in 1:2) {
      expect_warning(got <- deadly_run(param, n), class = "forebear_warning_not_converged")
      expect_identical(got, want)
      expect_false(BiocParallel::bpisup(param))
    }
    BiocParallel::bpstart(param)
    expect_warning(got <- deadly_run(param), "Slow")
    expect_identical(got, want)
    expect_true(BiocParallel::bpisup(param))
    BiocParallel::bpstop(param)
  }
})

test_that("what kills its worker each time is reported by name, and the others are kept", {
  skip_on_os("windows")
  skip_if_not_installed("BiocParallel")
  for (param in several_params()) {
    folder <- withr::local_tempdir()
    condition <- expect_error(deadly_run(param, 9, c("2", "3"), kept = folder),
      class = "forebear_error_worker")
    expect_match(conditionMessage(condition), "Workers died over: part 2, part 3,")
    expect_setequal(kept_files(folder), c("training.forebear",
      sprintf("training-part_%d.forebear", c(1, 4, 5))))
    expect_message(suppressWarnings(got <- deadly_run(param, 0, kept = folder)),
      "part: 3 of 5")
    expect_identical(unlist(got, use.names = FALSE), as.character(1:5))
  }
})

test_that("workers without forebear are reported", {
  skip_on_os("windows")
  skip_if_not_installed("BiocParallel")
  skip_if(any(dir.exists(file.path(c(.Library, .Library.site), "forebear"))),
    "forebear is in the library of every R")
  withr::local_envvar(R_LIBS = "", R_LIBS_USER = "")
  condition <- suppressWarnings(expect_error(deadly_run(BiocParallel::SnowParam(2), 0),
    class = "forebear_error_worker"))
  expect_match(conditionMessage(condition), "Is forebear installed where workers run")
  expect_match(conditionMessage(condition), "BiocParallel said at last")
})

test_that("a piece that fails is reported by name, is not tried again, and costs no other", {
  skip_if_not_installed("BiocParallel")
  for (param in c(list(BiocParallel::SerialParam()), several_params())) {
    folder <- withr::local_tempdir()
    condition <- expect_error(deadly_run(param, 0, fails = "5", kept = folder),
      class = "forebear_error_worker")
    expect_match(conditionMessage(condition), "Failed: part 5 (No. Not 5.)", fixed = TRUE)
    expect_length(kept_files(folder), 5)
  }
})

test_that("workers of another kind are refused", {
  skip_if_not_installed("BiocParallel")
  panel <- several_panel()
  expect_error(local_ancestry(panel, BPPARAM = 2), "BPPARAM", class = "forebear_error_argument")
})

test_that("threads are one for each worker unless they are said", {
  skip_if_not_installed("BiocParallel")
  withr::local_options(forebear.threads = NULL)
  threads <- function(...) {
    open_long_run(NULL, "training", NULL, ..., call = NULL)[c("threads", "worker_threads")]
  }
  serial <- BiocParallel::SerialParam()
  expect_identical(threads(serial, 3)$worker_threads, 3L)
  expect_identical(threads(serial, NULL)$worker_threads, 1L)
  expect_identical(threads(serial, NULL)$threads, check_threads(NULL))
  withr::local_options(forebear.threads = 2)
  expect_identical(threads(serial, NULL)$worker_threads, 2L)
})
