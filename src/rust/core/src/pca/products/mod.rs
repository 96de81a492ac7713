//! Products of packed genotypes with dense matrices, sixteen genotypes at a time by table lookup.
//!
//! | file               | what lives there                                                 |
//! |--------------------|------------------------------------------------------------------|
//! | `packed_lookup`    | sums over sixteen packed genotypes by table lookup               |
//! | `block`            | a range of variants laid out for table lookups                   |
//! | `block_product`    | products with the block, over samples or over variants           |
//! | `genotype_product` | products with all genotypes, block by block                      |
//! | `gram_product`     | `X X' W` in one pass                                             |
//! | `imputed_product`  | `X' W` with missing genotypes imputed                            |

pub mod block;
pub mod block_product;
pub mod genotype_product;
pub mod gram_product;
pub mod imputed_product;
pub mod packed_lookup;
