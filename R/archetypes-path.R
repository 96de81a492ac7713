#' Archetypes for a range of K
#'
#' Fits archetypes for every `k` from one projection of the samples, several times each, and gives
#' a cluster the same name, so the same color, in all of them.
#'
#' Each `k` is fitted `restarts` times as by [archetypes()] with the same arguments, and once more
#' from the best fit of the next smaller `k` of the path, to which the worst-fitted samples are
#' added as new archetypes (`init` is then `"warm"`). In the same dimensions this run never leaves
#' a larger residual than the fit that it grew from. The run with the lowest residual sum of
#' squares is the best of its `k`, whichever way it began.
#'
#' @section Names across K:
#' Names begin at the largest `k`, as pong colors its figures: its archetypes are called archetype1,
#' archetype2, ... in order of their total weight. Those of every smaller `k` are paired with those
#' of the next larger one so that the squared differences of their columns of the Q matrix are least
#' in all (Hungarian method), and have the names of their partners: a cluster that splits keeps the
#' name of the part that is most like it, and the names of a small `k` need not be the first. What
#' has no partner of a correlation of 0.5 or more gets the next number that no `k` has; a
#' message of class `forebear_message_unpaired` names it. The other runs of the same `k` are paired
#' with its best run in the same way.
#' Names change nothing else: [predict()][predict.forebear_archetypes] of a fit gives the weights
#' in the order of its own names.
#'
#' @section Modes:
#' Two runs of one `k` agree to the proportion of ancestry on which they agree in the mean sample,
#' after pairing: 1 - sum |q - p| / (2 n). Runs are taken from the lowest residual to the highest;
#' each joins the first mode whose lowest run it agrees with to `similarity` or more, or founds a
#' new one. Mode 1 therefore holds the best run. A `k` with several modes of nearly the same
#' residual has no single answer.
#'
#' @section Choosing K:
#' Nothing here chooses `k`. The explained variance mostly rises with `k`; its plot marks the
#' elbow, which is a hint. It is of the variance of all the data, so that `k` with different
#' dimensions can be compared.
#'
#' @param x [genotypes], a [pca()] fit (best with `scale = "none"`) or a numeric matrix of scores,
#'   as for [archetypes()].
#' @param k Numbers of archetypes, each at least 2, in any order. By default up to 12, or as many as
#'   samples and components allow, which a message of class `forebear_message_adapted` says.
#' @param restarts Number of starts for each `k`, besides the one from the `k` before it.
#' @param dims Number of leading components to use for every `k`, or `"all"`. `NULL` is `k - 1` for
#'   each `k`, so that the dimensions are nested; a plain matrix is taken whole.
#' @param max_iter Largest number of iterations of a run; best runs that reach it give a warning of
#'   class `forebear_warning_not_converged`. There is no `preset`: give `dims`, `tolerance` and
#'   `max_iter`.
#' @param similarity Least agreement of two runs of one mode, from 0 to 1.
#' @inheritParams archetypes
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_archetypes_path`. [tidy()][tidy.forebear_archetypes_path]
#'   gives one row per `k` and run, [best_fit()] the [archetypes()] fit of one `k`,
#'   [autoplot()][autoplot.forebear_archetypes_path] draws explained variance, time and bars.
#' @section Errors:
#' `forebear_error_argument`, `forebear_error_dims` and
#' `forebear_error_too_few_distinct_samples`, as for [archetypes()]. Best runs that have not
#' converged give one warning of class `forebear_warning_not_converged`.
#' @references Gimbernat-Mayol J. et al. (2022), PLOS Computational Biology 18:e1010301.
#'   Behr A. A. et al. (2016), Bioinformatics 32:2817 (modes).
#' @seealso [archetypes()] for one `k`.
#' @family archetype paths
#' @examples
#' path <- archetypes_path(read_bed(example_data("panel")), k = 2:4, restarts = 2)
#' path
#' tidy(path)
#' best_fit(path, 3)
#' @export
archetypes_path <- function(x, ...) UseMethod("archetypes_path")

#' @export
archetypes_path.default <- function(x, ...) {
  message <- c("Archetypes are fitted to genotypes, a `pca()` fit or a matrix of scores.",
    x = sprintf("`x` is %s.", describe_class(x)))
  abort_forebear("argument", message)
}

#' @rdname archetypes_path
#' @export
archetypes_path.matrix <- function(x, k = 2:12, restarts = 5,
                                   init = c("aa++", "furthest_sum", "sample", "uniform"),
                                   dims = NULL, tolerance = 1e-7, max_iter = 1000,
                                   similarity = 0.97, seed = 1, threads = NULL, ...) {
  check_no_dots(...)
  check_numeric_scores(x)
  if (missing(k)) k <- default_ks(k, sum(is_answered(x)))
  settings <- check_path_settings(k, restarts, init, tolerance, max_iter, similarity, seed, threads)
  dims <- check_dims(dims %||% "all", NULL, ncol(x), ncol(x), hint = of_columns)
  sample_id <- row_sample_id(x)
  scores <- x[, seq_len(dims), drop = FALSE]
  check_known_scores(scores)
  path <- path_fit(scores, sample_id, rep(dims, length(settings$k)), NULL, settings)
  path$columns <- column_names_of(scores)
  inform_thin_path(path)
}

#' @rdname archetypes_path
#' @export
archetypes_path.forebear_pca <- function(x, k = 2:12, restarts = 5,
                                         init = c("aa++", "furthest_sum", "sample", "uniform"),
                                         dims = NULL, tolerance = 1e-7, max_iter = 1000,
                                         similarity = 0.97, seed = 1, threads = NULL, ...) {
  check_no_dots(...)
  if (missing(k)) {
    k <- default_ks(k, sum(is_answered(x$scores)), if (is.null(dims)) length(x$singular_values))
  }
  settings <- check_path_settings(k, restarts, init, tolerance, max_iter, similarity, seed, threads)
  check_enough_samples(max(settings$k), sum(is_answered(x$scores)))
  n_comp <- length(x$singular_values)
  dims <- path_dims(dims, settings$k, n_comp, n_comp)
  path <- path_fit(x$scores, x$sample_id, dims, x$total_ss, settings, reason_of(x))
  path$projection <- projection_of(x, max(dims))
  inform_thin_path(path)
}

#' @rdname archetypes_path
#' @export
archetypes_path.forebear_genotypes <- function(
    x, k = 2:12, restarts = 5, init = c("aa++", "furthest_sum", "sample", "uniform"), dims = NULL,
    tolerance = 1e-7, max_iter = 1000, similarity = 0.97, seed = 1, threads = NULL, ...) {
  check_no_dots(...)
  if (missing(k)) k <- default_ks(k, nrow(x))
  settings <- check_path_settings(k, restarts, init, tolerance, max_iter, similarity, seed, threads)
  check_enough_samples(max(settings$k), nrow(x))
  # 0 asks for every component that there is.
  dims <- path_dims(dims, settings$k, max(nrow(x) - 1, 1), 0L)
  n_comp <- if (any(dims == 0)) 0L else max(dims)
  few <- keeps_loadings(n_comp, max(settings$k))
  x <- without_sex_chromosomes(x)
  start <- cpu_seconds()
  projection <- project_haplotype_means(x, n_comp, few, settings)
  projection_cpu_seconds <- cpu_seconds() - start
  dims[dims == 0] <- ncol(projection$scores)
  path <- path_fit(projection$scores, x$samples$sample_id, dims, projection$total_ss, settings,
    reason_of(projection))
  path$projection_cpu_seconds <- projection_cpu_seconds
  path <- inform_thin_path(with_families(path, x, settings$threads))
  if (few) {
    path$projection <- projection_of(projection, max(dims))
    return(path)
  }
  for (name in names(path$fits)) {
    path$fits[[name]] <- lapply(path$fits[[name]], function(fit) {
      fit$scores <- path$scores[, seq_len(ncol(fit$positions)), drop = FALSE]
      fit <- add_variant_space(fit, x, projection, settings$threads)
      fit$scores <- NULL
      fit
    })
  }
  path
}

# The number of families that hold up each archetype of the best fits.
with_families <- function(path, genotypes, threads) {
  for (k in names(path$fits)) {
    fit <- path$fits[[k]][[1]]
    fit$n_families <- families_near(fit$q, genotypes, threads)
    path$fits[[k]][[1]] <- fit
    best <- path$runs$k == as.integer(k) & path$runs$best
    path$runs$n_thin_archetypes[best] <- sum(tidy_support(fit)$is_thin)
  }
  path
}

# One message for all `k`.
inform_thin_path <- function(path) {
  best <- path$runs[path$runs$best, ]
  thin <- best[best$n_thin_archetypes > 0, ]
  if (nrow(thin) > 0) {
    inform_forebear("thin_archetypes", c(
      "An archetype should stand for several samples that are not related.",
      x = sprintf("Thin archetypes of the best fits: %s.",
        first_of(sprintf("%d of k = %d", thin$n_thin_archetypes, thin$k), 12)),
      i = "tidy(best_fit(path, k), matrix = \"support\") shows the samples near each archetype."
    ))
  }
  path
}

check_numeric_scores <- function(x, call = rlang::caller_env()) {
  if (!is.numeric(x)) {
    abort_forebear("argument", c("Scores must be a numeric matrix.",
      x = sprintf("`x` is a %s matrix.", typeof(x))), call)
  }
}

check_path_settings <- function(k, restarts, init, tolerance, max_iter, similarity, seed, threads,
                                call = rlang::caller_env()) {
  k <- check_ks(k, call)
  settings <- check_settings(k[[1]], init, restarts, NULL, tolerance, max_iter, seed, threads, call)
  settings$k <- k
  settings$similarity <- check_number(similarity, "similarity", min = 0, max = 1, call = call)
  settings
}

# `k` as far as so many samples and components (NULL: any number) allow.
default_ks <- function(k, n_samples, n_comp = NULL) {
  most <- min(n_samples, n_comp + 1)
  what <- if (most < n_samples) counted(n_comp, "component") else counted(n_samples, "sample")
  seq(2, adapted("max(k)", max(k), most, 2, what))
}

# Different whole numbers from 2, in rising order.
check_ks <- function(k, call) {
  are_counts <- is.numeric(k) && length(k) > 0 && all(vapply(k, is_whole, NA)) &&
    min(k) >= 2 && max(k) <= .Machine$integer.max
  if (!are_counts || anyDuplicated(k) > 0) {
    rule <- "`k` must be different whole numbers, each at least 2."
    abort_forebear("argument", c(rule, x = found(k)), call)
  }
  sort(as.integer(k))
}

# [length(k)] dimensions for each k.
path_dims <- function(dims, k, n_there, n_all, call = rlang::caller_env()) {
  if (is.null(dims)) {
    check_dims(max(k) - 1, NULL, n_there, n_all, call)
    return(k - 1L)
  }
  rep(check_dims(dims, NULL, n_there, n_all, call), length(k))
}

# User and system seconds of this process, all threads together.
cpu_seconds <- function() {
  sum(proc.time()[c("user.self", "sys.self")])
}

# scores [n_samples x max(dims)]     dims [length(k)]
path_fit <- function(scores, sample_id, dims, total_ss, settings, reason = no_scores_reason,
                     call = rlang::caller_env()) {
  storage.mode(scores) <- "double"
  answers <- run_path(answered_scores(scores, sample_id, call, reason), dims, settings, call)
  reference <- NULL
  last <- 0L
  steps <- list()
  for (step in rev(seq_along(settings$k))) {
    leading <- scores[, seq_len(dims[[step]]), drop = FALSE]
    steps[[step]] <- path_step(answers[[step]], leading, sample_id, total_ss, settings,
      settings$k[[step]], reference, last, call)
    q <- steps[[step]]$fits[[1]]$q[is_answered(scores), , drop = FALSE]
    if (!is.null(reference)) {
      inform_unpaired(setdiff(colnames(q), colnames(reference)),
        sprintf("k = %d in k = %d", ncol(q), ncol(reference)))
    }
    reference <- q
    last <- max(last, number_of(colnames(q)))
  }
  runs <- vctrs::vec_rbind(!!!lapply(steps, `[[`, "runs"))
  per_k <- runs$cpu_seconds[!duplicated(runs$k)]
  runs$accumulated_cpu_seconds <- cumsum(per_k)[match(runs$k, settings$k)]
  warn_unsettled(runs, call)
  fits <- stats::setNames(lapply(steps, `[[`, "fits"), settings$k)
  new_archetypes_path(runs, fits, scores, sample_id, settings)
}

# What Rust answers for every k: the runs, whether the last of them is warm, and CPU seconds.
run_path <- function(scores, dims, settings, call) {
  work <- function(progress) {
    answers <- list()
    smaller <- NULL
    for (step in seq_along(settings$k)) {
      start <- cpu_seconds()
      leading <- unname(scores[, seq_len(dims[[step]]), drop = FALSE])
      runs <- answer(rust_archetype_runs(leading, settings$k[[step]], settings$init,
        settings$restarts, settings$tolerance, settings$max_iter, settings$seed, smaller,
        settings$threads, part_of_progress(progress, settings$k, step)), call)
      answers[[step]] <- list(runs = runs, has_warm = !is.null(smaller),
        cpu_seconds = cpu_seconds() - start)
      rss <- vapply(runs, `[[`, 0, "rss")
      smaller <- runs[[which.min(rss)]]$beta
    }
    answers
  }
  with_progress(work, call)
}

# One bar for all k; the work for each is taken to grow with k.
part_of_progress <- function(progress, k, step) {
  if (is.null(progress)) {
    return(NULL)
  }
  before <- sum(k[seq_len(step - 1)])
  function(stage, done, total) {
    fraction <- if (total > 0) min(done / total, 1) else 0
    progress("archetypes of every k", before + fraction * k[[step]], sum(k))
  }
}

# The runs of one k as a tibble, and the lowest run of each mode as a fit without its scores.
# reference [n_answered x larger k] is the named Q matrix of the next larger k, or NULL; `last`, the
# largest number that the name of a cluster has.
path_step <- function(answer, scores, sample_id, total_ss, settings, k, reference, last, call) {
  runs <- answer$runs
  rss <- vapply(runs, `[[`, 0, "rss")
  best <- which.min(rss)
  order <- name_order(runs[[best]]$q, reference, last, call)
  best_q <- `colnames<-`(runs[[best]]$q[, order, drop = FALSE], names(order))
  last <- max(last, number_of(names(order)))
  q <- lapply(runs, function(run) {
    `colnames<-`(run$q[, match_columns(best_q, run$q, call), drop = FALSE], names(order))
  })
  mode <- find_modes(q, rss, settings$similarity)
  init <- rep(settings$init, length(runs))
  init[length(runs)] <- if (answer$has_warm) "warm" else init[length(runs)]
  scores_ss <- centered_ss(scores)
  table <- tibble::tibble(
    k = k, restart = seq_along(runs), init = init, dims = ncol(scores), rss = rss,
    explained_variance = (scores_ss - rss) / (total_ss %||% scores_ss),
    explained_variance_scores = 1 - rss / scores_ss,
    iterations = vapply(runs, `[[`, 0L, "iterations"),
    converged = vapply(runs, `[[`, NA, "converged"),
    similarity = vapply(q, agreement, 0, best_q), mode = mode, best = seq_along(runs) == best,
    cpu_seconds = answer$cpu_seconds,
    n_thin_archetypes = vapply(q, function(q) sum(archetype_support(q)$is_thin), 0L)
  )
  lowest <- vapply(seq_len(max(mode)), function(m) which(mode == m)[which.min(rss[mode == m])], 0L)
  fits <- lapply(lowest, function(run) {
    own <- settings[names(settings) != "similarity"]
    own <- utils::modifyList(own, list(k = k, init = init[[run]]))
    fit <- utils::modifyList(runs[[run]], list(restart_rss = rss))
    if (run != best) order <- name_order(fit$q, best_q, last, call)
    fit <- new_archetypes(fit, scores, sample_id, own, total_ss, order)
    fit$scores <- NULL
    fit
  })
  list(runs = table, fits = fits)
}

# The columns of `q` in the order of their names, named: partners of those of `reference`, a named Q
# matrix or NULL, then what is new, by total weight, with the numbers after `last`.
name_order <- function(q, reference, last, call) {
  by_weight <- order(-colSums(q))
  partner <- if (!is.null(reference)) pair_columns(reference, q, call)
  old <- stats::setNames(partner, colnames(reference))
  old <- old[!is.na(old)]
  new <- setdiff(by_weight, old)
  c(old, stats::setNames(new, numbered_names(last + seq_along(new))))
}


# Proportion of ancestry in which two Q matrices agree, in the mean sample.
agreement <- function(q, p) {
  1 - sum(abs(q - p)) / (2 * nrow(q))
}

# The mode of each run: whole numbers from 1, in order of the lowest rss. `q` lists Q matrices with
# paired columns.
find_modes <- function(q, rss, similarity) {
  mode <- integer(length(q))
  founders <- integer()
  for (run in order(rss)) {
    close <- vapply(founders, function(founder) agreement(q[[run]], q[[founder]]), 0)
    first <- which(close >= similarity)
    if (length(first) == 0) {
      founders <- c(founders, run)
      first <- length(founders)
    }
    mode[[run]] <- first[[1]]
  }
  mode
}

warn_unsettled <- function(runs, call) {
  unsettled <- runs$k[runs$best & !runs$converged]
  if (length(unsettled) > 0) {
    message <- c("The best run of some `k` has not converged.",
      x = sprintf("That is k = %s.", first_of(unsettled)),
      i = "Raise `max_iter` or `tolerance`.")
    warn_forebear("not_converged", message, call)
  }
}

# fits: one list per k, named by it, of the lowest run of each mode
new_archetypes_path <- function(runs, fits, scores, sample_id, settings) {
  stopifnot(is.data.frame(runs), is.list(fits), is.matrix(scores), is.character(sample_id))
  x <- list(
    runs = runs, fits = fits, scores = `dimnames<-`(scores, list(sample_id, NULL)),
    sample_id = sample_id, settings = settings[names(settings) != "threads"], projection = NULL,
    projection_cpu_seconds = NA_real_
  )
  structure(x, class = "forebear_archetypes_path")
}

#' The fit of one K of a path
#'
#' @param path An [archetypes_path()] or [admixture_path()].
#' @param k One of its numbers of archetypes.
#' @param mode Which mode: 1 holds the best run of all; the lowest run of the mode is returned.
#'   Of an [admixture_path()] there is one.
#' @returns The [admixture()] fit of an [admixture_path()], or an [archetypes()] fit whose
#'   archetypes have the names of the path. Allele frequencies
#'   (`tidy(matrix = "frequencies")`) come from what the components hold of the genotypes, as for a
#'   fit of a [pca()] fit, unless the path used `dims = "all"`.
#' @section Errors:
#' `forebear_error_argument` if the path has no such `k` or mode.
#' @family archetype paths
#' @examples
#' path <- archetypes_path(read_bed(example_data("panel")), k = 2:4, restarts = 2)
#' fit <- best_fit(path, 4)
#' glance(fit)
#' autoplot(fit)
#' @export
best_fit <- function(path, k, mode = 1) {
  call <- rlang::current_env()
  if (inherits(path, "forebear_admixture_path")) {
    check_count(mode, "mode", max = 1)
    return(path$fits[[as.character(check_of_path(k, path, call))]])
  }
  if (!inherits(path, "forebear_archetypes_path")) {
    message <- c("`path` must be an `archetypes_path()` or an `admixture_path()`.",
      x = sprintf("It is %s.", describe_class(path)))
    abort_forebear("argument", message, call)
  }
  k <- check_of_path(k, path, call)
  fits <- path$fits[[as.character(k)]]
  mode <- check_count(mode, "mode", max = length(fits), call = call)
  fit <- fits[[mode]]
  dims <- seq_len(ncol(fit$positions))
  fit$scores <- path$scores[, dims, drop = FALSE]
  fit$columns <- path$columns[dims]
  if (is.null(fit$projection) && !is.null(path$projection)) {
    fit$projection <- leading_projection(path$projection, dims)
  }
  fit
}

leading_projection <- function(projection, dims) {
  projection$loadings <- projection$loadings[, dims, drop = FALSE]
  projection$singular_values <- projection$singular_values[dims]
  projection
}

check_of_path <- function(k, path, call) {
  if (!is_whole(k) || !k %in% path$settings$k) {
    message <- c("`k` must be one number of archetypes of the path.", x = found(k),
      i = sprintf("The path has k = %s.", first_of(path$settings$k, 30)))
    abort_forebear("argument", message, call)
  }
  as.integer(k)
}

#' Tidy and glanced paths of archetypes
#'
#' @param x An [archetypes_path()].
#' @param matrix What to tidy; see below.
#' @param ... Must be empty.
#' @returns
#' `tidy(matrix = "runs")`: one row per `k` and run. `k`; `restart`, from 1; `init`, how the run
#' began, `"warm"` for the one from the `k` before; `dims`; `rss`; `explained_variance`, the
#' proportion of the variance of all the data, which can be compared between `k`;
#' `explained_variance_scores`, of that of the scores that were fitted; `iterations`; `converged`;
#' `similarity`, the agreement with the best run of this `k`; `mode`; `best`;
#' `cpu_seconds` (user and system) of all runs of this `k` together, the same in each of its rows;
#' `accumulated_cpu_seconds`, those of this `k` and all before it; `n_thin_archetypes`, of which
#' fewer than three samples have a weight of 0.9 or more, or, in the best run of genotypes, one
#' family alone.
#'
#' `tidy(matrix = "q")`: the Q matrices of the best runs: `k`, `sample_id`, `archetype`, `weight`.
#'
#' `glance()`: `n_samples`, `k_min`, `k_max`, `restarts`, `n_runs`, `n_converged`, `n_warm_best`
#' (numbers of archetypes whose best run was the warm one), `cpu_seconds` of all runs,
#' `projection_cpu_seconds` (`NA` if the path began from scores).
#' @family archetype paths
#' @examples
#' path <- archetypes_path(read_bed(example_data("panel")), k = 2:4, restarts = 2)
#' tidy(path)
#' tidy(path, matrix = "q")
#' glance(path)
#' @export
tidy.forebear_archetypes_path <- function(x, matrix = c("runs", "q"), ...) {
  check_no_dots(...)
  if (check_choice(matrix, "matrix", c("runs", "q")) == "runs") {
    return(x$runs)
  }
  tables <- lapply(x$fits, function(fits) {
    tibble::add_column(tidy_q(fits[[1]]$q, x$sample_id), k = ncol(fits[[1]]$q), .before = 1)
  })
  vctrs::vec_rbind(!!!unname(tables))
}

#' @rdname tidy.forebear_archetypes_path
#' @export
glance.forebear_archetypes_path <- function(x, ...) {
  check_no_dots(...)
  runs <- x$runs
  tibble::tibble(
    n_samples = length(x$sample_id), k_min = min(runs$k), k_max = max(runs$k),
    restarts = x$settings$restarts, n_runs = nrow(runs), n_converged = sum(runs$converged),
    n_warm_best = sum(runs$best & runs$init == "warm"),
    cpu_seconds = sum(runs$cpu_seconds[!duplicated(runs$k)]),
    projection_cpu_seconds = x$projection_cpu_seconds
  )
}

#' @export
print.forebear_archetypes_path <- function(x, ...) {
  glanced <- glance(x)
  best <- x$runs[x$runs$best, ]
  several <- tapply(x$runs$mode, x$runs$k, max)
  several <- names(several)[several > 1]
  lines <- c(
    sprintf("<archetypes_path> k = %s of %s, %s", first_of(best$k, 12),
      counted_samples(is_answered(x$scores)), counted(glanced$n_runs, "run")),
    sprintf("explained variance: %s", first_of(sprintf("k = %d %.4f", best$k,
      best$explained_variance))),
    sprintf("warm start best for %s; several modes for %s; %s",
      named_ks(best$k[best$init == "warm"]), named_ks(several),
      if (all(best$converged)) "converged" else "NOT CONVERGED")
  )
  cat(lines, sep = "\n")
  invisible(x)
}

named_ks <- function(k) {
  if (length(k) == 0) "no k" else paste("k =", first_of(k, 12))
}
