test_that("whole numbers of posteriors sum to the scale and are right to one", {
  expect_identical(posterior_scale(16), 131070L)
  expect_identical(posterior_scale(8), 510L)
  # By hand: sums 0.3, 0.7, 1 of 10 are 3, 7, 10; of 0.26, 0.52, 1 they are 2.6, 5.2, 10.
  expect_identical(posterior_codes(list(c(0.3, 0.26), c(0.4, 0.26), c(0.3, 0.48)), 10),
    rbind(c(3L, 4L, 3L), c(3L, 2L, 5L)))
  withr::local_seed(1)
  for (k in c(2, 3, 12)) {
    posterior <- matrix(stats::rexp(500 * k)^3, 500)
    posterior[1:3, ] <- 0
    posterior[1:3, 1:2] <- c(0.5, 1, 0, 0.5, 0, 1)
    posterior <- posterior / rowSums(posterior)
    for (bits in c(8, 16)) {
      scale <- posterior_scale(bits)
      codes <- posterior_codes(as.list(as.data.frame(posterior)), scale)
      expect_true(all(rowSums(codes) == scale))
      expect_lte(max(abs(codes / scale - posterior)), 1 / scale)
      # All but the largest fit in so many bits.
      codes[cbind(1:500, max.col(posterior, "first"))] <- 0L
      expect_lt(max(codes), 2^bits)
      # Again they are the same.
      again <- posterior_codes(as.list(as.data.frame(codes / scale)), scale)
      expect_identical(again, codes)
    }
  }
})

test_that("whole numbers come back from their bytes", {
  x <- c(0L, 1L, 255L)
  expect_identical(as_bytes(x, 1L), as.raw(c(0, 1, 255)))
  expect_identical(from_bytes(as_bytes(x, 1L), 1L), x)
  x <- c(0L, 258L, 65535L)
  expect_identical(as_bytes(x, 2L), as.raw(c(0, 2, 255, 0, 1, 255)))
  expect_identical(from_bytes(as_bytes(x, 2L), 2L), x)
  x <- c(0L, 70000L, 2147483647L)
  expect_identical(from_bytes(as_bytes(x, 4L), 4L), x)
  expect_identical(from_bytes(as_bytes(integer(), 2L), 2L), integer())
})

# What `about_store()` gives, of calls.
about_calls <- function(calls, bits = 16L) {
  list(sample_id = unique(calls$sample_id), batch = 10L, bits = bits,
    populations = attr(calls, "populations"), windows = attr(calls, "windows"))
}

test_that("calls come back, split windows and haploid samples too", {
  plain <- random_calls(5)
  # Positions of the chromosomes differ.
  for (name in c("start_bp", "end_bp")) {
    plain[[name]] <- plain[[name]] + ifelse(plain$chrom == "2", 1000L, 0L)
    windows <- attr(plain, "windows")
    attr(plain, "windows")[[name]] <- windows[[name]] + ifelse(windows$chrom == "2", 1000L, 0L)
  }
  plain$.typicality <- ifelse(plain$.pred_class == "a", 0.25, NA)
  attr(plain, "switches")$position_bp <- NA_integer_
  attr(plain, "switches")$position_bp[3] <- 17L
  attr(plain, "switches")$evidence <- rep(c("ancestry", "alleles"), length.out = 40)
  split <- split_calls(with_variants(plain), changed = TRUE)
  split$.typicality <- ifelse(split$.pred_class == "a", 0.25, NA)
  haploid <- plain[plain$sample_id != "s2" | plain$haplotype == 1, ]
  for (calls in list(plain, split, haploid)) {
    for (bits in c(8L, 16L)) {
      ids <- unique(calls$sample_id)
      batch <- encoded_calls(calls, ids, bits)
      got <- decoded_calls(batch, ids, about_calls(calls, bits))
      exact <- setdiff(names(calls), paste0(".pred_", c("a", "b", "c")))
      expect_identical(got$rows[exact], tibble::as_tibble(plain_tibble(calls))[exact])
      for (name in c(".pred_a", ".pred_b", ".pred_c")) {
        expect_lte(max(abs(got$rows[[name]] - calls[[name]])), 1 / posterior_scale(bits))
      }
      expect_equal(got$rows$.pred_a + got$rows$.pred_b + got$rows$.pred_c, rep(1, nrow(calls)),
        tolerance = 1e-14)
      switches <- attr(calls, "switches")
      expect_lte(max(abs(got$switches$switch_probability - switches$switch_probability)),
        1 / 131070)
      exact <- setdiff(names(switches), "switch_probability")
      expect_identical(got$switches[exact], switches[exact])
      expect_null(got$weights)
      # Some samples are the rows of these.
      some <- decoded_calls(batch, c("s4", "s1"), about_calls(calls, bits))
      expect_identical(some$rows, got$rows[got$rows$sample_id %in% c("s1", "s4"), ])
    }
  }
})

test_that("a batch without phase switches is read", {
  calls <- random_calls(2)
  calls <- calls[calls$haplotype == 1L, ]
  calls$.typicality <- NA_real_
  attr(calls, "switches") <- tibble::tibble(no_switches(), position_bp = integer(),
    evidence = character())
  ids <- unique(calls$sample_id)
  switches <- decoded_switches(encoded_calls(calls, ids, 16L), ids, attr(calls, "windows"))
  expect_identical(nrow(switches), 0L)
  expect_identical(switches$evidence, character())
  expect_identical(switches$switched, logical())
})
