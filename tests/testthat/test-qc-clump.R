# Clumps of PLINK as text: index variant, all members and those below `--clump-p2`.
plink_clumps <- function(path) {
  lines <- strsplit(trimws(readLines(path)), " +")
  lines <- lines[lengths(lines) == 12][-1]
  vapply(lines, function(line) {
    paste(line[[3]], line[[6]], gsub("[(]1[)]", "", line[[12]]))
  }, "")
}

our_clumps <- function(table, p2) {
  vapply(split(table, table$clump), function(own) {
    members <- own[-1, ]
    listed <- members$variant_id[members$p < p2]
    paste(own$index_id[[1]], nrow(members), if (length(listed) == 0) "NONE" else
      paste(listed, collapse = ","))
  }, "", USE.NAMES = FALSE)
}

study_p <- function(ids, seed) {
  withr::with_seed(seed, {
    p <- 10^-stats::rexp(length(ids), 1.6)
    ties <- seq_along(ids) %% 5 == 0
    p[ties] <- pmax(round(p[ties], 2), 0.01)
    data.frame(SNP = ids, P = signif(p, 6))[-seq(7, length(ids), by = 11), ]
  })
}

test_that("clumps are those of PLINK 1.9", {
  skip_without("plink1.9")
  for (seed in 1:2) {
    prefix <- local_random_set(seed, n_samples = 80, missing = 0.03)
    g <- read_bed(prefix)
    autosomes <- c("0", "1", "2", "XY")
    p <- study_p(variants(g)$variant_id[variants(g)$chrom %in% autosomes], seed)
    path <- paste0(prefix, ".assoc")
    write.table(p, path, quote = FALSE, row.names = FALSE)
    for (r2 in c(0.1, 0.5)) {
      out <- plink("plink1.9", prefix, known_parents, "--clump", path, "--clump-p1 0.01",
        "--clump-p2 0.1", "--clump-r2", r2, "--clump-kb 20")
      ours <- suppressMessages(clump(g, p, max_p = 0.01, r2 = r2, window = 20))
      expect_identical(our_clumps(ours, 0.1), plink_clumps(paste0(out, ".clumped")))
    }
  }
})

test_that("clumps of sex chromosomes are those of PLINK 1.9: males have one haplotype", {
  skip_without("plink1.9")
  for (seed in 3:5) {
    prefix <- local_random_set(seed, n_samples = 80, missing = 0.03)
    g <- read_bed(prefix)
    for (chrom in c("X", "Y", "MT")) {
      p <- study_p(variants(g)$variant_id[variants(g)$chrom == chrom], seed)
      path <- paste0(prefix, ".assoc")
      write.table(p, path, quote = FALSE, row.names = FALSE)
      out <- plink("plink1.9", prefix, known_parents, "--clump", path, "--clump-p1 0.1",
        "--clump-p2 1", "--clump-r2 0.2 --clump-kb 20")
      ours <- suppressMessages(clump(g, p, max_p = 0.1, r2 = 0.2, window = 20,
        sex_chromosomes = TRUE))
      expect_gt(nrow(ours), length(unique(ours$clump)))
      expect_identical(our_clumps(ours, 1), plink_clumps(paste0(out, ".clumped")), info = chrom)
    }
  }
})

test_that("clumps of the panel are the golden ones of PLINK 1.9", {
  g <- read_bed(example_data("panel"))
  p <- study_p(variants(g)$variant_id, 3)
  ours <- clump(g, p, max_p = 0.001, r2 = 0.2, window = 2000)
  golden <- readLines(test_path("golden", "qc", "panel.clumps"))
  expect_identical(our_clumps(ours, 0.05), golden)
  expect_named(ours, c("clump", "index_id", "variant_id", "chrom", "position_bp", "p", "r2"))
  expect_false(anyDuplicated(ours$variant_id) > 0)
  expect_true(all(ours$r2 > 0.2))
})

test_that("a table of p-values may have several shapes", {
  g <- read_bed(example_data("panel"))[, 1:300]
  ids <- variants(g)$variant_id
  p <- stats::setNames(seq_along(ids) / 300, ids)
  want <- clump(g, p, max_p = 0.1)
  expect_identical(clump(g, data.frame(`#ID` = ids, p_value = p, check.names = FALSE), max_p = 0.1),
    want)
  expect_message(clump(g, c(p, other = 1e-9), max_p = 0.1), class =
    "forebear_message_absent_variants")
  expect_message(none <- clump(g, p, max_p = 1e-6), class = "forebear_message_no_clump")
  expect_identical(nrow(none), 0L)
})

test_that("a table that cannot be clumped is refused", {
  g <- read_bed(example_data("panel"))[, 1:10]
  ids <- variants(g)$variant_id
  refused <- function(p) expect_error(clump(g, p), class = "forebear_error_p_values")
  refused(1:10 / 10)
  refused(data.frame(SNP = ids))
  refused(data.frame(SNP = ids, P = "a"))
  refused(stats::setNames(c(1.5, rep(0.1, 9)), ids))
  refused(c(stats::setNames(rep(0.1, 10), ids), stats::setNames(0.2, ids[[1]])))
  refused(c(unknown = 0.1))
})
