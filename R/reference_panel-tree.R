# The population tree: leaves are the populations of a reference panel, inner nodes what they have
# in common. Ancestry is called at the lowest node that is probable enough.

# node   n_nodes, names, every parent before its children; the first is the root
# parent n_nodes, position of the parent; NA for the root
new_population_tree <- function(node, parent) {
  stopifnot(is.character(node), is.integer(parent), length(node) == length(parent))
  structure(list(node = node, parent = parent), class = "forebear_population_tree")
}

# The tree that a user gives: NULL for a root with all `populations` below it, a data frame of
# `child` and `parent`, a Newick string, a tree of 'ape', or a tree.
as_population_tree <- function(tree, populations, call = rlang::caller_env()) {
  if (inherits(tree, "forebear_population_tree")) {
    return(tree)
  }
  if (is.null(tree)) {
    edges <- data.frame(child = populations, parent = rep(root_name(populations),
      length(populations)))
    return(tree_of_edges(edges, call))
  }
  if (inherits(tree, c("data.frame", "phylo"))) {
    edges <- check_edges(tree, call)
    is_root <- is.na(edges$parent)
    return(tree_of_edges(edges[!is_root, ], call, edges$child[is_root]))
  }
  if (is.character(tree) && length(tree) == 1 && !is.na(tree)) {
    return(tree_of_edges(read_newick(tree, call), call))
  }
  abort_forebear("tree", c(
    "`tree` must be edges (`child` and `parent`), a Newick string, a `phylo` of 'ape', or NULL.",
    x = found(tree)
  ), call)
}

# Of a root that has none: no population's.
root_name <- function(populations) {
  names <- make.unique(c(unique(populations), "root"))
  names[length(names)]
}

# child, parent; NA for the root, which may have a row of its own.
check_edges <- function(tree, call) {
  if (inherits(tree, "phylo")) {
    return(phylo_edges(tree, call))
  }
  if (!all(c("child", "parent") %in% names(tree))) {
    abort_forebear("tree", c(
      "The data frame `tree` must have columns `child` and `parent`.",
      x = sprintf("Its columns are %s.", quoted(names(tree)))
    ), call)
  }
  edges <- data.frame(
    child = as_utf8(as.character(tree$child)), parent = as_utf8(as.character(tree$parent))
  )
  if (anyNA(edges$child) || any(edges$child == "")) {
    abort_forebear("tree", c(
      "Every row of `tree` must name a child.",
      x = sprintf("Row %d does not.", which(is.na(edges$child) | edges$child == "")[1])
    ), call)
  }
  edges$parent[edges$parent %in% ""] <- NA
  if (all(is.na(edges$parent))) {
    abort_forebear("tree", c("A population tree must have a node below its root.",
      x = sprintf("The data frame `tree` has %s%s.", counted(nrow(edges), "row"),
        if (nrow(edges) > 0) " and no parent" else "")), call)
  }
  edges
}

# `edges`: child, parent; both names. `roots`: nodes that are said to have no parent.
tree_of_edges <- function(edges, call, roots = character()) {
  repeated <- unique(edges$child[duplicated(edges$child)])
  if (length(repeated) > 0) {
    abort_forebear("tree", c(
      "Every node of `tree` but the root must have one parent and a name of its own.",
      x = sprintf("There as a child more than once: %s.", quoted(repeated))
    ), call)
  }
  root <- union(roots, setdiff(edges$parent, edges$child))
  if (length(root) != 1) {
    abort_forebear("tree", c(
      "`tree` must have one root, a node without a parent.",
      x = if (length(root) == 0) "Every node has a parent." else sprintf("It has %d: %s.",
        length(root), quoted(root)),
      i = if (length(root) > 1) "Put a node above them."
    ), call)
  }
  node <- walk_down(edges, root)
  lost <- setdiff(edges$child, node)
  if (length(lost) > 0) {
    abort_forebear("tree", c(
      "Every node of `tree` must lie below the root.",
      x = sprintf("In a circle: %s.", quoted(circle_of(edges, lost)))
    ), call)
  }
  parent <- match(edges$parent[match(node, edges$child)], node)
  new_population_tree(node, parent)
}

# Those of the nodes `lost`, all of which have a parent, that are below themselves.
circle_of <- function(edges, lost) {
  repeat {
    parents <- intersect(lost, edges$parent[edges$child %in% lost])
    if (length(parents) == length(lost)) {
      return(lost)
    }
    lost <- parents
  }
}

# Names of all nodes below `root`, which comes first, each followed by what is below it.
walk_down <- function(edges, root) {
  children <- split(edges$child, factor(edges$parent, unique(edges$parent)))
  waiting <- root
  node <- character()
  while (length(waiting) > 0) {
    node <- c(node, waiting[1])
    waiting <- c(children[[waiting[1]]], waiting[-1])
  }
  node
}

# n_nodes, whether each node is a leaf.
is_leaf <- function(tree) !seq_along(tree$node) %in% tree$parent

tree_leaves <- function(tree) tree$node[is_leaf(tree)]

# n_nodes, steps from the root.
tree_depth <- function(tree) {
  depth <- integer(length(tree$node))
  for (node in seq_along(depth)[-1]) {
    depth[node] <- depth[tree$parent[node]] + 1L
  }
  depth
}

# [n x n_nodes] from [n x n_leaves], columns in the order of `tree_leaves()`: an inner node has the
# sum of its leaves, the root the sum of all.
node_sums <- function(tree, leaf_values) {
  stopifnot(is.matrix(leaf_values), ncol(leaf_values) == sum(is_leaf(tree)))
  sums <- answer(rust_node_sums(tree$parent, matrix_columns(leaf_values)))
  dimnames(sums) <- list(rownames(leaf_values), tree$node)
  sums
}

matrix_columns <- function(x) lapply(seq_len(ncol(x)), function(column) as.double(x[, column]))

# The tree without the leaves that are not among `populations`, and without what is then empty.
# Nodes that are called after their leaves are called after those that are left, and go if they have
# one child.
prune_tree <- function(tree, populations) {
  after_leaves <- inner_names(tree) == tree$node & !is_leaf(tree)
  kept <- node_sums(tree, t(tree_leaves(tree) %in% populations) + 0)[1, ] > 0
  n_children <- tabulate(tree$parent[kept], length(tree$node))
  passed <- kept & after_leaves & n_children == 1
  parent <- tree$parent
  for (node in which(kept)[-1]) {
    # Parents come first, so that one above has been passed over already.
    if (passed[parent[node]]) parent[node] <- parent[parent[node]]
  }
  kept <- kept & !passed
  pruned <- new_population_tree(tree$node[kept], match(parent[kept], which(kept)))
  renamed <- after_leaves[kept]
  pruned$node[renamed] <- inner_names(pruned)[renamed]
  pruned
}

# n_nodes, what `read_newick()` calls a node without a name.
inner_names <- function(tree) {
  lineage <- node_lineage(tree)
  leaf <- is_leaf(tree)
  vapply(seq_along(tree$node), function(node) {
    paste(tree$node[leaf & lineage[, node]], collapse = "+")
  }, "")
}

#' @export
format.forebear_population_tree <- function(x, ...) {
  paste0(strrep("  ", tree_depth(x)), x$node)
}

#' @export
print.forebear_population_tree <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}
