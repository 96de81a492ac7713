two_methods <- function(n = 40, noise = 0.05, seed = 1) {
  withr::with_seed(seed, {
    x <- matrix(stats::rexp(3 * n), n)
    x <- x / rowSums(x)
    y <- pmax(0.05 + 0.9 * x + noise * stats::rnorm(3 * n), 0)
    y <- y / rowSums(y)
  })
  dimnames(x) <- dimnames(y) <- list(paste0("s", seq_len(n)), c("AFR", "EUR", "NAT"))
  list(x = x, y = y)
}

test_that("a line worked by hand", {
  # Means .2 and .3; Sxx = .02, Sxy = .03, Syy = .06; residuals .05, -.1, .05.
  x <- c(0.1, 0.2, 0.3)
  y <- c(0.2, 0.2, 0.5)
  got <- least_squares(x, y)
  expect_equal(got$slope, 1.5)
  expect_equal(got$intercept, 0)
  expect_equal(got$slope_se, sqrt(0.015 / 0.02))
  expect_equal(got$intercept_se, sqrt(0.015 * (1 / 3 + 0.04 / 0.02)))
  expect_equal(got$r2, 0.03^2 / (0.02 * 0.06))
  expect_equal(got$rmse, sqrt((0.01 + 0 + 0.04) / 3))
})

test_that("lines are those of lm()", {
  q <- two_methods()
  lines <- tidy(regress_ancestry(q$x, q$y))
  expect_identical(lines$ancestry, c("AFR", "EUR", "NAT"))
  expect_identical(lines$partner, lines$ancestry)
  for (row in 1:3) {
    fit <- summary(stats::lm(q$y[, row] ~ q$x[, row]))
    expect_equal(unlist(lines[row, c("intercept", "slope", "intercept_se", "slope_se")]),
      c(fit$coefficients[, 1:2]), ignore_attr = TRUE)
    expect_equal(lines$r2[row], fit$r.squared)
    expect_equal(lines$rmse[row], sqrt(mean((q$y - q$x)[, row]^2)))
  }
})

test_that("samples and clusters may come in another order, and under other names", {
  q <- two_methods()
  want <- tidy(regress_ancestry(q$x, q$y))
  permuted <- q$y[40:1, c(3, 1, 2)]
  expect_equal(tidy(regress_ancestry(q$x, permuted)), want)
  colnames(permuted) <- c("archetype1", "archetype2", "archetype3")
  got <- tidy(regress_ancestry(q$x, permuted))
  expect_identical(got$partner,
    c("archetype2", "archetype3", "archetype1"))
  expect_equal(got[-2], want[-2])
  # Numbers of clusters are no names.
  both <- lapply(list(q$x, permuted), `colnames<-`, c("archetype1", "archetype2", "archetype3"))
  expect_identical(tidy(regress_ancestry(both[[1]], both[[2]]))$partner,
    c("archetype2", "archetype3", "archetype1"))
})

test_that("equal proportions lie on the diagonal, and a cluster left over has no line", {
  q <- two_methods()$x
  glanced <- glance(regress_ancestry(q, q))
  expect_equal(glanced, tibble::tibble(n_samples = 40L, n_ancestries = 3L, least_r2 = 1,
    least_slope = 1, largest_slope = 1, rmse = 0))
  more <- cbind(AFR = q[, 1], EUR = q[, 2] / 2, EAS = q[, 2] / 2, NAT = q[, 3])
  for (regression in list(regress_ancestry(q, more), regress_ancestry(more, q))) {
    lines <- tidy(regression)
    expect_equal(sum(is.na(lines$slope)), 1)
    expect_equal(sum(is.na(c(lines$ancestry, lines$partner))), 1)
    expect_equal(glance(regression)$n_ancestries, 3)
    expect_equal(nrow(tidy(regression, matrix = "samples")), 120)
    expect_output(print(regression), "1 without a partner")
  }
})

test_that("where all proportions are equal there is no line, but a difference", {
  x <- cbind(a = rep(0.4, 5), b = 0.6)
  y <- cbind(a = seq(0.1, 0.5, 0.1), b = seq(0.9, 0.5, -0.1))
  regression <- regress_ancestry(x, y)
  lines <- tidy(regression)
  expect_true(all(is.na(lines[c("slope", "intercept", "slope_se", "r2")])))
  expect_equal(lines$rmse, rep(sqrt(mean((y[, 1] - 0.4)^2)), 2))
  expect_drawn(autoplot(regression))
  expect_identical(glance(regression)$least_r2, NA_real_)
})

test_that("results of any two methods are compared", {
  calls <- random_calls(6, tree = "((a,b)ab,c)all;")
  path <- write_q(calls, withr::local_tempfile(fileext = ".Q"))
  q <- read_q(path, samples = paste0("s", 1:6))
  lines <- tidy(regress_ancestry(calls, q))
  expect_equal(lines$slope, rep(1, 3))
  expect_identical(lines$partner, c("archetype1", "archetype2", "archetype3"))
  haplotypes <- as_haplotypes(matrix(0:1, 12, 20, dimnames = list(paste0(rep(paste0("s", 1:6),
    each = 2), c("_1", "_2")), NULL)), variants = data.frame(chrom = rep(1:2, c(12, 8)),
    position_bp = c(14L * rep(1:6, each = 2) - c(9L, 0L), 14L * rep(1:4, each = 2) - c(9L, 0L)),
    ref = "A", alt = "C"))
  vcf <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf"), haplotypes,
    digits = NULL)
  flare <- read_ancestry_vcf(vcf, windows = calls, tree = "((a,b)ab,c)all;")
  regions <- lapply(list(calls, flare), ancestry_proportions, level = 1)
  lines <- tidy(regress_ancestry(regions[[1]], regions[[2]], names = c("ours", "FLARE")))
  expect_identical(lines$ancestry, c("ab", "c"))
  expect_equal(c(lines$slope, lines$r2), rep(1, 4))
  # Archetypes and the truth of the shipped panel.
  truth <- read.delim(example_data("truth"))
  fit <- archetypes(read_bed(example_data("panel")), k = 4)
  glanced <- glance(regress_ancestry(truth, fit))
  expect_gt(glanced$least_r2, 0.95)
  expect_gt(glanced$least_slope, 0.85)
  expect_lt(glanced$largest_slope, 1.15)
})

test_that("a regression is printed and drawn from what tidy() says", {
  q <- two_methods()
  regression <- regress_ancestry(q$x, q$y, names = c("forebear", "FLARE"))
  expect_snapshot(print(regression))
  plot <- autoplot(regression)
  expect_drawn(plot)
  points <- ggplot2::layer_data(plot, 2)
  samples <- tidy(regression, matrix = "samples")
  expect_equal(points[c("x", "y")], as.data.frame(samples[c("x", "y")]))
  lines <- ggplot2::layer_data(plot, 3)
  expect_equal(lines$slope, tidy(regression)$slope)
  expect_identical(c(plot$labels$x, plot$labels$y), c("forebear", "FLARE"))
})

test_that("wrong calls are refused", {
  q <- two_methods()
  other <- `rownames<-`(q$y, c("zoe", rownames(q$y)[-1]))
  expect_snapshot(conditions_of(
    regress_ancestry(q$x, other), regress_ancestry(q$x[1:2, ], q$y[1:2, ]),
    regress_ancestry(q$x, 2 * q$y), regress_ancestry(q$x, "y"),
    regress_ancestry(q$x, q$y, names = "a"), regress_ancestry(q$x, q$y, level = 1),
    tidy(regress_ancestry(q$x, q$y), matrix = "q")
  ))
})
