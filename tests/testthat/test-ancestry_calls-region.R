# Calls of three windows of chromosome 1, 10 bp each without a gap: "aab" is a haplotype of a, a, b.
calls_of_strings <- function(haplotypes, posterior = 0.9) {
  n <- nchar(haplotypes[1])
  windows <- tibble::tibble(chrom = "1", window = seq_len(n), start_bp = 10L * window - 9L,
    end_bp = 10L * window, start_cm = NA_real_, end_cm = NA_real_, n_variants = 3L)
  class <- unlist(strsplit(haplotypes, ""))
  rows <- expand.grid(window = seq_len(n), haplotype = seq_along(haplotypes))
  calls <- tibble::tibble(sample_id = paste0("s", (rows$haplotype + 1) %/% 2),
    haplotype = 2L - rows$haplotype %% 2L, windows[rows$window, c("chrom", "window", "start_bp",
      "end_bp")], .pred_class = class)
  for (name in c("a", "b", "c")) {
    calls[[paste0(".pred_", name)]] <- ifelse(class == name, posterior, (1 - posterior) / 2)
  }
  new_ancestry_calls(calls, no_switches(), windows, c("a", "b", "c"),
    as_population_tree(NULL, c("a", "b", "c")))
}

# Names of the rows of a heat map, from the top.
rows_of <- function(plot) {
  tracts <- plot$data[!duplicated(plot$data$row), ]
  tracts <- tracts[order(-tracts$row), ]
  paste(tracts$sample_id, tracts$haplotype, sep = ".")
}

test_that("rectangles of a region are the calls within it, clipped to it", {
  calls <- random_calls(3)
  plot <- autoplot(calls, type = "region", region = "chr1:20-60", order = "given")
  expect_drawn(plot)
  drawn <- ggplot2::layer_data(plot)
  expect_equal(range(c(drawn$xmin, drawn$xmax)), c(19, 60) / 1e6)
  expect_equal(plot$scales$get_scales("x")$limits, c(19, 60) / 1e6)
  covered <- tapply(drawn$xmax - drawn$xmin, drawn$ymin, sum)
  expect_equal(unname(c(covered)), rep(41e-6, 6))
  expect_identical(rows_of(plot), paste0("s", rep(1:3, each = 2), ".", 1:2))
  # Every window of every haplotype has the colour of its call; windows begin at 14 w - 11.
  colours <- ancestry_colours(c("a", "b", "c"))
  for (row in which(calls$chrom == "1" & calls$window %in% 2:4)) {
    level <- 7 - (2 * as.integer(sub("s", "", calls$sample_id[row])) - 2 + calls$haplotype[row])
    middle <- (14 * calls$window[row] - 4) / 1e6
    own <- drawn[abs((drawn$ymin + drawn$ymax) / 2 - level) < 1e-9 & drawn$xmin <= middle &
      drawn$xmax > middle, ]
    expect_identical(own$fill, unname(colours[calls$.pred_class[row]]))
  }
})

test_that("opacity is that of the posterior", {
  calls <- random_calls(1, c("1" = 6))
  region <- ggplot2::layer_data(autoplot(calls, type = "region", order = "given"))
  tracts <- karyogram_tracts(calls, call_pieces(calls), "s1")
  key <- function(low, high, posterior) paste(low, high, rank(posterior, ties.method = "min"))
  expect_setequal(key(region$xmin, region$xmax, region$alpha),
    key(tracts$low, tracts$high, tracts$posterior))
  expect_gt(length(unique(region$alpha)), 2)
})

test_that("like haplotypes lie together by the rule that the help states", {
  calls <- calls_of_strings(c("bbbb", "aaac", "baaa", "aaaa", "aaab", "caaa", "bbba", "abaa"))
  # Six of a: the whole one; then those with b, by the middle of b; then those with c. Two of b.
  expect_identical(rows_of(autoplot(calls, type = "region")),
    c("s2.2", "s2.1", "s4.2", "s3.1", "s3.2", "s1.2", "s1.1", "s4.1"))
  # In the first half alone, half a and half b count as a, the first of the calls.
  first <- autoplot(calls, type = "region", region = "1:1-20")
  expect_identical(rows_of(first),
    c("s1.2", "s2.2", "s3.1", "s2.1", "s4.2", "s3.2", "s1.1", "s4.1"))
  given <- autoplot(calls, c("s3", "s1"), type = "region", order = "given")
  expect_identical(rows_of(given), c("s3.1", "s3.2", "s1.1", "s1.2"))
})

test_that("rows are named while there is room, then counted", {
  few <- autoplot(random_calls(20, c("1" = 3)), type = "region")
  expect_length(few$scales$get_scales("y")$labels, 40)
  expect_setequal(few$scales$get_scales("y")$labels, paste0("s", rep(1:20, 2), ".",
    rep(1:2, each = 20)))
  many <- autoplot(random_calls(21, c("1" = 3)), type = "region")
  expect_null(many$scales$get_scales("y")$breaks)
  expect_identical(many$labels$y, "42 haplotypes of 21 samples")
})

test_that("a gap in the windows stays empty, and a chromosome may lack a haplotype", {
  calls <- random_calls(2, c("1" = 6))
  calls <- calls[calls$window != 3 & !(calls$sample_id == "s2" & calls$haplotype == 2), ]
  drawn <- ggplot2::layer_data(autoplot(calls, type = "region"))
  expect_identical(length(unique(drawn$ymin)), 3L)
  # Windows 2 and 4 end at 28 and begin at 47.
  expect_false(any(drawn$xmin < 46e-6 & drawn$xmax > 28e-6))
})

test_that("regions that are none, or have no calls, are errors", {
  calls <- random_calls(2)
  region <- function(...) autoplot(calls, type = "region", ...)
  odd <- autoplot(random_calls(2, c("HLA:1" = 6)), type = "region")
  expect_identical(odd$labels$x, "Position on chromosome HLA:1 (Mb)")
  refused <- function(...) expect_error(region(...), class = "forebear_error_region")
  expect_identical(region(region = "1:20")$data$low, rep(19e-6, 4))
  expect_identical(region(region = "1:2,0-3,0")$data, region(region = "1:20-30")$data)
  for (text in list("1:9-", "1:-9", "1:", "", ":1-9", "1:9-1", 1, NA_character_, c("1", "2"),
    "1:x1")) {
    refused(region = text)
  }
  expect_match(conditionMessage(refused()), "2 chromosomes")
  expect_match(conditionMessage(refused(region = "22")), "\"22\" is none of their chromosomes")
  expect_match(conditionMessage(refused(region = "1:900-1000")), "lie from 5 to 84")
  hole <- calls[calls$window != 2, ]
  error <- expect_error(autoplot(hole, type = "region", region = "1:16-28"),
    class = "forebear_error_region")
  expect_match(conditionMessage(error), "No window of the calls lies there")
  expect_error(autoplot(calls, region = "1"), class = "forebear_error_argument")
  expect_error(autoplot(calls, order = "given"), class = "forebear_error_argument")
  expect_error(autoplot(calls, "zz", type = "region"), class = "forebear_error_unknown_sample")
})
