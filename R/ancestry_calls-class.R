# Calls of local ancestry: a tibble that knows its windows, phase switches and population tree.

# calls        one row for each haplotype and window, or several that together have its variants:
#              sample_id, haplotype (1 or 2, as given in the file), chrom, window (from 1 on each
#              chromosome), start_bp, end_bp (first and last variant), .pred_class and
#              .pred_<population>, posteriors that sum to 1; ordered by chrom, sample, haplotype,
#              place
# switches     one row for each diploid sample and step between two windows, several where the
#              phase switches several times: sample_id, chrom, window (the later one),
#              switch_probability, switched (in the most probable phase); position_bp may be there:
#              of the first variant after a switch that is called
# windows      one row for each window: chrom, window, start_bp, end_bp, start_cm, end_cm,
#              n_variants
# variants     of the calls' chromosomes: chrom, position_bp, position_cm; may be absent (NULL)
# populations  names, in the order of the .pred_ columns
# tree         population_tree, whose leaves are the populations
new_ancestry_calls <- function(calls, switches, windows, populations, tree) {
  stopifnot(
    is.data.frame(calls), all(call_columns(populations) %in% names(calls)),
    is.data.frame(switches), all(switch_columns %in% names(switches)),
    is.data.frame(windows), all(window_columns %in% names(windows)),
    is.character(populations), inherits(tree, "forebear_population_tree")
  )
  tibble::new_tibble(
    as.list(calls), nrow = nrow(calls), class = "forebear_ancestry_calls",
    switches = tibble::as_tibble(switches), windows = tibble::as_tibble(windows),
    populations = populations, tree = tree
  )
}

call_columns <- function(populations) {
  c("sample_id", "haplotype", "chrom", "window", "start_bp", "end_bp", ".pred_class",
    paste0(".pred_", populations))
}

switch_columns <- c("sample_id", "chrom", "window", "switch_probability", "switched")

window_columns <- c("chrom", "window", "start_bp", "end_bp", "start_cm", "end_cm", "n_variants")

# Rows can be chosen; without one of its columns it is a tibble like any other.
#' @export
`[.forebear_ancestry_calls` <- function(x, ...) {
  chosen <- NextMethod()
  if (is.data.frame(chosen)) calls_or_tibble(chosen, attr(x, "populations")) else chosen
}

#' @export
`names<-.forebear_ancestry_calls` <- function(x, value) {
  calls_or_tibble(NextMethod(), attr(x, "populations"))
}

# What count(), summarize() and others of 'dplyr' make of calls; see .onLoad(). Rows of bind_rows()
# may be of other calls than the template, which knows nothing of their switches and phase.
reconstructed_calls <- function(data, template) {
  made <- calls_or_tibble(NextMethod(), attr(template, "populations"))
  if (knows_rows(template, made)) made else plain_tibble(made)
}

# Whether what calls know of windows, switches and phase holds for `rows`, too.
knows_rows <- function(calls, rows) {
  known <- function(name, table) {
    !name %in% names(rows) || all(rows[[name]] %in% c(calls[[name]], attr(calls, table)[[name]]))
  }
  knows_phase <- NROW(attr(calls, "switches")) > 0 || NROW(attr(calls, "phase")) > 0
  known("chrom", "windows") && (!knows_phase || known("sample_id", "switches"))
}

calls_or_tibble <- function(x, populations) {
  if (all(call_columns(populations) %in% names(x))) x else plain_tibble(x)
}

# The table alone, without what belongs to calls.
plain_tibble <- function(calls) {
  for (name in c("switches", "windows", "populations", "tree", "phase", "variants")) {
    attr(calls, name) <- NULL
  }
  class(calls) <- setdiff(class(calls), "forebear_ancestry_calls")
  calls
}

#' @export
print.forebear_ancestry_calls <- function(x, ...) {
  populations <- attr(x, "populations")
  if (!all(call_columns(populations) %in% names(x))) {
    return(invisible(print(plain_tibble(x), ...)))
  }
  cat(
    sprintf("<ancestry_calls> %s, %s on %s", counted(length(unique(x$sample_id)), "sample"),
      counted(nrow(unique(x[c("chrom", "window")])), "window"),
      counted(length(unique(x$chrom)), "chromosome")),
    sprintf("%s: %s", counted(length(populations), "population"), first_of(populations, 8)),
    if (nrow(x) == 0) "no calls" else sprintf("mean posterior of the calls %.3f; %s called",
      mean_posterior(x), counted_switches(sum(switches_at_hand(x)$switched))),
    sep = "\n"
  )
  print(plain_tibble(x), ...)
  invisible(x)
}

# Of the most probable populations; parts of a window count by their base pairs.
mean_posterior <- function(calls) {
  best <- best_posterior(calls)
  if (!are_split(calls)) {
    return(mean(best))
  }
  window <- vctrs::vec_group_id(
    plain_tibble(calls)[c("sample_id", "haplotype", "chrom", "window")])
  width <- as.double(calls$end_bp) - calls$start_bp + 1
  stats::weighted.mean(best, width / c(rowsum(width, window))[window])
}

# n_rows, posterior of the most probable population.
best_posterior <- function(calls) {
  columns <- paste0(".pred_", attr(calls, "populations"))
  if (nrow(calls) == 0) numeric() else do.call(pmax, unclass(calls)[columns])
}

counted_switches <- function(n) paste(big(n), if (n == 1) "phase switch" else "phase switches")
