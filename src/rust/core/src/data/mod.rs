//! Genotypes packed two bits each, views of them, and their products with matrices.

pub mod aligned;
pub mod block_product;
pub mod chromosome;
pub mod decode;
pub mod every_nth;
pub mod genetic_map;
pub mod genotype;
pub mod genotype_block;
pub mod genotype_counts;
pub mod genotype_product;
pub mod packed_lookup;
pub mod view;
