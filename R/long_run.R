#' Long runs
#'
#' How [local_ancestry()] and its [predict()][predict.forebear_local_ancestry] resume a run that was
#' interrupted, and spread one over processes and computers.
#'
#' @section Checkpoints:
#' With `checkpoint_dir`, each chromosome is kept in a file of that folder as soon as it is
#' finished, and the same call goes on where the run was interrupted, however it was: a process that
#' is killed loses the chromosomes at work. Files appear only when they are whole, and are
#' checksummed; they are data alone, as those of [write_model()]: nothing in them can run. The
#' folder records of which data and settings the run is, as fingerprints of 128 bits: with others,
#' or where a file is damaged, it is refused. Number of threads and workers may differ. Training and
#' prediction may use one folder; two predictions may not. What is kept of a panel holds haplotypes
#' of its members, as a model does. Delete the folder when all is done.
#'
#' @section Workers:
#' With `BPPARAM`, chromosomes (and, of predictions, every 1,000 samples of them) are spread over
#' the workers of BiocParallel: `SerialParam()`, `MulticoreParam()`, `SnowParam()`, or a cluster
#' such as Slurm by `BatchtoolsParam()`. The answer is the same, to the last bit, with any of them
#' and without. forebear must be installed where they run; `checkpoint_dir` must be a folder that
#' all of them see. A chromosome whose worker dies is tried again, twice; what still fails is
#' reported by name when all others are finished. Rates of recombination and phase switches are
#' estimated in this process, from all chromosomes, and so is what is asked of `admixed` samples.
#'
#' @param checkpoint_dir `NULL`, or a folder in which finished chromosomes are kept.
#' @param BPPARAM `NULL`, or workers of BiocParallel to spread chromosomes over. Then `threads` are
#'   those of each worker, one unless it is said.
#' @section Errors:
#' `forebear_error_checkpoint` for the folder of another run and for damaged files in it;
#' `forebear_error_worker` if pieces were not finished; `forebear_error_package` without
#' BiocParallel; `forebear_error_file` if the folder cannot be written. A message of class
#' `forebear_message_resumed` says what was kept from before.
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 31), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' folder <- tempfile()
#' model <- local_ancestry(panel, window_settings(10, context = 0), checkpoint_dir = folder)
#' list.files(folder)
#' again <- local_ancestry(panel, window_settings(10, context = 0), checkpoint_dir = folder)
#' identical(again, model)
#' @family local ancestry
#' @name long_runs
NULL

# A long run: pieces of work, such as chromosomes, in this process or spread over others, with what
# is finished kept.

# checkpoint      of `open_checkpoint()`
# bpparam         NULL, or of BiocParallel
# threads         of this process
# worker_threads  of each of the others
new_long_run <- function(checkpoint, bpparam, threads, worker_threads) {
  list(checkpoint = checkpoint, bpparam = bpparam, threads = threads,
    worker_threads = worker_threads)
}

# A run in this process, of which nothing is kept.
plain_run <- function(threads, stage = "calling") {
  new_long_run(new_checkpoint(NULL, stage, list()), NULL, threads, threads)
}

# facts: a function, as fingerprints take a while and are needed with a checkpoint only; threads: as
# the user gave them. With `bpparam`, NULL is one for each worker. `name`: the argument by which
# the folder was given.
open_long_run <- function(checkpoint_dir, stage, facts, bpparam, threads, call,
                          name = "checkpoint_dir") {
  check_bpparam(bpparam, call)
  own <- check_threads(threads, call)
  said <- threads %||% getOption("forebear.threads")
  known <- if (is.null(checkpoint_dir)) list() else facts(own)
  checkpoint <- open_checkpoint(checkpoint_dir, stage, known, call, name)
  new_long_run(checkpoint, bpparam, own, if (is.null(said)) 1L else own)
}

# The values of `work(input(name), threads)` for each of `pieces`, a vector of names. `work` is a
# function of this package that needs nothing but its arguments, as it may run elsewhere; what it
# gives must not depend on the number of threads. `size`: how much work each piece is, for the
# progress bar; `what`: what a piece is, such as "chromosome".
run_pieces <- function(run, what, pieces, size, input, work, call) {
  label <- paste(what, pieces)
  run$checkpoint$what <- what
  done <- lapply(label, finished_piece, checkpoint = run$checkpoint, call = call)
  left <- which(vapply(done, is.null, NA))
  stage <- run$checkpoint$stage
  if (length(left) < length(pieces)) {
    inform_forebear("resumed", sprintf("%s, %s: %s of %s kept from before.", stage, what,
      big(length(pieces) - length(left)), big(length(pieces))))
  }
  done[left] <- if (is.null(run$bpparam)) {
    over_pieces(paste0(stage, " (", what, "s)"), size[left], function(i) {
      outcome <- recorded(in_name_of(call, work(input(pieces[left[i]]), run$threads)))
      keep_piece(run$checkpoint, label[left[i]], outcome, call)
    })
  } else {
    spread_pieces(run, label[left], lapply(pieces[left], input), work, call)
  }
  warn_recorded(done, call)
  stats::setNames(lapply(done, `[[`, "value"), pieces)
}

# The value of `work`, which takes all pieces together.
run_whole <- function(run, what, work, call) {
  run$checkpoint$what <- what
  done <- finished_piece(run$checkpoint, what, call) %||%
    keep_piece(run$checkpoint, what, recorded(work), call)
  warn_recorded(list(done), call)
  done$value
}

# The value of `work`, and the warnings that it raised: in words, as conditions drag their frames
# along.
recorded <- function(work) {
  warnings <- list()
  value <- withCallingHandlers(work, warning = function(condition) {
    warnings[[length(warnings) + 1]] <<- condition_in_words(condition)
    tryInvokeRestart("muffleWarning")
  })
  list(value = value, warnings = warnings)
}

# kind, and message as `abort_forebear()` takes it.
condition_in_words <- function(condition) {
  own <- grep("^forebear_(warning|error)_", class(condition), value = TRUE)
  list(kind = sub("^forebear_(warning|error)_", "", c(own, "worker")[1]),
    message = c(condition$message, condition$body))
}

# Of the recorded warnings of each kind the first, and how many there are.
warn_first <- function(warnings, call) {
  kind <- vapply(warnings, `[[`, "", "kind")
  for (alike in split(warnings, factor(kind, unique(kind)))) {
    message <- alike[[1]]$message
    if (length(alike) > 1) {
      message <- c(message, i = sprintf("The first of %s of this kind.",
        counted(length(alike), "warning")))
    }
    warn_forebear(alike[[1]]$kind, message, call)
  }
}

warn_recorded <- function(done, call) {
  warnings <- unlist(lapply(done, `[[`, "warnings"), recursive = FALSE)
  for (warning in unique(warnings)) {
    warn_forebear(warning$kind, warning$message, call)
  }
}
