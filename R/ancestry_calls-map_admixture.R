#' Admixture mapping
#'
#' Tests in every window whether a phenotype depends on how many copies of an ancestry a sample has
#' there, given how much of it the sample has in the whole genome.
#'
#' For each window and ancestry the phenotype is regressed on the dosage of the ancestry (the sum of
#' the posteriors of both haplotypes, 0 to 2), the sample's proportion of it in the genome
#' ([ancestry_proportions()]), and `covariates`. `estimate` is the effect of one copy: in units of
#' the phenotype (`"gaussian"`, as [lm()]) or log odds (`"binomial"`, as [glm()], with errors and
#' tests of Wald). A sample with one haplotype (a male on X) has dosage 0 or 2, as PLINK 2 codes it;
#' give sex as a covariate. Where a dosage does not vary, or is a sum of covariates, or where cases
#' and controls are separated, estimates are `NA`. So they are, with a warning of class
#' `forebear_warning_explained_phenotype`, where the phenotype is a sum of covariates and the
#' proportion in the genome: nothing is left of it for windows to explain. Relatedness is not
#' modeled: choose [unrelated()] samples.
#'
#' @section Study-wide threshold:
#' Neighboring windows carry the same ancestry, so that there are fewer tests than windows. For
#' `replicates` phenotypes without association, drawn at random, the smallest p of all windows and
#' ancestries is found; the threshold is the p that a proportion `alpha` of these studies passes,
#' and `n_effective` is `alpha` by the threshold: the number of independent tests with the same one.
#' For `"gaussian"` a draw is what covariates and the proportion leave of the phenotype, with random
#' signs, so that each sample varies as much as it does (the wild bootstrap). Where samples vary
#' alike, the threshold is that of normal draws. Where they do not, as with a few cases coded 1
#' among controls coded 0, or a variance that rises with the proportion, `p` of [lm()] is too small
#' and the threshold allows for it: with normal draws .25 to .72 of simulated studies without
#' association passed it instead of .05. A message of class `forebear_message_unequal_variance` says
#' where `n_effective` exceeds the number of tests, and one of class `forebear_message_two_values`
#' where such a phenotype has two values. With fewer than 20 samples, and for `"binomial"`, draws
#' are normal; tests of Wald are conservative with few cases.
#'
#' @param calls Ancestry calls.
#' @param phenotype A vector named by sample, or a data frame with `sample_id` and one other column.
#'   Numbers; for `"binomial"` 0 and 1, `FALSE` and `TRUE`, or a factor of two levels, whose second
#'   one are the cases. Samples without a value are left out, with a message.
#' @param covariates `NULL`, or a data frame with `sample_id` and further columns: numbers, or
#'   factors and text, which become indicators.
#' @param family `"gaussian"`: linear regression. `"binomial"`: logistic regression.
#' @param ancestry Populations that are tested; `NULL`: all.
#' @param alpha Proportion of studies without association in which some window passes the threshold.
#' @param replicates Phenotypes that are drawn for it, `1 / alpha` or more; 0: no threshold.
#' @inheritParams shared_arguments
#' @returns A tibble of class `forebear_admixture_map`, one row per window and ancestry: `chrom`,
#'   `window`, `start_bp`, `end_bp`, `ancestry`, `estimate`, `std_error`, `statistic` (t or z), `p`,
#'   `significant` (whether `p` is below the threshold). [glance()] has the threshold,
#'   `n_effective`, `n_samples` and `inflation` (the median of the squared statistics by what is
#'   expected); [autoplot()][autoplot.forebear_admixture_map] draws it.
#' @section Errors:
#' `forebear_error_phenotype` for values that are none; `forebear_error_argument`, also for
#' covariates with infinite values or of lists; `forebear_error_incomplete_calls`.
#' @references Shriner D., Adeyemo A. and Rotimi C.N. (2011), Joint ancestry and association testing
#' in admixed individuals. PLoS Computational Biology 7:e1002325. Liu R. Y. (1988), Bootstrap
#' procedures under some non-i.i.d. models. Annals of Statistics 16:1696.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' samples <- unique(calls$sample_id)
#' phenotype <- setNames(seq_along(samples) %% 3, samples)
#' map_admixture(calls, phenotype, ancestry = "east", replicates = 100)
#' @family uses of ancestry calls
#' @export
map_admixture <- function(calls, phenotype, covariates = NULL, family = c("gaussian", "binomial"),
                          ancestry = NULL, alpha = 0.05, replicates = 1000, seed = 1,
                          threads = NULL) {
  call <- rlang::current_env()
  family <- check_choice(family, "family", c("gaussian", "binomial"))
  alpha <- check_number(alpha, "alpha", min = 0.001, max = 0.5, call = call)
  replicates <- check_replicates(replicates, alpha, call)
  seed <- check_seed(seed, call)
  threads <- check_threads(threads, call)
  by_chrom <- if (is_stored(calls)) stored_windows(calls) else call_pieces(calls, call)
  samples <- if (is_stored(calls)) calls$about$sample_id else samples_of_pieces(by_chrom)
  populations <- if (is_stored(calls)) calls$about$populations else attr(calls, "populations")
  populations <- populations[ancestry_codes(ancestry, populations, call)]
  known <- samples_of_mapping(samples, phenotype, covariates, family, call)
  if (family == "gaussian") inform_two_values(known$y)
  proportions <- genome_proportions(calls, known$sample_id)
  dosage_of <- if (is_stored(calls)) {
    stored_dosages(calls, populations, known$sample_id, call)
  } else {
    function(name) dosage_of_calls(calls, by_chrom, name, known$sample_id)
  }
  maps <- lapply(populations, function(name) {
    map_one_ancestry(dosage_of(name), known, proportions[[name]], family, replicates, seed,
      threads, call)
  })
  warn_explained(populations[vapply(maps, `[[`, TRUE, "is_explained")])
  map <- new_admixture_map(maps, populations, by_chrom, family, alpha, replicates, length(known$y))
  inform_unequal_variance(generics::glance(map))
  map
}

inform_two_values <- function(y) {
  values <- sort(unique(y))
  if (length(values) == 2) {
    inform_forebear("two_values", sprintf(paste("The phenotype has two values, %s, and is",
      "regressed as a number: `family = \"binomial\"` is for cases and controls."),
      paste(format(values, trim = TRUE), collapse = " and ")))
  }
}

# With normal residuals there are fewer effective tests than tests.
inform_unequal_variance <- function(facts) {
  if (isTRUE(facts$n_effective > facts$n_tests)) {
    inform_forebear("unequal_variance", c(
      "Samples do not vary alike: p-values are too small. The study-wide threshold allows for it.",
      x = sprintf("It is that of %s tests, of which there are %s.", big(round(facts$n_effective)),
        big(facts$n_tests)),
      i = "Transform the phenotype, or give a covariate that says where it varies."))
  }
}

warn_explained <- function(populations) {
  if (length(populations) > 0) {
    warn_forebear("explained_phenotype", c(
      paste("Some ancestries have no estimates: their proportion in the genome and the covariates",
        "explain all of the phenotype."),
      x = sprintf("%s.", first_of(populations)),
      i = "Is the phenotype itself a proportion of ancestry, or one of the covariates?"))
  }
}

# Of fewer draws even the smallest p is passed by more studies than `alpha`.
check_replicates <- function(replicates, alpha, call) {
  replicates <- check_count(replicates, "replicates", min = 0, call = call)
  if (replicates > 0 && replicates * alpha < 1 - 1e-9) {
    abort_forebear("argument", c("`replicates` must be 0, or `1 / alpha` or more.",
      x = sprintf("It is %s, with `alpha` of %s.", big(replicates), format(alpha)),
      i = sprintf("Give %s or more.", big(ceiling(1 / alpha - 1e-9)))), call)
  }
  replicates
}

# [n_samples x n_windows] copies of a population.
dosage_of_calls <- function(calls, by_chrom, name, samples) {
  posterior <- posteriors_of(calls, name)[[1]]
  do.call(cbind, lapply(by_chrom, window_dosage, posterior = posterior, samples = samples))
}

# A function of a population's name that gives the same of stored calls, of which each batch is read
# once. Dosages of all `populations` are in memory.
stored_dosages <- function(calls, populations, samples, call) {
  parts <- by_batch(calls, function(calls) {
    own <- intersect(samples, calls$sample_id)
    by_chrom <- call_pieces(calls, call)
    lapply(stats::setNames(nm = populations), function(name) {
      structure(dosage_of_calls(calls, by_chrom, name, own), samples = own)
    })
  }, call)
  place <- match(samples, unlist(lapply(parts, function(part) attr(part[[1]], "samples"))))
  function(name) do.call(rbind, lapply(parts, `[[`, name))[place, , drop = FALSE]
}

# chrom, windows of each chromosome.
stored_windows <- function(calls) {
  windows <- calls$about$windows
  lapply(unique(windows$chrom), function(chrom) {
    list(chrom = chrom, windows = windows[windows$chrom == chrom, ])
  })
}

# sample_id, y (numbers), covariates (list of columns, 1s first), of the samples that are known.
samples_of_mapping <- function(samples, phenotype, covariates, family, call) {
  y <- phenotype_of(phenotype, samples, family, call)
  table <- covariates_of(covariates, samples, call)
  known <- !is.na(y) & stats::complete.cases(table)
  if (!all(known)) {
    inform_forebear("samples_left_out", sprintf(
      "Left out, as phenotype or covariates are not known: %s of %s.",
      counted(sum(!known), "sample"), big(length(samples))))
  }
  check_enough_known(sum(known), 1, call)
  columns <- covariate_columns(table[known, , drop = FALSE])
  check_enough_known(sum(known), ncol(columns), call)
  if (length(unique(y[known])) < 2) {
    abort_forebear("phenotype", c("`phenotype` must vary.",
      x = "All samples with one have the same."), call)
  }
  list(sample_id = samples[known], y = y[known],
    covariates = lapply(seq_len(ncol(columns)), function(i) as.double(columns[, i])))
}

check_enough_known <- function(n, n_columns, call) {
  if (n < n_columns + 3) {
    abort_forebear("phenotype", c("There must be more samples than covariates by three.",
      x = sprintf("There are %s with a phenotype.", counted(n, "sample"))), call)
  }
}

# A column of 1s and those of the covariates, indicators for factors. What has one level says
# nothing, as a number that does not vary.
covariate_columns <- function(table) {
  says <- vapply(table, function(column) {
    is.numeric(column) || length(unique(column)) > 1
  }, TRUE)
  table <- droplevels(table[says])
  if (ncol(table) == 0) matrix(1, nrow(table)) else stats::model.matrix(~., table)
}

# Numbers, one for each of `samples`.
phenotype_of <- function(phenotype, samples, family, call) {
  table <- label_table(phenotype)
  if (is.data.frame(table)) {
    own <- setdiff(names(table), "sample_id")
    if (!"sample_id" %in% names(table) || length(own) != 1) {
      abort_forebear("phenotype", c(
        "`phenotype` must have a column `sample_id` and one other.",
        x = sprintf("It has %s.", quoted(names(table)))), call)
    }
    values <- stats::setNames(table[[own]], table$sample_id)
  } else {
    values <- table
  }
  if (!is.atomic(values) || is.null(names(values))) {
    abort_forebear("phenotype", c("`phenotype` must be named by sample.",
      x = sprintf("It is %s without names.", describe_class(values)),
      i = "A data frame with `sample_id` and one other column is accepted, too."), call)
  }
  check_named_once(names(values), samples, "phenotype", call)
  values <- values[match(samples, names(values))]
  if (family == "binomial") binary_values(values, call) else number_values(values, call)
}

check_named_once <- function(id, samples, name, call) {
  twice <- unique(id[duplicated(id) & id %in% samples])
  if (length(twice) > 0 || !any(samples %in% id)) {
    abort_forebear("phenotype", c(
      sprintf("`%s` must have samples of `calls`, each once.", name),
      x = if (length(twice) > 0) sprintf("More than once: %s.", quoted(twice)) else
        sprintf("It has none; the first are %s, and in `calls` %s.", quoted(utils::head(id, 3)),
          quoted(utils::head(samples, 3)))
    ), call)
  }
}

number_values <- function(values, call) {
  if (is.logical(values)) values <- values + 0
  if (!is.numeric(values) || any(is.infinite(values))) {
    abort_forebear("phenotype", c(
      "`phenotype` must be finite numbers for `family = \"gaussian\"`.",
      x = sprintf("It is %s.", describe_class(values))), call)
  }
  as.double(values)
}

binary_values <- function(values, call) {
  if (is.character(values)) values <- factor(values)
  if (is.factor(values)) {
    values <- droplevels(values)
    if (nlevels(values) == 2) {
      return(as.double(as.integer(values) == 2L))
    }
  } else if (is.logical(values) || is.numeric(values) && all(values %in% c(0, 1, NA))) {
    return(as.double(values))
  }
  abort_forebear("phenotype", c(
    "`phenotype` must have two values for `family = \"binomial\"`: 0 and 1, or two levels.",
    x = sprintf("It has %s.", first_of(as.character(unique(values)))),
    i = "In PLINK's files cases are 2 and controls 1: give `phenotype - 1`."), call)
}

# A data frame of one row for each of `samples`.
covariates_of <- function(covariates, samples, call) {
  if (is.null(covariates)) {
    return(data.frame(row.names = samples))
  }
  table <- if (is.matrix(covariates) && !is.null(rownames(covariates))) {
    data.frame(sample_id = rownames(covariates), covariates)
  } else {
    label_table(covariates)
  }
  if (!is.data.frame(table) || !"sample_id" %in% names(table)) {
    abort_forebear("argument", c(
      "`covariates` must be a data frame with a column `sample_id`.",
      x = sprintf("It is %s.", describe_class(covariates))), call)
  }
  check_named_once(table$sample_id, samples, "covariates", call)
  table <- as.data.frame(table)[match(samples, table$sample_id), names(table) != "sample_id",
    drop = FALSE]
  table[] <- lapply(table, function(column) if (is.character(column)) factor(column) else column)
  for (name in names(table)) check_finite_covariate(table[[name]], name, samples, call)
  table
}

# Missing values (`NA`, `NaN`) leave a sample out.
check_finite_covariate <- function(column, name, samples, call) {
  if (!is.atomic(column)) {
    abort_forebear("argument", c("Covariates must be finite numbers, factors or text.",
      x = sprintf("`%s` is %s.", name, describe_class(column))), call)
  }
  wrong <- if (is.numeric(column)) which(is.infinite(column))
  if (length(wrong) > 0) {
    abort_forebear("argument", c(
      "Covariates must be finite numbers, factors or text.",
      x = sprintf("`%s` has %s of %s, the first %s.", name, column[wrong[1]],
        counted(length(wrong), "sample"), quoted(rep_len(samples, wrong[1])[wrong[1]])),
      i = "Give `NA` where a value is not known: such samples are left out, with a message."
    ), call)
  }
}

# By ancestry, the proportion of each sample.
genome_proportions <- function(calls, samples) {
  table <- ancestry_proportions(calls)
  table <- table[table$sample_id %in% samples, ]
  lapply(split(table, table$ancestry), function(own) {
    own$proportion[match(samples, own$sample_id)]
  })
}

# Fewest samples whose signs are drawn: of fewer there are too few different draws.
fewest_signs <- 20L

# estimate, std_error of every window; df; maxima: of the draws, or NULL; is_explained: whether
# nothing of the phenotype is left for windows. dosage: [n_samples x n_windows].
map_one_ancestry <- function(dosage, known, proportion, family, replicates, seed, threads,
                             call) {
  covariates <- c(known$covariates, list(proportion))
  found <- with_progress(function(progress) {
    rust_map_ancestry(known$y, covariates, dosage, family == "binomial", threads, progress)
  }, call)
  kept <- if (family == "gaussian" && length(known$y) >= fewest_signs) known$y
  maxima <- if (replicates > 0) {
    with_progress(function(progress) {
      rust_null_maxima(kept, covariates, dosage, replicates, seed, threads, progress)
    }, call)
  }
  c(found$effects, list(df = length(known$y) - found$rank - 1, maxima = maxima,
    is_explained = found$is_explained))
}

# [n_samples x n_windows] copies; a chromosome of which a sample has no calls is of no ancestry.
window_dosage <- function(pieces, posterior, samples) {
  sample <- match(pieces$sample_id, samples)[pieces$owner]
  kept <- which(!is.na(sample))
  places <- list(row = pieces$row[kept], sample = sample[kept], window = pieces$window[kept],
    part = piece_edges(pieces)$part[kept], n_samples = as.double(length(samples)),
    n_windows = as.double(nrow(pieces$windows)))
  dosage <- answer(rust_window_dosages(places, posterior))
  absent <- samples[is.na(dosage[, 1])]
  if (length(absent) > 0) {
    abort_incomplete(sprintf("Chromosome %s has no calls of %s.", quoted(pieces$chrom),
      quoted(absent)), rlang::caller_env())
  }
  dosage
}

new_admixture_map <- function(maps, populations, by_chrom, family, alpha, replicates, n_samples) {
  windows <- vctrs::vec_rbind(!!!lapply(by_chrom, function(pieces) {
    pieces$windows[c("chrom", "window", "start_bp", "end_bp")]
  }))
  n <- nrow(windows)
  of_all <- function(name) unlist(lapply(maps, `[[`, name))
  statistic <- of_all("estimate") / of_all("std_error")
  df <- rep(vapply(maps, `[[`, 0, "df"), each = n)
  tail <- function(t, df) if (family == "gaussian") stats::pt(t, df) else stats::pnorm(t)
  p <- 2 * tail(-abs(statistic), df)
  threshold <- if (replicates > 0) {
    smallest <- do.call(pmin, lapply(maps, function(map) 2 * stats::pt(-map$maxima, map$df)))
    unname(stats::quantile(smallest, alpha, type = 1))
  } else {
    NA_real_
  }
  rows <- tibble::tibble(windows[rep(seq_len(n), length(maps)), ],
    ancestry = rep(populations, each = n), estimate = nan_to_na(of_all("estimate")),
    std_error = nan_to_na(of_all("std_error")), statistic = nan_to_na(statistic),
    p = nan_to_na(p), significant = nan_to_na(p) <= threshold)
  tibble::new_tibble(rows, family = family, alpha = alpha, threshold = threshold,
    n_samples = n_samples, nrow = nrow(rows), class = "forebear_admixture_map")
}

#' @export
print.forebear_admixture_map <- function(x, ...) {
  facts <- generics::glance(x)
  cat(sprintf("<admixture map> %s, %s, %s", counted(facts$n_samples, "sample"),
    counted(length(unique(paste(x$chrom, x$window))), "window"), first_of(unique(x$ancestry))),
    sep = "\n")
  if (is.na(facts$threshold)) {
    cat("no study-wide threshold\n")
  } else {
    cat(sprintf("study-wide threshold p = %.2g (%.0f effective tests); %s below it\n",
      facts$threshold, facts$n_effective, counted(sum(x$significant, na.rm = TRUE), "window")))
  }
  NextMethod()
}

#' @importFrom generics glance
#' @export
glance.forebear_admixture_map <- function( # nolint: object_name_linter. As the others.
    x, ...) {
  check_no_dots(...)
  alpha <- attr(x, "alpha")
  threshold <- attr(x, "threshold")
  tibble::tibble(
    family = attr(x, "family"), n_samples = attr(x, "n_samples"), n_tests = sum(!is.na(x$p)),
    n_effective = alpha / threshold, alpha = alpha, threshold = threshold,
    inflation = stats::median(x$statistic^2, na.rm = TRUE) / stats::qchisq(0.5, 1)
  )
}
