//! Random numbers, dense algebra, orthonormal bases, standardisation, simplex and
//! assignment problems.

pub mod assignment;
pub mod cholesky;
pub mod dense;
pub mod dot;
pub mod hull;
pub mod orthonormalize;
pub mod points;
pub mod random;
pub mod simplex;
pub mod standardize;
pub mod wide;
