# Hudson's estimate, written out.
plain_fst <- function(one, other, blocks) {
  of <- function(counts) {
    n <- 2 * colSums(!is.na(counts))
    p <- colMeans(counts, na.rm = TRUE) / 2
    list(p = p, noise = p * (1 - p) / (n - 1))
  }
  a <- of(one)
  b <- of(other)
  numerator <- (a$p - b$p)^2 - a$noise - b$noise
  denominator <- a$p * (1 - b$p) + b$p * (1 - a$p)
  m <- length(numerator)
  block <- findInterval(seq_len(m) - 1, floor(seq(0, blocks - 1) * m / blocks))
  left <- vapply(seq_len(blocks), function(own) {
    sum(numerator[block != own]) / sum(denominator[block != own])
  }, 0)
  c(sum(numerator) / sum(denominator), sqrt((blocks - 1) / blocks * sum((left - mean(left))^2)))
}

test_that("values and errors are those of the formula", {
  counts <- random_counts(30, 120, missing = 0.05)
  g <- as_genotypes(counts)
  labels <- rep(c("a", "b", "c"), each = 10)
  found <- fst(g, labels, blocks = 7)
  expect_identical(found$population_1, c("a", "a", "b"))
  expect_identical(found$population_2, c("b", "c", "c"))
  for (row in 1:3) {
    want <- plain_fst(counts[labels == found$population_1[row], ],
      counts[labels == found$population_2[row], ], 7)
    expect_equal(c(found$fst[row], found$std_error[row]), want)
  }
  some <- replace(labels, 1:4, NA)
  expect_equal(fst(g, some)$fst[1], plain_fst(counts[5:10, ], counts[11:20, ], 2)[1])
  expect_error(fst(g, rep("a", 30)), class = "forebear_error_too_few_populations")
})

test_that("values are those of PLINK 2", {
  skip_without("plink2")
  g <- read_bed(example_data("panel"))
  labels <- utils::read.delim(example_data("labels"))
  out <- file.path(withr::local_tempdir(), "fst")
  write_bed(g, out)
  table <- data.frame(FID = samples(g)$family_id, IID = samples(g)$sample_id,
    POP = labels[[2]][match(samples(g)$sample_id, labels[[1]])])
  utils::write.table(stats::setNames(table, c("#FID", "IID", "POP")), paste0(out, ".pop"),
    quote = FALSE, row.names = FALSE, sep = "\t")
  system2("plink2", c("--bfile", out, "--pheno", paste0(out, ".pop"), "--fst", "POP",
    "method=hudson", "--out", out), stdout = FALSE, stderr = FALSE)
  theirs <- utils::read.delim(paste0(out, ".fst.summary"), check.names = FALSE)
  found <- fst(g, labels)
  key <- function(one, other) paste(pmin(one, other), pmax(one, other))
  at <- match(key(found$population_1, found$population_2), key(theirs[[1]], theirs[[2]]))
  expect_false(anyNA(at))
  expect_equal(found$fst, theirs$HUDSON_FST[at], tolerance = 1e-5)
})

# Genotypes of samples with one allele: 0 or 2.
doubled_alleles <- function(n, m, seed = 1) {
  withr::with_seed(seed, {
    p <- stats::runif(m, 0.1, 0.9)
    matrix(2 * stats::rbinom(n * m, 1, rep(p, each = n)), n,
      dimnames = list(paste0("s", seq_len(n)), paste0("v", seq_len(m))))
  })
}

# Hudson's estimate from counted alleles and their numbers, [n_variants] each.
fst_of_alleles <- function(a, n, b, m) {
  p <- a / n
  q <- b / m
  sum((p - q)^2 - p * (1 - p) / (n - 1) - q * (1 - q) / (m - 1)) / sum(p * (1 - q) + q * (1 - p))
}

test_that("inbred lines of one population are no two, with one allele each", {
  counts <- doubled_alleles(20, 3000)
  labels <- rep(c("a", "b"), each = 10)
  g <- as_genotypes(counts)
  one <- fst(g, labels, ploidy = 1)
  expect_lt(abs(one$fst), 4 * one$std_error)
  want <- fst_of_alleles(colSums(counts[1:10, ]) / 2, 10, colSums(counts[11:20, ]) / 2, 10)
  expect_equal(one$fst, want)
  expect_snapshot(conditions_of(fst(g, labels)))
  expect_message(two <- fst(g, labels), class = "forebear_message_inbred")
  expect_gt(two$fst, 0.04)
  expect_identical(expect_no_message(fst(g, labels, ploidy = 2)), two)
  # Lines beside outbred samples.
  mixed <- rbind(counts[1:10, ], random_counts(10, 3000, missing = 0))
  rownames(mixed) <- rownames(counts)
  found <- expect_no_message(fst(as_genotypes(mixed), labels, ploidy = rep(1:2, each = 10)))
  want <- fst_of_alleles(colSums(mixed[1:10, ]) / 2, 10, colSums(mixed[11:20, ]), 20)
  expect_equal(found$fst, want)
  some <- replace(labels, 1:2, NA)
  named <- fst(as_genotypes(mixed), some, ploidy = stats::setNames(rep(1, 10), paste0("s", 1:10)))
  want <- fst_of_alleles(colSums(mixed[3:10, ]) / 2, 8, colSums(mixed[11:20, ]), 20)
  expect_equal(named$fst, want)
  mixed[3, 5] <- 1
  expect_warning(fst(as_genotypes(mixed), labels, ploidy = rep(1:2, each = 10)),
    class = "forebear_warning_heterozygous_haploid")
  expect_error(fst(g, labels, ploidy = 3), class = "forebear_error_argument")
})

# Genotypes of a chromosome of which males have one allele, coded as two.
with_males <- function(chrom, n = 40, m = 80) {
  counts <- withr::with_seed(4, {
    p <- stats::runif(m, 0.2, 0.8)
    q <- pmin(pmax(p + stats::runif(m, -0.25, 0.25), 0.05), 0.95)
    rbind(matrix(stats::rbinom(n / 2 * m, 2, rep(p, each = n / 2)), n / 2),
      matrix(stats::rbinom(n / 2 * m, 2, rep(q, each = n / 2)), n / 2))
  })
  male <- rep(c(TRUE, FALSE), length.out = n)
  counts[male, ] <- withr::with_seed(5, ifelse(counts[male, ] == 1,
    sample(c(0, 2), sum(male) * m, TRUE), counts[male, ]))
  dimnames(counts) <- list(paste0("s", seq_len(n)), paste0("v", seq_len(m)))
  g <- as_genotypes(counts, samples = data.frame(sample_id = rownames(counts),
    sex = ifelse(male, "male", "female")), variants = data.frame(variant_id = colnames(counts),
    chrom = chrom, position_bp = 5e6L + seq_len(m) * 1000L, ref = "A", alt = "C"))
  list(g = g, counts = counts, male = male, labels = rep(c("a", "b"), each = n / 2))
}

test_that("on X males count one allele, and their heterozygous genotypes none", {
  data <- with_males("X")
  alleles <- function(counts, own) {
    one <- data$male & own
    list(sum = colSums(counts[one, ], na.rm = TRUE) / 2 + colSums(counts[!data$male & own, ]),
      n = colSums(!is.na(counts[one, ])) + 2 * sum(!data$male & own))
  }
  want <- function(counts) {
    a <- alleles(counts, data$labels == "a")
    b <- alleles(counts, data$labels == "b")
    fst_of_alleles(a$sum, a$n, b$sum, b$n)
  }
  found <- fst(data$g, data$labels, sex_chromosomes = TRUE)
  expect_equal(found$fst, want(data$counts))
  wrong <- data$counts
  wrong[1, 1:3] <- 1
  error <- as_genotypes(wrong, samples = samples(data$g), variants = variants(data$g))
  expect_equal(fst(error, data$labels, sex_chromosomes = TRUE)$fst,
    want(replace(wrong, cbind(1, 1:3), NA)))
  # With a name of its own, X is what the user says.
  z <- with_males("Z")
  expect_equal(fst(z$g, z$labels, sex_chromosomes = "none")$fst,
    plain_fst(data$counts[1:20, ], data$counts[21:40, ], 2)[1])
  skip_without("plink2")
  out <- file.path(withr::local_tempdir(), "x")
  write_bed(data$g, out)
  table <- data.frame(samples(data$g)$family_id, samples(data$g)$sample_id, data$labels)
  utils::write.table(stats::setNames(table, c("#FID", "IID", "POP")), paste0(out, ".pop"),
    quote = FALSE, row.names = FALSE, sep = "\t")
  system2("plink2", c("--bfile", out, "--pheno", paste0(out, ".pop"), "--fst", "POP",
    "method=hudson", "--out", out), stdout = FALSE, stderr = FALSE)
  theirs <- utils::read.delim(paste0(out, ".x.fst.summary"), check.names = FALSE)
  expect_equal(found$fst, theirs$HUDSON_FST, tolerance = 1e-5)
})

test_that("on Y males alone have an allele, and everyone has one in mitochondria", {
  y <- with_males("Y")
  own <- function(label) y$counts[y$male & y$labels == label, ] / 2
  expect_equal(fst(y$g, y$labels, sex_chromosomes = TRUE)$fst,
    fst_of_alleles(colSums(own("a")), 10, colSums(own("b")), 10))
  counts <- doubled_alleles(20, 100)
  mt <- as_genotypes(counts, variants = data.frame(chrom = "MT", position_bp = 1:100))
  expect_equal(fst(mt, rep(c("a", "b"), each = 10), sex_chromosomes = TRUE)$fst,
    fst_of_alleles(colSums(counts[1:10, ]) / 2, 10, colSums(counts[11:20, ]) / 2, 10))
})
