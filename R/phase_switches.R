#' Phase switches
#'
#' Where the haplotypes of a sample, as the file has them, change places: a step between two windows
#' at which the pair of ancestries continues crosswise.
#'
#' @param calls Ancestry calls with phase switches. Calls that were read from a file have none.
#' @returns A tibble, one row for each sample and step between two windows: `sample_id`, `chrom`,
#'   `window` (the later one), `position_bp`, `switch_probability` and `switched` (in the most
#'   probable phase). Where the phase switched, `position_bp` is that of the first variant
#'   afterwards; elsewhere, and for calls that do not know it, the first base of the later window,
#'   half way between the windows.
#' @section Where the phase switches:
#' That it switches is found by the windows; at which variant within the two windows of the step, by
#' the panel: of all places the first one at which the two mended haplotypes are likeliest as
#' mosaics of haplotypes of the two populations (the copying model of Li and Stephens 2003, 60
#' variants around included). Up to 150 samples of each population stand for it.
#' @section Errors:
#' `forebear_error_no_switches` if the calls know of none; `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
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
  blocks <- call_blocks(calls, call)
  switches <- switches_of(calls, blocks, call)
  low <- unlist(lapply(blocks, function(block) window_edges(block$windows)$low_bp))
  key <- unlist(lapply(blocks, function(block) paste(block$chrom, block$windows$window)))
  position <- as.integer(low[match(paste(switches$chrom, switches$window), key)])
  if ("position_bp" %in% names(switches)) {
    position <- ifelse(is.na(switches$position_bp), position, switches$position_bp)
  }
  tibble::tibble(
    sample_id = switches$sample_id, chrom = switches$chrom, window = switches$window,
    position_bp = position, switch_probability = switches$switch_probability,
    switched = switches$switched
  )
}

# The switches of the samples and windows that the calls have.
switches_of <- function(calls, blocks, call) {
  switches <- attr(calls, "switches")
  has_steps <- any(vapply(blocks, function(block) nrow(block$windows) > 1, TRUE))
  if (nrow(switches) == 0 && has_steps && any(calls$haplotype == 2)) {
    abort_forebear("no_switches", c(
      "`calls` must know where phase switches.",
      x = "They have no switch probabilities, as calls that were read from a file."
    ), call)
  }
  there <- unlist(lapply(blocks, function(block) paste(block$chrom, block$windows$window)))
  switches[switches$sample_id %in% calls$sample_id &
    paste(switches$chrom, switches$window) %in% there, ]
}

# For each chromosome [n_windows x n_samples], whether an odd number of switches was called up to
# and including a window: there the first haplotype of the file is the second one of the first
# window.
swapped_windows <- function(switches, blocks, samples) {
  lapply(blocks, function(block) {
    own <- switches[switches$chrom == block$chrom & switches$switched, ]
    called <- matrix(0L, nrow(block$windows), length(samples))
    called[cbind(match(own$window, block$windows$window), match(own$sample_id, samples))] <- 1L
    matrix(apply(called, 2, cumsum), nrow(called)) %% 2L == 1L
  })
}
