//! PLINK 2 .pgen files: hard calls in every storage mode, dosages, phase.
//!
//! Source: C. Chang, PLINK 2 File Format Specification Draft (chrchang/plink-ng, pgen_spec).
//! Categories of the format are 0 (homozygous for the reference allele), 1 (heterozygous),
//! 2 (homozygous for the alternate allele) and 3 (missing); we keep the codes of a .bed.

pub mod difflist;
pub mod file;
pub mod haplotypes;
pub mod hard_calls;
pub mod index;
pub mod tracks;
pub mod write;
