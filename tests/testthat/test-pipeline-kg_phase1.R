# Chromosome 22 of 1000 Genomes phase 1, phased: admixed Americans called with panels of Europe,
# Africa and East Asia. There is no Native American panel, so of that ancestry nothing can be said:
# it is called as the nearest that there is, East Asian in part.

groups_of_kg <- c(CEU = "EUR", GBR = "EUR", FIN = "EUR", IBS = "EUR", TSI = "EUR", YRI = "AFR",
  LWK = "AFR", CHB = "EAS", CHS = "EAS", JPT = "EAS")

# Haplotypes at variants that are common in the panel: at most `per_population` samples of each
# population of the panel, and all of the four admixed ones.
kg_haplotypes <- function(per_population) {
  path <- function(name) shared_path("data", "kg_phase1_chr22_phased", name)
  map <- read_genetic_map(path("chr22.b37.gmap.gz"))
  haplotypes <- read_phased_vcf(path("kg1_chr22.vcf.gz"), genetic_map = map)
  labels <- read.delim(path("labels.tsv"))
  population <- labels$population[match(samples(haplotypes)$sample_id, labels$sample)]
  members <- split(seq_along(population), population)
  panel <- unlist(lapply(members[names(groups_of_kg)], head, per_population))
  query <- unlist(members[c("ASW", "CLM", "MXL", "PUR")])
  common <- variant_stats(as_genotypes(haplotypes[panel, ]))$maf >= 0.01
  list(haplotypes = haplotypes[c(panel, query), common], population = population[c(panel, query)],
    group = unname(groups_of_kg[population[c(panel, query)]]))
}

# [samples x groups] where samples lie between the centers of groups; rows sum to 1.
between_centers <- function(scores, group) {
  known <- !is.na(group)
  center <- rowsum(scores[known, ], group[known]) / as.vector(table(group))
  place <- cbind(scores, 1) %*% solve(cbind(center, 1))
  colnames(place) <- rownames(center)
  place
}

mean_by <- function(x, group) rowsum(x, group) / as.vector(table(group))

test_that("calls along chromosome 22 agree with what the same data say of whole samples", {
  data <- kg_haplotypes(30)
  in_query <- is.na(data$group)
  query <- data$haplotypes[in_query, ]
  population <- data$population[in_query]
  labels <- stats::setNames(data$group, samples(data$haplotypes)$sample_id)[!in_query]
  model <- local_ancestry(reference_panel(data$haplotypes[!in_query, ], labels), threads = 2)
  proportions <- ancestry_proportions(predict(model, query, threads = 2))
  local <- tapply(proportions$proportion, list(proportions$sample_id, proportions$ancestry), sum)
  local <- local[samples(query)$sample_id, ]
  # Positions in PCA, and archetypes brought to the scale on which groups of the panel are pure.
  genotypes <- as_genotypes(data$haplotypes)
  position <- between_centers(pca(genotypes, num_comp = 2)$scores, data$group)[in_query, ]
  weight <- between_centers(archetypes(genotypes, k = 3)$q[, 1:2], data$group)[in_query, ]
  for (whole in list(position, weight)) {
    difference <- abs(mean_by(local, population) - mean_by(whole, population))
    expect_lt(max(difference["ASW", ]), 0.05)
    expect_lt(max(difference), 0.06)
    of_asw <- population == "ASW"
    expect_gt(stats::cor(local[of_asw, "AFR"], whole[of_asw, "AFR"]), 0.95)
  }
  african <- mean_by(local, population)[, "AFR"]
  expect_gt(african[["ASW"]], 0.7)
  expect_lt(african[["ASW"]], 0.8)
  # What the panel lacks is not called as nothing: it goes to East Asia.
  expect_gt(mean_by(local, population)["MXL", "EAS"], 0.2)
})
