//! Random numbers, orthonormal bases and simplex problems.

pub mod random;
