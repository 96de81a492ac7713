# The shipped calls: 4 samples, chromosomes 1 (20 windows) and 2 (12), populations east, north,
# south; the tree has north and south together.
example_calls <- function(tree = "((north,south)west,east)all;") {
  read_fb(example_data("fb"), windows = example_data("msp"), tree = tree)
}

# Calls with random posteriors. Windows of 10 bp with 4 bp between them, one cM each; every switch
# has probability 0.1, or 0.9 where it is called.
random_calls <- function(n_samples, n_windows = c("1" = 6, "2" = 4), populations = c("a", "b", "c"),
                         tree = NULL, switched = 0.3, seed = 1) {
  windows <- tibble::tibble(
    chrom = rep(names(n_windows), n_windows), window = sequence(n_windows),
    start_bp = 14L * window - 9L, end_bp = 14L * window, start_cm = window - 1,
    end_cm = window - 0.5, n_variants = 3L
  )
  cells <- expand.grid(window = seq_len(nrow(windows)), haplotype = 1:2,
    sample = seq_len(n_samples))
  cells <- cells[order(windows$chrom[cells$window]), ]
  withr::with_seed(seed, {
    posterior <- matrix(stats::rexp(nrow(cells) * length(populations))^2, nrow(cells))
    steps <- expand.grid(sample = seq_len(n_samples), window = which(windows$window > 1))
    called <- stats::runif(nrow(steps)) < switched
  })
  posterior <- posterior / rowSums(posterior)
  colnames(posterior) <- paste0(".pred_", populations)
  calls <- tibble::tibble(
    sample_id = paste0("s", cells$sample), haplotype = cells$haplotype,
    windows[cells$window, c("chrom", "window", "start_bp", "end_bp")],
    .pred_class = populations[max.col(posterior, "first")], tibble::as_tibble(posterior)
  )
  switches <- tibble::tibble(
    sample_id = paste0("s", steps$sample), windows[steps$window, c("chrom", "window")],
    switch_probability = ifelse(called, 0.9, 0.1), switched = called
  )
  new_ancestry_calls(calls, switches, windows, populations, as_population_tree(tree, populations))
}

# Calls that know their variants, five in each window: its ends and three between, with genetic
# positions that do not go up evenly.
with_variants <- function(calls, seed = 1) {
  windows <- attr(calls, "windows")
  windows$n_variants <- 5L
  own <- lapply(seq_len(nrow(windows)), function(i) {
    first <- windows$start_bp[i]
    last <- windows$end_bp[i]
    inside <- withr::with_seed(seed + i, sort(sample(seq(first + 1L, last - 1L), 3)))
    position <- c(first, inside, last)
    along <- ((position - first) / (last - first))^2
    tibble::tibble(chrom = windows$chrom[i], position_bp = position,
      position_cm = windows$start_cm[i] + (windows$end_cm[i] - windows$start_cm[i]) * along)
  })
  attr(calls, "windows") <- windows
  attr(calls, "variants") <- vctrs::vec_rbind(!!!own)
  calls
}

# Calls in which windows of some haplotypes, `rate` of all, are split at random places between their
# variants. The parts have the posteriors of the window, or, with `changed`, random ones.
split_calls <- function(calls, changed = FALSE, rate = 0.4, seed = 1) {
  variants <- attr(calls, "variants")
  withr::local_seed(seed)
  is_split <- stats::runif(nrow(calls)) < rate
  parts <- lapply(seq_len(nrow(calls)), function(row) {
    position <- variants$position_bp[variants$chrom == calls$chrom[row] &
      variants$position_bp >= calls$start_bp[row] & variants$position_bp <= calls$end_bp[row]]
    if (!is_split[row] || length(position) < 2) {
      return(data.frame(row, start_bp = calls$start_bp[row], end_bp = calls$end_bp[row]))
    }
    gaps <- length(position) - 1L
    last <- sort(sample.int(gaps, sample.int(min(gaps, 3L), 1)))
    data.frame(row, start_bp = position[c(1L, last + 1L)],
      end_bp = position[c(last, gaps + 1L)])
  })
  parts <- do.call(rbind, parts)
  split <- calls[parts$row, ]
  split$start_bp <- parts$start_bp
  split$end_bp <- parts$end_bp
  if (changed) {
    columns <- paste0(".pred_", attr(calls, "populations"))
    posterior <- matrix(stats::rexp(nrow(split) * length(columns))^2, nrow(split))
    posterior <- posterior / rowSums(posterior)
    again <- is_split[parts$row]
    for (i in seq_along(columns)) split[[columns[i]]][again] <- posterior[again, i]
    best <- max.col(as.matrix(as.data.frame(plain_tibble(split))[columns]), "first")
    split$.pred_class <- attr(calls, "populations")[best]
  }
  split
}

# Reference implementation of what calls say: one row for each haplotype and variant, the row of
# `calls` that covers it (`row`), and what the variant is of the genome. Variants meet half way, but
# for gaps between windows.
calls_by_variant <- function(calls) {
  variants <- attr(calls, "variants")
  windows <- attr(calls, "windows")
  cells <- lapply(seq_len(nrow(calls)), function(row) {
    at <- which(variants$chrom == calls$chrom[row] &
      variants$position_bp >= calls$start_bp[row] & variants$position_bp <= calls$end_bp[row])
    data.frame(row, variant = at, window = calls$window[row])
  })
  cells <- do.call(rbind, cells)
  for (name in c("sample_id", "haplotype", "chrom")) cells[[name]] <- calls[[name]][cells$row]
  cells$position_bp <- variants$position_bp[cells$variant]
  cells$position_cm <- variants$position_cm[cells$variant]
  cells <- cells[order(match(cells$chrom, windows$chrom),
    match(cells$sample_id, unique(cells$sample_id)), cells$haplotype, cells$variant), ]
  n <- nrow(cells)
  owner <- paste(cells$sample_id, cells$haplotype, cells$chrom)
  cells$follows <- c(FALSE, owner[-1] == owner[-n] & diff(cells$window) <= 1)
  before <- function(x) ifelse(cells$follows, c(NA, x[-n]), NA)
  middle <- floor((before(cells$position_bp) + cells$position_bp) / 2)
  cells$low_bp <- ifelse(cells$follows, middle + 1, cells$position_bp)
  goes_on <- c(cells$follows[-1], FALSE)
  cells$high_bp <- ifelse(goes_on, c(middle[-1], NA), cells$position_bp)
  middle <- (before(cells$position_cm) + cells$position_cm) / 2
  cells$low_cm <- ifelse(cells$follows, middle, cells$position_cm)
  cells$high_cm <- ifelse(goes_on, c(middle[-1], NA), cells$position_cm)
  in_window <- paste(owner, cells$window)
  cells$part <- 1 / c(table(in_window))[in_window]
  cells$part <- unname(cells$part)
  cells
}
