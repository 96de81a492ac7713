# Tables of labels in the usual formats.

# Names of a column of sample IDs and of one of families, see bare_column().
sample_columns <- c("sample_id", "iid", "sample", "sampleid", "sample_name")
family_columns <- c("fid", "family_id", "familyid")

# Labels as a data frame with a column `sample_id`, or as a named vector, of text without white
# space around; what is neither comes back as it is. `labels` may be the path of a file, see
# read_labels(). `sample_id`: of the samples at hand, which may be called FID_IID, or NULL.
#
# A table read from a file may have a byte order mark or a `#` before its first name, `#FID` and
# `IID` for the IDs, blanks around its values, and IDs that were read as numbers: 100000 is
# "100000", never "1e+05". Families are dropped, so that one other column is the labels.
label_table <- function(labels, sample_id = NULL, call = rlang::caller_env()) {
  labels <- labels_or_path(labels, call)
  if (!is.data.frame(labels)) {
    if (!is.null(names(labels)) && is.atomic(labels)) names(labels) <- id_text(names(labels))
    return(trimmed(labels))
  }
  if (are_invented(names(labels)) && nrow(labels) > 0) labels <- with_label_names(labels)
  bare <- bare_column(names(labels))
  owner <- c(which(names(labels) == "sample_id"),
    intersect(match(sample_columns, bare), seq_along(labels)))
  if (length(owner) == 0) {
    return(labels)
  }
  names(labels)[owner[1]] <- "sample_id"
  is_family <- bare %in% family_columns
  family <- if (any(is_family)) id_text(trimmed(labels[[which(is_family)[1]]]))
  if (bare[owner[1]] == "iid") labels <- labels[!is_family]
  labels[] <- lapply(labels, trimmed)
  labels$sample_id <- ids_at_hand(id_text(labels$sample_id), family, sample_id)
  labels
}

# IDs, or those with families before them if the samples at hand are called so, as
# `read_bed(sample_id = "FID_IID")` does.
ids_at_hand <- function(id, family, sample_id) {
  if (is.null(family) || is.null(sample_id) || any(id %in% sample_id)) {
    return(id)
  }
  with_family <- paste(family, id, sep = "_")
  if (any(with_family %in% sample_id)) with_family else id
}

# Columns of labels that are taken where a table has several, the first of them that is there.
default_label_columns <- c("population", "pop", "population_code", "population_name", "label",
  "group")

# Text, or the levels of a factor, without white space around.
trimmed <- function(x) {
  if (is.factor(x)) {
    levels(x) <- trimws(levels(x))
  } else if (is.character(x)) {
    x[] <- trimws(x)
  }
  x
}
