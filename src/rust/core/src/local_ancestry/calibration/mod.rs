//! Calibrated posteriors: windows of posterior p are of the population with frequency p.
//!
//! | file            | what lives there                                                |
//! |-----------------|-----------------------------------------------------------------|
//! | `isotonic`      | regularized isotonic regression                                 |
//! | `recalibration` | curves of populations, from posteriors whose truth is known     |

pub mod isotonic;
pub mod recalibration;
