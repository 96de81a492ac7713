# Populations of a panel that are too small to be learned: the last step of `curate_panel()`.

# Largest Fst of populations that may be merged where no tree says that they belong together.
nearest_fst <- 0.02

# samples  with new_population, and reason of those that no population is near enough for
# tree     of the populations that are left
# merged   population, into, n_samples, detail
#
# `tree`: of a user, or NULL; `fst_of(kept, population)`: of `population_fst()`, of the samples that
# are kept.
merge_small <- function(samples, tree, fst_of, min_samples, call) {
  samples$new_population <- samples$population
  state <- list(samples = samples, tree = tree, merged = list())
  repeat {
    kept <- is.na(state$samples$reason)
    population <- state$samples$new_population[kept]
    state <- without_empty(state, population)
    size <- table(radix_factor(population))
    if (all(size >= min_samples) && length(size) > 1) {
      break
    }
    left <- length(size) - (length(size) > 0 && any(size < min_samples))
    if (left < 2) {
      abort_forebear("panel_populations", c(
        sprintf("At least 2 populations of %s must be left.", counted(min_samples, "sample")),
        x = sprintf("After curation there were %s.",
          first_of(sprintf("%s (%d)", names(size), size))),
        i = "Lower `min_samples`."
      ), call)
    }
    state <- without_smallest(state, size, fst_of(kept, population)$fst, min_samples, call)
  }
  if (is.null(tree)) {
    state$tree <- fst_tree(fst_of(kept, population), call)
    if (max(tree_depth(state$tree)) > 1) inform_fst_tree(state$tree)
  }
  state$samples$new_population[!kept] <- NA
  none <- tibble::tibble(population = character(), into = character(), n_samples = integer(),
    detail = character())
  state$merged <- do.call(rbind, c(list(none), state$merged))
  state
}

# The tree without populations that no sample is left of.
without_empty <- function(state, population) {
  if (!is.null(state$tree) && !all(tree_leaves(state$tree) %in% population)) {
    state$tree <- prune_tree(state$tree, unique(population))
  }
  state
}

# Merges the smallest population with its nearest sister, or leaves it out. `size`: samples of each
# population; `fst`: of all of them.
without_smallest <- function(state, size, fst, min_samples, call) {
  smallest <- names(size)[which.min(size)]
  away <- nan_to(fst[smallest, ], Inf)
  above <- if (!is.null(state$tree)) state$tree$parent[match(smallest, state$tree$node)] else 1L
  sisters <- if (above == 1L) {
    names(away)[away <= nearest_fst]
  } else {
    state$tree$node[leaves_below(state$tree, above)]
  }
  sisters <- setdiff(sisters, smallest)
  if (length(sisters) == 0) {
    lost <- is.na(state$samples$reason) & state$samples$new_population == smallest
    other <- setdiff(names(away)[order(away)], smallest)[1]
    state$samples$reason[lost] <- "small_population"
    state$samples$detail[lost] <- sprintf("%s of %s; Fst from %s, the nearest, %.3g",
      counted(sum(lost), "sample"), smallest, other, fst[smallest, other])
    return(state)
  }
  sister <- sisters[which.min(away[sisters])]
  both <- c(smallest, sister)
  whole <- above != 1L && length(sisters) == 1
  into <- if (whole) state$tree$node[above] else name_of_merged(both, state)
  state$merged[[length(state$merged) + 1]] <- tibble::tibble(population = both, into = into,
    n_samples = as.integer(size[both]), detail = c(
      sprintf("fewer than %d samples; Fst from %s %.3g", min_samples, sister,
        fst[smallest, sister]),
      sprintf("the nearest sister of %s", smallest)))
  state$samples$new_population[state$samples$new_population %in% both] <- into
  if (!is.null(state$tree)) {
    state$tree <- if (whole) cut_below(state$tree, above) else
      merge_leaves(state$tree, smallest, sister, into)
  }
  state
}

# "GBR+IBS", of all populations that were merged into both.
name_of_merged <- function(both, state) {
  own <- unique(state$samples$population[state$samples$new_population %in% both])
  taken <- c(unique(state$samples$population), unique(state$samples$new_population),
    state$tree$node)
  node_name(sort(own, method = "radix"), setdiff(taken, NA))
}

# The tree in which a node is a leaf.
cut_below <- function(tree, node) {
  kept <- rep(TRUE, length(tree$node))
  for (i in seq_along(tree$node)[-1]) {
    kept[i] <- kept[tree$parent[i]] && tree$parent[i] != node
  }
  new_population_tree(tree$node[kept], match(tree$parent[kept], which(kept)))
}

# The tree in which a leaf has gone into its sister, which is now called `into`.
merge_leaves <- function(tree, leaf, sister, into) {
  tree$node[tree$node == sister] <- into
  prune_tree(tree, setdiff(tree_leaves(tree), leaf))
}
