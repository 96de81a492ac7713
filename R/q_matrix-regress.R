#' Regress the ancestry proportions of one method on those of another
#'
#' For every population a straight line through the samples, y = intercept + slope x: two methods
#' that agree have slope 1, intercept 0 and r2 near 1, as the 2014 paper asks of its proportions of
#' the genome and those of other methods.
#'
#' Samples are matched by ID. Populations are matched by name if both have the same names (other
#' than `archetype1`, `archetype2`, ..., which say nothing); otherwise clusters are paired as in
#' [compare_ancestry()], so that their squared differences are least; those of a correlation below
#' 0.5 are no pair, and those without a partner have `NA`.
#'
#' Lines are fitted by least squares. With n samples, Sxx the sum of squares of x around its mean
#' and s2 the residual sum of squares over n - 2, standard errors are sqrt(s2 / Sxx) of the slope
#' and sqrt(s2 (1 / n + mean(x)^2 / Sxx)) of the intercept. They take x as known: errors of x pull
#' the slope toward 0, so let x be the more precise method, or look at both directions. Where all
#' x are equal (within 1e-12) there is no line, only an `rmse`.
#'
#' @param x,y Proportions of the genome by two methods: [ancestry_calls][ancestry_proportions] of
#'   [predict()][predict.forebear_local_ancestry], [read_msp()] or [read_ancestry_vcf()]; what
#'   [ancestry_proportions()] returns, at any level of the tree; fits of [archetypes()] or
#'   [admixture()], [read_q()], and anything else that [as_q_matrix()] takes.
#' @param names What to call the two in tables and figures.
#' @param object A regression of ancestry.
#' @param matrix What to tidy.
#' @param ... Must be empty.
#' @returns An object of class `forebear_ancestry_regression`.
#'
#' `tidy()`: one row per population: `ancestry` (its name in `x`), `partner` (in `y`; one of both is
#' `NA` for a cluster left over), `n_samples`, `intercept`, `intercept_se`, `slope`, `slope_se`,
#' `r2` (coefficient of determination, the square of Pearson's correlation), `rmse` (of y - x).
#'
#' `tidy(matrix = "samples")`: one row per sample and pair: `sample_id`, `ancestry`, `partner`, `x`,
#' `y`.
#'
#' `glance()`: one row: `n_samples`, `n_ancestries` (pairs), `least_r2`, `least_slope`,
#' `largest_slope`, `rmse` (over all pairs). `autoplot()` draws the samples and the line of each
#' population beside the diagonal.
#' @section Errors:
#' `forebear_error_unknown_sample` if a sample is in one alone (it names them),
#' `forebear_error_sample_count` for fewer than 3 samples, `forebear_error_duplicate_ids`,
#' `forebear_error_q_simplex`, `forebear_error_argument`.
#' @references Durand E.Y. et al. (2014), bioRxiv 010512, Table S4.
#' @family comparisons of ancestry
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' truth <- read.delim(example_data("truth"))
#' regression <- regress_ancestry(truth, archetypes(genotypes, k = 4),
#'   names = c("truth", "archetypes"))
#' regression
#' tidy(regression)
#' autoplot(regression)
#' @export
regress_ancestry <- function(x, y, names = NULL, ...) {
  check_no_dots(...)
  names <- check_pair_names(names %||% method_names(list(x = x, y = y)))
  q <- list(ancestry_matrix(x, "x"), ancestry_matrix(y, "y"))
  q <- match_samples(stats::setNames(q, names))
  n <- nrow(q[[1]])
  if (n < 3) {
    abort_forebear("sample_count", c("A line with standard errors needs at least 3 samples.",
      x = sprintf("There %s %d.", if (n == 1) "is" else "are", n)))
  }
  new_ancestry_regression(q, partner_columns(q[[1]], q[[2]]))
}

# The column of `y` for each column of `x`, NA for none: by name where names say something.
partner_columns <- function(x, y, call = rlang::caller_env()) {
  if (setequal(colnames(x), colnames(y)) && !all(are_numbered(colnames(x)))) {
    return(match(colnames(x), colnames(y)))
  }
  pair_columns(x, y, call)
}

# q        two matrices, samples matched
# partner  [n_ancestries of the first] columns of the second, or NA
new_ancestry_regression <- function(q, partner) {
  x <- q[[1]]
  y <- q[[2]]
  from_x <- c(seq_len(ncol(x)), rep(NA, ncol(y) - sum(!is.na(partner))))
  from_y <- c(partner, setdiff(seq_len(ncol(y)), partner))
  pairs <- which(!is.na(from_x) & !is.na(from_y))
  lines <- vctrs::vec_rbind(!!!lapply(seq_along(from_x), function(row) {
    if (row %in% pairs) least_squares(x[, from_x[row]], y[, from_y[row]]) else no_line(nrow(x))
  }))
  samples <- tibble::tibble(
    sample_id = rep(row_sample_id(x), length(pairs)),
    ancestry = rep(colnames(x)[from_x[pairs]], each = nrow(x)),
    partner = rep(colnames(y)[from_y[pairs]], each = nrow(x)),
    x = c(x[, from_x[pairs]]), y = c(y[, from_y[pairs]])
  )
  structure(list(
    lines = tibble::tibble(ancestry = colnames(x)[from_x], partner = colnames(y)[from_y], lines),
    samples = samples, names = names(q)
  ), class = "forebear_ancestry_regression")
}

# Spread of x below which no line is drawn through it, per sample.
least_spread <- 1e-12

# One row: y on x.
least_squares <- function(x, y) {
  n <- length(x)
  dx <- x - mean(x)
  dy <- y - mean(y)
  sxx <- sum(dx^2)
  row <- no_line(n)
  row$rmse <- sqrt(mean((y - x)^2))
  if (sxx <= n * least_spread^2) {
    return(row)
  }
  row$slope <- sum(dx * dy) / sxx
  row$intercept <- mean(y) - row$slope * mean(x)
  s2 <- sum((dy - row$slope * dx)^2) / (n - 2)
  row$slope_se <- sqrt(s2 / sxx)
  row$intercept_se <- sqrt(s2 * (1 / n + mean(x)^2 / sxx))
  row$r2 <- correlation(x, y)^2
  row
}

no_line <- function(n) {
  tibble::tibble(n_samples = n, intercept = NA_real_, intercept_se = NA_real_, slope = NA_real_,
    slope_se = NA_real_, r2 = NA_real_, rmse = NA_real_)
}

#' @rdname regress_ancestry
#' @export
tidy.forebear_ancestry_regression <- function(x, matrix = c("ancestries", "samples"), ...) {
  check_no_dots(...)
  switch(check_choice(matrix, "matrix", c("ancestries", "samples")),
    ancestries = x$lines, samples = x$samples)
}

#' @rdname regress_ancestry
#' @export
glance.forebear_ancestry_regression <- function(x, ...) {
  check_no_dots(...)
  extreme <- function(values, summary) {
    if (all(is.na(values))) NA_real_ else summary(values, na.rm = TRUE)
  }
  tibble::tibble(
    n_samples = x$lines$n_samples[1], n_ancestries = sum(!is.na(x$lines$rmse)),
    least_r2 = extreme(x$lines$r2, min), least_slope = extreme(x$lines$slope, min),
    largest_slope = extreme(x$lines$slope, max),
    rmse = sqrt(mean((x$samples$y - x$samples$x)^2))
  )
}

#' @export
print.forebear_ancestry_regression <- function(x, ...) {
  lines <- x$lines[!is.na(x$lines$slope), ]
  alone <- sum(is.na(x$lines$ancestry) | is.na(x$lines$partner))
  cat(
    sprintf("<ancestry_regression> %s on %s: %s of %s", x$names[2], x$names[1],
      counted(nrow(x$lines) - alone, "population"), counted(x$lines$n_samples[1], "sample")),
    sprintf("slope (r2): %s", first_of(sprintf("%s %.3f (%.4f)", lines$ancestry, lines$slope,
      lines$r2), 8)),
    if (alone > 0) sprintf("%s without a partner", big(alone)),
    sep = "\n"
  )
  invisible(x)
}

#' @rdname regress_ancestry
#' @rawNamespace S3method(ggplot2::autoplot, forebear_ancestry_regression)
autoplot.forebear_ancestry_regression <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  samples <- generics::tidy(object, matrix = "samples")
  lines <- generics::tidy(object)
  lines <- lines[!is.na(lines$ancestry) & !is.na(lines$partner), ]
  title <- ifelse(lines$ancestry == lines$partner, lines$ancestry,
    paste(lines$ancestry, lines$partner, sep = " = "))
  panel <- function(ancestry) factor(title[match(ancestry, lines$ancestry)], title)
  samples$panel <- panel(samples$ancestry)
  lines$panel <- panel(lines$ancestry)
  lines <- lines[!is.na(lines$slope), ]
  lines$words <- sprintf("slope %.3f (%.3f)\nr\u00b2 %.4f", lines$slope, lines$slope_se, lines$r2)
  colours <- ancestry_colours(samples$ancestry)
  ggplot2::ggplot(samples, ggplot2::aes(.data$x, .data$y, colour = .data$ancestry)) +
    ggplot2::geom_abline(slope = 1, intercept = 0, colour = "grey60", linewidth = 0.3,
      linetype = 2) +
    ggplot2::geom_point(size = 1, shape = 16, alpha = 0.6) +
    ggplot2::geom_abline(ggplot2::aes(slope = .data$slope, intercept = .data$intercept), lines,
      colour = "grey20", linewidth = 0.4) +
    ggplot2::geom_text(ggplot2::aes(x = 0, y = 1, label = .data$words), lines, inherit.aes = FALSE,
      hjust = 0, vjust = 1, size = 2.6, lineheight = 0.95) +
    ggplot2::facet_wrap(~panel) +
    ggplot2::scale_colour_manual(values = colours, guide = "none") +
    ggplot2::scale_x_continuous(breaks = c(0, 0.5, 1), labels = c("0", "0.5", "1")) +
    ggplot2::scale_y_continuous(breaks = c(0, 0.5, 1), labels = c("0", "0.5", "1")) +
    ggplot2::coord_fixed(xlim = c(0, 1), ylim = c(0, 1)) +
    ggplot2::labs(x = object$names[1], y = object$names[2]) +
    theme_forebear() +
    ggplot2::theme(panel.spacing.x = ggplot2::unit(10, "pt"))
}
