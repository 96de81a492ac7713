//! Random numbers, dense algebra, orthonormal bases, standardisation and simplex problems.

pub mod dense;
pub mod orthonormalize;
pub mod random;
pub mod standardize;
