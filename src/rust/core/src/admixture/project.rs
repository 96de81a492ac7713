//! Weights of samples on fixed frequencies.
//!
//! The log-likelihood of each sample is then concave, and the samples are independent. The
//! second step alone, repeated for all samples together in single precision, approaches its
//! maximum. Double precision then tests which samples have converged, by the slope toward the best
//! population, and Newton ascent continues the others one by one.

use crate::admixture::accelerated_em::sum_over;
use crate::admixture::exact::sum_exactly;
use crate::admixture::expansion::Maximum;
use crate::admixture::moments::BATCH;
use crate::admixture::moments::BlockFrequencies;
use crate::admixture::moments::SampleSums;
use crate::admixture::newton_ascent::NewtonAscent;
use crate::admixture::newton_ascent::SLACK;
use crate::admixture::newton_ascent::State;
use crate::admixture::tile::Block;
use crate::admixture::tile::TILE;
use crate::admixture::tile::Weights;
use crate::admixture::weights;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;

/// Passes in single precision after which it ends; five to ten are usual.
const MAX_PASSES: usize = 60;
/// Passes in double precision after which it ends.
const MAX_EXACT_PASSES: usize = 200;
/// Relative rounding error of a sample's log-likelihood in single precision.
const ROUNDING: f64 = 1e-7;

/// Projected samples.
#[derive(Clone, Debug)]
pub struct Projection {
    /// n_samples x k by row, rows on the simplex; 1 / k where nothing is called.
    pub weights: Vec<f64>,
    /// Of each sample.
    pub log_likelihood: Vec<f64>,
    pub passes: usize,
    /// Of each sample: whether no weights have a log-likelihood that is larger by more than
    /// 1e-6 for each called allele.
    pub converged: Vec<bool>,
}

/// Weights of every sample of `source` on k populations.
///
/// | argument      | shape          | values                              |
/// |---------------|----------------|-------------------------------------|
/// | `frequencies` | n_variants x k | between 0 and 1, both excluded      |
/// | `haploid`     | n_samples      | see [`crate::admixture::settings::Samples`] |
/// | `tolerance`   | 1              | gain of all samples at which single precision ends |
///
/// # Errors
/// [`Error::VariantCountMismatch`] if there are not as many variants as rows of frequencies;
/// [`Error::TooFewArchetypes`] below two populations; [`Error::Interrupted`].
pub fn project(
    source: &dyn GenotypeSource,
    (frequencies, k): (&[f32], usize),
    haploid: &[bool],
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
    let (rows, passes) = approach(source, (frequencies, k), haploid, tolerance, task)?;
    let mut projection = examine(source, rows, (frequencies, k), haploid, task)?;
    projection.passes += passes;
    finish_by_newton(source, (frequencies, k), haploid, &mut projection, task)?;
    Ok(projection)
}

/// Weights near the maxima, and the passes that it took.
fn approach(
    source: &dyn GenotypeSource,
    (frequencies, k): (&[f32], usize),
    haploid: &[bool],
    tolerance: f64,
    task: &Task,
) -> Result<(Vec<f64>, usize)> {
    let n_samples = source.n_samples();
    let mut kept = vec![1.0 / k as f64; n_samples * k];
    let mut log_likelihood = vec![f64::NEG_INFINITY; n_samples];
    let mut point = kept.clone();
    for pass in 1..=MAX_PASSES {
        let sums = sum_all(source, &point, (frequencies, k), haploid, task)?;
        let failed = keep_better(&point, &sums, k, &mut kept, &mut log_likelihood);
        for (sample, _) in failed.iter().enumerate().filter(|(_, failed)| **failed) {
            let row = sample * k..(sample + 1) * k;
            point[row.clone()].iter_mut().zip(&kept[row]).for_each(|(x, y)| *x = 0.5 * (*x + y));
        }
        let predicted_gain = weights::update(&mut point, k, &failed, &sums, None, task)?;
        if predicted_gain < tolerance && !failed.contains(&true) {
            return Ok((point, pass));
        }
    }
    Ok((kept, MAX_PASSES))
}

/// Tests which rows are maxima.
fn examine(
    source: &dyn GenotypeSource,
    weights: Vec<f64>,
    (frequencies, k): (&[f32], usize),
    haploid: &[bool],
    task: &Task,
) -> Result<Projection> {
    let all: Vec<usize> = (0..source.n_samples()).collect();
    let sums = sum_exactly(source, (&all, &weights, haploid), (frequencies, k), false, task)?;
    let rows = weights.chunks_exact(k).zip(&sums);
    let converged = rows.map(|(row, sums)| sums.gap(row) <= SLACK).collect();
    let log_likelihood = sums.iter().map(|sums| sums.log_likelihood).collect();
    Ok(Projection { weights, log_likelihood, passes: 1, converged })
}

/// Brings the samples that have not converged to their maxima.
fn finish_by_newton(
    source: &dyn GenotypeSource,
    (frequencies, k): (&[f32], usize),
    haploid: &[bool],
    projection: &mut Projection,
    task: &Task,
) -> Result<()> {
    let mut samples: Vec<usize> =
        (0..source.n_samples()).filter(|&sample| !projection.converged[sample]).collect();
    let row =
        |&sample: &usize| NewtonAscent::new(&projection.weights[sample * k..(sample + 1) * k]);
    let mut runs: Vec<NewtonAscent> = samples.iter().map(row).collect();
    let mut maximum = Maximum::default();
    for _ in 0..MAX_EXACT_PASSES {
        if samples.is_empty() {
            break;
        }
        let rows: Vec<f64> = runs.iter().flat_map(NewtonAscent::point).collect();
        let at = (&samples[..], &rows[..], haploid);
        let sums = sum_exactly(source, at, (frequencies, k), true, task)?;
        projection.passes += 1;
        for ((run, sums), &sample) in runs.iter_mut().zip(&sums).zip(&samples) {
            run.advance(sums, &mut maximum);
            projection.weights[sample * k..(sample + 1) * k].copy_from_slice(&run.kept);
            projection.log_likelihood[sample] = run.log_likelihood;
            projection.converged[sample] = run.state == State::AtMaximum;
        }
        let iterating = |run: &NewtonAscent| run.state == State::Iterating;
        let mut go_on = runs.iter().map(iterating);
        samples.retain(|_| go_on.next() == Some(true));
        runs.retain(iterating);
    }
    Ok(())
}

/// Keeps the samples whose log-likelihood has not decreased; returns which have failed.
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
    (frequencies, k): (&[f32], usize),
    haploid: &[bool],
    task: &Task,
) -> Result<Vec<SampleSums>> {
    let tiles = Weights::of(rows, k, haploid);
    let mut sums = vec![SampleSums::new(k); tiles.n_tiles()];
    let (mut block, mut shared) = (Block::with_haploid(haploid), BlockFrequencies::default());
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
