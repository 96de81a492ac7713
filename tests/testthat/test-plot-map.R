skip_on_cran() # Takes long.

places_of_three <- function() {
  data.frame(population = c("a", "b", "c"), latitude = c(10, -20, 60), longitude = c(0, 30, -150))
}

labels_of_three <- function() rep(c("a", "b", "c"), c(2, 5, 3))

test_that("each place is where it is, as large as its samples are many", {
  skip_if_not_installed("maps")
  plot <- world_map(places_of_three(), labels_of_three())
  expect_drawn(plot)
  discs <- ggplot2::layer_data(plot, 2)
  expect_equal(discs[c("x", "y")], data.frame(x = c(30, -150, 0), y = c(-20, 60, 10)),
    ignore_attr = TRUE)
  expect_identical(discs$fill, unname(ancestry_colours(c("a", "b", "c"))[c("b", "c", "a")]))
  # Areas, not diameters, are in proportion.
  expect_equal(discs$size^2 / discs$size[[1]]^2, c(5, 3, 2) / 5)
})

test_that("places of samples are counted by population", {
  skip_if_not_installed("maps")
  own <- data.frame(sample_id = paste0("s", 1:6), latitude = c(1, 1, 1, 2, NA, 3),
    longitude = c(5, 5, 5, 6, NA, 7))
  labels <- c(s1 = "a", s2 = "a", s3 = "b", s4 = "b", s5 = "a", s7 = "c")
  coordinates <- check_coordinates(own, NULL, NULL)
  sample_id <- paste0("s", 1:7)
  group <- match_labels(labels, sample_id, NULL, NULL)
  got <- places_on_earth(coordinates, sample_id, group, NULL)
  expect_identical(as.character(got$places$population), c("a", "b", "b", "unlabeled"))
  expect_identical(got$places$n_samples, c(2L, 1L, 1L, 1L))
  expect_identical(got$place_of_sample, c(1L, 1L, 2L, 3L, NA, 4L, NA))
  expect_drawn(world_map(own, labels))
  expect_drawn(world_map(own, labels, label_groups = FALSE, extent = "data"))
  expect_drawn(world_map(own))
  own$population <- c("x", "x", "y", "y", "y", "x")
  expect_identical(levels(ggplot2::layer_data(world_map(own), 2)$fill |> factor()),
    sort(unname(ancestry_colours(c("x", "y")))))
})

test_that("populations without samples or a place are left out", {
  skip_if_not_installed("maps")
  places <- rbind(places_of_three(), data.frame(population = "d", latitude = 0, longitude = 0))
  places[1, 2:3] <- NA
  expect_equal(ggplot2::layer_data(world_map(places, labels_of_three()), 2)$x, c(30, -150))
  expect_equal(nrow(ggplot2::layer_data(world_map(places), 2)), 3)
})

test_that("the map is cut in the Bering Strait", {
  skip_if_not_installed("maps")
  expect_equal(eastward(c(-180, -171, -169, 0, 180)), c(180, 189, -169, 0, 180))
  land <- land_outlines(earth_frame(places_of_three(), "world"))
  pieces <- split(land$x, land$piece)
  expect_gte(min(vapply(pieces, max, 0)), -170)
  plot <- world_map(places_of_three())
  expect_lte(max(ggplot2::layer_data(plot, 1)$x), 191)
})

test_that("the frame holds every place, and never a sliver", {
  one <- data.frame(latitude = 50, longitude = 8)
  few <- data.frame(latitude = c(40, 60), longitude = c(-5, 25))
  for (places in list(one, few)) {
    frame <- earth_frame(places, "data")
    expect_true(all(places$longitude > frame$west & places$longitude < frame$east))
    expect_true(all(places$latitude > frame$south & places$latitude < frame$north))
    wide <- (frame$east - frame$west) / ((frame$north - frame$south) * frame$ratio)
    expect_gt(wide, 0.8)
    expect_lt(wide, 3)
  }
  far <- data.frame(latitude = c(0, 0), longitude = c(-100, 100))
  expect_identical(earth_frame(far, "data"), earth_frame(far, "world"))
})

test_that("names cover neither each other nor places", {
  discs <- withr::with_seed(1, {
    data.frame(x = c(75, 78, 75, stats::runif(20, 5, 145)), y = c(30, 30, 33,
      stats::runif(20, 5, 60)), radius = c(3, 3, 3, rep(1, 20)))
  })
  named <- seq_len(nrow(discs))
  spots <- place_names(discs, named, paste0("POP", named), c(0, 150, 0, 65))
  half <- nchar(spots$name) * 1.05 + 0.4
  boxes <- data.frame(left = spots$at_x - half, right = spots$at_x + half,
    low = spots$at_y - 1.5, high = spots$at_y + 1.5)
  expect_true(all(boxes$left >= 0 & boxes$right <= 150 & boxes$low >= 0 & boxes$high <= 65))
  round <- data.frame(left = discs$x - discs$radius, right = discs$x + discs$radius,
    low = discs$y - discs$radius, high = discs$y + discs$radius)
  for (i in named) {
    expect_lt(sum(overlap_of(boxes[i, ], boxes[-i, ])), 0.01)
    expect_lt(sum(overlap_of(boxes[i, ], round)), 0.01)
  }
  lone <- place_names(discs[1, ], 1, "AB", c(0, 150, 0, 65))
  expect_equal(c(lone$at_x, lone$at_y), c(75, 30 + 3 + 0.3 + 1.5))
  expect_false(lone$is_far)
})

test_that("bad coordinates are refused in words", {
  changed <- function(...) utils::modifyList(places_of_three(), list(...))
  by_sample <- data.frame(sample_id = c("x", "x"), latitude = 1:2, longitude = 1:2)
  expect_snapshot(conditions_of(
    world_map("here"), world_map(places_of_three()[1:2]), world_map(places_of_three()[-1]),
    world_map(changed(latitude = c("52.5 N", "1", "2"))),
    world_map(changed(latitude = c(10, NA, 60))), world_map(changed(longitude = c(0, 30, Inf))),
    world_map(changed(latitude = rep(NA, 3), longitude = rep(NA, 3))),
    world_map(changed(latitude = c(116, 10, 10), longitude = c(40, 10, 10))),
    world_map(changed(longitude = c(0, 30, 210))),
    world_map(changed(population = c("a", "a", "b"))),
    world_map(changed(population = c("a", NA, "b"))), world_map(by_sample),
    world_map(places_of_three(), c("a", "q")), world_map(places_of_three(), label_column = "x"),
    world_map(places_of_three(), extent = "moon"), world_map(places_of_three(), rep("z", 3), 1)
  ))
})

test_that("without the outlines there is an error that says how to get them", {
  got <- in_fresh_r(c(
    "unlockBinding('requireNamespace', baseenv())",
    "assign('requireNamespace', function(...) FALSE, baseenv())",
    "places <- data.frame(population = 'a', latitude = 1, longitude = 1)",
    "tryCatch(world_map(places), forebear_error_package = function(e) cat(conditionMessage(e)))"
  ))
  expect_match(paste(got, collapse = " "), "apt install r-cran-maps", fixed = TRUE)
})

test_that("plants of Europe are found where they grow", {
  skip_if_not_installed("maps")
  places <- read.delim(shared_path("data", "arabidopsis_170_tess3", "labels.tsv"))
  names(places)[1] <- "sample_id"
  plot <- world_map(places, extent = "data")
  expect_drawn(plot)
  expect_equal(nrow(ggplot2::layer_data(plot, 2)),
    nrow(unique(places[c("latitude", "longitude")])))
})
