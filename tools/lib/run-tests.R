# Runs the R tests of the installed package: Rscript run-tests.R [FILTER]. The last line is
# `R: N passed, N failed, N skipped`.

library(testthat)
library(forebear)

filter <- commandArgs(TRUE)
filter <- if (length(filter) == 1 && nzchar(filter)) filter
results <- test_dir(
  "tests/testthat", filter = filter, package = "forebear", load_package = "installed",
  reporter = "summary", stop_on_failure = FALSE
)
table <- as.data.frame(results)
for (reason in unique(unlist(lapply(results, function(result) {
  lapply(Filter(function(x) inherits(x, "expectation_skip"), result$results), conditionMessage)
})))) {
  cat("skipped:", reason, "\n")
}
# Where the processor time goes.
seconds <- sort(tapply(table$user + table$system, table$file, sum), decreasing = TRUE)
slowest <- utils::head(seconds, 20)
cat(sprintf("%6.1f s  %s\n", slowest, names(slowest)), sep = "")
n_failed <- sum(table$failed) + sum(table$error)
n_warned <- sum(table$warning)
if (n_warned > 0) cat(n_warned, "warnings, which count as failures\n")
cat(sprintf("R: %d passed, %d failed, %d skipped\n", sum(table$passed), n_failed + n_warned,
  sum(table$skipped)))
quit(status = n_failed + n_warned > 0)
