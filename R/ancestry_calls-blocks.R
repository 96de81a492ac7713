# Calls chromosome by chromosome, as matrices of windows x haplotypes.

# One entry for each chromosome, in the order of the windows table:
#
# | entry     | shape                   | values                                              |
# |-----------|-------------------------|-----------------------------------------------------|
# | chrom     | 1                       | name                                                |
# | windows   | n_windows rows          | of the windows table, in order                      |
# | sample_id | n_haplotypes            | samples in order of appearance                      |
# | haplotype | n_haplotypes            | 1 or 2                                              |
# | row       | n_windows x n_haplotypes| row of `calls`                                      |
call_blocks <- function(calls, call = rlang::caller_env()) {
  check_calls(calls, call)
  windows <- attr(calls, "windows")
  chrom <- unique(windows$chrom)
  if (nrow(calls) == 0 || !all(calls$chrom %in% chrom)) {
    if (nrow(calls) == 0) abort_incomplete("There are no rows.", call)
    abort_incomplete(sprintf("No window is known of chromosome %s.",
      quoted(setdiff(calls$chrom, chrom))), call,
      "Join calls by rbind(), which keeps their windows.")
  }
  present <- chrom[chrom %in% calls$chrom]
  lapply(present, chromosome_block, calls = calls, windows = windows, call = call)
}

chromosome_block <- function(name, calls, windows, call) {
  row <- which(calls$chrom == name)
  samples <- unique(calls$sample_id[row])
  key <- 2L * match(calls$sample_id[row], samples) - 2L + as.integer(calls$haplotype[row])
  haplotypes <- sort(unique(key))
  window <- sort(unique(calls$window[row]))
  own <- windows[windows$chrom == name, ]
  own <- own[match(window, own$window), ]
  filled <- matrix(NA_integer_, length(window), length(haplotypes))
  filled[cbind(match(calls$window[row], window), match(key, haplotypes))] <- row
  if (anyNA(own$window) || anyNA(filled) || length(filled) != length(row)) {
    abort_incomplete(sprintf("Chromosome %s has %s for %s and %s.", quoted(name),
      counted(length(row), "row"), counted(length(haplotypes), "haplotype"),
      counted(length(window), "window")), call)
  }
  list(
    chrom = name, windows = own, sample_id = samples[(haplotypes + 1L) %/% 2L],
    haplotype = 2L - haplotypes %% 2L, row = filled
  )
}

abort_incomplete <- function(found, call,
                             hint = "Choose whole samples, whole windows or whole chromosomes.") {
  abort_forebear("incomplete_calls", c(
    "`calls` must have each haplotype at each window of a chromosome once.",
    x = found, i = hint
  ), call)
}

check_calls <- function(calls, call = rlang::caller_env()) {
  if (!inherits(calls, "forebear_ancestry_calls")) {
    abort_forebear("argument", c(
      "`calls` must be ancestry calls, as `predict()` of local ancestry or `read_msp()` return.",
      x = sprintf("It is %s.", describe_class(calls))
    ), call)
  }
  lost <- setdiff(call_columns(attr(calls, "populations")), names(calls))
  if (length(lost) > 0) {
    abort_forebear("argument", c(
      "`calls` must have all columns of ancestry calls.", x = sprintf("Absent: %s.", quoted(lost))
    ), call)
  }
}

# Posteriors of all rows, one column for each leaf of `tree`, in their order.
leaf_posteriors <- function(calls, tree) posteriors_of(calls, tree_leaves(tree))

posteriors_of <- function(calls, populations) {
  lapply(paste0(".pred_", populations), function(name) as.double(calls[[name]]))
}

# What Rust takes of a chromosome. `samples`: all of the calls.
block_places <- function(block, samples) {
  list(row = block$row, sample = match(block$sample_id, samples), n_samples = length(samples))
}

# The tree of the calls, or another one of the same populations.
tree_of_calls <- function(calls, tree, call) {
  if (is.null(tree)) tree <- attr(calls, "tree")
  tree <- as_population_tree(tree, attr(calls, "populations"), call)
  if (!setequal(tree_leaves(tree), attr(calls, "populations"))) {
    abort_forebear("tree", c(
      "The leaves of `tree` must be the populations of `calls`.",
      x = sprintf("Leaves: %s; populations: %s.", quoted(tree_leaves(tree)),
        quoted(attr(calls, "populations")))
    ), call)
  }
  tree
}

# Where each window ends and the next begins: half way between the last variant of one and the first
# of the other, so that windows that follow each other leave no gap. low_bp, high_bp (from 1, both
# inside), low_cm, high_cm (NA without a genetic map).
window_edges <- function(windows) {
  edges <- list(
    low_bp = as.double(windows$start_bp), high_bp = as.double(windows$end_bp),
    low_cm = as.double(windows$start_cm), high_cm = as.double(windows$end_cm)
  )
  joined <- which(diff(windows$window) == 1)
  middle <- floor((edges$high_bp[joined] + edges$low_bp[joined + 1]) / 2)
  edges$high_bp[joined] <- middle
  edges$low_bp[joined + 1] <- middle + 1
  middle <- (edges$high_cm[joined] + edges$low_cm[joined + 1]) / 2
  edges$high_cm[joined] <- middle
  edges$low_cm[joined + 1] <- middle
  edges
}

# n_variants, the window of each, counted through all chromosomes; NA where there are no calls.
windows_of_variants <- function(variants, blocks) {
  window <- rep(NA_integer_, nrow(variants))
  before <- 0L
  names <- vapply(blocks, `[[`, "", "chrom")
  own <- names[match_chromosomes(variants$chrom, names)]
  for (block in blocks) {
    here <- which(own == block$chrom)
    low <- window_edges(block$windows)$low_bp
    window[here] <- before + pmax(1L, findInterval(variants$position_bp[here], low))
    before <- before + length(low)
  }
  window
}
