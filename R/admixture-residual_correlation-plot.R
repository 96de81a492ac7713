#' Plot correlations of residuals
#'
#' Draws the samples against each other, sorted by label: above the diagonal the correlation of each
#' pair, below it the mean of each pair of labels. Blocks of one sign show populations that the
#' fit lacks (positive on the diagonal) or has put together (negative beside it); single points are
#' relatives. Colors end at `limit`, so that a few relatives do not bleach the rest.
#'
#' @param object What [residual_correlation()] returns.
#' @param labels Labels of samples, as in [autoplot.forebear_pca()]; by default the population of
#'   most weight.
#' @param ... Must be empty.
#' @param limit Correlation, above 0, at which colors end; by default the largest mean of two labels
#'   or four standard errors, whichever is larger.
#' @param label_column Name of the column of `labels` to use.
#' @returns A ggplot.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 5)]
#' fit <- admixture(genotypes, k = 2)
#' autoplot(residual_correlation(fit, genotypes), labels = read.delim(example_data("labels")))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_residual_correlation)
autoplot.forebear_residual_correlation <- function( # nolint: object_name_linter.
    object, labels = NULL, ..., limit = NULL, label_column = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  group <- groups_of(object, labels, label_column, call)
  means <- group_correlations(object$correlation, group)
  limit <- limit %||% max(abs(means$mean_correlation), 4 / sqrt(object$n_variants), na.rm = TRUE)
  limit <- check_number(limit, "limit", min = 1e-12, call = call)
  data <- triangle_cells(object$correlation, group, means)
  n <- nrow(object$correlation)
  ends <- group_ends(group)
  ggplot2::ggplot(data, ggplot2::aes(.data$column, .data$row)) +
    ggplot2::geom_raster(ggplot2::aes(fill = pmin(pmax(.data$correlation, -limit), limit))) +
    ggplot2::geom_hline(yintercept = ends$end[-nrow(ends)] + 0.5, linewidth = 0.2) +
    ggplot2::geom_vline(xintercept = ends$end[-nrow(ends)] + 0.5, linewidth = 0.2) +
    ggplot2::scale_fill_gradient2(low = "#2166AC", mid = "white", high = "#B2182B",
      limits = c(-limit, limit), na.value = "grey85", name = "Correlation\nof residuals") +
    ggplot2::scale_x_continuous(breaks = ends$middle, labels = ends$label, expand = c(0, 0),
      guide = ggplot2::guide_axis(angle = 90)) +
    ggplot2::scale_y_reverse(breaks = ends$middle, labels = ends$label, expand = c(0, 0)) +
    ggplot2::coord_fixed(xlim = c(0.5, n + 0.5), ylim = c(n + 0.5, 0.5)) +
    ggplot2::labs(x = NULL, y = NULL) +
    theme_forebear() +
    ggplot2::theme(panel.grid = ggplot2::element_blank(), axis.ticks = ggplot2::element_blank())
}

# row, column (places in the order of the groups), correlation: pairs above the diagonal, means of
# groups below it, nothing on it.
triangle_cells <- function(correlation, group, means) {
  place <- order(group)
  n <- length(place)
  sorted <- unname(correlation[place, place])
  code <- as.integer(group)[place]
  table <- matrix(NA_real_, nlevels(group), nlevels(group))
  ends <- cbind(match(means$group_1, levels(group)), match(means$group_2, levels(group)))
  table[ends] <- means$mean_correlation
  table[ends[, 2:1, drop = FALSE]] <- means$mean_correlation
  below <- lower.tri(sorted)
  sorted[below] <- matrix(table[cbind(rep(code, n), rep(code, each = n))], n)[below]
  diag(sorted) <- NA
  tibble::tibble(row = rep(seq_len(n), n), column = rep(seq_len(n), each = n),
    correlation = as.vector(sorted))
}

# label, middle and end (places) of each group that has samples; samples without a label come last.
group_ends <- function(group) {
  code <- addNA(group, ifany = TRUE)
  size <- as.vector(table(code))
  end <- cumsum(size)
  label <- ifelse(is.na(levels(code)), "unlabeled", levels(code))
  tibble::tibble(label = label, middle = end - size / 2 + 0.5, end = end)[size > 0, ]
}
