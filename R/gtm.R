#' Generative topographic map
#'
#' Bends a square manifold through the cloud of samples and unrolls it: a map in two dimensions on
#' which every sample, old or new, has a place, a probability of every node, and a likelihood that
#' measures how well the map explains it.
#'
#' The manifold is a grid of nodes, whose places in the space of the components are smooth functions
#' (a sum of radial basis functions) of their places on the map. Each node is the center of a
#' round normal distribution with one variance for all. Weights and variance maximize the
#' likelihood of the samples, less a penalty on the weights, by the EM algorithm (equations 1
#' and 2 of the paper), beginning from the plane of the first two principal axes. The fit
#' uses no random numbers. Responsibilities are computed for 128 samples at a time: memory grows
#' with the scores, not with samples times nodes.
#'
#' @section When it stops:
#' As 'ugtm', the program of the authors, it stops when a criterion has changed by at most 1e-4 in
#' four iterations running. That criterion (`criterion` of the trace) is nearly, but not quite, the
#' negative log-likelihood: it takes the distances from before an iteration and the variance from
#' after it, and counts at most 100 components. The true mean log-likelihood stands beside it.
#'
#' @section Differences from ugtm:
#' None in the numbers, but for data where its criterion underflows (more than about 20 components
#' of large variance), where it stops at once, and where the second axis is all there is: then
#' the variance begins with the distance between nodes. The variance never falls below 1e-8 of
#' that of the samples.
#'
#' @param x [genotypes], whose leading components are found first as [pca()] does; a [pca()] fit;
#'   or a numeric matrix, one row per sample, row names are sample IDs.
#' @param nodes Nodes along a side of the map, 3 to 100.
#' @param rbf Radial basis functions along a side, 2 to 30 and fewer than `nodes`. With more, the
#'   manifold bends more.
#' @param regularization Penalty on the weights, 0 or more. More makes the manifold stiffer. What it
#'   weighs depends on the scale of the scores and the number of samples: where it outweighs the
#'   samples, as in small samples of many components, the manifold shrinks to a point, which gives a
#'   warning of class `forebear_warning_collapsed_map`.
#' @param width Width of the basis functions: the factor of the squared distance of neighboring
#'   functions. 0 or less takes the largest squared distance instead.
#' @param max_iter Largest number of iterations; reaching it gives a warning of class
#'   `forebear_warning_not_converged`. 0 gives the plane that a fit begins with.
#' @param settings `NULL`, or all settings of the map as one value of [gtm_settings()], in place of
#'   `nodes` to `max_iter`; it also has `init_variance`.
#' @param num_comp Of genotypes, the number of components to find (10). Of a matrix, how many
#'   principal components of its columns to take (which centers them), or `NULL` to take the columns
#'   as they are.
#' @param preprocessing `NULL`, or settings of [preprocessing()]: how many components to use
#'   (`dims`), and what to do to the columns of a matrix first (`impute`, `center`, `scale`).
#' @param ... Must be empty, or arguments that have moved into settings by their old names
#'   (`init_variance`, `dims`, `impute`, `center`, `scale`), of which a message of class
#'   `forebear_message_deprecated` gives the new place.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_gtm`. [tidy()][tidy.forebear_gtm] gives places, nodes,
#'   responsibilities and the trace, [augment()] one row per sample, [glance()] one row in all,
#'   [predict()][predict.forebear_gtm] places new samples, [autoplot()][autoplot.forebear_gtm]
#'   draws. What is done to the data first is kept, and done to new samples.
#' @section Errors:
#' `forebear_error_map_size` (nodes or functions), `forebear_error_map_parameter`,
#' `forebear_error_too_few_directions` (samples on a line), `forebear_error_singular_map` (the
#' samples leave weights open: raise `regularization`), `forebear_error_non_finite_score`,
#' `forebear_error_argument`.
#' @references Gaspar H. A. and Breen G. (2019), BMC Bioinformatics 20:116.
#'   Bishop C. M., Svensén M. and Williams C. K. I. (1998), Neural Computation 10:215.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' map <- gtm(genotypes, nodes = 10, num_comp = 4)
#' map
#' tidy(map)
#' autoplot(map, labels = read.delim(example_data("labels")))
#' @export
gtm <- function(x, nodes = 16, rbf = 4, regularization = 0.1, width = 0.3, max_iter = 200, ...,
                settings = NULL, num_comp = NULL, preprocessing = NULL, threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "gtm",
    c(moved_into("settings = gtm_settings", "init_variance"), moved_into_preprocessing()))
  own <- list(nodes = nodes, rbf = rbf, regularization = regularization, width = width,
    max_iter = max_iter)
  if (is.null(settings)) {
    settings <- rlang::exec(new_gtm_settings, !!!own, !!!only(old, "init_variance"), call = call)
  } else {
    check_kind(settings, "settings", "gtm_settings", call)
    is_default <- c(missing(nodes), missing(rbf), missing(regularization), missing(width),
      missing(max_iter))
    refuse_beside_settings(c(own[!is_default], only(old, "init_variance")), "settings",
      "gtm_settings", call)
  }
  settings <- c(unclass(settings), list(threads = check_threads(threads, call)))
  options <- score_options(num_comp, preprocessing, old, call)
  space <- score_space(x, options, settings$threads, call)
  new_gtm(gtm_fit(space, settings, call), space, settings)
}

# What Rust gives, and where the samples lie: places, mode, log_likelihood [n_samples]; density
# [n_nodes], mean responsibility.
gtm_fit <- function(space, settings, call = rlang::caller_env()) {
  work <- function(progress) {
    rust_gtm(space$scores, settings$nodes, settings$rbf, settings$width, settings$regularization,
      settings$max_iter, settings$init_variance, settings$threads, progress)
  }
  fit <- with_progress(work, call)
  if (!fit$converged && settings$max_iter > 0) {
    message <- c("The map has not converged.",
      x = sprintf("Its criterion still changes after %s.",
        counted(length(fit$trace$criterion), "iteration")),
      i = "Raise `max_iter`.")
    warn_forebear("not_converged", message, call)
  }
  fit$placed <- place_on_map(fit, space$scores, fit$nodes, settings$threads, call)
  if (settings$max_iter > 0) warn_collapsed(fit$placed$means, call)
  ones <- matrix(1, nrow(space$scores), 1)
  sums <- node_sums_of_samples(fit, space$scores, ones, settings$threads, call)
  fit$density <- sums[, 1] / nrow(space$scores)
  fit
}

# A penalty that outweighs the samples draws all nodes to one place, which explains every sample
# equally badly: none then leaves the middle of the map, whose side is 2.
warn_collapsed <- function(places, call) {
  spread <- max(apply(places, 2, function(place) diff(range(place))))
  if (spread < 0.01) {
    message <- c("Samples should spread over the map.",
      x = sprintf("All lie within %.2g of its middle: the penalty outweighs the samples.", spread),
      i = "Lower `regularization`, for example tenfold. It depends on the scale of the scores.")
    warn_forebear("collapsed_map", message, call)
  }
}

# means [n_samples x n_values] over nodes of `values` [n_nodes x n_values]; mode, log_likelihood
# [n_samples]. `map` has centers and variance.
place_on_map <- function(map, scores, values, threads, call = rlang::caller_env()) {
  work <- function(progress) {
    rust_gtm_project(scores, map$centers, map$variance, values, threads, progress)
  }
  with_progress(work, call)
}

# [n_nodes x n_values] sums over samples of `values` [n_samples x n_values] times responsibility.
node_sums_of_samples <- function(map, scores, values, threads, call = rlang::caller_env()) {
  work <- function(progress) {
    rust_gtm_node_sums(scores, map$centers, map$variance, values, threads, progress)
  }
  with_progress(work, call)
}

# nodes [n_nodes x 2]         centers [n_nodes x n_components]
# weights [n_functions x n_components]; the last row is the bias
# places [n_answered x 2], and mode and log_likelihood of as many samples: those of `space`
# that have scores
# density of the map [n_nodes]
new_gtm <- function(fit, space, settings) {
  stopifnot(is.matrix(fit$nodes), is.matrix(fit$centers), is.double(fit$variance))
  x <- list(
    nodes = fit$nodes, centers = fit$centers, weights = fit$weights, variance = fit$variance,
    places = fit$placed$means, mode = fit$placed$mode, log_likelihood = fit$placed$log_likelihood,
    density = fit$density, space = space,
    trace = tibble::tibble(iteration = seq_along(fit$trace$criterion),
      criterion = fit$trace$criterion, log_likelihood = fit$trace$log_likelihood,
      variance = fit$trace$variance),
    converged = fit$converged, settings = settings[names(settings) != "threads"]
  )
  structure(x, class = "forebear_gtm")
}

#' Place new samples on a map
#'
#' New samples go through what was done to the data of the fit, and are then placed on the map as
#' it is.
#'
#' `gtm1` and `gtm2` are the mean of the places of the nodes, weighted by the responsibilities of
#' the sample; `mode1` and `mode2` the place of the node of largest responsibility. They differ
#' where a sample lies between two folds of the manifold.
#'
#' @section Samples that the map does not explain:
#' `log_likelihood` is low for a sample far from the manifold. `.applicability` is the proportion of
#' the samples of the fit whose likelihood is not above it: near 0, no sample of the fit is as far
#' away. Both see the components alone; a population that the fit did not have can lie among others
#' in them. For [genotypes] there are also `.outlier` and `.residual` of [predict.forebear_pca()],
#' which see
#' what the components leave out: an `.outlier` above 0.99 or so says that no population of the fit
#' explains the sample. Where populations are known, `.typicality` of
#' [predict.forebear_classifier()] sees more than both.
#'
#' @param object A [gtm()] fit.
#' @param new_data [genotypes], aligned to the variants of the fit by [harmonize()]; or a numeric
#'   matrix: of scores, if the fit was made from genotypes or a [pca()] fit, else with the columns
#'   that the fit was made from.
#' @param type `"map"`, or `"responsibilities"` for the probability of every node.
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @returns For `type = "map"` a tibble with one row per new sample: `sample_id`, `gtm1`, `gtm2`,
#'   `mode1`, `mode2`, `log_likelihood`, `.applicability` and, for genotypes, `.outlier`,
#'   `.residual`. For `type = "responsibilities"` one row per sample and node: `sample_id`, `node`,
#'   `responsibility`. All are `NA` for a sample without a called genotype.
#' @section Errors:
#' Those of [harmonize()]; `forebear_error_component_mismatch` for other columns than those of the
#' fit; `forebear_error_non_finite_score`; `forebear_error_argument`.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' map <- gtm(genotypes[1:200, ], nodes = 10, num_comp = 4)
#' predict(map, genotypes[201:210, ], strand = "same")
#' @export
predict.forebear_gtm <- function(object, new_data, type = c("map", "responsibilities"),
                                 min_overlap = 0.8, strand = c("check", "same"), threads = NULL,
                                 ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  type <- check_choice(type, "type", c("map", "responsibilities"), call)
  threads <- check_threads(threads, call)
  new <- into_space(object$space, new_data, min_overlap, strand, threads, call)
  warn_empty(new)
  if (type == "responsibilities") {
    table <- tidy_responsibilities(object, new$scores, new$sample_id, threads, call)
    table$responsibility[rep(seq_along(new$sample_id) %in% new$empty, nrow(object$nodes))] <- NA
    return(table)
  }
  placed <- place_on_map(object, new$scores, object$nodes, threads, call)
  table <- map_table(new$sample_id, placed, object$nodes)
  table$.applicability <- applicability(placed$log_likelihood, object$log_likelihood)
  table$.outlier <- new$outlier
  table$.residual <- new$residual
  blank_empty(table, new)
}

# Proportion of the fitted samples whose log-likelihood is not above each of `new`.
applicability <- function(new, fitted) findInterval(new, sort(fitted)) / length(fitted)

map_table <- function(sample_id, placed, nodes) {
  tibble::tibble(
    sample_id = sample_id, gtm1 = placed$means[, 1], gtm2 = placed$means[, 2],
    mode1 = nodes[placed$mode, 1], mode2 = nodes[placed$mode, 2],
    log_likelihood = placed$log_likelihood
  )
}

tidy_responsibilities <- function(map, scores, sample_id, threads, call = rlang::caller_env()) {
  nodes <- seq_len(nrow(map$nodes))
  values <- place_on_map(map, scores, diag(length(nodes)), threads, call)$means
  tibble::tibble(
    node = rep(nodes, each = length(sample_id)), sample_id = rep(sample_id, length(nodes)),
    responsibility = as.vector(values)
  )[c("sample_id", "node", "responsibility")]
}

#' Tidy, augmented and glanced maps
#'
#' @param x A [gtm()] fit.
#' @param matrix What to tidy; see below.
#' @param new_data `NULL` for the samples of the fit; a data frame with a column `sample_id`, to
#'   which the places are added; or [genotypes] or a matrix, which are placed on the map.
#' @param ... Must be empty, or arguments of [predict.forebear_gtm()].
#' @returns
#' `tidy(matrix = "map")`: `sample_id`, `gtm1`, `gtm2` (mean place), `mode1`, `mode2` (place of
#' the node of largest responsibility), `log_likelihood`.
#'
#' `tidy(matrix = "nodes")`: `node`, `gtm1`, `gtm2`, `density` (mean responsibility; sums to 1).
#'
#' `tidy(matrix = "responsibilities")`: `sample_id`, `node`, `responsibility`, samples times nodes
#' rows.
#'
#' `tidy(matrix = "centers")`, nodes among the samples: `node`, `component`, `value`.
#'
#' `tidy(matrix = "weights")`: `rbf` (the last, called 0, is the bias), `component`, `value`.
#'
#' `tidy(matrix = "trace")`: `iteration`, `criterion` (what decides when to stop),
#' `log_likelihood` (mean of the samples, before the iteration), `variance` (after it).
#'
#' `augment()`: `sample_id` (or `new_data`) and `.gtm1`, `.gtm2`, `.mode1`, `.mode2`,
#' `.log_likelihood`; for new data what [predict.forebear_gtm()] gives besides.
#'
#' `glance()`: `n_nodes`, `n_rbf`, `n_samples`, `dims`, `regularization`, `width`, `variance`,
#' `log_likelihood` (mean of the samples), `iterations`, `converged`.
#' @family ancestry maps
#' @examples
#' map <- gtm(read_bed(example_data("panel")), nodes = 10, num_comp = 4)
#' tidy(map, matrix = "nodes")
#' augment(map, read.delim(example_data("labels")))
#' glance(map)
#' @export
tidy.forebear_gtm <- function(
    x, matrix = c("map", "nodes", "responsibilities", "centers", "weights", "trace"), ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  nodes <- seq_len(nrow(x$nodes))
  switch(check_choice(matrix, "matrix", eval(formals()$matrix), call),
    map = all_samples(map_table(x$space$sample_id,
      list(means = x$places, mode = x$mode, log_likelihood = x$log_likelihood), x$nodes), x$space),
    nodes = tibble::tibble(node = nodes, gtm1 = x$nodes[, 1], gtm2 = x$nodes[, 2],
      density = x$density),
    responsibilities = fitted_responsibilities(x, call),
    centers = tidy_components(x$centers, "node", nodes),
    weights = tidy_components(x$weights, "rbf", c(seq_len(nrow(x$weights) - 1), 0)),
    trace = x$trace
  )
}

# Of all samples, with NA for those without an answer.
fitted_responsibilities <- function(x, call) {
  table <- tidy_responsibilities(x, x$space$scores, x$space$sample_id, check_threads(NULL), call)
  if (all(x$space$answered)) {
    return(table)
  }
  of_node <- split(table, table$node)
  vctrs::vec_rbind(!!!unname(lapply(of_node, function(own) {
    node <- own$node[[1]]
    own <- all_samples(own, x$space)
    own$node <- node
    own
  })))
}

tidy_components <- function(values, name, rows) {
  table <- tibble::tibble(
    row = rep(as.integer(rows), times = ncol(values)),
    component = rep(seq_len(ncol(values)), each = nrow(values)), value = as.vector(values)
  )
  names(table)[[1]] <- name
  table
}

#' @rdname tidy.forebear_gtm
#' @export
augment.forebear_gtm <- function(x, new_data = NULL, ...) {
  if (inherits(new_data, c("forebear_genotypes", "matrix"))) {
    table <- stats::predict(x, new_data, ...)
    names(table)[-1] <- sub("^[.]?", ".", names(table)[-1])
    return(table)
  }
  check_no_dots(...)
  places <- tidy.forebear_gtm(x)[-1]
  add_by_sample(new_data, x$space$all_id, as.matrix(places), paste0(".", names(places)))
}

#' @rdname tidy.forebear_gtm
#' @export
glance.forebear_gtm <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    n_nodes = nrow(x$nodes), n_rbf = x$settings$rbf^2, n_samples = length(x$space$all_id),
    dims = ncol(x$centers), regularization = x$settings$regularization,
    width = x$settings$width, variance = x$variance, log_likelihood = mean(x$log_likelihood),
    iterations = nrow(x$trace), converged = x$converged
  )
}

#' @export
print.forebear_gtm <- function(x, ...) {
  side <- x$settings$nodes
  lines <- c(
    sprintf("<gtm> %d x %d nodes, %s on %s", side, side,
      counted_samples(x$space$answered), counted(ncol(x$centers), "component")),
    sprintf("%d x %d basis functions, regularization %s, width %s", x$settings$rbf, x$settings$rbf,
      format(x$settings$regularization), format(x$settings$width)),
    sprintf("mean log-likelihood %.6g; %s, %s", mean(x$log_likelihood),
      counted(nrow(x$trace), "iteration"), if (x$converged) "converged" else "NOT CONVERGED")
  )
  cat(lines, sep = "\n")
  invisible(x)
}
