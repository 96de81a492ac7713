# The samples that are called into a store: haplotypes in memory, or phased VCFs, whose alleles lie
# in files of the folder until all is done, so that each batch reads its own.
#
# Of each VCF there is a piece, `store-file_<number>.forebear`, with its tables and the layout of
# its alleles, which are in `store-file_<number>.alleles`: bits, see io/haplotype_file.rs.

# What is called: sample_id, and haplotypes or path.
query_of <- function(new_data, call) {
  if (!is.character(new_data)) {
    check_haplotypes(new_data, "new_data", call)
    check_one_of_each(new_data, call)
    return(list(sample_id = new_data$samples$sample_id, haplotypes = new_data, path = NULL))
  }
  path <- check_paths(new_data, "new_data", call)
  for (file in path) refuse_other_format(file, "read_vcf", call)
  path <- normalizePath(path, winslash = "/", mustWork = FALSE)
  sample_id <- lapply(path, vcf_samples, call = call)
  check_joined_samples(lapply(sample_id, function(id) list(samples = list(sample_id = id))),
    quoted(path, FALSE), call)
  list(sample_id = sample_id[[1]], haplotypes = NULL, path = path)
}

# Files are known by what they hold, wherever they lie.
query_fingerprint <- function(query, threads, call) {
  if (is.null(query$path)) {
    haplotypes_fingerprint(query$haplotypes, threads, call)
  } else {
    fingerprint(unname(tools::md5sum(query$path)))
  }
}

# Reads each file once, unless it is packed already, and says where their phase lies in several
# sets. `batch`: samples that are read together.
pack_files <- function(run, path, batch, call) {
  checkpoint <- piece_kind(run$checkpoint, "file")
  # What a process that was killed has left.
  unlink(list.files(checkpoint$dir, "^store-file_[0-9]+[.]alleles[.]tmp", full.names = TRUE))
  number <- seq_along(path)
  lost <- number[!file.exists(vapply(number, alleles_path, "", checkpoint = checkpoint))]
  unlink(vapply(file_piece(lost), piece_path, "", checkpoint = checkpoint))
  # In this process, one after the other: the disk is what takes the time.
  run["bpparam"] <- list(NULL)
  input <- function(i) {
    list(path = path[i], to = alleles_path(i, checkpoint), batch = batch, call = call)
  }
  packed <- run_pieces(run, "file", sprintf("%06d", number), file.size(path),
    function(one) input(as.integer(one)), pack_file, call)
  borders <- Filter(length, lapply(packed, `[[`, "set_borders"))
  inform_phase_sets(Reduce(`+`, borders, 0L), length(packed[[1]]$tables$samples))
}

file_piece <- function(number) sprintf("file %06d", number)

alleles_path <- function(number, checkpoint) {
  sub("[.]forebear$", ".alleles", piece_path(checkpoint, file_piece(number)))
}

# Gives what `packed_file_rule` says.
pack_file <- function(input, threads) {
  with_progress(function(progress) {
    rust_pack_vcf(input$path, input$to, input$batch, threads, progress)
  }, input$call)
}

# What `read_phased_vcf()` reads of the samples of a batch. query: path, number (of the batch),
# sample_id.
packed_haplotypes <- function(query, checkpoint, threads, call) {
  checkpoint <- piece_kind(checkpoint, "file")
  join_files(query$path, "haplotypes", call, function(path) {
    number <- match(path, query$path)
    bits <- alleles_path(number, checkpoint)
    refuse <- function(problem) {
      abort_forebear("checkpoint", c("The files of a checkpoint must be whole.", x = problem,
        i = sprintf("Delete \"%s\" and call again: the VCF is then read again.", bits)), call)
    }
    kept <- finished_piece(checkpoint, file_piece(number), call)
    if (is.null(kept)) refuse(sprintf("Of \"%s\" there is no table.", bits))
    file <- kept$value
    packed <- tryCatch(with_progress(function(progress) {
      rust_read_packed(bits, file$layout, query$number, threads, progress)
    }, call), forebear_error_model_file = function(condition) {
      refuse(paste(conditionMessage(condition), collapse = " "))
    })
    own <- match(query$sample_id, file$tables$samples)
    haplotypes_of_vcf(packed, file$tables, own, path, NULL, call)
  })
}

# When all is done.
forget_files <- function(checkpoint) {
  unlink(list.files(checkpoint$dir, "^store-file_[0-9]+[.]", full.names = TRUE))
}
