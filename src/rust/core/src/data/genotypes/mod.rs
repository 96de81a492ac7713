//! Genotypes packed two bits each, read through index views.

pub mod aligned;
pub mod counts;
pub mod decode;
pub mod dosed;
pub mod genotype;
pub mod joined;
pub mod masked;
pub mod view;
pub mod walk;
