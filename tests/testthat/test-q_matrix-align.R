shuffled <- function(q, order) `colnames<-`(q[, order], paste0("archetype", seq_along(order)))

test_that("shuffled runs get common names and are one mode", {
  q <- small_weights()
  aligned <- align_runs(one = q, two = shuffled(q, c(2, 3, 1)), three = shuffled(q, 3:1)[6:1, ])
  for (run in c("one", "two", "three")) expect_equal(aligned$q[[run]], q)
  expect_equal(unlist(glance(aligned)),
    c(n_runs = 3, n_samples = 6, min_k = 3, max_k = 3, n_modes = 1))
  permutations <- tidy(aligned, matrix = "permutations")
  expect_identical(permutations$archetype[permutations$run == "two"],
    c("archetype2", "archetype3", "archetype1"))
  expect_equal(tidy(aligned, matrix = "similarity")$similarity, c(1, 1, 1))
  expect_equal(nrow(tidy(aligned)), 54)
  expect_named(tidy(aligned), c("run", "sample_id", "archetype", "weight"))
})

test_that("modes are groups around the run that has most like it", {
  similarity <- diag(5)
  dimnames(similarity) <- list(letters[1:5], letters[1:5])
  near <- rbind(c(1, 2), c(2, 3), c(4, 5))
  similarity[near] <- similarity[near[, 2:1]] <- c(0.98, 0.99, 0.975)
  modes <- group_runs(similarity, 0.97)
  # b is near a and c, which are not near each other; then d and e, the earlier first.
  expect_identical(modes$run, c("a", "b", "c", "d", "e"))
  expect_identical(modes$mode, c(1L, 1L, 1L, 2L, 2L))
  expect_identical(modes$representative, c("b", "b", "b", "d", "d"))
  expect_equal(modes$similarity, c(0.98, 1, 0.99, 1, 0.975))
  expect_identical(max(group_runs(similarity, 1)$mode), 5L)
})

test_that("every run is as similar to the representative of its mode as promised", {
  runs <- lapply(1:8, function(seed) {
    archetypes(mixtures_of(60, 5, noise = 0.3), k = 5, init = "sample", seed = seed)
  })
  for (least in c(0.8, 0.97)) {
    aligned <- align_runs(runs, min_similarity = least)
    table <- tidy(aligned, matrix = "runs")
    expect_true(all(table$similarity >= least))
    expect_equal(table$similarity[table$run == table$representative],
      rep(1, length(unique(table$mode))))
    expect_equal(sum(tidy(aligned, matrix = "modes")$n_runs), 8)
    # Aligned runs are compared best without any further permutation.
    lead <- aligned$q[[table$representative[table$mode == 1][[1]]]]
    for (q in aligned$q) expect_identical(match_columns(lead, q), 1:5)
  }
})

test_that("a cluster keeps its name from the largest K down, also where it is split", {
  q <- small_weights()
  two <- cbind(archetype1 = q[, 1] + q[, 2], archetype2 = q[, 3])
  four <- cbind(archetype1 = q[, 3], archetype2 = q[, 2] * 0.4, archetype3 = q[, 1],
    archetype4 = q[, 2] * 0.6)
  aligned <- align_runs(k4 = four, k2 = two, k3 = q[, c(3, 2, 1)])
  permutations <- tidy(aligned, matrix = "permutations")
  named <- function(run) permutations$archetype[permutations$run == run]
  expect_identical(named("k4"), paste0("archetype", 1:4))
  # The second cluster of K = 3 is split in K = 4: it has the name of the larger part.
  expect_identical(named("k3"), paste0("archetype", c(1, 4, 3)))
  expect_identical(named("k2")[[2]], "archetype1")
  expect_true(named("k2")[[1]] %in% c("archetype3", "archetype4"))
  expect_identical(colnames(aligned$q$k3), paste0("archetype", c(1, 3, 4)))
  expect_output(print(aligned), "3 runs of 6 samples, K = 2 to 4")
})

test_that("what is like no cluster of a larger K has a number that no larger K has", {
  q <- small_weights()
  # Two clusters that are like none of the others, one in each of the smaller K.
  odd <- c(0, 0.9, 0, 0.9, 0, 0.9)
  one <- c(0.9, 0, 0, 0, 0.9, 0.9)
  four <- cbind(q[, 1] / 2, q[, 1] / 2, q[, 2], q[, 3])
  three <- cbind(odd, (1 - odd) / 2, (1 - odd) / 2)
  two <- cbind(one, 1 - one)
  runs <- lapply(list(k4 = four, k3 = three, k2 = two), unname)
  aligned <- suppressMessages(align_runs(runs))
  names <- lapply(aligned$q, colnames)
  expect_identical(names$k4, paste0("archetype", 1:4))
  new <- c(setdiff(names$k3, names$k4), setdiff(names$k2, c(names$k3, names$k4)))
  expect_gt(length(new), 0)
  expect_identical(anyDuplicated(new), 0L)
  expect_true(all(number_of(new) > 4))
})

test_that("one panel per mode is drawn, or the runs asked for", {
  q <- small_weights()
  aligned <- align_runs(a = q, b = shuffled(q, 3:1), c = q[c(2:6, 1), ] * 0 + 1 / 3)
  plot <- autoplot(aligned)
  expect_drawn(plot)
  expect_identical(levels(plot$data$panel), c("a: K = 3, 2 runs", "c: K = 3, 1 run"))
  expect_identical(levels(autoplot(aligned, runs = c("b", "a"))$data$panel), c("b", "a"))
  expect_drawn(autoplot(aligned, labels = rep(c("x", "y"), 3)))
  expect_error(autoplot(aligned, runs = "z"), class = "forebear_error_argument")
})

test_that("wrong runs are refused", {
  q <- small_weights()
  expect_snapshot(conditions_of(
    align_runs(q),
    align_runs(a = q, a = q),
    align_runs(a = q, b = "x"),
    align_runs(a = q, b = q[-1, ]),
    align_runs(q, q, min_similarity = 2)
  ))
})
