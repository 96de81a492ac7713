#' Labels that the data contradict
#'
#' Predicts every labeled sample by classifiers that have not seen it, several times over, and
#' compares its label with the mean of the predictions.
#'
#' Verdicts, by the mean probability of the populations:
#'
#' * `"agrees"`: the population of the label has at least `sure`.
#' * `"other population"`: the others together have at least `sure`, and `.pred_class` is the first
#'   of them. Such a label is probably wrong, or the sample was exchanged.
#' * `"uncertain"`: neither. Populations that lie close together make many of these; a single one in
#'   a population that is otherwise distinguished may be admixed.
#'
#' Of genotypes: a sample that lacks more than 5 % of them has a place that is not certain. Its
#' probabilities are means over the places that it may have if nothing were missing (100 draws from
#' the errors of its scores, see [predict.forebear_pca()]), so that it is `"uncertain"` rather than
#' of another population where that is all that can be said.
#'
#' A label error also misleads the classifier about its neighbors, the more the smaller the
#' population: correct what is certain, then audit again.
#'
#' @param sure Mean probability from which a label counts as right, or as wrong.
#' @param duplicates Of genotypes: whether to look for samples whose [kinship()] is above 0.354, the
#'   same genotypes twice. It needs autosomes.
#' @param ... Further arguments of [classify()]: `num_comp`, `preprocessing` and `label_column`;
#'   settings by their old names (`neighbors`, `cost`, `nodes`, `rbf`, `dims`), with a message of
#'   class `forebear_message_deprecated`. Elsewhere it must be empty.
#' @inheritParams cross_validate
#' @inheritParams classify
#' @returns A tibble of class `forebear_label_audit`, one row per labeled sample, in their order:
#'   `sample_id`, `population`, `verdict`, `probability` (of the population of the label),
#'   `.pred_class`, `.pred_<population>`, `.entropy` (in bits), `duplicate_of` (other samples with
#'   the same genotypes, `NA` if there are none or `duplicates` is `FALSE`). [autoplot()] draws the
#'   probability of the labels, population by population, and names the samples of another
#'   population.
#' @section Errors:
#' Those of [cross_validate()], and of [kinship()] for `duplicates`.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' audit <- audit_labels(genotypes, labels, repeats = 1, num_comp = 4)
#' table(audit$population, audit$verdict)
#' autoplot(audit)
#' @export
audit_labels <- function(x, ...) UseMethod("audit_labels")

#' @rdname audit_labels
#' @export
audit_labels.default <- function( # nolint: object_name_linter. A method.
    x, labels, method = c("svm", "gtm", "knn"), folds = 5, repeats = 5, sure = 0.9,
    duplicates = inherits(x, "forebear_genotypes"), priors = c("equal", "observed"), ...,
    seed = 1, threads = NULL) {
  call <- rlang::current_env()
  further <- c("num_comp", "preprocessing", "label_column")
  given <- take_arguments(list(...), "audit_labels",
    c(moved_into_method(c("neighbors", "cost", "nodes", "rbf")),
      moved_into("preprocessing = preprocessing", "dims")), further)
  check_no_haplotypes(x, call)
  is_default <- missing(folds)
  learner <- check_method(method, c("svm", "gtm", "knn"), given, call)
  sure <- check_number(sure, "sure", 0.5, 1, call)
  check_duplicates(duplicates, x, call)
  if (!is.null(given[["dims"]])) {
    refuse_beside_settings(if (!is.null(given[["preprocessing"]])) given["dims"], "preprocessing",
      "preprocessing", call)
    given$preprocessing <- new_preprocessing(given$dims, call = call)
  }
  how <- list(method = learner$settings, priors = priors, further = only(given, further),
    threads = threads, seed = seed, widened = TRUE)
  # A default is adapted to small populations, what a user gives is not.
  cv <- cross_validate_scores(x, labels, NULL, if (!is_default) folds, repeats, FALSE, how, call)
  p <- Reduce(`+`, lapply(cv$predictions, `[[`, "p")) / length(cv$predictions)
  colnames(p) <- levels(cv$group)
  duplicate_of <- if (duplicates) duplicates_among(x, cv$sample_id, threads, call)
  new_label_audit(p, cv$group, cv$labeled, sure, duplicate_of)
}

check_duplicates <- function(duplicates, x, call) {
  check_flag(duplicates, "duplicates", call)
  if (duplicates && !inherits(x, "forebear_genotypes")) {
    abort_forebear("argument", c("Duplicates are found in genotypes.",
      x = "`x` is a matrix of scores.", i = "Use duplicates = FALSE."), call)
  }
}

# Kinship above which two samples are the same genome (Manichaikul et al. 2010).
same_genotypes <- 0.354

# For each sample the others with the same genotypes, separated by commas, or NA.
duplicates_among <- function(x, sample_id, threads, call) {
  x <- x[match(sample_id, x$samples$sample_id), ]
  inform_hard_calls(x, kinship_is_of)
  pairs <- find_pairs(x, same_genotypes, "auto", threads, call)
  one <- c(pairs$first, pairs$second)
  other <- sample_id[c(pairs$second, pairs$first)]
  duplicate_of <- rep(NA_character_, length(sample_id))
  for (sample in unique(one)) duplicate_of[sample] <- paste(other[one == sample], collapse = ", ")
  duplicate_of
}

# `labeled`: sample_id, population, answered. The other arguments are of those that
# are answered.
new_label_audit <- function(p, group, labeled, sure, duplicate_of) {
  own <- p[cbind(seq_along(group), as.integer(group))]
  best <- most_probable(p)
  verdict <- ifelse(own >= sure, "agrees",
    ifelse(1 - own >= sure, "other population", "uncertain"))
  table <- tibble::tibble(
    verdict = factor(verdict, c("agrees", "uncertain", "other population")), probability = own,
    .pred_class = levels(group)[best], probability_columns(p), .entropy = entropy(unname(p)),
    duplicate_of = duplicate_of %||% NA_character_
  )
  table <- vctrs::vec_slice(table, with_unanswered(seq_along(group), labeled$answered))
  table <- tibble::tibble(labeled[c("sample_id", "population")], table)
  class(table) <- c("forebear_label_audit", class(table))
  attr(table, "sure") <- sure
  table
}

#' @rdname audit_labels
#' @param object Of class `forebear_label_audit`.
#' @rawNamespace S3method(ggplot2::autoplot, forebear_label_audit)
autoplot.forebear_label_audit <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  sure <- attr(object, "sure") %||% 0.9
  object <- object[drawn_samples(object$probability, object$sample_id), ]
  colours <- c(agrees = unlabeled_colour, uncertain = ancestry_palette[[1]],
    `other population` = ancestry_palette[[9]])
  data <- tibble::tibble(population = object$population, value = object$probability,
    verdict = object$verdict, name = object$sample_id)
  line <- ggplot2::geom_hline(yintercept = sure, colour = "grey60",
    linewidth = 0.3, linetype = 2)
  plot_audit(data, "other population", colours, "Probability of the label", line)
}

# A point for each sample (population, value, verdict, name), names where the verdict is `named`,
# above the layer `below`.
plot_audit <- function(data, named, colours, value_name, below) {
  populations <- names(ancestry_positions(data$population))
  data$population <- match(data$population, populations)
  # Side by side in the order of the samples: no random numbers are drawn.
  rank <- stats::ave(data$population, data$population, FUN = seq_along)
  data$x <- data$population + 0.6 * ((rank * (sqrt(5) - 1) / 2) %% 1 - 0.5)
  ggplot2::ggplot(data, ggplot2::aes(.data$x, .data$value, colour = .data$verdict)) +
    below +
    ggplot2::geom_point(size = 1.2, shape = 16) +
    ggplot2::geom_text(ggplot2::aes(label = .data$name), data = data[data$verdict %in% named, ],
      size = 2.4, hjust = -0.1, vjust = 0.3, show.legend = FALSE, check_overlap = TRUE) +
    ggplot2::scale_colour_manual(values = colours,
      guide = ggplot2::guide_legend(title = NULL, override.aes = list(size = 2))) +
    ggplot2::scale_x_continuous(breaks = seq_along(populations), labels = populations,
      expand = ggplot2::expansion(add = c(0.5, 0.9))) +
    ggplot2::scale_y_continuous(limits = c(0, 1)) +
    ggplot2::labs(x = NULL, y = value_name) +
    theme_forebear() +
    ggplot2::theme(legend.position = "top")
}
