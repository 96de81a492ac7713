#' t-SNE and UMAP
#'
#' Place samples in two dimensions so that neighbors stay neighbors, by the packages 'Rtsne' and
#' 'uwot', on the same components that [gtm()] takes.
#'
#' @section New samples:
#' t-SNE places each sample by where all others are and learns no rule that a new one could be
#' placed by: adding it means placing every sample again, so `predict()` is refused. (Fits with
#' other samples, or another seed, are different pictures.) Use [gtm()] or [pca()] where new samples
#' must be placed. UMAP as it is used here keeps the picture alone.
#'
#' @section Reading the picture:
#' Sizes of groups and distances between them mean nothing: both methods expand dense regions and
#' shrink sparse ones. Groups can be taken seriously, and who is in them.
#'
#' @param x,num_comp,preprocessing As in [gtm()].
#' @param perplexity About how many neighbors a sample has, at most a third of the other samples.
#'   Where these are too few for the default, it is the most that they allow, which a message of
#'   class `forebear_message_adapted` says.
#' @param max_iter,eta Of t-SNE: iterations, and learning rate.
#' @param neighbors,min_dist Of UMAP: neighbors, fewer than samples, where the default is adapted
#'   as `perplexity` is; and how close they may lie.
#' @param ... Must be empty, or settings of [preprocessing()] by their old names (`dims`, `impute`,
#'   `center`, `scale`), with a message of class `forebear_message_deprecated`.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_embedding`. [tidy()] gives `sample_id`, `tsne1`, `tsne2`
#'   (or `umap1`, `umap2`), [augment()] the same with a dot, beside a table, [glance()] `method`,
#'   `n_samples`, `dims`, `objective` (the Kullback-Leibler divergence of t-SNE), [autoplot()]
#'   draws.
#' @section Errors:
#' `forebear_error_package` if the package is not installed; `forebear_error_no_projection` for
#' `predict()`; `forebear_error_argument`, also for samples that are exactly alike, which t-SNE
#' cannot place.
#' @references van der Maaten L. and Hinton G. (2008), JMLR 9:2579.
#'   McInnes L., Healy J. and Melville J. (2018), arXiv:1802.03426.
#' @family ancestry maps
#' @examplesIf requireNamespace("Rtsne", quietly = TRUE)
#' genotypes <- read_bed(example_data("panel"))
#' fit <- tsne(genotypes, num_comp = 4, max_iter = 300)
#' tidy(fit)
#' autoplot(fit, labels = read.delim(example_data("labels")))
#' @export
tsne <- function(x, perplexity = 30, max_iter = 1000, eta = 200, ..., num_comp = NULL,
                 preprocessing = NULL, seed = 1, threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "tsne", moved_into_preprocessing())
  is_default <- missing(perplexity)
  check_package("Rtsne", "cran", call)
  options <- score_options(num_comp, preprocessing, old, call)
  max_iter <- check_count(max_iter, "max_iter", call = call)
  eta <- check_number(eta, "eta", min = 0, call = call)
  seed <- check_seed(seed, call)
  threads <- check_threads(threads, call)
  space <- score_space(x, options, threads, call)
  n <- nrow(space$scores)
  if (is_default) perplexity <- adapted("perplexity", perplexity, floor((n - 1) / 3), 1,
    counted(n, "sample"))
  perplexity <- check_perplexity(perplexity, n, call)
  check_distinct(space, call)
  # One thread: with more the sums are made in another order.
  fit <- with_own_seed(seed, Rtsne::Rtsne(space$scores, perplexity = perplexity, pca = FALSE,
    max_iter = max_iter, eta = eta, num_threads = 1, check_duplicates = FALSE))
  new_embedding(fit$Y, "tsne", space, utils::tail(fit$itercosts, 1))
}

check_perplexity <- function(perplexity, n, call) {
  most <- (n - 1) / 3
  if (most < 1) {
    abort_forebear("argument", c("`tsne()` needs at least 4 samples.",
      x = sprintf("There %s %s.", if (n == 1) "is" else "are", big(n)),
      i = "`perplexity` is 1 at least, and a third of the other samples at most."), call)
  }
  if (!is_number(perplexity) || perplexity < 1 || perplexity > most) {
    abort_forebear("argument", c(
      sprintf("`perplexity` must be one number from 1 to %s, a third of the other samples.",
        format(most, digits = 4)),
      x = found(perplexity)
    ), call)
  }
  as.double(perplexity)
}

check_distinct <- function(space, call) {
  same <- which(duplicated(space$scores))
  if (length(same) > 0) {
    abort_forebear("argument", c("Samples must differ in the components.",
      x = sprintf("%s identical to another: %s.", verb(length(same)),
        quoted(space$sample_id[same])),
      i = "Leave duplicates out."), call)
  }
}

#' @rdname tsne
#' @export
umap <- function(x, neighbors = 15, min_dist = 0.1, ..., num_comp = NULL, preprocessing = NULL,
                 seed = 1, threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "umap", moved_into_preprocessing())
  is_default <- missing(neighbors)
  check_package("uwot", "cran", call)
  options <- score_options(num_comp, preprocessing, old, call)
  seed <- check_seed(seed, call)
  space <- score_space(x, options, check_threads(threads, call), call)
  n <- nrow(space$scores)
  if (n < 4) {
    abort_forebear("argument", c("`umap()` needs at least 4 samples.",
      x = sprintf("There %s %d.", if (n == 1) "is" else "are", n)), call)
  }
  if (is_default) neighbors <- adapted("neighbors", neighbors, n - 1, 2, counted(n, "sample"))
  neighbors <- check_count(neighbors, "neighbors", min = 2, max = n - 1, call = call)
  min_dist <- check_number(min_dist, "min_dist", min = 0, max = 1, call = call)
  places <- with_own_seed(seed, uwot::umap(space$scores, n_neighbors = neighbors,
    min_dist = min_dist, n_threads = 1, n_sgd_threads = 1))
  new_embedding(places, "umap", space, NA_real_)
}

# places [n_answered x 2], of the samples of `space`
new_embedding <- function(places, method, space, objective) {
  places <- with_unanswered(matrix(as.double(places), ncol = 2), space$answered)
  x <- list(places = places, method = method, sample_id = space$all_id, dims = ncol(space$scores),
    objective = objective)
  structure(x, class = "forebear_embedding")
}

objective_names <- c(tsne = "Kullback-Leibler divergence", mds = "stress-1")

embedding_titles <- c(tsne = "t-SNE", umap = "UMAP", mds = "MDS")

#' @rdname tsne
#' @param object Of class `forebear_embedding`.
#' @param new_data Of `predict()`, anything: it is refused. Of `augment()`, `NULL` or a data frame
#'   with a column `sample_id`.
#' @export
predict.forebear_embedding <- function(object, new_data, ...) {
  title <- embedding_titles[[object$method]]
  message <- c(sprintf("New samples cannot be placed in a %s picture.", title),
    x = if (object$method == "umap") {
      "The fit keeps the places of its samples, not the model."
    } else {
      sprintf("%s learns no rule by which new samples could be placed.", title)
    },
    i = "Use `gtm()` or `pca()`, or fit old and new samples together.")
  abort_forebear("no_projection", message)
}

#' @rdname tsne
#' @export
tidy.forebear_embedding <- function(x, ...) {
  check_no_dots(...)
  places <- `colnames<-`(x$places, paste0(x$method, 1:2))
  tibble::tibble(sample_id = x$sample_id, tibble::as_tibble(places))
}

#' @rdname tsne
#' @export
augment.forebear_embedding <- function(x, new_data = NULL, ...) {
  check_no_dots(...)
  add_by_sample(new_data, x$sample_id, x$places, paste0(".", x$method, 1:2))
}

#' @rdname tsne
#' @export
glance.forebear_embedding <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(method = x$method, n_samples = nrow(x$places), dims = x$dims,
    objective = x$objective)
}

#' @export
print.forebear_embedding <- function(x, ...) {
  lines <- c(
    sprintf("<embedding> %s of %s", embedding_titles[[x$method]],
      counted_samples(is_answered(x$places))),
    if (is.na(x$dims)) "from distances" else sprintf("from %s", counted(x$dims, "component")),
    if (!is.na(x$objective)) sprintf("%s %.4g", objective_names[[x$method]], x$objective)
  )
  cat(lines, sep = "\n")
  invisible(x)
}

#' @rdname tsne
#' @param labels,label_column,label_groups As in [autoplot.forebear_pca()].
#' @rawNamespace S3method(ggplot2::autoplot, forebear_embedding)
autoplot.forebear_embedding <- function( # nolint: object_name_linter.
    object, labels = NULL, ..., label_column = NULL, label_groups = FALSE) {
  call <- rlang::current_env()
  local_colours(...)
  check_flag(label_groups, "label_groups", call)
  group <- match_labels_or_null(labels, object$sample_id, label_column, call)
  drawn <- drawn_samples(object$places, object$sample_id, call)
  group <- drawn_labels(group, drawn)
  data <- tibble::tibble(sample_id = object$sample_id[drawn], x = object$places[drawn, 1],
    y = object$places[drawn, 2])
  title <- embedding_titles[[object$method]]
  data_in_plot(ggplot2::ggplot(mapping = ggplot2::aes()) +
    point_layers(data, group) +
    (if (label_groups && !is.null(group)) group_name_layers(data, group)) +
    ggplot2::scale_x_continuous(breaks = NULL) +
    ggplot2::scale_y_continuous(breaks = NULL) +
    ggplot2::labs(x = paste(title, 1), y = paste(title, 2), colour = NULL, shape = NULL) +
    (if (object$method == "mds") ggplot2::coord_fixed()) +
    theme_forebear())
}
