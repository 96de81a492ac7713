# Two related populations of the reference, and a third that is near the first.
company <- function(n_each = 25, n_variants = 1500) {
  withr::with_seed(4, {
    p <- stats::runif(n_variants, 0.1, 0.9)
    near <- function(p, f) {
      drawn <- stats::rbeta(length(p), p * (1 - f) / f, (1 - p) * (1 - f) / f)
      pmin(pmax(drawn, 0.02), 0.98)
    }
    a <- near(p, 0.02)
    populations <- list(a = a, b = near(p, 0.05), c = near(a, 0.02))
    counts <- do.call(rbind, lapply(populations, function(p) {
      t(replicate(2 * n_each, stats::rbinom(n_variants, 2, p)))
    }))
    rownames(counts) <- paste0("s", seq_len(nrow(counts)))
  })
  list(counts = counts, group = rep(names(populations), each = 2 * n_each))
}

# The definition, one sample after the other.
slow_p_known <- function(members, new) {
  project <- function(x, c, a) sum((x - c) * (a - c))
  of_members <- vapply(seq_len(nrow(members)), function(t) {
    project(members[t, ], colMeans(members[-t, ]), colMeans(new))
  }, 0)
  vapply(seq_len(nrow(new)), function(i) {
    s <- project(new[i, ], colMeans(members), colMeans(new[-i, , drop = FALSE]))
    (1 + sum(of_members >= s)) / (nrow(members) + 1)
  }, 0)
}

test_that("p-values are those of the definition, and find a population that is absent", {
  scene <- company()
  g <- as_genotypes(scene$counts)
  is_new <- rep(rep(c(FALSE, TRUE), each = 25), 3)
  reference <- g[which(!is_new & scene$group != "c"), ]
  labels <- scene$group[!is_new & scene$group != "c"]
  study <- g[which(is_new), ]
  truth <- scene$group[is_new]
  called <- data.frame(sample_id = samples(study)$sample_id,
    .pred_class = c(a = "a", b = "b", c = "a")[truth])
  called$.pred_class[c(3, 30)] <- NA
  found <- new_populations(called, study, reference, labels, strand = "same")
  p <- colMeans(as.matrix(reference)) / 2
  standard <- function(x) sweep(x, 2, sqrt(2 * p * (1 - p)), `/`)
  varies <- p > 0 & p < 1
  members <- standard(as.matrix(reference))[labels == "a", varies]
  new <- standard(as.matrix(study))[called$.pred_class %in% "a", varies]
  expect_equal(found$.p_known[called$.pred_class %in% "a"], slow_p_known(members, new))
  expect_identical(found$.n_company[c(1, 2, 26)], c(48L, 48L, 23L))
  expect_true(all(is.na(found$.p_known[c(3, 30)])))
  expect_gt(mean(found$.p_known[truth == "c"] < 0.05), 0.8)
  expect_lt(mean(found$.p_known[truth != "c"] < 0.05, na.rm = TRUE), 0.15)
})

test_that("who is alone has no p-value, and what is no prediction is refused", {
  scene <- company(3, 100)
  g <- as_genotypes(scene$counts)
  called <- data.frame(sample_id = c("s1", "s7"), .pred_class = c("a", "b"))
  known <- scene$group[-c(1, 7)]
  expect_message(found <- new_populations(called, g[c(1, 7), ], g[-c(1, 7), ], known,
    strand = "same"), class = "forebear_message_no_company")
  expect_true(all(is.na(found$.p_known)))
  expect_error(new_populations(mtcars, g, g, scene$group), class = "forebear_error_argument")
})

test_that("missing genotypes, of new samples or of members, make p-values neither 0 nor 1", {
  scene <- company()
  is_new <- rep(rep(c(FALSE, TRUE), each = 25), 3)
  truth <- scene$group[is_new]
  labels <- scene$group[!is_new & scene$group != "c"]
  called <- data.frame(sample_id = rownames(scene$counts)[is_new],
    .pred_class = c(a = "a", b = "b", c = "a")[truth])
  missing <- withr::with_seed(5, stats::runif(length(scene$counts)) < 0.3)
  for (lacking in list(is_new, !is_new, is_new & seq_along(is_new) %% 2 == 0)) {
    counts <- scene$counts
    counts[missing & lacking[row(counts)]] <- NA
    g <- as_genotypes(counts)
    found <- new_populations(called, g[which(is_new), ], g[which(!is_new & scene$group != "c"), ],
      labels, strand = "same")
    expect_gt(mean(found$.p_known[truth == "c"] < 0.05), 0.6)
    expect_lt(mean(found$.p_known[truth != "c"] < 0.05), 0.15)
    expect_lt(abs(mean(found$.p_known[truth != "c"]) - 0.5), 0.15)
  }
})
