# Fst of the populations of a panel, and the tree that is built from it where none is given.

# Variants that Fst is computed from, at most, evenly spread: its error is then far below what
# distinguishes nodes of a tree.
most_fst_variants <- 50000L

# Blocks of variants for its standard errors.
fst_blocks <- 50L

# Fst and its standard errors, [n_populations x n_populations] in the order of the levels of
# `population`. NA where no variant varies in a pair.
#
# x           genotypes or haplotypes
# population  [n_samples] factor
population_fst <- function(x, population, threads, call) {
  n <- ncol(x)
  if (n > most_fst_variants) x <- x[, evenly_spaced(n, most_fst_variants)]
  haploid <- logical(nrow(x))
  if (inherits(x, "forebear_haplotypes")) {
    haploid <- has_one_copy(x)
    x <- suppressWarnings(as_genotypes(x, threads = threads),
      classes = "forebear_warning_duplicate_ids")
  }
  found <- compare_populations(x, population, haploid, inheritance_of(x, "auto", call), fst_blocks,
    threads, call)
  lapply(found, function(values) {
    `dimnames<-`(nan_to_na(values), list(levels(population), levels(population)))
  })
}

# Rows and columns of `fst` (of `population_fst()`) in the order of `populations`.
choose_fst <- function(fst, populations) {
  lapply(fst, function(values) values[populations, populations, drop = FALSE])
}

# A node is not kept apart from the one above where its height, the mean Fst across it, is more than
# this part of that of the other.
most_relative_height <- 0.8

# The rooted tree by average linkage of Fst (UPGMA; Sokal & Michener 1958). A join is a node of its
# own if it is clearly lower than the node above it: by 20 % and by two standard errors.
# Nodes are called after their leaves, children come in the order of their first leaf.
fst_tree <- function(fst, call) {
  populations <- sort(rownames(fst$fst), method = "radix")
  fst <- choose_fst(fst, populations)
  distance <- pmax(nan_to(fst$fst, 0), 0)
  k <- length(populations)
  joined <- stats::hclust(stats::as.dist(distance), "average")
  members <- joined_members(joined$merge)
  above <- kept_above(joined, members, nan_to(fst$std_error, 0))
  # The children of a node: joins that are kept, and leaves, whose nearest node above it is.
  leaf_above <- vapply(seq_len(k), function(leaf) {
    joins <- which(above$kept & vapply(members, function(own) leaf %in% own, NA))
    joins[which.min(lengths(members[joins]))]
  }, 0L)
  root <- root_name(populations)
  edges <- NULL
  name_below <- function(join) {
    inner <- which(above$kept & above$parent == join)
    leaves <- which(leaf_above == join)
    first <- c(vapply(members[inner], min, 0L), leaves)
    below <- c(lapply(inner, name_below), lapply(populations[leaves], function(name) {
      list(name = name, leaves = name)
    }))[order(first)]
    leaves <- unlist(lapply(below, `[[`, "leaves"))
    name <- if (join == k - 1L) root else node_name(leaves, c(populations, edges$parent))
    edges <<- rbind(data.frame(child = vapply(below, `[[`, "", "name"), parent = name), edges)
    list(name = name, leaves = leaves)
  }
  name_below(k - 1L)
  tree_of_edges(edges, call)
}

# Leaves below each join of `hclust()`.
joined_members <- function(merge) {
  members <- list()
  for (join in seq_len(nrow(merge))) {
    parts <- lapply(merge[join, ], function(part) if (part < 0) -part else members[[part]])
    members[[join]] <- sort(as.integer(unlist(parts)))
  }
  members
}

# kept, whether each join is a node; parent, the nearest node above it (0 of the root, which is the
# last join).
kept_above <- function(joined, members, std_error) {
  n <- length(members)
  kept <- c(logical(n - 1L), TRUE)
  parent <- integer(n)
  for (join in rev(seq_len(n - 1L))) {
    over <- which(kept & vapply(members, function(own) all(members[[join]] %in% own), NA))
    near <- over[which.min(lengths(members[over]))]
    parent[join] <- near
    across <- std_error[members[[join]], setdiff(members[[near]], members[[join]])]
    lower <- joined$height[near] - joined$height[join]
    kept[join] <- joined$height[join] < most_relative_height * joined$height[near] &&
      lower > 2 * mean(across)
  }
  list(kept = kept, parent = parent)
}

# "CEU+GBR"; of more than three leaves "CEU+FIN+2more". No name is one of `taken`.
node_name <- function(leaves, taken) {
  if (length(leaves) > 3) leaves <- c(leaves[1:2], sprintf("%dmore", length(leaves) - 2L))
  name <- make.unique(c(unique(taken), paste(leaves, collapse = "+")))
  name[length(name)]
}

# Newick without names of inner nodes: "((CEU,GBR),YRI)".
tree_in_brackets <- function(tree) {
  leaf <- is_leaf(tree)
  of_node <- function(node) {
    if (leaf[node]) {
      return(tree$node[node])
    }
    sprintf("(%s)", paste(vapply(which(tree$parent == node), of_node, ""), collapse = ","))
  }
  of_node(1L)
}

# Says that a tree was built.
inform_fst_tree <- function(tree) {
  inform_forebear("fst_tree", sprintf("The tree of populations is built from Fst: %s.",
    tree_in_brackets(tree)))
}
