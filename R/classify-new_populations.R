#' Do new samples come from a population that the reference lacks?
#'
#' One sample of a population that is closely related to one of the reference looks much like a
#' member of that: `.typicality` of [predict()][predict.forebear_classifier] misses two thirds of
#' the Utahns where the reference has Tuscans. Several such samples have something in common that
#' the members of the reference do not have, and that is seen in all their genotypes, also where no
#' component of the reference shows it.
#'
#' Of the new samples that are called a population, with standardized genotypes \eqn{x_i}, the
#' direction is from the mean c of the members of the population to the mean a of the other new
#' samples, and each is projected on it: \eqn{s_i = (x_i - c)'(a_{-i} - c)}. Each member is
#' projected as if it had been left out, \eqn{s_t = (x_t - c_{-t})'(a - c_{-t})}. Of new samples of
#' the population both have the same expectation; \eqn{s_i} is larger by \eqn{|\delta|^2}, of
#' samples of another one at the distance \eqn{\delta}. `.p_known` is the proportion of the members
#' with an \eqn{s_t} as large as \eqn{s_i}, the new sample counted among them: a conformal p-value,
#' spread evenly over 0 to 1 for samples of the population, whatever the company. Where genotypes
#' are missing, \eqn{s_i} and \eqn{s_t} are compared over the variants that are called in both
#' samples, and the means are of the samples that are called there.
#'
#' @section What it rests on:
#' The other new samples: `.n_company` of them are called the same population, and with fewer than
#' ten little is seen. A sample alone has no `.p_known`. Whatever else new samples have in common
#' and members do not is seen, too: other genotyping or imputation, relatives, another strand.
#' Genotypes should be of the same arrays, cleaned together, and pruned of linkage disequilibrium,
#' of common variants.
#'
#' Eleven populations of HapMap3 (957 samples, common variants, 10 components, `method = "gtm"`)
#' were left out in turn, and given with a fifth of the samples of the others as one study
#' (`tools/bench absent`). Below 0.05 were 85 % of the Yoruba and 94 to 100 % of eight others, among
#' them Utahns, Tuscans, Japanese and Luhya, of which `.typicality` had flagged 21 to 72 %; of
#' Chinese of two cities, who are called each other's, 26 and 40 %; and 4.5 % of the samples of
#' known populations that were called their own (6 % with those that were not).
#'
#' @param x The table that [predict()][predict.forebear_classifier] of a classifier gives for
#'   `new_data`, or any data frame with `sample_id` and `.pred_class`.
#' @param new_data [genotypes] of the samples of `x`.
#' @param reference [genotypes] of the members of the populations, those that the classifier was
#'   trained on.
#' @param labels,label_column Their populations, in any form that labels take in [classify()].
#' @inheritParams harmonize
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns `x` as a tibble, with `.p_known` and `.n_company` (other new samples called the same
#'   population) as last columns. Both are `NA` for a sample that is not called, or called a
#'   population with fewer than two members, or not in `new_data`.
#' @section Errors:
#' `forebear_error_argument`; those of [harmonize()] and of labels.
#' @references Vovk V., Gammerman A. and Shafer G. (2005), Algorithmic Learning in a Random World.
#' @family ancestry maps
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' labels <- read.delim(example_data("labels"))
#' known <- which(labels$population != "south" & seq_len(300) %% 5 != 0)
#' fit <- classify(genotypes[known, ], labels[known, ], method = "svm", num_comp = 4)
#' study <- genotypes[-known, ]
#' called <- predict(fit, study, strand = "same")
#' checked <- new_populations(called, study, genotypes[known, ], labels, strand = "same")
#' tapply(checked$.p_known < 0.05, labels$population[-known], mean)
#' @export
new_populations <- function(x, new_data, reference, labels, label_column = NULL,
                            min_overlap = 0.8, strand = c("check", "same"),
                            sex_chromosomes = "auto", threads = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  if (!is.data.frame(x) || !all(c("sample_id", ".pred_class") %in% names(x))) {
    abort_forebear("argument", c("`x` must be what `predict()` of a classifier returns.",
      x = found(x)), call)
  }
  check_genotypes(new_data, "new_data")
  check_genotypes(reference, "reference")
  threads <- check_threads(threads)
  reference <- without_sex_chromosomes(reference, sex_chromosomes)
  group <- match_labels(labels, reference$samples$sample_id, label_column, call)
  aligned <- harmonize(new_data, reference, min_overlap = min_overlap, strand = strand,
    threads = threads)
  class <- as.character(x$.pred_class)[match(aligned$samples$sample_id, x$sample_id)]
  sets <- company_sets(class, group)
  if (length(sets) == 0) {
    inform_forebear("no_company", paste("No population of the reference has two members, and two",
      "new samples that are called it: nothing can be compared."))
  }
  excess <- with_round_bar(ncol(reference), function(tick) {
    company_excess(aligned, reference, sets, threads, tick)
  })
  p <- rep(NA_real_, length(class))
  company <- rep(NA_integer_, length(class))
  for (i in seq_along(sets)) {
    p[sets[[i]]$new] <- p_of_company(excess[[i]])
    company[sets[[i]]$new] <- length(sets[[i]]$new) - 1L
  }
  at <- match(x$sample_id, aligned$samples$sample_id)
  x <- tibble::as_tibble(x)
  x$.p_known <- p[at]
  x$.n_company <- company[at]
  x
}

# For each population with two members and two new samples: rows of its `members` and `new` ones.
company_sets <- function(class, group) {
  sets <- lapply(levels(group), function(population) {
    list(members = which(group %in% population), new = which(class %in% population))
  })
  Filter(function(set) length(set$members) >= 2 && length(set$new) >= 2, sets)
}

# Variants whose genotypes are expanded at a time.
company_block <- 2000

# For each set a matrix [n_new x n_members] of s_t - s_i, summed over the variants that are called
# in both samples.
company_excess <- function(aligned, reference, sets, threads, tick) {
  excess <- lapply(sets, function(set) matrix(0, length(set$new), length(set$members)))
  for (first in seq(1, ncol(reference), by = company_block)) {
    block <- first:min(first + company_block - 1, ncol(reference))
    ours <- as.matrix(choose_variants(reference, block), threads = threads)
    theirs <- as.matrix(choose_variants(aligned, block), threads = threads)
    p <- colMeans(ours, na.rm = TRUE) / 2
    used <- which(p > 0 & p < 1)
    scale <- 1 / sqrt(2 * p * (1 - p))
    for (i in seq_along(sets)) {
      more <- block_excess(ours[sets[[i]]$members, used, drop = FALSE],
        theirs[sets[[i]]$new, used, drop = FALSE], scale[used])
      excess[[i]] <- excess[[i]] + more
    }
    tick(length(block))
  }
  excess
}

# With d the standardized genotype less the mean c of the members, A the mean d of the new samples,
# and m new samples and n members called at a variant: a_{-i} - c = (m A - d_i) / (m - 1),
# x_t - c_{-t} = n / (n - 1) d_t and a - c_{-t} = A + d_t / (n - 1).
block_excess <- function(members, new, scale) {
  n <- colSums(!is.na(members))
  m <- colSums(!is.na(new))
  used <- n >= 2 & m >= 2
  n <- n[used]
  m <- m[used]
  members <- sweep(members[, used, drop = FALSE], 2, scale[used], `*`)
  new <- sweep(new[, used, drop = FALSE], 2, scale[used], `*`)
  center <- colMeans(members, na.rm = TRUE)
  no_member <- is.na(members)
  no_new <- is.na(new)
  members <- replace(sweep(members, 2, center), no_member, 0)
  new <- replace(sweep(new, 2, center), no_new, 0)
  total <- colSums(new)
  of_new <- sweep(new * sweep(-new, 2, total, `+`), 2, m - 1, `/`)
  of_members <- members * sweep(sweep(members, 2, n - 1, `/`), 2, total / m, `+`)
  of_members <- sweep(of_members, 2, n / (n - 1), `*`)
  t(sums_where_called(of_members, no_new)) - sums_where_called(of_new, no_member)
}

# [n x n_others] sums of the rows of `x` over the columns in which each of the others is called.
sums_where_called <- function(x, not_called) {
  some <- colSums(not_called) > 0
  rowSums(x) - x[, some, drop = FALSE] %*% t(not_called[, some, drop = FALSE])
}

# [n_new] p-values.
p_of_company <- function(excess) {
  (rowSums(excess >= 0) + 1) / (ncol(excess) + 1)
}
