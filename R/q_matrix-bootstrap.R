#' Standard errors of ancestry by resampling variants
#'
#' How much would the Q matrix of an [archetypes()] or [admixture()] fit change with other variants
#' of the same genome? Blocks of consecutive variants are drawn with replacement, as many as there
#' are, the analysis is repeated on what was drawn, and the spread of the weights over the
#' replicates is their standard error.
#'
#' Blocks never span two chromosomes; variants of one block keep their linkage disequilibrium, so
#' blocks should be longer than it reaches. Each replicate takes its own leading components, as
#' many as the fit used, and the archetypes start from those of the fit and are moved to the
#' nearest optimum; columns are paired with those of the fit (Hungarian method), so that names
#' mean the same in every replicate. Genotypes are not copied: drawing a block twice doubles its
#' weight.
#'
#' The components of all replicates come from one sweep over the genotypes by the Nyström method:
#' from what the inner products of a replicate make of the leading components of all variants and
#' ten more. That is exact where the components that stand out of the noise are no more than these,
#' and tested against resampled genotypes that are written out.
#'
#' A replicate of [admixture()] is a fit of the variants that were drawn, which starts at the
#' weights of the fit and follows its settings, as the `-B` of ADMIXTURE: it takes about as
#' long as the fit itself.
#'
#' @section What it does not say:
#' The spread of the choice of variants only: neither that of the choice of samples, nor the bias
#' that comes from archetypes being mixtures of the samples at hand. A weight at 0 or 1 in
#' every replicate has a standard error of 0.
#'
#' @param fit An [archetypes()] fit of genotypes or of a [pca()] fit, what [best_fit()] gives, or an
#'   [admixture()] fit.
#' @param genotypes The [genotypes] that it was made from.
#' @param replicates Number of replicates.
#' @param block_size Number of variants in a block; the last of a chromosome's blocks are made
#'   equally long. `NULL` cuts the genome into about 200 blocks.
#' @param level Proportion of the replicates inside `lower` to `upper`.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_ancestry_bootstrap`.
#'   [tidy()][tidy.forebear_ancestry_bootstrap] gives one
#'   row per sample and archetype: `sample_id`, `archetype`, `weight` (of the fit), `std_error`,
#'   `lower`, `upper`; [autoplot()][autoplot.forebear_ancestry_bootstrap] draws bars with their
#'   uncertainty. It holds the weights of all replicates: samples x archetypes x replicates
#'   numbers.
#' @section Errors:
#' `forebear_error_other_genotypes` if samples or variants are not those of the fit;
#' `forebear_error_bootstrap_dims` for a fit in more than 100 dimensions;
#' `forebear_error_too_few_blocks` if there are fewer than 2 blocks.
#' @references Künsch H. R. (1989), Annals of Statistics 17:1217 (block bootstrap).
#'   Halko N., Martinsson P. G. and Tropp J. A. (2011), SIAM Review 53:217 (Nyström method).
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 3)
#' bootstrap <- bootstrap_ancestry(fit, genotypes, replicates = 20)
#' tidy(bootstrap)
#' @export
bootstrap_ancestry <- function(fit, genotypes, replicates = 100, block_size = NULL, level = 0.95,
                               seed = 1, threads = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  genotypes <- variants_of_fit(fit, genotypes)
  check_bootstrapped(fit, genotypes, call)
  replicates <- check_count(replicates, "replicates", min = 2)
  level <- check_number(level, "level", min = 0, max = 1)
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  lengths <- block_lengths(genotypes$variants$chrom, block_size, call)
  answered <- is_answered(fit$q)
  warn_unanswered(fit$sample_id[!answered], "without an answer in the fit", call)
  resample <- if (inherits(fit, "forebear_admixture")) bootstrap_admixture else bootstrap_fit
  q <- resample(answered_part(fit, answered), genotypes[which(answered), ], replicates,
    lengths, seed, threads, call)
  new_ancestry_bootstrap(fit$q, q, length(lengths), level)
}

# The fit may have left out sex chromosomes of the genotypes that it was given.
variants_of_fit <- function(fit, genotypes) {
  n <- if (inherits(fit, "forebear_archetypes")) nrow(fit$projection$variants)
  if (!inherits(genotypes, "forebear_genotypes") || is.null(n) || ncol(genotypes) == n) {
    return(genotypes)
  }
  suppressMessages(without_sex_chromosomes(genotypes),
    classes = "forebear_message_sex_chromosomes")
}

check_bootstrapped <- function(fit, genotypes, call) {
  is_own <- inherits(fit, "forebear_archetypes")
  if (!is_own || is.null(fit$projection)) {
    message <- c(
      "`fit` must be an `admixture()` fit, or an `archetypes()` fit of genotypes or components.",
      x = if (is_own) {
        "It is a fit of a plain matrix, which knows no variants."
      } else {
        sprintf("It is %s.", describe_class(fit))
      })
    abort_forebear("argument", message, call)
  }
  if (!inherits(genotypes, "forebear_genotypes")) {
    message <- c("`genotypes` must be those that the fit was made from.",
      x = sprintf("It is %s.", describe_class(genotypes)))
    abort_forebear("argument", message, call)
  }
  check_genotypes_of_fit(fit, genotypes, call,
    "Give the same object as to `archetypes()` or `pca()`.")
  if (!is.null(fit$positions) && ncol(fit$positions) > 100) {
    message <- c("Only fits in at most 100 dimensions can be resampled.",
      x = sprintf("The fit used %d.", ncol(fit$positions)),
      i = "Fit with `dims = NULL`, which is k - 1.")
    abort_forebear("bootstrap_dims", message, call)
  }
}

# Lengths of blocks of consecutive variants, in their order; none spans two chromosomes. The blocks
# of a chromosome differ by one variant at most.
block_lengths <- function(chrom, block_size, call = rlang::caller_env()) {
  block_size <- block_size %||% max(1, ceiling(length(chrom) / 200))
  block_size <- check_count(block_size, "block_size", call = call)
  n_variants <- rle(as.character(chrom))$lengths
  cut <- function(n) {
    n_blocks <- max(1, round(n / block_size))
    diff(round(seq(0, n, length.out = n_blocks + 1)))
  }
  lengths <- as.integer(unlist(lapply(n_variants, cut)))
  if (length(lengths) < 2) {
    message <- c("There must be at least 2 blocks of variants.",
      x = sprintf("%s in blocks of %d make %s.", counted(length(chrom), "variant"), block_size,
        counted(length(lengths), "block")),
      i = "Choose a smaller `block_size`.")
    abort_forebear("too_few_blocks", message, call)
  }
  lengths
}

# [n_samples x k x replicates] weights. Replicates are worked on as many at a time as 256 MB hold.
bootstrap_fit <- function(fit, genotypes, replicates, lengths, seed, threads, call) {
  projection <- fit$projection
  multiplier <- projection$multiplier
  scores <- unname(nan_to(fit$scores, 0))
  incomplete <- incomplete_genotypes(fit, genotypes, threads, call)
  start <- start_of(fit)
  k <- ncol(fit$q)
  work <- function(progress) {
    basis <- answer(rust_resample_basis(genotypes, incomplete, scores, projection$center,
      multiplier, seed, threads, progress), call)
    at_once <- max(1, floor(2^28 / (8 * length(basis))))
    firsts <- seq(1, replicates, by = at_once)
    batches <- lapply(firsts, function(first) {
      last <- as.integer(min(first + at_once - 1, replicates))
      tables <- answer(rust_replicate_scores(genotypes, incomplete, basis, ncol(scores),
        projection$center, multiplier, lengths, as.integer(first), last, seed, threads, progress),
      call)
      answer(rust_archetype_refits(tables, start, k, 1e-6, 1000L, threads, progress), call)
    })
    unlist(batches, recursive = FALSE)
  }
  refits <- with_progress(work, call)
  paired <- lapply(refits, function(q) q[, match_columns(fit$q, q, call)])
  array(unlist(paired), c(nrow(fit$q), k, replicates))
}

# What stands for missing genotypes, as Rust wants it; NULL if nothing is missing.
incomplete_genotypes <- function(fit, genotypes, threads, call) {
  projection <- fit$projection
  counted <- count_used_genotypes(genotypes, threads, which(projection$multiplier != 0), call)
  if (all(counted$n_called == counted$n_variants)) {
    return(NULL)
  }
  scores <- unname(nan_to(fit$scores, 0))
  fill <- if (is.null(projection$rotation)) scores else scores %*% projection$rotation
  list(fill_scores = fill, loadings = unname(projection$loadings), scores = scores,
    called = counted$n_called / counted$n_variants)
}

# The fit of the samples that have an answer alone.
answered_part <- function(fit, answered) {
  fit$q <- fit$q[answered, , drop = FALSE]
  if (inherits(fit, "forebear_admixture")) {
    return(fit)
  }
  fit$scores <- fit$scores[answered, , drop = FALSE]
  fit$beta_sample <- cumsum(answered)[fit$beta_sample]
  fit
}

# What the archetypes are made of, as Rust wants it.
start_of <- function(fit) {
  list(
    archetype = match(fit$beta$archetype, rownames(fit$positions)),
    sample = fit$beta_sample,
    weight = fit$beta$weight
  )
}

# q [n_samples x k] of the fit, named, NA without an answer
# replicates [n_answered x k x n_replicates]
new_ancestry_bootstrap <- function(q, replicates, n_blocks, level) {
  all <- array(NA_real_, c(dim(q), dim(replicates)[3]))
  all[is_answered(q), , ] <- replicates
  replicates <- all
  stopifnot(is.matrix(q), length(dim(replicates)) == 3, identical(dim(replicates)[1:2], dim(q)))
  x <- list(q = q, replicates = replicates, n_blocks = n_blocks, level = level)
  structure(x, class = "forebear_ancestry_bootstrap")
}

#' Tidy and glanced bootstrap of ancestry
#'
#' @param x What [bootstrap_ancestry()] gave.
#' @param matrix What to tidy; see below.
#' @param ... Must be empty.
#' @returns
#' `tidy(matrix = "q")`: one row per sample and archetype: `sample_id`, `archetype`, `weight` of the
#' fit, `std_error` (standard deviation over the replicates), `lower` and `upper` (quantiles of the
#' replicates that hold `level` of them).
#'
#' `tidy(matrix = "boundaries")`: the same for the sum of the weights of an archetype and all before
#' it, which is where its color ends in a bar: `sample_id`, `archetype` (all but the last),
#' `boundary`, `std_error`, `lower`, `upper`.
#'
#' `glance()`: `n_samples`, `k`, `n_replicates`, `n_blocks`, `level`, `mean_std_error`,
#' `max_std_error`.
#' @family archetype paths
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 3)
#' glance(bootstrap_ancestry(fit, genotypes, replicates = 20))
#' @export
tidy.forebear_ancestry_bootstrap <- function(x, matrix = c("q", "boundaries"), ...) {
  check_no_dots(...)
  if (check_choice(matrix, "matrix", c("q", "boundaries")) == "q") {
    return(tidy_spread(x$q, x$replicates, x$level, "weight"))
  }
  inner <- seq_len(ncol(x$q) - 1)
  height <- cumulative_weights(x$q)[, inner, drop = FALSE]
  heights <- x$replicates
  for (archetype in inner[-1]) {
    heights[, archetype, ] <- heights[, archetype, ] + heights[, archetype - 1, ]
  }
  tidy_spread(height, heights[, inner, , drop = FALSE], x$level, "boundary")
}

# Values [n_samples x n_columns] with what their replicates say, one row per entry.
tidy_spread <- function(values, replicates, level, name) {
  flat <- matrix(replicates, ncol = dim(replicates)[[3]])
  table <- tibble::tibble(
    sample_id = rep(rownames(values), times = ncol(values)),
    archetype = rep(colnames(values), each = nrow(values)),
    value = as.vector(values),
    std_error = sqrt(rowSums((flat - rowMeans(flat))^2) / (ncol(flat) - 1)),
    lower = row_quantile(flat, (1 - level) / 2), upper = row_quantile(flat, (1 + level) / 2)
  )
  names(table)[[3]] <- name
  table
}

# stats::quantile(type = 7) of every row.
row_quantile <- function(x, probability) {
  sorted <- matrix(x[order(row(x), x)], nrow(x), byrow = TRUE)
  at <- 1 + probability * (ncol(x) - 1)
  below <- floor(at)
  above <- min(below + 1, ncol(x))
  sorted[, below] + (at - below) * (sorted[, above] - sorted[, below])
}

#' @rdname tidy.forebear_ancestry_bootstrap
#' @export
glance.forebear_ancestry_bootstrap <- function(x, ...) {
  check_no_dots(...)
  std_error <- tidy(x)$std_error
  tibble::tibble(
    n_samples = nrow(x$q), k = ncol(x$q), n_replicates = dim(x$replicates)[[3]],
    n_blocks = x$n_blocks, level = x$level, mean_std_error = mean(std_error, na.rm = TRUE),
    max_std_error = max(std_error, na.rm = TRUE)
  )
}

#' @export
print.forebear_ancestry_bootstrap <- function(x, ...) {
  glanced <- glance(x)
  lines <- c(
    sprintf("<ancestry_bootstrap> %d archetypes of %s", glanced$k,
      counted_samples(is_answered(x$q))),
    sprintf("%s of %s of variants", counted(glanced$n_replicates, "replicate"),
      counted(glanced$n_blocks, "block")),
    sprintf("standard errors of the weights: mean %.4f, largest %.4f", glanced$mean_std_error,
      glanced$max_std_error)
  )
  cat(lines, sep = "\n")
  invisible(x)
}
