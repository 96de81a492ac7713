# 60 samples of two populations whose alleles differ in frequency, 45 variants.
two_populations <- function() {
  withr::with_seed(4, {
    south <- rep(c(FALSE, TRUE), each = 60)
    frequency <- rbind(runif(45), runif(45))
    alleles <- matrix(rbinom(120 * 45, 1, frequency[south + 1, ]), 120)
  })
  rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
  alleles[120, ] <- NA
  labels <- stats::setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
  reference_panel(as_haplotypes(alleles), labels)
}

test_that("windows distinguish populations, held out and new", {
  panel <- two_populations()
  settings <- training_settings(window = 20, context = 5, probabilities = TRUE)
  trained <- train_chromosome(panel, settings)
  expect_identical(dim(trained$held_out$label), c(120L, 2L))
  truth <- rep(as.integer(panel$population), each = 2)
  expect_gt(mean(trained$held_out$label == truth, na.rm = TRUE), 0.9)
  expect_identical(which(is.na(trained$held_out$label[, 1])), 120L)
  expect_identical(dim(trained$held_out$probability), c(2L, 120L, 2L))
  expect_equal(unname(colSums(trained$held_out$probability)), matrix(1, 120, 2), tolerance = 1e-6)
  expect_setequal(trained$fold, 1:5)
  calls <- predict_chromosome(trained$model, panel$haplotypes[31:60, ], levels(panel$population))
  expect_gt(mean(calls$label == 2, na.rm = TRUE), 0.95)
  expect_identical(answer(rust_window_variants(trained$model)),
    list(first = c(1L, 21L), last = c(20L, 45L)))
})

test_that("threads change nothing, labels alone come without probabilities", {
  panel <- two_populations()
  settings <- training_settings(window = 15, cost = 10, kernel = "linear",
    multiclass = "one_vs_rest")
  trained <- train_chromosome(panel, settings, threads = 1)
  expect_identical(train_chromosome(panel, settings, threads = 2), trained)
  expect_null(trained$held_out$probability)
})

test_that("mistakes are reported in words", {
  panel <- two_populations()
  trained <- train_chromosome(panel, training_settings(window = 20))
  north <- levels(panel$population)
  expect_snapshot(conditions_of(
    train_chromosome(panel, training_settings(window = 0), 1, NULL),
    train_chromosome(panel, training_settings(context = 9000), 1, NULL),
    train_chromosome(panel, training_settings(cost = -1), 1, NULL),
    train_chromosome(panel, training_settings(folds = 1), 1, NULL),
    predict_chromosome(trained$model, panel$haplotypes[, 1:44], north, 1, NULL),
    predict_chromosome(trained$model[1:50], panel$haplotypes, north, 1, NULL)
  ))
})
