//! Phased haplotypes packed one bit each, read through index views.

pub mod aligned;
pub mod duplicates;
pub mod genotypes;
pub mod join;
pub mod matrix;
pub mod packed;
pub mod phase_swap;
pub mod repack;
pub mod window_rows;
