//! Genotypes packed two bits each, and views of them.

pub mod genotype;
pub mod genotype_counts;
