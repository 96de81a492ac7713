# Pieces of work on the workers of BiocParallel.
#
# An error in a piece comes back as a value. A worker that dies takes the whole cluster down, with
# all that was not written: pieces are therefore kept in a folder as they are finished, and those
# that are not are tried again, at last each by itself, so that the message can name it.

check_bpparam <- function(bpparam, call) {
  if (is.null(bpparam)) {
    return(invisible())
  }
  check_package("BiocParallel", call = call)
  if (!inherits(bpparam, "BiocParallelParam")) {
    abort_forebear("argument", c(
      "`BPPARAM` must be NULL, or made by BiocParallel, such as `MulticoreParam()`.",
      x = sprintf("It is %s.", describe_class(bpparam))
    ), call)
  }
}

# A list of what `recorded()` gives, one for each of `labels`.
spread_pieces <- function(run, labels, inputs, work, call) {
  if (length(labels) == 0) {
    return(list())
  }
  checkpoint <- run$checkpoint
  if (is.null(checkpoint$dir)) {
    checkpoint$dir <- tempfile("forebear")
    dir.create(checkpoint$dir)
    on.exit(unlink(checkpoint$dir, recursive = TRUE), add = TRUE)
  }
  jobs <- Map(function(label, input) {
    list(label = label, input = input, checkpoint = checkpoint, threads = run$worker_threads,
      must_keep = !is.null(run$checkpoint$dir))
  }, labels, inputs)
  done <- stats::setNames(vector("list", length(jobs)), labels)
  said <- NULL
  # All, then what is left, then what is left one by one.
  for (round in list(list, list, as.list)) {
    for (chosen in round(labels[vapply(done, is.null, NA)])) {
      tried <- attempt(jobs[chosen], work, run$bpparam, checkpoint, call)
      done[chosen] <- tried$pieces
      said <- tried$said %||% said
    }
  }
  check_finished(done, said, run, call)
  unname(done)
}

# pieces: what became of each job, as `work_on_piece()` gives it, or NULL if its worker died
# said: what BiocParallel said if it gave up or got nothing from a worker, or NULL
attempt <- function(jobs, work, bpparam, checkpoint, call) {
  was_up <- BiocParallel::bpisup(bpparam)
  # BiocParallel may do without a cluster that is not up, and this process would die with the work.
  if (!was_up) BiocParallel::bpstart(bpparam)
  outcome <- tryCatch(
    BiocParallel::bptry(BiocParallel::bplapply(jobs, work_on_piece, work = work,
      BPPARAM = bpparam)),
    error = identity
  )
  gave_up <- inherits(outcome, "condition")
  if (gave_up) {
    forget_workers(bpparam)
    if (was_up) BiocParallel::bpstart(bpparam)
  } else if (!was_up) {
    BiocParallel::bpstop(bpparam)
  }
  # Where a job of a cluster has died, the others may not be in their places.
  pieces <- Filter(function(piece) inherits(piece, "forebear_piece"), as.list(outcome))
  # Work on forebear's pieces fails by itself only where there is no forebear.
  failures <- if (gave_up) list(outcome) else Filter(is_condition, as.list(outcome))
  names(pieces) <- vapply(pieces, `[[`, "", "label")
  list(
    pieces = lapply(jobs, function(job) {
      pieces[[job$label]] %||% finished_piece(checkpoint, job$label, call)
    }),
    said = if (length(failures) > 0) conditionMessage(failures[[1]])
  )
}

is_condition <- function(x) inherits(x, "condition")

# A cluster that has lost a worker can be neither used nor stopped.
forget_workers <- function(bpparam) {
  if (!BiocParallel::bpisup(bpparam)) {
    return(invisible())
  }
  if (inherits(bpparam, "SnowParam")) {
    BiocParallel::bpbackend(bpparam) <- BiocParallel::bpbackend(BiocParallel::SnowParam())
  } else {
    BiocParallel::bpstop(bpparam)
  }
}

# Runs on the worker, which may not see a folder that was made for this run alone.
work_on_piece <- function(job, work) {
  old <- options(forebear.progress = FALSE)
  on.exit(options(old))
  outcome <- tryCatch({
    outcome <- recorded(work(job$input, job$threads))
    keeps <- job$must_keep || dir.exists(job$checkpoint$dir)
    if (keeps) keep_piece(job$checkpoint, job$label, outcome) else outcome
  }, error = function(condition) list(error = condition_in_words(condition)))
  structure(c(outcome, label = job$label), class = "forebear_piece")
}

check_finished <- function(done, said, run, call) {
  died <- names(done)[vapply(done, is.null, NA)]
  errors <- Filter(Negate(is.null), lapply(done, `[[`, "error"))
  if (length(died) + length(errors) == 0) {
    return(invisible())
  }
  texts <- vapply(errors, function(error) {
    gsub("\n. ", " ", paste(error$message, collapse = " "))
  }, "")
  abort_forebear("worker", c(
    "Every piece of a run must be finished by a worker.",
    x = if (length(errors) > 0) paste0("Failed: ",
      first_of(sprintf("%s (%s)", names(errors), texts))),
    x = if (length(died) > 0) sprintf(
      "Workers died over: %s, three times, the last time each by itself.", first_of(died)),
    x = if (length(died) > 0 && !is.null(said)) sprintf("BiocParallel said at last: %s", said),
    i = if (length(died) > 0) {
      "Is forebear installed where workers run, and is there enough memory for one?"
    },
    i = if (is.null(run$checkpoint$dir)) {
      "With `checkpoint_dir`, what is finished is kept."
    } else {
      sprintf("The others are kept in \"%s\": call again to go on.", run$checkpoint$dir)
    }
  ), call)
}
