# Small fits and colour vision for the tests of plots.

# Machado, Oliveira & Fernandes 2009, severity 1: linear RGB to linear RGB.
protanopia <- function() {
  rbind(
    c(0.152286, 1.052583, -0.204868), c(0.114503, 0.786281, 0.099216),
    c(-0.003882, -0.048116, 1.051998)
  )
}

deuteranopia <- function() {
  rbind(
    c(0.367322, 0.860646, -0.227968), c(0.280085, 0.672501, 0.047413),
    c(-0.011820, 0.042940, 0.968881)
  )
}

tritanopia <- function() {
  rbind(
    c(1.255528, -0.076749, -0.178779), c(-0.078411, 0.930809, 0.147602),
    c(0.004733, 0.691367, 0.303900)
  )
}

# Smallest CIE76 distance between two of `colours` as seen through `vision`, a 3 x 3 matrix.
smallest_distance <- function(colours, vision) {
  srgb <- t(grDevices::col2rgb(colours)) / 255
  linear <- ifelse(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055)^2.4)
  seen <- pmin(pmax(linear %*% t(vision), 0), 1)
  seen <- ifelse(seen <= 0.0031308, 12.92 * seen, 1.055 * seen^(1 / 2.4) - 0.055)
  min(stats::dist(grDevices::convertColor(seen, from = "sRGB", to = "Lab")))
}

# sample_id, component, value of a matrix with one row per sample.
long_scores <- function(scores) {
  tibble::tibble(
    sample_id = rep(rownames(scores), ncol(scores)),
    component = rep(seq_len(ncol(scores)), each = nrow(scores)),
    value = c(scores)
  )
}

# Six samples s1 to s6 on three components, with round numbers.
small_scores <- function() {
  scores <- cbind(c(1, 2, 3, 4, 5, 6), c(6, 5, 4, 3, 2, 1), c(0, 1, 0, 1, 0, 1))
  rownames(scores) <- paste0("s", 1:6)
  long_scores(scores)
}

small_eigenvalues <- function() {
  tibble::tibble(
    component = 1:3, eigenvalue = c(5, 3, 2), percent_variance = c(50, 30, 20),
    cumulative_percent = c(50, 80, 100)
  )
}

small_loadings <- function() {
  variants <- tibble::tibble(
    variant_id = paste0("v", 1:4), chrom = c("2", "10", "2", "X"),
    position_bp = c(100L, 50L, 300L, 10L)
  )
  loadings <- vctrs::vec_rbind(variants, variants, variants)
  loadings$component <- rep(1:3, each = 4)
  loadings$value <- c(0.5, -0.25, 0.1, -0.9, 1:8)
  loadings
}

# Fits whose tidy() answers with the tables above. The classes come before the real ones, so only
# tidy() is replaced.
small_pca <- function() {
  tidy_table <- function(x, matrix = "scores", ...) {
    switch(matrix,
      scores = small_scores(), eigenvalues = small_eigenvalues(), loadings = small_loadings()
    )
  }
  registerS3method("tidy", "small_pca", tidy_table, envir = asNamespace("generics"))
  structure(list(), class = c("small_pca", "forebear_pca"))
}

small_weights <- function() {
  weights <- rbind(
    s1 = c(0.2, 0.8, 0), s2 = c(0.9, 0.1, 0), s3 = c(0.6, 0.4, 0),
    s4 = c(0, 0, 1), s5 = c(0.1, 0.2, 0.7), s6 = c(0.3, 0.6, 0.1)
  )
  colnames(weights) <- c("archetype1", "archetype2", "archetype3")
  weights
}

small_archetypes <- function(dims = 3) {
  weights <- small_weights()
  scores <- small_scores()
  position <- long_scores(weights[c(1, 2, 4), seq_len(dims), drop = FALSE])
  position <- tibble::tibble(
    archetype = colnames(weights)[match(position$sample_id, unique(position$sample_id))],
    component = position$component, value = position$value
  )
  q <- long_scores(weights)
  names(q) <- c("sample_id", "archetype", "weight")
  q$archetype <- colnames(weights)[q$archetype]
  tidy_table <- function(x, matrix = "q", ...) {
    switch(matrix,
      q = x$q, archetypes = x$position, scores = x$scores
    )
  }
  registerS3method("tidy", "small_archetypes", tidy_table, envir = asNamespace("generics"))
  structure(
    list(q = q, position = position, scores = scores[scores$component <= dims, ]),
    class = c("small_archetypes", "forebear_archetypes")
  )
}

# Passes if a plot is a ggplot, is drawn without error or warning and leaves marks.
expect_drawn <- function(plot) {
  path <- tempfile(fileext = ".pdf")
  grDevices::pdf(path)
  on.exit({
    grDevices::dev.off()
    unlink(path)
  })
  testthat::expect_no_warning(print(plot))
  testthat::expect_true(inherits(plot, "ggplot"))
}

# Heights of the bars in one polygon of stairs, left to right.
stair_heights <- function(polygon) {
  inner <- polygon$y[-c(1, nrow(polygon))]
  inner[seq(1, length(inner), by = 2)]
}
