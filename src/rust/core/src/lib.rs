//! The science of forebear. Nothing here knows of R.
//!
//! | room          | what lives there                                             |
//! |---------------|--------------------------------------------------------------|
//! | `error`       | every error that the core returns                            |
//! | `task`        | how long-running work reports progress and is asked to stop |
//! | `data`        | packed genotypes and haplotypes, chromosome names, genetic maps |
//! | `linalg`      | dense algebra that faer has not, random numbers, simplex problems |
//! | `svm`         | support vector machines, their probabilities, pairwise coupling |
//! | `io`          | PLINK 1 and VCF files, genetic maps, model files             |
//! | `qc`          | call rates, Hardy-Weinberg, pruning, kinship, as PLINK has them |
//! | `pca`         | principal components straight from the packed genotypes      |
//! | `archetypes`  | archetypal analysis of scores                                |
//! | `classify`    | nearest neighbors and linear SVMs on scores                   |
//! | `gtm`         | generative topographic maps of scores                        |
//! | `local_ancestry` | populations of the windows of phased haplotypes           |
//! | `simulation`  | admixed samples with exact truth                             |
//! | `admixture`   | the likelihood model of ADMIXTURE on packed genotypes        |
//! | `harmonize`   | the variants of a reference found in other data              |
//!
//! `tools/test lint` checks who may import whom: models never import each other
//! and never import `io`.

pub mod admixture;
pub mod archetypes;
pub mod classify;
pub mod data;
pub mod error;
pub mod gtm;
pub mod harmonize;
pub mod io;
pub mod linalg;
pub mod local_ancestry;
pub mod pca;
pub mod qc;
pub mod simulation;
pub mod svm;
pub mod task;
