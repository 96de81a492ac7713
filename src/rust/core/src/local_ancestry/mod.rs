//! Local ancestry: which population each window of a haplotype comes from.
//!
//! Source: Durand et al. 2014.
//!
//! | room          | what lives there                                                       |
//! |---------------|------------------------------------------------------------------------|
//! | `windows`     | classifiers of the windows of a chromosome, trained on labeled haplotypes |
//! | `pair_hmm`    | from calls of windows to posteriors, switches and phase                |
//! | `copying`     | haplotypes as mosaics of others (Li and Stephens): imputation, places of switches |
//! | `calibration` | recalibration of posteriors on windows of known ancestry               |
//! | `by_ancestry` | alleles counted, or left out, by the ancestry of their haplotypes      |
//! | `mapping`     | association of a phenotype with the ancestry of each window            |
//! | `dating`      | how long ago ancestries met                                            |

pub mod by_ancestry;
pub mod calibration;
pub mod copying;
pub mod dating;
pub mod mapping;
pub mod pair_hmm;
pub mod windows;
