//! The fit: checks, first frequencies, and accelerated EM.

use crate::admixture::accelerated_em::Position;
use crate::admixture::accelerated_em::Rule;
use crate::admixture::accelerated_em::maximize;
use crate::admixture::frequencies::clip;
use crate::admixture::settings::Samples;
use crate::admixture::settings::Settings;
use crate::data::genotypes::counts::count_genotypes;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;

/// Where to start from.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// n_samples x k by row, rows on the simplex.
    pub weights: &'a [f64],
    pub samples: Samples<'a>,
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Fit {
    /// n_samples x k by row, rows on the simplex.
    pub weights: Vec<f64>,
    /// n_variants x k by row; 0.5 where no sample is called.
    pub frequencies: Vec<f32>,
    /// Sum over called genotypes of g log h + (2 - g) log(1 - h), h = sum over k of q f: as
    /// ADMIXTURE prints it, without the binomial coefficient.
    pub log_likelihood: f64,
    /// Log-likelihood less the penalty, by iteration on all variants; never decreases.
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
/// Frequencies start at the allele frequency of all samples, so the weights alone distinguish the
/// populations. One population has weights of 1 and the allele frequencies of all samples.
///
/// # Errors
/// [`Error::TooFewArchetypes`] without a population; [`Error::NoVariation`] without a
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
    if settings.k < 1 {
        return Err(Error::TooFewArchetypes { k: settings.k });
    }
    if n_variants == 0 || source.n_samples() == 0 {
        return Err(Error::NoVariation { n_variants });
    }
    assert_eq!(start.weights.len(), source.n_samples() * settings.k, "weights to start from");
    let each = count_genotypes(source, task)?.into_iter();
    let each = each.map(|count| clip(count.allele_frequency().unwrap_or(0.5)));
    let frequencies = each.flat_map(|p| std::iter::repeat_n(p, settings.k)).collect();
    let mut position = Position { weights: start.weights.to_vec(), frequencies };
    let rule = Rule { tolerance: settings.tolerance, max_passes: settings.max_passes };
    let outcome = maximize(source, &mut position, start.samples, settings, rule, task)?;
    let last = outcome.trace.last().copied().unwrap_or(f64::NAN);
    Ok(Fit {
        log_likelihood: last + settings.penalty(&position.weights),
        weights: position.weights,
        frequencies: position.frequencies,
        trace: outcome.trace,
        passes: outcome.passes,
        converged: outcome.converged,
    })
}
