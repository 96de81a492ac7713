//! Classifiers of scores.
//!
//! Source: Gaspar & Breen 2019, "Ancestry classification models".
//!
//! | file                 | what lives there                                         |
//! |----------------------|----------------------------------------------------------|
//! | `nearest_neighbors`  | classes of the nearest training samples                  |
//! | `linear_svm`         | linear support vector machines, one per pair of classes  |
//! | `plane`              | the separating plane of an SVM in few components         |

mod linear_svm;
mod nearest_neighbors;
mod plane;

pub use crate::classify::linear_svm::LinearSvm;
pub use crate::classify::linear_svm::probabilities;
pub use crate::classify::linear_svm::train;
pub use crate::classify::nearest_neighbors::Neighbors;
pub use crate::classify::nearest_neighbors::nearest_neighbors;
