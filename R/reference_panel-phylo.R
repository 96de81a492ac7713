# Trees of populations as those of 'ape', and back.

#' Trees of populations and 'ape'
#'
#' `ape::as.phylo()` of a [reference_panel()], or of what [curate_panel()] chose, gives the tree of
#' its populations as an object of class `phylo`, which 'ape' and the packages around it draw and
#' compare. Where forebear takes a `tree`, it takes a `phylo` as well: lengths of edges are passed
#' over, inner nodes without a label are called after their leaves, and the root `"root"`.
#'
#' @param x A reference panel, or a curated panel.
#' @param ... Must be empty.
#' @returns An object of class `phylo` with labels of tips and nodes, without lengths of edges.
#' @examplesIf requireNamespace("ape", quietly = TRUE)
#' panel <- reference_panel(read_phased_vcf(example_data("phased_panel")),
#'   read.delim(example_data("phased_labels")), tree = "((north,south)west,east)all;")
#' tree <- ape::as.phylo(panel)
#' tree$tip.label
#' plot(tree, show.node.label = TRUE)
#' @name as_phylo
#' @family local ancestry
NULL

#' @rawNamespace S3method(ape::as.phylo, forebear_reference_panel)
as.phylo.forebear_reference_panel <- function(x, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  phylo_of(x$tree)
}

#' @rawNamespace S3method(ape::as.phylo, forebear_curated_panel)
as.phylo.forebear_curated_panel <- function(x, ...) { # nolint: object_name_linter.
  check_no_dots(...)
  phylo_of(x$tree)
}

# Tips are numbered first, then inner nodes from the root on; a node comes before its children.
phylo_of <- function(tree) {
  is_inner <- seq_along(tree$node) %in% tree$parent
  number <- integer(length(tree$node))
  number[!is_inner] <- seq_len(sum(!is_inner))
  number[is_inner] <- sum(!is_inner) + seq_len(sum(is_inner))
  child <- which(!is.na(tree$parent))
  edge <- cbind(number[tree$parent[child]], number[child])
  structure(list(edge = edge, tip.label = tree$node[!is_inner], Nnode = sum(is_inner),
    node.label = tree$node[is_inner]), class = "phylo")
}

# child, parent of a tree of 'ape'.
phylo_edges <- function(tree, call) {
  check_phylo(tree, call)
  name <- phylo_names(tree)
  data.frame(child = name[tree$edge[, 2]], parent = name[tree$edge[, 1]])
}

check_phylo <- function(tree, call) {
  edge <- tree$edge
  has_edges <- is.matrix(edge) && is.numeric(edge) && ncol(edge) == 2 && nrow(edge) > 0
  n_nodes <- if (has_edges) length(tree$tip.label) + length(unique(edge[, 1])) else 0
  if (!all(edge %in% seq_len(n_nodes)) || !is.character(tree$tip.label)) {
    abort_forebear("tree", c(
      "A `phylo` must have edges between numbered nodes, and labels of tips.",
      x = "That given as `tree` has not.", i = "`ape::checkValidPhylo()` says more."), call)
  }
}

# Names of tips and inner nodes, by their numbers.
phylo_names <- function(tree) {
  n_tips <- length(tree$tip.label)
  inner <- sort(unique(tree$edge[, 1]))
  name <- c(as_utf8(tree$tip.label), rep(NA_character_, length(inner)))
  given <- as_utf8(as.character(tree$node.label))
  name[n_tips + seq_along(given)] <- given
  root <- setdiff(inner, tree$edge[, 2])
  for (node in inner[name[inner] %in% c(NA, "")]) {
    name[node] <- if (node %in% root) root_name(name[!is.na(name)]) else
      paste(tree$tip.label[tips_below(tree$edge, node, n_tips)], collapse = "+")
  }
  name
}

# A node is left when it was visited once: edges in a circle end.
tips_below <- function(edge, node, n_tips) {
  below <- integer()
  open <- node
  while (length(open) > 0) {
    below <- c(below, open)
    open <- setdiff(edge[edge[, 1] %in% open, 2], below)
  }
  sort(below[below <= n_tips])
}
