#' Settings of local ancestry
#'
#' The three stages of [local_ancestry()], each by settings of its own: classifiers of windows
#' (`window_settings()`), the pair hidden Markov model that smooths what they say (`pair_hmm()`),
#' and the calibration of posteriors on mosaics of held-out members of the panel (`calibration()`).
#'
#' `NULL` is the default of [local_ancestry()], or what its `preset` says.
#'
#' @param size Variants that get one label, 1 to 8000; `"auto"` (the default): as many as serve the
#'   panel best, see [local_ancestry()]; 100 of `preset = "paper"`.
#' @param context Variants on either side of a window that help to find its label, 0 to 8000. By
#'   default half as many as the window has; none of `preset = "paper"`.
#' @param folds Parts of the panel, 2 or more (by default 5), whose labels are found by classifiers
#'   trained on the others; both haplotypes of a sample are in one part. The reliability of
#'   labels and calibration are learned from them. More take time in proportion. In small panels
#'   use fewer than the smallest population has samples.
#' @param classifier [svm()], the classifiers of a window: `cost` (10), `kernel` (`"string"`),
#'   `multiclass` (`"joint"`; `"one_vs_one"` of `preset = "paper"`), `landmarks` (5000).
#' @returns Settings of class `forebear_window_settings`, `forebear_pair_hmm` or
#'   `forebear_calibration`. They are checked here and cannot be changed; [print()] shows them.
#' @section Errors:
#' `forebear_error_argument`.
#' @seealso [svm()], [mosaic_settings()]
#' @family settings
#' @examples
#' window_settings(50, context = 25, classifier = svm(multiclass = "one_vs_one"))
#' pair_hmm(emissions = "both")
#' calibration(mosaics = mosaic_settings(100, generations = 20))
#' @name local_ancestry_settings
#' @export
window_settings <- function(size = NULL, context = NULL, folds = 5, classifier = svm()) {
  new_window_settings(size, context, folds, classifier)
}

new_window_settings <- function(size = NULL, context = NULL, folds = 5, classifier = new_svm(),
                                call = rlang::caller_env()) {
  new_settings("window_settings", list(
    size = check_window_size(size, "size", call),
    context = if (!is.null(context)) check_count(context, "context", min = 0, call = call),
    folds = check_count(folds, "folds", min = 2, call = call),
    classifier = check_kind(classifier, "classifier", "svm", call)
  ))
}

# A number of variants, or NULL for the default; "auto" is the default by its name.
check_window_size <- function(size, name, call) {
  if (!is.null(size) && !identical(size, "auto")) check_count(size, name, call = call)
}

#' @rdname local_ancestry_settings
#' @param generations Since admixture, 0.01 to 10,000 (by default 10): where to begin with the rate
#'   at which ancestry changes. The rate itself is estimated; change it only where that does not
#'   converge.
#' @param emissions What the hidden Markov model takes from a window: `"soft"` (the default),
#'   probabilities of all populations; `"hard"`, its label, as the 2014 paper and
#'   `preset = "paper"`; `"both"`: there are two models, and posteriors are the means of theirs, in
#'   twice the time.
#' @param phase `"corrected"` (the default): the haplotypes of a sample may be exchanged between
#'   windows; `"trusted"`: each is taken by itself, for data whose phase is known from parents.
#' @param refine Whether the copying model of Li and Stephens (2003), by which a haplotype is a
#'   mosaic of those of the panel, repairs the phase before windows are classified, and says
#'   afterwards at which variant ancestry changes. By default, but not of `preset = "paper"`.
#' @param cm_per_mb Where the panel has no genetic map, cM per million base pairs, 1e-6 to 1e6 (by
#'   default 1, the mean of the human genome).
#' @param admixed_groups Number of groups into which samples given as `admixed` are put by k-means
#'   of their principal components; by default one for every 20 samples, at most 6.
#' @param min_overlap,strand Of `admixed`, as in [harmonize()].
#' @export
pair_hmm <- function(generations = 10, emissions = NULL, phase = c("corrected", "trusted"),
                     refine = NULL, cm_per_mb = 1, admixed_groups = NULL, min_overlap = 0.8,
                     strand = c("check", "same")) {
  new_pair_hmm(generations, emissions, phase, refine, cm_per_mb, admixed_groups, min_overlap,
    strand)
}

new_pair_hmm <- function(generations = 10, emissions = NULL, phase = c("corrected", "trusted"),
                         refine = NULL, cm_per_mb = 1, admixed_groups = NULL, min_overlap = 0.8,
                         strand = c("check", "same"), call = rlang::caller_env()) {
  new_settings("pair_hmm", list(
    generations = check_number(generations, "generations", min = 0.01, max = 1e4, call = call),
    emissions = if (!is.null(emissions)) {
      check_choice(emissions, "emissions", c("soft", "both", "hard"), call)
    },
    phase = check_choice(phase, "phase", c("corrected", "trusted"), call),
    refine = if (!is.null(refine)) check_flag(refine, "refine", call),
    cm_per_mb = check_number(cm_per_mb, "cm_per_mb", min = 1e-6, max = 1e6, call = call),
    admixed_groups = if (!is.null(admixed_groups)) {
      check_count(admixed_groups, "admixed_groups", call = call)
    },
    min_overlap = check_number(min_overlap, "min_overlap", min = 0, max = 1, call = call),
    strand = check_choice(strand, "strand", c("check", "same"), call)
  ))
}

#' @rdname local_ancestry_settings
#' @param mosaics Samples made of held-out members that calibration learns from, over all folds: a
#'   number of at least 1 (by default 210), or [mosaic_settings()], which also say how they are
#'   made. More make curves smoother, and take time in proportion.
#' @param members Members of each population of the panel that it learns from too, 1 or more (by
#'   default 25): people who are not admixed.
#' @export
calibration <- function(
    mosaics = mosaic_settings(210, generations = c(4, 6, 10, 14, 20),
      switch_rate = c(0, 0.002, 0.005, 0.01, 0.02, 0.04)),
    members = 25) {
  new_calibration(mosaics, members)
}

new_calibration <- function(mosaics = 210, members = 25, call = rlang::caller_env()) {
  mosaics <- if (inherits(mosaics, "forebear_settings")) {
    mosaics
  } else {
    new_mosaic_settings(check_count(mosaics, "mosaics", max = 1e6, call = call),
      generations = c(4, 6, 10, 14, 20), switch_rate = c(0, 0.002, 0.005, 0.01, 0.02, 0.04))
  }
  new_settings("calibration", list(
    mosaics = as_mosaic_settings(mosaics, min = 1, call = call),
    members = check_count(members, "members", call = call)
  ))
}

# Settings of calibration, or NULL for none. `calibrate`: TRUE, FALSE or `calibration()`.
check_calibrate <- function(calibrate, call) {
  if (has_settings(calibrate, "calibrate", "calibration", list(), call)) {
    return(calibrate)
  }
  if (check_flag(calibrate, "calibrate", call)) new_calibration(call = call)
}

names_of_windows <- c("context", "folds")
names_of_window_classifiers <- c("cost", "kernel", "multiclass", "landmarks")
names_of_pair_hmm <- c("generations", "emissions", "phase", "cm_per_mb", "admixed_groups",
  "min_overlap", "strand")

# Where arguments of `local_ancestry()` went.
moved_into_stages <- function() {
  classifiers <- names_of_window_classifiers
  c(moved_into("window = window_settings", names_of_windows),
    stats::setNames(sprintf("`window = window_settings(classifier = svm(%s = ))`", classifiers),
      classifiers),
    moved_into("hmm = pair_hmm", names_of_pair_hmm))
}

# Settings of windows. `window`: such, a number of variants, "auto" or NULL; `old`: arguments by
# their old names.
as_window_settings <- function(window, old, call) {
  of_windows <- only(old, names_of_windows)
  of_classifiers <- only(old, names_of_window_classifiers)
  if (has_settings(window, "window", "window_settings", c(of_windows, of_classifiers), call)) {
    return(window)
  }
  size <- check_window_size(window, "window", call)
  classifier <- rlang::exec(new_svm, !!!of_classifiers, call = call)
  rlang::exec(new_window_settings, size = size, !!!of_windows, classifier = classifier,
    call = call)
}

# Settings of the pair HMM, likewise.
as_pair_hmm <- function(hmm, old, call) {
  old <- only(old, names_of_pair_hmm)
  if (is.null(hmm)) {
    return(rlang::exec(new_pair_hmm, !!!old, call = call))
  }
  refuse_beside_settings(old, "hmm", "pair_hmm", call)
  check_kind(hmm, "hmm", "pair_hmm", call)
}

# window and hmm without a NULL where there is a default, but for the size (and context) of windows
# that the panel chooses. A preset says what the user may not.
with_preset <- function(window, hmm, preset, call) {
  if (!is.null(preset)) {
    check_choice(preset, "preset", "paper", call)
    given <- list(window$size, window$context, window$classifier$multiclass, hmm$emissions)
    if (!all(vapply(given, is.null, NA))) {
      abort_forebear("argument", c(
        "A preset sets `window`, `context`, `multiclass` and `emissions`.",
        x = "One of them is given too.", i = "Leave out either."), call)
    }
  }
  own <- if (is.null(preset)) {
    list(size = NULL, context = NULL, multiclass = "joint", emissions = "soft")
  } else {
    list(size = 100L, context = 0L, multiclass = "one_vs_one", emissions = "hard")
  }
  svms <- window$classifier
  size <- window$size %||% own$size
  list(
    window = with_fields(window, size = size,
      context = window$context %||% own$context %||% (if (!is.null(size)) size %/% 2L),
      classifier = with_fields(svms, cost = svms$cost %||% 10,
        kernel = svms$kernel %||% "string",
        multiclass = svms$multiclass %||% own$multiclass,
        landmarks = svms$landmarks %||% 5000L)),
    hmm = with_fields(hmm, emissions = hmm$emissions %||% own$emissions,
      refine = hmm$refine %||% is.null(preset))
  )
}
