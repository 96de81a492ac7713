at_start <- function() {
  start_of_file(function(problem) abort_forebear("model_file", problem, NULL))
}

refusal_of <- function(rule, x, at = at_start()) {
  conditionMessage(expect_error(rule(x, at), class = "forebear_error_model_file"))
}

test_that("the first field that has a size sets it", {
  rule <- record(a = doubles("n"), b = integers(c("n", "k")), c = doubles("k"))
  values <- list(c = c(1, 2), b = matrix(1:6, 3), a = c(0, 0, 0))
  expect_identical(rule(values, at_start()), values)
  values$c <- 1
  expect_identical(refusal_of(rule, values), paste("Field `c` must be 2 numbers;",
    "it is 1, of type double."))
  expect_match(refusal_of(rule, list(a = numeric(), b = matrix(1:6, 3), c = 1)), "`a` .* empty")
})

test_that("sizes of its own are not seen outside, shared ones are", {
  inner <- own_sizes(record(x = doubles("n"), y = doubles("k")), "k")
  rule <- record(a = doubles("n"), b = inner, c = doubles("k"))
  expect_no_error(rule(list(a = 1, b = list(x = c(1, 2), y = c(1, 2, 3)), c = c(1, 2, 3)),
    at_start()))
  expect_match(refusal_of(rule, list(a = 1, b = list(x = 1, y = 1), c = c(1, 2))), "Field `c`")
})

test_that("numbers out of range are reported, at any length and type", {
  expect_match(refusal_of(doubles("n"), c(1, NaN)), "1 is missing")
  expect_match(refusal_of(doubles("n"), c(1, Inf)), "the largest is Inf")
  expect_match(refusal_of(doubles("n", 0, 1), c(0.5, -0.1)), "the smallest is -0.1")
  expect_match(refusal_of(doubles("n", rises = TRUE), c(2, 1)), "they do not rise")
  expect_match(refusal_of(doubles("n"), 1:2), "it is a vector of 2 of type integer")
  expect_match(refusal_of(doubles("n", 0, 1, na = TRUE), c(NA, 2)), "the largest is 2")
  expect_identical(doubles("n", na = TRUE)(c(NA, NaN), at_start()), c(NA, NaN))
  at <- at_start()
  integers("n")(1:3, at)
  expect_match(refusal_of(integers(2, 1L, "n"), c(1L, 4L), at), "the number of n; the largest is 4")
  expect_match(refusal_of(flags(), NA), "one is missing")
  expect_match(refusal_of(texts(choices = c("a", "b")), "c"), "there is \"c\"")
  expect_match(refusal_of(texts("n", unique = TRUE), c("a", "a")), "\"a\" is there twice")
})

test_that("names are those that a rule wants", {
  rule <- record(id = texts("n", known_as = "id"), x = doubles("n", labels = list("id")),
    y = doubles(c("n", "k"), labels = list("id", numbered("PC"))),
    z = doubles(c("n", 2)))
  x <- c(a = 1, b = 2)
  y <- matrix(0, 2, 3, dimnames = list(c("a", "b"), c("PC1", "PC2", "PC3")))
  values <- list(id = c("a", "b"), x = x, y = y, z = diag(2))
  expect_identical(rule(values, at_start()), values)
  change <- function(field, value) refusal_of(rule, replace(values, field, list(value)))
  expect_match(change("x", unname(x)), "Field `x` must be named")
  expect_match(change("x", rev(x)), "named \"b\", \"a\"")
  expect_match(change("y", `colnames<-`(y, letters[1:3])), "Field `y` must be named")
  expect_match(change("y", unname(y)), "without names")
  expect_match(change("z", `rownames<-`(diag(2), c("a", "b"))), "Field `z` must be without names")
})

test_that("lists have their fields, each once", {
  rule <- record(a = flags(), b = or_null(flags()), c = or_absent(flags()), class = "thing")
  expect_identical(rule(list(a = TRUE, b = NULL), at_start()),
    structure(list(a = TRUE, b = NULL), class = "thing"))
  expect_match(refusal_of(rule, list(a = TRUE)), "lacks the field `b`")
  expect_match(refusal_of(rule, list(a = TRUE, b = NULL, d = 1)), "must not have the field `d`")
  expect_match(refusal_of(rule, list(a = TRUE, b = NULL, a = 1)), "has twice the field `a`")
  expect_match(refusal_of(rule, list(TRUE, NULL)), "must be a list of a, b, c")
  expect_match(refusal_of(rule, list(a = TRUE, b = NULL, c = NULL)), "Field `c`")
  several <- list_of(flags(), "n", labels = TRUE)
  expect_identical(several(list(x = TRUE, y = FALSE), at_start()), list(x = TRUE, y = FALSE))
  expect_match(refusal_of(several, list(x = TRUE, x = TRUE)), "named entries")
  expect_match(refusal_of(several, list(x = TRUE, y = 1)), "Field `y`")
})

test_that("tables and factors come back with their classes", {
  table <- tibble::tibble(a = 1:2, b = c("x", NA))
  rule <- table_of("n", a = integers("n"), b = texts("n", na = TRUE))
  expect_identical(rule(plain_value(table), at_start()), table)
  label <- factor(c("u", NA, "v"), c("v", "u"))
  rule <- factor_of("n", "k", na = TRUE)
  expect_identical(rule(plain_value(label), at_start()), label)
  expect_match(refusal_of(rule, list(levels = c("v", "u"), code = c(1L, 3L))), "largest is 3")
})

test_that("a value without classes has nothing but lists, vectors, names and shapes", {
  x <- structure(list(a = structure(1, note = "n", class = "thing"), b = NULL,
    c = matrix(1:2, 1, dimnames = list("r", NULL))), class = "big", more = 1)
  expect_identical(plain_value(x),
    list(a = 1, b = NULL, c = matrix(1:2, 1, dimnames = list("r", NULL))))
})

test_that("values of every type and shape survive a file, bit by bit", {
  path <- withr::local_tempfile()
  values <- list(double = c(NA, NaN, -Inf, -0, 0.1), integer = c(NA, -1L, 3L),
    logical = c(TRUE, FALSE, NA), text = c("", NA, "NA", "\u00e9\u4e2d"), raw = as.raw(0:255),
    null = NULL, none = list(), empty = character(), named = c(a = 1, b = 2),
    matrix = matrix(1:6, 2, dimnames = list(row = c("a", "b"), NULL)), array = array(0, c(2, 1, 3)),
    deep = list(list(list(1), "x"), nothing = NULL))
  write_model_values(values, "any", path)
  again <- answer(rust_read_model(path))$values
  expect_identical(again, values)
  expect_true(identical(again, values, num.eq = FALSE, single.NA = FALSE))
})
