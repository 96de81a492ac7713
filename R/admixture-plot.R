#' Plot an admixture fit
#'
#' Draws the Q matrix as bars or in a simplex, as [autoplot.archetypes()] does; how to read
#' both is told there.
#'
#' @param object An [admixture()] fit.
#' @param type What to draw.
#' @inheritParams autoplot.archetypes
#' @returns A ggplot.
#' @examples
#' fit <- admixture(read_bed(example_data("panel")), k = 4)
#' autoplot(fit, labels = read.delim(example_data("labels")))
#' @rawNamespace S3method(ggplot2::autoplot, admixture)
autoplot.admixture <- function( # nolint: object_name_linter. The generic is ggplot2's.
    object, type = c("bar", "simplex"), labels = NULL, ..., label_column = NULL,
    label_groups = FALSE) {
  check_no_dots(...)
  type <- check_choice(type, "type", c("bar", "simplex"))
  plot <- autoplot.archetypes(object, type, labels, label_column = label_column,
    label_groups = label_groups)
  if (type == "bar") plot + ggplot2::labs(y = "Ancestry proportion") else plot
}
