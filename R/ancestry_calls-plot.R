#' Plot local ancestry
#'
#' A karyogram: for each chromosome the two haplotypes of a sample, first above second, coloured by
#' the most probable population and faded where its posterior is low.
#'
#' Black triangles above a chromosome are called phase switches: there the haplotypes
#' as given change places; [correct_phase()] takes them away. A colour belongs to a population in
#' every plot of these calls, see [ancestry_colours()].
#'
#' @param object Ancestry calls, as [read_msp()] returns.
#' @param sample_id IDs of the samples to draw, one panel each; `NULL` is the first.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_unknown_sample` if a sample is not in the calls;
#' `forebear_error_incomplete_calls`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' autoplot(calls, sample_id = "dan")
#' @family ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, ancestry_calls)
autoplot.ancestry_calls <- function( # nolint: object_name_linter. The generic is ggplot2's.
    object, sample_id = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  check_calls(object, call)
  sample_id <- sample_id %||% object$sample_id[seq_len(min(1, nrow(object)))]
  unknown <- setdiff(sample_id, object$sample_id)
  if (!is.character(sample_id) || length(sample_id) == 0 || length(unknown) > 0) {
    abort_forebear("unknown_sample", c(
      "`sample_id` must name samples of the calls.",
      x = if (length(unknown) > 0) sprintf("Not there: %s.", quoted(unknown)) else found(sample_id)
    ), call)
  }
  blocks <- call_blocks(object[object$sample_id %in% sample_id, ], call)
  plot_karyogram(object, blocks, sample_id, call)
}

# Rectangles: sample_id, chrom, haplotype, low, high (Mb), population, posterior. Windows that
# follow each other and look the same are one rectangle, so that no device leaves seams.
karyogram_tracts <- function(calls, blocks, sample_id) {
  calls <- calls[calls$sample_id %in% sample_id, ]
  best <- round(best_posterior(calls) * 20) / 20
  tracts <- lapply(blocks, function(block) {
    n <- nrow(block$windows)
    edges <- window_edges(block$windows)
    look <- matrix(paste(calls$.pred_class, best)[block$row], n)
    first <- which(rbind(TRUE, look[-1, , drop = FALSE] != look[-n, , drop = FALSE] |
      diff(block$windows$window) != 1))
    last <- c(first[-1] - 1L, length(look))
    owner <- (first - 1L) %/% n + 1L
    tibble::tibble(
      sample_id = block$sample_id[owner], chrom = block$chrom, haplotype = block$haplotype[owner],
      low = (edges$low_bp[(first - 1L) %% n + 1L] - 1) / 1e6,
      high = edges$high_bp[(last - 1L) %% n + 1L] / 1e6,
      population = calls$.pred_class[block$row[first]], posterior = best[block$row[first]]
    )
  })
  vctrs::vec_rbind(!!!tracts)
}

plot_karyogram <- function(calls, blocks, sample_id, call) {
  populations <- attr(calls, "populations")
  tracts <- karyogram_tracts(calls, blocks, sample_id)
  chrom <- karyogram_order(tracts$chrom)
  tracts$sample_id <- factor(tracts$sample_id, sample_id)
  tracts$place <- length(chrom) + 1 - match(tracts$chrom, chrom)
  tracts$bottom <- tracts$place + ifelse(tracts$haplotype == 1, 0.03, -0.37)
  plot <- ggplot2::ggplot(tracts) +
    ggplot2::geom_rect(ggplot2::aes(
      xmin = .data$low, xmax = .data$high, ymin = .data$bottom, ymax = .data$bottom + 0.34,
      fill = factor(.data$population, populations), alpha = .data$posterior
    )) +
    switch_marks(calls, blocks, sample_id, chrom) +
    ggplot2::scale_fill_manual(values = ancestry_colours(populations), limits = populations,
      name = NULL, guide = ggplot2::guide_legend(order = 1)) +
    ggplot2::scale_alpha_continuous(range = c(0.15, 1), limits = c(1 / length(populations) - 0.05,
      1), breaks = karyogram_breaks(length(populations)), name = "Posterior",
      guide = ggplot2::guide_legend(order = 2)) +
    ggplot2::scale_y_continuous(breaks = rev(seq_along(chrom)), labels = chrom,
      expand = ggplot2::expansion(add = 0.2)) +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(c(0.01, 0.02))) +
    ggplot2::labs(x = "Position (Mb)", y = "Chromosome") +
    theme_forebear() +
    ggplot2::theme(panel.border = ggplot2::element_blank(),
      axis.ticks.y = ggplot2::element_blank(),
      axis.line.x = ggplot2::element_line(colour = "grey30", linewidth = 0.3))
  if (length(sample_id) == 1) {
    return(plot + ggplot2::ggtitle(sample_id))
  }
  plot + ggplot2::facet_wrap(~sample_id)
}

karyogram_breaks <- function(n_populations) {
  breaks <- c(0.25, 0.5, 0.75, 1)
  breaks[breaks >= 1 / n_populations]
}

# Numbered chromosomes by number, then the others as they come.
karyogram_order <- function(chrom) {
  chrom <- unique(chrom)
  number <- suppressWarnings(as.double(plain_chromosome(chrom)))
  chrom[order(number, seq_along(chrom), na.last = TRUE)]
}

# Triangles above the haplotypes where the phase switches; nothing where no switch is called.
switch_marks <- function(calls, blocks, sample_id, chrom) {
  switches <- attr(calls, "switches")
  switches <- switches[switches$switched & switches$sample_id %in% sample_id &
    switches$chrom %in% chrom, ]
  if (nrow(switches) == 0) {
    return(NULL)
  }
  low <- unlist(lapply(blocks, function(block) {
    stats::setNames(window_edges(block$windows)$low_bp, paste(block$chrom, block$windows$window))
  }))
  marks <- tibble::tibble(
    sample_id = factor(switches$sample_id, sample_id),
    place = length(chrom) + 1 - match(switches$chrom, chrom),
    mb = unname(low[paste(switches$chrom, switches$window)]) / 1e6
  )
  ggplot2::geom_point(ggplot2::aes(.data$mb, .data$place + 0.42), data = marks, shape = 25,
    size = 1.3, fill = "black", colour = "black", stroke = 0.2)
}
