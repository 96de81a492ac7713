# Generics of the same name in other packages: whichever package was attached last, samples() of
# our objects and of theirs gives the answer of the package that owns the object.

#' @export
samples.default <- function(x) { # nolint: object_name_linter.
  if (isS4(x) && isNamespaceLoaded("Biobase")) {
    return(utils::getFromNamespace("samples", "Biobase")(x))
  }
  abort_forebear("argument", c("`samples()` lists the samples of genotypes or haplotypes.",
    x = sprintf("`x` is %s.", describe_class(x))))
}

#' @export
variants.default <- function(x) { # nolint: object_name_linter.
  abort_forebear("argument", c("`variants()` lists the variants of genotypes or haplotypes.",
    x = sprintf("`x` is %s.", describe_class(x))))
}

# Biobase (and with it VariantAnnotation) has an S4 generic samples(object) without a default.
add_methods_to_biobase <- function(...) {
  where <- new.env(parent = topenv())
  for (class in c("forebear_genotypes", "forebear_haplotypes")) {
    methods::setOldClass(class, where = where)
    methods::setMethod(utils::getFromNamespace("samples", "Biobase"), class,
      function(object) samples(object), where = where)
  }
}

# Without it calls that lost columns would keep their class.
add_methods_to_dplyr <- function(...) {
  registerS3method("dplyr_reconstruct", "forebear_ancestry_calls", reconstructed_calls,
    envir = asNamespace("dplyr"))
}

.onLoad <- function(libname, pkgname) { # nolint: object_name_linter.
  setHook(packageEvent("Biobase", "onLoad"), add_methods_to_biobase)
  setHook(packageEvent("dplyr", "onLoad"), add_methods_to_dplyr)
  if (isNamespaceLoaded("Biobase")) add_methods_to_biobase()
  if (isNamespaceLoaded("dplyr")) add_methods_to_dplyr()
}
