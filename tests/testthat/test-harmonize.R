# Thirty samples at forty variants, all minor alleles rare enough to settle strands.
reference_genotypes <- function(ref = "A", alt = "C") {
  counts <- withr::with_seed(5, matrix(stats::rbinom(30 * 40, 2, 0.08), 30))
  dimnames(counts) <- list(paste0("s", 1:30), paste0("v", 1:40))
  as_genotypes(counts, variants = data.frame(
    chrom = rep(c("1", "2"), each = 20), position_bp = rep(1:20 * 100L, 2), ref = ref, alt = alt
  ))
}

# As new samples, whom no fit knows.
as_new <- function(g) {
  g$samples$sample_id <- paste0("new_", g$samples$sample_id)
  g
}

with_variants <- function(counts, ...) as_genotypes(counts, variants = data.frame(...))

complement <- function(x) chartr("ACGT", "TGCA", x)

report_of <- function(x) attr(x, "report")

test_that("order, further variants and the chr prefix do not matter", {
  g <- reference_genotypes()
  v <- variants(g)
  prefixed <- with_variants(as.matrix(g), chrom = paste0("chr", v$chrom),
    position_bp = v$position_bp, ref = "A", alt = "C")
  aligned <- harmonize(prefixed[, 40:1], g[, c(1:10, 31:35)])
  expect_identical(as.matrix(aligned), as.matrix(g[, c(1:10, 31:35)]))
  expect_identical(variants(aligned), variants(g[, c(1:10, 31:35)]))
  expect_identical(attr(aligned, "overlap"), 1)
  expect_named(report_of(aligned), c("variant_id", "chrom", "position_bp", "ref", "alt",
    "new_variant_id", "new_ref", "new_alt", "outcome", "reason"))
  expect_setequal(report_of(aligned)$outcome, "kept")
})

test_that("swapped and flipped alleles are aligned, absent ones are missing", {
  for (alleles in list(c("A", "C"), c("A", "T"))) {
    g <- reference_genotypes(alleles[1], alleles[2])
    v <- variants(g)
    counts <- as.matrix(g)
    counts[3, 5:9] <- NA
    want <- counts
    swapped <- 1:40 %% 3 == 0
    flipped <- 1:40 %% 4 == 0
    counts[, swapped] <- 2L - counts[, swapped]
    ref <- ifelse(swapped, v$alt, v$ref)
    alt <- ifelse(swapped, v$ref, v$alt)
    changed <- with_variants(counts, chrom = v$chrom, position_bp = v$position_bp,
      ref = ifelse(flipped, complement(ref), ref), alt = ifelse(flipped, complement(alt), alt))
    aligned <- harmonize(changed[, -(31:34)], g)
    want[, 31:34] <- NA
    expect_identical(as.matrix(aligned), want)
    outcome <- ifelse(swapped, ifelse(flipped, "flipped_swapped", "swapped"),
      ifelse(flipped, "flipped", "kept"))
    outcome[31:34] <- "dropped"
    expect_identical(report_of(aligned)$outcome, outcome)
    expect_identical(report_of(aligned)$reason[31:34], rep("absent", 4))
    expect_identical(attr(aligned, "overlap"), 0.9)
  }
})

test_that("aligned genotypes are cut, saved, written and aligned again like any others", {
  g <- reference_genotypes()
  v <- variants(g)
  prefix <- withr::local_tempfile()
  swapped <- with_variants(2 - as.matrix(g), chrom = v$chrom, position_bp = v$position_bp,
    ref = "C", alt = "A")
  write_bed(swapped[, -1], prefix)
  aligned <- harmonize(read_bed(prefix), g)
  want <- as.matrix(g)
  want[, 1] <- NA
  expect_identical(as.matrix(aligned), want)
  expect_identical(as.matrix(aligned[c(7, 2), c(3, 1, 40)]), want[c(7, 2), c(3, 1, 40)])
  expect_null(report_of(aligned[, 1:3]))
  expect_identical(as.matrix(aligned[2:3, 1]), want[2:3, 1, drop = FALSE])
  saved <- withr::local_tempfile()
  saveRDS(aligned, saved)
  expect_identical(as.matrix(readRDS(saved)), want)
  written <- withr::local_tempfile()
  write_bed(aligned, written)
  expect_identical(as.matrix(read_bed(written)), want)
  expect_identical(variants(read_bed(written))$alt, v$alt)
  again <- harmonize(aligned, swapped)
  expect_identical(as.matrix(again)[, -1], 2L - want[, -1])
  expect_output(print(aligned), "aligned to a reference: 39 swapped, 1 absent")
})

test_that("ambiguous alleles in the middle are dropped unless strands are said to be the same", {
  counts <- random_counts(40, 10, missing = 0)
  counts[, 1:4] <- rep(c(0, 1, 2, 1), 10)
  g <- with_variants(counts, position_bp = 1:10, ref = "C", alt = c(rep("G", 4), rep("T", 6)))
  checked <- harmonize(g, g, min_overlap = 0.5)
  expect_identical(report_of(checked)$reason, rep(c("ambiguous_strand", NA), c(4, 6)))
  expect_true(all(is.na(as.matrix(checked)[, 1:4])))
  same <- harmonize(g, g, strand = "same")
  expect_identical(as.matrix(same), as.matrix(g))
})

# 60 samples at 600 variants, a third of them A/T or C/G, with common alleles.
palindromic_genotypes <- function(n_variants = 600) {
  withr::local_seed(2)
  frequency <- matrix(stats::runif(3 * n_variants, 0.3, 0.7), n_variants)
  counts <- t(vapply(rep(1:3, 20), function(k) stats::rbinom(n_variants, 2, frequency[, k]),
    integer(n_variants)))
  rownames(counts) <- paste0("s", 1:60)
  ref <- sample(c("A", "C", "G", "T"), n_variants, TRUE)
  alt <- vapply(ref, function(x) sample(setdiff(c("A", "C", "G", "T"), x), 1), "")
  with_variants(counts, chrom = "1", position_bp = seq_len(n_variants), ref = ref,
    alt = unname(alt))
}

is_palindromic <- function(v) v$alt == complement(v$ref)

test_that("A/T and C/G are taken as they stand where no other variant is flipped", {
  g <- palindromic_genotypes()
  n <- sum(is_palindromic(variants(g)))
  expect_gt(n, 150)
  words <- sprintf("%d A/T and C/G variants are not flipped: none of %d other variants is",
    n, 600 - n)
  for (rows in list(1:60, 7)) {
    expect_message(aligned <- harmonize(g[rows, ], g), words, class = "forebear_message_strand")
    expect_true(identical(as.matrix(aligned), as.matrix(g[rows, ])))
    expect_identical(report_of(aligned)$reason,
      ifelse(is_palindromic(variants(g)), "data_set", NA))
  }
  fit <- pca(g, num_comp = 2)
  expect_message(predict(fit, g[1:9, ]), words, class = "forebear_message_strand")
})

test_that("A/T and C/G are flipped where all other variants are", {
  g <- palindromic_genotypes()
  flipped <- g
  flipped$variants$ref <- complement(g$variants$ref)
  flipped$variants$alt <- complement(g$variants$alt)
  for (rows in list(1:60, 7)) {
    expect_message(aligned <- harmonize(flipped[rows, ], g),
      "variants are flipped: none of [0-9]+ other variants is not flipped",
      class = "forebear_message_strand")
    expect_identical(as.matrix(aligned), as.matrix(g[rows, ]))
  }
})

test_that("a data set in which a merge has mixed strands is found out", {
  g <- palindromic_genotypes(3000)
  palindromic <- which(is_palindromic(variants(g)))
  for (proportion in c(0.03, 0.3)) {
    on_other <- palindromic[seq_len(round(proportion * length(palindromic)))]
    mixed <- g
    # The letters of the other strand, for the same genotypes.
    mixed$variants[on_other, c("ref", "alt")] <- variants(g)[on_other, c("alt", "ref")]
    expect_message(aligned <- harmonize(mixed, g, min_overlap = 0.5), "by their frequencies about",
      class = "forebear_message_strand")
    expect_equal(attr(aligned, "strand")$mixture, proportion, tolerance = 0.1)
    got <- as.matrix(aligned)
    there <- !is.na(got[1, ])
    expect_true(identical(got[, there], as.matrix(g)[, there]))
    expect_true(all(there[-palindromic]))
  }
})

test_that("both strands, or few others, leave A/T and C/G to their frequencies", {
  g <- palindromic_genotypes()
  others <- which(!is_palindromic(variants(g)))
  mixed <- g
  some <- others[1:50]
  mixed$variants$ref[some] <- complement(g$variants$ref[some])
  mixed$variants$alt[some] <- complement(g$variants$alt[some])
  expect_message(aligned <- harmonize(mixed, g, min_overlap = 0.5),
    "left out: 50 of [0-9]+ other variants are flipped", class = "forebear_message_strand")
  expect_identical(unique(report_of(aligned)$reason[-others]), c("ambiguous_strand"))
  few <- g[, sort(c(which(is_palindromic(variants(g))), others[1:99]))]
  expect_message(harmonize(few, few, min_overlap = 0.2),
    "left out: 99 other variants do not show the strand", class = "forebear_message_strand")
  expect_error(harmonize(few, few), "strand = \"same\"", class = "forebear_error_overlap")
})

test_that("alleles that are no bases, and variants without a place, are named as the cause", {
  g <- reference_genotypes()
  coded <- function(ref, alt, chrom = variants(g)$chrom) {
    with_variants(as.matrix(g), chrom = chrom, position_bp = variants(g)$position_bp, ref = ref,
      alt = alt)
  }
  expect_snapshot(conditions_of(
    harmonize(coded("A", "B"), g),
    harmonize(coded("1", "2"), g),
    harmonize(coded(c("1", "3"), c("2", "4")), g),
    harmonize(coded("D", "I"), g),
    harmonize(g, coded("A", "B")),
    harmonize(coded("1", "2"), coded("B", "A")),
    harmonize(coded("A", "C", "0"), g)
  ))
  expect_identical(attr(harmonize(coded("A", "B"), coded("B", "A")), "overlap"), 1)
})

test_that("a fit is a reference like the genotypes it was made from", {
  g <- reference_genotypes()
  fits <- list(pca(g, num_comp = 2), archetypes(g, k = 3), archetypes(g, k = 3, dims = "all"))
  for (fit in fits) {
    expect_identical(as.matrix(harmonize(g, fit)), as.matrix(g))
  }
  scores <- archetypes(pca(g, num_comp = 2)$scores, k = 3)
  expect_error(harmonize(g, scores), class = "forebear_error_argument")
})

test_that("predictions do not depend on how the alleles are written, and say what is missing", {
  g <- reference_genotypes()
  v <- variants(g)
  swapped <- 1:40 %% 3 == 0
  counts <- as.matrix(g)
  counts[, swapped] <- 2L - counts[, swapped]
  changed <- with_variants(counts, chrom = v$chrom, position_bp = v$position_bp,
    ref = complement(ifelse(swapped, "C", "A")), alt = complement(ifelse(swapped, "A", "C")))
  changed <- as_new(changed)
  fit <- pca(g, num_comp = 2, method = "exact")
  for (method in c("oadp", "simple")) {
    expect_no_message(got <- predict(fit, changed, method = method))
    expect_identical(got, predict(fit, as_new(g), method = method))
    expect_message(some <- predict(fit, changed[, -(2:4)], method = method),
      "37 of the 40 variants of the fit are used", class = "forebear_message_overlap")
    missing <- as.matrix(as_new(g))
    missing[, 2:4] <- NA
    expect_equal(some, predict(fit, missing, method = method))
  }
  weights <- archetypes(g, k = 3)
  expect_identical(predict(weights, changed), predict(weights, as_new(g)))
})

test_that("what cannot be aligned is refused, and says why", {
  g <- reference_genotypes()
  v <- variants(g)
  counts <- as.matrix(g)
  other <- with_variants(counts, chrom = v$chrom, position_bp = v$position_bp, ref = "A",
    alt = ifelse(1:40 <= 20, "G", "C"))
  moved <- with_variants(counts, chrom = v$chrom, position_bp = v$position_bp + 5L, ref = "A",
    alt = "C")
  beyond <- with_variants(counts, chrom = c(rep("17", 39), "19"),
    position_bp = c(83000000 + 1:39, 5))
  hg19 <- with_variants(counts, chrom = rep("2", 40), position_bp = 243000000 + 1:40)
  elsewhere <- with_variants(counts, chrom = rep("scaffold_7", 40))
  expect_snapshot(conditions_of(
    harmonize(g[, -(1:9)], g),
    harmonize(g[, 1:5], g, min_overlap = 0.5),
    harmonize(other, g),
    harmonize(moved, g),
    harmonize(beyond, hg19),
    harmonize(elsewhere, g),
    harmonize(g, as.matrix(g)),
    harmonize("g", g),
    harmonize(g, g, min_overlap = 2),
    harmonize(g, g, strand = "forward"),
    predict(pca(g, num_comp = 2), g[, 1:5])
  ))
})

test_that("a matrix must have the variants of the fit as its columns", {
  g <- reference_genotypes()
  fit <- pca(g, num_comp = 2, method = "exact")
  expect_error(predict(fit, as.matrix(g)[, -1]), class = "forebear_error_variants_differ")
  expect_error(predict(fit, as.matrix(g)[, 40:1]), "Column 1 is \"v40\", not \"v1\"")
  expect_error(predict(fit, "x"), class = "forebear_error_argument")
})

# The reference on another build, with other positions and order; alleles exchanged at one variant,
# on the other strand at another.
test_that("variants are matched by ID whatever their positions", {
  counts <- random_counts(20, 200, missing = 0)
  table <- data.frame(variant_id = paste0("rs", 1:200), chrom = rep(c("1", "X"), each = 100),
    position_bp = rep(1:100 * 1000L, 2), ref = "A", alt = "G")
  reference <- as_genotypes(counts[1:10, ], variants = table)
  theirs <- table[c(200:2), ]
  theirs$position_bp <- rev(theirs$position_bp) + 7L
  theirs$chrom <- rev(theirs$chrom)
  theirs[1, c("ref", "alt")] <- c("G", "A")
  theirs[2, c("ref", "alt")] <- c("T", "C")
  copies <- counts[11:20, 200:2]
  copies[, 1] <- 2 - copies[, 1]
  more <- rbind(theirs, data.frame(variant_id = "rs999", chrom = "2", position_bp = 5L, ref = "A",
    alt = "G"))
  new <- as_genotypes(cbind(copies, 0), variants = more)
  aligned <- harmonize(new, reference, by = "id")
  want <- counts[11:20, ]
  want[, 1] <- NA
  expect_identical(unname(as.matrix(aligned)), unname(want))
  expect_identical(variants(aligned), variants(reference))
  report <- attr(aligned, "report")
  expect_identical(report$outcome[c(1, 2, 199, 200)], c("dropped", "kept", "flipped", "swapped"))
  expect_identical(report$reason[1], "absent")
  expect_identical(report$new_variant_id[2], "rs2")
  expect_error(harmonize(new, reference), class = "forebear_error")
  twice <- reference
  twice$variants$variant_id[5] <- "rs1"
  expect_error(harmonize(new, twice, by = "id"), "\"rs1\"", class = "forebear_error_duplicate_ids")
  other <- new
  other$variants$variant_id <- paste0("x", seq_len(ncol(new)))
  expect_error(harmonize(other, reference, by = "id"), "\"x1\"", class = "forebear_error_overlap")
  expect_error(harmonize(new[, 1:5], reference, by = "id"), class = "forebear_error_overlap")
})

test_that("columns of a plain matrix are not matched with positions", {
  counts <- random_counts(20, 150)
  placed <- as_genotypes(counts[11:20, ], variants = data.frame(chrom = "2",
    position_bp = 1e5L + 1:150 * 1000L, ref = "A", alt = "G"))
  of_matrix <- pca(counts[1:10, ], num_comp = 2)
  of_genotypes <- pca(placed, num_comp = 2)
  columns <- as_genotypes(counts[1:10, ])
  expect_snapshot(conditions_of(
    predict(of_matrix, placed),
    predict(of_genotypes, columns),
    harmonize(placed, columns[, seq(1, 150, by = 40)]),
    harmonize(columns, placed)
  ))
  expect_error(predict(of_matrix, placed), class = "forebear_error_no_positions")
  # The same columns are matched, as a matrix and as genotypes.
  expect_identical(nrow(predict(of_matrix, counts[11:20, ])), 10L)
  expect_identical(nrow(predict(of_matrix, as_genotypes(counts[11:20, ]))), 10L)
  expect_identical(nrow(predict(of_genotypes, counts[1:10, ])), 10L)
})

test_that("named columns of matrices are matched by name, not by number", {
  counts <- withr::with_seed(1, matrix(rbinom(60 * 200, 2, 0.4), 60,
    dimnames = list(paste0("s", 1:60), paste0("m", 1:200))))
  reference <- as_genotypes(counts[1:50, ])
  some <- setdiff(1:200, c(3, 50, 120))
  for (columns in list(some, 200:1)) {
    new <- as_genotypes(counts[51:60, columns])
    aligned <- harmonize(new, reference, strand = "same")
    expected <- replace(counts[51:60, ], col(counts[51:60, ]) %in% setdiff(1:200, columns), NA)
    expect_identical(unname(as.matrix(aligned)), unname(expected))
    joined <- suppressMessages(rbind(reference, new))
    expect_identical(as.matrix(joined), counts[, colnames(as.matrix(joined))])
  }
  fit <- pca(reference, num_comp = 2)
  expect_equal(predict(fit, as_genotypes(counts[51:60, 200:1])), predict(fit, counts[51:60, ]))
  unnamed <- as_genotypes(unname(counts[51:60, ]))
  expect_identical(attr(harmonize(unnamed, reference, strand = "same"), "overlap"), 1)
})

test_that("positions that only number variants are reported by their IDs", {
  places <- data.frame(variant_id = paste0("m", 1:200), chrom = "3", position_bp = 1:200,
    ref = "A", alt = "C")
  counts <- withr::with_seed(1, matrix(rbinom(20 * 200, 2, 0.4), 20,
    dimnames = list(paste0("s", 1:20), NULL)))
  reference <- as_genotypes(counts[1:10, ], variants = places)
  fewer <- places[-5, ]
  fewer$position_bp <- 1:199
  new <- as_genotypes(counts[11:20, -5], variants = fewer)
  expect_warning(harmonize(new, reference, strand = "same"), class = "forebear_warning_moved_ids",
    "195 of the 199 variants .* first \"m5\": at 3:5 there is \"m6\"|first \"m6\"")
  expect_no_warning(harmonize(new, reference, strand = "same", by = "id"))
  places$variant_id <- paste0("other", 1:200)
  expect_no_warning(harmonize(new, as_genotypes(counts[1:10, ], variants = places),
    strand = "same"))
})

test_that("columns that count the other allele show it by their frequencies", {
  counts <- random_counts(40, 300)
  fit <- pca(as_genotypes(counts[1:30, ]), num_comp = 2)
  other <- 2 - counts[31:40, ]
  expect_snapshot(conditions_of(predict(fit, other)))
  one_sample <- other[1, , drop = FALSE]
  expect_warning(predict(fit, one_sample), class = "forebear_warning_other_allele")
  expect_warning(predict(fit, as_genotypes(other)), class = "forebear_warning_other_allele")
  expect_warning(rbind(as_genotypes(counts[1:30, ]), as_genotypes(other)),
    class = "forebear_warning_other_allele")
  expect_no_warning(predict(fit, counts[31:40, ]))
  expect_no_warning(predict(fit, counts[31, , drop = FALSE]))
  # Too few columns, and frequencies that differ by chance alone.
  few <- pca(as_genotypes(counts[1:30, 1:99]), num_comp = 2)
  expect_no_warning(predict(few, other[, 1:99]))
  even <- withr::with_seed(1, matrix(stats::rbinom(40 * 300, 2, 0.5), 40))
  expect_no_warning(predict(pca(as_genotypes(even[1:30, ]), num_comp = 2), even[31:40, ]))
})

test_that("columns in another order show it by their frequencies, also those of one sample", {
  counts <- unname(random_counts(40, 300))
  fit <- pca(as_genotypes(counts[1:30, ]), num_comp = 2)
  order <- withr::with_seed(1, sample(300))
  shuffled <- counts[31:40, order]
  expect_snapshot(conditions_of(predict(fit, shuffled)))
  expect_warning(predict(fit, shuffled[2, , drop = FALSE]),
    class = "forebear_warning_other_variants")
  some <- counts[31:40, ]
  some[, 1:160] <- 2 - some[, 1:160]
  expect_warning(predict(fit, some), class = "forebear_warning_other_variants")
  expect_no_warning(predict(fit, counts[31:40, ]))
  # Samples of a population that was not in the fit.
  far <- withr::with_seed(2, {
    p <- colMeans(counts[1:30, ], na.rm = TRUE) / 2
    p <- pmin(pmax(p + stats::rnorm(300, 0, 0.25), 0), 1)
    matrix(stats::rbinom(5 * 300, 2, rep(p, each = 5)), 5)
  })
  expect_no_warning(predict(fit, far))
})
