# Steps of a report. Each takes the job and gives it back with what the page says: figures and
# tables are written as they are made.

# seed, threads, begun (seconds); facts: what the page says; notes: an environment with the warnings
# and messages so far. Later: given (see `report_reading()`), costs (see `report_costs()`), folder.
new_report_job <- function(seed, threads) {
  notes <- new.env(parent = emptyenv())
  notes$table <- tibble::tibble(step = character(), kind = character(), text = character())
  list(seed = seed, threads = threads, begun = proc.time()[["elapsed"]], facts = list(),
    notes = notes)
}

report_step_names <- c("reading", "quality control", "components", "archetypes", "classes",
  "local ancestry", "page")

# [n_steps] what the steps take beside each other, on data of usual sizes.
report_costs <- function(job, k) {
  n_ks <- length(k %||% report_ks(job, Inf))
  costs <- c(2, 2, 2, 4 * n_ks, 4, if (is.null(job$given$phased)) 0 else 15, 4)
  stats::setNames(costs, report_step_names)
}

report_step <- function(job, step) {
  number <- match(step, report_step_names)
  passed <- proc.time()[["elapsed"]] - job$begun
  done <- sum(job$costs[seq_len(number - 1)])
  left <- if (done > 0) passed * (sum(job$costs) / done - 1)
  inform_forebear("report_step", sprintf("[%d/%d] %s%s", number, length(report_step_names), step,
    if (is.null(left)) "" else sprintf(" (%.0f s so far, about %.0f s left)", passed, left)))
}

# The value of `code`; what it warns of or says is noted, not shown.
noting <- function(job, step, code) {
  note <- function(kind, condition) {
    text <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(condition)))
    row <- tibble::tibble(step = step, kind = kind, text = trimws(text))
    job$notes$table <- unique(vctrs::vec_rbind(job$notes$table, row))
  }
  withCallingHandlers(code,
    warning = function(condition) {
      note("warning", condition)
      rlang::cnd_muffle(condition)
    },
    message = function(condition) {
      if (inherits(condition, "forebear_message_report_step")) return()
      note("message", condition)
      rlang::cnd_muffle(condition)
    }
  )
}

write_report_table <- function(job, table, name) {
  path <- file.path(job$folder, "tables", paste0(name, ".tsv"))
  utils::write.table(as.data.frame(table), path, sep = "\t", quote = FALSE, row.names = FALSE,
    na = "NA")
}

# What figures say is noted too: `plot` is made here.
write_report_figure <- function(job, plot, name, width = 8, height = 5) {
  path <- file.path(job$folder, "figures", name)
  noting(job, "figures", {
    ggplot2::ggsave(paste0(path, ".pdf"), plot, width = width, height = height)
    ggplot2::ggsave(paste0(path, ".png"), plot, width = width, height = height, dpi = 130,
      type = "cairo", device = grDevices::png, units = "in", bg = "white")
  })
}

# Samples of which more is missing are left out of fits: PLINK's `--mind`, by default 0.1 too.
report_sample_missing <- 0.1

# `least`: samples that fits need.
report_quality <- function(job, build, least) {
  step <- "quality control"
  report_step(job, step)
  base <- job$given$reference %||% job$given$study
  stats <- noting(job, step, sample_stats(job$given$study, threads = job$threads))
  low <- stats[!is.na(stats$call_rate) & stats$call_rate < 0.95, ]
  pairs <- report_relatives(job, job$given$study, stats)
  kin <- list(stats = stats, pairs = pairs)
  if (!is.null(job$given$reference)) {
    kin$stats <- noting(job, step, sample_stats(base, threads = job$threads))
    kin["pairs"] <- list(report_relatives(job, base, kin$stats))
  }
  related <- report_related(base, kin$stats, kin$pairs, least)
  unrelated <- if (!any(related$goes)) base else noting(job, step, remove_failed(base, "unrelated",
    "sample", stats::setNames(list(related$goes), sprintf("kinship > %s, beyond chance",
      related_kinship))))
  clean <- noting(job, step, qc_recipe(unrelated, build = build,
    max_sample_missing = report_sample_missing, threads = job$threads,
    prune = prune_settings(window = 200, step = 20, r2 = 0.2, times = 1)))
  report <- noting(job, step, qc_report(clean, threads = job$threads))
  steps <- generics::tidy(report)
  write_report_table(job, steps, "quality_steps")
  write_report_table(job, stats, "study_samples")
  if (!is.null(pairs)) write_report_table(job, pairs, "study_relatives")
  if (!is.null(job$given$reference) && !is.null(kin$pairs)) {
    write_report_table(job, kin$pairs, "reference_relatives")
  }
  write_report_figure(job, ggplot2::autoplot(report), "quality", 9, 6)
  job$clean <- clean
  left_out <- setdiff(base$samples$sample_id, clean$samples$sample_id)
  # Whom the fits see for the first time: a study beside its reference, else who was left out.
  job$new <- if (!is.null(job$given$reference)) job$given$study else
    if (length(left_out) > 0) base[left_out, ]
  job$facts$quality <- list(steps = steps, low = low, pairs = pairs, build = build,
    related = base$samples$sample_id[related$goes], related_kept = related$kept,
    left_out = setdiff(left_out, base$samples$sample_id[related$goes]),
    sample_missing = report_sample_missing, n_study = dim(job$given$study), n_base = dim(base),
    n_clean = dim(clean))
  job
}

# Pairs of the second degree or closer among the samples of which half the genotypes are known:
# on few variants any two may agree. NULL: not looked for, there are too many.
report_relatives <- function(job, g, stats) {
  if (nrow(g) > 5000) {
    return(NULL)
  }
  known <- stats$sample_id[!is.na(stats$call_rate) & stats$call_rate >= 0.5]
  pairs <- noting(job, "quality control", kinship(g[known, ], threads = job$threads))
  # Identity by state shows duplicates alone.
  least <- ifelse(pairs$method == "ibs", 0.99, related_kinship)
  pairs[!is.na(pairs$kinship) & pairs$kinship > least, ]
}

# goes: [n_samples] whether relatives of a sample stay in fits in its place, by the rule of
# `unrelated()` among the samples that do not lack too much; kept: whether relatives stay, as
# without them fewer than `least` samples would be left.
report_related <- function(g, stats, pairs, least) {
  if (is.null(pairs)) {
    return(list(goes = logical(nrow(g)), kept = FALSE))
  }
  id <- g$samples$sample_id
  complete <- id %in% stats$sample_id[(1 - stats$call_rate <= report_sample_missing) %in% TRUE]
  n_het <- stats$heterozygosity * stats$call_rate * ncol(g)
  names(n_het) <- stats$sample_id
  beyond <- beyond_noise(pairs$kinship, pairs$method == "ibs", n_het[pairs$sample_1],
    n_het[pairs$sample_2], max(choose(sum(complete), 2), 1))
  pairs <- pairs[pairs$sample_1 %in% id[complete] & pairs$sample_2 %in% id[complete] &
    beyond %in% TRUE, ]
  goes <- logical(length(id))
  if (nrow(pairs) > 0) {
    goes <- !answer(rust_unrelated(length(id), match(pairs$sample_1, id),
      match(pairs$sample_2, id)))
  }
  kept <- any(goes) && sum(complete & !goes) < least
  list(goes = goes & !kept, kept = kept)
}

report_components <- function(job) {
  step <- "components"
  report_step(job, step)
  n <- min(10L, nrow(job$clean) - 1L, ncol(job$clean))
  space <- noting(job, step, pca(job$clean, num_comp = n, seed = job$seed, threads = job$threads))
  own <- generics::augment(space)
  names(own) <- sub("^[.](PC|se_PC)", "\\1", names(own))
  own$set <- job$given$base
  new <- if (!is.null(job$new)) {
    projected <- noting(job, step, stats::predict(space, job$new, threads = job$threads))
    projected$set <- "study"
    projected
  }
  common <- intersect(names(own), if (is.null(new)) names(own) else names(new))
  scores <- vctrs::vec_rbind(own[common], if (!is.null(new)) new[common])
  scores$population <- report_population(job, scores$sample_id, scores$set)
  job$space <- space
  job$scores <- scores
  write_report_table(job, scores, "components")
  write_report_table(job, generics::tidy(space, matrix = "eigenvalues"), "eigenvalues")
  variance <- generics::tidy(space, matrix = "eigenvalues")$percent_variance
  base <- job$given$base
  write_report_figure(job, report_scatter(scores, variance, 1:2, base), "components_1_2", 8, 6)
  if (n >= 4) {
    write_report_figure(job, report_scatter(scores, variance, 3:4, base), "components_3_4", 8, 6)
  }
  write_report_figure(job, ggplot2::autoplot(space, type = "scree"), "scree", 7, 4)
  loadings <- ggplot2::autoplot(space, type = "loadings", components = seq_len(min(4, n)))
  write_report_figure(job, loadings, "loadings", 9, 6)
  job$facts$components <- list(n = n, variance = variance,
    n_above_noise = generics::glance(space)$n_above_noise,
    unplaced = scores$sample_id[is.na(scores$PC1)])
  job
}

# Labels of samples, those of a study beside a reference without one.
report_population <- function(job, sample_id, set) {
  labels <- job$given$labels
  population <- rep(NA_character_, length(sample_id))
  if (!is.null(labels)) {
    own <- set == job$given$base
    found <- suppressMessages(match_labels_or_null(labels, sample_id[own], NULL,
      rlang::caller_env()))
    population[own] <- as.character(found)
  }
  population
}

# The study is crosses beside a reference; alone it is drawn as the reference is.
report_scatter <- function(scores, variance, components, base) {
  axis <- paste0("PC", components)
  own <- scores[scores$set == base, ]
  new <- scores[scores$set != base, ]
  own$population[is.na(own$population)] <- unlabeled_name
  population <- c(setdiff(sort(unique(own$population)), unlabeled_name), unlabeled_name)
  population <- intersect(population, own$population)
  colours <- ancestry_colours(setdiff(population, unlabeled_name))
  colours <- c(colours, stats::setNames(unlabeled_colour, unlabeled_name))
  plot <- ggplot2::ggplot(own, ggplot2::aes(.data[[axis[1]]], .data[[axis[2]]])) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$population, shape = .data$population),
      size = 1.8, na.rm = TRUE) +
    ggplot2::scale_colour_manual(name = NULL, values = colours, breaks = population) +
    ggplot2::scale_shape_manual(name = NULL, breaks = population,
      values = stats::setNames(rep_len(c(16, 17, 15, 18, 3, 8, 7, 9), length(population)),
        population)) +
    ggplot2::labs(x = sprintf("%s (%.1f %%)", axis[1], variance[components[1]]),
      y = sprintf("%s (%.1f %%)", axis[2], variance[components[2]])) +
    theme_forebear()
  if (nrow(new) > 0) {
    plot <- plot + ggplot2::geom_point(data = new, shape = 4, colour = "black", size = 2,
      na.rm = TRUE) + ggplot2::labs(caption = "Crosses: the study")
  }
  plot
}

report_archetypes <- function(job, k) {
  step <- "archetypes"
  report_step(job, step)
  k <- k %||% report_ks(job, job$facts$components$n + 1)
  path <- noting(job, step, archetypes_path(job$clean, k = k, seed = job$seed,
    threads = job$threads))
  errors <- noting(job, step, cross_validate_k(job$clean, k = k, folds = 3, seed = job$seed,
    threads = job$threads))
  by_k <- report_errors(errors)
  best <- if (length(k) == 1) k else smallest_within_error(by_k)
  fit <- renumbered(noting(job, step, best_fit(path, best)))
  ancestry <- report_weights(job, fit)
  write_report_table(job, by_k, "k_errors")
  write_report_table(job, generics::tidy(path), "archetype_runs")
  write_report_table(job, ancestry, "ancestry")
  # One K makes no line.
  if (length(k) > 1) {
    write_report_figure(job, ggplot2::autoplot(errors), "k_errors", 7, 4)
    write_report_figure(job, ggplot2::autoplot(path), "explained_variance", 7, 4)
  }
  write_report_figure(job, report_bars(ancestry), "ancestry", 11, 4)
  write_report_figure(job, ggplot2::autoplot(fit, type = "simplex",
    labels = report_fit_labels(job)), "simplex", 8, 6)
  job$facts$archetypes <- list(k = k, best = best, errors = by_k, fit = generics::glance(fit),
    ancestry = ancestry, groups = report_groups(ancestry))
  job
}

# 2 to the number of populations and two, at most 12, or 2 to 6 without labels, as far as the data
# have so many.
report_ks <- function(job, most) {
  labels <- job$given$labels
  if (is.null(labels)) {
    return(seq(2, max(3, min(6, most))))
  }
  n_populations <- length(unique(stats::na.omit(as.character(
    if (is.data.frame(labels)) labels$population else labels))))
  seq(2, max(3, min(12, n_populations + 2, most)))
}

# A fit of a path with its archetypes counted from 1: those of a path are counted over all its K,
# which a page that shows one K leaves unsaid.
renumbered <- function(fit) {
  names <- stats::setNames(numbered_names(seq_len(ncol(fit$q))), colnames(fit$q))
  colnames(fit$q) <- rownames(fit$positions) <- unname(names)
  fit$beta$archetype <- unname(names[fit$beta$archetype])
  fit
}

# k, deviance (mean over folds), std_error.
report_errors <- function(errors) {
  by_k <- split(errors$deviance, errors$k)
  tibble::tibble(k = as.integer(names(by_k)), deviance = vapply(by_k, mean, 0, USE.NAMES = FALSE),
    std_error = vapply(by_k, function(x) stats::sd(x) / sqrt(length(x)), 0, USE.NAMES = FALSE))
}

smallest_within_error <- function(by_k) {
  least <- which.min(by_k$deviance)
  min(by_k$k[by_k$deviance <= by_k$deviance[least] + by_k$std_error[least]])
}

# sample_id, set, population, .archetype1, ... of the fit's samples and the study's.
report_weights <- function(job, fit) {
  own <- generics::augment(fit)
  own$set <- job$given$base
  new <- if (!is.null(job$new)) {
    weights <- noting(job, "archetypes", stats::predict(fit, job$new,
      threads = job$threads))
    names(weights) <- sub("^[.]?archetype", ".archetype", names(weights))
    weights$set <- "study"
    weights
  }
  kept <- c("sample_id", "set", grep("^[.]archetype", names(own), value = TRUE))
  all <- vctrs::vec_rbind(own[kept], if (!is.null(new)) new[kept])
  all$population <- report_population(job, all$sample_id, all$set)
  all[c("sample_id", "set", "population", setdiff(kept, c("sample_id", "set")))]
}

report_fit_labels <- function(job) {
  own <- job$scores$set == job$given$base & job$scores$sample_id %in% job$space$sample_id
  own <- job$scores[own, c("sample_id", "population")]
  if (!all(is.na(own$population))) own[!is.na(own$population), ]
}

# What a sample stands under: its population, or what it is of.
report_groups <- function(ancestry) {
  without <- if ("reference" %in% ancestry$set || all(is.na(ancestry$population)))
    ancestry$set else unlabeled_name
  ifelse(is.na(ancestry$population), without, ancestry$population)
}

# One bar per sample, by population and then by what it has most of.
report_bars <- function(ancestry) {
  columns <- grep("^[.]archetype", names(ancestry), value = TRUE)
  weights <- as.matrix(ancestry[columns])
  ancestry <- ancestry[!is.na(weights[, 1]), ]
  weights <- weights[!is.na(weights[, 1]), , drop = FALSE]
  group <- report_groups(ancestry)
  group <- factor(group, unique(c(sort(unique(stats::na.omit(ancestry$population))), "reference",
    "study", unlabeled_name)))
  lead <- max.col(weights, "first")
  order_of <- order(group, lead, -weights[cbind(seq_along(lead), lead)])
  place <- integer(length(group))
  place[order_of] <- sequence(tabulate(group))
  names <- sub("^[.]", "", columns)
  data <- tibble::tibble(place = rep(place, length(columns)), group = rep(group, length(columns)),
    archetype = factor(rep(names, each = nrow(weights)), names), weight = c(weights))
  ggplot2::ggplot(data, ggplot2::aes(.data$place, .data$weight, fill = .data$archetype)) +
    ggplot2::geom_col(width = 1) +
    ggplot2::facet_grid(~group, scales = "free_x", space = "free_x", switch = "x") +
    ggplot2::scale_fill_manual(name = NULL, values = ancestry_colours(names)) +
    ggplot2::scale_x_continuous(breaks = NULL, expand = c(0, 0)) +
    ggplot2::scale_y_continuous(expand = c(0, 0)) +
    ggplot2::labs(x = NULL, y = "Ancestry proportion") +
    theme_forebear() +
    ggplot2::theme(panel.spacing.x = ggplot2::unit(2, "pt"),
      strip.text.x = ggplot2::element_text(angle = 0))
}

# Least probability and typicality of a call. The typicality of a new sample is never below
# 1 / (n + 1) where the population has n members: that floor too is too little where it is no
# larger than `floor`, of 19 members on.
report_call_limits <- c(probability = 0.8, typicality = 0.01, floor = 0.05)

# Fewer members than these cannot show that a sample is unlike them.
least_members <- ceiling(1 / report_call_limits[["floor"]]) - 1

report_classes <- function(job) {
  step <- "classes"
  report_step(job, step)
  labels <- report_fit_labels(job)
  counts <- table(labels$population)
  large <- names(counts)[counts >= 5]
  if (is.null(labels) || length(large) < 2) {
    job$facts$classes <- list(why_not = if (is.null(labels))
      "Classification needs labels." else "It needs two populations of five samples or more.")
    return(job)
  }
  labels <- labels[labels$population %in% large, ]
  fit <- noting(job, step, classify(job$space, labels, method = svm(), seed = job$seed,
    threads = job$threads))
  validation <- report_validation(job, labels)
  map <- noting(job, step, classify(job$space, labels, method = gtm_settings(), seed = job$seed,
    threads = job$threads))
  new <- report_to_call(job)
  called <- if (!is.null(new)) report_calls(noting(job, step, stats::predict(fit, new)),
    table(fit$label))
  if (!is.null(validation)) {
    write_report_table(job, generics::tidy(validation), "cross_validation")
  }
  if (!is.null(called)) write_report_table(job, called, "classes")
  write_report_figure(job, noting(job, step, ggplot2::autoplot(map, new_data = new,
    label_groups = TRUE)), "class_map", 8, 6)
  job$facts$classes <- list(called = called,
    validation = if (!is.null(validation)) generics::glance(validation),
    small = setdiff(names(counts), large),
    few = names(counts)[counts >= 5 & counts < least_members], least_members = least_members)
  job
}

# Each population has five samples or more. With no more components than the smallest training part
# has; NULL where parts are too small nevertheless, as of samples that cannot be classified.
report_validation <- function(job, labels) {
  folds <- 5
  size <- table(labels$population)
  n_learned <- sum(size) - sum(ceiling(size / folds))
  noting(job, "classes", tryCatch(
    cross_validate(job$clean, labels, method = svm(), folds = folds, repeats = 2,
      num_comp = min(job$facts$components$n, n_learned - 1), seed = job$seed,
      threads = job$threads),
    forebear_error = function(condition) {
      inform_forebear("no_validation", c("The classifier was not cross-validated.",
        x = conditionMessage(condition)))
      NULL
    }))
}

# The study beside a reference; of a study alone, the samples without a label. NULL: none.
report_to_call <- function(job) {
  study <- job$given$study
  if (!is.null(job$given$reference)) {
    return(study)
  }
  without <- job$scores$sample_id[is.na(job$scores$population)]
  if (length(without) > 0) study[without, ]
}

# `members`: of each population that the classifier was trained on, a table by name.
report_calls <- function(called, members) {
  columns <- grep("^[.]pred_(?!class)", names(called), value = TRUE, perl = TRUE)
  best <- do.call(pmax, c(as.list(called[columns]), list(na.rm = TRUE)))
  doubtful <- is.na(called$.pred_class) | best < report_call_limits[["probability"]]
  if (".typicality" %in% names(called)) {
    floor <- 1 / (as.vector(members[as.character(called$.pred_class)]) + 1)
    farthest <- called$.typicality <= floor * (1 + 1e-9) & floor <= report_call_limits[["floor"]]
    untypical <- called$.typicality < report_call_limits[["typicality"]] | farthest
    doubtful <- doubtful | untypical %in% TRUE
  }
  called$call <- ifelse(doubtful, "unassigned", as.character(called$.pred_class))
  called[c("sample_id", "call", setdiff(names(called), c("sample_id", "call")))]
}

report_local_ancestry <- function(job, tree) {
  step <- "local ancestry"
  report_step(job, step)
  phased <- job$given$phased
  if (is.null(phased)) {
    job$facts$local <- list(why_not = job$given$why_no_phase)
    return(job)
  }
  panel <- noting(job, step, reference_panel(phased$reference, phased$labels, tree = tree))
  model <- noting(job, step, local_ancestry(panel, seed = job$seed, threads = job$threads))
  untypical <- character()
  calls <- noting(job, step, withCallingHandlers(
    stats::predict(model, phased$study, threads = job$threads),
    forebear_message_untypical = function(condition) {
      untypical <<- union(untypical, condition$samples)
    }))
  proportions <- ancestry_proportions(calls)
  coverage <- ancestry_coverage(calls)
  write_report_table(job, proportions, "local_ancestry_proportions")
  write_report_table(job, ancestry_segments(calls, 0.8), "local_ancestry_segments")
  write_report_table(job, coverage, "local_ancestry_coverage")
  write_msp(calls, file.path(job$folder, "tables", "local_ancestry.msp.tsv"))
  shown <- most_even_samples(proportions, 3)
  for (i in seq_along(shown)) {
    write_report_figure(job, ggplot2::autoplot(calls, sample_id = shown[i]),
      sprintf("karyogram_%d", i), 9, 5)
  }
  job$facts$local <- list(proportions = proportions, untypical = untypical, shown = shown,
    panel = panel, model = generics::glance(model),
    unassigned = mean(is.na(assign_ancestry(calls, 0.8)$ancestry)))
  job
}

# The samples with the largest entropy of their proportions.
most_even_samples <- function(proportions, n) {
  p <- pmax(proportions$proportion, 1e-12)
  entropy <- tapply(-p * log(p), factor(proportions$sample_id, unique(proportions$sample_id)), sum)
  utils::head(names(sort(entropy, decreasing = TRUE)), n)
}

write_report_page <- function(job) {
  write_report_table(job, job$notes$table, "notes")
  template <- system.file("report", "report.Rmd", package = "forebear", mustWork = TRUE)
  copied <- file.path(job$folder, "report.Rmd")
  file.copy(template, copied)
  facts <- c(job$facts, list(notes = job$notes$table, name = job$given$name,
    reference = job$given$reference_name, seed = job$seed, limits = report_call_limits,
    seconds = proc.time()[["elapsed"]] - job$begun))
  rmarkdown::render(copied, output_file = "report.html", params = list(facts = facts),
    quiet = TRUE, envir = new.env())
  unlink(copied)
}
