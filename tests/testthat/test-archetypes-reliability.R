# Genotypes of samples with proportions `q` of populations that drifted apart by `fst`.
drifted <- function(q, fst = 0.1, m = 2000, seed = 1) {
  withr::with_seed(seed, {
    base <- stats::runif(m, 0.1, 0.9)
    precision <- (1 - fst) / fst
    f <- t(replicate(ncol(q), stats::rbeta(m, base * precision, (1 - base) * precision)))
    counts <- matrix(stats::rbinom(nrow(q) * m, 2, q %*% f), nrow(q))
    dimnames(counts) <- list(paste0("s", seq_len(nrow(q))), paste0("v", seq_len(m)))
    as_genotypes(counts)
  })
}

# Proportions of unadmixed samples, `n` of each population, and of `mixed` mixtures.
proportions <- function(n, mixed = 0, concentration = 1, seed = 1) {
  k <- length(n)
  q <- diag(k)[rep(seq_len(k), n), , drop = FALSE]
  drawn <- withr::with_seed(seed, matrix(stats::rgamma(mixed * k, concentration), mixed, k))
  rbind(q, drawn / rowSums(drawn))
}

# The last samples are made children of two of the samples before them.
with_children <- function(g, parents, n) {
  counts <- as.matrix(g)
  rows <- nrow(counts) - n + seq_len(n)
  allele <- function(parent) {
    stats::rbinom(n * ncol(counts), 1, rep(counts[parent, ], each = n) / 2)
  }
  counts[rows, ] <- withr::with_seed(9, allele(parents[1]) + allele(parents[2]))
  as_genotypes(counts)
}

# What a fit says, by the classes of its messages.
said <- function(g, k) {
  messages <- list()
  fit <- withCallingHandlers(archetypes(g, k), message = function(message) {
    messages[[length(messages) + 1]] <<- class(message)[1]
    invokeRestart("muffleMessage")
  })
  list(fit = fit, glance = glance(fit), print = capture.output(print(fit)),
    messages = sub("forebear_message_", "", unlist(messages)))
}

test_that("a fit without unadmixed samples says that another model is the right one", {
  heard <- said(drifted(proportions(c(0, 0, 0, 0), mixed = 120)), 4)
  expect_true("no_unadmixed" %in% heard$messages)
  expect_true(heard$glance$no_unadmixed)
  expect_match(heard$print, "no unadmixed sample: admixture() is the model for these data",
    fixed = TRUE, all = FALSE)
})

test_that("an archetype that two samples hold up is named", {
  heard <- said(drifted(proportions(c(40, 40, 2))), 3)
  expect_true("thin_archetypes" %in% heard$messages)
  expect_equal(heard$glance$n_thin_archetypes, 1)
  expect_true(heard$glance$n_rarest %in% 1:2)
  expect_match(heard$print, "fewer than 3 samples or one family: archetype3", all = FALSE)
  expect_match(heard$print, "rarest archetype: archetype3, [12] sample", all = FALSE)
})

test_that("an archetype of one family is named, and so are relatives in the fit", {
  g <- with_children(drifted(proportions(c(40, 40, 8))), parents = c(81, 82), n = 6)
  heard <- said(g, 3)
  expect_true(all(c("thin_archetypes", "relatives") %in% heard$messages))
  expect_equal(tidy(heard$fit, matrix = "support")$n_families[3], 1)
  expect_equal(heard$glance$n_related, 8)
  expect_match(heard$print, "8 samples with a relative in the fit", all = FALSE)
})

test_that("few samples are reported", {
  heard <- said(drifted(proportions(c(5, 5, 5))), 3)
  expect_true("small_sample" %in% heard$messages)
  expect_true(heard$glance$is_small)
  expect_match(heard$print, "15 samples for 3 archetypes are few", all = FALSE)
})

test_that("nothing is said where there is nothing to say", {
  good <- list(
    unadmixed = drifted(proportions(c(40, 40, 40))),
    `with mixtures` = drifted(proportions(c(20, 20, 20), mixed = 60, concentration = 0.5)),
    near = drifted(proportions(c(50, 50, 50)), fst = 0.04, m = 6000),
    unbalanced = drifted(proportions(c(80, 30, 12)), fst = 0.15)
  )
  for (name in names(good)) {
    heard <- said(good[[name]], 3)
    expect_identical(heard$messages, character(), label = name)
    expect_false(heard$glance$no_unadmixed || heard$glance$is_small, label = name)
    expect_equal(heard$glance$n_thin_archetypes, 0, label = name)
    expect_equal(heard$glance$n_related, 0, label = name)
    expect_false(any(grepl("DOUBTFUL", heard$print)), label = name)
    expect_gte(heard$glance$n_rarest, 1)
  }
})
