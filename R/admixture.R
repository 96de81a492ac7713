#' Ancestry by maximum likelihood
#'
#' The model of ADMIXTURE: every allele of a sample is drawn from one of `k` populations,
#' with probabilities that are the sample's row of the Q matrix, and is the `alt` allele
#' with the frequency of that population. Q matrix and frequencies are those of largest
#' likelihood, less a light penalty (see Sparsity). Unlike the archetypes of [archetypes()],
#' populations need not be mixtures of samples: without unadmixed samples this fit is the more
#' accurate one, at a higher cost.
#'
#' With genotypes g (copies of `alt`), h = sum over k of q f and all sums over called
#' genotypes, the log-likelihood is sum of g log(h) + (2 - g) log(1 - h), without the
#' binomial coefficient, as ADMIXTURE prints it. Missing genotypes are left out of it.
#' Frequencies are held between 1e-5 and 1 - 1e-5, as in ADMIXTURE; entries of the Q
#' matrix may be 0. A pass over the packed genotypes takes a Newton step for the
#' frequencies of every variant and solves a quadratic program for the weights of every
#' sample; the weights are extrapolated from the last passes. A point is kept only if the
#' log-likelihood has not fallen.
#'
#' The first weights are those of [archetypes()] on at most 20,000 evenly spaced variants,
#' unless `init` or `supervised` gives them. The likelihood can have several maxima, the more the
#' more populations are asked for: other starts can end in others. `restarts` says so: the fit of
#' the largest penalized log-likelihood is kept, and the print, `glance()` and
#' `tidy(matrix = "restarts")` say how many of the others agree with it. Fits with several `seed`s
#' are replicates too; [align_runs()] compares them.
#'
#' `k = 1` is the model without structure, which the log-likelihood of others is compared with:
#' all weights are 1, frequencies those of all samples.
#'
#' @section Sparsity:
#' The likelihood alone hardly distinguishes populations from more extreme ones of which every
#' sample has a little less: between the two it is nearly flat, and its maximum, which follows
#' noise, gives unadmixed samples small weights of other populations. The penalty of ADMIXTURE 1.3,
#' `lambda` times the sum of log(1 + q / epsilon) / log(1 + 1 / epsilon) over all entries q of the Q
#' matrix, is taken off the log-likelihood; for a small `epsilon` it counts the entries
#' above 0.
#'
#' By default a weight above 0 must earn what a one-sided test at 5 percent asks of it:
#' `c(lambda = 1.35, epsilon = 0.01)`, where 1.35 is `qnorm(0.95)^2 / 2`. Where unadmixed samples of
#' every population are there (at least three at every corner of the weights that the fit begins
#' from, beyond what mixtures bring there), that a sample is unadmixed is one hypothesis about its
#' `k - 1` other weights, which are tested together: `lambda` is `qnorm(1 - 0.05 / (k - 1))^2 / 2`,
#' 2.9 for `k = 7`. `FALSE` is no penalty,
#' the maximum that ADMIXTURE seeks; `TRUE` the strong one of Alexander and Lange,
#' `c(lambda = 500, epsilon = 0.1)`.
#'
#' @section Supervised:
#' Labeled samples belong to the population of their label alone, and the populations take
#' the names of the labels.
#'
#' @section Haploid samples:
#' Samples with one allele at each variant (haploid species; males, where the genotypes are of
#' chromosome X alone and `sex_chromosomes = TRUE`) have genotypes that are coded as two equal
#' alleles. `ploidy` says which they are: one allele counts. Heterozygous genotypes of them are
#' taken as missing, with a warning of class `forebear_warning_heterozygous_haploid`.
#'
#' Inbred lines have one allele each, too: give `ploidy = 1`. Counted as two, their alleles double
#' the log-likelihood, and `AIC()` prefers more populations than there are. A message of class
#' `forebear_message_inbred` says where nine in ten samples have fewer than 10 % of the
#' heterozygotes expected and `ploidy` is not given.
#'
#' @section When not to believe it:
#' A population that fewer than three samples, or one family, have half or more of is an outlier or
#' a pedigree; a message of class `forebear_message_thin_archetypes` names it. A sample without a
#' called genotype at a variant that varies, or with some missing and fewer than 10 `k` called,
#' takes no part in the fit; its weights are `NA`, and a warning of class
#' `forebear_warning_no_genotypes` names it. A message of class `forebear_message_uncertain_weights`
#' names samples that lack more than half of the genotypes and whose weights have standard errors
#' above 0.1, by the curvature of the likelihood as if variants were independent.
#'
#' Samples of one population have weights from 0 to 1 on two, too. A message of class
#' `forebear_message_inside_noise` says where fewer than `k - 1` components of [pca()] are above the
#' noise, which so many populations make (not where `supervised` or a matrix of weights says what
#' they are). Linkage disequilibrium and relatives make components of their own: without a message,
#' `k` may still be too large ([admixture_path()], [residual_correlation()]).
#'
#' @param x [genotypes], or a matrix that [as_genotypes()] takes.
#' @param k Number of populations. With `supervised` it may be left out and
#'   must be the number of different labels otherwise, at least 2.
#' @param sparsity `NULL` for the light penalty, `FALSE` for none, `TRUE` for a strong one, or
#'   `c(lambda = , epsilon = )`.
#' @param supervised Labels of some samples: a vector named by sample, or a data frame with
#'   a column `sample_id` and one of labels, called `population` if there are several;
#'   `NA` and empty text are no label. Samples without a label are free; labels of samples that
#'   are not among the genotypes are passed over, with a message.
#' @param init Where to start: `"archetypes"`; `"random"` weights, evenly spread over all mixtures,
#'   as ADMIXTURE starts, which need many more passes and can end in poorer maxima; or a matrix of
#'   first weights, samples x `k`, whose rows sum to 1.
#' @param restarts Number of starts. The first is the one described here, the others are
#'   replicates with seeds 1, 2, ..., or `seed + 1`, `seed + 2`, ....
#' @param ploidy `NULL` or 2: all samples have two alleles at each variant; 1: all have one; or a
#'   vector of 1 and 2, one per sample or named by sample (samples without a name have two).
#' @param settings When the fit ends: [admixture_settings()].
#' @param ... `sex_chromosomes`, see [qc_rules]; or old names of arguments that have moved (`start`,
#'   now a matrix given as `init`; `tolerance` and `max_iter`, now in `settings`), which
#'   give a message of class `forebear_message_deprecated`.
#' @param seed `NULL`, or an integer for a replicate: archetypes then begin from samples that are
#'   drawn at random (`init = "aa++"` of [archetypes()]), and a twentieth of the first weights is
#'   random. The same seed gives the same fit. `NULL` is the same start each time, and seed 1 for
#'   `init = "random"`.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_admixture`, which is also an `archetypes`: [tidy()] gives
#'   the Q matrix, frequencies and trace, [augment()] one row per sample, [glance()] one
#'   row in all, [predict()][predict.forebear_admixture] the weights of new samples,
#'   [autoplot()][autoplot.forebear_admixture] draws. Populations are called
#'   archetype1, archetype2, ... in order of
#'   their total weight, or by their labels.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_unknown_sample` if no label is of a sample
#' that is there; those of [archetypes()], from which it starts.
#' @references Alexander D. H., Novembre J. and Lange K. (2009), Genome Research 19:1655.
#' Alexander D. H. and Lange K. (2011), BMC Bioinformatics 12:246 (penalty, supervised mode,
#' cross-validation).
#' @seealso [cross_validate_k()] to choose `k`.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- admixture(genotypes, k = 4)
#' fit
#' tidy(fit)
#' glance(fit)
#' @export
admixture <- function(x, ...) UseMethod("admixture")

#' @export
admixture.default <- function(x, ...) {
  message <- c("`admixture()` is fitted to genotypes or a matrix of them.",
    x = sprintf("`x` is %s.", describe_class(x)), i = "Read a file with `read_bed()` first.")
  abort_forebear("argument", message)
}

admixture_is_of <- "Admixture proportions are estimated"

#' @rdname admixture
#' @export
admixture.matrix <- function(x, k = NULL, ...) {
  admixture(as_genotypes(x), k = k, ...)
}

#' @rdname admixture
#' @export
admixture.forebear_genotypes <- function(x, k = NULL, sparsity = NULL, supervised = NULL, ...,
                                         init = c("archetypes", "random"), restarts = 1,
                                         ploidy = NULL, settings = NULL, seed = NULL,
                                         threads = NULL) {
  call <- rlang::current_env()
  moved <- c(start = "`init = <matrix>`",
    moved_into("settings = admixture_settings", c("tolerance", "max_iter")))
  old <- take_arguments(list(...), "admixture", moved, known = "sex_chromosomes")
  limits <- admixture_limits(settings, old, call)
  start <- old[["start"]]
  if (is.null(start) && !is.character(init)) {
    start <- init
    init <- "archetypes"
  }
  x <- with_hard_calls(x, admixture_is_of)
  x <- without_sex_chromosomes(x, old$sex_chromosomes %||% "auto")
  population <- supervised_populations(supervised, x$samples$sample_id)
  settings <- list(
    k = check_k(k, population), sparsity = check_sparsity(sparsity),
    tolerance = tolerance_of(limits, nrow(x)), max_iter = limits$max_iter,
    seed = if (!is.null(seed)) check_seed(seed),
    init = check_choice(init, "init", c("archetypes", "random")),
    restarts = check_count(restarts, "restarts"), threads = check_threads(threads)
  )
  check_one_start(start, population, settings)
  if (is.null(start) && is.null(population)) check_enough_samples(settings$k, nrow(x))
  haploid <- haploid_samples(ploidy, x$samples$sample_id)
  warn_heterozygous(x, haploid, settings$threads)
  inform_inbred(x, ploidy, settings$threads)
  counts <- count_used_genotypes(x, settings$threads)
  why <- why_unanswered(counts$n_called, counts$n_variants, settings$k)
  answered <- is.na(why)
  check_some_answered(answered)
  warn_unanswered(x$samples$sample_id[!answered], why[!answered])
  fitted <- if (all(answered)) x else x[which(answered), ]
  if (!is.null(population)) {
    population <- droplevels(population[answered])
    check_k(settings$k, population)
  }
  settings$n_labelled <- sum(!is.na(population))
  kinds <- list(fixed = unname(!is.na(population)), haploid = haploid[answered])
  if (length(kinds$fixed) == 0) kinds$fixed <- logical(nrow(fitted))
  first <- start_weights(fitted, start, population, settings, answered, call)
  settings$sparsity <- settings$sparsity %||% light_penalty(if (is_drawn(start, settings)) {
    archetype_weights(fitted, replace(settings, "seed", list(NULL)), call)
  } else {
    first
  })
  runs <- lapply(seq_len(settings$restarts), function(restart) {
    own <- settings_of_restart(settings, restart)
    if (restart > 1) first <- start_weights(fitted, start, population, own, answered, call)
    admixture_fit(fitted, first, kinds, own, call)
  })
  fit <- best_run(runs)
  warn_not_converged(fit, call)
  inform_uncertain_weights(fitted$samples$sample_id, fit$q, fit$frequencies,
    counts$n_called[answered], kinds$haploid)
  if (settings$k > 1 && is.null(start) && is.null(population)) {
    inform_inside_noise(fitted, settings$k, settings$threads)
  }
  new_admixture(fit, fitted, levels(population), settings, x$samples$sample_id, answered, kinds)
}

check_one_start <- function(start, population, settings, call = rlang::caller_env()) {
  if (!is.null(start) && !is.null(population)) {
    abort_forebear("argument",
      "Only one of `supervised` and a matrix given as `init` can say where to begin.", call)
  }
  if (settings$restarts > 1 && (!is.null(start) || !is.null(population) || settings$k == 1)) {
    message <- c("`restarts` begin from different places.",
      x = if (!is.null(start)) {
        "A matrix given as `init` is one place."
      } else if (settings$k == 1) {
        "With `k = 1` there is nothing to begin from."
      } else {
        "With `supervised`, the labels are the place to begin from."
      })
    abort_forebear("argument", message, call)
  }
}

# The first start is that of the settings; the others have seeds of their own.
settings_of_restart <- function(settings, restart) {
  if (restart > 1) settings$seed <- as.integer((settings$seed %||% 0L) + restart - 1L)
  settings
}

# The run of the largest objective, with all of them as a table: restart, objective
# (log-likelihood less the penalty), agreement with the best, passes, converged.
best_run <- function(runs) {
  objective <- vapply(runs, function(run) run$trace[length(run$trace)], 0)
  best <- which.max(objective)
  fit <- runs[[best]]
  similarity <- vapply(runs, function(run) {
    agreement(run$q[, match_columns(fit$q, run$q), drop = FALSE], fit$q)
  }, 0)
  fit$runs <- tibble::tibble(
    restart = seq_along(runs), objective = objective, similarity = similarity,
    passes = vapply(runs, `[[`, 0L, "passes"), converged = vapply(runs, `[[`, NA, "converged"),
    best = seq_along(runs) == best
  )
  fit
}

# A factor with one entry per sample, NA without a label; NULL without any label.
supervised_populations <- function(supervised, sample_id, call = rlang::caller_env()) {
  if (is.null(supervised)) {
    return(NULL)
  }
  labels <- named_labels(supervised, call)
  labels <- labels[!is.na(labels) & labels != ""]
  check_known_samples(names(labels), sample_id, "supervised", "unknown_sample", call)
  repeated <- unique(c(names(labels)[duplicated(names(labels))],
    intersect(sample_id[duplicated(sample_id)], names(labels))))
  if (length(repeated) > 0) {
    message <- c("A sample of `supervised` must occur once, there and among the genotypes.",
      x = sprintf("%s not: %s.", verb(length(repeated)), quoted(repeated)))
    abort_forebear("duplicate_ids", message, call)
  }
  own <- labels[match(sample_id, names(labels))]
  factor(own, levels = sort(unique(own)))
}

# A character vector of labels, named by sample.
named_labels <- function(supervised, call) {
  supervised <- label_table(supervised)
  if (is.data.frame(supervised)) {
    others <- setdiff(names(supervised), "sample_id")
    column <- if (length(others) == 1) others else intersect(others, "population")
    if (!"sample_id" %in% names(supervised) || length(column) != 1) {
      message <- c("`supervised` needs a column `sample_id` and one of labels, or `population`.",
        x = sprintf("Its columns are %s.", quoted(names(supervised))))
      abort_forebear("argument", message, call)
    }
    return(stats::setNames(as.character(supervised[[column]]), id_text(supervised$sample_id)))
  }
  if (!is.atomic(supervised) || is.null(names(supervised))) {
    message <- c("`supervised` must be a vector of labels named by sample, or a data frame.",
      x = found(supervised))
    abort_forebear("argument", message, call)
  }
  stats::setNames(as.character(supervised), names(supervised))
}

check_k <- function(k, population, call = rlang::caller_env()) {
  n_labels <- nlevels(population)
  if (!is.null(population) && n_labels < 2) {
    message <- c("`supervised` must have at least 2 different labels.",
      x = sprintf("It has %d.", n_labels))
    abort_forebear("argument", message, call)
  }
  k <- check_count(if (is.null(population)) k else k %||% n_labels, "k", call = call)
  if (!is.null(population) && k != n_labels) {
    message <- c("`k` must be the number of different labels of `supervised`.",
      x = sprintf("It is %d, and there are %d labels.", k, n_labels))
    abort_forebear("argument", message, call)
  }
  k
}

# A weight above 0 raises the log-likelihood by as much as a one-sided test at 5 percent asks. Where
# unadmixed samples of every population are there, that a sample is one of them is a hypothesis
# about its k - 1 other weights, which are tested together. `q`: weights where the fit begins.
light_penalty <- function(q) {
  k <- ncol(q)
  tests <- if (k > 2 && corner_group(q) >= least_unadmixed) k - 1 else 1
  c(lambda = stats::qnorm(1 - 0.05 / tests)^2 / 2, epsilon = 0.01)
}

# Samples at the corner of every population from which on a set has unadmixed ones.
least_unadmixed <- 3

# Where the first weights are drawn, they do not say what the samples are: replicates have the same
# penalty.
is_drawn <- function(start, settings) {
  is.null(start) && settings$n_labelled == 0 && settings$k > 1 &&
    (settings$init == "random" || !is.null(settings$seed))
}

# c(lambda, epsilon), a lambda of 0 is no penalty; NULL where the data decide.
check_sparsity <- function(sparsity, call = rlang::caller_env()) {
  if (is.null(sparsity)) {
    return(NULL)
  }
  if (identical(sparsity, FALSE)) {
    return(c(lambda = 0, epsilon = 0.1))
  }
  if (isTRUE(sparsity)) {
    return(c(lambda = 500, epsilon = 0.1))
  }
  named <- length(sparsity) == 2 && setequal(names(sparsity), c("lambda", "epsilon"))
  if (!named || !are_numbers(sparsity) || any(sparsity <= 0)) {
    message <- c(
      "`sparsity` must be NULL, FALSE, TRUE, or positive numbers c(lambda = , epsilon = ).",
      x = found(sparsity))
    abort_forebear("argument", message, call)
  }
  sparsity[c("lambda", "epsilon")]
}

# First weights [n_samples x k]. A `start` of the user has a row for each sample that was given, of
# which those that are `answered` are in `x`.
start_weights <- function(x, start, population, settings, answered, call = rlang::caller_env()) {
  k <- settings$k
  if (k == 1 && is.null(start)) {
    return(matrix(1, nrow(x), 1))
  }
  if (!is.null(population)) {
    weights <- matrix(1 / k, nrow(x), k)
    labeled <- which(!is.na(population))
    weights[labeled, ] <- diag(k)[as.integer(population)[labeled], ]
    return(weights)
  }
  if (!is.null(start)) {
    return(check_start(start, answered, k, call))
  }
  if (settings$init == "random") {
    return(random_weights(nrow(x), k, settings$seed %||% 1))
  }
  found <- archetype_weights(x, settings, call)
  # A population in which no sample has a weight at the start would keep weights of 0.
  if (is.null(settings$seed)) {
    return(0.99 * found + 0.01 / k)
  }
  0.95 * found + 0.05 * random_weights(nrow(x), k, settings$seed)
}

# [n_samples x k] rows evenly spread over the simplex.
random_weights <- function(n_samples, k, seed) {
  weights <- with_own_seed(seed, matrix(stats::rexp(n_samples * k), n_samples))
  weights / rowSums(weights)
}

# Q matrix of archetypes on evenly spaced variants. It is only where the fit begins, so
# a warning that it has not converged does not matter.
archetype_weights <- function(x, settings, call) {
  check_enough_samples(settings$k, nrow(x), call)
  some <- evenly_spaced(ncol(x), 20000)
  fit <- suppressWarnings(
    rlang::try_fetch(
      without_support_messages(archetypes(x[, some], settings$k,
        init = if (is.null(settings$seed)) "furthest_sum" else "aa++", restarts = 1, dims = NULL,
        seed = settings$seed %||% 1, threads = settings$threads)),
      forebear_error = function(error) rlang::cnd_signal(replace(error, "call", list(call)))
    ),
    classes = "forebear_warning_not_converged"
  )
  unname(fit$q)
}

check_start <- function(start, answered, k, call) {
  n_samples <- length(answered)
  is_shaped <- identical(dim(start), c(n_samples, k))
  if (!is_shaped || !are_proportions(start[answered, , drop = FALSE])) {
    rule <- sprintf(
      "A matrix of weights must have %s rows that are not negative and sum to 1, and %d columns.",
      big(n_samples), k)
    shape <- if (is.matrix(start)) sprintf("It is %s x %s.", big(nrow(start)), big(ncol(start)))
    abort_forebear("argument", c(rule, x = shape %||% found(start)), call)
  }
  storage.mode(start) <- "double"
  start <- start[answered, , drop = FALSE]
  unname(start / rowSums(start))
}

are_numbers <- function(x) is.numeric(x) && all(is.finite(x))

# Whether the rows of a matrix are not negative and sum to 1.
are_proportions <- function(x) are_numbers(x) && all(x >= 0) && all(abs(rowSums(x) - 1) < 1e-4)

# kinds: fixed and haploid, [n_samples] logical
admixture_fit <- function(x, start, kinds, settings, call = rlang::caller_env()) {
  work <- function(progress) {
    rust_admixture(x, start, kinds$fixed, kinds$haploid, settings$sparsity[["lambda"]],
      settings$sparsity[["epsilon"]], settings$tolerance, settings$max_iter, settings$threads,
      progress)
  }
  with_progress(work, call)
}

warn_not_converged <- function(fit, call) {
  if (!fit$converged) {
    message <- c("The fit has not converged.",
      x = sprintf("The log-likelihood still increases after %s.", passes(fit$passes)),
      i = "Raise `max_iter` or `tolerance` of `admixture_settings()`.")
    warn_forebear("not_converged", message, call)
  }
}

# q [n_samples x k] rows sum to 1, NA for samples that are not `answered`
# frequencies [n_variants x k], NA where no sample is called
# genotypes: of the samples that are `answered`; sample_id [n_samples] of all
# fixed, haploid [n_answered]: samples of known ancestry, samples with one allele; absent where none
#   is
# runs: see best_run()
# trace: log-likelihood less the penalty of every point that was kept
# projection: what harmonize() and predict() need of the variants
new_admixture <- function(fit, genotypes, names, settings, sample_id, answered, kinds,
                          call = rlang::caller_env()) {
  stopifnot(is.matrix(fit$q), is.matrix(fit$frequencies), is.double(fit$trace))
  order <- if (is.null(names)) order(-colSums(fit$q)) else seq_along(names)
  names <- names %||% numbered_names(seq_along(order))
  work <- function(progress) rust_allele_frequencies(genotypes, settings$threads, progress)
  counted <- with_progress(work, call)
  uncalled <- which(counted$n_alleles == 0)
  frequencies <- `dimnames<-`(fit$frequencies[, order, drop = FALSE], list(NULL, names))
  frequencies[uncalled, ] <- NA
  q <- with_unanswered(fit$q[, order, drop = FALSE], answered)
  x <- list(
    q = `dimnames<-`(q, list(sample_id, names)),
    frequencies = frequencies, sample_id = sample_id, log_likelihood = fit$log_likelihood,
    penalty = fit$log_likelihood - fit$trace[length(fit$trace)], trace = fit$trace,
    iterations = length(fit$trace) - 1L, passes = fit$passes, converged = fit$converged,
    projection = list(variants = genotypes$variants, center = 2 * nan_to(counted$frequency, 0),
      uncalled = uncalled, n_samples = length(sample_id)),
    settings = settings[names(settings) != "threads"], runs = fit$runs
  )
  if (any(kinds$fixed)) x$fixed <- kinds$fixed
  if (any(kinds$haploid)) x$haploid <- kinds$haploid
  x <- structure(x, class = c("forebear_admixture", "forebear_archetypes"))
  validate_archetypes(x, call)
  # Populations of a supervised fit are those that the user named.
  if (settings$n_labelled == 0) {
    x$n_families <- families_near(q[answered, , drop = FALSE], genotypes, settings$threads,
      support_weight(x))
    inform_thin(x)
  }
  x
}

nan_to <- function(x, value) replace(x, is.na(x), value)

#' Weights of new samples on fitted populations
#'
#' The allele frequencies of the populations stay where they are; the weights of each new
#' sample are those of largest likelihood, without a penalty. For the samples of a fit without a
#' penalty (`sparsity = FALSE`) these are the weights of the fit.
#'
#' The likelihood has one maximum. It is proved for each sample: by the slope of its
#' log-likelihood no weights are better by more than 1e-6 for each called allele. Samples of which
#' that cannot be said are named in a warning of class `forebear_warning_not_converged`.
#'
#' @param object An [admixture()] fit.
#' @param new_data [genotypes], which are aligned to the variants of the fit by
#'   [harmonize()], or a matrix that [as_genotypes()] takes and whose columns are the
#'   variants of the fit, in their order.
#' @param ploidy Which new samples are haploid, as in [admixture()].
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @returns A tibble with one row per new sample: `sample_id`, `archetype1`,
#'   `archetype2`, ..., or the labels of a supervised fit; the weights of a row sum to 1. A missing
#'   genotype, or a variant that the new data lack, is left out of the likelihood. Weights are `NA`
#'   for a sample without a called genotype at a variant at which populations differ, or with some
#'   missing and fewer than 10 `k` called; a warning of class `forebear_warning_no_genotypes` names
#'   it. A message of class `forebear_message_uncertain_weights` names samples that lack more than
#'   half of the genotypes and whose weights have standard errors above 0.1, by the curvature of the
#'   likelihood as if variants were independent. One of class `forebear_message_unexplained` names
#'   samples that no mixture of the populations explains (as `samples`, too): their squared
#'   residuals exceed the expected ones by 15 % and by five standard errors, as those of a
#'   population that has drifted by an Fst of .15 from every mixture.
#' @section Errors:
#' Those of [harmonize()].
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- admixture(genotypes[1:250, ], k = 4)
#' predict(fit, genotypes[251:260, ], strand = "same")
#' @export
predict.forebear_admixture <- function(object, new_data, min_overlap = 0.8,
                                       strand = c("check", "same"), threads = NULL, ...,
                                       ploidy = NULL) {
  check_no_dots(...)
  threads <- check_threads(threads)
  object$variants <- object$projection$variants
  aligned <- align_new_data(new_data, object, min_overlap, strand, threads)
  aligned <- with_hard_calls(aligned, admixture_is_of)
  n_alleles <- colSums(object$q[is_answered(object$q), , drop = FALSE] *
    (2 - (object$haploid %||% FALSE)))
  weights_on_frequencies(aligned, object$frequencies, ploidy, threads, n_alleles)
}

# The table that predict() gives, of genotypes aligned to frequencies [n_variants x k]. `n_alleles`
# [k] behind the frequencies, `NULL` where that is not known.
weights_on_frequencies <- function(aligned, frequencies, ploidy, threads, n_alleles = NULL,
                                   call = rlang::caller_env()) {
  # Variants of equal frequency in all populations do not distinguish them.
  frequencies <- nan_to(frequencies, 0.5)
  rownames(frequencies) <- NULL
  sample_id <- aligned$samples$sample_id
  haploid <- haploid_samples(ploidy, sample_id, call)
  warn_heterozygous(aligned, haploid, threads, call)
  k <- ncol(frequencies)
  used <- if (k == 1) seq_len(nrow(frequencies)) else informative_variants(frequencies)
  counts <- count_used_genotypes(aligned, threads, used, call)
  why <- why_unanswered(counts$n_called, counts$n_variants, k)
  answered <- is.na(why)
  warn_unanswered(sample_id[!answered], why[!answered], call, in_fit = FALSE)
  q <- matrix(NA_real_, length(sample_id), k)
  if (k == 1) {
    q[answered, ] <- 1
  } else if (any(answered)) {
    known <- aligned[which(answered), ]
    work <- function(progress) {
      rust_admixture_weights(known, frequencies, haploid[answered], 1e-3, threads, progress)
    }
    found <- with_progress(work, call)
    warn_unfinished(sample_id[answered][found$unfinished], found$passes, call)
    q[answered, ] <- found$q
    inform_uncertain_weights(sample_id[answered], found$q, frequencies[used, , drop = FALSE],
      counts$n_called[answered], haploid[answered])
    inform_unexplained(known, found$q, frequencies, n_alleles %||% rep(Inf, k),
      haploid[answered], used, threads)
  }
  colnames(q) <- colnames(frequencies) %||% numbered_names(seq_len(k))
  tibble::tibble(sample_id = sample_id, tibble::as_tibble(q))
}

# Variants at which populations differ, of frequencies [n_variants x k].
informative_variants <- function(frequencies) {
  which(rowSums(abs(frequencies - frequencies[, 1])) > 1e-6)
}

warn_unfinished <- function(sample_id, n_passes, call = rlang::caller_env()) {
  if (length(sample_id) > 0) {
    warn_forebear("not_converged", c("The weights of every sample should have converged.",
      x = sprintf("After %s those of %s have not: %s.", passes(n_passes),
        counted(length(sample_id), "sample"), quoted(sample_id))), call)
  }
}

#' Tidy and glanced admixture fits
#'
#' @param x An [admixture()] fit.
#' @param matrix What to tidy; see below.
#' @param ... Must be empty.
#' @returns
#' `tidy(matrix = "q")`, the Q matrix: `sample_id`, `archetype` (`"archetype1"`, ..., or the label
#' of
#' a supervised fit), `weight`.
#'
#' `tidy(matrix = "frequencies")`: `archetype`, `variant_id`, `frequency` of the `alt` allele;
#' `NA` where no sample is called.
#'
#' `tidy(matrix = "support")`, who stands for each population: `archetype`, `max_weight`, `n_near`
#' (samples with a weight of 0.5 or more), `n_families` (groups of related samples among them; `NA`
#' where this was not examined: fewer than 3 samples or more than 20), `is_thin` (fewer than 3
#' samples, or one family).
#'
#' `tidy(matrix = "trace")`: `iteration` (0 is the start), `log_likelihood`, less the penalty
#' if there is one.
#'
#' `tidy(matrix = "restarts")`: `restart`, `objective` (log-likelihood less the penalty),
#' `similarity` (proportion of ancestry on which it agrees with the best in the mean sample, as in
#' [archetypes_path()]), `passes`, `converged`, `best`.
#'
#' `glance()`: `k`, `n_samples`, `n_variants`, `log_likelihood` (without the penalty; as
#' ADMIXTURE prints it), `penalty`, `n_labelled` samples, `iterations`, `passes` over the
#' genotypes (those of points that were not kept included), `converged`, `n_thin_archetypes`
#' (see `matrix = "support"`), `n_unanswered` (samples without an answer), `restarts`, `n_agreeing`
#' (restarts that agree with the best in 0.97 of the ancestry or more, itself included), `n_haploid`
#' samples.
#'
#' `logLik()`, and with it [stats::AIC()] and [stats::BIC()]: the log-likelihood with
#' (k - 1) parameters for each sample that is not labeled and k for each variant with a called
#' genotype. So many parameters grow with the data, and linked variants are no independent
#' observations: prefer the cross-validation of [admixture_path()].
#' @seealso [augment()][augment.forebear_archetypes] works as for archetypes.
#' @examples
#' fit <- admixture(read_bed(example_data("panel")), k = 4)
#' tidy(fit, matrix = "frequencies")
#' augment(fit, read.delim(example_data("labels")))
#' glance(fit)
#' @export
tidy.forebear_admixture <- function(x, matrix = c("q", "frequencies", "support", "trace",
                                       "restarts"), ...) {
  check_no_dots(...)
  choices <- c("q", "frequencies", "support", "trace", "restarts")
  switch(check_choice(matrix, "matrix", choices),
    restarts = admixture_runs(x),
    q = tidy_q(x$q, x$sample_id),
    frequencies = tibble::tibble(
      archetype = rep(colnames(x$q), each = nrow(x$frequencies)),
      variant_id = rep(x$projection$variants$variant_id, times = ncol(x$q)),
      frequency = as.vector(x$frequencies)
    ),
    support = tidy_support(x),
    trace = tibble::tibble(iteration = seq_along(x$trace) - 1L, log_likelihood = x$trace)
  )
}

#' @rdname tidy.forebear_admixture
#' @export
glance.forebear_admixture <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    k = x$settings$k, n_samples = nrow(x$q), n_variants = nrow(x$frequencies),
    log_likelihood = x$log_likelihood, penalty = x$penalty, n_labelled = x$settings$n_labelled,
    iterations = x$iterations, passes = x$passes, converged = x$converged,
    n_thin_archetypes = sum(tidy_support(x)$is_thin), n_unanswered = sum(!is_answered(x$q)),
    restarts = nrow(admixture_runs(x)),
    n_agreeing = sum(admixture_runs(x)$similarity >= same_mode), n_haploid = sum(x$haploid)
  )
}

# Agreement from which on two runs have found the same populations.
same_mode <- 0.97

#' @rdname fit_generics
#' @export
logLik.forebear_admixture <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  k <- ncol(object$q)
  n_free <- sum(is_answered(object$q)) - object$settings$n_labelled
  df <- n_free * (k - 1) + k * sum(!is.na(object$frequencies[, 1]))
  structure(object$log_likelihood, df = df, nobs = stats::nobs(object), class = "logLik")
}

#' @export
nobs.forebear_admixture <- function(object, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  sum(is_answered(object$q))
}

#' @export
print.forebear_admixture <- function(x, ...) {
  lines <- c(
    sprintf("<admixture> %s of %s x %s", counted(ncol(x$q), "population"),
      counted_samples(is_answered(x$q)), counted(nrow(x$frequencies), "variant")),
    mean_weights_line(x$q),
    sprintf("log-likelihood %.1f; %s, %s", x$log_likelihood, passes(x$passes),
      if (x$converged) "converged" else "NOT CONVERGED"),
    restarts_line(x)
  )
  cat(lines, sep = "\n")
  invisible(x)
}

# Fits that an earlier version wrote have one run, their own.
admixture_runs <- function(x) {
  x$runs %||% tibble::tibble(restart = 1L, objective = x$trace[length(x$trace)], similarity = 1,
    passes = x$passes, converged = x$converged, best = TRUE)
}

# How far the starts agree; NULL if there was one.
restarts_line <- function(x) {
  runs <- admixture_runs(x)
  if (nrow(runs) > 1) {
    sprintf("%d of %d starts agree with the best; the worst is %.1f below it",
      sum(runs$similarity >= same_mode), nrow(runs), max(runs$objective) - min(runs$objective))
  }
}
