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
#' 1. Quality control of the reference (of the study without one): [qc_recipe()] without samples of
#'    which more than 10 % of the genotypes are missing and without relatives, as [unrelated()]
#'    leaves them out (looked for among at most 5000 samples; on few variants a pair counts only
#'    above what chance gives), pruned at r2 0.2 in windows of 200 variants; call rates, and pairs
#'    of relatives in the study.
#' 2. [pca()], and the study (without a reference: the samples that were left out) on the same
#'    components.
#' 3. [archetypes_path()] and [cross_validate_k()]; the K that is shown is the smallest one whose
#'    error is within one standard error of the least, unless `k` is one number.
#' 4. [classify()] with linear SVMs on the components, [cross_validate()] of it, and a class map by
#'    GTM. A sample is not called where no population reaches 0.8, where `.typicality` is below
#'    0.01, or where it is less like the called population than each of its members, if these are
#'    19 or more. The page names populations of fewer: samples unlike those cannot be seen.
#'    Without a reference, the samples of the study that have no label are called.
#' 5. [local_ancestry()] of the phased study, and karyograms of three samples: those with the most
#'    even proportions.
#'
#' @param study [genotypes] or [haplotypes] of a study, or the path of a `.bed`, `.pgen`, `.geno`,
#'   `.vcf` or `.vcf.gz`, with or without that end.
#' @param reference The same of a reference, or `NULL`.
#' @param labels Populations of reference samples (of the study's without a reference), in any form
#'   that labels take in [classify()], or the path of a table, see [read_labels()]; `NULL`: none.
#' @param out Folder of the results. It appears when all is done; an earlier report there is
#'   replaced, another folder never.
#' @param phased `NULL`: local ancestry if study and reference are haplotypes. Or a list of `study`,
#'   `reference` ([haplotypes]) and `labels`; or `FALSE`: none.
#' @param tree Tree of the populations of local ancestry, as of [reference_panel()].
#' @param k Numbers of archetypes; `NULL`: 2 to the number of populations and two, at most 12, or 2
#'   to 6 without labels. Where the best is the largest, the page says so: try larger ones.
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
  out <- check_path(out, "out", call)
  check_report_folder(out, call)
  build <- check_choice(build, "build", c("none", "hg19", "hg38"))
  seed <- check_seed(seed, call)
  threads <- check_threads(threads, call)
  if (!is.null(k)) k <- check_ks(k, call)
  labels <- report_labels(labels, call)
  job <- new_report_job(seed, threads)
  job <- report_reading(job, study, reference, labels, phased, call)
  folder <- paste0(out, ".tmp", Sys.getpid())
  dir.create(file.path(folder, "tables"), recursive = TRUE)
  dir.create(file.path(folder, "figures"))
  on.exit(unlink(folder, recursive = TRUE))
  job$folder <- folder
  job$costs <- report_costs(job, k)
  # Fewer samples make no fit of so many archetypes.
  job <- report_quality(job, build, least = max(5, k + 1))
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

# The job with `given`, what is at hand: base ("reference", or "study" without one: what fits are
# made of), study, reference (genotypes or NULL), labels (data frame, vector or NULL); phased:
# study, reference, labels, or NULL; why_no_phase: words; name and reference_name.
report_reading <- function(job, study, reference, labels, phased, call) {
  report_step(job, "reading")
  job$given <- noting(job, "reading", report_data(study, reference, labels, phased, call))
  job
}

report_data <- function(study, reference, labels, phased, call) {
  study <- report_path(study, "study", call)
  reference <- report_path(reference, "reference", call)
  study_given <- report_source(study, "study", call)
  reference_given <- if (!is.null(reference)) report_source(reference, "reference", call)
  # Before the work of minutes, not after it; and who has no label, or is none of the samples.
  if (!is.null(labels)) {
    owner <- if (is.null(reference)) "study" else "reference"
    sample_id <- (reference_given %||% study_given)$samples$sample_id
    inform_unlabeled(match_labels_or_null(labels, sample_id, NULL, call), sample_id, owner)
  }
  whole <- function(x) if (inherits(x, "forebear_haplotypes")) as_genotypes(x) else x
  why <- NULL
  if (isFALSE(phased)) {
    phased <- NULL
    why <- "It was not asked for."
  } else if (is.null(phased)) {
    phased <- phased_data(study_given, reference_given, labels)
    if (is.null(phased)) why <- why_no_phase(study_given, reference_given, labels)
  } else {
    phased <- check_phased(phased, call)
  }
  list(base = if (is.null(reference)) "study" else "reference",
    study = whole(study_given), reference = whole(reference_given), labels = labels,
    phased = phased, why_no_phase = why, name = report_name(study, "study"),
    reference_name = if (!is.null(reference)) report_name(reference, "reference"))
}

inform_unlabeled <- function(population, sample_id, owner) {
  without <- sample_id[is.na(population)]
  if (length(without) > 0) {
    inform_forebear("unlabeled", sprintf("%s of the %s without a label: %s.",
      counted(length(without), "sample"), owner, quoted(without)))
  }
}

# What local ancestry lacks.
why_no_phase <- function(study, reference, labels) {
  lacking <- c(
    if (!inherits(study, "forebear_haplotypes")) "the study is not phased",
    if (is.null(reference)) "there is no reference" else
      if (!inherits(reference, "forebear_haplotypes")) "the reference is not phased",
    if (is.null(labels)) "there are no labels")
  sprintf("It needs phased haplotypes of the study and of a labeled reference, and %s.",
    paste(lacking, collapse = " and "))
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

# What a study may be in, in the order in which it is looked for.
report_formats <- c(".bed", ".pgen", ".geno", ".vcf.gz", ".vcf.bgz", ".vcf")

# A path with its end; what is no path as it is.
report_path <- function(x, name, call) {
  if (!rlang::is_string(x)) {
    return(x)
  }
  path <- path.expand(as_path(x))
  if (any(endsWith(tolower(path), report_formats))) {
    return(path)
  }
  there <- file.exists(paste0(path, report_formats))
  if (any(there)) {
    return(paste0(path, report_formats[there][1]))
  }
  abort_forebear("file", c(
    sprintf("`%s` must be the path of genotypes: %s, with or without that end.", name,
      paste(report_formats, collapse = ", ")),
    x = if (file.exists(path)) sprintf("%s has another end.", quoted(path)) else
      sprintf("There is no %s, nor one with such an end.", quoted(path)),
    i = if (endsWith(path, ".bcf")) sprintf("`bcftools view -Oz -o %s.vcf.gz %s` converts it.",
      sub("[.]bcf$", "", basename(path)), basename(path))
  ), call)
}

# Genotypes or haplotypes; a path is read.
report_source <- function(x, name, call) {
  if (inherits(x, c("forebear_genotypes", "forebear_haplotypes"))) {
    return(x)
  }
  if (is.matrix(x)) {
    return(as_genotypes(x))
  }
  path <- check_path(x, name, call)
  if (grepl("[.]vcf([.]b?gz)?$", tolower(path))) {
    return(report_vcf(path))
  }
  reader <- if (endsWith(tolower(path), ".pgen")) read_pgen else
    if (endsWith(tolower(path), ".geno")) read_eigenstrat else read_bed
  reader(path)
}

# Haplotypes where at least nine in ten of the records that can be read are phased, else genotypes.
report_vcf <- function(path) {
  tryCatch(read_phased_vcf(path), forebear_error_not_phased = function(condition) {
    genotypes <- read_vcf(path)
    haplotypes <- tryCatch(
      suppressMessages(read_phased_vcf(path, on_unphased = "drop"), "forebear_message_skipped"),
      forebear_error_no_variant_left = function(condition) NULL)
    n <- if (is.null(haplotypes)) 0 else ncol(haplotypes)
    is_phased <- n >= 0.9 * ncol(genotypes)
    why <- strsplit(conditionMessage(condition), "\n", fixed = TRUE)[[1]][2]
    inform_forebear("unphased", c(
      sprintf("%s is taken as %s; %s of the %s biallelic variants are phased without a gap.",
        quoted(basename(path)),
        if (is_phased) "phased, records that are not left out" else "unphased genotypes", big(n),
        big(ncol(genotypes))),
      sub(path, basename(path), sub("^\\S+ ", "", why), fixed = TRUE)))
    if (is_phased) haplotypes else genotypes
  })
}

# Labels as a named vector, as other functions take them, or a data frame of `sample_id`,
# `population` and families if there are any. They are looked at before anything else.
report_labels <- function(labels, call) {
  if (is.null(labels)) {
    return(NULL)
  }
  if (rlang::is_string(labels) && is.null(names(labels))) {
    if (!file.exists(labels)) {
      abort_forebear("file", c("`labels` must be a table or the path of one.",
        x = sprintf("There is no file %s.", quoted(labels))), call)
    }
    labels <- in_name_of(call, read_labels(labels))
  }
  table <- label_table(labels, call = call)
  if (!is.data.frame(table)) {
    return(table)
  }
  column <- tryCatch(choose_label_column(table, NULL, call),
    forebear_error_labels_columns = function(condition) {
      abort_forebear("labels_columns", c(
        "`labels` must have a column of samples and one of populations.",
        x = sprintf("Its columns are %s.", quoted(names(table))),
        i = "Call them `sample_id` and `population`."), call)
    })
  is_family <- bare_column(names(table)) %in% family_columns
  table <- table[c("sample_id", column, names(table)[is_family])]
  names(table)[2] <- "population"
  table
}
