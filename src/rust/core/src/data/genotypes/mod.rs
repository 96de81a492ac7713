//! Genotypes packed two bits each, read through index views.

pub mod aligned;
pub mod counts;
pub mod decode;
pub mod genotype;
pub mod join_samples;
pub mod masked;
pub mod view;
