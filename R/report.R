#' A whole study in one report
#'
#' From genotypes to one folder of tables and figures and one HTML page that can be sent to a
#' colleague: quality control, principal components of the reference with the study projected onto
#' them, archetypes for a range of K with cross-validated errors, classification that abstains,
#' local ancestry where data are phased, and a text on the methods with parameters, versions and
#' citations.
#'
#' What the data allow is done, and what is left out is said on the page: without a reference, the
#' study stands for itself; without labels nothing is classified; without phased haplotypes there is
#' no local ancestry. Warnings and messages of all steps are kept in `tables/notes.tsv` and on the
#' page.
#'
#' @section Steps:
#' 1. Quality control of the reference (of the study without one): [qc_recipe()], pruned at r2 0.2
#'    in windows of 200 variants; call rates, and pairs of relatives in the study.
#' 2. [pca()], and the study on the same components.
#' 3. [archetypes_path()] and [cross_validate_k()]; the K that is shown is the smallest one whose
#'    error is within one standard error of the least, unless `k` is one number.
#' 4. [classify()] with linear SVMs on the components, [cross_validate()] of it, and a class map by
#'    GTM. A sample is not called where no population reaches 0.8 or `.typicality` is below 0.01.
#' 5. [local_ancestry()] of the phased study, and karyograms of three samples: those with the most
#'    even proportions.
#'
#' @param study [genotypes] or [haplotypes] of a study, or the path of a `.bed`, `.vcf` or
#'   `.vcf.gz`.
#' @param reference The same of a reference, or `NULL`.
#' @param labels Populations of reference samples (of the study's without a reference), in any form
#'   that labels take in [classify()], or the path of a table (columns by tabs, commas or
#'   semicolons); `NULL`: none.
#' @param out Folder of the results. It appears when all is done; an earlier report there is
#'   replaced, another folder never.
#' @param phased `NULL`: local ancestry if study and reference are haplotypes. Or a list of `study`,
#'   `reference` ([haplotypes]) and `labels`; or `FALSE`: none.
#' @param tree Tree of the populations of local ancestry, as of [reference_panel()].
#' @param k Numbers of archetypes; `NULL`: 2 to the number of populations and two, at most 12.
#' @param build `"hg19"` or `"hg38"`: regions of long-range linkage disequilibrium that are left
#'   out; `"none"`: none.
#' @inheritParams shared_arguments
#' @returns The path of the page, invisibly; the folder has `report.html`, `tables/` (TSV) and
#'   `figures/` (PNG and PDF).
#' @section Errors:
#' `forebear_error_package` without 'rmarkdown' or pandoc; `forebear_error_report_folder` if `out`
#' is a folder of something else; those of the steps.
#' @examples
#' \donttest{
#' if (requireNamespace("rmarkdown", quietly = TRUE) && rmarkdown::pandoc_available()) {
#'   panel <- read_bed(example_data("panel"))[, seq(1, 15000, by = 10)]
#'   labels <- read.delim(example_data("labels"))
#'   ancestry_report(panel[1:40, ], panel[41:300, ], labels, out = tempfile("report"), k = 3:4,
#'     build = "none")
#' }
#' }
#' @export
ancestry_report <- function(study, reference = NULL, labels = NULL, out = "ancestry_report",
                            phased = NULL, tree = NULL, k = NULL,
                            build = c("none", "hg19", "hg38"), seed = 1, threads = NULL) {
  call <- rlang::current_env()
  check_package("rmarkdown", call = call)
  if (!rmarkdown::pandoc_available()) {
    abort_forebear("package", c("The report needs pandoc, which makes the page.",
      i = "Install it with `apt-get install pandoc`, or use RStudio, which has it."), call)
  }
  out <- path.expand(check_string(out, "out", call))
  check_report_folder(out, call)
  build <- check_choice(build, "build", c("none", "hg19", "hg38"))
  seed <- check_seed(seed, call)
  threads <- check_threads(threads, call)
  given <- report_data(study, reference, labels, phased, call)
  folder <- paste0(out, ".tmp", Sys.getpid())
  dir.create(file.path(folder, "tables"), recursive = TRUE)
  dir.create(file.path(folder, "figures"))
  on.exit(unlink(folder, recursive = TRUE))
  job <- new_report_job(folder, given, seed, threads)
  job <- report_quality(job, build)
  job <- report_components(job)
  job <- report_archetypes(job, k)
  job <- report_classes(job)
  job <- report_local_ancestry(job, tree)
  report_step(job, "page")
  write_report_page(job)
  publish_report(folder, out)
  invisible(file.path(out, "report.html"))
}

check_report_folder <- function(out, call) {
  files <- list.files(out, all.files = TRUE, no.. = TRUE)
  if (file.exists(out) && length(files) > 0 && !"report.html" %in% files) {
    abort_forebear("report_folder", c(
      "`out` must be a new folder, or that of an earlier report.",
      x = sprintf("%s exists and has no report.html.", quoted(out)), i = "Give another name."
    ), call)
  }
}

# A finished folder takes its place in one step; the one before it goes only then.
publish_report <- function(folder, out) {
  old <- paste0(out, ".old", Sys.getpid())
  if (file.exists(out)) {
    file.rename(out, old)
    on.exit(unlink(old, recursive = TRUE))
  }
  if (!file.rename(folder, out)) {
    if (file.exists(old)) file.rename(old, out)
    abort_forebear("file", c("The report could not be put in place.",
      x = sprintf("%s cannot be renamed to %s.", quoted(folder), quoted(out))))
  }
}

# What is at hand: base ("reference", or "study" without one: what fits are made of), study,
# reference (genotypes or NULL), labels (data frame or NULL); phased: study,
# reference, labels, or NULL; why_no_phase: words.
report_data <- function(study, reference, labels, phased, call) {
  study_given <- report_source(study, "study", call)
  reference_given <- if (!is.null(reference)) report_source(reference, "reference", call)
  if (is.character(labels) && length(labels) == 1 && is.null(names(labels))) {
    labels <- report_labels(labels, call)
  }
  # Before the work of minutes, not after it.
  if (!is.null(labels)) {
    labeled <- reference_given %||% study_given
    suppressMessages(match_labels_or_null(labels, labeled$samples$sample_id, NULL, call))
  }
  whole <- function(x) if (inherits(x, "forebear_haplotypes")) as_genotypes(x) else x
  why <- NULL
  if (isFALSE(phased)) {
    phased <- NULL
    why <- "It was not asked for."
  } else if (is.null(phased)) {
    phased <- phased_data(study_given, reference_given, labels)
    if (is.null(phased)) {
      why <- "Local ancestry needs phased haplotypes of the study and of a labeled reference."
    }
  } else {
    phased <- check_phased(phased, call)
  }
  list(base = if (is.null(reference)) "study" else "reference",
    study = whole(study_given), reference = whole(reference_given), labels = labels,
    phased = phased, why_no_phase = why, name = report_name(study, "study"),
    reference_name = if (!is.null(reference)) report_name(reference, "reference"))
}

# study, reference and labels where both are phased, or NULL.
phased_data <- function(study, reference, labels) {
  is_phased <- inherits(study, "forebear_haplotypes") && inherits(reference, "forebear_haplotypes")
  if (is_phased && !is.null(labels)) {
    list(study = study, reference = reference, labels = labels)
  }
}

report_name <- function(x, otherwise) if (is.character(x)) basename(x) else otherwise

check_phased <- function(phased, call) {
  needed <- c("study", "reference", "labels")
  if (!is.list(phased) || !all(needed %in% names(phased))) {
    abort_forebear("argument", c(
      "`phased` must be a list of `study`, `reference` and `labels`, or `FALSE`.",
      x = sprintf("It is %s.", describe_class(phased))), call)
  }
  check_haplotypes(phased$study, "phased$study", call)
  check_haplotypes(phased$reference, "phased$reference", call)
  phased[needed]
}

# Genotypes or haplotypes; a path is read.
report_source <- function(x, name, call) {
  if (inherits(x, c("forebear_genotypes", "forebear_haplotypes"))) {
    return(x)
  }
  if (is.matrix(x)) {
    return(as_genotypes(x))
  }
  path <- path.expand(check_string(x, name, call))
  if (grepl("[.]vcf([.]b?gz)?$", path)) {
    return(tryCatch(read_phased_vcf(path),
      forebear_error_not_phased = function(condition) read_vcf(path)))
  }
  read_bed(path)
}

report_labels <- function(path, call) {
  if (!file.exists(path)) {
    abort_forebear("file", c(sprintf("`labels` must be a table or the path of one."),
      x = sprintf("There is no file %s.", quoted(path))), call)
  }
  # Tabs, or commas or semicolons as spreadsheets write them.
  head <- readLines(path, n = 1, warn = FALSE)
  if (length(head) == 0 || !nzchar(head)) {
    abort_forebear("file", c("The table of `labels` must begin with the names of its columns.",
      x = sprintf("The first line of %s is empty.", quoted(path))), call)
  }
  utils::read.table(path, header = TRUE, sep = separator_of(head), quote = "\"", fill = TRUE,
    comment.char = "", colClasses = "character", check.names = FALSE,
    fileEncoding = "UTF-8-BOM")
}
