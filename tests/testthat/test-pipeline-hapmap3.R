# 957 samples of 11 populations of HapMap3: what the paper's first figures would show.

labels_of_hapmap3 <- function() {
  labels <- read.delim(shared_path("data", "hapmap3_957", "labels.tsv"))
  names(labels)[1] <- "sample_id"
  labels
}

test_that("the components are plink2's", {
  skip_if(Sys.which("plink2") == "", "plink2 is not installed")
  path <- sub("\\.bed$", "", shared_path("data", "hapmap3_957", "hapmap3.bed"))
  out <- withr::local_tempfile()
  system2("plink2", c("--bfile", path, "--pca", "5", "--out", out), stdout = FALSE, stderr = FALSE)
  theirs <- read.table(paste0(out, ".eigenvec"), header = TRUE, comment.char = "")
  g <- read_bed(path)
  for (method in c("exact", "randomized")) {
    ours <- augment(pca(g, num_comp = 5, method = method))
    expect_identical(ours$sample_id, as.character(theirs$IID))
    for (component in 1:5) {
      r <- stats::cor(ours[[component + 1]], theirs[[paste0("PC", component)]])
      expect_gte(abs(r), 0.9999)
    }
  }
})

test_that("exact and randomised components span the same space", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  exact <- pca(g, num_comp = 10, method = "exact")$scores
  randomized <- pca(g, num_comp = 10, method = "randomized")$scores
  overlap <- crossprod(qr.Q(qr(exact)), qr.Q(qr(randomized)))
  expect_lte(1 - sum(overlap^2) / 10, 1e-6)
})

test_that("four archetypes are the four continents, and MEX and ASW are mixed", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  labels <- labels_of_hapmap3()
  fit <- archetypes(g, k = 4)
  population <- labels$population[match(samples(g)$sample_id, labels$sample_id)]
  mean_q <- rowsum(fit$q, population) / as.vector(table(population))
  leading <- function(population) names(which.max(mean_q[population, ]))
  continents <- c(AFR = leading("YRI"), EUR = leading("CEU"), EAS = leading("CHB"),
    SAS = leading("GIH"))
  expect_length(unique(continents), 4)
  for (population in c("YRI", "CEU", "CHB", "JPT", "TSI", "CHD")) {
    expect_gt(max(mean_q[population, ]), 0.9)
  }
  expect_gt(max(mean_q["GIH", ]), 0.8)
  expect_gt(mean_q["ASW", continents[["AFR"]]], 0.6)
  expect_gt(mean_q["ASW", continents[["EUR"]]], 0.1)
  expect_gt(mean_q["MEX", continents[["EUR"]]], 0.3)
  expect_gt(1 - mean_q["MEX", continents[["EUR"]]], 0.2)
})
