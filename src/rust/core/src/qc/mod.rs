//! Quality control on the packed genotypes, with PLINK's semantics.

pub mod bit_count;
pub mod clump;
pub mod fst;
pub mod haplotype_r2;
pub mod hardy_weinberg;
pub mod inheritance;
pub mod kinship;
pub mod ld_prune;
pub mod ld_row;
pub mod sample_counters;
pub mod sample_mask;
pub mod sample_stats;
pub mod unrelated;
pub mod variant_stats;
