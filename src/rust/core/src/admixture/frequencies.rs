//! The first step: allele frequencies of the populations, variant by variant.

use crate::admixture::moments::BATCH;
use crate::admixture::moments::Moments;
use crate::admixture::moments::VariantScratch;
use crate::admixture::moments::by_variant;
use crate::admixture::moments::log_likelihood;
use crate::admixture::newton::Newton;
use crate::admixture::newton::Quadratic;
use crate::admixture::tile::Block;
use crate::admixture::tile::Weights;
use rayon::prelude::*;

/// Frequencies stay this far from 0 and 1, as in ADMIXTURE: the logarithms stay finite, and
/// an allele that the panel lacks is rare, not impossible.
pub const LOWEST: f64 = 1e-5;

/// How often a step that decreases the likelihood is halved before it is dropped.
const HALVINGS: i32 = 8;

/// Scratch of one thread.
#[derive(Default)]
struct Scratch {
    sums: VariantScratch,
    moments: Vec<Moments>,
    newton: Newton,
    point: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f32>,
}

/// Takes `n_steps` Newton steps for every variant of a block, each of which increases the
/// variant's log-likelihood or is not taken.
///
/// | argument      | shape          | values                     |
/// |---------------|----------------|----------------------------|
/// | `frequencies` | n_variants x k | `LOWEST ..= 1 - LOWEST`    |
/// | returned      | 1              | log-likelihood of the block afterwards |
pub fn update(block: &Block, weights: &Weights, frequencies: &mut [f32], n_steps: usize) -> f64 {
    let batches = frequencies.par_chunks_mut(BATCH * weights.k).enumerate();
    let after: Vec<f64> = batches
        .map_init(Scratch::default, |scratch, (batch, frequencies)| {
            let mut after = 0.0;
            for _ in 0..n_steps {
                after = update_batch(block, batch * BATCH, weights, frequencies, scratch);
            }
            after
        })
        .collect();
    after.iter().sum()
}

/// One step for every variant of a batch, the first of which is `first` in the block.
fn update_batch(
    block: &Block,
    first: usize,
    weights: &Weights,
    frequencies: &mut [f32],
    scratch: &mut Scratch,
) -> f64 {
    let k = weights.k;
    let n_variants = frequencies.len() / k;
    scratch.moments.resize(n_variants, Moments::default());
    let places = first..first + n_variants;
    by_variant(block, places, weights, frequencies, &mut scratch.sums, &mut scratch.moments);
    let mut after = 0.0;
    for place in 0..n_variants {
        let moments = std::mem::take(&mut scratch.moments[place]);
        let frequencies = &mut frequencies[place * k..(place + 1) * k];
        after += update_one(block, first + place, weights, &moments, frequencies, scratch);
        scratch.moments[place] = moments;
    }
    after
}

/// One step for one variant; returns its log-likelihood afterwards.
fn update_one(
    block: &Block,
    place: usize,
    weights: &Weights,
    moments: &Moments,
    frequencies: &mut [f32],
    scratch: &mut Scratch,
) -> f64 {
    let Scratch { newton, point, step, trial, .. } = scratch;
    point.clear();
    point.extend(frequencies.iter().map(|&frequency| f64::from(frequency)));
    step.resize(point.len(), 0.0);
    let quadratic = Quadratic { gradient: &moments.gradient, curvature: &moments.curvature };
    newton.step(quadratic, point, (LOWEST, 1.0 - LOWEST), step);
    for halving in 0..HALVINGS {
        let length = 0.5_f64.powi(halving);
        let moved = |(&x, &s): (&f64, &f64)| clip(x + length * s);
        trial.clear();
        trial.extend(point.iter().zip(&*step).map(moved));
        if trial == frequencies {
            break;
        }
        let log_likelihood = log_likelihood(block, place, weights, trial);
        if log_likelihood >= moments.log_likelihood {
            frequencies.copy_from_slice(trial);
            return log_likelihood;
        }
    }
    moments.log_likelihood
}

/// The nearest frequency that is allowed, in single precision.
pub fn clip(frequency: f64) -> f32 {
    frequency.clamp(LOWEST, 1.0 - LOWEST) as f32
}
