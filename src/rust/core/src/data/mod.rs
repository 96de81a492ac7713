//! The data of all other rooms: packed genotypes and haplotypes, views over them, names of
//! chromosomes and genetic maps.
//!
//! | file            | what lives there                                                  |
//! |-----------------|-------------------------------------------------------------------|
//! | `genotypes`     | genotypes packed two bits each, views and counts of them          |
//! | `haplotypes`    | phased haplotypes packed one bit each, views and rows of windows  |
//! | `bit_transpose` | rows of bits into columns, 64 x 64 at a time                      |
//! | `chromosome`    | the one comparison of chromosome names                            |
//! | `genetic_map`   | centimorgans between positions                                    |
//! | `map_rate`      | whether a map is one that a chromosome can have                   |
//! | `human_builds`  | lengths of the human chromosomes in each genome build             |

pub mod bit_transpose;
pub mod chromosome;
pub mod genetic_map;
pub mod genotypes;
pub mod haplotypes;
pub mod human_builds;
pub mod map_rate;
