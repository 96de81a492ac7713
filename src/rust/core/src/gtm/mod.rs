//! Generative topographic maps: a curved sheet through the cloud of samples, and where on it
//! each sample lies.
//!
//! Source: Gaspar & Breen 2019; Bishop, Svensén & Williams 1998 for the model.
//!
//! | file               | what lives there                                              |
//! |--------------------|---------------------------------------------------------------|
//! | `fit`              | settings, the fit and the iterations                          |
//! | `grid`             | nodes, radial basis functions                                 |
//! | `start`            | the sheet through the first two principal axes                |
//! | `table`            | samples about their mean, as the other files want them        |
//! | `sheet`            | where the nodes lie among the samples                         |
//! | `responsibilities` | P(node given sample) of a chunk of samples                    |
//! | `expectation`      | the E step: what the M step needs of the responsibilities     |
//! | `maximisation`     | the M step                                                    |
//! | `project`          | samples, old and new, on a fitted map                         |
//! | `node_ancestry`    | which population lives at each node                           |
//! | `plain`            | all of it written out, for the tests                          |

mod expectation;
mod fit;
mod grid;
mod maximisation;
mod node_ancestry;
#[cfg(test)]
mod plain;
mod project;
mod responsibilities;
mod sheet;
mod start;
mod table;

pub use crate::gtm::fit::Fit;
pub use crate::gtm::fit::InitVariance;
pub use crate::gtm::fit::Iteration;
pub use crate::gtm::fit::Settings;
pub use crate::gtm::fit::fit;
pub use crate::gtm::node_ancestry::node_ancestry;
pub use crate::gtm::project::Map;
pub use crate::gtm::project::Projection;
pub use crate::gtm::project::node_sums;
pub use crate::gtm::project::project;
pub use crate::gtm::project::responsibilities;
