# Which samples lack so many genotypes that their weights are hardly known.
#
# Source: the curvature of the likelihood of Alexander, Novembre and Lange (2009) in the weights of
# one sample, at given frequencies.

# Standard error of a weight above which a sample that lacks genotypes is named.
most_std_error <- 0.1

# Proportion of the variants below which a sample lacks genotypes.
least_called <- 0.5

# Variants that standard errors are taken from, at most; they count as many as are called.
most_curvature_variants <- 2000

# Says which samples' weights are uncertain.
#
# | argument      | shape          | values                                              |
# |---------------|----------------|-----------------------------------------------------|
# | `q`           | n_samples x k  | weights                                             |
# | `frequencies` | n_variants x k | `NaN` where no sample is called                     |
# | `n_called`    | n_samples      | called genotypes where frequencies differ           |
# | `haploid`     | n_samples      | whether one allele counts                           |
inform_uncertain_weights <- function(sample_id, q, frequencies, n_called, haploid) {
  frequencies <- frequencies[stats::complete.cases(frequencies), , drop = FALSE]
  frequencies <- frequencies[informative_variants(frequencies), , drop = FALSE]
  n_variants <- nrow(frequencies)
  lacking <- which(n_called < least_called * n_variants)
  if (ncol(q) == 1 || length(lacking) == 0) {
    return(invisible())
  }
  some <- evenly_spaced(n_variants, most_curvature_variants)
  frequencies <- frequencies[some, , drop = FALSE]
  errors <- vapply(lacking, function(i) {
    n_alleles <- (if (haploid[i]) 1 else 2) * n_called[i]
    largest_std_error(q[i, ], frequencies, n_alleles)
  }, 0)
  bad <- errors > most_std_error
  if (any(bad)) {
    worst <- max(errors)
    inform_forebear("uncertain_weights", c(
      sprintf("Weights of samples that lack genotypes should have standard errors below %s.",
        format(most_std_error)),
      x = sprintf("Those of %s have not (the largest is %s): %s.", counted(sum(bad), "sample"),
        if (worst > 0.5) "above 0.5" else sprintf("%.2f", worst),
        quoted(sample_id[lacking[bad]])),
      i = "Their weights may be 0 or 1 by chance; `filter_samples()` leaves such samples out."
    ))
  }
}

# Says where the genotypes show fewer components than `k` populations make, k - 1. `x`: genotypes of
# the fit. Structure that 20,000 variants do not show is looked for in all.
inform_inside_noise <- function(x, k, threads) {
  some <- evenly_spaced(ncol(x), 20000)
  found <- components_above_noise(x[, some], k - 1, threads)
  if (isTRUE(found < k - 1) && length(some) < ncol(x)) {
    found <- components_above_noise(x, k - 1, threads)
  }
  if (isTRUE(found < k - 1)) {
    inform_forebear("inside_noise", c(
      "The genotypes show fewer populations than the fit has.",
      x = sprintf("Its %d populations make %s; %s above the noise.", k,
        counted(k - 1, "component"), if (found == 0) "none is" else verb(found)),
      i = "Weights along the others are of chance: see `admixture_path()`, `pca()`."
    ))
  }
}

# Of `most` components at most; `NULL` where there is no test of them.
components_above_noise <- function(x, most, threads) {
  quietly <- function(code) suppressMessages(suppressWarnings(code))
  fit <- tryCatch(quietly(pca(x, num_comp = most, threads = threads)),
    forebear_error = function(condition) NULL)
  if (!is.null(fit$tracy_widom)) fit$n_above_noise
}

# The largest standard error of the weights `q` [k] of a sample with `n_alleles` called alleles.
largest_std_error <- function(q, frequencies, n_alleles) {
  expected <- pmin(pmax(as.vector(frequencies %*% q), 0.01), 0.99)
  k <- length(q)
  contrasts <- frequencies[, -k, drop = FALSE] - frequencies[, k]
  information <- crossprod(contrasts, contrasts / (expected * (1 - expected)))
  information <- information * n_alleles / nrow(frequencies)
  covariance <- tryCatch(solve(information), error = function(condition) NULL)
  if (is.null(covariance)) Inf else sqrt(max(diag(covariance), sum(covariance)))
}

# Variants by which it is seen whether populations explain a sample, at most, and samples whose
# genotypes are expanded at a time.
most_explained_variants <- 5000
explained_block <- 1000

# Excess of the squared residuals of a sample over their expectation, above which it is named. That
# of a population that has drifted by an Fst of F from all mixtures of the others is F, that of an
# inbred sample its coefficient; and standard errors by which it must exceed what chance makes.
most_excess <- 0.15
excess_errors <- 5

# Says which new samples no mixture of the populations explains.
#
# | argument      | shape          | values                                                 |
# |---------------|----------------|--------------------------------------------------------|
# | `genotypes`   | of the samples | aligned to the frequencies                             |
# | `q`           | n_samples x k  | weights                                                |
# | `frequencies` | n_variants x k | known where populations differ                         |
# | `n_alleles`   | k              | alleles behind the frequencies, `Inf` if not known     |
inform_unexplained <- function(genotypes, q, frequencies, n_alleles, haploid, used, threads) {
  some <- used[evenly_spaced(length(used), most_explained_variants)]
  f <- frequencies[some, , drop = FALSE]
  block <- ceiling(seq_len(nrow(q)) / explained_block)
  found <- lapply(split(seq_len(nrow(q)), block), function(own) {
    counts <- as.matrix(genotypes[own, some], threads = threads)
    expected <- q[own, , drop = FALSE] %*% t(f)
    variance <- 2 * expected * (1 - expected) * (1 + haploid[own])
    squares <- (counts - 2 * expected)^2 / variance
    squares[expected < 0.05 | expected > 0.95] <- NA
    n <- rowSums(!is.na(squares))
    center <- rowMeans(squares, na.rm = TRUE)
    spread <- sqrt(pmax(rowMeans(squares^2, na.rm = TRUE) - center^2, 0) / n)
    # Frequencies are those of few alleles.
    of_frequencies <- 2 * rowSums(sweep(q[own, , drop = FALSE]^2, 2, n_alleles, `/`))
    excess <- center - 1 - of_frequencies
    n >= 100 & excess > pmax(most_excess, excess_errors * spread)
  })
  bad <- unlist(found) %in% TRUE
  if (any(bad)) {
    id <- genotypes$samples$sample_id[bad]
    inform_forebear("unexplained", c(
      sprintf("No mixture of the populations explains %s of %s.", big(sum(bad)),
        counted(nrow(q), "new sample")),
      x = sprintf("Their genotypes vary by %d %% more than they should, or yet more: %s.",
        round(100 * most_excess), quoted(id)),
      i = "Another population, inbreeding, or other genotyping? Their weights are the nearest ones."
    ), samples = id)
  }
}
