# The folder of the sources; skips where only the package is installed.
source_path <- function(...) {
  path <- file.path("..", "..", ...)
  skip_if_not(file.exists(path), "the sources are not there")
  path
}

test_that("the version is the same wherever it is written", {
  version <- read.dcf(source_path("DESCRIPTION"), "Version")[[1]]
  first <- function(pattern, ...) {
    line <- grep(pattern, readLines(source_path(...)), value = TRUE)[1]
    sub(pattern, "\\1", line)
  }
  expect_equal(first("^# forebear (.*)$", "NEWS.md"), version)
  expect_equal(first("^version = \"(.*)\"$", "src", "rust", "Cargo.toml"), version)
  expect_equal(first("^version = \"(.*)\"$", "src", "rust", "core", "Cargo.toml"), version)
  expect_equal(first(".*forebear_([0-9.]+)[.]tar[.]gz.*", "README.md"), version)
  for (lock in list(c("src", "rust", "Cargo.lock"), c("bench", "kernels", "Cargo.lock"))) {
    lines <- readLines(do.call(source_path, as.list(lock)))
    at <- grep("^name = \"forebear(-core)?\"$", lines)
    expect_equal(unique(lines[at + 1]), sprintf("version = \"%s\"", version))
  }
})

test_that("the authors and licenses of every crate are listed", {
  lock <- readLines(source_path("src", "rust", "Cargo.lock"))
  at <- grep("^name = ", lock)
  quoted_text <- function(lines) sub("^[a-z]+ = \"(.*)\"$", "\\1", lines)
  of_others <- startsWith(lock[at + 2], "source = ")
  crates <- paste(quoted_text(lock[at]), quoted_text(lock[at + 1]))[of_others]
  authors <- grep("^[^ ]+ [^ ]+ [(].+[)]: .+", readLines(source_path("inst", "AUTHORS")),
    value = TRUE)
  expect_setequal(sub("^([^ ]+ [^ ]+) .*", "\\1", authors), crates)
})

test_that("the citation names the version and the papers", {
  path <- source_path("inst", "CITATION")
  entries <- utils::readCitationFile(path, list(Version = "1.2.3", Encoding = "UTF-8"))
  expect_match(entries[1]$note, "version 1.2.3", fixed = TRUE)
  expect_setequal(unlist(entries$doi), c("10.1371/journal.pcbi.1010301", "10.1101/gr.094052.109",
    "10.1101/010512", "10.1186/s12859-019-2680-1", "10.1093/bioinformatics/btaa152"))
})

test_that("the stripped library shows that its routines are registered", {
  skip_on_os(c("mac", "windows"))
  skip_if(Sys.which("nm") == "", "no nm")
  library <- system.file("libs", "forebear.so", package = "forebear")
  undefined <- system2("nm", c("-Pg", shQuote(library)), stdout = TRUE, stderr = FALSE)
  expect_true(any(startsWith(undefined, "R_registerRoutines")))
  expect_true(any(startsWith(undefined, "R_useDynamicSymbols")))
})
