//! VCF: genotypes and phased haplotypes from the GT, DS or GP column, and back; local ancestry in
//! the columns of FLARE.
//!
//! | file | what it holds |
//! |---|---|
//! | `rules` `region` | what a user asks for: records, calls, a range of a chromosome |
//! | `header` | the header lines, of which the samples' names are kept |
//! | `scan` | one pass over the records, in order, for a reader that takes them |
//! | `site` | the columns of a record before its samples |
//! | `calls` | the GT column as bits |
//! | `entries` | entry by entry, where quality, other alleles or dosages are asked for |
//! | `phase_sets` | borders of FORMAT PS, between which phase is not known |
//! | `ploidy` | calls of one allele on X, and what they say of sex |
//! | `skipped` `shown` | what was left out, and bytes of a file in a message |
//! | `read_genotypes` `read_haplotypes` `read_ancestry` | the three readers |
//! | `write_genotypes` `write_haplotypes` `write_ancestry` | the three writers |
//! | `write_tractor` | counts of haplotypes and alleles by ancestry, of the same rows |
//!
//! Source: The Variant Call Format Specification, VCFv4.2 to VCFv4.4.

pub mod calls;
pub mod entries;
pub mod header;
pub mod phase_sets;
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
pub mod write_ancestry;
pub mod write_genotypes;
pub mod write_haplotypes;
pub mod write_tractor;
