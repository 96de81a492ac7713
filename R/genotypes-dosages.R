# Expected copies (dosages): who uses them, and who does not and says so.

# Whether genotypes are expected copies somewhere.
has_dosages <- function(x) {
  identical(x$format, "pgen_dosage") || !is.null(x$dosage) ||
    any(vapply(x$parts, has_dosages, TRUE))
}

# What expected copies that are read are used for.
inform_dosage <- function() {
  inform_forebear("dosage", paste("`as.matrix()`, `pca()`, `archetypes()` and what stands on them",
    "use expected copies; quality control and `admixture()` use the hard calls, and say so."))
}

# `what` is done by counting whole genotypes: "Allele frequencies are taken".
inform_hard_calls <- function(g, what) {
  if (has_dosages(g)) {
    inform_forebear("hard_calls",
      sprintf("%s from hard calls; the expected copies that the data have are not used.", what))
  }
}

# The hard calls alone, for models that count whole genotypes.
with_hard_calls <- function(g, what) {
  inform_hard_calls(g, what)
  without_dosages(g)
}

without_dosages <- function(g) {
  if (identical(g$format, "pgen_dosage")) g$format <- "pgen"
  g$dosage <- NULL
  if (!is.null(g$parts)) g$parts <- lapply(g$parts, without_dosages)
  g
}
