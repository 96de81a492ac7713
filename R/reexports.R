#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics augment
#' @export
generics::augment

#' @importFrom generics glance
#' @export
generics::glance

# A copy made at build time, whose methods are looked up where ggplot2 keeps them: ggplot2
# itself, most of the time this package takes to load, is loaded when something is drawn.
#' Draw what was computed
#'
#' The generic of 'ggplot2': `library(ggplot2)` masks nothing. See
#' [autoplot.forebear_pca()] and [autoplot.forebear_archetypes()] for what each draws.
#'
#' @param object What to draw.
#' @param ... Passed on to the method.
#' @returns A ggplot.
#' @examples
#' autoplot(pca(read_bed(example_data("panel")), num_comp = 2))
#' @export
autoplot <- ggplot2::autoplot
