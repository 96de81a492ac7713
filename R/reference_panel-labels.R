# Tables of labels in the usual formats.

# Names of a column of sample IDs and of one of families, see bare_column().
sample_columns <- c("sample_id", "iid", "sample", "sampleid", "sample_name")
family_columns <- c("fid", "family_id", "familyid")

# Labels as a data frame with a column `sample_id`, or as a named vector, of text without white
# space around; what is neither comes back as it is.
#
# A table read from a file may have a byte order mark or a `#` before its first name, `#FID` and
# `IID` for the IDs, blanks around its values, and IDs that were read as numbers: 100000 is
# "100000", never "1e+05". Families are dropped, so that one other column is the labels.
label_table <- function(labels) {
  if (!is.data.frame(labels)) {
    if (!is.null(names(labels)) && is.atomic(labels)) names(labels) <- id_text(names(labels))
    return(trimmed(labels))
  }
  bare <- bare_column(names(labels))
  owner <- if ("sample_id" %in% names(labels)) {
    which(names(labels) == "sample_id")
  } else {
    intersect(match(sample_columns, bare), seq_along(labels))
  }
  if (length(owner) == 0) {
    return(labels)
  }
  names(labels)[owner[1]] <- "sample_id"
  is_family <- bare %in% family_columns & bare[owner[1]] == "iid"
  labels <- labels[!is_family]
  labels[] <- lapply(labels, trimmed)
  labels$sample_id <- id_text(labels$sample_id)
  labels
}

# Text, or the levels of a factor, without white space around.
trimmed <- function(x) {
  if (is.factor(x)) {
    levels(x) <- trimws(levels(x))
  } else if (is.character(x)) {
    x[] <- trimws(x)
  }
  x
}
