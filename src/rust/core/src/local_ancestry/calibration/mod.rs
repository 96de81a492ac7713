//! Posteriors that are as right as they say.
//!
//! | file            | what lives there                                                |
//! |-----------------|-----------------------------------------------------------------|
//! | `isotonic`      | regularized isotonic regression                                 |
//! | `recalibration` | curves of populations, from posteriors whose truth is known     |

pub mod isotonic;
pub mod recalibration;
