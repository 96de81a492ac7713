#' How the start affects archetypes
#'
#' Fits [archetypes()] from every kind of start, several times each, on the same scores, and
#' keeps how well each ended. `autoplot()` draws explained variance by start: where the
#' points of a start scatter, more `restarts` pay.
#'
#' @inheritParams archetypes
#' @param x Of `compare_inits()`: [genotypes], a [pca()] fit, best with `scale = "none"`, or a
#'   numeric matrix of scores, as for [archetypes()]. Of `tidy()`: the comparison.
#' @param inits Kinds of start to compare; see `init` of [archetypes()].
#' @param restarts Number of starts of each kind.
#' @param max_iter Largest number of iterations; reaching it gives a warning of class
#'   `forebear_warning_not_converged`.
#' @param object The comparison.
#' @param measure What to draw: `"explained_variance"` or `"rss"`.
#' @param matrix `"restarts"`, or `"inits"` for a summary.
#' @returns An object of class `forebear_init_comparison`.
#'
#' `tidy()`: one row per start: `init`, `restart`, `rss`, `explained_variance` (of all the data, as
#' in [glance()][glance.forebear_archetypes]).
#'
#' `tidy(matrix = "inits")`: one row per kind: `init`, `best_rss`, `worst_rss`,
#' `best_explained_variance`, `worst_explained_variance`, `iterations` (of the best start),
#' `converged`, `n_best` (starts that end within 1e-4 of the lowest rss of all).
#' @section Errors:
#' Those of [archetypes()].
#' @family comparisons of ancestry
#' @examples
#' scores <- pca(read_bed(example_data("panel")), num_comp = 3, scale = "none")
#' inits <- compare_inits(scores, k = 4, restarts = 3)
#' tidy(inits, matrix = "inits")
#' autoplot(inits)
#' @export
compare_inits <- function(x, k, inits = c("furthest_sum", "aa++", "sample", "uniform"),
                          restarts = 5, dims = NULL, tolerance = 1e-7, max_iter = 1000, seed = 1,
                          threads = NULL, ...) {
  check_no_dots(...)
  known <- eval(formals()$inits)
  if (!is.character(inits) || length(inits) == 0 || !all(inits %in% known)) {
    abort_forebear("argument", c(sprintf("`inits` must be among %s.", quoted(known)),
      x = found(inits)))
  }
  inits <- unique(inits)
  fits <- list()
  scores <- x
  for (init in inits) {
    fits[[init]] <- without_support_messages(archetypes(scores, k, init = init,
      restarts = restarts, dims = dims, tolerance = tolerance, max_iter = max_iter, seed = seed,
      threads = threads))
    # One projection serves all.
    scores <- fits[[init]]$scores
    scores <- scores[is_answered(scores), , drop = FALSE]
    dims <- NULL
  }
  new_init_comparison(fits)
}

# fits: named by their init, all of the same scores
new_init_comparison <- function(fits) {
  # The fits after the first know the scores alone.
  total_ss <- fits[[1]]$total_ss
  scores_ss <- fits[[1]]$scores_ss
  starts <- lapply(names(fits), function(init) {
    fit <- fits[[init]]
    tibble::tibble(init = init, restart = seq_along(fit$restart_rss), rss = fit$restart_rss,
      explained_variance = (scores_ss - fit$restart_rss) / total_ss)
  })
  starts <- do.call(rbind, starts)
  lowest <- min(starts$rss)
  slack <- 1e-4 * lowest + 1e-12 * scores_ss
  summary <- lapply(names(fits), function(init) {
    own <- starts[starts$init == init, ]
    tibble::tibble(
      init = init, best_rss = min(own$rss), worst_rss = max(own$rss),
      best_explained_variance = max(own$explained_variance),
      worst_explained_variance = min(own$explained_variance),
      iterations = fits[[init]]$iterations, converged = fits[[init]]$converged,
      n_best = sum(own$rss <= lowest + slack)
    )
  })
  x <- list(restarts = starts, inits = do.call(rbind, summary), k = ncol(fits[[1]]$q),
    n_samples = nrow(fits[[1]]$q))
  structure(x, class = "forebear_init_comparison")
}

#' @rdname compare_inits
#' @export
tidy.forebear_init_comparison <- function(x, matrix = c("restarts", "inits"), ...) {
  check_no_dots(...)
  x[[check_choice(matrix, "matrix", c("restarts", "inits"))]]
}

#' @export
print.forebear_init_comparison <- function(x, ...) {
  inits <- x$inits
  lines <- c(
    sprintf("<init_comparison> %d archetypes of %s, %s of each start", x$k,
      counted(x$n_samples, "sample"), counted(max(x$restarts$restart), "fit")),
    sprintf("best explained variance: %s", first_of(sprintf("%s %.5f", inits$init,
      inits$best_explained_variance))),
    sprintf("fits that reach the best: %s", first_of(sprintf("%s %d", inits$init, inits$n_best)))
  )
  cat(lines, sep = "\n")
  invisible(x)
}

#' @rdname compare_inits
#' @rawNamespace S3method(ggplot2::autoplot, forebear_init_comparison)
autoplot.forebear_init_comparison <- function( # nolint: object_name_linter.
    object, measure = c("explained_variance", "rss"), ...) {
  check_no_dots(...)
  measure <- check_choice(measure, "measure", c("explained_variance", "rss"))
  data <- object$restarts
  data$init <- factor(data$init, rev(unique(data$init)))
  data$value <- data[[measure]]
  data$y <- as.integer(data$init) + 0.5 * spread_restarts(data$restart)
  range <- do.call(rbind, lapply(split(data, data$init), function(own) {
    tibble::tibble(y = as.integer(own$init[[1]]), low = min(own$value), high = max(own$value))
  }))
  title <- c(explained_variance = "Explained variance", rss = "Residual sum of squares")
  # Fits that agree to a thousandth are drawn as agreeing.
  shown <- if (measure == "rss") min(data$value) * (1 + c(0, 1e-3)) else
    max(data$value) * (1 - c(0, 1e-3))
  ggplot2::ggplot() +
    ggplot2::geom_segment(ggplot2::aes(.data$low, .data$y, xend = .data$high, yend = .data$y),
      data = range, colour = "grey60", linewidth = 0.6) +
    ggplot2::geom_point(ggplot2::aes(.data$value, .data$y), data = data, size = 1.8, alpha = 0.8,
      colour = ancestry_palette[[2]]) +
    ggplot2::scale_y_continuous(breaks = seq_len(nlevels(data$init)), labels = levels(data$init),
      limits = c(0.5, nlevels(data$init) + 0.5)) +
    ggplot2::expand_limits(x = shown) +
    ggplot2::labs(x = title[[measure]], y = "Start") +
    theme_forebear()
}

# Small offsets in -0.5..0.5, one per restart, so that equal results do not hide each other.
spread_restarts <- function(restart) {
  n <- max(restart)
  if (n == 1) 0 * restart else (restart - 1) / (n - 1) - 0.5
}
