#' What samples of each population are called
#'
#' Counts predictions of [classify()] against known populations: of a cross-validation, or of new
#' samples whose populations are known.
#'
#' Precision of a population is the proportion of the samples called it that are of it, recall the
#' proportion of its samples that are called it, F1 the harmonic mean of both, coverage the
#' proportion of its samples that are called anything. A sample that is not called counts against
#' recall, not against precision.
#'
#' @param x What [cross_validate()] returns, or the table that
#'   [predict()][predict.forebear_classifier] gives for new samples.
#' @param labels,label_column Of a table, the populations, in any form that labels take in
#'   [classify()]; samples without one are left out. A cross-validation knows them.
#' @param threshold `NULL`, or the least probability of a call: one number, or one for each
#'   population, as in [predict()][predict.forebear_classifier]. `NULL` takes the calls as they are.
#' @param ... Must be empty.
#' @returns An object of class `forebear_confusion`. [tidy()] gives one row per population and call:
#'   `population`, `.pred_class` (`NA` for not called), `n`, `proportion` of the population;
#'   `tidy(x, "populations")` one row per population: `population`, `n_samples`, `precision`,
#'   `recall`, `f1`, `coverage` (`NA` where nothing is counted). Repeats of a cross-validation are
#'   counted together and `n` divided by their number. [autoplot()] draws the proportions.
#' @section Errors:
#' `forebear_error_argument`; those of labels as in [autoplot.forebear_pca()].
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' fit <- classify(genotypes[1:250, ], labels[1:250, ], method = "svm", num_comp = 4)
#' called <- predict(fit, genotypes[251:300, ], strand = "same")
#' confused <- confusion(called, labels[251:300, ])
#' tidy(confused)
#' tidy(confused, "populations")
#' @export
confusion <- function(x, labels = NULL, label_column = NULL, threshold = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  known <- known_predictions(x, labels, label_column, call)
  called <- if (is.null(threshold)) {
    known$called
  } else {
    called_above(known$p, check_class_thresholds(threshold, colnames(known$p), call))
  }
  populations <- union(colnames(known$p), levels(known$population))
  of <- factor(as.character(known$population), populations)
  counts <- table(of, factor(called, populations), useNA = "always")[seq_along(populations), ]
  new_confusion(unclass(counts) / known$repeats, populations)
}

# p [n x n_populations], called [n] and population [n], a factor, of predictions; repeats: how often
# each sample is among them.
known_predictions <- function(x, labels, label_column, call) {
  if (inherits(x, "forebear_cross_validation")) {
    if (!is.null(labels)) {
      abort_forebear("argument", c("A cross-validation knows the labels.",
        x = "`labels` are given."), call)
    }
    table <- predictions_table(x)
    repeats <- length(x$predictions)
    population <- factor(table$population, levels(x$group))
  } else {
    table <- check_predictions(x, call)
    repeats <- 1
    if (is.null(labels)) {
      abort_forebear("argument", c("Predictions are compared with known populations.",
        x = "`labels` are not given."), call)
    }
    population <- match_labels(labels, table$sample_id, label_column, call)
  }
  keep <- which(!is.na(population))
  table <- table[keep, ]
  p <- as.matrix(table[probability_names(table)])
  colnames(p) <- sub("^[.]pred_", "", colnames(p))
  list(p = p, called = table$.pred_class, population = population[keep], repeats = repeats,
    sample_id = table$sample_id)
}

probability_names <- function(table) {
  setdiff(grep("^[.]pred_", names(table), value = TRUE), ".pred_class")
}

check_predictions <- function(x, call) {
  is_table <- is.data.frame(x) && all(c("sample_id", ".pred_class") %in% names(x)) &&
    length(probability_names(x)) > 0
  if (!is_table) {
    abort_forebear("argument", c(
      "`x` must be what `cross_validate()` or `predict()` of a classifier returns.",
      x = found(x)), call)
  }
  x
}

# One threshold for each population, named, of a number, a named vector or what class_thresholds()
# gives.
check_class_thresholds <- function(threshold, populations, call) {
  if (is.data.frame(threshold) && all(c("population", "threshold") %in% names(threshold))) {
    threshold <- stats::setNames(threshold$threshold, threshold$population)
  }
  if (is.null(names(threshold))) {
    threshold <- check_number(threshold, "threshold", 0, 1, call)
    return(stats::setNames(rep(threshold, length(populations)), populations))
  }
  wrong <- wrong_of_thresholds(threshold, populations)
  if (!is.null(wrong)) {
    abort_forebear("argument", c(
      "`threshold` must be one number from 0 to 1, or one for each population, named.", x = wrong),
    call)
  }
  threshold[populations]
}

# What is wrong with named thresholds; NULL if nothing is.
wrong_of_thresholds <- function(threshold, populations) {
  lacks <- setdiff(populations, names(threshold))
  unknown <- setdiff(names(threshold), populations)
  if (length(lacks) > 0) {
    return(sprintf("It has none for %s.", quoted(lacks)))
  }
  if (length(unknown) > 0) {
    return(sprintf("No population is called %s.", quoted(unknown)))
  }
  if (!is.numeric(threshold) || anyNA(threshold) || any(threshold < 0)) found(threshold)
}

# The most probable populations, NA where their thresholds are not reached.
called_above <- function(p, threshold) {
  class <- max.col(replace(p, is.na(p), -1), ties.method = "first")
  only_reached(colnames(p)[class], p, threshold)
}

# class [n], NA where its probability in p [n x n_populations] does not reach its threshold.
only_reached <- function(class, p, threshold) {
  reached <- p[cbind(seq_along(class), match(class, colnames(p)))] >= threshold[class]
  ifelse(reached %in% TRUE, class, NA_character_)
}

# counts [n_populations x n_populations + 1]: rows of samples, the last column not called
new_confusion <- function(counts, populations) {
  stopifnot(is.matrix(counts), ncol(counts) == length(populations) + 1)
  structure(list(counts = unname(counts), populations = populations), class = "forebear_confusion")
}

#' @rdname confusion
#' @param matrix What to tidy.
#' @export
tidy.forebear_confusion <- function(x, matrix = c("calls", "populations"), ...) {
  check_no_dots(...)
  size <- rowSums(x$counts)
  if (check_choice(matrix, "matrix", c("calls", "populations")) == "calls") {
    n <- length(x$populations)
    table <- tibble::tibble(population = rep(x$populations, each = n + 1),
      .pred_class = rep(c(x$populations, NA), n), n = as.vector(t(x$counts)),
      proportion = as.vector(t(x$counts / size)))
    return(table[table$n > 0, ])
  }
  places <- seq_along(x$populations)
  hit <- x$counts[cbind(places, places)]
  called <- colSums(x$counts)[places]
  ratio <- function(part, whole) ifelse(whole > 0, part / whole, NA_real_)
  tibble::tibble(population = x$populations, n_samples = size, precision = ratio(hit, called),
    recall = ratio(hit, size), f1 = ratio(2 * hit, called + size),
    coverage = ratio(size - x$counts[, length(places) + 1], size))
}

#' @export
print.forebear_confusion <- function(x, ...) {
  size <- sum(x$counts)
  places <- seq_along(x$populations)
  not_called <- sum(x$counts[, length(places) + 1])
  right <- sum(x$counts[cbind(places, places)])
  most <- tidy.forebear_confusion(x)
  most <- most[!is.na(most$.pred_class) & most$population != most$.pred_class, ]
  most <- utils::head(most[order(-most$n), ], 3)
  shown <- function(n) format(round(n, 1), big.mark = ",", trim = TRUE)
  cat(c(
    sprintf("<confusion> %s samples of %s", shown(size), counted(length(places), "population")),
    sprintf("called right: %s, another population: %s, not called: %s", shown(right),
      shown(size - right - not_called), shown(not_called)),
    if (nrow(most) > 0) {
      sprintf("most often: %s", paste(sprintf("%s called %s (%s)", most$population,
        most$.pred_class, shown(most$n)), collapse = ", "))
    }
  ), sep = "\n")
  invisible(x)
}

#' Plot what samples of each population are called
#'
#' One row per population, one column per call; of each row the proportion of the samples that are
#' called so, written where it is 0.5 % or more.
#'
#' @param object What [confusion()] returns.
#' @param ... Must be empty.
#' @returns A ggplot.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' fit <- classify(genotypes[1:250, ], labels[1:250, ], method = "svm", num_comp = 4)
#' autoplot(confusion(predict(fit, genotypes[251:300, ], strand = "same"), labels))
#' @rawNamespace S3method(ggplot2::autoplot, forebear_confusion)
autoplot.forebear_confusion <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  data <- tidy.forebear_confusion(object)
  data$called <- ifelse(is.na(data$.pred_class), "not called", data$.pred_class)
  data$called <- factor(data$called, c(object$populations, "not called"))
  data$population <- factor(data$population, rev(object$populations))
  data$percent <- 100 * data$proportion
  plot_confusion(data, "Samples (%)")
}

# A tile for each row of population, called (factors) and percent.
plot_confusion <- function(data, title) {
  ggplot2::ggplot(data, ggplot2::aes(.data$called, .data$population, fill = .data$percent)) +
    ggplot2::geom_tile(colour = "white", linewidth = 0.3) +
    ggplot2::geom_text(ggplot2::aes(label = ifelse(.data$percent >= 0.5,
      sprintf("%.0f", .data$percent), ""), colour = .data$percent > 50), size = 2.6) +
    ggplot2::scale_fill_gradient(low = "#F2F2F2", high = "#215030", limits = c(0, 100),
      name = title) +
    ggplot2::scale_colour_manual(values = c(`FALSE` = "grey15", `TRUE` = "white"),
      guide = "none") +
    ggplot2::labs(x = "Called", y = "Population") +
    ggplot2::coord_fixed(expand = FALSE) +
    theme_forebear() +
    ggplot2::theme(axis.text.x = ggplot2::element_text(angle = 45, hjust = 1))
}

#' Thresholds at which calls of each population are right often enough
#'
#' For each population the least probability from which on its calls in a cross-validation reach a
#' precision: what populations that are easily confused need more of than others.
#'
#' Of the samples that are called a population, those with a probability of at least t are kept; the
#' threshold is the smallest t at which the kept ones, and those at any larger t with ten of them or
#' more, are right in a proportion of `precision`. Ten samples are those of a mean repeat: other
#' repeats call the same ones. A threshold of `Inf` says that none does: the population is never
#' called. It is `Inf`, too, where fewer than ten samples are called the population, of which a
#' message of class `forebear_message_few_called` has the names. Thresholds that are chosen on few
#' samples are optimistic: see `n_called`; and a precision is that of samples of which the
#' populations are as frequent as among those cross-validated.
#'
#' @param cv What [cross_validate()] returns.
#' @param precision Proportion of the calls that should be right.
#' @returns A tibble with one row per population: `population`, `threshold`, `precision` and
#'   `recall` at it, `n_called` (samples, repeats averaged).
#'   [predict()][predict.forebear_classifier] takes it as `threshold`.
#' @section Errors:
#' `forebear_error_argument`.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' scores <- tidy(pca(genotypes, num_comp = 3))
#' scores <- matrix(scores$value, ncol = 3, dimnames = list(unique(scores$sample_id), NULL))
#' cv <- cross_validate(scores, read.delim(example_data("labels")), method = "knn", repeats = 2)
#' class_thresholds(cv)
#' @export
class_thresholds <- function(cv, precision = 0.95) {
  call <- rlang::current_env()
  if (!inherits(cv, "forebear_cross_validation")) {
    abort_forebear("argument", c("`cv` must be what `cross_validate()` of a classifier returns.",
      x = found(cv)), call)
  }
  precision <- check_number(precision, "precision", min = 0, max = 1)
  known <- known_predictions(cv, NULL, NULL, call)
  inform_few_called(table(factor(known$called, colnames(known$p))) / known$repeats)
  rows <- lapply(colnames(known$p), function(population) {
    own <- which(known$called == population)
    size <- sum(known$population == population)
    found <- threshold_of(known$p[own, population], known$population[own] == population, precision,
      fewest_counted * known$repeats)
    tibble::tibble(population = population, threshold = found$threshold,
      precision = found$precision, recall = found$n_right / size,
      n_called = found$n / known$repeats)
  })
  vctrs::vec_rbind(!!!rows)
}

# Samples that a precision is taken of, at least.
fewest_counted <- 10

# called: samples of a mean repeat, named by population.
inform_few_called <- function(called) {
  few <- called[called < fewest_counted]
  if (length(few) > 0) {
    inform_forebear("few_called", c(
      sprintf("A threshold needs %d samples that are called the population.", fewest_counted),
      x = sprintf("Fewer are, and the threshold is Inf: %s.",
        first_of(sprintf("%s (%s)", names(few), format(round(c(few), 1), trim = TRUE))))
    ))
  }
}

# p, is_right [n_called] of one population; fewest: calls that a precision is taken of.
threshold_of <- function(p, is_right, precision, fewest = fewest_counted) {
  order <- order(-p)
  n <- seq_along(p)
  right <- cumsum(is_right[order])
  # Equal probabilities are kept together.
  last <- n[!duplicated(p[order], fromLast = TRUE)]
  holds <- right[last] / last >= precision
  good <- holds | last < fewest
  reach <- last[cumprod(good) == 1 & holds & last >= fewest]
  if (length(reach) == 0) {
    return(list(threshold = Inf, precision = NA_real_, n_right = 0, n = 0))
  }
  reach <- max(reach)
  list(threshold = p[order][[reach]], precision = right[[reach]] / reach,
    n_right = right[[reach]], n = reach)
}
