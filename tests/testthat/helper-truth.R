# Calls that are the truth of `simulate_admixed()`: posteriors of 1 in windows of `n` variants, each
# of the ancestry at its middle.
calls_of_truth <- function(admixed, n = 5, truth = attr(admixed, "truth")) {
  variants <- variants(admixed)
  populations <- sort(unique(truth$ancestry))
  windows <- do.call(rbind, lapply(unique(variants$chrom), function(name) {
    own <- variants[variants$chrom == name, ]
    at <- (seq_len(nrow(own)) - 1L) %/% n + 1L
    first <- !duplicated(at)
    last <- !duplicated(at, fromLast = TRUE)
    tibble::tibble(chrom = name, window = unique(at), start_bp = own$position_bp[first],
      end_bp = own$position_bp[last], start_cm = own$position_cm[first],
      end_cm = own$position_cm[last], n_variants = as.integer(table(at)))
  }))
  rows <- do.call(rbind, lapply(unique(windows$chrom), function(name) {
    own <- windows[windows$chrom == name, ]
    middle <- (own$start_bp + own$end_bp) %/% 2L
    do.call(rbind, lapply(unique(truth$sample_id), function(id) {
      do.call(rbind, lapply(1:2, function(haplotype) {
        segments <- truth[truth$sample_id == id & truth$haplotype == haplotype &
          truth$chrom == name, ]
        segments <- segments[order(segments$start_bp), ]
        ancestry <- segments$ancestry[pmax(1L, findInterval(middle, segments$start_bp))]
        tibble::tibble(sample_id = id, haplotype = haplotype,
          own[c("chrom", "window", "start_bp", "end_bp")], .pred_class = ancestry)
      }))
    }))
  }))
  for (name in populations) rows[[paste0(".pred_", name)]] <- (rows$.pred_class == name) + 0
  tree <- as_population_tree(NULL, populations)
  new_ancestry_calls(rows, no_switches(), windows, populations, tree)
}

# Two populations, `n` of each, at variants `step` base pairs apart on the chromosomes.
even_panel <- function(n = 30, n_variants = c("1" = 300, "2" = 200), step = 5e4, seed = 3) {
  withr::local_seed(seed)
  p <- stats::runif(sum(n_variants), 0.1, 0.9)
  q <- pmin(0.95, pmax(0.05, p + stats::rnorm(length(p), 0, 0.2)))
  alleles <- rbind(matrix(stats::rbinom(2 * n * length(p), 1, rep(p, each = 2 * n)), 2 * n),
    matrix(stats::rbinom(2 * n * length(p), 1, rep(q, each = 2 * n)), 2 * n))
  rownames(alleles) <- paste0(rep(paste0("s", seq_len(2 * n)), each = 2), c("_1", "_2"))
  position <- as.integer(sequence(n_variants) * step)
  haplotypes <- as_haplotypes(alleles, variants = data.frame(
    variant_id = paste0("v", seq_along(p)), chrom = rep(names(n_variants), n_variants),
    position_bp = position, position_cm = position / 1e6, ref = "A", alt = "C"))
  reference_panel(haplotypes, stats::setNames(rep(c("west", "east"), each = n),
    paste0("s", seq_len(2 * n))))
}

# Dosages of an ancestry, [n_samples x n_windows], cell by cell.
slow_dosages <- function(calls, ancestry) {
  window <- unique(paste(calls$chrom, calls$window))
  samples <- unique(calls$sample_id)
  dosage <- matrix(0, length(samples), length(window), dimnames = list(samples, window))
  for (i in seq_len(nrow(calls))) {
    cell <- cbind(calls$sample_id[i], paste(calls$chrom[i], calls$window[i]))
    dosage[cell] <- dosage[cell] + calls[[paste0(".pred_", ancestry)]][i]
  }
  dosage
}
