//! Admixed samples made from labeled haplotypes, with their exact truth.
//!
//! Source: Durand et al. 2014, section 2.4: simulation forward in time, recombination at a uniform
//! rate of 1e-8 per base pair, 10 generations since admixture.
//!
//! | file          | what lives there                                           |
//! |---------------|------------------------------------------------------------|
//! | `chromosome`  | genetic positions of variants, and where gametes are cut   |
//! | `founders`    | founder haplotypes, drawn without replacement              |
//! | `generations` | mating, generation after generation                        |
//! | `errors`      | wrong alleles and phase switches                           |
//! | `admix`       | all of it: haplotypes, their truth and their switches      |
//! | `mosaic`      | chromosome copies as mosaics of others                     |
//! | `segments`    | the truth as a table                                       |

pub mod admix;
pub mod chromosome;
pub mod errors;
pub mod founders;
pub mod generations;
pub mod mosaic;
pub mod segments;
