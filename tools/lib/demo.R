# The whole job of tools/demo: genotypes -> PCA -> archetypes -> tables, figures, report.
# Rscript demo.R [PREFIX [LABELS.tsv]]; environment: K, OUT.

library(forebear)

say <- function(...) message("    ", ...)

# Every step says what a user can fix; a traceback would only hide it.
stop_plainly <- function(condition) {
  message("ERROR: ", conditionMessage(condition))
  quit(status = 1)
}

read_labels <- function(path) {
  labels <- read.delim(path, colClasses = "character", check.names = FALSE)
  id <- intersect(c("sample_id", "sample", "IID", "iid"), names(labels))
  if (length(id) == 0 || !"population" %in% names(labels)) {
    stop(path, " must have a header with columns `sample_id` and `population`; it has ",
      paste(names(labels), collapse = ", "), ".")
  }
  data.frame(sample_id = labels[[id[1]]], population = labels$population)
}

# Only labels of samples that are there; says how many have none.
labels_of <- function(genotypes, path) {
  if (is.null(path)) {
    return(NULL)
  }
  labels <- read_labels(path)
  known <- labels$sample_id %in% samples(genotypes)$sample_id
  if (!any(known)) stop("No sample of ", path, " is in the data.")
  if (any(!known)) say(sum(!known), " labeled samples are not in the data and are left out")
  n_without <- sum(!samples(genotypes)$sample_id %in% labels$sample_id)
  if (n_without > 0) say(n_without, " samples have no label")
  labels[known, ]
}

write_table <- function(table, path) {
  write.table(table, path, sep = "\t", quote = FALSE, row.names = FALSE, na = "NA")
}

write_figure <- function(plot, path, width = 8, height = 5) {
  ggplot2::ggsave(path, plot, width = width, height = height, dpi = 150, type = "cairo",
    device = grDevices::png, units = "in", bg = "white")
}

write_tables <- function(folder, projection, fit, labels) {
  with_labels <- function(table) {
    if (is.null(labels)) {
      return(table)
    }
    table$population <- labels$population[match(table$sample_id, labels$sample_id)]
    table[c("sample_id", "population", setdiff(names(table), c("sample_id", "population")))]
  }
  write_table(with_labels(augment(projection)), file.path(folder, "scores.tsv"))
  write_table(tidy(projection, matrix = "eigenvalues"), file.path(folder, "eigenvalues.tsv"))
  write_table(with_labels(augment(fit)), file.path(folder, "ancestry.tsv"))
  write_table(tidy(fit, matrix = "archetypes"), file.path(folder, "archetypes.tsv"))
  write_table(tidy(fit, matrix = "frequencies"), file.path(folder, "frequencies.tsv"))
  write_table(glance(fit), file.path(folder, "fit.tsv"))
}

write_figures <- function(folder, projection, fit, labels) {
  figure <- function(name) file.path(folder, paste0(name, ".png"))
  write_figure(autoplot(projection, labels = labels), figure("pca"), 8, 6)
  write_figure(autoplot(projection, type = "scree"), figure("scree"), 7, 4)
  write_figure(autoplot(projection, type = "loadings"), figure("loadings"), 9, 6)
  write_figure(autoplot(fit, type = "bar", labels = labels), figure("ancestry"), 11, 4)
  write_figure(autoplot(fit, type = "simplex", labels = labels), figure("simplex"), 8, 6)
  write_figure(autoplot(fit, type = "pca", labels = labels), figure("archetypes"), 8, 6)
}

# The report is the R Markdown document of the package, knitted beside the results.
write_report <- function(folder, facts) {
  template <- system.file("report", "report.Rmd", package = "forebear", mustWork = TRUE)
  copied <- file.path(folder, "report.Rmd")
  file.copy(template, copied)
  rmarkdown::render(copied, output_file = "report.html", params = facts, quiet = TRUE,
    envir = new.env())
  unlink(copied)
}

# A finished folder takes its place in one step; the one before it goes only then.
publish <- function(folder, out) {
  if (file.exists(out)) {
    old <- paste0(out, ".old", Sys.getpid())
    if (!file.rename(out, old)) stop("cannot replace ", out)
    on.exit(unlink(old, recursive = TRUE))
  }
  if (!file.rename(folder, out)) stop("cannot write ", out)
}

check_output <- function(out) {
  if (!file.exists(out)) {
    return(invisible())
  }
  ours <- file.exists(file.path(out, "report.html")) || length(list.files(out)) == 0
  if (!ours) stop(out, " exists and is not an earlier result; give another with OUT=folder.")
}

run <- function(prefix = example_data("panel"), labels_path = NULL) {
  out <- Sys.getenv("OUT", "forebear-demo")
  k <- as.integer(Sys.getenv("K", "4"))
  check_output(out)
  say("reading ", prefix)
  genotypes <- read_bed(prefix)
  print(genotypes)
  labels <- labels_of(genotypes, labels_path)

  say("principal components")
  time_pca <- system.time(projection <- pca(genotypes, num_comp = min(10, dim(genotypes) - 1)))
  print(projection)
  say("archetypes, K = ", k)
  time_fit <- system.time(fit <- archetypes(genotypes, k = k, restarts = 5))
  print(fit)

  folder <- paste0(out, ".tmp", Sys.getpid())
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  say("tables and figures")
  write_tables(folder, projection, fit, labels)
  write_figures(folder, projection, fit, labels)
  say("report")
  seconds <- function(time) sum(time[c("user.self", "sys.self")])
  write_report(folder, list(
    source = prefix, labels = labels_path, n_samples = nrow(genotypes),
    n_variants = ncol(genotypes), n_missing = glance(projection)$n_missing, k = k,
    seconds_pca = seconds(time_pca), seconds_fit = seconds(time_fit)
  ))
  publish(folder, out)
  say("done: ", normalizePath(out))
  cat(paste0("      ", list.files(out), "\n"), sep = "")
}

arguments <- as.list(commandArgs(TRUE))
if (length(arguments) == 0) {
  arguments <- list(example_data("panel"), example_data("labels"))
}
tryCatch(do.call(run, arguments), error = stop_plainly)
