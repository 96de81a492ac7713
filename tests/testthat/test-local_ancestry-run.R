skip_on_cran() # Takes long.

test_that("pieces change nothing: folders, batches of samples, threads", {
  panel <- several_panel()
  query <- several_chromosomes(11, seed = 2, prefix = "q")
  folder <- withr::local_tempdir()
  model <- local_ancestry(panel, window = window_settings(10, context = 5), threads = 1)
  expect_identical(local_ancestry(panel, window = window_settings(10, context = 5),
    checkpoint_dir = folder), model)
  calls <- predict(model, query)
  expect_identical(predict(model, query, checkpoint_dir = folder, threads = 1), calls)
  expect_setequal(kept_files(folder), c("training.forebear", "prediction.forebear",
    paste0("training-chromosome_", 1:4, ".forebear"), "prediction-beliefs.forebear",
    paste0("prediction-posteriors_of_chromosome_", 1:4, ".forebear"),
    paste0("prediction-calls_of_chromosome_", 1:4, ".forebear"),
    paste0("prediction-labels_of_chromosome_", 1:4, "_samples_1_and_on.forebear")))
  # All again, from the folder alone.
  expect_message(again <- local_ancestry(panel, window = window_settings(10, context = 5),
    checkpoint_dir = folder),
    "chromosome: 4 of 4")
  expect_identical(again, model)
  suppressMessages(expect_identical(predict(again, query, checkpoint_dir = folder), calls))
})

test_that("labels of batches of samples are those of all together", {
  query <- several_chromosomes(11, seed = 2, prefix = "q")
  run <- plain_run(2L)
  for (emissions in c("hard", "soft")) {
    model <- suppressWarnings(local_ancestry(several_panel(), window_settings(10, context = 5),
      hmm = pair_hmm(emissions = emissions)), classes = "forebear_warning_not_converged")
    aligned <- aligned_haplotypes(query, model$sites, 0.8, "check", 1L, NULL)
    whole <- label_chromosomes(model, c("2", "4"), aligned, TRUE, run, NULL)
    expect_identical(is.null(whole[["2"]]$probability), emissions == "hard")
    # A byte for each haplotype, window and population.
    expect_length(whole[["2"]]$likeness, 22 * 4 * 2)
    for (per_piece in c(1L, 4L)) {
      expect_identical(label_chromosomes(model, c("2", "4"), aligned, TRUE, run, NULL, per_piece),
        whole)
    }
    plain <- label_chromosomes(model, c("2", "4"), aligned, FALSE, run, NULL)
    expect_identical(plain[["2"]]$flips, no_flips())
  }
})

test_that("the folder of other data or settings is refused", {
  panel <- several_panel()
  query <- several_chromosomes(11, seed = 2, prefix = "q")
  folder <- withr::local_tempdir()
  model <- local_ancestry(panel, window = window_settings(10, context = 5), checkpoint_dir = folder)
  calls <- predict(model, query, checkpoint_dir = folder)
  refused <- function(expression) expect_error(expression, class = "forebear_error_checkpoint")
  refused(local_ancestry(panel, window = window_settings(20, context = 5), checkpoint_dir = folder))
  refused(local_ancestry(panel, window = window_settings(10, context = 5), seed = 2,
    checkpoint_dir = folder))
  refused(local_ancestry(panel, window = window_settings(10, context = 5),
    hmm = pair_hmm(cm_per_mb = 2), checkpoint_dir = folder))
  refused(local_ancestry(panel, window = window_settings(10, context = 5), calibrate = FALSE,
    checkpoint_dir = folder))
  other <- panel
  other$population[1:2] <- other$population[59:60]
  refused(local_ancestry(other, window = window_settings(10, context = 5), checkpoint_dir = folder))
  other <- panel
  other$haplotypes <- several_chromosomes(60, seed = 5)
  refused(local_ancestry(other, window = window_settings(10, context = 5), checkpoint_dir = folder))
  refused(predict(model, query[1:10, ], checkpoint_dir = folder))
  refused(predict(model, query, phase = "trusted", checkpoint_dir = folder))
  refused(predict(model, query, strand = "same", checkpoint_dir = folder))
  model$start$recombination_rate <- 0.2
  refused(predict(model, query, checkpoint_dir = folder))
})

test_that("a run that is killed loses the chromosome at work alone, and goes on to the same end", {
  skip_on_os("windows")
  panel <- several_panel(n_chrom = 6, per_chrom = 400)
  query <- several_chromosomes(40, n_chrom = 6, per_chrom = 400, seed = 2, prefix = "q")
  folder <- withr::local_tempdir()
  files <- withr::local_tempdir()
  saveRDS(list(panel = panel, query = query), file.path(files, "data"))
  want <- local_ancestry(panel)
  # Slowed before each piece is kept, so that there is time to kill it before the last one.
  code <- c(sprintf("data <- readRDS('%s')", file.path(files, "data")),
    "slowly <- quote(Sys.sleep(0.5))",
    "trace('keep_piece', slowly, print = FALSE, where = asNamespace('forebear'))",
    sprintf("fit <- local_ancestry(data$panel, checkpoint_dir = '%s', threads = 1)", folder),
    sprintf("predict(fit, data$query, checkpoint_dir = '%s', threads = 1)", folder))
  n_kept <- function(pattern) length(grep(pattern, kept_files(folder)))
  # Killed while it trains, then while it labels; each time it has to begin again.
  for (pattern in c("training-chromosome", "prediction-labels")) {
    id <- start_r(code)
    wait_until(n_kept(pattern) >= 2)
    tools::pskill(id, tools::SIGKILL)
    n <- n_kept(pattern)
    expect_lt(n, 6)
    before <- file.mtime(file.path(folder, kept_files(folder)))
    names(before) <- kept_files(folder)
    Sys.sleep(0.2)
    expect_identical(n_kept(pattern), n)
  }
  expect_message(got <- local_ancestry(panel, checkpoint_dir = folder), "chromosome: 6 of 6")
  expect_identical(got, want)
  expect_message(calls <- predict(got, query, checkpoint_dir = folder),
    sprintf("labels of chromosome: %d of 6", n))
  expect_identical(calls, predict(want, query))
  after <- file.mtime(file.path(folder, names(before)))
  expect_identical(unname(before), after)
})

test_that("what has one position is in one piece of its window", {
  panel <- read_phased_vcf(example_data("phased_panel"))
  query <- read_phased_vcf(example_data("phased_query"))
  # Every third variant has the position of the one before: so `bcftools norm -m -any` writes sites
  # of several alleles.
  doubled <- function(haplotypes) {
    table <- variants(haplotypes)
    second <- which(table$chrom[-1] == table$chrom[-nrow(table)])[c(FALSE, FALSE, TRUE)] + 1L
    table$position_bp[second] <- table$position_bp[second - 1L]
    table$alt[second] <- ifelse(table$ref[second] %in% c("A", "T"), "G", "A")
    columns <- c("variant_id", "chrom", "position_bp", "ref", "alt")
    as_haplotypes(as.matrix(haplotypes), variants = table[columns])
  }
  panel <- reference_panel(doubled(panel), read_labels(example_data("phased_labels")))
  model <- suppressMessages(local_ancestry(panel, window = 40, calibrate = FALSE))
  for (seed in 1:2) {
    admixed <- simulate_admixed(panel, n = 12, generations = 30, switch_rate = 0.2, seed = seed)
    calls <- suppressMessages(predict(model, admixed))
    expect_true(are_split(calls))
    rows <- as.data.frame(calls)
    n <- nrow(rows)
    is_cut <- rows$sample_id[-1] == rows$sample_id[-n] & rows$haplotype[-1] == rows$haplotype[-n] &
      rows$chrom[-1] == rows$chrom[-n] & rows$window[-1] == rows$window[-n]
    expect_true(all((rows$start_bp[-1] > rows$end_bp[-n])[is_cut]))
    expect_equal(sum(ancestry_proportions(calls)$proportion), 12)
    corrected <- correct_phase(admixed, calls)
    expect_no_error(call_pieces(corrected$calls))
    path <- write_ancestry_vcf(corrected$calls, withr::local_tempfile(), corrected$haplotypes)
    expect_true(file.exists(path))
    # Windows meet within a position, too.
    windows <- attr(calls, "windows")
    expect_true(any(windows$start_bp[-1] == windows$end_bp[-nrow(windows)]))
    expect_no_error(read_fb(write_fb(calls, path)))
    of_fb <- read_fb(path, windows = calls)$.pred_class
    expect_identical(of_fb, read_msp(write_msp(calls, path))$.pred_class)
  }
})
