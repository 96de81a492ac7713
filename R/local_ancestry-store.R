#' Local ancestry of cohorts that do not fit into memory
#'
#' `predict(model, new_data, store = "folder")` calls samples in batches and writes each as soon as
#' it is done, so that memory is bounded by one batch. `call_store()` has the settings of the
#' folder.
#'
#' The calls are those of [predict()][predict.forebear_local_ancestry] without `store`, for any
#' size of batches, as a sample's calls do not depend on others; `pool = TRUE`, which makes them
#' depend, is refused. Posteriors are rounded to whole numbers of 1/131,070 with 16 bits
#' (1/510 with 8) so that each row sums to 1: none is off by more than that. `.pred_class` is that
#' of exact posteriors. `switch_probability` is off by at most 1/131,070. All else is kept as it is,
#' but for the attribute `"parameters"`, a mean over all samples, which only models made with
#' `admixed` samples have.
#'
#' `new_data` may be [haplotypes], or the path of a phased VCF, or of several with the same samples
#' in the same order. Paths are read once, before the first batch, in at most 256 MB of memory
#' beside the tables of their variants: until all is done the folder has their alleles, of which
#' each batch reads its own, in two bits for a sample and variant. As in [read_phased_vcf()], a
#' record that is not phased is an error.
#'
#' The folder is a checkpoint as those of [long_runs]: after an interruption, however it was, the
#' same call goes on with the batches that are not done, and another model, query or setting is
#' refused. Each batch is a file of its own, `store-calls_<number>.forebear`, which appears
#' when it is whole, checksummed, and holds data alone. The bytes are the same with any number of
#' workers (`BPPARAM`, which get batches) and threads, and whether or not a run was interrupted. A
#' file that is damaged or lost is made again by the same call once it is deleted.
#'
#' @param path The folder, new or that of the same call.
#' @param batch Samples in a batch. `NULL`: those of the folder, or 500 in a new one.
#' @param bits Of a posterior, 16 or 8.
#' @returns Settings of class `forebear_call_store`; `predict()` returns a [stored_calls] object.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_samples_differ` if files have other samples;
#' `forebear_error_checkpoint` for the folder of another run; those of [read_phased_vcf()],
#' [predict()][predict.forebear_local_ancestry] and [long_runs].
#' @seealso [stored_calls], which says how functions of calls read the folder.
#' @family local ancestry
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 31), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' model <- local_ancestry(panel, window = window_settings(10, context = 0))
#' store <- call_store(tempfile(), batch = 4)
#' stored <- predict(model, as_haplotypes(alleles[1:20, ]), strand = "same", store = store)
#' stored
#' stored[c("s2", "s7")]
#' @export
call_store <- function(path, batch = NULL, bits = 16) {
  new_call_store(path, batch, bits, rlang::current_env())
}

new_call_store <- function(path, batch, bits, call) {
  bits <- check_count(bits, "bits", min = 8, max = 16, call = call)
  if (!bits %in% c(8L, 16L)) {
    abort_forebear("argument", c("`bits` must be 8 or 16.", x = found(bits)), call)
  }
  new_settings("call_store", list(
    path = check_path(path, "path", call),
    batch = if (!is.null(batch)) check_count(batch, "batch", call = call), bits = bits
  ))
}

usual_batch <- 500L

as_call_store <- function(store, call) {
  if (inherits(store, "forebear_settings")) {
    return(check_kind(store, "store", "call_store", call))
  }
  new_call_store(check_path(store, "store", call), NULL, 16, call)
}

refuse_beside_store <- function(checkpoint_dir, pool, call) {
  if (!is.null(checkpoint_dir)) {
    abort_forebear("argument", c("`store` keeps what is finished itself.",
      x = "`checkpoint_dir` is given beside it.", i = "Leave `checkpoint_dir` out."), call)
  }
  if (pool) {
    abort_forebear("argument", c(
      "Calls that are stored in batches must not depend on who else is called.",
      x = "`pool` is TRUE.", i = "Leave it out, or call all samples without `store`."), call)
  }
}

# how: as `predict()` has it; of `strand`, what the user gave.
predict_into_store <- function(model, new_data, how, store, bpparam, threads, call) {
  store <- as_call_store(store, call)
  how$strand <- check_choice(how$strand, "strand", c("check", "same"), call)
  how$min_overlap <- check_number(how$min_overlap, "min_overlap", min = 0, max = 1, call = call)
  query <- query_of(new_data, call)
  size <- store$batch %||% batch_of_folder(store$path, call) %||% usual_batch
  facts <- function(threads) {
    c(how[names(how) != "pool"], list(batch = size, bits = store$bits,
      model = fingerprint(unclass(model)), new_data = query_fingerprint(query, threads, call)))
  }
  run <- open_long_run(store$path, "store", facts, bpparam, threads, call, "store")
  n <- length(query$sample_id)
  first <- seq.int(1L, n, by = size)
  name <- sprintf("%06d", seq_along(first))
  is_left <- forget_lost_batches(run$checkpoint, name)
  if (!is.null(query$path) && any(is_left)) pack_files(run, query$path, size, call)
  # In an environment the model is sent once to a worker that gets several batches.
  shared <- rlang::env(model = model)
  input <- function(one) {
    number <- match(one, name)
    samples <- seq.int(first[number], length.out = size)
    samples <- samples[samples <= n]
    part <- list(path = query$path, number = number, sample_id = query$sample_id[samples])
    if (is.null(query$path)) {
      part$haplotypes <- for_workers(query$haplotypes[samples, ], run, call)
    }
    list(query = part, shared = shared, how = how, bits = store$bits, name = one,
      checkpoint = run$checkpoint)
  }
  done <- unname(run_pieces(run, "batch", name, pmin(size, n - first + 1L), input, call_batch,
    call))
  inform_batches(done, model$populations)
  keep_piece(piece_kind(run$checkpoint, "about"), "about", list(
    value = about_store(model, query, done[[1]]$chrom, size, store$bits), warnings = list()), call)
  forget_files(run$checkpoint)
  read_stored_calls(run$checkpoint$dir)
}

# The same checkpoint, of pieces of one kind.
piece_kind <- function(checkpoint, what) {
  checkpoint$what <- what
  checkpoint
}

# Samples in a batch of the folder, or NULL if it is new.
batch_of_folder <- function(path, call) {
  facts <- facts_path(list(dir = path.expand(path), stage = "store"))
  if (file.exists(facts)) read_checkpoint(facts, facts_rule, call)$batch
}

# A batch whose calls are not there has not been done, whatever else is kept of it. Gives which of
# them are left to do.
forget_lost_batches <- function(checkpoint, name) {
  path_of <- function(what) {
    vapply(paste(what, name), piece_path, "", checkpoint = checkpoint, USE.NAMES = FALSE)
  }
  lost <- file.exists(path_of("batch")) & !file.exists(path_of("calls"))
  unlink(path_of("batch")[lost])
  !file.exists(path_of("batch"))
}

# Runs where the worker is: calls samples and writes them. Gives what `called_batch_rule` says.
call_batch <- function(input, threads) {
  call <- rlang::current_env()
  progress <- progress_over_pieces$update
  old <- options(forebear.progress = FALSE)
  on.exit(options(old))
  model <- input$shared$model
  how <- input$how
  messages <- list()
  keep <- function(condition) {
    kind <- grep("^forebear_message_", class(condition), value = TRUE)[1]
    messages[[length(messages) + 1]] <<- list(kind = sub("^forebear_message_", "", kind),
      message = c(condition$message, condition$body))
    rlang::cnd_muffle(condition)
  }
  called <- withCallingHandlers({
    haplotypes <- input$query$haplotypes %||%
      packed_haplotypes(input$query, input$checkpoint, threads, call)
    aligned <- aligned_haplotypes(haplotypes, model$sites, how$min_overlap, how$strand, threads,
      call)
    calls_of_aligned(model, aligned, how, plain_run(threads), call)
  }, forebear_message = keep)
  keep_piece(piece_kind(input$checkpoint, "calls"), paste("calls", input$name), list(
    value = encoded_calls(called$calls, input$query$sample_id, input$bits), warnings = list()),
  call)
  if (!is.null(progress)) progress("", 1, 1)
  list(chrom = unique(attr(called$calls, "windows")$chrom), untypical = called$untypical,
    messages = messages)
}

# Each message once; the sex of samples is counted in each batch.
inform_batches <- function(done, populations) {
  messages <- unique(unlist(lapply(done, `[[`, "messages"), recursive = FALSE))
  for (one in messages) {
    if (one$kind != "sex") inform_forebear(one$kind, one$message)
  }
  untypical <- lapply(done, `[[`, "untypical")
  report_untypical(list(population = unlist(lapply(untypical, `[[`, "population")),
    sample = unlist(lapply(untypical, `[[`, "sample"))), populations)
}

# What is the same for all batches.
about_store <- function(model, query, chroms, batch, bits) {
  windows <- windows_of_calls(model, chroms)
  list(
    sample_id = query$sample_id, batch = batch, bits = bits, populations = model$populations,
    tree = model$tree, windows = windows[window_columns],
    variants = called_variants(model, chroms, windows), phase = query$haplotypes$phase,
    build = as.character(model$build)
  )
}
