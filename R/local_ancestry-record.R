# What a model of local ancestry records of its making, beside what predict() needs.

# panel     summary of the reference panel
# fst       of its populations, see `population_fst()`
# build     genome builds on which all positions lie within chromosomes; NULL if none is known
# forebear  version of the package
with_record <- function(model, panel) {
  model$panel <- summary(panel)
  model$fst <- panel$fst
  model$build <- answer(rust_named_builds(as.list(model$variants)))
  model$forebear <- as.character(utils::packageVersion("forebear"))
  model
}

#' @export
summary.forebear_local_ancestry <- function(object, ...) {
  check_no_dots(...)
  object$panel
}
