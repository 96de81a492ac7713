# Which phase haplotypes and calls are in. `correct_phase()` marks what it has exchanged, so that
# haplotypes of one phase and calls of another are not used together.

# One row for each sample and chromosome that is not as it was given: sample_id, chrom (plain), mark
# (the same for haplotypes and calls after the same switches).
no_marks <- function() {
  tibble::tibble(sample_id = character(), chrom = character(), mark = character())
}

# Of haplotypes or calls.
phase_marks <- function(x) {
  marks <- if (inherits(x, "forebear_ancestry_calls")) attr(x, "phase") else x$phase
  marks %||% no_marks()
}

# Marks after some switches (sample_id, chrom, window, position_bp if it is known) have been undone;
# NULL if there are none.
marks_after <- function(marks, switches) {
  switches$chrom <- plain_chromosome(switches$chrom)
  place <- paste(switches$window, switches[["position_bp"]])
  key <- paste(switches$sample_id, switches$chrom, sep = "\r")
  rows <- split(seq_along(key), factor(key, unique(key)))
  new <- vctrs::vec_slice(switches[c("sample_id", "chrom")], vapply(rows, `[[`, 0L, 1L))
  before <- mark_of(marks, new)
  new$mark <- vapply(seq_along(rows), function(i) {
    rlang::hash(list(before[[i]], sort(place[rows[[i]]], method = "radix")))
  }, "")
  marks <- joined_marks(list(new, marks))
  if (nrow(marks) > 0) marks
}

# Marks of samples whose IDs were `old`; others, of samples that are not there, are left out.
renamed_marks <- function(marks, old, new) {
  if (is.null(marks)) {
    return(NULL)
  }
  marks <- marks[marks$sample_id %in% old, ]
  marks$sample_id <- new[match(marks$sample_id, old)]
  if (nrow(marks) > 0) marks
}

# `NA` for what is as it was given.
mark_of <- function(marks, of) {
  marks$mark[vctrs::vec_match(of[c("sample_id", "chrom")], marks[c("sample_id", "chrom")])]
}

# Of several marks of one sample and chromosome the first holds.
joined_marks <- function(parts) {
  marks <- vctrs::vec_rbind(no_marks(), !!!parts)
  marks[!duplicated(marks[c("sample_id", "chrom")]), ]
}

# What is joined must be in one phase where it is of one sample and chromosome. `parts`: haplotypes
# or calls; the marks of all.
marks_of_parts <- function(parts, call) {
  of_part <- function(marks, part) {
    marks[marks$sample_id %in% sample_ids(part) & marks$chrom %in% plain_chromosomes(part), ]
  }
  marks <- joined_marks(lapply(parts, function(part) of_part(phase_marks(part), part)))
  for (i in seq_along(parts)) {
    own <- of_part(marks, parts[[i]])
    mark <- mark_of(phase_marks(parts[[i]]), own)
    differs <- is.na(mark) | mark != own$mark
    if (any(differs)) {
      abort_forebear("phase_mismatch", c(
        "Data that are joined must be in the same phase.",
        x = sprintf("Number %d of %s is in another, chromosome %s.", i,
          quoted(own$sample_id[differs][1]), quoted(own$chrom[differs][1])),
        i = "`correct_phase()` changed the phase of some: join before it."
      ), call)
    }
  }
  if (nrow(marks) > 0) marks
}

sample_ids <- function(x) if (is.data.frame(x)) unique(x$sample_id) else x$samples$sample_id

plain_chromosomes <- function(x) {
  plain_chromosome(unique(if (is.data.frame(x)) x$chrom else x$variants$chrom))
}

# Haplotypes and calls of the same samples and chromosomes must be in one phase.
check_same_phase <- function(haplotypes, calls, call) {
  ids <- intersect(sample_ids(haplotypes), sample_ids(calls))
  chroms <- intersect(plain_chromosomes(haplotypes), plain_chromosomes(calls))
  of_both <- function(marks) marks[marks$sample_id %in% ids & marks$chrom %in% chroms, ]
  own <- list(of_both(phase_marks(haplotypes)), of_both(phase_marks(calls)))
  all <- joined_marks(own)
  mark <- lapply(own, mark_of, all)
  differs <- which(!mapply(identical, mark[[1]], mark[[2]]))
  if (length(differs) == 0) {
    return(invisible())
  }
  first <- differs[[1]]
  state <- function(mark) if (is.na(mark[[first]])) "as it was given" else "corrected"
  both <- !is.na(mark[[1]][[first]]) && !is.na(mark[[2]][[first]])
  abort_forebear("phase_mismatch", c(
    "`haplotypes` and `calls` must be in the same phase.",
    x = sprintf("%s not; the first is %s on chromosome %s: the phase of the haplotypes is %s, %s.",
      verb(length(unique(all$sample_id[differs]))), quoted(all$sample_id[[first]]),
      quoted(all$chrom[[first]]), state(mark[[1]]),
      if (both) "by other switches than that of the calls" else
        sprintf("that of the calls %s", state(mark[[2]]))),
    i = paste("`correct_phase(haplotypes, calls)` returns both in the new phase: use its",
      "`$haplotypes` with its `$calls`."),
    i = "Haplotypes that are read from a file count as given: `predict()` their own calls."
  ), call)
}
