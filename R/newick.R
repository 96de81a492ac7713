# Trees in Newick format.

# Edges, `child` and `parent`, of a string such as "((CEU,GBR)EUR,YRI)world;". Branch lengths and
# comments in square brackets are passed over, and so are brackets without a name around one node.
# An inner node without a name is called after its leaves, the root "root".
read_newick <- function(text, call) {
  # open: groups whose bracket is not closed, each with `members`, its children so far, and
  # `leaves`, all that is below; group: the one that was closed last, while it has no place yet;
  # name: of the node that is being read.
  state <- list(open = list(), group = NULL, name = NULL, ended = FALSE,
    child = character(), parent = character())
  for (token in newick_tokens(text)) {
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
  data.frame(child = state$child, parent = state$parent)
}

newick_tokens <- function(text) {
  text <- gsub("\\[[^]]*\\]", "", enc2utf8(text))
  pattern <- "'[^']*'|[(),;]|:[^(),;]*|[^(),;:']+"
  token <- trimws(regmatches(text, gregexpr(pattern, text))[[1]])
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
  state$name <- sub("^'(.*)'$", "\\1", token)
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
  state <- newick_joins(state, state$name %||% "root")
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
