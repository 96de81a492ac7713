# Joining calls of other chromosomes and other samples.

#' Join ancestry calls
#'
#' Puts calls of several chromosomes, or of several samples, together: RFMix, Gnomix and FLARE write
#' a file for each chromosome. [read_msp()], [read_fb()] and [read_ancestry_vcf()] do this
#' themselves if they are given several paths.
#'
#' The same chromosome may be written `"1"` and `"chr1"`; it then gets the name that it has in the
#' first calls. Chromosomes, samples and populations are in the order of their first appearance.
#' What [predict()][predict.forebear_local_ancestry] estimated (`"parameters"` and `"weights"`) is
#' kept if it is the same in all. Phase switches are kept if all calls know of theirs.
#'
#' @param ... Ancestry calls of the same populations and tree; `NULL` is left out.
#' @param deparse.level Ignored.
#' @returns Ancestry calls with the rows, windows and phase switches of all.
#' @section Errors:
#' `forebear_error_join_calls` if populations or trees differ, if windows of one chromosome differ,
#' or if a haplotype is twice in one window; `forebear_error_argument` for what is no ancestry
#' calls.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' one <- calls[calls$chrom == "1", ]
#' two <- calls[calls$chrom == "2", ]
#' rbind(one, two)
#' @family ancestry calls
#' @method rbind forebear_ancestry_calls
#' @rawNamespace S3method(rbind, forebear_ancestry_calls)
rbind.forebear_ancestry_calls <- function(..., deparse.level = 1) { # nolint: object_name_linter.
  join_calls(list(...), rlang::current_env())
}

join_calls <- function(parts, call) {
  parts <- parts_of_class(parts, "ancestry_calls", call)
  for (part in parts) check_calls(part, call)
  if (length(parts) == 1) {
    return(parts[[1]])
  }
  check_same_populations(parts, call)
  parts <- one_spelling(parts)
  windows <- lapply(parts, own_windows)
  check_same_windows(windows, call)
  rows <- vctrs::vec_rbind(!!!lapply(parts, plain_tibble))
  check_once(rows, call)
  windows <- vctrs::vec_rbind(!!!windows)
  windows <- windows[!duplicated(windows[c("chrom", "window")]), ]
  windows <- windows[order(match(windows$chrom, windows$chrom), windows$window), ]
  rows <- rows[order(match(rows$chrom, windows$chrom), match(rows$sample_id, rows$sample_id),
    rows$haplotype, rows$window, rows$start_bp), ]
  switches <- joined_switches(parts)
  switches <- switches[order(match(switches$chrom, windows$chrom),
    match(switches$sample_id, rows$sample_id), switches$window), ]
  first <- parts[[1]]
  calls <- new_ancestry_calls(rows, switches, windows, attr(first, "populations"),
    attr(first, "tree"))
  attr(calls, "phase") <- marks_of_parts(parts, call)
  attr(calls, "variants") <- joined_variants(parts)
  for (name in c("parameters", "weights")) {
    if (all(vapply(parts, function(part) identical(attr(part, name), attr(first, name)), TRUE))) {
      attr(calls, name) <- attr(first, name)
    }
  }
  calls
}

check_same_populations <- function(parts, call) {
  populations <- attr(parts[[1]], "populations")
  edges <- tree_edges(attr(parts[[1]], "tree"))
  for (i in seq_along(parts)[-1]) {
    other <- attr(parts[[i]], "populations")
    if (!setequal(other, populations)) {
      abort_join_calls("the same populations", sprintf("The first have %s, number %d has %s.",
        quoted(populations), i, quoted(other)), call)
    }
    if (!setequal(tree_edges(attr(parts[[i]], "tree")), edges)) {
      abort_join_calls("the same population tree", sprintf("That of number %d is another.", i),
        call)
    }
  }
}

# Each node with the one above it.
tree_edges <- function(tree) paste(tree$node, tree$node[tree$parent], sep = "\r")

abort_join_calls <- function(rule, found, call, hint = NULL) {
  abort_forebear("join_calls", c(sprintf("Calls that are joined must have %s.", rule), x = found,
    i = hint), call)
}

# Parts in which each chromosome has the name that it has first.
one_spelling <- function(parts) {
  known <- unique(unlist(lapply(parts, function(part) attr(part, "windows")$chrom)))
  renamed <- function(chrom) known[match_chromosomes(chrom, known)]
  lapply(parts, function(part) {
    part$chrom <- renamed(part$chrom)
    for (name in intersect(c("windows", "switches", "variants"), names(attributes(part)))) {
      attr(part, name)$chrom <- renamed(attr(part, name)$chrom)
    }
    part
  })
}

# The windows of the chromosomes on which there are calls.
own_windows <- function(part) {
  windows <- attr(part, "windows")
  windows[windows$chrom %in% part$chrom, ]
}

check_same_windows <- function(windows, call) {
  for (i in seq_along(windows)[-1]) {
    for (chrom in unique(windows[[i]]$chrom)) {
      before <- Find(function(table) chrom %in% table$chrom, windows[seq_len(i - 1)])
      own <- windows[[i]][windows[[i]]$chrom == chrom, window_columns]
      if (!is.null(before) && !identical(own, before[before$chrom == chrom, window_columns])) {
        abort_join_calls("the same windows on a chromosome",
          sprintf("Those of chromosome %s in number %d are others.", quoted(chrom), i), call)
      }
    }
  }
}

check_once <- function(rows, call) {
  place <- c("sample_id", "haplotype", "chrom", "window", "start_bp")
  twice <- seq_len(nrow(rows))[-vctrs::vec_unique_loc(rows[place])]
  if (length(twice) > 0) {
    first <- rows[twice[1], ]
    abort_join_calls("each haplotype once on a chromosome",
      sprintf("Haplotype %d of %s is there twice on chromosome %s.", first$haplotype,
        quoted(first$sample_id), quoted(first$chrom)), call,
      "Samples of two data sets need IDs of their own.")
  }
}

# The switches of all, none if one that could have them does not.
joined_switches <- function(parts) {
  own <- lapply(parts, function(part) {
    switches <- attr(part, "switches")
    there <- paste(switches$sample_id, switches$chrom, sep = "\r") %in%
      paste(part$sample_id, part$chrom, sep = "\r")
    switches[there, ]
  })
  lacks <- vapply(seq_along(parts), function(i) {
    nrow(own[[i]]) == 0 && any(parts[[i]]$haplotype == 2L) && any(parts[[i]]$window > 1)
  }, TRUE)
  if (any(lacks)) {
    if (any(vapply(own, nrow, 0L) > 0)) {
      inform_forebear("switches_dropped",
        "Phase switches are left out, as some of the calls have none.")
    }
    return(no_switches())
  }
  switches <- vctrs::vec_rbind(!!!own)
  place <- intersect(c("sample_id", "chrom", "window", "position_bp"), names(switches))
  switches[!duplicated(switches[place]), ]
}

# Of each chromosome those of the first calls that know them; NULL if none does.
joined_variants <- function(parts) {
  variants <- lapply(parts, function(part) {
    own <- attr(part, "variants")
    own[own$chrom %in% part$chrom, ]
  })
  variants <- Filter(Negate(is.null), variants)
  seen <- character()
  for (i in seq_along(variants)) {
    own <- variants[[i]][!variants[[i]]$chrom %in% seen, ]
    seen <- union(seen, own$chrom)
    variants[[i]] <- own
  }
  if (length(variants) > 0) vctrs::vec_rbind(!!!variants)
}

# Calls of several files: `read` takes the number of each.
join_call_files <- function(path, read, call) {
  parts <- lapply(seq_along(path), read)
  join_calls(parts, call)
}
