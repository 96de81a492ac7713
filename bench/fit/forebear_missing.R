# Rscript forebear_missing.R FOLDER K
# FOLDER: bed sets ref, query_NAME (new samples) and fit_NAME. Writes NAME.scores.tsv and NAME.q.tsv of each:
# scores on 10 components and weights on K archetypes, of new samples on the fit of ref, of others of their own fit. Beside each
# fit_all*: NAME.bound.tsv, the weights from least-squares scores on the loadings of fit_complete, which no fit of what is left knows,
# and fit_complete.bound.tsv, from its own scores.
# Rscript forebear_missing.R convert VCF PREFIX
# Writes the variants of a VCF with minor alleles from 5 % as a bed set, PREFIX_common, and pruned for LD, PREFIX_pruned.
argument <- commandArgs(TRUE)
library(forebear)
if (argument[1] == "convert") {
  common <- filter_variants(read_vcf(argument[2]), min_maf = 0.05)
  write_bed(common, paste0(argument[3], "_common.bed"))
  write_bed(prune_ld(common, window = 200, step = 10, r2 = 0.2), paste0(argument[3], "_pruned.bed"))
  quit()
}
folder <- argument[1]
k <- as.integer(argument[2])
read <- function(name) read_bed(file.path(folder, paste0(name, ".bed")))
write <- function(table, name, kind) {
  write.table(as.matrix(table), file.path(folder, paste0(name, ".", kind, ".tsv")), row.names = FALSE, col.names = FALSE)
}
names <- sub("[.]bed$", "", dir(folder, "^(query|fit)_.*[.]bed$"))
ref <- read("ref")
pca_fit <- pca(ref, num_comp = 10, threads = 1)
archetype_fit <- archetypes(ref, k = k, threads = 1)
own <- function(fit, first) augment(fit)[grep(first, names(augment(fit)))]
write(own(pca_fit, "^[.]PC"), "ref", "scores")
complete <- read("fit_complete")
whole <- pca(complete, num_comp = ncol(archetypes(complete, k = k, threads = 1)$scores), threads = 1)
from_scores <- function(scores) own(archetypes(scores, k = k, threads = 1), "^[.]archetype")
bound <- function(genotypes) {
  standardized <- t((t(as.matrix(genotypes)) - whole$center) * whole$multiplier)
  from_scores(t(apply(standardized, 1, function(row) qr.coef(qr(whole$loadings[!is.na(row), ]), row[!is.na(row)]))))
}
write(from_scores(whole$scores), "fit_complete", "bound")
for (name in names) {
  g <- read(name)
  if (startsWith(name, "query")) {
    new <- function(fit, pattern) {
      predicted <- suppressMessages(predict(fit, g, strand = "same", min_overlap = 0, threads = 1))
      predicted[grep(pattern, names(predicted))]
    }
    write(new(pca_fit, "^PC"), name, "scores")
    write(new(pca_fit, "^.se_PC"), name, "se")
    if (grepl("(complete|_[0-3])$", name)) write(new(archetype_fit, "^archetype"), name, "q")
  } else {
    write(own(pca(g, num_comp = 10, threads = 1), "^[.]PC"), name, "scores")
    write(own(archetypes(g, k = k, threads = 1), "^[.]archetype"), name, "q")
    if (startsWith(name, "fit_all")) write(bound(g), name, "bound")
  }
}
