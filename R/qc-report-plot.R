#' Plot quality control
#'
#' Histograms of what is left after quality control. A dashed line marks each threshold that the
#' steps of the report used.
#'
#' `type = "missingness"` draws the proportion of missing genotypes of variants and of samples,
#' `"maf"` the minor allele frequencies, `"hwe"` observed against expected -log10 p of the
#' Hardy-Weinberg test (a curve far above the diagonal is bad genotyping or, in samples of several
#' populations, structure), `"heterozygosity"` that of samples, with lines at 3 standard deviations
#' from the mean, and `"kinship"` the kinship of pairs, on a logarithmic scale of counts, with lines
#' at the cut-offs of the degrees of relatedness; pairs that have identity by state instead (see
#' [kinship()]) have a panel of their own, with a line at that of duplicates.
#'
#' @param object A [qc_report()].
#' @param type What to draw.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @family quality control
#' @examples
#' report <- qc_report(read_bed(example_data("panel")))
#' autoplot(report, type = "maf")
#' autoplot(report, type = "kinship")
#' @rawNamespace S3method(ggplot2::autoplot, forebear_qc_report)
autoplot.forebear_qc_report <- function( # nolint: object_name_linter.
    object, type = c("missingness", "maf", "hwe", "heterozygosity", "kinship"), ...) {
  check_no_dots(...)
  type <- check_choice(type, "type", c("missingness", "maf", "hwe", "heterozygosity", "kinship"))
  steps <- tidy.forebear_qc_report(object, "steps")
  if (type == "kinship") check_has_kinship(object, rlang::current_env())
  switch(type,
    missingness = plot_missingness(object$variants, object$samples, steps),
    maf = plot_maf(object$variants, steps),
    hwe = plot_hwe(object$variants, steps),
    heterozygosity = plot_heterozygosity(object$samples),
    kinship = plot_kinship(object$kinship)
  )
}

qc_colour <- ancestry_palette[[2]]

# The thresholds that steps stated in rules that begin with `start`.
thresholds <- function(steps, verb, start) {
  rules <- steps$rule[steps$verb == verb & !is.na(steps$rule)]
  rules <- rules[startsWith(rules, start)]
  unique(as.double(substring(rules, nchar(start) + 1)))
}

# `data` and `lines` have a column value and, where there are panels, panel.
plot_histogram <- function(data, lines, x, y, width = NULL, boundary = 0) {
  ggplot2::ggplot(data, ggplot2::aes(.data$value)) +
    ggplot2::geom_histogram(bins = 50, binwidth = width, boundary = boundary, fill = qc_colour) +
    ggplot2::geom_vline(data = lines, ggplot2::aes(xintercept = .data$value),
      linetype = "dashed", linewidth = 0.4, colour = "grey30") +
    ggplot2::scale_y_continuous(expand = ggplot2::expansion(c(0, 0.05))) +
    ggplot2::labs(x = x, y = y) +
    theme_forebear()
}

plot_missingness <- function(variants, samples, steps) {
  panels <- c("Variants", "Samples")
  missing <- list(1 - variants$call_rate, 1 - samples$call_rate)
  limits <- list(thresholds(steps, "filter_variants", "missing > "),
    thresholds(steps, "filter_samples", "missing > "))
  in_panels <- function(values) {
    tibble::tibble(value = unlist(values),
      panel = factor(rep(panels, lengths(values)), levels = panels))
  }
  data <- in_panels(missing)
  plot_histogram(data[!is.na(data$value), ], in_panels(limits), "Proportion of genotypes missing",
    "Number") +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1, scales = "free")
}

plot_maf <- function(variants, steps) {
  data <- tibble::tibble(value = variants$maf[!is.na(variants$maf)])
  lines <- tibble::tibble(value = thresholds(steps, "filter_variants", "MAF < "))
  # Frequencies of few samples are far apart: bins hold equally many of the possible ones.
  n_alleles <- 2 * max(variants$n_called)
  plot_histogram(data, lines, "Minor allele frequency", "Variants",
    width = ceiling(0.01 * n_alleles) / n_alleles, boundary = -0.5 / n_alleles)
}

# Standard deviations from the mean at which heterozygosity is marked.
marked_deviations <- 3

plot_heterozygosity <- function(samples) {
  value <- samples$heterozygosity[!is.na(samples$heterozygosity)]
  marks <- mean(value) + c(-1, 1) * marked_deviations * stats::sd(value)
  lines <- tibble::tibble(value = marks[!is.na(marks)])
  plot_histogram(tibble::tibble(value = value), lines, "Heterozygosity", "Samples")
}

# -log10 p of a p-value that is 0 to the computer.
largest_log_p <- 300

plot_hwe <- function(variants, steps) {
  p <- sort(variants$hwe_p[!is.na(variants$hwe_p)])
  data <- tibble::tibble(
    expected = -log10((seq_along(p) - 0.5) / length(p)),
    observed = pmin(-log10(p), largest_log_p)
  )
  limit <- thresholds(steps, "filter_variants", "Hardy-Weinberg p < ")
  lines <- tibble::tibble(value = -log10(limit))
  ggplot2::ggplot(thin_ranks(data), ggplot2::aes(.data$expected, .data$observed)) +
    ggplot2::geom_abline(slope = 1, intercept = 0, colour = "grey60", linewidth = 0.4) +
    ggplot2::geom_point(size = 0.6, shape = 16, colour = qc_colour) +
    ggplot2::geom_hline(data = lines, ggplot2::aes(yintercept = .data$value),
      linetype = "dashed", linewidth = 0.4, colour = "grey30") +
    ggplot2::labs(x = "Expected -log10 p", y = "Hardy-Weinberg -log10 p") +
    theme_forebear()
}

# The first thousand rows and, of the rest, every n-th: the eye sees no difference.
thin_ranks <- function(data, n_first = 1000, n_rest = 4000) {
  n <- nrow(data)
  if (n <= n_first + n_rest) {
    return(data)
  }
  data[c(seq_len(n_first), round(seq(n_first + 1, n, length.out = n_rest))), ]
}

# Geometric middles between degrees of relatedness.
degree_cutoffs <- c(0.0442, 0.0884, 0.177, 0.354)

plot_kinship <- function(kinship) {
  measures <- c(king = "Kinship", ibs = "Identity by state")
  panel <- factor(measures[kinship$method], intersect(measures, measures[kinship$method]))
  # On a logarithmic scale a bar needs a foot above 0.
  data <- tibble::tibble(
    left = kinship$kinship - kinship_bin / 2, right = kinship$kinship + kinship_bin / 2,
    foot = 0.5, top = kinship$n_pairs, panel = panel
  )
  lines <- tibble::tibble(value = c(degree_cutoffs, 0.99),
    panel = factor(measures[c(rep("king", 4), "ibs")], levels(panel)))
  lines <- lines[!is.na(lines$panel), ]
  plot <- ggplot2::ggplot(data) +
    ggplot2::geom_rect(
      ggplot2::aes(xmin = .data$left, xmax = .data$right, ymin = .data$foot, ymax = .data$top),
      fill = qc_colour
    ) +
    ggplot2::geom_vline(data = lines, ggplot2::aes(xintercept = .data$value),
      linetype = "dashed", linewidth = 0.4, colour = "grey30") +
    ggplot2::scale_y_log10(expand = ggplot2::expansion(c(0, 0.05))) +
    ggplot2::labs(y = "Pairs of samples") +
    theme_forebear()
  if (nlevels(panel) == 2) {
    return(plot + ggplot2::facet_wrap(ggplot2::vars(.data$panel), scales = "free_x") +
      ggplot2::labs(x = NULL))
  }
  plot + ggplot2::labs(x = if (nlevels(panel) == 1) levels(panel) else measures[["king"]])
}
