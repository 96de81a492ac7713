# What a model of local ancestry is, field by field; see model_file-schema-fits.R.

largest_rate <- 1e9

# A parameter set of the pair HMM: `label` and `reset` are k x k, row by row.
parameters_rule <- record(
  ancestry = doubles("populations", 0, 1 + 1e-6), label = doubles("population pairs", 0, 1 + 1e-6),
  reset = doubles("population pairs", 0, 1), recombination_rate = doubles(1, 0, largest_rate),
  switch_rate = doubles(1, 0, largest_rate),
  holds = function(x, at) {
    k <- length(x$ancestry)
    if (length(x$label) != k^2) {
      return(sprintf("Field `%s` must have a value for each pair of populations.",
        below(at, "label")$field))
    }
    sums <- c(sum(x$ancestry), colSums(matrix(x$label, k)))
    if (any(abs(sums - 1) > 1e-6)) {
      sprintf("Probabilities of field `%s` must sum to 1.", at$field)
    }
  }
)

by_evidence <- function(rule) list_of(rule, "kinds", labels = TRUE)

windows_rule <- own_sizes(table_of("windows",
  chrom = texts("windows"), window = integers("windows", 1L), start_bp = integers("windows"),
  end_bp = integers("windows"), start_cm = doubles("windows"), end_cm = doubles("windows"),
  n_variants = integers("windows", 1L)
))

chromosome_rule <- own_sizes(record(
  model = bytes("bytes of the model"), chosen = integers("chosen", 1L, "variants", rises = TRUE),
  windows = windows_rule, has_map = flags()
), "variants")

# Packed haplotypes of members of the panel; their shape is checked with the model.
donors_rule <- own_sizes(record(
  alleles = bytes("bytes of alleles"), haploid = bytes("values"),
  n_file = doubles(2, 1, .Machine$integer.max),
  sample_index = integers("donors", 1L), population = integers("donors", 1L, "populations")
), "populations")

curve_rule <- own_sizes(record(
  posterior = doubles("points", 0, 1 + 1e-6, rises = TRUE),
  frequency = doubles("points", 0, 1 + 1e-6, rises = TRUE)
))

recalibration_rule <- own_sizes(record(
  power = doubles(1, 0.01, 100), rate_edges = doubles("rate edges", 0, rises = TRUE),
  dominance = doubles("dominance edges", 0, 1, rises = TRUE),
  curves = list_of(curve_rule, "curves"),
  most = doubles("nodes below the root", 0.5, 1), limited = flags("nodes below the root"),
  holds = function(x, at) {
    n_levels <- (length(x$rate_edges) + 1) * (length(x$dominance) + 1)
    if (length(x$curves) != n_levels * length(x$most)) {
      sprintf("Field `%s` must have a curve for each node and class of people.",
        below(at, "curves")$field)
    }
  }
), "populations")

usual_rule <- record(
  mean = doubles("populations", na = TRUE), between = doubles("populations", 0, na = TRUE),
  within = doubles("populations", 0, na = TRUE)
)

window_settings_rule <- record(
  window = doubles(1, 1, 8000), context = doubles(1, 0, 8000), cost = doubles(1, 0, 1e6),
  kernel = texts(choices = c("string", "linear")),
  multiclass = texts(choices = c("joint", "one_vs_one", "one_vs_rest")),
  folds = doubles(1, 2), probabilities = doubles(1, 0, 1), tolerance = doubles(1, 0, 1),
  landmarks = doubles(1, 2), seed = seed_rule
)

# Lengths of windows that were tried on the panel, see `choose_windows()`.
windows_tried_rule <- own_sizes(table_of("lengths",
  window = integers("lengths", 1L, 8000L, rises = TRUE), context = integers("lengths", 0L, 8000L),
  log_score = doubles("lengths", most = 0, na = TRUE),
  std_error = doubles("lengths", 0, na = TRUE), accuracy = doubles("lengths", 0, 1, na = TRUE),
  by_chance = doubles("lengths", 0, 1, na = TRUE), chosen = flags("lengths"),
  holds = function(x, at) {
    if (sum(x$chosen) != 1) sprintf("One length of field `%s` must be the chosen one.", at$field)
  }
))

fst_matrix_rule <- function(x, at) {
  x <- doubles(c("populations", "populations"), na = TRUE,
    labels = list("population", "population"))(x, at)
  if (!identical(unname(diag(x)), numeric(nrow(x))) || !identical(x, t(x))) {
    refuse_value(at, "numbers of pairs, and 0 of a population itself", "it has others")
  }
  x
}

local_ancestry_rule <- record(
  forebear = texts(), sample_id = texts("samples", unique = TRUE, known_as = "sample_id"),
  populations = texts("populations", unique = TRUE, known_as = "population"),
  variants = variants_rule,
  settings = window_settings_rule,
  emissions = texts(choices = c("soft", "both", "hard")),
  phase = texts(choices = c("corrected", "trusted")), refine = flags(),
  chromosomes = list_of(chromosome_rule, "chromosomes", labels = TRUE),
  sites = record(
    variants = function(x, at) if (!is.null(x)) refuse_field(at, "NULL", describe_value(x)),
    frequency = doubles("variants", 0, 1, na = TRUE), n_alleles = doubles("variants", 0),
    holds = function(x, at) {
      if (!identical(is.na(x$frequency), x$n_alleles == 0)) {
        "Field `sites$frequency` must be missing where no allele is counted, and there alone."
      }
    }
  ),
  donors = donors_rule, tree = tree_rule,
  start = by_evidence(parameters_rule),
  sets = or_null(by_evidence(list_of(parameters_rule, "sets"))),
  recalibration = or_null(recalibration_rule), usual = or_null(usual_rule),
  confusion = integers(c("populations", "populations"), 0L,
    labels = list(population = "population", label = "population")),
  n_not_converged = positive_rule,
  panel = table_of("populations",
    population = texts("populations"), parent = texts("populations"),
    n_samples = integers("populations", 0L), n_haplotypes = integers("populations", 0L),
    n_duplicates = integers("populations", 0L)
  ),
  build = or_absent(texts("builds")), windows_tried = or_absent(windows_tried_rule),
  fst = or_absent(record(fst = fst_matrix_rule, std_error = fst_matrix_rule)),
  class = "forebear_local_ancestry"
)

local_ancestry_file_rule <- function(x, at) {
  x <- local_ancestry_rule(x, at)
  for (check in list(wrong_populations, wrong_chromosomes, wrong_donors, wrong_evidence,
    wrong_windows)) {
    wrong <- check(x)
    if (!is.null(wrong)) at$refuse(wrong)
  }
  for (chrom in names(x$chromosomes)) check_window_models(x, chrom, at)
  x$sites["variants"] <- list(x$variants)
  x
}

wrong_populations <- function(x) {
  if (length(x$populations) < 2) {
    return("Field `populations` must have two or more.")
  }
  if (!identical(tree_leaves(x$tree), x$populations)) {
    return("Leaves of field `tree` must be the populations.")
  }
  if (!is.null(x$recalibration) &&
    length(x$recalibration$most) != length(x$tree$node) - 1) {
    return("Field `recalibration$most` must have a value for each node below the root.")
  }
  if (!identical(x$panel$population, x$populations)) {
    return("Field `panel$population` must be the populations.")
  }
  most <- cbind(x$panel$n_duplicates, x$panel$n_haplotypes)
  if (sum(as.double(x$panel$n_samples)) != length(x$sample_id) ||
    any(most > cbind(x$panel$n_haplotypes, 2 * as.double(x$panel$n_samples)))) {
    "Field `panel` must count the samples and their haplotypes."
  }
}

# Chromosomes are those of the variants, each with all of its own, which rise along it.
wrong_chromosomes <- function(x) {
  if (!identical(names(x$chromosomes), unique(x$variants$chrom))) {
    return("Field `chromosomes` must have the chromosomes of `variants`.")
  }
  for (chrom in names(x$chromosomes)) {
    chosen <- which(x$variants$chrom == chrom)
    if (!identical(x$chromosomes[[chrom]]$chosen, chosen)) {
      return(sprintf("Field `chromosomes$%s$chosen` must be the variants of chromosome %s.", chrom,
        chrom))
    }
    for (name in c("position_bp", "position_cm")) {
      if (is.unsorted(x$variants[[name]][chosen])) {
        return(sprintf("Field `variants$%s` must rise along chromosome %s.", name, chrom))
      }
    }
  }
}

wrong_donors <- function(x) {
  donors <- x$donors
  n <- length(donors$population)
  row <- 8 * ceiling(nrow(x$variants) / 64)
  if (!identical(donors$n_file, as.double(c(n, nrow(x$variants)))) ||
    !identical(donors$sample_index, seq_len(n))) {
    return("Fields `donors$n_file` and `donors$sample_index` must count donors and variants.")
  }
  if (length(donors$alleles) != 2 * n * row || !length(donors$haploid) %in% c(0, n * row)) {
    return("Fields `donors$alleles` and `donors$haploid` must have a bit for every allele.")
  }
  if (any(tabulate(donors$population, length(x$populations)) == 0)) {
    "Field `donors$population` must have a donor of each population."
  }
}

wrong_evidence <- function(x) {
  kinds <- evidence_kinds(x$emissions)
  for (name in c("start", if (!is.null(x$sets)) "sets")) {
    if (!identical(names(x[[name]]), kinds)) {
      return(sprintf("Field `%s` must have parameters for %s.", name, quoted(kinds)))
    }
  }
  if ("soft" %in% kinds && x$settings$probabilities != 1) {
    "Field `settings$probabilities` must be 1 for emissions that are soft."
  }
}

wrong_windows <- function(x) {
  chosen <- x$windows_tried[x$windows_tried$chosen, ]
  if (!is.null(chosen) &&
    !identical(c(x$settings$window, x$settings$context), c(chosen$window, chosen$context) + 0)) {
    "Field `windows_tried` must have chosen the windows of field `settings`."
  }
}

# What the core knows of the windows of a chromosome must be what the other fields say.
check_window_models <- function(x, chrom, at) {
  part <- x$chromosomes[[chrom]]
  at <- below(below(at, "chromosomes"), chrom)
  found <- rust_trained_chromosome(part$model)
  if (inherits(found, "forebear_failure")) {
    at$refuse(sprintf("Field `%s` must hold trained windows. %s", below(at, "model")$field,
      last_sentence(found$message)))
  }
  said <- c(list(n_variants = as.double(length(part$chosen)),
    n_populations = as.double(length(x$populations))), x$settings)
  for (name in names(found)) {
    if (!identical(found[[name]], said[[name]])) {
      refuse_value(below(at, "model"), sprintf("of windows as the other fields say (`%s`)", name),
        sprintf("it has %s, not %s", format(found[[name]]), format(said[[name]])))
    }
  }
  if (!identical(part$windows, window_table(part$model, x$variants[part$chosen, ]))) {
    at$refuse(sprintf("Field `%s` must be the windows of the variants.",
      below(at, "windows")$field))
  }
}

# Of a message of the core what it found, without the rule.
last_sentence <- function(message) paste(unname(bullets(message)[-1]), collapse = " ")
