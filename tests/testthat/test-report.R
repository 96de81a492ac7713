skip_on_cran() # Takes long.

skip_if_not_installed("rmarkdown")
skip_if_not(rmarkdown::pandoc_available())

quiet_report <- function(...) suppressMessages(ancestry_report(..., seed = 1))

test_that("a study beside a reference gets tables, figures and a page", {
  panel <- read_bed(example_data("panel"))[, seq(1, 15000, by = 10)]
  labels <- read.delim(example_data("labels"))
  # A name that HTML and Markdown would read: as code, and as a picture from elsewhere.
  labels$population[labels$population == "SAS"] <- "S<b>AS![](http://x.y/z.png)"
  out <- withr::local_tempfile()
  page <- quiet_report(panel[1:30, ], panel[31:300, ], labels, out, k = 3:4)
  expect_equal(page, file.path(out, "report.html"))
  expect_lt(file.size(page), 5e6)
  tables <- list.files(file.path(out, "tables"))
  expect_true(all(c("ancestry.tsv", "classes.tsv", "components.tsv", "k_errors.tsv", "notes.tsv",
    "quality_steps.tsv") %in% tables))
  figures <- tools::file_path_sans_ext(list.files(file.path(out, "figures"), "[.]png$"))
  expect_true(all(c("ancestry", "class_map", "components_1_2", "k_errors") %in% figures))
  expect_setequal(tools::file_path_sans_ext(list.files(file.path(out, "figures"), "[.]pdf$")),
    figures)
  ancestry <- read.delim(file.path(out, "tables", "ancestry.tsv"))
  expect_equal(nrow(ancestry), 300)
  expect_equal(table(ancestry$set)[["study"]], 30L)
  expect_equal(rowSums(ancestry[startsWith(names(ancestry), ".archetype")]), rep(1, 300),
    tolerance = 1e-6, ignore_attr = TRUE)
  classes <- read.delim(file.path(out, "tables", "classes.tsv"))
  truth <- labels$population[match(classes$sample_id, labels$sample_id)]
  called <- classes$call != "unassigned"
  expect_gt(mean(classes$call[called] == truth[called]), 0.9)
  text <- paste(readLines(page, warn = FALSE), collapse = "\n")
  # Not expect_match(): a failure would print the page with its pictures.
  has <- function(part) grepl(part, text, fixed = TRUE)
  expect_true(has("No local ancestry: it needs phased haplotypes"))
  # Everything is in the page: nothing is fetched from elsewhere.
  expect_false(grepl("src=\"(http|figures)", text))
  expect_true(has("S&lt;b&gt;AS![](http://x.y/z.png)"))
  expect_false(has("<b>AS"))
  # What readers of the screen need.
  expect_true(has("lang=\"en\""))
  expect_true(has("<th scope=\"col\">"))
  expect_true(has("role=\"main\""))
  expect_length(gregexpr("<h1", text, fixed = TRUE)[[1]], 1)
  images <- regmatches(text, gregexpr("<img[^>]*>", text))[[1]]
  expect_gt(length(images), 5)
  expect_true(all(grepl("alt=\"[^\"]+\"", images)))
})

test_that("phased haplotypes get local ancestry; a study alone gets what it allows", {
  haplotypes <- read_phased_vcf(example_data("phased_panel"))
  query <- read_phased_vcf(example_data("phased_query"))
  labels <- read.delim(example_data("phased_labels"))
  out <- withr::local_tempfile()
  quiet_report(query, haplotypes, labels, out, k = 3, tree = "((north,south)west,east)all;")
  proportions <- read.delim(file.path(out, "tables", "local_ancestry_proportions.tsv"))
  expect_setequal(proportions$sample_id, samples(query)$sample_id)
  expect_length(list.files(file.path(out, "figures"), "^karyogram_[123][.]png$"), 3)
  # An earlier report is replaced; a folder of something else never.
  quiet_report(as_genotypes(haplotypes), out = out, k = 2)
  expect_false(file.exists(file.path(out, "tables", "classes.tsv")))
  page <- paste(readLines(file.path(out, "report.html"), warn = FALSE), collapse = "\n")
  expect_match(page, "Classification needs labels", fixed = TRUE)
  other <- withr::local_tempdir()
  writeLines("mine", file.path(other, "notes.txt"))
  expect_error(ancestry_report(query, out = other), class = "forebear_error_report_folder")
  expect_equal(list.files(other), "notes.txt")
})

test_that("labels are read as spreadsheets write them, and checked before the work", {
  folder <- withr::local_tempdir()
  table <- data.frame(sample_id = c("a", "01"), population = c("north, far", "\u00e9t\u00e9"))
  path <- file.path(folder, "labels.txt")
  written <- function(text) {
    connection <- file(path, "wb")
    writeBin(charToRaw(enc2utf8(text)), connection)
    close(connection)
    as.data.frame(report_labels(path, rlang::caller_env()))
  }
  expect_identical(written("sample_id\tpopulation\na\tnorth, far\n01\t\u00e9t\u00e9\n"), table)
  expect_identical(
    written("sample_id,population\r\na,\"north, far\"\r\n01,\u00e9t\u00e9\r\n"), table)
  expect_identical(written("\ufeffsample_id;population\na;north, far\n01;\u00e9t\u00e9\n"), table)
  expect_error(written(""), class = "forebear_error_labels_table")
  expect_identical(table,
    written("Sample Name,Sex,Population code\na,M,\"north, far\"\n01,F,\u00e9t\u00e9\n"))
  expect_error(written("IID\tRegion\tCode\na\tx\t1\n"), "Call them `sample_id` and `population`",
    class = "forebear_error_labels_columns")
  panel <- read_bed(example_data("panel"))[1:20, 1:300]
  # No step has begun.
  expect_no_message(expect_error(ancestry_report(panel, labels = path,
    out = file.path(folder, "out")), class = "forebear_error_labels_columns"))
  expect_equal(list.files(folder), "labels.txt")
})

test_that("every sample of a study alone is kept: few genotypes, no label, odd names", {
  whole <- read_bed(example_data("panel"))
  labels <- read.delim(example_data("labels"))
  counts <- as.matrix(whole[, seq(1, 15000, by = 10)])
  id <- rownames(counts)
  # One sample has a hundredth of its genotypes: with it, no variant of 40 samples would be left at
  # 2 % missing. One has 15 % missing: out of the fits, placed afterwards.
  chosen <- c(1:14, 61:74, 121:132)
  counts <- counts[chosen, ]
  counts[1, -(1:15)] <- NA
  counts[2, seq(1, 1500, by = 7)] <- NA
  rownames(counts)[3] <- "M\u00fcller \"A\" 100%s, <b>"
  table <- data.frame(sample_id = rownames(counts),
    population = labels$population[match(id[chosen], labels$sample_id)])
  table <- rbind(table[-20, ], data.frame(sample_id = "absent", population = "x"))
  out <- withr::local_tempfile()
  said <- character()
  withCallingHandlers(
    ancestry_report(as_genotypes(counts), labels = table, out = out, k = 2:3),
    message = function(condition) {
      said <<- c(said, conditionMessage(condition))
      rlang::cnd_muffle(condition)
    })
  # Steps, and nothing else.
  expect_match(said, "^\\[[1-7]/7\\] ")
  read <- function(name) {
    utils::read.delim(file.path(out, "tables", paste0(name, ".tsv")), quote = "")
  }
  weights <- read("ancestry")
  expect_setequal(weights$sample_id, rownames(counts))
  expect_named(weights[-(1:3)], sprintf(".archetype%d", seq_len(ncol(weights) - 3)))
  first <- match(rownames(counts)[1:2], weights$sample_id)
  expect_identical(is.na(weights$.archetype1[first]), c(TRUE, FALSE))
  expect_setequal(read("classes")$sample_id, rownames(counts)[20])
  expect_false(rownames(counts)[1] %in% unlist(read("study_relatives")[1:2]))
  notes <- read("notes")$text
  said_of <- function(text) any(grepl(text, notes, fixed = TRUE))
  expect_true(said_of("1 sample of the study without a label"))
  expect_true(said_of("1 sample that is not at hand, passed over: \"absent\""))
  page <- paste(readLines(file.path(out, "report.html"), warn = FALSE), collapse = "\n")
  has <- function(part) grepl(part, page, fixed = TRUE)
  expect_true(has("2 samples of the study left out of the fits"))
  expect_true(has("there is no reference"))
  expect_false(has("Durand"))
  expect_false(has("Crosses"))
})

test_that("relatives by identity by state are duplicates alone", {
  counts <- random_counts(6, 400, missing = 0)
  counts[1:2, ] <- 2 * (counts[1:2, ] > 0)
  counts[2, 1:80] <- 2 - counts[2, 1:80]
  counts <- rbind(counts, counts[1, ])
  rownames(counts) <- paste0("s", 1:7)
  g <- as_genotypes(counts)
  job <- list(given = list(study = g), threads = 1, notes = new.env())
  pairs <- report_relatives(job, g, sample_stats(g))
  expect_identical(c(pairs$sample_1, pairs$sample_2), c("s1", "s7"))
})

test_that("a path may lack its end, and what is no genotypes is refused by name", {
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  file.create("a.vcf", "b.pgen", "c.bcf", "d.txt")
  expect_identical(report_path("a", "study", NULL), "a.vcf")
  expect_identical(report_path("b", "study", NULL), "b.pgen")
  expect_identical(report_path("e.VCF.GZ", "study", NULL), "e.VCF.GZ")
  expect_snapshot(conditions_of(
    report_path("c.bcf", "study", NULL), report_path("d.txt", "reference", NULL),
    report_path("nowhere", "study", NULL)))
})

test_that("a phased VCF with a few records that are not phased stays phased", {
  vcf <- function(calls) {
    path <- withr::local_tempfile(fileext = ".vcf", .local_envir = parent.frame())
    records <- sprintf("1\t%d\tv%d\tA\tG\t.\tPASS\t.\tGT\t0|1\t%s", 100 * seq_along(calls),
      seq_along(calls), calls)
    writeLines(c("##fileformat=VCFv4.2",
      "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2", records), path)
    path
  }
  expect_message(x <- report_vcf(vcf(c(rep("1|1", 9), "0/1"))), "9 of the 10 biallelic")
  expect_s3_class(x, "forebear_haplotypes")
  expect_identical(dim(x), c(2L, 9L))
  expect_message(x <- report_vcf(vcf(c(rep("1|1", 8), "0/1", "0/1"))), "unphased genotypes")
  expect_s3_class(x, "forebear_genotypes")
  expect_identical(dim(x), c(2L, 10L))
  expect_no_message(report_vcf(vcf(rep("1|1", 3))))
})

test_that("a run that fails leaves nothing", {
  folder <- withr::local_tempdir()
  out <- file.path(folder, "report")
  panel <- read_bed(example_data("panel"))[1:20, 1:300]
  expect_error(quiet_report(panel, labels = "nowhere.tsv", out = out),
    class = "forebear_error_file")
  expect_error(quiet_report(panel, out = out, k = 400))
  # Before a step has begun.
  expect_no_message(expect_error(ancestry_report(panel, out = out, k = NA),
    class = "forebear_error_argument"))
  expect_equal(list.files(folder), character())
})

test_that("a small labeled study is classified and cross-validated on fewer components", {
  panel <- read_bed(example_data("panel"))[c(1:6, 61:66), seq(1, 15000, by = 30)]
  out <- withr::local_tempfile()
  labels <- read.delim(example_data("labels"))
  quiet_report(panel, labels = labels, out = out, k = 2)
  expect_true(file.exists(file.path(out, "tables", "cross_validation.tsv")))
})

test_that("a validation that fails leaves a note", {
  panel <- read_bed(example_data("panel"))[1:12, 1:300]
  job <- new_report_job(1, 1)
  job$clean <- panel
  job$facts$components$n <- 5L
  labels <- tibble::tibble(sample_id = samples(panel)$sample_id,
    population = rep(c("a", "b"), c(9, 3)))
  expect_null(report_validation(job, labels))
  expect_match(job$notes$table$text, "The classifier was not cross-validated")
})

test_that("samples farther out than every member of a population of 19 or more are not called", {
  called <- tibble::tibble(sample_id = letters[1:7],
    .pred_class = factor(c("s", "s", "m", "m", "l", "l", NA), c("s", "m", "l")),
    .pred_s = 0.9, .typicality = c(1 / 19, 2 / 19, 1 / 20, 2 / 20, 1 / 201, 3 / 201, NA))
  members <- table(rep(c("s", "m", "l"), c(18, 19, 200)))
  expect_identical(report_calls(called, members)$call,
    c("s", "s", "unassigned", "m", "unassigned", "l", "unassigned"))
})

test_that("samples of absent populations are mostly not called, and the page says by which rule", {
  panel <- read_bed(example_data("panel"))[, seq(1, 15000, by = 10)]
  labels <- read.delim(example_data("labels"))
  population <- labels$population[match(samples(panel)$sample_id, labels$sample_id)]
  reference <- c(which(population == "AFR")[1:12], which(population == "EUR"))
  out <- withr::local_tempfile()
  page <- quiet_report(panel[which(population %in% c("EAS", "SAS")), ], panel[reference, ], labels,
    out, k = 2)
  classes <- read.delim(file.path(out, "tables", "classes.tsv"))
  expect_gt(mean(classes$call == "unassigned"), 0.8)
  text <- paste(readLines(page, warn = FALSE), collapse = " ")
  expect_true(grepl("every +member where there are 19 or more", text))
  expect_true(grepl("Of fewer than 19 samples: AFR", text, fixed = TRUE))
})

test_that("copies of a sample are left out of the fits and placed afterwards", {
  panel <- read_bed(example_data("panel"))
  labels <- read.delim(example_data("labels"))
  population <- labels$population[match(samples(panel)$sample_id, labels$sample_id)]
  chosen <- panel[which(population %in% c("AFR", "EUR")), seq(1, 15000, by = 5)]
  counts <- as.matrix(chosen)
  copies <- counts[rep(1, 8), ]
  rownames(copies) <- paste0("copy", 1:8)
  with_copies <- as_genotypes(rbind(copies[1:4, ], counts, copies[5:8, ]),
    variants = variants(chosen))
  out <- file.path(withr::local_tempdir(), c("without", "with"))
  quiet_report(chosen, out = out[1], k = 2:4)
  page <- quiet_report(with_copies, out = out[2], k = 2:4)
  read <- function(out, name) read.delim(file.path(out, "tables", paste0(name, ".tsv")))
  best <- function(out) smallest_within_error(read(out, "k_errors"))
  expect_identical(best(out[2]), best(out[1]))
  weights <- read(out[2], "ancestry")
  expect_setequal(weights$sample_id, samples(with_copies)$sample_id)
  expect_false(anyNA(weights$.archetype1))
  steps <- read(out[2], "quality_steps")
  expect_identical(steps$samples_removed[steps$verb == "unrelated"], 8L)
  text <- paste(readLines(page, warn = FALSE), collapse = " ")
  expect_true(grepl("8 samples of the study left out of the fits, as relatives", text,
    fixed = TRUE))
})

test_that("relatives go among samples that are complete, and stay where too few would be left", {
  g <- as_genotypes(random_counts(4, 2000, missing = 0))
  id <- samples(g)$sample_id
  stats <- tibble::tibble(sample_id = id, call_rate = c(1, 0.8, 1, 1), heterozygosity = 0.4)
  pairs <- tibble::tibble(sample_1 = id[c(1, 3)], sample_2 = id[c(2, 4)],
    kinship = 0.25, method = "king")
  expect_identical(report_related(g, stats, pairs, 2),
    list(goes = c(FALSE, FALSE, FALSE, TRUE), kept = FALSE))
  expect_identical(report_related(g, stats, pairs, 3), list(goes = logical(4), kept = TRUE))
  # With 20 heterozygous genotypes it may be chance.
  stats$heterozygosity <- 0.01
  expect_identical(report_related(g, stats, pairs, 2)$goes, logical(4))
  expect_identical(report_related(g, stats, NULL, 3), list(goes = logical(4), kept = FALSE))
})

test_that("without labels 2 to 6 archetypes are tried", {
  expect_identical(report_ks(list(), 11), seq(2, 6))
  expect_identical(report_ks(list(), 4), seq(2, 4))
  expect_identical(report_ks(list(given = list(labels = c(a = "x", b = "y"))), 11), seq(2, 4))
})

test_that("the headline says where K is the largest tried, and where nothing is above the noise", {
  out <- withr::local_tempfile()
  panel <- read_bed(example_data("panel"))[, seq(1, 15000, by = 10)]
  text <- paste(readLines(quiet_report(panel, out = out, k = 2:3), warn = FALSE), collapse = " ")
  has <- function(part) grepl(part, text, fixed = TRUE)
  expect_true(has("the largest K that was tried; larger ones may be better: <code>k = 3:7</code>"))
  expect_false(has("K = 1"))
  expect_false(has("above the noise"))
  noise <- withr::with_seed(1, matrix(rbinom(40 * 600, 2, 0.4), 40,
    dimnames = list(paste0("s", 1:40), NULL)))
  page <- quiet_report(as_genotypes(noise), out = out, k = 2)
  text <- paste(readLines(page, warn = FALSE), collapse = " ")
  expect_true(has("No component is above the noise"))
})

test_that("the headline counts samples with ancestry that the panel lacks", {
  haplotypes <- read_phased_vcf(example_data("phased_panel"))
  query <- read_phased_vcf(example_data("phased_query"))
  labels <- read.delim(example_data("phased_labels"))
  labels <- labels[labels$population != "east", ]
  out <- withr::local_tempfile()
  page <- quiet_report(query, haplotypes[samples(haplotypes)$sample_id %in% labels$sample_id, ],
    labels, out, k = 2)
  text <- paste(readLines(page, warn = FALSE), collapse = " ")
  has <- function(part) grepl(part, text)
  expect_true(has("called in 6 samples; [1-6] of them ha(s|ve) ancestry that the panel seems to"))
  expect_true(has("With ancestry that the panel seems to lack"))
})

test_that("captions say what figures show without labels", {
  panel <- read_bed(example_data("panel"))[c(1:30, 61:90), seq(1, 15000, by = 20)]
  out <- withr::local_tempfile()
  page <- function(...) {
    paste(readLines(quiet_report(..., out = out, k = 2), warn = FALSE), collapse = " ")
  }
  has <- function(part) grepl(part, text, fixed = TRUE)
  text <- page(panel)
  expect_false(has("by population"))
  text <- page(panel[1:10, ], panel[11:60, ])
  expect_false(has("by population"))
  expect_true(has("reference as dots, study as crosses"))
})
