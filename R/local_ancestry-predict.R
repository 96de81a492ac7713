#' Call local ancestry
#'
#' Calls, for every window of the phased haplotypes of new samples, the population that it comes
#' from, and where the phase of a sample is wrong.
#'
#' New haplotypes are matched to the variants of the panel as [harmonize()] matches genotypes.
#' Alleles at variants of the panel that they do not have are imputed, as a gap breaks the runs of
#' alleles that the string kernel counts: a haplotype is taken for a mosaic of haplotypes that the
#' model keeps of the panel (Li & Stephens 2003), and gets the likelier allele, given those
#' around. This takes time: with 1,000 haplotypes kept, two to three times as long as the calls
#' themselves. Far from any allele that is there, what is imputed says nothing: where new haplotypes
#' have less than half of the variants of a window and its context, its probabilities are raised to
#' the power of twice that proportion, so that a window without any is called from those around it
#' and from what the sample has elsewhere. A message of class `forebear_message_few_variants` counts
#' these windows. With less than 10 % of all variants, which `min_overlap` must allow, posteriors
#' are too high, which the message says: neighboring windows have imputed alleles in common.
#'
#' By the same copying model the phase of each sample is repaired before its windows are classified:
#' everything from a heterozygous variant on is exchanged where both haplotypes are likelier as
#' mosaics of the panel then. Afterwards it says at which variant ancestry changes, and where
#' between two windows the hidden Markov model finds a switch of phase.
#'
#' Posteriors are those of the haplotypes *as given*: `haplotype` 1 is the first allele of each
#' call in the file, wherever its phase is wrong. `phase_switches()` gives where it is and
#' `correct_phase()` corrects it. A window in which a call changes is split: it has two rows or
#' more, whose `start_bp` and `end_bp` say which variants they are of. Where a sample has one
#' chromosome copy (a male on X) there is no `haplotype` 2. One that has two at some variants of a
#' chromosome and one at others is called as he is at most of them, which a message of class
#' `forebear_message_mixed_copies` says: of a male's pseudo-autosomal regions the first haplotype is
#' called, as all of his X. Both are, where a panel and samples of these regions alone are given.
#'
#' @section A person alone:
#' The calls of a sample do not depend on who else is called: its proportions of the populations
#' and the rates at which its ancestry and phase change are estimated from all its chromosomes and
#' from it alone, beginning with what is usual. Proportions have a Dirichlet prior with half a draw
#' for each population; a draw is a segment, not a window, so that little data give even proportions
#' and soft calls. With `pool = TRUE` all samples of `new_data` have the rates in common, and
#' their mean proportions are the prior of each.
#'
#' @section Ancestry that the panel lacks:
#' In each window the mean kernel of a haplotype with its five nearest members of a population is
#' compared with what those members have with each other. Over the windows in which a person is
#' called of a population this says whether the person is as like its members as they are:
#' `.typicality` is the proportion of members that would be less like it or as little, given as many
#' windows. Where it is below 0.002 a message of class `forebear_message_untypical` names the
#' person, and posteriors of these windows are mixed with even ones so that no population stands
#' out: the ancestry is left unassigned. A population as close to one of the panel as its members
#' are to one another (Fst of some .005) is not found in this way. Five or more samples that are
#' called of one population in most of their genome are compared with its members together, too: a
#' message of class `forebear_message_untypical_group` says where the mean of the normal scores of
#' their `.typicality` is below -0.5 by three standard errors (with `store` [ancestry_proportions()]
#' says it). Their calls are left as they are, since they do not depend on who else is called.
#'
#' @param object A [local_ancestry()] model.
#' @param new_data Phased [haplotypes].
#' @param phase `NULL` for what the model says; `"corrected"` or `"trusted"`, see
#'   [local_ancestry()].
#' @param pool Whether what is estimated of samples is pooled, see below.
#' @param calibrated Whether posteriors are recalibrated; `NULL`: if the model was calibrated. Phase
#'   switches are called alike; between their windows they lie where calls exchange.
#' @inheritParams harmonize
#' @inheritParams shared_arguments
#' @inheritParams long_runs
#' @param ... Must be empty, but for `store`: a folder, or [call_store()], into which the calls of
#'   a cohort are written batch by batch, see there; `new_data` may be paths of VCF files then.
#'   (`shares` is what `pool` has replaced.)
#' @returns With `store`, a [stored_calls] object. Otherwise a tibble of class
#'   `forebear_ancestry_calls`, ordered by chromosome, sample, haplotype
#'   and place: `sample_id`, `haplotype` (1 or 2), `chrom`, `window` (from 1 on each chromosome),
#'   `start_bp`, `end_bp` (first and last variant of the window, or of its part with this call),
#'   `.pred_class` (the most probable population), `.pred_<population>` (posteriors, which sum to
#'   1), `.typicality` (0 to 1, `NA` where SVMs are not trained jointly). Its attribute `"switches"`
#'   has one row for each sample and step between windows: `sample_id`, `chrom`, `window` (the later
#'   one), `switch_probability`, `switched` (on the most probable path), `position_bp` (where it
#'   switched, see [phase_switches()], else `NA`), `evidence` (`"ancestry"`); then one for each
#'   place where phase was repaired, of `evidence` `"alleles"`; `"windows"` one row for each window:
#'   `chrom`, `window`, `start_bp`, `end_bp`, `start_cm`, `end_cm` (`NA` where the panel has no
#'   genetic map), `n_variants`; `"populations"` and `"tree"` are those of the panel; `"parameters"`
#'   are the estimates: `ancestry` (proportions), `recombination_rate` and `switch_rate` per cM
#'   (assumed ones where there is no map), means over samples; a list of several if the model was
#'   made with groups of admixed samples. Then `"weights"` says how much each of these sets is
#'   believed: `sample_id`, `set`, `weight`. Where there are two kinds of evidence, both are those
#'   from labels.
#' @section Errors:
#' Those of [harmonize()] where variants do not match; `forebear_error_duplicate_ids`;
#' `forebear_error_argument`; those of [long_runs].
#' @seealso [local_ancestry()], with an example.
#' @family local ancestry
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 31), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' model <- local_ancestry(panel, window = window_settings(10, context = 0))
#' predict(model, as_haplotypes(alleles[1:4, ]), strand = "same")
#' @export
predict.forebear_local_ancestry <- function(
    object, new_data, phase = NULL, pool = FALSE,
    calibrated = NULL, min_overlap = 0.8,
    strand = c("check", "same"), threads = NULL,
    checkpoint_dir = NULL,
    BPPARAM = NULL, # nolint: object_name_linter. Bioconductor's.
    ...) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "predict", c(shares = "`pool`"), known = "store")
  if (missing(pool) && !is.null(old$shares)) {
    pool <- check_choice(old$shares, "shares", c("sample", "common"), call) == "common"
  }
  how <- list(
    phase = check_choice(phase %||% object$phase, "phase", c("corrected", "trusted"), call),
    pool = check_flag(pool, "pool", call), calibrated = check_calibrated(calibrated, object, call),
    min_overlap = min_overlap, strand = strand
  )
  if (!is.null(old$store)) {
    refuse_beside_store(checkpoint_dir, how$pool, call)
    return(predict_into_store(object, new_data, how, old$store, BPPARAM, threads, call))
  }
  check_haplotypes(new_data, "new_data", call)
  check_one_of_each(new_data, call)
  threads_here <- check_threads(threads, call)
  aligned <- aligned_haplotypes(new_data, object$sites, min_overlap, strand, threads_here, call)
  how$strand <- strand[1]
  run <- open_prediction(object, new_data, how, checkpoint_dir, BPPARAM, threads, call)
  called <- calls_of_aligned(object, aligned, how, run, call)
  report_untypical(called$untypical, object$populations)
  inform_untypical_groups(untypical_groups(typicality_scores(called$calls,
    called$untypical$sample)))
  called$calls
}

# Calls of haplotypes, `aligned` by `aligned_haplotypes()`, and `untypical`: samples with ancestry
# that the panel seems to lack, for `report_untypical()`. how: phase, pool, calibrated.
calls_of_aligned <- function(object, aligned, how, run, call) {
  threads <- run$threads
  parts <- evidence_parts(object, aligned, how$phase, threads, call, run)
  beliefs <- run_whole(run, "beliefs", {
    beliefs_of(parts, object$sets, object$start, how$pool, threads, call)
  }, call)
  sample_id <- aligned$haplotypes$samples$sample_id
  recalibration <- if (how$calibrated) object$recalibration
  posteriors <- decode_chromosomes(parts, beliefs, recalibration, object, run, call)
  likeness <- sample_likeness(posteriors)
  typicality <- sample_typicality(likeness, object$usual)
  untypical <- untypical_samples(typicality, likeness$n)
  untypical$sample <- sample_id[untypical$sample]
  decoded <- call_chromosomes(parts, posteriors, typicality, object, aligned, run, call)
  chroms <- vapply(parts, function(part) part$windows$chrom[1], "")
  windows <- windows_of_calls(object, chroms)
  calls <- new_ancestry_calls(
    do.call(rbind, lapply(decoded, function(part) part$calls)),
    do.call(rbind, lapply(decoded, function(part) part$switches)), windows, object$populations,
    object$tree
  )
  attr(calls, "phase") <- aligned$haplotypes$phase
  attr(calls, "variants") <- called_variants(object, chroms, windows)
  shown <- lapply(unname(beliefs[[1]]$sets), function(set) {
    list(ancestry = stats::setNames(set$ancestry, object$populations),
      recombination_rate = set$recombination_rate, switch_rate = set$switch_rate)
  })
  attr(calls, "parameters") <- if (is.null(object$sets)) mean_of_sets(shown) else shown
  if (!is.null(object$sets)) {
    attr(calls, "weights") <- weights_of_samples(beliefs[[1]]$weights, parts[[1]]$chains, sample_id)
  }
  list(calls = calls, untypical = untypical)
}

# Where the variants of the called chromosomes lie; cM are `NA` where those of `windows` are: where
# they are only assumed.
called_variants <- function(model, chroms, windows) {
  chosen <- unlist(lapply(model$chromosomes[chroms], `[[`, "chosen"), use.names = FALSE)
  variants <- tibble::as_tibble(model$variants[chosen, c("chrom", "position_bp", "position_cm")])
  unknown <- unique(windows$chrom[is.na(windows$start_cm)])
  variants$position_cm[variants$chrom %in% unknown] <- NA_real_
  variants
}

# Means of parameter sets, one for each sample.
mean_of_sets <- function(sets) {
  lapply(stats::setNames(nm = names(sets[[1]])), function(name) {
    Reduce(`+`, lapply(sets, `[[`, name)) / length(sets)
  })
}

# How much each parameter set is believed for each sample. `weights`: n_sets x n_chains.
weights_of_samples <- function(weights, chains, sample_id) {
  kept <- !chains$empty
  owner <- chains$sample[kept]
  by_sample <- rowsum(t(weights[, kept, drop = FALSE]), owner) / as.vector(table(owner))
  tibble::tibble(
    sample_id = rep(sample_id[sort(unique(owner))], each = nrow(weights)),
    set = rep(seq_len(nrow(weights)), nrow(by_sample)), weight = as.vector(t(by_sample))
  )
}

# Calls know samples by their IDs.
check_one_of_each <- function(haplotypes, call) {
  twice <- unique(haplotypes$samples$sample_id[duplicated(haplotypes$samples$sample_id)])
  if (length(twice) > 0) {
    abort_forebear("duplicate_ids", c("Samples whose ancestry is called need IDs of their own.",
      x = sprintf("More than once: %s.", quoted(twice)), i = "Rename or leave out all but one."),
      call)
  }
}

# Window calls of new haplotypes on every chromosome on which they have a variant: evidence,
# windows, position_cm of the middles of windows, chains.
evidence_parts <- function(model, aligned, phase, threads, call, run = plain_run(threads)) {
  present <- vapply(model$chromosomes, function(part) any(aligned$reading[part$chosen] != 0),
    logical(1))
  if (!any(present)) {
    abort_forebear("overlap", c("New haplotypes must have variants of the model.",
      x = "They have none."), call)
  }
  if (!all(present)) {
    inform_forebear("chromosomes_absent", sprintf(
      "Not called, as new data have no variant there: %s %s.",
      if (sum(!present) == 1) "chromosome" else "chromosomes",
      quoted(names(model$chromosomes)[!present])))
  }
  chroms <- names(model$chromosomes)[present]
  inform_few_variants(model$chromosomes[present], aligned$reading)
  labeled <- label_chromosomes(model, chroms, aligned, phase == "corrected" && model$refine, run,
    call)
  lapply(chroms, function(chrom) {
    part <- model$chromosomes[[chrom]]
    there <- aligned$haplotypes[, part$chosen[aligned$reading[part$chosen] != 0]]
    absent <- has_one_copy(there)
    inform_mixed_copies(there, chrom)
    list(
      evidence = evidence_of(labeled[[chrom]], model$emissions, length(model$populations),
        evidence_exponent(model$settings)),
      likeness = labeled[[chrom]]$likeness, windows = part$windows,
      chains = chains_of(absent, phase), flips = labeled[[chrom]]$flips,
      position_cm = (part$windows$start_cm + part$windows$end_cm) / 2
    )
  })
}

# Of the variants that a window is labeled from: as `windows::observed` of the core has it.
few_variants <- 0.5

# Proportion of the variants of a model below which imputed alleles, which neighboring windows have
# in common, make posteriors too high: with 2 %, calls of .85 were right in .6 of held-out mosaics,
# from 10 % on they were right as often as they say.
sparse <- 0.1

inform_few_variants <- function(chromosomes, reading) {
  observed <- mean(reading[unlist(lapply(chromosomes, `[[`, "chosen"))] != 0)
  if (observed == 1) {
    return(invisible())
  }
  n_few <- vapply(chromosomes, function(part) {
    sum(answer(rust_observed_proportions(part$model, reading[part$chosen] != 0)) < few_variants)
  }, 0L)
  n <- vapply(chromosomes, function(part) nrow(part$windows), 0L)
  if (any(n_few > 0)) {
    where <- sprintf("%s (%s of %s)", quoted(names(chromosomes), shorten = FALSE), big(n_few),
      big(n))[n_few > 0]
    inform_forebear("few_variants", c(
      "Some windows have less than half of their variants in the new data.",
      x = sprintf("On chromosomes: %s.", first_of(where)),
      i = "They are called from the windows around them and from what the sample has elsewhere.",
      if (observed < sparse) c(`!` = sprintf(paste("With %.1f %% of the variants of the model",
        "posteriors are too high: train `local_ancestry()` on the variants that both have."),
        100 * observed))))
  }
}

# Whether each sample has one haplotype at most of the variants, all of one chromosome: males on X,
# whatever they have in its pseudo-autosomal regions.
has_one_copy <- function(haplotypes) {
  2 * answer(rust_haploid_counts(haplotypes)) > ncol(haplotypes)
}

inform_mixed_copies <- function(haplotypes, chrom) {
  n_haploid <- answer(rust_haploid_counts(haplotypes))
  if (any(n_haploid > 0 & n_haploid < ncol(haplotypes))) {
    inform_forebear("mixed_copies", c(
      sprintf(paste("On chromosome %s samples have one haplotype at some variants, two at others.",
        "They are called as they are at most of them."), quoted(chrom)),
      i = paste("These may be males in pseudo-autosomal regions of X:",
        "`?predict.forebear_local_ancestry` says how both haplotypes are called there.")))
  }
}

# The variants `chosen`; one that is absent is stood in for by one that is there.
stand_in_variants <- function(haplotypes, chosen, reading) {
  index <- haplotypes$variant_index[chosen]
  index[reading == 0] <- index[reading != 0][1]
  haplotypes$variant_index <- index
  haplotypes$variants <- haplotypes$variants[chosen, ]
  haplotypes
}

# The rows of `ancestry_calls` of one chromosome. `pieces`: of `refined_calls()`.
calls_of_pieces <- function(part, pieces, sample_id, populations, position_bp, typicality) {
  posterior <- pieces$posterior
  colnames(posterior) <- paste0(".pred_", populations)
  sample <- (pieces$haplotype + 1L) %/% 2L
  best <- max.col(posterior, ties.method = "first")
  calls <- tibble::tibble(
    sample_id = sample_id[sample],
    haplotype = (pieces$haplotype - 1L) %% 2L + 1L,
    chrom = rep(part$windows$chrom[1], length(pieces$window)),
    window = part$windows$window[pieces$window], start_bp = position_bp[pieces$first],
    end_bp = position_bp[pieces$last],
    .pred_class = populations[best],
    tibble::as_tibble(posterior)
  )
  calls$.typicality <- if (is.null(typicality)) NA_real_ else typicality[cbind(best, sample)]
  calls
}

# First and last variant of each window of a chromosome.
window_cores <- function(windows) {
  last <- as.integer(cumsum(windows$n_variants))
  list(first = as.integer(last - windows$n_variants + 1L), last = last)
}

# Rows of windows, as `rust_refine_calls()` gives pieces.
whole_windows <- function(part, posterior) {
  n_windows <- nrow(part$windows)
  owner <- decoded_haplotypes(part$chains)
  cores <- window_cores(part$windows)
  list(haplotype = rep(owner, each = n_windows), window = rep(seq_len(n_windows), length(owner)),
    first = rep(cores$first, length(owner)), last = rep(cores$last, length(owner)),
    posterior = posterior)
}

# Calls of haplotypes as given, with changes placed to the variant. `near`: haplotypes with their
# phase repaired, reading, donors, see `near_calls()`. Pieces begin where positions do.
refined_calls <- function(part, posterior, near, position_bp, threads, call) {
  chain <- match(part$flips$sample, part$chains$sample)
  cores <- window_cores(part$windows)
  cores$border <- window_border_places(position_bp, cores$last)
  flips <- list(chain = chain, variant = cores$border[part$flips$variant])
  with_progress(function(progress) {
    rust_refine_calls(near$haplotypes, near$reading, near$donors, posterior,
      part$chains[c("first", "second")], cores, flips, threads, progress)
  }, call)
}

# One row for each diploid sample and step between windows; then one for each place where the phase
# was repaired before, whose `evidence` is alleles.
switches_of_part <- function(part, decoded, sample_id, position_bp) {
  chains <- part$chains
  steps <- nrow(part$windows) - 1L
  diploid <- rep(chains$second > 0L, each = steps)
  flips <- part$flips
  repaired <- tibble::tibble(
    sample_id = sample_id[flips$sample], chrom = rep(part$windows$chrom[1], length(flips$sample)),
    window = part$windows$window[findInterval(flips$variant, window_cores(part$windows)$first)],
    switch_probability = flips$probability, switched = rep(TRUE, length(flips$sample)),
    position_bp = position_bp[flips$variant], evidence = rep("alleles", length(flips$sample))
  )
  of_steps <- tibble::tibble(
    sample_id = rep(sample_id[chains$sample[chains$second > 0L]], each = steps),
    chrom = part$windows$chrom[rep(1L, sum(diploid))],
    window = rep(part$windows$window[-1], sum(chains$second > 0L)),
    switch_probability = as.double(decoded$switch_probability)[diploid],
    switched = as.logical(decoded$switched)[diploid], position_bp = NA_integer_,
    evidence = "ancestry"
  )
  rbind(of_steps, repaired)
}
