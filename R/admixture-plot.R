#' Plot an admixture fit
#'
#' Draws the Q matrix as bars or in a simplex, or the populations among the samples in score space,
#' as [autoplot.forebear_archetypes()] does; that page says how to read them.
#'
#' The fit knows no components, so `type = "pca"` and `type = "pca3d"` draw on those of `scores`.
#' A population stands where weights and scores put it by least squares: with Q the Q matrix and X
#' the scores, the rows of Z for which |X - Q Z|^2 is smallest, as in [compare_centers()].
#' Populations that no sample is purely of can lie outside the cloud of samples.
#'
#' @param object An [admixture()] fit.
#' @param type What to draw.
#' @inheritParams autoplot.forebear_archetypes
#' @param scores Of `"pca"` and `"pca3d"`, and needed for them: a [pca()] fit of the same samples,
#'   or a matrix of their scores.
#' @param components The two components that `type = "pca"` draws, or the three of `"pca3d"`; by
#'   default the first ones.
#' @returns A ggplot.
#' @section Errors:
#' `forebear_error_argument` if `scores` are missing or not asked for,
#' `forebear_error_unknown_sample` if they are of other samples, `forebear_error_plot_components`;
#' those of labels as in [autoplot.forebear_pca()].
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- admixture(genotypes, k = 4)
#' labels <- read.delim(example_data("labels"))
#' autoplot(fit, labels = labels)
#' autoplot(fit, type = "pca", scores = pca(genotypes, num_comp = 3), labels = labels)
#' @rawNamespace S3method(ggplot2::autoplot, forebear_admixture)
autoplot.forebear_admixture <- function( # nolint: object_name_linter.
    object, type = c("bar", "simplex", "pca", "pca3d"), labels = NULL, ..., scores = NULL,
    components = NULL, azimuth = 40, elevation = 20, label_column = NULL, label_groups = FALSE) {
  call <- rlang::current_env()
  local_colours(...)
  type <- check_choice(type, "type", c("bar", "simplex", "pca", "pca3d"), call)
  in_scores <- type %in% c("pca", "pca3d")
  check_scores_wanted(in_scores, type, scores, call)
  if (!in_scores) {
    check_components_wanted(FALSE, components, call)
    plot <- autoplot.forebear_archetypes(object, type, labels, label_column = label_column,
      label_groups = label_groups)
    return(if (type == "bar") plot + ggplot2::labs(y = "Ancestry proportion") else plot)
  }
  check_flag(label_groups, "label_groups", call)
  view <- check_view(azimuth, elevation, call)
  group <- match_labels_or_null(labels, object$sample_id, label_column, call)
  plot_admixture_positions(object, type, scores, components, view, group, label_groups, call)
}

check_scores_wanted <- function(in_scores, type, scores, call) {
  if (in_scores && is.null(scores)) {
    abort_forebear("argument", c(sprintf("`type = \"%s\"` draws on scores.", type),
      x = "`scores` is not given, and an `admixture()` fit has none.",
      i = "Give `scores =`, a `pca()` fit of the same samples."), call)
  }
  if (!in_scores && !is.null(scores)) {
    abort_forebear("argument", c("`scores` are for `type = \"pca\"` and `\"pca3d\"`.",
      x = sprintf("`type` is \"%s\".", type)), call)
  }
}

plot_admixture_positions <- function(object, type, scores, components, view, group, label_groups,
                                     call) {
  q <- object$q
  scores <- scores_for(object, q, scores, ncol(score_matrix(scores, call)), call)
  drawn <- drawn_samples(q + scores[, 1], object$sample_id, call)
  group <- drawn_labels(group, drawn)
  q <- q[drawn, , drop = FALSE]
  scores <- scores[drawn, , drop = FALSE]
  positions <- tidy_positions(cluster_positions(object, q, scores))
  table <- tidy_scores(scores, object$sample_id[drawn])
  n_there <- ncol(scores)
  if (type == "pca3d") {
    return(plot_archetypes_3d(table, positions, q, components, view, group, label_groups, call))
  }
  components <- components %||% seq_len(min(2, n_there))
  check_archetype_components(components, seq_len(n_there), call)
  plot_archetype_positions(table, positions, q, components, group, label_groups)
}
