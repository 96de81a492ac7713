//! The second step: weights of the populations, sample by sample.
//!
//! The log-likelihood is replaced by its second-order expansion, whose maximum over the
//! simplex is a quadratic program (sequential quadratic programming).
//!
//! Source: Alexander, Novembre & Lange 2009, equations 4 to 6; Alexander & Lange 2011 for the
//! penalty, whose tangent lies above it, so that it may replace it without the objective
//! ever decreasing.

use crate::admixture::expansion::Maximum;
use crate::admixture::moments::SampleSums;
use crate::admixture::moments::n_pairs;
use crate::admixture::newton::Quadratic;
use crate::admixture::tile::TILE;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// A penalty on small weights that are not 0:
/// `lambda * sum of log(1 + q / epsilon) / log(1 + 1 / epsilon)` over all entries of Q.
///
/// For small `epsilon` this counts the weights above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparsity {
    pub lambda: f64,
    pub epsilon: f64,
}

impl Sparsity {
    /// The penalty of weights.
    pub fn of(&self, weights: &[f64]) -> f64 {
        let sum: f64 = weights.iter().map(|weight| (weight / self.epsilon).ln_1p()).sum();
        self.lambda * sum / (1.0 / self.epsilon).ln_1p()
    }

    /// Its derivative with respect to one weight.
    fn slope(&self, weight: f64) -> f64 {
        self.lambda / ((self.epsilon + weight) * (1.0 / self.epsilon).ln_1p())
    }
}

/// Moves every sample to the maximum of its expansion.
///
/// | argument   | shape         | values                                       |
/// |------------|---------------|----------------------------------------------|
/// | `rows`     | n_samples x k | rows on the simplex; overwritten             |
/// | `fixed`    | n_samples     | samples that stay; empty for none            |
/// | `sums`     | n_tiles       | gradient and curvature at `rows`             |
/// | returned   | 1             | total gain that the expansions predict        |
///
/// # Errors
/// [`crate::error::Error::Interrupted`]; `rows` then have no meaning.
pub fn update(
    rows: &mut [f64],
    k: usize,
    fixed: &[bool],
    sums: &[SampleSums],
    sparsity: Option<Sparsity>,
    task: &Task,
) -> Result<f64> {
    let tiles = rows.par_chunks_mut(TILE * k).zip(sums).enumerate();
    let gains: Result<Vec<f64>> = tiles
        .map_init(Solver::default, |solver, (tile, (rows, sums))| {
            task.check()?;
            let mut gain = 0.0;
            for (sample, row) in rows.chunks_exact_mut(k).enumerate() {
                if !fixed.get(tile * TILE + sample).is_some_and(|&fixed| fixed) {
                    gain += solver.update(row, sums, sample, sparsity);
                }
            }
            Ok(gain)
        })
        .collect();
    Ok(gains?.iter().sum())
}

#[derive(Default)]
struct Solver {
    gradient: Vec<f64>,
    curvature: Vec<f64>,
    maximum: Maximum,
}

impl Solver {
    /// Moves one sample; returns the gain that its expansion predicts.
    fn update(
        &mut self,
        row: &mut [f64],
        sums: &SampleSums,
        sample: usize,
        sparsity: Option<Sparsity>,
    ) -> f64 {
        let k = row.len();
        self.gradient.resize(k, 0.0);
        self.curvature.resize(n_pairs(k), 0.0);
        sums.gradient(sample, k, &mut self.gradient);
        sums.curvature(sample, k, &mut self.curvature);
        if let Some(sparsity) = sparsity {
            let each = self.gradient.iter_mut().zip(&*row);
            each.for_each(|(gradient, &weight)| *gradient -= sparsity.slope(weight));
        }
        let quadratic = Quadratic { gradient: &self.gradient, curvature: &self.curvature };
        let gain = self.maximum.find(quadratic, row);
        row.copy_from_slice(&self.maximum.weights);
        gain
    }
}
