#' Correct the phase by local ancestry
#'
#' Exchanges the two haplotypes of a sample after each called phase switch, so that each haplotype
#' goes on with the ancestry it began with.
#'
#' The first variants of each chromosome stay as they are: which of two haplotypes comes first means
#' nothing, and nothing links chromosomes. Alleles change places from the position of each called
#' switch on, as [phase_switches()] gives it. Where a sample has one haplotype, and on chromosomes
#' without calls, nothing changes.
#'
#' For calls, posteriors are exchanged in the windows from each switch on; windows may have been
#' left out. Their `switch_probability` is then that of a switch that is left: `1 - p` where one was
#' corrected; none is called any more.
#'
#' @param haplotypes [haplotypes] that the calls were made of, or ancestry calls.
#' @param calls Ancestry calls with phase switches, of all samples of `haplotypes`, at all windows
#'   of their chromosomes.
#' @param ... Must be empty.
#' @inheritParams shared_arguments
#' @returns What was given, [haplotypes] or ancestry calls, in the corrected phase.
#' @section Errors:
#' `forebear_error_no_switches` if the calls know of none; `forebear_error_uncalled_samples` if
#' samples of `haplotypes` have no calls; `forebear_error_uncalled_chromosomes` if no chromosome
#' of `haplotypes` has; `forebear_error_incomplete_calls`; `forebear_error_argument`.
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
#' as.matrix(correct_phase(haplotypes, calls))
#' autoplot(correct_phase(calls), sample_id = "ann")
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
  samples <- haplotypes$samples$sample_id
  check_called(haplotypes, calls, blocks, call)
  here <- plain_chromosome(unique(haplotypes$variants$chrom))
  check_all_windows(calls, Filter(function(block) plain_chromosome(block$chrom) %in% here, blocks),
    call)
  switches <- phase_switches(calls)
  switches <- switches[switches$switched & switches$sample_id %in% samples, ]
  chromosomes <- unique(plain_chromosome(haplotypes$variants$chrom))
  place <- function(chrom, position) {
    list(chromosome = match(plain_chromosome(chrom), chromosomes, nomatch = 0L),
      position = as.integer(position))
  }
  variants <- place(haplotypes$variants$chrom, haplotypes$variants$position_bp)
  switches <- c(place(switches$chrom, switches$position_bp),
    list(sample = match(switches$sample_id, samples)))
  packed <- with_progress(function(progress) {
    rust_swap_phase(haplotypes, variants, switches, threads, progress)
  }, call)
  n <- dim(haplotypes)
  new_haplotypes(
    alleles = packed$alleles, haploid = packed$haploid, n_file = n, sample_index = seq_len(n[1]),
    variant_index = seq_len(n[2]), samples = haplotypes$samples, variants = haplotypes$variants
  )
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
  if (!any(plain_chromosome(haplotypes$variants$chrom) %in% plain_chromosome(chrom))) {
    abort_forebear("uncalled_chromosomes", c(
      "`calls` must be of a chromosome of `haplotypes`.",
      x = sprintf("Calls are of %s, haplotypes of %s.", quoted(chrom),
        quoted(unique(haplotypes$variants$chrom)))
    ), call)
  }
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
  calls <- haplotypes
  blocks <- call_blocks(calls, call)
  check_switches(calls, blocks, call)
  samples <- unique(calls$sample_id)
  swapped <- swapped_windows(attr(calls, "switches"), blocks, samples)
  source <- seq_len(nrow(calls))
  for (i in seq_along(blocks)) {
    source <- exchange_rows(source, blocks[[i]], swapped[[i]], samples)
  }
  for (name in c(".pred_class", paste0(".pred_", attr(calls, "populations")))) {
    calls[[name]] <- calls[[name]][source]
  }
  switches <- switches_at_hand(calls)
  corrected <- switches$switched
  switches$switch_probability[corrected] <- 1 - switches$switch_probability[corrected]
  switches$switched <- FALSE
  attr(calls, "switches") <- switches
  calls
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
