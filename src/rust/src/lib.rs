//! Glue between R and the core: the list of what R may call, and nothing else.

use extendr_api::prelude::*;

mod admixture;
mod ancestry_table;
mod answer;
mod archetypes;
mod assignment;
mod chromosome;
mod classify;
mod convert;
mod copying;
mod genetic_map;
mod genotypes;
mod gtm;
mod haplotypes;
mod harmonize;
mod local_ancestry;
mod model_file;
mod model_tree;
mod pair_hmm;
mod pca;
mod population_tree;
mod q_matrix;
mod qc;
mod recalibration;
mod run;
mod simulation;
mod vcf;

extendr_module! {
    mod forebear;
    use admixture;
    use ancestry_table;
    use archetypes;
    use assignment;
    use chromosome;
    use classify;
    use copying;
    use genetic_map;
    use genotypes;
    use gtm;
    use haplotypes;
    use harmonize;
    use local_ancestry;
    use model_file;
    use pair_hmm;
    use pca;
    use population_tree;
    use q_matrix;
    use qc;
    use recalibration;
    use run;
    use simulation;
    use vcf;
}
