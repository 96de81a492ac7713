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

test_that("exact and randomized components span the same space", {
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

# A query of the same samples: 30 % of variants swapped, 10 % on the other strand, 10 % gone.
altered_query <- function(g) {
  v <- as.data.frame(variants(g))
  counts <- as.matrix(g)
  n <- ncol(counts)
  swapped <- sample(n, 0.3 * n)
  flipped <- sample(n, 0.1 * n)
  counts[, swapped] <- 2L - counts[, swapped]
  v[swapped, c("ref", "alt")] <- v[swapped, c("alt", "ref")]
  v[flipped, "ref"] <- chartr("ACGT", "TGCA", v[flipped, "ref"])
  v[flipped, "alt"] <- chartr("ACGT", "TGCA", v[flipped, "alt"])
  v$chrom <- paste0("chr", v$chrom)
  v$variant_id <- paste0("query", seq_len(n))
  there <- sample(n, 0.9 * n)
  list(query = as_genotypes(counts[, there], variants = v[there, ]), there = there)
}

test_that("a query with other alleles and strands projects as the clean one", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  new <- seq(2, 957, by = 4)
  fit <- pca(g[-new, ], num_comp = 10)
  altered <- withr::with_seed(11, altered_query(g[new, ]))
  got <- suppressMessages(predict(fit, altered$query))
  # Both strands occur in it, so that A/T and C/G which frequencies do not settle are dropped.
  flipped <- suppressMessages(harmonize(altered$query, fit))
  used <- which(attr(flipped, "report")$outcome != "dropped")
  want <- suppressMessages(predict(fit, g[new, used]))
  expect_lte(max(abs(as.matrix(got[-1]) - as.matrix(want[-1]))), 1e-6)
  expect_gt(sum(attr(flipped, "report")$outcome == "flipped_swapped"), 300)
})

test_that("a query on another build is refused, with the build of the reference", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  fit <- pca(g[1:700, ], num_comp = 3)
  v <- as.data.frame(variants(g))
  v$position_bp <- v$position_bp + 500000L + as.integer(1e5 * sin(v$position_bp / 1e7))
  lifted <- as_genotypes(as.matrix(g[701:710, ]), variants = v)
  error <- expect_error(predict(fit, lifted), class = "forebear_error_build_mismatch")
  expect_match(conditionMessage(error), "same genome build")
  expect_match(conditionMessage(error), "The reference fits hg18")
})

test_that("samples of a continent that was left out are flagged, new ones of the others are not", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  labels <- labels_of_hapmap3()
  population <- labels$population[match(samples(g)$sample_id, labels$sample_id)]
  left_out <- list(c("CHB", "CHD", "JPT"), c("ASW", "LWK", "MKK", "YRI"), "GIH")
  for (out in left_out) {
    inside <- which(!population %in% out)
    held_out <- inside[c(TRUE, FALSE, FALSE, FALSE)]
    fit <- pca(g[setdiff(inside, held_out), ], num_comp = 10)
    outlier <- function(rows) suppressMessages(predict(fit, g[rows, ]))$.outlier
    expect_gt(mean(outlier(which(population %in% out)) > 0.95), 0.9)
    inside_outlier <- outlier(held_out)
    expect_lt(mean(inside_outlier > 0.95), 0.12)
    expect_lt(abs(mean(inside_outlier) - 0.5), 0.1)
  }
})

# Classifies a population that the classifier has not been shown.
classify_unknown <- function(unknown) {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  labels <- labels_of_hapmap3()
  population <- labels$population[match(samples(g)$sample_id, labels$sample_id)]
  known <- population != unknown
  fit <- classify(g[known, ], labels[labels$population != unknown, ], label_column = "population")
  list(fit = fit, new = g[!known, ])
}

test_that("a population that was not learned is not called with confidence", {
  for (unknown in c("GIH", "MEX", "MKK", "ASW", "LWK")) {
    parts <- classify_unknown(unknown)
    got <- suppressMessages(predict(parts$fit, parts$new, strand = "same"))
    expect_lt(median(got$.typicality), 0.05)
    called <- suppressMessages(predict(parts$fit, parts$new, strand = "same", threshold = 0.9,
      limits = call_limits(min_typicality = 0.05)))
    expect_lte(mean(!is.na(called$.pred_class)), 0.03)
  }
})

test_that("close relatives of known populations stand out at least as a group", {
  least <- c(TSI = 0.6, JPT = 0.45, YRI = 0.4, CEU = 0.3)
  for (unknown in names(least)) {
    parts <- classify_unknown(unknown)
    got <- suppressMessages(predict(parts$fit, parts$new, strand = "same"))
    expect_gt(mean(got$.typicality < 0.05), least[[unknown]])
    group <- suppressMessages(predict(parts$fit, parts$new, strand = "same", type = "group"))
    expect_lt(group$.typicality, 0.2)
  }
  # Chinese of Beijing and of Denver: one population under two names.
  parts <- classify_unknown("CHB")
  group <- suppressMessages(predict(parts$fit, parts$new, strand = "same", type = "group"))
  expect_identical(group$.pred_class, "CHD")
  expect_gt(group$.typicality, 0.35)
})

test_that("typicality of new samples of known populations is spread evenly", {
  g <- read_bed(shared_path("data", "hapmap3_957", "hapmap3.bed"))
  labels <- labels_of_hapmap3()
  population <- labels$population[match(samples(g)$sample_id, labels$sample_id)]
  fold <- stats::ave(seq_along(population), population, FUN = seq_along) %% 5
  got <- lapply(0:4, function(part) {
    fit <- classify(g[fold != part, ], population[fold != part], method = "svm")
    suppressMessages(predict(fit, g[fold == part, ], strand = "same"))$.typicality
  })
  got <- unlist(got)
  expect_gt(median(got), 0.4)
  expect_lt(median(got), 0.6)
  expect_lt(mean(got < 0.05), 0.06)
})
