//! Random numbers, dense algebra, orthonormal bases, standardisation, simplex and assignment
//! problems, leading axes, exponentials, logistic regression and support vector machines.

pub mod assignment;
pub mod cholesky;
pub mod dense;
pub mod dot;
pub mod folds;
pub mod hull;
pub mod landmark_svm;
pub mod leading_axes;
pub mod least_squares_svm;
pub mod multinomial;
pub mod orthonormalize;
pub mod pairwise_coupling;
pub mod platt;
pub mod points;
pub mod random;
pub mod scores;
pub mod simplex;
pub mod smo;
pub mod softmax;
pub mod standardize;
pub mod wide;
