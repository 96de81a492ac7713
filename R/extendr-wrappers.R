rust_admixture <- function(genotypes, weights, fixed, haploid, lambda, epsilon, tolerance, max_passes, threads, progress) .Call(wrap__rust_admixture, genotypes, weights, fixed, haploid, lambda, epsilon, tolerance, max_passes, threads, progress)

rust_admixture_weights <- function(genotypes, frequencies, haploid, tolerance, threads, progress) .Call(wrap__rust_admixture_weights, genotypes, frequencies, haploid, tolerance, threads, progress)

rust_prediction_error <- function(genotypes, weights, haploid, frequencies, threads, progress) .Call(wrap__rust_prediction_error, genotypes, weights, haploid, frequencies, threads, progress)

rust_read_ancestry_table <- function(path, progress) .Call(wrap__rust_read_ancestry_table, path, progress)

rust_write_ancestry_table <- function(path, heading, chrom, values, progress) .Call(wrap__rust_write_ancestry_table, path, heading, chrom, values, progress)

rust_write_posteriors <- function(path, heading, chrom, values, progress) .Call(wrap__rust_write_posteriors, path, heading, chrom, values, progress)

rust_write_lines <- function(path, lines, progress) .Call(wrap__rust_write_lines, path, lines, progress)

rust_archetype_runs <- function(scores, k, init, restarts, tolerance, max_iterations, seed, smaller, threads, progress) .Call(wrap__rust_archetype_runs, scores, k, init, restarts, tolerance, max_iterations, seed, smaller, threads, progress)

rust_archetype_refits <- function(tables, start, k, tolerance, max_iterations, threads, progress) .Call(wrap__rust_archetype_refits, tables, start, k, tolerance, max_iterations, threads, progress)

rust_archetype_weights <- function(scores, archetypes, threads, progress) .Call(wrap__rust_archetype_weights, scores, archetypes, threads, progress)

rust_hull_distances <- function(scores, positions, threads, progress) .Call(wrap__rust_hull_distances, scores, positions, threads, progress)

rust_assign <- function(cost, progress) .Call(wrap__rust_assign, cost, progress)

rust_write_tractor <- function(haplotypes, samples, variants, calls, tracts, threads, progress) .Call(wrap__rust_write_tractor, haplotypes, samples, variants, calls, tracts, threads, progress)

rust_allele_sums <- function(haplotypes, calls, threads, progress) .Call(wrap__rust_allele_sums, haplotypes, calls, threads, progress)

rust_presence <- function(calls, n_samples, threads, progress) .Call(wrap__rust_presence, calls, n_samples, threads, progress)

rust_n_present <- function(mask) .Call(wrap__rust_n_present, mask)

rust_masked_genotypes <- function(haplotypes, threads, progress) .Call(wrap__rust_masked_genotypes, haplotypes, threads, progress)

rust_plain_chromosomes <- function(chrom) .Call(wrap__rust_plain_chromosomes, chrom)

rust_common_chromosomes <- function(sets, autosomes) .Call(wrap__rust_common_chromosomes, sets, autosomes)

rust_chromosome_kinds <- function(set, autosomes) .Call(wrap__rust_chromosome_kinds, set, autosomes)

rust_nearest_neighbors <- function(training, class, n_classes, new, k, threads, progress) .Call(wrap__rust_nearest_neighbors, training, class, n_classes, new, k, threads, progress)

rust_linear_svm <- function(scores, class, n_classes, cost, seed, threads, progress) .Call(wrap__rust_linear_svm, scores, class, n_classes, cost, seed, threads, progress)

rust_svm_probabilities <- function(scores, svm, n_classes, threads, progress) .Call(wrap__rust_svm_probabilities, scores, svm, n_classes, threads, progress)

rust_stratified_folds <- function(class, folds, seed) .Call(wrap__rust_stratified_folds, class, folds, seed)

rust_repair_phase <- function(haplotypes, reading, donors, probabilities, threads, progress) .Call(wrap__rust_repair_phase, haplotypes, reading, donors, probabilities, threads, progress)

rust_flip_haplotypes <- function(haplotypes, flips, threads, progress) .Call(wrap__rust_flip_haplotypes, haplotypes, flips, threads, progress)

rust_phase_genotypes <- function(genotypes, donors, cohort, threads, progress) .Call(wrap__rust_phase_genotypes, genotypes, donors, cohort, threads, progress)

rust_read_eigenstrat <- function(geno, snp, ind, threads, progress) .Call(wrap__rust_read_eigenstrat, geno, snp, ind, threads, progress)

rust_read_genetic_map <- function(path, chrom) .Call(wrap__rust_read_genetic_map, path, chrom)

rust_position_cm <- function(map, chrom, position_bp) .Call(wrap__rust_position_cm, map, chrom, position_bp)

rust_map_fits <- function(map, chrom, position_bp) .Call(wrap__rust_map_fits, map, chrom, position_bp)

rust_read_bed <- function(bed, bim, fam) .Call(wrap__rust_read_bed, bed, bim, fam)

rust_pack <- function(copies) .Call(wrap__rust_pack, copies)

rust_decode <- function(genotypes, threads, progress) .Call(wrap__rust_decode, genotypes, threads, progress)

rust_decode_expected <- function(genotypes, threads, progress) .Call(wrap__rust_decode_expected, genotypes, threads, progress)

rust_count_missing <- function(genotypes, threads, progress) .Call(wrap__rust_count_missing, genotypes, threads, progress)

rust_called_by_sample <- function(genotypes, threads, progress) .Call(wrap__rust_called_by_sample, genotypes, threads, progress)

rust_write_bed <- function(genotypes, samples, variants, prefix, threads, progress) .Call(wrap__rust_write_bed, genotypes, samples, variants, prefix, threads, progress)

rust_write_pgen <- function(genotypes, samples, variants, prefix, threads, progress) .Call(wrap__rust_write_pgen, genotypes, samples, variants, prefix, threads, progress)

rust_gtm <- function(scores, nodes, rbf, width, regularization, max_iterations, init_variance, threads, progress) .Call(wrap__rust_gtm, scores, nodes, rbf, width, regularization, max_iterations, init_variance, threads, progress)

rust_gtm_project <- function(scores, centers, variance, values, threads, progress) .Call(wrap__rust_gtm_project, scores, centers, variance, values, threads, progress)

rust_gtm_node_sums <- function(scores, centers, variance, values, threads, progress) .Call(wrap__rust_gtm_node_sums, scores, centers, variance, values, threads, progress)

rust_node_ancestry <- function(sums, size, prior) .Call(wrap__rust_node_ancestry, sums, size, prior)

rust_leading_axes <- function(samples, count, threads, progress) .Call(wrap__rust_leading_axes, samples, count, threads, progress)

rust_pack_haplotypes <- function(alleles) .Call(wrap__rust_pack_haplotypes, alleles)

rust_decode_haplotypes <- function(haplotypes, threads, progress) .Call(wrap__rust_decode_haplotypes, haplotypes, threads, progress)

rust_haplotype_genotypes <- function(haplotypes, threads, progress) .Call(wrap__rust_haplotype_genotypes, haplotypes, threads, progress)

rust_repack_haplotypes <- function(haplotypes, threads, progress) .Call(wrap__rust_repack_haplotypes, haplotypes, threads, progress)

rust_join_variants <- function(parts, threads, progress) .Call(wrap__rust_join_variants, parts, threads, progress)

rust_join_haplotypes <- function(parts, swapped, threads, progress) .Call(wrap__rust_join_haplotypes, parts, swapped, threads, progress)

rust_swap_phase <- function(haplotypes, variants, switches, threads, progress) .Call(wrap__rust_swap_phase, haplotypes, variants, switches, threads, progress)

rust_haploid_counts <- function(haplotypes) .Call(wrap__rust_haploid_counts, haplotypes)

rust_harmonize <- function(genotypes, reference, frequency, n_alleles, same_strand, min_overlap, shared_chromosomes, threads, progress) .Call(wrap__rust_harmonize, genotypes, reference, frequency, n_alleles, same_strand, min_overlap, shared_chromosomes, threads, progress)

rust_named_builds <- function(variants) .Call(wrap__rust_named_builds, variants)

rust_allele_frequencies <- function(genotypes, threads, progress) .Call(wrap__rust_allele_frequencies, genotypes, threads, progress)

rust_first_equal <- function(haplotypes, threads, progress) .Call(wrap__rust_first_equal, haplotypes, threads, progress)

rust_panel_folds <- function(population, settings) .Call(wrap__rust_panel_folds, population, settings)

rust_train_chromosome <- function(haplotypes, population, n_populations, settings, mosaics, threads, progress) .Call(wrap__rust_train_chromosome, haplotypes, population, n_populations, settings, mosaics, threads, progress)

rust_label_trial <- function(haplotypes, population, n_populations, settings, fold, mosaics, threads, progress) .Call(wrap__rust_label_trial, haplotypes, population, n_populations, settings, fold, mosaics, threads, progress)

rust_predict_chromosome <- function(model, haplotypes, reading, observed, threads, progress) .Call(wrap__rust_predict_chromosome, model, haplotypes, reading, observed, threads, progress)

rust_observed_proportions <- function(model, observed) .Call(wrap__rust_observed_proportions, model, observed)

rust_impute_haplotypes <- function(haplotypes, reading, donors, threads, progress) .Call(wrap__rust_impute_haplotypes, haplotypes, reading, donors, threads, progress)

rust_switch_steps <- function(posterior, switched, chains, n_variants) .Call(wrap__rust_switch_steps, posterior, switched, chains, n_variants)

rust_place_switches <- function(haplotypes, reading, donors, steps, threads, progress) .Call(wrap__rust_place_switches, haplotypes, reading, donors, steps, threads, progress)

rust_refine_calls <- function(haplotypes, reading, donors, posterior, chains, cores, flips, threads, progress) .Call(wrap__rust_refine_calls, haplotypes, reading, donors, posterior, chains, cores, flips, threads, progress)

rust_usual_likeness <- function(likeness, population, n_populations) .Call(wrap__rust_usual_likeness, likeness, population, n_populations)

rust_likeness_sums <- function(likeness, n_haplotypes, n_populations, haplotype, window, population) .Call(wrap__rust_likeness_sums, likeness, n_haplotypes, n_populations, haplotype, window, population)

rust_window_variants <- function(model) .Call(wrap__rust_window_variants, model)

rust_trained_chromosome <- function(model) .Call(wrap__rust_trained_chromosome, model)

rust_window_dosages <- function(pieces, posterior) .Call(wrap__rust_window_dosages, pieces, posterior)

rust_map_ancestry <- function(phenotype, covariates, dosage, is_binary, threads, progress) .Call(wrap__rust_map_ancestry, phenotype, covariates, dosage, is_binary, threads, progress)

rust_null_maxima <- function(phenotype, covariates, dosage, n_draws, seed, threads, progress) .Call(wrap__rust_null_maxima, phenotype, covariates, dosage, n_draws, seed, threads, progress)

rust_lagged_products <- function(first, second, is_known, n_lags, threads, progress) .Call(wrap__rust_lagged_products, first, second, is_known, n_lags, threads, progress)

rust_unlinked_products <- function(first, second, n_points) .Call(wrap__rust_unlinked_products, first, second, n_points)

rust_fit_decay <- function(distance, value, weight, limits) .Call(wrap__rust_fit_decay, distance, value, weight, limits)

rust_write_model <- function(path, header, values) .Call(wrap__rust_write_model, path, header, values)

rust_read_model <- function(path) .Call(wrap__rust_read_model, path)

rust_fit_labels <- function(evidence, population, threads, progress) .Call(wrap__rust_fit_labels, evidence, population, threads, progress)

rust_fit_pair_hmm <- function(chromosomes, start, threads, progress) .Call(wrap__rust_fit_pair_hmm, chromosomes, start, threads, progress)

rust_sample_proportions <- function(chromosomes, parameters, strength, threads, progress) .Call(wrap__rust_sample_proportions, chromosomes, parameters, strength, threads, progress)

rust_own_parameters <- function(chromosomes, parameters, owner, prior, threads, progress) .Call(wrap__rust_own_parameters, chromosomes, parameters, owner, prior, threads, progress)

rust_set_weights <- function(chromosomes, sets, threads, progress) .Call(wrap__rust_set_weights, chromosomes, sets, threads, progress)

rust_decode_ancestry <- function(kinds, threads, progress) .Call(wrap__rust_decode_ancestry, kinds, threads, progress)

rust_evidence_exponent <- function(window, context) .Call(wrap__rust_evidence_exponent, window, context)

rust_switches_with_evidence <- function(sample, window, probability, differ) .Call(wrap__rust_switches_with_evidence, sample, window, probability, differ)

rust_pca <- function(genotypes, num_comp, method, scale, tolerance, max_passes, seed, loadings, residuals, errors, threads, progress) .Call(wrap__rust_pca, genotypes, num_comp, method, scale, tolerance, max_passes, seed, loadings, residuals, errors, threads, progress)

rust_project <- function(genotypes, loadings, singular_values, center, multiplier, residuals, method, errors, threads, progress) .Call(wrap__rust_project, genotypes, loadings, singular_values, center, multiplier, residuals, method, errors, threads, progress)

rust_variant_product <- function(genotypes, weights, center, multiplier, scores, threads, progress) .Call(wrap__rust_variant_product, genotypes, weights, center, multiplier, scores, threads, progress)

rust_residual_correlations <- function(genotypes, weights, frequencies, center, multiplier, called, threads, progress) .Call(wrap__rust_residual_correlations, genotypes, weights, frequencies, center, multiplier, called, threads, progress)

rust_resample_basis <- function(genotypes, incomplete, scores, center, multiplier, seed, threads, progress) .Call(wrap__rust_resample_basis, genotypes, incomplete, scores, center, multiplier, seed, threads, progress)

rust_replicate_scores <- function(genotypes, incomplete, basis, num_comp, center, multiplier, block_lengths, first, last, seed, threads, progress) .Call(wrap__rust_replicate_scores, genotypes, incomplete, basis, num_comp, center, multiplier, block_lengths, first, last, seed, threads, progress)

rust_read_pgen <- function(pgen, pvar, psam) .Call(wrap__rust_read_pgen, pgen, pvar, psam)

rust_read_phased_pgen <- function(pgen, n_file, variants, threads, progress) .Call(wrap__rust_read_phased_pgen, pgen, n_file, variants, threads, progress)

rust_node_sums <- function(parent, leaves) .Call(wrap__rust_node_sums, parent, leaves)

rust_lowest_nodes <- function(parent, leaves, threshold, progress) .Call(wrap__rust_lowest_nodes, parent, leaves, threshold, progress)

rust_segments <- function(node, probability, length, window) .Call(wrap__rust_segments, node, probability, length, window)

rust_ancestry_copies <- function(columns, block) .Call(wrap__rust_ancestry_copies, columns, block)

rust_ancestry_lengths <- function(parent, columns, pieces, n_samples, n_parts) .Call(wrap__rust_ancestry_lengths, parent, columns, pieces, n_samples, n_parts)

rust_read_q <- function(path, layout, which, tolerance, progress) .Call(wrap__rust_read_q, path, layout, which, tolerance, progress)

rust_read_frequencies <- function(path, k, progress) .Call(wrap__rust_read_frequencies, path, k, progress)

rust_write_q <- function(q, path, progress) .Call(wrap__rust_write_q, q, path, progress)

rust_variant_stats <- function(genotypes, inheritance, roles, mid_p, threads, progress) .Call(wrap__rust_variant_stats, genotypes, inheritance, roles, mid_p, threads, progress)

rust_sample_stats <- function(genotypes, inheritance, roles, threads, progress) .Call(wrap__rust_sample_stats, genotypes, inheritance, roles, threads, progress)

rust_prune_ld <- function(genotypes, ends, inheritance, position_bp, roles, window, in_base_pairs, step, r2, threads, progress) .Call(wrap__rust_prune_ld, genotypes, ends, inheritance, position_bp, roles, window, in_base_pairs, step, r2, threads, progress)

rust_clump <- function(genotypes, ends, inheritance, position_bp, has_p, order, roles, r2, reach_bp, threads, progress) .Call(wrap__rust_clump, genotypes, ends, inheritance, position_bp, has_p, order, roles, r2, reach_bp, threads, progress)

rust_kinship <- function(genotypes, variants, min_kinship, max_pairs, threads, progress) .Call(wrap__rust_kinship, genotypes, variants, min_kinship, max_pairs, threads, progress)

rust_unrelated <- function(n_samples, first, second) .Call(wrap__rust_unrelated, n_samples, first, second)

rust_pairwise_fst <- function(genotypes, population, n_populations, inheritance, male, haploid, most_blocks, threads, progress) .Call(wrap__rust_pairwise_fst, genotypes, population, n_populations, inheritance, male, haploid, most_blocks, threads, progress)

rust_window_truth <- function(truth, haplotypes, n_variants, position_bp, n_populations) .Call(wrap__rust_window_truth, truth, haplotypes, n_variants, position_bp, n_populations)

rust_flip_segments <- function(truth, switches, n_samples) .Call(wrap__rust_flip_segments, truth, switches, n_samples)

rust_sample_scores <- function(posterior, truth, n_variants, n_haplotypes, powers) .Call(wrap__rust_sample_scores, posterior, truth, n_variants, n_haplotypes, powers)

rust_log_evidence <- function(calls, n_populations, block, n_blocks) .Call(wrap__rust_log_evidence, calls, n_populations, block, n_blocks)

rust_fit_node_curves <- function(posterior, truth, people, parent, members, settings) .Call(wrap__rust_fit_node_curves, posterior, truth, people, parent, members, settings)

rust_apply_node_curves <- function(posterior, people, parent, curves) .Call(wrap__rust_apply_node_curves, posterior, people, parent, curves)

rust_available_threads <- function() .Call(wrap__rust_available_threads)

rust_wait <- function(seconds, threads, progress) .Call(wrap__rust_wait, seconds, threads, progress)

rust_panic <- function(message, threads) .Call(wrap__rust_panic, message, threads)

rust_simulate_admixed <- function(haplotypes, chromosomes, population, plan, threads, progress) .Call(wrap__rust_simulate_admixed, haplotypes, chromosomes, population, plan, threads, progress)

rust_read_vcf <- function(path, region, autosomes, min_maf, rules, threads, progress) .Call(wrap__rust_read_vcf, path, region, autosomes, min_maf, rules, threads, progress)

rust_read_phased_vcf <- function(path, region, drop_unphased, kept, threads, progress) .Call(wrap__rust_read_phased_vcf, path, region, drop_unphased, kept, threads, progress)

rust_pack_vcf <- function(path, to, batch, threads, progress) .Call(wrap__rust_pack_vcf, path, to, batch, threads, progress)

rust_read_packed <- function(path, layout, batch, threads, progress) .Call(wrap__rust_read_packed, path, layout, batch, threads, progress)

rust_vcf_samples <- function(path, progress) .Call(wrap__rust_vcf_samples, path, progress)

rust_write_vcf <- function(genotypes, samples, variants, path, threads, progress) .Call(wrap__rust_write_vcf, genotypes, samples, variants, path, threads, progress)

rust_write_phased_vcf <- function(haplotypes, samples, variants, path, threads, progress) .Call(wrap__rust_write_phased_vcf, haplotypes, samples, variants, path, threads, progress)

rust_parse_region <- function(region) .Call(wrap__rust_parse_region, region)

rust_read_ancestry_vcf <- function(path, windows, progress) .Call(wrap__rust_read_ancestry_vcf, path, windows, progress)

rust_write_ancestry_vcf <- function(haplotypes, samples, variants, calls, path, threads, progress) .Call(wrap__rust_write_ancestry_vcf, haplotypes, samples, variants, calls, path, threads, progress)

