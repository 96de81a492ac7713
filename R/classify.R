#' Ancestry classifiers
#'
#' Learns from labeled samples to predict the populations of others, with probabilities.
#'
#' `method = "gtm"` fits a [gtm()] map to all samples, labels or none, and notes which populations
#' live at each node: P(node | population) is the mean responsibility of the node for the samples
#' of the population (equation 5 of the paper), and Bayes' theorem with `priors` gives
#' P(population | node) (equation 4). A sample has the mean over the nodes, weighted by its
#' responsibilities (equation 6). At a node that no labeled sample reaches all populations with a
#' prior above 0 are equally probable.
#'
#' `method = "knn"` counts the populations of the nearest `neighbors` labeled samples, by default
#' on two components, as on a plot. Samples that are as far as the last neighbor divide the places
#' that are left: three for two places count two thirds each. Of equally probable populations the
#' one with the nearer neighbor is chosen.
#'
#' `method = "svm"` trains a linear support vector machine for every pair of populations, converts
#' decision values into probabilities by a sigmoid learned on samples that were held out (five
#' parts), and couples those of all pairs. In up to 50 components a higher `cost` takes no longer.
#'
#' @section Priors:
#' `"equal"`: all populations are equally probable before a sample is seen. `"observed"`: in
#' proportion to the labeled samples. Or a vector named by population. Probabilities of `"knn"`
#' and `"svm"`, which learn with the proportions of the labeled samples, are multiplied by prior
#' over proportion and made to sum to 1. No sample is called a population whose prior is 0, whose
#' samples are not counted as neighbors either.
#'
#' @section Samples of no population:
#' A classifier knows the populations that it was given and must choose among them. Whether a sample
#' belongs to any is another question: look at `.typicality` and `.outlier` of
#' [predict()][predict.forebear_classifier] before at the probabilities.
#'
#' @param x [genotypes], a [pca()] fit, or a numeric matrix with one row per sample; for
#'   `method = "gtm"` also a [gtm()] fit, which is used as it is.
#' @param labels Populations of samples: a data frame with a column `sample_id` and one of labels,
#'   a vector named by sample, or an unnamed vector with one label per sample. Samples without a
#'   label help to draw a map, and teach nothing else. Labels of samples that are not in `x` are
#'   passed over, with a message.
#' @param method The classifier, by name, or with settings of its own: [gtm_settings()], [knn()] or
#'   [svm()], such as `svm(cost = 10)`.
#' @param priors `"equal"`, `"observed"`, or probabilities named by population.
#' @param tree Populations in a tree, for predictions at the level that is sure enough: a data
#'   frame of `child` and `parent`, a Newick string, or `NULL` for none.
#' @param label_column Name of the column of `labels` to use. By default the only column besides
#'   `sample_id`, or `population` if there are several.
#' @param ... Must be empty, or arguments that have moved into settings by their old names
#'   (`neighbors`, `cost`, `nodes`, `rbf`, `regularization`, `width`, `max_iter`, `init_variance`,
#'   `dims`, `impute`, `center`, `scale`), of which a message of class
#'   `forebear_message_deprecated` gives the new place.
#' @inheritParams gtm
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_classifier`. [predict()][predict.forebear_classifier]
#'   classifies new samples
#'   or whole groups of them; [tidy()][tidy.forebear_classifier] gives the labels or the class map,
#'   [glance()] one row in all, [autoplot()][autoplot.forebear_classifier] draws.
#' @section Errors:
#' `forebear_error_too_few_populations`, `forebear_error_population_too_small` (`"svm"`: fewer than
#' two samples), `forebear_error_population_name` for one called "class",
#' `forebear_error_too_many_samples` (`"svm"` in more than 50 components: more than
#' 12,000 samples of two populations), `forebear_error_priors`, `forebear_error_tree`; those of
#' labels as in [autoplot.forebear_pca()], those of [gtm()]; `forebear_error_argument`.
#' @references Gaspar H. A. and Breen G. (2019), BMC Bioinformatics 20:116.
#'   Wu T.-F., Lin C.-J. and Weng R. C. (2004), JMLR 5:975.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' train <- 1:250
#' fit <- classify(genotypes[train, ], labels[train, ], method = "svm", num_comp = 4)
#' fit
#' predict(fit, genotypes[251:260, ], strand = "same")
#' @export
classify <- function(x, labels, method = c("gtm", "knn", "svm"), priors = "equal", ...,
                     tree = NULL, label_column = NULL, num_comp = NULL, preprocessing = NULL,
                     seed = 1, threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "classify", c(moved_into_method(), moved_into_preprocessing()))
  learner <- check_method(method, names(classifier_kinds), old, call)
  method <- learner$method
  check_map_is_fitted(x, learner, names(only(old, names_of_map_settings)), call)
  threads <- check_threads(threads, call)
  settings <- learning_settings(learner, check_seed(seed, call), threads)
  options <- score_options(num_comp, preprocessing, old, call)
  space <- space_to_classify(x, method, options, settings$threads, call)
  group <- match_labels(labels, space$all_id, label_column, call)
  group <- population_factor(drawn_labels(group, space$answered), call)
  if (is.null(learner$neighbors) && method == "knn") {
    n <- sum(!is.na(group))
    settings$neighbors <- as.integer(
      adapted("neighbors", settings$neighbors, n, 1, counted(n, "labeled sample")))
  }
  prior <- check_priors(priors, group, call)
  tree <- if (!is.null(tree)) tree_of_populations(tree, levels(group), call)
  map <- if (inherits(x, "forebear_gtm")) x
  fit <- classifier_fit(space, group, method, settings, map, call)
  new_classifier(fit, method, space, group, prior, tree, settings)
}

# What a classifier is trained with. `learner`: of `check_method()`.
learning_settings <- function(learner, seed, threads) {
  list(
    neighbors = learner$neighbors %||% 8L, cost = learner$cost,
    map = c(learner$map, list(threads = threads)), seed = seed, threads = threads
  )
}

# A map has been fitted with settings of its own. `given`: those of a map by their old names.
check_map_is_fitted <- function(x, learner, given, call) {
  if (learner$given && learner$method == "gtm") given <- "method = gtm_settings()"
  if (inherits(x, "forebear_gtm") && length(given) > 0) {
    abort_forebear("argument", c("A `gtm()` fit is used as it is.",
      x = sprintf("`%s` is given, a setting of the fit.", given[[1]]),
      i = "Fit the map with it, or give `classify()` what the map was fitted to."), call)
  }
}

# The populations that some sample has, in their order.
population_factor <- function(group, call) {
  group <- droplevels(factor(group, levels(group)))
  if (nlevels(group) < 2) {
    abort_forebear("too_few_populations", c(
      "A classifier needs labeled samples of at least 2 populations.",
      x = sprintf("There %s.", if (nlevels(group) == 1) "is 1 population" else "are none")
    ), call)
  }
  check_population_names(levels(group), "class", call)
  group
}

# A population may not be called like something else that results have beside the populations.
check_population_names <- function(populations, taken, call) {
  if (taken %in% populations) {
    abort_forebear("population_name", c(
      sprintf("No population may be called \"%s\".", taken),
      x = "Results have a column of that name.",
      i = "Give it another name."
    ), call)
  }
}

space_to_classify <- function(x, method, options, threads, call) {
  if (inherits(x, "forebear_gtm")) {
    if (method != "gtm") {
      abort_forebear("argument", c("A map can be used only with `method = \"gtm\"`.",
        x = sprintf("`method` is \"%s\".", method),
        i = "Give the `pca()` fit or matrix that the map was fitted to."), call)
    }
    check_unused(options, names(options), "of other data than a map", x, call)
    return(x$space)
  }
  space <- score_space(x, options, threads, call)
  if (method == "knn" && is.null(options$dims) && ncol(space$scores) > 2) {
    space$scores <- space$scores[, 1:2, drop = FALSE]
  }
  space
}

# [n_populations] prior probabilities, named.
check_priors <- function(priors, group, call) {
  populations <- levels(group)
  n <- length(populations)
  if (identical(priors, "equal")) {
    return(stats::setNames(rep(1 / n, n), populations))
  }
  if (identical(priors, "observed")) {
    return(stats::setNames(tabulate(group, n) / sum(!is.na(group)), populations))
  }
  if (!are_probabilities(priors) || !identical(sort(names(priors)), sort(populations))) {
    refuse_priors(priors, populations, call)
  }
  priors <- priors[populations]
  priors / sum(priors)
}

are_probabilities <- function(x) {
  is.numeric(x) && all(is.finite(x)) && all(x >= 0) && abs(sum(x) - 1) < 1e-6
}

refuse_priors <- function(priors, populations, call) {
  what <- if (is.numeric(priors)) {
    sprintf("It is %s for %s, sum %s.", first_of(format(priors, digits = 4)),
      if (is.null(names(priors))) "no names" else quoted(names(priors)),
      format(sum(priors), digits = 6))
  } else {
    found(priors)
  }
  abort_forebear("priors", c(
    paste("`priors` must be \"equal\", \"observed\", or one probability for each population,",
      "named, none negative, sum 1."),
    x = what, i = sprintf("The populations are %s.", quoted(populations))
  ), call)
}

tree_of_populations <- function(tree, populations, call) {
  tree <- as_population_tree(tree, populations, call)
  if (!setequal(tree_leaves(tree), populations)) {
    abort_forebear("tree", c("The leaves of `tree` must be the populations of the labels.",
      x = sprintf("Only one of them has %s.",
        quoted(c(setdiff(tree_leaves(tree), populations), setdiff(populations, tree_leaves(tree)))))
    ), call)
  }
  tree
}

# What the method learns from the labeled samples; `map` is a fit to use as it is, or NULL.
classifier_fit <- function(space, group, method, settings, map = NULL,
                           call = rlang::caller_env()) {
  known <- which(!is.na(group))
  scores <- space$scores[known, , drop = FALSE]
  switch(method,
    gtm = learn_nodes(space, scores, group[known], settings, map, call),
    knn = learn_neighbors(scores, group[known], settings, call),
    svm = learn_svms(scores, group[known], settings, call)
  )
}

# The map, and for each node the responsibilities of the samples of each population.
learn_nodes <- function(space, scores, group, settings, map, call) {
  map <- map %||% new_gtm(gtm_fit(space, settings$map, call), space, settings$map)
  member <- diag(nlevels(group))[as.integer(group), , drop = FALSE]
  list(map = map, sums = node_sums_of_samples(map, scores, member, settings$threads, call))
}

learn_neighbors <- function(scores, group, settings, call) {
  if (settings$neighbors > length(group)) {
    abort_forebear("argument", c(
      "There cannot be more `neighbors` than labeled samples.",
      x = sprintf("`neighbors` is %d, for %s.", settings$neighbors,
        counted(length(group), "sample"))
    ), call)
  }
  list(scores = scores, code = as.integer(group), neighbors = settings$neighbors)
}

learn_svms <- function(scores, group, settings, call) {
  check_two_samples(group, call, "For method = \"svm\" every")
  svm <- with_progress(function(progress) {
    rust_linear_svm(scores, as.integer(group), nlevels(group), settings$cost, settings$seed,
      settings$threads, progress)
  }, call)
  if (svm$n_not_converged > 0) {
    warn_forebear("not_converged", c("Every binary SVM should have converged.",
      x = sprintf("%s of %d not.", verb(svm$n_not_converged), length(svm$bias)),
      i = "Lower `cost`, or divide all scores by one number."), call)
  }
  svm
}

# An SVM is evaluated on samples that it was not trained on, to calibrate its probabilities.
check_two_samples <- function(group, call, whose = "Every") {
  lone <- levels(group)[tabulate(group, nlevels(group)) < 2]
  if (length(lone) > 0) {
    abort_forebear("population_too_small", c(
      paste(whose, "population must have at least 2 samples, to hold one out."),
      x = sprintf("%s with one: %s.", counted(length(lone), "population"), quoted(lone)),
      i = "Leave it out, or merge it with a related population."
    ), call)
  }
}

# model   what classifier_fit() gives     label factor [n_answered], of the samples of `space`
# prior, size [n_populations]             tree a population tree or NULL
new_classifier <- function(model, method, space, group, prior, tree, settings) {
  stopifnot(is.factor(group), length(group) == length(space$sample_id))
  settings$map$threads <- NULL
  x <- list(
    method = method, model = model, space = space, label = group, prior = prior,
    size = tabulate(group, nlevels(group)), populations = levels(group), tree = tree,
    settings = settings[names(settings) != "threads"]
  )
  structure(x, class = "forebear_classifier")
}

# [n_samples x n_populations] probabilities of samples in the space of the classifier, with
# log_likelihood [n_samples] for a map and `tie`, lower for the population to choose among equals.
class_probabilities <- function(x, scores, threads, prior = x$prior, call = rlang::caller_env()) {
  n <- length(x$populations)
  proportion <- x$size / sum(x$size)
  answer <- switch(x$method,
    gtm = {
      ancestry <- node_probabilities(x, prior)
      placed <- place_on_map(x$model$map, scores, ancestry, threads, call)
      list(p = placed$means, log_likelihood = placed$log_likelihood)
    },
    knn = {
      model <- x$model
      possible <- which(prior[model$code] > 0)
      near <- with_progress(function(progress) {
        rust_nearest_neighbors(model$scores[possible, , drop = FALSE], model$code[possible], n,
          scores, min(model$neighbors, length(possible)), threads, progress)
      }, call)
      list(p = by_prior(near$count, prior / proportion), tie = near$first)
    },
    svm = {
      p <- with_progress(function(progress) {
        rust_svm_probabilities(scores, x$model, n, threads, progress)
      }, call)
      list(p = by_prior(p, prior / proportion))
    }
  )
  colnames(answer$p) <- x$populations
  answer
}

# Half of the draws from the errors of the scores of a sample; the others are their negatives.
half_of_draws <- 50

# Samples whose draws are placed in one go.
samples_per_widening <- 500L

# `p` of new samples; of one that lacks more than 5 % of its genotypes the mean over scores that
# it may have if nothing were missing, normal with the covariance of their errors. `new`: see
# into_space().
widened_probabilities <- function(p, x, new, threads, call) {
  if (is.null(new$covariances)) {
    return(p)
  }
  rows <- setdiff(which(new$lacks_much & !is.na(new$covariances[, 1])), new$empty)
  d <- ncol(new$scores)
  draws <- with_own_seed(1, matrix(stats::rnorm(half_of_draws * d), ncol = d))
  draws <- rbind(draws, -draws)
  for (some in split(rows, (seq_along(rows) - 1L) %/% samples_per_widening)) {
    places <- lapply(some, function(row) {
      covariance <- unpacked_covariance(new$covariances[row, ], d)
      split <- eigen(covariance, symmetric = TRUE)
      root <- split$vectors %*% diag(sqrt(pmax(split$values, 0)), d)
      sweep(draws %*% t(root), 2, new$scores[row, ], `+`)
    })
    drawn <- class_probabilities(x, do.call(rbind, places), threads, call = call)$p
    p[some, ] <- rowsum(drawn, rep(seq_along(some), each = nrow(draws))) / nrow(draws)
  }
  p
}

# [n_nodes x n_populations]
node_probabilities <- function(x, prior = x$prior, call = rlang::caller_env()) {
  answer(rust_node_ancestry(x$model$sums, as.double(x$size), as.double(prior)), call)
}

# Rows times `factor`, made to sum to 1. Something is left of every row: only what a prior of 0
# forbids is 0 in `factor`, and no row has that alone.
by_prior <- function(p, factor) {
  p <- sweep(p, 2, factor, `*`)
  p / rowSums(p)
}

# Positions of the most probable populations, among equals of that with the lowest `tie`.
most_probable <- function(p, tie = NULL) {
  if (is.null(tie)) {
    return(max.col(p, ties.method = "first"))
  }
  highest <- p >= p[cbind(seq_len(nrow(p)), max.col(p, ties.method = "first"))] - 1e-12
  max.col(ifelse(highest, -tie, -Inf), ties.method = "first")
}

#' Classify new samples
#'
#' Probabilities compare the populations that there are, and one of them can be far more probable
#' than the others for a sample of another population. `.typicality` compares the sample with the
#' members of the population that it is called (its typicality probability): it is the proportion of
#' the labeled samples of that population, each as if left out and the new one counted among them,
#' that lie at least as far from its center. Far is by the Mahalanobis distance in the components of
#' the classifier; the covariance of each population is drawn toward that within all of them, with
#' the weight of as many samples as there are components. Components no larger than noise makes them
#' (`n_above_noise` of [pca()]) are left out: noise shaped them after the labeled samples alone,
#' beside which any new sample lies near the center. Within a population new samples are spread
#' evenly over 0 to 1, so that it is a p-value, whose least value is 1 / (n + 1) with n labeled
#' samples (a conformal one, given the population). It is `NA` for a population of one sample.
#' Admixed samples have low values too, unless their mixture is a population of the classifier.
#'
#' Leave out rare variants first, by `filter_variants(min_maf = 0.05)`: they weigh much, by
#' frequencies of the labeled samples alone, which puts new samples farther out and makes them less
#' typical than they are.
#'
#' @section What it cannot detect:
#' Eleven populations of HapMap3 (14,079 variants, 10 components, `method = "gtm"`) were left out in
#' turn. Below 0.05 were all samples of Gujarati, Mexicans and Maasai, 98 % of African Americans and
#' 78 % of Luhya; of close relatives of those that stayed, 67 % of Tuscans (called CEU), 53 % of
#' Japanese (called Chinese), 49 % of Yoruba and 36 % of CEU; and of Chinese of two cities, who are
#' called each other's, 5 and 6 %, no more than of samples whose population is known (4 %). Single
#' samples of close relatives thus pass, whole groups do not: the mean over a group of m samples is
#' near 0.5 for a known population of n labeled samples, give or take 0.29 sqrt(1 / m + 1 / n), and
#' was 0.07 for Tuscans, 0.09 for Japanese, 0.14 for Yoruba, 0.19 for CEU. [new_populations()] looks
#' at what new samples have in common, and sees nearly all of these but the Chinese.
#'
#' @param object What [classify()] returns.
#' @param new_data [genotypes] or a matrix, as in [predict.forebear_gtm()].
#' @param type `"class"`: one row per sample. `"group"`: one row per group of samples, whose
#'   probabilities are those of its mean responsibilities (equation 9 of the paper), which is the
#'   mean of the probabilities of its samples.
#' @param groups Of `type = "group"`, the groups, in any form that labels take in [classify()];
#'   samples without one, or without a called genotype, are left out. `NULL` is one group of all.
#' @param threshold `NULL`, or the least probability of a call: `.pred_class` is then the lowest
#'   node of the tree of the classifier that reaches it, `NA` where only the root does. Without a
#'   tree a population must reach it itself. Or one number for each population, named, or what
#'   [class_thresholds()] gives: the most probable population must reach its own, and the tree is
#'   not used.
#' @param limits `NULL`, or [call_limits()] beyond which a sample is not called, such as
#'   `call_limits(min_typicality = 0.05)`.
#' @param ... Must be empty, or a limit by its old name (`max_outlier`, `min_applicability`,
#'   `min_typicality`), of which a message of class `forebear_message_deprecated` gives the new
#'   place.
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @returns A tibble. `type = "class"`: `sample_id`, `.pred_class`, `.pred_<population>`
#'   (probabilities that sum to 1), `.entropy` (in bits: 0 is certain), `.typicality` (see below);
#'   for `"gtm"` `.log_likelihood` and `.applicability`, for genotypes `.outlier` and `.residual`,
#'   all as in [predict.forebear_gtm()]. All are `NA` for a sample without a called genotype.
#'
#'   `type = "group"`: `group`, `n_samples`, `.pred_class`, `.pred_<population>`, `.entropy`,
#'   `.typicality` (mean over the samples, for the most probable population of the group).
#' @section Errors:
#' Those of [predict.forebear_gtm()]; those of labels for `groups`; `forebear_error_argument` also
#' for a limit on what the prediction does not have.
#' @references McLachlan G. J. (1992), Discriminant Analysis and Statistical Pattern Recognition.
#'   Friedman J. H. (1989), Journal of the American Statistical Association 84:165.
#'   Vovk V., Gammerman A. and Shafer G. (2005), Algorithmic Learning in a Random World.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' fit <- classify(genotypes[1:250, ], labels[1:250, ], gtm_settings(nodes = 10), num_comp = 4)
#' new <- genotypes[251:280, ]
#' predict(fit, new, strand = "same")
#' predict(fit, new, strand = "same", threshold = 0.9)
#' predict(fit, new, strand = "same", type = "group", groups = labels[251:280, ])
#' @export
predict.forebear_classifier <- function(object, new_data, type = c("class", "group"), groups = NULL,
                                        threshold = NULL, ..., limits = NULL, min_overlap = 0.8,
                                        strand = c("check", "same"), threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "predict",
    moved_into("limits = call_limits", names(limited_columns)))
  type <- check_choice(type, "type", c("class", "group"), call)
  threads <- check_threads(threads, call)
  limits <- check_limits(limits, old, call)
  check_group_arguments(type, groups, limits, call)
  threshold <- if (is.data.frame(threshold) || !is.null(names(threshold))) {
    check_class_thresholds(threshold, object$populations, call)
  } else if (!is.null(threshold)) {
    check_number(threshold, "threshold", 0, 1, call)
  }
  new <- into_space(object$space, new_data, min_overlap, strand, threads, call, errors = TRUE)
  answer <- class_probabilities(object, new$scores, threads, call = call)
  answer$p <- widened_probabilities(answer$p, object, new, threads, call)
  if (type == "class") warn_empty(new) else inform_left_out(new$sample_id[new$empty])
  if (type == "group") {
    return(group_table(object, answer$p, new, groups, threshold, call))
  }
  table <- class_table(object, answer, new, threshold)
  leave_uncalled(table, limits, call)
}

# A list of limits, NULL where there is none.
check_limits <- function(limits, old, call) {
  if (is.null(limits)) {
    return(unclass(rlang::exec(new_call_limits, !!!old, call = call)))
  }
  refuse_beside_settings(old, "limits", "call_limits", call)
  unclass(check_kind(limits, "limits", "call_limits", call))
}

check_group_arguments <- function(type, groups, limits, call) {
  given <- !vapply(c(list(groups = groups), limits), is.null, NA)
  wrong <- if (type == "class") given["groups"] else given[-1]
  if (any(wrong)) {
    abort_forebear("argument", c(
      sprintf("`type = \"%s\"` takes no `%s`.", type, names(wrong)[wrong][[1]]),
      x = "It is given."
    ), call)
  }
}

# `new`: sample_id, scores and, of genotypes, outlier and residual; `label`: factor of samples
# that the classifier was trained on, or NULL.
class_table <- function(object, answer, new, threshold, label = NULL) {
  spreads <- population_spreads(above_noise(object$space, object$space$scores), object$label)
  table <- tibble::tibble(
    sample_id = new$sample_id, .pred_class = called(object, answer$p, answer$tie, threshold),
    probability_columns(answer$p), .entropy = entropy(answer$p),
    .typicality = typicality(spreads, above_noise(object$space, new$scores),
      most_probable(answer$p, answer$tie),
      if (!is.null(label)) as.integer(label), new$covariances)
  )
  if (!is.null(answer$log_likelihood)) {
    table$.log_likelihood <- answer$log_likelihood
    table$.applicability <- applicability(answer$log_likelihood,
      object$model$map$log_likelihood)
  }
  table$.outlier <- new$outlier
  table$.residual <- new$residual
  blank_empty(table, new)
}

probability_columns <- function(p) {
  tibble::as_tibble(`colnames<-`(p, paste0(".pred_", colnames(p))))
}

# The population, or the lowest node of the tree that is probable enough.
called <- function(object, p, tie, threshold) {
  if (is.null(threshold)) {
    return(object$populations[most_probable(p, tie)])
  }
  if (!is.null(names(threshold))) {
    return(only_reached(object$populations[most_probable(p, tie)], p, threshold))
  }
  tree <- object$tree %||% as_population_tree(NULL, object$populations)
  leaves <- p[, tree_leaves(tree), drop = FALSE]
  tree$node[lowest_nodes(matrix_columns(leaves), tree, threshold)$node]
}

# A probability can round to more than 1.
entropy <- function(p) pmax(rowSums(ifelse(p > 0, -p * log2(p), 0)), 0)

# NA where a limit forbids a call.
leave_uncalled <- function(table, limits, call) {
  for (name in names(Filter(Negate(is.null), limits))) {
    limit <- limits[[name]]
    value <- table[[limited_columns[[name]]]]
    if (is.null(value)) {
      abort_forebear("argument", c(
        sprintf("`%s` is a limit on `%s`.", name, limited_columns[[name]]),
        x = "This prediction has no such column.",
        i = if (name == "max_outlier") {
          "Fit and predict with genotypes (or a `pca()` fit) to have it."
        } else {
          "Use method = \"gtm\" to have it."
        }
      ), call)
    }
    beyond <- if (name == "max_outlier") value > limit else value < limit
    table$.pred_class[beyond %in% TRUE] <- NA
  }
  table
}

group_table <- function(object, p, new, groups, threshold, call) {
  group <- if (is.null(groups)) {
    factor(rep("all", length(new$sample_id)))
  } else {
    match_labels(groups, new$sample_id, NULL, call)
  }
  group[new$empty] <- NA
  group <- droplevels(group)
  size <- tabulate(group, nlevels(group))
  known <- !is.na(group)
  code <- as.integer(group)[known]
  mean_p <- rowsum(p[known, , drop = FALSE], code, reorder = TRUE) / size
  spreads <- population_spreads(above_noise(object$space, object$space$scores), object$label)
  typical <- typicality(spreads, above_noise(object$space, new$scores[known, , drop = FALSE]),
    most_probable(mean_p)[code],
    covariances = new$covariances[known, , drop = FALSE])
  tibble::tibble(
    group = levels(group), n_samples = size,
    .pred_class = called(object, mean_p, NULL, threshold),
    probability_columns(`rownames<-`(mean_p, NULL)), .entropy = entropy(unname(mean_p)),
    .typicality = as.double(tapply(typical, code, mean))
  )
}

#' Tidy, augmented and glanced classifiers
#'
#' @param x What [classify()] returns.
#' @param matrix `"labels"`: labels of the samples; `"nodes"`, of `method = "gtm"`: the class map.
#' @param new_data `NULL` for the samples of the fit, of which the labeled ones were used in
#'   training: use [cross_validate()] or [audit_labels()] for fair answers. Or a table with a
#'   column `sample_id` of samples of the fit, to whose rows the answers are added; or
#'   [genotypes] or a matrix, which are classified.
#' @param ... Must be empty, or arguments of [predict.forebear_classifier()].
#' @returns
#' `tidy(matrix = "labels")`: `sample_id`, `population` (`NA` where there is none).
#'
#' `tidy(matrix = "nodes")`, one row per node and population: `node`, `gtm1`, `gtm2`,
#' `density` (mean responsibility for the labeled samples), `population`, `probability`
#' (P(population | node)).
#'
#' `augment()`: what [predict.forebear_classifier()] gives; `.typicality` is as if each sample had
#' been left out.
#'
#' `glance()`: `method`, `n_samples` (with a label), `n_populations`, `dims`, `neighbors`, `cost`,
#' `n_nodes` (`NA` for other methods).
#' @family ancestry maps
#' @examples
#' map <- gtm(read_bed(example_data("panel")), nodes = 10, num_comp = 4)
#' fit <- classify(map, read.delim(example_data("labels")))
#' tidy(fit, matrix = "nodes")
#' glance(fit)
#' @export
tidy.forebear_classifier <- function(x, matrix = c("labels", "nodes"), ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  matrix <- check_choice(matrix, "matrix", c("labels", "nodes"), call)
  if (matrix == "labels") {
    table <- tibble::tibble(sample_id = x$space$sample_id, population = as.character(x$label))
    return(all_samples(table, x$space))
  }
  if (x$method != "gtm") {
    abort_forebear("argument", c("Only a classifier by `method = \"gtm\"` has nodes.",
      x = sprintf("This one is by \"%s\".", x$method)), call)
  }
  nodes <- x$model$map$nodes
  n <- length(x$populations)
  tibble::tibble(
    node = rep(seq_len(nrow(nodes)), n), gtm1 = rep(nodes[, 1], n), gtm2 = rep(nodes[, 2], n),
    density = rep(rowSums(x$model$sums) / sum(x$size), n),
    population = rep(x$populations, each = nrow(nodes)),
    probability = as.vector(node_probabilities(x))
  )
}

#' @rdname tidy.forebear_classifier
#' @export
augment.forebear_classifier <- function(x, new_data = NULL, ...) {
  if (inherits(new_data, c("forebear_genotypes", "matrix"))) {
    return(stats::predict(x, new_data, ...))
  }
  check_no_dots(...)
  answer <- class_probabilities(x, x$space$scores, check_threads(NULL))
  own <- class_table(x, answer, x$space[c("sample_id", "scores")], NULL, x$label)
  own <- all_samples(own, x$space)
  add_by_sample(new_data, own$sample_id, own[-1], names(own)[-1])
}

#' @rdname tidy.forebear_classifier
#' @export
glance.forebear_classifier <- function(x, ...) {
  check_no_dots(...)
  own <- function(method, value) if (x$method == method) value else NA
  tibble::tibble(
    method = x$method, n_samples = sum(x$size), n_populations = length(x$populations),
    dims = ncol(x$space$scores), neighbors = own("knn", x$settings$neighbors),
    cost = own("svm", x$settings$cost),
    n_nodes = if (x$method == "gtm") nrow(x$model$map$nodes) else NA_integer_
  )
}

#' @export
print.forebear_classifier <- function(x, ...) {
  how <- switch(x$method,
    gtm = sprintf("a map of %s", counted(nrow(x$model$map$nodes), "node")),
    knn = sprintf("the %s", counted(x$settings$neighbors, "nearest neighbor")),
    svm = sprintf("%s, cost %s", counted(length(x$model$bias), "linear SVM"),
      format(x$settings$cost)))
  lines <- c(
    sprintf("<classifier> %s of %s by %s", counted(length(x$populations), "population"),
      counted(sum(x$size), "sample"), how),
    sprintf("in %s", counted(ncol(x$space$scores), "component")),
    sprintf("priors: %s", first_of(sprintf("%s %.3f", x$populations, x$prior), 6))
  )
  cat(lines, sep = "\n")
  invisible(x)
}
