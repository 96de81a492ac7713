# Rscript bench/identity.R LIBRARY [SHARED] > answers.tsv
#
# One line per answer of the package in LIBRARY: name, MD5 of all its bits. Two versions of the
# package whose lines agree give identical results. Columns of conditions and times are left out.
arguments <- commandArgs(TRUE)
library(forebear, lib.loc = arguments[1])
shared <- if (length(arguments) > 1) arguments[2] else "../shared"
options(forebear.progress = FALSE)

bytes_of <- function(x) {
  if (is.list(x)) {
    return(unlist(lapply(x, bytes_of)))
  }
  if (is.double(x)) {
    # One NA has many bit patterns.
    x[is.na(x) & !is.nan(x)] <- NA_real_
    return(writeBin(as.vector(x), raw()))
  }
  if (is.factor(x) || !(is.integer(x) || is.logical(x))) {
    return(charToRaw(paste(format(as.character(x)), collapse = "\n")))
  }
  writeBin(as.integer(x), raw())
}

quiet <- function(x) suppressMessages(suppressWarnings(x))

answer <- function(name, value) {
  value <- tryCatch(quiet(value), error = function(e) {
    paste("error:", class(e)[1])
  })
  file <- tempfile()
  writeBin(bytes_of(value), file)
  cat(sprintf("%s\t%s\t%s\n", name, unname(tools::md5sum(file)),
    if (is.character(value) && length(value) == 1) value else ""))
  unlink(file)
  invisible(value)
}

text_of <- function(write, ...) {
  file <- tempfile(fileext = ".txt")
  write(..., file)
  readLines(file)
}

genotypes <- read_bed(example_data("panel"))
labels <- utils::read.delim(example_data("labels"))
answer("variant_stats", variant_stats(genotypes))
answer("sample_stats", sample_stats(genotypes))
answer("kinship", kinship(genotypes))
pruned <- quiet(prune_ld(genotypes, window = 100, step = 10, r2 = 0.2))
answer("prune_ld", variants(pruned)$variant_id)
answer("read_vcf", as.matrix(quiet(read_vcf(example_data("study")))))
holes <- as.matrix(genotypes)
holes[seq(3, length(holes), 17)] <- NA
missing <- quiet(as_genotypes(holes))
variants(missing) <- variants(genotypes)
for (method in c("exact", "randomized")) {
  fit <- quiet(pca(genotypes, num_comp = 8, method = method, seed = 3))
  for (matrix in c("scores", "loadings", "eigenvalues")) {
    answer(paste("pca", method, matrix), tidy(fit, matrix = matrix))
  }
}
incomplete <- quiet(pca(missing, num_comp = 5))
answer("pca missing", tidy(incomplete))
answer("pca predict", predict(incomplete, genotypes))
answer("pca predict simple", predict(incomplete, missing[1:20, ], method = "simple"))
answer("pca augment", augment(fit, missing[1:20, ])[, 1:9])
for (init in c("aa++", "furthest_sum", "sample", "uniform")) {
  fit <- quiet(archetypes(genotypes, k = 4, init = init, restarts = 2, seed = 2))
  answer(paste("archetypes", init), list(tidy(fit), glance(fit)$rss))
}
answer("archetypes predict", predict(fit, missing[1:30, ]))
path <- tidy(quiet(archetypes_path(genotypes, k = 2:4, restarts = 2)))
answer("archetypes path", path[!grepl("cpu_seconds", names(path))])
answer("bootstrap", tidy(quiet(bootstrap_ancestry(fit, genotypes, replicates = 5))))
fit <- quiet(admixture(genotypes, k = 3, seed = 4))
answer("admixture", list(tidy(fit), glance(fit)$log_likelihood))
answer("admixture predict", predict(fit, missing[1:30, ]))
fit <- quiet(gtm(genotypes))
answer("gtm", tidy(fit))
answer("gtm predict", predict(fit, missing[1:30, ]))
for (method in c("gtm", "knn", "svm")) {
  fit <- quiet(classify(genotypes, labels, method = method, label_column = "population"))
  answer(paste("classify", method), predict(fit, missing))
  answer(paste("cross_validate", method), tidy(quiet(cross_validate(genotypes, labels,
    method = method, label_column = "population", folds = 3, repeats = 2))))
}

haplotypes <- quiet(read_phased_vcf(example_data("phased_panel")))
query <- quiet(read_phased_vcf(example_data("phased_query")))
labels <- utils::read.delim(example_data("phased_labels"))
answer("read_phased_vcf", as.matrix(haplotypes))
curated <- quiet(curate_panel(as_genotypes(haplotypes), labels,
  tree = "((north,south)west,east)all;"))
answer("curate_panel", list(curated$labels, tidy(curated)))
panel <- quiet(reference_panel(haplotypes[curated$labels$sample_id, ], curated$labels,
  curated$tree))

local <- function(name, panel, query, truth, ...) {
  model <- quiet(local_ancestry(panel, ...))
  answer(paste(name, "model"), tidy(model))
  calls <- quiet(predict(model, query))
  answer(paste(name, "calls"), as.data.frame(calls))
  answer(paste(name, "assign"), assign_ancestry(calls, threshold = 0.8))
  answer(paste(name, "segments"), ancestry_segments(calls, threshold = 0.8))
  answer(paste(name, "proportions"), ancestry_proportions(calls))
  answer(paste(name, "switches"), phase_switches(calls))
  corrected <- quiet(correct_phase(query, calls))
  answer(paste(name, "correct_phase"), list(as.matrix(corrected$haplotypes),
    as.data.frame(corrected$calls)))
  answer(paste(name, "msp"), text_of(function(f) write_msp(calls, f)))
  answer(paste(name, "fb"), text_of(function(f) write_fb(calls, f)))
  answer(paste(name, "dosage"), ancestry_dosage(calls))
  if (!is.null(truth)) {
    answer(paste(name, "evaluate"), evaluate_calls(calls, truth))
    answer(paste(name, "reliability"), tidy(reliability(calls, truth)))
  }
}
truth <- utils::read.delim(example_data("phased_truth"))
local("shipped", panel, query, truth, window = 10, context = 10)
for (multiclass in c("one_vs_one", "one_vs_rest")) {
  local(multiclass, panel, query, NULL, window = 10, context = 0, multiclass = multiclass,
    emissions = "both", folds = 3)
}
simulated <- quiet(simulate_admixed(panel, n = 4, seed = 5, switch_rate = 0.02))
answer("simulate_admixed", lapply(simulated, function(part) {
  if (inherits(part, "forebear_haplotypes")) as.matrix(part) else as.data.frame(part)
}))

hapmap <- file.path(shared, "data/hapmap3_957")
prefix <- sub("\\.bed$", "", list.files(hapmap, "\\.bed$", full.names = TRUE)[1])
if (!is.na(prefix)) {
  genotypes <- quiet(read_bed(prefix))
  fit <- quiet(pca(genotypes, num_comp = 10))
  answer("hapmap3 pca", tidy(fit))
  answer("hapmap3 archetypes", tidy(quiet(archetypes(fit, k = 5, restarts = 2))))
  answer("hapmap3 kinship", kinship(genotypes[1:100, ]))
}
continental <- file.path(shared, "data/lai_continental")
if (dir.exists(continental)) {
  # A quarter of the chromosome and half of the panel: a minute instead of ten.
  map <- read_genetic_map(file.path(continental, "map.plink.map.gz"))
  read <- function(name) quiet(read_phased_vcf(file.path(continental, name), genetic_map = map))
  labels <- utils::read.table(file.path(continental, "sample_map.tsv"),
    col.names = c("sample_id", "population"))
  labels <- labels[seq(1, nrow(labels), 2), ]
  reference <- read("ref.vcf.gz")[labels$sample_id, ]
  reference <- reference[, seq_len(ncol(reference) %/% 4)]
  local("lai_continental", quiet(reference_panel(reference, labels)), read("query.vcf.gz"), NULL)
}
