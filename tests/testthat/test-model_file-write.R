skip_on_cran() # Takes long.

test_that("a model is read in a fresh process", {
  g <- read_bed(example_data("panel"))
  path <- write_model(pca(g[1:250, ], num_comp = 3), withr::local_tempfile())
  printed <- in_fresh_r(sprintf(
    'cat(format(predict(read_model(%s), read_bed(example_data("panel"))[260, ])$PC1, digits = 15))',
    deparse1(path)
  ))
  expect_equal(as.numeric(printed), predict(read_model(path), g[260, ])$PC1)
})

test_that("names of files and samples may be in any script", {
  counts <- random_counts(20, 50)
  rownames(counts) <- paste0("\u00e9\u4e2d%s ", 1:20)
  fit <- pca(as_genotypes(counts), num_comp = 2)
  path <- withr::local_tempfile(pattern = "100%s \u00e9")
  expect_identical(write_model(fit, path), path)
  expect_identical(read_model(path), fit)
  latin <- `Encoding<-`("\xe9", "latin1")
  fit$sample_id[1] <- latin
  rownames(fit$scores)[1] <- latin
  write_model(fit, path)
  expect_identical(read_model(path)$sample_id[1], "\u00e9")
  expect_identical(read_model(path), fit)
})

test_that("files that are not whole models are refused", {
  path <- withr::local_tempfile()
  write_model(pca(as_genotypes(random_counts(20, 50)), num_comp = 2), path)
  bytes <- readBin(path, "raw", 1e6)
  refusal <- function(bytes) {
    writeBin(bytes, path)
    conditionMessage(expect_error(read_model(path), class = "forebear_error_model_file"))
  }
  expect_match(refusal(bytes[1:100]), "truncated")
  expect_match(refusal(utils::head(bytes, -5)), "truncated or damaged")
  expect_match(refusal(replace(bytes, 500, !bytes[500])), "damaged")
  expect_match(refusal(replace(bytes, 9, as.raw(9))), "written by a newer forebear")
  expect_match(refusal(charToRaw("hello")), "does not begin like a model")
  expect_match(refusal(serialize(1, NULL)), "does not begin like a model")
  expect_error(read_model(file.path(tempdir(), "none")), class = "forebear_error_file")
  expect_error(write_model(1, path), class = "forebear_error_argument")
  fit <- pca(as_genotypes(random_counts(20, 50)), num_comp = 2)
  expect_error(write_model(fit, "/no/such/folder/x"), class = "forebear_error_file")
})

# The bytes of `n`, little-endian.
four_bytes <- function(n) writeBin(as.integer(n), raw(), endian = "little")

# CRC-32 by its definition, bit by bit.
plain_crc <- function(bytes) {
  crc <- rep(TRUE, 32)
  polynomial <- as.logical(rev(intToBits(strtoi("6db88320", 16L))))
  polynomial[1] <- TRUE
  for (byte in bytes) {
    crc[25:32] <- xor(crc[25:32], as.logical(rev(rawToBits(byte))))
    for (bit in 1:8) {
      odd <- crc[32]
      crc <- c(FALSE, crc[-32])
      if (odd) crc <- xor(crc, polynomial)
    }
  }
  packBits(rev(!crc), "raw")
}

test_that("a file of the old kind is refused, and runs nothing", {
  expect_identical(plain_crc(charToRaw("123456789")),
    as.raw(c(0x26, 0x39, 0xf4, 0xcb)))
  mark <- withr::local_tempfile()
  # A fit whose scores are a promise, and whose variants an active binding: reading or printing it
  # runs what its author likes.
  trap <- new.env()
  code <- bquote(file.create(.(mark)))
  eval(bquote(delayedAssign("scores", .(code), assign.env = trap)))
  makeActiveBinding("variants", eval(bquote(function() .(code))), trap)
  fit <- structure(list(scores = trap, loadings = as.call(list(code))), class = "forebear_pca")
  payload <- serialize(fit, NULL, version = 3)
  # The trap is one.
  expect_false(file.exists(mark))
  expect_true(unserialize(payload)$scores$variants && file.exists(mark))
  unlink(mark)
  zipped <- memCompress(payload, "gzip")
  # memCompress() gives a zlib stream: gzip has another head and foot around the same.
  gzip <- c(as.raw(c(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)), zipped[3:(length(zipped) - 4)],
    plain_crc(payload), four_bytes(length(payload)))
  varint <- function(n) {
    out <- raw()
    while (n >= 128) {
      out <- c(out, as.raw(n %% 128 + 128))
      n <- n %/% 128
    }
    c(out, as.raw(n))
  }
  text <- function(x) c(varint(nchar(x)), charToRaw(x))
  crc <- sum(as.integer(plain_crc(payload)) * 256^(0:3))
  header <- c(text("pca"), text("0.1.0"), varint(20), varint(50), varint(length(payload)),
    varint(crc))
  head <- c(charToRaw("FOREBEAR"), four_bytes(1), four_bytes(length(header)), header)
  path <- withr::local_tempfile()
  writeBin(c(head, plain_crc(head), gzip), path)
  expect_snapshot(conditions_of(read_model(path)), transform = function(lines) {
    gsub(path, "FILE", lines, fixed = TRUE)
  })
  # The same under the number of the new layout.
  head[9] <- as.raw(2)
  writeBin(c(head, plain_crc(head), gzip), path)
  expect_error(read_model(path), class = "forebear_error_model_file")
  expect_false(file.exists(mark))
})

test_that("a file made by hand is data, whatever it says it is", {
  path <- withr::local_tempfile()
  fit <- pca(as_genotypes(random_counts(20, 50)), num_comp = 2)
  values <- plain_value(fit)
  refusal <- function(values, kind = "pca", n_samples = 20, n_variants = 50) {
    write_model_values(values, kind, path, n_samples, n_variants)
    condition <- expect_error(read_model(path), class = "forebear_error_model_file")
    cli::ansi_strip(conditionMessage(condition))
  }
  expect_match(refusal(values, "\033[31mfunction\n"), "holds a .[[]31mfunction[?][.]")
  expect_match(refusal(values, ""), "holds a")
  expect_match(refusal(values, "checkpoint"), "holds a checkpoint")
  expect_match(refusal(values, "archetypes"), "must not have the field|lacks the field")
  expect_match(refusal(values, n_samples = 21), "says that it has 21 samples; it has 20")
  expect_match(refusal(values, n_variants = 1e15), "variants; it has 50")
  expect_match(refusal(list()), "The model lacks the fields `sample_id`")
  expect_match(refusal(NULL), "The model must be a list")
  expect_match(refusal(c(values, list(class = "lm"))), "must not have the field `class`")
  expect_match(refusal(c(values, values["scores"])), "has twice the field `scores`")
  # Classes are not in a file.
  expect_error(write_model_values(list(quote(f())), "pca", path),
    class = "forebear_error_internal")
  write_model_values(values, "pca", path, 20, 50)
  expect_identical(read_model(path), fit)
})

test_that("refusals name the field, what it must be and what it is", {
  path <- withr::local_tempfile()
  fit <- pca(as_genotypes(random_counts(20, 50)), num_comp = 2)
  shown <- function(field, value) {
    values <- plain_value(fit)
    values[field] <- list(value)
    write_model_values(values, "pca", path, 20, 50)
    expect_snapshot(conditions_of(read_model(path)), transform = function(lines) {
      gsub(path, "FILE", lines, fixed = TRUE)
    })
  }
  shown("scores", fit$scores[1:19, ])
  shown("scores", replace(fit$scores, 3, NA))
  shown("loadings", fit$loadings * 1e3)
  shown("scale", "sideways")
  shown("converged", "yes")
})

test_that("a fit that was changed by hand is not written", {
  path <- withr::local_tempfile()
  fit <- pca(as_genotypes(random_counts(20, 50)), num_comp = 2)
  changed <- function(change) {
    expect_error(write_model(change(fit), path), class = "forebear_error_model_file")
    expect_false(file.exists(path))
  }
  changed(function(fit) replace(fit, "scores", list(fit$scores[1:19, ])))
  changed(function(fit) structure(c(fit, list(mine = 1)), class = class(fit)))
  changed(function(fit) replace(fit, "passes", list(quote(f()))))
  changed(function(fit) replace(fit, "passes", list(structure(fit$passes, note = "mine"))))
  changed(function(fit) structure(fit, class = c("mine", class(fit))))
  expect_snapshot(conditions_of(write_model(replace(fit, "total_ss", list(-1)), path)))
})
