//! Local ancestry: which population each window of a haplotype comes from.
//!
//! Source: Durand et al. 2014.
//!
//! | file            | what lives there                                                |
//! |-----------------|-----------------------------------------------------------------|
//! | `panel`         | labelled haplotypes of one chromosome                           |
//! | `settings`      | windows, kernel and penalty of the classifiers                  |
//! | `folds`         | the parts that samples are held out in                          |
//! | `string_kernel` | the stretches that two haplotypes share                         |
//! | `kernel`        | normalised kernels of the haplotypes of a window                |
//! | `entries`       | the haplotypes of a window, equal ones folded together          |
//! | `landmarks`     | haplotypes that stand for all of a large panel                  |
//! | `window_kernels`| kernels that the machines of a window are trained with          |
//! | `classifiers`   | machines for pairs of populations, for each one, or for all     |
//! | `decide`        | labels and probabilities from decision values                   |
//! | `held_out`      | decisions about haplotypes by machines that did not see them    |
//! | `mosaics`       | labels of mosaics of held-out haplotypes                        |
//! | `isotonic`      | regularised isotonic regression                                 |
//! | `recalibration` | posteriors that are as right as they say                        |
//! | `window_model`  | what of a trained window is kept, and its predictions           |
//! | `train`         | all windows of a chromosome                                     |
//! | `pair_hmm`      | from calls of windows to posteriors, switches and phase         |
//! | `copying`       | haplotypes as mosaics of those of a population                  |
//! | `imputation`    | alleles at variants that new haplotypes lack                    |
//! | `switch_place`  | the variant at which the phase switches                         |
//! | `simulated`     | data for the tests                                              |

pub mod classifiers;
pub mod copying;
pub mod decide;
pub mod entries;
pub mod folds;
pub mod held_out;
pub mod imputation;
pub mod isotonic;
pub mod kernel;
pub mod landmarks;
pub mod mosaics;
pub mod pair_hmm;
pub mod panel;
pub mod recalibration;
pub mod settings;
#[cfg(test)]
mod simulated;
pub mod string_kernel;
pub mod switch_place;
pub mod train;
pub mod window_kernels;
pub mod window_model;
