#' Phase switches
#'
#' Where the haplotypes of a sample, as the file has them, change places: a step between two windows
#' at which the pair of ancestries continues crosswise.
#'
#' @param calls Ancestry calls with phase switches. Calls that were read from a file, or
#'   made with `phase = "trusted"`, have none.
#' @returns A tibble, one row for each sample and step between two windows that follow each other in
#'   the calls, several where the phase switches several times there: `sample_id`, `chrom`, `window`
#'   (the later one), `position_bp`, `switch_probability`
#'   and `switched` (whether a switch is called). Where the phase switched, `position_bp` is that of
#'   the first variant afterwards; elsewhere, and for calls that do not know it, the first base of
#'   the later window, half way between the windows.
#' @section When a switch is called:
#' Without evidence a step has a prior probability of (1 - exp(-2 r d)) / 2, that of an odd number
#' of switches at rate r over the distance d between the middles of the windows; it is below 1/2
#' however far apart they are. A switch is called where the most probable path of ancestries and
#' phase has one, and where on both sides of it there is a window at which the two haplotypes have
#' different ancestries, such that the posterior that the phase differs between these windows is
#' above 1/2. This posterior is the `switch_probability` of a called switch, because its place may
#' be open between them; at other steps it is that of a switch at this step, at most 1/2.
#' @section Where the phase switches:
#' That it switches is found by the windows; at which variant within the two windows of the step, by
#' the panel: of all places the first one at which the two corrected haplotypes are likeliest as
#' mosaics of haplotypes of the two populations (the copying model of Li and Stephens 2003, 60
#' variants around included). Up to 150 samples of each population stand for it.
#' @section Errors:
#' `forebear_error_no_switches` if the calls know of none, or of none of some sample, as where IDs
#' were changed in the calls; `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' calls <- calls[calls$sample_id == "ann", ]
#' # Calls of a model know where phase switches; these are made up.
#' attr(calls, "switches") <- tibble::tibble(
#'   sample_id = "ann", chrom = "1", window = 2:20,
#'   switch_probability = ifelse(window == 8, 0.9, 0.01), switched = window == 8
#' )
#' phase_switches(calls)
#' @references Li N. and Stephens M. (2003), Modeling linkage disequilibrium and identifying
#' recombination hotspots using single-nucleotide polymorphism data. Genetics 165:2213.
#' @seealso [correct_phase()]
#' @family ancestry calls
#' @export
phase_switches <- function(calls) {
  call <- rlang::current_env()
  table <- rows_by_batch(calls, function(calls) switches_of_calls(calls, call), call)
  if (is_stored(calls)) {
    # On each chromosome those by alleles come after those by ancestry of all samples.
    table <- table[order(match(table$chrom, unique(table$chrom)), table$evidence == "alleles"), ]
  }
  table[setdiff(names(table), "evidence")]
}

switches_of_calls <- function(calls, call) {
  by_chrom <- call_pieces(calls, call)
  check_switches(calls, by_chrom, call)
  switches <- switches_at_hand(calls)
  tibble::tibble(
    sample_id = switches$sample_id, chrom = switches$chrom, window = switches$window,
    position_bp = switch_positions(switches, by_chrom),
    switch_probability = switches$switch_probability, switched = switches$switched,
    evidence = switches[["evidence"]]
  )
}

check_switches <- function(calls, by_chrom, call) {
  has_steps <- any(vapply(by_chrom, function(own) any(diff(own$windows$window) == 1), TRUE))
  if (nrow(attr(calls, "switches")) == 0 && has_steps && any(calls$haplotype == 2)) {
    abort_forebear("no_switches", c(
      "`calls` must have switch probabilities.",
      x = paste("They have none, as calls that were read from a file, or made",
        "with `phase = \"trusted\"`.")
    ), call)
  }
  check_switches_of_all(calls, by_chrom, call)
}

# Switches know samples by the IDs that these had: calls whose samples were renamed have none. Those
# with two haplotypes have a row for each step between windows.
check_switches_of_all <- function(calls, by_chrom, call) {
  stepping <- Filter(function(own) any(diff(own$windows$window) == 1), by_chrom)
  paired <- unique(unlist(lapply(stepping, both_of)))
  lost <- setdiff(paired, attr(calls, "switches")$sample_id)
  if (nrow(attr(calls, "switches")) > 0 && length(lost) > 0) {
    abort_forebear("no_switches", c(
      "`calls` must have switch probabilities of every sample.",
      x = sprintf("Without: %s of %s (%s).", counted(length(lost), "sample"),
        big(length(paired)), quoted(lost)),
      i = "Samples are known by the IDs that they were called with: rename haplotypes, then call."
    ), call)
  }
}

# The switches that calls know, at steps of which both windows are at hand: rows of calls may have
# been chosen. A switch within the first window of a chromosome has no earlier one.
switches_at_hand <- function(calls) {
  switches <- attr(calls, "switches")
  of <- c("sample_id", "chrom")
  windows <- vctrs::vec_unique(plain_tibble(calls)[c("chrom", "window")])
  samples <- vctrs::vec_unique(plain_tibble(calls)[of])
  later <- switches[c("chrom", "window")]
  earlier <- later
  earlier$window <- later$window - 1L
  is_first <- !vctrs::vec_in(earlier, attr(calls, "windows")[c("chrom", "window")])
  switches[vctrs::vec_in(switches[of], samples) & vctrs::vec_in(later, windows) &
    (is_first | vctrs::vec_in(earlier, windows)), ]
}

# n_switches, where each is: the position of the first variant afterwards where it is known, else
# the first base of the later window. `by_chrom`: chrom and windows of each.
switch_positions <- function(switches, by_chrom) {
  low <- unlist(lapply(by_chrom, function(own) window_edges(own$windows)$low_bp))
  key <- unlist(lapply(by_chrom, function(own) paste(own$chrom, own$windows$window)))
  position <- as.integer(low[match(paste(switches$chrom, switches$window), key)])
  if ("position_bp" %in% names(switches)) {
    known <- !is.na(switches$position_bp)
    position[known] <- as.integer(switches$position_bp[known])
  }
  position
}
