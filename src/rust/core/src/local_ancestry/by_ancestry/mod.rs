//! Alleles counted, or left out, by the ancestry of the haplotypes that carry them.
//!
//! | file          | what it does                                             |
//! |---------------|----------------------------------------------------------|
//! | `called`      | which call holds at which variant of which haplotype     |
//! | `frequencies` | expected copies of each ancestry, and of their alleles   |
//! | `presence`    | which alleles lie on haplotypes of an ancestry           |

pub mod called;
pub mod frequencies;
pub mod presence;
