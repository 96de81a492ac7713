test_that("blocks hold every row once, whatever the order of the rows", {
  calls <- random_calls(3)
  blocks <- call_blocks(calls)
  expect_identical(vapply(blocks, `[[`, "", "chrom"), c("1", "2"))
  expect_identical(sort(unlist(lapply(blocks, `[[`, "row"))), seq_len(nrow(calls)))
  expect_identical(blocks[[2]]$sample_id, rep(c("s1", "s2", "s3"), each = 2))
  mixed <- calls[withr::with_seed(1, sample(nrow(calls))), ]
  block <- call_blocks(mixed)[[1]]
  expect_identical(mixed$window[block$row], rep(1:6, 6))
  expect_identical(paste(mixed$sample_id, mixed$haplotype)[block$row[1, ]],
    paste(block$sample_id, block$haplotype))
})

test_that("calls that lack rows are refused", {
  calls <- random_calls(2)
  expect_error(call_blocks(calls[-3, ]), class = "forebear_error_incomplete_calls")
  expect_error(call_blocks(calls[c(1, seq_len(nrow(calls))), ]),
    class = "forebear_error_incomplete_calls")
  expect_error(call_blocks(calls[0, ]), class = "forebear_error_incomplete_calls")
  calls$chrom[1] <- "7"
  expect_error(call_blocks(calls), class = "forebear_error_incomplete_calls")
  expect_error(call_blocks(data.frame(a = 1)), class = "forebear_error_argument")
  # A sample without a second haplotype, and whole windows left out, are fine.
  calls <- random_calls(2)
  fewer <- calls[calls$window != 2 & !(calls$sample_id == "s1" & calls$haplotype == 2), ]
  expect_identical(call_blocks(fewer)[[1]]$haplotype, c(1L, 1L, 2L))
})

test_that("windows meet half way, but for a gap", {
  windows <- attr(random_calls(1, c("1" = 4)), "windows")
  edges <- window_edges(windows)
  # 5-14, 19-28, 33-42, 47-56
  expect_identical(edges$low_bp, c(5, 17, 31, 45))
  expect_identical(edges$high_bp, c(16, 30, 44, 56))
  expect_equal(edges$low_cm, c(0, 0.75, 1.75, 2.75))
  gap <- window_edges(windows[-2, ])
  expect_identical(gap$high_bp, c(14, 44, 56))
  expect_identical(gap$low_bp, c(5, 33, 45))
})

test_that("posteriors must sum to 1, but for rounding in a file", {
  calls <- random_calls(2)
  calls$.pred_a <- round(calls$.pred_a, 2)
  expect_no_error(ancestry_segments(calls))
  calls$.pred_a <- calls$.pred_a / 2
  error <- expect_error(ancestry_segments(calls), class = "forebear_error_argument")
  expect_match(conditionMessage(error), "must sum to 1 in every row.*row [0-9]+ has 0\\.")
})

test_that("calls without a posterior or with another population are refused", {
  calls <- random_calls(2)
  refused <- function(column, value) {
    calls[[column]][5] <- value
    h <- as_haplotypes(random_alleles(2, 3), variants = data.frame(chrom = "1",
      position_bp = c(6L, 20L, 34L), ref = "A", alt = "C"))
    path <- withr::local_tempfile()
    for (use in list(call_blocks, ancestry_segments, function(x) write_msp(x, path),
      function(x) write_fb(x, path), function(x) write_ancestry_vcf(x, path, h),
      function(x) reliability(x, ancestry_segments(random_calls(2), 0)), tidy,
      function(x) rbind(x[x$chrom == "1", ], x[x$chrom == "2", ]))) {
      error <- expect_error(use(calls), class = "forebear_error_argument")
    }
    expect_false(file.exists(path))
    conditionMessage(error)
  }
  expect_match(refused(".pred_a", NA), "haplotype 1 of \"s1\" in window 5 of chromosome \"1\"")
  expect_match(refused(".pred_b", NaN), "finite posterior")
  expect_match(refused(".pred_c", Inf), "Inf")
  expect_match(refused(".pred_a", -0.2), "from 0 to 1, in every row.*-0.2")
  expect_match(refused(".pred_a", 1.5), "from 0 to 1")
  expect_match(refused("haplotype", 0L), "haplotype` must be 1 or 2")
  expect_match(refused(".pred_class", NA), "one of the populations")
  expect_match(refused(".pred_class", "martian"), "martian")
  calls$.pred_class <- factor(calls$.pred_class)
  expect_no_error(call_blocks(calls))
})
