//! The variants of a reference found in other data.

pub mod alleles;
pub mod build;
pub mod coding;
pub mod found;
pub mod orientation;
pub mod overlap;
pub mod plan;
pub mod sites;
pub mod strand;
