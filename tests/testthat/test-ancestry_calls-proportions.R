# Reference implementation of the number of draws of one sample: window by window. `width`: lengths
# of the rows of `calls`.
draws_by_hand <- function(calls, width) {
  function(name, p) {
    posterior <- calls[[paste0(".pred_", name)]]
    changes <- 0
    squares <- function(rate) {
      sum(vapply(split(seq_along(width), paste(calls$chrom, calls$haplotype)), function(rows) {
        x <- rate * sum(width[rows])
        sum(width[rows])^2 * if (x == 0) 1 else 2 / x * (1 - (1 - exp(-x)) / x)
      }, 0))
    }
    for (chrom in unique(calls$chrom)) {
      here <- posterior[calls$chrom == chrom]
      pair <- matrix(here, ncol = length(unique(calls$haplotype[calls$chrom == chrom])))
      before <- NA
      for (window in seq_len(nrow(pair))) {
        if (any(pair[window, ] > 0.05 & pair[window, ] < 0.95)) next
        copies <- sum(pair[window, ] >= 0.95)
        if (!is.na(before)) changes <- changes + abs(copies - before)
        before <- copies
      }
    }
    n <- length(unique(paste(calls$chrom, calls$haplotype)))
    smooth <- (n * p + 0.5) / (n + 1)
    rate <- changes / (2 * smooth * (1 - smooth)) / sum(width)
    sum(width)^2 / squares(rate)
  }
}

test_that("proportions and errors agree with sums row by row", {
  calls <- random_calls(4, c("1" = 9, "2" = 5, "3" = 7), tree = "((a,b)ab,c)all;")
  got <- ancestry_proportions(calls)
  expect_named(got, c("sample_id", "ancestry", "proportion", "std_error"))
  expect_equal(c(tapply(got$proportion, got$sample_id, sum)), c(s1 = 1, s2 = 1, s3 = 1, s4 = 1))
  # Windows are 14 bp but for the first (12) and the last (12) of a chromosome.
  length_of <- function(window, n) 14 - 2 * (window == 1) - 2 * (window == n)
  own <- calls[calls$sample_id == "s3", ]
  width <- length_of(own$window, c("1" = 9, "2" = 5, "3" = 7)[own$chrom])
  draws <- draws_by_hand(own, width)
  for (name in c("a", "b", "c")) {
    part <- c(tapply(width * own[[paste0(".pred_", name)]], own$chrom, sum))
    whole <- c(tapply(width, own$chrom, sum))
    want <- block_jackknife(rbind(part), rbind(whole))
    row <- got[got$sample_id == "s3" & got$ancestry == name, ]
    expect_equal(row$proportion, want$estimate)
    expect_equal(row$std_error,
      max(want$std_error, error_of_draws(want$estimate, draws(name, want$estimate))))
  }
})

test_that("sums of the root are lengths of windows", {
  calls <- random_calls(4)
  pieces <- call_pieces(calls)[[1]]
  sums <- ancestry_lengths(calls, pieces, rep(1:6, 8), c(1, 1, 1, 2, 2, 2), paste0("s", 1:4), 2,
    attr(calls, "tree"))
  expect_equal(sums[, "root"], rep(2 * c(1 + 2 + 3, 4 + 5 + 6), each = 4))
})

test_that("levels of the tree are sums, with errors of their own", {
  calls <- random_calls(3, tree = "((a,b)ab,c)all;")
  leaves <- ancestry_proportions(calls, level = NULL)
  top <- ancestry_proportions(calls, level = 1)
  expect_identical(top$ancestry, rep(c("ab", "c"), 3))
  expect_equal(top$proportion[1], sum(leaves$proportion[1:2]))
  expect_equal(top[c(2, 4, 6), ], leaves[c(3, 6, 9), ])
  expect_equal(ancestry_proportions(calls, level = 2), leaves)
  # What sums to 1 varies as its rest does.
  expect_equal(top$std_error[c(TRUE, FALSE)], top$std_error[c(FALSE, TRUE)])
})

test_that("windows weigh as asked, and one chromosome is cut into blocks", {
  calls <- random_calls(2, c("1" = 8))
  by_window <- ancestry_proportions(calls, weight = "windows")
  own <- calls$.pred_a[calls$sample_id == "s1"]
  expect_equal(by_window$proportion[1], mean(own))
  expect_equal(by_window$std_error[1],
    error_of_draws(mean(own), draws_by_hand(calls[calls$sample_id == "s1", ], rep(1, 16))("a",
      mean(own))))
  eight <- ancestry_proportions(calls, weight = "windows", blocks = 8)
  expect_equal(eight$std_error[1], stats::sd(tapply(own, rep(1:8, 2), mean)) / sqrt(8))
  two <- ancestry_proportions(calls, weight = "windows", blocks = 2)
  halves <- tapply(own, rep(rep(1:2, each = 4), 2), mean)
  expect_equal(two$std_error[1], stats::sd(halves) / sqrt(2))
  expect_true(all(is.na(ancestry_proportions(calls[calls$window == 1, ], blocks = 2)$std_error)))
  expect_equal(ancestry_proportions(calls, weight = "cm")$proportion[1],
    stats::weighted.mean(own, rep(c(0.75, rep(1, 6), 0.75), 2)))
  attr(calls, "windows")$start_cm <- NA_real_
  expect_error(ancestry_proportions(calls, weight = "cm"), class = "forebear_error_no_genetic_map")
  expect_error(ancestry_proportions(calls, level = 2), class = "forebear_error_argument")
})

test_that("errors of few chromosomes, worked by hand", {
  calls <- random_calls(1, c("1" = 10), populations = c("a", "b"))
  # Haplotype 1: a a a a b b b b b b, with a window between that is not sure; haplotype 2: all a.
  calls$.pred_a <- c(1, 1, 1, 0.9, 0.6, 0.1, 0, 0, 0, 0, rep(0.95, 10))
  calls$.pred_b <- 1 - calls$.pred_a
  got <- ancestry_proportions(calls, weight = "windows")
  p <- mean(calls$.pred_a)
  expect_equal(got$proportion[1], p)
  # One change; of two haplotypes with one draw each (2 p + 1/2) / 3 are a.
  smooth <- (2 * p + 0.5) / 3
  x <- 1 / (2 * smooth * (1 - smooth)) / 2
  n <- 2 / (2 * (1 - (1 - exp(-x)) / x) / x)
  q <- (n * p + 0.5) / (n + 1)
  expect_equal(got$std_error[1], sqrt(q * (1 - q) / (n - 0.5)))
  expect_equal(got$std_error[2], got$std_error[1])
  # One ancestry from end to end: two draws, and none of another.
  calls$.pred_a <- 1
  calls$.pred_b <- 0
  got <- ancestry_proportions(calls)
  expect_equal(got$std_error, rep(sqrt(2.5 / 3 * 0.5 / 3 / 1.5), 2))
  # A sample with one haplotype has one draw.
  one <- ancestry_proportions(calls[calls$haplotype == 1, ])
  expect_equal(one$std_error, rep(sqrt(1.5 / 2 * 0.5 / 2 / 0.5), 2))
  # The phase changes nothing.
  calls <- random_calls(1, c("1" = 30), populations = c("a", "b"))
  calls$.pred_a <- c(rep(c(1, 0, 1, 0), c(4, 8, 12, 6)), rep(c(0, 1, 0), c(9, 9, 12)))
  calls$.pred_b <- 1 - calls$.pred_a
  switched <- calls
  back <- c(1:5, 36:45, 16:22, 53:60, 31:35, 6:15, 46:52, 23:30)
  switched[c(".pred_a", ".pred_b")] <- calls[back, c(".pred_a", ".pred_b")]
  expect_equal(ancestry_proportions(switched), ancestry_proportions(calls))
})

test_that("from ten chromosomes on the jackknife is given alone", {
  calls <- random_calls(2, stats::setNames(rep(5, 10), 1:10))
  got <- ancestry_proportions(calls, weight = "windows")
  own <- calls[calls$sample_id == "s1", ]
  want <- block_jackknife(rbind(tapply(own$.pred_a, own$chrom, sum)),
    rbind(rep(10, 10)))
  expect_equal(got$std_error[1], want$std_error)
})

# Samples whose two haplotypes are drawn as a Markov chain: ancestry a with probability `p`, drawn
# again `generations` times per Morgan. Posteriors are sure, or less so near changes.
drawn_calls <- function(n_samples, p, length_cm, generations, n_chromosomes = 1) {
  n <- length_cm
  chroms <- as.character(seq_len(n_chromosomes))
  calls <- random_calls(n_samples, stats::setNames(rep(n, n_chromosomes), chroms),
    populations = c("a", "b"))
  haplotypes <- nrow(calls) / n
  is_a <- replicate(haplotypes, {
    new <- c(TRUE, stats::runif(n - 1) < 1 - exp(-generations / 100))
    (stats::runif(sum(new)) < p)[cumsum(new)]
  })
  calls$.pred_a <- ifelse(c(is_a), 0.98, 0.02)
  calls$.pred_b <- 1 - calls$.pred_a
  calls
}

test_that("intervals have the expected proportion of the genome in them", {
  covers <- function(p, ...) {
    got <- ancestry_proportions(drawn_calls(200, p, ...), weight = "windows")
    own <- got[got$ancestry == "a", ]
    mean(abs(own$proportion - p) <= 1.96 * own$std_error)
  }
  # Less than nine in ten where few draws make coverage jump.
  withr::local_seed(5)
  for (setting in list(list(20, 10), list(100, 10), list(150, 6), list(60, 20), list(80, 8, 3),
                       list(100, 10, 12))) {
    for (p in c(0.2, 0.35, 0.7)) {
      covered <- do.call(covers, c(p, setting))
      expect_gt(covered, 0.88, label = paste(c(p, setting), collapse = " "))
    }
  }
  expect_lt(covers(0.3, 150, 20), 0.995)
})

test_that("groups have the mean of their samples", {
  calls <- random_calls(6, tree = "((a,b)ab,c)all;")
  each <- ancestry_proportions(calls, level = 1)
  groups <- c(s1 = "x", s2 = "y", s4 = "x", s5 = "x", s6 = "z")
  got <- ancestry_proportions(calls, level = 1, groups = groups)
  expect_named(got, c("group", "n_samples", "ancestry", "proportion", "std_error"))
  expect_identical(got$group, rep(c("x", "y", "z"), each = 2))
  expect_identical(got$n_samples, rep(c(3L, 1L, 1L), each = 2))
  own <- each$proportion[each$ancestry == "ab" & each$sample_id %in% c("s1", "s4", "s5")]
  expect_equal(got$proportion[1], mean(own))
  expect_equal(got$std_error[1], stats::sd(own) / sqrt(3))
  expect_true(all(is.na(got$std_error[3:6])))
  table <- data.frame(sample_id = names(groups), cohort = groups)
  expect_identical(ancestry_proportions(calls, level = 1, groups = table), got)
  expect_error(ancestry_proportions(calls, groups = c(u = "x")),
    class = "forebear_error_labels_unknown_sample")
})
