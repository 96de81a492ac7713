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
