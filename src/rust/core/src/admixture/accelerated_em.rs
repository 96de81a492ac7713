//! Accelerated EM: alternates the two steps until the log-likelihood stops increasing.
//!
//! A pass over the genotypes finds, block by block, better frequencies for the present
//! weights and then, with these, better weights of the samples. So frequencies
//! follow the weights, and only the weights are extrapolated. A point is kept if the
//! objective has not decreased; otherwise the pass is repeated from the plain step, then from
//! ever shorter ones. The objective therefore never decreases.

use crate::admixture::accelerate::Accelerator;
use crate::admixture::frequencies;
use crate::admixture::moments::BATCH;
use crate::admixture::moments::BlockFrequencies;
use crate::admixture::moments::SampleScratch;
use crate::admixture::moments::SampleSums;
use crate::admixture::moments::by_sample;
use crate::admixture::settings::Samples;
use crate::admixture::settings::Settings;
use crate::admixture::tile::Block;
use crate::admixture::tile::Weights;
use crate::admixture::weights;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Steps that the acceleration remembers.
const MEMORY: usize = 8;
/// Iterations in a row that must gain less than the tolerance.
const QUIET: usize = 2;
/// Halvings of a plain step that does not increase the objective, before the iteration stops.
const HALVINGS: i32 = 6;
/// Newton steps of the frequencies in the first pass, which start far off.
const FIRST_STEPS: usize = 4;

/// A point of the iteration.
#[derive(Clone, Debug)]
pub struct Position {
    /// n_samples x k, rows on the simplex.
    pub weights: Vec<f64>,
    /// n_variants x k.
    pub frequencies: Vec<f32>,
}

/// How the iteration went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Log-likelihood less the penalty at every point that was kept.
    pub trace: Vec<f64>,
    /// Passes over the genotypes, those of points that were not kept included.
    pub passes: usize,
    pub converged: bool,
}

/// When the iteration ends.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Smallest gain of the objective for which another pass is made.
    pub tolerance: f64,
    pub max_passes: usize,
}

/// A point that was kept, and the image of its weights under a step.
struct Kept {
    objective: f64,
    weights: Vec<f64>,
    image: Vec<f64>,
    predicted_gain: f64,
}

/// Increases the objective from `position` until `rule` ends the iteration.
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
pub fn maximize(
    source: &dyn GenotypeSource,
    position: &mut Position,
    samples: Samples<'_>,
    settings: &Settings,
    rule: Rule,
    task: &Task,
) -> Result<Outcome> {
    let mut outcome = Outcome { trace: Vec::new(), passes: 0, converged: false };
    let mut accelerator = Accelerator::new(MEMORY);
    let mut point = position.weights.clone();
    let (mut kept, mut failures, mut quiet): (Option<Kept>, i32, usize) = (None, 0, 0);
    while outcome.passes < rule.max_passes {
        let mut trial = position.frequencies.clone();
        let n_steps = if outcome.passes == 0 { FIRST_STEPS } else { 1 };
        let mut image = point.clone();
        let pass =
            pass(source, &point, &mut trial, &mut image, (samples, n_steps), settings, task)?;
        outcome.passes += 1;
        let objective = pass.log_likelihood - settings.penalty(&point);
        let before = kept.as_ref().map_or(f64::NEG_INFINITY, |kept| kept.objective);
        if let Some(kept) = kept.as_ref().filter(|_| objective < before) {
            if failures == HALVINGS {
                // Rounding allows no more.
                outcome.converged = kept.predicted_gain < rule.tolerance;
                break;
            }
            // The plain step was not tried if the point was an extrapolated one.
            failures += i32::from(accelerator.is_empty());
            accelerator.forget();
            point = between(&kept.weights, &kept.image, 0.5_f64.powi(failures));
            continue;
        }
        failures = 0;
        outcome.trace.push(objective);
        let small = objective - before < rule.tolerance && pass.predicted_gain < rule.tolerance;
        quiet = if small { quiet + 1 } else { 0 };
        position.weights.clone_from(&point);
        position.frequencies = trial;
        if quiet == QUIET {
            outcome.converged = true;
            break;
        }
        let mut next = accelerator.next(&point, &image);
        to_simplex(&mut next, settings.k);
        kept = Some(Kept { objective, weights: point, image, predicted_gain: pass.predicted_gain });
        point = next;
    }
    Ok(outcome)
}

/// `from + fraction (to - from)`.
fn between(from: &[f64], to: &[f64], fraction: f64) -> Vec<f64> {
    if fraction == 1.0 {
        return to.to_vec();
    }
    from.iter().zip(to).map(|(from, to)| from + fraction * (to - from)).collect()
}

/// Sets negative weights to 0 and divides every row by its sum.
fn to_simplex(rows: &mut [f64], k: usize) {
    for row in rows.chunks_exact_mut(k) {
        row.iter_mut().for_each(|weight| *weight = weight.max(0.0));
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|weight| *weight /= sum);
    }
}

/// The result of one pass over the genotypes.
struct Pass {
    /// With the weights it was given and the frequencies it left.
    log_likelihood: f64,
    /// Gain that the expansions of the samples predict.
    predicted_gain: f64,
}

/// Improves `frequencies` for `weights`, then moves `image` (the same weights) to the maxima of
/// the samples' expansions.
fn pass(
    source: &dyn GenotypeSource,
    weights: &[f64],
    frequencies: &mut [f32],
    image: &mut [f64],
    (samples, n_steps): (Samples<'_>, usize),
    settings: &Settings,
    task: &Task,
) -> Result<Pass> {
    let k = settings.k;
    let tiles = Weights::of(weights, k, samples.haploid);
    let mut sums = vec![SampleSums::new(k); tiles.n_tiles()];
    let mut block = Block::with_haploid(samples.haploid);
    let mut shared = BlockFrequencies::default();
    let room = Block::room(source.n_samples(), BATCH);
    let mut log_likelihood = 0.0;
    task.begin("fitting admixture", source.n_variants() as u64)?;
    for (index, frequencies) in frequencies.chunks_mut(room * k).enumerate() {
        let n_variants = frequencies.len() / k;
        block.load(source, index * room..index * room + n_variants);
        log_likelihood += frequencies::update(&block, &tiles, frequencies, n_steps);
        shared.load(frequencies, k);
        sum_over(&block, &tiles, &shared, &mut sums);
        task.advance(n_variants as u64)?;
    }
    let predicted_gain = weights::update(image, k, samples.fixed, &sums, settings.sparsity, task)?;
    Ok(Pass { log_likelihood, predicted_gain })
}

/// Adds a block to the sums of every tile.
pub fn sum_over(
    block: &Block,
    tiles: &Weights,
    frequencies: &BlockFrequencies,
    sums: &mut [SampleSums],
) {
    let each = sums.par_iter_mut().enumerate();
    each.for_each_init(SampleScratch::default, |scratch, (tile, sums)| {
        by_sample(block, tile, tiles, frequencies, scratch, sums);
    });
}
