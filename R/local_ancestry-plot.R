# Figures of a local ancestry model.

#' Draw how held-out windows of the panel are labeled
#'
#' The windows of each population of the panel, in percent, by the label that classifiers give them
#' which have not seen their samples: `tidy(fit)` of a [local_ancestry()] model as a table. Windows
#' are labeled one by one here, before neighbors and phase are taken into account; [predict()] does
#' better, which [cross_validate()] of the panel measures.
#'
#' @param object A [local_ancestry()] model.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_argument` where no held-out window could be labeled.
#' @family local ancestry
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 31), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' autoplot(local_ancestry(panel, window = window_settings(10, context = 0), calibrate = FALSE))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_local_ancestry)
autoplot.forebear_local_ancestry <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  if (sum(object$confusion) == 0) {
    abort_forebear("argument", c("A figure needs at least one held-out window with a label.",
      x = "No variant varies in the panel."))
  }
  data <- tidy.forebear_local_ancestry(object)
  data$called <- factor(data$label, object$populations)
  data$population <- factor(data$population, rev(object$populations))
  data$percent <- 100 * data$n / stats::ave(data$n, data$population, FUN = sum)
  plot_confusion(data[!is.nan(data$percent), ], "Windows (%)")
}
