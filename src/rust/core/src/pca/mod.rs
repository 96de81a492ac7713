//! Principal components straight from the packed genotypes.

pub mod exact;
pub mod fit;
pub mod gram_product;
pub mod krylov;
pub mod loadings;
pub mod oadp;
pub mod project;
pub mod randomized;
pub mod resample;
pub mod residual;
