test_that("F of X and sexes are those of PLINK's --check-sex", {
  skip_without("plink1.9")
  for (seed in 11:13) {
    prefix <- local_random_set(seed)
    out <- plink("plink1.9", prefix, "--check-sex", known_parents)
    theirs <- plink_table(paste0(out, ".sexcheck"))
    ours <- suppressMessages(sex_check(read_bed(prefix)))
    expect_identical(ours$sample_id, theirs$IID)
    expect_equal(ours$x_f, as.double(theirs$F), tolerance = 2e-4)
    expect_identical(ours$x_sex, c("0" = NA, "1" = "male", "2" = "female")[theirs$SNPSEX] |>
      unname())
    expect_identical(ours$status, tolower(theirs$STATUS))
  }
})

# Two males, two females, of whom one is recorded as male, and one of unknown sex.
on_x <- function() {
  counts <- withr::with_seed(1, {
    rbind(a = 2 * stats::rbinom(60, 1, 0.5), b = 2 * stats::rbinom(60, 1, 0.5),
      c = stats::rbinom(60, 2, 0.5), d = stats::rbinom(60, 2, 0.5), e = stats::rbinom(60, 2, 0.5))
  })
  as_genotypes(counts, samples = data.frame(sample_id = letters[1:5],
    sex = c("male", "male", "female", "male", NA)),
  variants = data.frame(variant_id = paste0("v", 1:60), chrom = "X", position_bp = 3e6 + 1:60,
    ref = "A", alt = "C"))
}

test_that("samples of another sex are found and removed", {
  g <- on_x()
  checked <- sex_check(g)
  expect_identical(checked$status[c(1, 2, 4, 5)], c("ok", "ok", "problem", "problem"))
  expect_identical(checked$x_f[1:2], c(1, 1))
  kept <- filter_samples(g, check_sex = TRUE)
  expect_identical(samples(kept)$sample_id, setdiff(letters[1:5], c("d",
    checked$sample_id[3][checked$status[3] == "problem"])))
  expect_true("sex" %in% tidy(suppressMessages(qc_report(kept, kinship = FALSE)))$rule)
  unknown <- g
  samples(unknown)$sex <- NA_character_
  expect_message(filter_samples(unknown, check_sex = TRUE), "not known of any")
})

test_that("without X there is an error that says so", {
  expect_error(sex_check(as_genotypes(rbind(c(0, 1), c(1, 2)))), class = "forebear_error_no_x")
})
