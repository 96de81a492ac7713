# Rscript forebear_science.R DATA WHAT OUT
# DATA: a folder as ../shared/data/cohort_world. Writes OUT.tsv, one `name value` per line. WHAT:
# tractor  Tables of write_tractor() at calls that are the truth, beside a count from the segments of the truth; and for each
#          chromosome of our calls in corrected phase OUT.<chrom>.vcf and OUT.<chrom>.msp.tsv, for Tractor's own script, and tables,
#          OUT.<chrom>.ours.anc<k>.dosage.txt and .hapcount.txt.
# mapping  map_admixture() beside lm(), and over 200 traits without and with an effect of one ancestry.
# pca      Places of samples in an ancestry-specific PCA by our masks and by masks made of the truth.
# dates    date_admixture() of samples of known age.
# uses_real
#          The same verbs on real samples: DATA is kg_phase1_chr22_phased, African Americans (ASW) called beside CEU and YRI.
suppressPackageStartupMessages(library(forebear))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "local_common.R"))
what <- argument[2]
out <- argument[3]
facts <- c()
quiet <- function(code) suppressMessages(suppressWarnings(code))
tree <- if (basename(argument[1]) == "cohort_close") {
  "(AFR,MENA,(EUR_NW,EUR_S,EUR_E,EUR_F)EUR,SAS,(EAS_N,EAS_S)EAS,NAT)all;"
}
if (what == "uses_real") {
  map <- read_genetic_map(file("chr22.b37.gmap.gz"))
  all_samples <- quiet(read_phased_vcf(file("kg1_chr22.vcf.gz"), genetic_map = map))
  labels <- read_labels(file("labels.tsv"))
  of <- function(...) all_samples[labels$sample_id[labels$population %in% c(...)], ]
} else {
  map <- read_genetic_map(file("map.gnomix.tsv.gz"))
  reference <- read_phased_vcf(file("ref.vcf.gz"), genetic_map = map)
  labels <- read_labels(file("sample_map.tsv"))
}
panel_of <- function(labels) quiet(reference_panel(reference[labels$sample_id, ], labels, tree = tree))
read_query <- function() read_phased_vcf(file("query.vcf.gz"), genetic_map = map)
# Segments along the haplotypes as phased, as simulate_admixed() has them.
read_truth <- function() {
  truth <- read.delim(file("truth.after.tsv"), colClasses = c(chrom = "character", population = "character"))
  data.frame(sample_id = truth$sample, haplotype = truth$hap + 1L, chrom = truth$chrom, start_bp = truth$start + 1L,
             ancestry = truth$population)
}
# Codes of ancestry [2 n_samples x n_variants of `chrom`], from the segments.
ancestry_at <- function(truth, samples, chrom, position, populations) {
  own <- truth[truth$chrom == chrom, ]
  rows <- split(own, factor(paste(own$sample_id, own$haplotype), paste(rep(samples, each = 2), 1:2)))
  t(vapply(rows, function(row) {
    row <- row[order(row$start_bp), ]
    match(row$ancestry, populations)[findInterval(position, row$start_bp)]
  }, integer(length(position))))
}
# Calls that are the truth, by an .msp.tsv: windows of `step` variants, of the ancestry of their middle one; NULL: cut where a
# haplotype changes.
calls_of_truth <- function(truth, haplotypes, populations, step = NULL) {
  all <- variants(haplotypes)
  samples <- samples(haplotypes)$sample_id
  path <- tempfile(fileext = ".msp.tsv")
  codes <- paste0(populations, "=", seq_along(populations) - 1, collapse = "\t")
  header <- c("#chm", "spos", "epos", "sgpos", "egpos", "n snps", paste0(rep(samples, each = 2), c(".0", ".1")))
  writeLines(c(paste0("#Subpopulation order/codes: ", codes), paste(header, collapse = "\t")), path)
  for (chrom in unique(all$chrom)) {
    own <- all[all$chrom == chrom, ]
    n <- nrow(own)
    code <- ancestry_at(truth, samples, chrom, own$position_bp, populations) - 1L
    first <- if (is.null(step)) {
      c(1L, which(colSums(code[, -1] != code[, -n]) > 0) + 1L)
    } else {
      seq(1L, n, by = step)
    }
    last <- c(first[-1] - 1L, n)
    end <- c(own$position_bp[first[-1]], own$position_bp[n])
    middle <- if (is.null(step)) first else (first + last) %/% 2L
    rows <- data.frame(chrom, own$position_bp[first], end, own$position_cm[first], own$position_cm[last], last - first + 1L,
                       t(code[, middle]))
    write.table(rows, path, append = TRUE, sep = "\t", quote = FALSE, row.names = FALSE, col.names = FALSE)
  }
  read_msp(path)
}
table_of <- function(path) {
  table <- read.delim(path, check.names = FALSE, colClasses = c(CHROM = "character", ID = "character"))
  as.matrix(table[-(1:5)])
}

if (what == "tractor") {
  query <- read_query()
  truth <- read_truth()
  populations <- sort(unique(labels$population))
  files <- write_tractor(calls_of_truth(truth, query, populations), query, tempfile())
  alleles <- as.matrix(query)
  code <- do.call(cbind, lapply(unique(variants(query)$chrom), function(chrom) {
    position <- variants(query)$position_bp[variants(query)$chrom == chrom]
    ancestry_at(truth, samples(query)$sample_id, chrom, position, populations)
  }))
  first <- seq(1, nrow(alleles), by = 2)
  differ <- vapply(seq_along(populations), function(k) {
    own <- code == k
    sum(table_of(files$hapcount[k]) != t(own[first, ] + own[first + 1, ])) +
      sum(table_of(files$dosage[k]) != t(own[first, ] * alleles[first, ] + own[first + 1, ] * alleles[first + 1, ]))
  }, 0)
  facts <- c(counts = 2 * length(populations) * ncol(alleles) * length(first), differ = sum(differ))
  calls <- predict(local_ancestry(panel_of(labels), window_settings(30, context = 15), calibrate = FALSE, threads = 1), query, threads = 1)
  corrected <- correct_phase(query, calls)
  # As Tractor has it: a chromosome to a file.
  for (chrom in unique(variants(query)$chrom)) {
    name <- sprintf("%s.%s", out, chrom)
    haplotypes <- corrected$haplotypes[, variants(query)$chrom == chrom]
    own <- corrected$calls[corrected$calls$chrom == chrom, ]
    write_phased_vcf(haplotypes, paste0(name, ".vcf"))
    write_msp(own, paste0(name, ".msp.tsv"))
    write_tractor(own, haplotypes, paste0(name, ".ours"))
  }
}

if (what == "mapping") {
  n <- 300
  admixed <- simulate_admixed(panel_of(labels), n, generations = 8, demes = 30, seed = 3, threads = 1)
  populations <- sort(unique(labels$population))
  calls <- calls_of_truth(attr(admixed, "truth"), admixed, populations, step = 200)
  samples <- samples(admixed)$sample_id
  windows <- attr(calls, "windows")
  rows <- as.data.frame(calls)
  at <- match(paste(rows$chrom, rows$window), paste(windows$chrom, windows$window))
  dosage <- matrix(0, n, nrow(windows))
  own <- rows$.pred_NAT
  for (h in 1:2) {
    on <- rows$haplotype == h
    cell <- cbind(match(rows$sample_id[on], samples), at[on])
    dosage[cell] <- dosage[cell] + own[on]
  }
  proportions <- ancestry_proportions(calls)
  proportions <- proportions[proportions$ancestry == "NAT", ]
  proportion <- proportions$proportion[match(samples, proportions$sample_id)]
  trait <- function(i, effect, causal) {
    set.seed(i)
    # Confounded: what is of the whole genome counts, too.
    setNames(effect * dosage[, causal] + 2 * proportion + rnorm(n), samples)
  }
  maps <- function(y, replicates = 0) map_admixture(calls, y, ancestry = "NAT", replicates = replicates, threads = 1)
  causal <- nrow(windows) %/% 5
  map <- maps(trait(0, 0.5, causal), replicates = 1000)
  threshold <- attr(map, "threshold")
  by_lm <- t(vapply(seq_len(nrow(windows)), function(i) {
    summary(lm(trait(0, 0.5, causal) ~ proportion + dosage[, i]))$coefficients[3, ]
  }, numeric(4)))
  found <- as.matrix(as.data.frame(map)[c("estimate", "std_error", "statistic", "p")])
  facts <- c(windows = nrow(windows), off_lm = max(abs(found / by_lm - 1)), n_effective = 0.05 / threshold)
  null <- vapply(1:200, function(i) min(maps(trait(i, 0, causal))$p), 0)
  facts[["type_1"]] <- mean(null <= threshold)
  # What theory says of the causal window: a noncentral t.
  left <- residuals(lm(dosage[, causal] ~ proportion))
  effect <- 0.45
  bound <- qt(threshold / 2, n - 3, lower.tail = FALSE)
  facts[["power_expected"]] <- pt(bound, n - 3, ncp = effect * sqrt(sum(left^2)), lower.tail = FALSE)
  hits <- vapply(1:200, function(i) {
    map <- maps(trait(1000 + i, effect, causal))
    c(map$p[causal] <= threshold, any(map$p <= threshold), map$estimate[causal], which.min(map$p) - causal)
  }, numeric(4))
  facts[["power"]] <- mean(hits[1, ])
  facts[["effect"]] <- mean(hits[3, ]) / effect
  facts[["near"]] <- mean(abs(hits[4, ]) * 200 * 4 / 1000 <= 10)
}

if (what == "pca") {
  panel <- panel_of(labels)
  query <- read_query()
  # The windows that are chosen by default.
  calls <- predict(local_ancestry(panel, window_settings(30, context = 15), threads = 1), query, threads = 1)
  true <- calls_of_truth(read_truth(), query, sort(unique(labels$population)))
  attr(true, "tree") <- attr(calls, "tree")
  europe <- labels$sample_id[startsWith(labels$population, "EUR")]
  space <- pca(as_genotypes(reference[europe, ]), num_comp = 3)
  ours <- mask_haplotypes(query, calls, "EUR")
  theirs <- mask_haplotypes(query, true, "EUR")
  places <- lapply(list(ours, theirs), function(masked) quiet(predict(space, masked)))
  scores <- function(place) as.matrix(place[paste0("PC", 1:3)])
  centroids <- rowsum(space$scores[, 1:3], labels$population[match(europe, labels$sample_id)]) / 60
  spread <- max(dist(centroids))
  amount <- ancestry_proportions(true, level = 1)
  amount <- amount$proportion[amount$ancestry == "EUR"][match(samples(query)$sample_id, unique(amount$sample_id))]
  off <- sqrt(rowSums((scores(places[[1]]) - scores(places[[2]]))^2)) / spread
  for (least in c(0.2, 0.5)) {
    kept <- which(amount >= least)
    facts[paste0(c("samples_", "mean_off_", "largest_off_"), least)] <- c(length(kept), mean(off[kept]), max(off[kept]))
  }
  facts[["kept"]] <- mean(!is.na(as.matrix(ours))) / mean(!is.na(as.matrix(theirs)))
}

if (what == "dates") {
  # Half of each population trains, the other half founds.
  half <- ave(seq_len(nrow(labels)), labels$population, FUN = seq_along) %% 2 == 0
  model <- local_ancestry(panel_of(labels[half, ]), window_settings(30, context = 15), threads = 1)
  for (generations in c(5, 10, 20)) {
    admixed <- simulate_admixed(panel_of(labels[!half, ]), 1200, generations = generations, recombination = map,
                                demes = deme_settings(20, size = 1000), seed = generations, threads = 1)
    for (of in c("truth", "calls")) {
      calls <- if (of == "truth") calls_of_truth(attr(admixed, "truth"), admixed, sort(unique(labels$population)), 10) else
        quiet(predict(model, admixed, threads = 1))
      dates <- quiet(date_admixture(calls, threads = 1))
      dates <- dates[!is.na(dates$std_error), ]
      name <- sprintf("%s_%d_", of, generations)
      facts[paste0(name, c("generations", "std_error", "covered", "pairs"))] <- c(mean(dates$generations),
        sqrt(mean(dates$std_error^2)), mean(abs(dates$generations - generations) <= 2 * dates$std_error), nrow(dates))
    }
  }
}
if (what == "uses_real") {
  query <- of("ASW")
  panel <- reference_panel(of("CEU", "YRI"), labels[labels$population %in% c("CEU", "YRI"), ])
  calls <- quiet(predict(local_ancestry(panel, threads = 1), query, threads = 1))
  proportions <- ancestry_proportions(calls)
  facts[["ceu"]] <- mean(proportions$proportion[proportions$ancestry == "CEU"])
  # Tables add up to the genotypes of the file.
  files <- write_tractor(calls, query, tempfile())
  total <- function(column) Reduce(`+`, lapply(files[[column]], table_of))
  facts[["cells"]] <- length(total("dosage"))
  facts[["differ"]] <- sum(total("hapcount") != 2) + sum(total("dosage") != t(as.matrix(as_genotypes(query))))
  # Frequencies of the two ancestries of ASW beside those of CEU and YRI: root mean squared differences.
  frequency <- function(haplotypes) variant_stats(as_genotypes(haplotypes))$allele_frequency
  own <- ancestry_frequencies(calls, query)
  for (ancestry in c("CEU", "YRI")) {
    want <- frequency(of(ancestry))
    found <- own$allele_frequency[own$ancestry == ancestry]
    facts[paste0(c("rmse_", "plain_"), ancestry)] <- sqrt(c(mean((found - want)^2, na.rm = TRUE), mean((frequency(query) - want)^2)))
  }
  # PC1 from CEU (0) to YRI (1): all of a sample, and what is masked to YRI.
  space <- pca(as_genotypes(of("CEU", "YRI", "CHB")), num_comp = 2)
  ends <- tapply(space$scores[, "PC1"], labels$population[match(space$sample_id, labels$sample_id)], mean)
  at <- function(x) mean((quiet(predict(space, x))$PC1 - ends[["CEU"]]) / (ends[["YRI"]] - ends[["CEU"]]), na.rm = TRUE)
  facts[["whole_at"]] <- at(as_genotypes(query))
  facts[["masked_at"]] <- at(mask_haplotypes(query, calls, "YRI"))
  set.seed(1)
  trait <- setNames(rnorm(nrow(query)), samples(query)$sample_id)
  mapped <- map_admixture(calls, trait, ancestry = "YRI", threads = 1)
  # Windows that no switch cuts.
  rows <- as.data.frame(calls)
  cells <- list(rows$sample_id, rows$window)
  dosage <- tapply(rows$.pred_YRI, cells, sum)[names(trait), ]
  whole <- which(colSums(tapply(rows$window, cells, length) != 2) == 0)
  facts[["windows"]] <- length(whole)
  proportion <- proportions$proportion[proportions$ancestry == "YRI"][match(names(trait), unique(proportions$sample_id))]
  by_lm <- apply(dosage[, whole], 2, function(x) summary(lm(trait ~ proportion + x))$coefficients["x", 4])
  facts[["off_lm"]] <- max(abs(mapped$p[whole] / by_lm - 1))
  date <- quiet(date_admixture(calls, threads = 1))
  facts[c("generations", "std_error")] <- c(date$generations, date$std_error)
}
writeLines(paste(names(facts), facts, sep = "\t"), paste0(out, ".tsv"))
