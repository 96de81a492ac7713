#' Choose the samples of a reference panel
#'
#' Takes out of a labeled panel what would teach a model wrong things: relatives, samples far from
#' others of their population, and populations too small to be learned, which are merged with their
#' nearest sister.
#'
#' Samples without a called genotype, or with some missing and fewer than 10 `num_comp` called, go
#' first, with a warning. Then, in this order, as the 2014 paper does:
#'
#' 1. *Relatives.* Of samples with more than `max_ibd` cM identical by descent, or whose kinship is
#'    above `max_kinship` where no table is given, samples go until no such pair is left, by the
#'    rule of [unrelated()]: the one with most relatives first, and of a pair the later one.
#' 2. *Outliers.* Within each population, the mean distance of a sample to its `neighbors` nearest
#'    neighbors in the first `num_comp` principal components of the panel. Samples go whose
#'    distance lies outside the central `central` part of those of their population: the largest
#'    half of what is left out, and the smallest, which are mostly duplicates and families. With
#'    `outliers = "far"` only the largest go, as many.
#'    Where a sample lacks more than 5 % of its genotypes, the upper bound is wider for every sample
#'    by what its missing genotypes leave open of its place.
#'    In a population of at most `neighbors` samples, all others are the neighbors; with fewer than
#'    4 samples none is an outlier.
#' 3. *Small populations.* As long as a population has fewer than `min_samples` samples, the
#'    smallest one is merged with its nearest sister: of the populations below its parent in `tree`,
#'    the one with the smallest Fst, whatever its size. Without a tree, or directly below the root
#'    of one, any population may be it whose Fst is at most 0.02, as populations of one continent
#'    have it; if none is that near, the samples are left out. The 2014 paper merges with all
#'    populations below the parent; close ones are then lost that have samples enough. Fst is
#'    computed from the samples that are kept, as [reference_panel()] does, again after each merger.
#'    Two populations together are called by both names, `"GBR+IBS"`, since neither says what they
#'    are; by that of their parent in `tree` if it has no others.
#'
#' Genotypes should be in linkage equilibrium ([prune_ld()]) for both kinship and components.
#'
#' @param g [genotypes] of the samples; [as_genotypes()] makes them from haplotypes.
#' @param labels Populations of samples, as [reference_panel()] takes them. Samples without a label,
#'   and labels without a sample, are passed over, with a warning.
#' @param tree The population tree, as for [reference_panel()]; `NULL`: it is built from Fst when
#'   all is done.
#' @param ibd `NULL`, or the lengths that pairs of samples have identical by descent: a data frame
#'   with columns `sample_1`, `sample_2` and `cm` (or `sample1`, `sample2`, `cM`), or the path of a
#'   table, plain or gzipped. A table has such columns by its header; or three columns, sample,
#'   sample and cM; or the eight of hap-ibd's segments (`.ibd.gz`), which have no header. Rows of
#'   one pair are added up.
#' @param max_ibd Most cM that two samples of the panel may have identical by descent.
#' @param max_kinship Largest [kinship()] of two samples; used without `ibd`.
#' @param outliers Which members of a population are outliers: `"both"` ends of the distances,
#'   `"far"`, or [outlier_settings()], which also have `neighbors`, `num_comp` and `central`.
#' @param min_samples Fewest samples of a population.
#' @param ... Must be empty, or arguments that have moved into [outlier_settings()] by their old
#'   names (`neighbors`, `num_comp`, `central`), of which a message of class
#'   `forebear_message_deprecated` names the new place.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_curated_panel`, a list with
#'
#' - `labels`: `sample_id`, `population` of the samples that are kept, for [reference_panel()];
#' - `tree`: the tree of what is left;
#' - `removed`: one row for each sample that is not: `sample_id`, `population`, `reason`
#'   (`"no_genotypes"`, `"related"`, `"outlier"`, `"small_population"`), `detail` (a sentence);
#' - `merged`: one row for each population that was merged: `population`, `into`, `n_samples`,
#'   `detail` (which was too small, and its Fst from its sister).
#'
#' `tidy()` gives one row for each labeled sample: `sample_id`, `population`, `kept`, `reason`,
#' `distance` (`NA` for relatives), `new_population`, `PC1`, `PC2`, ...; `glance()` one row:
#' `n_samples`, `n_kept`, `n_related`, `n_outliers`, `n_small`, `n_populations`, `n_merged`,
#' `n_no_genotypes`.
#' [autoplot()][autoplot.forebear_curated_panel] draws.
#' @section Errors:
#' Those of [kinship()], [pca()] and [reference_panel()]; `forebear_error_ibd_table` for a table
#' that is none; `forebear_error_panel_populations` if fewer than two populations are left;
#' `forebear_error_argument`.
#' @references Durand E.Y. et al. (2014), bioRxiv 010512.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' sources <- labels[labels$group == "source", ]
#' chosen <- curate_panel(genotypes[labels$group == "source", ], sources,
#'   tree = "((EUR,SAS,EAS)OutOfAfrica,AFR)world;")
#' chosen
#' chosen$removed
#' autoplot(chosen)
#' @family local ancestry
#' @export
curate_panel <- function(g, labels, tree = NULL, ibd = NULL, max_ibd = 100, max_kinship = 0.0884,
                         ..., outliers = c("both", "far"), min_samples = 25, seed = 1,
                         threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "curate_panel",
    moved_into("outliers = outlier_settings", c("neighbors", "num_comp", "central")))
  check_genotypes(g, "g", call)
  max_ibd <- check_number(max_ibd, "max_ibd", min = 0, call = call)
  max_kinship <- check_number(max_kinship, "max_kinship", min = -1e3, max = 0.5, call = call)
  outliers <- as_outlier_settings(outliers, old, call)
  min_samples <- check_count(min_samples, "min_samples", call = call)
  seed <- check_seed(seed, call)
  threads <- check_threads(threads, call)
  population <- panel_labels(labels, call)
  sample_id <- g$samples$sample_id
  check_panel_samples(sample_id, names(population), call)
  chosen <- which(sample_id %in% names(population))
  warn_unmatched(sample_id[-chosen], setdiff(names(population), sample_id), call)
  g <- g[chosen, ]
  labeled <- sample_id[chosen]
  samples <- tibble::tibble(sample_id = labeled, population = unname(population[labeled]),
    reason = NA_character_, detail = NA_character_)
  check_populations(unique(samples$population), call)
  if (!is.null(tree)) tree <- panel_tree(tree, unique(samples$population), NULL, call)
  why <- why_without_answer(g, min(outliers$num_comp, nrow(g) - 1L), threads, call = call)
  samples[!is.na(why), c("reason", "detail")] <- list("no_genotypes", why[!is.na(why)])
  warn_unanswered(labeled[!is.na(why)], why[!is.na(why)], call)
  there <- which(is.na(why))
  related <- rep(NA_character_, nrow(g))
  related[there] <- related_samples(g[there, ], ibd, max_ibd, max_kinship, threads, call)
  samples[!is.na(related), c("reason", "detail")] <- list("related", related[!is.na(related)])
  scores <- panel_scores(g[which(is.na(samples$reason)), ], outliers$num_comp, seed, threads,
    call)
  samples <- mark_outliers(samples, scores, outliers$neighbors, outliers$central, outliers$side)
  scores <- scores$scores
  merged <- merge_small(samples, tree, function(kept, population) {
    population_fst(g[which(kept), ], radix_factor(population), threads, call)
  }, min_samples, call)
  new_curated_panel(merged$samples, scores, merged$tree, merged$merged)
}

# samples  one row for each: sample_id, population, reason and detail (NA if kept), distance,
#          new_population
# scores   [n without relatives x n_components], named by sample
# merged   population, into, n_samples, detail
new_curated_panel <- function(samples, scores, tree, merged) {
  stopifnot(is.data.frame(samples), is.matrix(scores), inherits(tree, "forebear_population_tree"))
  kept <- is.na(samples$reason)
  x <- list(
    labels = tibble::tibble(sample_id = samples$sample_id[kept],
      population = samples$new_population[kept]),
    tree = tree,
    removed = samples[!kept, c("sample_id", "population", "reason", "detail")],
    merged = merged, samples = samples, scores = scores
  )
  structure(x, class = "forebear_curated_panel")
}

# n_samples, a sentence for each sample that goes because of a relative, NA for the others.
related_samples <- function(g, ibd, max_ibd, max_kinship, threads, call) {
  id <- g$samples$sample_id
  if (is.null(ibd)) {
    inform_hard_calls(g, kinship_is_of)
    pairs <- find_pairs(g, max_kinship, "auto", threads, call)
    over <- pairs$comparable > max_kinship
    if (any(over)) inform_kinship_noise(g, pairs, max_kinship, "auto", threads)
    measure <- ifelse(pairs$is_ibs, "identity by state", "kinship")
    pairs <- data.frame(first = pairs$first[over], second = pairs$second[over],
      shown = sprintf("%s %.3f", measure[over], pairs$kinship[over]))
  } else {
    pairs <- ibd_pairs(ibd, id, call)
    over <- pairs$cm > max_ibd
    pairs <- data.frame(first = pairs$first[over], second = pairs$second[over],
      shown = sprintf("%.0f cM", pairs$cm[over]))
  }
  stays <- answer(rust_unrelated(length(id), as.integer(pairs$first), as.integer(pairs$second)),
    call)
  why <- rep(NA_character_, length(id))
  for (sample in which(!stays)) {
    own <- pairs[pairs$first == sample | pairs$second == sample, ]
    other <- ifelse(own$first == sample, own$second, own$first)
    why[sample] <- sprintf("related to %s", first_of(sprintf("%s (%s)", id[other], own$shown), 3))
  }
  why
}

# first, second (places in `id`, first < second), cm: pairs of whom both are in `id`.
ibd_pairs <- function(ibd, id, call) {
  refuse <- function(problem) {
    abort_forebear("ibd_table", c(
      paste("`ibd` must be a data frame with columns `sample_1`, `sample_2` and `cm`, or the path",
        "of a table of sample, sample and cM, or of hap-ibd's segments."),
      x = problem
    ), call)
  }
  if (is.character(ibd)) ibd <- read_ibd(check_path(ibd, "ibd", call), refuse, call)
  if (!is.data.frame(ibd)) refuse(found(ibd))
  column <- match(ibd_columns, plain_ibd_names(names(ibd)))
  if (anyNA(column)) refuse(sprintf("Its columns are %s.", quoted(names(ibd))))
  ibd <- stats::setNames(as.list(ibd)[column], c("sample_1", "sample_2", "cm"))
  cm <- suppressWarnings(as.numeric(as.character(ibd$cm)))
  wrong <- is.na(cm) | cm < 0 | cm == Inf
  if (any(wrong)) {
    refuse(sprintf("Row %s has %s cM.", big(which(wrong)[1]), quoted(ibd$cm[wrong][1])))
  }
  first <- match(id_text(ibd$sample_1), id)
  second <- match(id_text(ibd$sample_2), id)
  there <- !is.na(first) & !is.na(second) & first != second
  if (length(cm) > 0 && all(is.na(first)) && all(is.na(second))) {
    refuse(sprintf("None of its samples is in the panel, the first is %s.",
      quoted(ibd$sample_1[1])))
  }
  low <- pmin(first, second)[there]
  high <- pmax(first, second)[there]
  total <- rowsum(cm[there], paste(low, high))
  place <- match(rownames(total), paste(low, high))
  list(first = low[place], second = high[place], cm = as.double(total))
}

read_ibd <- function(path, refuse, call) {
  if (!file.exists(path)) {
    abort_forebear("file", c(sprintf("The file \"%s\" could not be read.", path),
      x = "It does not exist."), call)
  }
  table <- tryCatch(
    utils::read.table(path, colClasses = "character", comment.char = "", quote = ""),
    error = function(condition) refuse(sprintf("\"%s\": %s.", path, conditionMessage(condition)))
  )
  heading <- as.character(table[1, ])
  if (all(ibd_columns %in% plain_ibd_names(heading))) {
    return(stats::setNames(table[-1, ], heading))
  }
  if (!ncol(table) %in% c(3, 8)) {
    refuse(sprintf("\"%s\" has %s, and no header that names them.", path,
      counted(ncol(table), "column")))
  }
  # hap-ibd: sample, haplotype, sample, haplotype, chromosome, first, last, cM.
  table <- table[if (ncol(table) == 8) c(1, 3, 8) else 1:3]
  if (is.na(suppressWarnings(as.numeric(table[1, 3])))) table <- table[-1, ]
  stats::setNames(table, ibd_columns)
}

# As `plain_ibd_names()` writes them.
ibd_columns <- c("sample1", "sample2", "cm")

plain_ibd_names <- function(names) gsub("_", "", tolower(names), fixed = TRUE)

# scores, and std_errors of them or NULL where no sample lacks much: [n_samples x n_components],
# named by sample.
panel_scores <- function(g, num_comp, seed, threads, call) {
  num_comp <- min(num_comp, nrow(g) - 1L)
  g <- suppressMessages(without_sex_chromosomes(g, call = call),
    classes = "forebear_message_sex_chromosomes")
  fit <- pca_fit(g, num_comp, "auto", "binomial", 1e-6, 100L, seed, threads, loadings = FALSE,
    errors = TRUE, call = call)
  names <- list(g$samples$sample_id, paste0("PC", seq_len(ncol(fit$scores))))
  named <- function(x) if (!is.null(x)) `dimnames<-`(x, names)
  list(scores = named(fit$scores), std_errors = named(fit$std_errors))
}

# [n_samples] squared distance that what missing genotypes leave open of scores exceeds with
# probability 1 - `central`: a sum of squares of normal errors, as a multiple of chi-squared with
# the same mean and variance (Satterthwaite 1946). 0 for a sample that lacks nothing.
open_distance <- function(std_errors, central) {
  mean <- rowSums(std_errors^2, na.rm = TRUE)
  free <- mean^2 / rowSums(std_errors^4, na.rm = TRUE)
  ifelse(mean > 0, mean / free * stats::qchisq(central, free), 0)
}

# Mean distance of each row to its nearest others, `neighbors` of them or all there are; a block of
# rows at a time.
neighbor_distance <- function(scores, neighbors, block = 512L) {
  n <- nrow(scores)
  k <- min(neighbors, n - 1L)
  size <- rowSums(scores^2)
  rows <- split(seq_len(n), (seq_len(n) - 1L) %/% block)
  unlist(lapply(unname(rows), function(own) {
    squared <- outer(size[own], size, `+`) - 2 * scores[own, , drop = FALSE] %*% t(scores)
    squared[cbind(seq_along(own), own)] <- -Inf
    apply(squared, 1, function(row) {
      mean(sqrt(pmax(sort(row, partial = seq_len(k + 1L))[seq_len(k) + 1L], 0)))
    })
  }))
}

# `samples` with distance, and reason and detail of outliers. scores: see panel_scores().
mark_outliers <- function(samples, scores, neighbors, central, side) {
  samples$distance <- NA_real_
  open <- rep(0, nrow(samples))
  if (!is.null(scores$std_errors)) {
    own <- match(samples$sample_id, rownames(scores$std_errors))
    open <- open_distance(scores$std_errors, central)[own]
  }
  for (name in unique(samples$population)) {
    own <- which(samples$population == name & is.na(samples$reason))
    if (length(own) < 4) {
      next
    }
    distance <- neighbor_distance(scores$scores[samples$sample_id[own], , drop = FALSE], neighbors)
    samples$distance[own] <- distance
    tail <- if (side == "both") (1 - central) / 2 else 1 - central
    bounds <- stats::quantile(distance, c(if (side == "both") tail else 0, 1 - tail),
      names = FALSE)
    # What missing genotypes leave open is not distance.
    upper <- sqrt(bounds[2]^2 + open[own])
    outside <- distance < bounds[1] | distance > upper
    samples$reason[own[outside]] <- "outlier"
    samples$detail[own[outside]] <- sprintf("distance %.3g, %s central %g %% of %s (%.3g to %.3g)",
      distance[outside], ifelse(distance[outside] > upper[outside], "beyond the", "below the"),
      100 * central, name, bounds[1], upper[outside])
  }
  samples
}

#' @export
tidy.forebear_curated_panel <- function(x, ...) {
  check_no_dots(...)
  samples <- x$samples
  tibble::tibble(
    samples[c("sample_id", "population")], kept = is.na(samples$reason),
    samples[c("reason", "distance", "new_population")],
    tibble::as_tibble(x$scores[match(samples$sample_id, rownames(x$scores)), , drop = FALSE])
  )
}

#' @export
glance.forebear_curated_panel <- function(x, ...) {
  check_no_dots(...)
  reasons <- factor(x$removed$reason,
    c("related", "outlier", "small_population", "no_genotypes"))
  n <- tabulate(reasons, 4)
  tibble::tibble(
    n_samples = nrow(x$samples), n_kept = nrow(x$labels), n_related = n[1], n_outliers = n[2],
    n_small = n[3], n_populations = length(tree_leaves(x$tree)), n_merged = nrow(x$merged),
    n_no_genotypes = n[4]
  )
}

#' @export
print.forebear_curated_panel <- function(x, ...) {
  n <- glance(x)
  cat(
    sprintf("<curated_panel> %s of %s kept", big(n$n_kept), counted(n$n_samples, "sample")),
    sprintf("removed: %s related, %s, %s in too small populations%s", big(n$n_related),
      counted(n$n_outliers, "outlier"), big(n$n_small),
      if (n$n_no_genotypes > 0) sprintf(", %s without genotypes", big(n$n_no_genotypes)) else ""),
    sprintf("%s: %s", counted(n$n_populations, "population"), first_of(sprintf("%s (%s)",
      tree_leaves(x$tree), big(tabulate(match(x$labels$population, tree_leaves(x$tree)),
        n$n_populations))), 8)),
    if (n$n_merged > 0) sprintf("merged: %s", first_of(paste(x$merged$population, "into",
      x$merged$into))),
    sep = "\n"
  )
  invisible(x)
}
