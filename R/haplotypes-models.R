# Models of genotypes take haplotypes: the sums of their alleles.

#' @rdname pca
#' @export
pca.forebear_haplotypes <- function(x, num_comp = 10, ...) { # nolint: object_name_linter.
  pca(as_genotypes(x), num_comp = num_comp, ...)
}

#' @rdname archetypes
#' @export
archetypes.forebear_haplotypes <- function(x, k, ...) { # nolint: object_name_linter.
  archetypes(as_genotypes(x), k = k, ...)
}
