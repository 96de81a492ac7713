# Two samples, two windows, two populations.
small_calls <- function() {
  calls <- tibble::tibble(
    sample_id = rep(c("ann", "bob"), each = 4), haplotype = rep(rep(1:2, each = 2), 2),
    chrom = "1", window = rep(1:2, 4), start_bp = rep(c(1L, 11L), 4), end_bp = rep(c(10L, 20L), 4),
    .pred_class = "north", .pred_north = seq(0.6, 0.95, 0.05), .pred_south = 1 - .pred_north
  )
  switches <- tibble::tibble(sample_id = c("ann", "bob"), chrom = "1", window = 2L,
    switch_probability = c(0.1, 0.9), switched = c(FALSE, TRUE))
  windows <- tibble::tibble(chrom = "1", window = 1:2, start_bp = c(1L, 11L), end_bp = c(10L, 20L),
    start_cm = c(0, 1), end_cm = c(1, 2), n_variants = 5L)
  populations <- c("north", "south")
  new_ancestry_calls(calls, switches, windows, populations, as_population_tree(NULL, populations))
}

test_that("calls keep what belongs to them when rows are chosen", {
  calls <- small_calls()
  chosen <- calls[calls$sample_id == "bob", ]
  expect_s3_class(chosen, c("forebear_ancestry_calls", "tbl_df", "tbl", "data.frame"), exact = TRUE)
  expect_equal(attr(chosen, "populations"), c("north", "south"))
  expect_equal(attr(chosen, "switches"), attr(calls, "switches"))
  expect_equal(best_posterior(chosen), seq(0.8, 0.95, 0.05))
})

test_that("calls without one of their columns are a plain tibble", {
  chosen <- small_calls()[c("sample_id", "window")]
  expect_s3_class(chosen, c("tbl_df", "tbl", "data.frame"), exact = TRUE)
  expect_null(attr(chosen, "switches"))
  expect_equal(small_calls()[["window"]], rep(1:2, 4))
})

test_that("calls print how many, of what, and how sure", {
  # The rest is how tibbles print, which changes with their version.
  expect_snapshot(writeLines(utils::capture.output(print(small_calls()))[1:3]))
})

test_that("calls without rows print so", {
  expect_output(print(example_calls()[0, ]), "no calls")
})

test_that("rows of several calls below each other are no calls, those of one are", {
  skip_if_not_installed("dplyr")
  calls <- random_calls(4)
  is_calls <- function(x) inherits(x, "forebear_ancestry_calls")
  switches_of <- function(sample_id) {
    tibble::tibble(sample_id = sample_id, chrom = "1", window = 2L, switch_probability = 0.1,
      switched = FALSE, position_bp = NA_integer_, evidence = "ancestry")
  }
  called_alone <- function(ids) {
    own <- calls[calls$sample_id %in% ids, ]
    attr(own, "switches") <- switches_of(ids)
    own
  }
  plain <- dplyr::bind_rows(called_alone(c("s1", "s2")), called_alone(c("s3", "s4")))
  expect_false(is_calls(plain))
  expect_null(attr(plain, "switches"))
  expect_identical(nrow(plain), nrow(calls))
  renamed <- dplyr::mutate(called_alone(c("s1", "s2")), sample_id = paste0(sample_id, "b"))
  expect_false(is_calls(renamed))
  # Parts of the same calls know of all.
  attr(calls, "switches") <- switches_of(paste0("s", 1:4))
  is_first <- calls$sample_id %in% c("s1", "s2")
  expect_equal(dplyr::bind_rows(calls[is_first, ], calls[!is_first, ]),
    calls[order(!is_first), ])
  by_chrom <- dplyr::bind_rows(calls[calls$chrom == "1", ], calls[calls$chrom == "2", ])
  expect_true(is_calls(by_chrom))
  expect_true(is_calls(dplyr::filter(calls, sample_id == "s1")))
  expect_true(is_calls(dplyr::mutate(calls, more = 1)))
  expect_true(is_calls(dplyr::arrange(calls, start_bp)))
})
