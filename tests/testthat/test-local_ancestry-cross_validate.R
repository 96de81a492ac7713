skip_on_cran() # Takes long.

# Three populations of 15 samples, of which b and c go together, at 150 variants of two chromosomes.
# Haplotypes are mosaics of founders of their population, of whom `shared` are common to all.
tree_panel <- function(seed = 1, shared = 4, n = 45, tree = "((b,c)bc,a)all;", labels = NULL) {
  withr::with_seed(11, founders <- matrix(stats::rbinom(30 * 150, 1, 0.4), 30))
  own <- list(a = c(1:8, 25 + seq_len(shared)), b = c(9:13, 18:20, 25 + seq_len(shared)),
    c = c(14:20, 25 + seq_len(shared)))
  population <- rep(c("a", "b", "c"), each = n / 3)
  withr::with_seed(seed, {
    alleles <- t(vapply(rep(population, each = 2), function(name) {
      founder <- rep(sample(own[[name]], 15, TRUE), each = 10)
      founders[cbind(founder, 1:150)]
    }, integer(150)))
    alleles <- abs(alleles - (stats::runif(length(alleles)) < 0.01))
  })
  rownames(alleles) <- paste0(rep(paste0("s", seq_len(n)), each = 2), c("_1", "_2"))
  colnames(alleles) <- NULL
  variants <- data.frame(chrom = rep(c("1", "2"), c(90, 60)),
    position_bp = c(1:90, 1:60) * 10000L, position_cm = c(1:90, 1:60) / 2, ref = "A", alt = "C")
  suppressWarnings(reference_panel(as_haplotypes(alleles, variants = variants),
    stats::setNames(labels %||% population, paste0("s", seq_len(n))), tree),
  classes = "forebear_warning_small_population")
}

# Small windows of few samples need not converge.
validated <- function(panel = tree_panel(), ..., folds = 3) {
  window <- window_settings(10, context = 5)
  suppressWarnings(cross_validate(panel, folds = folds, window = window, ...),
    classes = "forebear_warning_not_converged")
}

test_that("all folds together are what evaluate_calls() says of the calls of all samples", {
  panel <- tree_panel(n = 78)
  cv <- validated(panel, mosaics = 6, keep_calls = TRUE, threshold = c(0, 0.5, 0.9))
  for (kind in c("panel", "mosaics")) {
    calls <- tidy(cv, matrix = "calls", samples = kind)
    expect_s3_class(calls, "forebear_ancestry_calls")
    truth <- tidy(cv, matrix = "truth", samples = kind)
    got <- tidy(cv)[tidy(cv)$samples == kind, -1]
    expect_equal(got, evaluate_calls(calls, truth, threshold = c(0, 0.5, 0.9)))
    folds <- tidy(cv, matrix = "folds")
    folds <- folds[folds$samples == kind, ]
    sums <- rowsum(folds[c("n_true", "n_assigned")], paste(folds$threshold, folds$node))
    expect_equal(sums[paste(got$threshold, got$node), ], got[c("n_true", "n_assigned")],
      ignore_attr = TRUE)
  }
  expect_equal(unique(tidy(cv, matrix = "calls")$sample_id), samples(panel)$sample_id)
  expect_length(unique(tidy(cv, matrix = "calls", samples = "mosaics")$sample_id), 18)
  glanced <- glance(cv)
  expect_equal(glanced[c("n_samples", "n_windows", "folds", "n_mosaics")],
    tibble::tibble(n_samples = 78L, n_windows = 15L, folds = 3L, n_mosaics = 18L))
  calls <- tidy(cv, matrix = "calls")
  label <- samples(panel)$population[match(calls$sample_id, samples(panel)$sample_id)]
  # Parts of windows count as what they are of them; every window has ten variants.
  n_variants <- tabulate(calls_by_variant(calls)$row, nrow(calls))
  expect_equal(glanced$accuracy, sum(n_variants[calls$.pred_class == label]) / sum(n_variants))
  expect_gt(glanced$accuracy, 0.85)
  expect_gt(glanced$mosaic_accuracy, 0.5)
  expect_lt(glanced$mosaic_accuracy, glanced$accuracy)
})

test_that("a fold is called by a model of the others, step by step", {
  panel <- tree_panel()
  cv <- validated(panel, keep_calls = TRUE, calibrate = FALSE)
  fold <- tidy(cv, matrix = "samples")$fold
  expect_true(all(table(samples(panel)$population, fold) == 5))
  hidden <- fold == 2
  labels <- stats::setNames(samples(panel)$population, samples(panel)$sample_id)
  training <- suppressWarnings(reference_panel(panel$haplotypes[which(!hidden), ], labels[!hidden],
    panel$tree))
  model <- suppressWarnings(local_ancestry(training, window = window_settings(10, context = 5),
    calibrate = FALSE))
  want <- predict(model, panel$haplotypes[which(hidden), ], strand = "same")
  calls <- tidy(cv, matrix = "calls")
  got <- calls[calls$sample_id %in% names(labels)[hidden], ]
  expect_identical(plain_tibble(got), plain_tibble(want)[names(got)], ignore_attr = "parameters")
  switches <- attr(calls, "switches")
  expect_identical(switches[switches$sample_id %in% got$sample_id, ], attr(want, "switches"))
})

test_that("a population is not too small to be calibrated because some of it is hidden", {
  panel <- tree_panel(n = 78)
  cv <- validated(panel, folds = 2, keep_calls = TRUE)
  hidden <- tidy(cv, matrix = "samples")$fold == 2
  training <- part_of_panel(panel, !hidden)
  expect_equal(tabulate(training$population), rep(13, 3))
  expect_equal(members_of_panel(training), rep(26, 3))
  model <- suppressWarnings(local_ancestry(training, window = window_settings(10, context = 5)))
  expect_false(any(model$recalibration$limited))
  want <- predict(model, panel$haplotypes[which(hidden), ], strand = "same")
  calls <- tidy(cv, matrix = "calls")
  expect_identical(plain_tibble(calls[calls$sample_id %in% want$sample_id, ]),
    plain_tibble(want), ignore_attr = "parameters")
})

# Whoever has seen a label could give it back, however meaningless it is.
test_that("labels without meaning are called right by chance alone", {
  shuffled <- withr::with_seed(5, sample(rep(c("a", "b", "c"), each = 15)))
  panel <- tree_panel(shared = 0, labels = shuffled)
  # Populations are too small to be calibrated.
  accuracy <- glance(validated(panel, calibrate = FALSE))$accuracy
  # 45 samples: a standard error of .07, neighboring windows being alike.
  expect_gt(accuracy, 0.15)
  expect_lt(accuracy, 0.5)
  # SVMs that have seen them do better.
  model <- suppressWarnings(local_ancestry(panel, window = window_settings(10, context = 5)))
  part <- model$chromosomes[[1]]
  seen <- predict_chromosome(part$model, panel$haplotypes[, part$chosen], model$populations)$label
  label <- match(rep(shuffled, each = 2), model$populations)
  expect_gt(mean(seen == label[row(seen)], na.rm = TRUE), 0.7)
})

test_that("mosaics are made of hidden haplotypes alone", {
  panel <- tree_panel()
  fold <- rep(1:3, 15)
  # An allele for each fold and population.
  kind <- rep(fold + 3L * (as.integer(panel$population) - 1L), each = 2)
  alleles <- outer(kind, rep_len(1:9, 150), `==`) + 0
  panel$haplotypes <- as_haplotypes(alleles, variants = variants(panel$haplotypes))
  how <- list(seed = 3, threads = 1,
    mosaics = mosaic_settings(5, generations = 4, switch_rate = 0.1, error_rate = 0))
  for (part in 1:3) {
    mosaics <- hidden_mosaics(panel, fold == part, part, how, NULL)
    truth <- mosaics$truth
    matrix <- as.matrix(mosaics$haplotypes)
    expect_equal(nrow(matrix), 10)
    for (row in seq_len(10)) {
      for (chrom in c("1", "2")) {
        here <- variants(panel$haplotypes)$chrom == chrom
        own <- truth[truth$chrom == chrom & paste(truth$sample_id, truth$haplotype, sep = "_") ==
          rownames(matrix)[row], ]
        population <- match(own$ancestry, c("b", "c", "a"))[findInterval(
          variants(panel$haplotypes)$position_bp[here], own$start_bp)]
        expect_equal(unname(matrix[row, here]),
          (rep_len(1:9, 150)[here] == part + 3L * (population - 1L)) + 0L)
      }
    }
  }
})

test_that("coverage rises toward the root, and precision keeps to the threshold", {
  cv <- validated(tree_panel(n = 90), mosaics = 30, folds = 2)
  scores <- tidy(cv)[tidy(cv)$threshold == 0.8, ]
  for (kind in c("panel", "mosaics")) {
    own <- scores[scores$samples == kind, ]
    coverage <- stats::setNames(own$coverage, own$node)
    expect_gte(coverage[["bc"]], max(coverage[c("b", "c")]))
    covered <- own[own$coverage > 0.01, ]
    expect_true(all(covered$precision + 2 * covered$precision_se >= 0.8))
  }
  expect_lt(min(scores$coverage), 0.95)
})

test_that("seeds decide, threads and workers do not, and a folder is taken up again", {
  panel <- tree_panel()
  one <- validated(panel, mosaics = 4, threads = 1, folds = 2, calibrate = FALSE)
  expect_identical(validated(panel, mosaics = 4, threads = 2, folds = 2, calibrate = FALSE), one)
  other <- validated(panel, mosaics = 4, folds = 2, calibrate = FALSE, seed = 2)
  expect_false(identical(other, one))
  folder <- withr::local_tempdir()
  kept <- validated(panel, mosaics = 4, folds = 2, calibrate = FALSE, checkpoint_dir = folder)
  expect_identical(kept, one)
  expect_setequal(list.files(folder), c("fold1", "fold2"))
  expect_message(again <- validated(panel, mosaics = 4, folds = 2, calibrate = FALSE,
    checkpoint_dir = folder), class = "forebear_message_resumed")
  expect_identical(again, one)
  skip_if_not_installed("BiocParallel")
  expect_identical(validated(panel, mosaics = 4, folds = 2, calibrate = FALSE,
    BPPARAM = BiocParallel::SerialParam()), one)
})

test_that("males on X have one haplotype, and a panel without a map is reported once", {
  panel <- tree_panel()
  alleles <- as.matrix(panel$haplotypes)
  alleles[c(2, 32, 62), ] <- NA
  colnames(alleles) <- NULL
  variants <- variants(panel$haplotypes)
  variants$position_cm <- 0
  panel$haplotypes <- as_haplotypes(alleles, variants = variants)
  said <- capture_messages(cv <- validated(panel, calibrate = FALSE, keep_calls = TRUE))
  expect_length(said, 1)
  calls <- tidy(cv, matrix = "calls")
  expect_equal(unique(calls$haplotype[calls$sample_id == "s1"]), 1L)
  windows <- unique(plain_tibble(calls)[c("sample_id", "haplotype", "chrom", "window")])
  expect_equal(nrow(windows), (90 - 3) * 15)
})

test_that("a bar changes nothing, Ctrl-C stops the work, and R goes on", {
  want <- validated(folds = 2, calibrate = FALSE)
  withr::local_options(forebear.progress = TRUE, cli.progress_show_after = 0)
  expect_identical(validated(folds = 2, calibrate = FALSE), want)
  skip_on_os("windows")
  skip_if(Sys.which("timeout") == "", "no timeout command")
  run <- interrupted_r("cross_validate(panel)", setup = c(
    "alleles <- matrix(rbinom(4e6, 1, 0.4), 400)",
    "rownames(alleles) <- paste0(rep(paste0('s', 1:200), each = 2), c('_1', '_2'))",
    "labels <- setNames(rep(c('a', 'b'), 100), paste0('s', 1:200))",
    "panel <- suppressMessages(reference_panel(as_haplotypes(alleles), labels))"))
  expect_identical(run$outcome, "stopped")
  expect_lt(run$seconds, 10)
})

test_that("a cross-validation is printed, drawn, and wrong calls are refused", {
  cv <- validated(mosaics = 4, folds = 2, calibrate = FALSE)
  expect_output(print(cv), "<panel_validation> 3 populations of 45 samples, 2 folds, 15 windows")
  plot <- autoplot(cv)
  expect_drawn(plot)
  points <- ggplot2::layer_data(plot, 4)
  expect_equal(nrow(points), sum(!is.na(as.matrix(tidy(cv)[c("precision", "recall", "coverage")]))))
  drawn <- unlist(tidy(cv)[c("precision", "recall", "coverage")])
  expect_setequal(points$x, drawn[!is.na(drawn)])
  plain <- validated(folds = 2, calibrate = FALSE)
  expect_drawn(autoplot(plain))
  expect_identical(glance(plain)$mosaic_accuracy, NA_real_)
  panel <- tree_panel()
  few <- tree_panel(n = 6)
  expect_snapshot(conditions_of(
    cross_validate(panel, windows = 3), cross_validate(panel, 5, 0, 0, NULL, 10, 0, 0, TRUE, 1, 1,
      NULL, NULL, 3),
    cross_validate(panel, folds = 16), cross_validate(few, folds = 2),
    cross_validate(panel, threshold = 2), cross_validate(panel, mosaics = -1),
    cross_validate(panel, keep_calls = NA), cross_validate(panel, window = 0),
    tidy(cv, matrix = "calls"), tidy(plain, matrix = "truth", samples = "mosaics"),
    tidy(cv, matrix = "all")
  ))
  condition <- expect_error(cross_validate(panel, window = 0), class = "forebear_error_argument")
  expect_identical(as.list(conditionCall(condition))[[1]], quote(cross_validate))
})
