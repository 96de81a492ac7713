# Path inside the folder of real data beside the checkout; skips where it is absent.
shared_path <- function(...) {
  roots <- c(Sys.getenv("FOREBEAR_SHARED"), file.path("..", "..", "..", "shared"))
  root <- Filter(function(root) nzchar(root) && dir.exists(root), roots)[1]
  path <- file.path(root, ...)
  skip_if(is.na(root) || !file.exists(path), paste("no shared data:", file.path(...)))
  path
}

# A small matrix of genotypes with two missing entries.
small_counts <- function() {
  counts <- rbind(ann = c(0, 1, 2, NA, 1), bob = c(2, 2, 0, 1, 0), cat = c(1, NA, 0, 0, 2))
  colnames(counts) <- paste0("v", 1:5)
  counts
}

# Random genotypes of two populations: samples x variants, some missing.
random_counts <- function(n_samples, n_variants, missing = 0.02, seed = 1) {
  withr::with_seed(seed, {
    base <- stats::runif(n_variants, 0.1, 0.9)
    shift <- stats::rnorm(n_variants, 0, 0.15)
    second <- rep(0:1, length.out = n_samples)
    p <- pmin(pmax(outer(second, shift) + rep(base, each = n_samples), 0.02), 0.98)
    counts <- matrix(stats::rbinom(length(p), 2, p), n_samples)
    counts[stats::runif(length(counts)) < missing] <- NA
    dimnames(counts) <- list(paste0("s", seq_len(n_samples)), paste0("v", seq_len(n_variants)))
    counts
  })
}

# Writes text files of a PLINK set into a fresh folder and returns the prefix.
local_fileset <- function(bim, fam, bed, name = "set", env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  prefix <- file.path(folder, name)
  writeBin(charToRaw(bim), paste0(prefix, ".bim"))
  writeBin(charToRaw(fam), paste0(prefix, ".fam"))
  writeBin(as.raw(bed), paste0(prefix, ".bed"))
  prefix
}

# Runs R code in a fresh process that uses the same library; returns what it printed.
in_fresh_r <- function(code, prefix = character()) {
  file <- withr::local_tempfile(fileext = ".R")
  writeLines(c(sprintf(".libPaths(%s)", deparse1(.libPaths())), "library(forebear)", code), file)
  command <- c(prefix, file.path(R.home("bin"), "Rscript"), "--vanilla", shQuote(file))
  suppressWarnings(system(paste(command, collapse = " "), intern = TRUE, ignore.stderr = TRUE))
}

# Prints the class and message of the condition that each expression raises, for
# snapshots that read the same under every version of testthat.
conditions_of <- function(...) {
  for (expression in rlang::enexprs(...)) {
    frame <- parent.frame()
    condition <- tryCatch({
      eval(expression, frame)
      NULL
    }, condition = identity)
    cat("> ", rlang::expr_deparse(expression)[1], "\n", sep = "")
    cat("<", class(condition)[1], ">\n", conditionMessage(condition), "\n\n", sep = "")
  }
}
