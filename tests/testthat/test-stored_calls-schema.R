test_that("a batch that does not fit together is refused, and a sound one is not", {
  calls <- random_calls(3)
  calls$.typicality <- 0.5
  attr(calls, "switches")$position_bp <- NA_integer_
  attr(calls, "switches")$evidence <- "ancestry"
  ids <- unique(calls$sample_id)
  about <- list(sample_id = ids, batch = 10L, bits = 16L,
    populations = attr(calls, "populations"), windows = attr(calls, "windows"))
  batch <- encoded_calls(calls, ids, 16L)
  refuse <- function(problem) abort_forebear("checkpoint", problem, NULL)
  expect_null(check_batch(batch, about, refuse))
  read <- batch_rule(plain_value(batch), start_of_file(refuse))
  expect_identical(read$rows, batch$rows)
  n <- nrow(calls)
  broken <- list(
    replace(batch, "sample_id", list(c("s1", "s2", "other"))),
    within(batch, rows$posterior <- rows$posterior[-1]),
    within(batch, rows$population[1] <- as.raw(9)), within(batch, rows$population[1] <- as.raw(0)),
    within(batch, rows$window[1] <- as.raw(200)), within(batch, rows$haplotype[2] <- as.raw(3)),
    within(batch, rows$sample[n] <- as.raw(0)),
    within(batch, parts <- list(row = n + 1L, start_bp = 1L, end_bp = 2L)),
    within(batch, switches$switched <- switches$switched[-1])
  )
  for (one in broken) {
    expect_error(check_batch(one, about, refuse), class = "forebear_error_checkpoint")
  }
})
