# Rules for the fields of model files, which anyone may have written.
#
# What is read is lists and vectors without classes. A rule is a function of such a value and of
# where it stands (`at`): it refuses the value, naming the field, or gives it back with the class
# that it has in a fit. Lengths and dimensions are numbers, or names of sizes such as "samples": the
# first value that has a size sets it, all others must agree.

# Numbers of any scale: their squares, and sums of these, are numbers still.
largest_number <- 1e50

# path     of the file
# field    where in it, such as "projection$loadings"
# known    environment: sizes, and labels such as "sample_id", that fields so far have set
# refuse   a function of a sentence that says what is wrong
start_of_file <- function(refuse) {
  list(field = "", known = new.env(parent = emptyenv()), refuse = refuse)
}

below <- function(at, name) {
  at$field <- if (nzchar(at$field)) paste0(at$field, "$", name) else name
  at
}

# `must`: what the field must be; `is`: what it is.
refuse_field <- function(at, must, is) {
  name <- if (nzchar(at$field)) sprintf("Field `%s`", at$field) else "The model"
  at$refuse(sprintf("%s must be %s; it is %s.", name, must, is))
}

refuse_value <- function(at, must, is) {
  at$refuse(sprintf("Field `%s` must be %s; %s.", at$field, must, is))
}

# What a value from a file is, in words.
describe_value <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (is.atomic(x) && length(x) == 1 && is.null(dim(x))) {
    shown <- if (is.character(x)) quoted(x) else format(x)
    return(sprintf("%s, of type %s", shown, typeof(x)))
  }
  if (!is.null(dim(x))) {
    return(sprintf("a %s array of type %s", paste(big(dim(x)), collapse = " x "), typeof(x)))
  }
  if (is.list(x)) sprintf("a list of %s", big(length(x))) else
    sprintf("a vector of %s of type %s", big(length(x)), typeof(x))
}

# Sizes that may be 0.
may_be_empty <- c("values", "uncalled", "iterations", "rows", "flips", "steps")

# The numbers behind `sizes`; those not known yet are what is found.
size_of <- function(sizes, found, at) {
  vapply(seq_along(sizes), function(i) {
    size <- sizes[[i]]
    if (is.numeric(size)) {
      return(as.double(size))
    }
    if (found[[i]] == 0 && !size %in% may_be_empty) {
      refuse_field(at, "one value or more", "empty")
    }
    if (is.null(at$known[[size]])) assign(size, as.double(found[[i]]), at$known)
    at$known[[size]]
  }, 0)
}

# A vector, matrix or array of `type`.
#
# sizes   numbers or names of sizes, one of each dimension
# what    the values in words, such as "numbers from 0 to 1"; `one`: one value alone
# labels  NULL for none, or a list with, for each dimension, NULL, the name of known labels, or a
#         function of the size that gives them
# holds   a function of value and `at` that gives NULL, or what is wrong with the values
array_rule <- function(type, sizes, what, one, labels, holds) {
  sizes <- as.list(sizes)
  function(x, at) {
    shape <- if (length(sizes) == 1) length(x) else dim(x)
    is_array <- length(shape) == length(sizes) && is.null(dim(x)) == (length(sizes) == 1)
    must <- function(wanted) {
      if (identical(sizes, list(1))) one else sprintf("%s %s", words_of_shape(wanted), what)
    }
    if (typeof(x) != type || !is_array) {
      refuse_field(at, must(lapply(sizes, function(size) {
        if (is.numeric(size)) size else at$known[[size]] %||% "any number of"
      })), describe_value(x))
    }
    wanted <- size_of(sizes, shape, at)
    if (!identical(as.double(shape), wanted)) {
      refuse_field(at, must(as.list(wanted)), describe_value(x))
    }
    check_labels(x, labels, wanted, at)
    wrong <- holds(x, at)
    if (!is.null(wrong)) refuse_value(at, must(as.list(wanted)), wrong)
    x
  }
}

words_of_shape <- function(sizes) {
  shown <- vapply(sizes, function(size) if (is.numeric(size)) big(size) else size, "")
  paste(shown, collapse = " x ")
}

check_labels <- function(x, labels, sizes, at) {
  found <- if (is.null(dim(x))) list(names(x)) else dimnames(x)
  wanted <- lapply(seq_along(sizes), function(i) {
    label <- if (i <= length(labels)) labels[[i]]
    if (is.function(label)) label(sizes[[i]]) else if (!is.null(label)) {
      label_of(label, if (length(found) > 0) found[[i]], at)
    }
  })
  if (!is.null(labels)) names(wanted) <- names(labels)
  if (all(vapply(wanted, is.null, NA))) wanted <- if (is.null(dim(x))) list(NULL)
  if (!identical(found, wanted)) {
    refuse_field(at, if (is.null(unlist(wanted))) "without names" else
      sprintf("named as the rest of the file is (%s)", quoted(unlist(wanted))),
    if (is.null(unlist(found))) "without names" else sprintf("named %s", quoted(unlist(found))))
  }
}

# Labels that are not known yet are what is found, if they are labels at all.
label_of <- function(label, found, at) {
  sound <- is.character(found) && !anyNA(found) && !anyDuplicated(found)
  if (is.null(at$known[[label]]) && sound) assign(label, found, at$known)
  at$known[[label]] %||% label
}

numbered <- function(prefix) function(n) paste0(prefix, seq_len(n))

# A bound may be the name of a size.
bound_of <- function(bound, at) if (is.character(bound)) at$known[[bound]] else bound

doubles <- function(sizes, least = -largest_number, most = largest_number, na = FALSE,
                    labels = NULL, rises = FALSE) {
  numbers_rule("double", "number", sizes, least, most, na, labels, rises)
}

integers <- function(sizes, least = -.Machine$integer.max, most = .Machine$integer.max, na = FALSE,
                     labels = NULL, rises = FALSE) {
  numbers_rule("integer", "whole number", sizes, least, most, na, labels, rises)
}

numbers_rule <- function(type, word, sizes, least, most, na, labels, rises) {
  range <- paste0(bounds_in_words(least, most), if (rises) ", rising", if (na) ", or missing")
  what <- paste0(word, "s", range)
  one <- paste0("one ", word, range)
  array_rule(type, sizes, what, one, labels, function(x, at) {
    out_of_range(x, least, bound_of(most, at), na) %||% falling(x, rises)
  })
}

bounds_in_words <- function(least, most) {
  if (identical(most, largest_number) || identical(most, .Machine$integer.max)) {
    return(if (identical(least, -most)) "" else paste(" from", format(least)))
  }
  most <- if (is.character(most)) sprintf("the number of %s", most) else format(most)
  sprintf(" from %s to %s", format(least), most)
}

# Neither copies what may be large.
out_of_range <- function(x, least, most, na) {
  if (!na && anyNA(x)) {
    return(sprintf("%s missing", verb(sum(is.na(x)))))
  }
  if (length(x) == 0 || (na && all(is.na(x)))) {
    return(NULL)
  }
  range <- c(min(x, na.rm = na), max(x, na.rm = na))
  if (range[1] < least) sprintf("the smallest is %s", format(range[1])) else
    if (range[2] > most) sprintf("the largest is %s", format(range[2]))
}

falling <- function(x, rises) {
  if (rises && is.unsorted(x)) "they do not rise"
}

flags <- function(sizes = 1) {
  array_rule("logical", sizes, "values TRUE or FALSE", "TRUE or FALSE", NULL, function(x, at) {
    if (anyNA(x)) "one is missing"
  })
}

# `choices`: NULL for any text; `known_as`: the name under which other fields know the texts as
# labels.
texts <- function(sizes = 1, na = FALSE, choices = NULL, unique = FALSE, known_as = NULL,
                  labels = NULL) {
  of <- if (!is.null(choices)) quoted(choices)
  what <- paste0("texts", if (!is.null(of)) paste(" of", of), if (unique) " that differ")
  one <- if (is.null(of)) "one text" else paste("one of", of)
  array_rule("character", sizes, what, one, labels, function(x, at) {
    if (!is.null(known_as)) assign(known_as, x, at$known)
    strange <- if (!is.null(choices)) setdiff(x, choices)
    if (!na && anyNA(x)) "one is missing" else if (length(strange) > 0) {
      sprintf("there is %s", quoted(strange))
    } else if (unique && anyDuplicated(x) > 0) {
      sprintf("%s is there twice", quoted(x[anyDuplicated(x)], FALSE))
    }
  })
}

bytes <- function(sizes) {
  array_rule("raw", sizes, "bytes", "one byte", NULL, function(x, at) NULL)
}

# What may be NULL, and what may not be there.
or_null <- function(rule) function(x, at) if (!is.null(x)) rule(x, at)

or_absent <- function(rule) structure(rule, may_be_absent = TRUE)

nothing_wrong <- function(x, at) NULL

# A list with these fields, checked in the order of the rules. `holds`: a function of the list and
# `at` that gives NULL, or what is wrong; `class`: what it is in a fit.
record <- function(..., class = NULL, holds = nothing_wrong) {
  rules <- list(...)
  needed <- names(rules)[vapply(rules, function(rule) is.null(attr(rule, "may_be_absent")), NA)]
  function(x, at) {
    check_field_names(x, names(rules), needed, at)
    for (name in intersect(names(rules), names(x))) {
      x[name] <- list(rules[[name]](x[[name]], below(at, name)))
    }
    wrong <- holds(x, at)
    if (!is.null(wrong)) at$refuse(wrong)
    if (is.null(class)) x else structure(x, class = class)
  }
}

check_field_names <- function(x, known, needed, at) {
  if (!is.list(x) || !is.null(dim(x)) || (length(x) > 0 && is.null(names(x)))) {
    refuse_field(at, sprintf("a list of %s", first_of(known)), describe_value(x))
  }
  where <- if (nzchar(at$field)) sprintf("`%s`", at$field) else "The model"
  problems <- list(lacks = setdiff(needed, names(x)), `must not have` = setdiff(names(x), known),
    `has twice` = names(x)[duplicated(names(x))])
  for (problem in names(problems)) {
    fields <- problems[[problem]]
    if (length(fields) > 0) {
      at$refuse(sprintf("%s %s the field%s %s.", where, problem,
        if (length(fields) > 1) "s" else "",
        first_of(sprintf("`%s`", fields))))
    }
  }
}

# A tibble; `rows`: the name of its size.
table_of <- function(rows, ..., holds = nothing_wrong) {
  columns <- record(..., holds = holds)
  function(x, at) {
    x <- columns(x, at)
    tibble::new_tibble(x, nrow = as.integer(at$known[[rows]]))
  }
}

# A factor, in the file its `code` and `levels`; `known_as` as in `texts()`.
factor_of <- function(size, levels, na = FALSE, known_as = NULL) {
  fields <- record(levels = texts(levels, unique = TRUE, known_as = known_as),
    code = integers(size, 1L, levels, na = na))
  function(x, at) {
    x <- fields(x, at)
    structure(x$code, levels = x$levels, class = "factor")
  }
}

# A list of values of one rule. `size`: as in `array_rule()`; `labels`: NULL for no names, TRUE for
# any that differ, or the name of known labels.
list_of <- function(rule, size, labels = NULL) {
  function(x, at) {
    if (!is.list(x) || !is.null(dim(x))) refuse_field(at, "a list", describe_value(x))
    wanted <- size_of(size, length(x), at)
    if (length(x) != wanted) {
      refuse_field(at, sprintf("a list of %s", big(wanted)), describe_value(x))
    }
    check_entry_names(x, labels, at)
    for (i in seq_along(x)) {
      name <- names(x)[i] %||% as.character(i)
      x[i] <- list(rule(x[[i]], below(at, name)))
    }
    x
  }
}

check_entry_names <- function(x, labels, at) {
  sound <- if (isTRUE(labels)) {
    !is.null(names(x)) && !anyNA(names(x)) && all(nzchar(names(x))) && !anyDuplicated(names(x))
  } else {
    identical(names(x), if (!is.null(labels)) at$known[[labels]])
  }
  if (!sound) {
    refuse_field(at, if (is.null(labels)) "a list without names" else "a list of named entries",
      if (is.null(names(x))) "without names" else sprintf("named %s", quoted(names(x))))
  }
}

# A rule whose sizes and labels are its own, but for those that are shared.
own_sizes <- function(rule, shared = character()) {
  function(x, at) {
    outer <- at$known
    at$known <- new.env(parent = emptyenv())
    for (name in intersect(shared, ls(outer))) assign(name, outer[[name]], at$known)
    x <- rule(x, at)
    for (name in intersect(shared, ls(at$known))) assign(name, at$known[[name]], outer)
    x
  }
}

# A value as a file holds it: lists and vectors, without classes; texts in UTF-8.
plain_value <- function(x) {
  if (is.factor(x)) {
    return(list(levels = as_utf8(levels(x)), code = strip_class(x)))
  }
  if (!is.null(names(x))) names(x) <- as_utf8(names(x))
  if (is.list(x)) {
    return(lapply(stats::setNames(unclass(x)[seq_along(x)], names(x)), plain_value))
  }
  if (!is.null(dimnames(x))) {
    dimnames(x) <- lapply(dimnames(x), function(names) if (!is.null(names)) as_utf8(names))
  }
  if (is.character(x)) x[] <- as_utf8(x)
  strip_class(x)
}

# Names and shape stay.
strip_class <- function(x) {
  strange <- setdiff(names(attributes(x)), c("names", "dim", "dimnames"))
  for (name in strange) attr(x, name) <- NULL
  x
}
