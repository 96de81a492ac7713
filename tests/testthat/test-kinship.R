test_that("kinship is that of plink2's table", {
  theirs <- plink_table(shared_path("golden", "qc", "k0.kin0"))
  ours <- kinship(read_bed(shared_path("golden", "qc", "k0.bed")))
  expect_named(ours, c("sample_1", "sample_2", "kinship", "n_variants"))
  expect_identical(nrow(ours), nrow(theirs))
  row <- match(paste(ours$sample_1, ours$sample_2), paste(theirs$IID2, theirs$IID1))
  flipped <- match(paste(ours$sample_2, ours$sample_1), paste(theirs$IID2, theirs$IID1))
  row[is.na(row)] <- flipped[is.na(row)]
  expect_identical(ours$n_variants, as.integer(theirs$NSNP[row]))
  expect_identical(sprintf("%.6g", ours$kinship), sprintf("%.6g", as.double(theirs$KINSHIP[row])))
})

test_that("the samples that stay are those of --king-cutoff", {
  g <- read_bed(shared_path("golden", "qc", "k0.bed"))
  for (cutoff in c("0.0442", "0.0884", "0.177", "0.354")) {
    theirs <- plink_table(shared_path("golden", "qc", paste0("k0_king_cutoff_", cutoff, ".in.id")))
    expect_identical(samples(unrelated(g, as.double(cutoff)))$sample_id, theirs$IID)
  }
})

test_that("pairs and choices are plink2's on random data, sex chromosomes left out", {
  skip_without("plink2")
  for (seed in 18:20) {
    prefix <- local_random_set(seed, n_samples = 45)
    g <- read_bed(prefix)
    theirs <- plink_table(paste0(plink("plink2", prefix, "--make-king-table"), ".kin0"))
    ours <- kinship(g)
    row <- match(paste(ours$sample_2, ours$sample_1), paste(theirs$IID1, theirs$IID2))
    expect_false(anyNA(row))
    expect_identical(ours$n_variants, as.integer(theirs$NSNP[row]))
    known <- !is.na(ours$kinship)
    expect_identical(sprintf("%.6g", ours$kinship[known]),
      sprintf("%.6g", as.double(theirs$KINSHIP[row][known])))
    for (cutoff in c(0, 0.05, 0.1)) {
      out <- plink("plink2", prefix, "--king-cutoff", cutoff)
      expect_identical(samples(unrelated(g, cutoff))$sample_id,
        plink_table(paste0(out, ".king.cutoff.in.id"))$IID)
    }
  }
})

test_that("a cut-off leaves pairs out and includes itself", {
  counts <- random_counts(20, 300, missing = 0)
  g <- as_genotypes(rbind(counts, twin = counts[3, ]))
  all <- kinship(g)
  expect_identical(nrow(all), 210L)
  expect_identical(kinship(g, min_kinship = 0.5)[1:2],
    tibble::tibble(sample_1 = "s3", sample_2 = "twin"))
  expect_identical(kinship(g, min_kinship = 0.01), all[all$kinship >= 0.01, ])
  expect_identical(kinship(g, threads = 3), all)
  left <- samples(unrelated(g, 0.354))$sample_id
  expect_length(left, 20)
  expect_length(intersect(left, c("s3", "twin")), 1)
})

test_that("a sample without a heterozygous genotype has no kinship", {
  g <- as_genotypes(rbind(a = c(0, 2, 0), b = c(1, 1, 2)))
  expect_identical(kinship(g)$kinship, NA_real_)
  expect_identical(nrow(kinship(g, min_kinship = -1)), 0L)
})

test_that("what cannot be done is said", {
  g <- as_genotypes(small_counts(), variants = data.frame(chrom = rep("Y", 5)))
  expect_error(kinship(g), class = "forebear_error_no_autosomes")
  expect_error(kinship(g, min_kinship = 0.6), class = "forebear_error_argument")
  expect_error(unrelated(g, cutoff = "x"), class = "forebear_error_argument")
  failure <- rust_kinship(as_genotypes(small_counts()), 1:5, -Inf, 2, 1L, NULL)
  expect_error(answer(failure), "min_kinship", class = "forebear_error_too_many_pairs")
})
