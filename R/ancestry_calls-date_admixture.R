#' When ancestries met
#'
#' Generations since two ancestries met, from how fast their covariance falls with distance along
#' the genome.
#'
#' Two places that lie \eqn{d} Morgans apart come from the same haplotype of a parent with
#' probability \eqn{(1+e^{-2d})/2} (Haldane's map function), so that after \eqn{g} generations the
#' covariance of the dosages of two ancestries has fallen to \eqn{a\,((1+e^{-2d})/2)^g+b}; \eqn{b}
#' is the part by which the proportions of samples differ. Near 0 this is the exponential \eqn{a
#' e^{-gd}+b}, which would make 6 generations of 5. The dosages are sums of both haplotypes, on
#' which phase has no influence, less the mean of all samples at the place. Covariances of all
#' samples are pooled at distances from `min_cm` to `max_cm`, and of places on different
#' chromosomes, for which \eqn{e^{-2d}} is 0; \eqn{g}, \eqn{a}, \eqn{b} are those of least squares,
#' weighted by the number of pairs. Distances below `min_cm` are left out as calls are smooth
#' there. Places in windows that were left out of `calls` say nothing.
#'
#' Ancestries are taken to have met once. Where they did several times, the answer lies between the
#' first and the last time. Segments shorter than a window are missed, which makes old admixture
#' look younger. So does a study of several small populations that have married among themselves
#' since: of \eqn{N} members each, two haplotypes have met again with a probability of some
#' \eqn{g/2N}, and the date is too young by about as much. Date them one by one.
#'
#' @section Standard errors:
#' The delete-one jackknife over chromosomes, where there are three or more, and over samples (in
#' twenty groups, or one by one if there are fewer): the larger of the two. Where the covariance
#' does not fall once one of these parts is left out, there is no date. Give samples of one admixed
#' population: others differ in more than their age. Samples that descend from few admixed founders
#' have more in common than that: with one or two chromosomes, where errors are over samples alone,
#' the date was off by more than 1.96 standard errors in .14 to .36 of simulated populations instead
#' of .05, which a message says.
#'
#' @param calls Ancestry calls of admixed samples, with genetic positions.
#' @param min_cm,max_cm Distances that are looked at, in cM.
#' @param step_cm Distance between the places at which ancestry is read.
#' @inheritParams shared_arguments
#' @returns A tibble of class `forebear_admixture_dates`, one row per pair of ancestries:
#'   `ancestry_1`, `ancestry_2`, `generations`, `std_error`, `amplitude` (`a`, copies squared: below
#'   0 where the two exclude each other), `n_samples`. `NA`, with a warning of class
#'   `forebear_warning_no_decay`, where the covariance does not fall, or no longer does when a
#'   chromosome or a sample is left out: too few samples, or no admixture of the two.
#'   [autoplot()][autoplot.forebear_admixture_dates] draws how the covariances fall.
#' @section Errors:
#' `forebear_error_no_genetic_map` without genetic positions; `forebear_error_incomplete_calls`;
#' `forebear_error_argument`.
#' @references Loh P.-R. et al. (2013), Inferring admixture histories of human populations using
#' linkage disequilibrium. Genetics 193:1233.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' suppressWarnings(date_admixture(calls, max_cm = 10))
#' @family uses of ancestry calls
#' @export
date_admixture <- function(calls, min_cm = 1, max_cm = 30, step_cm = 0.25, threads = NULL) {
  call <- rlang::current_env()
  step_cm <- check_number(step_cm, "step_cm", min = 0.01, max = 5, call = call)
  min_cm <- check_number(min_cm, "min_cm", min = step_cm, max = 100, call = call)
  max_cm <- check_number(max_cm, "max_cm", min = min_cm + 4 * step_cm, max = 300, call = call)
  threads <- check_threads(threads, call)
  calls <- calls_in_memory(calls, call)
  by_chrom <- call_blocks(calls, call)
  populations <- attr(calls, "populations")
  if (length(populations) < 2) {
    abort_forebear("argument", c("`calls` must be of two populations or more.",
      x = sprintf("They are of %s alone.", quoted(populations))), call)
  }
  inform_few_chromosomes(length(by_chrom))
  inform_untypical(untypical_of_calls(calls), counts_as_nearest)
  rows <- lapply(by_chrom, rows_on_grid, step_cm = step_cm, call = call)
  samples <- samples_of_pieces(by_chrom)
  pairs <- utils::combn(populations, 2)
  dates <- lapply(seq_len(ncol(pairs)), function(i) {
    date_pair(calls, rows, samples, pairs[, i], c(min_cm, max_cm, step_cm), threads, call)
  })
  table <- vctrs::vec_rbind(!!!lapply(dates, `[[`, "date"))
  report_no_decay(table)
  tibble::new_tibble(table, decay = vctrs::vec_rbind(!!!lapply(dates, `[[`, "decay")),
    nrow = nrow(table), class = "forebear_admixture_dates")
}

# Chromosomes from which on errors are over these, too.
least_for_jackknife <- 3L

inform_few_chromosomes <- function(n) {
  if (n < least_for_jackknife) {
    inform_forebear("few_chromosomes", c(
      sprintf("Of %s, standard errors are over samples alone.", counted(n, "chromosome")),
      x = "They are too small where samples descend from few founders.",
      i = "Give the calls of three chromosomes or more (`rbind()` joins calls)."
    ))
  }
}

# first, second: [n_points x n_samples] rows of the calls at points `step_cm` apart; is_known:
# [n_points] whether a point lies outside of windows that were left out; sample_id.
rows_on_grid <- function(block, step_cm, call) {
  windows <- block$windows
  if (anyNA(windows$start_cm) || anyNA(windows$end_cm)) {
    abort_forebear("no_genetic_map", c("Dates need calls with genetic positions.",
      x = sprintf("They are not known on chromosome %s.", quoted(block$chrom)),
      i = "Give `genetic_map` to `read_phased_vcf()` when the panel is read."), call)
  }
  point <- seq(windows$start_cm[1], windows$end_cm[nrow(windows)], by = step_cm)
  at <- pmax(1L, findInterval(point, windows$start_cm))
  key <- paste(block$sample_id, block$haplotype, sep = "\r")
  samples <- unique(block$sample_id)
  of <- function(haplotype) {
    column <- match(paste(samples, haplotype, sep = "\r"), key)
    block$row[at, column, drop = FALSE]
  }
  first <- of(1L)
  second <- of(2L)
  list(
    sample_id = samples, first = ifelse(is.na(first), second, first),
    second = ifelse(is.na(second), first, second),
    is_known = c(follows(windows$window), TRUE)[at] | point <= windows$end_cm[at]
  )
}

# date: a row of the answer; decay: of each distance the covariance, and what is fitted to it.
date_pair <- function(calls, rows, samples, pair, distances, threads, call) {
  posterior <- posteriors_of(calls, pair)
  n_lags <- as.integer(floor(distances[2] / distances[3])) + 1L
  products <- lapply(rows, products_of_chromosome, posterior, samples, n_lags, threads, call)
  lag <- (seq_len(n_lags) - 1L) * distances[3]
  chosen <- which(lag >= distances[1] - 1e-9)
  fit <- function(sums, kept = TRUE) {
    of <- function(name) rowSums(sums[[name]][, kept, drop = FALSE])
    fitted_decay(c(lag[chosen] / 100, Inf), of("sum"), of("n"))
  }
  generations <- function(...) fit(...)$decay[1]
  sums <- summed_products(products, chosen)
  whole <- fit(sums)
  over_chromosomes <- if (length(products) >= least_for_jackknife) {
    jackknife_error(lapply(seq_along(products), function(i) {
      generations(summed_products(products[-i], chosen))
    }))
  } else {
    0
  }
  groups <- rep_len(seq_len(min(20L, length(samples))), length(samples))
  over_samples <- jackknife_error(lapply(unique(groups), function(group) {
    generations(sums, groups != group)
  }))
  std_error <- max(over_chromosomes, over_samples)
  # A date that stands or falls with one part of the data is none.
  if (is.na(std_error)) whole <- without_date(whole)
  date <- tibble::tibble(ancestry_1 = pair[1], ancestry_2 = pair[2], generations = whole$decay[1],
    std_error = std_error, amplitude = whole$decay[2],
    n_samples = length(samples))
  within <- seq_along(chosen)
  decay <- tibble::tibble(ancestry_1 = pair[1], ancestry_2 = pair[2], distance_cm = lag[chosen],
    covariance = whole$covariance[within], fitted = whole$fitted[within])
  list(date = date, decay = decay)
}

# sum, n: [n_lags x n_samples] of products on a chromosome; total [2 x n_samples], n_points
# [n_samples]: see `unlinked()`.
products_of_chromosome <- function(rows, posterior, samples, n_lags, threads, call) {
  dosage <- lapply(posterior, function(p) matrix(p[rows$first] + p[rows$second], nrow(rows$first)))
  found <- with_progress(function(progress) {
    rust_lagged_products(dosage[[1]], dosage[[2]], rows$is_known, n_lags, threads, progress)
  }, call)
  place <- match(rows$sample_id, samples)
  found <- lapply(found, function(values) {
    all <- matrix(0, nrow(values), length(samples))
    all[, place] <- values
    all
  })
  c(found, list(n_points = sum(rows$is_known) * (seq_along(samples) %in% place)))
}

# sum, n: of all chromosomes [(n_chosen + 1) x n_samples], at the lags `chosen` and, last, at places
# on different chromosomes.
summed_products <- function(products, chosen) {
  apart <- unlinked(products)
  lapply(stats::setNames(nm = c("sum", "n")), function(name) {
    within <- Reduce(`+`, lapply(products, `[[`, name))
    rbind(within[chosen, , drop = FALSE], apart[[name]])
  })
}

# sum, n: of products at places on different chromosomes, of each sample.
unlinked <- function(products) {
  total <- lapply(products, `[[`, "total")
  answer(rust_unlinked_products(do.call(rbind, lapply(total, function(own) own[1, ])),
    do.call(rbind, lapply(total, function(own) own[2, ])),
    do.call(rbind, lapply(products, function(own) as.double(own$n_points)))))
}

# Generations that are looked for.
generation_limits <- c(0.5, 500)

# decay: generations, amplitude and level; covariance and fitted at each distance. `NA` where the
# covariance does not fall.
fitted_decay <- function(morgan, sums, numbers) {
  there <- numbers > 0
  covariance <- ifelse(there, sums / numbers, NA_real_)
  fitted <- rep(NA_real_, length(morgan))
  none <- list(decay = rep(NA_real_, 3), covariance = covariance, fitted = fitted)
  fit <- answer(rust_fit_decay(morgan[there], covariance[there], numbers[there],
    generation_limits))
  if (is.null(fit) || fit$decay[2] >= 0) {
    return(none)
  }
  at_end <- fit$decay[1] < generation_limits[1] * 1.01 || fit$decay[1] > generation_limits[2] * 0.99
  if (at_end) {
    return(none)
  }
  fitted[there] <- fit$fitted
  list(decay = fit$decay, covariance = covariance, fitted = fitted)
}

without_date <- function(fit) {
  fit$decay[] <- NA_real_
  fit$fitted[] <- NA_real_
  fit
}

# Of the mean of delete-one estimates.
jackknife_error <- function(estimates) {
  estimates <- unlist(estimates)
  n <- length(estimates)
  sqrt((n - 1) / n * sum((estimates - mean(estimates))^2))
}

report_no_decay <- function(dates) {
  none <- is.na(dates$generations)
  if (any(none)) {
    warn_forebear("no_decay", c(
      paste("Some ancestries have no date: their covariance does not fall with distance, or only",
        "with one part of the data."),
      x = sprintf("%s.", first_of(paste(dates$ancestry_1, "and", dates$ancestry_2)[none])),
      i = "There may be too few samples, or none in which both meet."))
  }
}
