#' A reference panel
#'
#' Phased haplotypes of samples whose populations are known, and the tree of these populations:
#' what local ancestry learns from.
#'
#' Samples without a label are left out. Labels of samples that are not in `haplotypes` are passed
#' over. Both are named in a warning. Nothing else is dropped: haplotypes that are equal to
#' another one throughout are counted, because many of them mean that a sample is there twice.
#'
#' Leaves of the tree are the populations; inner nodes are what they have in common, such as a
#' continent. The probability of an inner node is the sum of its leaves. Leaves without a
#' sample are taken off the tree, with a message.
#'
#' Without a tree, one is built from Fst of the populations (Hudson's, ratio of averages over at
#' most 50,000 variants; Bhatia et al. 2013) by average linkage, and a message of class
#' `forebear_message_fst_tree` shows it, unless all populations are directly below the root. Where
#' populations join at nearly the same Fst (within 20 %, or within two standard errors, by the
#' jackknife over 50 blocks of variants), they are children of one node. Inner
#' nodes are called after their leaves, `"CEU+GBR"`. `panel$fst` has the matrices `fst` and
#' `std_error` in any case.
#'
#' @param haplotypes [haplotypes], as [read_phased_vcf()] returns.
#' @param labels Populations of samples: a data frame with columns `sample_id` and `population`, or
#'   a vector of populations named by sample.
#' @param tree A data frame with columns `child` and `parent`, one row for every node but the root;
#'   a string in Newick format, such as `"((CEU,GBR)EUR,(YRI,LWK)AFR)world;"`, in which numbers
#'   after a bracket are support and no names; a `phylo` of 'ape' ([as_phylo]); or `NULL`: the tree
#'   is built from Fst, see below.
#' @inheritParams shared_arguments
#' @returns An object of class `forebear_reference_panel`. `summary()` gives one row for each
#'   population: `population`, `parent` (its node in the tree), `n_samples`, `n_haplotypes` (a male
#'   has one on X), `n_duplicates` (haplotypes that are equal, at all variants, to one before them
#'   in the panel). [samples()] gives `sample_id` and `population`.
#' @section Errors:
#' `forebear_error_panel_labels` for labels of another form, samples named twice, or if no sample
#' has a label; `forebear_error_panel_populations` if there is one population only;
#' `forebear_error_population_name` for one called "class";
#' `forebear_error_tree` for a tree that is none, or lacks a label;
#' `forebear_error_argument` for other arguments. Warnings: `forebear_warning_small_population` for
#' populations of fewer than 25 samples, `forebear_warning_unmatched_samples`.
#' @references
#' Bhatia G., Patterson N., Sankararaman S. & Price A.L. (2013), Estimating and interpreting FST:
#' the impact of rare variants. Genome Research 23, 1514-1521.
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 7), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' panel
#' summary(panel)
#' @seealso [autoplot.forebear_reference_panel()]
#' @family local ancestry
#' @export
reference_panel <- function(haplotypes, labels, tree = NULL, threads = NULL) {
  call <- rlang::current_env()
  check_haplotypes(haplotypes, "haplotypes", call)
  threads <- check_threads(threads, call)
  population <- panel_labels(labels, call)
  sample_id <- haplotypes$samples$sample_id
  check_panel_samples(sample_id, names(population), call)
  chosen <- which(sample_id %in% names(population))
  warn_unmatched(sample_id[-chosen], setdiff(names(population), sample_id), call)
  population <- unname(population[sample_id[chosen]])
  check_populations(unique(population), call)
  haplotypes <- haplotypes[chosen, ]
  fst <- population_fst(haplotypes, radix_factor(population), threads, call)
  tree <- panel_tree(tree, unique(population), fst, call)
  population <- factor(population, tree_leaves(tree))
  warn_small_populations(table(population), call)
  first <- with_progress(function(progress) {
    rust_first_equal(haplotypes, threads, progress)
  }, call)
  new_reference_panel(haplotypes, population, tree, first != seq_along(first),
    choose_fst(fst, levels(population)))
}

radix_factor <- function(x) factor(x, sort(unique(x), method = "radix"))

# haplotypes  of the labeled samples alone
# population  n_samples, a factor whose levels are the leaves in the order of the tree
# is_duplicate 2 n_samples, whether a haplotype is equal to one before it
# fst         of `population_fst()`
new_reference_panel <- function(haplotypes, population, tree, is_duplicate, fst) {
  stopifnot(is.factor(population), length(population) == nrow(haplotypes),
    inherits(tree, "forebear_population_tree"), length(is_duplicate) == 2 * length(population))
  x <- list(haplotypes = haplotypes, population = population, tree = tree,
    is_duplicate = is_duplicate, fst = fst)
  structure(x, class = "forebear_reference_panel")
}

# Fewest samples of a population: the 2014 paper merges smaller ones with a sister.
fewest_samples <- 25

# Populations, a character vector named by sample; samples without one are left out.
panel_labels <- function(labels, call) {
  labels <- label_table(labels)
  if (is.data.frame(labels)) {
    # As the tables of others call it; the first of these that is there.
    usual <- match(c("population", "pop", "population_code"), bare_column(names(labels)))
    is_known <- "sample_id" %in% names(labels) && !"population" %in% names(labels)
    if (is_known) names(labels)[stats::na.omit(usual)[1]] <- "population"
    wanted <- c("sample_id", "population")
    if (!all(wanted %in% names(labels))) {
      abort_forebear("panel_labels", c(
        "The data frame `labels` must have columns `sample_id` and `population`.",
        x = sprintf("Its columns are %s.", quoted(names(labels)))
      ), call)
    }
    labels <- stats::setNames(as.character(labels$population), id_text(labels$sample_id))
  }
  is_vector <- (is.character(labels) || is.factor(labels)) && !is.null(names(labels))
  if (!is_vector) {
    abort_forebear("panel_labels", c(
      "`labels` must be a data frame, or a vector of populations named by sample.",
      x = if (is.null(names(labels)) && is.character(labels)) "It has no names." else found(labels)
    ), call)
  }
  id <- as_utf8(names(labels))
  repeated <- unique(id[duplicated(id)])
  if (length(repeated) > 0) {
    abort_forebear("panel_labels", c(
      "`labels` must name each sample once.",
      x = sprintf("%s named twice or more: %s.", counted(length(repeated), "sample"),
        quoted(repeated))
    ), call)
  }
  labels <- stats::setNames(as_utf8(as.character(labels)), id)
  labels[!is.na(labels) & labels != ""]
}

check_panel_samples <- function(sample_id, labeled, call) {
  matched <- sample_id %in% labeled
  if (!any(matched)) {
    abort_forebear("panel_labels", c(
      "At least one sample of `haplotypes` must have a label.",
      x = sprintf("Samples: %s; labels name: %s.", quoted(sample_id), quoted(labeled))
    ), call)
  }
  repeated <- unique(sample_id[matched & duplicated(sample_id)])
  if (length(repeated) > 0) {
    abort_forebear("panel_labels", c(
      "Every sample of a reference panel must have an ID of its own.",
      x = sprintf("In `haplotypes` twice or more: %s.", quoted(repeated))
    ), call)
  }
}

warn_unmatched <- function(unlabeled, absent, call) {
  if (length(unlabeled) + length(absent) == 0) {
    return(invisible())
  }
  message <- c(
    "Samples and labels do not match.",
    x = if (length(unlabeled) > 0) sprintf("Without a label, left out: %s (%s).",
      counted(length(unlabeled), "sample"), quoted(unlabeled)),
    x = if (length(absent) > 0) sprintf("Labeled, but not in `haplotypes`: %s (%s).",
      counted(length(absent), "sample"), quoted(absent))
  )
  warn_forebear("unmatched_samples", message, call)
}

check_populations <- function(populations, call) {
  if (length(populations) < 2) {
    abort_forebear("panel_populations", c(
      "A reference panel must have at least 2 populations.",
      x = sprintf("All labels are %s.", quoted(populations))
    ), call)
  }
  check_population_names(populations, "class", call)
}

# The tree of the populations that have samples. `fst`: of `population_fst()`, from which it is
# built if none is given.
panel_tree <- function(tree, populations, fst, call) {
  if (is.null(tree)) {
    tree <- fst_tree(fst, call)
    if (max(tree_depth(tree)) > 1) inform_fst_tree(tree)
    return(tree)
  }
  tree <- as_population_tree(tree, sort(populations, method = "radix"), call)
  leaves <- tree_leaves(tree)
  lost <- setdiff(populations, leaves)
  if (length(lost) > 0) {
    inner <- intersect(lost, tree$node)
    abort_forebear("tree", c(
      "Every population must be a leaf of `tree`.",
      x = sprintf("%s not: %s.", verb(length(lost)), quoted(lost)),
      i = if (length(inner) > 0) sprintf("An inner node: %s. %s", quoted(inner),
        "Samples of an inner node alone need a leaf of their own.")
    ), call)
  }
  empty <- setdiff(leaves, populations)
  if (length(empty) > 0) {
    inform_forebear("tree_pruned", sprintf("Taken off the tree, as no sample is of them: %s.",
      quoted(empty)))
    tree <- prune_tree(tree, populations)
  }
  tree
}

warn_small_populations <- function(n_samples, call) {
  small <- n_samples[n_samples < fewest_samples]
  if (length(small) > 0) {
    warn_forebear("small_population", c(
      sprintf("Populations of fewer than %d samples are hard to distinguish.", fewest_samples),
      x = sprintf("%s: %s.", counted(length(small), "such population"),
        first_of(sprintf("\"%s\" (%s)", names(small), big(small)))),
      i = "`curate_panel()` merges each with its nearest sister; or leave them out."
    ), call)
  }
}

#' @export
samples.forebear_reference_panel <- function(x) { # nolint: object_name_linter.
  tibble::tibble(
    sample_id = x$haplotypes$samples$sample_id, population = as.character(x$population)
  )
}

#' @export
summary.forebear_reference_panel <- function(object, ...) {
  check_no_dots(...)
  population <- levels(object$population)
  n_samples <- tabulate(object$population, length(population))
  absent <- answer(rust_haploid_counts(object$haplotypes)) == ncol(object$haplotypes)
  n_absent <- tabulate(object$population[absent], length(population))
  owner <- rep(object$population, each = 2)
  node <- match(population, object$tree$node)
  tibble::tibble(
    population = population,
    parent = object$tree$node[object$tree$parent[node]],
    n_samples = n_samples,
    n_haplotypes = 2L * n_samples - n_absent,
    n_duplicates = tabulate(owner[object$is_duplicate], length(population))
  )
}

#' @export
print.forebear_reference_panel <- function(x, ...) {
  table <- summary(x)
  depth <- max(tree_depth(x$tree))
  cat(
    sprintf("<reference_panel> %s x %s", counted(nrow(x$haplotypes), "sample"),
      counted(ncol(x$haplotypes), "variant")),
    sprintf("%s: %s", counted(nrow(table), "population"),
      first_of(sprintf("%s (%s)", table$population, big(table$n_samples)), 8)),
    sprintf("tree: %s, %s below the root", counted(length(x$tree$node), "node"),
      counted(depth, "level")),
    sprintf("%s of %s are equal to another", big(sum(table$n_duplicates)),
      counted(sum(table$n_haplotypes), "haplotype")),
    sep = "\n"
  )
  invisible(x)
}
