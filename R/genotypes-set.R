# Tables of samples and variants that a user gives, checked and put in place.

#' Put right what a file says about samples and variants
#'
#' Sets IDs, families, parents and sex of samples, or IDs, places and alleles of variants. The
#' object changes, no file does; [write_bed()] writes the new tables.
#'
#' @section Which row is whose:
#' Where the table has the ID of every sample (`sample_id`) or variant (`variant_id`) once, rows are
#' matched by ID, in whatever order; rows of others are passed over with a message. Otherwise it
#' must have as many rows as there are samples or variants, in their order, and its IDs become
#' theirs; it is an error if an ID that is kept would go to another row.
#'
#' Columns that the table does not have stay as they are. Columns that the data have besides, such
#' as `population` of [read_eigenstrat()], may be in the table. The names that PLINK uses are known,
#' too: `#FID`, `IID`, `PAT`, `MAT`, `SEX`; `#CHROM`, `POS`, `ID`, `REF`, `ALT`, `CM`.
#'
#' @section What the columns may hold:
#' - `sample_id`: not missing, not empty, each once. Families and parents that were named by an old
#'   ID follow it.
#' - `family_id`: `NA` makes a family of the sample's own.
#' - `father_id`, `mother_id`: `NA`, `"0"` or empty if not known; no sample is its own parent, no
#'   father in the data is female, no mother male.
#' - `sex`: `"male"`, `"M"` or 1; `"female"`, `"F"` or 2; `NA`, 0 or `"unknown"`.
#' - `variant_id`: not missing; `"."` becomes `chromosome:position:REF:ALT`.
#' - `position_bp`: whole numbers from 0; `position_cm`: numbers that do not fall as positions of a
#'   chromosome rise, `NA` for 0.
#' - `ref`, `alt`: other names for the same alleles. Exchanging the two would change what the
#'   genotypes count, and is an error.
#'
#' @param x [genotypes] or [haplotypes].
#' @param value A data frame with columns of [samples()] or [variants()].
#' @returns `x` with the new table. Quality control and sex chromosomes use sex and parents from
#'   there on. Variants that are no longer in order of position give a warning of class
#'   `forebear_warning_unsorted`.
#' @section Errors:
#' `forebear_error_argument`, with the column and the first entries that break its rule;
#' `forebear_error_rows_differ` if rows cannot be matched.
#' @examples
#' counts <- rbind(ann = c(0, 1, 2), bob = c(1, 1, 0))
#' genotypes <- as_genotypes(counts)
#' samples(genotypes) <- data.frame(sample_id = c("bob", "ann"), sex = c("M", "F"))
#' samples(genotypes)
#' variants(genotypes) <- data.frame(chrom = "X", position_bp = c(3e6, 4e6, 5e6))
#' variants(genotypes)
#' @seealso [samples()]; `read_bed(sample_id = "FID_IID")`
#' @name set_tables
NULL

#' @rdname set_tables
#' @export
`samples<-` <- function(x, value) UseMethod("samples<-")

#' @rdname set_tables
#' @export
`variants<-` <- function(x, value) UseMethod("variants<-")

# nolint start: object_name_linter. Methods of the two generics.
#' @export
`samples<-.forebear_genotypes` <- function(x, value) set_samples(x, value, rlang::current_env())

#' @export
`variants<-.forebear_genotypes` <- function(x, value) set_variants(x, value, rlang::current_env())

#' @export
`samples<-.forebear_haplotypes` <- function(x, value) set_samples(x, value, rlang::current_env())

#' @export
`variants<-.forebear_haplotypes` <- function(x, value) set_variants(x, value, rlang::current_env())
# nolint end

set_samples <- function(x, value, call) {
  old <- x$samples
  value <- known_columns(value, "samples", call, further_columns(old, "samples")) |>
    rows_for(old$sample_id, "sample", call)
  new <- replace_columns(old, value, "samples", call)
  new <- follow_ids(new, old, names(value))
  check_unique(new$sample_id, call)
  check_parents(new, call)
  x$samples <- new
  x$phase <- renamed_marks(x$phase, old$sample_id, new$sample_id)
  x
}

set_variants <- function(x, value, call) {
  old <- x$variants
  value <- known_columns(value, "variants", call, further_columns(old, "variants")) |>
    rows_for(old$variant_id, "variant", call)
  new <- replace_columns(old, value, "variants", call)
  check_alleles(new, old, call)
  if ("position_cm" %in% names(value)) check_centimorgans(new, call)
  if (!identical(new$variant_id, old$variant_id)) warn_duplicates(new$variant_id, "variant", call)
  if (any(c("chrom", "position_bp") %in% names(value))) warn_unsorted(new, call)
  x$variants <- new
  # They were about the variants as they were.
  attr(x, "report") <- attr(x, "overlap") <- NULL
  x
}

# What files and other programs call the columns, in lower case without marks; see known_columns().
column_names <- list(
  samples = c(
    iid = "sample_id", sample = "sample_id", sample_id = "sample_id", fid = "family_id",
    family_id = "family_id", pat = "father_id", father = "father_id", father_id = "father_id",
    mat = "mother_id", mother = "mother_id", mother_id = "mother_id", sex = "sex",
    phenotype = "phenotype", pheno1 = "phenotype"
  ),
  variants = c(
    id = "variant_id", snp = "variant_id", snp_name = "variant_id", variant_id = "variant_id",
    chrom = "chrom", chr = "chrom", chromosome = "chrom", position_bp = "position_bp",
    position = "position_bp", pos = "position_bp", bp = "position_bp",
    position_cm = "position_cm", cm = "position_cm", ref = "ref", a2 = "ref", alt = "alt",
    a1 = "alt"
  )
)

# A name as it was before a byte order mark, a comment mark and make.names(): `#FID` comes out of
# read.table() as `X.FID`, and with a mark before it as `X.U.FEFF.` or `\u00ef..`.
bare_column <- function(names) {
  names <- sub("^(\ufeff|X\\.U\\.FEFF\\.|\u00ef\\.\\.|\u00ef\u00bb\u00bf)", "", as_utf8(names))
  names <- tolower(trimws(sub("^(#+|X\\.+)", "", names)))
  gsub("[ .-]+", "_", names)
}

# Columns that the data have besides, such as `population` of `read_eigenstrat()`.
further_columns <- function(columns, name) setdiff(names(columns), column_names[[name]])

# The columns of a user's table under our names; others than those of the data are refused.
# further: columns that the data have besides
known_columns <- function(given, name, call, further = character()) {
  if (!is.data.frame(given)) {
    abort_forebear("argument", c(
      sprintf("`%s(x)` is set to a data frame with columns as `%s(x)` has them.", name, name),
      x = found(given)), call)
  }
  known <- column_names[[name]]
  column <- ifelse(names(given) %in% c(known, further), names(given),
    unname(known[bare_column(names(given))]))
  if (anyNA(column)) {
    abort_forebear("argument", c(
      sprintf("`%s` may have the columns %s.", name,
        paste(quoted(unique(c(known, further)), FALSE), collapse = ", ")),
      x = sprintf("It has %s.", quoted(names(given)[is.na(column)]))), call)
  }
  if (anyDuplicated(column)) {
    twice <- column == column[duplicated(column)][1]
    abort_forebear("argument", c(sprintf("`%s` may have each column once.", name),
      x = sprintf("%s are all `%s`.", quoted(names(given)[twice]), column[twice][1])), call)
  }
  given <- lapply(as.list(given), function(values) {
    if (inherits(values, "integer64")) integer64_text(values) else values
  })
  stats::setNames(given, column) |> tibble::as_tibble(.name_repair = "minimal")
}

# The rows of `given` in the order of `ids`.
rows_for <- function(given, ids, what, call) {
  own <- given[[paste0(what, "_id")]]
  own <- if (!is.null(own)) id_text(own)
  is_matched <- !is.null(own) && all(ids %in% own) && !anyDuplicated(ids) &&
    !anyDuplicated(own[own %in% ids])
  if (is_matched) {
    rows <- match(ids, own)
    inform_matched(rows, setdiff(own, ids), what)
    return(vctrs::vec_slice(given, rows))
  }
  # An ID that is kept must stay where it is.
  moved <- which(own %in% setdiff(ids, ids[duplicated(ids)]))
  moved <- moved[match(own[moved], ids) != moved]
  if (nrow(given) != length(ids) || length(moved) > 0) {
    refuse_rows(own, nrow(given), ids, moved, what, call)
  }
  given
}

inform_matched <- function(rows, others, what) {
  if (length(others) > 0) {
    inform_forebear("unmatched", sprintf("Rows of the table that are not in the data: %s (%s).",
      big(length(others)), quoted(others)))
  }
  if (is.unsorted(rows)) {
    inform_forebear("matched",
      sprintf("Rows were matched by `%s_id`: the table has another order than the data.", what))
  }
}

# own: IDs of the table, or NULL; moved: rows whose ID is that of another place of the data
refuse_rows <- function(own, n_rows, ids, moved, what, call) {
  absent <- setdiff(ids, own)
  abort_forebear("rows_differ", c(
    sprintf("A table must have a row for the ID of every %s, or one for each in their order.",
      what),
    x = sprintf("It has %s for %s.", counted(n_rows, "row"), counted(length(ids), what)),
    x = if (!is.null(own) && length(absent) > 0 && length(absent) < length(ids)) {
      sprintf("Without a row: %s.", quoted(absent))
    },
    x = if (n_rows == length(ids)) {
      sprintf("%s is in row %s, and is %s %s.", quoted(own[moved[1]]), big(moved[1]), what,
        big(match(own[moved[1]], ids)))
    }
  ), call)
}

# IDs as text: numbers in full, never 1e+05; without white space around.
id_text <- function(id) {
  if (inherits(id, "integer64")) {
    return(integer64_text(id))
  }
  if (is.numeric(id)) {
    text <- format(unclass(id), scientific = FALSE, trim = TRUE, digits = 15, drop0trailing = TRUE,
      decimal.mark = ".")
    return(ifelse(is.na(id), NA_character_, text))
  }
  as_utf8(trimws(as.character(id)))
}

# Whole numbers of 64 bits, which data.table::fread() makes of long ones, as text. They lie in the
# bits of doubles, with which 'bit64' alone can do arithmetic: they are divided by hand, in parts
# of 16 bits, the highest first.
integer64_text <- function(id) {
  n <- length(id)
  bytes <- writeBin(as.vector(unclass(id), "double"), raw(), endian = "little")
  parts <- matrix(readBin(bytes, "integer", 4 * n, 2, signed = FALSE, endian = "little"), 4)
  parts <- parts[4:1, , drop = FALSE]
  negative <- parts[1, ] >= 32768
  unknown <- parts[1, ] == 32768 & colSums(parts) == 32768
  parts[, negative] <- 65535 - parts[, negative]
  parts[4, negative] <- parts[4, negative] + 1
  digits <- rep("", n)
  for (chunk in 1:5) {
    rest <- rep(0, n)
    for (i in 1:4) {
      value <- rest * 65536 + parts[i, ]
      parts[i, ] <- value %/% 10000
      rest <- value %% 10000
    }
    digits <- paste0(sprintf("%04d", as.integer(rest)), digits)
  }
  text <- paste0(c("", "-")[negative + 1], sub("^0+(?=.)", "", digits, perl = TRUE))
  text[unknown] <- NA
  text
}

# IDs of families and parents that a new ID of a sample has to change.
follow_ids <- function(new, old, given) {
  own_family <- old$family_id == old$sample_id
  if (!"family_id" %in% given) new$family_id[own_family] <- new$sample_id[own_family]
  is_known <- !anyDuplicated(old$sample_id)
  for (column in setdiff(c("father_id", "mother_id"), given)) {
    place <- match(old[[column]], old$sample_id)
    follows <- is_known & !is.na(place)
    new[[column]][follows] <- new$sample_id[place[follows]]
  }
  new
}

check_unique <- function(sample_id, call) {
  repeated <- unique(sample_id[duplicated(sample_id)])
  if (length(repeated) > 0) {
    abort_forebear("argument", c("Every sample must have an ID of its own.",
      x = sprintf("`samples$sample_id` has twice or more: %s.", quoted(repeated))), call)
  }
}

check_parents <- function(samples, call) {
  for (parent in c("father", "mother")) {
    id <- samples[[paste0(parent, "_id")]]
    is_own <- id %in% samples$sample_id & id == samples$sample_id
    other_sex <- if (parent == "father") "female" else "male"
    is_other <- samples$sex[match(id, samples$sample_id)] %in% other_sex & !is.na(id)
    if (any(is_own | is_other)) {
      row <- which(is_own | is_other)[1]
      found <- if (is_own[row]) "the sample itself" else paste("of sex", other_sex)
      abort_forebear("argument", c(
        sprintf("The %s of a sample must be another sample, and %s or of unknown sex.", parent,
          setdiff(c("male", "female"), other_sex)),
        x = sprintf("That of %s, %s, is %s.", quoted(samples$sample_id[row]), quoted(id[row]),
          found)), call)
    }
  }
}

# A column that the data have besides stays of its type; what it holds is not checked.
further_value <- function(value, old, name, column, call) {
  if (is.factor(value)) value <- as.character(value)
  if (typeof(value) != typeof(old) && !all(is.na(value))) {
    abort_forebear("argument", c(
      sprintf("`%s$%s` must stay %s.", name, column, describe_class(old)),
      x = found(value)), call)
  }
  as.vector(value, typeof(old))
}

named_by_position <- function(variants) {
  position <- sprintf("%s:%d:%s:%s", variants$chrom, variants$position_bp, variants$ref,
    variants$alt)
  ifelse(variants$variant_id == ".", position, variants$variant_id)
}

check_alleles <- function(new, old, call) {
  upper <- function(table) lapply(table[c("ref", "alt")], toupper)
  now <- upper(new)
  before <- upper(old)
  changed <- now$ref != before$ref | now$alt != before$alt
  swapped <- changed & now$ref == before$alt & now$alt == before$ref
  equal <- changed & now$ref == now$alt
  if (any(swapped | equal)) {
    row <- which(swapped | equal)[1]
    abort_forebear("argument", c(
      "`ref` and `alt` can be renamed, but not swapped or made equal.",
      x = sprintf("%s of %s, first %s: %s/%s becomes %s/%s.", big(sum(swapped | equal)),
        counted(nrow(new), "variant"), quoted(new$variant_id[row]), old$ref[row], old$alt[row],
        new$ref[row], new$alt[row]),
      i = "Genotypes count `alt`: `harmonize()` exchanges alleles and counts together."), call)
  }
}

# Genetic positions must not fall where positions rise; equal positions may have several.
check_centimorgans <- function(variants, call) {
  by_place <- order(variants$chrom, variants$position_bp, variants$position_cm, method = "radix")
  chrom <- variants$chrom[by_place]
  n <- length(by_place)
  falls <- which(chrom[-1] == chrom[-n] & diff(variants$position_cm[by_place]) < 0) + 1
  if (length(falls) > 0) {
    at <- by_place[falls[1]]
    before <- by_place[falls[1] - 1]
    abort_forebear("argument", c(
      "`variants$position_cm` must not fall where positions of a chromosome rise.",
      x = sprintf("Chromosome %s: %s cM at %s bp comes after %s cM at %s bp.", chrom[falls[1]],
        format(variants$position_cm[at]), big(variants$position_bp[at]),
        format(variants$position_cm[before]), big(variants$position_bp[before]))), call)
  }
}

warn_unsorted <- function(variants, call) {
  tryCatch(check_variant_order(variants, call), forebear_error_unsorted = function(condition) {
    warn_forebear("unsorted", c(condition$message, condition$body), call)
  })
}

# Codes of sex, in lower case.
sex_codes <- c(male = "male", m = "male", "1" = "male", female = "female", f = "female",
  "2" = "female", "0" = NA, "-9" = NA, unknown = NA, u = NA, na = NA, "." = NA)

# "0" and nothing stand for an unknown parent.
parent_of <- function(id) ifelse(id %in% c("0", "", NA), NA_character_, id)

# The entries of a column of samples or variants in the way that they are kept; `NA` where `text`
# is none that the column can have.
column_value <- function(column, value) {
  switch(column,
    sex = unname(sex_codes[tolower(id_text(value))]),
    father_id = , mother_id = parent_of(id_text(value)),
    position_bp = suppressWarnings(as.double(id_text(value))),
    position_cm = {
      value <- if (is.factor(value)) as.character(value) else value
      cm <- suppressWarnings(as.double(value))
      ifelse(is.na(value) | value %in% c("NA", "", "."), 0, cm)
    },
    id_text(value)
  )
}

# What a column of samples or variants may hold.
value_rule <- function(column) {
  switch(column,
    sex = "\"male\" (M, 1), \"female\" (F, 2) or NA",
    position_bp = "whole numbers from 0 to 2147483647",
    position_cm = "numbers",
    father_id = , mother_id = "valid text, or NA",
    family_id = "valid text, or NA for a family of its own",
    "valid text that is neither NA nor empty"
  )
}

# given: what the user wrote; value: what column_value() makes of it
is_wrong_value <- function(column, given, value) {
  switch(column,
    sex = !(tolower(id_text(given)) %in% c(names(sex_codes), "", NA)),
    position_bp = is.na(value) | value < 0 | value > .Machine$integer.max | value != round(value),
    position_cm = !is.finite(value),
    father_id = , mother_id = , family_id = !validUTF8(value) & !is.na(value),
    is.na(value) | value == "" | !validUTF8(value)
  )
}

# Puts the columns that a user gave in place of the defaults, in the default's type. Variants
# without an ID are named by what the columns then say.
replace_columns <- function(columns, given, name, call) {
  if (!is.null(given)) columns <- put_columns(columns, given, name, call)
  if (name == "variants") columns$variant_id <- named_by_position(columns)
  columns
}

put_columns <- function(columns, given, name, call) {
  if (!is.data.frame(given) || nrow(given) != nrow(columns)) {
    message <- c(sprintf("`%s` must be a data frame of %d rows.", name, nrow(columns)),
      x = found(given))
    abort_forebear("argument", message, call)
  }
  further <- further_columns(columns, name)
  given <- known_columns(given, name, call, further)
  for (column in intersect(names(given), further)) {
    columns[[column]] <- further_value(given[[column]], columns[[column]], name, column, call)
  }
  for (column in setdiff(names(given), further)) {
    value <- column_value(column, given[[column]])
    is_wrong <- is_wrong_value(column, given[[column]], value)
    if (any(is_wrong)) {
      message <- c(sprintf("`%s$%s` must be %s.", name, column, value_rule(column)),
        x = sprintf("It has %s.", quoted(unique(as.character(given[[column]])[is_wrong]))))
      abort_forebear("argument", message, call)
    }
    columns[[column]] <- as.vector(value, typeof(columns[[column]]))
  }
  if ("family_id" %in% names(given)) {
    without <- columns$family_id %in% c("", NA)
    columns$family_id[without] <- columns$sample_id[without]
  }
  columns
}
