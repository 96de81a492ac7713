//! Principal components of standardised genotypes.
//!
//! Source: Patterson, Price & Reich 2006 for the binomial scale. Missing genotypes count as the mean of their variant.

use crate::data::block_product::StandardizedGenotypes;
use crate::data::genotype::GenotypeSource;
use crate::data::genotype_counts::GenotypeCounts;
use crate::data::genotype_counts::count_genotypes;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::standardize::Scale;
use crate::linalg::standardize::Standardization;
use crate::pca::exact;
use crate::pca::loadings::Loadings;
use crate::pca::loadings::loadings;
use crate::pca::randomized::Stop;
use crate::pca::randomized::Subspace;
use crate::pca::randomized::leading_subspace;
use crate::pca::residual;
use crate::task::Task;
use faer::Mat;

/// Singular values below this share of the largest are rounding: real ones are at
/// least about one over the root of the samples.
const ROUNDING: f64 = 1e-6;

/// How components are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Whichever is expected to be cheaper, see [`chosen_method`].
    Auto,
    /// Gram matrix and its full decomposition.
    Exact,
    /// Block Krylov iterations.
    Randomized,
}

/// What to fit.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Components wanted.
    /// 0 asks for as many as the data have.
    pub num_comp: usize,
    pub method: Method,
    pub scale: Scale,
    /// Start of the randomised method; the exact one ignores it.
    pub seed: u64,
    /// Largest estimated error of the subspace of the components, as 1 - mean
    /// explained variance.
    pub tolerance: f64,
    /// Most passes of the randomised method over all variants.
    pub max_passes: usize,
    /// Whether to keep loadings.
    pub loadings: bool,
    /// Whether to work out, from the loadings, what new samples are compared with.
    pub residuals: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            num_comp: 10,
            method: Method::Auto,
            scale: Scale::Binomial,
            seed: 1,
            tolerance: 1e-6,
            max_passes: 50,
            loadings: true,
            residuals: true,
        }
    }
}

/// Components and what is known about them.
///
/// | field             | shape          | values                                        |
/// |-------------------|----------------|-----------------------------------------------|
/// | `scores`          | n_samples x k  | U d, strongest component first                |
/// | `loadings`        | n_variants x k | V, unit columns; without rows if not kept     |
/// | `singular_values` | k              | d, falling; 0 past the rank of the data       |
#[derive(Clone, Debug)]
pub struct Fit {
    pub scores: Mat<f64>,
    pub loadings: Mat<f64>,
    pub singular_values: Vec<f64>,
    /// What the components leave unexplained of the samples; `None` without loadings.
    pub residuals: Option<residual::Reference>,
    /// `|X|^2`: `d^2` over it is the share of variance of a component.
    pub total_sum_of_squares: f64,
    pub standardization: Standardization,
    /// Missing genotypes, all variants together.
    pub n_missing: u64,
    /// Variants that nobody is called at: their mean is not known.
    pub uncalled: Vec<usize>,
    /// [`Method::Exact`] or [`Method::Randomized`], whichever was used.
    pub method: Method,
    /// Passes over all variants to find the subspace.
    pub passes: usize,
    /// What the last pass changed, as 1 - mean explained variance; 0 if exact.
    pub subspace_change: f64,
    /// What further passes would still change; 0 if exact.
    pub estimated_error: f64,
    /// Whether `estimated_error` reached the tolerance.
    pub converged: bool,
}

/// Fits `settings.num_comp` components.
///
/// # Errors
/// [`Error::TooFewSamples`] below 2 samples; [`Error::NoVariation`] if all samples
/// agree everywhere; [`Error::NumCompOutOfRange`]; [`Error::Interrupted`] if the
/// task is cancelled.
pub fn fit(source: &dyn GenotypeSource, settings: &Settings, task: &Task) -> Result<Fit> {
    if source.n_samples() < 2 {
        return Err(Error::TooFewSamples { n_samples: source.n_samples() });
    }
    let counts = count_genotypes(source, task)?;
    let frequencies = counts.iter().map(GenotypeCounts::allele_frequency);
    let standardization = Standardization::from_frequencies(frequencies, settings.scale);
    let total_sum_of_squares = total_sum_of_squares(&counts, &standardization);
    if total_sum_of_squares == 0.0 {
        return Err(Error::NoVariation { n_variants: source.n_variants() });
    }
    let num_comp = checked_num_comp(source, settings.num_comp, standardization.n_monomorphic)?;
    let settings = &Settings { num_comp, ..*settings };
    let Standardization { center, scale, .. } = &standardization;
    let genotypes = StandardizedGenotypes { source, center, scale };
    let method = chosen_method(settings, source.n_samples());
    let subspace = find_subspace(&genotypes, settings, method, task)?;
    let wanted = settings.loadings && settings.residuals;
    let summands = residual::Summands { genotypes, counts: &counts, scale: settings.scale };
    let summands = wanted.then_some(&summands);
    let vectors = subspace.vectors.as_ref();
    let (variant_side, sums) = loadings(&genotypes, vectors, settings.loadings, summands, task)?;
    let (scores, loadings, singular_values) = arranged(&subspace, &variant_side, settings.num_comp);
    let fitted = residual::Fitted {
        standardization: &standardization,
        scores: scores.as_ref(),
        singular_values: &singular_values,
        loadings: loadings.as_ref(),
    };
    let residuals = sums.map(|sums| residual::reference(fitted, &sums));
    Ok(Fit {
        scores,
        loadings,
        singular_values,
        residuals,
        total_sum_of_squares,
        standardization,
        n_missing: counts.iter().map(|counts| counts.missing as u64).sum(),
        uncalled: (0..counts.len()).filter(|&variant| counts[variant].n_called() == 0).collect(),
        method,
        passes: subspace.passes,
        subspace_change: subspace.change,
        estimated_error: subspace.estimated_error,
        converged: subspace.converged,
    })
}

/// Most samples that [`Method::Auto`] treats exactly whatever is asked.
const FEW_SAMPLES: usize = 1000;

/// The method that [`Method::Auto`] stands for.
///
/// Exact work grows with the square of the samples, whatever number of components
/// is wanted; a randomised pass grows with the samples. At 2,504 samples and
/// 100,000 variants the Gram matrix took as long as about 25 passes and its
/// decomposition as 9 more, where 10 components took 4 passes; a component
/// that is mere noise takes 10 to 30, and many components at least one pass for
/// every 10. So exact is not dearer by much up to 1,000 samples, and is cheaper
/// when a fifth of all components is wanted.
pub fn chosen_method(settings: &Settings, n_samples: usize) -> Method {
    match settings.method {
        Method::Auto if n_samples <= FEW_SAMPLES => Method::Exact,
        Method::Auto if settings.num_comp > n_samples / 5 => Method::Exact,
        Method::Auto => Method::Randomized,
        chosen => chosen,
    }
}

/// The number of components to find: as many as the data have for 0.
fn checked_num_comp(
    source: &dyn GenotypeSource,
    num_comp: usize,
    n_monomorphic: usize,
) -> Result<usize> {
    let n_samples = source.n_samples();
    let n_polymorphic = source.n_variants() - n_monomorphic;
    let max = (n_samples - 1).min(n_polymorphic);
    if num_comp <= max {
        return Ok(if num_comp == 0 { max } else { num_comp });
    }
    Err(Error::NumCompOutOfRange { num_comp, max, n_samples, n_polymorphic })
}

/// `|X|^2` from counts alone.
fn total_sum_of_squares(counts: &[GenotypeCounts], standardization: &Standardization) -> f64 {
    let of_variant = |(variant, counts): (usize, &GenotypeCounts)| {
        let center = standardization.center[variant];
        let deviations = [(counts.hom_ref, 0.0), (counts.het, 1.0), (counts.hom_alt, 2.0)]
            .map(|(n, copies)| n as f64 * (copies - center).powi(2));
        deviations.iter().sum::<f64>() * standardization.scale[variant].powi(2)
    };
    counts.iter().enumerate().map(of_variant).sum()
}

fn find_subspace(
    genotypes: &StandardizedGenotypes<'_>,
    settings: &Settings,
    method: Method,
    task: &Task,
) -> Result<Subspace> {
    let Settings { num_comp, tolerance, max_passes, seed, .. } = *settings;
    if method == Method::Randomized {
        let stop = Stop { tolerance, max_passes };
        return leading_subspace(genotypes, num_comp, stop, seed, task);
    }
    let vectors = exact::leading_vectors(genotypes, num_comp, task)?;
    Ok(Subspace { vectors, passes: 1, change: 0.0, estimated_error: 0.0, converged: true })
}

/// Scores, loadings and singular values, strongest component first and padded
/// with zeros to `num_comp`.
fn arranged(
    subspace: &Subspace,
    variant_side: &Loadings,
    num_comp: usize,
) -> (Mat<f64>, Mat<f64>, Vec<f64>) {
    let Loadings { singular_values, signs, matrix } = variant_side;
    let strongest = singular_values.iter().copied().fold(0.0, f64::max);
    let mut order: Vec<usize> = (0..singular_values.len())
        .filter(|&component| singular_values[component] > ROUNDING * strongest)
        .collect();
    order.sort_by(|&a, &b| singular_values[b].total_cmp(&singular_values[a]));
    let column = |j: usize| order.get(j).copied();
    let score = |i: usize, j: usize| {
        column(j).map_or(0.0, |j| subspace.vectors[(i, j)] * signs[j] * singular_values[j])
    };
    let loading = |i: usize, j: usize| column(j).map_or(0.0, |j| matrix[(i, j)]);
    (
        Mat::from_fn(subspace.vectors.nrows(), num_comp, score),
        Mat::from_fn(matrix.nrows(), num_comp, loading),
        (0..num_comp).map(|j| column(j).map_or(0.0, |j| singular_values[j])).collect(),
    )
}
