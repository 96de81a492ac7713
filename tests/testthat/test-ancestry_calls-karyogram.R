# Chromosomes 1 to 22 of a sample, as long as those of GRCh37, two windows on each.
human_calls <- function() {
  windows <- data.frame(chrom = rep(as.character(1:22), each = 2), window = 1:2)
  length <- 1e6 * karyotype$length_GRCh37[as.integer(windows$chrom)]
  windows$start_bp <- as.integer(ifelse(windows$window == 1, 1, length / 2))
  windows$end_bp <- as.integer(ifelse(windows$window == 1, length / 2 - 1, length))
  windows$start_cm <- windows$start_bp / 1e6
  windows$end_cm <- windows$end_bp / 1e6
  windows$n_variants <- 10L
  posterior <- matrix(c(0.9, 0.1, 0.45, 0.55), 2, byrow = TRUE)
  rows <- lapply(1:22, function(chrom) {
    own <- windows[windows$chrom == chrom, ]
    data.frame(sample_id = "s1", haplotype = rep(1:2, each = 2), own[c("chrom", "window",
      "start_bp", "end_bp")][rep(1:2, 2), ], .pred_class = rep(c("a", "b"), 2),
      .pred_a = rep(posterior[, 1], 2), .pred_b = rep(posterior[, 2], 2))
  })
  new_ancestry_calls(tibble::as_tibble(do.call(rbind, rows)), no_switches(), windows, c("a", "b"),
    as_population_tree(NULL, c("a", "b")))
}

test_that("a karyogram has two bars per chromosome that cover it", {
  calls <- random_calls(2)
  plot <- autoplot(calls, threshold = 0)
  expect_drawn(plot)
  expect_identical(plot$labels$title, "s1")
  bars <- plot$data
  expect_identical(length(unique(bars$bottom)), 4L)
  covered <- tapply(bars$high - bars$low, bars$bottom, sum)
  # Chromosome 1 has 5 to 84, chromosome 2 has 5 to 56.
  expect_equal(sort(unname(c(covered))), c(52, 52, 80, 80) / 1e6)
  first <- bars[bars$low == 4 / 1e6 & bars$bottom == max(bars$bottom), ]
  expect_identical(first$ancestry, calls$.pred_class[1])
  drawn <- ggplot2::layer_data(plot, 1)
  expect_true(all(drawn$fill %in% ancestry_colours(c("a", "b", "c"))))
})

test_that("what is assigned at the threshold is drawn, the rest is gray", {
  calls <- human_calls()
  plot <- autoplot(calls, threshold = 0.8)
  expect_setequal(unique(plot$data$ancestry), c("a", NA))
  expect_true(unassigned_colour %in% ggplot2::layer_data(plot, 1)$fill)
  expect_setequal(unique(autoplot(calls, threshold = 0)$data$ancestry), c("a", "b"))
  labels <- plot$scales$get_scales("fill")$labels
  shown <- ancestry_proportions(calls)
  expect_identical(labels[[1]], sprintf("a  %.1f \u00b1 %.1f %%", 100 * shown$proportion[1],
    100 * shown$std_error[1]))
})

test_that("chromosomes have the outline of the build in which there is room", {
  chromosomes <- function(build) karyogram_chromosomes(ancestry_segments(human_calls()), build)
  # Some of GRCh37 are longer than those of GRCh38.
  expect_equal(chromosomes("auto")$centromere, karyotype$centromere_GRCh37[1:22])
  expect_equal(chromosomes("GRCh38")$centromere, karyotype$centromere_GRCh38[1:22])
  expect_true(all(is.na(chromosomes("none")$centromere)))
  expect_identical(chromosomes("auto")$chrom, as.character(1:22))
  small <- karyogram_chromosomes(ancestry_segments(random_calls(1)), "auto")
  expect_equal(small$length, c(84, 56) / 1e6)
  expect_true(all(karyotype$centromere_GRCh37 < karyotype$length_GRCh37))
  expect_true(all(karyotype$centromere_GRCh38 < karyotype$length_GRCh38))
  shape <- chromosome_shape(100, 40, 100)
  expect_identical(range(shape$x), c(0, 100))
  expect_setequal(shape$y[shape$x == 40], c(0.3, 0.7))
})

test_that("sister populations are shades of one hue, groups are pale, and a flat tree is plain", {
  populations <- c("a", "b", "c", "d")
  tree <- as_population_tree("((a,b)ab,(c,d)cd)root;", populations)
  colours <- tree_colours(tree)
  lab <- colours_to_lab(colours)
  hue <- stats::setNames(atan2(lab[, 3], lab[, 2]) * 180 / pi, names(colours))
  apart <- function(x, y) abs((hue[[x]] - hue[[y]] + 180) %% 360 - 180)
  expect_lt(apart("a", "b"), 45)
  expect_lt(apart("c", "d"), 45)
  expect_gt(apart("a", "c"), 60)
  chroma <- sqrt(rowSums(lab[, 2:3]^2))
  names(chroma) <- names(colours)
  expect_lt(chroma[["ab"]], min(chroma[c("a", "b")]))
  expect_identical(anyDuplicated(colours), 0L)
  flat <- tree_colours(as_population_tree(NULL, populations))
  expect_identical(flat[populations], ancestry_colours(populations))
})

test_that("short segments go to their neighbors and equal ones are one", {
  segments <- tibble::tibble(sample_id = "s", haplotype = 1L, chrom = "1",
    start_bp = c(1L, 4e6L + 1L, 4.1e6L + 1L, 9e6L + 1L), end_bp = c(4e6L, 4.1e6L, 9e6L, 2e7L),
    ancestry = c("a", "b", "a", "c"))
  chromosomes <- tibble::tibble(chrom = "1", place = 1, length = 20, centromere = NA_real_)
  bars <- karyogram_bars(segments, chromosomes, "s", grid = 1)
  expect_identical(bars$ancestry, c("a", "c"))
  expect_equal(bars$low, c(0, 9))
  expect_equal(bars$high, c(9, 20))
  # A gap stays one.
  apart <- karyogram_bars(segments[-2, ], chromosomes, "s", grid = 1)
  expect_equal(apart$low, c(0, 4.1, 9))
  expect_equal(apart$high, c(4, 9, 20))
  fine <- karyogram_bars(segments, chromosomes, "s", grid = 0.01)
  expect_identical(fine$ancestry, c("a", "b", "a", "c"))
  expect_equal(fine$low, c(0, 4, 4.1, 9))
})

test_that("switches that are called are marked where asked for, and only those of the sample", {
  calls <- random_calls(2)
  marks_of <- function(plot) plot$layers[[length(plot$layers)]]$data
  marks <- marks_of(autoplot(calls, sample_id = "s2", switches = TRUE))
  own <- phase_switches(calls)
  own <- own[own$sample_id == "s2" & own$switched, ]
  expect_equal(sort(marks$mb), sort(own$position_bp) / 1e6)
  n <- length(autoplot(calls)$layers)
  attr(calls, "switches")$switched <- FALSE
  expect_length(autoplot(calls, switches = TRUE)$layers, n)
})

test_that("switches are marked where phase_switches() says, at steps of the windows at hand", {
  calls <- random_calls(1, c("1" = 6), switched = 1)
  marked <- function(calls) {
    plot <- autoplot(calls, switches = TRUE)
    sort(plot$layers[[length(plot$layers)]]$data$mb) * 1e6
  }
  attr(calls, "switches")$position_bp <- c(NA, 27L, 50L, NA, 71L)
  # Borders of windows are half way between them, at 14 w - 11.
  expect_equal(marked(calls), c(17, 27, 50, 59, 71))
  expect_no_warning(some <- marked(calls[calls$window %in% c(1, 3:5), ]))
  expect_equal(some, c(50, 59))
})

test_that("a page of one sample is small, however many windows there are", {
  skip_if_not_installed("svglite")
  calls <- random_calls(1, c("1" = 4000, "2" = 3000))
  path <- withr::local_tempfile(fileext = ".svg")
  ggplot2::ggsave(path, autoplot(calls, threshold = 0), width = 7, height = 4)
  expect_lt(file.size(path), 1e6)
})

test_that("panels name the largest percentages that fit", {
  proportions <- tibble::tibble(sample_id = "s1", ancestry = c("a", "b", "c", "d"),
    proportion = c(0.1, 0.6, 0.297, 0.003))
  expect_identical(karyogram_panels(proportions, "s1", 50), "s1\nb 60 %, c 30 %, a 10 %")
  expect_identical(karyogram_panels(proportions, "s1", 17), "s1\nb 60 %, c 30 %")
  expect_identical(karyogram_panels(proportions, "s1", 1), "s1\nb 60 %")
})
