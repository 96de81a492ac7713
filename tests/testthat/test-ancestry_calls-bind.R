test_that("chromosomes and samples that were taken apart are joined as they were", {
  calls <- random_calls(3, tree = "((a,b)ab,c)all;")
  apart <- function(x, by) lapply(split(seq_len(nrow(x)), by), function(row) x[row, ])
  by_chrom <- do.call(rbind, apart(calls, calls$chrom))
  expect_identical(ancestry_segments(by_chrom), ancestry_segments(calls))
  expect_identical(attr(by_chrom, "windows"), attr(calls, "windows"))
  in_order <- function(x) x[order(x$chrom, x$sample_id, x$window), ]
  expect_identical(phase_switches(by_chrom), in_order(phase_switches(calls)))
  by_sample <- do.call(rbind, apart(calls, calls$sample_id))
  expect_identical(plain_tibble(by_sample), plain_tibble(calls))
  both <- do.call(rbind, unname(apart(calls, paste(calls$chrom, calls$sample_id))))
  expect_identical(plain_tibble(both), plain_tibble(calls))
  expect_identical(attr(both, "tree"), attr(calls, "tree"))
  expect_identical(rbind(calls, NULL), calls)
})

test_that("calls of separate runs know the windows and switches of all", {
  one <- random_calls(2, c("20" = 5))
  two <- random_calls(2, c("21" = 4), seed = 2)
  joined <- rbind(one, two)
  expect_s3_class(joined, "forebear_ancestry_calls")
  expect_identical(unique(ancestry_segments(joined)$chrom), c("20", "21"))
  expect_identical(nrow(attr(joined, "windows")), 9L)
  expect_identical(nrow(phase_switches(joined)), 2L * 4L + 2L * 3L)
  expect_identical(rbind(two, one)$chrom[1], "21")
})

test_that("estimates are kept if they are the same in all", {
  calls <- random_calls(2)
  attr(calls, "parameters") <- list(switch_rate = 1)
  one <- calls[calls$chrom == "1", ]
  two <- calls[calls$chrom == "2", ]
  expect_identical(attr(rbind(one, two), "parameters"), list(switch_rate = 1))
  attr(one, "parameters")$switch_rate <- 2
  expect_null(attr(rbind(one, two), "parameters"))
  expect_null(attr(rbind(two, one), "parameters"))
})

test_that("chr1 is 1, and populations may come in another order", {
  calls <- random_calls(2, c("1" = 3))
  other <- random_calls(1, c("chr1" = 3), seed = 3)
  other$sample_id <- "other"
  attr(other, "switches")$sample_id <- "other"
  attr(other, "populations") <- rev(attr(other, "populations"))
  joined <- rbind(calls, other)
  expect_identical(unique(joined$chrom), "1")
  expect_identical(unique(attr(joined, "switches")$chrom), "1")
  expect_identical(joined$.pred_b[joined$sample_id == "other"], other$.pred_b)
  expect_identical(nrow(attr(joined, "windows")), 3L)
})

test_that("what does not belong together is refused", {
  calls <- random_calls(2)
  wider <- random_calls(2, c("3" = 6))
  attr(wider, "windows")$end_bp[1] <- 15L
  moved <- wider
  moved$sample_id <- paste0("t", moved$sample_id)
  expect_snapshot(conditions_of(
    rbind(calls, calls[calls$sample_id == "s2", ]),
    rbind(calls, random_calls(1, c("3" = 2), populations = c("a", "d"))),
    rbind(calls, random_calls(1, c("3" = 2), tree = "((a,b)ab,c)all;")),
    rbind(random_calls(2, c("3" = 6)), moved),
    rbind(calls, tibble::tibble(chrom = "3"))
  ))
})

test_that("switches are all known, or none is reported", {
  one <- random_calls(1, c("1" = 3))
  two <- random_calls(1, c("2" = 3))
  attr(two, "switches") <- no_switches()
  expect_message(joined <- rbind(one, two), class = "forebear_message_switches_dropped")
  expect_error(phase_switches(joined), class = "forebear_error_no_switches")
  attr(one, "switches") <- no_switches()
  expect_no_message(rbind(one, two))
  single <- random_calls(1, c("3" = 1))
  attr(single, "switches") <- no_switches()
  expect_no_message(rbind(one, single))
})

test_that("rows that were put together by other means say how to join calls", {
  one <- random_calls(1, c("1" = 3))
  both <- one[c(1, 1), ]
  both$chrom <- c("1", "7")
  expect_error(ancestry_segments(both), "rbind", class = "forebear_error_incomplete_calls")
})
