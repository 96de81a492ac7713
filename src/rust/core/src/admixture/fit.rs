//! The fit: settings, checks, a first look at some of the variants, then all of them.

use crate::admixture::climb::Ascent;
use crate::admixture::climb::Position;
use crate::admixture::climb::Rule;
use crate::admixture::climb::climb;
use crate::admixture::frequencies::clip;
use crate::admixture::weights::Sparsity;
use crate::data::every_nth::EveryNth;
use crate::data::genotype::GenotypeSource;
use crate::data::genotype_counts::count_genotypes;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;

/// Every how many variants are looked at, first to last; 1 follows.
const STRIDES: [usize; 2] = [16, 4];
/// Fewest variants that a first look is worth.
const FEWEST: usize = 4096;
/// A first look ends when a pass gains less than this part of the log-likelihood.
const ROUGH: f64 = 2e-7;
/// Passes that a first look may take.
const MAX_ROUGH_PASSES: usize = 40;

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

impl Settings {
    /// The penalty of weights.
    pub fn penalty(&self, weights: &[f64]) -> f64 {
        self.sparsity.map_or(0.0, |sparsity| sparsity.of(weights))
    }
}

/// Where to start from.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// n_samples x k by row, rows on the simplex.
    pub weights: &'a [f64],
    /// Samples whose weights stay; empty for none.
    pub fixed: &'a [bool],
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Fit {
    /// n_samples x k by row, rows on the simplex.
    pub weights: Vec<f64>,
    /// n_variants x k by row; 0.5 where nobody is called.
    pub frequencies: Vec<f32>,
    /// Sum over called genotypes of g log h + (2 - g) log(1 - h), h = sum over k of q f: as
    /// ADMIXTURE prints it, without the binomial coefficient.
    pub log_likelihood: f64,
    /// Log-likelihood less the penalty, by iteration on all variants; never falls.
    pub trace: Vec<f64>,
    /// Passes over all variants.
    pub passes: usize,
    pub converged: bool,
}

/// Fits the model.
///
/// | argument        | shape         | values                 |
/// |-----------------|---------------|------------------------|
/// | `source`        | n_samples x n_variants | genotypes; missing ones are left out of the likelihood |
/// | `start.weights` | n_samples x k | rows on the simplex    |
///
/// Frequencies start at the allele frequency of all samples, so the weights alone tell the
/// populations apart.
///
/// # Errors
/// [`Error::TooFewArchetypes`] below two populations; [`Error::NoVariation`] without a
/// variant; [`Error::Interrupted`].
///
/// # Panics
/// If `start` is not of its shape.
pub fn fit(
    source: &dyn GenotypeSource,
    start: Start<'_>,
    settings: &Settings,
    task: &Task,
) -> Result<Fit> {
    let n_variants = source.n_variants();
    if settings.k < 2 {
        return Err(Error::TooFewArchetypes { k: settings.k });
    }
    if n_variants == 0 || source.n_samples() == 0 {
        return Err(Error::NoVariation { n_variants });
    }
    assert_eq!(start.weights.len(), source.n_samples() * settings.k, "weights to start from");
    let mut weights = start.weights.to_vec();
    for stride in STRIDES.into_iter().filter(|stride| n_variants / stride >= FEWEST) {
        let some = EveryNth::new(source, stride);
        let rule = Rule { tolerance: f64::NAN, max_passes: MAX_ROUGH_PASSES };
        weights = ascend(&some, weights, start.fixed, settings, rule, task)?.0.weights;
    }
    let rule = Rule { tolerance: settings.tolerance, max_passes: settings.max_passes };
    let (position, ascent) = ascend(source, weights, start.fixed, settings, rule, task)?;
    let last = ascent.trace.last().copied().unwrap_or(f64::NAN);
    Ok(Fit {
        log_likelihood: last + settings.penalty(&position.weights),
        weights: position.weights,
        frequencies: position.frequencies,
        trace: ascent.trace,
        passes: ascent.passes,
        converged: ascent.converged,
    })
}

/// Climbs from weights and the allele frequencies of all samples; a tolerance of NaN stands
/// for a rough one, which grows with the data.
fn ascend(
    source: &dyn GenotypeSource,
    weights: Vec<f64>,
    fixed: &[bool],
    settings: &Settings,
    rule: Rule,
    task: &Task,
) -> Result<(Position, Ascent)> {
    let counts = count_genotypes(source, task)?;
    let called: f64 = counts.iter().map(|count| count.n_called() as f64).sum();
    let tolerance = if rule.tolerance.is_nan() { ROUGH * called } else { rule.tolerance };
    let each = counts.iter().map(|count| clip(count.allele_frequency().unwrap_or(0.5)));
    let frequencies = each.flat_map(|p| std::iter::repeat_n(p, settings.k)).collect();
    let mut position = Position { weights, frequencies };
    let rule = Rule { tolerance, ..rule };
    let ascent = climb(source, &mut position, fixed, settings, rule, task)?;
    Ok((position, ascent))
}
