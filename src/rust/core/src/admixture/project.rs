//! Weights of samples on frequencies that stay where they are.
//!
//! The log-likelihood of each sample is then concave, and the samples are independent: the
//! second step alone, repeated, finds its maximum.

use crate::admixture::climb::sum_over;
use crate::admixture::moments::BATCH;
use crate::admixture::moments::BlockFrequencies;
use crate::admixture::moments::SampleSums;
use crate::admixture::tile::Block;
use crate::admixture::tile::TILE;
use crate::admixture::tile::Weights;
use crate::admixture::weights;
use crate::data::genotype::GenotypeSource;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;

/// Passes after which it ends; five to ten are usual.
const MAX_PASSES: usize = 60;
/// A sample's log-likelihood, in single precision, is known to this part of itself.
const ROUNDING: f64 = 1e-7;

/// Projected samples.
#[derive(Clone, Debug)]
pub struct Projection {
    /// n_samples x k by row, rows on the simplex; 1 / k where nothing is called.
    pub weights: Vec<f64>,
    /// Of each sample.
    pub log_likelihood: Vec<f64>,
    pub passes: usize,
    pub converged: bool,
}

/// Weights of every sample of `source` on k populations.
///
/// | argument      | shape          | values                              |
/// |---------------|----------------|-------------------------------------|
/// | `frequencies` | n_variants x k | between 0 and 1, both excluded      |
/// | `tolerance`   | 1              | log-likelihood, all samples together |
///
/// # Errors
/// [`Error::VariantCountMismatch`] if there are not as many variants as rows of frequencies;
/// [`Error::TooFewArchetypes`] below two populations; [`Error::Interrupted`].
pub fn project(
    source: &dyn GenotypeSource,
    frequencies: &[f32],
    k: usize,
    tolerance: f64,
    task: &Task,
) -> Result<Projection> {
    if k < 2 {
        return Err(Error::TooFewArchetypes { k });
    }
    let (expected, found) = (frequencies.len() / k, source.n_variants());
    if expected != found {
        return Err(Error::VariantCountMismatch { expected, found });
    }
    let n_samples = source.n_samples();
    let mut kept = vec![1.0 / k as f64; n_samples * k];
    let mut log_likelihood = vec![f64::NEG_INFINITY; n_samples];
    let mut point = kept.clone();
    let (mut passes, mut converged) = (0, false);
    while passes < MAX_PASSES && !converged {
        let sums = sum_all(source, &point, frequencies, k, task)?;
        passes += 1;
        let failed = keep_better(&point, &sums, k, &mut kept, &mut log_likelihood);
        for (sample, _) in failed.iter().enumerate().filter(|(_, failed)| **failed) {
            let row = sample * k..(sample + 1) * k;
            point[row.clone()].iter_mut().zip(&kept[row]).for_each(|(x, y)| *x = 0.5 * (*x + y));
        }
        let promise = weights::update(&mut point, k, &failed, &sums, None, task)?;
        converged = promise < tolerance && !failed.contains(&true);
    }
    Ok(Projection { weights: kept, log_likelihood, passes, converged })
}

/// Keeps the samples whose log-likelihood has not fallen; says which have failed.
fn keep_better(
    point: &[f64],
    sums: &[SampleSums],
    k: usize,
    kept: &mut [f64],
    log_likelihood: &mut [f64],
) -> Vec<bool> {
    let rows = point.chunks_exact(k).zip(kept.chunks_exact_mut(k)).zip(log_likelihood);
    let each = rows.enumerate().map(|(sample, ((row, kept), before))| {
        let now = sums[sample / TILE].log_likelihood(sample % TILE);
        let failed = now < *before - ROUNDING * before.abs();
        if !failed {
            kept.copy_from_slice(row);
            *before = now;
        }
        failed
    });
    each.collect()
}

/// Gradients, curvatures and log-likelihoods of all samples.
fn sum_all(
    source: &dyn GenotypeSource,
    rows: &[f64],
    frequencies: &[f32],
    k: usize,
    task: &Task,
) -> Result<Vec<SampleSums>> {
    let tiles = Weights::of(rows, k);
    let mut sums = vec![SampleSums::new(k); tiles.n_tiles()];
    let (mut block, mut shared) = (Block::default(), BlockFrequencies::default());
    let room = Block::room(source.n_samples(), BATCH);
    task.begin("projecting samples", source.n_variants() as u64)?;
    for (index, frequencies) in frequencies.chunks(room * k).enumerate() {
        let n_variants = frequencies.len() / k;
        block.load(source, index * room..index * room + n_variants);
        shared.load(frequencies, k);
        sum_over(&block, &tiles, &shared, &mut sums);
        task.advance(n_variants as u64)?;
    }
    Ok(sums)
}
