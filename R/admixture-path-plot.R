#' Plot an admixture path
#'
#' `type = "error"` draws the error of cross-validation of each `k` with bars of one standard error
#' and the folds as small points; the `k` of the smallest error is ringed, and the dashed line is
#' one standard error above it: a smaller `k` below the line is as good. `type = "log_likelihood"`
#' draws the log-likelihood of the fits, and, where there was a cross-validation, of the hidden
#' genotypes below it: the first rises with `k` in any case. `type = "bar"` stacks the bars of each
#' `k`, as for [archetypes_path()].
#'
#' @param object An [admixture_path()].
#' @param type What to draw; by default the error, or the log-likelihood of a path without
#'   cross-validation.
#' @inheritParams autoplot.forebear_archetypes_path
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_argument` for errors of a path that was not cross-validated.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes <- genotypes[, seq(1, ncol(genotypes), by = 10)]
#' path <- admixture_path(genotypes, k = 1:3, folds = 2)
#' autoplot(path)
#' autoplot(path, type = "log_likelihood")
#' @rawNamespace S3method(ggplot2::autoplot, forebear_admixture_path)
autoplot.forebear_admixture_path <- function( # nolint: object_name_linter.
    object, type = c("error", "log_likelihood", "bar"), labels = NULL, ..., label_column = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  if (missing(type) && is.null(object$errors)) type <- "log_likelihood"
  type <- check_choice(type, "type", c("error", "log_likelihood", "bar"), call)
  if (type != "bar" && !(is.null(labels) && is.null(label_column))) {
    abort_forebear("plot_labels", c("Labels belong to samples, which only `type = \"bar\"` draws.",
      x = sprintf("`labels` are given with type = \"%s\".", type)), call)
  }
  switch(type,
    error = plot_path_error(object, call),
    log_likelihood = plot_path_likelihood(object),
    bar = plot_admixture_path_bars(object, labels, label_column, call)
  )
}

plot_path_error <- function(object, call) {
  if (is.null(object$errors)) no_folds(call)
  table <- path_table(object)
  lowest <- table[table$lowest, ]
  autoplot.forebear_k_errors(object$errors) +
    ggplot2::geom_hline(yintercept = lowest$cv_error + lowest$std_error, linetype = "dashed",
      linewidth = 0.3, colour = "grey40") +
    ggplot2::geom_point(ggplot2::aes(.data$k, .data$cv_error), data = lowest, shape = 1, size = 4,
      colour = ancestry_palette[[2]])
}

plot_path_likelihood <- function(object) {
  table <- path_table(object)
  panels <- c("Log-likelihood of the fit", "Log-likelihood per hidden genotype")
  data <- tibble::tibble(k = rep(table$k, 2),
    value = c(table$log_likelihood, table$held_out_log_likelihood),
    panel = factor(rep(panels, each = nrow(table)), levels = panels))
  data <- data[!is.na(data$value), ]
  ggplot2::ggplot(data, ggplot2::aes(.data$k, .data$value)) +
    ggplot2::geom_line(linewidth = 0.4, colour = ancestry_palette[[2]]) +
    ggplot2::geom_point(size = 1.8, colour = ancestry_palette[[2]]) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 1, scales = "free_y") +
    ggplot2::scale_x_continuous(breaks = table$k, minor_breaks = NULL) +
    ggplot2::labs(x = "Number of populations, k", y = NULL) +
    theme_forebear()
}

plot_admixture_path_bars <- function(object, labels, label_column, call) {
  weights <- lapply(object$fits, function(fit) fit$q)
  group <- match_labels_or_null(labels, object$sample_id, label_column, call)
  drawn <- drawn_samples(weights[[1]], object$sample_id, call)
  weights <- lapply(weights, function(q) q[drawn, , drop = FALSE])
  plot_path_bars(weights, drawn_labels(group, drawn))
}
