#' Landscape of a trait on a map
#'
#' Regression on the map: a node has the mean of a trait over the samples, weighted by how
#' responsible the node is for each; a sample, old or new, has the mean over the nodes, weighted by
#' its responsibilities.
#'
#' @param map A [gtm()] fit.
#' @param values The trait: a numeric vector with one value per sample of the fit, in their order,
#'   or named by sample; `NA` where it is not known. Values of samples that are not in the fit are
#'   passed over, with a message.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_gtm_landscape`. [tidy()] gives `node`, `gtm1`, `gtm2`,
#'   `value` (`NA` at a node that no sample reaches), `density` (sum of the responsibilities of
#'   samples with a known value, that is, how many samples a value is based on); [predict()] for new
#'   samples `sample_id`, `.pred`, `.applicability` (see [predict.forebear_gtm()], `NA` as there);
#'   [autoplot()] draws the landscape.
#' @section Errors:
#' `forebear_error_argument` for values that are no numbers, of a wrong length, or none known;
#' `forebear_error_unknown_sample` if no name is in the fit,
#' `forebear_error_duplicate_ids` for a name that occurs twice.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' map <- gtm(genotypes, nodes = 10, num_comp = 4)
#' landscape <- gtm_landscape(map, sample_stats(genotypes)$heterozygosity)
#' tidy(landscape)
#' autoplot(landscape)
#' @export
gtm_landscape <- function(map, values, threads = NULL, ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  check_map(map, "map", call)
  threads <- check_threads(threads, call)
  values <- trait_of_samples(values, map$space$all_id, call)[map$space$answered]
  known <- !is.na(values)
  sums <- node_sums_of_samples(map, map$space$scores[known, , drop = FALSE],
    cbind(values[known], 1), threads, call)
  value <- ifelse(sums[, 2] > 0, sums[, 1] / sums[, 2], NA)
  structure(list(map = map, value = value, density = sums[, 2]), class = "forebear_gtm_landscape")
}

check_map <- function(x, name, call) {
  if (!inherits(x, "forebear_gtm")) {
    abort_forebear("argument", c(sprintf("`%s` must be a `gtm()` fit.", name),
      x = sprintf("It is %s.", describe_class(x))), call)
  }
}

trait_of_samples <- function(values, sample_id, call) {
  if (!is.numeric(values) || !is.null(dim(values))) {
    abort_forebear("argument", c("`values` must be a numeric vector.",
      x = sprintf("It is %s.", describe_class(values))), call)
  }
  if (!is.null(names(values))) {
    check_known_samples(names(values), sample_id, "values", "unknown_sample", call)
    repeated <- unique(names(values)[duplicated(names(values))])
    if (length(repeated) > 0) {
      abort_forebear("duplicate_ids", c("`values` must name each sample once.",
        x = sprintf("Named twice or more: %s.", quoted(repeated))), call)
    }
    values <- values[match(sample_id, names(values))]
  }
  if (length(values) != length(sample_id)) {
    abort_forebear("argument", c("Without names, `values` must have one entry per sample.",
      x = sprintf("There are %s for %s.", counted(length(values), "value"),
        counted(length(sample_id), "sample"))), call)
  }
  values <- unname(as.double(values))
  if (any(is.infinite(values)) || all(is.na(values))) {
    abort_forebear("argument", c("`values` must be finite, and some of them known.",
      x = sprintf("%s infinite, %s missing.", verb(sum(is.infinite(values))),
        big(sum(is.na(values))))), call)
  }
  values
}

#' @rdname gtm_landscape
#' @param object,x A `gtm_landscape`.
#' @param new_data As in [predict.forebear_gtm()].
#' @inheritParams harmonize
#' @export
predict.forebear_gtm_landscape <- function(object, new_data, min_overlap = 0.8,
                                           strand = c("check", "same"), threads = NULL, ...) {
  check_no_dots(...)
  call <- rlang::current_env()
  threads <- check_threads(threads, call)
  map <- object$map
  new <- into_space(map$space, new_data, min_overlap, strand, threads, call)
  warn_empty(new)
  # A node without a value passes its weight on to the others.
  known <- !is.na(object$value)
  values <- cbind(ifelse(known, object$value, 0), as.double(known))
  placed <- place_on_map(map, new$scores, values, threads, call)
  blank_empty(new = new, tibble::tibble(
    sample_id = new$sample_id,
    .pred = ifelse(placed$means[, 2] > 0, placed$means[, 1] / placed$means[, 2], NA),
    .applicability = applicability(placed$log_likelihood, map$log_likelihood)
  ))
}

#' @rdname gtm_landscape
#' @export
tidy.forebear_gtm_landscape <- function(x, ...) {
  check_no_dots(...)
  nodes <- x$map$nodes
  tibble::tibble(node = seq_len(nrow(nodes)), gtm1 = nodes[, 1], gtm2 = nodes[, 2],
    value = x$value, density = x$density)
}

#' @export
print.forebear_gtm_landscape <- function(x, ...) {
  lines <- c(
    sprintf("<gtm_landscape> %s", counted(length(x$value), "node")),
    sprintf("values %s to %s", format(min(x$value, na.rm = TRUE), digits = 4),
      format(max(x$value, na.rm = TRUE), digits = 4)),
    sprintf("from %s", counted(round(sum(x$density)), "sample"))
  )
  cat(lines, sep = "\n")
  invisible(x)
}
