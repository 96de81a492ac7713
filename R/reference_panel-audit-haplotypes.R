#' Labels of a panel that its haplotypes contradict
#'
#' Calls local ancestry of every sample of a reference panel by models that have not seen it, and
#' finds samples whose label is wrong, and admixed ones.
#'
#' A model that has not seen a sample gives each of its windows probabilities of the populations.
#' The *evidence* for one population against another is the mean difference of their logarithms
#' over the windows of both haplotypes, before the hidden Markov model smooths them. It is compared
#' with that of other samples of the same label, so that populations that are hard to distinguish
#' raise no doubt: 1 is the median of the members of the population of the label, 0 that of the
#' members of the other one, and a sample that is half of each has about 0.5.
#' Evidence is low if it is below `1 - margin` and, by a t test against the other members, as rare
#' as `deviations` standard deviations of a normal distribution. The test holds for populations of a
#' few samples: their standard deviation (1.4826 times the median absolute deviation) is drawn
#' toward the mean standard error of the evidence of one sample, by the jackknife over 20 blocks of
#' windows, which counts as 8 samples. Verdicts:
#'
#' * `"agrees"`: evidence for the label is not low against any other population.
#' * `"other population"`: it is low, and there is a population as whose member the sample would
#'   agree: `other`. Such a label is probably wrong, or the sample was exchanged.
#' * `"admixed"`: it is low otherwise; or the sample comes from a population that the panel has not.
#'
#' Populations that few variants cannot distinguish (Fst below 0.005 on one chromosome) have samples
#' of wrong label that nothing distinguishes either; they agree.
#'
#' Proportions of the genome are of best guesses, window by window, as [cross_validate()] counts
#' them. A sample with a wrong label also misleads the models about its neighbors: correct what is
#' certain, then audit again.
#'
#' @param folds Parts; by default 5, or as many as the smallest population has samples.
#' @param margin Least proportion of the genome of another population.
#' @param deviations Least distance from the other members of a population, in standard deviations.
#' @inheritParams cross_validate.forebear_reference_panel
#' @returns A tibble of class `forebear_panel_audit`, one row per sample of the panel, in their
#'   order: `sample_id`, `population`, `verdict`, `own_share` (of the genome, called as the
#'   population of the label), `std_error` (see [ancestry_proportions()]),
#'   `expected_share` (median of all samples with this label), `other` (the population whose member
#'   it may be; else the one that is called most besides), `other_share`, `.share_<population>`,
#'   `evidence` (for the label, against the population against which it is lowest: see above),
#'   `deviations` (how far evidence is below that of the other members, in standard deviations).
#'   [autoplot()] draws evidence, population by population, and names the samples that do not agree.
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
    x, folds = NULL, margin = 0.1, deviations = 3, ..., seed = 1, threads = NULL,
    checkpoint_dir = NULL, BPPARAM = NULL) { # nolint: object_name_linter. Bioconductor's.
  call <- rlang::current_env()
  arguments <- take_arguments(list(...), "audit_labels", moved_into_training(), names_of_training)
  margin <- check_number(margin, "margin", min = 0, max = 1, call = call)
  deviations <- check_number(deviations, "deviations", min = 0, max = 100, call = call)
  # Best guesses hardly depend on calibration, which would take half of the time.
  arguments$calibrate <- arguments[["calibrate"]] %||% FALSE
  folds <- folds %||% max(2L, min(5L, tabulate(x$population, nlevels(x$population))))
  how <- list(
    folds = check_panel_folds(folds, x$population, call), seed = check_seed(seed, call),
    mosaics = new_mosaic_settings(0), training = training_of(arguments, call), threads = threads,
    checkpoint_dir = checkpoint_dir, bpparam = BPPARAM
  )
  parts <- over_hidden_parts(x, how, call, function(hidden, calls, model) {
    list(called = called_proportions(calls), evidence = window_evidence(model, hidden, how, call))
  })
  called <- vctrs::vec_rbind(!!!lapply(parts$panel, `[[`, "called"))
  samples <- samples(x)
  scores <- label_scores(join_evidence(lapply(parts$panel, `[[`, "evidence"), samples$sample_id),
    as.integer(x$population), margin)
  new_panel_audit(called, scores, samples, levels(x$population), deviations)
}

# sample_id, ancestry, proportion, std_error: proportions of the genome called as a population.
called_proportions <- function(calls) {
  for (population in attr(calls, "populations")) {
    calls[[paste0(".pred_", population)]] <- (calls$.pred_class == population) + 0
  }
  ancestry_proportions(calls)
}

# Blocks of windows for standard errors of evidence.
evidence_blocks <- 20L

# What the windows of hidden samples say: sum [n_samples x n_populations x n_blocks] of logarithms
# of probabilities, n [n_samples x n_blocks] of windows of both haplotypes, sample_id.
window_evidence <- function(model, hidden, how, call) {
  threads <- check_threads(how$threads, call)
  aligned <- aligned_haplotypes(hidden$haplotypes, model$sites, 0, "same", threads, call)
  repair <- model$phase == "corrected" && model$refine
  labeled <- label_chromosomes(model, names(model$chromosomes), aligned, repair, plain_run(threads),
    call)
  n_windows <- vapply(model$chromosomes, function(part) nrow(part$windows), 0L)
  block <- ceiling(seq_len(sum(n_windows)) * evidence_blocks / sum(n_windows))
  k <- length(model$populations)
  found <- Map(function(calls, block) {
    if (is.null(calls$probability)) calls$probability <- label_probability(calls$label, k)
    answer(rust_log_evidence(calls, k, as.integer(block), evidence_blocks), call)
  }, labeled, split(block, rep(seq_along(n_windows), n_windows)))
  add <- function(name) Reduce(`+`, lapply(found, `[[`, name))
  n <- nrow(hidden$haplotypes)
  list(sum = array(add("sum"), c(n, k, evidence_blocks)), n = add("n"),
    sample_id = hidden$haplotypes$samples$sample_id)
}

# Of a label 0.9, of all others together 0.1, as `probability` of `calls_of()`.
label_probability <- function(label, k) {
  probability <- array(0.1 / (k - 1), c(k, dim(label)))
  known <- which(!is.na(label))
  probability[cbind(label[known], arrayInd(known, dim(label)))] <- 0.9
  probability
}

# Of several parts, samples in the order of `sample_id`.
join_evidence <- function(parts, sample_id) {
  place <- match(sample_id, unlist(lapply(parts, `[[`, "sample_id")))
  sums <- do.call(rbind, lapply(parts, function(part) matrix(part$sum, nrow(part$n))))
  list(sum = array(sums[place, , drop = FALSE], c(length(place), dim(parts[[1]]$sum)[-1])),
    n = do.call(rbind, lapply(parts, `[[`, "n"))[place, , drop = FALSE])
}

# Degrees of freedom that the standard error of a sample counts for.
prior_samples <- 8

# Of every sample (row) as a member of every population (column):
#
# deviations  how rare evidence as low as its is among other members, in standard deviations of a
#             normal distribution; against the population against which it is rarest
# evidence    of the sample, against this population: 1 as a member has it, 0 as one of the other
#
# evidence    of `join_evidence()`; code: populations of samples; margin: what evidence lacks of 1,
#             at least, for deviations to count
label_scores <- function(evidence, code, margin) {
  k <- dim(evidence$sum)[2]
  deviations <- matrix(-Inf, length(code), k)
  position <- matrix(1, length(code), k)
  for (own in seq_len(k)) {
    for (other in setdiff(seq_len(k), own)) {
      found <- pair_scores(block_jackknife(
        matrix(evidence$sum[, own, ] - evidence$sum[, other, ], length(code)), evidence$n),
      code == own, code == other)
      counts <- ifelse(found$position < 1 - margin, found$deviations, 0)
      rarer <- which(counts > deviations[, own])
      deviations[rarer, own] <- counts[rarer]
      position[rarer, own] <- found$position[rarer]
    }
  }
  list(deviations = deviations, evidence = position)
}

# For one pair of populations: deviations, position. `difference`: estimate and std_error of each
# sample; `is_own`, `is_other`: whose label is one of both.
pair_scores <- function(difference, is_own, is_other) {
  value <- nan_to(difference$estimate, 0)
  error <- nan_to(difference$std_error, 0)
  prior <- mean(error[is_own]^2)
  # A member is compared with the others.
  peers_of <- function(peers) {
    n <- length(peers)
    own <- 0.37 * (n - 1)
    squared <- (prior_samples * prior + own * stats::mad(peers)^2) / (prior_samples + own)
    # pi / 2n: of the median.
    c(stats::median(peers), sqrt(squared * (1 + pi / (2 * n))), prior_samples + own)
  }
  all <- peers_of(value[is_own])
  each <- vapply(which(is_own), function(sample) {
    peers_of(value[setdiff(which(is_own), sample)])
  }, numeric(3))
  summary <- matrix(all, 3, length(value))
  summary[, is_own] <- each
  far <- summary[1, ] - stats::median(value[is_other])
  below <- summary[1, ] - value
  t <- ifelse(summary[2, ] > 0, below / summary[2, ], 0)
  rarity <- stats::qnorm(stats::pt(t, summary[3, ], lower.tail = FALSE, log.p = TRUE),
    lower.tail = FALSE, log.p = TRUE)
  # Populations that evidence does not distinguish say nothing.
  list(deviations = ifelse(far > 0, rarity, 0), position = ifelse(far > 0, 1 - below / far, 1))
}

# called  of `called_proportions()`, all samples
# scores  of `label_scores()`
# samples sample_id, population, in the order of the answer
new_panel_audit <- function(called, scores, samples, populations, deviations) {
  cell <- cbind(match(called$sample_id, samples$sample_id), match(called$ancestry, populations))
  proportion <- std_error <- matrix(NA_real_, nrow(samples), length(populations),
    dimnames = list(NULL, populations))
  proportion[cell] <- called$proportion
  std_error[cell] <- called$std_error
  code <- match(samples$population, populations)
  own <- cbind(seq_along(code), code)
  low <- scores$deviations[own] > deviations
  # Where a sample would agree best.
  home <- apply(replace(scores$deviations, own, Inf), 1, which.min)
  at_home <- scores$deviations[cbind(seq_along(home), home)] <= deviations
  verdict <- ifelse(!low, "agrees", ifelse(at_home, "other population", "admixed"))
  most <- max.col(replace(proportion, own, -1), ties.method = "first")
  other <- ifelse(low & at_home, home, most)
  other_share <- proportion[cbind(seq_along(other), other)]
  median <- as.vector(tapply(proportion[own], code, stats::median))
  table <- tibble::tibble(
    sample_id = samples$sample_id, population = samples$population,
    verdict = factor(verdict, c("agrees", "admixed", "other population")),
    own_share = proportion[own], std_error = std_error[own], expected_share = median[code],
    other = populations[other], other_share = other_share,
    tibble::as_tibble(`colnames<-`(proportion, paste0(".share_", populations))),
    evidence = scores$evidence[own], deviations = scores$deviations[own]
  )
  structure(table, class = c("forebear_panel_audit", class(table)))
}

#' @rdname audit_labels.forebear_reference_panel
#' @param object Of class `forebear_panel_audit`.
#' @rawNamespace S3method(ggplot2::autoplot, forebear_panel_audit)
autoplot.forebear_panel_audit <- function( # nolint: object_name_linter.
    object, ...) {
  check_no_dots(...)
  colours <- c(agrees = unlabeled_colour, admixed = ancestry_palette[[1]],
    `other population` = ancestry_palette[[9]])
  data <- tibble::tibble(population = object$population,
    value = pmin(pmax(object$evidence, 0), 1), verdict = object$verdict, name = object$sample_id)
  plot_audit(data, c("admixed", "other population"), colours,
    "Evidence for the label (0: as members of another population)", NULL)
}
