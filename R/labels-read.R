# Tables of labels in files, and tables without a header.

#' Read a table of labels
#'
#' Reads which sample belongs to which population, in whatever shape the table is: separated by
#' tabs, commas, semicolons or blanks, plain or gzipped, with a header or without one, with a
#' column of families or without one. Every function that takes `labels` takes the path of such a
#' file, too.
#'
#' A first line with a name of a column of samples (`sample_id`, `IID`, `sample`, `sampleid`,
#' `sample_name`) or of populations (`population`, `pop`, `population_code`, `population_name`,
#' `label`, `group`), in any case, with or without `#`, with blanks, dots or hyphens for the
#' underscore, is a header. Without one, the first column is the samples and the second the
#' populations, as a message of class `forebear_message_no_header` says; of three or more columns,
#' the first is the families, as `FID IID population` has it, if IDs are repeated in it but not in
#' the second, or if it equals the second. Further columns are called `column_4` and so on.
#'
#' A field may stand between double quotes, as spreadsheets write those with separators in them;
#' quotes inside a field belong to it.
#'
#' @param path Path of the file.
#' @param header Whether the first line has the names of columns; `NULL` finds out.
#' @returns A tibble with the column `sample_id`, `family_id` where there are families, and the
#'   other columns as text, `NA` for `NA` and nothing.
#' @section Errors:
#' `forebear_error_file_not_found`; `forebear_error_not_utf8`; `forebear_error_labels_table` (with
#' file, line and what to do) for an empty file, a line of another number of columns, no column of
#' samples or of labels, and a sample on two lines.
#' @examples
#' read_labels(example_data("labels"))
#'
#' path <- tempfile()
#' writeLines(c("f1 s1 north", "f1 s2 south"), path)
#' read_labels(path)
#' @export
read_labels <- function(path, header = NULL) {
  call <- rlang::current_env()
  path <- check_path(path, "path", call)
  if (!is.null(header)) header <- check_flag(header, "header", call)
  if (!file.exists(path) || dir.exists(path)) {
    abort_forebear("file_not_found", c("`path` must be a file of labels.",
      x = sprintf("\"%s\" %s.", path, if (dir.exists(path)) "is a folder" else "does not exist")),
    call)
  }
  refuse <- function(rule, found, hint) {
    abort_forebear("labels_table", c(rule, x = found, i = hint), call)
  }
  lines <- label_lines(path, refuse, call)
  separator <- separator_of(lines$text[[1]])
  fields <- label_fields(lines, separator, path, refuse)
  bare <- bare_column(fields[1, ])
  has_header <- header %||% any(bare %in% c(sample_columns, default_label_columns))
  if (has_header) {
    names <- fields[1, ]
    fields <- fields[-1, , drop = FALSE]
    lines <- lines[-1, ]
  }
  if (nrow(fields) == 0) {
    refuse("A table of labels must have a line for each sample.",
      sprintf("\"%s\" has a header and nothing else.", path), "Choose another file.")
  }
  names <- if (has_header) header_of_labels(names, path, refuse) else names_without_header(fields)
  if (!has_header && ncol(fields) < 2) {
    refuse("A table of labels must have a column of samples and one of labels.",
      sprintf("Line %s of \"%s\" has one column: \"%s\".", big(lines$number[[1]]), path,
        lines$text[[1]]), "Separate the columns by tabs, commas or blanks.")
  }
  colnames(fields) <- names
  if (is.null(header) && !has_header) inform_no_header(path, fields)
  check_lines_of_samples(fields[, "sample_id"], lines$number, path, refuse)
  fields[fields %in% c("", "NA")] <- NA
  tibble::as_tibble(as.data.frame(fields, check.names = FALSE))
}

# number and text of the lines that hold something.
label_lines <- function(path, refuse, call) {
  text <- readLines(path, warn = FALSE)
  wrong <- which(!validUTF8(text))
  if (length(wrong) > 0) {
    abort_forebear("not_utf8", c("A table of labels must be text in UTF-8.",
      x = sprintf("Line %s of \"%s\" is not.", big(wrong[1]), path),
      i = "Convert it, for example with `iconv -f latin1 -t utf-8`."), call)
  }
  Encoding(text) <- "UTF-8"
  text <- sub("\r$", "", text)
  if (length(text) > 0) text[[1]] <- sub("^\ufeff", "", text[[1]])
  holds <- which(grepl("[^[:space:]]", text) & !startsWith(text, "##"))
  if (length(holds) == 0) {
    refuse("A table of labels must have a line for each sample.",
      sprintf("\"%s\" is empty.", path), "Choose another file.")
  }
  data.frame(number = holds, text = text[holds])
}

separator_of <- function(line) {
  for (separator in c("\t", ";", ",")) {
    if (grepl(separator, line, fixed = TRUE)) {
      return(separator)
    }
  }
  ""
}

# What was taken for what, where no line says so: a header in other words would be a sample.
inform_no_header <- function(path, fields) {
  column <- match(c("sample_id", "population"), colnames(fields))
  inform_forebear("no_header", c(
    sprintf("\"%s\" has no header that is known; column %d is taken as samples, %d as populations.",
      path, column[1], column[2]),
    "*" = sprintf("The first sample is \"%s\", of population \"%s\".", fields[1, column[1]],
      fields[1, column[2]]),
    i = "If that is a header, call the two columns `sample_id` and `population` there."))
}

# [n_lines x n_columns] of text.
label_fields <- function(lines, separator, path, refuse) {
  fields <- lapply(lines$text, function(line) trimws(split_fields(line, separator)))
  n <- lengths(fields)
  wrong <- which(n != n[[1]])
  if (length(wrong) > 0) {
    first <- wrong[[1]]
    refuse("Every line of a table of labels must have as many columns as the first.",
      sprintf("Line %s of \"%s\" has %s, line %s has %d: \"%s\".", big(lines$number[[first]]), path,
        counted(n[[first]], "column"), big(lines$number[[1]]), n[[1]], lines$text[[first]]),
      if (separator == "") {
        "Put labels with blanks between quotes, or separate the columns by tabs."
      } else {
        "Complete the line, or take it out."
      })
  }
  matrix(unlist(fields), ncol = n[[1]], byrow = TRUE)
}

# The fields of one line. Quotes are signs of the table only where a field begins with one: names
# may have them inside. `""` between quotes is a quote.
split_fields <- function(line, separator) {
  if (separator == "") {
    return(scan(text = line, what = "", quote = "\"", quiet = TRUE, comment.char = ""))
  }
  # Each field with a separator before it, so that empty ones are found too.
  pattern <- sprintf("%1$s( *\"([^\"]|\"\")*\" *(?=%1$s|$)|[^%1$s]*)", separator)
  line <- paste0(separator, line)
  fields <- trimws(substring(regmatches(line, gregexpr(pattern, line, perl = TRUE))[[1]], 2))
  quoted <- grepl("^\".*\"$", fields) & nchar(fields) > 1
  fields[quoted] <- gsub("\"\"", "\"", substr(fields[quoted], 2, nchar(fields[quoted]) - 1),
    fixed = TRUE)
  fields
}

header_of_labels <- function(names, path, refuse) {
  bare <- bare_column(names)
  owner <- intersect(match(sample_columns, bare), seq_along(bare))
  others <- which(!bare %in% c(sample_columns, family_columns))
  if (length(owner) == 0 || length(others) == 0) {
    refuse(sprintf("A table of labels must have a column of %s.",
      if (length(owner) == 0) "samples" else "labels"),
      sprintf("The columns of \"%s\" are %s.", path, quoted(names)),
      if (length(owner) == 0) {
        "Call it `sample_id` or `IID`; `header = FALSE` says that the first line is a sample."
      } else {
        "Add one, such as `population`."
      })
  }
  names[owner[[1]]] <- "sample_id"
  family <- which(bare %in% family_columns)
  if (length(family) > 0) names[family[[1]]] <- "family_id"
  empty <- which(names == "")
  names[empty] <- sprintf("column_%d", empty)
  make.unique(names, sep = "_")
}

# [n_columns] names of the columns of a table without a header.
names_without_header <- function(fields) {
  n <- ncol(fields)
  has_families <- n >= 3 && !anyDuplicated(fields[, 2]) &&
    (anyDuplicated(fields[, 1]) > 0 || all(fields[, 1] == fields[, 2]))
  own <- c(if (has_families) "family_id", "sample_id", "population")
  c(own, sprintf("column_%d", seq_len(n)[-seq_along(own)]))[seq_len(n)]
}

check_lines_of_samples <- function(sample_id, number, path, refuse) {
  empty <- which(sample_id == "")
  if (length(empty) > 0) {
    refuse("Every line of a table of labels must have a sample.",
      sprintf("Line %s of \"%s\" has none.", big(number[[empty[[1]]]]), path),
      "Complete the line, or take it out.")
  }
  again <- which(duplicated(sample_id))
  if (length(again) > 0) {
    id <- sample_id[[again[[1]]]]
    refuse("A table of labels must have each sample once.",
      sprintf("\"%s\" is on lines %s and %s of \"%s\"%s.", id,
        big(number[[match(id, sample_id)]]), big(number[[again[[1]]]]), path,
        if (length(again) > 1) sprintf(", and %s more samples", big(length(again) - 1)) else ""),
      "Take the wrong lines out.")
  }
}

# Names that read.table() and others give to the columns of a table without a header.
are_invented <- function(names) {
  length(names) > 1 && (all(grepl("^V[0-9]+$", names)) || all(grepl("^X[0-9]+$", names)))
}

# A data frame whose columns have no names of their own, as one with them.
with_label_names <- function(labels) {
  fields <- vapply(labels, function(column) trimws(id_text(column)), character(nrow(labels)))
  stats::setNames(labels, names_without_header(matrix(fields, nrow(labels))))
}

# Labels that may be the path of a file, read.
labels_or_path <- function(labels, call) {
  is_path <- rlang::is_string(labels) && is.null(names(labels)) && file.exists(labels) &&
    !dir.exists(labels)
  if (is_path) in_name_of(call, read_labels(labels)) else labels
}
