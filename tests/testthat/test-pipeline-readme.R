# README.md is read here, not run: dev/run_readme.R runs it whole, which takes a minute.

# The R code of README.md, one call of parse() for each block.
readme_blocks <- function() {
  path <- file.path("..", "..", "README.md")
  skip_if_not(file.exists(path), "no README.md beside the tests")
  lines <- readLines(path)
  fences <- grep("^```", lines)
  opens <- fences[c(TRUE, FALSE)]
  code <- Map(function(from, to) lines[seq(from + 1, length.out = to - from - 1)], opens,
    fences[c(FALSE, TRUE)])
  lapply(code[lines[opens] == "```r"], function(block) parse(text = block, keep.source = FALSE))
}

# All calls within an expression, itself included.
calls_within <- function(x) {
  if (!is.call(x)) {
    return(list())
  }
  c(list(x), unlist(lapply(as.list(x)[-1], calls_within), recursive = FALSE))
}

# Names that an expression looks up: in `a$b` and `f(b = a)` that is `a` alone.
names_used <- function(x) {
  if (is.name(x)) {
    return(as.character(x))
  }
  if (!is.call(x)) {
    return(character())
  }
  parts <- if (identical(x[[1]], quote(`$`))) list(x[[2]]) else as.list(x)[-1]
  setdiff(unlist(lapply(parts, names_used)), "")
}

# Named arguments that neither the function nor one of its methods has.
unknown_arguments <- function(call) {
  name <- as.character(call[[1]])[1]
  given <- setdiff(names(call)[-1], "")
  exports <- getNamespaceExports("forebear")
  if (length(given) == 0 || !name %in% c(exports, "predict")) {
    return(character())
  }
  methods <- grep(paste0("^", name, "[.]"), ls(asNamespace("forebear"), all.names = TRUE),
    value = TRUE)
  known <- unlist(lapply(c(if (name %in% exports) name, methods), function(each) {
    names(formals(get(each, envir = asNamespace("forebear"))))
  }))
  sprintf("%s(%s)", name, setdiff(given, known))
}

test_that("each line of README.md uses what is made before it", {
  made <- character()
  for (expression in do.call(c, readme_blocks())) {
    assigns <- identical(expression[[1]], quote(`<-`))
    used <- names_used(if (assigns) expression[[3]] else expression)
    expect_identical(setdiff(used, c(made, "forebear")), character(), label = deparse1(expression))
    if (assigns) made <- c(made, as.character(expression[[2]]))
  }
  expect_true(all(c("clean", "ancestry", "calls", "cohort") %in% made))
})

test_that("the functions and arguments of README.md are there", {
  calls <- unlist(lapply(do.call(c, readme_blocks()), calls_within), recursive = FALSE)
  heads <- unique(vapply(calls, function(call) as.character(call[[1]])[1], ""))
  expect_true(all(vapply(heads, exists, NA, envir = asNamespace("forebear"))))
  expect_identical(unlist(lapply(calls, unknown_arguments)), character())
})

test_that("files that README.md links to are there", {
  path <- file.path("..", "..", "README.md")
  skip_if_not(file.exists(path), "no README.md beside the tests")
  text <- paste(readLines(path), collapse = "\n")
  links <- regmatches(text, gregexpr("(?<=\\]\\()[^)#]+", text, perl = TRUE))[[1]]
  files <- grep("^https?:", links, invert = TRUE, value = TRUE)
  expect_gt(length(files), 8)
  expect_identical(files[!file.exists(file.path("..", "..", files))], character())
})
