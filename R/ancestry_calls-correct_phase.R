#' Correct the phase by local ancestry
#'
#' Exchanges the two haplotypes of a sample after each called phase switch, so that each haplotype
#' goes on with the ancestry it began with, and the calls with them: what is returned belongs
#' together.
#'
#' A switch is corrected only if there is evidence of it: its posterior is above 1/2, and on both
#' sides of it, up to the next switch that is called, there is a window at which the two haplotypes
#' have different ancestries. Switches without such a window in between are taken together: of an
#' odd number the most probable one is corrected, of an even number none.
#'
#' The first variants of each chromosome stay as they are: which of two haplotypes comes first means
#' nothing, and nothing links chromosomes. Alleles change places from the position of each corrected
#' switch on, as [phase_switches()] gives it. Where a sample has one haplotype, and on chromosomes
#' without calls, nothing changes.
#'
#' Of calls, posteriors are exchanged in whole windows, from the later window of the switch's step
#' on: no window is split. [phase_switches()] of the corrected calls has no called switch; the
#' `switch_probability` is then that of a switch that is left: `1 - p` where one was corrected.
#'
#' Haplotypes and calls are marked with the phase that they are in. What takes both, such as
#' [write_ancestry_vcf()], refuses haplotypes as they were given with calls in corrected phase, and
#' the other way round. The mark is kept by choosing, joining and [saveRDS()], not by files of
#' other formats.
#'
#' @param haplotypes [haplotypes] that the calls were made of. Ancestry calls alone can be given,
#'   without `calls`, to look at them in the corrected phase.
#' @param calls Ancestry calls with phase switches, of all samples of `haplotypes`, at all windows
#'   of their chromosomes.
#' @param ... Must be empty.
#' @inheritParams shared_arguments
#' @returns A list with `haplotypes` and `calls`, both in the corrected phase. Of ancestry calls
#'   alone: these, in which windows may have been left out.
#' @section Errors:
#' `forebear_error_no_switches` if the calls know of none; `forebear_error_uncalled_samples` if
#' samples of `haplotypes` have no calls; `forebear_error_uncalled_chromosomes` if no chromosome
#' of `haplotypes` has; `forebear_error_phase_mismatch` if one of the two was corrected already;
#' `forebear_error_incomplete_calls`; `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' # Calls of a model know where phase switches; these are made up.
#' attr(calls, "switches") <- tibble::tibble(
#'   sample_id = "ann", chrom = "1", window = 2:20,
#'   switch_probability = ifelse(window == 8, 0.9, 0.01), switched = window == 8
#' )
#' alleles <- rbind(ann_1 = c(0, 0, 0), ann_2 = c(1, 1, 1))
#' variants <- data.frame(chrom = "1", position_bp = c(2000000L, 7000000L, 12000000L),
#'   ref = "A", alt = "C")
#' haplotypes <- as_haplotypes(alleles, variants = variants)
#' corrected <- correct_phase(haplotypes, calls)
#' as.matrix(corrected$haplotypes)
#' autoplot(corrected$calls, sample_id = "ann")
#' @seealso [phase_switches()], [write_phased_vcf()]
#' @family ancestry calls
#' @export
correct_phase <- function(haplotypes, ...) UseMethod("correct_phase")

#' @export
correct_phase.default <- function(haplotypes, ...) {
  check_haplotypes(haplotypes, "haplotypes", rlang::current_env())
}

#' @rdname correct_phase
#' @export
correct_phase.forebear_haplotypes <- function(haplotypes, calls, ..., threads = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  threads <- check_threads(threads)
  blocks <- call_blocks(calls, call)
  check_called(haplotypes, calls, blocks, call)
  chromosomes <- unique(haplotypes$variants$chrom)
  is_here <- function(block) !is.na(match_chromosomes(block$chrom, chromosomes))
  check_all_windows(calls, Filter(is_here, blocks), call)
  check_switches(calls, blocks, call)
  switches <- switches_to_correct(calls, blocks)
  new_corrected_phase(
    exchange_haplotypes(haplotypes, switches, blocks, threads, call),
    exchange_calls(calls, switches, blocks)
  )
}

new_corrected_phase <- function(haplotypes, calls) {
  stopifnot(inherits(haplotypes, "forebear_haplotypes"), inherits(calls, "forebear_ancestry_calls"))
  structure(list(haplotypes = haplotypes, calls = calls), class = "forebear_corrected_phase")
}

#' @export
print.forebear_corrected_phase <- function(x, ...) {
  n <- dim(x$haplotypes)
  marks <- phase_marks(x$haplotypes)
  marks <- marks[marks$sample_id %in% x$haplotypes$samples$sample_id, ]
  cat(
    sprintf("<forebear_corrected_phase> %s x %s", counted(n[1], "sample"),
      counted(n[2], "variant")),
    sprintf("phase corrected in %s", counted(length(unique(marks$sample_id)), "sample")),
    "$haplotypes and $calls are in the same phase",
    sep = "\n"
  )
  invisible(x)
}

# Those of the haplotypes.
#' @export
as.matrix.forebear_corrected_phase <- function( # nolint: object_name_linter. As base's.
    x, ...) {
  as.matrix(x$haplotypes, ...)
}

exchange_haplotypes <- function(haplotypes, switches, blocks, threads, call) {
  samples <- haplotypes$samples$sample_id
  chromosomes <- unique(haplotypes$variants$chrom)
  own <- switches[switches$sample_id %in% samples &
    !is.na(match_chromosomes(switches$chrom, chromosomes)), ]
  place <- function(chrom, position) {
    list(chromosome = match_chromosomes(chrom, chromosomes), position = as.integer(position))
  }
  variants <- place(haplotypes$variants$chrom, haplotypes$variants$position_bp)
  where <- c(place(own$chrom, switch_positions(own, blocks)),
    list(sample = match(own$sample_id, samples)))
  packed <- with_progress(function(progress) {
    rust_swap_phase(haplotypes, variants, where, threads, progress)
  }, call)
  corrected <- with_packed(haplotypes, packed)
  corrected$phase <- marks_after(phase_marks(haplotypes), own)
  corrected
}

check_called <- function(haplotypes, calls, blocks, call) {
  samples <- haplotypes$samples$sample_id
  uncalled <- setdiff(samples, calls$sample_id)
  if (length(uncalled) > 0 || anyDuplicated(samples)) {
    abort_forebear("uncalled_samples", c(
      "Every sample of `haplotypes` must have an ID of its own and be in `calls`.",
      x = if (length(uncalled) > 0) sprintf("Not in `calls`: %s.", quoted(uncalled)) else
        sprintf("More than once: %s.", quoted(unique(samples[duplicated(samples)])))
    ), call)
  }
  chrom <- vapply(blocks, `[[`, "", "chrom")
  if (all(is.na(match_chromosomes(haplotypes$variants$chrom, chrom)))) {
    abort_forebear("uncalled_chromosomes", c(
      "`calls` must be of a chromosome of `haplotypes`.",
      x = sprintf("Calls are of %s, haplotypes of %s.", quoted(chrom),
        quoted(unique(haplotypes$variants$chrom)))
    ), call)
  }
  check_same_phase(haplotypes, calls, call)
}

# Alleles change places as often as the phase switches before them.
check_all_windows <- function(calls, blocks, call) {
  for (block in blocks) {
    known <- attr(calls, "windows")
    absent <- setdiff(known$window[known$chrom == block$chrom], block$windows$window)
    if (length(absent) > 0) {
      abort_forebear("incomplete_calls", c(
        "`calls` must have all windows of a chromosome: the phase may switch at any of them.",
        x = sprintf("Absent: %s of chromosome %s (%s).", counted(length(absent), "window"),
          quoted(block$chrom), first_of(absent)),
        i = "Give the calls as `predict()` made them, or of whole samples and chromosomes."
      ), call)
    }
  }
}

#' @rdname correct_phase
#' @export
correct_phase.forebear_ancestry_calls <- function(haplotypes, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  blocks <- call_blocks(haplotypes, call)
  check_switches(haplotypes, blocks, call)
  exchange_calls(haplotypes, switches_to_correct(haplotypes, blocks), blocks)
}

exchange_calls <- function(calls, corrected, blocks) {
  samples <- unique(calls$sample_id)
  swapped <- swapped_windows(corrected, blocks, samples)
  source <- seq_len(nrow(calls))
  for (i in seq_along(blocks)) {
    source <- exchange_rows(source, blocks[[i]], swapped[[i]], samples)
  }
  for (name in c(".pred_class", paste0(".pred_", attr(calls, "populations")))) {
    calls[[name]] <- calls[[name]][source]
  }
  switches <- switches_at_hand(calls)
  step <- c("sample_id", "chrom", "window")
  undone <- vctrs::vec_in(switches[step], corrected[step])
  switches$switch_probability[undone] <- 1 - switches$switch_probability[undone]
  switches$switched <- FALSE
  attr(calls, "switches") <- switches
  attr(calls, "phase") <- marks_after(phase_marks(calls), corrected)
  calls
}

# The called switches of which there is evidence, rows of the calls' switches. Windows that are not
# at hand are taken to have different ancestries.
switches_to_correct <- function(calls, blocks) {
  switches <- attr(calls, "switches")
  switches <- switches[switches$switched & switches$switch_probability > 0.5 &
    switches$sample_id %in% calls$sample_id, ]
  known <- attr(calls, "windows")
  kept <- lapply(blocks, function(block) {
    own <- switches[switches$chrom == block$chrom, ]
    own <- own[order(match(own$sample_id, block$sample_id), own$window), ]
    window <- sort(known$window[known$chrom == block$chrom])
    own <- own[own$window %in% window[-1], ]
    own[has_evidence(own, window, ancestries_differ(calls, block, window, own$sample_id)), ]
  })
  vctrs::vec_rbind(switches[0, ], !!!kept)
}

# [n_windows x n samples of `of`] whether the two haplotypes have different ancestries.
ancestries_differ <- function(calls, block, window, of) {
  samples <- unique(of)
  column <- function(haplotype) {
    match(samples, ifelse(block$haplotype == haplotype, block$sample_id, NA))
  }
  class <- function(columns) matrix(calls$.pred_class[block$row[, columns]], nrow(block$row))
  differ <- matrix(TRUE, length(window), length(samples), dimnames = list(NULL, samples))
  at_hand <- class(column(1L)) != class(column(2L))
  differ[match(block$windows$window, window), ] <- at_hand %in% TRUE
  differ
}

# Whether each of some switches, ordered by sample and window, is to be corrected. `window`: all of
# the chromosome; `differ`: of `ancestries_differ()`.
has_evidence <- function(switches, window, differ) {
  if (nrow(switches) == 0) {
    return(logical())
  }
  answer(rust_switches_with_evidence(match(switches$sample_id, colnames(differ)),
    match(switches$window, window), as.double(switches$switch_probability), differ))
}

# Rows from which each row takes its posteriors, after exchanging those of swapped windows.
exchange_rows <- function(source, block, swapped, samples) {
  first <- which(block$haplotype == 1L)
  second <- match(block$sample_id[first], ifelse(block$haplotype == 2L, block$sample_id, NA))
  first <- first[!is.na(second)]
  second <- second[!is.na(second)]
  flag <- swapped[, match(block$sample_id[first], samples), drop = FALSE]
  one <- block$row[, first, drop = FALSE][flag]
  other <- block$row[, second, drop = FALSE][flag]
  source[one] <- other
  source[other] <- one
  source
}
