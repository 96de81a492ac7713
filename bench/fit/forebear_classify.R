# Rscript forebear_classify.R DATA FOLDER
# DATA: prefix of a PLINK set; labels.tsv lies beside it. Ten repeats of cross-validation in five parts, with ten components found
# without the hidden part (`within`), with those of all samples (`all`), and over the grids of the paper (`grid`, those of all
# samples); and populations left out in turn. Writes into FOLDER, numbers as doubles by column:
#   labels          one per line
#   folds           samples x repeats
#   all, within     components: samples x 10, and that once for every part of every repeat, parts fastest
#   facts.tsv       `name value` lines: f1_<treatment>_<method>_<repeat>, seconds_<treatment>_<method>, <setting>_grid_<method>,
#                   and proportions of samples with .typicality below .05: unknown_<population> (left out), known_<population>
suppressPackageStartupMessages(library(forebear))
argument <- commandArgs(TRUE)
genotypes <- read_bed(argument[1])
labels <- read.delim(file.path(dirname(argument[1]), "labels.tsv"))
sample_id <- samples(genotypes)$sample_id
population <- setNames(labels$population[match(sample_id, labels$sample)], sample_id)
n_parts <- 5
repeats <- 10
write_numbers <- function(x, name) writeBin(as.double(x), file.path(argument[2], name))
columns <- paste0("PC", 1:10)

# What `cross_validate(seed = 1)` hides together.
folds <- sapply(seq_len(repeats), function(seed) forebear:::folds_of(factor(population), n_parts, seed))
all_scores <- as.matrix(augment(pca(genotypes, num_comp = 10, threads = 1))[paste0(".", columns)])
dimnames(all_scores) <- list(sample_id, columns)
within <- apply(expand.grid(part = seq_len(n_parts), turn = seq_len(repeats)), 1, function(of) {
  hidden <- folds[, of["turn"]] == of["part"]
  fit <- pca(genotypes[!hidden, ], num_comp = 10, threads = 1)
  scores <- all_scores
  scores[!hidden, ] <- as.matrix(augment(fit)[paste0(".", columns)])
  scores[hidden, ] <- as.matrix(predict(fit, genotypes[hidden, ], strand = "same", threads = 1)[columns])
  scores
})
writeLines(population, file.path(argument[2], "labels"))
write_numbers(folds, "folds")
write_numbers(all_scores, "all")
write_numbers(within, "within")

facts <- c()
# Priors as the peers have them.
priors <- c(gtm = "equal", knn = "observed", svm = "observed")
validate <- function(treatment, x, method, grid, ...) {
  start <- proc.time()
  cv <- cross_validate(x, population, method, grid, folds = n_parts, repeats = repeats, priors = priors[[method]], seed = 1,
                       threads = 1, ...)
  facts[paste("seconds", treatment, method, sep = "_")] <<- sum((proc.time() - start)[c("user.self", "sys.self")])
  best <- glance(cv)
  classes <- merge(tidy(cv), best[intersect(names(best), c("neighbors", "cost"))])
  f1 <- vapply(split(classes, classes$`repeat`), function(own) weighted.mean(own$f1, own$n_samples), 0)
  facts[paste("f1", treatment, method, seq_len(repeats), sep = "_")] <<- f1
  best
}
one <- list(gtm = data.frame(nodes = 16, rbf = 4, regularization = 0.1, width = 0.3), knn = data.frame(neighbors = 8),
            svm = data.frame(cost = 1))
for (method in names(one)) {
  validate("within", genotypes, method, one[[method]], num_comp = 10)
  validate("all", all_scores, method, one[[method]])
}
facts["neighbors_grid_knn"] <- validate("grid", all_scores, "knn", NULL)$neighbors
facts["cost_grid_svm"] <- validate("grid", all_scores, "svm", NULL)$cost

# .typicality of hidden samples by a classifier of the others.
typicality <- function(hidden) {
  fit <- classify(genotypes[!hidden, ], population[!hidden], method = "gtm", num_comp = 10, threads = 1)
  predict(fit, genotypes[hidden, ], strand = "same", threads = 1)$.typicality
}
known <- population == ""
for (part in seq_len(n_parts)) {
  hidden <- folds[, 1] == part
  known[hidden] <- typicality(hidden) < 0.05
}
for (name in sort(unique(population))) {
  facts[paste0("known_", name)] <- mean(known[population == name])
  facts[paste0("unknown_", name)] <- mean(typicality(population == name) < 0.05)
}
facts["known"] <- mean(known)
writeLines(paste(names(facts), facts, sep = "\t"), file.path(argument[2], "facts.tsv"))
