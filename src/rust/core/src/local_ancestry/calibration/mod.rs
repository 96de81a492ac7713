//! Calibrated posteriors: windows of posterior p are of the population with frequency p.
//!
//! | file            | what lives there                                                |
//! |-----------------|-----------------------------------------------------------------|
//! | `isotonic`      | regularized isotonic regression                                 |
//! | `node_curves`   | curves of the nodes of a tree, for people alike                 |
//! | `log_evidence`  | what the windows of a sample say of its population             |
//! | `recalibration` | powers of posteriors, and curves                                |
//! | `sample_scores` | how likely posteriors make the truth of each sample             |
//! | `segments`      | runs of windows of one ancestry                                 |
//! | `sums`          | posteriors summed over the haplotypes of samples                |
//! | `tree`          | nodes of a population tree, the lowest that is probable enough  |
//! | `truth`         | true proportions of populations in a window                     |
//! | `typicality`    | whether people are like the panel in what they are called       |

pub mod isotonic;
pub mod log_evidence;
pub mod node_curves;
pub mod recalibration;
pub mod sample_scores;
pub mod segments;
pub mod sums;
pub mod tree;
pub mod truth;
pub mod typicality;
