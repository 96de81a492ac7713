# Window classifiers of one chromosome, the first stage of local ancestry.

# What `rust_train_chromosome()` takes; every number is a double.
training_settings <- function(window = 100, context = 0, cost = 1, kernel = "string",
                              multiclass = "one_vs_one", folds = 5, probabilities = FALSE,
                              tolerance = 1e-3, landmarks = 5000, seed = 1) {
  list(
    window = as.double(window), context = as.double(context), cost = as.double(cost),
    kernel = kernel, multiclass = multiclass, folds = as.double(folds),
    probabilities = as.double(probabilities), tolerance = as.double(tolerance),
    landmarks = as.double(landmarks), seed = as.double(seed)
  )
}

# Trains the windows of a reference panel whose variants all lie on one chromosome. The samples of
# every population must be two at least.
#
# | entry           | shape                                    | values                            |
# |-----------------|------------------------------------------|-----------------------------------|
# | model           | raw                                      | for `predict_chromosome()`        |
# | held_out        | list, see `calls_of()`                   | of the panel, by SVMs that        |
# |                 |                                          | saw neither haplotype of a sample |
# | fold            | n_samples                                | where each was held out           |
# | n_not_converged | 1                                        | SVMs short of their tolerance     |
# | n_with_landmarks| 1                                        | windows in which landmarks stand  |
# |                 |                                          | for all haplotypes                |
# | mosaics         | as held_out, or NULL                     | of `mosaics`                      |
#
# `mosaics`: NULL, or haplotypes at the variants of the panel and the fold of each sample, the
# SVMs without which label it.
train_chromosome <- function(panel, settings, threads = NULL, call = rlang::caller_env(),
                             mosaics = NULL) {
  threads <- check_threads(threads, call)
  population <- levels(panel$population)
  trained <- with_progress(function(progress) {
    rust_train_chromosome(panel$haplotypes, as.integer(panel$population), length(population),
      settings, mosaics, threads, progress)
  }, call)
  trained$held_out <- calls_of(trained$held_out, population)
  if (!is.null(mosaics)) trained$mosaics <- calls_of(trained$mosaics, population)
  if (trained$n_not_converged > 0) {
    warn_forebear("not_converged", sprintf("%s did not reach the tolerance.",
      counted(trained$n_not_converged, "classifier")), call)
  }
  trained
}

# Calls of haplotypes at the variants that the model was trained on. `reading`: 1 for a variant as
# it is, -1 where its alleles are exchanged, 0 where it is absent. `observed`: FALSE where alleles
# were imputed.
predict_chromosome <- function(model, haplotypes, population, threads = NULL,
                               call = rlang::caller_env(), reading = rep(1L, ncol(haplotypes)),
                               observed = reading != 0) {
  threads <- check_threads(threads, call)
  calls_of(with_progress(function(progress) {
    rust_predict_chromosome(model, haplotypes, reading, observed, threads, progress)
  }, call), population)
}

# label        [n_haplotypes x n_windows] codes of `population`, NA where nothing is known
# probability  [n_populations x n_haplotypes x n_windows], or NULL
# likeness     bytes of the same size; of members of the panel [n_haplotypes x n_windows]; or NULL
calls_of <- function(calls, population) {
  if (!is.null(calls$probability)) {
    dim(calls$probability) <- calls$dim
    dimnames(calls$probability) <- list(population, NULL, NULL)
  }
  list(label = calls$label, probability = calls$probability, likeness = calls$likeness)
}
