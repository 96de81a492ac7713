test_that("the bar hears stage, done and total, and ends", {
  withr::local_options(forebear.progress = TRUE, cli.progress_show_after = 0)
  expect_no_error(with_progress(function(progress) rust_wait(0.3, 1L, progress)))
  seen <- list()
  watch <- function(stage, done, total) {
    seen[[length(seen) + 1]] <<- list(stage, done, total)
    TRUE
  }
  answer(rust_wait(0.4, 1L, watch))
  expect_gte(length(seen), 3)
  expect_identical(seen[[1]][[1]], "waiting")
  expect_identical(seen[[1]][[3]], 40)
  expect_true(!is.unsorted(vapply(seen, `[[`, 0, 2)))
})

test_that("a bar that says stop stops the work at once", {
  started <- Sys.time()
  say_stop <- function(...) FALSE
  outcome <- tryCatch(answer(rust_wait(30, 2L, say_stop)), interrupt = function(c) "interrupted")
  expect_identical(outcome, "interrupted")
  expect_lt(as.numeric(Sys.time() - started, units = "secs"), 5)
})

test_that("a bar that fails is switched off and does not cost the result", {
  bar <- new_bar()
  expect_true(bar$update("waiting", "no number", NULL))
  expect_true(bar$update("waiting", 1, 2))
  expect_warning(bar$raise(), class = "forebear_warning_progress")
  bar$close()
})

test_that("a bar survives stages, counts past the total, and work after its end", {
  withr::local_options(cli.progress_show_after = 0)
  bar <- new_bar()
  for (stage in c("first", "second", "third")) {
    for (done in 0:5) expect_true(bar$update(stage, done, 4))
    expect_true(bar$update(stage, 9, 4))
  }
  expect_true(bar$update("open", 3, 0))
  expect_no_warning(bar$raise())
  bar$close()
})

test_that("an interrupt that comes as the work ends is not lost", {
  said <- FALSE
  stop_at_end <- function(stage, done, total) {
    said <<- said || done >= 20
    done < 20
  }
  # On a busy processor the work can end before it is looked at again.
  for (attempt in 1:20) {
    outcome <- tryCatch(answer(rust_wait(0.25, 1L, stop_at_end)), interrupt = function(c) "stopped")
    if (said) break
  }
  expect_true(said)
  expect_identical(outcome, "stopped")
})

test_that("Ctrl-C stops long work within a second and R goes on", {
  skip_on_os("windows")
  skip_if(Sys.which("timeout") == "", "no timeout command")
  run <- interrupted_r("forebear:::answer(forebear:::rust_wait(60, 2L, NULL))")
  expect_identical(run$outcome, "stopped")
  expect_lt(run$seconds, 5)
})

test_that("a process that forks after long work does not hang", {
  skip_on_os("windows")
  skip_if(Sys.which("timeout") == "", "no timeout command")
  printed <- in_fresh_r(prefix = c("timeout", "60"), code = c(
    "g <- as_genotypes(matrix(c(0, 1, 2, 1), 2))",
    "total <- function(i) sum(as.matrix(g, threads = 2))",
    "invisible(total(1))",
    "cat(unlist(parallel::mclapply(1:4, total, mc.cores = 2)))"
  ))
  expect_identical(printed, "4 4 4 4")
})

test_that("an option that is neither on nor off is refused", {
  withr::local_options(forebear.progress = "x")
  expect_error(pca(as_genotypes(random_counts(20, 50)), num_comp = 2), "forebear.progress",
    class = "forebear_error_argument")
})
