family <- function(father, mother = NA, id = c("a", "b", "c"), family = "f") {
  data.frame(sample_id = id, family_id = family, father_id = father, mother_id = mother,
    sex = c("male", NA, "female"))
}

test_that("a parent counts if it is a sample of the data in the same family", {
  founders <- function(...) sample_roles(family(...), FALSE)$founder
  expect_identical(founders(c(NA, "a", NA)), c(TRUE, FALSE, TRUE))
  expect_identical(founders(NA, c(NA, "a", "b")), c(TRUE, FALSE, FALSE))
  # Not in the data, oneself, or what stands for no parent.
  expect_identical(founders(c("x", "b", "0"), c("-9", "NA", "")), rep(TRUE, 3))
  # In another family.
  expect_identical(founders(c(NA, "a", "a"), family = c("f", "f", "g")), c(TRUE, FALSE, TRUE))
  # "NA" and "0" are no parents even where samples are called so.
  expect_identical(founders(c(NA, "NA", "0"), id = c("NA", "0", "c")), rep(TRUE, 3))
  expect_identical(sample_roles(family(c(NA, "a", NA)), FALSE)$male, c(TRUE, FALSE, FALSE))
  expect_identical(sample_roles(family(c(NA, "a", NA)), TRUE)$founder, rep(TRUE, 3))
  expect_error(sample_roles(family(NA), NA), class = "forebear_error_argument")
})

test_that("where no families are recorded, IDs alone are compared", {
  ids <- c("a", "b", "c")
  for (none in list(ids, "0", NA, c("a", "0", NA))) {
    expect_identical(sample_roles(family(c(NA, "a", NA), family = none), FALSE)$founder,
      c(TRUE, FALSE, TRUE))
  }
  # One family is recorded: the others are families of one.
  expect_identical(sample_roles(family(c("b", NA, "b"), family = c("f", "f", "c")), FALSE)$founder,
    c(FALSE, TRUE, TRUE))
})

# 20 common variants, 20 that only the first sample has one copy of.
with_parents <- function(father, family = NULL) {
  counts <- random_counts(50, 40, missing = 0)
  counts[, 1:20] <- 0
  counts[1, 1:20] <- 1
  samples <- data.frame(sample_id = rownames(counts), father_id = father)
  samples$family_id <- family %||% paste0("f", 1:50)
  as_genotypes(counts, samples = samples)
}

test_that("what stands for no parent leaves every sample a founder, in every verb", {
  want <- variant_stats(with_parents(NA))
  for (parent in list("-9", "NA", "0", "", "absent", paste0("s", 1:50))) {
    g <- with_parents(parent)
    expect_no_message(stats <- variant_stats(g))
    expect_identical(stats, want)
    expect_identical(sample_stats(g), sample_stats(with_parents(NA)))
    expect_equal(ncol(filter_variants(g, min_maf = 0.05)), 20)
    expect_identical(kept_variants(prune_ld(g, 10, 5, 0.2)),
      kept_variants(prune_ld(with_parents(NA), 10, 5, 0.2)))
  }
})

test_that("frequencies are those of the founders, and it is said how many they are", {
  father <- c(rep(NA, 30), rep("s1", 20))
  g <- with_parents(father, "f")
  expect_message(stats <- variant_stats(g), "30 of 50 samples are founders",
    class = "forebear_message_founders")
  expect_identical(stats$allele_frequency, variant_stats(g[1:30, ])$allele_frequency)
  expect_message(sample_stats(g), class = "forebear_message_founders")
  expect_message(filter_variants(g, min_maf = 0.02), class = "forebear_message_founders")
  expect_message(filter_variants(g, min_hwe_p = 0.02), class = "forebear_message_founders")
  expect_message(prune_ld(g, 10, 5, 0.5), class = "forebear_message_founders")
  # No founders are needed for missing genotypes.
  expect_no_message(filter_variants(g, max_missing = 0.5), class = "forebear_message_founders")
  expect_no_message(filter_samples(g), class = "forebear_message_founders")
  expect_no_message(variant_stats(g, nonfounders = TRUE))
  # Of children whose parents were left out none has a parent in the data.
  expect_no_message(variant_stats(g[31:50, ]))
  # Once in a report and in the recipe.
  n_said <- function(code) {
    n <- 0
    withCallingHandlers(code, forebear_message_founders = function(condition) {
      n <<- n + 1
      rlang::cnd_muffle(condition)
    })
    n
  }
  expect_identical(n_said(qc_report(g)), 1)
  expect_identical(n_said(qc_recipe(g, min_maf = 0.001, min_hwe_p = 0,
    prune = prune_settings(r2 = 0.9))), 1)
})

test_that("without a founder there are no frequencies", {
  # Each is the parent of the next, the last of the first.
  g <- with_parents(paste0("s", c(50, 1:49)), "f")
  for (verb in list(variant_stats, sample_stats, prune_ld, qc_report,
    function(g) filter_variants(g, min_maf = 0.05), qc_recipe)) {
    expect_error(verb(g), "None of 50 samples is a founder", class = "forebear_error_no_founders")
  }
  expect_s3_class(filter_samples(g), class(g))
  expect_s3_class(filter_variants(g, max_missing = 0.1), class(g))
  expect_equal(ncol(filter_variants(g, min_maf = 0.05, nonfounders = TRUE)), 20)
  expect_snapshot(conditions_of(
    variant_stats(g),
    prune_ld(with_parents(c(NA, rep("s1", 49)), "f"), 10, 5, 0.2)
  ))
})

test_that("founders are those of PLINK, of parents in the data", {
  skip_without("plink1.9")
  prefix <- file.path(withr::local_tempdir(), "set")
  # Parents in the family, in another one, in none, "NA" and "-9".
  father <- c(rep(NA, 10), rep("s1", 15), rep("absent", 10), rep("NA", 5), rep("-9", 10))
  g <- with_parents(father, rep(c("f", "g"), c(20, 30)))
  suppressMessages(write_bed(g, prefix))
  frequencies <- function(...) {
    out <- plink("plink1.9", prefix, "--freq", "--keep-allele-order", ...)
    as.double(plink_table(paste0(out, ".frq"))$MAF)
  }
  ours <- suppressMessages(variant_stats(read_bed(prefix)))$allele_frequency
  expect_equal(ours, frequencies("--make-founders require-2-missing"), tolerance = 1e-3)
  # By default PLINK takes any recorded parent, and has 10 founders left.
  expect_false(isTRUE(all.equal(ours, frequencies(), tolerance = 1e-3)))
})

test_that("whether a family is recorded is of each sample, as in data that are joined", {
  # The last is of a family; the trio has none.
  table <- data.frame(sample_id = c("a", "b", "c", "d"), father_id = c(NA, NA, "a", NA),
    mother_id = c(NA, NA, "b", NA), sex = NA)
  expect_founders <- function(families, want) {
    table$family_id <- families
    expect_identical(sample_roles(table, FALSE)$founder, want)
  }
  expect_founders(c("a", "b", "c", "F1"), c(TRUE, TRUE, FALSE, TRUE))
  expect_founders(c(NA, "0", "c", "F1"), c(TRUE, TRUE, FALSE, TRUE))
  # A family that is called as one of its members; a parent of another family.
  expect_founders(c("c", "c", "c", "F1"), c(TRUE, TRUE, FALSE, TRUE))
  expect_founders(c("F1", "F1", "c", "F1"), rep(TRUE, 4))
  v <- data.frame(ref = "A", alt = c("C", "G"))
  trio <- as_genotypes(rbind(mum = c(0, 0), dad = c(0, 2), kid = c(2, 2)), variants = v)
  samples(trio) <- data.frame(sample_id = c("mum", "dad", "kid"), father_id = c(NA, NA, "dad"),
    mother_id = c(NA, NA, "mum"))
  panel <- as_genotypes(rbind(r1 = c(1, 1)), samples = data.frame(family_id = "F1"), variants = v)
  both <- rbind(trio, panel, strand = "same")
  expect_equal(suppressMessages(variant_stats(both))$allele_frequency, c(1, 3) / 6)
})
