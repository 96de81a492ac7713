skip_on_cran() # Takes long.

# Calls whose windows are split: every verb gives what the variants one by one say.

ragged_calls <- function(n_samples = 3, n_windows = c("1" = 6, "2" = 4), changed = TRUE, seed = 1,
                         tree = "((a,b)ab,c)all;", ...) {
  calls <- with_variants(random_calls(n_samples, n_windows, tree = tree, seed = seed, ...), seed)
  split_calls(calls, changed, seed = seed)
}

# What does not depend on how windows are split.
answers_of_calls <- function(calls, truth) {
  samples <- unique(calls$sample_id)
  region <- paste0(calls$chrom[1], ":20-70")
  list(
    segments = ancestry_segments(calls, 0.6), best = ancestry_segments(calls, 0),
    proportions = lapply(c("bp", "cm", "windows"), function(weight) {
      ancestry_proportions(calls, weight = weight)
    }),
    scores = evaluate_calls(calls, truth), bins = tidy(reliability(calls, truth)),
    reliability = glance(reliability(calls, truth)), q = as_q_matrix(calls),
    switches = phase_switches(calls), karyogram = autoplot(calls, sample_id = samples[1:2])$data,
    region = autoplot(calls, type = "region", region = region)$data,
    bed = readLines(write_tracts_bed(calls, withr::local_tempfile())),
    printed = utils::capture.output(print(calls))[1:3],
    ranges = if (requireNamespace("GenomicRanges", quietly = TRUE)) {
      as.data.frame(as_granges(calls))
    }
  )
}

test_that("splitting rows without changing posteriors changes no answer", {
  for (seed in 1:4) {
    whole <- with_variants(random_calls(3, c("1" = 9, "2" = 5), tree = "((a,b)ab,c)all;",
      seed = seed), seed)
    truth <- ancestry_segments(random_calls(3, c("1" = 9, "2" = 5), seed = seed + 10), 0)
    for (left_out in c(0L, 4L)) {
      whole <- whole[whole$window != left_out, ]
      want <- answers_of_calls(whole, truth)
      split <- split_calls(whole, seed = seed)
      expect_gt(nrow(split), nrow(whole))
      expect_equal(answers_of_calls(split, truth), want)
      attr(split, "variants") <- NULL
      expect_equal(answers_of_calls(split, truth), want)
    }
  }
})

test_that("blocks are the windows cut at every border, worked by hand", {
  calls <- with_variants(random_calls(1, c("1" = 2)))
  attr(calls, "variants") <- tibble::tibble(chrom = "1",
    position_bp = c(5L, 7L, 8L, 11L, 14L, 19L, 20L, 21L, 22L, 28L),
    position_cm = c(0, 0.05, 0.1, 0.2, 0.5, 1, 1.1, 1.2, 1.3, 1.5))
  # Haplotype 1: 5-7, 8-14, 19-28; haplotype 2: 5-11, 14, 19-20, 21-28.
  calls <- calls[c(1, 1, 2, 3, 3, 4, 4), ]
  calls$start_bp <- c(5L, 8L, 19L, 5L, 14L, 19L, 21L)
  calls$end_bp <- c(7L, 14L, 28L, 11L, 14L, 20L, 28L)
  block <- call_blocks(calls)[[1]]
  expect_identical(block$row, cbind(c(1L, 2L, 2L, 3L, 3L), c(4L, 4L, 5L, 6L, 7L)))
  expect_identical(block$windows$window, c(1L, 1L, 1L, 2L, 2L))
  expect_identical(block$windows$start_bp, c(5L, 8L, 14L, 19L, 21L))
  expect_identical(block$windows$end_bp, c(7L, 11L, 14L, 20L, 28L))
  expect_identical(block$windows$n_variants, c(2L, 2L, 1L, 2L, 3L))
  expect_equal(block$windows$start_cm, c(0, 0.1, 0.5, 1, 1.2))
  expect_equal(block$windows$end_cm, c(0.05, 0.2, 0.5, 1.1, 1.5))
  pieces <- call_pieces(calls)[[1]]
  expect_equal(piece_edges(pieces)$part, c(2, 3, 5, 4, 1, 2, 3) / 5)
  expect_equal(piece_edges(pieces)$high_bp, c(7, 16, 28, 12, 16, 20, 28))
  # Without variants, genetic positions go up evenly.
  attr(calls, "variants") <- NULL
  block <- call_blocks(calls)[[1]]
  expect_identical(block$windows$n_variants, rep(NA_integer_, 5))
  expect_equal(block$windows$start_cm, c(0, 0.5 * 3 / 9, 0.5, 1, 1 + 0.5 * 2 / 9))
  expect_equal(block$windows$end_cm, c(0.5 * 2 / 9, 0.5 * 6 / 9, 0.5, 1 + 0.5 / 9, 1.5))
  expect_equal(piece_edges(call_pieces(calls)[[1]])$part,
    c(3 / 12, 9 / 12, 1, 8 / 12, 4 / 12, 4 / 12, 8 / 12))
  # Rows may come in any order.
  mixed <- calls[c(5, 2, 7, 1, 6, 3, 4), ]
  expect_identical(mixed$start_bp[call_blocks(mixed)[[1]]$row], calls$start_bp[block$row])
})

test_that("parts that are not those of a window are refused", {
  calls <- ragged_calls(1)
  split <- which(duplicated(calls[c("sample_id", "haplotype", "chrom", "window")]))[1]
  expect_error(call_blocks(calls[-split, ]), class = "forebear_error_incomplete_calls")
  expect_error(call_blocks(calls[-(split - 1), ]), class = "forebear_error_incomplete_calls")
  expect_error(call_blocks(calls[c(split, seq_len(nrow(calls))), ]),
    class = "forebear_error_incomplete_calls")
  overlap <- calls
  overlap$start_bp[split] <- overlap$start_bp[split] - 1L
  overlap$end_bp[split - 1] <- overlap$start_bp[split]
  expect_error(call_blocks(overlap), "Window", class = "forebear_error_incomplete_calls")
})

test_that("segments are runs of variants", {
  for (seed in 1:5) {
    calls <- ragged_calls(3, c("1" = 7, "2" = 5), seed = seed)
    if (seed > 3) calls <- calls[calls$window != 3, ]
    cells <- calls_by_variant(calls)
    for (threshold in c(0, 0.5, 0.8)) {
      ancestry <- assign_ancestry(calls, threshold)
      of <- ancestry$ancestry[cells$row]
      n <- length(of)
      run <- cumsum(c(TRUE, !cells$follows[-1] | !mapply(identical, of[-1], of[-n])))
      width <- cells$high_bp - cells$low_bp + 1
      by_run <- function(x, f) unname(c(tapply(x, run, f)))
      first <- !duplicated(run)
      last <- !duplicated(run, fromLast = TRUE)
      got <- ancestry_segments(calls, threshold)
      expect_identical(got$ancestry, of[first])
      expect_identical(got$sample_id, cells$sample_id[first])
      expect_identical(got$haplotype, cells$haplotype[first])
      expect_equal(got$start_bp, cells$low_bp[first])
      expect_equal(got$end_bp, cells$high_bp[last])
      expect_equal(got$start_cm, cells$low_cm[first])
      expect_equal(got$end_cm, cells$high_cm[last])
      expect_equal(got$n_windows, by_run(cells$window, function(x) length(unique(x))))
      expect_equal(got$probability,
        by_run(width * ancestry$probability[cells$row], sum) / by_run(width, sum))
    }
  }
})

test_that("proportions are sums over variants", {
  calls <- ragged_calls(4, c("1" = 7, "2" = 5, "3" = 6))
  cells <- calls_by_variant(calls)
  widths <- list(bp = cells$high_bp - cells$low_bp + 1, cm = cells$high_cm - cells$low_cm,
    windows = cells$part)
  for (weight in names(widths)) {
    width <- widths[[weight]]
    got <- ancestry_proportions(calls, weight = weight)
    for (name in c("a", "b", "c")) {
      posterior <- calls[[paste0(".pred_", name)]][cells$row]
      want <- tapply(width * posterior, cells$sample_id, sum) / tapply(width, cells$sample_id, sum)
      expect_equal(got$proportion[got$ancestry == name], unname(c(want)))
    }
  }
})

test_that("scores count variants, as parts of windows", {
  for (seed in 1:3) {
    calls <- ragged_calls(5, c("1" = 8, "2" = 6), seed = seed)
    # A truth that changes at the same places.
    other <- calls
    of <- withr::with_seed(seed, sample(1:3, nrow(calls), TRUE))
    for (i in 1:3) other[[paste0(".pred_", c("a", "b", "c")[i])]] <- (of == i) + 0
    other$.pred_class <- c("a", "b", "c")[of]
    truth <- ancestry_segments(other, 0)
    cells <- calls_by_variant(calls)
    true <- other$.pred_class[cells$row]
    inside <- list(ab = c("a", "b", "ab"), a = "a", b = "b", c = "c")
    deep <- list(ab = c("a", "b", "ab", "c"), a = c("a", "b"), b = c("a", "b"),
      c = c("a", "b", "ab", "c"))
    got <- evaluate_calls(calls, truth)
    for (threshold in c(0, 0.8)) {
      assigned <- assign_ancestry(calls, threshold)$ancestry[cells$row]
      for (node in names(inside)) {
        is_true <- true %in% inside[[node]]
        is_assigned <- assigned %in% inside[[node]]
        total <- function(x) sum(cells$part[x])
        row <- got[got$threshold == threshold & got$node == node, ]
        expect_equal(row$n_true, total(is_true))
        expect_equal(row$n_assigned, total(is_assigned))
        expect_equal(row$precision, total(is_true & is_assigned) / total(is_assigned))
        expect_equal(row$recall, total(is_true & is_assigned) / total(is_true))
        expect_equal(row$coverage, total(is_true & assigned %in% deep[[node]]) / total(is_true))
      }
    }
    bins <- tidy(reliability(calls, truth))
    for (population in c("a", "b", "c")) {
      posterior <- calls[[paste0(".pred_", population)]][cells$row]
      bin <- pmin(floor(posterior * 10), 9) + 1
      n <- tapply(cells$part, bin, sum)
      own <- bins[bins$population == population, ]
      expect_equal(own$n, unname(c(n)))
      expect_equal(own$mean_posterior, unname(c(tapply(cells$part * posterior, bin, sum) / n)))
      expect_equal(own$frequency,
        unname(c(tapply(cells$part * (true == population), bin, sum) / n)))
    }
    expect_equal(sum(bins$n), 3 * sum(cells$part))
  }
})

test_that("plots have the ancestry of each variant", {
  calls <- ragged_calls(3)
  cells <- calls_by_variant(calls)
  tracts <- autoplot(calls, sample_id = c("s1", "s2", "s3"), threshold = 0)$data
  tracts$population <- tracts$ancestry
  region <- autoplot(calls, type = "region", region = "1")$data
  for (data in list(tracts, region)) {
    here <- which(cells$chrom %in% data$chrom)
    drawn <- vapply(here, function(i) {
      data$population[data$sample_id == cells$sample_id[i] &
        data$haplotype == cells$haplotype[i] & data$chrom == cells$chrom[i] &
        data$low * 1e6 < cells$position_bp[i] & data$high * 1e6 >= cells$position_bp[i] - 1e-6]
    }, "")
    expect_identical(drawn, calls$.pred_class[cells$row[here]])
  }
})

test_that("dosages, .msp.tsv and VCF have the ancestry of each variant", {
  for (seed in 1:3) {
    calls <- ragged_calls(3, seed = seed)
    cells <- calls_by_variant(calls)
    variants <- attr(calls, "variants")
    dosage <- ancestry_dosage(calls)$b
    place <- sub("^.*:", "", rownames(dosage))
    start <- as.integer(sub("-.*", "", place))
    end <- as.integer(sub(".*-", "", place))
    chrom <- sub(":.*", "", rownames(dosage))
    msp <- read_msp(write_msp(calls, withr::local_tempfile()))
    for (sample in c("s1", "s2", "s3")) {
      own <- cells[cells$sample_id == sample, ]
      want <- tapply(calls$.pred_b[own$row], own$variant, sum)
      window <- vapply(seq_len(nrow(variants)), function(v) {
        which(chrom == variants$chrom[v] & start <= variants$position_bp[v] &
          end >= variants$position_bp[v])
      }, 0L)
      expect_equal(unname(dosage[window, sample]), unname(c(want)))
    }
    # A reader of an .msp.tsv takes the last window that begins at or before a variant.
    in_file <- vapply(seq_len(nrow(cells)), function(i) {
      own <- msp$.pred_class[msp$sample_id == cells$sample_id[i] &
        msp$haplotype == cells$haplotype[i] & msp$chrom == cells$chrom[i] &
        msp$start_bp <= cells$position_bp[i]]
      own[length(own)]
    }, "")
    expect_identical(in_file, calls$.pred_class[cells$row])
    alleles <- random_alleles(3, nrow(variants))
    haplotypes <- as_haplotypes(alleles, variants = data.frame(variants[c("chrom", "position_bp")],
      ref = "A", alt = "C"))
    path <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf"), haplotypes,
      digits = NULL)
    back <- read_ancestry_vcf(path)
    record <- vapply(seq_len(nrow(cells)), function(i) {
      which(back$sample_id == cells$sample_id[i] & back$haplotype == cells$haplotype[i] &
        back$chrom == cells$chrom[i] & back$start_bp <= cells$position_bp[i] &
        back$end_bp >= cells$position_bp[i])
    }, 0L)
    expect_identical(back$.pred_class[record], calls$.pred_class[cells$row])
    expect_identical(back$.pred_b[record], calls$.pred_b[cells$row])
  }
})

# [n_variants x n_columns] what a reader that takes the nearest row has of each variant.
nearest_rows <- function(path, variants) {
  fields <- strsplit(readLines(path)[-(1:2)], "\t")
  chrom <- vapply(fields, `[`, "", 1)
  position <- as.double(vapply(fields, `[`, "", 2))
  values <- do.call(rbind, lapply(fields, function(line) as.double(line[-(1:4)])))
  row <- vapply(seq_len(nrow(variants)), function(v) {
    own <- which(chrom == variants$chrom[v])
    own[which.min(abs(position[own] - variants$position_bp[v]))]
  }, 0L)
  values[row, ]
}

test_that("the nearest row of an .fb.tsv has the posteriors of each variant", {
  for (seed in 1:5) {
    calls <- ragged_calls(3, c("1" = 8, "2" = 5), seed = seed)
    cells <- calls_by_variant(calls)
    variants <- attr(calls, "variants")
    path <- write_fb(calls, withr::local_tempfile())
    want <- matrix(NA_real_, nrow(variants), 18)
    for (i in seq_len(nrow(cells))) {
      column <- 6 * (match(cells$sample_id[i], c("s1", "s2", "s3")) - 1) +
        3 * (cells$haplotype[i] - 1)
      want[cells$variant[i], column + 1:3] <- c(calls$.pred_a[cells$row[i]],
        calls$.pred_b[cells$row[i]], calls$.pred_c[cells$row[i]])
    }
    expect_identical(nearest_rows(path, variants), want)
    # Indices are those of the variants.
    fields <- strsplit(readLines(path)[-(1:2)], "\t")
    index <- as.integer(vapply(fields, `[`, "", 4))
    expect_identical(as.integer(vapply(fields, `[`, "", 2)), variants$position_bp[index + 1])
  }
})

test_that("files of calls that are split are read and written again byte for byte", {
  calls <- ragged_calls(3)
  msp <- write_msp(calls, withr::local_tempfile())
  fb <- write_fb(calls, withr::local_tempfile())
  same <- function(path, written) expect_identical(readLines(written), readLines(path))
  again <- function() withr::local_tempfile(.local_envir = parent.frame(2))
  same(msp, write_msp(read_msp(msp), again()))
  same(fb, write_fb(read_fb(fb), again()))
  same(fb, write_fb(read_fb(fb, windows = msp), again()))
  same(fb, write_fb(read_fb(fb, windows = calls), again()))
  # What is read has the calls of the windows, cut at all borders.
  back <- read_fb(fb, windows = calls)
  blocks <- call_blocks(calls)
  for (i in seq_along(blocks)) {
    own <- back[back$chrom == blocks[[i]]$chrom, ]
    expect_identical(own$.pred_a, calls$.pred_a[blocks[[i]]$row])
    expect_identical(own$start_bp[seq_len(nrow(blocks[[i]]$row))], blocks[[i]]$windows$start_bp)
  }
  # A window of one variant has one row.
  single <- with_variants(random_calls(1, c("1" = 2)))
  single <- single[c(1, 1, 2:4), ]
  single$start_bp[2] <- 14L
  single$end_bp[1] <- 13L
  fields <- strsplit(readLines(write_fb(single, withr::local_tempfile()))[-(1:2)], "\t")
  expect_identical(vapply(fields, `[`, "", 2), c("5", "13", "14", "19", "28"))
  expect_s3_class(read_fb(write_fb(single, withr::local_tempfile())), "forebear_ancestry_calls")
})

test_that("calls that are split are joined as they were", {
  calls <- ragged_calls(3)
  attr(calls, "switches")$position_bp <- NA_integer_
  apart <- function(x, by) lapply(split(seq_len(nrow(x)), by), function(row) x[row, ])
  for (by in list(calls$chrom, calls$sample_id)) {
    joined <- do.call(rbind, unname(apart(calls, by)))
    expect_identical(plain_tibble(joined), plain_tibble(calls))
    expect_identical(attr(joined, "variants"), attr(calls, "variants"))
  }
  chr <- calls
  chr$chrom <- paste0("chr", chr$chrom)
  chr$sample_id <- paste0("t", chr$sample_id)
  attr(chr, "windows")$chrom <- paste0("chr", attr(chr, "windows")$chrom)
  attr(chr, "variants")$chrom <- paste0("chr", attr(chr, "variants")$chrom)
  attr(chr, "switches") <- attr(chr, "switches")[0, ]
  expect_message(both <- rbind(calls, chr), class = "forebear_message_switches_dropped")
  expect_identical(attr(both, "variants"), attr(calls, "variants"))
  expect_identical(nrow(both), 2L * nrow(calls))
  expect_error(rbind(calls, calls[calls$sample_id == "s2", ]),
    class = "forebear_error_join_calls")
  # Two switches of one step stay two.
  two <- calls
  step <- attr(two, "switches")[c(1, 1), ]
  step$position_bp <- c(7L, 20L)
  attr(two, "switches") <- rbind(attr(two, "switches")[-1, ], step)
  joined <- do.call(rbind, unname(apart(two, two$chrom)))
  expect_identical(nrow(attr(joined, "switches")), nrow(attr(two, "switches")))
})
