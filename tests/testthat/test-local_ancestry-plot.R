test_that("a model of local ancestry draws how held-out windows are labeled", {
  alleles <- withr::with_seed(1, rbind(matrix(rbinom(20 * 30, 1, 0.2), 20),
    matrix(rbinom(20 * 30, 1, 0.7), 20)))
  rownames(alleles) <- paste0(rep(paste0("s", 1:20), each = 2), c("_1", "_2"))
  labels <- setNames(rep(c("north", "south"), each = 10), paste0("s", 1:20))
  panel <- suppressWarnings(suppressMessages(reference_panel(as_haplotypes(alleles), labels)))
  model <- suppressMessages(local_ancestry(panel, window = window_settings(10, context = 0),
    calibrate = FALSE, threads = 1))
  figure <- autoplot(model)
  expect_drawn(figure)
  expect_equal(c(tapply(figure$data$percent, figure$data$population, sum)),
    c(south = 100, north = 100))
  right <- figure$data$percent[figure$data$called == figure$data$population]
  expect_equal(right, 100 * unname(diag(model$confusion) / rowSums(model$confusion)))
  withr::local_pdf(NULL)
  expect_drawn(plot(model))
  model$confusion[] <- 0
  expect_error(autoplot(model), class = "forebear_error_argument")
})
