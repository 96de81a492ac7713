# plot() of whatever autoplot() draws.

#' Draw what was computed, as base R asks for it
#'
#' `plot()` prints the figure of [autoplot()], which takes the same arguments and gives a ggplot
#' that can be changed.
#'
#' @param x What to draw.
#' @param ... Passed on to [autoplot()].
#' @returns The ggplot, invisibly.
#' @examples
#' plot(pca(read_bed(example_data("panel")), num_comp = 2))
#' @name plot.forebear
NULL

draw <- function(x, ...) {
  figure <- autoplot(x, ...)
  print(figure)
  invisible(figure)
}

#' @export
plot.forebear_admixture <- draw

#' @export
plot.forebear_admixture_dates <- draw

#' @export
plot.forebear_admixture_map <- draw

#' @export
plot.forebear_admixture_path <- draw

#' @export
plot.forebear_aligned_runs <- draw

#' @export
plot.forebear_ancestry_bootstrap <- draw

#' @export
plot.forebear_ancestry_calls <- draw

#' @export
plot.forebear_ancestry_comparison <- draw

#' @export
plot.forebear_ancestry_coverage <- draw

#' @export
plot.forebear_ancestry_regression <- draw

#' @export
plot.forebear_archetypes <- draw

#' @export
plot.forebear_archetypes_path <- draw

#' @export
plot.forebear_centre_comparison <- draw

#' @export
plot.forebear_classifier <- draw

#' @export
plot.forebear_cross_validation <- draw

#' @export
plot.forebear_confusion <- draw

#' @export
plot.forebear_curated_panel <- draw

#' @export
plot.forebear_embedding <- draw

#' @export
plot.forebear_gtm <- draw

#' @export
plot.forebear_gtm_landscape <- draw

#' @export
plot.forebear_init_comparison <- draw

#' @export
plot.forebear_k_errors <- draw

#' @export
plot.forebear_label_audit <- draw

#' @export
plot.forebear_local_ancestry <- draw

#' @export
plot.forebear_panel_audit <- draw

#' @export
plot.forebear_panel_validation <- draw

#' @export
plot.forebear_pca <- draw

#' @export
plot.forebear_q_matrix <- draw

#' @export
plot.forebear_qc_report <- draw

#' @export
plot.forebear_reference_panel <- draw

#' @export
plot.forebear_reliability <- draw

#' @export
plot.forebear_residual_correlation <- draw

#' @export
plot.forebear_stored_calls <- draw
