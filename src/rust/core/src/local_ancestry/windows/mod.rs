//! Classifiers of the windows of a chromosome, trained on haplotypes whose population is known.
//!
//! Source: Durand et al. 2014, section 2.1.
//!
//! | file               | what lives there                                                |
//! |--------------------|-----------------------------------------------------------------|
//! | `panel`            | labeled haplotypes of one chromosome                            |
//! | `layout`           | a chromosome cut into windows of consecutive variants           |
//! | `settings`         | windows, kernel and penalty of the classifiers                  |
//! | `string_kernel`    | the runs of variants at which two haplotypes are equal          |
//! | `kernel`           | normalized kernels of the haplotypes of a window                |
//! | `entries`          | the distinct haplotypes of a window and their counts            |
//! | `landmarks`        | representative haplotypes of a large panel                      |
//! | `training_kernels` | kernels for training the classifiers of a window                |
//! | `classifiers`      | binary classifiers of pairs of populations, of each, or of all  |
//! | `multinomial`      | logistic regression from decision values to probabilities       |
//! | `decision`         | decision values from kernels with support vectors               |
//! | `decide`           | labels and probabilities from decision values                   |
//! | `held_out`         | decisions about haplotypes by classifiers that did not see them |
//! | `likeness`         | how like the haplotypes of each population a haplotype is       |
//! | `observed`         | windows of which new haplotypes lack variants                   |
//! | `mosaics`          | labels of mosaics of held-out haplotypes                        |
//! | `model`            | what is stored of a trained window, and its predictions         |
//! | `train`            | all windows of a chromosome                                     |
//! | `trial`            | labels of mosaics by which lengths of windows are compared      |
//! | `simulated`        | data for the tests                                              |

pub mod classifiers;
pub mod decide;
pub mod decision;
pub mod entries;
pub mod held_out;
pub mod kernel;
pub mod landmarks;
pub mod layout;
pub mod likeness;
pub mod model;
pub mod mosaics;
pub mod multinomial;
pub mod observed;
pub mod panel;
pub mod settings;
#[cfg(test)]
mod simulated;
pub mod string_kernel;
pub mod train;
pub mod training_kernels;
pub mod trial;
