#' Stored calls
#'
#' What [predict()][predict.forebear_local_ancestry] with `store` returns and `read_stored_calls()`
#' opens: the calls of a cohort in a folder, of which nothing but IDs and windows is in memory.
#'
#' Every function of ancestry calls but `rbind()` takes them, with the answer that it gives for
#' `x[]`, all calls in memory. [assign_ancestry()], [ancestry_segments()], [as_granges()],
#' [write_tracts_bed()], [ancestry_proportions()], [ancestry_coverage()], [phase_switches()],
#' [map_admixture()], `summary()`, `tidy()` and what takes Q matrices ([as_q_matrix()], [write_q()])
#' read one batch at a time; [autoplot()][autoplot.forebear_ancestry_calls] and what takes
#' haplotypes beside calls ([write_ancestry_vcf()], [write_tractor()], [mask_haplotypes()],
#' [ancestry_frequencies()]) read the samples that they are given. The others ([write_msp()],
#' [write_fb()], [evaluate_calls()], [reliability()], [ancestry_dosage()], [date_admixture()],
#' [correct_phase()]) read all calls at
#' once. What would read more than 2 GB at once is refused.
#'
#' `x[i]` reads the calls of some samples. [as_summarized_experiment()] gives posteriors
#' of windows x haplotypes as a `RangedSummarizedExperiment` whose assays, one for each population,
#' lie in an HDF5 file in the folder.
#'
#' @param path Folder that `predict()` has finished.
#' @param x A `stored_calls` object.
#' @param i Samples to read: positions, negative positions, logical, or IDs.
#' @param ... Must be empty.
#' @returns `read_stored_calls()`: an object of class `forebear_stored_calls`. `x[i]`: ancestry
#'   calls as [predict()][predict.forebear_local_ancestry] returns, of samples in the order
#'   chosen; see [call_store()] for how posteriors are rounded. [samples()]: their IDs.
#' @section Errors:
#' `forebear_error_checkpoint` where the folder is not finished, or a file of it is damaged or
#' absent: it is named; `forebear_error_subset` for a choice that is none;
#' `forebear_error_argument` from functions that would read more than 2 GB at once.
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 31), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' model <- local_ancestry(panel, window = window_settings(10, context = 0))
#' folder <- tempfile()
#' predict(model, as_haplotypes(alleles[1:20, ]), strand = "same",
#'   store = call_store(folder, batch = 4))
#' stored <- read_stored_calls(folder)
#' ancestry_proportions(stored)
#' # What reads all at once can be given some samples at a time.
#' batches <- split(1:10, (1:10 - 1) %/% 4)
#' for (i in batches) write_fb(stored[i], tempfile(fileext = ".fb.tsv"))
#' @family ancestry calls
#' @name stored_calls
#' @aliases stored_calls-class
#' @export
read_stored_calls <- function(path) {
  call <- rlang::current_env()
  path <- check_path(path, "path", call)
  about <- piece_path(list(dir = path, stage = "store"), "about")
  if (!file.exists(about)) {
    abort_forebear("checkpoint", c(
      "`path` must be a folder that `predict(store = )` has finished.",
      x = sprintf("\"%s\" %s.", path, if (!dir.exists(path)) "is no folder" else
        if (file.exists(facts_path(list(dir = path, stage = "store")))) "is not finished" else
          "holds no stored calls"),
      i = "Call predict() again, with the same arguments: it goes on."), call)
  }
  kept <- read_checkpoint(about, piece_file_rule("about"), call)
  new_stored_calls(normalizePath(path, winslash = "/"), kept$run, kept$value)
}

# run    fingerprint of the run that wrote the folder
# about  of `about_store()`
new_stored_calls <- function(path, run, about) {
  stopifnot(is.character(path), is.character(run), is.list(about))
  structure(list(path = path, run = run, about = about), class = "forebear_stored_calls")
}

#' @export
print.forebear_stored_calls <- function(x, ...) {
  about <- x$about
  n_batches <- n_batches_of(about)
  cat(
    sprintf("<stored_calls> %s, %s on %s", counted(length(about$sample_id), "sample"),
      counted(nrow(about$windows), "window"),
      counted(length(unique(about$windows$chrom)), "chromosome")),
    sprintf("%s: %s", counted(length(about$populations), "population"),
      first_of(about$populations, 8)),
    sprintf("in %s of %s; posteriors of %d bits", sub("batchs", "batches",
      counted(n_batches, "batch")), counted(about$batch, "sample"), about$bits),
    sep = "\n"
  )
  invisible(x)
}

n_batches_of <- function(about) as.integer(ceiling(length(about$sample_id) / about$batch))

#' @export
samples.forebear_stored_calls <- function(x) { # nolint: object_name_linter.
  tibble::tibble(sample_id = x$about$sample_id)
}

#' @rdname stored_calls
#' @export
`[.forebear_stored_calls` <- function(x, i, ...) {
  call <- rlang::current_env()
  if (nargs() > 2) {
    abort_forebear("subset", c("Stored calls are chosen by sample alone.",
      i = "Write x[samples]; rows of the calls can then be chosen."), call)
  }
  sample_id <- x$about$sample_id
  chosen <- if (missing(i)) seq_along(sample_id) else locate(i, sample_id, "sample", call)
  if (anyDuplicated(chosen) > 0) {
    abort_forebear("subset", c("A sample can be chosen once.",
      x = sprintf("Twice: %s.", quoted(unique(sample_id[chosen[duplicated(chosen)]])))), call)
  }
  calls_of_stored(x, chosen, call)
}

# Calls of the samples at positions `chosen`, in that order.
calls_of_stored <- function(x, chosen, call) {
  about <- x$about
  wanted <- about$sample_id[chosen]
  batches <- unique((sort(chosen) - 1L) %/% about$batch + 1L)
  read <- lapply(batches, function(number) read_batch(x, number, call))
  parts <- lapply(read, decoded_calls, wanted = wanted, about = about)
  joined <- function(name) vctrs::vec_rbind(!!!lapply(parts, `[[`, name))
  chroms <- unique(about$windows$chrom)
  rows <- joined("rows")
  rows <- rows[order(match(rows$chrom, chroms), match(rows$sample_id, wanted), rows$haplotype,
    rows$window, rows$start_bp), ]
  switches <- joined("switches")
  switches <- switches[order(match(switches$chrom, chroms), switches$evidence == "alleles",
    match(switches$sample_id, wanted)), ]
  calls <- new_ancestry_calls(rows, switches, about$windows, about$populations, about$tree)
  phase <- about$phase
  attr(calls, "phase") <- if (!is.null(phase)) phase[phase$sample_id %in% wanted, ]
  attr(calls, "variants") <- about$variants
  parameters <- unique(lapply(read, `[[`, "parameters"))
  if (length(parameters) == 1) attr(calls, "parameters") <- parameters[[1]]
  weights <- joined("weights")
  if (!is.null(parts[[1]]$weights)) {
    attr(calls, "weights") <- weights[order(match(weights$sample_id, wanted), weights$set), ]
  }
  calls
}

# What is kept of the batch with a number, see `encoded_calls()`.
read_batch <- function(x, number, call) {
  checkpoint <- list(dir = x$path, stage = "store", run = x$run, what = "calls")
  name <- sprintf("calls %06d", number)
  refuse <- function(problem) {
    abort_forebear("checkpoint", c("Every batch of stored calls must be there and whole.",
      x = sprintf("\"%s\": %s", piece_path(checkpoint, name), problem),
      i = "Delete it and call predict() again, with the same arguments: it makes what is lost."),
    call)
  }
  kept <- finished_piece(checkpoint, name, call)
  if (is.null(kept)) refuse("There is no such file.")
  own <- x$about$sample_id[seq.int((number - 1L) * x$about$batch + 1L,
    min(number * x$about$batch, length(x$about$sample_id)))]
  if (!identical(kept$value$sample_id, own)) refuse("It is of other samples.")
  check_batch(kept$value, x$about, refuse)
  kept$value
}
