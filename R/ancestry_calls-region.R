# Heat map of one region of the genome over haplotypes; see `?autoplot.forebear_ancestry_calls`.

# Most rows that are named at the axis.
most_row_labels <- 40L

# region: as the user gave it, or NULL; sample_id: those to draw, each once.
plot_region <- function(calls, region, sample_id, order, call) {
  populations <- attr(calls, "populations")
  by_chrom <- call_pieces(calls[calls$sample_id %in% sample_id, ], call)
  region <- region_of_calls(region, by_chrom, call)
  tracts <- region_tracts(calls, by_chrom, sample_id, region, call)
  tracts$row <- if (order == "similar") {
    similar_rows(tracts, populations)
  } else {
    given_rows(tracts, sample_id)
  }
  n_rows <- max(tracts$row)
  # Few rows stand apart; many touch each other.
  half <- if (n_rows <= most_row_labels) 0.43 else 0.5
  tracts$bottom <- tracts$row - half
  tracts$top <- tracts$row + half
  ggplot2::ggplot(tracts) +
    ggplot2::geom_rect(ggplot2::aes(
      xmin = .data$low, xmax = .data$high, ymin = .data$bottom, ymax = .data$top,
      fill = factor(.data$population, populations), alpha = .data$posterior
    )) +
    karyogram_scales(populations, attr(calls, "tree")) +
    ggplot2::scale_x_continuous(limits = c(region$low, region$high), expand = c(0, 0)) +
    row_axis(tracts, n_rows) +
    ggplot2::labs(x = sprintf("Position on chromosome %s (Mb)",
      plain_chromosome(region$chrom))) +
    theme_forebear() +
    ggplot2::theme(axis.ticks.y = ggplot2::element_blank(),
      plot.margin = ggplot2::margin(5.5, 12, 5.5, 5.5))
}

abort_region <- function(problem, call) {
  abort_forebear("region", c(
    paste("`region` must be a chromosome of the calls, such as \"22\", or a segment of one with",
      "calls, such as \"22:16000000-17000000\"."),
    x = problem
  ), call)
}

# chrom, as the calls name it; low and high, in Mb: those asked for, or of all calls there.
region_of_calls <- function(region, by_chrom, call) {
  chrom <- vapply(by_chrom, `[[`, "", "chrom")
  if (is.null(region)) {
    if (length(chrom) > 1) {
      abort_region(sprintf("There is none, and the calls are of %s.",
        counted(length(chrom), "chromosome")), call)
    }
    region <- list(chrom = chrom, first = 0L, last = .Machine$integer.max)
  } else {
    if (!rlang::is_string(region) || is.na(region)) abort_region(found(region), call)
    text <- region
    region <- rust_parse_region(text)
    if (inherits(region, "forebear_failure")) abort_region(found(text), call)
  }
  at <- match_chromosomes(region$chrom, chrom)
  if (is.na(at)) {
    abort_region(sprintf("\"%s\" is none of their chromosomes, which are %s.", region$chrom,
      quoted(chrom)), call)
  }
  edges <- window_edges(by_chrom[[at]]$windows)
  ends <- c(min(edges$low_bp), max(edges$high_bp))
  if (region$first > ends[2] || region$last < ends[1]) {
    abort_region(sprintf("The calls of chromosome %s lie from %s to %s.", quoted(chrom[at]),
      big(ends[1]), big(ends[2])), call)
  }
  if (region$last < .Machine$integer.max) ends <- c(max(1, region$first), region$last)
  list(chrom = chrom[at], low = (ends[1] - 1) / 1e6, high = ends[2] / 1e6)
}

# What `karyogram_tracts()` gives, of the region alone.
region_tracts <- function(calls, by_chrom, sample_id, region, call) {
  own <- Filter(function(pieces) pieces$chrom == region$chrom, by_chrom)
  tracts <- karyogram_tracts(calls, own, sample_id)
  tracts$low <- pmax(tracts$low, region$low)
  tracts$high <- pmin(tracts$high, region$high)
  tracts <- tracts[tracts$low < tracts$high, ]
  if (nrow(tracts) == 0) {
    abort_region(sprintf("No window of the calls lies there, between %s and %s Mb.",
      format(region$low), format(region$high)), call)
  }
  tracts
}

# n_tracts, the haplotype of each, by order of appearance.
haplotype_of_tracts <- function(tracts) {
  key <- paste(tracts$sample_id, tracts$haplotype, sep = "\r")
  match(key, unique(key))
}

# n_tracts, rows from the bottom, samples in the order of `sample_id`, the first on top.
given_rows <- function(tracts, sample_id) {
  place <- 2 * match(tracts$sample_id, sample_id) + tracts$haplotype
  rows <- sort(unique(place), decreasing = TRUE)
  match(place, rows)
}

# n_tracts, rows from the bottom, by the rule of `?autoplot.forebear_ancestry_calls`.
similar_rows <- function(tracts, populations) {
  haplotype <- haplotype_of_tracts(tracts)
  population <- match(tracts$population, populations)
  width <- tracts$high - tracts$low
  # [n_haplotypes x n_populations].
  length_mb <- matrix(0, max(haplotype), length(populations))
  by_cell <- rowsum(width, haplotype + nrow(length_mb) * (population - 1))
  length_mb[as.integer(rownames(by_cell))] <- by_cell
  first <- max.col(length_mb, ties.method = "first")
  length_of_others <- replace(length_mb, cbind(seq_along(first), first), 0)
  second <- ifelse(rowSums(length_of_others) > 0,
    max.col(length_of_others, ties.method = "first"), 0L)
  size <- tabulate(first, length(populations))
  size_second <- tabulate(second, length(populations))
  other <- width * (population != first[haplotype])
  middle <- c(rowsum(other * (tracts$low + tracts$high) / 2, haplotype)) /
    c(rowsum(other, haplotype))
  sorted <- order(-size[first], first, second > 0, -c(0, size_second)[second + 1], second, middle,
    seq_along(first))
  (max(haplotype) + 1L - order(sorted))[haplotype]
}

# Names of haplotypes where there is room for them, else how many there are.
row_axis <- function(tracts, n_rows) {
  is_labeled <- n_rows <= most_row_labels
  first <- which(!duplicated(tracts$row))
  n_samples <- length(unique(tracts$sample_id))
  title <- sprintf("%s of %s", counted(n_rows, "haplotype"), counted(n_samples, "sample"))
  list(
    ggplot2::scale_y_continuous(
      breaks = if (is_labeled) tracts$row[first],
      labels = if (is_labeled) paste(tracts$sample_id[first], tracts$haplotype[first], sep = "."),
      expand = ggplot2::expansion(add = if (is_labeled) 0.2 else 0)
    ),
    ggplot2::ylab(if (is_labeled) NULL else title)
  )
}
