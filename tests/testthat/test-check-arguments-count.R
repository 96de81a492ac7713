# Exported functions and registered methods of the package, named.
own_functions <- function() {
  namespace <- asNamespace("forebear")
  exported <- mget(getNamespaceExports(namespace), envir = namespace, inherits = TRUE)
  registered <- getNamespaceInfo(namespace, "S3methods")[, 3]
  methods <- mget(intersect(registered, ls(namespace)), envir = namespace)
  Filter(function(fun) {
    is.function(fun) && identical(environment(fun), namespace)
  }, c(exported, methods))
}

test_that("no function that a user sees has more than ten arguments", {
  n <- vapply(own_functions(), function(fun) length(setdiff(names(formals(fun)), "...")), 1L)
  expect_gt(length(n), 200)
  expect_identical(names(n)[n > 10], character())
})
