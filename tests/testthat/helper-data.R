# Path inside the folder of real data beside the checkout; skips where it is absent.
shared_path <- function(...) {
  roots <- c(Sys.getenv("FOREBEAR_SHARED"), file.path("..", "..", "..", "shared"))
  root <- Filter(function(root) nzchar(root) && dir.exists(root), roots)[1]
  path <- file.path(root, ...)
  skip_if(is.na(root) || !file.exists(path), paste("no shared data:", file.path(...)))
  path
}

# Path of numbers of other programs; golden/README.md says of which. They are committed: a test that
# lacks them fails.
golden_path <- function(...) testthat::test_path("golden", ...)

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

# Runs code in a fresh process and sends it Ctrl-C a second after `work` has begun, by its own
# clock: how long R takes to start does not matter. Returns whether the work stopped and R went on,
# and how many seconds after the signal it did; the work must take much longer than that if not
# stopped.
interrupted_r <- function(work, setup = character()) {
  sent <- withr::local_tempfile()
  signal <- sprintf("(sleep 1; date +%%%%s > %s; kill -INT %%d) &", shQuote(sent))
  printed <- in_fresh_r(prefix = c("timeout", "300"), code = c(setup,
    "outcome <- tryCatch({",
    sprintf("system(sprintf(%s, Sys.getpid()))", deparse1(signal)),
    work,
    "'ran on'}, interrupt = function(condition) 'stopped')",
    "cat(outcome, as.numeric(Sys.time()))"))
  printed <- strsplit(paste(printed, collapse = ""), " ")[[1]]
  list(outcome = printed[1], seconds = as.numeric(printed[2]) - as.numeric(readLines(sent)))
}

# Prints the class and message of the condition that each expression raises, for
# snapshots that read the same under every version of testthat.
conditions_of <- function(...) {
  for (expression in rlang::enexprs(...)) {
    frame <- parent.frame()
    condition <- tryCatch({
      suppressMessages(eval(expression, frame), classes = "forebear_message_deprecated")
      NULL
    }, condition = identity)
    cat("> ", rlang::expr_deparse(expression)[1], "\n", sep = "")
    cat("<", class(condition)[1], ">\n", conditionMessage(condition), "\n\n", sep = "")
  }
}

# Writes a VCF of the given records (columns separated by spaces) and returns its path.
local_vcf <- function(records, samples = c("ann", "bob"), header = "##fileformat=VCFv4.2",
                      name = "set.vcf", end = "\n", env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  path <- file.path(folder, name)
  columns <- c("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO",
    if (length(samples) > 0) "FORMAT", samples)
  lines <- c(header, paste(columns, collapse = "\t"), gsub(" ", "\t", records, fixed = TRUE))
  connection <- file(path, "wb")
  writeBin(charToRaw(paste0(lines, end, collapse = "")), connection)
  close(connection)
  path
}

# A record at a position of chromosome 1, with what follows FORMAT.
vcf_record <- function(position, calls, ref = "A", alt = "C", format = "GT", chrom = "1") {
  sprintf("%s %d . %s %s . . . %s %s", chrom, as.integer(position), ref, alt, format, calls)
}

# Alleles of `n_samples` samples; every fourth has no second haplotype at the last variants.
random_alleles <- function(n_samples, n_variants, n_haploid = 0, seed = 1) {
  withr::with_seed(seed, {
    alleles <- matrix(stats::rbinom(2 * n_samples * n_variants, 1, 0.3), 2 * n_samples)
    dimnames(alleles) <- list(
      paste0("s", rep(seq_len(n_samples), each = 2), c("_1", "_2")),
      paste0("v", seq_len(n_variants))
    )
    haploid <- seq(2, 2 * n_samples, by = 8)
    alleles[haploid, seq(n_variants, by = -1, length.out = n_haploid)] <- NA
    alleles
  })
}

# The command of a program that some tests compare with; skips where it is absent.
peer <- function(name) {
  path <- Sys.which(name)
  skip_if(path == "", paste(name, "is not installed"))
  path
}

# Scores of six samples in two dimensions that are not on a line.
small_counts_scores <- function() {
  scores <- rbind(c(0, 0), c(4, 0), c(0, 3), c(1, 1), c(2, 0.5), c(0.5, 2))
  rownames(scores) <- paste0("s", 1:6)
  scores
}

# Scores [n x (k - 1)] of random mixtures of k corners; the first k samples are pure.
mixtures_of <- function(n, k, noise = 0.02, seed = 1) {
  withr::with_seed(seed, {
    corners <- matrix(stats::rnorm(k * (k - 1)), k)
    q <- matrix(stats::rexp(n * k), n)
    q <- q / rowSums(q)
    q[seq_len(k), ] <- diag(k)
    scores <- q %*% corners + noise * stats::rnorm(n * (k - 1))
    rownames(scores) <- paste0("s", seq_len(n))
    scores
  })
}

# R has no names of files beyond the locale's letters.
skip_without_utf8 <- function() {
  testthat::skip_if_not(l10n_info()[["UTF-8"]], "the locale has no UTF-8")
}

# That of testthat 3.1.6 never fails.
expect_no_message <- function(object, class = "message") {
  said <- NULL
  value <- withCallingHandlers(object, message = function(message) {
    if (is.null(said) && inherits(message, class)) said <<- message
  })
  testthat::expect(is.null(said), if (!is.null(said)) {
    sprintf("There is a message of class %s: %s", class(said)[1], conditionMessage(said))
  })
  invisible(value)
}
