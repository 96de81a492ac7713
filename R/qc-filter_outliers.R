#' Remove samples that lie far out on principal components
#'
#' Fits components, removes the samples that lie more than `max_sd` standard deviations from the
#' mean on one of them, and begins again with the others, until none does or `iterations` times: as
#' `numoutlieriter`, `numoutlierevec` and `outliersigmathresh` of smartpca.
#'
#' What lies far out is most often a duplicate, a relative, a sample of bad quality or the only
#' member of its population, each of which can have a component to itself. A small population that
#' is far from the others is removed, too: look at what went before you go on without it.
#'
#' @param g A [genotypes] object.
#' @param num_comp Components that are looked at; by default no more than samples and variants
#'   allow.
#' @param max_sd Most standard deviations that a score may lie from the mean of its component.
#' @param iterations Most times that samples are removed.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns [genotypes]: a view of what stays. Its attribute `"outliers"` is a tibble of what went:
#'   `sample_id`, `iteration`, `component` (on which it lay farthest out), `sd_from_mean`.
#'   [qc_report()] has the number of each iteration.
#' @section Errors:
#' Those of [pca()]; `forebear_error_argument`.
#' @references Price A. L. et al. (2006), Nature Genetics 38:904. Patterson N., Price A. L. and
#'   Reich D. (2006), PLoS Genetics 2:e190.
#' @family quality control
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' clean <- filter_outliers(genotypes, num_comp = 4, max_sd = 5)
#' attr(clean, "outliers")
#' @export
filter_outliers <- function(g, num_comp = 10, max_sd = 6, iterations = 5, sex_chromosomes = "auto",
                            seed = 1, threads = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  check_genotypes(g, "g")
  num_comp <- check_count(num_comp, "num_comp")
  if (missing(num_comp)) {
    num_comp <- adapted("num_comp", num_comp, min(nrow(g) - 1, ncol(g)), 1,
      counted(nrow(g), "sample"))
  }
  max_sd <- check_number(max_sd, "max_sd", min = 1)
  iterations <- check_count(iterations, "iterations", max = 100)
  seed <- check_seed(seed)
  threads <- check_threads(threads)
  autosomes <- without_sex_chromosomes(g, sex_chromosomes)
  gone <- list()
  stays <- seq_len(nrow(g))
  for (iteration in seq_len(iterations)) {
    far <- far_samples(choose_samples(autosomes, stays), num_comp, max_sd, seed, threads, call)
    if (nrow(far) == 0) break
    gone[[iteration]] <- tibble::tibble(sample = stays[far$row], iteration = iteration,
      component = far$component, sd_from_mean = far$sd_from_mean)
    stays <- stays[-far$row]
  }
  outliers <- vctrs::vec_rbind(!!!gone, .ptype = tibble::tibble(sample = integer(),
    iteration = integer(), component = character(), sd_from_mean = double()))
  failed <- lapply(seq_len(max(length(gone), 1)), function(iteration) {
    seq_len(nrow(g)) %in% outliers$sample[outliers$iteration == iteration]
  })
  names(failed) <- sprintf("> %s sd on a component, iteration %d", format(max_sd),
    seq_along(failed))
  kept <- remove_failed(g, "filter_outliers", "sample", failed, rep("no score is so far out",
    length(failed)))
  attr(kept, "outliers") <- tibble::tibble(sample_id = g$samples$sample_id[outliers$sample],
    outliers[-1])
  kept
}

# row, component and sd_from_mean of the samples of `g` that lie too far out. Standard deviations
# are those of smartpca, over n.
far_samples <- function(g, num_comp, max_sd, seed, threads, call) {
  num_comp <- min(num_comp, nrow(g) - 1L, ncol(g))
  fit <- pca_fit(g, num_comp, "auto", "binomial", 1e-6, 100L, seed, threads, loadings = FALSE,
    call = call)
  centered <- sweep(fit$scores, 2, colMeans(fit$scores, na.rm = TRUE))
  spread <- sqrt(colMeans(centered^2, na.rm = TRUE))
  distance <- abs(sweep(centered, 2, ifelse(spread > 0, spread, Inf), `/`))
  # A sample without scores is not known to be far.
  distance[is.na(distance)] <- 0
  component <- max.col(distance, ties.method = "first")
  farthest <- distance[cbind(seq_len(nrow(g)), component)]
  row <- which(farthest > max_sd)
  tibble::tibble(row = row, component = sprintf("PC%d", component[row]),
    sd_from_mean = farthest[row])
}
