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

pub mod calibration;
pub mod copying;
pub mod pair_hmm;
pub mod windows;
