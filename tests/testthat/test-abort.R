test_that("a message is shown as it stands, braces and percent signs and all", {
  f <- function() abort_forebear("test", c("A {rule} of 100%s.", x = "Found {x} %n.", i = "Do."))
  error <- expect_error(f(), class = "forebear_error_test")
  expect_s3_class(error, "forebear_error")
  expect_match(conditionMessage(error), "A {rule} of 100%s.", fixed = TRUE)
  expect_match(conditionMessage(error), "Found {x} %n.", fixed = TRUE)
  expect_identical(conditionCall(error), quote(f()))
})

test_that("a panic in Rust becomes an R error and R lives on", {
  for (threads in 1:2) {
    error <- expect_error(answer(rust_panic("100%s %n", threads)),
      class = "forebear_error_internal")
    expect_match(conditionMessage(error), "100%s %n", fixed = TRUE)
  }
})

test_that("bullets of Rust keep their marks", {
  expect_identical(bullets("Rule.\nx found\ni do\nplain"),
    c("Rule.", x = "found", i = "do", "plain") |> `names<-`(c("", "x", "i", "")))
})
