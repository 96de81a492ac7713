test_that("arguments out of range are named with what they were", {
  expect_snapshot(conditions_of(
    check_count(0, "k", min = 2),
    check_count(1.5, "k"),
    check_count(9, "k", max = 5),
    check_count(c(1, 2), "k"),
    check_count(NULL, "k"),
    check_number("a", "tolerance", 0, 1),
    check_number(NA_real_, "tolerance", 0, 1),
    check_flag(NA, "loadings"),
    check_string("", "path"),
    check_choice("x", "method", c("a", "b")),
    check_seed(-1),
    check_threads(0),
    check_no_dots(1, extra = 2)
  ))
})

test_that("a choice left at its default is the first", {
  expect_identical(check_choice(c("a", "b"), "method", c("a", "b")), "a")
  expect_identical(check_choice("b", "method", c("a", "b")), "b")
})

test_that("threads come from the argument, the option, or the computer", {
  withr::local_options(forebear.threads = 3)
  expect_identical(check_threads(NULL), 3L)
  expect_identical(check_threads(2), 2L)
  withr::local_options(forebear.threads = NULL)
  withr::local_envvar("_R_CHECK_LIMIT_CORES_" = "TRUE")
  expect_lte(check_threads(NULL), 2L)
})

test_that("what was found is described in words, also where it is nothing", {
  expect_identical(found(NULL), "It is NULL.")
  expect_identical(found(integer()), "It is of class \"integer\" and empty.")
  expect_identical(found(list()), "It is of class \"list\" and empty.")
  expect_identical(found(c(1, 2)), "It is numeric of length 2: 1, 2.")
  expect_identical(found(factor(c("a", "b"))), "It is factor of length 2: a, b.")
  haplotypes <- as_haplotypes(random_alleles(2, 3))
  error <- expect_error(local_ancestry(haplotypes), class = "forebear_error_argument")
  expect_match(conditionMessage(error), "It is of class \"forebear_haplotypes\"", fixed = TRUE)
})

test_that("objects are described by their class, however large they are", {
  expect_identical(found(list(1:1e6)), "It is of class \"list\".")
  expect_identical(found(mean), "It is of class \"function\".")
  expect_identical(found(structure(list(a = 1:1e6), class = c("own", "list"))),
    "It is of class \"own\".")
  counts <- as_genotypes(random_counts(30, 500))
  for (error in list(expect_error(read_bed(counts)), expect_error(confusion(counts)))) {
    expect_s3_class(error, "forebear_error")
    expect_lt(nchar(conditionMessage(error)), 300)
  }
})

test_that("IDs and paths beyond ASCII are kept in a locale that has no such letters", {
  skip_on_os("windows")
  bytes <- "s\xc3\xa9"
  written <- intToUtf8(c(115, 233))
  folder <- withr::local_tempdir()
  withr::local_locale(LC_CTYPE = "C")
  skip_if_not(is_ascii_locale())
  counts <- matrix(c(0, 1, 2, 1), 2, dimnames = list(c(bytes, "b"), c("x", "y")))
  g <- as_genotypes(counts)
  expect_identical(samples(g)$sample_id, c(written, "b"))
  expect_identical(dim(g[bytes, ]), c(1L, 2L))
  expect_identical(as.character(match_labels(stats::setNames(c("p", "q"), c("b", bytes)),
    samples(g)$sample_id, NULL, NULL)), c("q", "p"))
  for (name in c(bytes, written)) {
    path <- write_bed(g, file.path(folder, name))
    expect_identical(charToRaw(basename(path)), charToRaw(paste0(bytes, ".bed")))
    expect_identical(as.matrix(read_bed(path)), as.matrix(g))
    expect_identical(as.matrix(read_bed(file.path(folder, name))), as.matrix(g))
  }
  expect_length(list.files(folder), 3)
  model <- write_model(pca(as_genotypes(random_counts(8, 20)), num_comp = 2),
    file.path(folder, paste0(written, ".model")))
  expect_s3_class(read_model(file.path(folder, paste0(bytes, ".model"))), "forebear_pca")
})
