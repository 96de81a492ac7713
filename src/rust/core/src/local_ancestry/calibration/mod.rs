//! Posteriors that are as right as they say.
//!
//! | file            | what lives there                                                |
//! |-----------------|-----------------------------------------------------------------|
//! | `isotonic`      | regularized isotonic regression                                 |
//! | `powers`        | the power that posteriors are raised to first                   |
//! | `recalibration` | curves of populations, from posteriors whose truth is known     |
//! | `truth`         | what share of a window truly is of a population                 |

pub mod isotonic;
pub mod powers;
pub mod recalibration;
pub mod truth;
