//! Genotypes packed two bits each, and views of them.

pub mod decode;
pub mod genotype;
pub mod genotype_counts;
pub mod view;
