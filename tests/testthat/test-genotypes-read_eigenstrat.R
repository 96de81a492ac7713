# Text and packed files of the same genotypes, written from the description of the formats.
local_eigenstrat <- function(counts, layout = "text", env = parent.frame()) {
  prefix <- file.path(withr::local_tempdir(.local_envir = env), "set")
  n <- dim(counts)
  writeLines(sprintf("  rs%d  %s  %.6f  %d  A  G", seq_len(n[2]), c("1", "23", "90")[1], 0.001 *
    seq_len(n[2]), 100L * seq_len(n[2])), paste0(prefix, ".snp"))
  writeLines(sprintf("   i%d %s   %s", seq_len(n[1]), c("M", "F", "U")[1 + seq_len(n[1]) %% 3],
    c("Han", "Yoruba")[1 + seq_len(n[1]) %% 2]), paste0(prefix, ".ind"))
  # Copies of the first allele, A, which is `ref`.
  value <- ifelse(is.na(counts), 3L, 2L - counts)
  if (layout == "text") {
    digits <- matrix(c("0", "1", "2", "9")[value + 1], n[1])
    writeLines(apply(digits, 2, paste, collapse = ""), paste0(prefix, ".geno"))
    return(prefix)
  }
  pack <- function(values) {
    values <- c(values, rep(0L, -length(values) %% 4))
    four <- matrix(values, 4)
    as.raw(four[1, ] * 64L + four[2, ] * 16L + four[3, ] * 4L + four[4, ])
  }
  pad <- function(bytes, to) c(bytes, raw(max(0, to - length(bytes))))
  name <- if (layout == "packed") "GENO" else "TGENO"
  head <- charToRaw(sprintf("%s %7d %7d %x %x", name, n[1], n[2], 1L, 2L))
  bytes <- if (layout == "packed") {
    stride <- max(48, ceiling(n[1] / 4))
    c(pad(head, stride), unlist(lapply(seq_len(n[2]), function(j) pad(pack(value[, j]), stride))))
  } else {
    c(pad(head, 48), unlist(lapply(seq_len(n[1]), function(i) pack(value[i, ]))))
  }
  writeBin(bytes, paste0(prefix, ".geno"))
  prefix
}

test_that("text and packed files have the same genotypes", {
  for (n in list(c(5, 7), c(230, 61), c(1, 1))) {
    counts <- random_counts(n[1], n[2], missing = 0.1)
    for (layout in c("text", "packed", "transposed")) {
      g <- suppressMessages(read_eigenstrat(local_eigenstrat(counts, layout)))
      expect_identical(unname(as.matrix(g)), unname(counts), info = layout)
      expect_identical(variants(g)$ref[1], "A")
      expect_identical(variants(g)$alt[1], "G")
      expect_equal(variants(g)$position_cm, 0.1 * seq_len(n[2]))
    }
  }
  expect_identical(samples(g)$sample_id, "i1")
  expect_identical(samples(g)$population, "Yoruba")
  expect_identical(samples(g)$sex, "female")
})

test_that("samples called with one allele are reported", {
  counts <- random_counts(20, 300, missing = 0)
  counts[3, ] <- 2L * (counts[3, ] > 0)
  counts[7, ] <- 2L * (counts[7, ] > 1)
  expect_message(g <- read_eigenstrat(local_eigenstrat(counts)), "2 are of 20|2 are")
  expect_identical(which(samples(g)$pseudo_haploid), c(3L, 7L))
  few <- random_counts(20, 50, missing = 0)
  few[3, ] <- 0L
  expect_no_message(read_eigenstrat(local_eigenstrat(few)),
    class = "forebear_message_pseudo_haploid")
})

test_that("genotypes enter models and files as those of a .bed do", {
  counts <- random_counts(40, 200)
  g <- suppressMessages(read_eigenstrat(local_eigenstrat(counts, "packed")))
  path <- write_bed(g, withr::local_tempfile())
  bed <- read_bed(path)
  expect_identical(as.matrix(bed), as.matrix(g))
  expect_equal(pca(g, 3)$scores, pca(bed, 3)$scores)
  expect_identical(variant_stats(g), variant_stats(bed))
})

test_that("other names of the files are found", {
  prefix <- local_eigenstrat(random_counts(5, 7))
  file.rename(paste0(prefix, ".snp"), paste0(prefix, ".pruned.snp"))
  expect_error(read_eigenstrat(prefix), "snp", class = "forebear_error_file")
  g <- read_eigenstrat(paste0(prefix, ".geno"), snp = paste0(prefix, ".pruned.snp"))
  expect_identical(dim(g), c(5L, 7L))
})

test_that("damaged files are refused with the line and what to do", {
  counts <- random_counts(6, 9, missing = 0)
  prefix <- local_eigenstrat(counts)
  lines <- readLines(paste0(prefix, ".geno"))
  # Error messages name a temporary folder.
  message_of <- function(lines) {
    writeLines(lines, paste0(prefix, ".geno"))
    error <- expect_error(as.matrix(read_eigenstrat(prefix)), class = "forebear_error")
    gsub(paste0(prefix, ".geno"), "x.geno", conditionMessage(error), fixed = TRUE)
  }
  bad <- lines
  substr(bad[4], 2, 2) <- "5"
  expect_snapshot({
    cat(message_of(bad))
    cat(message_of(lines[-1]))
    cat(message_of(c(lines[-1], "01")))
    cat(message_of(substr(lines, 1, 5)))
    cat(message_of("geno"))
  })
})

test_that("what a file says besides can be set, as it is or changed", {
  g <- suppressMessages(read_eigenstrat(local_eigenstrat(random_counts(6, 9))))
  same <- g
  samples(same) <- samples(same)
  expect_identical(same, g)
  table <- samples(g)[6:1, ]
  table$population <- factor(paste0("p", 6:1))
  suppressMessages(samples(same) <- table)
  expect_identical(samples(same)$population, paste0("p", 1:6))
  expect_identical(samples(same)$sex, samples(g)$sex)
  expect_error(samples(same) <- transform(samples(g), pseudo_haploid = "x"), "must stay",
    class = "forebear_error_argument")
  other <- as_genotypes(random_counts(3, 9), samples = data.frame(sample_id = paste0("o", 1:3)),
    variants = as.data.frame(variants(g)))
  both <- suppressMessages(rbind(g, other, strand = "same"))
  again <- both
  samples(again) <- samples(both)
  expect_identical(samples(again), samples(both))
})
