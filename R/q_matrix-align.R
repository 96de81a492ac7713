#' Align the clusters of many runs
#'
#' Gives the clusters of many Q matrices of the same samples common names, across restarts,
#' programs and numbers of clusters, and says which runs found the same solution.
#'
#' Clusters of two runs are paired as in [compare_ancestry()]. The similarity of two runs with the
#' same number of clusters is the mean `jaccard` over the pairs. Runs whose similarity
#' to a representative is at least `min_similarity` make up a *mode*: the run that
#' has most such runs is the representative of mode 1, the rest are grouped in the same way
#' (ties: the larger total similarity, then the earlier run). pong's default is .97 too.
#'
#' Runs with the same K are aligned to the representative of mode 1 of that K; that
#' representative, to the one of the next larger K. Names so begin at the largest K, as the colors
#' of pong do, and a cluster keeps its name, and with it its color, along K; one that is like none
#' of the next larger K gets a number of its own.
#'
#' @param ... Runs: fits, Q matrices or tables of weights (see [as_q_matrix()]), or
#'   one list of them; names become the names of the runs. For the methods: must be empty.
#' @param min_similarity Least similarity of a run to the representative of its mode.
#' @param x Aligned runs.
#' @param matrix What to tidy; see below.
#' @returns An object of class `forebear_aligned_runs`.
#'
#' `tidy(matrix = "q")`: `run`, `sample_id`, `archetype` (the common name), `weight`.
#'
#' `tidy(matrix = "permutations")`: `run`, `column` (place of the cluster in the run), `cluster`
#' (its name there), `archetype`.
#'
#' `tidy(matrix = "runs")`: `run`, `k`, `mode` (1 is the largest of its K), `representative`,
#' `similarity` to the representative.
#'
#' `tidy(matrix = "modes")`: `k`, `mode`, `n_runs`, `representative`, `mean_similarity` to it.
#'
#' `tidy(matrix = "similarity")`: `run_1`, `run_2`, `similarity`, for runs of the same K.
#'
#' `glance()`: `n_runs`, `n_samples`, `min_k`, `max_k`, `n_modes`.
#' @section Errors:
#' Those of [compare_ancestry()], and `forebear_error_argument` for fewer than two runs or names
#' that occur twice.
#' @references Behr A. A. et al. (2016), Bioinformatics 32:2817.
#' @family comparisons of ancestry
#' @examples
#' scores <- pca(read_bed(example_data("panel")), num_comp = 3, scale = "none")
#' runs <- lapply(1:4, function(seed) {
#'   archetypes(scores, k = 4, init = "sample", seed = seed)
#' })
#' aligned <- align_runs(runs)
#' aligned
#' tidy(aligned, matrix = "modes")
#' autoplot(aligned, labels = read.delim(example_data("labels")))
#' @export
align_runs <- function(..., min_similarity = 0.97) {
  min_similarity <- check_number(min_similarity, "min_similarity", min = 0, max = 1)
  runs <- check_runs(list(...))
  q <- match_samples(mapply(ancestry_matrix, runs, names(runs), SIMPLIFY = FALSE,
    MoreArgs = list(call = rlang::current_env())))
  k <- vapply(q, ncol, 1L)
  groups <- split(names(q), k)
  similarity <- lapply(groups, function(runs) run_similarity(q[runs]))
  modes <- do.call(rbind, lapply(similarity, group_runs, min_similarity = min_similarity))
  modes <- modes[match(names(q), modes$run), ]
  archetype <- common_names(q, k, modes)
  inform_new_names(archetype, k)
  new_aligned_runs(q, archetype, modes, similarity)
}

# A named list of at least two runs.
check_runs <- function(runs, call = rlang::caller_env()) {
  is_list <- length(runs) == 1 && is.list(runs[[1]]) && !is.object(runs[[1]])
  if (is_list) runs <- runs[[1]]
  if (length(runs) < 2) {
    abort_forebear("argument", c("There must be at least two runs to align.",
      x = sprintf("It was given %s.", counted(length(runs), "run"))), call)
  }
  names <- names(runs) %||% rep("", length(runs))
  names <- ifelse(is.na(names) | names == "", paste0("run", seq_along(runs)), names)
  if (anyDuplicated(names)) {
    abort_forebear("argument", c("Every run must have its own name.",
      x = sprintf("Twice: %s.", quoted(unique(names[duplicated(names)])))), call)
  }
  stats::setNames(runs, names)
}

# [n_runs x n_runs] mean Jaccard similarity of the paired clusters; `q` have equal sizes.
run_similarity <- function(q) {
  n <- length(q)
  similarity <- diag(n)
  dimnames(similarity) <- list(names(q), names(q))
  for (i in seq_len(n)) {
    for (j in seq_len(i - 1)) {
      partner <- pair_columns(q[[i]], q[[j]])
      pairs <- vapply(seq_along(partner), function(column) {
        # A cluster without a partner is like none.
        if (is.na(partner[column])) return(0)
        jaccard_similarity(q[[i]][, column], q[[j]][, partner[column]], ncol(q[[j]]))
      }, 0)
      similarity[i, j] <- similarity[j, i] <- mean(pairs)
    }
  }
  similarity
}

# run, mode, representative, similarity: one row per run of one K. Modes by decreasing size.
group_runs <- function(similarity, min_similarity) {
  near <- similarity >= min_similarity
  left <- seq_len(nrow(similarity))
  modes <- list()
  while (length(left) > 0) {
    n_near <- rowSums(near[left, left, drop = FALSE])
    total <- rowSums(similarity[left, left, drop = FALSE])
    center <- left[order(-n_near, -total)[[1]]]
    members <- left[near[center, left]]
    modes[[length(modes) + 1]] <- tibble::tibble(
      run = rownames(similarity)[members], mode = length(modes) + 1L,
      representative = rownames(similarity)[center],
      similarity = unname(similarity[center, members])
    )
    left <- setdiff(left, members)
  }
  do.call(rbind, modes)
}

# The common name of every column of every run, a named list.
common_names <- function(q, k, modes) {
  leader <- modes$representative[modes$mode == 1][order(-k[modes$mode == 1])]
  leader <- unique(leader)
  before <- NULL
  names <- list()
  for (run in leader) {
    names[[run]] <- if (is.null(before)) {
      numbered_names(seq_len(ncol(q[[run]])))
    } else {
      carried_names(q[[before]], names[[before]], q[[run]], unlist(names))
    }
    same <- names(k)[k == k[[run]] & names(k) != run]
    for (other in same) {
      names[[other]] <- carried_names(q[[run]], names[[run]], q[[other]])
    }
    before <- run
  }
  names[names(q)]
}

# Names that a run alone has, though others have as many clusters or more: clusters that are like
# none of theirs.
inform_new_names <- function(archetype, k) {
  for (run in names(archetype)) {
    others <- archetype[names(archetype) != run & k >= k[[run]]]
    if (length(others) > 0) {
      inform_unpaired(setdiff(archetype[[run]], unlist(others)), quoted(run))
    }
  }
}

# Names of the columns of `q`: those of the columns of `reference` they pair with, else new ones,
# which are none of those `used`.
carried_names <- function(reference, reference_names, q, used = reference_names) {
  partner <- pair_columns(reference, q)
  names <- rep(NA_character_, ncol(q))
  names[partner[!is.na(partner)]] <- reference_names[!is.na(partner)]
  names[is.na(names)] <- new_cluster_names(used, sum(is.na(names)))
  names
}

# archetype: named list of the common names of the columns of each run
new_aligned_runs <- function(q, archetype, modes, similarity) {
  aligned <- lapply(stats::setNames(names(q), names(q)), function(run) {
    names <- archetype[[run]]
    order <- order(number_of(names))
    `colnames<-`(q[[run]], names)[, order, drop = FALSE]
  })
  permutations <- lapply(names(q), function(name) {
    tibble::tibble(run = name, column = seq_len(ncol(q[[name]])), cluster = colnames(q[[name]]),
      archetype = archetype[[name]])
  })
  runs <- tibble::tibble(run = names(q), k = vapply(q, ncol, 1L, USE.NAMES = FALSE),
    mode = modes$mode, representative = modes$representative,
    similarity = modes$similarity)
  x <- list(q = aligned, permutations = do.call(rbind, permutations), runs = runs,
    similarity = similarity)
  structure(x, class = "forebear_aligned_runs")
}

#' @rdname align_runs
#' @export
tidy.forebear_aligned_runs <- function(
    x, matrix = c("q", "permutations", "runs", "modes", "similarity"), ...) {
  check_no_dots(...)
  choices <- c("q", "permutations", "runs", "modes", "similarity")
  switch(check_choice(matrix, "matrix", choices),
    q = tidy_aligned_q(x$q),
    permutations = x$permutations,
    runs = x$runs,
    modes = tidy_modes(x$runs),
    similarity = do.call(rbind, unname(lapply(x$similarity, tidy_similarity)))
  )
}

tidy_aligned_q <- function(q) {
  rows <- lapply(names(q), function(name) {
    sample_id <- rownames(q[[name]]) %||% paste0("sample", seq_len(nrow(q[[name]])))
    tibble::tibble(run = name, tidy_q(q[[name]], sample_id))
  })
  do.call(rbind, rows)
}

tidy_modes <- function(runs) {
  modes <- split(runs, list(runs$mode, runs$k), drop = TRUE)
  rows <- lapply(unname(modes), function(own) {
    tibble::tibble(k = own$k[[1]], mode = own$mode[[1]], n_runs = nrow(own),
      representative = own$representative[[1]], mean_similarity = mean(own$similarity))
  })
  do.call(rbind, rows)
}

tidy_similarity <- function(similarity) {
  pair <- which(upper.tri(similarity), arr.ind = TRUE)
  tibble::tibble(run_1 = rownames(similarity)[pair[, 1]], run_2 = rownames(similarity)[pair[, 2]],
    similarity = similarity[pair])
}

#' @rdname align_runs
#' @export
glance.forebear_aligned_runs <- function(x, ...) {
  check_no_dots(...)
  tibble::tibble(
    n_runs = nrow(x$runs), n_samples = nrow(x$q[[1]]), min_k = min(x$runs$k),
    max_k = max(x$runs$k), n_modes = nrow(tidy_modes(x$runs))
  )
}

#' @export
print.forebear_aligned_runs <- function(x, ...) {
  glanced <- glance(x)
  modes <- tidy_modes(x$runs)
  k <- if (glanced$min_k == glanced$max_k) glanced$min_k else
    paste(glanced$min_k, "to", glanced$max_k)
  lines <- c(
    sprintf("<aligned_runs> %s of %s, K = %s", counted(glanced$n_runs, "run"),
      counted(glanced$n_samples, "sample"), k),
    sprintf("modes: %s", first_of(sprintf("%s (K = %d, %s)", modes$representative, modes$k,
      counted_each(modes$n_runs, "run")))),
    sprintf("clusters: %s", first_of(unique(unlist(lapply(x$q, colnames))), 12))
  )
  cat(lines, sep = "\n")
  invisible(x)
}

#' @rdname autoplot.forebear_ancestry_comparison
#' @rawNamespace S3method(ggplot2::autoplot, forebear_aligned_runs)
autoplot.forebear_aligned_runs <- function( # nolint: object_name_linter.
    object, labels = NULL, ..., runs = NULL, label_column = NULL, number_populations = NULL,
    caption_width = 110) {
  call <- rlang::current_env()
  local_colours(...)
  modes <- tidy_modes(object$runs)
  title <- sprintf("%s: K = %d, %s", modes$representative, modes$k,
    counted_each(modes$n_runs, "run"))
  if (!is.null(runs)) {
    unknown <- setdiff(runs, object$runs$run)
    if (!is.character(runs) || length(runs) == 0 || length(unknown) > 0) {
      message <- c("`runs` must name runs.", x = found(runs),
        i = sprintf("There are %s.", quoted(object$runs$run)))
      abort_forebear("argument", message, call)
    }
    modes <- tibble::tibble(representative = unique(runs))
    title <- modes$representative
  }
  q <- stats::setNames(object$q[modes$representative], title)
  draw_stacked_bars(q, labels, label_column, number_populations, caption_width, call)
}
