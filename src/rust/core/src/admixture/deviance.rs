//! Errors of genotypes predicted from weights and frequencies, for cross-validation.
//!
//! Source: Alexander & Lange 2011, "Enhancements to the ADMIXTURE algorithm for individual
//! ancestry estimation", cross-validation.

use crate::admixture::frequencies::LOWEST;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Variants between two checks of the task.
const BLOCK: usize = 64;

/// Errors of prediction, summed over called genotypes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PredictionError {
    /// Called genotypes.
    pub n_genotypes: f64,
    /// Sum of g log(g / m) + (2 - g) log((2 - g) / (2 - m)), m = 2 h the prediction.
    pub deviance: f64,
    /// Sum of (g - m)^2.
    pub squared_error: f64,
    /// Sum of g log h + (2 - g) log(1 - h).
    pub log_likelihood: f64,
}

impl PredictionError {
    /// Counts one genotype of `g` copies where a frequency of `h` was predicted; of a haploid
    /// sample half of what two equal alleles would count.
    fn count(&mut self, g: f64, h: f64, is_haploid: bool) {
        let multiplier = if is_haploid { 0.5 } else { 1.0 };
        let part = |g: f64, h: f64| if g > 0.0 { g * (g / (2.0 * h)).ln() } else { 0.0 };
        self.n_genotypes += 1.0;
        self.deviance += multiplier * (part(g, h) + part(2.0 - g, 1.0 - h));
        self.squared_error += (multiplier * (g - 2.0 * h)).powi(2);
        self.log_likelihood += multiplier * (g * h.ln() + (2.0 - g) * (1.0 - h).ln());
    }

    fn plus(self, other: PredictionError) -> PredictionError {
        PredictionError {
            n_genotypes: self.n_genotypes + other.n_genotypes,
            deviance: self.deviance + other.deviance,
            squared_error: self.squared_error + other.squared_error,
            log_likelihood: self.log_likelihood + other.log_likelihood,
        }
    }
}

/// Errors of the predictions `h = sum over k of q f`, at least 1e-5 from 0 and 1, for the
/// called genotypes of `source`, expected copies where it has dosages.
///
/// | argument      | shape                   |
/// |---------------|-------------------------|
/// | `weights`     | n_samples x k by row    |
/// | `haploid`     | n_samples, or none      |
/// | `frequencies` | n_variants x k by row   |
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
///
/// # Panics
/// If a slice is not of its shape.
pub fn prediction_error(
    source: &dyn GenotypeSource,
    (weights, haploid): (&[f64], &[bool]),
    frequencies: &[f64],
    k: usize,
    task: &Task,
) -> Result<PredictionError> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    assert_eq!(weights.len(), n_samples * k, "weights");
    assert_eq!(frequencies.len(), n_variants * k, "frequencies");
    task.begin("predicting genotypes", n_variants as u64)?;
    let blocks = frequencies.par_chunks(BLOCK * k).enumerate();
    let errors: Result<Vec<PredictionError>> = blocks
        .map(|(block, frequencies)| {
            let (first, mut error) = (block * BLOCK, PredictionError::default());
            let mut copies = vec![0.0; n_samples];
            for (place, f) in frequencies.chunks_exact(k).enumerate() {
                source.expected(first + place, &mut copies);
                for (sample, (q, &g)) in weights.chunks_exact(k).zip(&copies).enumerate() {
                    let is_haploid = haploid.get(sample) == Some(&true);
                    let counts = !(g.is_nan() || is_haploid && g == 1.0);
                    if counts {
                        let h: f64 = q.iter().zip(f).map(|(q, f)| q * f).sum();
                        error.count(g, h.clamp(LOWEST, 1.0 - LOWEST), is_haploid);
                    }
                }
            }
            let n = frequencies.len() / k;
            source.release(first..first + n);
            task.advance(n as u64)?;
            Ok(error)
        })
        .collect();
    Ok(errors?.into_iter().fold(PredictionError::default(), PredictionError::plus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Genotypes 2, 1 and missing where h is 0.5: 2 log 2 and 0; (2 - 1)^2 and 0; log-likelihoods
    /// of 2 log 0.5 each. Were the first sample haploid, one allele 1 where h is 0.5: log 2, 0.5^2,
    /// log 0.5; and the second, heterozygous as it cannot be, counts no more.
    #[test]
    fn agrees_with_errors_worked_by_hand() {
        let copies = [Some(2), Some(1), None];
        let source = PackedGenotypes::from_copies(3, 1, |sample, _| copies[sample]);
        let weights = [0.5, 0.5, 1.0, 0.0, 0.0, 1.0];
        let error = |haploid: &[bool]| {
            prediction_error(&source, (&weights, haploid), &[0.5, 0.5], 2, &Task::new()).unwrap()
        };
        let log = 2.0_f64.ln();
        let want = PredictionError {
            n_genotypes: 2.0,
            deviance: 2.0 * log,
            squared_error: 1.0,
            log_likelihood: -4.0 * log,
        };
        assert_eq!(error(&[]), want);
        let want = PredictionError {
            n_genotypes: 1.0,
            deviance: log,
            squared_error: 0.25,
            log_likelihood: -log,
        };
        assert_eq!(error(&[true, true, false]), want);
    }

    #[test]
    fn a_prediction_that_is_certain_and_wrong_costs_much_but_not_infinitely() {
        let source = PackedGenotypes::from_copies(1, 1, |_, _| Some(2));
        let got =
            prediction_error(&source, (&[1.0, 0.0], &[]), &[0.0, 0.5], 2, &Task::new()).unwrap();
        assert!((got.deviance - 2.0 * 1e5_f64.ln()).abs() < 1e-9);
    }
}
