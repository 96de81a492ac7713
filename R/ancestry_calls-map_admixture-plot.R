#' Plot an admixture map
#'
#' A Manhattan plot, p of every window along the genome with the study-wide threshold, or a quantile
#' plot, p against what is expected without association; one panel for each ancestry.
#'
#' Windows are correlated, so that a quantile plot departs from the diagonal by chance more than one
#' of independent tests does.
#'
#' @param object What [map_admixture()] returns.
#' @param type `"manhattan"` or `"quantile"`.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' samples <- unique(calls$sample_id)
#' phenotype <- setNames(seq_along(samples) %% 3, samples)
#' autoplot(map_admixture(calls, phenotype, ancestry = "east", replicates = 100))
#' @seealso [map_admixture()]
#' @family uses of ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, forebear_admixture_map)
autoplot.forebear_admixture_map <- function( # nolint: object_name_linter.
    object, type = c("manhattan", "quantile"), ...) {
  check_no_dots(...)
  type <- check_choice(type, "type", c("manhattan", "quantile"))
  data <- tibble::as_tibble(unclass(object)[names(object)])
  data$ancestry <- factor(data$ancestry, unique(data$ancestry))
  data <- data[!is.na(data$p), ]
  if (nrow(data) == 0) {
    abort_forebear("argument", c("`object` must have an estimate in some window.",
      x = "All are `NA`.", i = "`?map_admixture` says when estimates are."))
  }
  data$log_p <- -log10(pmax(data$p, .Machine$double.xmin))
  if (type == "manhattan") {
    manhattan_plot(data, attr(object, "threshold"))
  } else {
    quantile_plot(data)
  }
}

manhattan_plot <- function(data, threshold) {
  chrom <- unique(data$chrom)
  length_of <- vapply(chrom, function(name) as.double(max(data$end_bp[data$chrom == name])), 0)
  before <- c(0, cumsum(length_of * 1.02))[seq_along(chrom)]
  at <- match(data$chrom, chrom)
  data$place <- before[at] + (as.double(data$start_bp) + data$end_bp) / 2
  data$shade <- factor(at %% 2)
  single <- length(chrom) == 1
  breaks <- if (single) ggplot2::waiver() else before + length_of / 2
  labels <- if (single) function(x) format(x / 1e6, trim = TRUE) else chrom
  ggplot2::ggplot(data, ggplot2::aes(.data$place, .data$log_p)) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$shade), size = 0.9) +
    threshold_line(threshold) +
    ggplot2::facet_wrap(~ancestry, ncol = 1) +
    ggplot2::scale_colour_manual(values = c("0" = "#7A9BC9", "1" = "#24477F"), guide = "none") +
    ggplot2::scale_x_continuous(breaks = breaks, labels = labels,
      guide = ggplot2::guide_axis(check.overlap = TRUE), expand = ggplot2::expansion(0.01)) +
    ggplot2::scale_y_continuous(limits = c(0, NA), expand = ggplot2::expansion(c(0.02, 0.08))) +
    ggplot2::labs(x = if (single) sprintf("Position on chromosome %s (Mb)", chrom) else
      "Chromosome", y = expression(-log[10](p))) +
    theme_forebear()
}

threshold_line <- function(threshold) {
  if (is.na(threshold)) {
    return(NULL)
  }
  ggplot2::geom_hline(yintercept = -log10(threshold), linetype = "dashed", colour = "#B10942",
    linewidth = 0.4)
}

quantile_plot <- function(data) {
  by_ancestry <- split(data, data$ancestry, drop = TRUE)
  data <- vctrs::vec_rbind(!!!lapply(by_ancestry, function(own) {
    own <- own[order(own$p), ]
    own$expected <- -log10(stats::ppoints(nrow(own)))
    own
  }))
  ggplot2::ggplot(data, ggplot2::aes(.data$expected, .data$log_p)) +
    ggplot2::geom_abline(colour = "grey60", linewidth = 0.4) +
    ggplot2::geom_point(size = 0.9, colour = "#24477F") +
    ggplot2::facet_wrap(~ancestry) +
    ggplot2::labs(x = expression(Expected ~ -log[10](p)), y = expression(Observed ~ -log[10](p))) +
    theme_forebear()
}
