# One sample, windows of 100 base pairs; haplotype 1 is a until 150, then b, haplotype 2 the other
# way round. Haplotype 1 alone changes at 330.
split_calls <- function() {
  tibble::tibble(
    sample_id = "ann", haplotype = rep(1:2, c(6, 5)), chrom = "1",
    start_bp = c(1L, 101L, 150L, 201L, 301L, 330L, 1L, 101L, 150L, 201L, 301L),
    end_bp = c(100L, 149L, 200L, 300L, 329L, 400L, 100L, 149L, 200L, 300L, 400L),
    .pred_class = c("a", "a", "b", "b", "b", "a", "b", "b", "a", "a", "a")
  )
}

called_switches <- function(window, position_bp, evidence = "ancestry") {
  tibble::tibble(sample_id = "ann", chrom = "1", window = window, switch_probability = 0.9,
    switched = TRUE, position_bp = position_bp, evidence = evidence)
}

test_that("both haplotypes exchange their populations at one variant, as by hand", {
  expect_equal(exchanges_of_calls(split_calls()),
    data.frame(sample_id = "ann", position_bp = 150L))
  # With the second haplotype alone, or one that changes to a third population, nothing does.
  alone <- split_calls()[split_calls()$haplotype == 2, ]
  expect_equal(nrow(exchanges_of_calls(alone)), 0)
  third <- split_calls()
  third$.pred_class[3] <- "c"
  expect_equal(nrow(exchanges_of_calls(third)), 0)
})

test_that("a called switch lies where the calls exchange, if that is between its two windows", {
  windows <- tibble::tibble(window = 1:4, start_bp = c(1L, 101L, 201L, 301L),
    end_bp = c(100L, 200L, 300L, 400L))
  place <- function(window, position, ...) {
    at_exchanges(called_switches(window, position, ...), split_calls(), windows)$position_bp
  }
  expect_equal(place(2L, 120L), 150L)
  expect_equal(place(3L, 250L), 150L)
  expect_equal(place(4L, 310L), 310L)
  expect_equal(place(2L, 120L, "alleles"), 120L)
})
