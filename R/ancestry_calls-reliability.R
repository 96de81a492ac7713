#' Are posteriors as right as they say?
#'
#' Compares the posterior of each population with how often it is true, where the truth is known:
#' of windows with a posterior of 0.9, nine in ten should be of the population.
#'
#' Posteriors are cut into equal bins from 0 to 1. For each population and bin, `mean_posterior` is
#' the mean posterior and `frequency` the proportion of the windows that truly are of the
#' population. A window within which ancestry changes is of each in part, as five places spread
#' evenly over it have them. Parts of a window that calls have split count as in
#' [evaluate_calls()]. Windows of a sample go together, so a bin of a thousand windows may
#' hold no more than a few dozen segments: `difference_se` is the standard error of
#' `mean_posterior - frequency` by the jackknife of [ancestry_proportions()] over samples or, where
#' there are several, over chromosomes: the larger of both.
#'
#' The expected calibration error of a population is the mean of `abs(mean_posterior - frequency)`
#' over its bins, weighted by their windows. Its net difference is the sum over the bins \eqn{i} of
#' true proportions 0, 1/10, ..., 1 of the mean posterior where the truth has that proportion, minus
#' \eqn{i/10}; true proportions are those of a sample on one chromosome, rounded to multiples of
#' 0.1, and bins without any are left out. Negative is over-confident in the sense of the 2014
#' paper.
#'
#' Of a cross-validation of a classifier, each sample and repeat counts in place of a window, and
#' errors are over samples.
#'
#' @param calls Ancestry calls, as [read_msp()] returns, or what [cross_validate()] of a classifier
#'   returns, which knows the truth.
#' @param truth Segments of known ancestry, as for [evaluate_calls()]; every ancestry must be a
#'   population.
#' @param bins Number of bins.
#' @param x A `reliability` object.
#' @param ... Must be empty.
#' @returns An object of class `forebear_reliability`. `tidy()`: a tibble of `population`, `bin`,
#'   `lower`, `upper`, `n` (windows), `mean_posterior`, `frequency`, `difference_se` (`NA` if all
#'   windows are of one sample on one chromosome); empty bins are left out. `glance()`: one row per
#'   population: `population`, `n`, `calibration_error`, `net_difference` (`NA` of a classifier).
#' @section Errors:
#' As [evaluate_calls()].
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' truth <- ancestry_segments(calls, threshold = 0)
#' reliability <- reliability(calls, truth)
#' glance(reliability)
#' autoplot(reliability)
#'
#' # Of a classifier.
#' scores <- tidy(pca(read_bed(example_data("panel")), num_comp = 3))
#' scores <- matrix(scores$value, ncol = 3, dimnames = list(unique(scores$sample_id), NULL))
#' cv <- cross_validate(scores, read.delim(example_data("labels")), method = "knn", repeats = 2)
#' glance(reliability(cv))
#' @family ancestry calls
#' @export
reliability <- function(calls, ...) UseMethod("reliability")

#' @rdname reliability
#' @export
reliability.default <- function(calls, truth, bins = 10, ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  bins <- check_count(bins, "bins", max = 1000)
  calls <- calls_in_memory(calls, call)
  by_chrom <- call_pieces(calls, call)
  populations <- attr(calls, "populations")
  true <- places_of_windows(calls, by_chrom, truth, populations, call)
  part <- parts_of_windows(by_chrom, nrow(calls))
  owner <- match(paste(calls$sample_id, calls$chrom, sep = "\r"),
    unique(paste(calls$sample_id, calls$chrom, sep = "\r")))
  units <- list(sample = match(calls$sample_id, unique(calls$sample_id)),
    chrom = match(calls$chrom, unique(calls$chrom)))
  tables <- lapply(populations, function(population) {
    posterior <- calls[[paste0(".pred_", population)]]
    is_true <- proportion_of_places(true, match(population, populations))
    list(bins = reliability_bins(posterior, is_true, bins, units, part),
      net_difference = net_difference(posterior, is_true, owner, part))
  })
  binned <- vctrs::vec_rbind(!!!lapply(tables, `[[`, "bins"))
  population <- rep(populations, vapply(tables, function(table) nrow(table$bins), 1L))
  structure(list(
    bins = tibble::tibble(population = population, binned),
    net_difference = stats::setNames(vapply(tables, `[[`, 1, "net_difference"), populations)
  ), class = "forebear_reliability")
}

#' @rdname reliability
#' @export
reliability.forebear_cross_validation <- function( # nolint: object_name_linter.
    calls, bins = 10, ...) {
  check_no_dots(...)
  bins <- check_count(bins, "bins", max = 1000)
  known <- known_predictions(calls, NULL, NULL, rlang::current_env())
  answered <- which(!is.na(known$p[, 1]))
  units <- list(sample = match(known$sample_id, unique(known$sample_id))[answered])
  populations <- colnames(known$p)
  tables <- lapply(populations, function(population) {
    reliability_bins(known$p[answered, population],
      as.double(known$population[answered] == population), bins, units)
  })
  population <- rep(populations, vapply(tables, nrow, 1L))
  structure(list(
    bins = tibble::tibble(population = population, vctrs::vec_rbind(!!!tables)),
    net_difference = stats::setNames(rep(NA_real_, length(populations)), populations),
    unit = "prediction"
  ), class = "forebear_reliability")
}

# What is counted: a window, or a prediction of a classifier.
counted_unit <- function(x) x$unit %||% "window"

# Where in a window the truth is looked up; the third is its middle.
places_in_window <- c(0.1, 0.3, 0.5, 0.7, 0.9)

# [n_rows of the calls x places] codes of populations, `NA` where the truth has none. It must have
# one in the middle of every window.
places_of_windows <- function(calls, by_chrom, truth, populations, call) {
  middle <- true_ancestry(calls, by_chrom, truth, populations, call)
  # What there is to say of it, `true_ancestry()` has said.
  truth <- suppressMessages(check_truth(truth, populations, calls$sample_id, call))
  do.call(cbind, lapply(places_in_window, function(place) {
    ancestry <- if (place == 0.5) middle else ancestry_within(place, nrow(calls), by_chrom, truth)
    match(ancestry, populations)
  }))
}

# The proportion of the places of each window that are of one population.
proportion_of_places <- function(places, code) {
  rowSums(places == code, na.rm = TRUE) / rowSums(!is.na(places))
}

# The last bin has its upper end. `units`: list of codes of each row, that errors are over; `part`:
# of a window what each row is.
reliability_bins <- function(posterior, is_true, bins, units, part = 1) {
  bin <- pmin(floor(posterior * bins), bins - 1) + 1
  there <- sort(unique(bin))
  tables <- lapply(units, function(unit) {
    bins_by_unit(match(bin, there), posterior, is_true, unit, part)
  })
  all <- tables[[1]]
  n <- rowSums(all$windows)
  errors <- lapply(tables, function(table) {
    block_jackknife(table$posterior - table$true, table$windows)$std_error
  })
  tibble::tibble(
    bin = as.integer(there), lower = (there - 1) / bins, upper = there / bins, n = n,
    mean_posterior = rowSums(all$posterior) / n, frequency = rowSums(all$true) / n,
    difference_se = Reduce(larger_error, errors)
  )
}

# [bins x units] windows, and sums of posteriors and of truths.
bins_by_unit <- function(bin, posterior, is_true, unit, part) {
  n_bins <- max(bin)
  cell <- bin + n_bins * (unit - 1)
  sums <- rowsum(cbind(part, posterior * part, is_true * part), cell)
  by_unit <- function(values) {
    all <- matrix(0, n_bins, max(unit))
    all[as.double(rownames(sums))] <- values
    all
  }
  list(windows = by_unit(sums[, 1]), posterior = by_unit(sums[, 2]), true = by_unit(sums[, 3]))
}

# `owner`: of each row the segment of genome whose proportions are compared.
net_difference <- function(posterior, is_true, owner, part = 1) {
  sums <- rowsum(cbind(part, posterior * part, is_true * part), owner)
  sums <- sums[, 2:3, drop = FALSE] / sums[, 1]
  # Sums of parts of windows are off by rounding.
  bin <- round(round(10 * sums[, 2], 9))
  sum(tapply(sums[, 1], bin, mean) - sort(unique(bin)) / 10)
}

#' @rdname reliability
#' @export
tidy.forebear_reliability <- function(x, ...) {
  check_no_dots(...)
  x$bins
}

#' @rdname reliability
#' @export
glance.forebear_reliability <- function(x, ...) {
  check_no_dots(...)
  population <- names(x$net_difference)
  own <- factor(x$bins$population, population)
  n <- c(tapply(x$bins$n, own, sum))
  gap <- abs(x$bins$mean_posterior - x$bins$frequency) * x$bins$n
  tibble::tibble(
    population = population, n = unname(n),
    calibration_error = unname(c(tapply(gap, own, sum)) / n),
    net_difference = unname(x$net_difference)
  )
}

#' @export
print.forebear_reliability <- function(x, ...) {
  table <- generics::glance(x)
  cat(sprintf("<reliability> %s of %s", counted(nrow(table), "population"),
    counted(round(table$n[1]), counted_unit(x))),
    sprintf("expected calibration error: %s", first_of(sprintf("%s %.4f", table$population,
      table$calibration_error), 8)), sep = "\n")
  invisible(x)
}

#' Plot how reliable posteriors are
#'
#' For each population the proportion of windows that truly are of it, against the mean posterior of
#' the bin: on the diagonal posteriors are right, below it over-confident. Bars are two standard
#' errors of the distance from the diagonal; the area of a point is the number of windows.
#'
#' @param object What [reliability()] returns.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' autoplot(reliability(calls, ancestry_segments(calls, threshold = 0)))
#' @family ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, forebear_reliability)
autoplot.forebear_reliability <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  bins <- generics::tidy(object)
  populations <- names(object$net_difference)
  bins$population <- factor(bins$population, populations)
  ggplot2::ggplot(bins, ggplot2::aes(.data$mean_posterior, .data$frequency,
    colour = .data$population)) +
    ggplot2::geom_abline(slope = 1, intercept = 0, colour = "grey60", linewidth = 0.3,
      linetype = 2) +
    ggplot2::geom_line(linewidth = 0.4) +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$frequency - 2 * .data$difference_se,
      ymax = .data$frequency + 2 * .data$difference_se), linewidth = 0.3, alpha = 0.6,
    na.rm = TRUE) +
    ggplot2::geom_point(ggplot2::aes(size = .data$n), alpha = 0.8) +
    ggplot2::facet_wrap(~population) +
    ggplot2::scale_colour_manual(values = ancestry_colours(populations), guide = "none") +
    ggplot2::scale_size_area(max_size = 3.5,
      name = paste0(sentence(counted_unit(object)), "s"), labels = big) +
    ggplot2::scale_x_continuous(breaks = c(0, 0.5, 1), labels = c("0", "0.5", "1")) +
    ggplot2::scale_y_continuous(breaks = c(0, 0.5, 1), labels = c("0", "0.5", "1")) +
    ggplot2::coord_fixed(xlim = c(0, 1), ylim = c(0, 1)) +
    ggplot2::labs(x = "Posterior", y = "Proportion that is true") +
    theme_forebear() +
    ggplot2::theme(panel.spacing.x = ggplot2::unit(10, "pt"))
}
