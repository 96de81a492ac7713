//! Principal components straight from the packed genotypes.

pub mod completion;
pub mod exact;
pub mod filled;
pub mod fit;
pub mod gram_product;
pub mod imputed_product;
pub mod krylov;
pub mod least_squares;
pub mod loadings;
pub mod missing_grams;
pub mod oadp;
pub mod project;
pub mod randomized;
pub mod resample;
pub mod residual;
pub mod score_errors;
