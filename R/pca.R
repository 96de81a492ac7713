#' Principal components of genotypes
#'
#' Projects samples on the directions of largest variance, straight from the
#' packed genotypes: the genotype matrix is never expanded.
#'
#' Genotypes are centered by twice the allele frequency p and, with `scale = "binomial"`, divided
#' by `sqrt(2 p (1 - p))`. Every component is given the sign that makes its loading of largest
#' absolute value positive, so that two runs agree.
#'
#' `method = "exact"` accumulates the samples x samples matrix of inner products and
#' takes its eigenvectors; it can give all n - 1 components, its cost grows with the
#' square of the number of samples. `method = "randomized"` builds a block Krylov
#' space from a few passes over the file and goes on until the components stop
#' changing; its cost grows with the number of samples. `"auto"` chooses by the
#' number of samples and components.
#'
#' @section Components inside the noise:
#' Samples without any structure have components too: their largest eigenvalues follow the
#' Tracy-Widom law. `tidy(matrix = "eigenvalues")` tests every component against what is left
#' after those before it (Patterson, Price and Reich 2006: the effective number of variants,
#' fewer where they are in linkage disequilibrium, comes from the spread of the eigenvalues); from
#' the first component with a `p_value` of 0.05 or more on, all are `inside_noise`. `glance()` has
#' `n_above_noise`, `autoplot(type = "scree")` draws the others hollow. Such a component is one of
#' many equal directions: it will be another with other variants. With
#' `method = "randomized"` it does not hold up the fit either: once it gains less than 1 percent
#' of its eigenvalue in a pass and is expected to stay inside, only the components above the noise
#' must meet `tolerance`. The spread is estimated there from the products with four random
#' directions.
#'
#' @section Missing genotypes:
#' The scores of a sample that lacks genotypes are those that fit the genotypes it has best
#' (least squares on the loadings), so that it lies where it would lie if nothing were missing,
#' only less certainly; taking the mean for what is missing would pull it toward the center. The
#' loadings count a missing genotype as the mean of its variant, unless a sample lacks more than
#' 5 %: then they too are fitted to what was observed alone, which takes more passes over the
#' genotypes. Beyond 32 components, or 1/10 of the number of samples, scores are those of
#' genotypes whose missing entries are what the leading components predict. A sample without a
#' genotype that varies, or with fewer than ten for every component where some are missing, has no
#' place: its scores are `NA`, and a warning of class `forebear_warning_no_genotypes` names it.
#' How many genotypes the scores of a sample rest on is `.n_variants` in [augment()]. Where a sample
#' lacks more than 5 %, `.se_PC1`, ... are standard errors of what missing genotypes leave open, as
#' in [predict()][predict.forebear_pca], for the components that are found by least squares.
#'
#' @param x [genotypes], or a matrix that [as_genotypes()] takes.
#' @param num_comp Number of components; by default no more than samples and variants allow, which a
#'   message of class `forebear_message_adapted` says.
#' @param method `"auto"`, `"exact"` or `"randomized"`.
#' @param scale `"binomial"` for population structure; `"none"` leaves allele counts
#'   centered but unscaled, as archetypal analysis wants them.
#' @param tolerance Of the randomized method: go on until the estimated loss of
#'   explained variance of the components is below this.
#' @param max_passes Of the randomized method: give up after this many passes over
#'   the file, with a warning of class `forebear_warning_not_converged`.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_pca`. [tidy()] gives scores, loadings and
#'   eigenvalues, [augment()] one row per sample, [glance()] one row in all,
#'   [predict()][predict.forebear_pca] projects new samples, [autoplot()][autoplot.forebear_pca]
#'   draws.
#' @section Errors:
#' `forebear_error_num_comp` (more components than the data have),
#' `forebear_error_no_variation`, `forebear_error_too_few_samples` and
#' others of class `forebear_error`.
#' @references
#' Musco C. and Musco C. (2015), Randomized block Krylov methods.
#' Patterson N., Price A. L. and Reich D. (2006), PLoS Genetics 2:e190 (number of components).
#' Gimbernat-Mayol J. et al. (2022), equation 1.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- pca(genotypes, num_comp = 4)
#' fit
#' tidy(fit, matrix = "eigenvalues")
#' @export
pca <- function(x, ...) UseMethod("pca")

#' @export
pca.default <- function(x, ...) {
  message <- c("Principal components are taken of genotypes or a matrix of them.",
    x = sprintf("`x` is %s.", describe_class(x)), i = "Read a file with `read_bed()` first.")
  abort_forebear("argument", message)
}

#' @rdname pca
#' @export
pca.matrix <- function(x, num_comp = 10, ...) {
  if (missing(num_comp)) pca(as_genotypes(x), ...) else pca(as_genotypes(x), num_comp, ...)
}

#' @rdname pca
#' @export
pca.forebear_genotypes <- function(x, num_comp = 10, method = c("auto", "exact", "randomized"),
                                   scale = c("binomial", "none"), tolerance = 1e-6,
                                   max_passes = 100, sex_chromosomes = "auto", seed = 1,
                                   threads = NULL, ...) {
  check_no_dots(...)
  if (missing(num_comp)) {
    most <- min(nrow(x) - 1, ncol(x))
    num_comp <- adapted("num_comp", num_comp, most, 1, if (most < nrow(x) - 1)
      counted(ncol(x), "variant") else counted(nrow(x), "sample"))
  }
  num_comp <- check_count(num_comp, "num_comp")
  method <- check_choice(method, "method", c("auto", "exact", "randomized"))
  scale <- check_choice(scale, "scale", c("binomial", "none"))
  tolerance <- check_number(tolerance, "tolerance", min = 1e-15, max = 1)
  max_passes <- check_count(max_passes, "max_passes", min = 2)
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  x <- without_sex_chromosomes(x, sex_chromosomes)
  fit <- pca_fit(x, num_comp, method, scale, tolerance, max_passes, seed, threads, errors = TRUE)
  if (!fit$converged) {
    message <- c("The components have not converged.",
      x = sprintf("After %s they still change by %.2g.", passes(fit$passes), fit$change),
      i = "Raise `max_passes`, ask for fewer components, or use method = \"exact\".")
    warn_forebear("not_converged", message)
  }
  warn_unplaced(fit, x$samples$sample_id, num_comp)
  new_pca(fit, x$samples$sample_id, x$variants, scale)
}

# Names the samples of which too little is known for `fit$scores`.
warn_unplaced <- function(fit, sample_id, num_comp, call = rlang::caller_env(), in_fit = TRUE) {
  unplaced <- !is_answered(fit$scores)
  if (in_fit) check_some_answered(!unplaced, call)
  reason <- unplaced_reason(fit, num_comp, if (in_fit) length(unplaced) else Inf)
  warn_unanswered(sample_id[unplaced], reason, call, in_fit)
}

# Why samples whose scores are NA have none, in the words of warn_unanswered(). Least squares are on
# at most 32 components and, of `n_fitted` samples of a fit, on 1/10 of their number.
unplaced_reason <- function(fit, num_comp, n_fitted = Inf) {
  rank <- min(num_comp, 32, max(2, n_fitted %/% 10))
  reason <- why_unanswered(fit$n_used[!is_answered(fit$scores)], Inf, rank)
  replace(reason, is.na(reason), "whose genotypes do not determine every component")
}

passes <- function(n) paste(n, if (n == 1) "pass" else "passes")

pca_fit <- function(x, num_comp, method, scale, tolerance, max_passes, seed, threads,
                    loadings = TRUE, residuals = loadings, errors = FALSE,
                    call = rlang::caller_env()) {
  work <- function(progress) {
    rust_pca(x, num_comp, method, scale, tolerance, max_passes, seed, loadings, residuals,
      errors, threads, progress)
  }
  fit <- with_progress(work, call)
  if (!is.null(fit$std_errors)) fit$std_errors <- nan_to_na(fit$std_errors)
  fit
}

# scores   [n_samples x n_components] U d      loadings [n_variants x n_components] V
# center   [n_variants] 2p                     multiplier [n_variants] 1 / sd, 0 if monomorphic
# n_used   [n_samples] genotypes that the scores of a sample rest on
# std_errors [n_samples x n_components] of what missing genotypes leave open of the scores, absent
#          where no sample lacks more than 5 %
# tracy_widom [n_components] statistics, NA where nothing is left to compare with
# n_above_noise: components before the first that noise explains
# uncalled: variants without a called genotype, whose center is 0 for want of a mean
# residuals  what new samples are compared with: ratios [n_samples] rising, skew [n_components],
#            called [1]; see residual.rs
new_pca <- function(fit, sample_id, variants, scale) {
  stopifnot(is.matrix(fit$scores), is.character(sample_id), nrow(fit$scores) == length(sample_id))
  names <- paste0("PC", seq_len(ncol(fit$scores)))
  x <- list(
    scores = matrix(nan_to_na(fit$scores), ncol = length(names), dimnames = list(sample_id, names)),
    loadings = fit$loadings, singular_values = fit$singular_values, total_ss = fit$total_ss,
    center = fit$center, multiplier = fit$multiplier, sample_id = sample_id, variants = variants,
    residuals = fit$residuals, scale = scale, method = fit$method, passes = fit$passes,
    converged = fit$converged, n_missing = fit$n_missing, n_monomorphic = fit$n_monomorphic,
    uncalled = fit$uncalled, n_used = fit$n_used, tracy_widom = nan_to_na(fit$tracy_widom),
    n_above_noise = fit$n_above_noise
  )
  x$std_errors <- fit$std_errors
  structure(x, class = "forebear_pca")
}

#' Project new samples on principal components
#'
#' Samples that took no part in a fit are pulled toward the origin by the plain
#' projection, the more the later the component. `method = "oadp"` (online
#' augmentation, decomposition and Procrustes) adds each sample to the
#' decomposition in turn and rotates the result back onto the reference; it removes
#' most of that shrinkage.
#'
#' Samples that took part in the fit and are given again (the same ID and genotypes) are not new:
#' they have their simple scores, those of the fit, and a message of class
#' `forebear_message_known_samples` names them.
#'
#' New genotypes are aligned to the variants of the fit by [harmonize()]; a message of class
#' `forebear_message_overlap` says how many variants the new data do not have.
#'
#' @section Missing genotypes and absent variants:
#' Scores are least squares on the genotypes that a sample has, of which there are `.n_variants`
#' (called, and varying in the fit). `.se_PC1`, ... are standard errors of what the missing ones
#' may have done: how far the scores may lie from those of the same sample if it were complete, so
#' 0 where nothing is missing. They allow for linkage disequilibrium by summing residuals
#' over up to 100 blocks of consecutive variants: what is missing in whole blocks leaves larger
#' errors than what is missing here and there. Beyond 32 components they are `NA`. Scores are `NA`,
#' with a warning of class `forebear_warning_no_genotypes`, for a sample without a usable genotype,
#' with fewer than ten for every component where some are missing, or whose genotypes leave a
#' component undetermined.
#'
#' @section Samples that the reference does not explain:
#' The components describe part of a sample; `.residual` is the rest, as a multiple of
#' what is expected in Hardy-Weinberg proportions at the allele frequencies that the
#' components predict for it. It is near 1 for a sample of a population that the fit
#' knows, or a mixture of such, and larger for others. `.outlier` is the proportion of the
#' fitted samples with a smaller `.residual`, each of them taken as if it had been left
#' out of the fit. It is spread evenly over 0 to 1 for new samples of the populations
#' of the fit, so `1 - .outlier` is a p-value, whose least value is 1 / (n + 1) with n
#' fitted samples; above 0.99 or so, no population of the reference explains the sample.
#' Inbreeding, genotyping errors and contamination raise it too. With few called
#' genotypes it is drawn toward the middle; without any both are `NA`.
#'
#' @param object A [pca()] fit.
#' @param new_data [genotypes], or a matrix that [as_genotypes()] takes and whose
#'   columns are the variants of the fit, in their order.
#' @param method `"oadp"` or `"simple"`; of [masked][mask_haplotypes] haplotypes `"simple"` if it is
#'   not said: where one allele is left it counts twice, and what the components leave of such a
#'   sample is too much for OADP to be right.
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @returns A tibble with one row per new sample: `sample_id`, `PC1`, `PC2`, ...,
#'   `.outlier`, `.residual`, `.n_variants`, `.se_PC1`, `.se_PC2`, ...
#' @section Errors:
#' Those of [harmonize()].
#' @references Zhang D., Dey R. and Lee S. (2020), Bioinformatics 36:3439.
#' Vovk V., Gammerman A. and Shafer G. (2005), Algorithmic Learning in a Random World.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- pca(genotypes[1:200, ], num_comp = 3)
#' predict(fit, genotypes[201:210, ], strand = "same")
#' @export
predict.forebear_pca <- function(object, new_data, method = c("oadp", "simple"), min_overlap = 0.8,
                                 strand = c("check", "same"), threads = NULL, ...) {
  check_no_dots(...)
  # OADP would take the double variance of single alleles that count twice for a component.
  if (missing(method) && is_masked(new_data)) method <- "simple"
  method <- check_choice(method, "method", c("oadp", "simple"))
  threads <- check_threads(threads)
  aligned <- align_new_data(new_data, object, min_overlap, strand, threads)
  projected <- project(object, aligned, method, threads, errors = TRUE)
  if (method == "oadp") {
    projected <- with_known_samples(projected, object$scores, object$sample_id, object, aligned,
      threads)
  }
  scores <- projected$scores
  warn_unplaced(projected, aligned$samples$sample_id, ncol(scores), in_fit = FALSE)
  colnames(scores) <- paste0("PC", seq_len(ncol(scores)))
  errors <- projected$std_errors
  colnames(errors) <- paste0(".se_", colnames(scores))
  tibble::tibble(
    sample_id = aligned$samples$sample_id, tibble::as_tibble(scores),
    .outlier = nan_to_na(projected$outlier), .residual = nan_to_na(projected$residual),
    .n_variants = projected$n_used, tibble::as_tibble(errors)
  )
}

nan_to_na <- function(x) replace(x, is.nan(x), NA)

# Aligned genotypes in the space of a projection: scores [n_new x n_components], NA for a sample of
# which too little is known; n_used [n_new] genotypes that they rest on; outlier and residual
# [n_new], if the projection knows the residuals of its own samples. With `errors`, of the scores:
# std_errors [n_new x n_components], and covariances, lower triangles by row, or NULL if nothing is
# missing.
project <- function(projection, aligned, method, threads, call = rlang::caller_env(),
                    errors = FALSE) {
  work <- function(progress) {
    rust_project(aligned, projection$loadings, projection$singular_values, projection$center,
      projection$multiplier, projection$residuals, method, errors, threads, progress)
  }
  projected <- with_progress(work, call)
  numbers <- c("scores", "std_errors", "covariances")
  projected[numbers] <- lapply(projected[numbers], function(x) if (!is.null(x)) nan_to_na(x))
  projected
}

#' Tidy, augmented and glanced principal components
#'
#' @param x A [pca()] fit.
#' @param matrix What to tidy: `"scores"`, `"loadings"` or `"eigenvalues"`.
#' @param new_data `NULL` for the samples of the fit; a data frame with a column
#'   `sample_id`, to which the scores are added (`NA`, with a message, for samples that are not in
#'   the fit); or [genotypes], which are projected.
#' @param ... Must be empty, or arguments of [predict.forebear_pca()].
#' @returns
#' `tidy(matrix = "scores")`: one row per sample and component: `sample_id`,
#' `component` (integer), `value`.
#'
#' `tidy(matrix = "loadings")`: one row per variant and component: `variant_id`,
#' `chrom`, `position_bp`, `component`, `value`.
#'
#' `tidy(matrix = "eigenvalues")`: one row per component: `component`, `eigenvalue`
#' (variance of the scores, as in [stats::prcomp()]: squared singular value over
#' n - 1), `percent_variance` of the variance of all components,
#' `cumulative_percent`, `tracy_widom` (the statistic; `NA` where too few components are left to
#' compare with), its `p_value` and `inside_noise` (`NA` where none was found before those without a
#' test): see the section on noise of [pca()].
#'
#' `augment()`: `sample_id` (or `new_data`), `.PC1`, `.PC2`, ... and `.n_variants`, the genotypes
#' that they rest on; where a sample lacks more than 5 % of its genotypes also standard errors
#' `.se_PC1`, `.se_PC2`, ...; for new [genotypes] all that [predict.forebear_pca()] gives.
#'
#' `glance()`: `n_samples`, `n_variants`, `num_comp`, `method`, `scale`,
#' `percent_variance` of the components together, `n_missing`, `n_monomorphic`,
#' `passes`, `converged`, `n_above_noise` (components before the first that noise explains).
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- pca(genotypes, num_comp = 2)
#' tidy(fit)
#' augment(fit, read.delim(example_data("labels")))
#' glance(fit)
#' @export
tidy.forebear_pca <- function(x, matrix = c("scores", "loadings", "eigenvalues"), ...) {
  check_no_dots(...)
  switch(check_choice(matrix, "matrix", c("scores", "loadings", "eigenvalues")),
    scores = tidy_scores(x$scores, x$sample_id),
    loadings = tidy_loadings(x),
    eigenvalues = tidy_eigenvalues(x)
  )
}

tidy_scores <- function(scores, sample_id) {
  tibble::tibble(
    sample_id = rep(sample_id, times = ncol(scores)),
    component = rep(seq_len(ncol(scores)), each = nrow(scores)),
    value = as.vector(scores)
  )
}

tidy_loadings <- function(x) {
  n_comp <- ncol(x$loadings)
  tibble::tibble(
    variant_id = rep(x$variants$variant_id, times = n_comp),
    chrom = rep(x$variants$chrom, times = n_comp),
    position_bp = rep(x$variants$position_bp, times = n_comp),
    component = rep(seq_len(n_comp), each = nrow(x$loadings)),
    value = as.vector(x$loadings)
  )
}

tidy_eigenvalues <- function(x) {
  percent <- 100 * x$singular_values^2 / x$total_ss
  # Fits that an earlier version wrote were not tested.
  statistic <- x$tracy_widom %||% rep(NA_real_, length(percent))
  tibble::tibble(
    component = seq_along(percent),
    eigenvalue = x$singular_values^2 / (length(x$sample_id) - 1),
    percent_variance = percent,
    cumulative_percent = cumsum(percent), tracy_widom = statistic,
    p_value = tracy_widom_p(statistic), inside_noise = inside_noise(x)
  )
}

# Upper tail of the Tracy-Widom law of real matrices by a shifted gamma distribution with its mean,
# variance and skewness (Chiani 2014, Journal of Multivariate Analysis 129:69).
tracy_widom_p <- function(statistic) {
  stats::pgamma(statistic + 9.84801, shape = 46.446, scale = 0.186054, lower.tail = FALSE)
}

# [n_components] From the first component that noise explains on all are inside it, tested or not.
# NA for those that were not tested before one was found.
inside_noise <- function(x) {
  if (is.null(x$tracy_widom) || is.null(x$n_above_noise)) {
    return(rep(NA, length(x$singular_values)))
  }
  inside <- seq_along(x$singular_values) > x$n_above_noise
  replace(inside, inside & cumsum(inside & !is.na(x$tracy_widom)) == 0, NA)
}

#' @rdname tidy.forebear_pca
#' @export
augment.forebear_pca <- function(x, new_data = NULL, ...) {
  if (inherits(new_data, c("forebear_genotypes", "matrix"))) {
    scores <- stats::predict(x, new_data, ...)
    names(scores)[-1] <- sub("^[.]?", ".", names(scores)[-1])
    return(scores)
  }
  check_no_dots(...)
  names <- paste0(".PC", seq_len(ncol(x$scores)))
  values <- tibble::as_tibble(`dimnames<-`(x$scores, list(NULL, names)))
  values$.n_variants <- x$n_used %||% NA_integer_
  if (!is.null(x$std_errors)) {
    se_names <- paste0(".se_", colnames(x$scores))
    values <- cbind(values, `dimnames<-`(x$std_errors, list(NULL, se_names)))
    values <- tibble::as_tibble(values)
  }
  add_by_sample(new_data, x$sample_id, values, names(values))
}

# `values` [n_samples x n_columns] beside `sample_id`, or beside the rows of a user's table.
add_by_sample <- function(new_data, sample_id, values, names, call = rlang::caller_env()) {
  if (is.matrix(values)) values <- tibble::as_tibble(`dimnames<-`(values, list(NULL, names)))
  if (is.null(new_data)) {
    return(tibble::tibble(sample_id = sample_id, values))
  }
  if (!is.data.frame(new_data) || !"sample_id" %in% names(new_data)) {
    message <- c("`new_data` must be a data frame with a column `sample_id`, or genotypes.",
      x = found(new_data))
    abort_forebear("argument", message, call)
  }
  repeated <- intersect(new_data$sample_id, sample_id[duplicated(sample_id)])
  if (length(repeated) > 0) {
    message <- c("Rows can be joined by a sample ID only if the ID occurs once in the fit.",
      x = sprintf("%s not: %s.", verb(length(repeated)), quoted(repeated)))
    abort_forebear("duplicate_ids", message, call)
  }
  clash <- intersect(names, names(new_data))
  if (length(clash) > 0) {
    message <- c("`new_data` must not have the columns that are added.",
      x = sprintf("It has %s.", quoted(clash)), i = "Was it augmented before?")
    abort_forebear("argument", message, call)
  }
  new_data <- tibble::as_tibble(new_data)
  new_data$sample_id <- id_text(new_data$sample_id)
  check_known_samples(new_data$sample_id, sample_id, "new_data", "unknown_sample", call)
  rows <- match(new_data$sample_id, sample_id)
  tibble::add_column(new_data, vctrs::vec_slice(values, rows))
}

#' @rdname tidy.forebear_pca
#' @export
glance.forebear_pca <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    n_samples = length(x$sample_id), n_variants = nrow(x$variants),
    num_comp = length(x$singular_values), method = x$method, scale = x$scale,
    percent_variance = 100 * sum(x$singular_values^2) / x$total_ss,
    n_missing = x$n_missing, n_monomorphic = x$n_monomorphic,
    passes = x$passes, converged = x$converged, n_above_noise = x$n_above_noise %||% NA_integer_
  )
}

#' @export
print.forebear_pca <- function(x, ...) {
  glanced <- glance(x)
  percent <- tidy_eigenvalues(x)$percent_variance
  lines <- c(
    sprintf("<pca> %s of %s x %s (%s, scale = \"%s\")",
      counted(glanced$num_comp, "component"), counted(glanced$n_samples, "sample"),
      counted(glanced$n_variants, "variant"), x$method, x$scale),
    sprintf("variance: %s", first_of(sprintf("PC%d %.2f %%", seq_along(percent), percent))),
    sprintf("missing genotypes: %s; monomorphic variants: %s; %s",
      big(x$n_missing), big(x$n_monomorphic),
      if (x$converged) "converged" else "NOT CONVERGED"),
    noise_line(x)
  )
  cat(lines, sep = "\n")
  invisible(x)
}

# Which components are no larger than noise makes them; NULL if none is.
noise_line <- function(x) {
  inside <- which(inside_noise(x))
  if (length(inside) > 0) {
    sprintf("inside the noise: %s", first_of(sprintf("PC%d", inside)))
  }
}
