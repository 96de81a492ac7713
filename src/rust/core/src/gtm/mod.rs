//! Generative topographic maps: a curved manifold through the cloud of samples, and where on it
//! each sample lies.
//!
//! Source: Gaspar & Breen 2019; Bishop, Svensén & Williams 1998 for the model.
//!
//! | file               | what lives there                                              |
//! |--------------------|---------------------------------------------------------------|
//! | `settings`         | what to fit                                                   |
//! | `fit`              | the fit and its iterations                                    |
//! | `grid`             | nodes, radial basis functions                                 |
//! | `start`            | the manifold through the first two principal axes             |
//! | `leading_axes`     | the leading principal axes of samples                         |
//! | `table`            | samples about their mean, as the other files want them        |
//! | `manifold`         | where the nodes lie among the samples                         |
//! | `responsibilities` | P(node given sample) of a chunk of samples                    |
//! | `expectation`      | the E step: what the M step needs of the responsibilities     |
//! | `maximization`     | the M step                                                    |
//! | `project`          | samples, old and new, on a fitted map                         |
//! | `node_ancestry`    | which population lives at each node                           |
//! | `reference`        | all of it written out, for the tests                          |

mod expectation;
mod fit;
mod grid;
pub mod leading_axes;
mod manifold;
mod maximization;
mod node_ancestry;
mod project;
#[cfg(test)]
mod reference;
mod responsibilities;
mod settings;
mod start;
mod table;

pub use crate::gtm::fit::Fit;
pub use crate::gtm::fit::Iteration;
pub use crate::gtm::fit::fit;
pub use crate::gtm::node_ancestry::node_ancestry;
pub use crate::gtm::project::Map;
pub use crate::gtm::project::Projection;
pub use crate::gtm::project::node_sums;
pub use crate::gtm::project::project;
pub use crate::gtm::project::responsibilities;
pub use crate::gtm::settings::InitVariance;
pub use crate::gtm::settings::Settings;
