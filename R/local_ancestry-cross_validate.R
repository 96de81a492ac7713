#' Cross-validate local ancestry
#'
#' Hides a part of the samples of a reference panel, trains [local_ancestry()] on the others, calls
#' the hidden ones and compares the calls with their labels; part by part, until every sample was
#' hidden once. [tidy()] then gives the accuracy of every population and node of the tree, Table 1
#' of the 2014 paper.
#'
#' Samples are dealt into `folds` parts, every population evenly, both haplotypes of a sample
#' together. Whatever is learned is learned without the hidden part: the classifiers of the windows;
#' how reliable labels are, and the curves of the calibration, which come from folds of their own
#' within the other parts. What a fold trains is thus a whole model of a smaller panel, and the time
#' is that of `folds` trainings. Rates of recombination and phase switches, and the proportions of
#' populations, are estimated by [predict()][predict.forebear_local_ancestry] from the hidden
#' samples themselves, without their labels (or from `admixed` samples, see [local_ancestry()]).
#' Only the length of windows, where it is not given, is chosen once, on the whole panel.
#'
#' Members of a panel are of one population throughout, which is easier to call than admixture.
#' `mosaics` asks for admixed samples too, made of the hidden haplotypes alone as by
#' [simulate_admixed()]: two of each deme, with proportions of the populations of their own,
#' breakpoints anywhere, wrong alleles and phase switches, and the exact truth.
#'
#' Relatives in different parts make figures too good: [curate_panel()] takes them out. Wrong labels
#' make them too bad: see [audit_labels()][audit_labels.forebear_reference_panel].
#'
#' @param x A [reference_panel()].
#' @param folds Parts.
#' @param mosaics Admixed samples to make of the hidden haplotypes of each part, 0 for none; or
#'   [mosaic_settings()], which also say how they are made.
#' @param threshold,blocks As in [evaluate_calls()].
#' @param keep_calls Whether to keep the calls of the hidden samples, which takes memory:
#'   `tidy(matrix = "calls")`.
#' @param ... Further arguments of [local_ancestry()]: `window`, `hmm`, `calibrate`, `preset`,
#'   `admixed` (a part is trained with at most the `folds` of [window_settings()], 5, and no more
#'   than its smallest population has samples); arguments that have moved into settings by their old
#'   names, with a message of class `forebear_message_deprecated`, of which `generations` goes to
#'   both [mosaic_settings()] and [pair_hmm()]. Elsewhere it must be empty.
#' @inheritParams shared_arguments
#' @inheritParams long_runs
#' @returns An object of class `forebear_panel_validation`. [tidy()] gives
#'
#' * `matrix = "nodes"`: what [evaluate_calls()] returns of all parts together, one row per
#'   threshold and node, after a column `samples`, `"panel"` or `"mosaics"`;
#' * `matrix = "folds"`: the same for each part, after a column `fold`;
#' * `matrix = "samples"`: one row per sample of the panel: `sample_id`, `population`, `fold` (in
#'   which it was hidden);
#' * `matrix = "calls"` and `"truth"`, with `keep_calls`: calls of the hidden samples, and their
#'   truth as [evaluate_calls()] takes it; of the panel, or with `samples = "mosaics"` of these.
#'
#' [glance()] gives one row: `n_samples`, `n_populations`, `n_windows`, `folds`, `n_mosaics`,
#' `accuracy` (proportion of windows of the panel whose most probable population is right) and
#' `mosaic_accuracy` (`NA` without mosaics). [autoplot()][autoplot.forebear_panel_validation] draws.
#' @section Errors:
#' `forebear_error_fold_count` if a population is too small for so many parts;
#' `forebear_error_argument`; those of [local_ancestry()] and [simulate_admixed()].
#' @references
#' Durand E.Y. et al. (2014), Ancestry Composition: a novel, efficient pipeline for ancestry
#' deconvolution. bioRxiv 010512.
#' @family local ancestry
#' @examples
#' frequency <- rbind(north = rep(c(0.1, 0.8, 0.3), 20), south = rep(c(0.9, 0.2, 0.5), 20))
#' population <- rep(c("north", "south"), each = 30)
#' alleles <- t(sapply(rep(population, each = 2), function(name) {
#'   rbinom(60, 1, frequency[name, ])
#' }))
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' panel <- reference_panel(as_haplotypes(alleles), setNames(population, paste0("s", 1:60)))
#' cv <- cross_validate(panel, folds = 3, window = window_settings(10, context = 5),
#'   calibrate = FALSE)
#' cv
#' tidy(cv)
#' autoplot(cv)
#' @export
cross_validate.forebear_reference_panel <- function( # nolint: object_name_linter.
    x, folds = 5, mosaics = 0, threshold = c(0, 0.8), blocks = NULL, ..., keep_calls = FALSE,
    seed = 1, threads = NULL, checkpoint_dir = NULL,
    BPPARAM = NULL) { # nolint: object_name_linter. Bioconductor's.
  call <- rlang::current_env()
  of_mosaics <- c(
    moved_into("mosaics = mosaic_settings", c("switch_rate", "error_rate")),
    generations = "`mosaic_settings(generations = )` and `pair_hmm(generations = )`")
  arguments <- take_arguments(list(...), "cross_validate", c(of_mosaics, moved_into_training()),
    names_of_training)
  check_thresholds(threshold, call)
  if (!is.null(blocks)) blocks <- check_count(blocks, "blocks", min = 2, call = call)
  keep_calls <- check_flag(keep_calls, "keep_calls", call)
  how <- list(
    folds = check_panel_folds(folds, x$population, call), seed = check_seed(seed, call),
    mosaics = as_mosaic_settings(mosaics, arguments, call = call),
    training = training_of(arguments, call), threads = threads,
    checkpoint_dir = checkpoint_dir, bpparam = BPPARAM
  )
  parts <- over_hidden_parts(x, how, call, function(hidden, calls, model) {
    # The first, at threshold 0, counts the best guesses that are right.
    counts <- count_calls(calls, hidden$truth, x$tree, c(0, threshold), blocks, call)
    list(
      guesses = counts[[1]], counts = counts[-1], calls = if (keep_calls) calls,
      truth = if (keep_calls) hidden$truth, n_windows = nrow(attr(calls, "windows"))
    )
  })
  new_panel_validation(parts, x, how, threshold)
}

# Enough of every population in each part, and two left to learn from.
check_panel_folds <- function(folds, population, call) {
  folds <- check_folds(folds, population, call)
  size <- tabulate(population, nlevels(population))
  left <- size - ceiling(size / folds)
  if (any(left < 2)) {
    abort_forebear("fold_count", c(
      "Two samples of every population must be left to learn from.",
      x = sprintf("Of \"%s\" there are %d.", levels(population)[which.min(left)], min(left)),
      i = "Use more folds, leave small populations out, or merge them."
    ), call)
  }
  folds
}

# Arguments of `local_ancestry()` that are not set here, and those which have moved into them.
names_of_training <- c("window", "hmm", "calibrate", "preset", "admixed")

moved_into_training <- function() {
  moved <- moved_into_stages()
  moved[!names(moved) %in% c("folds", "min_overlap", "strand")]
}

# Of what `take_arguments()` gives: window, hmm, and others that `local_ancestry()` takes.
training_of <- function(arguments, call) {
  c(list(window = as_window_settings(arguments[["window"]], arguments, call),
    hmm = as_pair_hmm(arguments[["hmm"]], arguments, call)),
  only(arguments, c("calibrate", "preset", "admixed")))
}

# For each part of the panel what `work(hidden, calls, model)` gives of its hidden samples, and of
# the mosaics of them.
#
# fold     [n_samples] where each was hidden
# panel    list of what `work()` gave of the samples of each part
# mosaics  the same of the mosaics, or an empty list
#
# hidden: haplotypes, truth as `evaluate_calls()` takes it
over_hidden_parts <- function(panel, how, call, work) {
  check_variant_order(panel$haplotypes$variants, call)
  # Once for all folds, with what is said about it.
  panel$haplotypes$variants$position_cm <- positions_in_cm(panel$haplotypes$variants,
    how$training$hmm$cm_per_mb, call)
  how$training$window <- windows_of_all(panel, how, call)
  fold <- folds_of(panel$population, how$folds, how$seed)
  # Training takes most of the time.
  with_round_bar(how$folds * 10, function(tick) {
    parts <- lapply(seq_len(how$folds), function(part) {
      model <- in_name_of(call, train_without(panel, fold == part, part, how))
      tick(8)
      there <- list(panel = hidden_members(panel, fold == part))
      if (how$mosaics$n > 0) there$mosaics <- hidden_mosaics(panel, fold == part, part, how, call)
      done <- Map(function(hidden, kind) {
        work(hidden, in_name_of(call, call_hidden(model, hidden, kind, part, how)), model)
      }, there, names(there))
      tick(2)
      done
    })
    list(fold = fold, panel = lapply(parts, `[[`, "panel"),
      mosaics = Filter(Negate(is.null), lapply(parts, `[[`, "mosaics")))
  })
}

# Windows of one length in all parts, so that their calls fit together: where the panel chooses it,
# the whole panel does, and nothing else is learned from hidden samples.
windows_of_all <- function(panel, how, call) {
  given <- how$training
  stages <- with_preset(given$window, given$hmm, given[["preset"]], call)
  if (!is.null(stages$window$size)) {
    return(given$window)
  }
  settings <- settings_of_windows(stages$window, stages$hmm$emissions, how$seed, call)
  check_two_samples(panel$population, call)
  choice <- choose_windows(panel, settings, stages$window$context, stages$hmm,
    check_threads(how$threads, call), call)
  inform_windows(choice)
  chosen <- choice[choice$chosen, ]
  with_fields(given$window, size = chosen$window, context = chosen$context)
}

# The panel of some of its samples. `n_members` of each population are those of the whole panel: a
# population is not too small to be calibrated because some of it is hidden.
part_of_panel <- function(panel, chosen) {
  part <- new_reference_panel(panel$haplotypes[which(chosen), ], panel$population[chosen],
    panel$tree, panel$is_duplicate[rep(chosen, each = 2)], panel$fst)
  part$n_members <- members_of_panel(panel)
  part
}

members_of_panel <- function(panel) {
  panel$n_members %||% tabulate(panel$population, nlevels(panel$population))
}

train_without <- function(panel, hidden, part, how) {
  training <- part_of_panel(panel, !hidden)
  own <- how$training
  smallest <- min(tabulate(training$population, nlevels(training$population)))
  own$window <- with_fields(own$window, folds = min(own$window$folds, smallest))
  rlang::inject(local_ancestry(training, !!!own, seed = how$seed, threads = how$threads,
    checkpoint_dir = fold_folder(how, part), BPPARAM = how$bpparam))
}

call_hidden <- function(model, hidden, kind, part, how) {
  stats::predict(model, hidden$haplotypes, strand = "same", threads = how$threads,
    checkpoint_dir = fold_folder(how, part, kind), BPPARAM = how$bpparam)
}

# Each training and each prediction has a folder of its own.
fold_folder <- function(how, part, kind = NULL) {
  if (is.null(how$checkpoint_dir)) {
    return(NULL)
  }
  check_string(how$checkpoint_dir, "checkpoint_dir")
  paste(c(how$checkpoint_dir, paste0("fold", part), kind), collapse = "/")
}

# The samples of a part, each of its population from end to end.
hidden_members <- function(panel, hidden) {
  haplotypes <- panel$haplotypes[which(hidden), ]
  last <- tapply(haplotypes$variants$position_bp, haplotypes$variants$chrom, max)
  n <- sum(hidden)
  each <- 2L * length(last)
  list(haplotypes = haplotypes, truth = tibble::tibble(
    sample_id = rep(haplotypes$samples$sample_id, each = each),
    haplotype = rep(rep(1:2, each = length(last)), n),
    chrom = rep(names(last), 2L * n), start_bp = 1L, end_bp = rep(as.integer(last), 2L * n),
    ancestry = rep(as.character(panel$population[hidden]), each = each)
  ))
}

# Of several values that of a part.
in_turn <- function(values, part) values[(part - 1L) %% length(values) + 1L]

# Mosaics of the haplotypes of a part, on the genetic map of the panel.
hidden_mosaics <- function(panel, hidden, part, how, call) {
  members <- part_of_panel(panel, hidden)
  variants <- members$haplotypes$variants
  chromosomes <- chromosomes_in_cm(variants, variants$position_cm, call)
  # Other random numbers than those of the mosaics that training makes.
  mosaics <- how$mosaics
  plan <- list(n_samples = mosaics$n, n_demes = ceiling(mosaics$n / 2),
    deme_size = calibration_deme_size, generations = in_turn(mosaics$generations, part),
    error_rate = mosaics$error_rate, switch_rate = in_turn(mosaics$switch_rate, part),
    seed = how$seed + 1e6 * part)
  plan <- c(lapply(plan, as.double), list(proportions = NULL))
  founder <- founding_population(members, NULL, call)
  simulated <- run_simulation(members, chromosomes, founder, plan,
    check_threads(how$threads, call), call)
  haplotypes <- simulated_haplotypes(simulated, sprintf("mosaic%d_%d", part,
    seq_len(mosaics$n)), variants, variants$chrom[chromosomes$first], levels(panel$population))
  list(haplotypes = haplotypes, truth = attr(haplotypes, "truth"))
}

# parts: of `over_hidden_parts()`, each of guesses (what `count_nodes()` gives at threshold 0),
# counts (at each threshold), calls and truth or NULL, n_windows
new_panel_validation <- function(parts, panel, how, threshold) {
  kinds <- Filter(function(kind) length(parts[[kind]]) > 0, c("panel", "mosaics"))
  of_kind <- function(kind, name) lapply(parts[[kind]], `[[`, name)
  add <- function(one, other) Map(add_counts, one, other)
  nodes <- lapply(kinds, function(kind) {
    together <- Reduce(add, of_kind(kind, "counts"))
    tibble::tibble(samples = kind, score_counts(together, threshold, panel$tree))
  })
  folds <- lapply(kinds, function(kind) {
    scores <- lapply(of_kind(kind, "counts"), score_counts, threshold, panel$tree)
    tibble::tibble(samples = kind, fold = rep(seq_along(scores), vapply(scores, nrow, 0L)),
      vctrs::vec_rbind(!!!scores))
  })
  accuracy <- lapply(stats::setNames(nm = kinds), function(kind) {
    proportion_right(Reduce(add_counts, of_kind(kind, "guesses"))$blocks)
  })
  kept <- lapply(stats::setNames(nm = kinds), function(kind) {
    list(calls = bind_calls(of_kind(kind, "calls"), samples(panel)$sample_id),
      truth = vctrs::vec_rbind(!!!of_kind(kind, "truth")))
  })
  x <- list(
    nodes = vctrs::vec_rbind(!!!nodes), folds = vctrs::vec_rbind(!!!folds),
    samples = tibble::tibble(samples(panel), fold = parts$fold), kept = kept,
    accuracy = accuracy, n_folds = how$folds, n_mosaics = how$folds * how$mosaics$n,
    n_windows = parts$panel[[1]]$n_windows, tree = panel$tree
  )
  structure(x, class = "forebear_panel_validation")
}

# Proportion of windows whose node is the true one.
proportion_right <- function(counts) {
  totals <- rowSums(counts, dims = 2)
  sum(diag(totals)) / sum(totals)
}

# Calls of several samples at the same windows, samples of `sample_id` in this order; NULL if they
# were not kept.
bind_calls <- function(calls, sample_id) {
  if (is.null(calls[[1]])) {
    return(NULL)
  }
  windows <- attr(calls[[1]], "windows")
  in_order <- function(table) {
    table[order(match(table$chrom, windows$chrom), match(table$sample_id, sample_id)), ]
  }
  rows <- vctrs::vec_rbind(!!!lapply(calls, plain_tibble))
  switches <- vctrs::vec_rbind(!!!lapply(calls, attr, "switches"))
  joined <- new_ancestry_calls(in_order(rows), in_order(switches), windows,
    attr(calls[[1]], "populations"), attr(calls[[1]], "tree"))
  attr(joined, "variants") <- attr(calls[[1]], "variants")
  joined
}

#' @rdname cross_validate.forebear_reference_panel
#' @param matrix What to tidy.
#' @param samples Of calls and truth: `"panel"` or `"mosaics"`.
#' @export
tidy.forebear_panel_validation <- function(
    x, matrix = c("nodes", "folds", "samples", "calls", "truth"), samples = c("panel", "mosaics"),
    ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  matrix <- check_choice(matrix, "matrix", c("nodes", "folds", "samples", "calls", "truth"), call)
  samples <- check_choice(samples, "samples", c("panel", "mosaics"), call)
  if (!matrix %in% c("calls", "truth")) {
    return(x[[matrix]])
  }
  if (is.null(x$kept[[samples]]$calls)) {
    abort_forebear("argument", c(sprintf("Calls of the %s must have been kept.", samples),
      x = if (is.null(x$kept[[samples]])) "There were no mosaics." else "They were not.",
      i = sprintf("cross_validate(%skeep_calls = TRUE)",
        if (samples == "mosaics") "mosaics = 20, " else "")), call)
  }
  x$kept[[samples]][[matrix]]
}

#' @rdname cross_validate.forebear_reference_panel
#' @export
glance.forebear_panel_validation <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    n_samples = nrow(x$samples), n_populations = length(tree_leaves(x$tree)),
    n_windows = x$n_windows, folds = x$n_folds, n_mosaics = x$n_mosaics,
    accuracy = x$accuracy$panel, mosaic_accuracy = x$accuracy$mosaics %||% NA_real_
  )
}

#' @export
print.forebear_panel_validation <- function(x, ...) {
  glanced <- glance(x)
  right <- c(
    sprintf("%.2f %% of windows of the panel called right", 100 * glanced$accuracy),
    if (x$n_mosaics > 0) sprintf("%.2f %% of those of %s", 100 * glanced$mosaic_accuracy,
      counted(x$n_mosaics, "mosaic"))
  )
  lines <- c(
    sprintf("<panel_validation> %s of %s, %d folds, %s",
      counted(glanced$n_populations, "population"), counted(glanced$n_samples, "sample"),
      x$n_folds, counted(x$n_windows, "window")),
    paste(right, collapse = ", "),
    vapply(unique(x$nodes$threshold), function(value) {
      own <- x$nodes[x$nodes$threshold == value & x$nodes$samples == x$nodes$samples[1] &
        x$nodes$node %in% tree_leaves(x$tree), ]
      sprintf("t = %s: precision %s, recall %s", format(value), range_in_words(own$precision),
        range_in_words(own$recall))
    }, "")
  )
  cat(lines, sep = "\n")
  invisible(x)
}

# From the least to the largest of some proportions.
range_in_words <- function(proportion) {
  proportion <- proportion[!is.na(proportion)]
  if (length(proportion) == 0) {
    return("unknown")
  }
  sprintf("%.3f to %.3f", min(proportion), max(proportion))
}
