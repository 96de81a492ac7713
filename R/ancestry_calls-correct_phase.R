#' Correct the phase by local ancestry
#'
#' Exchanges the two haplotypes of a sample after each called phase switch, so that each haplotype
#' goes on with the ancestry it began with, and the calls with them: what is returned belongs
#' together.
#'
#' A switch is corrected only if there is evidence of it: its posterior is above 1/2, and on both
#' sides of it, up to the next switch that is called, there is a window, or a part of one, at which
#' the two haplotypes have different ancestries. Switches without such a window in between are taken
#' together: of an odd number the most probable one is corrected, of an even number none.
#'
#' The first variants of each chromosome stay as they are: which of two haplotypes comes first means
#' nothing, and nothing links chromosomes. Alleles change places from the position of each corrected
#' switch on, as [phase_switches()] gives it. Where a sample has one haplotype, and on chromosomes
#' without calls, nothing changes.
#'
#' Calls that know at which variants ancestry changes, such as those with windows that are split,
#' change places where the alleles do: a window in which that happens becomes two rows, and two rows
#' that differed by the switch alone become one. Of calls of whole windows, posteriors are exchanged
#' in whole windows, from the later window of the switch's step on. [phase_switches()] of the
#' corrected calls has no called switch; the `switch_probability` is then that of a switch that is
#' left: `1 - p` where one was corrected.
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
#' `forebear_error_no_switches` if the calls know of none, or of none of some sample, as where IDs
#' were changed in the calls; `forebear_error_uncalled_samples` if samples of `haplotypes` have no
#' calls; `forebear_error_uncalled_chromosomes` if no chromosome of `haplotypes` has;
#' `forebear_error_phase_mismatch` if one of the two was corrected already;
#' `forebear_error_incomplete_calls`; `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' calls <- calls[calls$sample_id == "ann", ]
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
  check_haplotypes(haplotypes, "haplotypes", call)
  threads <- check_threads(threads)
  calls <- calls_in_memory(calls, call)
  by_chrom <- call_pieces(calls, call)
  check_called(haplotypes, calls, by_chrom, call)
  chromosomes <- unique(haplotypes$variants$chrom)
  is_here <- function(pieces) !is.na(match_chromosomes(pieces$chrom, chromosomes))
  check_all_windows(calls, Filter(is_here, by_chrom), call)
  check_switches(calls, by_chrom, call)
  exchange <- plan_exchange(calls, by_chrom)
  new_corrected_phase(
    exchange_haplotypes(haplotypes, exchange$switches, by_chrom, threads, call),
    exchange_calls(calls, exchange)
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

exchange_haplotypes <- function(haplotypes, switches, by_chrom, threads, call) {
  samples <- haplotypes$samples$sample_id
  chromosomes <- unique(haplotypes$variants$chrom)
  own <- switches[switches$sample_id %in% samples &
    !is.na(match_chromosomes(switches$chrom, chromosomes)), ]
  place <- function(chrom, position) {
    list(chromosome = match_chromosomes(chrom, chromosomes), position = as.integer(position))
  }
  variants <- place(haplotypes$variants$chrom, haplotypes$variants$position_bp)
  where <- c(place(own$chrom, switch_positions(own, by_chrom)),
    list(sample = match(own$sample_id, samples)))
  packed <- with_progress(function(progress) {
    rust_swap_phase(haplotypes, variants, where, threads, progress)
  }, call)
  corrected <- with_packed(haplotypes, packed)
  corrected$phase <- marks_after(phase_marks(haplotypes), own)
  corrected
}

# `blocks`: of `call_blocks()` or `call_pieces()`.
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

# Alleles change places as often as the phase switches before them. Others say what they need.
check_all_windows <- function(
    calls, by_chrom, call,
    rule = "`calls` must have all windows of a chromosome: the phase may switch at any of them.",
    hint = "Give the calls as `predict()` made them, or of whole samples and chromosomes.") {
  for (pieces in by_chrom) {
    known <- attr(calls, "windows")
    absent <- setdiff(known$window[known$chrom == pieces$chrom], pieces$windows$window)
    if (length(absent) > 0) {
      abort_forebear("incomplete_calls", c(
        rule,
        x = sprintf("Absent: %s of chromosome %s (%s).", counted(length(absent), "window"),
          quoted(pieces$chrom), first_of(absent)),
        i = hint
      ), call)
    }
  }
}

#' @rdname correct_phase
#' @export
correct_phase.forebear_ancestry_calls <- function(haplotypes, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  by_chrom <- call_pieces(haplotypes, call)
  check_switches(haplotypes, by_chrom, call)
  exchange_calls(haplotypes, plan_exchange(haplotypes, by_chrom))
}

# What is to be done with calls:
#
# switches  the called switches of which there is evidence, rows of the calls' switches
# rows      for each row of the corrected calls that is not as it was: home (row of the calls whose
#           haplotype and window it has), source (row whose posteriors it has), start_bp, end_bp
# gone      rows of the calls that these stand for
plan_exchange <- function(calls, by_chrom) {
  known <- attr(calls, "windows")
  is_exact <- knows_breakpoints(calls)
  switches <- attr(calls, "switches")
  switches <- switches[switches$switched & switches$switch_probability > 0.5, ]
  plans <- lapply(by_chrom, function(pieces) {
    own <- switches[switches$chrom == pieces$chrom & switches$sample_id %in% both_of(pieces), ]
    windows <- known[known$chrom == pieces$chrom, ]
    windows <- windows[order(windows$window), ]
    own$place <- places_to_exchange(own, pieces, windows, is_exact)
    own <- own[!is.na(own$place), ]
    own <- own[order(match(own$sample_id, pieces$sample_id), own$place), ]
    cells <- cells_of_pairs(pieces, windows, unique(own$sample_id), function(samples) {
      cuts_at_switches(own, samples, windows, pieces$variants)
    })
    own <- own[have_evidence(own, cells, calls$.pred_class), ]
    rows <- exchanged_rows(own, cells, calls)
    own$place <- NULL
    list(switches = own, rows = rows, gone = c(cells$first, cells$second))
  })
  of_all <- function(name) lapply(plans, `[[`, name)
  gone <- unlist(of_all("gone"))
  list(
    switches = vctrs::vec_rbind(switches[0, ], !!!of_all("switches")),
    rows = vctrs::vec_rbind(!!!of_all("rows")), gone = unique(gone[!is.na(gone)])
  )
}

# Whether calls say at which variants ancestry changes: if they know their variants, or a window is
# split.
knows_breakpoints <- function(calls) !is.null(attr(calls, "variants")) || are_split(calls)

# Samples with two haplotypes on a chromosome.
both_of <- function(pieces) {
  intersect(pieces$sample_id[pieces$haplotype == 1L], pieces$sample_id[pieces$haplotype == 2L])
}

# n_switches, base from which on posteriors are exchanged: that of `switch_positions()`, or, where
# calls are of whole windows, the first of the later window.
places_to_exchange <- function(switches, pieces, windows, is_exact) {
  if (is_exact) {
    return(switch_positions(switches, list(list(chrom = pieces$chrom, windows = windows))))
  }
  windows$start_bp[match(switches$window, windows$window)]
}

# Cells (sample, window, start_bp, and `before`, the last variant before it) that begin at switches
# within windows.
cuts_at_switches <- function(switches, samples, windows, variants) {
  start_bp <- switches$place
  before <- start_bp - 1L
  if (!is.null(variants)) {
    at <- findInterval(start_bp, variants$position_bp, left.open = TRUE)
    before <- c(NA, variants$position_bp)[at + 1L]
    start_bp <- c(variants$position_bp, .Machine$integer.max)[at + 1L]
  }
  window <- findInterval(start_bp, windows$start_bp)
  inside <- window > 0
  inside[inside] <- start_bp[inside] > windows$start_bp[window[inside]] &
    start_bp[inside] <= windows$end_bp[window[inside]]
  data.frame(sample = match(switches$sample_id, samples), window = window, start_bp = start_bp,
    before = before)[inside %in% TRUE, ]
}

# n_switches, how many cells of its sample lie before each.
cells_before <- function(switches, cells) {
  # Places of one sample after those of another.
  stride <- 2^31
  own <- match(switches$sample_id, cells$samples)
  n <- findInterval(own * stride + switches$place, cells$sample * stride + cells$start_bp,
    left.open = TRUE)
  n - findInterval(own, cells$sample, left.open = TRUE)
}

# Whether each called switch, by sample and place, is to be corrected. Windows that are not at hand
# are taken to have different ancestries.
have_evidence <- function(switches, cells, class) {
  if (nrow(switches) == 0) {
    return(logical())
  }
  differ <- class[cells$first] != class[cells$second]
  differ[is.na(differ)] <- TRUE
  number <- sequence(rle(cells$sample)$lengths)
  by_sample <- matrix(FALSE, max(number), length(cells$samples))
  by_sample[cbind(number, cells$sample)] <- differ
  before <- cells_before(switches, cells)
  corrected <- before > 0
  corrected[corrected] <- answer(rust_switches_with_evidence(
    match(switches$sample_id, cells$samples)[corrected], before[corrected] + 1L,
    as.double(switches$switch_probability)[corrected], by_sample))
  corrected
}

# Rows of the corrected calls, of all cells. Cells of one window go together if they have the
# posteriors of one row, or if a switch that is corrected lies between two that are alike.
exchanged_rows <- function(switches, cells, calls) {
  at_hand <- which(!is.na(cells$first))
  if (length(at_hand) == 0) {
    return(NULL)
  }
  pair <- cbind(cells$first, cells$second)[at_hand, , drop = FALSE]
  n <- length(at_hand)
  sample <- cells$sample[at_hand]
  window <- cells$window[at_hand]
  swapped <- are_exchanged(switches, cells$samples, sample, cells$start_bp[at_hand])
  rows <- lapply(1:2, function(haplotype) {
    home <- pair[, haplotype]
    source <- ifelse(swapped, pair[, 3L - haplotype], home)
    is_cut <- sample[-1] == sample[-n] & window[-1] == window[-n]
    goes_on <- source[-1] == source[-n]
    undone <- which(is_cut & swapped[-1] != swapped[-n])
    goes_on[undone] <- are_alike(calls, source[undone], source[undone + 1L])
    begins <- c(TRUE, !(is_cut & goes_on))
    ends <- c(begins[-1], TRUE)
    tibble::tibble(home = home[begins], source = source[begins],
      start_bp = cells$start_bp[at_hand][begins], end_bp = cells$end_bp[at_hand][ends])
  })
  vctrs::vec_rbind(!!!rows)
}

# n_cells, whether the haplotypes are exchanged: after an odd number of switches since the first
# cell of the sample. `sample` and `start_bp` of each cell, in order.
are_exchanged <- function(switches, samples, sample, start_bp) {
  stride <- 2^31
  own <- match(switches$sample_id, samples)
  n_before <- findInterval(sample * stride + start_bp, own * stride + switches$place)
  number <- sequence(rle(sample)$lengths)
  (n_before - n_before[seq_along(number) - number + 1L]) %% 2L == 1L
}

# What goes with the ancestry when haplotypes change places.
exchanged_columns <- function(calls) {
  intersect(c(".pred_class", paste0(".pred_", attr(calls, "populations")), ".typicality"),
    names(calls))
}

are_alike <- function(calls, one, other) {
  values <- plain_tibble(calls)[exchanged_columns(calls)]
  vctrs::vec_equal(vctrs::vec_slice(values, one), vctrs::vec_slice(values, other),
    na_equal = TRUE)
}

exchange_calls <- function(calls, exchange) {
  kept <- which(!seq_len(nrow(calls)) %in% exchange$gone)
  rows <- vctrs::vec_rbind(
    tibble::tibble(home = kept, source = kept, start_bp = calls$start_bp[kept],
      end_bp = calls$end_bp[kept]),
    exchange$rows
  )
  rows <- rows[order(rows$home, rows$start_bp), ]
  corrected <- calls[rows$home, ]
  for (name in exchanged_columns(calls)) corrected[[name]] <- calls[[name]][rows$source]
  corrected[c("start_bp", "end_bp")] <- rows[c("start_bp", "end_bp")]
  switches <- switches_at_hand(calls)
  step <- intersect(c("sample_id", "chrom", "window", "position_bp"), names(switches))
  undone <- vctrs::vec_in(switches[step], exchange$switches[step])
  switches$switch_probability[undone] <- 1 - switches$switch_probability[undone]
  switches$switched <- FALSE
  attr(corrected, "switches") <- switches
  attr(corrected, "phase") <- marks_after(phase_marks(calls), exchange$switches)
  corrected
}
