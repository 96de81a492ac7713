#' Q matrices in the files of other programs
#'
#' `read_q()` reads what programs write about the ancestry of samples, plain or gzipped, so that it
#' can be drawn, tidied and compared with [compare_ancestry()] like a fit of [archetypes()].
#' `write_q()` writes the `.Q` of ADMIXTURE.
#'
#' Values of `format`:
#'
#' * `"admixture"`: a line of weights per sample, as ADMIXTURE, fastmixture, sNMF, Neural ADMIXTURE
#'   and TESS3 (`.Q`) and fastStructure (`.meanQ`) write it;
#' * `"structure"`: the table of inferred ancestry in the text output of STRUCTURE, which ends in
#'   `_f`;
#' * `"indfile"`: `index label (missing) population : weights`, as in `.indfile`, `.indivq` and the
#'   output of CLUMPP, and for distruct;
#' * `"popfile"`: `population: weights n_samples`, as in `.popfile` and `.popq`, of the same;
#' * `"table"`: weights beside names, perhaps with a header, of FRAPPE, R or a spreadsheet (`.csv`,
#'   `.tsv`);
#' * `"scope"`: a line per cluster, as in `Qhat.txt` of SCOPE.
#'
#' In a `"table"`, columns are separated by tabs, commas, semicolons (the decimal point may then be
#' a comma) or spaces. The weights are the neighboring columns of numbers from 0 to 1 whose sums are
#' nearest to 1. Samples are named by the column that is called `sample_id`, `IID` or the like; else
#' by the second, as in a .ped, or by the first with no name twice. Where there was a choice, a
#' message of class `forebear_message_table_columns` says what was read as what. A message of class
#' `forebear_message_transposed` says that lines were taken to be clusters without being asked.
#'
#' Clusters are called archetype1, archetype2, ... in the order of the file, or as the header calls
#' them if that says more than `Q1`, `V1`. Numbers up to 0.001 outside of 0 to 1 are rounding, and
#' clamped. Otherwise weights stay as the file has them: where a program rounds to three digits,
#' rows sum to 1 within that.
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
#' @param format One of those above; `"auto"` finds which from the file.
#' @param run Which run of an indfile or popfile to read; needed if there are several.
#' @param tolerance Most by which the weights of a sample may miss the sum of 1.
#' @param x For `write_q()`: anything with a Q matrix; see [as_q_matrix()].
#' @returns `read_q()`: an object of class `forebear_q_matrix`, for [tidy()], [glance()],
#'   [augment()], [autoplot()][autoplot.forebear_q_matrix] and [compare_ancestry()]. Of a popfile
#'   its samples are populations. `write_q()`: `path`, invisibly; the file appears only when it is
#'   whole.
#' @section Errors:
#' With file and line: `forebear_error_column_count` (lines differ in their number of weights),
#' `forebear_error_field` (a weight that is no number from 0 to 1),
#' `forebear_error_q_row_sum`. `forebear_error_sample_count` and
#' `forebear_error_variant_count` if `samples` or `variants` are more or fewer than the
#' lines; `forebear_error_no_such_run`; `forebear_error_file` and
#' `forebear_error_truncated` if a file cannot be read.
#' @references Tang H. et al. (2005), Genetic Epidemiology 28:289 (FRAPPE). Chiu A. M. et al.
#'   (2022), American Journal of Human Genetics 109:727 (SCOPE). Jakobsson M. and Rosenberg N. A.
#'   (2007), Bioinformatics 23:1801 (CLUMPP).
#' @family Q matrices
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' fit <- archetypes(genotypes, k = 4)
#' path <- write_q(fit, tempfile(fileext = ".Q"))
#' q <- read_q(path, samples = genotypes)
#' q
#' compare_ancestry(fit, q)
#' read_q(example_data("truth"))
#' @export
read_q <- function(path, samples = NULL, frequencies = NULL, variants = NULL,
                   format = c("auto", "admixture", "structure", "indfile", "popfile", "table",
                              "scope"), run = NULL, tolerance = 0.01) {
  path <- check_path(path, "path")
  format <- check_choice(format, "format", q_formats)
  wanted <- if (is.null(run)) 0L else check_count(run, "run")
  tolerance <- check_number(tolerance, "tolerance", min = 0, max = 1)
  file <- with_progress(function(progress) rust_read_q(path, format, wanted, tolerance, progress))
  check_uses(run, file$format, frequencies, variants, path)
  inform_layout(file, path, format)
  q <- nan_to_na(file$q)
  colnames(q) <- cluster_names_of(file$table$cluster, ncol(q))
  sample_id <- ids_of_file(samples, file$sample_id, nrow(q), path)
  format <- if (grepl("[.]meanQ(.gz)?$", path)) "faststructure" else file$format
  if (is.null(frequencies)) {
    return(new_q_matrix(q, sample_id, format))
  }
  frequencies <- check_path(frequencies, "frequencies")
  p <- with_progress(function(progress) rust_read_frequencies(frequencies, ncol(q), progress))
  variant_id <- ids_of(variants, "variant_id", "variants") %||% paste0("variant", seq_len(nrow(p)))
  check_id_count(variant_id, nrow(p), "variant", frequencies)
  new_q_matrix(q, sample_id, format, `colnames<-`(p, colnames(q)), variant_id)
}

# IDs that the user gives, or the file has, or made up.
ids_of_file <- function(samples, labels, n, path, call = rlang::caller_env()) {
  sample_id <- ids_of(samples, "sample_id", "samples", call) %||% labels %||%
    paste0("sample", seq_len(n))
  check_id_count(sample_id, n, "sample", path, call)
  check_label_order(sample_id, labels, path, call)
  sample_id
}

# Arguments that the file has no use for.
check_uses <- function(run, format, frequencies, variants, path, call = rlang::caller_env()) {
  if (!is.null(run) && !format %in% c("indfile", "popfile")) {
    abort_forebear("argument", c("`run` chooses among the runs of an indfile.",
      x = sprintf("\"%s\" is a file of \"%s\", with one run.", path, format)), call)
  }
  if (!is.null(variants) && is.null(frequencies)) {
    abort_forebear("argument", c("`variants` names the lines of the file `frequencies`.",
      x = "`frequencies` is not given."), call)
  }
}

q_formats <- c("auto", "admixture", "structure", "indfile", "popfile", "table", "scope")

# What the file left to be guessed.
inform_layout <- function(file, path, format) {
  if (file$format == "scope" && format == "auto") {
    inform_forebear("transposed", sprintf(
      "The columns of \"%s\" sum to 1, not its lines: %s, one per line, of %s, as SCOPE writes.",
      path, counted(ncol(file$q), "cluster"), counted(nrow(file$q), "sample")))
  }
  if (!is.null(file$table)) inform_table(file$table, path)
}

inform_table <- function(table, path) {
  n_others <- table$columns[[1]] - 1 + max(0, table$id_column - table$columns[[2]])
  lost_names <- n_others > 0 && table$id_column == 0
  if (n_others <= 1 && table$n_lines_above == 0 && !lost_names) {
    return(invisible())
  }
  above <- if (table$n_lines_above > 0) {
    sprintf(" %s above it %s passed over.", counted(table$n_lines_above, "line"),
      if (table$n_lines_above == 1) "was" else "were")
  }
  samples <- if (table$id_column == 0) "no column has the samples" else
    sprintf("column %d has the samples", table$id_column)
  inform_forebear("table_columns", paste0(
    sprintf("Of \"%s\", columns %d to %d are weights, %s.", path, table$columns[[1]],
      table$columns[[2]], samples), above))
}

# Names that a header gives to clusters, unless they are numbers in disguise: Q1, V1, cluster 1.
cluster_names_of <- function(names, k) {
  are_plain <- is.null(names) || anyDuplicated(names) > 0 || any(names == "") ||
    all(grepl("^(K|Q|V|X|pop|comp|cluster|archetype|ancestry|anc)?[ ._]?[0-9]+$", names,
      ignore.case = TRUE))
  if (are_plain) numbered_names(seq_len(k)) else names
}

#' @rdname read_q
#' @export
write_q <- function(x, path) {
  path <- check_path(path, "path")
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
