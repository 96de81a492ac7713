library(testthat)
library(forebear)

# tools/test, which has run all of them elsewhere, repeats only some in R CMD check.
filter <- Sys.getenv("FOREBEAR_TEST_FILTER")
test_check("forebear", filter = if (nzchar(filter)) filter)
