# Genotypes of three populations in a plane of frequencies, and a tree of them.
curated_genotypes <- function(n = c(a = 40, b = 40, c = 40), seed = 1) {
  withr::with_seed(seed, {
    frequency <- matrix(stats::runif(3 * 3000, 0.05, 0.95), 3)
    population <- rep(names(n), n)
    counts <- stats::rbinom(length(population) * 3000, 2, frequency[match(population, names(n)), ])
  })
  counts <- matrix(counts, length(population))
  rownames(counts) <- paste0(population, unlist(lapply(n, seq_len)))
  counts
}

labels_of <- function(counts) stats::setNames(sub("[0-9]+", "", rownames(counts)), rownames(counts))

# The labels are what reference_panel() takes.
reference_panel_labels <- function(x) {
  id <- x$labels$sample_id
  alleles <- random_alleles(length(id), 20)
  rownames(alleles) <- paste0(rep(id, each = 2), c("_1", "_2"))
  samples(reference_panel(as_haplotypes(alleles), x$labels, x$tree))
}

three_tree <- "((a,b)north,c)all;"

test_that("what is kept and what goes are all samples, each with its reason", {
  counts <- curated_genotypes()
  x <- curate_panel(as_genotypes(counts), labels_of(counts), three_tree)
  tidied <- tidy(x)
  expect_identical(tidied$sample_id, rownames(counts))
  expect_setequal(c(x$labels$sample_id, x$removed$sample_id), rownames(counts))
  expect_identical(unique(x$removed$reason), "outlier")
  # The central 95 % of 40 are 38, one off at each end.
  expect_identical(unname(table(x$labels$population)[c("a", "b", "c")]), rep(38L, 3),
    ignore_attr = TRUE)
  expect_identical(glance(x)[c("n_samples", "n_kept", "n_outliers", "n_merged")],
    tibble::tibble(n_samples = 120L, n_kept = 114L, n_outliers = 6L, n_merged = 0L))
  far <- curate_panel(as_genotypes(counts), labels_of(counts), outliers = "far")
  for (name in c("a", "b", "c")) {
    own <- tidied[tidied$population == name, ]
    expect_setequal(own$sample_id[!own$kept], own$sample_id[order(own$distance)[c(1, 40)]])
    expect_setequal(far$removed$sample_id[far$removed$population == name],
      own$sample_id[order(own$distance)[39:40]])
  }
  expect_identical(reference_panel_labels(x), x$labels)
})

test_that("samples without a label are passed over, wherever they stand", {
  counts <- curated_genotypes()
  unlabeled <- c(1, 60, 120)
  expect_warning(
    x <- curate_panel(as_genotypes(counts), labels_of(counts)[-unlabeled], three_tree),
    "a1", class = "forebear_warning_unmatched_samples"
  )
  alone <- curate_panel(as_genotypes(counts[-unlabeled, ]), labels_of(counts)[-unlabeled],
    three_tree)
  expect_identical(tidy(x), tidy(alone))
  expect_identical(tidy(x)$population, unname(labels_of(counts)[-unlabeled]))
})

test_that("distances are those of a plain count", {
  withr::with_seed(4, scores <- matrix(stats::rnorm(30 * 3), 30))
  plain <- function(k) {
    d <- as.matrix(stats::dist(scores))
    vapply(1:30, function(i) mean(sort(d[i, -i])[seq_len(min(k, 29))]), 0)
  }
  for (k in c(1, 20, 29, 50)) {
    for (block in c(7, 30, 512)) expect_equal(neighbor_distance(scores, k, block), plain(k))
  }
  # A sample and its duplicate are no distance apart.
  expect_equal(neighbor_distance(scores[c(1, 1, 2), ], 1)[1:2], c(0, 0))
})

test_that("a sample of another population is an outlier", {
  counts <- curated_genotypes()
  labels <- labels_of(counts)
  labels[["c1"]] <- "a"
  x <- curate_panel(as_genotypes(counts), labels)
  expect_true("c1" %in% x$removed$sample_id)
  expect_match(x$removed$detail[x$removed$sample_id == "c1"], "beyond the central 95 % of a")
})

test_that("relatives go by kinship", {
  counts <- curated_genotypes()
  counts["a2", ] <- counts["a1", ]
  counts["b5", 1:2900] <- counts["b1", 1:2900]
  x <- curate_panel(as_genotypes(counts), labels_of(counts),
    outliers = outlier_settings(central = 1))
  expect_identical(x$removed$sample_id, c("a2", "b5"))
  expect_identical(x$removed$reason, c("related", "related"))
  expect_match(x$removed$detail[1], "related to a1 (kinship 0.500)", fixed = TRUE)
  expect_match(x$removed$detail[2], "related to b1 (kinship 0.4", fixed = TRUE)
  expect_identical(is.na(tidy(x)$distance), rownames(counts) %in% c("a2", "b5"))
  kept <- curate_panel(as_genotypes(counts), labels_of(counts),
    outliers = outlier_settings(central = 1), max_kinship = 0.5)
  expect_identical(nrow(kept$labels), 120L)
})

test_that("relatives go by a table of IBD, whose rows of a pair are added up", {
  counts <- curated_genotypes()
  g <- as_genotypes(counts)
  ibd <- data.frame(sample_1 = c("a1", "a2", "b1", "c1", "zz", "b9", "a5"),
    sample_2 = c("a2", "a1", "b2", "c2", "c3", "b9", "a6"),
    cm = c(60, 50, 100, 99.9, 5000, 3500, "101"))
  gone <- function(ibd, ...) {
    curate_panel(g, labels_of(counts), outliers = outlier_settings(central = 1), ibd = ibd,
      ...)$removed
  }
  removed <- gone(ibd)
  expect_identical(removed$sample_id, c("a2", "a6"))
  expect_identical(removed$detail, c("related to a1 (110 cM)", "related to a5 (101 cM)"))
  expect_identical(gone(ibd, max_ibd = 5000)$sample_id, character())
  expect_identical(gone(ibd, max_ibd = 99)$sample_id, c("a2", "a6", "b2", "c2"))
  # The one with most relatives goes first.
  star <- data.frame(sample_1 = "b7", sample_2 = c("a1", "a3", "c9"), cm = 200)
  expect_identical(gone(star)$sample_id, "b7")
  path <- withr::local_tempfile()
  utils::write.table(ibd, path, quote = FALSE, row.names = FALSE, col.names = FALSE)
  expect_identical(gone(path), removed)
  utils::write.table(ibd, path, quote = FALSE, row.names = FALSE)
  expect_identical(gone(path), removed)
})

test_that("segments of hap-ibd, and tables by their header, are read", {
  counts <- curated_genotypes()
  g <- as_genotypes(counts)
  gone <- function(ibd) {
    curate_panel(g, labels_of(counts), outliers = outlier_settings(central = 1),
      ibd = ibd)$removed[c("sample_id", "detail")]
  }
  segments <- data.frame("a1", 1, c("a2", "a2", "a3"), c(1, 2, 1), 20, c(100, 5e6, 100),
    c(4e6, 9e6, 2e6), c("60.5", "50", "99"))
  want <- tibble::tibble(sample_id = "a2", detail = "related to a1 (110 cM)")
  path <- withr::local_tempfile(fileext = ".ibd.gz")
  file <- gzfile(path, "w")
  utils::write.table(segments, file, sep = "\t", quote = FALSE, row.names = FALSE,
    col.names = FALSE)
  close(file)
  expect_identical(gone(path), want)
  table <- data.frame(cM = segments[[8]], sample2 = segments[[3]], chrom = 20,
    sample1 = segments[[1]])
  expect_identical(gone(table), want)
  utils::write.table(table, path, quote = FALSE, row.names = FALSE)
  expect_identical(gone(path), want)
  utils::write.table(table[1:2], path, quote = FALSE, row.names = FALSE)
  expect_error(gone(path), "2 columns, and no header", class = "forebear_error_ibd_table")
  expect_error(gone(table[1:3]), "\"cM\"", class = "forebear_error_ibd_table")
})

test_that("the same seed and any threads give the same panel", {
  counts <- curated_genotypes()
  one <- curate_panel(as_genotypes(counts), labels_of(counts), threads = 1)
  expect_identical(curate_panel(as_genotypes(counts), labels_of(counts), threads = 2), one)
})

test_that("a panel prints and is drawn", {
  counts <- curated_genotypes(c(a = 10, b = 40, c = 40))
  x <- curate_panel(as_genotypes(counts), labels_of(counts), three_tree)
  expect_snapshot(x)
  map <- autoplot(x)
  expect_drawn(map)
  n_kept <- sum(tidy(x)$kept)
  expect_identical(nrow(ggplot2::layer_data(map, 1)), n_kept)
  expect_identical(nrow(ggplot2::layer_data(map, 2)), 90L - n_kept)
  expect_drawn(autoplot(x, type = "distance"))
  expect_drawn(autoplot(x, components = c(3, 2)))
})

test_that("mistakes are reported in words", {
  counts <- curated_genotypes()
  g <- as_genotypes(counts)
  labels <- labels_of(counts)
  file <- withr::local_tempfile()
  writeLines(c("a1 a2", "b1 b2"), file)
  expect_snapshot(conditions_of(
    curate_panel(1, labels),
    curate_panel(g, labels, ibd = data.frame(a = 1)),
    curate_panel(g, labels, ibd = data.frame(sample_1 = "a1", sample_2 = "a2", cm = "much")),
    curate_panel(g, labels, ibd = data.frame(sample_1 = "x", sample_2 = "y", cm = 1)),
    curate_panel(g, labels, ibd = 3),
    curate_panel(g, labels, outliers = outlier_settings(central = 2)),
    curate_panel(g, labels, min_samples = 1000),
    curate_panel(g, rep("a", 3)),
    autoplot(curate_panel(g, labels), components = 1)
  ))
  expect_error(curate_panel(g, labels, ibd = file), class = "forebear_error_ibd_table")
  expect_error(curate_panel(g, labels, ibd = "/no/such/file"), class = "forebear_error_file")
})

test_that("what missing genotypes leave open is not distance", {
  withr::local_seed(4)
  scores <- matrix(rnorm(200), 100, dimnames = list(paste0("s", 1:100), c("PC1", "PC2")))
  scores["s1", ] <- c(6, 0)
  scores["s2", ] <- c(0, 30)
  samples <- tibble::tibble(sample_id = rownames(scores), population = "a", reason = NA_character_,
    detail = NA_character_)
  std_errors <- 0 * scores
  outliers <- function(std_errors) {
    got <- mark_outliers(samples, list(scores = scores, std_errors = std_errors), 20, 0.98, "far")
    got$sample_id[!is.na(got$reason)]
  }
  expect_identical(outliers(NULL), c("s1", "s2"))
  expect_identical(outliers(std_errors), c("s1", "s2"))
  std_errors[c("s1", "s2"), ] <- 3
  expect_identical(outliers(std_errors), "s2")
  # Two equal errors: twice their variance times chi-squared with two degrees of freedom over two.
  expect_equal(open_distance(rbind(c(2, 2), c(3, 0), 0), 0.95),
    c(4 * qchisq(0.95, 2), 9 * qchisq(0.95, 1), 0))
})
