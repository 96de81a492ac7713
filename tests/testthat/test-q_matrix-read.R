local_text <- function(..., name = "x.Q", env = parent.frame()) {
  path <- file.path(withr::local_tempdir(.local_envir = env), name)
  writeLines(c(...), path)
  path
}

# What STRUCTURE 2.3 prints about two samples, among much else.
structure_output <- function() {
  c(
    "----------------------------------------------------",
    "STRUCTURE by Pritchard, Stephens and Donnelly (2000)",
    "", "Run parameters:", "   2 individuals", "   2 populations assumed", "",
    "Inferred ancestry of individuals:",
    "        Label (%Miss) Pop:  Inferred clusters (and 90% probability intervals)",
    "  1      ann    (0)    1 :  0.987 0.013    (0.9,1.0) (0.0,0.1) ",
    "  2      bob   (12)    2 :  0.250 0.751    (0.1,0.4) (0.6,0.9) ",
    "", "", "Estimated Allele Frequencies in each cluster", "Locus 1 : ", "2 alleles"
  )
}

test_that("reading what was written gives the same weights, to the last bit", {
  fit <- archetypes(mixtures_of(60, 4), k = 4)
  path <- write_q(fit, withr::local_tempfile(fileext = ".Q"))
  got <- read_q(path, samples = fit$sample_id)
  expect_identical(got$q, fit$q)
  expect_identical(got$format, "admixture")
  expect_identical(write_q(got, path), path)
  expect_identical(read_q(path, samples = tibble::tibble(sample_id = fit$sample_id))$q, fit$q)
  expect_equal(compare_ancestry(fit, got)$rmse, 0)
})

test_that("a file that cannot be written leaves the old one", {
  path <- local_text("1 0")
  expect_error(write_q(small_weights(), file.path(path, "x.Q")), class = "forebear_error_file")
  expect_error(write_q("a", path), class = "forebear_error_argument")
  expect_identical(readLines(path), "1 0")
})

test_that("ADMIXTURE's pair of files is read, plain or gzipped", {
  text <- c("0.25 0.75", "0.000010 0.999990")
  plain <- local_text(text, name = "100%s %n.Q")
  zipped <- file.path(withr::local_tempdir(), "x.Q.gz")
  connection <- gzfile(zipped)
  writeLines(text, connection)
  close(connection)
  p <- local_text("0.1 0.9", "0.5 0", "1 0.25", name = "x.P")
  for (path in c(plain, zipped)) {
    q <- read_q(path, frequencies = p, variants = c("rs1", "rs2", "rs3"))
    expect_equal(unname(q$q), rbind(c(0.25, 0.75), c(1e-5, 0.99999)))
    expect_identical(q$sample_id, c("sample1", "sample2"))
    frequencies <- tidy(q, matrix = "frequencies")
    expect_equal(frequencies$frequency, c(0.1, 0.5, 1, 0.9, 0, 0.25))
    expect_identical(frequencies$variant_id, rep(c("rs1", "rs2", "rs3"), 2))
    expect_equal(glance(q)$n_variants, 3)
  }
  expect_error(read_q(plain, frequencies = p, variants = "rs1"),
    class = "forebear_error_variant_count")
  expect_error(read_q(plain, frequencies = plain, format = "structure"), "at least one sample",
    class = "forebear_error_empty_table")
})

test_that("STRUCTURE's output is read with its labels", {
  path <- local_text(structure_output(), name = "run_f")
  q <- read_q(path)
  expect_identical(q$format, "structure")
  expect_equal(q$q, rbind(ann = c(archetype1 = 0.987, archetype2 = 0.013), bob = c(0.250, 0.751)))
  expect_identical(read_q(path, samples = c("a", "b"))$sample_id, c("a", "b"))
  expect_error(read_q(path, samples = c("bob", "ann")), class = "forebear_error_sample_order")
})

test_that("runs of a CLUMPP indfile are read one at a time", {
  path <- local_text("1 1 (0) 1 : 0.5 0.5", "2 2 (0) 1 : 0.1 0.9", "", "1 1 (0) 1 : 0.4 0.6",
    "2 2 (0) 1 : 0.9 0.1", name = "x.indfile")
  expect_equal(unname(read_q(path, run = 2)$q), rbind(c(0.4, 0.6), c(0.9, 0.1)))
  expect_error(read_q(path), "has 2", class = "forebear_error_no_such_run")
  expect_error(read_q(path, run = 3), class = "forebear_error_no_such_run")
})

test_that("mistakes in a file are reported with file and line", {
  withr::local_dir(withr::local_tempdir())
  writeLines(c("0.5 0.5", "1"), "columns.Q")
  writeLines(c("0.5 0.5", "-0.5 1.5"), "negative.Q")
  writeLines(c("0.5 0.5", "0.5 0.4"), "sum.Q")
  writeLines(c("0.5 0.5", "", "0.5 0.5"), "gap.Q")
  writeLines("0.5 nan", "nan.Q")
  file.create("empty.Q")
  writeLines("0.5 0.5", "good.Q")
  expect_snapshot(conditions_of(
    read_q("columns.Q"),
    read_q("negative.Q"),
    read_q("sum.Q"),
    read_q("nan.Q"),
    read_q("empty.Q"),
    read_q("absent.Q"),
    read_q("good.Q", samples = c("a", "b")),
    read_q("good.Q", samples = NA),
    read_q("good.Q", format = "csv"),
    read_q("good.Q", frequencies = "columns.Q")
  ))
  expect_identical(dim(read_q("gap.Q")$q), c(2L, 2L))
  expect_equal(unname(read_q("sum.Q", tolerance = 0.2)$q[2, ]), c(0.5, 0.4))
})

test_that("arguments that a file has no use for are refused", {
  path <- local_text("0.5 0.5")
  expect_snapshot(conditions_of(read_q(path, run = 7), read_q(path, variants = c("a", "b"))),
    transform = function(lines) gsub("\"[^\"]*x[.]Q\"", "\"x.Q\"", lines))
})

test_that("FRAPPE's table is read with its names, and what was guessed is said", {
  path <- local_text("frappe 1.1", "log likelihood -1234.5", "F1 ann 0 0 1 0.250 0.750",
    "F1 bob 0 0 2 0.100 0.901", "F2 cat 0 0 2 1.000 0.000", name = "x_result.txt")
  expect_message(q <- read_q(path), "columns 6 to 7 are weights, column 2 has the samples. 2 lines",
    class = "forebear_message_table_columns")
  expect_identical(q$sample_id, c("ann", "bob", "cat"))
  expect_equal(unname(q$q), rbind(c(0.25, 0.75), c(0.1, 0.901), c(1, 0)))
  expect_identical(q$format, "table")
})

test_that("CSV and TSV are read with the names of their headers", {
  table <- data.frame(sample_id = c("ann", "bob"), Africa = c(0.25, 1), Europe = c(0.75, 0))
  csv <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(table, csv, row.names = FALSE)
  tsv <- withr::local_tempfile(fileext = ".tsv")
  utils::write.table(table, tsv, sep = "\t", quote = FALSE, row.names = FALSE)
  csv2 <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv2(table, csv2, row.names = FALSE)
  with_rows <- withr::local_tempfile(fileext = ".txt")
  utils::write.table(`rownames<-`(table[-1], table[[1]]), with_rows)
  expected <- as_q_matrix(table)
  for (path in c(csv, tsv, csv2, with_rows)) {
    expect_silent(q <- read_q(path))
    expect_equal(q$q, expected$q)
    expect_identical(q$format, "table")
  }
  plain <- local_text("Q1,Q2", "0.5,0.5", "1,0", name = "x.csv")
  expect_identical(colnames(read_q(plain)$q), c("archetype1", "archetype2"))
  expect_identical(read_q(plain)$sample_id, c("sample1", "sample2"))
})

test_that("plain tables of every program are read", {
  # sNMF and Neural ADMIXTURE: single spaces; fastStructure: two; TESS3: rounding beyond 0 and 1.
  texts <- list(x_r1.3.Q = c("0.25 0.25 0.5", "0.999802 9.999e-05 9.811e-05"),
    x.3.meanQ = c("0.250000  0.250000  0.500000", "0.999800  0.000100  0.000100"),
    tess.3.Q = c("0.25 0.25 0.5", "1.000001 -5e-7 0"))
  for (name in names(texts)) {
    q <- read_q(local_text(texts[[name]], name = name))
    expect_equal(unname(q$q[1, ]), c(0.25, 0.25, 0.5))
    expect_lt(max(abs(q$q[2, ] - c(1, 0, 0))), 3e-4)
    expect_true(all(q$q >= 0 & q$q <= 1))
  }
  q <- read_q(local_text(texts[[2]], name = "x.3.meanQ"))
  expect_identical(q$format, "faststructure")
  expect_identical(method_names(list(a = q)), "fastStructure")
})

test_that("SCOPE's lines are clusters", {
  path <- local_text("0.25 1 0.5", "0.75 0 0.5", name = "scope_Qhat.txt")
  expect_message(q <- read_q(path), "2 clusters, one per line, of 3 samples",
    class = "forebear_message_transposed")
  expect_equal(unname(q$q), rbind(c(0.25, 0.75), c(1, 0), c(0.5, 0.5)))
  expect_silent(read_q(path, format = "scope"))
  expect_identical(method_names(list(a = q)), "SCOPE")
})

test_that("CLUMPP's output of populations is read, one run at a time", {
  path <- local_text("1:  0.25 0.75 20", "2:  1.000 0.000 7", "", "1:  0.75 0.25 20",
    "2:  0.000 1.000 7", name = "x.popq")
  q <- read_q(path, run = 2)
  expect_equal(q$q, rbind("1" = c(archetype1 = 0.75, archetype2 = 0.25), "2" = c(0, 1)))
  expect_identical(q$format, "popfile")
  expect_error(read_q(path), class = "forebear_error_no_such_run")
})

test_that("mistakes in tables with names are reported with file, line and rule", {
  withr::local_dir(withr::local_tempdir())
  writeLines(c("id,a,b", "x,0.5,0.5", "y,0.5,1.5", "z,0,1"), "field.csv")
  writeLines(c("id,a,b", "x,0.5,0.5", "y,0.5,0.4", "z,0,1"), "sum.csv")
  writeLines(c("id,a,b", "x,0.5,0.5", "y,0.5", "z,0,1"), "columns.csv")
  writeLines(c("1: 0.5 0.5 3", "2: 0.5 0.5 0.5"), "size.popq")
  writeLines(c("0.25 1", "0.75 0.5"), "sum_Qhat.txt")
  expect_snapshot(conditions_of(
    read_q("field.csv"),
    read_q("sum.csv"),
    read_q("columns.csv"),
    read_q("size.popq"),
    read_q("sum_Qhat.txt", format = "scope")
  ))
})

test_that("the Q matrix of 'tess3r' is taken as it is, rounding clamped", {
  q <- structure(rbind(c(0.25, 0.75), c(1 + 1e-6, -1e-6)), class = c("tess3Q", "matrix", "array"))
  got <- as_q_matrix(q)
  expect_equal(unname(got$q), rbind(c(0.25, 0.75), c(1, 0)))
  expect_error(as_q_matrix(rbind(c(1.01, -0.01))), class = "forebear_error_q_simplex")
})

test_that("a first sample with wrong weights is not taken as a header", {
  refused <- function(line, lines) {
    path <- withr::local_tempfile(fileext = ".2.Q")
    writeLines(lines, path)
    expect_error(read_q(path), sprintf("[Ll]ine %d", line), class = "forebear_error_field")
  }
  refused(1, c("nan nan", "0.5 0.5", "0.1 0.9"))
  refused(1, c("-0.1 1.1", "0.5 0.5"))
  refused(1, c("0.2O 0.8", "0.5 0.5"))
  refused(1, c("s1 nan nan", "s2 0.5 0.5"))
  refused(2, c("id,A,B", "s1,nan,nan", "s2,0.5,0.5"))
})
