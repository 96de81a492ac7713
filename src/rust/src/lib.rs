//! Glue between R and the core: the list of what R may call, and nothing else.

use extendr_api::prelude::*;

mod answer;
mod archetypes;
mod convert;
mod genotypes;
mod model_file;
mod pca;
mod qc;
mod run;

extendr_module! {
    mod forebear;
    use archetypes;
    use genotypes;
    use model_file;
    use pca;
    use qc;
    use run;
}
