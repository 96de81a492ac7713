#' Plot local ancestry
#'
#' A karyogram: for each chromosome the two haplotypes of a sample, first above second, colored by
#' the most probable population and faded where its posterior is low. Or, of one region, a heat map:
#' the haplotypes of many samples below each other.
#'
#' Black triangles above a chromosome are called phase switches, at the positions that
#' [phase_switches()] gives: there the haplotypes as given change places; [correct_phase()] takes
#' them away. A color belongs to a population in every plot of these calls, see
#' [ancestry_colours()]. Proportions of the whole genome are bars in `autoplot(as_q_matrix(calls))`.
#'
#' @section Reading a region:
#' Each row is a haplotype, as it was given; x is the position on the chromosome. A vertical edge is
#' where the ancestry of a haplotype changes. Many edges above each other, in samples that are not
#' related, are a place where haplotypes are hard to distinguish or the panel is wrong rather than
#' history; a population that is faded throughout is one that calls cannot distinguish from another.
#' A segment that most rows have of one ancestry, unlike the rest of their genome, may be under
#' selection. Where there are no windows the plot stays white.
#'
#' With `order = "similar"`, haplotypes come first by the ancestry that most of the region has, that
#' of most haplotypes on top. Among those of one ancestry, those with no other come first, then they
#' are sorted by the ancestry that is second, the most frequent first, and by the middle of all that
#' is not of the first. What is then equal stays in the order of the calls. Phase switches put the
#' two halves of a haplotype into two rows: see [correct_phase()].
#'
#' Rows are named `<sample>.<haplotype>`, up to 40; the axis of more says how many there are.
#'
#' @param object Ancestry calls, as [read_msp()] returns.
#' @param sample_id IDs of the samples to draw; `NULL` is the first in a karyogram, which has one
#'   panel for each, and all in a region.
#' @param ... Must be empty.
#' @param type `"karyogram"`, or `"region"` for the heat map.
#' @param region Of the heat map: a chromosome (`"22"`, which is also `chr22`) or part of one
#'   (`"22:16000000-20000000"`; both ends belong to it), as in [read_vcf()]. `NULL` is the whole of
#'   the only chromosome.
#' @param order Of the rows of the heat map: `"similar"` puts like haplotypes together, see below;
#'   `"given"` keeps the order of `sample_id`, or of the calls.
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_unknown_sample` if a sample is not in the calls; `forebear_error_region` for a
#' region that is none, or without calls; `forebear_error_incomplete_calls`;
#' `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' autoplot(calls, sample_id = "dan")
#' autoplot(calls, type = "region", region = "1:2000000-9000000")
#' @family ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, forebear_ancestry_calls)
autoplot.forebear_ancestry_calls <- function( # nolint: object_name_linter.
    object, sample_id = NULL, ..., type = c("karyogram", "region"), region = NULL,
    order = c("similar", "given")) {
  call <- rlang::current_env()
  check_no_dots(...)
  check_calls(object, call)
  type <- check_choice(type, "type", c("karyogram", "region"), call)
  is_region <- type == "region"
  if (!is_region && (!is.null(region) || !missing(order))) {
    abort_forebear("argument", c("`region` and `order` are for `type = \"region\"`.",
      x = sprintf("`type` is \"%s\".", type)), call)
  }
  order <- check_choice(order, "order", c("similar", "given"), call)
  sample_id <- sample_id %||% utils::head(unique(object$sample_id), if (is_region) Inf else 1)
  sample_id <- check_samples_of_calls(sample_id, object, call)
  if (is_region) {
    return(plot_region(object, region, sample_id, order, call))
  }
  by_chrom <- call_pieces(object[object$sample_id %in% sample_id, ], call)
  plot_karyogram(object, by_chrom, sample_id, call)
}

check_samples_of_calls <- function(sample_id, calls, call) {
  if (is.factor(sample_id)) sample_id <- as.character(sample_id)
  refuse <- function(problem) {
    abort_forebear("unknown_sample", c("`sample_id` must name samples of the calls, each once.",
      x = problem), call)
  }
  if (!is.character(sample_id) || length(sample_id) == 0) refuse(found(sample_id))
  unknown <- setdiff(sample_id, calls$sample_id)
  if (length(unknown) > 0) refuse(sprintf("Not there: %s.", quoted(unknown)))
  repeated <- unique(sample_id[duplicated(sample_id)])
  if (length(repeated) > 0) refuse(sprintf("Twice or more: %s.", quoted(repeated)))
  sample_id
}

# Rectangles: sample_id, chrom, haplotype, low, high (Mb), population, posterior. Windows that
# follow each other and look the same are one rectangle, so that no device leaves seams.
karyogram_tracts <- function(calls, by_chrom, sample_id) {
  calls <- calls[calls$sample_id %in% sample_id, ]
  best <- round(best_posterior(calls) * 20) / 20
  tracts <- lapply(by_chrom, function(pieces) {
    n <- length(pieces$row)
    edges <- piece_edges(pieces)
    look <- paste(calls$.pred_class, best)[pieces$row]
    first <- which(c(TRUE, look[-1] != look[-n] | !follows_in(pieces)))
    last <- c(first[-1] - 1L, n)
    owner <- pieces$owner[first]
    tibble::tibble(
      sample_id = pieces$sample_id[owner], chrom = pieces$chrom,
      haplotype = pieces$haplotype[owner], low = (edges$low_bp[first] - 1) / 1e6,
      high = edges$high_bp[last] / 1e6, population = calls$.pred_class[pieces$row[first]],
      posterior = best[pieces$row[first]]
    )
  })
  vctrs::vec_rbind(!!!tracts)
}

plot_karyogram <- function(calls, by_chrom, sample_id, call) {
  populations <- attr(calls, "populations")
  tracts <- karyogram_tracts(calls, by_chrom, sample_id)
  chrom <- karyogram_order(tracts$chrom)
  tracts$sample_id <- factor(tracts$sample_id, sample_id)
  tracts$place <- length(chrom) + 1 - match(tracts$chrom, chrom)
  tracts$bottom <- tracts$place + ifelse(tracts$haplotype == 1, 0.03, -0.37)
  plot <- ggplot2::ggplot(tracts) +
    ggplot2::geom_rect(ggplot2::aes(
      xmin = .data$low, xmax = .data$high, ymin = .data$bottom, ymax = .data$bottom + 0.34,
      fill = factor(.data$population, populations), alpha = .data$posterior
    )) +
    switch_marks(calls, by_chrom, sample_id, chrom) +
    karyogram_scales(populations) +
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

# Colours of the populations, and opacity by posterior.
karyogram_scales <- function(populations) {
  n <- length(populations)
  list(
    ggplot2::scale_fill_manual(values = ancestry_colours(populations), limits = populations,
      name = NULL, guide = ggplot2::guide_legend(order = 1)),
    ggplot2::scale_alpha_continuous(range = c(0.15, 1), limits = c(1 / n - 0.05, 1),
      breaks = karyogram_breaks(n), name = "Posterior", guide = ggplot2::guide_legend(order = 2))
  )
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
switch_marks <- function(calls, by_chrom, sample_id, chrom) {
  switches <- switches_at_hand(calls[calls$sample_id %in% sample_id, ])
  switches <- switches[switches$switched, ]
  if (nrow(switches) == 0) {
    return(NULL)
  }
  marks <- tibble::tibble(
    sample_id = factor(switches$sample_id, sample_id),
    place = length(chrom) + 1 - match(switches$chrom, chrom),
    mb = switch_positions(switches, by_chrom) / 1e6
  )
  ggplot2::geom_point(ggplot2::aes(.data$mb, .data$place + 0.42), data = marks, shape = 25,
    size = 1.3, fill = "black", colour = "black", stroke = 0.2)
}
