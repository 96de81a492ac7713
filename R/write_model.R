#' Keep a fitted model in a file
#'
#' `saveRDS()` works too. A model file is versioned and checksummed besides: one that
#' is truncated, damaged or newer than the package is refused with a message, never
#' half read. It records the version of forebear, the variants with their alleles, and
#' the number of samples and variants; one of [local_ancestry()] also its settings, its panel
#' population by population (`summary()`), and the genome builds that the positions fit. It can be
#' read on another machine.
#'
#' @param fit A [pca()], [archetypes()], [admixture()] or [local_ancestry()] fit.
#' @param path Path of the file. It appears only when it is whole.
#' @returns `write_model()`: `path`, invisibly. `read_model()`: the fit.
#' @section What is in it:
#' The IDs and scores or weights of the samples that were fitted, the variants, and
#' what [predict()] needs of them: loadings and allele frequencies. No genotypes; but a
#' [local_ancestry()] model holds haplotypes of panel members: stretches of many, its support
#' vectors, and those of up to 150 samples of each population from end to end, by which
#' [phase_switches()] are placed. Give it only to those who may have the panel.
#' @section Errors:
#' `forebear_error_model_file` if a file is not a model, damaged, or too new;
#' `forebear_error_file` if it cannot be read or written.
#' @examples
#' fit <- pca(read_bed(example_data("panel")), num_comp = 2)
#' path <- write_model(fit, tempfile(fileext = ".forebear"))
#' read_model(path)
#' @export
write_model <- function(fit, path) {
  path <- path.expand(check_string(path, "path"))
  # An admixture fit is an archetypes fit too; its own class comes first.
  kind <- intersect(class(fit), paste0("forebear_", model_kinds))[1]
  if (is.na(kind)) {
    message <- c(
      "A model must be a fit of `pca()`, `archetypes()`, `admixture()` or `local_ancestry()`.",
      x = sprintf("It is %s.", describe_class(fit)))
    abort_forebear("argument", message)
  }
  n_variants <- nrow(fit$variants) %||% nrow(fit$projection$variants) %||% 0
  version <- as.character(utils::packageVersion("forebear"))
  payload <- serialize(unclass(fit), NULL, version = 3)
  kind <- sub("^forebear_", "", kind)
  answer(rust_write_model(path, kind, version, length(fit$sample_id), n_variants, payload))
  invisible(path)
}

model_kinds <- c("pca", "admixture", "archetypes", "local_ancestry")

#' @rdname write_model
#' @export
read_model <- function(path) {
  path <- path.expand(check_string(path, "path"))
  file <- answer(rust_read_model(enc2utf8(path)))
  if (!file$kind %in% model_kinds) {
    abort_forebear("model_file", c(
      sprintf("\"%s\" is not a forebear model that this version can read.", path),
      x = sprintf("It holds a %s.", file$kind)
    ))
  }
  class <- if (file$kind == "admixture") c("admixture", "archetypes") else file$kind
  structure(unserialize(file$payload), class = paste0("forebear_", class))
}
