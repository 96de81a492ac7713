//! Genotypes packed two bits each, haplotypes packed one bit each, views of them, and products
//! of genotypes with matrices.

pub mod aligned;
pub mod aligned_haplotypes;
pub mod bit_transpose;
pub mod block_product;
pub mod chromosome;
pub mod decode;
pub mod duplicates;
pub mod every_nth;
pub mod genetic_map;
pub mod genotype;
pub mod genotype_block;
pub mod genotype_counts;
pub mod genotype_product;
pub mod haplotype_genotypes;
pub mod haplotype_matrix;
pub mod haplotypes;
pub mod human_builds;
pub mod join_samples;
pub mod map_rate;
pub mod masked;
pub mod mosaic;
pub mod packed_lookup;
pub mod phase_swap;
pub mod repack;
pub mod stretch;
pub mod view;
pub mod window;
pub mod window_rows;
