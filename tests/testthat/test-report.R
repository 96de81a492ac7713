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
  expect_true(has("No local ancestry: Local ancestry needs phased haplotypes"))
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
    report_labels(path, NULL)
  }
  expect_identical(written("sample_id\tpopulation\na\tnorth, far\n01\t\u00e9t\u00e9\n"), table)
  expect_identical(
    written("sample_id,population\r\na,\"north, far\"\r\n01,\u00e9t\u00e9\r\n"), table)
  expect_identical(written("\ufeffsample_id;population\na;north, far\n01;\u00e9t\u00e9\n"), table)
  expect_error(written(""), class = "forebear_error_file")
  written("Name;Code\na;1\n")
  panel <- read_bed(example_data("panel"))[1:20, 1:300]
  # No step has begun.
  expect_no_message(expect_error(ancestry_report(panel, labels = path,
    out = file.path(folder, "out")), class = "forebear_error_labels_columns"))
  expect_equal(list.files(folder), "labels.txt")
})

test_that("a run that fails leaves nothing", {
  folder <- withr::local_tempdir()
  out <- file.path(folder, "report")
  panel <- read_bed(example_data("panel"))[1:20, 1:300]
  expect_error(quiet_report(panel, labels = "nowhere.tsv", out = out),
    class = "forebear_error_file")
  expect_error(quiet_report(panel, out = out, k = 400))
  expect_equal(list.files(folder), character())
})
