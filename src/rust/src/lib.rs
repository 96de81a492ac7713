//! Glue between R and the core: the list of what R may call, and nothing else.

use extendr_api::prelude::*;

mod admixture;
mod answer;
mod archetypes;
mod convert;
mod genetic_map;
mod genotypes;
mod haplotypes;
mod harmonize;
mod model_file;
mod pca;
mod qc;
mod run;
mod vcf;

extendr_module! {
    mod forebear;
    use admixture;
    use archetypes;
    use genetic_map;
    use genotypes;
    use haplotypes;
    use harmonize;
    use model_file;
    use pca;
    use qc;
    use run;
    use vcf;
}
