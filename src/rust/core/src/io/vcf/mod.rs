//! VCF: genotypes and phased haplotypes from the GT, DS or GP column, and back; local ancestry in
//! the columns of FLARE.
//!
//! Source: The Variant Call Format Specification, VCFv4.2 to VCFv4.4.

pub mod calls;
pub mod entries;
pub mod header;
pub mod ploidy;
pub mod read_ancestry;
pub mod read_genotypes;
pub mod read_haplotypes;
pub mod region;
pub mod rules;
pub mod scan;
pub mod shown;
pub mod site;
pub mod skipped;
pub mod write;
pub mod write_ancestry;
pub mod write_genotypes;
pub mod write_tractor;
