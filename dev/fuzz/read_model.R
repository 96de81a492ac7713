# Rscript dev/fuzz/read_model.R [SECONDS] [SEED]
# Breaks model files of every kind at random for SECONDS and reads them: bytes of the file, or
# values in it with checksums that are right. What is read is printed, tidied and used to predict. Every
# outcome must be that, or an error of class `forebear_error` that is not internal: never another
# condition, never a crash.

suppressMessages({
  library(forebear)
  library(testthat)
})
arguments <- as.integer(commandArgs(TRUE))
seconds <- if (length(arguments) >= 1) arguments[1] else 60
seed <- if (length(arguments) >= 2) arguments[2] else 1
own <- new.env(parent = asNamespace("forebear"))
for (name in c("data", "runs", "models")) {
  sys.source(file.path("tests/testthat", paste0("helper-", name, ".R")), own)
}
fits <- c(own$small_fits(), own$small_local_models())
query <- own$several_chromosomes(2, n_chrom = 2, per_chrom = 30, seed = 3, prefix = "q")
genotypes <- as_genotypes(own$random_counts(24, 40))[1:3, ]
internal <- asNamespace("forebear")

new_data_of <- function(fit) {
  if (inherits(fit, grep("local_ancestry$", class(fit), value = TRUE))) {
    return(query)
  }
  if (!is.null(internal$fitted_variants(fit))) {
    return(genotypes)
  }
  width <- if (is.null(fit$space)) ncol(fit$positions) else fit$space$n_columns
  matrix(seq(-1, 1, length.out = 3 * width), 3)
}

# A value of the same type, near or far.
changed <- function(x) {
  n <- length(x)
  if (n == 0 || is.list(x)) {
    return(sample(own$damaged_values(x), 1)[[1]])
  }
  i <- sample(n, min(n, sample(3, 1)))
  switch(typeof(x),
    double = replace(x, i, sample(c(0, -x[i], 1 - x[i], x[i] * 2, 1, 1e-300, 1e40, -1e40, 0.5), 1)),
    integer = replace(x, i, sample(c(0L, 1L, x[i], -1L, max(x, 1L, na.rm = TRUE), 2000000000L), 1)),
    logical = replace(x, i, !x[i]),
    character = replace(x, i, sample(c("", "x", x, "a\tb", "%s\033[1m"), 1)),
    raw = replace(x, i, as.raw(sample(0:255, 1))),
    x
  )
}

broken_values <- function(values) {
  places <- own$places_of(values)
  for (round in seq_len(sample(3, 1))) {
    place <- sample(places, 1)[[1]]
    x <- tryCatch(values[[place]], error = function(condition) NULL)
    value <- if (stats::runif(1) < 0.8) changed(x) else sample(own$damaged_values(x), 1)[[1]]
    values <- tryCatch(own$with_value(values, place, value), error = function(condition) values)
  }
  values
}

broken_bytes <- function(bytes) {
  at <- sample(length(bytes), 1)
  switch(sample(4, 1),
    bytes[seq_len(at - 1)],
    replace(bytes, at, as.raw(sample(0:255, 1))),
    append(bytes, as.raw(sample(0:255, 9, replace = TRUE)), at),
    bytes[-(at:min(length(bytes), at + 10))])
}

use <- function(path, fit) {
  step <- "read"
  tryCatch(
    suppressWarnings(suppressMessages({
      again <- read_model(path)
      step <- "printed"
      utils::capture.output(print(again))
      step <- "tidied"
      generics::tidy(again)
      generics::glance(again)
      step <- "predicted"
      predict(again, new_data_of(fit))
      "used"
    }), classes = "forebear_warning"),
    forebear_error_internal = function(condition) paste("WRONG", step, conditionMessage(condition)),
    forebear_error = function(condition) paste(step, class(condition)[1]),
    warning = function(condition) paste("WRONG", step, conditionMessage(condition)),
    error = function(condition) paste("WRONG", step, conditionMessage(condition))
  )
}

set.seed(seed)
path <- tempfile()
whole <- lapply(fits, function(fit) {
  write_model(fit, path)
  readBin(path, "raw", file.size(path))
})
values <- lapply(fits, function(fit) internal$plain_value(internal$once_in_file(fit)))
counts <- list()
end <- Sys.time() + seconds
n <- 0
while (Sys.time() < end) {
  n <- n + 1
  which <- sample(length(fits), 1)
  fit <- fits[[which]]
  if (stats::runif(1) < 0.2) {
    writeBin(broken_bytes(whole[[which]]), path)
  } else {
    broken <- broken_values(values[[which]])
    internal$write_model_values(broken, internal$model_kind(fit), path,
      length(internal$fitted_samples(fit)), NROW(internal$fitted_variants(fit)))
  }
  outcome <- use(path, fit)
  if (startsWith(outcome, "WRONG")) {
    kept <- sprintf("%s-%d.forebear", file.path(dirname(tempdir()), "wrong"), n)
    file.copy(path, kept, overwrite = TRUE)
    message(names(fits)[which], ": ", outcome, " (", kept, ")")
  }
  counts[[outcome]] <- if (is.null(counts[[outcome]])) 1 else counts[[outcome]] + 1
}
cat(sprintf("%d files in %d s\n", n, seconds))
print(sort(unlist(counts), decreasing = TRUE))
quit(status = any(startsWith(names(counts), "WRONG")))
