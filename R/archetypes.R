#' Archetypal analysis
#'
#' Describes every sample as a mixture of `k` extreme points ("archetypes") of the
#' cloud of samples. The mixture weights play the part of the Q matrix of ADMIXTURE:
#' one row per sample, not negative, summing to 1. Every archetype is itself a
#' mixture of samples, so it never lies outside what was observed.
#'
#' The scores X (samples x components) are approximated by alpha Z with Z = beta X;
#' the rows of alpha (samples x k) and beta (k x samples) are not negative and sum to
#' 1, and the residual sum of squares |X - alpha Z|^2 is minimized (equations 2 and 3
#' of the paper) alternately: alpha by an exact quadratic program per sample, each
#' archetype by projection on the hull of the samples. Both keep the sum of 1
#' exactly; the authors' code enforces it by a penalty of weight C, whose limit this
#' is. The residual sum of squares never rises from one iteration to the next.
#'
#' @section How many components:
#' `k` archetypes span `k - 1` dimensions, and in these an archetype lies on the outermost one or
#' two samples of its population, which are outermost by noise: all others seem a little mixed. In
#' further dimensions, which hold noise alone, an archetype is a mean of several samples. That helps
#' where each population has unadmixed samples, and hurts where it has none, because archetypes
#' then move away from the corners. `dims = "auto"`, the default for genotypes, fits in `k - 1`
#' dimensions, counts the samples that lie at the corner of the rarest archetype, and fits again
#' in as many more dimensions, at most 50: by how many more samples lie within a width w of the
#' corner (a weight of 1 - w or more) than between w and 2 w, for w = 0.05, 0.1 and 0.2, the largest
#' of the three. Proportions without a group at the corner thin out toward it and add no dimension;
#' `NULL` is `k - 1` in any case. `glance()` has the `dims` that were used. Of the samples at most
#' half are taken for dimensions, and none may lose its answer (see below), else `k - 1` it is.
#' A [pca()] fit has as many more as it has components. Of a plain matrix both take all columns,
#' which need not be in order of variance. For what cross-validation makes of it, see
#' [choose_dims()].
#' Fits in more than `k - 1` dimensions start from the solution in `k - 1`.
#'
#' @section Starts:
#' The residual has many local minima, and one start can end in a poor one: at twelve archetypes
#' and more, one start of `"furthest_sum"` ended at up to twice the residual of the best of five of
#' `"aa++"`, which is the default. The print, `glance()` and `tidy(matrix = "restarts")` say how far
#' the starts agree: where they do not, other seeds will give other archetypes.
#'
#' @section When not to believe it:
#' Archetypes are extreme samples. One that fewer than three samples come near (a weight of 0.9 or
#' more), or one family alone (kinship above 0.0884; looked for in genotypes), is an outlier rather
#' than a population; a message of class `forebear_message_thin_archetypes` names it and the
#' samples, and `tidy(matrix = "support")` has the counts. Where no archetype has a group of samples
#' at its corner, the least admixed samples stand in for populations without unadmixed samples; a
#' message of class `forebear_message_no_unadmixed` says so, and [admixture()] is the model to use.
#' Fewer than ten samples for each archetype are few (`forebear_message_small_sample`), and
#' relatives among the samples draw archetypes to their families (`forebear_message_relatives`;
#' looked for in fits of genotypes of up to 2,000 samples). The print has all of this in its last
#' line,
#' `glance()` in columns.
#'
#' A sample without scores or called genotypes, or with some missing and fewer than 10 for each
#' dimension called, takes no part in the fit; its weights are `NA`, and a warning of class
#' `forebear_warning_no_genotypes` names it.
#'
#' @param x [genotypes], whose centered, unscaled haplotype means (0, 0.5, 1) are
#'   projected first; a [pca()] fit, best with `scale = "none"`; or a numeric matrix
#'   of scores with one row per sample and sample IDs as row names.
#' @param k Number of archetypes, at least 2.
#' @param init How to start: `"aa++"` (samples drawn by their squared distance from the hull so
#'   far),
#'   `"furthest_sum"` (samples far from each other),
#'   `"sample"` (random samples), `"uniform"` (random points in the range of the
#'   data).
#' @param restarts Number of starts, each with its own random numbers; the fit with
#'   the lowest residual sum of squares is kept. `"furthest_sum"` chooses nearly the same
#'   samples wherever it begins, so restarts gain more with `"aa++"` or `"sample"`:
#'   [compare_inits()] shows what each reaches.
#' @param dims Number of leading components to use, `"auto"`, `"all"`, or `NULL`: see the section.
#'   The default is `"auto"` for genotypes and `NULL` otherwise.
#' @param preset `"paper"` for the settings of the paper: all n - 1 components,
#'   `tolerance = 1e-3`, at most 50 iterations, one start of `init = "furthest_sum"`; these
#'   arguments are then ignored. `"authors_code"` for those of the authors' code: at most 200
#'   iterations. Its smaller penalty (C = 1e-4 in place of 1e-3) has nothing to act on here, where
#'   weights sum to 1 exactly.
#' @param tolerance Stop when an iteration lowers the residual sum of squares by less
#'   than this proportion of it.
#' @param max_iter Largest number of iterations; reaching it gives a warning of class
#'   `forebear_warning_not_converged`, except with `preset`.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_archetypes`. [tidy()] gives the Q matrix, archetypes
#'   and more, [augment()] one row per sample, [glance()] one row in all,
#'   [predict()][predict.forebear_archetypes] the weights of new samples,
#'   [autoplot()][autoplot.forebear_archetypes] draws. Archetypes are
#'   called archetype1, archetype2, ... in
#'   order of their total weight.
#' @references Gimbernat-Mayol J. et al. (2022), PLOS Computational Biology 18:e1010301.
#'   Mørup M. and Hansen L. K. (2012), Neurocomputing 80:54 (FurthestSum).
#'   Mair S. and Sjölund J. (2024), Archetypal Analysis++.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 4)
#' fit
#' tidy(fit)
#' glance(fit)
#' @export
archetypes <- function(x, ...) UseMethod("archetypes")

#' @export
archetypes.default <- function(x, ...) {
  message <- c("Archetypes are fitted to genotypes, a `pca()` fit or a matrix of scores.",
    x = sprintf("`x` is %s.", describe_class(x)))
  abort_forebear("argument", message)
}

#' @rdname archetypes
#' @export
archetypes.matrix <- function(x, k, dims = NULL,
                              init = c("aa++", "furthest_sum", "sample", "uniform"),
                              restarts = 5, preset = NULL, tolerance = 1e-7,
                              max_iter = 1000, seed = 1, threads = NULL, ...) {
  check_no_dots(...)
  if (!is.numeric(x)) {
    abort_forebear("argument", c("Scores must be a numeric matrix.",
      x = sprintf("`x` is a %s matrix.", typeof(x))))
  }
  settings <- check_settings(k, init, restarts, preset, tolerance, max_iter, seed, threads)
  dims <- check_dims(if (is_auto(dims)) "all" else dims, settings$preset, ncol(x), ncol(x),
    hint = of_columns)
  sample_id <- row_sample_id(x)
  scores <- x[, seq_len(dims), drop = FALSE]
  check_known_scores(scores)
  fit <- archetypes_fit(scores, sample_id, settings)
  fit <- new_archetypes(fit, scores, sample_id, settings)
  fit$columns <- column_names_of(scores)
  inform_thin(fit)
}

#' @rdname archetypes
#' @export
archetypes.forebear_pca <- function(x, k, dims = NULL,
                                    init = c("aa++", "furthest_sum", "sample", "uniform"),
                                    restarts = 5, preset = NULL, tolerance = 1e-7,
                                    max_iter = 1000, seed = 1, threads = NULL, ...) {
  check_no_dots(...)
  settings <- check_settings(k, init, restarts, preset, tolerance, max_iter, seed, threads)
  check_enough_samples(settings$k, sum(is_answered(x$scores)))
  n_comp <- length(x$singular_values)
  auto <- identical(dims, "auto") && is.null(preset)
  if (is_auto(dims)) dims <- settings$k - 1
  dims <- check_dims(dims, settings$preset, n_comp, n_comp)
  if (!is.null(preset) && n_comp < most_components(x)) {
    message <- c(sprintf("preset = \"%s\" takes all n - 1 components.", preset),
      x = sprintf("The `pca()` fit has %d of %d.", n_comp, most_components(x)),
      i = "Give the genotypes themselves, or fit pca(num_comp = n - 1, scale = \"none\").")
    abort_forebear("dims", message)
  }
  scores <- x$scores[, seq_len(dims), drop = FALSE]
  fit <- archetypes_fit(scores, x$sample_id, settings, reason_of(x))
  more <- if (auto) min(corner_dims(fit$q, settings$k), n_comp) else dims
  if (more > dims) {
    dims <- more
    scores <- x$scores[, seq_len(dims), drop = FALSE]
    fit <- suppressWarnings(classes = "forebear_warning_no_genotypes",
      archetypes_fit(scores, x$sample_id, settings, reason_of(x)))
  }
  result <- new_archetypes(fit, scores, x$sample_id, settings, total_ss = x$total_ss)
  result$projection <- projection_of(x, dims)
  inform_thin(result)
}

#' @rdname archetypes
#' @export
archetypes.forebear_genotypes <- function(x, k, dims = "auto",
                                          init = c("aa++", "furthest_sum", "sample", "uniform"),
                                          restarts = 5, preset = NULL,
                                          tolerance = 1e-7, max_iter = 1000, seed = 1,
                                          threads = NULL, ...) {
  check_no_dots(...)
  settings <- check_settings(k, init, restarts, preset, tolerance, max_iter, seed, threads)
  check_enough_samples(settings$k, nrow(x))
  x <- without_sex_chromosomes(x)
  space <- haplotype_space(x, if (is_auto(dims)) settings$k - 1 else dims, settings)
  if (identical(dims, "auto") && is.null(preset)) space <- with_corner_dims(space, x, settings)
  result <- new_archetypes(space$fit, space$projection$scores, x$samples$sample_id, settings,
    space$projection$total_ss)
  result$projection <- if (space$few) projection_of(space$projection, space$dims)
  result$n_families <- families_near(result$q, x, settings$threads)
  result$n_related <- related_in_fit(x, is_answered(result$q), settings$threads)
  inform_thin(result)
  add_variant_space(result, x, space$projection, settings$threads)
}

# The fit in `dims` dimensions of genotypes: fit, projection, dims, few (whether the projection has
# loadings). `given`, warnings of these classes have been given before.
haplotype_space <- function(x, dims, settings, given = character(), call = rlang::caller_env()) {
  # 0 asks for every component that there is.
  dims <- check_dims(dims, settings$preset, max(nrow(x) - 1, 1), 0L, call)
  few <- keeps_loadings(dims, settings$k)
  projection <- project_haplotype_means(x, dims, few, settings, call)
  fit <- suppressWarnings(classes = given, archetypes_fit(projection$scores, x$samples$sample_id,
    settings, reason_of(projection), call))
  list(fit = fit, projection = projection, dims = dims, few = few)
}

# Whether a fit keeps its loadings, so that new samples are projected by OADP: without, they would
# be drawn to the center. In all dimensions they would take as much memory as the genotypes.
keeps_loadings <- function(dims, k) dims > 0 && dims <= max(2 * k, k - 1 + most_corner_dims)

# `space`, a fit in k - 1 dimensions, or the fit in more if samples lie at every corner.
with_corner_dims <- function(space, x, settings, call = rlang::caller_env()) {
  dims <- corner_dims(space$fit$q, settings$k)
  if (dims == space$dims) {
    return(space)
  }
  more <- haplotype_space(x, dims, settings, "forebear_warning_no_genotypes", call)
  # In more dimensions a sample needs more genotypes: no sample is to lose an answer by that.
  same <- identical(is_answered(more$projection$scores), is_answered(space$projection$scores))
  if (same) more else space
}

# No number of dimensions is given: what the class of `x` has for that is taken.
is_auto <- function(dims) is.null(dims) || identical(dims, "auto")

# The checked settings of a fit; `preset` fills in those of the paper.
check_settings <- function(k, init, restarts, preset, tolerance, max_iter, seed, threads,
                           call = rlang::caller_env()) {
  inits <- c("aa++", "furthest_sum", "sample", "uniform")
  if (!is.null(preset)) {
    preset <- check_choice(preset, "preset", c("paper", "authors_code"), call)
    init <- "furthest_sum"
    restarts <- 1L
    tolerance <- 1e-3
    max_iter <- if (preset == "paper") 50 else 200
  }
  list(
    k = check_count(k, "k", min = 2, call = call),
    init = check_choice(init, "init", inits, call),
    restarts = check_count(restarts, "restarts", call = call),
    preset = preset,
    tolerance = check_number(tolerance, "tolerance", call = call),
    max_iter = check_count(max_iter, "max_iter", call = call),
    seed = check_seed(seed, call),
    threads = check_threads(threads, call)
  )
}

check_enough_samples <- function(k, n_samples, call = rlang::caller_env()) {
  if (k > n_samples) {
    message <- c("There cannot be more archetypes than samples.",
      x = sprintf("`k` is %d, and there %s.", k,
        if (n_samples == 1) "is 1 sample" else sprintf("are %s samples", big(n_samples))))
    abort_forebear("too_few_distinct_samples", message, call)
  }
}

of_components <- "Fit `pca()` with a larger `num_comp`, or choose a smaller `k`."
of_columns <- "The columns of `x` are its components: `dims = NULL` takes all."

check_dims <- function(dims, preset, n_there, n_all, call = rlang::caller_env(),
                       hint = of_components) {
  if (identical(dims, "all") || !is.null(preset)) {
    return(n_all)
  }
  if (is.numeric(dims) && length(dims) == 1 && is.finite(dims) && dims > n_there) {
    message <- c(sprintf("`dims` must be at most the number of components, %d.", n_there),
      x = found(dims), i = hint)
    abort_forebear("dims", message, call)
  }
  check_count(dims, "dims", call = call)
}

most_components <- function(pca) min(sum(is_answered(pca$scores)) - 1, nrow(pca$variants))

# Principal components of the centered haplotype means: half the allele counts.
project_haplotype_means <- function(x, dims, loadings, settings, call = rlang::caller_env()) {
  fit <- pca_fit(x, dims, "auto", "none", 1e-6, 100L, settings$seed, settings$threads, loadings,
    residuals = FALSE, call = call)
  if (!fit$converged) {
    warn_forebear("not_converged", c("The projection has not converged.",
      x = sprintf("After %s it still changes by %.2g.", passes(fit$passes), fit$change)), call)
  }
  projection <- new_pca(fit, x$samples$sample_id, x$variants, "none")
  projection$scores <- projection$scores / 2
  projection$singular_values <- projection$singular_values / 2
  projection$total_ss <- projection$total_ss / 4
  projection$multiplier <- projection$multiplier / 2
  projection
}

# Fits the samples that have scores, and names those that have none.
archetypes_fit <- function(scores, sample_id, settings, reason = no_scores_reason,
                           call = rlang::caller_env()) {
  scores <- answered_scores(scores, sample_id, call, reason)
  storage.mode(scores) <- "double"
  work <- function(progress) {
    rust_archetype_runs(unname(scores), settings$k, settings$init, settings$restarts,
      settings$tolerance, settings$max_iter, settings$seed, NULL, settings$threads, progress)
  }
  fit <- best_start(with_progress(work, call), call)
  if (!fit$converged && is.null(settings$preset)) {
    message <- c("The archetypes have not converged.",
      x = sprintf("The residual sum of squares still decreases after %s.",
        counted(fit$iterations, "iteration")),
      i = "Raise `max_iter` or `tolerance`.")
    warn_forebear("not_converged", message, call)
  }
  fit
}

# The run of the lowest residual, with what all of them reached: restart_rss, and
# restart_similarity, the proportion of ancestry on which each agrees with it.
best_start <- function(runs, call) {
  rss <- vapply(runs, `[[`, 0, "rss")
  fit <- runs[[which.min(rss)]]
  fit$restart_rss <- rss
  similarity <- function(run) {
    agreement(run$q[, match_columns(fit$q, run$q, call), drop = FALSE], fit$q)
  }
  fit$restart_similarity <- if (length(runs) == 1) 1 else vapply(runs, similarity, 0)
  fit
}

# fit: of the samples that have scores, alone
# q [n_samples x k] rows sum to 1, NA without scores     positions [k x dims]
# beta: archetype, sample, weight of every weight above 0; weights of an archetype sum to 1;
#   beta_sample: the rows of those samples, since IDs may occur twice
# total_ss: sum of squares of all the data that the scores stand for
# order [k]: the archetype of `fit` that becomes archetype1, archetype2, ...; if it is named, the
#   names are theirs
new_archetypes <- function(fit, scores, sample_id, settings, total_ss = NULL,
                           order = base::order(-colSums(fit$q))) {
  stopifnot(is.matrix(fit$q), is.matrix(fit$archetypes), is.character(sample_id))
  storage.mode(scores) <- "double"
  answered <- is_answered(scores)
  scores_ss <- centered_ss(scores)
  names <- names(order) %||% numbered_names(seq_along(order))
  order <- unname(order)
  beta_sample <- unname(which(answered))[fit$beta$sample]
  beta <- tibble::new_tibble(list(
    archetype = names[match(fit$beta$archetype, order)],
    sample_id = sample_id[beta_sample], weight = fit$beta$weight
  ), nrow = length(beta_sample))
  rows <- base::order(match(beta$archetype, names), -beta$weight)
  x <- list(
    q = `dimnames<-`(with_unanswered(fit$q[, order, drop = FALSE], answered),
      list(sample_id, names)),
    positions = `dimnames<-`(fit$archetypes[order, , drop = FALSE], list(names, NULL)),
    beta = beta[rows, ], beta_sample = beta_sample[rows],
    scores = `dimnames<-`(scores, list(sample_id, NULL)), sample_id = sample_id,
    rss = fit$rss, scores_ss = scores_ss, total_ss = total_ss %||% scores_ss,
    trace = fit$trace, restart_rss = fit$restart_rss, iterations = fit$iterations,
    converged = fit$converged, settings = settings[names(settings) != "threads"]
  )
  x$restart_similarity <- fit$restart_similarity
  validate_archetypes(structure(x, class = "forebear_archetypes"))
}

# Sum of squares of the samples that have scores, about their mean.
centered_ss <- function(scores) {
  sum(sweep(scores, 2, colMeans(scores, na.rm = TRUE))^2, na.rm = TRUE)
}

validate_archetypes <- function(x, call = rlang::caller_env()) {
  total <- rowSums(x$q)
  off <- is_answered(x$q) & (is.na(total) | abs(total - 1) > 1e-8 | rowSums(x$q < 0) > 0)
  if (any(off)) {
    message <- c("Every row of the Q matrix must be on the simplex: none negative, sum 1.",
      x = sprintf("%s not; the first is \"%s\".", verb(sum(off)), x$sample_id[which(off)[1]]))
    abort_forebear("archetypes_simplex", message, call)
  }
  x
}

# What is needed of a pca fit to project new samples on its leading components.
projection_of <- function(pca, dims) {
  leading <- seq_len(dims)
  list(
    loadings = pca$loadings[, leading, drop = FALSE],
    singular_values = pca$singular_values[leading],
    center = pca$center, multiplier = pca$multiplier, variants = pca$variants,
    uncalled = pca$uncalled, n_samples = length(pca$sample_id), method = "oadp",
    rotation = NULL
  )
}

# Allele frequencies of the archetypes by least squares on all the genotypes and,
# where the components are too many to keep their loadings, the directions of
# variant space that the archetypes span.
add_variant_space <- function(x, genotypes, pca, threads) {
  # A sample without an answer adds nothing to a sum over samples.
  q <- zero_unanswered(x$q)
  weights <- q %*% inverse_crossproduct(q)
  wanted <- weights
  if (is.null(x$projection)) {
    rotation <- row_basis(x$positions)
    d <- pca$singular_values
    inverse <- ifelse(d > max(d) * 1e-7, 1 / d^2, 0)
    wanted <- cbind(weights, zero_unanswered(x$scores) %*% (inverse * rotation))
  }
  # A missing genotype counts as what the leading scores predict: as the mean, it would draw all
  # archetypes toward the center.
  incomplete <- any(pca$n_used < sum(pca$multiplier != 0))
  known <- if (incomplete) unname(nan_to(x$scores, 0))
  work <- function(progress) {
    rust_variant_product(genotypes, unname(wanted), pca$center, rep(0.5, length(pca$center)),
      known, threads, progress)
  }
  product <- with_progress(work)
  k <- seq_len(x$settings$k)
  x$frequencies <- pmin(pmax(product[, k, drop = FALSE] + pca$center / 2, 0), 1)
  x$frequencies[pca$uncalled, ] <- NA
  if (is.null(x$projection)) {
    x$projection <- list(
      loadings = product[, -k, drop = FALSE], singular_values = rep(1, ncol(rotation)),
      center = pca$center, multiplier = pca$multiplier, variants = pca$variants,
      uncalled = pca$uncalled, n_samples = length(pca$sample_id), method = "simple",
      rotation = rotation
    )
  }
  x
}

# Pseudo-inverse of alpha' alpha: archetypes can coincide.
inverse_crossproduct <- function(q) {
  parts <- svd(q)
  keep <- parts$d > max(parts$d) * 1e-10
  parts$v[, keep, drop = FALSE] %*% (t(parts$v[, keep, drop = FALSE]) / parts$d[keep]^2)
}

# Orthonormal basis [dims x rank] of the rows of a matrix.
row_basis <- function(positions) {
  parts <- svd(positions, nu = 0)
  parts$v[, parts$d > max(parts$d) * 1e-10, drop = FALSE]
}

#' Weights of new samples on fitted archetypes
#'
#' The archetypes stay where they are; each new sample is projected on the space they
#' were fitted in and described by the mixture of them that comes nearest.
#'
#' @param object An [archetypes()] fit.
#' @param new_data [genotypes], which are aligned to the variants of the fit by
#'   [harmonize()], or a numeric matrix of scores with the columns that the fit was
#'   made from. A fit of a plain matrix takes a matrix only.
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @returns A tibble with one row per new sample: `sample_id`, `archetype1`,
#'   `archetype2`, ...; the weights of a row sum to 1.
#' @details New genotypes are projected by OADP (see [predict.forebear_pca()]). Where the fit
#'   used so many components that their loadings are not kept, they are projected by
#'   least squares on the space that the archetypes span.
#' @section Errors:
#' Those of [harmonize()]; `forebear_error_argument` for scores of another shape.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes[1:250, ], k = 4)
#' predict(fit, genotypes[251:260, ], strand = "same")
#' @export
predict.forebear_archetypes <- function(object, new_data, min_overlap = 0.8,
                                        strand = c("check", "same"), threads = NULL, ...) {
  check_no_dots(...)
  threads <- check_threads(threads)
  q <- if (is.matrix(new_data)) {
    weights_of_scores(object, new_data, threads)
  } else {
    weights_of_genotypes(object, new_data, min_overlap, strand, threads)
  }
  tibble::tibble(sample_id = q$sample_id, tibble::as_tibble(q$weights))
}

weights_of_scores <- function(object, scores, threads, call = rlang::caller_env()) {
  if (!is.numeric(scores) || ncol(scores) != ncol(object$positions)) {
    message <- c(sprintf("New scores must be a numeric matrix of %d columns, as in the fit.",
      ncol(object$positions)), x = sprintf("It is %s with %d.", typeof(scores), ncol(scores)))
    abort_forebear("argument", message, call)
  }
  scores <- in_columns_of(scores, object$columns, call)
  sample_id <- rownames(scores) %||% paste0("sample", seq_len(nrow(scores)))
  alpha_step(scores, object$positions, sample_id, threads, call)
}

weights_of_genotypes <- function(object, new_data, min_overlap, strand, threads,
                                 call = rlang::caller_env()) {
  projection <- object$projection
  if (is.null(projection) && !inherits(new_data, "forebear_genotypes")) {
    message <- c("New data of a fit of a plain matrix must be a matrix of scores.",
      x = sprintf("It is %s.", describe_class(new_data)))
    abort_forebear("argument", message, call)
  }
  if (is.null(projection)) {
    message <- c("A fit of a plain matrix cannot project genotypes.",
      i = "Give a matrix of scores, or fit the archetypes to genotypes or a `pca()` fit.")
    abort_forebear("argument", message, call)
  }
  aligned <- align_new_data(new_data, object, min_overlap, strand, threads, call)
  projected <- project(projection, aligned, projection$method, threads, call)
  if (projection$method == "oadp" && is.null(projection$rotation)) {
    projected <- with_known_samples(projected, object$scores, object$sample_id, projection, aligned,
      threads, call)
  }
  scores <- projected$scores
  reason <- unplaced_reason(projected, ncol(scores))
  positions <- object$positions
  if (!is.null(projection$rotation)) positions <- positions %*% projection$rotation
  alpha_step(scores, positions, aligned$samples$sample_id, threads, call, reason)
}

# Weights of new samples; NA where there are no scores.
alpha_step <- function(scores, positions, sample_id, threads, call, reason = no_scores_reason) {
  storage.mode(scores) <- "double"
  answered <- is_answered(scores)
  warn_unanswered(sample_id[!answered], reason, call, in_fit = FALSE)
  weights <- matrix(NA_real_, nrow(scores), nrow(positions))
  if (any(answered)) {
    known <- unname(scores[answered, , drop = FALSE])
    work <- function(progress) {
      rust_archetype_weights(known, unname(positions), threads, progress)
    }
    weights[answered, ] <- with_progress(work, call)
  }
  colnames(weights) <- rownames(positions)
  list(sample_id = sample_id, weights = weights)
}

#' Tidy, augmented and glanced archetypes
#'
#' @param x An [archetypes()] fit.
#' @param matrix What to tidy; see below.
#' @param new_data `NULL` for the samples of the fit; a data frame with a column
#'   `sample_id`, to which the weights are added; or [genotypes] or a matrix of
#'   scores, whose weights are predicted.
#' @param ... Must be empty, or arguments of [predict.forebear_archetypes()].
#' @returns
#' `tidy(matrix = "q")`, the Q matrix: `sample_id`, `archetype` (`"archetype1"`, ...),
#' `weight`.
#'
#' `tidy(matrix = "archetypes")`, archetypes in score space: `archetype`,
#' `component`, `value`.
#'
#' `tidy(matrix = "scores")`, the scores that were fitted: `sample_id`, `component`,
#' `value`.
#'
#' `tidy(matrix = "weights")`, of which samples an archetype is made (beta):
#' `archetype`, `sample_id`, `weight`, those above 0.
#'
#' `tidy(matrix = "variants")`, archetypes in variant space, from the scores (Z' V'
#' plus the mean of the variant): `archetype`, `variant_id`, `frequency` of the
#' `alt` allele. As an archetype is made of few samples, this is noisy, and can leave
#' 0 to 1 by what the components left out lack.
#'
#' `tidy(matrix = "frequencies")`, allele frequencies of the archetypes, by least
#' squares of the genotypes on the Q matrix, clipped to 0 to 1: `archetype`,
#' `variant_id`, `frequency`. Use these as population frequencies. A fit of
#' genotypes uses all of them; a fit of a [pca()] fit, what its components hold. A
#' variant at which no sample is called has `NA`.
#'
#' `tidy(matrix = "support")`, who stands for each archetype: `archetype`, `max_weight`, `n_near`
#' (samples with a weight of 0.9 or more), `n_families` (groups of related samples among them;
#' `NA` where this was not examined: fits of scores, fewer than 3 samples or more than 20),
#' `is_thin` (fewer than 3 samples, or one family).
#'
#' `tidy(matrix = "trace")`: `iteration` (0 is the start), `rss` of the best restart.
#'
#' `tidy(matrix = "restarts")`: `restart`, `rss`, `similarity` (proportion of ancestry on which
#' it agrees with the best in the mean sample, as in [archetypes_path()]; `NA` for a fit of a path).
#'
#' `augment()`: `sample_id` (or `new_data`) and `.archetype1`, `.archetype2`, ..., or the labels of
#' a supervised fit after a period.
#'
#' `glance()`: `k`, `n_samples`, `dims`, `rss` (in squared units of the scores: a fit
#' of genotypes, coded 0, 0.5, 1, has a quarter of that of a `pca()` fit of counts),
#' `explained_variance` (proportion of the variance of all components; of a plain matrix, of its
#' columns), `explained_variance_scores` (proportion of the variance of the scores that were fitted:
#' 1 - rss over their centered sum of squares), `iterations`, `converged`, `init`, `restarts`,
#' `n_thin_archetypes` (see `matrix = "support"`), `n_unanswered` (samples without an answer),
#' `n_agreeing` (restarts that agree with the best in 0.97 of the ancestry or more, itself
#' included),
#' `n_rarest` (samples with a weight of 0.95 or more in the archetype that has fewest of them),
#' `no_unadmixed` (whether no archetype has a group of samples at its corner), `is_small` (fewer
#' than ten samples for each archetype), `n_related` (samples of the fit with a relative in it,
#' kinship above 0.0884 by two standard errors; `NA` where this was not examined: fits of scores,
#' more than 2,000 samples).
#' @examples
#' fit <- archetypes(read_bed(example_data("panel")), k = 4)
#' tidy(fit)
#' tidy(fit, matrix = "frequencies")
#' augment(fit, read.delim(example_data("labels")))
#' @export
tidy.forebear_archetypes <- function(
    x,
    matrix = c("q", "archetypes", "scores", "weights", "variants", "frequencies", "support",
      "trace", "restarts"), ...) {
  check_no_dots(...)
  choices <- eval(formals()$matrix)
  switch(check_choice(matrix, "matrix", choices),
    q = tidy_q(x$q, x$sample_id),
    archetypes = tidy_positions(x$positions),
    scores = tidy_scores(x$scores, x$sample_id),
    weights = x$beta,
    variants = tidy_frequencies(position_frequencies(x), x),
    frequencies = tidy_frequencies(x$frequencies %||% score_frequencies(x), x),
    support = tidy_support(x),
    trace = tibble::tibble(iteration = seq_along(x$trace) - 1L, rss = x$trace),
    restarts = tibble::tibble(restart = seq_along(x$restart_rss), rss = x$restart_rss,
      similarity = x$restart_similarity %||% rep(NA_real_, length(x$restart_rss)))
  )
}

tidy_q <- function(q, sample_id) {
  tibble::tibble(
    sample_id = rep(sample_id, times = ncol(q)),
    archetype = rep(colnames(q), each = nrow(q)),
    weight = as.vector(q)
  )
}

tidy_positions <- function(positions) {
  tibble::tibble(
    archetype = rep(rownames(positions), times = ncol(positions)),
    component = rep(seq_len(ncol(positions)), each = nrow(positions)),
    value = as.vector(positions)
  )
}

tidy_frequencies <- function(frequencies, x) {
  variant_id <- x$projection$variants$variant_id
  tibble::tibble(
    archetype = rep(rownames(x$positions), each = length(variant_id)),
    variant_id = rep(variant_id, times = nrow(x$positions)),
    frequency = as.vector(frequencies)
  )
}

# Frequencies [n_variants x k] of points of score space.
position_frequencies <- function(x, positions = x$positions, call = rlang::caller_env()) {
  projection <- x$projection
  if (is.null(projection)) {
    message <- c("A fit of a plain matrix has no variants.",
      i = "Fit the archetypes to genotypes or a `pca()` fit.")
    abort_forebear("argument", message, call)
  }
  if (!is.null(projection$rotation)) positions <- positions %*% projection$rotation
  deviation <- tcrossprod(projection$loadings, positions) / projection$multiplier
  deviation[projection$multiplier == 0, ] <- 0
  deviation[projection$uncalled, ] <- NA
  (projection$center + deviation) / 2
}

# Least squares of what the components hold of the genotypes on the Q matrix.
score_frequencies <- function(x, call = rlang::caller_env()) {
  q <- zero_unanswered(x$q)
  positions <- inverse_crossproduct(q) %*% crossprod(q, zero_unanswered(x$scores))
  pmin(pmax(position_frequencies(x, positions, call), 0), 1)
}

# " (of the scores 0.8312)" where the scores that were fitted are not all of the variance.
of_scores <- function(x, explained_variance_scores) {
  if (x$total_ss > x$scores_ss) sprintf(" (of the scores %.4f)", explained_variance_scores) else ""
}

# [k] mean weights over the samples that have an answer.
mean_weights <- function(q) colMeans(q, na.rm = TRUE)

mean_weights_line <- function(q) {
  sprintf("mean weights: %s", first_of(sprintf("%s %.3f", colnames(q), mean_weights(q)), 5))
}

#' @rdname tidy.forebear_archetypes
#' @export
augment.forebear_archetypes <- function(x, new_data = NULL, ...) {
  if (inherits(new_data, c("forebear_genotypes", "matrix"))) {
    weights <- stats::predict(x, new_data, ...)
    names(weights)[-1] <- paste0(".", names(weights)[-1])
    return(weights)
  }
  check_no_dots(...)
  add_by_sample(new_data, x$sample_id, x$q, paste0(".", colnames(x$q)))
}

#' @rdname tidy.forebear_archetypes
#' @export
glance.forebear_archetypes <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    k = x$settings$k, n_samples = nrow(x$q), dims = ncol(x$positions), rss = x$rss,
    explained_variance = (x$scores_ss - x$rss) / x$total_ss,
    explained_variance_scores = 1 - x$rss / x$scores_ss,
    iterations = x$iterations, converged = x$converged,
    init = x$settings$init, restarts = x$settings$restarts,
    n_thin_archetypes = sum(tidy_support(x)$is_thin), n_unanswered = sum(!is_answered(x$q)),
    n_agreeing = n_agreeing(x$restart_similarity), n_rarest = min(n_unadmixed(x$q)),
    no_unadmixed = has_no_corner(x$q), is_small = is_small(x$q),
    n_related = x$n_related %||% NA_integer_
  )
}

# NA where the runs were not compared.
n_agreeing <- function(similarity) {
  if (is.null(similarity)) NA_integer_ else sum(similarity >= same_mode)
}

#' @export
print.forebear_archetypes <- function(x, ...) {
  glanced <- glance(x)
  lines <- c(
    sprintf("<archetypes> %d of %s in %s", glanced$k, counted_samples(is_answered(x$q)),
      counted(glanced$dims, "dimension")),
    mean_weights_line(x$q),
    sprintf("rss %.6g, explained variance %.4f%s; %s, %s", x$rss, glanced$explained_variance,
      of_scores(x, glanced$explained_variance_scores), counted(x$iterations, "iteration"),
      if (x$converged) "converged" else "NOT CONVERGED"),
    agreement_line(x), reliability_line(x)
  )
  cat(lines, sep = "\n")
  invisible(x)
}

# How far the starts agree; NULL if there was one.
agreement_line <- function(x) {
  n <- length(x$restart_similarity)
  if (n > 1) {
    sprintf("%d of %d starts agree with the best; the worst leaves %.4g times its residual",
      n_agreeing(x$restart_similarity), n, max(x$restart_rss) / min(x$restart_rss))
  }
}
