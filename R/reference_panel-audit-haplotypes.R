#' Labels of a panel that its haplotypes contradict
#'
#' Calls local ancestry of every sample of a reference panel by models that have not seen it, and
#' finds samples whose label is wrong, and admixed ones.
#'
#' Calls are those of [cross_validate()][cross_validate.forebear_reference_panel]: best guesses,
#' window by
#' window. Of a sample the proportion of the genome is taken, in base pairs of both haplotypes, of
#' which its own population is called. A proportion is low if it is below the median of all samples
#' with this label by more than `margin` and by more than `deviations` robust standard deviations
#' (1.4826 times the median absolute deviation): where populations lie close together, much of
#' the genome of every sample is called as a sister population; that alone is no reason for doubt.
#' Verdicts:
#'
#' * `"agrees"`: the proportion of the own population is not low.
#' * `"other population"`: it is low, another population has the largest proportion, and for a
#'   sample of *that* population this proportion would not be low. Such a label is probably wrong,
#'   or the sample was exchanged.
#' * `"admixed"`: it is low otherwise; or the sample comes from a population that the panel has not.
#'
#' On few chromosomes a haplotype that is called wrong from end to end is a large proportion: look
#' at `std_error`. A sample with a wrong label also misleads the models about its neighbors:
#' correct what is certain, then audit again.
#'
#' @param margin Least difference from the median, as a proportion of the genome.
#' @param deviations Least distance in robust standard deviations.
#' @inheritParams cross_validate.forebear_reference_panel
#' @returns A tibble of class `forebear_panel_audit`, one row per sample of the panel, in their
#'   order: `sample_id`, `population`, `verdict`, `own_share` (of the genome, called as the
#'   population of the label), `std_error` (see [ancestry_proportions()]),
#'   `expected_share` (median of all samples with this label), `other` (the population that is
#'   called most besides), `other_share`, `.share_<population>`. [autoplot()] draws own proportions,
#'   population by population, and names the samples that do not agree; a line marks where a
#'   proportion begins to be low.
#' @section Errors:
#' Those of [cross_validate()][cross_validate.forebear_reference_panel].
#' @family local ancestry
#' @examples
#' frequency <- rbind(north = rep(c(0.1, 0.8, 0.3), 20), south = rep(c(0.9, 0.2, 0.5), 20))
#' population <- rep(c("north", "south"), each = 30)
#' alleles <- t(sapply(rep(population, each = 2), function(name) {
#'   rbinom(60, 1, frequency[name, ])
#' }))
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(population, paste0("s", 1:60))
#' labels["s1"] <- "south"
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' audit <- audit_labels(panel, folds = 3, window = window_settings(10, context = 5))
#' audit[audit$verdict != "agrees", ]
#' autoplot(audit)
#' @export
audit_labels.forebear_reference_panel <- function( # nolint: object_name_linter.
    x, folds = 5, margin = 0.1, deviations = 3, ..., seed = 1, threads = NULL,
    checkpoint_dir = NULL, BPPARAM = NULL) { # nolint: object_name_linter. Bioconductor's.
  call <- rlang::current_env()
  arguments <- take_arguments(list(...), "audit_labels", moved_into_training(), names_of_training)
  margin <- check_number(margin, "margin", min = 0, max = 1, call = call)
  deviations <- check_number(deviations, "deviations", min = 0, max = 100, call = call)
  # Best guesses hardly depend on calibration, which would take half of the time.
  arguments$calibrate <- arguments[["calibrate"]] %||% FALSE
  how <- list(
    folds = check_panel_folds(folds, x$population, call), seed = check_seed(seed, call),
    mosaics = new_mosaic_settings(0), training = training_of(arguments, call), threads = threads,
    checkpoint_dir = checkpoint_dir, bpparam = BPPARAM
  )
  parts <- over_hidden_parts(x, how, call, function(hidden, calls) called_proportions(calls))
  called <- vctrs::vec_rbind(!!!parts$panel)
  new_panel_audit(called, samples(x), levels(x$population), margin, deviations)
}

# sample_id, ancestry, proportion, std_error: proportions of the genome called as a population.
called_proportions <- function(calls) {
  for (population in attr(calls, "populations")) {
    calls[[paste0(".pred_", population)]] <- (calls$.pred_class == population) + 0
  }
  ancestry_proportions(calls)
}

# called  of `called_proportions()`, all samples
# samples sample_id, population, in the order of the answer
new_panel_audit <- function(called, samples, populations, margin, deviations) {
  cell <- cbind(match(called$sample_id, samples$sample_id), match(called$ancestry, populations))
  proportion <- std_error <- matrix(NA_real_, nrow(samples), length(populations),
    dimnames = list(NULL, populations))
  proportion[cell] <- called$proportion
  std_error[cell] <- called$std_error
  code <- match(samples$population, populations)
  own <- cbind(seq_along(code), code)
  typical <- typical_proportions(proportion[own], code, margin, deviations)
  others <- replace(proportion, own, -1)
  other <- max.col(others, ties.method = "first")
  largest_other <- others[cbind(seq_along(other), other)]
  low <- proportion[own] < typical$bound[code]
  at_home <- largest_other > proportion[own] & largest_other >= typical$bound[other]
  verdict <- ifelse(!low, "agrees", ifelse(at_home, "other population", "admixed"))
  table <- tibble::tibble(
    sample_id = samples$sample_id, population = samples$population,
    verdict = factor(verdict, c("agrees", "admixed", "other population")),
    own_share = proportion[own], std_error = std_error[own],
    expected_share = typical$median[code], other = populations[other], other_share = largest_other,
    tibble::as_tibble(`colnames<-`(proportion, paste0(".share_", populations)))
  )
  structure(table, class = c("forebear_panel_audit", class(table)),
    bounds = stats::setNames(typical$bound, populations))
}

# Of each population the median of the own proportions of its samples, and the proportion below
# which one is low.
typical_proportions <- function(proportion, code, margin, deviations) {
  median <- as.vector(tapply(proportion, code, stats::median))
  spread <- as.vector(tapply(proportion, code, stats::mad))
  list(median = median, bound = median - pmax(margin, deviations * spread))
}

#' @rdname audit_labels.forebear_reference_panel
#' @param object Of class `forebear_panel_audit`.
#' @rawNamespace S3method(ggplot2::autoplot, forebear_panel_audit)
autoplot.forebear_panel_audit <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  colours <- c(agrees = unlabeled_colour, admixed = ancestry_palette[[1]],
    `other population` = ancestry_palette[[9]])
  data <- tibble::tibble(population = object$population, value = object$own_share,
    verdict = object$verdict, name = object$sample_id)
  position <- ancestry_positions(object$population)
  bound <- attr(object, "bounds")[names(position)]
  lines <- data.frame(x = seq_along(position), bound = unname(bound))
  lines <- lines[lines$bound >= 0, ]
  below <- ggplot2::geom_segment(ggplot2::aes(x = .data$x - 0.4, xend = .data$x + 0.4,
    y = .data$bound, yend = .data$bound), lines, inherit.aes = FALSE, colour = "grey60",
    linewidth = 0.3, linetype = 2)
  plot_audit(data, c("admixed", "other population"), colours,
    "Proportion of the genome called as the label", below)
}
