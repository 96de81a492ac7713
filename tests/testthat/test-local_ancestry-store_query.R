skip_on_cran() # Takes long.

small_model <- function() {
  local_ancestry(several_panel(n_chrom = 2), window = window_settings(10, context = 5, folds = 2),
    calibrate = FALSE)
}

# Eleven samples in two phased VCFs, one for each chromosome.
query_files <- function(folder) {
  query <- several_chromosomes(11, n_chrom = 2, seed = 2, prefix = "q")
  files <- file.path(folder, c("one.vcf.gz", "two.vcf"))
  write_phased_vcf(query[, 1:40], files[1])
  write_phased_vcf(query[, 41:80], files[2])
  files
}

packed_files <- function(folder) list.files(folder, "^store-file")

all_packed <- paste0("store-file_00000", c(1, 1, 2, 2), c(".alleles", ".forebear"))

bytes_of <- function(folder) {
  tools::md5sum(file.path(folder, sort(kept_files(folder)))) |> unname()
}

# Evaluates `code` at every call of an internal function, in its frame, until the test ends.
at_each_call <- function(name, code, env = parent.frame()) {
  where <- asNamespace("forebear")
  suppressMessages(trace(name, code, where = where, print = FALSE))
  withr::defer(suppressMessages(untrace(name, where = where)), env)
}

# A run that has packed `files` into its folder, for batches of `size`.
packed_run <- function(files, folder, size) {
  run <- new_long_run(open_checkpoint(folder, "store", list(batch = size), NULL), NULL, 1L, 1L)
  pack_files(run, files, size, NULL)
  run
}

test_that("each batch has the haplotypes that are read of its samples alone", {
  folder <- withr::local_tempdir()
  # Of ten samples on 1 and X, where a, c and j are male; some records are left out.
  columns <- "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
  ids <- letters[1:10]
  record <- function(chrom, at, alt) {
    calls <- paste0((seq_along(ids) * at) %% 7 %/% 4, "|", (seq_along(ids) + at) %% 3 %/% 2)
    if (chrom == "X") calls[c(1, 3, 10)] <- substr(calls[c(1, 3, 10)], 1, 1)
    paste(c(chrom, at, ".", "A", alt, ".", ".", ".", "GT", calls), collapse = "\t")
  }
  files <- file.path(folder, c("1.vcf", "X.vcf"))
  for (i in 1:2) {
    alt <- rep_len(c("C", "<DEL>", "G"), 150)
    writeLines(c("##fileformat=VCFv4.2", paste(c(columns, ids), collapse = "\t"),
      vapply(1:150, function(at) record(c("1", "X")[i], at, alt[at]), "")), files[i])
  }
  for (size in c(1L, 4L, 10L, 11L)) {
    run <- packed_run(files, file.path(folder, size), size)
    for (number in seq_len(ceiling(10 / size))) {
      own <- ids[seq.int((number - 1) * size + 1, min(10, number * size))]
      said <- list(character(), character())
      both <- lapply(1:2, function(i) {
        withCallingHandlers(
          if (i == 1) {
            packed_haplotypes(list(path = files, number = number, sample_id = own),
              run$checkpoint, 1L, NULL)
          } else {
            read_phased_vcf(files, samples = own, threads = 1)
          },
          message = function(condition) {
            said[[i]] <<- c(said[[i]], conditionMessage(condition))
            rlang::cnd_muffle(condition)
          })
      })
      expect_identical(both[[1]], both[[2]])
      expect_identical(said[[1]], said[[2]])
      expect_match(said[[1]][1], "50 of 150 records")
    }
  }
})

test_that("each VCF is read once, and what is kept of it goes when all is done", {
  model <- small_model()
  folder <- withr::local_tempdir()
  files <- query_files(folder)
  store <- file.path(folder, "store")
  log <- withr::local_tempfile()
  logs <- function(code) bquote(write(.(code), .(log), append = TRUE))
  at_each_call("rust_pack_vcf", logs(quote(basename(path))))
  at_each_call("rust_read_phased_vcf", logs("again"))
  at_each_call("call_batch", logs(bquote(list.files(.(store), "^store-file"))))
  predict(model, files, store = call_store(store, batch = 2))
  expect_identical(readLines(log), c("one.vcf.gz", "two.vcf", rep(all_packed, 6)))
  expect_length(packed_files(store), 0)
  # Where nothing is left to call nothing is read.
  suppressMessages(predict(model, files, store = store))
  expect_length(readLines(log), 2 + 4 * 6)
})

test_that("packing that was interrupted goes on, and so do batches, to the same bytes", {
  model <- small_model()
  folder <- withr::local_tempdir()
  files <- query_files(folder)
  whole <- file.path(folder, "whole")
  predict(model, files, store = call_store(whole, batch = 4))
  store <- file.path(folder, "store")
  # Killed while the second file is packed: of the first all is whole, of the second a part.
  local({
    at_each_call("rust_pack_vcf", quote(if (basename(path) == "two.vcf") {
      writeLines("half", paste0(to, ".tmp1"))
      stop("killed")
    }))
    expect_error(predict(model, files, store = call_store(store, batch = 4)), "killed")
  })
  expect_setequal(packed_files(store), c(all_packed[1:2], "store-file_000002.alleles.tmp1"))
  # Killed in the second batch.
  local({
    at_each_call("call_batch", quote(if (input$name == "000002") stop("killed")))
    expect_message(expect_error(predict(model, files, store = store), "killed"), "file: 1 of 2")
  })
  expect_setequal(packed_files(store), all_packed)
  said <- testthat::capture_messages(predict(model, files, store = store))
  expect_match(said, "file: 2 of 2", all = FALSE)
  expect_match(said, "batch: 1 of 3", all = FALSE)
  expect_identical(bytes_of(store), bytes_of(whole))
  expect_length(packed_files(store), 0)
})

test_that("alleles that are damaged or lost are refused by name, and made again once deleted", {
  model <- small_model()
  folder <- withr::local_tempdir()
  files <- query_files(folder)
  run <- packed_run(files, file.path(folder, "a"), 4L)
  alleles <- alleles_path(2, run$checkpoint)
  bytes <- readBin(alleles, "raw", 1e6)
  read <- function() {
    packed_haplotypes(list(path = files, number = 1L, sample_id = paste0("q", 1:4)),
      run$checkpoint, 1L, NULL)
  }
  want <- read()
  # The first byte is of the first batch, the last of the third.
  refused <- function(bytes, why) {
    writeBin(bytes, alleles)
    error <- expect_error(read(), "000002.alleles", class = "forebear_error_checkpoint")
    expect_match(conditionMessage(error), why)
  }
  refused(replace(bytes, 1, xor(bytes[1], as.raw(4))), "checksum")
  refused(bytes[-1], "truncated")
  refused(bytes[0], "truncated")
  writeBin(replace(bytes, length(bytes), as.raw(255)), alleles)
  expect_identical(read(), want)
  unlink(alleles)
  expect_error(read(), "000002.alleles", class = "forebear_error_file")
  expect_message(pack_files(run, files, 4L, NULL), "file: 1 of 2")
  expect_identical(readBin(alleles, "raw", 1e6), bytes)
  expect_identical(read(), want)
  # Its table without which nothing is known of it.
  table <- piece_path(run$checkpoint, file_piece(2))
  writeBin(readBin(table, "raw", 200), table)
  expect_error(read(), "000002", class = "forebear_error_checkpoint")
  unlink(table)
  expect_error(read(), "there is no table", class = "forebear_error_checkpoint")
})

test_that("the table of a packed file has a rule, by which damage is refused", {
  folder <- withr::local_tempdir()
  run <- packed_run(query_files(folder), file.path(folder, "a"), 4L)
  values <- answer(rust_read_model(piece_path(run$checkpoint, file_piece(1))))$values
  expect_piece_damages_refused(values, "file")
})

test_that("phase in several sets is reported as by read_phased_vcf()", {
  folder <- withr::local_tempdir()
  files <- query_files(folder)
  # The second file has two phase sets in the first sample, one in all others.
  lines <- readLines(files[2])
  body <- which(!startsWith(lines, "#"))
  in_set <- function(line, set) {
    fields <- strsplit(line, "\t")[[1]]
    fields[9] <- "GT:PS"
    fields[10:20] <- paste0(fields[10:20], c(set, rep(":1", 10)))
    paste(fields, collapse = "\t")
  }
  half <- seq_along(body) > length(body) / 2
  lines[body] <- mapply(in_set, lines[body], ifelse(half, ":2", ":1"))
  writeLines(lines, files[2])
  of <- function(code) {
    messages <- list()
    withCallingHandlers(code, forebear_message_phase_sets = function(condition) {
      messages[[length(messages) + 1]] <<- conditionMessage(condition)
    }, message = function(condition) rlang::cnd_muffle(condition))
    messages
  }
  want <- of(read_phased_vcf(files))
  expect_length(want, 1)
  store <- file.path(folder, "store")
  expect_identical(of(predict(small_model(), files, store = call_store(store, batch = 4))), want)
})

test_that("files that read_phased_vcf() refuses are refused as there", {
  model <- small_model()
  folder <- withr::local_tempdir()
  files <- query_files(folder)
  lines <- readLines(files[2])
  bad <- sub("0|1", "0/1", lines[length(lines)], fixed = TRUE)
  expect_false(bad == lines[length(lines)])
  writeLines(c(lines[-length(lines)], bad), files[2])
  error_of <- function(expression) {
    expect_error(expression, class = "forebear_error_not_phased") |> conditionMessage()
  }
  expect_identical(error_of(predict(model, files, store = file.path(folder, "a"))),
    error_of(read_phased_vcf(files)))
  writeLines(lines, files[2])
  expect_error(predict(model, rev(files)[c(1, 2, 1)], store = file.path(folder, "b")),
    class = "forebear_error_vcf_order")
})
