count_calls <- function(input, threads) {
  writeLines("called", file.path(input$folder, paste0("called", input$name)))
  if (input$warns) warn_forebear("not_converged", c("First.", x = "Second."), NULL)
  input$name
}

run_of <- function(folder, kept = folder, fail = "") {
  run <- open_long_run(kept, "training", function(threads) list(a = 1), NULL, 1, NULL)
  input <- function(name) {
    if (name == fail) abort_forebear("argument", "No such input.", NULL)
    list(name = name, folder = folder, warns = name == "2")
  }
  run_pieces(run, "part", c("1", "2", "3"), c(1, 2, 1), input, count_calls, NULL)
}

test_that("finished pieces are not computed again, and their warnings are given again", {
  folder <- withr::local_tempdir()
  want <- list("1" = "1", "2" = "2", "3" = "3")
  expect_error(suppressWarnings(run_of(folder, fail = "3")), class = "forebear_error_argument")
  expect_setequal(list.files(folder, "^called"), c("called1", "called2"))
  unlink(file.path(folder, c("called1", "called2")))
  expect_warning(expect_message(got <- run_of(folder), "training, part: 2 of 3 kept"),
    class = "forebear_warning_not_converged")
  expect_identical(got, want)
  expect_identical(list.files(folder, "^called"), "called3")
  expect_warning(got <- run_of(withr::local_tempdir(), kept = NULL), "First.*\n.* Second[.]$")
  expect_identical(got, want)
})

test_that("what takes all pieces together is kept too", {
  folder <- withr::local_tempdir()
  run <- open_long_run(folder, "prediction", function(threads) list(), NULL, 1, NULL)
  calls <- 0
  work <- function() {
    calls <<- calls + 1
    warn_forebear("not_converged", "Slow.", NULL)
    calls
  }
  for (i in 1:2) {
    expect_warning(expect_identical(run_whole(run, "sum", work(), NULL), 1), "Slow.")
  }
})

test_that("a bar over pieces rises to their sum, whatever the stages of a piece", {
  withr::local_options(forebear.progress = TRUE)
  seen <- numeric()
  bar <- list(update = function(stage, done, total) {
    expect_identical(stage, "training (chromosomes)")
    expect_identical(total, 6)
    seen <<- c(seen, done)
    TRUE
  }, close = function() NULL, raise = function() NULL)
  got <- over_pieces("training (chromosomes)", c(1, 3, 2), function(i) {
    with_progress(function(progress) {
      for (done in 0:4) progress("first", done, 4)
      progress("second", 0, 0)
      progress("third", 1, 2)
      i^2
    })
  }, bar)
  expect_identical(got, list(1, 4, 9))
  expect_false(is.unsorted(seen))
  expect_identical(range(seen), c(0, 6))
  expect_null(progress_over_pieces$update)
})

test_that("a bar over pieces is gone after an error", {
  withr::local_options(forebear.progress = TRUE)
  expect_error(over_pieces("training", 1, function(i) abort_forebear("argument", "No.", NULL)))
  expect_null(progress_over_pieces$update)
})
