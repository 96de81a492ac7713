//! Principal components straight from the packed genotypes.

pub mod called_copies;
pub mod completion;
pub mod every_nth;
pub mod exact;
pub mod filled;
pub mod fit;
pub mod krylov;
pub mod least_squares;
pub mod loadings;
pub mod missing_grams;
pub mod noise;
pub mod oadp;
pub mod orthonormalize;
pub mod products;
pub mod project;
pub mod randomized;
pub mod rank;
pub mod resample;
pub mod residual;
pub mod residual_correlation;
pub mod score_errors;
pub mod standardize;
pub mod variant_range;
