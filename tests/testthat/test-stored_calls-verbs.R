skip_on_cran() # Takes long.

# Of each haplotype the ancestry changes within a window.
stored_query <- function() {
  plain <- several_chromosomes(7, n_chrom = 2, seed = 2, prefix = "q")
  alleles <- as.matrix(plain)
  changed <- c(17:40, 56:80)
  alleles[, changed] <- alleles[c(8:14, 1:7), changed]
  as_haplotypes(alleles, variants = variants(plain))
}

# Replaces something internal until the test ends.
local_internal <- function(name, value, env = parent.frame()) {
  where <- asNamespace("forebear")
  put <- function(value) {
    rlang::env_binding_unlock(where, name)
    assign(name, value, where)
    rlang::env_binding_lock(where, name)
  }
  old <- get(name, where)
  withr::defer(put(old), env)
  put(value)
}

local_stored <- function(env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  model <- local_ancestry(several_panel(n_chrom = 2), window_settings(10, context = 5, folds = 2))
  predict(model, stored_query(), store = call_store(folder, batch = 3))
}

# What a writer writes.
written <- function(write, end = ".txt") {
  path <- tempfile(fileext = end)
  withr::defer(unlink(path))
  write(path)
  readLines(path)
}

test_that("every verb gives of stored calls what it gives of those in memory", {
  stored <- local_stored()
  calls <- stored[]
  expect_true(are_split(calls))
  expect_gt(sum(attr(calls, "switches")$switched), 0)
  query <- stored_query()
  some <- query[c(6, 2), ]
  ids <- samples(query)$sample_id
  groups <- stats::setNames(rep(c("one", "two"), c(4, 3)), ids)
  truth <- ancestry_segments(calls, threshold = 0)
  phenotype <- stats::setNames(c(1, 3, 2, 5, NA, 4, 6), ids)
  verbs <- list(
    assign = function(x) assign_ancestry(x, 0.7, min_typicality = 0.1),
    segments = function(x) ancestry_segments(x, 0.6),
    proportions = function(x) ancestry_proportions(x, weight = "cm"),
    blocks = function(x) ancestry_proportions(x, blocks = 3),
    group_proportions = function(x) ancestry_proportions(x, groups = groups),
    switches = phase_switches,
    coverage = function(x) ancestry_coverage(x, by = "node"),
    group_coverage = function(x) ancestry_coverage(x, groups = groups),
    tidy = tidy, summary = summary,
    q_matrix = as_q_matrix,
    write_q = function(x) written(function(path) write_q(x, path), ".Q"),
    bed = function(x) written(function(path) write_tracts_bed(x, path)),
    msp = function(x) written(function(path) write_msp(x, path)),
    fb = function(x) written(function(path) write_fb(x, path)),
    vcf = function(x) written(function(path) write_ancestry_vcf(x, path, some)),
    tractor = function(x) {
      prefix <- file.path(withr::local_tempdir(), "study")
      files <- write_tractor(x, some, prefix, expected = TRUE)
      lapply(unlist(files[c("dosage", "hapcount", "vcf")]), readLines)
    },
    evaluate = function(x) evaluate_calls(x, truth),
    reliability = function(x) reliability(x, truth),
    frequencies = function(x) ancestry_frequencies(x, query),
    dosage = ancestry_dosage,
    mask = function(x) mask_haplotypes(some, x, "north"),
    map = function(x) map_admixture(x, phenotype, replicates = 20) |> suppressMessages(),
    date = function(x) date_admixture(x) |> suppressWarnings() |> suppressMessages(),
    corrected = function(x) correct_phase(query, x),
    corrected_calls = correct_phase,
    karyogram = function(x) autoplot(x, sample_id = c("q5", "q2"))$data,
    first = function(x) autoplot(x)$data,
    region = function(x) autoplot(x, type = "region", region = "2", order = "given")$data
  )
  if (rlang::is_installed("GenomicRanges")) {
    verbs$granges <- function(x) as.data.frame(as_granges(x))
  }
  for (name in names(verbs)) {
    want <- verbs[[name]](calls)
    expect_identical(verbs[[name]](stored), want, label = name, ignore_srcref = TRUE)
  }
})

test_that("what is sample by sample holds the calls of a batch at most", {
  stored <- local_stored()
  read <- calls_of_stored
  local_internal("calls_of_stored", function(x, chosen, call) {
    expect_lte(length(chosen), 3)
    read(x, chosen, call)
  })
  verbs <- list(assign_ancestry, ancestry_segments, ancestry_proportions, phase_switches,
    ancestry_coverage, tidy, summary, as_q_matrix, autoplot,
    function(x) map_admixture(x, stats::setNames(1:7, paste0("q", 1:7)), replicates = 0))
  for (verb in verbs) verb(stored)
})

test_that("calls that would not fit into memory are refused, with what helps", {
  stored <- local_stored()
  expect_identical(least_bytes_of_stored(stored$about, 7), 8 * 10 * 2 * 7 * 8)
  local_internal("most_bytes_of_stored", 5000)
  folder <- withr::local_tempdir()
  for (verb in list(ancestry_dosage, date_admixture, correct_phase,
    function(x) write_msp(x, file.path(folder, "a.msp.tsv")))) {
    expect_error(verb(stored), "stored\\[1:100\\]", class = "forebear_error_argument")
  }
  large <- stored
  large$about$sample_id <- paste0("q", 1:2e6)
  local_internal("most_bytes_of_stored", 2e9)
  expect_snapshot(conditions_of(ancestry_dosage(large)))
  local_internal("most_bytes_of_stored", 5000)
  # Of three samples there is room.
  expect_s3_class(ancestry_frequencies(stored, stored_query()[1:3, ]), "tbl_df")
  expect_s3_class(autoplot(stored, sample_id = "q7"), "ggplot")
  expect_s3_class(ancestry_proportions(stored), "tbl_df")
})

test_that("samples that are not there are refused as those of calls in memory", {
  stored <- local_stored()
  query <- stored_query()
  other <- query
  samples(other) <- tibble::tibble(sample_id = paste0("r", 1:7))
  expect_error(ancestry_frequencies(stored, other), class = "forebear_error_uncalled_samples")
  expect_error(autoplot(stored, sample_id = "r1"), class = "forebear_error_unknown_sample")
  expect_error(ancestry_proportions(stored, groups = c(r1 = "a")))
  # A batch without a phenotype.
  phenotype <- stats::setNames(c(NA, NA, NA, 1, 5, 2, 3), paste0("q", 1:7))
  map <- function(x) suppressMessages(map_admixture(x, phenotype, replicates = 0))
  expect_identical(map(stored), map(stored[]))
})
