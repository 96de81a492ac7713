# The shipped calls: 4 samples, chromosomes 1 (20 windows) and 2 (12), populations east, north,
# south; the tree has north and south together.
example_calls <- function(tree = "((north,south)west,east)all;") {
  read_fb(example_data("fb"), windows = example_data("msp"), tree = tree)
}

# Calls with random posteriors. Windows of 10 bp with 4 bp between them, one cM each; every switch
# has probability 0.1, or 0.9 where it is called.
random_calls <- function(n_samples, n_windows = c("1" = 6, "2" = 4), populations = c("a", "b", "c"),
                         tree = NULL, switched = 0.3, seed = 1) {
  windows <- tibble::tibble(
    chrom = rep(names(n_windows), n_windows), window = sequence(n_windows),
    start_bp = 14L * window - 9L, end_bp = 14L * window, start_cm = window - 1,
    end_cm = window - 0.5, n_variants = 3L
  )
  cells <- expand.grid(window = seq_len(nrow(windows)), haplotype = 1:2,
    sample = seq_len(n_samples))
  cells <- cells[order(windows$chrom[cells$window]), ]
  withr::with_seed(seed, {
    posterior <- matrix(stats::rexp(nrow(cells) * length(populations))^2, nrow(cells))
    steps <- expand.grid(sample = seq_len(n_samples), window = which(windows$window > 1))
    called <- stats::runif(nrow(steps)) < switched
  })
  posterior <- posterior / rowSums(posterior)
  colnames(posterior) <- paste0(".pred_", populations)
  calls <- tibble::tibble(
    sample_id = paste0("s", cells$sample), haplotype = cells$haplotype,
    windows[cells$window, c("chrom", "window", "start_bp", "end_bp")],
    .pred_class = populations[max.col(posterior, "first")], tibble::as_tibble(posterior)
  )
  switches <- tibble::tibble(
    sample_id = paste0("s", steps$sample), windows[steps$window, c("chrom", "window")],
    switch_probability = ifelse(called, 0.9, 0.1), switched = called
  )
  new_ancestry_calls(calls, switches, windows, populations, as_population_tree(tree, populations))
}
