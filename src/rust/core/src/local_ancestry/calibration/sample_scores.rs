//! How likely posteriors make the truth of each sample, variant by variant.
//!
//! The logarithmic score, a proper one (Good 1952): it is largest, in expectation, where posteriors
//! are the true probabilities.

use crate::local_ancestry::calibration::recalibration::SMALLEST;
use crate::local_ancestry::calibration::recalibration::temper;
use rayon::prelude::*;

/// Sums over the variants of both haplotypes of each sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleScores {
    /// n_samples x n_powers: logarithm of the posterior, raised to the power, of the truth.
    pub log_likelihood: Vec<f64>,
    /// n_samples x n_populations: variants that truly are of the population.
    pub variants: Vec<f64>,
    /// n_samples x n_populations: those of them of which it is the most probable population.
    pub right: Vec<f64>,
}

/// Scores of samples, whose windows follow one another.
///
/// | argument     | shape                                        | values                             |
/// |--------------|----------------------------------------------|------------------------------------|
/// | `posterior`  | n_populations x (n_samples x rows of each)   | each window's sum to 1             |
/// | `truth`      | the same                                     | proportion that is of the population |
/// | `n_variants` | n_windows, of one haplotype                  | variants of the window             |
/// | `powers`     | n_powers                                     | above 0                            |
///
/// A sample has `n_windows` rows for each of its haplotypes, `n_haplotypes` of them.
///
/// # Panics
/// If shapes do not match, or a power is not above 0.
pub fn sample_scores(
    (posterior, truth): (&[f64], &[f64]),
    n_variants: &[f64],
    n_haplotypes: usize,
    n_populations: usize,
    powers: &[f64],
) -> SampleScores {
    assert_eq!(posterior.len(), truth.len(), "truth of every posterior");
    let n_rows = posterior.len() / n_populations;
    let n_windows = n_variants.len();
    let per_sample = n_windows * n_haplotypes;
    assert!(n_rows % per_sample == 0 && posterior.len() % n_populations == 0, "rows of samples");
    let n_samples = n_rows / per_sample;
    let of_power = |&power: &f64| {
        let mut tempered = posterior.to_vec();
        temper(&mut tempered, n_populations, power);
        let mut sums = vec![0.0; n_samples];
        for (cell, (p, proportion)) in tempered.iter().zip(truth).enumerate() {
            if *proportion > 0.0 {
                let row = cell % n_rows;
                let n = n_variants[row % n_windows] * proportion;
                sums[row / per_sample] += n * p.max(SMALLEST).ln();
            }
        }
        sums
    };
    let log_likelihood = powers.par_iter().map(of_power).collect::<Vec<_>>().concat();
    let mut variants = vec![0.0; n_samples * n_populations];
    let mut right = variants.clone();
    for row in 0..n_rows {
        let value = |population: usize| posterior[population * n_rows + row];
        // Of equals the first.
        let best = (1..n_populations)
            .fold(0, |best, other| if value(other) > value(best) { other } else { best });
        for population in 0..n_populations {
            let n = n_variants[row % n_windows] * truth[population * n_rows + row];
            let cell = population * n_samples + row / per_sample;
            variants[cell] += n;
            right[cell] += if population == best { n } else { 0.0 };
        }
    }
    SampleScores { log_likelihood, variants, right }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// One sample of one haplotype, windows of 10 and 20 variants: .8 for what is true of the first,
    /// and of the second, .4 for what half of it is, .6 for the other half.
    #[test]
    fn scores_worked_by_hand() {
        let (posterior, truth) = ([0.8, 0.4, 0.2, 0.6], [1.0, 0.5, 0.0, 0.5]);
        let got = sample_scores((&posterior, &truth), &[10.0, 20.0], 1, 2, &[1.0]);
        let want = 10.0 * 0.8_f64.ln() + 10.0 * 0.4_f64.ln() + 10.0 * 0.6_f64.ln();
        assert!((got.log_likelihood[0] - want).abs() < 1e-12);
        assert_eq!(got.variants, [20.0, 10.0]);
        assert_eq!(got.right, [10.0, 10.0]);
    }

    /// Reference implementation: sample by sample, variant by variant.
    #[test]
    fn agrees_with_variants_one_by_one() {
        let mut source = generator(7, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX);
        let (n_samples, k) = (5, 3);
        let n_variants = [3.0, 1.0, 6.0, 2.0];
        let n_rows = n_samples * 2 * 4;
        let mut posterior: Vec<f64> = (0..k * n_rows).map(|_| 0.01 + uniform()).collect();
        temper(&mut posterior, k, 2.0);
        // The truth changes within windows, at variants.
        let mut truth = vec![0.0; k * n_rows];
        let mut labels = Vec::new();
        for row in 0..n_rows {
            let n = n_variants[row % 4] as usize;
            let own: Vec<usize> = (0..n).map(|_| (uniform() * 2.999) as usize).collect();
            own.iter().for_each(|&label| truth[label * n_rows + row] += 1.0 / n as f64);
            labels.push(own);
        }
        let powers = [0.5, 1.0];
        let got = sample_scores((&posterior, &truth), &n_variants, 2, k, &powers);
        for (at, power) in powers.into_iter().enumerate() {
            for sample in 0..n_samples {
                let mut sum = 0.0;
                for row in sample * 8..(sample + 1) * 8 {
                    let values = [0, 1, 2].map(|label| posterior[label * n_rows + row].powf(power));
                    for &label in &labels[row] {
                        sum += (values[label] / values.iter().sum::<f64>()).ln();
                    }
                }
                assert!((got.log_likelihood[at * n_samples + sample] - sum).abs() < 1e-9);
            }
        }
        let total = |values: &[f64]| values.iter().sum::<f64>();
        assert!((total(&got.variants) - n_samples as f64 * 24.0).abs() < 1e-9);
        let mut right = 0.0;
        for row in 0..n_rows {
            let value = |label: usize| posterior[label * n_rows + row];
            let is_best = |label: usize| (0..k).all(|other| value(label) >= value(other));
            right += labels[row].iter().filter(|&&label| is_best(label)).count() as f64;
        }
        assert!((total(&got.right) - right).abs() < 1e-9);
    }
}
