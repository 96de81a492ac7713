//! Admixture mapping: association of a phenotype with the ancestry of each window.
//!
//! | file        | what it does                                                      |
//! |-------------|-------------------------------------------------------------------|
//! | `dosages`   | copies of an ancestry of each sample in each window               |
//! | `covariates`| what is held constant, as an orthonormal basis                    |
//! | `linear`    | least squares, window by window                                   |
//! | `logistic`  | logistic regression, window by window                             |
//! | `maxima`    | the largest statistic of all windows where nothing is associated  |

pub mod covariates;
pub mod dosages;
pub mod linear;
pub mod logistic;
pub mod maxima;
