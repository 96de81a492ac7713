test_that("windows of equal ancestry are merged, worked by hand", {
  calls <- random_calls(1, c("1" = 5))
  for (name in c("a", "b", "c")) calls[[paste0(".pred_", name)]] <- 0
  # Haplotype 1: a a b b b; haplotype 2: b, not sure, not sure, a, a.
  calls$.pred_a <- c(1, 0.9, 0.1, 0, 0, 0, 0.5, 0.5, 1, 1)
  calls$.pred_b <- 1 - calls$.pred_a
  segments <- ancestry_segments(calls)
  expect_identical(segments$haplotype, c(1L, 1L, 2L, 2L, 2L))
  expect_identical(segments$ancestry, c("a", "b", "b", NA, "a"))
  # Windows 5-14, 19-28, 33-42, 47-56, 61-70.
  expect_identical(segments$start_bp, c(5L, 31L, 5L, 17L, 45L))
  expect_identical(segments$end_bp, c(30L, 70L, 16L, 44L, 70L))
  expect_identical(segments$n_windows, c(2L, 3L, 1L, 2L, 2L))
  expect_equal(segments$probability, c((12 + 0.9 * 14) / 26, (0.9 * 14 + 26) / 40, 1, NA, 1))
  expect_equal(segments$length_cm, c(1.75, 2.75, 0.75, 2, 1.75))
  gap <- ancestry_segments(calls[calls$window != 4, ])
  expect_identical(gap$ancestry, c("a", "b", "b", "b", NA, "a"))
  expect_identical(gap$end_bp[2], 42L)
})

test_that("segments of a haplotype tile each chromosome, and hold all windows", {
  calls <- random_calls(7, c("1" = 30, "X" = 11))
  segments <- ancestry_segments(calls, 0.6)
  owner <- paste(segments$sample_id, segments$haplotype, segments$chrom)
  for (own in split(segments, owner)) {
    expect_identical(own$start_bp[-1], own$end_bp[-nrow(own)] + 1L)
    expect_false(any(mapply(identical, own$ancestry[-1], own$ancestry[-nrow(own)])))
  }
  expect_identical(sum(segments$n_windows), nrow(calls))
  expect_identical(order(match(segments$chrom, c("1", "X")), match(segments$sample_id,
    unique(calls$sample_id)), segments$haplotype, segments$start_bp), seq_len(nrow(segments)))
  attr(calls, "windows")$start_cm <- NA_real_
  expect_true(all(is.na(ancestry_segments(calls)$length_cm)))
})
