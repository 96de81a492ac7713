# Random data with everything that quality control has rules for, and PLINK's answers on them.

skip_without <- function(program) {
  skip_if(Sys.which(program) == "", paste(program, "is not installed"))
}

# Genotypes [n_samples x n_variants] written as a PLINK set: chromosomes 0, 1, 2, X, Y, XY and MT,
# neighbors in disequilibrium, duplicates and ties, variants that do not vary or that no sample has,
# missing genotypes, unknown sexes, non-founders, and impossible calls of males. Returns the prefix.
local_random_set <- function(seed, n_samples = 60, per_chromosome = 60, missing = 0.02,
                             env = parent.frame()) {
  prefix <- file.path(withr::local_tempdir(.local_envir = env), "random")
  withr::with_seed(seed, {
    sex <- sample(c("male", "female", NA), n_samples, TRUE, c(0.45, 0.45, 0.1))
    id <- paste0("i", seq_len(n_samples))
    parent <- seq_len(n_samples) %% 7 == 6
    chrom <- rep(c("0", "1", "2", "X", "Y", "XY", "MT"), c(6, rep(per_chromosome, 6)))
    counts <- matrix(0, n_samples, length(chrom))
    for (j in seq_along(chrom)) {
      p <- sample(c(0, 0.5, stats::runif(8, 0, 0.5)), 1)
      own <- stats::rbinom(n_samples, 2, p)
      linked <- j > 1 && chrom[j] == chrom[j - 1] && stats::runif(1) < 0.6
      if (linked) {
        same <- stats::runif(n_samples) < sample(c(0.5, 0.9, 1), 1)
        own[same] <- counts[same, j - 1]
        if (stats::runif(1) < 0.3) own <- 2 - own
      }
      counts[, j] <- own
    }
    one_copy <- outer(sex %in% "male", chrom %in% c("X", "Y")) == 1
    one_copy <- one_copy | rep(chrom == "MT", each = n_samples)
    wrong <- one_copy & counts == 1 & stats::runif(length(counts)) < 0.9
    counts[wrong] <- 2 * stats::rbinom(sum(wrong), 1, 0.5)
    counts[stats::runif(length(counts)) < missing] <- NA
    counts[, sample(length(chrom), 3)] <- NA
    sparse <- sample(length(chrom), length(chrom) %/% 5)
    counts[, sparse][stats::runif(n_samples * length(sparse)) < 0.2] <- NA
    position <- stats::ave(sample(1:40, length(chrom), TRUE), chrom, FUN = cumsum) * 100L
  })
  samples <- data.frame(sample_id = id, family_id = "f", sex = sex,
    father_id = ifelse(parent, id[1], NA), mother_id = ifelse(seq_len(n_samples) %% 11 == 10,
      "absent", NA))
  variants <- data.frame(variant_id = paste0("v", seq_along(chrom)), chrom = chrom,
    position_bp = position, ref = "G", alt = "A")
  write_bed(as_genotypes(unname(counts), samples = samples, variants = variants), prefix)
  prefix
}

# PLINK takes any recorded parent to make a non-founder; with this, those in the data alone.
known_parents <- "--make-founders require-2-missing"

# Runs PLINK on a set and returns the prefix of what it wrote.
plink <- function(program, prefix, ...) {
  out <- paste0(prefix, "_out")
  unlink(Sys.glob(paste0(out, ".*")))
  arguments <- c("--bfile", shQuote(prefix), ..., "--out", shQuote(out))
  suppressWarnings(system2(program, arguments, stdout = FALSE, stderr = FALSE))
  out
}

# The IDs of variants or samples that stay.
kept_variants <- function(g) variants(g)$variant_id

plink_table <- function(path) {
  utils::read.table(path, header = TRUE, comment.char = "", check.names = FALSE,
    colClasses = "character")
}
