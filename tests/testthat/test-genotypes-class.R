test_that("a matrix survives packing, in every shape", {
  for (n_samples in 1:9) {
    counts <- random_counts(n_samples, 11, missing = 0.3, seed = n_samples)
    expect_identical(as.matrix(as_genotypes(counts)), counts)
  }
})

test_that("subsetting equals subsetting the matrix", {
  counts <- random_counts(13, 29, missing = 0.2)
  g <- as_genotypes(counts)
  choices <- list(
    list(c(5, 1, 1, 13), 29:1), list(-(2:4), -1), list(c("s3", "s1"), c("v29", "v2")),
    list(rep(c(TRUE, FALSE), length.out = 13), counts[1, ] %in% 1), list(factor("s2"), 3)
  )
  for (choice in choices) {
    i <- if (is.factor(choice[[1]])) as.character(choice[[1]]) else choice[[1]]
    expect_identical(
      as.matrix(suppressWarnings(g[choice[[1]], choice[[2]]])),
      counts[i, choice[[2]], drop = FALSE]
    )
  }
  expect_identical(as.matrix(g[4:9, ][c(2, 6), ][, 3:9][, c(7, 1)]), counts[c(5, 9), c(9, 3)])
})

test_that("a view knows its size, names and tables", {
  g <- as_genotypes(small_counts())[c("cat", "ann"), 2:4]
  expect_equal(dim(g), c(2, 3))
  expect_equal(rownames(g), c("cat", "ann"))
  expect_equal(colnames(g), c("v2", "v3", "v4"))
  expect_equal(samples(g)$sample_id, c("cat", "ann"))
  expect_equal(variants(g)$variant_id, c("v2", "v3", "v4"))
  expect_named(samples(g), c("sample_id", "family_id", "father_id", "mother_id", "sex"))
  expect_named(variants(g),
    c("variant_id", "chrom", "position_bp", "position_cm", "ref", "alt"))
})

test_that("subsetting copies no genotypes", {
  g <- as_genotypes(random_counts(200, 2000))
  expect_identical(g[1:2, 1:2]$bytes, g$bytes)
  h <- read_bed(example_data("panel"))
  expect_lt(object.size(h[1:2, 1:2]), object.size(h) / 50)
})

test_that("a choice that makes no sense is refused, and says why", {
  g <- as_genotypes(small_counts())
  expect_snapshot(conditions_of(
    g[1],
    g["dan", ],
    g[4, ],
    g[1.5, ],
    g[c(1, NA), ],
    g[c(-1, 2), ],
    g[c(TRUE, FALSE), ],
    g[list(1), ],
    g[, integer()],
    g[, "v1", drop = FALSE, extra = 1]
  ))
})

test_that("an ID that occurs twice warns once and cannot be chosen by", {
  counts <- small_counts()
  rownames(counts) <- c("ann", "ann", "cat")
  expect_snapshot(conditions_of(as_genotypes(counts)))
  g <- suppressWarnings(as_genotypes(counts))
  expect_snapshot(conditions_of(g["ann", ]))
  expect_equal(samples(g["cat", ])$sample_id, "cat")
  expect_equal(dim(g[2, ]), c(1, 5))
})

test_that("printing says how large, how complete, and whether it is a view", {
  g <- as_genotypes(small_counts())
  expect_snapshot({
    g
    g["bob", 1:4]
  })
})

test_that("a saved object opens its file again, in another process", {
  skip_without_utf8()
  prefix <- tempfile("100%s %n é")
  g <- suppressWarnings(as_genotypes(random_counts(9, 40, seed = 3)))
  write_bed(g, prefix)
  view <- read_bed(prefix)[c(8, 2), 5:30]
  saved <- withr::local_tempfile()
  saveRDS(view, saved)
  expect_identical(as.matrix(readRDS(saved)), as.matrix(view))
  printed <- in_fresh_r(sprintf("cat(sum(as.matrix(readRDS(%s)), na.rm = TRUE))", deparse1(saved)))
  expect_equal(printed, as.character(sum(as.matrix(view), na.rm = TRUE)))
})

test_that("a file that is gone or has been replaced is not read as if nothing had happened", {
  prefix <- tempfile("replaced")
  write_bed(as_genotypes(random_counts(9, 40, seed = 3)), prefix)
  g <- read_bed(prefix)
  write_bed(as_genotypes(random_counts(9, 40, seed = 4)), prefix)
  expect_error(as.matrix(g), class = "forebear_error_bed_changed")
  write_bed(as_genotypes(random_counts(9, 41, seed = 4)), prefix)
  expect_error(as.matrix(g), class = "forebear_error_bed_size")
  unlink(paste0(prefix, ".bed"))
  expect_error(as.matrix(g), class = "forebear_error_file")
})

test_that("is.na(), t() and summary() are those of the matrix and the chromosomes", {
  counts <- random_counts(5, 7, missing = 0.3)
  g <- as_genotypes(counts)
  expect_identical(is.na(g), is.na(counts))
  expect_identical(t(g), t(counts))
  variants(g) <- tibble::tibble(variant_id = paste0("v", 1:7),
    chrom = rep(c("2", "1"), c(3, 4)), position_bp = c(5L, 7L, 9L, 1L, 2L, 3L, 3L))
  expect_identical(summary(g), tibble::tibble(chrom = c("2", "1"), n_variants = c(3L, 4L),
    start_bp = c(5L, 1L), end_bp = c(9L, 3L)))
})
