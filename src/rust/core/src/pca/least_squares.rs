//! Scores of samples by least squares on the genotypes that they have.
//!
//! With O the variants that a sample is called at, V_O their loadings and x_O its standardized
//! genotypes, `s = (V_O' V_O)^-1 V_O' x_O`. Counting missing genotypes as the mean instead, as
//! `x V` does, pulls a sample toward 0 by the proportion that it lacks. Both are the same for a
//! sample that lacks nothing.
//!
//! Source: the option `lsqproject` of smartpca (Patterson, Price & Reich 2006).

use crate::error::Result;
use crate::linalg::cholesky::Factor;
use crate::linalg::dense::multiply;
use crate::linalg::dot::dot;
use crate::pca::missing_grams::Missing;
use crate::pca::missing_grams::missing_of_samples;
use crate::pca::missing_grams::packed_length;
use crate::pca::missing_grams::packed_times;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;
use std::ops::Range;

/// A sample that lacks something needs this many usable genotypes for every component.
pub const LEAST_PER_COMPONENT: usize = 10;

/// Most components that are found by least squares: the work grows with their square. Scores on
/// later ones are those of the genotypes that the leading ones predict where they are missing.
pub const MOST_COMPONENTS: usize = 32;

/// Components that are determined worse than the best by this factor count as undetermined.
const LEAST_PIVOT: f64 = 1e-3;

/// Memory for the sums of the samples that are worked on together.
const SUMS_BYTES: usize = 1 << 28;

/// Scores by least squares.
///
/// | field          | shape         | values                                                     |
/// |----------------|---------------|------------------------------------------------------------|
/// | `scores`       | n_samples x k | s; NaN where they cannot be known                          |
/// | `n_used`       | n_samples     | genotypes that were used: called, at variants that vary    |
/// | `residual`     | n_samples     | `\|x_O - V_O s\|^2`; NaN as above                          |
/// | `filled`       | n_samples     | `\|V_M s\|^2` of what is missing; 0 if nothing is          |
/// | `n_variants`   | scalar        | variants that vary                                         |
pub struct LeastSquares {
    pub scores: Mat<f64>,
    pub n_used: Vec<usize>,
    pub residual: Vec<f64>,
    pub filled: Vec<f64>,
    pub n_variants: usize,
}

impl LeastSquares {
    /// Whether a sample lacks something.
    pub fn lacks(&self, sample: usize) -> bool {
        self.n_used[sample] < self.n_variants
    }

    /// Whether the scores of a sample are known.
    pub fn is_known(&self, sample: usize) -> bool {
        !self.residual[sample].is_nan()
    }

    /// `|x|^2` if nothing were missing: the residual in proportion to the genotypes that are left
    /// to it, and what the components explain.
    pub fn squared_norm(&self, sample: usize) -> f64 {
        let scores = self.scores.row(sample);
        let k = scores.ncols();
        let free = |n: usize| (n - k.min(n.saturating_sub(1))) as f64;
        let residual = self.residual[sample] * free(self.n_variants) / free(self.n_used[sample]);
        scores.squared_norm_l2() + residual
    }
}

/// The input of [`least_squares`].
///
/// | field          | shape          | values                                                  |
/// |----------------|----------------|---------------------------------------------------------|
/// | `loadings`     | n_variants x k | V, columns about orthonormal                            |
/// | `simple`       | n_samples x k  | `x V` with 0 for what is missing                        |
/// | `squared_norm` | n_samples      | `\|x_O\|^2`                                             |
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    pub genotypes: StandardizedGenotypes<'a>,
    pub loadings: MatRef<'a, f64>,
    pub simple: MatRef<'a, f64>,
    pub squared_norm: &'a [f64],
}

/// Scores of all samples.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree.
pub fn least_squares(observed: Observed<'_>, task: &Task) -> Result<LeastSquares> {
    let Observed { genotypes, loadings, simple, .. } = observed;
    let (n_samples, k) = (genotypes.source.n_samples(), loadings.ncols());
    assert_eq!(simple.nrows(), n_samples, "one row per sample");
    let gram = packed_gram(loadings);
    let n_variants = genotypes.scale.iter().filter(|&&scale| scale != 0.0).count();
    let mut answer = LeastSquares {
        scores: Mat::zeros(n_samples, k),
        n_used: Vec::new(),
        residual: Vec::new(),
        filled: Vec::new(),
        n_variants,
    };
    for samples in sample_chunks(n_samples, packed_length(k)) {
        let missing = missing_of_samples(&genotypes, loadings, samples.clone(), task)?;
        let solve = |at: usize| observed.solve(&gram, samples.start + at, &missing, at, n_variants);
        let solved: Vec<Solved> = (0..samples.len()).into_par_iter().map(solve).collect();
        for (at, solved) in solved.into_iter().enumerate() {
            let row = answer.scores.row_mut(samples.start + at);
            row.iter_mut().zip(&solved.scores).for_each(|(out, &score)| *out = score);
            answer.n_used.push(n_variants - missing.n[at]);
            answer.residual.push(solved.residual);
            answer.filled.push(solved.filled);
        }
        task.check()?;
    }
    Ok(answer)
}

/// Samples whose packed sums fit in memory together; every chunk starts at a multiple of 16.
pub fn sample_chunks(n_samples: usize, numbers: usize) -> impl Iterator<Item = Range<usize>> {
    let chunk = (SUMS_BYTES / (8 * numbers.max(1)) / 16).max(64) * 16;
    (0..n_samples).step_by(chunk).map(move |first| first..n_samples.min(first + chunk))
}

/// Packed `V' V`.
pub fn packed_gram(loadings: MatRef<'_, f64>) -> Vec<f64> {
    let gram = multiply(loadings.transpose(), loadings);
    (0..gram.nrows())
        .flat_map(|i| (0..=i).map(move |j| (i, j)))
        .map(|(i, j)| gram[(i, j)])
        .collect()
}

struct Solved {
    scores: Vec<f64>,
    residual: f64,
    filled: f64,
}

impl Observed<'_> {
    fn solve(
        &self,
        gram: &[f64],
        sample: usize,
        missing: &Missing,
        at: usize,
        n_variants: usize,
    ) -> Solved {
        let simple: Vec<f64> = self.simple.row(sample).iter().copied().collect();
        let (k, norm) = (simple.len(), self.squared_norm[sample]);
        if missing.n[at] == 0 {
            let residual = (norm - dot(&simple, &simple)).max(0.0);
            return Solved { scores: simple, residual, filled: 0.0 };
        }
        let unknown = Solved { scores: vec![f64::NAN; k], residual: f64::NAN, filled: f64::NAN };
        if n_variants - missing.n[at] < LEAST_PER_COMPONENT * k {
            return unknown;
        }
        let lost = missing.gram(at);
        let Some(factor) = observed_factor(gram, lost, k) else { return unknown };
        let mut scores = simple.clone();
        factor.solve(&mut scores);
        let residual = (norm - dot(&scores, &simple)).max(0.0);
        let filled = dot(&scores, &packed_times(lost, &scores));
        Solved { scores, residual, filled }
    }
}

/// Cholesky factor of `gram` less `lost`; `None` if that leaves a component undetermined: much less
/// of it than of the best one.
pub fn observed_factor(gram: &[f64], lost: &[f64], k: usize) -> Option<Factor> {
    let left: Vec<f64> = gram.iter().zip(lost).map(|(all, lost)| all - lost).collect();
    let whole = |i: usize| gram[packed_length(i + 1) - 1];
    let mut factor = Factor::default();
    for i in 0..k {
        let start = packed_length(i);
        if !factor.append(&left[start..start + i], left[start + i]) {
            return None;
        }
    }
    let best = (0..k).map(|i| left[packed_length(i + 1) - 1] / whole(i)).fold(0.0, f64::max);
    let determined = |(i, pivot): (usize, f64)| pivot > LEAST_PIVOT * best * whole(i);
    let determined = factor.pivots().enumerate().all(determined);
    determined.then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Two variants, one component, loadings (.6, .8), genotypes standardized to (3, missing):
    /// s = (.6 * 3) / .36 = 5, where counting missing genotypes as the mean gives 1.8.
    #[test]
    fn agrees_with_a_score_worked_by_hand() {
        let (gram, lost) = ([1.0], [0.64]);
        let mut score = [0.6 * 3.0];
        observed_factor(&gram, &lost, 1).unwrap().solve(&mut score);
        assert!((score[0] - 5.0).abs() < 1e-12);
        assert!(observed_factor(&[1.0, 0.0, 1.0], &[0.5, 0.0, 0.9999], 2).is_none());
    }

    fn copies(sample: usize, variant: usize) -> Option<u8> {
        let number = (sample * 31 + variant * 17 + sample * variant * 3) % 41;
        let lacks = [number < 4, false, number > 3, true, number < 20][sample % 5];
        (!lacks).then_some((number % 3) as u8)
    }

    /// Reference implementation: the normal equations of every sample, summed over the
    /// genotypes that it has.
    #[test]
    fn agrees_with_the_normal_equations_of_what_is_observed() {
        let (n_samples, n_variants, k) = (23, 900, 3);
        let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
        let center: Vec<f64> = (0..n_variants).map(|v| 0.8 + (v % 3) as f64 / 10.0).collect();
        let scale: Vec<f64> = (0..n_variants).map(|v| (v % 4) as f64 / 2.0).collect();
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let loadings = Mat::from_fn(n_variants, k, |j, c| match scale[j] {
            0.0 => 0.0,
            _ => ((j * (c + 2)) as f64).sin() / 20.0,
        });
        let x = |sample: usize, variant: usize| {
            let value = |g: u8| (f64::from(g) - center[variant]) * scale[variant];
            copies(sample, variant).map(value).filter(|_| scale[variant] > 0.0)
        };
        let sum = |sample: usize, of: &dyn Fn(usize, f64) -> f64| -> f64 {
            (0..n_variants).filter_map(|v| x(sample, v).map(|x| of(v, x))).sum()
        };
        let simple = Mat::from_fn(n_samples, k, |i, c| sum(i, &|v, x| loadings[(v, c)] * x));
        let squared_norm: Vec<f64> = (0..n_samples).map(|i| sum(i, &|_, x| x * x)).collect();
        let (loadings, simple) = (loadings.as_ref(), simple.as_ref());
        let observed = Observed { genotypes, loadings, simple, squared_norm: &squared_norm };
        let got = least_squares(observed, &Task::new()).unwrap();
        for sample in 0..n_samples {
            assert_eq!(got.n_used[sample], sum(sample, &|_, _| 1.0) as usize);
            if sample % 5 == 3 {
                assert!(!got.is_known(sample) && got.scores[(sample, 0)].is_nan());
                continue;
            }
            if sample % 5 == 1 {
                assert!((0..k).all(|c| got.scores[(sample, c)] == simple[(sample, c)]));
                continue;
            }
            // The scores leave residuals that are orthogonal to the loadings.
            let left = |v: usize, x: f64| {
                x - (0..k).map(|c| got.scores[(sample, c)] * loadings[(v, c)]).sum::<f64>()
            };
            for c in 0..k {
                assert!(sum(sample, &|v, x| left(v, x) * loadings[(v, c)]).abs() < 1e-9);
            }
            let residual = sum(sample, &|v, x| left(v, x).powi(2));
            assert!((got.residual[sample] - residual).abs() < 1e-9 * residual);
        }
    }
}
