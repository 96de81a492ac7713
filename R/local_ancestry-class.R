#' Local ancestry
#'
#' Learns from a reference panel which population each segment of a haplotype comes from.
#' [predict()][predict.forebear_local_ancestry] then calls the ancestry of new phased samples along
#' their chromosomes and finds errors of their phase.
#'
#' Each chromosome is cut into windows of consecutive variants. In each window
#' support vector machines with a string kernel (lengths of runs of variants at which two haplotypes
#' are equal) classify haplotypes by population. A pair hidden Markov model then smooths their
#' output for both haplotypes of a sample together, and may exchange the haplotypes between two
#' windows where the phase is wrong. How reliable the classifiers are is learned from the panel,
#' each sample called by classifiers that have not seen it. How often ancestry and phase change is
#' learned from the samples that are called (or from `admixed`), never assumed.
#'
#' @section Windows:
#' How many variants a window should have depends on how dense they are and on how close the
#' populations lie: long windows distinguish close populations, short ones follow the ancestry. By
#' default (`window = "auto"`) lengths from 15 to 960 variants, each with half as many variants of
#' context on either side, are tried on mosaics of held-out members of the panel, on ranges of 6
#' to 20 cM in all, with rates of 10 generations; windows with their context are no longer than 2
#' cM. The search begins at 60 and goes on to twice or half as many while that is better. Mosaics
#' come from 20 demes for each range, in which few populations have most (Dirichlet(0.3)). Lengths
#' are compared by the mean logarithm of the posterior of the true population, over variants;
#' the 35 variants next to a change of ancestry do not count, because where it changes is found
#' variant by variant afterwards. Of lengths within a standard error (over mosaics) of the best one,
#' the longest is taken, as longer windows take less time. A message of class
#' `forebear_message_windows` says what was chosen, and `tidy(matrix = "windows")` what was tried;
#' one of class `forebear_message_sparse`, that less than half of what chance calls wrong is called
#' right: the variants are too few for populations as close as these.
#'
#' On simulated panels, this takes the length that is best, or as good, for queries of known
#' ancestry: 30 or 60 variants where there is one per 4 kb, 60 or 120 where there is one per 0.5
#' kb.
#'
#' @section Defaults:
#' Windows are called by least-squares SVMs (Suykens & Vandewalle 1999) whose decision values
#' multinomial logistic regression turns into probabilities. The hidden Markov model takes them to
#' the power `0.6 window / (window + 2 context)`: each variant counts once in overlapping windows,
#' and a little less because variants near one another are correlated. This was chosen on mosaics
#' of held-out members of two simulated panels (one variant per 4 kb, windows of 30), where
#' proportions of haplotypes called right were .957 among ten close populations and .981 among four
#' continents, against .932 and .976 for windows of 50 and 50 with
#' `multiclass = "one_vs_one", emissions = "both"`.
#'
#' `preset = "paper"` has windows of 100 variants without context, SVMs for pairs of populations
#' and hard evidence, as the 2014 paper.
#'
#' @section Calibration:
#' With `calibrate`, posteriors are made as right as they say: of what is called at a threshold t,
#' a proportion t is right, of each population, averaged over people like those that calibration
#' learned from. These are members of the panel, up to 25 of each population, and mosaics of
#' members, all called by classifiers that have not seen them. Mosaics are as diverse as queries
#' are: 4 to 20 generations after admixture, with a phase switch at 0 to 4 % of heterozygous pairs
#' (repaired as that of queries is), wrong alleles, and proportions of few populations or of
#' sisters.
#'
#' All posteriors are raised to the one power, 0.3 to 1.2, under which the truth is likeliest. Then,
#' from the root of the population tree down, what each node has is divided among its children by
#' curves: of the windows that truly lie below the node, with some conditional posterior of a child,
#' which proportion truly lies below the child? Regularized isotonic regression, as in the 2014
#' paper, makes that proportion rise. So inner nodes are calibrated too, and populations that the
#' panel cannot distinguish divide what their parent has evenly. Each person's windows weigh 1
#' together. There are curves for people alike: by the rate of phase switches, and by how far one
#' child has all of what the node has of the person; each is shrunk toward that of more people. No
#' curve says more than (n + 1) / (n + 2) with n people behind it. A population of fewer than 25
#' members has at most what an even division of its parent among leaves gives it, or among the
#' parent's children where it is clearly the most probable of them, unless all of these are as
#' small. What it has beyond is divided among sisters that have less: at thresholds above 1/2 its
#' parent is called, or nothing where that is the root.
#'
#' Calibration is as good as the panel: of people from other populations see `.typicality` of
#' [predict()][predict.forebear_local_ancestry].
#'
#' @section Genetic map:
#' Distances between windows are in cM if the panel was read with a genetic map
#' ([read_phased_vcf()]), otherwise `cm_per_mb` of [pair_hmm()] everywhere. Calls have positions in
#' cM only on chromosomes with a map.
#'
#' @section What a model holds:
#' Support vectors are haplotypes of members of the panel, segment by segment, and by up to 150
#' samples of each population the [phase_switches()] are placed: give a model only to those who
#' may have the panel. [saveRDS()] and [write_model()] keep it.
#'
#' @section Patents:
#' 23andMe holds US patents on parts of this method (9,213,947; 11,521,708; 11,817,176 among
#' others).
#'
#' @param panel A [reference_panel()].
#' @param window Variants that get one label; `"auto"` for the number that serves the panel best,
#'   see below; or [window_settings()], which also say how much `context` and which `classifier` a
#'   window has, and in how many `folds` the panel is held out.
#' @param hmm [pair_hmm()]: what the hidden Markov model takes from windows (`emissions`), whether
#'   it corrects the `phase`, where it begins (`generations`), and how `admixed` samples are used.
#' @param preset `NULL`, or `"paper"`: windows of `size = 100, context = 0` with
#'   `svm(multiclass = "one_vs_one")`, and `emissions = "hard"`.
#' @param admixed `NULL`: the rates are estimated from the samples that [predict()] is given. Or
#'   admixed [haplotypes]: each group of them gives a parameter set, and posteriors are averages
#'   over the sets, weighted by how well each explains a sample. In a list of haplotypes each is a
#'   group; `admixed_groups` of [pair_hmm()] says how many groups are made of one.
#' @param calibrate Whether posteriors are recalibrated, see below, or [calibration()] that says
#'   how; `FALSE` saves about half of the time.
#' @param ... Must be empty, or arguments that have moved into settings by their old names
#'   (`context`, `folds`; `cost`, `kernel`, `multiclass`, `landmarks`; `generations`, `emissions`,
#'   `phase`, `cm_per_mb`, `admixed_groups`, `min_overlap`, `strand`), of which a message of class
#'   `forebear_message_deprecated` names the new place.
#' @inheritParams shared_arguments
#' @inheritParams long_runs
#' @param x A `forebear_local_ancestry` model.
#' @param matrix Of `tidy()`: `"labels"`, `"calibration"` or `"windows"`.
#' @returns An object of class `forebear_local_ancestry`.
#'   [predict()][predict.forebear_local_ancestry] calls new
#'   samples; [glance()] gives one row: `n_samples`, `n_populations`, `n_chromosomes`, `n_windows`,
#'   `n_variants`, `window`, `context`, `held_out_accuracy` (proportion of windows of held-out
#'   samples with the right label, before smoothing), `converged`; [tidy()] the labels of held-out
#'   samples: `population`, `label`, `n`, `share`; `tidy(matrix = "calibration")` what recalibration
#'   has learned: `node`, `switch_rate_class` and `dominance_class` (1 is the least) of people,
#'   `posterior` (conditional on the parent of the node, raised to the power), `calibrated` (what it
#'   becomes, before sisters are divided by their sum), `most` (what it may be);
#'   `tidy(matrix = "windows")` the lengths of windows that were tried: `window`, `context`,
#'   `log_score` (mean over variants of log P(true population)), `std_error` (of the difference from
#'   the best), `accuracy`, `by_chance` (if each mosaic were called as its largest proportion
#'   throughout), `chosen`; `summary()` the panel, one row for each population: `population`,
#'   `parent`, `n_samples`, `n_haplotypes`, `n_duplicates`. `model$build` names the human genome
#'   builds on which the positions can lie, `NULL` if none is known.
#' @section Errors:
#' `forebear_error_argument`; `forebear_error_unsorted` if positions of a chromosome fall,
#' `forebear_error_window_positions` if genetic ones do; `forebear_error_window_size`,
#' `forebear_error_population_too_small`, `forebear_error_cost`; for `admixed` those of
#' [harmonize()]; those of [long_runs].
#' @references
#' Durand E.Y. et al. (2014), Ancestry Composition: a novel, efficient pipeline for ancestry
#' deconvolution. bioRxiv 010512.
#'
#' Rifkin R., Yeo G. & Poggio T. (2003), Regularized least-squares classification (`landmarks` of
#' [svm()] are its subset of regressors). Nato Science Series III 190, 131-154.
#'
#' Suykens J.A.K. & Vandewalle J. (1999), Least squares support vector machine classifiers. Neural
#' Processing Letters 9, 293-300.
#' @examples
#' frequency <- rbind(north = rep(c(0.1, 0.8, 0.3), 20), south = rep(c(0.9, 0.2, 0.5), 20))
#' population <- rep(c("north", "south"), each = 30)
#' alleles <- t(sapply(rep(population, each = 2), function(name) {
#'   rbinom(60, 1, frequency[name, ])
#' }))
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' panel <- reference_panel(as_haplotypes(alleles), setNames(population, paste0("s", 1:60)))
#' model <- local_ancestry(panel, window = window_settings(10, context = 5))
#' glance(model)
#' predict(model, as_haplotypes(alleles[1:4, ]))
#' @family local ancestry
#' @export
local_ancestry <- function(panel, window = "auto", ..., hmm = pair_hmm(), calibrate = TRUE,
                           preset = NULL, admixed = NULL, seed = 1, threads = NULL,
                           checkpoint_dir = NULL,
                           BPPARAM = NULL) { # nolint: object_name_linter. Bioconductor's name.
  call <- rlang::current_env()
  old <- take_arguments(list(...), "local_ancestry", moved_into_stages())
  check_panel(panel, call)
  window <- as_window_settings(if (!missing(window)) window, old, call)
  hmm <- as_pair_hmm(if (!missing(hmm)) hmm, old, call)
  stages <- with_preset(window, hmm, preset, call)
  hmm <- stages$hmm
  settings <- settings_of_windows(stages$window, hmm$emissions, check_seed(seed, call), call)
  is_chosen <- is.null(stages$window$size)
  check_two_samples(panel$population, call)
  calibration <- check_calibrate(calibrate, call)
  check_variant_order(panel$haplotypes$variants, call)
  if (is.null(admixed) && !is.null(hmm$admixed_groups)) {
    abort_forebear("argument", c("Groups need `admixed` samples.",
      x = "`admixed_groups` is given without `admixed`."), call)
  }
  run <- open_training(panel, settings, calibration, hmm$cm_per_mb, checkpoint_dir, BPPARAM,
    threads, call)
  threads <- run$threads
  groups <- if (!is.null(admixed)) {
    admixed_list(admixed, hmm$admixed_groups, settings$seed, threads, call)
  }
  if (is_chosen) {
    choice <- run_whole(run, "windows", {
      choose_windows(panel, settings, stages$window$context, hmm, threads, call)
    }, call)
    inform_windows(choice)
    settings <- with_windows(settings, choice)
  }
  trained <- local_ancestry_fit(panel, settings, hmm, calibration, threads, call, run)
  model <- with_record(trained$model, panel)
  if (is_chosen) model$windows_tried <- choice
  if (!is.null(groups)) {
    fitted <- lapply(groups, function(group) {
      aligned <- aligned_haplotypes(group, model$sites, hmm$min_overlap, hmm$strand, threads, call)
      fit_parameters(evidence_parts(model, aligned, hmm$phase, threads, call), model$start, threads,
        call)
    })
    model$sets <- do.call(Map, c(list(c), unname(fitted)))
  }
  if (!is.null(calibration)) {
    model$recalibration <- fit_recalibration(model, trained$trained, trained$mosaics, panel,
      calibration, threads, call)
  }
  model
}

# What Rust trains windows by, of settings in which nothing is left to a default. Of windows that
# the panel will choose, sizes are 0.
settings_of_windows <- function(window, emissions, seed, call) {
  classifier <- window$classifier
  training_settings(
    window = window$size %||% 0, context = window$context %||% 0,
    cost = check_number(classifier$cost, "cost", min = 1e-6, max = 1e6, call = call),
    kernel = classifier$kernel, multiclass = classifier$multiclass, folds = window$folds,
    probabilities = emissions != "hard", landmarks = classifier$landmarks, seed = seed
  )
}

# Lengths that were tried.
tidy_windows <- function(model, call) {
  if (is.null(model$windows_tried)) {
    abort_forebear("argument", c("The windows of the model must have been chosen on the panel.",
      x = sprintf("They were given: %s.", counted(model$settings$window, "variant")),
      i = "local_ancestry(panel, window = \"auto\")"), call)
  }
  model$windows_tried
}

# `choice`: of `choose_windows()`.
with_windows <- function(settings, choice) {
  chosen <- choice[choice$chosen, ]
  settings[c("window", "context")] <- list(as.double(chosen$window), as.double(chosen$context))
  settings
}

inform_windows <- function(choice) {
  chosen <- choice[choice$chosen, ]
  windows <- sprintf("Windows of %s and %s of context", counted(chosen$window, "variant"),
    big(chosen$context))
  inform_forebear("windows", if (nrow(choice) == 1) {
    sprintf("%s: longer ones would be too few, or too long, for this panel.", windows)
  } else {
    sprintf("%s, chosen on mosaics of held-out members of the panel (tried: %s).", windows,
      paste(choice$window, collapse = ", "))
  })
  if (!is.na(chosen$accuracy) && gain_over_chance(chosen) < least_gain) {
    inform_forebear("sparse", c(sprintf(paste("The variants of the panel hardly distinguish its",
      "populations: %.0f %% of held-out mosaics are called right, and %.0f %% by chance."),
    100 * chosen$accuracy, 100 * chosen$by_chance),
    i = "Use more variants, or merge populations that are close (`curate_panel()`)."))
  }
}

# Of what chance calls wrong, the proportion that is called right.
gain_over_chance <- function(chosen) {
  (chosen$accuracy - chosen$by_chance) / (1 - chosen$by_chance)
}

# Below it, most of what windows add is wrong.
least_gain <- 0.5

check_panel <- function(panel, call) {
  if (!inherits(panel, "forebear_reference_panel")) {
    abort_forebear("argument", c("`panel` must be a `reference_panel()`.",
      x = sprintf("It is %s.", describe_class(panel))), call)
  }
}

# Positions of the variants of each chromosome, named, in the order in which they first occur.
chromosome_parts <- function(variants) {
  split(seq_len(nrow(variants)), factor(variants$chrom, unique(variants$chrom)))
}

# model; what calibration learns from: trained (of every chromosome), mosaics. `settings`: of
# `training_settings()`; `hmm`: of `pair_hmm()`; `calibration`: settings, or NULL.
local_ancestry_fit <- function(panel, settings, hmm, calibration, threads, call,
                               run = plain_run(threads, "training")) {
  populations <- levels(panel$population)
  variants <- panel$haplotypes$variants
  parts <- chromosome_parts(variants)
  has_map <- vapply(parts, function(chosen) any(variants$position_cm[chosen] != 0), NA)
  variants$position_cm <- positions_in_cm(variants, hmm$cm_per_mb, call)
  chromosomes <- chromosomes_in_cm(variants, variants$position_cm, call)
  check_own_rates(variants[variants$chrom %in% names(parts)[has_map], ], call)
  mosaics <- if (!is.null(calibration)) {
    held_out_mosaics(panel, chromosomes, settings, calibration$mosaics, threads, call)
  }
  refine <- hmm$refine && hmm$phase == "corrected"
  trained <- train_chromosomes(panel, parts, settings, mosaics, refine, run, call)
  inform_landmarks(trained, settings)
  kinds <- evidence_kinds(hmm$emissions)
  labels <- if ("hard" %in% kinds) held_out_labels(trained, panel$population, threads, call)
  start <- lapply(stats::setNames(nm = kinds), function(kind) {
    of_kind <- if (kind == "hard") labels else probability_labels(length(populations))
    start_parameters(of_kind, hmm$generations)
  })
  genotypes <- suppressWarnings(as_genotypes(panel$haplotypes, threads = threads),
    classes = "forebear_warning_duplicate_ids")
  sites <- reference_sites(genotypes, threads, call)
  sites$variants <- variants
  chromosomes <- Map(function(part, chosen, has_map) {
    list(model = part$model, chosen = chosen,
      windows = window_table(part$model, variants[chosen, ]), has_map = has_map)
  }, trained, parts, has_map)
  model <- new_local_ancestry(
    chromosomes = chromosomes, sites = sites, donors = donors_of(panel, threads, call),
    populations = populations, tree = panel$tree, start = start, settings = settings,
    emissions = hmm$emissions, phase = hmm$phase, refine = hmm$refine,
    confusion = held_out_confusion(trained, panel$population),
    n_not_converged = sum(vapply(trained, function(part) part$n_not_converged, numeric(1))) +
      isFALSE(labels$converged),
    sample_id = panel$haplotypes$samples$sample_id
  )
  model["usual"] <- list(usual_likeness(trained, panel$population))
  list(model = model, trained = trained, mosaics = mosaics)
}

inform_landmarks <- function(trained, settings) {
  n <- sum(vapply(trained, `[[`, 0, "n_with_landmarks"))
  if (n > 0) {
    inform_forebear("landmarks", c(
      sprintf("%s more than %s different haplotypes: %s of them stand for all, less accurately.",
        if (n == 1) "1 window has" else paste(big(n), "windows have"),
        big(2 * settings$landmarks), big(settings$landmarks)),
      i = "More take longer: `window_settings(classifier = svm(landmarks = ))`."))
  }
}

# How labels behave in each population, from those of held-out samples: label, reset.
held_out_labels <- function(trained, population, threads, call) {
  evidence <- unname(lapply(trained, function(part) {
    evidence_of(part$held_out, "hard", nlevels(population), 1)$hard
  }))
  labels <- with_progress(function(progress) {
    rust_fit_labels(evidence, rep(as.integer(population), each = 2), threads, progress)
  }, call)
  if (!labels$converged) {
    warn_forebear("not_converged", "The reliability of labels has not converged.", call)
  }
  labels
}

# Probabilities are of populations themselves, and independent between windows.
probability_labels <- function(k) list(label = as.double(diag(k)), reset = rep(1, k * k))

# [n_variants] cM, assumed on chromosomes that have no map: 0 throughout.
positions_in_cm <- function(variants, cm_per_mb, call) {
  position <- variants$position_cm
  mapped <- stats::ave(position != 0, variants$chrom, FUN = any) == 1
  if (!all(mapped)) {
    position[!mapped] <- position_cm(NULL, variants$chrom[!mapped], variants$position_bp[!mapped],
      cm_per_mb, call)
  }
  position
}

# Positions in cM that variants have already are a map of their own chromosome.
check_own_rates <- function(variants, call) {
  ends <- stats::ave(variants$position_bp, variants$chrom, FUN = function(bp) diff(range(bp))) > 0
  variants <- variants[ends & is.finite(variants$position_cm), ]
  if (nrow(variants) > 0) {
    fits <- map_fits(variants, variants$chrom, variants$position_bp, call)
    check_map_rates(fits, "`position_cm` of the panel", call)
  }
}

# One row for each window, whose ends are the first and last variant of its core.
window_table <- function(model, variants) {
  core <- answer(rust_window_variants(model))
  tibble::tibble(
    chrom = variants$chrom[1], window = seq_along(core$first),
    start_bp = variants$position_bp[core$first], end_bp = variants$position_bp[core$last],
    start_cm = variants$position_cm[core$first], end_cm = variants$position_cm[core$last],
    n_variants = core$last - core$first + 1L
  )
}

# The windows of calls: what is only assumed of genetic positions is not known. Models that were
# written before `has_map` do not say it; there cM in proportion to bp throughout are taken for
# assumed.
windows_of_calls <- function(model, chroms) {
  windows <- lapply(model$chromosomes[chroms], function(part) {
    variants <- model$variants[part$chosen, ]
    if (!(part$has_map %||% !is_proportional(variants$position_cm, variants$position_bp))) {
      part$windows[c("start_cm", "end_cm")] <- NA_real_
    }
    part$windows
  })
  do.call(rbind, unname(windows))
}

is_proportional <- function(cm, bp) {
  last <- length(bp)
  all(abs(cm - bp * (cm[last] / bp[last])) <= 1e-9 * abs(cm))
}

# Phase switches per cM to begin with; only its order of magnitude matters.
start_switch_rate <- 0.1

# Where EM begins: all populations alike, a crossover per generation and Morgan.
start_parameters <- function(labels, generations) {
  k <- sqrt(length(labels$label))
  list(
    ancestry = rep(1 / k, k), label = labels$label, reset = labels$reset,
    recombination_rate = generations / 100, switch_rate = start_switch_rate
  )
}

parameter_set <- function(fitted) {
  fitted[c("ancestry", "label", "reset", "recombination_rate", "switch_rate")]
}

# [population x label] windows of held-out haplotypes.
held_out_confusion <- function(trained, population) {
  owner <- as.integer(population)[rep(seq_along(population), each = 2)]
  k <- nlevels(population)
  cells <- lapply(trained, function(part) {
    label <- part$held_out$label
    known <- !is.na(label)
    tabulate((label[known] - 1L) * k + owner[row(label)[known]], k * k)
  })
  names <- list(population = levels(population), label = levels(population))
  matrix(Reduce(`+`, cells), k, dimnames = names)
}

# chromosomes  named list: model (raw), chosen (positions of its variants), windows (with assumed
#              genetic positions where there is no map), has_map
# sites        variants, and frequency and n_alleles in the panel
# donors       haplotypes of members of each population, see `donors_of()`
# start        parameters from which EM begins, by kind of evidence; label and reset are final
# sets         parameter sets from admixed samples, by kind, or NULL
# confusion    [population x label] windows of held-out haplotypes
# refine       whether the copying model repairs phase and places changes at variants
# recalibration  curves, see `fit_recalibration()`; NULL without
new_local_ancestry <- function(chromosomes, sites, donors, populations, tree, start,
                               settings, emissions, phase, refine, confusion, n_not_converged,
                               sample_id) {
  stopifnot(is.list(chromosomes), is.character(populations),
    inherits(tree, "forebear_population_tree"),
    is.matrix(confusion), is.character(sample_id))
  x <- list(
    chromosomes = chromosomes, sites = sites, donors = donors,
    populations = populations, tree = tree, start = start, sets = NULL, recalibration = NULL,
    settings = settings, emissions = emissions, phase = phase, refine = refine,
    confusion = confusion,
    n_not_converged = n_not_converged, sample_id = sample_id, variants = sites$variants
  )
  structure(x, class = "forebear_local_ancestry")
}

# All windows of a model.
model_windows <- function(model) {
  do.call(rbind, unname(lapply(model$chromosomes, function(part) part$windows)))
}

held_out_accuracy <- function(model) {
  sum(diag(model$confusion)) / sum(model$confusion)
}

shown_accuracy <- function(model) {
  if (sum(model$confusion) == 0) {
    return("no held-out window could be labeled, as no variant varies in the panel")
  }
  sprintf("%.1f %% of held-out windows labeled right", 100 * held_out_accuracy(model))
}

#' @export
print.forebear_local_ancestry <- function(x, ...) {
  windows <- model_windows(x)
  cat(
    sprintf("<local_ancestry> %s, %s of the panel, %s on %s",
      counted(length(x$populations), "population"), counted(length(x$sample_id), "sample"),
      counted(nrow(windows), "window"), counted(length(x$chromosomes), "chromosome")),
    sprintf("windows of %s and %s of context%s; %s emissions, phase %s",
      counted(x$settings$window, "variant"), big(x$settings$context),
      if (is.null(x$windows_tried)) "" else " (chosen on the panel)", x$emissions, x$phase),
    sprintf("%s; %s", shown_accuracy(x),
      if (is.null(x$sets)) "rates are estimated by predict()" else sprintf(
        "%s from admixed samples", counted(length(x$sets[[1]]), "parameter set"))),
    sep = "\n"
  )
  invisible(x)
}

#' @export
glance.forebear_local_ancestry <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    n_samples = length(x$sample_id), n_populations = length(x$populations),
    n_chromosomes = length(x$chromosomes), n_windows = nrow(model_windows(x)),
    n_variants = nrow(x$variants), window = as.integer(x$settings$window),
    context = as.integer(x$settings$context), held_out_accuracy = held_out_accuracy(x),
    converged = x$n_not_converged == 0
  )
}

#' @rdname local_ancestry
#' @export
tidy.forebear_local_ancestry <- function(x, matrix = c("labels", "calibration", "windows"), ...) {
  check_no_dots(...)
  matrix <- check_choice(matrix, "matrix", c("labels", "calibration", "windows"))
  if (matrix == "calibration") {
    return(tidy_recalibration(x, rlang::current_env()))
  }
  if (matrix == "windows") {
    return(tidy_windows(x, rlang::current_env()))
  }
  k <- length(x$populations)
  tibble::tibble(
    population = rep(x$populations, each = k), label = rep(x$populations, k),
    n = as.double(t(x$confusion)), share = as.double(t(x$confusion / rowSums(x$confusion)))
  )
}
