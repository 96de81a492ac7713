#' Keep a fitted model in a file
#'
#' `write_model()` keeps any fit of this package in a file, `read_model()` gives it back as it was,
#' on another computer and in another version of R too.
#'
#' A model file is versioned and checksummed: one that is truncated, damaged, changed or of another
#' version is refused with a message that names what is wrong, never half read. It records the
#' version of forebear, the variants with their alleles, the genome builds that their positions fit,
#' and the number of samples and variants; one of [local_ancestry()] also its settings and its
#' panel, population by population (`summary()`).
#'
#' @section Files from others:
#' A model file is data alone: numbers, texts and tables, in a format of this package. Nothing in it
#' can run, unlike in files of [saveRDS()], which can hold code of whoever wrote them. When it is
#' read, every field is checked: its type, its shape beside the other fields, and the range of its
#' values. So a file from a stranger may hold a bad model, but it can do nothing. Files of the
#' format of forebear before this one held R objects, and are refused.
#'
#' @section What is in it:
#' The IDs and scores or weights of the samples that were fitted, the labels that a classifier
#' learned from, the variants, and what [predict()] needs of them: loadings and allele frequencies.
#' No genotypes; but a [local_ancestry()] model holds **haplotypes of members of the panel**:
#' segments of many, its support vectors, and those of up to 150 samples of each population from end
#' to end, by which [phase_switches()] are placed. Give such a file only to those who may have
#' the panel.
#'
#' @param fit A [pca()], [archetypes()], [admixture()], [gtm()], [classify()] or [local_ancestry()]
#'   fit.
#' @param path Path of the file. It appears only when it is whole.
#' @returns `write_model()`: `path`, invisibly. `read_model()`: the fit.
#' @section Errors:
#' `forebear_error_model_file` if a file is not a model, damaged, or of another version, or if a fit
#' was changed so that it could not be read again; `forebear_error_file` if a file cannot be read or
#' written.
#' @examples
#' fit <- pca(read_bed(example_data("panel")), num_comp = 2)
#' path <- write_model(fit, tempfile(fileext = ".forebear"))
#' read_model(path)
#' @export
write_model <- function(fit, path) {
  call <- rlang::current_env()
  path <- check_path(path, "path")
  kind <- model_kind(fit)
  if (is.na(kind)) {
    message <- c(
      paste("A model must be a fit of `pca()`, `archetypes()`, `admixture()`, `gtm()`,",
        "`classify()` or `local_ancestry()`."),
      x = sprintf("It is %s.", describe_class(fit)))
    abort_forebear("argument", message)
  }
  values <- plain_value(once_in_file(fit))
  check_can_be_read(values, fit, kind, call)
  header <- file_header(kind, fitted_samples(fit), fitted_variants(fit))
  answer(rust_write_model(path, header, values))
  invisible(path)
}

# Rules of the fits by the word that a file has for each.
model_rules <- list(
  pca = pca_rule, archetypes = archetypes_rule, admixture = admixture_rule,
  gtm = gtm_rule(space_rule), classifier = classifier_rule,
  local_ancestry = local_ancestry_file_rule
)

# The word for a fit, or NA. An admixture fit is an archetypes fit too; its own class comes first.
model_kind <- function(fit) {
  sub("^forebear_", "", intersect(class(fit), paste0("forebear_", names(model_rules)))[1])
}

fitted_samples <- function(fit) fit$sample_id %||% fit$space$sample_id

# NULL for a fit of a matrix.
fitted_variants <- function(fit) {
  fit$variants %||% fit$projection$variants %||% fit$space$projection$variants
}

# What a fit has twice is once in a file; the rules put it back.
once_in_file <- function(fit) {
  if (inherits(fit, "forebear_classifier") && fit$method == "gtm") {
    fit$model$map["space"] <- list(NULL)
  }
  if (inherits(fit, "forebear_local_ancestry")) fit$sites["variants"] <- list(NULL)
  fit
}

# What is known of a file without unpacking it.
file_header <- function(kind, sample_id = character(), variants = NULL) {
  build <- if (!is.null(variants)) answer(rust_named_builds(as.list(variants)))
  list(
    kind = kind, forebear = as.character(utils::packageVersion("forebear")),
    n_samples = as.double(length(sample_id)), n_variants = as.double(NROW(variants)),
    build = as.character(build)
  )
}

# A fit that would be refused when it is read, or come back as another, is refused here.
check_can_be_read <- function(values, fit, kind, call) {
  refuse <- function(problem) {
    abort_forebear("model_file", c("A fit can be written only as it was made.",
      x = printable(problem), i = "Was it changed by hand? Then fit it again."), call)
  }
  again <- model_rules[[kind]](values, start_of_file(refuse))
  if (!identical(again, fit)) refuse("It has attributes or classes that a fit does not have.")
}

#' @rdname write_model
#' @export
read_model <- function(path) {
  call <- rlang::current_env()
  path <- check_path(path, "path")
  file <- answer(rust_read_model(path))
  refuse <- function(problem) {
    abort_forebear("model_file", c(
      sprintf("\"%s\" is not a forebear model that this version can read.", path),
      x = printable(problem)
    ), call)
  }
  if (!file$kind %in% names(model_rules)) refuse(sprintf("It holds a %s.", file$kind))
  fit <- model_rules[[file$kind]](file$values, start_of_file(refuse))
  check_header(file, fit, refuse)
  fit
}

check_header <- function(file, fit, refuse) {
  there <- c(samples = length(fitted_samples(fit)), variants = NROW(fitted_variants(fit)))
  said <- c(samples = file$n_samples, variants = file$n_variants)
  wrong <- names(there)[there != said]
  if (length(wrong) > 0) {
    refuse(sprintf("Its header says that it has %s %s; it has %s.", big(said[[wrong[1]]]),
      wrong[1], big(there[[wrong[1]]])))
  }
}

# What a file says may be anything: no control characters, and no books.
printable <- function(text) {
  text <- gsub("[[:cntrl:]]", "?", text)
  if (nchar(text) > 1000) paste0(substr(text, 1, 1000), " ...") else text
}

# Writes any values as a model, checksums and all: for tests of `read_model()`.
write_model_values <- function(values, kind, path, n_samples = 0, n_variants = 0) {
  header <- file_header(kind)
  header[c("n_samples", "n_variants")] <- list(as.double(n_samples), as.double(n_variants))
  answer(rust_write_model(path, header, values))
}
