# What a long run keeps in a folder of what it has finished.
#
# `<stage>.forebear` says of which data and settings a run is (its facts); each finished piece has a
# file of its own, `<stage>-<number>-<name>.forebear`. All are written as models are: under another
# name first, versioned and checksummed, data alone.

# dir    the folder, or NULL: nothing is kept
# stage  what is done there, such as "training"
# facts  named list of numbers, strings, and fingerprints; all that results depend on
# name   the argument by which the user gave the folder
# what   of what kind its pieces are, see `piece_rules`; `run_pieces()` sets it
new_checkpoint <- function(dir, stage, facts, name = "checkpoint_dir") {
  stopifnot(is.null(dir) || is.character(dir), is.character(stage), is.list(facts))
  list(dir = dir, stage = stage, facts = facts, run = fingerprint(facts), name = name)
}

# The checkpoint of a run in `dir`, which may be a new folder or one in which the same run was
# interrupted.
open_checkpoint <- function(dir, stage, facts, call, name = "checkpoint_dir") {
  if (!is.null(dir)) {
    dir <- check_path(dir, name, call)
    if (!dir.exists(dir) && !dir.create(dir, showWarnings = FALSE, recursive = TRUE)) {
      abort_forebear("file", c(sprintf("`%s` must be a folder, or one that can be made.", name),
        x = sprintf("\"%s\" is none.", dir)), call)
    }
    dir <- normalizePath(dir, winslash = "/")
  }
  facts <- c(list(forebear = as.character(utils::packageVersion("forebear"))), facts)
  checkpoint <- new_checkpoint(dir, stage, facts, name)
  if (!is.null(dir)) check_folder(checkpoint, call)
  checkpoint
}

# 128 bits of what a value holds. The older layout knows no compact vectors, so that equal values
# have equal bytes; its first 14 bytes name the version of R.
fingerprint <- function(x) rlang::hash(serialize(x, NULL, version = 2)[-seq_len(14)])

# Haplotypes as they are seen, with their tables; two views of the same are equal.
haplotypes_fingerprint <- function(haplotypes, threads, call) {
  packed <- repacked(haplotypes, threads, call)
  fingerprint(list(packed$alleles, packed$haploid, as.list(haplotypes$samples),
    as.list(haplotypes$variants)))
}

facts_path <- function(checkpoint) {
  file.path(checkpoint$dir, paste0(checkpoint$stage, ".forebear"))
}

# A folder belongs to a run from the first piece on that is kept there.
check_folder <- function(checkpoint, call) {
  path <- facts_path(checkpoint)
  if (!file.exists(path)) {
    return(invisible())
  }
  found <- read_checkpoint(path, facts_rule, call)
  names <- union(names(found), names(checkpoint$facts))
  differs <- !vapply(names, function(name) identical(found[[name]], checkpoint$facts[[name]]), NA)
  if (any(differs)) {
    abort_forebear("checkpoint", c(
      "A checkpoint can be resumed with the same data and settings only.",
      x = sprintf("\"%s\" holds a %s of other data or settings. %s", checkpoint$dir,
        checkpoint$stage, paste(vapply(names[differs], function(name) {
          difference(name, found[[name]], checkpoint$facts[[name]])
        }, ""), collapse = " ")),
      i = sprintf("Give the data and settings of that run, or another `%s`.", checkpoint$name)
    ), call)
  }
}

# A sentence on what was `there` and what is `here`; fingerprints say nothing to a reader.
difference <- function(name, there, here) {
  shown <- function(x) if (is.null(x)) "not set" else format(x)
  if (any(nchar(c(shown(there), shown(here))) == 32)) {
    return(sprintf("The %s differs.", name))
  }
  sprintf("%s: %s in the checkpoint, %s in this call.", name, shown(there), shown(here))
}

# Names that say more than letters, digits and blanks get a few digits that distinguish them.
piece_path <- function(checkpoint, piece) {
  plain <- gsub("[^A-Za-z0-9]+", "_", piece)
  if (grepl("[^A-Za-z0-9 ]", piece)) {
    plain <- paste(plain, substr(fingerprint(as_utf8(piece)), 1, 8), sep = "_")
  }
  file.path(checkpoint$dir, sprintf("%s-%s.forebear", checkpoint$stage, plain))
}

# NULL, or what was kept of a finished piece: `value` and `warnings`, see `recorded()`.
finished_piece <- function(checkpoint, piece, call) {
  if (is.null(checkpoint$dir)) {
    return(NULL)
  }
  path <- piece_path(checkpoint, piece)
  if (!file.exists(path)) {
    return(NULL)
  }
  found <- read_checkpoint(path, piece_file_rule(checkpoint$what), call)
  if (!identical(found$run, checkpoint$run) || !identical(found$piece, piece)) {
    abort_forebear("checkpoint", c(
      "A checkpoint can be resumed with the same data and settings only.",
      x = sprintf("\"%s\" is of another run.", path),
      i = "Delete it: what it should hold is then computed again."
    ), call)
  }
  found[c("value", "warnings")]
}

keep_piece <- function(checkpoint, piece, outcome, call = NULL) {
  if (!is.null(checkpoint$dir)) {
    facts <- facts_path(checkpoint)
    if (!file.exists(facts)) write_checkpoint(facts, checkpoint$facts, call)
    kept <- c(list(run = checkpoint$run, piece = piece), outcome)
    write_checkpoint(piece_path(checkpoint, piece), kept, call)
  }
  outcome
}

write_checkpoint <- function(path, x, call) {
  answer(rust_write_model(path, file_header("checkpoint"), plain_value(x)), call)
  invisible(x)
}

# `rule`: what the file holds, see model_file-fields.R.
read_checkpoint <- function(path, rule, call) {
  refuse <- function(problem) {
    abort_forebear("checkpoint", c(
      "The files of a checkpoint must be whole.", x = problem,
      i = sprintf("Delete \"%s\": what it should hold is then computed again.", path)
    ), call)
  }
  file <- tryCatch(answer(rust_read_model(path)), forebear_error_model_file = function(condition) {
    refuse(paste(conditionMessage(condition), collapse = " "))
  })
  if (file$kind != "checkpoint") {
    refuse(sprintf("\"%s\" is not a checkpoint.", path))
  }
  rule(file$values, start_of_file(function(problem) refuse(printable(problem))))
}
