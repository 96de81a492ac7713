//! Glue between R and the core: the list of what R may call, and nothing else.

use extendr_api::prelude::*;

mod answer;
mod archetypes;
mod convert;
mod genotypes;
mod haplotypes;
mod model_file;
mod pca;
mod run;
mod vcf;

extendr_module! {
    mod forebear;
    use archetypes;
    use genotypes;
    use haplotypes;
    use model_file;
    use pca;
    use run;
    use vcf;
}
