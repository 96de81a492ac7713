//! Archetypal analysis: every sample as a mixture of a few extreme points.
//!
//! Source: Gimbernat-Mayol et al. 2022; Cutler & Breiman 1994 for the model.
//!
//! | file              | what lives there                                          |
//! |-------------------|-----------------------------------------------------------|
//! | `settings`        | what to fit, and when to stop                             |
//! | `fit`             | the fit and the restarts                                  |
//! | `predict`         | weights of new samples on archetypes that stay fixed      |
//! | `check`           | rules for scores and settings                             |
//! | `standard_scores` | scores about their mean, in units of their own spread     |
//! | `init`            | the four ways to choose the first archetypes              |
//! | `furthest_sum`    | samples far from one another                              |
//! | `plus_plus`       | samples drawn by their distance to the hull so far        |
//! | `alternate`       | the two steps until the residual stops decreasing         |
//! | `mixture`         | the first step: weights of the archetypes in each sample  |
//! | `sweep`           | the second step: every archetype moved within the hull    |
//! | `points`          | samples and archetypes in the layout of the steps         |
//! | `hull`            | the nearest point of a convex hull                        |
//! | `assignment`      | the best pairing of archetypes of two fits (Hungarian)    |
//! | `hull_distance`   | how far positions lie from the hull of the samples        |
//! | `moments`         | the two small products of the weights that both steps use |
//! | `part`            | a subset of very many samples, in which a run begins      |
//! | `simulated`       | data for the tests                                        |

mod alternate;
pub mod assignment;
mod check;
mod fit;
mod furthest_sum;
pub mod hull;
mod hull_distance;
mod init;
mod mixture;
mod moments;
mod part;
mod plus_plus;
pub mod points;
mod predict;
mod settings;
#[cfg(test)]
mod simulated;
mod standard_scores;
mod sweep;

pub use crate::archetypes::fit::Fit;
pub use crate::archetypes::fit::SampleWeight;
pub use crate::archetypes::fit::fit;
pub use crate::archetypes::fit::fit_runs;
pub use crate::archetypes::fit::refit;
pub use crate::archetypes::hull_distance::hull_distances;
pub use crate::archetypes::init::Init;
pub use crate::archetypes::predict::predict;
pub use crate::archetypes::settings::Settings;
