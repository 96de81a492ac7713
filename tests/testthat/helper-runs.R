# A panel on several chromosomes, on which two populations have other frequencies, and what a run
# over it keeps.

several_chromosomes <- function(n_samples, n_chrom = 4, per_chrom = 40, seed = 1, prefix = "p") {
  n_variants <- n_chrom * per_chrom
  withr::with_seed(9, frequency <- matrix(stats::runif(2 * n_variants, 0.1, 0.9), 2))
  withr::with_seed(seed, {
    population <- rep(1:2, each = n_samples)
    alleles <- matrix(stats::rbinom(2 * n_samples * n_variants, 1, frequency[population, ]),
      2 * n_samples)
  })
  rownames(alleles) <- paste0(prefix, rep(seq_len(n_samples), each = 2), c("_1", "_2"))
  variants <- data.frame(chrom = rep(seq_len(n_chrom), each = per_chrom),
    position_bp = rep(seq_len(per_chrom) * 10000L, n_chrom),
    position_cm = rep(seq_len(per_chrom) / 100, n_chrom), ref = "A", alt = "C")
  as_haplotypes(alleles, variants = variants)
}

several_panel <- function(n_samples = 60, ...) {
  labels <- stats::setNames(rep(c("north", "south"), each = n_samples / 2),
    paste0("p", seq_len(n_samples)))
  reference_panel(several_chromosomes(n_samples, ...), labels)
}

# Names of the files of a folder that has been kept, without what a killed process left.
kept_files <- function(folder) grep("\\.forebear$", list.files(folder), value = TRUE)

# Runs R code in another process of this package; returns its process ID.
start_r <- function(code, env = parent.frame()) {
  file <- withr::local_tempfile(fileext = ".R", .local_envir = env)
  id <- withr::local_tempfile(.local_envir = env)
  writeLines(c(sprintf(".libPaths(%s)", deparse1(.libPaths())), "library(forebear)",
    sprintf("writeLines(as.character(Sys.getpid()), %s)", deparse1(id)), code), file)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(file)), wait = FALSE,
    stdout = FALSE, stderr = FALSE)
  wait_until(file.exists(id) && length(readLines(id)) == 1)
  as.integer(readLines(id))
}

# Waits for a condition, three minutes at most: computers may be slow.
wait_until <- function(condition) {
  condition <- rlang::enquo(condition)
  for (i in 1:18000) {
    if (rlang::eval_tidy(condition)) {
      return(invisible())
    }
    Sys.sleep(0.01)
  }
  testthat::fail("waited in vain")
}

bytes_of <- function(folder) {
  tools::md5sum(file.path(folder, sort(kept_files(folder)))) |> unname()
}
