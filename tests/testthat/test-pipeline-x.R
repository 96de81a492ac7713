# Samples of two populations on chromosome 7 and X, 200 variants 0.1 cM apart on each; every second
# sample is a male and has one X. `source` [haplotypes x 400] is the population of every allele.
# At the first `n_par` of those on X, a pseudo-autosomal region, he has two.
x_alleles <- function(source, seed, n_par = 0) {
  n_haplotypes <- nrow(source)
  withr::with_seed(1, founders <- lapply(1:2, function(population) {
    frequency <- stats::runif(400, 0.1, 0.9)
    matrix(stats::rbinom(12 * 400, 1, rep(frequency, each = 12)), 12)
  }))
  withr::with_seed(seed, founder <- matrix(sample(12, n_haplotypes * 40, TRUE), n_haplotypes))
  founder <- founder[, rep(1:40, each = 10)]
  own <- cbind(as.vector(founder), as.vector(col(founder)))
  alleles <- matrix(ifelse(source == 1, founders[[1]][own], founders[[2]][own]), n_haplotypes)
  alleles[seq(4, n_haplotypes, by = 4), (201 + n_par):400] <- NA
  rownames(alleles) <- paste0("s", rep(seq_len(n_haplotypes / 2), each = 2), c("_1", "_2"))
  alleles
}

# Through a VCF, as data come.
x_haplotypes <- function(alleles, env = parent.frame()) {
  variants <- data.frame(chrom = rep(c("7", "X"), each = 200), ref = "A", alt = "C",
    position_bp = rep(1:200, 2) * 100000L)
  path <- withr::local_tempfile(fileext = ".vcf.gz", .local_envir = env)
  write_phased_vcf(as_haplotypes(alleles, variants = variants), path)
  read_phased_vcf(path)
}

test_that("X is called end to end: females have two haplotypes, males one", {
  population <- rep(1:2, each = 50)
  panel <- suppressMessages(reference_panel(
    x_haplotypes(x_alleles(matrix(population, 100, 400), 2)),
    stats::setNames(rep(c("north", "south"), each = 25), paste0("s", 1:50))
  ))
  model <- suppressMessages(local_ancestry(panel, window = window_settings(20, context = 10),
    hmm = pair_hmm(emissions = "both")))
  expect_equal(glance(model)$n_chromosomes, 2L)
  # Twelve queries: south, but north in the middle of the X of first haplotypes.
  source <- matrix(2, 24, 400)
  source[seq(1, 24, 2), 261:340] <- 1
  query <- x_haplotypes(x_alleles(source, 3))
  calls <- predict(model, query)
  male <- paste0("s", seq(2, 12, 2))
  on_x <- calls$chrom == "X"
  expect_equal(unique(calls$haplotype[on_x & calls$sample_id %in% male]), 1L)
  whole <- unique(calls[c("sample_id", "haplotype", "chrom", "window")])
  expect_equal(sum(whole$chrom == "X"), 6 * 10 + 6 * 2 * 10)
  expect_equal(sum(whole$chrom != "X"), 12 * 2 * 10)
  expect_equal(calls$.pred_north + calls$.pred_south, rep(1, nrow(calls)))
  in_middle <- calls$window %in% 4:7
  is_male <- calls$sample_id %in% male
  # A male has no second haplotype that could have been exchanged with the first.
  # Rows are windows or parts of them.
  called <- function(rows, ancestry) {
    length_bp <- calls$end_bp[rows] - calls$start_bp[rows] + 1
    sum(length_bp[calls$.pred_class[rows] == ancestry]) / sum(length_bp)
  }
  expect_gt(called(on_x & is_male & in_middle, "north"), 0.9)
  expect_gt(called(on_x & is_male & !in_middle, "south"), 0.9)
  of_females <- on_x & !is_male
  expect_equal(called(of_females, "north"), 0.2, tolerance = 0.25)
  expect_gt(called(!on_x, "south"), 0.95)
  expect_false(any(attr(calls, "switches")$chrom == "X" &
    attr(calls, "switches")$sample_id %in% male))
  # Everything that follows takes such calls.
  segments <- ancestry_segments(calls, threshold = 0)
  expect_equal(unique(segments$haplotype[segments$chrom == "X" & segments$sample_id == "s2"]), 1L)
  proportions <- ancestry_proportions(calls[on_x, ])
  expect_equal(nrow(proportions), 24)
  corrected <- correct_phase(query, calls)
  expect_s3_class(corrected$haplotypes, "forebear_haplotypes")
  expect_s3_class(corrected$calls, "forebear_ancestry_calls")
  path <- withr::local_tempfile()
  write_fb(calls, paste0(path, ".fb.tsv"))
  write_msp(calls, paste0(path, ".msp.tsv"))
  expect_s3_class(autoplot(calls, sample_id = "s2"), "ggplot")
  # And from females alone, or males alone.
  for (sex in c(TRUE, FALSE)) {
    some <- samples(query)$sample_id %in% male == sex
    expect_gt(mean(predict(model, query[some, ])$.pred_class ==
      calls$.pred_class[is_male == sex]), 0.97)
  }
})

test_that("males have one X in all that is done with calls, beside pseudo-autosomal variants", {
  panel <- suppressMessages(reference_panel(
    x_haplotypes(x_alleles(matrix(rep(1:2, each = 50), 100, 400), 2, n_par = 20)),
    stats::setNames(rep(c("north", "south"), each = 25), paste0("s", 1:50))
  ))
  model <- suppressMessages(local_ancestry(panel, window = window_settings(20, context = 10),
    calibrate = FALSE))
  # Sixteen queries of which each haplotype is of one ancestry on X, from end to end.
  n <- 16
  withr::with_seed(5, on_x <- sample(1:2, 2 * n, TRUE))
  source <- cbind(matrix(rep_len(1:2, 2 * n), 2 * n, 200), matrix(on_x, 2 * n, 200))
  query <- suppressMessages(x_haplotypes(x_alleles(source, 3, n_par = 20)))
  expect_message(calls <- predict(model, query), "\"X\" samples have one haplotype at some",
    class = "forebear_message_mixed_copies")
  male <- paste0("s", seq(2, n, 2))
  is_male <- paste0("s", seq_len(n)) %in% male
  x <- calls[calls$chrom == "X", ]
  expect_setequal(x$haplotype[x$sample_id %in% male], 1L)
  expect_setequal(x$haplotype[!x$sample_id %in% male], 1:2)
  expect_false(any(attr(calls, "switches")$sample_id[attr(calls, "switches")$chrom == "X"] %in%
    male))
  # What is called is the truth, so that all that follows can be counted by hand.
  north <- matrix(on_x == 1, 2)
  wanted <- c(rbind(north[1, ], ifelse(is_male, NA, north[2, ])))
  owner <- paste(rep(paste0("s", seq_len(n)), each = 2), 1:2)
  got <- tapply(x$.pred_class == "north", paste(x$sample_id, x$haplotype), mean)
  expect_equal(as.vector(got[owner[!is.na(wanted)]] > 0.5), wanted[!is.na(wanted)])
  calls$.pred_north <- (calls$.pred_class == "north") + 0
  calls$.pred_south <- 1 - calls$.pred_north
  x <- calls[calls$chrom == "X", ]
  # Mapping: dosage 0 or 2 of males, and a plain lm() with sex.
  middle <- 7
  north_of <- function(rows) {
    length_of <- rows$end_bp - rows$start_bp + 1
    sum(length_of * rows$.pred_north) / sum(length_of)
  }
  dosage <- vapply(paste0("s", seq_len(n)), function(id) {
    own <- x[x$sample_id == id & x$window == middle, ]
    2 * mean(vapply(split(own, own$haplotype), north_of, 0))
  }, 0)
  expect_setequal(round(dosage[male], 8), c(0, 2))
  y <- withr::with_seed(6, stats::setNames(stats::rnorm(n), paste0("s", seq_len(n))))
  sex <- data.frame(sample_id = paste0("s", seq_len(n)), sex = ifelse(is_male, "male", "female"))
  map <- map_admixture(calls, y, sex, ancestry = "north", replicates = 0)
  proportions <- ancestry_proportions(calls)
  own <- proportions[proportions$ancestry == "north", ]
  proportion <- own$proportion[match(names(y), own$sample_id)]
  want <- summary(stats::lm(y ~ sex$sex + proportion + dosage))$coefficients["dosage", ]
  expect_equal(unlist(map[map$chrom == "X" & map$window == middle,
    c("estimate", "std_error", "statistic", "p")]), want, tolerance = 1e-8, ignore_attr = TRUE)
  # Proportions: a male's X counts once. Chromosomes are of one length.
  by_hand <- vapply(seq_len(n), function(i) {
    rows <- calls[calls$sample_id == paste0("s", i), ]
    of <- split(rows, paste(rows$chrom, rows$haplotype))
    expect_length(of, if (is_male[i]) 3 else 4)
    mean(vapply(of, north_of, 0))
  }, 0)
  expect_equal(proportion, by_hand, tolerance = 1e-3)
  # Frequencies and Tractor's tables: haplotypes of males once, also in the pseudo-autosomal region.
  alleles <- as.matrix(query)
  prefix <- withr::local_tempfile()
  files <- write_tractor(calls, query, prefix)
  frequencies <- ancestry_frequencies(calls, query)
  tables <- lapply(list(hapcount = files$hapcount, dosage = files$dosage), function(paths) {
    lapply(stats::setNames(paths, files$ancestry), function(path) {
      utils::read.delim(path, check.names = FALSE, colClasses = c(ID = "character"))
    })
  })
  for (variant in c(5, 205, 300, 390)) {
    at <- variants(query)[variant, ]
    called <- vapply(owner, function(one) {
      rows <- calls[paste(calls$sample_id, calls$haplotype) == one & calls$chrom == at$chrom &
        calls$start_bp <= at$position_bp & calls$end_bp >= at$position_bp, ]
      if (nrow(rows) == 0) NA_character_ else rows$.pred_class
    }, "")
    expect_equal(sum(is.na(called)), if (at$chrom == "X") length(male) else 0)
    for (name in c("north", "south")) {
      is_own <- called %in% name
      row <- frequencies[frequencies$variant_id == at$variant_id & frequencies$ancestry == name, ]
      expect_equal(row$n_effective, sum(is_own))
      expect_equal(row$allele_frequency, mean(alleles[is_own, variant]))
      counts <- function(values) unname(colSums(matrix(values, 2)))
      expect_equal(unname(unlist(tables$hapcount[[name]][variant, -(1:5)])), counts(is_own + 0))
      expect_equal(unname(unlist(tables$dosage[[name]][variant, -(1:5)])),
        counts(ifelse(is_own, alleles[, variant], 0)))
    }
  }
  # By itself the pseudo-autosomal region is called of both haplotypes.
  par <- suppressMessages(local_ancestry(reference_panel(panel$haplotypes[, 201:220],
    stats::setNames(as.character(panel$population), samples(panel$haplotypes)$sample_id)),
  window = window_settings(10, context = 5), calibrate = FALSE))
  both <- suppressMessages(predict(par, query[, 201:220]))
  expect_setequal(both$haplotype[both$sample_id %in% male], 1:2)
})
