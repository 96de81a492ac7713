# Calls chromosome by chromosome: as pieces, haplotype after haplotype, or as matrices of windows x
# haplotypes.

# A haplotype has one row in a window, or several that follow each other and together have its
# variants: pieces. One entry for each chromosome, in the order of the windows table:
#
# | entry            | shape          | values                                                |
# |------------------|----------------|-------------------------------------------------------|
# | chrom            | 1              | name                                                  |
# | windows          | n_windows rows | of the windows table, in order, those at hand         |
# | sample_id        | n_haplotypes   | samples in order of appearance                        |
# | haplotype        | n_haplotypes   | 1 or 2                                                |
# | row              | n_pieces       | row of `calls`, by haplotype and place                |
# | owner            | n_pieces       | haplotype, position in `sample_id`                    |
# | window           | n_pieces       | position in `windows`                                 |
# | start_bp, end_bp | n_pieces       | first and last variant                                |
# | is_split         | n_pieces       | whether the haplotype has several pieces in the window|
# | variants         | table          | position_bp, position_cm of all variants, in order;   |
# |                  |                | NULL: not known                                       |
call_pieces <- function(calls, call = rlang::caller_env()) {
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
  lapply(present, chromosome_pieces, calls = calls, windows = windows, call = call)
}

chromosome_pieces <- function(name, calls, windows, call) {
  row <- which(calls$chrom == name)
  samples <- unique(calls$sample_id[row])
  key <- 2L * match(calls$sample_id[row], samples) - 2L + as.integer(calls$haplotype[row])
  haplotypes <- sort(unique(key))
  at_hand <- sort(unique(calls$window[row]))
  own <- windows[windows$chrom == name, ]
  own <- own[match(at_hand, own$window), ]
  owner <- match(key, haplotypes)
  window <- match(calls$window[row], at_hand)
  sorted <- order(owner, window, calls$start_bp[row])
  row <- row[sorted]
  owner <- owner[sorted]
  window <- window[sorted]
  n <- length(row)
  begins <- c(TRUE, owner[-1] != owner[-n] | window[-1] != window[-n])
  ends <- c(begins[-1], TRUE)
  if (anyNA(own$window) || sum(begins) != length(at_hand) * length(haplotypes)) {
    abort_incomplete(sprintf("Chromosome %s has %s for %s and %s.", quoted(name),
      counted(n, "row"), counted(length(haplotypes), "haplotype"),
      counted(length(at_hand), "window")), call)
  }
  pieces <- list(
    chrom = name, windows = own, sample_id = samples[(haplotypes + 1L) %/% 2L],
    haplotype = 2L - haplotypes %% 2L, row = row, owner = owner, window = window,
    start_bp = own$start_bp[window], end_bp = own$end_bp[window], is_split = !(begins & ends),
    variants = variants_of_calls(calls, name)
  )
  check_pieces(pieces, calls$start_bp[row], calls$end_bp[row], begins, call)
  split <- which(pieces$is_split)
  pieces$start_bp[split] <- calls$start_bp[row[split]]
  pieces$end_bp[split] <- calls$end_bp[row[split]]
  pieces
}

# Pieces of a window follow each other from its first variant to its last one.
check_pieces <- function(pieces, start_bp, end_bp, begins, call) {
  n <- length(start_bp)
  whole <- !pieces$is_split
  is_part <- whole & start_bp >= pieces$start_bp & end_bp <= pieces$end_bp &
    end_bp - start_bp < pieces$end_bp - pieces$start_bp
  ends <- c(begins[-1], TRUE)
  breaks <- (begins & start_bp != pieces$start_bp) | (ends & end_bp != pieces$end_bp) |
    (!begins & start_bp <= c(NA, end_bp[-n])) | start_bp > end_bp
  wrong <- which(is_part | (!whole & breaks))
  if (length(wrong) > 0) {
    at <- wrong[1]
    owner <- pieces$owner[at]
    abort_incomplete(sprintf(
      "Window %d of chromosome %s is %.0f-%.0f; a row of haplotype %d of %s has %.0f-%.0f.",
      pieces$windows$window[pieces$window[at]], quoted(pieces$chrom), pieces$start_bp[at],
      pieces$end_bp[at], pieces$haplotype[owner], quoted(pieces$sample_id[owner]), start_bp[at],
      end_bp[at]), call)
  }
}

# The variants of a chromosome, by position; NULL where calls do not know them.
variants_of_calls <- function(calls, name) {
  variants <- attr(calls, "variants")
  own <- variants[variants$chrom == name, ]
  if (NROW(own) > 0) own[order(own$position_bp), ]
}

# Whether some haplotype has several pieces in a window.
are_split <- function(calls) {
  vctrs::vec_duplicate_any(plain_tibble(calls)[c("sample_id", "haplotype", "chrom", "window")])
}

# start_cm, end_cm, n_variants of windows or parts of them. Where variants are not known, genetic
# positions of parts go up evenly between the ends of the window, and their numbers of variants are
# `NA`.
#
# windows           of a chromosome
# window            [n] position in `windows`
# start_bp, end_bp  [n]
places_in_windows <- function(windows, window, start_bp, end_bp, variants) {
  n_variants <- windows$n_variants[window]
  part <- which(start_bp != windows$start_bp[window] | end_bp != windows$end_bp[window])
  n_variants[part] <- if (is.null(variants)) {
    NA_integer_
  } else {
    findInterval(end_bp[part], variants$position_bp) -
      findInterval(start_bp[part], variants$position_bp, left.open = TRUE)
  }
  list(
    start_cm = cm_in_windows(start_bp, windows, window, variants, "start"),
    end_cm = cm_in_windows(end_bp, windows, window, variants, "end"), n_variants = n_variants
  )
}

# `end`: which end of its window a position is that is not inside.
cm_in_windows <- function(position_bp, windows, window, variants, end) {
  cm <- as.double(windows[[paste0(end, "_cm")]])[window]
  inside <- which(position_bp != windows[[paste0(end, "_bp")]][window])
  own <- windows[window[inside], ]
  position_bp <- position_bp[inside]
  known <- variants$position_cm[match(position_bp, variants$position_bp)]
  evenly <- own$start_cm + (own$end_cm - own$start_cm) * (position_bp - own$start_bp) /
    (as.double(own$end_bp) - own$start_bp)
  cm[inside] <- if (is.null(known)) evenly else ifelse(is.na(known), evenly, known)
  cm
}

# What `window_edges()` gives, of the pieces of a chromosome; besides, `part`: of its window what
# each piece is, 1 for whole windows; by variants, where they are not known by base pairs.
piece_edges <- function(pieces) {
  window <- pieces$window
  places <- places_in_windows(pieces$windows, window, pieces$start_bp, pieces$end_bp,
    pieces$variants)
  edges <- window_edges(c(list(window = pieces$windows$window[window], start_bp = pieces$start_bp,
    end_bp = pieces$end_bp), places), pieces$owner)
  edges$part <- rep(1, length(window))
  split <- which(pieces$is_split)
  if (length(split) > 0) {
    size <- as.double(places$n_variants[split])
    if (anyNA(size)) size <- (edges$high_bp - edges$low_bp + 1)[split]
    n_windows <- nrow(pieces$windows)
    cell <- as.double(pieces$owner[split]) * n_windows + window[split]
    cell <- match(cell, unique(cell))
    edges$part[split] <- size / c(rowsum(size, cell))[cell]
  }
  edges
}

# One entry for each chromosome, in the order of the windows table. Windows are cut at every border
# of a haplotype's pieces:
#
# | entry     | shape                   | values                                              |
# |-----------|-------------------------|-----------------------------------------------------|
# | chrom     | 1                       | name                                                |
# | windows   | n_windows rows          | of the windows table, in order; several of one      |
# |           |                         | number where a window is cut                        |
# | sample_id | n_haplotypes            | samples in order of appearance                      |
# | haplotype | n_haplotypes            | 1 or 2                                              |
# | row       | n_windows x n_haplotypes| row of `calls`, the same in several windows where   |
# |           |                         | other haplotypes are cut                            |
call_blocks <- function(calls, call = rlang::caller_env()) {
  lapply(call_pieces(calls, call), block_of_pieces, call = call)
}

block_of_pieces <- function(pieces, call) {
  n_haplotypes <- length(pieces$sample_id)
  row <- pieces$row
  windows <- pieces$windows
  if (any(pieces$is_split)) {
    cells <- cells_of_pieces(pieces, call)
    first <- match(place_key(pieces$window, pieces$start_bp),
      place_key(cells$window, cells$start_bp))
    n <- length(row)
    after <- c(first[-1], 1L)
    after[after == 1L] <- length(cells$window) + 1L
    row <- rep(row, after - first)
    windows <- windows_of_cells(cells, windows, pieces$variants)
  }
  list(
    chrom = pieces$chrom, windows = windows, sample_id = pieces$sample_id,
    haplotype = pieces$haplotype, row = matrix(row, ncol = n_haplotypes)
  )
}

# One number for each place: windows may begin at the base at which the one before ends.
place_key <- function(window, position) window * 2^31 + position

# window, start_bp, end_bp of the windows, cut at every border of pieces.
cells_of_pieces <- function(pieces, call) {
  n <- length(pieces$row)
  cut <- which(c(FALSE, pieces$owner[-1] == pieces$owner[-n] &
    pieces$window[-1] == pieces$window[-n]))
  cuts <- unique(data.frame(window = pieces$window[cut], start_bp = pieces$start_bp[cut],
    before = pieces$end_bp[cut - 1L]))
  cells <- rbind(cuts, data.frame(window = seq_len(nrow(pieces$windows)),
    start_bp = pieces$windows$start_bp, before = NA))
  cells <- cells[order(cells$window, cells$start_bp), ]
  after <- c(cells$before[-1], NA)
  cells$end_bp <- ifelse(is.na(after), pieces$windows$end_bp[cells$window], after)
  wrong <- which(cells$end_bp < cells$start_bp | duplicated(cells[c("window", "start_bp")]))
  if (length(wrong) > 0) {
    abort_incomplete(sprintf("Haplotypes differ in the last variant before %.0f on chromosome %s.",
      cells$start_bp[wrong[1]], quoted(pieces$chrom)), call,
      "Pieces of a window begin and end at variants, the same for all haplotypes.")
  }
  cells[c("window", "start_bp", "end_bp")]
}

# Rows of the windows table for the cells of a chromosome. What belongs to whole windows of a file
# is not known of their parts.
windows_of_cells <- function(cells, windows, variants) {
  places <- places_in_windows(windows, cells$window, cells$start_bp, cells$end_bp, variants)
  own <- windows[cells$window, ]
  is_part <- cells$start_bp != own$start_bp | cells$end_bp != own$end_bp
  own[c("start_bp", "end_bp")] <- lapply(cells[c("start_bp", "end_bp")], as.integer)
  own[names(places)] <- places
  of_file <- intersect(c("epos", fb_row_columns, fb_second_columns), names(own))
  own[of_file] <- lapply(own[of_file], function(column) replace(column, is_part, NA))
  own
}

# Windows of some samples, cut at every border of a piece of either haplotype. By sample and place:
#
# | entry            | shape   | values                                                    |
# |------------------|---------|-----------------------------------------------------------|
# | samples          |         | IDs                                                       |
# | sample           | n_cells | position in `samples`                                     |
# | window           | n_cells | position in `windows`                                     |
# | start_bp, end_bp | n_cells |                                                           |
# | first, second    | n_cells | rows of the calls of haplotypes 1 and 2, `NA` where there |
# |                  |         | is none or the window is not at hand                      |
#
# windows  of the chromosome, in order, those of `pieces` among them
# cuts     `NULL`, or function(samples), further places at which cells begin: sample, window,
#          start_bp, and `before`, the last variant before each
cells_of_pairs <- function(pieces, windows, samples, cuts = NULL) {
  if (length(samples) == 0) {
    return(list(samples = samples, sample = integer()))
  }
  own <- pieces_of_samples(pieces, windows, samples)
  # Windows that are not at hand have a cell of their own.
  whole <- data.frame(sample = rep(seq_along(samples), each = nrow(windows)),
    window = seq_len(nrow(windows)), start_bp = windows$start_bp, before = NA_integer_)
  place <- names(whole)
  cells <- rbind(own[place], whole, if (!is.null(cuts)) cuts(samples)[place])
  order_of <- order(cells$sample, cells$window, cells$start_bp, is.na(cells$before))
  cells <- lapply(as.list(cells), `[`, order_of)
  is_new <- c(TRUE, !(stays(cells$sample) & stays(cells$window) & stays(cells$start_bp)))
  cells <- lapply(cells, `[`, is_new)
  is_cut <- c(stays(cells$window) & stays(cells$sample), FALSE)
  places <- sort(unique(place_key(cells$window, cells$start_bp)))
  key <- function(of) {
    of$sample * (length(places) + 1) + match(place_key(of$window, of$start_bp), places)
  }
  at_hand <- windows$window[cells$window] %in% pieces$windows$window
  covering <- function(haplotype) {
    rows <- own[own$haplotype == haplotype, ]
    row <- c(NA, rows$row)[findInterval(key(cells), key(rows)) + 1L]
    replace(row, !at_hand | !cells$sample %in% rows$sample, NA)
  }
  list(
    samples = samples, sample = cells$sample, window = cells$window, start_bp = cells$start_bp,
    end_bp = as.integer(ifelse(is_cut, c(cells$before[-1], NA), windows$end_bp[cells$window])),
    first = covering(1L), second = covering(2L)
  )
}

# Pieces of some samples, in order: sample (position in `samples`), haplotype, row, window (position
# in `windows`), start_bp, end_bp, before (end of the piece before it in the same window).
pieces_of_samples <- function(pieces, windows, samples) {
  sample <- match(pieces$sample_id, samples)[pieces$owner]
  at <- which(!is.na(sample))
  sorted <- at[order(sample[at])]
  own <- data.frame(
    sample = sample[sorted], haplotype = pieces$haplotype[pieces$owner[sorted]],
    row = pieces$row[sorted],
    window = match(pieces$windows$window, windows$window)[pieces$window[sorted]],
    start_bp = pieces$start_bp[sorted], end_bp = pieces$end_bp[sorted]
  )
  is_next <- c(FALSE, stays(own$window) & stays(own$haplotype) & stays(own$sample))
  own$before <- ifelse(is_next, c(NA, own$end_bp[-nrow(own)]), NA)
  own
}

# n - 1, whether the next value is the same.
stays <- function(x) x[-1] == x[-length(x)]

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
      x = sprintf("It is %s.", describe_class(calls)),
      i = if (inherits(calls, "forebear_stored_calls")) {
        "Take some samples at a time: `stored[1:100]` reads their calls."
      }
    ), call)
  }
  lost <- setdiff(call_columns(attr(calls, "populations")), names(calls))
  if (length(lost) > 0) {
    abort_forebear("argument", c(
      "`calls` must have all columns of ancestry calls.", x = sprintf("Absent: %s.", quoted(lost))
    ), call)
  }
  wrong <- which(!calls$haplotype %in% 1:2)
  if (length(wrong) > 0) refuse_call(calls, wrong, "haplotype", "1 or 2", call)
  check_call_posteriors(calls, call)
}

# Ancestry that is left unassigned has even posteriors, not missing ones. Sums may be off as those
# of files: by 0.01, and half a hundredth for each population.
check_call_posteriors <- function(calls, call) {
  populations <- attr(calls, "populations")
  total <- 0
  for (name in paste0(".pred_", populations)) {
    posterior <- calls[[name]]
    wrong <- if (is.numeric(posterior)) which(!is.finite(posterior)) else seq_along(posterior)
    if (length(wrong) > 0) refuse_call(calls, wrong, name, "a finite posterior", call)
    wrong <- which(posterior < -1e-6 | posterior > 1 + 1e-6)
    if (length(wrong) > 0) refuse_call(calls, wrong, name, "a posterior, from 0 to 1,", call)
    total <- total + posterior
  }
  wrong <- which(abs(total - 1) > 0.01 + 0.005 * length(populations))
  if (length(wrong) > 0) {
    abort_forebear("argument", c("Posteriors of `calls` must sum to 1 in every row.",
      x = sprintf("%s not; row %s has %s.", verb(length(wrong)), big(wrong[1]),
        format(total[wrong[1]], digits = 4)),
      i = "Divide the columns `.pred_<population>` by their sum."), call)
  }
  wrong <- which(!calls$.pred_class %in% populations)
  if (length(wrong) > 0) refuse_call(calls, wrong, ".pred_class", "one of the populations", call)
}

refuse_call <- function(calls, wrong, name, what, call) {
  row <- as.list(calls)
  at <- wrong[1]
  abort_forebear("argument", c(
    sprintf("`calls$%s` must be %s in every row.", name, what),
    x = sprintf("%s not; the first, haplotype %s of %s in window %s of chromosome %s, has %s.",
      verb(length(wrong)), row$haplotype[at], quoted(row$sample_id[at]), row$window[at],
      quoted(row$chrom[at]), as.character(row[[name]][at])),
    i = "To leave calls out, choose the rows of other samples, windows or chromosomes."
  ), call)
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
# inside), low_cm, high_cm (NA without a genetic map). Several windows of one number are its parts.
# `owner`: of each window the haplotype, if they are of several.
window_edges <- function(windows, owner = NULL) {
  edges <- list(
    low_bp = as.double(windows$start_bp), high_bp = as.double(windows$end_bp),
    low_cm = as.double(windows$start_cm), high_cm = as.double(windows$end_cm)
  )
  joined <- which(follows(windows$window, owner))
  middle <- floor((edges$high_bp[joined] + edges$low_bp[joined + 1]) / 2)
  edges$high_bp[joined] <- middle
  edges$low_bp[joined + 1] <- middle + 1
  middle <- (edges$high_cm[joined] + edges$low_cm[joined + 1]) / 2
  edges$high_cm[joined] <- middle
  edges$low_cm[joined + 1] <- middle
  edges
}

# n_pieces - 1, the same for the pieces of a chromosome.
follows_in <- function(pieces) follows(pieces$windows$window[pieces$window], pieces$owner)

# n - 1, whether the next window, or part of one, follows without a gap. `window`: numbers.
follows <- function(window, owner = NULL) {
  step <- diff(window)
  is_next <- step == 0L | step == 1L
  if (is.null(owner)) is_next else is_next & diff(owner) == 0L
}

# n_variants, the window of each, counted through all chromosomes; NA where there are no calls: on
# other chromosomes, and in windows of `known`, the windows table, that are not at hand.
windows_of_variants <- function(variants, blocks, known) {
  window <- rep(NA_integer_, nrow(variants))
  before <- 0L
  names <- vapply(blocks, `[[`, "", "chrom")
  own <- names[match_chromosomes(variants$chrom, names)]
  for (block in blocks) {
    here <- which(own == block$chrom)
    cells <- cells_with_absent(block$windows, known[known$chrom == block$chrom, ])
    low <- window_edges(cells)$low_bp
    window[here] <- before + cells$place[pmax(1L, findInterval(variants$position_bp[here], low))]
    before <- before + nrow(block$windows)
  }
  window
}

# Windows of a block and those of `known` that it lacks, in order; `place` in the block, or NA.
cells_with_absent <- function(windows, known) {
  columns <- c("window", "start_bp", "end_bp", "start_cm", "end_cm")
  absent <- known[!known$window %in% windows$window, ]
  cells <- rbind(as.data.frame(windows)[columns], as.data.frame(absent)[columns])
  cells$place <- c(seq_len(nrow(windows)), rep(NA_integer_, nrow(absent)))
  cells[order(cells$window, cells$start_bp), ]
}
