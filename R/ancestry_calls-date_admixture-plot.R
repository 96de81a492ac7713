#' Plot dates of admixture
#'
#' How the covariance of two ancestries falls with distance along the genome, with the curve that
#' [date_admixture()] has fitted; one panel for each pair, with its date and standard error.
#'
#' @param object What [date_admixture()] returns.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' autoplot(suppressWarnings(date_admixture(calls, max_cm = 10)))
#' @seealso [date_admixture()]
#' @family uses of ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, forebear_admixture_dates)
autoplot.forebear_admixture_dates <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  decay <- attr(object, "decay")
  label <- sprintf("%s, %s\n%s", object$ancestry_1, object$ancestry_2, dates_in_words(object))
  row <- vctrs::vec_match(decay[c("ancestry_1", "ancestry_2")],
    tibble::as_tibble(unclass(object)[c("ancestry_1", "ancestry_2")]))
  decay$pair <- factor(label[row], label)
  decay <- decay[!is.na(row) & !is.na(decay$covariance), ]
  ggplot2::ggplot(decay, ggplot2::aes(.data$distance_cm, .data$covariance)) +
    ggplot2::geom_point(size = 0.7, colour = "#7A9BC9") +
    ggplot2::geom_line(ggplot2::aes(y = .data$fitted), data = decay[!is.na(decay$fitted), ],
      colour = "#B10942", linewidth = 0.6) +
    ggplot2::facet_wrap(~pair, scales = "free_y") +
    ggplot2::labs(x = "Distance (cM)", y = "Covariance of copies") +
    theme_forebear()
}

dates_in_words <- function(dates) {
  error <- ifelse(is.na(dates$std_error), "", sprintf(" \u00b1 %.1f", dates$std_error))
  ifelse(is.na(dates$generations), "no date",
    sprintf("%.1f%s generations", dates$generations, error))
}
