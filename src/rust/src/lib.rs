//! Glue between R and the core: the list of what R may call, and nothing else.

use extendr_api::prelude::*;

mod answer;
mod archetypes;
mod assignment;
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
    use archetypes;
    use assignment;
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
