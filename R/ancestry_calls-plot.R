#' Plot local ancestry
#'
#' A karyogram: for each chromosome the two haplotypes of a sample, first above second, in the
#' colors of the ancestries that they are assigned at `threshold`, as [assign_ancestry()] does. Or,
#' of one region, a heat map: the haplotypes of many samples below each other.
#'
#' Of one sample the legend gives the percentage of each population with its standard error, as
#' [ancestry_proportions()] computes them: they are means of posteriors, and do not depend on the
#' threshold. Of several samples, each has a panel, which names its largest percentages. A group of
#' populations in the legend stands for what could not be assigned to one of them; what is assigned
#' to nothing is gray. `switches = TRUE` marks phase switches by triangles above the chromosome, at
#' the positions that [phase_switches()] gives: there the haplotypes as given change places;
#' [correct_phase()] takes them away. Proportions of the whole genome are bars in
#' `autoplot(as_q_matrix(calls))`.
#'
#' Where populations are all below the root of the tree, each has the color of
#' [ancestry_colours()]. With groups in the tree, each group has a hue, its populations shades of
#' it, and what is assigned to the group alone is pale.
#'
#' Chromosomes have the outline of a human genome build, with the centromere pinched: lengths and
#' the borders of the two bands at centromeres as in the cytogenetic bands of that build.
#' Segments that are too short to be seen, less than about 0.2 mm in a figure 180 mm wide, are left
#' to their neighbors, so that files of vector graphics stay small.
#'
#' @section Reading a region:
#' Each row is a haplotype, as it was given; x is the position on the chromosome. A vertical edge is
#' where the ancestry of a haplotype changes. Many edges above each other, in samples that are not
#' related, are a place where haplotypes are hard to distinguish or the panel is wrong rather than
#' history; a population that is faded throughout is one that calls cannot distinguish from another.
#' A segment that most rows have of one ancestry, unlike the rest of their genome, may be under
#' selection. Where there are no windows the plot stays white.
#'
#' With `order = "similar"`, haplotypes come first by the ancestry that most of the region has, that
#' of most haplotypes on top. Among those of one ancestry, those with no other come first, then they
#' are sorted by the ancestry that is second, the most frequent first, and by the middle of all that
#' is not of the first. What is then equal stays in the order of the calls. Phase switches put the
#' two halves of a haplotype into two rows: see [correct_phase()].
#'
#' Rows are named `<sample>.<haplotype>`, up to 40; the axis of more says how many there are.
#'
#' @param object Ancestry calls, as [read_msp()] returns, or [stored ones][stored_calls].
#' @param sample_id IDs of the samples to draw; `NULL` is the first in a karyogram, which has one
#'   panel for each, and all in a region.
#' @param ... Must be empty.
#' @param type `"karyogram"`, or `"region"` for the heat map.
#' @param region Of the heat map: a chromosome (`"22"`, which is also `chr22`) or part of one
#'   (`"22:16000000-20000000"`; both ends belong to it), as in [read_vcf()]. `NULL` is the whole of
#'   the only chromosome.
#' @param order Of the rows of the heat map: `"similar"` puts like haplotypes together, see below;
#'   `"given"` keeps the order of `sample_id`, or of the calls.
#' @param threshold Of a karyogram: least probability of what is assigned, from 0 to 1; 0 is the
#'   most probable population everywhere.
#' @param tree Of a karyogram: another tree of the same populations; `NULL` is that of the calls.
#' @param build Of a karyogram: `"GRCh37"` or `"GRCh38"`; `"none"` draws chromosomes as long as the
#'   calls. `"auto"` takes the build in which the calls find room, GRCh38 if both have it, and none
#'   if they cover less than half of the chromosomes at hand.
#' @param switches Of a karyogram: whether to mark phase switches.
#' @returns A ggplot; the segments, or parts of windows, are its data.
#' @section Errors:
#' `forebear_error_unknown_sample` if a sample is not in the calls; `forebear_error_region` for a
#' region that is none, or without calls; `forebear_error_incomplete_calls`;
#' `forebear_error_tree`; `forebear_error_argument`.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"),
#'   tree = "((north,south)west,east)all;")
#' autoplot(calls, sample_id = "dan")
#' autoplot(calls, sample_id = c("ann", "bob", "cat", "dan"), threshold = 0.5)
#' autoplot(calls, type = "region", region = "1:2000000-9000000")
#' @family ancestry calls
#' @rawNamespace S3method(ggplot2::autoplot, forebear_ancestry_calls)
autoplot.forebear_ancestry_calls <- function( # nolint: object_name_linter.
    object, sample_id = NULL, ..., type = c("karyogram", "region"), region = NULL,
    order = c("similar", "given"), threshold = 0.8, tree = NULL,
    build = c("auto", "GRCh37", "GRCh38", "none"), switches = FALSE) {
  call <- rlang::current_env()
  local_colours(...)
  check_calls(object, call)
  type <- check_choice(type, "type", c("karyogram", "region"), call)
  is_region <- type == "region"
  given <- c(region = !is.null(region), order = !missing(order), threshold = !missing(threshold),
    tree = !is.null(tree), build = !missing(build), switches = !missing(switches))
  check_for_type(given, if (is_region) c("region", "order") else
    c("threshold", "tree", "build", "switches"), type, call)
  order <- check_choice(order, "order", c("similar", "given"), call)
  sample_id <- sample_id %||% utils::head(unique(object$sample_id), if (is_region) Inf else 1)
  sample_id <- check_samples_of_calls(sample_id, object, call)
  if (is_region) {
    return(plot_region(object, region, sample_id, order, call))
  }
  threshold <- check_number(threshold, "threshold", min = 0, max = 1, call = call)
  build <- check_choice(build, "build", c("auto", "GRCh37", "GRCh38", "none"), call)
  check_flag(switches, "switches", call)
  tree <- tree_of_calls(object, tree, call)
  calls <- object[object$sample_id %in% sample_id, ]
  plot_karyogram(calls, sample_id, threshold, tree, build, switches, call)
}

# Arguments that the other type of figure would ignore without a word.
check_for_type <- function(given, own, type, call) {
  other <- names(given)[given & !names(given) %in% own]
  if (length(other) > 0) {
    rule <- if (type == "region") "`%s` is for `type = \"karyogram\"`." else
      "`region` and `order` are for `type = \"region\"`."
    if (type == "region") rule <- sprintf(rule, other[[1]])
    abort_forebear("argument", c(rule, x = sprintf("`type` is \"%s\".", type)), call)
  }
}

check_samples_of_calls <- function(sample_id, calls, call) {
  if (is.factor(sample_id)) sample_id <- as.character(sample_id)
  refuse <- function(problem) {
    abort_forebear("unknown_sample", c("`sample_id` must name samples of the calls, each once.",
      x = problem), call)
  }
  if (!is.character(sample_id) || length(sample_id) == 0) refuse(found(sample_id))
  unknown <- setdiff(sample_id, calls$sample_id)
  if (length(unknown) > 0) refuse(sprintf("Not there: %s.", quoted(unknown)))
  repeated <- unique(sample_id[duplicated(sample_id)])
  if (length(repeated) > 0) refuse(sprintf("Twice or more: %s.", quoted(repeated)))
  sample_id
}

# Rectangles: sample_id, chrom, haplotype, low, high (Mb), population, posterior. Windows that
# follow each other and look the same are one rectangle, so that no device leaves seams.
karyogram_tracts <- function(calls, by_chrom, sample_id) {
  calls <- calls[calls$sample_id %in% sample_id, ]
  best <- round(best_posterior(calls) * 20) / 20
  tracts <- lapply(by_chrom, function(pieces) {
    n <- length(pieces$row)
    edges <- piece_edges(pieces)
    look <- paste(calls$.pred_class, best)[pieces$row]
    first <- which(c(TRUE, look[-1] != look[-n] | !follows_in(pieces)))
    last <- c(first[-1] - 1L, n)
    owner <- pieces$owner[first]
    tibble::tibble(
      sample_id = pieces$sample_id[owner], chrom = pieces$chrom,
      haplotype = pieces$haplotype[owner], low = (edges$low_bp[first] - 1) / 1e6,
      high = edges$high_bp[last] / 1e6, population = calls$.pred_class[pieces$row[first]],
      posterior = best[pieces$row[first]]
    )
  })
  vctrs::vec_rbind(!!!tracts)
}

# Colours of the populations, and opacity by posterior.
karyogram_scales <- function(populations, tree) {
  n <- length(populations)
  list(
    ggplot2::scale_fill_manual(values = tree_colours(tree)[populations], limits = populations,
      name = NULL, guide = ggplot2::guide_legend(order = 1)),
    ggplot2::scale_alpha_continuous(range = c(0.15, 1), limits = c(1 / n - 0.05, 1),
      breaks = karyogram_breaks(n), name = "Posterior", guide = ggplot2::guide_legend(order = 2))
  )
}

karyogram_breaks <- function(n_populations) {
  breaks <- c(0.25, 0.5, 0.75, 1)
  breaks[breaks >= 1 / n_populations]
}

# Numbered chromosomes by number, then the others as they come.
karyogram_order <- function(chrom) {
  chrom <- unique(chrom)
  number <- suppressWarnings(as.double(plain_chromosome(chrom)))
  chrom[order(number, seq_along(chrom), na.last = TRUE)]
}
