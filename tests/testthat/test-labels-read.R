table_file <- function(..., env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".txt", .local_envir = env)
  writeLines(c(...), path, useBytes = TRUE)
  path
}

# Without the message on a table without a header, which has its own test.
read <- function(...) {
  suppressMessages(read_labels(table_file(...)), classes = "forebear_message_no_header")
}

want <- tibble::tibble(sample_id = c("s1", "s2", "s3"), population = c("a", "b", "b"))

test_that("tables with and without a header, by any separator, are read alike", {
  body <- list(c("s1", "a"), c("s2", "b"), c("s3", "b"))
  for (separator in c("\t", ",", ";", " ", "   ")) {
    lines <- vapply(body, paste, "", collapse = separator)
    expect_identical(read(lines), want)
    expect_identical(read_labels(table_file(paste0("IID", separator, "population"), "", lines)),
      want)
  }
  expect_identical(read_labels(table_file("\ufeff#IID\tpopulation\r", "s1\ta\r", "s2\tb", "s3\tb")),
    want)
  expect_identical(read_labels(table_file("who where", "s1 a"), header = FALSE)$sample_id,
    c("who", "s1"))
  quoted <- read_labels(table_file("sample,pop", "s1,\"North, east\"", "s2,NA"))
  expect_identical(quoted$pop, c("North, east", NA))
})

test_that("a first line that is no known header is taken as a sample, with a message", {
  path <- withr::local_tempdir()
  withr::local_dir(path)
  writeLines(c("Name,Sex", "s1,a"), "labels.csv")
  expect_snapshot(conditions_of(read_labels("labels.csv")))
  expect_no_message(read_labels(table_file("who where", "s1 a"), header = FALSE))
})

test_that("names of columns may have blanks, dots or hyphens", {
  # The table of the 1000 Genomes' portal, where the second column is no population.
  igsr <- c("Sample name\tSex\tPopulation code\tPopulation name", "s1\tmale\tGBR\tBritish")
  expect_named(read_labels(table_file(igsr)),
    c("sample_id", "Sex", "Population code", "Population name"))
  g <- as_genotypes(random_counts(4, 30))
  id <- samples(g)$sample_id
  expected <- fst(g, c("a", "a", "b", "b"))
  table <- data.frame(Sample.Name = id, Sex = c("M", "F"),
    Population.Code = rep(c("a", "b"), each = 2))
  expect_identical(fst(g, table), expected)
})

test_that("quotes inside a field belong to it; between quotes a separator does not divide", {
  split <- function(line) split_fields(line, ",")
  expect_identical(split("a,M\u00fcller \"A\",,x"), c("a", "M\u00fcller \"A\"", "", "x"))
  expect_identical(split("a, \"b, \"\"c\"\" d\" ,"), c("a", "b, \"c\" d", ""))
  expect_identical(split(",a"), c("", "a"))
  expect_identical(split("\"a\"b,c"), c("\"a\"b", "c"))
  expect_identical(split("\"a,c"), c("\"a", "c"))
  expect_identical(split("\""), "\"")
  expect_identical(split_fields("a;\"\";b,c", ";"), c("a", "", "b,c"))
})

test_that("families are distinguished from samples", {
  with_families <- tibble::tibble(family_id = c("f", "f", "g"), want)
  expect_identical(read("f s1 a", "f s2 b", "g s3 b"), with_families)
  expect_identical(read_labels(table_file("#FID IID population", "f s1 a", "f s2 b", "g s3 b")),
    with_families)
  expect_identical(read("s1 s1 a", "s2 s2 b", "s3 s3 b")$sample_id,
    want$sample_id)
  # As panels of the 1000 Genomes have it: the population is repeated in the second column.
  three <- read("s1 a x", "s2 b y", "s3 b y")
  expect_named(three, c("sample_id", "population", "column_3"))
})

test_that("every verb takes a path, a table without a header, and IDs with families", {
  counts <- random_counts(6, 30)
  rownames(counts) <- paste0("s", 1:6)
  g <- as_genotypes(counts)
  group <- rep(c("a", "b"), 3)
  path <- table_file(paste("f", rownames(counts), group))
  want <- fst(g, group)
  expect_identical(suppressMessages(fst(g, path)), want)
  expect_identical(fst(g, data.frame(V1 = "f", V2 = rownames(counts), V3 = group)), want)
  panel <- data.frame(sample = rownames(counts), pop = group, super_pop = "x")
  expect_identical(fst(g, panel), want)
  samples(g)$sample_id <- paste0("f_s", 1:6)
  expect_identical(suppressMessages(fst(g, path)), want)
})

test_that("what cannot be read is refused with file, line and what to do", {
  refused <- function(...) {
    withr::with_dir(withr::local_tempdir(), {
      writeLines(c(...), "labels.txt")
      tryCatch(read_labels("labels.txt"), error = identity)
    })
  }
  expect_snapshot(conditions_of(
    rlang::cnd_signal(refused("s1\ta", "", "s2")), rlang::cnd_signal(refused("s1 North east",
      "s2 west")),
    rlang::cnd_signal(refused("sample pop", "s1 a", "s2 b", "s1 b")),
    rlang::cnd_signal(refused("pop region", "a b")), rlang::cnd_signal(refused("")),
    rlang::cnd_signal(refused("IID pop")), rlang::cnd_signal(refused("IID", "s1")),
    rlang::cnd_signal(refused("s1")), read_labels("absent.txt")
  ))
})

test_that("a name of no file is said to be none", {
  g <- as_genotypes(random_counts(4, 10))
  expect_error(fst(g, "absent.tsv"), "No file is called \"absent.tsv\"",
    class = "forebear_error_labels_length")
})

test_that("text in another encoding is refused, with its line", {
  path <- withr::local_tempfile()
  latin <- c(charToRaw("s1\tEspa"), as.raw(0xf1), charToRaw("a\n"))
  writeBin(c(charToRaw("sample_id\tpopulation\n"), latin), path)
  expect_error(read_labels(path), "Line 2", class = "forebear_error_not_utf8")
  writeBin(charToRaw("sample_id\tpopulation\ns1\tEspa\u00f1a\n"), path)
  expect_identical(read_labels(path)$population, "Espa\u00f1a")
})
