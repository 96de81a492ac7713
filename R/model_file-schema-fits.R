# What each fit is, field by field: the rules by which model files are read and written. Who gives a
# fit another field gives it a rule here; `write_model()` refuses what has none.

variants_rule <- table_of("variants",
  variant_id = texts("variants"), chrom = texts("variants"), position_bp = integers("variants"),
  position_cm = doubles("variants"), ref = texts("variants"), alt = texts("variants")
)

# A vector of any length that no other field has.
some <- function(rule, ...) own_sizes(rule("values", ...))

count_rule <- integers(1, 0L)
positive_rule <- doubles(1, 0)
seed_rule <- doubles(1, 0, .Machine$integer.max)
uncalled_rule <- own_sizes(integers("uncalled", 1L, "variants", rises = TRUE), "variants")

# Rows of weights.
on_simplex <- function(name) {
  force(name)
  function(x, at) {
    off <- abs(rowSums(x[[name]]) - 1) > 1e-6
    if (any(off, na.rm = TRUE)) {
      sprintf("Rows of field `%s` must sum to 1; row %d does not.", below(at, name)$field,
        which(off)[1])
    }
  }
}

# Frequencies are missing at variants without a called genotype, and there alone.
wrong_missing <- function(frequencies, uncalled) {
  rows <- unique((which(is.na(frequencies)) - 1L) %% nrow(frequencies) + 1L)
  if (any(is.nan(frequencies)) || !setequal(rows, uncalled)) {
    "Field `frequencies` must be missing for the variants that are not called, and no others."
  }
}

# Samples without an answer take no part in a fit.
wrong_sample_count <- function(x) {
  if (!is.null(x$projection) && x$projection$n_samples > length(x$sample_id)) {
    "Field `projection$n_samples` must count the samples that were fitted."
  }
}

# A sample without an answer is missing in every column, and not all samples are.
wrong_rows <- function(x, names) {
  for (name in names) {
    n_missing <- rowSums(is.na(x[[name]]))
    if (!all(n_missing %in% c(0, ncol(x[[name]]))) || all(n_missing > 0)) {
      return(sprintf("Rows of field `%s` must be missing as a whole, and not all of them.", name))
    }
  }
}

wrong_k <- function(x) {
  if (!identical(x$settings$k, ncol(x$q))) "Field `settings$k` must count the columns of `q`."
}

wrong_trace <- function(x) {
  if (length(x$trace) != x$iterations + 1) {
    "Field `trace` must have a value for the start and one for each of the `iterations`."
  }
}

# --- Principal components ---

residuals_rule <- own_sizes(record(
  ratios = doubles("ratios", 0, rises = TRUE), skew = doubles("components"),
  called = doubles(1, 0, 1 + 1e-6)
), "components")

pca_fields <- list(
  sample_id = texts("samples", known_as = "sample_id"), variants = variants_rule,
  singular_values = doubles("components", 0),
  loadings = doubles(c("variants", "components"), -1 - 1e-3, 1 + 1e-3),
  total_ss = positive_rule, center = doubles("variants", 0, 2),
  multiplier = doubles("variants", 0), residuals = residuals_rule,
  scale = texts(choices = c("binomial", "none")),
  method = texts(choices = c("exact", "randomized")), passes = count_rule, converged = flags(),
  n_missing = positive_rule, n_monomorphic = positive_rule, uncalled = uncalled_rule,
  tracy_widom = or_absent(doubles("components", na = TRUE)),
  n_above_noise = or_absent(integers(1, 0L, "components"))
)

scores_rule <- doubles(c("samples", "components"), na = TRUE,
  labels = list("sample_id", numbered("PC")))

pca_rule <- do.call(record, c(pca_fields,
  list(scores = scores_rule, n_used = integers("samples", 0L), std_errors = or_absent(
    doubles(c("samples", "components"), 0, na = TRUE))),
  class = "forebear_pca",
  holds = function(x, at) wrong_rows(x, "scores")))

# --- Archetypes ---

beta_rule <- own_sizes(table_of("weights",
  archetype = texts("weights"), sample_id = texts("weights"),
  weight = doubles("weights", 0, 1 + 1e-6)
))

archetype_settings <- record(
  k = integers(1, 2L), init = texts(), restarts = integers(1, 1L),
  preset = or_null(texts(choices = c("paper", "authors_code"))),
  tolerance = doubles(1), max_iter = integers(1, 1L),
  seed = seed_rule
)

# `rotation`: NULL where the loadings are those of the dimensions of the fit.
projection_rule <- record(
  variants = variants_rule,
  rotation = or_null(doubles(c("dims", "axes"), -1 - 1e-3, 1 + 1e-3)),
  loadings = doubles(c("variants", "axes"), -1 - 1e-3, 1 + 1e-3),
  singular_values = doubles("axes", 0), center = doubles("variants", 0, 2),
  multiplier = doubles("variants", 0), uncalled = uncalled_rule, n_samples = integers(1, 1L),
  method = texts(choices = c("oadp", "simple")),
  holds = function(x, at) {
    if (is.null(x$rotation) && at$known$axes != at$known$dims) {
      sprintf("Field `%s` must have the %s of the archetypes; it has %s.",
        below(at, "loadings")$field, counted(at$known$dims, "dimension"), big(at$known$axes))
    }
  }
)

archetypes_rule <- record(
  sample_id = texts("samples", known_as = "sample_id"),
  q = doubles(c("samples", "k"), 0, 1 + 1e-6, na = TRUE,
    labels = list("sample_id", "archetypes")),
  positions = doubles(c("k", "dims"), labels = list("archetypes", NULL)),
  scores = doubles(c("samples", "dims"), na = TRUE, labels = list("sample_id", NULL)),
  beta = beta_rule, beta_sample = some(integers, 1L),
  rss = positive_rule, scores_ss = positive_rule, total_ss = positive_rule,
  trace = some(doubles, 0), restart_rss = doubles("restarts", 0),
  restart_similarity = or_absent(doubles("restarts", -1e-6, 1 + 1e-6)),
  iterations = count_rule, converged = flags(), settings = archetype_settings,
  projection = or_absent(projection_rule),
  frequencies = or_absent(doubles(c("variants", "k"), 0, 1, na = TRUE)),
  n_families = or_absent(integers("k", 0L, "samples", na = TRUE)),
  n_related = or_absent(integers(1, 0L, "samples", na = TRUE)),
  columns = or_absent(texts("dims")),
  class = "forebear_archetypes",
  holds = function(x, at) {
    wrong_rows(x, c("q", "scores")) %||% on_simplex("q")(x, at) %||% wrong_beta(x) %||%
      wrong_k(x) %||% wrong_sample_count(x) %||%
      wrong_trace(x) %||% if (!is.null(x$frequencies)) {
        wrong_missing(x$frequencies, x$projection$uncalled)
      }
  }
)

# Which samples archetypes are made of, by row and by ID.
wrong_beta <- function(x) {
  rows <- x$beta_sample
  if (length(rows) != nrow(x$beta) || any(rows > length(x$sample_id))) {
    return("Field `beta_sample` must have a sample for each row of `beta`.")
  }
  if (!identical(x$beta$sample_id, x$sample_id[rows])) {
    return("Field `beta$sample_id` must have the IDs of the samples of `beta_sample`.")
  }
  if (!all(x$beta$archetype %in% colnames(x$q))) {
    "Field `beta$archetype` must have names of archetypes."
  }
}

# --- Likelihood model ---

admixture_rule <- record(
  sample_id = texts("samples", known_as = "sample_id"),
  q = doubles(c("samples", "k"), 0, 1 + 1e-6, na = TRUE,
    labels = list("sample_id", "populations")),
  projection = record(
    variants = variants_rule, center = doubles("variants", 0, 2), uncalled = uncalled_rule,
    n_samples = integers(1, 1L)
  ),
  frequencies = doubles(c("variants", "k"), 0, 1, na = TRUE, labels = list(NULL, "populations")),
  log_likelihood = doubles(1), penalty = doubles(1), trace = some(doubles),
  n_families = or_absent(integers("k", 0L, "samples", na = TRUE)),
  iterations = count_rule, passes = count_rule, converged = flags(),
  runs = or_absent(own_sizes(table_of("runs",
    restart = integers("runs", 1L), objective = doubles("runs"),
    similarity = doubles("runs", -1e-6, 1 + 1e-6), passes = integers("runs", 0L),
    converged = flags("runs"), best = flags("runs")
  ))),
  fixed = or_absent(flags("answered")), haploid = or_absent(flags("answered")),
  settings = record(
    k = integers(1, 1L),
    sparsity = doubles(2, 0, labels = list(function(n) c("lambda", "epsilon"))),
    tolerance = positive_rule, max_iter = integers(1, 1L), seed = or_null(seed_rule),
    init = texts(choices = c("archetypes", "random")), restarts = or_absent(integers(1, 1L)),
    n_labelled = integers(1, 0L, "samples")
  ),
  class = c("forebear_admixture", "forebear_archetypes"),
  holds = function(x, at) {
    wrong_rows(x, "q") %||% on_simplex("q")(x, at) %||% wrong_k(x) %||% wrong_sample_count(x) %||%
      wrong_trace(x) %||% wrong_missing(x$frequencies, x$projection$uncalled)
  }
)

# --- Spaces of scores, maps and classifiers ---

preparation_rule <- record(
  fill = or_null(doubles("columns")), center = doubles("columns"),
  multiplier = doubles("columns", 0),
  rotation = or_absent(doubles(c("columns", "rotated"), -1 - 1e-3, 1 + 1e-3))
)

# The components of a space are the leading ones of a projection, of a rotation, or of columns.
space_rule <- own_sizes(record(
  sample_id = texts("samples", known_as = "sample_id"), scores = doubles(c("samples", "dims")),
  all_id = texts("samples given"), answered = flags("samples given"), n_columns = integers(1, 1L),
  projection = or_null(own_sizes(do.call(record, c(pca_fields, class = "forebear_pca")),
    "components")),
  preparation = or_null(preparation_rule), columns = or_absent(texts("columns")),
  class = "forebear_score_space",
  holds = function(x, at) wrong_answered(x) %||% wrong_columns(x, at$known)
), c("samples", "sample_id", "dims"))

wrong_answered <- function(x) {
  if (!identical(x$all_id[x$answered], x$sample_id)) {
    return("Field `sample_id` of a space must be `all_id` of the samples that are `answered`.")
  }
  fitted <- x$projection$sample_id
  if (!is.null(fitted) && !identical(fitted, x$all_id) && !identical(fitted, x$sample_id)) {
    "Field `projection$sample_id` of a space must be its `all_id`, or its `sample_id`."
  }
}

wrong_columns <- function(x, known) {
  there <- if (!is.null(x$projection)) known$components else known$columns %||% x$n_columns
  most <- if (!is.null(x$preparation)) known$rotated %||% there else there
  if (there != x$n_columns || known$dims > most) {
    return(sprintf("Field `n_columns` of a space must fit its components; it is %s, for %s.",
      big(x$n_columns), counted(known$dims, "component")))
  }
  if (!is.null(x$columns) && length(x$columns) != x$n_columns) {
    sprintf("Field `columns` of a space must have %s; it has %s.", counted(x$n_columns, "name"),
      big(length(x$columns)))
  }
}

map_settings_rule <- record(
  nodes = integers(1, 2L, 100L), rbf = integers(1, 1L, 30L), regularization = doubles(1, 0, 1e100),
  width = doubles(1), max_iter = integers(1, 0L),
  init_variance = texts(choices = c("min", "max"))
)

# In the sizes of a classifier, whose space it has, if that is so.
gtm_rule <- function(space) {
  own_sizes(record(
    space = space,
    nodes = doubles(c("nodes", 2), -1, 1), centers = doubles(c("nodes", "dims")),
    weights = doubles(c("functions", "dims")), variance = doubles(1, 1e-100),
    places = doubles(c("samples", 2), -1 - 1e-6, 1 + 1e-6), mode = integers("samples", 1L, "nodes"),
    log_likelihood = doubles("samples"), density = doubles("nodes", 0, 1 + 1e-6),
    trace = table_of("iterations",
      iteration = integers("iterations", 1L), criterion = doubles("iterations"),
      log_likelihood = doubles("iterations"), variance = doubles("iterations", 0),
      holds = function(x, at) {
        if (!identical(x$iteration, seq_along(x$iteration))) {
          sprintf("Field `%s` must count from 1.", below(at, "iteration")$field)
        }
      }
    ),
    converged = flags(), settings = map_settings_rule,
    class = "forebear_gtm",
    holds = function(x, at) {
      if (at$known$nodes != x$settings$nodes^2 || at$known$functions != x$settings$rbf^2 + 1) {
        "Fields `nodes` and `weights` must have the sizes that `settings` has."
      }
    }
  ), c("samples", "dims", "nodes", "populations"))
}

tree_rule <- own_sizes(record(
  node = texts("tree nodes", unique = TRUE), parent = integers("tree nodes", 1L, na = TRUE),
  class = "forebear_population_tree",
  holds = function(x, at) {
    above <- x$parent[-1]
    if (!is.na(x$parent[1]) || anyNA(above) || any(above >= seq_along(above) + 1L)) {
      sprintf("Field `%s` must have every parent before its children.",
        below(at, "parent")$field)
    }
  }
))

# What each method has learned. The map of a classifier is in the space of the classifier, which the
# file has once, see `once_in_file()`.
classes_rules <- list(
  gtm = record(map = gtm_rule(or_null(space_rule)), sums = doubles(c("nodes", "populations"), 0)),
  knn = record(
    scores = doubles(c("labeled", "dims")), code = integers("labeled", 1L, "populations"),
    neighbors = integers(1, 1L, "labeled")
  ),
  svm = record(
    weights = doubles(c("pairs", "dims")), bias = doubles("pairs"), slope = doubles("pairs"),
    offset = doubles("pairs"), n_not_converged = count_rule
  )
)

classifier_rule <- function(x, at) {
  method <- if (is.list(x)) x$method
  if (!is.character(method) || length(method) != 1 || !method %in% names(classes_rules)) {
    refuse_field(below(at, "method"), sprintf("one of %s", quoted(names(classes_rules))),
      describe_value(method))
  }
  classifier <- record(
    space = space_rule,
    label = factor_of("samples", "populations", na = TRUE, known_as = "population"),
    populations = texts("populations"), method = texts(choices = method),
    model = classes_rules[[method]],
    prior = doubles("populations", 0, 1 + 1e-6, labels = list("population")),
    size = integers("populations", 1L, "samples"), tree = or_null(tree_rule),
    settings = record(
      neighbors = integers(1, 1L), cost = doubles(1, 0), map = map_settings_rule, seed = seed_rule
    ),
    class = "forebear_classifier", holds = wrong_classes
  )
  x <- classifier(x, at)
  if (method == "gtm") x$model$map$space <- x$space
  x
}

wrong_classes <- function(x, at) { # nolint: cyclocomp_linter. One sentence for each rule.
  k <- length(x$populations)
  n_pairs <- if (x$method == "svm") length(x$model$bias)
  if (!identical(x$populations, levels(x$label))) {
    return("Field `populations` must be the levels of `label`.")
  }
  if (!identical(tabulate(x$label, k), x$size)) {
    return("Field `size` must count the labels.")
  }
  if (abs(sum(x$prior) - 1) > 1e-6) {
    return("Field `prior` must sum to 1.")
  }
  if (!is.null(x$tree) && !setequal(tree_leaves(x$tree), x$populations)) {
    return("Leaves of field `tree` must be the populations.")
  }
  if (!is.null(n_pairs) && n_pairs != k * (k - 1) / 2) {
    return("Field `model$bias` must have a value for each pair of populations.")
  }
  if (x$method == "knn" && !identical(tabulate(x$model$code, k), x$size)) {
    "Field `model$code` must have the samples of each population."
  }
}
