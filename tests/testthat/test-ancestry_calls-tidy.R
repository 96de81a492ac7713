test_that("tidy calls have one row per haplotype, window and population", {
  calls <- random_calls(2)
  long <- tidy(calls)
  expect_named(long, c("sample_id", "haplotype", "chrom", "window", "start_bp", "end_bp",
    "ancestry", "probability"))
  expect_identical(nrow(long), 3L * nrow(calls))
  expect_identical(long$probability[4:6],
    c(calls$.pred_a[2], calls$.pred_b[2], calls$.pred_c[2]))
  expect_identical(long$ancestry[1:4], c("a", "b", "c", "a"))
  expect_error(tidy(calls, matrix = "q"), class = "forebear_error_argument")
})

test_that("dosages are the sums of both haplotypes", {
  calls <- random_calls(3, tree = "((a,b)ab,c)all;")
  dosage <- ancestry_dosage(calls)
  expect_named(dosage, c("a", "b", "c"))
  expect_identical(dimnames(dosage$a), list(
    c(sprintf("1:%d-%d", 14 * 1:6 - 9, 14 * 1:6), sprintf("2:%d-%d", 14 * 1:4 - 9, 14 * 1:4)),
    c("s1", "s2", "s3")
  ))
  own <- calls[calls$sample_id == "s2" & calls$chrom == "2", ]
  expect_equal(unname(dosage$c[7:10, "s2"]), own$.pred_c[1:4] + own$.pred_c[5:8])
  expect_equal(Reduce(`+`, dosage), dosage$a * 0 + 2)
  top <- ancestry_dosage(calls, level = 1)
  expect_equal(top$ab, dosage$a + dosage$b)
  one <- calls[!(calls$sample_id == "s1" & (calls$haplotype == 2 | calls$chrom == "2")), ]
  one <- ancestry_dosage(one)
  expect_equal(unname(one$a[1:6, "s1"]), calls$.pred_a[1:6])
  expect_true(all(is.na(one$a[7:10, "s1"])))
})
