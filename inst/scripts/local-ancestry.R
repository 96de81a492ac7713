library(forebear)

haplotypes <- read_phased_vcf(example_data("phased_panel"))   # yours: give genetic_map = too
query <- read_phased_vcf(example_data("phased_query"))
labels <- read_labels(example_data("phased_labels"))          # sample_id, population

curated <- curate_panel(as_genotypes(haplotypes), labels, tree = "((north,south)west,east)all;")
panel <- reference_panel(haplotypes[curated$labels$sample_id, ], curated$labels, curated$tree)

model <- local_ancestry(panel, window_settings(10, context = 10))     # dense data: leave it out
calls <- predict(model, query)                                # posteriors, calibrated
corrected <- correct_phase(query, calls)                      # haplotypes and calls, a pair

nodes <- assign_ancestry(calls, threshold = 0.8)              # north, or west, or nothing
segments <- ancestry_segments(calls, threshold = 0.8)
proportions <- ancestry_proportions(calls)                    # with standard errors
karyogram <- autoplot(corrected$calls, sample_id = "admixed_2")

truth <- read.delim(example_data("phased_truth"))
scores <- evaluate_calls(calls, truth)                        # precision, recall, coverage

write_msp(calls, "calls.msp.tsv")                             # as RFMix writes them
write_fb(calls, "calls.fb.tsv")
write_ancestry_vcf(calls, "calls.anc.vcf.gz", query)          # as FLARE does
write_tracts_bed(calls, "calls.bed")
write_phased_vcf(corrected$haplotypes, "corrected.vcf.gz")    # goes with corrected$calls
