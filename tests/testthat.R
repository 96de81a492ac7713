library(testthat)
library(forebear)

test_check("forebear")
