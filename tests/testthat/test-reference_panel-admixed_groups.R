# Three populations of 30 samples, 600 variants 0.1 cM apart on two chromosomes.
groups_panel <- function() {
  population <- rep(c("east", "north", "south"), each = 30)
  names <- paste0("p", seq_along(population))
  alleles <- withr::with_seed(1, {
    frequency <- replicate(3, stats::runif(600, 0.05, 0.95))
    t(vapply(rep(match(population, unique(population)), each = 2), function(of) {
      stats::rbinom(600, 1, frequency[, of])
    }, integer(600)))
  })
  rownames(alleles) <- paste0(rep(names, each = 2), c("_1", "_2"))
  variants <- data.frame(chrom = rep(c("1", "2"), each = 300), position_bp = 1:300 * 1e5L,
    position_cm = 1:300 / 10, ref = "A", alt = "C")
  reference_panel(as_haplotypes(alleles, variants = variants), stats::setNames(population, names))
}

# Samples of two kinds, in turn: three generations old and mostly of the north; forty, of south and
# east. `truth` is that of `simulate_admixed()`, samples named as here.
two_kinds <- function(panel, n, seed) {
  of_kind <- function(generations, proportions, kind) {
    simulate_admixed(panel, n, generations = generations, proportions = proportions,
      recombination = 1e-8, demes = deme_settings(n, size = 10), switch_rate = 0.01,
      seed = seed + kind)
  }
  kinds <- list(of_kind(3, c(north = 0.9, east = 0.1), 1),
    of_kind(40, c(south = 0.5, east = 0.5), 2))
  alleles <- do.call(rbind, lapply(kinds, as.matrix))
  turns <- as.vector(t(matrix(seq_len(2 * n), n)))
  rows <- as.vector(rbind(2 * turns - 1, 2 * turns))
  alleles <- unname(alleles[rows, ])
  rownames(alleles) <- paste0(rep(paste0("q", seq_len(2 * n)), each = 2), c("_1", "_2"))
  truth <- Map(function(kind, offset) {
    truth <- attr(kind, "truth")
    sample <- as.integer(sub("admixed", "", truth$sample_id))
    truth$sample_id <- paste0("q", 2 * sample - 2 + offset)
    truth
  }, kinds, 1:2)
  haplotypes <- as_haplotypes(alleles, variants = variants(panel$haplotypes)[1:5 + 1])
  list(haplotypes = haplotypes, truth = do.call(rbind, truth), kind = rep(1:2, n))
}

# Mean negative log posterior of the truth at the middle of windows.
surprise <- function(calls, truth) {
  middle <- (calls$start_bp + calls$end_bp) / 2
  key <- function(x) paste(x$sample_id, x$haplotype, x$chrom)
  segments <- split(truth, key(truth))
  of_row <- character(nrow(calls))
  for (rows in split(seq_len(nrow(calls)), key(calls))) {
    own <- segments[[key(calls[rows[1], ])]]
    of_row[rows] <- own$ancestry[findInterval(middle[rows], own$start_bp)]
  }
  populations <- attr(calls, "populations")
  posterior <- as.matrix(calls[paste0(".pred_", populations)])
  -mean(log(pmax(posterior[cbind(seq_along(of_row), match(of_row, populations))], 1e-6)))
}

test_that("principal components distinguish kinds of admixed samples", {
  admixed <- two_kinds(groups_panel(), 20, 1)
  withr::with_seed(3, {
    before <- .Random.seed
    group <- groups_by_pca(admixed$haplotypes, 2, 1, 1, NULL)
    expect_identical(.Random.seed, before)
  })
  expect_identical(group, admixed$kind)
  expect_identical(groups_by_pca(admixed$haplotypes, 2, 1, 2, NULL), group)
  expect_identical(groups_by_pca(admixed$haplotypes, 1, 1, 1, NULL), rep(1L, 40))
  four <- groups_by_pca(admixed$haplotypes, 4, 1, 1, NULL)
  expect_setequal(four, 1:4)
  # No sample is with samples of the other kind.
  expect_equal(sum(table(four, admixed$kind) > 0), 4)
})

test_that("there is a group for every 20 samples, at most 6, unless set otherwise", {
  haplotypes <- two_kinds(groups_panel(), 65, 2)$haplotypes
  n_groups <- function(x, n = NULL) length(admixed_list(x, n, 1, 1, NULL))
  expect_equal(n_groups(haplotypes), 6)
  expect_equal(n_groups(haplotypes[1:59, ]), 2)
  expect_equal(n_groups(haplotypes[1:3, ]), 1)
  expect_equal(n_groups(haplotypes[1:5, ], 5), 5)
  expect_identical(admixed_list(list(haplotypes), NULL, 1, 1, NULL), list(haplotypes))
  groups <- admixed_list(haplotypes, 3, 1, 1, NULL)
  expect_setequal(unlist(lapply(groups, function(group) samples(group)$sample_id)),
    samples(haplotypes)$sample_id)
  # Samples that do not differ are one group.
  same <- haplotypes[c(1, 1, 1), ]
  expect_equal(n_groups(same, 2), 1)
})

test_that("each sample is explained by the parameters of its kind", {
  panel <- groups_panel()
  of <- function(...) {
    local_ancestry(panel, window = window_settings(10, context = 0), calibrate = FALSE, ...)
  }
  admixed <- two_kinds(panel, 20, 1)
  model <- of(admixed = admixed$haplotypes, hmm = pair_hmm(admixed_groups = 2))
  expect_output(print(model), "2 parameter sets from admixed samples")
  query <- two_kinds(panel, 10, 5)
  calls <- predict(model, query$haplotypes)
  found <- attr(calls, "parameters")
  expect_gt(found[[1]]$ancestry[["north"]], 0.75)
  expect_lt(found[[2]]$ancestry[["north"]], 0.1)
  expect_gt(found[[2]]$recombination_rate, 4 * found[[1]]$recombination_rate)
  weights <- attr(calls, "weights")
  expect_named(weights, c("sample_id", "set", "weight"))
  expect_equal(unname(tapply(weights$weight, weights$sample_id, sum)), rep(1, 20),
    ignore_attr = TRUE)
  own <- weights$weight[weights$set == query$kind[match(weights$sample_id,
    samples(query$haplotypes)$sample_id)]]
  expect_length(own, 20)
  expect_gt(min(own), 0.9)
  trusted <- attr(predict(model, query$haplotypes, phase = "trusted"), "weights")
  expect_equal(trusted[c("sample_id", "set")], weights[c("sample_id", "set")])
  # One set for all says less of what is there.
  model <- of(admixed = admixed$haplotypes, hmm = pair_hmm(admixed_groups = 1))
  one <- predict(model, query$haplotypes)
  expect_lt(surprise(calls, query$truth), surprise(one, query$truth))
  expect_equal(unique(attr(one, "weights")$weight), 1)
})

test_that("mistakes with groups are reported in words", {
  panel <- groups_panel()
  haplotypes <- panel$haplotypes
  expect_snapshot(conditions_of(
    local_ancestry(panel, hmm = pair_hmm(admixed_groups = 2)),
    local_ancestry(panel, admixed = list(haplotypes), hmm = pair_hmm(admixed_groups = 2)),
    local_ancestry(panel, admixed = haplotypes, hmm = pair_hmm(admixed_groups = 91)),
    local_ancestry(panel, admixed = haplotypes, hmm = pair_hmm(admixed_groups = 0)),
    local_ancestry(panel, admixed = list())
  ))
})
