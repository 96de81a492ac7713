//! What to fit, and when to stop.

use crate::admixture::weights::Sparsity;

/// What to fit.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Number of populations.
    pub k: usize,
    pub sparsity: Option<Sparsity>,
    /// Stop when passes gain less than this many units of log-likelihood.
    pub tolerance: f64,
    pub max_passes: usize,
}

/// What is special about some samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Samples<'a> {
    /// Samples whose weights stay; empty for none.
    pub fixed: &'a [bool],
    /// Samples that have one allele, not two; empty for none. Their genotypes are coded as two
    /// equal alleles and count half; heterozygous ones are taken as missing.
    pub haploid: &'a [bool],
}

impl Settings {
    /// The penalty of weights.
    pub fn penalty(&self, weights: &[f64]) -> f64 {
        self.sparsity.map_or(0.0, |sparsity| sparsity.of(weights))
    }
}
