# Trees in Newick format.

# Edges, `child` and `parent`, of a string such as "((CEU,GBR)EUR,YRI)world;". Branch lengths and
# comments in square brackets are passed over, and so are brackets without a name around one node.
# An inner node without a name is called after its leaves, the root "root". A number after a bracket
# is how well the node is supported, not its name.
read_newick <- function(text, call) {
  # open: groups whose bracket is not closed, each with `members`, its children so far, and
  # `leaves`, all that is below; group: the one that was closed last, while it has no place yet;
  # name: of the node that is being read; support: numbers that are not names.
  state <- list(open = list(), group = NULL, name = NULL, ended = FALSE,
    child = character(), parent = character(), support = character())
  for (token in newick_tokens(text, call)) {
    if (state$ended) refuse_newick("Something follows the semicolon.", call)
    state <- switch(token,
      "(" = newick_opens(state, call),
      "," = newick_parts(state, call),
      ")" = newick_closes(state, call),
      ";" = newick_ends(state, call),
      newick_names(state, token, call)
    )
  }
  if (!state$ended) refuse_newick("It does not end in a semicolon.", call)
  if (length(state$support) > 0) {
    inform_forebear("tree_support", sprintf(
      "Numbers taken for support of nodes, not for names: %s.",
      quoted(unique(state$support))))
  }
  data.frame(child = state$child, parent = state$parent)
}

# An apostrophe within a quoted name is written twice.
newick_tokens <- function(text, call) {
  text <- gsub("\\[[^]]*\\]", "", as_utf8(text))
  pattern <- "'([^']|'')*'|[(),;]|:[^(),;]*|[^(),;:']+"
  token <- regmatches(text, gregexpr(pattern, text))[[1]]
  if (sum(nchar(token)) < nchar(text)) {
    refuse_newick("A quoted name has no closing apostrophe.", call)
  }
  token <- trimws(token)
  token[nzchar(token) & !startsWith(token, ":")]
}

refuse_newick <- function(problem, call) {
  abort_forebear("tree", c(
    "`tree` must be a tree in Newick format, such as \"((CEU,GBR)EUR,YRI)world;\".",
    x = problem
  ), call)
}

newick_opens <- function(state, call) {
  if (!is.null(state$name) || !is.null(state$group)) {
    refuse_newick("A bracket opens after a name.", call)
  }
  state$open[[length(state$open) + 1]] <- list(members = character(), leaves = character())
  state
}

newick_names <- function(state, token, call) {
  if (!is.null(state$name)) {
    refuse_newick(sprintf("Two names follow each other, the second \"%s\".", token), call)
  }
  if (!is.null(state$group) && grepl("^[0-9.]+(e[+-]?[0-9]+)?(/[0-9.]+)*$", token)) {
    state$support <- c(state$support, token)
    return(state)
  }
  if (startsWith(token, "'")) {
    token <- gsub("''", "'", substr(token, 2, nchar(token) - 1), fixed = TRUE)
    if (!nzchar(trimws(token))) refuse_newick("A name is empty.", call)
  }
  state$name <- token
  state
}

# A comma: the node before it is whole.
newick_parts <- function(state, call) {
  if (length(state$open) == 0) refuse_newick("A comma stands outside all brackets.", call)
  newick_places(state, call)
}

newick_closes <- function(state, call) {
  if (length(state$open) == 0) {
    refuse_newick("A bracket closes that has not been opened.", call)
  }
  state <- newick_places(state, call)
  state$group <- state$open[[length(state$open)]]
  state$open[[length(state$open)]] <- NULL
  state
}

newick_ends <- function(state, call) {
  if (length(state$open) > 0) refuse_newick("A bracket is not closed.", call)
  if (is.null(state$group)) refuse_newick("It has one node only.", call)
  state <- newick_joins(state, state$name %||% root_name(c(state$group$leaves, state$child)))
  state$ended <- TRUE
  state
}

# Puts the node that has just been read into the open group.
newick_places <- function(state, call) {
  group <- state$group
  if (is.null(group) && is.null(state$name)) refuse_newick("A leaf has no name.", call)
  leaves <- if (is.null(group)) state$name else group$leaves
  is_bare <- is.null(state$name) && length(group$members) == 1
  name <- state$name %||% (if (is_bare) group$members else paste(leaves, collapse = "+"))
  if (!is.null(group) && !is_bare) state <- newick_joins(state, name)
  last <- length(state$open)
  state$open[[last]]$members <- c(state$open[[last]]$members, name)
  state$open[[last]]$leaves <- c(state$open[[last]]$leaves, leaves)
  state["group"] <- list(NULL)
  state["name"] <- list(NULL)
  state
}

# Notes the parent of all members of the closed group.
newick_joins <- function(state, parent) {
  state$child <- c(state$child, state$group$members)
  state$parent <- c(state$parent, rep(parent, length(state$group$members)))
  state
}
