#' Q matrices in the files of other programs
#'
#' `read_q()` reads what ADMIXTURE and fastmixture (`.Q`, and `.P` beside it), STRUCTURE
#' (the text output that ends in `_f`) and CLUMPP (`indfile`) write, plain or gzipped, so that
#' it can be drawn, tidied and compared with [compare_ancestry()] like a fit of
#' [archetypes()]. `write_q()` writes the `.Q` of ADMIXTURE.
#'
#' Clusters are called archetype1, archetype2, ... in the order of the file's columns.
#' Weights stay as the
#' file has them: where a program rounds to three digits, rows sum to 1 within that.
#' `write_q()` writes every number with the fewest digits that read back as the same, so
#' that reading returns what was written, to the last bit. A `.Q` has no sample IDs: it is in
#' the order of the samples of the `.fam`. A sample without an answer is a row of `NA`, which a
#' message says; other programs may refuse it.
#'
#' @param path Path of the file. `write_q()` compresses it, in the blocks of bgzip, if its name ends
#'   in `.gz` or `.bgz`.
#' @param samples Sample IDs in the order of the file: a character vector, or [genotypes] or
#'   a table with a column `sample_id`. By default the labels of the file, or `sample1`,
#'   `sample2`, ... where it has none. STRUCTURE cuts labels after 11 characters.
#' @param frequencies Path of the `.P` file with the allele frequencies of the clusters, one
#'   line per variant, or `NULL`.
#' @param variants Variant IDs in the order of the `.P` file: a character vector, or
#'   [genotypes] or a table with a column `variant_id`. By default `variant1`, ....
#' @param format `"admixture"` (also fastmixture), `"structure"` or `"indfile"`; `"auto"` finds
#'   which from the file.
#' @param run Which run of an indfile to read; needed if there are several.
#' @param tolerance Most by which the weights of a sample may miss the sum of 1.
#' @param x For `write_q()`: anything with a Q matrix; see [as_q_matrix()].
#' @returns `read_q()`: an object of class `forebear_q_matrix`, for [tidy()], [glance()],
#'   [augment()], [autoplot()][autoplot.forebear_q_matrix] and [compare_ancestry()]. `write_q()`:
#'   `path`, invisibly; the file appears only when it is whole.
#' @section Errors:
#' With file and line: `forebear_error_column_count` (lines differ in their number of weights),
#' `forebear_error_field` (a weight that is no number from 0 to 1),
#' `forebear_error_q_row_sum`. `forebear_error_sample_count` and
#' `forebear_error_variant_count` if `samples` or `variants` are more or fewer than the
#' lines; `forebear_error_no_such_run`; `forebear_error_file` and
#' `forebear_error_truncated` if a file cannot be read.
#' @family Q matrices
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 4)
#' path <- write_q(fit, tempfile(fileext = ".Q"))
#' q <- read_q(path, samples = genotypes)
#' q
#' compare_ancestry(fit, q)
#' @export
read_q <- function(path, samples = NULL, frequencies = NULL, variants = NULL,
                   format = c("auto", "admixture", "structure", "indfile"), run = NULL,
                   tolerance = 0.01) {
  path <- path.expand(check_string(path, "path"))
  format <- check_choice(format, "format", c("auto", "admixture", "structure", "indfile"))
  wanted <- if (is.null(run)) 0L else check_count(run, "run")
  tolerance <- check_number(tolerance, "tolerance", min = 0, max = 1)
  file <- with_progress(function(progress) rust_read_q(path, format, wanted, tolerance, progress))
  if (!is.null(run) && file$format != "indfile") {
    abort_forebear("argument", c("`run` chooses among the runs of an indfile.",
      x = sprintf("\"%s\" is a file of \"%s\", with one run.", path, file$format)))
  }
  if (!is.null(variants) && is.null(frequencies)) {
    abort_forebear("argument", c("`variants` names the lines of the file `frequencies`.",
      x = "`frequencies` is not given."))
  }
  q <- nan_to_na(file$q)
  colnames(q) <- numbered_names(seq_len(ncol(q)))
  sample_id <- ids_of(samples, "sample_id", "samples") %||% file$sample_id %||%
    paste0("sample", seq_len(nrow(q)))
  check_id_count(sample_id, nrow(q), "sample", path)
  check_label_order(sample_id, file$sample_id, path)
  if (is.null(frequencies)) {
    return(new_q_matrix(q, sample_id, file$format))
  }
  frequencies <- path.expand(check_string(frequencies, "frequencies"))
  p <- with_progress(function(progress) rust_read_frequencies(frequencies, ncol(q), progress))
  variant_id <- ids_of(variants, "variant_id", "variants") %||% paste0("variant", seq_len(nrow(p)))
  check_id_count(variant_id, nrow(p), "variant", frequencies)
  new_q_matrix(q, sample_id, file$format, `colnames<-`(p, colnames(q)), variant_id)
}

#' @rdname read_q
#' @export
write_q <- function(x, path) {
  path <- path.expand(check_string(path, "path"))
  q <- ancestry_matrix(x)
  unanswered <- row_sample_id(q)[!is_answered(q)]
  if (length(unanswered) > 0) {
    inform_forebear("rows_of_na", sprintf("Weights are NA for %s without an answer: %s.",
      counted(length(unanswered), "sample"), quoted(unanswered)))
  }
  with_progress(function(progress) rust_write_q(unname(q), path, progress))
  invisible(path)
}

# IDs from a character vector, a table or genotypes; NULL stays NULL.
ids_of <- function(x, column, name, call = rlang::caller_env()) {
  if (inherits(x, c("forebear_genotypes", "forebear_haplotypes"))) {
    x <- if (column == "sample_id") samples(x) else variants(x)
  }
  if (is.data.frame(x) && column == "sample_id") x <- label_table(x)
  if (is.data.frame(x) && column %in% names(x)) x <- x[[column]]
  if (is.null(x)) {
    return(NULL)
  }
  if (!is.atomic(x) || anyNA(x)) {
    message <- c(sprintf("`%s` must be IDs, genotypes or a table with a column `%s`.", name,
      column), x = found(x))
    abort_forebear("argument", message, call)
  }
  id_text(x)
}

check_id_count <- function(id, n_there, what, path, call = rlang::caller_env()) {
  if (length(id) != n_there) {
    message <- c(
      sprintf("`%ss` must name every %s of the file, in its order.", what, what),
      x = sprintf("\"%s\" has %s; `%ss` names %s.", path, counted(n_there, what), what,
        big(length(id)))
    )
    abort_forebear(paste0(what, "_count"), message, call)
  }
}

# The same names in another order would give samples the weights of others.
check_label_order <- function(sample_id, labels, path, call = rlang::caller_env()) {
  if (!is.null(labels) && setequal(sample_id, labels) && !identical(sample_id, labels)) {
    first <- which(sample_id != labels)[[1]]
    message <- c("`samples` must be in the order of the file.",
      x = sprintf("Sample %s is %s in `samples` and %s in \"%s\".", big(first),
        quoted(sample_id[first]), quoted(labels[first]), path),
      i = "Leave `samples` out: the file has its own IDs.")
    abort_forebear("sample_order", message, call)
  }
}
