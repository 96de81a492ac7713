//! Random numbers, orthonormal bases and simplex problems.

pub mod cholesky;
pub mod dot;
pub mod hull;
pub mod points;
pub mod random;
pub mod simplex;
