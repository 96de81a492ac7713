# Runs the R tests of the installed package: Rscript run-tests.R [FILTER [PART PARTS]]. The last
# line is `R: N passed, N failed, N skipped`. Of several parts each has other files, long and short
# ones.

library(testthat)
library(forebear)

argument <- commandArgs(TRUE)
filter <- if (length(argument) > 0 && nzchar(argument[1])) argument[1]
if (length(argument) == 3) {
  of_parts <- as.integer(argument[2:3])
  files <- list.files("tests/testthat", "^test-.*[.]R$", full.names = TRUE)
  files <- files[order(-file.size(files), files)]
  own <- files[(seq_along(files) - 1) %% of_parts[2] + 1 == of_parts[1]]
  filter <- sprintf("^(%s)$", paste(sub("^test-(.*)[.]R$", "\\1", basename(own)), collapse = "|"))
}
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
slowest <- utils::head(seconds, 12)
cat(sprintf("%6.1f s  %s\n", slowest, names(slowest)), sep = "")
n_failed <- sum(table$failed) + sum(table$error)
n_warned <- sum(table$warning)
if (n_warned > 0) cat(n_warned, "warnings, which count as failures\n")
cat(sprintf("R: %d passed, %d failed, %d skipped\n", sum(table$passed), n_failed + n_warned,
  sum(table$skipped)))
quit(status = n_failed + n_warned > 0)
