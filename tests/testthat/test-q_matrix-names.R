test_that("clusters without names are archetype1, archetype2, ... in tables, figures and files", {
  expect_identical(numbered_names(c(1, 12)), c("archetype1", "archetype12"))
  expect_identical(numbered_names(integer()), character())
  expect_identical(are_numbered(c("archetype1", "archetype0", "A1", "archetype1a")),
    c(TRUE, FALSE, FALSE, FALSE))
  expect_identical(number_of(c("archetype3", "archetype10")), c(3L, 10L))
  expect_identical(short_names(c("archetype3", "north")), c("3", "north"))
  corners <- diag(3)[rep(1:3, each = 4), ] + 0.01 * sin(1:36)
  fit <- suppressMessages(archetypes(corners, k = 3))
  expected <- numbered_names(1:3)
  expect_identical(unique(tidy(fit)$archetype), expected)
  expect_identical(names(augment(fit))[-1], paste0(".", expected))
  expect_identical(levels(factor(ggplot2::layer_data(autoplot(fit))$fill)), sort(unname(
    ancestry_colours(expected))))
})
