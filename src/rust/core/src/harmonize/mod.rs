//! The variants of a reference found in other data.

pub mod alleles;
pub mod build;
pub mod plan;
pub mod sites;
pub mod strand;
